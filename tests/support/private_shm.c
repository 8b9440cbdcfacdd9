/* SPDX-License-Identifier: MIT */
/* A /dev/shm of the test's own, where nobody else comes and goes. */
#include "support.h"

#include <dirent.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

bool support_private_shm(const char *options)
{
	return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("test", "/dev/shm", "tmpfs", 0, options) == 0;
}

size_t support_names(const char *name)
{
	DIR *dir = opendir("/dev/shm");
	const struct dirent *entry;
	size_t n = 0;

	(void)name;
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		n += strstr(entry->d_name, "shmem.") != NULL;
	closedir(dir);
	return n;
}

size_t support_shm_files(void)
{
	DIR *dir = opendir("/dev/shm");
	size_t n = 0;

	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}
