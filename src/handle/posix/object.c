/* SPDX-License-Identifier: MIT */
/*
 * Memory objects by shm_open, for systems that have nothing better. They have a
 * name for an instant, random and nobody else's, and no seals: a peer must be
 * trusted not to resize them, and none can be frozen. Who dies in that instant
 * leaves the name behind; where it is a file's, shmem_named_list() removes it.
 */
#include "handle/os.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "handle/posix/fd.h"
#include "handle/posix/named_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 20

static int open_unnamed(int *ret)
{
	for (int i = 0; i < TRIES; i++) {
		uint64_t chance;
		char name[32]; /* with the NUL; macOS allows no more */
		int err = shmem__random(&chance, sizeof(chance));
		int fd;

		if (err != 0)
			return err;
		snprintf(name, sizeof(name), "/" NAMED_TEMPORARY "%016llx",
			 (unsigned long long)chance);
		fd = SHMEM__OS(
			-1, shm_open,
			(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
		if (fd >= 0) {
			shm_unlink(name);
			*ret = fd;
			return 0;
		}
		if (errno == ENOSYS || errno == ENOENT)
			return shmem__fail_os(errno, SHMEM_E_UNSUPPORTED);
		if (errno != EEXIST)
			return shmem__fail_last();
	}
	return shmem__fail_os(EEXIST, SHMEM_E_SYS);
}

/* Now, and not as a SIGBUS later. */
static int reserve(int fd, uint64_t bytes)
{
	int native;

	if (bytes > INT64_MAX)
		return SHMEM_E_NOSPACE;
	if (SHMEM__OS(-1, ftruncate, (fd, (off_t)bytes)) != 0)
		return errno == EINVAL ? SHMEM_E_NOSPACE : shmem__fail_last();
	do
		native = SHMEM__OS((errno), posix_fallocate,
				   (fd, 0, (off_t)bytes));
	while (native == EINTR);
	if (native == EOPNOTSUPP || native == ENODEV)
		return 0; /* reserved by ftruncate where it is so */
	if (native != 0)
		return shmem__fail_os(native, shmem__error_from_os(native));
	return 0;
}

int shmem__object_create(uint64_t bytes, const char *label, bool huge,
			 shmem_os_handle *ret)
{
	int fd;
	int err = shmem__fd_may_hold(bytes);

	(void)label;
	(void)huge;
	if (err == 0)
		err = open_unnamed(&fd);
	if (err != 0)
		return err;
	err = reserve(fd, bytes);
	if (err != 0) {
		close(fd);
		return err;
	}
	return shmem__fd_raise(fd, ret);
}

/* Whether it stays as it is can't be known here. */
int shmem__object_check(shmem_os_handle os, const shmem__object_facts *claim)
{
	struct stat st;
	int flags = SHMEM__OS(-1, fcntl, ((int)os, F_GETFL));
	int mode;

	if (flags < 0)
		return shmem__fail_os(errno, SHMEM_E_UNTRUSTED);
	if (SHMEM__OS(-1, fstat, ((int)os, &st)) != 0)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	mode = flags & O_ACCMODE;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    (uint64_t)st.st_size != claim->size ||
	    (mode != O_RDWR && mode != O_RDONLY) ||
	    (claim->access != SHMEM_READ && claim->access != SHMEM_RW) ||
	    (claim->access == SHMEM_RW && mode != O_RDWR) ||
	    claim->readonly_enforced || claim->frozen)
		return SHMEM_E_UNTRUSTED;
	/* A mere path, where there is such a thing, is open for nothing. */
	if (SHMEM__OS(-1, lseek, ((int)os, 0, SEEK_CUR)) < 0 && errno == EBADF)
		return SHMEM_E_UNTRUSTED;
	return 0;
}

int shmem__object_duplicate(shmem_os_handle os, shmem_access access,
			    shmem_os_handle *ret)
{
	int err;

	if (access == SHMEM_RW)
		return shmem__fd_copy((int)os, ret);
	err = shmem__fd_reopen_readonly((int)os, ret);
	/* Where there is no /proc, read-only is a promise of this library's. */
	if (err == SHMEM_E_SYS)
		err = shmem__fd_copy((int)os, ret);
	return err;
}

void shmem__object_seals(shmem_os_handle os, shmem__object_facts *facts)
{
	(void)os;
	facts->readonly_enforced = false;
	facts->frozen = false;
}

int shmem__object_seal_future_write(shmem_os_handle *os)
{
	(void)os;
	return SHMEM_E_UNSUPPORTED;
}

int shmem__object_seal_write(shmem_os_handle os)
{
	(void)os;
	return SHMEM_E_UNSUPPORTED;
}
