/* SPDX-License-Identifier: MIT */
/* Named objects: opened, listed, removed. */
#include "handle/handle.h"

#include "base/error.h"
#include "base/fault.h"
#include "handle/name.h"
#include "handle/posix/fd.h"
#include "handle/posix/named_dir.h"
#include "handle/posix/named_os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLAGS_KNOWN                                                            \
	(SHMEM_OPEN_CREATE | SHMEM_OPEN_EXCLUSIVE | SHMEM_OPEN_GROUP)

/* A creator changes a name in less time than so many looks at it take. */
#define FINISH_AFTER 50

typedef struct wish {
	uint64_t bytes;
	unsigned flags;
	shmem_access access;
} wish;

static int open_file(const named_place *p, int mode, int *ret)
{
	/* A pipe must not make us wait, nor a link lead us away. */
	int fd = SHMEM__OS(
		-1, openat,
		(p->dir, p->file,
		 mode | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));

	if (fd >= 0) {
		*ret = fd;
		return 0;
	}
	switch (errno) {
	case ELOOP:
	case EMLINK:
	case EISDIR:
	case ENXIO:
	case ENODEV:
	case EOPNOTSUPP:
		return shmem__fail_os(errno, SHMEM_E_UNTRUSTED);
	default:
		return shmem__fail_last();
	}
}

static bool in_group(gid_t group)
{
	gid_t groups[64];
	int n;

	if (group == getegid())
		return true;
	n = getgroups((int)(sizeof(groups) / sizeof(groups[0])), groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == group)
			return true;
	return false;
}

/* Whoever may write to it may shrink it under us: only who is trusted. */
static int check_owner(const struct stat *st, unsigned flags)
{
	bool shared = (flags & SHMEM_OPEN_GROUP) != 0 &&
		      (st->st_mode & S_IWGRP) != 0 && in_group(st->st_gid);

	if (!S_ISREG(st->st_mode))
		return SHMEM_E_UNTRUSTED;
	if ((st->st_uid != geteuid() && !shared) ||
	    (st->st_mode & S_IWOTH) != 0)
		return SHMEM_E_ACCESS;
	return 0;
}

/* Does the name, and no other, lead to what is open? NAMED_AGAIN, NAMED_TWICE.
 */
static int check_name(const named_place *p, int fd, struct stat *ret)
{
	struct stat named;

	if (SHMEM__OS(-1, fstat, (fd, ret)) != 0)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	if (SHMEM__OS(-1, fstatat,
		      (p->dir, p->file, &named, AT_SYMLINK_NOFOLLOW)) != 0)
		return errno == ENOENT ? NAMED_AGAIN
				       : shmem__fail_os(errno, SHMEM_E_SYS);
	if (named.st_dev != ret->st_dev || named.st_ino != ret->st_ino)
		return NAMED_AGAIN;
	return ret->st_nlink == 1 ? 0 : NAMED_TWICE;
}

static int open_existing(const named_place *p, const wish *w,
			 shmem_os_handle *ret, uint64_t *ret_size)
{
	struct stat st;
	int fd = -1;
	int err;

	err = open_file(p, w->access == SHMEM_RW ? O_RDWR : O_RDONLY, &fd);
	if (err != 0)
		return err;
	if (SHMEM__OS(-1, fstat, (fd, &st)) != 0)
		err = shmem__fail_os(errno, SHMEM_E_SYS);
	if (err == 0)
		err = check_owner(&st, w->flags);
	if (err == 0)
		err = shmem__named_share(fd);
	if (err == 0)
		err = check_name(p, fd, &st);
	if (err == 0 && st.st_size <= 0)
		err = SHMEM_E_UNTRUSTED;
	if (err == 0 && w->bytes != 0 && (uint64_t)st.st_size != w->bytes)
		err = SHMEM_E_INVAL;
	if (err != 0) {
		close(fd);
		return err;
	}
	*ret_size = (uint64_t)st.st_size;
	return shmem__fd_raise(fd, ret);
}

static int open_or_make(const named_place *p, const wish *w,
			shmem_os_handle *ret, uint64_t *ret_size)
{
	bool create = (w->flags & SHMEM_OPEN_CREATE) != 0;
	int err;

	if ((w->flags & SHMEM_OPEN_EXCLUSIVE) != 0) {
		struct stat st;

		if (fstatat(p->dir, p->file, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return SHMEM_E_EXISTS;
	} else {
		err = open_existing(p, w, ret, ret_size);
		if (err != SHMEM_E_NOENT || !create)
			return err;
	}
	err = shmem__named_make(p, w->bytes, (w->flags & SHMEM_OPEN_GROUP) != 0,
				w->access, ret);
	*ret_size = w->bytes;
	return err;
}

static int check_wish(const wish *w)
{
	bool create = (w->flags & SHMEM_OPEN_CREATE) != 0;

	if ((w->flags & ~FLAGS_KNOWN) != 0 ||
	    ((w->flags & SHMEM_OPEN_EXCLUSIVE) != 0 && !create) ||
	    (create && w->bytes == 0) ||
	    (w->access != SHMEM_READ && w->access != SHMEM_RW))
		return SHMEM_E_INVAL;
	return 0;
}

static int open_by_name(named_place *p, const wish *w, shmem_os_handle *ret,
			uint64_t *ret_size)
{
	int err = NAMED_AGAIN;

	for (int i = 0; i < NAMED_TRIES && err > 0; i++) {
		if (i > 0)
			shmem__named_pause(i);
		if (i == FINISH_AFTER && err == NAMED_TWICE)
			shmem__named_finish(p->dir, p->file);
		err = open_or_make(p, w, ret, ret_size);
	}
	if (err == NAMED_TWICE)
		return SHMEM_E_UNTRUSTED;
	return err == NAMED_AGAIN ? SHMEM_E_BUSY : err;
}

/* The handle is made first: once an object has its name, nothing may fail. */
int shmem_handle_open_named(const char *name, uint64_t bytes, unsigned flags,
			    shmem_access access, shmem_handle **ret)
{
	wish w = {.bytes = bytes, .flags = flags, .access = access};
	shmem__object_facts facts = {.access = access};
	shmem_handle *handle;
	named_place p;
	int err;

	if (ret == NULL)
		return SHMEM_E_INVAL;
	err = check_wish(&w);
	if (err == 0)
		err = shmem__named_find(name, &p);
	if (err != 0)
		return err;
	handle = shmem__handle_new(SHMEM_OS_HANDLE_INVALID, &facts,
				   p.file + strlen(NAMED_PREFIX));
	if (handle == NULL)
		err = SHMEM_E_NOMEM;
	else
		err = open_by_name(&p, &w, &handle->os, &handle->facts.size);
	close(p.dir);
	if (err == 0) {
		handle->named = true;
		*ret = handle;
	} else if (handle != NULL) {
		shmem__handle_free_shell(&handle);
	}
	return err;
}

static int unlink_file(const named_place *p)
{
	if (SHMEM__OS(-1, unlinkat, (p->dir, p->file, 0)) == 0)
		return 0;
	if (errno == EISDIR || errno == EPERM)
		return shmem__fail_os(errno, SHMEM_E_ACCESS);
	return shmem__fail_last();
}

int shmem_handle_unlink_named(const char *name)
{
	named_place p;
	struct stat st;
	int err = shmem__named_find(name, &p);

	if (err != 0)
		return err;
	if (SHMEM__OS(-1, fstatat, (p.dir, p.file, &st, AT_SYMLINK_NOFOLLOW)) !=
	    0)
		err = shmem__fail_last();
	else if (st.st_uid != geteuid())
		err = SHMEM_E_ACCESS;
	if (err == 0)
		err = unlink_file(&p);
	close(p.dir);
	return err;
}

/*
 * Has it users? If not, nobody can become one while `*ret_fd` is open. The
 * caller gives that to shmem__named_look_away(). NAMED_AGAIN: somebody else
 * looks.
 */
static int find_users(const named_place *p, bool *ret_in_use, int *ret_fd,
		      struct stat *ret)
{
	int fd = -1;
	int err = open_file(p, O_RDWR, &fd);

	if (err != 0)
		return err;
	if (SHMEM__OS(-1, fstat, (fd, ret)) != 0)
		err = shmem__fail_os(errno, SHMEM_E_SYS);
	else if (!S_ISREG(ret->st_mode) || ret->st_uid != geteuid())
		err = SHMEM_E_ACCESS;
	else
		err = shmem__named_has_users(fd, ret_in_use);
	if (err != 0)
		close(fd);
	else
		*ret_fd = fd;
	return err;
}

static int find_users_patiently(const named_place *p, bool *ret_in_use,
				int *ret_fd, struct stat *ret)
{
	int err = NAMED_AGAIN;

	for (int i = 0; i < NAMED_TRIES && err == NAMED_AGAIN; i++) {
		if (i > 0)
			shmem__named_pause(i);
		err = find_users(p, ret_in_use, ret_fd, ret);
	}
	return err == NAMED_AGAIN ? SHMEM_E_BUSY : err;
}

int shmem_named_unlink(const char *name)
{
	named_place p;
	struct stat st;
	struct stat now;
	bool in_use;
	int fd;
	int err = shmem__named_find(name, &p);

	if (err != 0)
		return err;
	err = find_users_patiently(&p, &in_use, &fd, &st);
	if (err == SHMEM_E_UNTRUSTED)
		err = SHMEM_E_ACCESS;
	if (err != 0)
		goto out;
	if (in_use)
		err = SHMEM_E_BUSY;
	else if (fstatat(p.dir, p.file, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
		 now.st_dev != st.st_dev || now.st_ino != st.st_ino)
		err = SHMEM_E_NOENT; /* somebody else has removed it */
	else
		err = unlink_file(&p);
	shmem__named_look_away(fd);
out:
	close(p.dir);
	return err;
}

/* What a creator that died has left where files can't be without a name. */
static void sweep(int dir, const char *file)
{
	named_place p = {.dir = dir};
	struct stat st;
	bool in_use;
	int fd;

	if (strlen(file) >= sizeof(p.file))
		return;
	memcpy(p.file, file, strlen(file) + 1);
	if (find_users(&p, &in_use, &fd, &st) != 0)
		return;
	if (!in_use)
		unlinkat(dir, file, 0);
	shmem__named_look_away(fd);
}

static int list_one(int dir, const char *file,
		    int (*each)(const shmem_named_info *info, void *arg),
		    void *arg)
{
	shmem_named_info info = {.size = sizeof(info)};
	named_place p = {.dir = dir};
	struct stat st;
	int fd;

	info.name = file + strlen(NAMED_PREFIX);
	if (strncmp(file, NAMED_PREFIX, strlen(NAMED_PREFIX)) != 0 ||
	    shmem__name_check(info.name, SHMEM_NAME_MAX) == NULL)
		return 0;
	memcpy(p.file, file, strlen(file) + 1);
	/* What goes away meanwhile, and what is not ours, is not listed. */
	if (find_users_patiently(&p, &info.in_use, &fd, &st) != 0)
		return 0;
	shmem__named_look_away(fd);
	if (st.st_size <= 0)
		return 0;
	info.bytes = (uint64_t)st.st_size;
	return each(&info, arg);
}

int shmem_named_list(int (*each)(const shmem_named_info *info, void *arg),
		     void *arg)
{
	struct dirent *entry;
	DIR *dir;
	int fd;
	int err;

	if (each == NULL)
		return SHMEM_E_INVAL;
	err = shmem__named_dir(&fd);
	if (err != 0)
		return err;
	dir = SHMEM__OS(NULL, fdopendir, (fd));
	if (dir == NULL) {
		err = shmem__fail_last();
		close(fd);
		return err;
	}
	while (err == 0 && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, NAMED_TEMPORARY,
			    strlen(NAMED_TEMPORARY)) == 0)
			sweep(fd, entry->d_name);
		else
			err = list_one(fd, entry->d_name, each, arg);
	}
	closedir(dir);
	return err;
}
