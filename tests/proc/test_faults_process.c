/* SPDX-License-Identifier: MIT */
/*
 * Starting programs when the system refuses this or that, or has little of it:
 * either there is a program with all that was passed to it, or there is none.
 */
#include "channels.h"
#include "faults.h"
#include "roles.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

static const support_role roles[] = {{"passed_all", passed_all}};

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

static void start(const char *what, const char *argument)
{
	const char *argv[] = {what, argument, NULL};
	shmem_spawn_opts o = SHMEM_SPAWN_OPTS_INIT;

	o.path = what;
	o.argv = argv;
	support_ok(shmem_process_spawn(&o, &p, NULL));
}

static void with_one_that_ends(void)
{
	start("true", NULL);
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
	start("sleep", "1000");
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
	return waitpid(pid, NULL, 0) < 0 && errno != ECHILD ? SHMEM_E_SYS : 0;
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
	if (_i == SPAWN)
		support_needs(SUPPORT_NATIVE); /* an emulator needs some, too */
	ladder_run(&ops[_i], LADDER_DESCRIPTORS);
}
END_TEST

/* ---- limits that are not root's ---- */

static void no_more_processes(void *arg)
{
	struct rlimit none = {0, 1000};
	struct rlimit some = {1000, 1000};

	(void)arg;
	ck_assert_int_eq(setresgid(65534, 65534, 65534), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	with_handle();
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &none), 0);
	support_is(spawn(), SHMEM_E_LIMIT);
	nothing_started(SHMEM_E_LIMIT);
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &some), 0);
	support_ok(spawn());
	all_was_passed();
	clear();
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
	int ended = 0;
	int failed = 0;

	if (support_is_slow())
		return;
	support_needs(SUPPORT_LIMITS);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &usual), 0);
	for (rlim_t bytes = 4096; bytes < (rlim_t)1 << 32; bytes *= 2) {
		struct rlimit tight = {bytes, usual.rlim_max};
		int err;

		with_handle();
		ck_assert_int_eq(setrlimit(RLIMIT_AS, &tight), 0);
		err = spawn();
		ck_assert_int_eq(setrlimit(RLIMIT_AS, &usual), 0);
		if (err != 0) {
			support_is(err, SHMEM_E_NOMEM);
			nothing_started(err);
			failed++;
		} else {
			support_ok(
				shmem_process_wait(p, SUPPORT_WAIT, &status));
			ended += status != 0;
		}
		clear();
	}
	ck_assert_int_gt(failed + ended, 0);
	with_handle();
	support_ok(spawn());
	all_was_passed();
	clear();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("faults_process");
	TCase *t = support_case(s, "faults");

	tcase_add_loop_test(t, any_call_may_fail, 0, OPS);
	t = support_case(s, "limits");
	tcase_add_loop_test(t, any_limit_may_be_reached, 0, OPS);
	tcase_add_test(t, too_many_processes_are_a_limit);
	tcase_add_test(t, few_addresses_are_an_error_or_the_program_s_end);
	return s;
}
SUPPORT_MAIN_WITH_ROLES(roles, suite)
