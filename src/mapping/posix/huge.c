/* SPDX-License-Identifier: MIT */
/* A system whose pages are of one size and stay where they are. */
#include "mapping/os.h"

/* What an object could hold is reserved when it is made: no more than needed.
 */
size_t shmem__view_unit(void)
{
	return (size_t)64 << 10;
}

void shmem__view_prefer_huge(void *at, size_t length)
{
	(void)at;
	(void)length;
}

int shmem__view_collapse(void *at, size_t length)
{
	(void)at;
	(void)length;
	return SHMEM_E_UNSUPPORTED;
}

int shmem__view_hide(void *at, size_t length, void *hiding)
{
	(void)at;
	(void)length;
	(void)hiding;
	return SHMEM_E_UNSUPPORTED;
}

int shmem__view_unhide(void *at, size_t length, void *hiding)
{
	(void)at;
	(void)length;
	(void)hiding;
	return SHMEM_E_UNSUPPORTED;
}
