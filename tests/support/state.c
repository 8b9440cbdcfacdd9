/* SPDX-License-Identifier: MIT */
/* What a process has open and mapped, as lines that can be compared. */
#include "support.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct support_state {
	char **lines;
	size_t count;
};

/* One entry of /proc/self/smaps. */
typedef struct mapping {
	char range[40];
	char perms[8];
	char name[256];
	bool dont_fork;
} mapping;

static void add(support_state *s, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	s->lines = realloc(s->lines, (s->count + 1) * sizeof(*s->lines));
	ck_assert_ptr_nonnull(s->lines);
	s->lines[s->count] = strdup(line);
	ck_assert_ptr_nonnull(s->lines[s->count]);
	s->count++;
}

static void add_descriptors(support_state *s)
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
		add(s, "descriptor %s -> %s", entry->d_name, target);
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
		add(s, "mapping %s %s %s", m->range, m->perms, m->name);
}

/* A line with an address range begins an entry, VmFlags are its last. */
static void add_mappings(support_state *s)
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

support_state *support_state_take(void)
{
	support_state *s = calloc(1, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	add_mappings(s);
	add_descriptors(s);
	return s;
}

static bool has(const support_state *s, const char *line)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->lines[i], line) == 0)
			return true;
	return false;
}

static size_t report_missing(const support_state *in, const support_state *from,
			     const char *what, char *report, size_t cap)
{
	size_t differences = 0;

	for (size_t i = 0; i < in->count; i++) {
		size_t used = strlen(report);

		if (has(from, in->lines[i]))
			continue;
		differences++;
		snprintf(report + used, cap - used, "  %s %s\n", what,
			 in->lines[i]);
	}
	return differences;
}

size_t support_state_compare(const support_state *before, char *report,
			     size_t cap)
{
	support_state *now = support_state_take();
	size_t differences;

	report[0] = '\0';
	differences = report_missing(now, before, "new", report, cap);
	differences += report_missing(before, now, "gone", report, cap);
	support_state_free(now);
	return differences;
}

void support_state_free(support_state *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->lines[i]);
	free(s->lines);
	free(s);
}

size_t support_descriptors(void)
{
	support_state s = {NULL, 0};
	size_t count;

	add_descriptors(&s);
	count = s.count;
	for (size_t i = 0; i < s.count; i++)
		free(s.lines[i]);
	free(s.lines);
	return count;
}
