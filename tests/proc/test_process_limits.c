/* SPDX-License-Identifier: MIT */
/*
 * Starting programs under limits that are not root's: either there is a program
 * with all that was passed to it, or there is none.
 */
#include "channels.h"
#include "roles.h"

#include <string.h>
#include <sys/resource.h>
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
static void nothing_started(void)
{
	ck_assert_ptr_null(p);
	ck_assert_ptr_null(c);
	support_no_process();
	ck_assert_uint_eq(shmem_handle_size(h), BYTES);
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
	nothing_started();
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
			nothing_started();
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
	Suite *s = suite_create("process_limits");
	TCase *t = support_case(s, "limits");

	tcase_add_test(t, too_many_processes_are_a_limit);
	tcase_add_test(t, few_addresses_are_an_error_or_the_program_s_end);
	return s;
}
SUPPORT_MAIN_WITH_ROLES(roles, suite)
