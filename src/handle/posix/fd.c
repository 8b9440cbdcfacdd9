/* SPDX-License-Identifier: MIT */
/* What handles need of file descriptors, wherever the memory comes from. */
#include "handle/posix/fd.h"

#include "base/error.h"
#include "base/fault.h"
#include "handle/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A descriptor of ours is never standard input, output or error: a program
 * that closed one of these must not print into memory. */
#define FIRST_FREE 3

bool shmem__fd_is_standard(int fd)
{
	return fd >= 0 && fd < FIRST_FREE;
}

int shmem__fd_copy(int fd, shmem_os_handle *ret)
{
	int copy = SHMEM__OS(-1, fcntl, (fd, F_DUPFD_CLOEXEC, FIRST_FREE));

	if (copy < 0 && errno == EINVAL) /* FIRST_FREE is beyond the limit */
		return shmem__fail_os(EINVAL, SHMEM_E_LIMIT);
	if (copy < 0)
		return shmem__fail_last();
	*ret = copy;
	return 0;
}

int shmem__fd_raise(int fd, shmem_os_handle *ret)
{
	int err = 0;

	if (fd >= FIRST_FREE) {
		*ret = fd;
		return 0;
	}
	err = shmem__fd_copy(fd, ret);
	close(fd);
	return err;
}

int shmem__fd_lift(int fd)
{
	shmem_os_handle up;

	if (!shmem__fd_is_standard(fd) || shmem__fd_copy(fd, &up) != 0)
		return fd;
	close(fd);
	return (int)up;
}

int shmem__fd_may_hold(uint64_t bytes)
{
	struct rlimit limit;

	if (SHMEM__OS(-1, getrlimit, (RLIMIT_FSIZE, &limit)) != 0 ||
	    limit.rlim_cur == RLIM_INFINITY || bytes <= limit.rlim_cur)
		return 0;
	return shmem__fail_os(EFBIG, SHMEM_E_NOSPACE);
}

int shmem__fd_reopen_readonly(int fd, shmem_os_handle *ret)
{
	char path[32];
	int copy;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	copy = SHMEM__OS(-1, open, (path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
	if (copy >= 0)
		return shmem__fd_raise(copy, ret);
	if (errno == ENOENT || errno == ENOTDIR)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	return shmem__fail_last();
}

int shmem__object_adopt(shmem_os_handle *os)
{
	shmem_os_handle up;
	int err;

	if (*os >= FIRST_FREE)
		return shmem__object_set_inheritable(*os, false);
	err = shmem__fd_copy((int)*os, &up);
	if (err != 0)
		return err;
	close((int)*os);
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

/* A socket that lingers would make close wait, for hours if its sender likes.
 */
void shmem__object_discard(shmem_os_handle os)
{
	struct linger off = {0, 0};

	if (os == SHMEM_OS_HANDLE_INVALID)
		return;
	(void)SHMEM__OS(-1, setsockopt,
			((int)os, SOL_SOCKET, SO_LINGER, &off, sizeof(off)));
	close((int)os);
}

void shmem__object_close(shmem_os_handle os)
{
	if (os != SHMEM_OS_HANDLE_INVALID)
		close((int)os);
}
