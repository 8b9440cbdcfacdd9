/* SPDX-License-Identifier: MIT */
/* Every file has a name here, and two while it changes it. */
#include "handle/posix/named_os.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "handle/posix/named_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOKS 8

int shmem__named_nameless(int dir, int *ret)
{
	(void)dir;
	(void)ret;
	return SHMEM_E_UNSUPPORTED;
}

int shmem__named_christen(int fd, int dir, const char *name)
{
	(void)fd;
	(void)dir;
	(void)name;
	return SHMEM_E_UNSUPPORTED;
}

int shmem__named_rename(int dir, const char *from, const char *to)
{
	(void)dir;
	(void)from;
	(void)to;
	return SHMEM_E_UNSUPPORTED;
}

static bool is_same(int dir, const char *name, const struct stat *st)
{
	struct stat other;

	return fstatat(dir, name, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
	       other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

void shmem__named_finish(int dir, const char *name)
{
	int own = SHMEM__OS(-1, openat,
			    (dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent *entry;
	struct stat st;
	DIR *list;

	if (own < 0)
		return;
	list = SHMEM__OS(NULL, fdopendir, (own));
	if (list == NULL) {
		close(own);
		return;
	}
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		while ((entry = readdir(list)) != NULL)
			if (strncmp(entry->d_name, NAMED_TEMPORARY,
				    strlen(NAMED_TEMPORARY)) == 0 &&
			    is_same(dir, entry->d_name, &st))
				(void)unlinkat(dir, entry->d_name, 0);
	closedir(list);
}

/* 0, or what flock() says. */
static int lock(int fd, int how)
{
	return SHMEM__OS(-1, flock, (fd, how | LOCK_NB)) == 0 ? 0 : errno;
}

int shmem__named_share(int fd)
{
	int native = lock(fd, LOCK_SH);

	if (native == EWOULDBLOCK || native == EINTR)
		return NAMED_AGAIN;
	return native == 0 ? 0 : shmem__fail_os(native, SHMEM_E_SYS);
}

/*
 * Users share the lock. Who looks takes it alone, and where that fails shares
 * it for a moment: so it knows that nobody else has it alone, who looks. Others
 * that are at that very moment, too, do not stay there, as users do.
 */
int shmem__named_has_users(int fd, bool *ret)
{
	for (int i = 0; i < LOOKS; i++) {
		int native = lock(fd, LOCK_EX);

		*ret = native != 0;
		if (native == 0)
			return 0;
		if (native == EWOULDBLOCK)
			native = lock(fd, LOCK_SH);
		if (native == EWOULDBLOCK)
			return NAMED_AGAIN;
		if (native == 0)
			native = lock(fd, LOCK_UN);
		if (native != 0)
			return shmem__fail_os(native, SHMEM_E_SYS);
		shmem__yield();
	}
	return 0;
}

void shmem__named_look_away(int fd)
{
	flock(fd, LOCK_UN);
	close(fd);
}
