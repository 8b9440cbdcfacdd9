/* SPDX-License-Identifier: MIT */
/* Runs a suite. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 20
#define CASE_SECONDS 240 /* more than all that a test waits for */

static support_state *before;

static void set_up(void)
{
	before = support_state_take();
}

static void tear_down(void)
{
	char report[4096];
	size_t differences;

	support_scratch_remove();
	differences = support_state_compare(before, report, sizeof(report));
	support_state_free(before);
	before = NULL;
	ck_assert_msg(differences == 0, "the test left behind:\n%s", report);
}

TCase *support_case(Suite *suite, const char *name)
{
	TCase *c = tcase_create(name);

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, CASE_SECONDS);
	suite_add_tcase(suite, c);
	return c;
}

int support_run(int argc, char **argv, Suite *suite)
{
	SRunner *runner;
	int failed;

	(void)argc;
	support_begin(argv);
	(void)support_self(); /* found once, before there are threads */
	support_scratch_make();
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	support_scratch_remove();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

unsigned long support_times(unsigned long some, unsigned long many)
{
	return getenv("SHMEM_TEST_LONG") != NULL ? many : some;
}

bool support_skip(const char *test, const char *why)
{
	if (why == NULL)
		return false;
	/* Check puts the rest behind a test's name. */
	printf("skipped: %.*s: %s\n", (int)(strlen(test) - strlen("_fn")), test,
	       why);
	fflush(stdout);
	return true;
}

void support_soon(uint64_t ms, uint64_t (*fn)(void))
{
	bool slow = support_is_slow() || support_lacks(SUPPORT_NATIVE) != NULL;
	uint64_t took = fn();

	for (int i = 1; i < TRIES && took > ms && !slow; i++)
		took = fn();
	ck_assert_msg(took <= ms || slow,
		      "%d times it took longer than %d ms, at last %d", TRIES,
		      (int)ms, (int)took);
}
