/* SPDX-License-Identifier: MIT */
/* A named object comes into being: at once and whole, or not at all. */
#include "handle/posix/named_dir.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "handle/posix/fd.h"
#include "handle/posix/named_os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file without its name: with none at all, or with a random one. */
typedef struct draft {
	int dir;
	int fd;
	char random[sizeof(NAMED_TEMPORARY) + 16]; /* "": none */
} draft;

static int draft_nameless(draft *d)
{
	d->random[0] = '\0';
	return shmem__named_nameless(d->dir, &d->fd);
}

static int draft_random(draft *d)
{
	uint64_t chance;
	int err = shmem__random(&chance, sizeof(chance));

	if (err != 0)
		return err;
	snprintf(d->random, sizeof(d->random), NAMED_TEMPORARY "%016llx",
		 (unsigned long long)chance);
	d->fd = SHMEM__OS(-1, openat,
			  (d->dir, d->random,
			   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			   0600));
	if (d->fd >= 0)
		return 0;
	return errno == EEXIST ? NAMED_AGAIN : shmem__fail_last();
}

static void draft_drop(draft *d)
{
	if (d->random[0] != '\0')
		unlinkat(d->dir, d->random, 0);
	close(d->fd);
}

/* All the memory that it will ever need, now. */
static int reserve(int fd, uint64_t bytes)
{
	int native;
	int err = shmem__fd_may_hold(bytes);

	if (bytes > INT64_MAX)
		return SHMEM_E_NOSPACE;
	if (err != 0)
		return err;
	do
		native = SHMEM__OS((errno), posix_fallocate,
				   (fd, 0, (off_t)bytes));
	while (native == EINTR);
	if (native == 0)
		return 0;
	if (native == EINVAL || native == ENOMEM)
		return shmem__fail_os(native, SHMEM_E_NOSPACE);
	return shmem__fail_os(native, shmem__error_from_os(native));
}

static int fill(draft *d, uint64_t bytes, bool group)
{
	int err = shmem__named_share(d->fd);

	if (err == 0)
		err = reserve(d->fd, bytes);
	/* The process's umask has no say in it. */
	if (err == 0 &&
	    SHMEM__OS(-1, fchmod, (d->fd, group ? 0660 : 0600)) != 0)
		err = shmem__fail_last();
	return err;
}

/* The descriptor to give out: another one where it is not to write. */
static int narrow(draft *d, shmem_access access, shmem_os_handle *ret)
{
	shmem_os_handle os;
	int err;

	if (access == SHMEM_RW)
		return shmem__fd_copy(d->fd, ret);
	if (d->random[0] == '\0') {
		err = shmem__fd_reopen_readonly(d->fd, &os);
		if (err == SHMEM_E_SYS) /* no /proc here */
			err = SHMEM_E_UNSUPPORTED;
	} else {
		int fd = SHMEM__OS(
			-1, openat,
			(d->dir, d->random, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));

		err = fd >= 0 ? shmem__fd_raise(fd, &os) : shmem__fail_last();
	}
	if (err != 0)
		return err;
	err = shmem__named_share((int)os);
	if (err != 0)
		close((int)os);
	else
		*ret = os;
	return err;
}

static int name_random(draft *d, const char *file)
{
	int err = shmem__named_rename(d->dir, d->random, file);

	if (err == 0)
		d->random[0] = '\0';
	if (err != SHMEM_E_UNSUPPORTED)
		return err;
	if (SHMEM__OS(-1, linkat, (d->dir, d->random, d->dir, file, 0)) == 0)
		return 0;
	/* Not there: taken for a dead one's, and cleaned up. */
	if (errno == EEXIST || errno == ENOENT)
		return NAMED_AGAIN;
	return shmem__fail_last();
}

static int make(draft *d, const char *file, uint64_t bytes, bool group,
		shmem_access access, shmem_os_handle *ret)
{
	shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;
	int err = fill(d, bytes, group);

	if (err == 0)
		err = narrow(d, access, &os);
	if (err == 0)
		err = d->random[0] == '\0'
			      ? shmem__named_christen(d->fd, d->dir, file)
			      : name_random(d, file);
	draft_drop(d);
	if (err == 0)
		*ret = os;
	else if (os != SHMEM_OS_HANDLE_INVALID)
		close((int)os);
	return err;
}

int shmem__named_make(const named_place *p, uint64_t bytes, bool group,
		      shmem_access access, shmem_os_handle *ret)
{
	draft d = {.dir = p->dir};
	int err = draft_nameless(&d);

	if (err == 0)
		err = make(&d, p->file, bytes, group, access, ret);
	if (err != SHMEM_E_UNSUPPORTED)
		return err;
	err = draft_random(&d);
	if (err == 0)
		err = make(&d, p->file, bytes, group, access, ret);
	return err;
}
