/* SPDX-License-Identifier: MIT */
/* What a process has open and mapped, as lines that can be compared. */
#include "state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void support_state_add(support_state *s, const char *format, ...)
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

support_state *support_state_take(void)
{
	support_state *s = calloc(1, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	support_state_mappings(s);
	support_state_descriptors(s);
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

	support_state_descriptors(&s);
	count = s.count;
	for (size_t i = 0; i < s.count; i++)
		free(s.lines[i]);
	free(s.lines);
	return count;
}
