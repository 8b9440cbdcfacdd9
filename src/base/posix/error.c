/* SPDX-License-Identifier: MIT */
/* errno, translated. */
#include "base/error.h"

#include <errno.h>

int shmem__os_last(void)
{
	return errno;
}

void shmem__os_last_set(int native)
{
	errno = native;
}

int shmem__error_from_os(int native)
{
	switch (native) {
	case 0:
		return 0;
	case ENOMEM:
		return SHMEM_E_NOMEM;
	case EAGAIN:
#if EWOULDBLOCK != EAGAIN
	case EWOULDBLOCK:
#endif
		return SHMEM_E_AGAIN;
	case EPIPE:
	case ECONNRESET:
		return SHMEM_E_CLOSED;
	case EACCES:
	case EPERM:
	case EROFS:
		return SHMEM_E_ACCESS;
	case EEXIST:
		return SHMEM_E_EXISTS;
	case ENOENT:
	case ENOTDIR:
		return SHMEM_E_NOENT;
	case EMFILE:
	case ENFILE:
	case ETOOMANYREFS:
		return SHMEM_E_LIMIT;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return SHMEM_E_NOSPACE;
	case EBUSY:
		return SHMEM_E_BUSY;
	default:
		return SHMEM_E_SYS;
	}
}
