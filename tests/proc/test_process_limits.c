/* SPDX-License-Identifier: MIT */
/*
 * Starting programs under limits that are not root's: either there is a program
 * with all that was passed to it, or there is none.
 */
#include "passing.h"

#include <sys/resource.h>
#include <unistd.h>

static const support_role roles[] = {{PASSING_ROLE, passing_play}};

static void no_more_processes(void *arg)
{
	struct rlimit none = {0, 1000};
	struct rlimit some = {1000, 1000};

	(void)arg;
	ck_assert_int_eq(setresgid(65534, 65534, 65534), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	passing_set_up();
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &none), 0);
	support_is(passing_spawn(), SHMEM_E_LIMIT);
	passing_check_none();
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &some), 0);
	support_ok(passing_spawn());
	passing_check_all();
	passing_clear();
}

START_TEST(too_many_processes_are_a_limit)
{
	if (geteuid() != 0 || access("/proc/self/exe", X_OK) != 0)
		return; /* who starts it may have limits of his own */
	support_needs(SUPPORT_NATIVE); /* so has an emulator */
	ck_assert_int_eq(support_child(no_more_processes, NULL), 0);
}
END_TEST

/* The program may find that it has too little to be loaded; that is its end
 * then, and is told as such. */
START_TEST(few_addresses_are_an_error_or_the_program_s_end)
{
	struct rlimit usual;
	int status = 0;
	int ended = 0;
	int failed = 0;

	if (support_is_slow())
		return;
	support_needs(SUPPORT_LIMITS);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &usual), 0);
	for (rlim_t bytes = 4096; bytes < (rlim_t)1 << 32; bytes *= 2) {
		struct rlimit tight = {bytes, usual.rlim_max};
		int err;

		passing_set_up();
		ck_assert_int_eq(setrlimit(RLIMIT_AS, &tight), 0);
		err = passing_spawn();
		ck_assert_int_eq(setrlimit(RLIMIT_AS, &usual), 0);
		if (err != 0) {
			support_is(err, SHMEM_E_NOMEM);
			passing_check_none();
			failed++;
		} else {
			support_ok(shmem_process_wait(passing.process,
						      SUPPORT_WAIT, &status));
			ended += status != 0;
		}
		passing_clear();
	}
	ck_assert_int_gt(failed + ended, 0);
	passing_set_up();
	support_ok(passing_spawn());
	passing_check_all();
	passing_clear();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("process_limits");
	TCase *t = support_case(s, "limits");

	tcase_add_test(t, too_many_processes_are_a_limit);
	tcase_add_test(t, few_addresses_are_an_error_or_the_program_s_end);
	return s;
}
SUPPORT_MAIN_WITH_ROLES(roles, suite)
