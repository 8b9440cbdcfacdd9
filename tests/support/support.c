/* SPDX-License-Identifier: MIT */
/* Runs a suite, and tells the instruments how to behave. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CASE_SECONDS 60

/*
 * A sanitizer must not stand between a test and the signal that it expects, nor
 * take a fork in a threaded process for an accident.
 */
#define SIGNALS "handle_segv=0:handle_sigbus=0:allow_user_segv_handler=1"
#define EXPORT __attribute__((visibility("default"), used))

EXPORT const char *__asan_default_options(void);
EXPORT const char *__tsan_default_options(void);

EXPORT const char *__asan_default_options(void)
{
	return SIGNALS ":detect_stack_use_after_return=0"
		       ":allocator_may_return_null=1";
}

EXPORT const char *__tsan_default_options(void)
{
	return SIGNALS ":die_after_fork=0:halt_on_error=1"
		       ":allocator_may_return_null=1";
}

/*
 * The C library keeps the stacks of ended threads and gives each thread a heap;
 * both reserve addresses and would look like leaks. These can be turned off
 * only before a program starts.
 */
#define TUNABLES "glibc.pthread.stack_cache_size=0:glibc.malloc.arena_max=1"

static bool in_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

static void restart_with_tunables(char **argv)
{
	if (getenv("GLIBC_TUNABLES") != NULL || in_valgrind())
		return;
	setenv("GLIBC_TUNABLES", TUNABLES, 1);
	execv("/proc/self/exe", argv);
	/* Without /proc there is no leak check either. */
}

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
	restart_with_tunables(argv);
	support_scratch_make();
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	support_scratch_remove();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

bool support_is_slow(void)
{
	return SUPPORT_ASAN || SUPPORT_TSAN || in_valgrind();
}

unsigned long support_times(unsigned long some, unsigned long many)
{
	return getenv("SHMEM_TEST_LONG") != NULL ? many : some;
}
