/* SPDX-License-Identifier: MIT */
/* Linux has files without a name, renames without replacing, and locks that
 * belong to an open file. */
#include "handle/posix/named_os.h"

#include "base/error.h"
#include "base/fault.h"
#include "handle/posix/named_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

int shmem__named_nameless(int dir, int *ret)
{
	int fd = SHMEM__OS(-1, openat,
			   (dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));

	if (fd >= 0) {
		*ret = fd;
		return 0;
	}
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT &&
	    errno != EINVAL)
		return shmem__fail_last();
	return SHMEM_E_UNSUPPORTED;
}

int shmem__named_christen(int fd, int dir, const char *name)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (SHMEM__OS(-1, linkat,
		      (AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW)) == 0)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR) /* no /proc here */
		return SHMEM_E_UNSUPPORTED;
	return errno == EEXIST ? NAMED_AGAIN : shmem__fail_last();
}

int shmem__named_rename(int dir, const char *from, const char *to)
{
	if (SHMEM__OS(-1L, syscall,
		      (SYS_renameat2, dir, from, dir, to, RENAME_NOREPLACE)) ==
	    0)
		return 0;
	if (errno == ENOENT || errno == EEXIST)
		return NAMED_AGAIN;
	if (errno == ENOSYS || errno == EINVAL)
		return SHMEM_E_UNSUPPORTED;
	return shmem__fail_last();
}

/* Names are changed at once. */
void shmem__named_finish(int dir, const char *name)
{
	(void)dir;
	(void)name;
}

/* Those who look for users look one after the other: each other they can't tell
 * from users. */
static bool look(int fd)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return SHMEM__OS(-1, fcntl, (fd, F_OFD_SETLK, &all)) == 0;
}

int shmem__named_has_users(int fd, bool *ret)
{
	if (!look(fd))
		return NAMED_AGAIN;
	*ret = SHMEM__OS(-1, flock, (fd, LOCK_EX | LOCK_NB)) != 0;
	if (*ret && errno != EWOULDBLOCK)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	return 0;
}
