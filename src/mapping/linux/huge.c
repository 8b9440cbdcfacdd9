/* SPDX-License-Identifier: MIT */
/*
 * Huge pages, and views whose page tables move. MREMAP_DONTUNMAP (of shared
 * memory since Linux 5.13) leaves the old range in place, empty: no moment
 * comes in which another mapping could get there. It is accessible still, and
 * would fill itself again, until it is protected.
 */
#include "mapping/os.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* One alone is cheap to protect, and addresses cost nothing. */
size_t shmem__view_unit(void)
{
	return (size_t)2 << 20;
}

void shmem__view_prefer_huge(void *at, size_t length)
{
	(void)SHMEM__OS(-1, madvise, (at, length, MADV_HUGEPAGE));
}

int shmem__view_collapse(void *at, size_t length)
{
	if (SHMEM__OS(-1, madvise, (at, length, MADV_COLLAPSE)) != 0)
		return shmem__fail_last();
	return 0;
}

bool shmem__view_can_hide(void)
{
	return true;
}

static int move(void *from, size_t length, void *to)
{
	void *p = SHMEM__OS(MAP_FAILED, mremap,
			    (from, length, length,
			     MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
			     to));

	if (p != MAP_FAILED)
		return 0;
	/* Old kernels, and what sandboxes answer: there is another way. */
	if (errno == EINVAL || errno == ENOSYS || errno == EPERM ||
	    errno == EACCES)
		return shmem__fail_os(errno, SHMEM_E_UNSUPPORTED);
	return shmem__fail_last();
}

int shmem__view_hide(void *at, size_t length, void *hiding)
{
	int err = move(at, length, hiding);

	if (err != 0)
		return err;
	err = shmem__view_protect(at, length, SHMEM_NONE);
	if (err != 0)
		(void)move(hiding, length, at);
	return err;
}

int shmem__view_unhide(void *at, size_t length, void *hiding)
{
	return move(hiding, length, at);
}
