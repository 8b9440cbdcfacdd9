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

/*
 * One lock tells all: users share it, who looks has it alone. A second kind of
 * lock for those who look would be dropped before or after the other one when a
 * looker dies, and whoever looks in between would take the dead one for a user.
 */
static int lock(int fd, short type)
{
	struct flock all = {.l_type = type, .l_whence = SEEK_SET};

	return SHMEM__OS(-1, fcntl, (fd, F_OFD_SETLK, &all)) == 0 ? 0 : errno;
}

static bool is_taken(int native)
{
	return native == EAGAIN || native == EACCES;
}

int shmem__named_share(int fd)
{
	int native = lock(fd, F_RDLCK);

	if (is_taken(native))
		return NAMED_AGAIN;
	return native == 0 ? 0 : shmem__fail_os(native, SHMEM_E_SYS);
}

int shmem__named_has_users(int fd, bool *ret)
{
	struct flock other = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int native = lock(fd, F_WRLCK);

	*ret = false;
	if (native == 0)
		return 0;
	if (!is_taken(native))
		return shmem__fail_os(native, SHMEM_E_SYS);
	if (SHMEM__OS(-1, fcntl, (fd, F_OFD_GETLK, &other)) != 0)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	*ret = other.l_type == F_RDLCK;
	return *ret ? 0 : NAMED_AGAIN;
}

void shmem__named_look_away(int fd)
{
	struct flock none = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	fcntl(fd, F_OFD_SETLK, &none);
	close(fd);
}
