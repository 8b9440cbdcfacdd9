/* SPDX-License-Identifier: MIT */
/*
 * Starting programs when the system refuses this or that, or has little of it:
 * either there is a program with all that was passed to it, or there is none.
 */
#include "channels.h"
#include "faults.h"
#include "roles.h"

#include <string.h>

#define BYTES 5000

static shmem_handle *h;
static shmem_process *p;
static shmem_channel *c;
static int status;

static int passed_all(char **arg)
{
	shmem_channel *parent = NULL;
	shmem_handle *given = NULL;
	shmem_message *m = NULL;

	(void)arg;
	SUPPORT_NEED(shmem_inherited_handle("given", &given) == 0);
	SUPPORT_NEED(shmem_handle_size(given) == BYTES);
	SUPPORT_NEED(shmem_inherited_channel(NULL, &parent) == 0);
	SUPPORT_NEED(shmem_message_new("here", 4, &m) == 0);
	SUPPORT_NEED(shmem_channel_send(parent, &m) == 0);
	shmem_channel_close(&parent);
	shmem_handle_close(&given);
	return 0;
}

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
	{"passed_all", passed_all}, {"ends", ends}, {"stays", stays}};

static void with_handle(void)
{
	h = support_handle(BYTES);
}

static int spawn(void)
{
	shmem_spawn_handle given = {"given", h, SHMEM_READ};
	const char *argv[] = {"self", "passed_all", NULL};
	shmem_spawn_opts o = SHMEM_SPAWN_OPTS_INIT;

	o.path = SUPPORT_SELF;
	o.argv = argv;
	o.handles = &given;
	o.handle_count = 1;
	return shmem_process_spawn(&o, &p, &c);
}

/* No process is left, and what was to be passed is here still. */
static bool nothing_started(int err)
{
	(void)err;
	ck_assert_ptr_null(p);
	ck_assert_ptr_null(c);
	support_no_process();
	ck_assert_uint_eq(shmem_handle_size(h), BYTES);
	return true;
}

static void all_was_passed(void)
{
	ck_assert_int_eq(shmem_channel_peer_pid(c), shmem_process_pid(p));
	support_recv_text(c, "here");
	support_expect_exit(&p, 0);
}

static void clear(void)
{
	shmem_channel_close(&c);
	shmem_handle_close(&h);
	if (p != NULL) {
		(void)shmem_process_kill(p);
		(void)shmem_process_wait(p, SUPPORT_WAIT, NULL);
		shmem_process_close(&p);
	}
	support_no_process();
}

static void with_one_that_ends(void)
{
	support_ok(support_spawn("ends", NULL, NULL, 0, &p));
}

static int wait_for_it(void)
{
	return shmem_process_wait(p, SUPPORT_WAIT, &status);
}

static bool is_there_still(int err)
{
	(void)err;
	ck_assert_int_gt(shmem_process_pid(p), 0);
	return true;
}

static void has_ended(void)
{
	ck_assert_int_eq(status, 0);
}

static void with_one_that_stays(void)
{
	support_ok(support_spawn("stays", NULL, NULL, 0, &p));
}

static int kill_it(void)
{
	return shmem_process_kill(p);
}

/* Where the system says that there is no such process, that is believed. */
static void is_killed(void)
{
	support_ok(shmem_process_kill(p));
	support_ok(shmem_process_wait(p, SUPPORT_WAIT, &status));
	ck_assert_int_eq(status, -9);
}

static int let_go(void)
{
	int pid = shmem_process_pid(p);

	shmem_process_close(&p);
	support_eventually(!support_runs(pid));
	return 0;
}

static void nothing(void)
{
}

static const faults_op ops[] = {
	{"spawn", with_handle, spawn, nothing_started, all_was_passed, clear},
	{"wait for a process", with_one_that_ends, wait_for_it, is_there_still,
	 has_ended, clear},
	{"kill a process", with_one_that_stays, kill_it, is_there_still,
	 is_killed, clear},
	{"let go of a process", with_one_that_ends, let_go, is_there_still,
	 nothing, clear},
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
