/* SPDX-License-Identifier: MIT */
/* Linux's pidfd (5.3 and later), called by number: older libcs lack it. */
#include "transport/pidfd.h"

#include "base/error.h"
#include "base/fault.h"
#include "handle/posix/fd.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

shmem_os_handle shmem__pidfd_open(int pid)
{
	long fd = SHMEM__OS(-1, syscall, (SYS_pidfd_open, pid, 0));

	return fd < 0 ? SHMEM_OS_HANDLE_INVALID : shmem__fd_lift((int)fd);
}

int shmem__pidfd_kill(shmem_os_handle pidfd)
{
	long done = SHMEM__OS(
		-1, syscall,
		(SYS_pidfd_send_signal, (int)pidfd, SIGKILL, NULL, 0));

	if (done != 0 && errno != ESRCH)
		return shmem__fail_last();
	return 0;
}
