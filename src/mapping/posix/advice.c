/* SPDX-License-Identifier: MIT */
/* What a POSIX system at large can be told of a range of addresses. */
#include "mapping/os.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <sys/mman.h>

/* What an object could hold is reserved when it is made: no more than needed.
 */
size_t shmem__view_unit(void)
{
	return (size_t)64 << 10;
}

int shmem__range_dont_fork(void *at, size_t length)
{
#if defined(MADV_DONTFORK)
	if (SHMEM__OS(-1, madvise, (at, length, MADV_DONTFORK)) != 0)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	return 0;
#elif defined(INHERIT_NONE)
	if (SHMEM__OS(-1, minherit, (at, length, INHERIT_NONE)) != 0)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	return 0;
#else
	(void)at;
	(void)length;
	return SHMEM_E_UNSUPPORTED;
#endif
}
