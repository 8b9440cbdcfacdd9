/* SPDX-License-Identifier: MIT */
/* A process as a descriptor, which can't come to mean another one. */
#ifndef SHMEM_SRC_TRANSPORT_PIDFD_H
#define SHMEM_SRC_TRANSPORT_PIDFD_H

#include <shmem/base.h>

/* Becomes readable when the process ends. INVALID where there is no such
 * thing, or no such process. */
shmem_os_handle shmem__pidfd_open(int pid);

/* Kills the process; fine if it is dead. E_SYS. */
int shmem__pidfd_kill(shmem_os_handle pidfd);

#endif
