/* SPDX-License-Identifier: MIT */
/* What a process has open and mapped, by /proc. */
#include "state.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One entry of /proc/self/smaps. */
typedef struct mapping {
	char range[40];
	char perms[8];
	char name[256];
	bool dont_fork;
} mapping;

void support_state_descriptors(support_state *s)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		char target[256];
		ssize_t n;

		if (entry->d_name[0] == '.' ||
		    strtol(entry->d_name, NULL, 10) == dirfd(dir))
			continue;
		n = readlinkat(dirfd(dir), entry->d_name, target,
			       sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		support_state_add(s, "descriptor %s -> %s", entry->d_name,
				  target);
	}
	closedir(dir);
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/*
 * Shared memory, but not the C library's tables; and reserved addresses. An
 * instrument reserves and frees addresses as it likes, so that with one only
 * what the library marks as not to be inherited counts.
 */
static bool matters(const mapping *m)
{
	bool unnamed = m->name[0] == '\0' || begins(m->name, "[anon:");

	if (m->perms[3] == 's')
		return !begins(m->name, "/usr/");
	if (!unnamed)
		return begins(m->name, "/memfd:") ||
		       begins(m->name, "/dev/shm/");
	if (m->dont_fork)
		return true;
	return begins(m->perms, "---") && !support_is_slow() &&
	       support_lacks(SUPPORT_NATIVE) == NULL;
}

static void add_mapping(support_state *s, const mapping *m)
{
	if (m->range[0] != '\0' && matters(m))
		support_state_add(s, "mapping %s %s %s", m->range, m->perms,
				  m->name);
}

/* A line with an address range begins an entry, VmFlags are its last. */
void support_state_mappings(support_state *s)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	char line[512];

	ck_assert_ptr_nonnull(file);
	mapping m = {.range = ""};
	while (fgets(line, sizeof(line), file) != NULL) {
		mapping next = {.range = ""};

		if (begins(line, "VmFlags:")) {
			m.dont_fork = strstr(line, " dc") != NULL;
			add_mapping(s, &m);
		} else if (sscanf(line,
				  "%39[0-9a-f-] %7s %*s %*s %*s %255[^\n]",
				  next.range, next.perms, next.name) >= 2 &&
			   strchr(next.range, '-') != NULL) {
			m = next;
		}
	}
	fclose(file);
}
