/* SPDX-License-Identifier: MIT */
/* What Linux lets one say of a range of addresses. */
#include "mapping/os.h"

#include "base/error.h"
#include "base/fault.h"
#include "mapping/touch.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

int shmem__range_dont_fork(void *at, size_t length)
{
	if (SHMEM__OS(-1, madvise, (at, length, MADV_DONTFORK)) != 0)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	return 0;
}

int shmem__view_discard(void *at, size_t length)
{
	if (SHMEM__OS(-1, madvise, (at, length, MADV_REMOVE)) != 0)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	return 0;
}

int shmem__view_populate(void *at, size_t length)
{
	int result;

	do
		result = SHMEM__OS(-1, madvise,
				   (at, length, MADV_POPULATE_WRITE));
	while (result != 0 && errno == EINTR);
	if (result == 0)
		return 0;
	if (errno == EINVAL) { /* before 5.14 */
		shmem__touch_pages(at, length);
		return 0;
	}
	if (errno == EFAULT) /* what a SIGBUS would have said */
		return shmem__fail_os(EFAULT, SHMEM_E_NOSPACE);
	return shmem__fail_last();
}
