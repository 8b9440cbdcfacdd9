/* SPDX-License-Identifier: MIT */
/* Where named objects are, and who uses them. */
#include "handle/posix/named_dir.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "handle/name.h"
#include "handle/os.h"
#include "handle/posix/named_os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#ifdef __linux__
#define DIRECTORY "/dev/shm"
#else
#define DIRECTORY "/tmp"
#endif

/* After so many tries each next one waits a millisecond. */
#define PATIENT 100

int shmem__named_dir(int *ret)
{
	int fd = SHMEM__OS(-1, open,
			   (DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return shmem__fail_os(errno, SHMEM_E_UNSUPPORTED);
	if (fd < 0)
		return shmem__fail_last();
	*ret = fd;
	return 0;
}

int shmem__named_find(const char *name, named_place *p)
{
	name = shmem__name_check(name, SHMEM_NAME_MAX);
	if (name == NULL)
		return SHMEM_E_INVAL;
	snprintf(p->file, sizeof(p->file), NAMED_PREFIX "%s", name);
	return shmem__named_dir(&p->dir);
}

void shmem__named_pause(int attempt)
{
	struct timespec ms = {.tv_nsec = 1000000};

	if (attempt < PATIENT)
		shmem__yield();
	else
		nanosleep(&ms, NULL);
}

/* Nobody can have it alone while the descriptor is there that this one was made
 * from. */
int shmem__object_hold_named(shmem_os_handle os)
{
	int err = NAMED_AGAIN;

	for (int i = 0; i < NAMED_TRIES && err == NAMED_AGAIN; i++)
		err = shmem__named_share((int)os);
	return err == NAMED_AGAIN ? SHMEM_E_SYS : err;
}

/* The kernel counts who has a file open or mapped. */
int shmem__object_keep_named(shmem_os_handle os, shmem_os_handle *ret)
{
	(void)os;
	*ret = SHMEM_OS_HANDLE_INVALID;
	return 0;
}
