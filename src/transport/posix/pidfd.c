/* SPDX-License-Identifier: MIT */
/* Systems on which a process is a number and nothing else. */
#include "transport/pidfd.h"

shmem_os_handle shmem__pidfd_open(int pid)
{
	(void)pid;
	return SHMEM_OS_HANDLE_INVALID;
}

int shmem__pidfd_kill(shmem_os_handle pidfd)
{
	(void)pidfd;
	return SHMEM_E_SYS;
}
