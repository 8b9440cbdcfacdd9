/* SPDX-License-Identifier: MIT */
/*
 * Memory objects by memfd: no name leads to them, and seals make their size,
 * and later their contents, final for everybody.
 */
#include "handle/os.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "handle/posix/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define SEALS_SIZE (F_SEAL_SHRINK | F_SEAL_GROW)
#define SEALS_WRITE (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

/* Below this no size is suspicious, and the system is not asked. */
#define SURELY_HELD ((uint64_t)1 << 30)

/* The flag that forbids to execute it: newer kernels want it, older ones
 * (before 6.3) refuse it. */
static atomic_uint noexec_flag = MFD_NOEXEC_SEAL;

static int memfd(const char *name)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	unsigned noexec =
		atomic_load_explicit(&noexec_flag, memory_order_relaxed);
	int fd = SHMEM__OS(-1, memfd_create, (name, flags | noexec));

	if (fd >= 0 || errno != EINVAL || noexec == 0)
		return fd;
	fd = SHMEM__OS(-1, memfd_create, (name, flags));
	if (fd >= 0)
		atomic_store_explicit(&noexec_flag, 0, memory_order_relaxed);
	return fd;
}

static int create_failed(void)
{
	int native = errno;

	/* What sandboxes answer, besides what old kernels do. */
	if (native == ENOSYS || native == EPERM || native == EACCES ||
	    native == EINVAL)
		return shmem__fail_os(native, SHMEM_E_UNSUPPORTED);
	return shmem__fail_last();
}

/* Would the kernel, too, call this an obvious overcommitment? */
static bool too_large(uint64_t bytes)
{
	struct sysinfo info;
	uint64_t all;

	if (bytes < SURELY_HELD)
		return false;
	if (bytes > INT64_MAX)
		return true;
	if (SHMEM__OS(-1, sysinfo, (&info)) != 0)
		return false;
	all = ((uint64_t)info.totalram + info.totalswap) * info.mem_unit;
	return bytes > all;
}

/* Fills it with huge pages while nobody looks, as far as the system feels like
 * it; every view of it has them then. */
static void fill_huge(int fd, uint64_t bytes)
{
	size_t length = (size_t)shmem__round_to_pages(bytes);
	struct sysinfo info;
	void *at;

	if (sysinfo(&info) != 0 ||
	    bytes > (uint64_t)info.freeram * info.mem_unit / 2)
		return;
	at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return;
	if (madvise(at, length, MADV_HUGEPAGE) == 0)
		madvise(at, length, MADV_POPULATE_WRITE);
	munmap(at, length);
}

int shmem__object_create(uint64_t bytes, const char *label, bool huge,
			 shmem_os_handle *ret)
{
	char name[64];
	int fd;
	int err;

	if (too_large(bytes))
		return SHMEM_E_NOSPACE;
	err = shmem__fd_may_hold(bytes);
	if (err != 0)
		return err;
	snprintf(name, sizeof(name), "shmem:%s", label != NULL ? label : "");
	fd = memfd(name);
	if (fd < 0)
		return create_failed();
	if (SHMEM__OS(-1, ftruncate, (fd, (off_t)bytes)) != 0) {
		err = errno == EINVAL ? shmem__fail_os(EINVAL, SHMEM_E_NOSPACE)
				      : shmem__fail_last();
		goto fail;
	}
	if (SHMEM__OS(-1, fcntl, (fd, F_ADD_SEALS, SEALS_SIZE)) != 0) {
		err = shmem__fail_os(errno, SHMEM_E_SYS);
		goto fail;
	}
	if (huge)
		fill_huge(fd, bytes);
	return shmem__fd_raise(fd, ret);
fail:
	close(fd);
	return err;
}

/* Are the rights of this descriptor just the claimed ones? */
static bool rights_fit(int flags, int seals, const shmem__object_facts *claim)
{
	int mode = flags & O_ACCMODE;

	if (claim->frozen && (seals & F_SEAL_WRITE) == 0)
		return false;
	if (claim->readonly_enforced && (seals & SEALS_WRITE) == 0)
		return false;
	if (claim->access == SHMEM_RW)
		return mode == O_RDWR && (seals & SEALS_WRITE) == 0;
	if (claim->access == SHMEM_READ)
		return mode == O_RDONLY ||
		       (mode == O_RDWR && (seals & SEALS_WRITE) != 0);
	return false;
}

int shmem__object_check(shmem_os_handle os, const shmem__object_facts *claim)
{
	int fd = (int)os;
	struct statfs fs;
	struct stat st;
	int flags;
	int seals;

	/* The seals before the size: once they are there it stays. A mere path
	 * (O_PATH) has none to tell of. */
	seals = SHMEM__OS(-1, fcntl, (fd, F_GET_SEALS));
	if (seals < 0)
		return shmem__fail_os(errno, SHMEM_E_UNTRUSTED);
	if ((seals & SEALS_SIZE) != SEALS_SIZE)
		return SHMEM_E_UNTRUSTED;
	flags = SHMEM__OS(-1, fcntl, (fd, F_GETFL));
	if (flags < 0 || SHMEM__OS(-1, fstat, (fd, &st)) != 0 ||
	    SHMEM__OS(-1, fstatfs, (fd, &fs)) != 0)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	/* Files of huge pages have seals, too, but other rules of mapping. */
	if (!S_ISREG(st.st_mode) || fs.f_type != TMPFS_MAGIC ||
	    st.st_size <= 0 || (uint64_t)st.st_size != claim->size ||
	    !rights_fit(flags, seals, claim))
		return SHMEM_E_UNTRUSTED;
	return 0;
}

int shmem__object_duplicate(shmem_os_handle os, shmem_access access,
			    shmem_os_handle *ret)
{
	shmem__object_facts now;
	int flags;

	if (access == SHMEM_RW)
		return shmem__fd_copy((int)os, ret);
	flags = SHMEM__OS(-1, fcntl, ((int)os, F_GETFL));
	if (flags < 0)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	shmem__object_seals(os, &now);
	if ((flags & O_ACCMODE) == O_RDWR && !now.readonly_enforced)
		return shmem__fd_reopen_readonly((int)os, ret);
	return shmem__fd_copy((int)os, ret);
}

void shmem__object_seals(shmem_os_handle os, shmem__object_facts *facts)
{
	int seals = fcntl((int)os, F_GET_SEALS);

	facts->readonly_enforced = seals >= 0 && (seals & SEALS_WRITE) != 0;
	facts->frozen = seals >= 0 && (seals & F_SEAL_WRITE) != 0;
}

static int seal(shmem_os_handle os, int seals)
{
	if (SHMEM__OS(-1, fcntl, ((int)os, F_ADD_SEALS, seals)) == 0)
		return 0;
	if (errno == EINVAL)
		return shmem__fail_os(EINVAL, SHMEM_E_UNSUPPORTED);
	return shmem__fail_last();
}

int shmem__object_seal_future_write(shmem_os_handle *os)
{
	return seal(*os, F_SEAL_FUTURE_WRITE);
}

int shmem__object_seal_write(shmem_os_handle os)
{
	return seal(os, F_SEAL_WRITE);
}
