/* SPDX-License-Identifier: MIT */
/* Views by mmap. */
#include "mapping/os.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

static int protection(shmem_access access)
{
	return ((access & SHMEM_READ) != 0 ? PROT_READ : 0) |
	       ((access & SHMEM_WRITE) != 0 ? PROT_WRITE : 0);
}

/* EAGAIN speaks of locked memory, not of trying again. */
static int map_failed(void)
{
	if (errno == EAGAIN)
		return shmem__fail_os(EAGAIN, SHMEM_E_NOMEM);
	return shmem__fail_last();
}

size_t shmem__view_step(void)
{
	return shmem__page_size();
}

bool shmem__view_splits(void)
{
	return true;
}

int shmem__view_map(shmem_os_handle os, uint64_t offset, size_t length,
		    shmem_access access, void *at, void **ret)
{
	int prot = protection(access);
	int fixed = at != NULL ? MAP_FIXED : 0;
	int fd = (int)os;
	void *p;

	p = SHMEM__OS(
		MAP_FAILED, mmap,
		(at, length, prot, MAP_SHARED | fixed, fd, (off_t)offset));
	/* Linux before 6.7 shares no frozen object through a descriptor that
	 * could once write. As nobody can write it, private is the same. */
	if (p == MAP_FAILED && errno == EPERM && access == SHMEM_READ)
		p = SHMEM__OS(MAP_FAILED, mmap,
			      (at, length, prot, MAP_PRIVATE | fixed, fd,
			       (off_t)offset));
	if (p == MAP_FAILED)
		return map_failed();
	*ret = p;
	return 0;
}

void shmem__view_unmap(void *at, size_t length)
{
	munmap(at, length);
}

int shmem__view_protect(void *at, size_t length, shmem_access access)
{
	if (SHMEM__OS(-1, mprotect, (at, length, protection(access))) != 0)
		return map_failed();
	return 0;
}

int shmem__range_reserve(size_t length, size_t align, void **ret)
{
	size_t slack = align > 1 ? align - 1 : 0;
	uintptr_t start;
	uintptr_t end;
	uintptr_t at;
	void *p;

	if (length > SIZE_MAX - slack)
		return SHMEM_E_NOMEM;
	p = SHMEM__OS(MAP_FAILED, mmap,
		      (NULL, length + slack, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	if (p == MAP_FAILED)
		return map_failed();
	start = (uintptr_t)p;
	end = start + length + slack;
	at = (start + slack) & ~(uintptr_t)slack;
	if (at > start)
		munmap(p, at - start);
	if (end > at + length)
		munmap((void *)(at + length), end - (at + length));
	*ret = (void *)at;
	return 0;
}

int shmem__range_clear(void *at, size_t length)
{
	void *p = SHMEM__OS(
		MAP_FAILED, mmap,
		(at, length, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		 0));

	return p == MAP_FAILED ? map_failed() : 0;
}
