/* SPDX-License-Identifier: MIT */
/* A system whose memory is paid for when it is promised, and where no process
 * is made by copying another. */
#include "mapping/os.h"

size_t shmem__view_unit(void)
{
	return shmem__view_step();
}

int shmem__range_dont_fork(void *at, size_t length)
{
	(void)at;
	(void)length;
	return 0;
}
