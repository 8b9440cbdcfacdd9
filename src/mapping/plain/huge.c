/* SPDX-License-Identifier: MIT */
/* A system whose pages are of one size, stay where they are, and are given back
 * with the object that they are of. */
#include "mapping/os.h"

#include "mapping/touch.h"

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

bool shmem__view_can_hide(void)
{
	return false;
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
