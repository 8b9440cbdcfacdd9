/* SPDX-License-Identifier: MIT */
/*
 * The corpus of bad input: whatever a peer, a text or a name may say that is
 * wrong, case by case in the tables of tests/support/bad_*.c. Each case runs in
 * a process of its own, or where processes are slow a few in one, and the last
 * test counts them.
 */
#include "bad.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_AT_LEAST 500
#define CASES_MAX 4096

/* The names of the cases that ran, and came to their ends. Shared by all tests,
 * which are processes. */
static struct ran {
	char name[CASES_MAX][BAD_NAME_MAX];
} * ran;

#define BATCH 25u /* in a process, where processes are slow */

/* What each test runs. */
static struct plan {
	const bad_chapter *chapter;
	size_t first, count;
	size_t place; /* in `ran` */
} plan[CASES_MAX];
static size_t plans;

static void make_plan(void)
{
	size_t place = 0;

	for (size_t c = 0; c < bad_chapter_count(); c++) {
		const bad_chapter *chapter = bad_chapters[c];
		size_t total = chapter->count();
		size_t batch = support_is_slow() && !chapter->alone ? BATCH : 1;

		for (size_t i = 0; i < total; i += batch) {
			size_t n = total - i < batch ? total - i : batch;

			if (place + n > CASES_MAX)
				abort();
			plan[plans++] = (struct plan){chapter, i, n, place};
			place += n;
		}
	}
}

START_TEST(bad_input_is_refused)
{
	const struct plan *p = &plan[_i];

	for (size_t i = 0; i < p->count; i++) {
		bad_case("%s", "");
		p->chapter->run(p->first + i);
		bad_teardown();
		/* Some places in the tables are of what is in order. */
		if (bad_name()[0] != '\0')
			snprintf(ran->name[p->place + i], BAD_NAME_MAX,
				 "%s: %s", p->chapter->name, bad_name());
	}
}
END_TEST

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

START_TEST(many_cases_ran)
{
	size_t n = 0;

	qsort(ran->name, CASES_MAX, BAD_NAME_MAX, compare);
	for (size_t i = 0; i < CASES_MAX; i++) {
		if (ran->name[i][0] == '\0')
			continue;
		ck_assert_msg(i == 0 || strcmp(ran->name[i], ran->name[i - 1]),
			      "twice: %s", ran->name[i]);
		n++;
	}
	printf("%zu cases of bad input\n", n);
	ck_assert_uint_ge(n, CASES_AT_LEAST);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("bad input");
	TCase *t = support_case(s, "cases");

	ran = support_shared(sizeof(*ran));
	make_plan();
	tcase_add_loop_test(t, bad_input_is_refused, 0, (int)plans);
	if (getenv("CK_RUN_CASE") == NULL)
		tcase_add_test(support_case(s, "count"), many_cases_ran);
	return s;
}
SUPPORT_MAIN(suite)
