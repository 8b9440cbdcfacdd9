/* SPDX-License-Identifier: MIT */
/* Where the context of a signal is not known. */
#include "transport/trap.h"

#include <signal.h>

void shmem__trap_context(shmem__trap *trap, const void *context)
{
	(void)trap;
	(void)context;
}

void shmem__trap_again(int signal, const void *info)
{
	(void)info;
	raise(signal);
}
