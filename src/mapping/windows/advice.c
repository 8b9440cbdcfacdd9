/* SPDX-License-Identifier: MIT */
/* A system whose pages are of one size, stay where they are and are paid for
 * when they are promised; and where no process is made by copying another. */
#include "mapping/os.h"

#include "mapping/touch.h"

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

int shmem__view_discard(void *at, size_t length)
{
	(void)at;
	(void)length;
	return SHMEM_E_UNSUPPORTED;
}

int shmem__view_populate(void *at, size_t length)
{
	shmem__touch_pages(at, length);
	return 0;
}
