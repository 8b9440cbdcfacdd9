/* SPDX-License-Identifier: MIT */
/* Cgroups with a limit on memory: of version 2, else of version 1. */
#include "cgroup.h"

#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "shmem-test-"

/* Where the machine has them; in the root of each, for nobody that is in a
 * cgroup below can give memory to one of its own. */
static const struct hierarchy {
	const char *root;
	const char *memory; /* says so where they can have a limit */
	const char *limit;
	const char *none;
} hierarchies[] = {
	{"/sys/fs/cgroup", "cgroup.subtree_control", "memory.max", "max"},
	{"/sys/fs/cgroup/unified", "cgroup.subtree_control", "memory.max",
	 "max"},
	{"/sys/fs/cgroup/memory", NULL, "memory.limit_in_bytes", "-1"},
};

static const struct hierarchy *used;
static char cgroup[100];

static int open_in(const char *folder, const char *file, int flags)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return open(path, flags | O_CLOEXEC);
}

static bool put(const char *folder, const char *file, const char *text)
{
	int fd = open_in(folder, file, O_WRONLY);
	bool done;

	if (fd < 0)
		return false;
	done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return done;
}

static bool has_memory(const struct hierarchy *h)
{
	char text[400] = "";
	int fd;

	if (h->memory == NULL)
		fd = open_in(h->root, h->limit, O_RDONLY);
	else
		fd = open_in(h->root, h->memory, O_RDONLY);
	if (fd < 0)
		return false;
	(void)!read(fd, text, sizeof(text) - 1);
	close(fd);
	return h->memory == NULL || strstr(text, "memory") != NULL;
}

static const struct hierarchy *find(void)
{
	for (size_t i = 0; i < sizeof(hierarchies) / sizeof(hierarchies[0]);
	     i++)
		if (has_memory(&hierarchies[i]))
			return &hierarchies[i];
	return NULL;
}

const char *cgroup_make(void)
{
	static int count;

	used = find();
	if (used == NULL)
		return "no cgroup here limits memory";
	snprintf(cgroup, sizeof(cgroup), "%s/" PREFIX "%d-%d", used->root,
		 (int)getpid(), count++);
	if (mkdir(cgroup, 0755) != 0)
		return "no cgroup may be made";
	/* Else it would be swapped out instead. */
	(void)put(cgroup, "memory.swap.max", "0");
	(void)put(cgroup, "memory.swappiness", "0");
	return NULL;
}

bool cgroup_limit(long bytes)
{
	char text[40];

	if (bytes == CGROUP_NO_LIMIT)
		return put(cgroup, used->limit, used->none);
	snprintf(text, sizeof(text), "%ld", bytes);
	return put(cgroup, used->limit, text);
}

/* Version 1 can be told so for a cgroup; of version 2 a process must be one
 * that is never killed. */
static bool spare(void)
{
	if (used->memory == NULL)
		return put(cgroup, "memory.oom_control", "1");
	return put("/proc/self", "oom_score_adj", "-1000");
}

bool cgroup_join(bool spared)
{
	char pid[20];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	return (!spared || spare()) && put(cgroup, "cgroup.procs", pid);
}

void cgroup_remove(void)
{
	for (int i = 0; i < 1000 && rmdir(cgroup) != 0; i++)
		support_sleep(1);
}

void cgroup_sweep(void)
{
	const struct hierarchy *h = find();
	DIR *dir = h == NULL ? NULL : opendir(h->root);
	const struct dirent *entry;
	int pid;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (sscanf(entry->d_name, PREFIX "%d-", &pid) == 1 &&
		    kill(pid, 0) != 0)
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	if (dir != NULL)
		closedir(dir);
}
