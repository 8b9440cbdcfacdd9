/* SPDX-License-Identifier: MIT */
/* What handles need of file descriptors, wherever the memory comes from. */
#include "handle/os.h"

#include "base/error.h"
#include "base/fault.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A descriptor of ours is never standard input, output or error: a program
 * that closed one of these must not print into memory. */
#define FIRST_FREE 3

int shmem__object_adopt(shmem_os_handle *os)
{
	int fd = (int)*os;
	int up;

	if (fd >= FIRST_FREE)
		return shmem__object_set_inheritable(*os, false);
	up = SHMEM__OS(-1, fcntl, (fd, F_DUPFD_CLOEXEC, FIRST_FREE));
	if (up < 0)
		return shmem__fail_last();
	close(fd);
	*os = up;
	return 0;
}

int shmem__object_set_inheritable(shmem_os_handle os, bool inherit)
{
	if (SHMEM__OS(-1, fcntl, ((int)os, F_SETFD, inherit ? 0 : FD_CLOEXEC)))
		return shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
	return 0;
}

int shmem__object_is_inheritable(shmem_os_handle os, bool *ret)
{
	int flags = SHMEM__OS(-1, fcntl, ((int)os, F_GETFD));

	if (flags < 0)
		return shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
	*ret = (flags & FD_CLOEXEC) == 0;
	return 0;
}

int shmem__object_identity(shmem_os_handle os, uint64_t ret[2])
{
	struct stat st;

	if (SHMEM__OS(-1, fstat, ((int)os, &st)) != 0)
		return shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
	ret[0] = (uint64_t)st.st_dev;
	ret[1] = (uint64_t)st.st_ino;
	return 0;
}

void shmem__object_close(shmem_os_handle os)
{
	if (os != SHMEM_OS_HANDLE_INVALID)
		close((int)os);
}
