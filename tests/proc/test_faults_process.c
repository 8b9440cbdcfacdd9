/* SPDX-License-Identifier: MIT */
/*
 * Starting programs when the system refuses this or that, or has little of it:
 * either there is a program with all that was passed to it, or there is none.
 */
#include "faults.h"
#include "passing.h"

static int status;

static int ends(char **arg)
{
	(void)arg;
	return 0;
}

static int stays(char **arg)
{
	(void)arg;
	support_sleep(1000000);
	return 0;
}

static const support_role roles[] = {
	{PASSING_ROLE, passing_play}, {"ends", ends}, {"stays", stays}};

static bool nothing_started(int err)
{
	(void)err;
	passing_check_none();
	return true;
}

static void with_one_that_ends(void)
{
	support_ok(support_spawn("ends", NULL, NULL, 0, &passing.process));
}

static int wait_for_it(void)
{
	return shmem_process_wait(passing.process, SUPPORT_WAIT, &status);
}

static bool is_there_still(int err)
{
	(void)err;
	ck_assert_int_gt(shmem_process_pid(passing.process), 0);
	return true;
}

static void has_ended(void)
{
	ck_assert_int_eq(status, 0);
}

static void with_one_that_stays(void)
{
	support_ok(support_spawn("stays", NULL, NULL, 0, &passing.process));
}

static int kill_it(void)
{
	return shmem_process_kill(passing.process);
}

/* Where the system says that there is no such process, that is believed. */
static void is_killed(void)
{
	support_ok(shmem_process_kill(passing.process));
	support_ok(shmem_process_wait(passing.process, SUPPORT_WAIT, &status));
	ck_assert_int_eq(status, -9);
}

static int let_go(void)
{
	int pid = shmem_process_pid(passing.process);

	shmem_process_close(&passing.process);
	support_eventually(!support_runs(pid));
	return 0;
}

static void nothing(void)
{
}

static const faults_op ops[] = {
	{"spawn", passing_set_up, passing_spawn, nothing_started,
	 passing_check_all, passing_clear},
	{"wait for a process", with_one_that_ends, wait_for_it, is_there_still,
	 has_ended, passing_clear},
	{"kill a process", with_one_that_stays, kill_it, is_there_still,
	 is_killed, passing_clear},
	{"let go of a process", with_one_that_ends, let_go, is_there_still,
	 nothing, passing_clear},
};
#define SPAWN 0
#define OPS (int)(sizeof(ops) / sizeof(ops[0]))

START_TEST(any_call_may_fail)
{
	faults_run(&ops[_i]);
}
END_TEST

START_TEST(any_limit_may_be_reached)
{
	support_needs(SUPPORT_FEW);
	if (_i == SPAWN)
		support_needs(SUPPORT_NATIVE); /* an emulator needs some, too */
	ladder_run(&ops[_i], LADDER_DESCRIPTORS);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("faults_process");
	TCase *t = support_case(s, "faults");

	tcase_add_loop_test(t, any_call_may_fail, 0, OPS);
	t = support_case(s, "limits");
	tcase_add_loop_test(t, any_limit_may_be_reached, 0, ladder_ops(OPS));
	return s;
}
SUPPORT_MAIN_WITH_ROLES(roles, suite)
