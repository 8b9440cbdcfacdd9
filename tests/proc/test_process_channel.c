/* SPDX-License-Identifier: MIT */
/* The channel to a program that was started. The program is this very file. */
#include "roles.h"

#include "base/fault.h"
#include "base/os.h"

#include <errno.h>
#include <shmem/shmem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <windows.h>
#endif

#define PATIENCE 20000
#define HANDLES 64

/* ---- roles of the program ---- */

/* Sends back what comes, one more in the first byte of each segment. The
 * argument says which process is at the other end. */
static int echo(char **arg)
{
	shmem_channel_opts bad = SHMEM_CHANNEL_OPTS_INIT;
	shmem_channel *c = NULL;
	shmem_channel *other = NULL;
	shmem_segment *s = NULL;
	int parent;
	int err;

	bad.enforce = (shmem_enforce)99;
	if (shmem_inherited_channel(NULL, NULL) != SHMEM_E_INVAL ||
	    shmem_inherited_channel(&bad, &c) != SHMEM_E_INVAL ||
	    shmem_inherited_channel(NULL, &c) != 0 ||
	    shmem_inherited_channel(NULL, &other) != SHMEM_E_NOENT)
		return 1;
	parent = shmem_channel_peer_pid(c);
	while ((err = shmem_segment_recv(c, PATIENCE, &s)) == 0) {
		unsigned char *first = shmem_segment_data(s);

		first[0]++;
		if (shmem_segment_send(c, &s) != 0)
			return 2;
	}
	if (parent != shmem_channel_peer_pid(c))
		return 5;
	if (parent != (int)strtol(arg[0], NULL, 10))
		return 3;
	shmem_channel_close(&c);
	return err == SHMEM_E_CLOSED ? 0 : 4;
}

/* Starts the one above, and is gone. */
static int forker(char **arg)
{
	support_leave_role("echo", arg[0]);
	return 0;
}

/* 0 if all that it was given is there. */
static int take_all(char **arg)
{
	shmem_channel *c = NULL;

	(void)arg;
	for (int i = 0; i < HANDLES; i++) {
		shmem_handle *h = NULL;
		char name[8];

		snprintf(name, sizeof(name), "%d", i);
		if (shmem_inherited_handle(name, &h) != 0)
			return 1;
		shmem_handle_close(&h);
	}
	return shmem_inherited_channel(NULL, &c) != 0;
}

static int sleeper(char **arg)
{
	(void)arg;
	support_sleep(1000000);
	return 0;
}

static const support_role roles[] = {
	{"echo", echo},
	{"forker", forker},
	{"take-all", take_all},
	{"sleeper", sleeper},
};

static int spawn(const char *role, shmem_process **p, shmem_channel **c)
{
	char me[16];
	const char *argv[] = {"self", role, me, NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;

	snprintf(me, sizeof(me), "%d", shmem__process_id());
	opts.path = SUPPORT_SELF;
	opts.argv = argv;
	return shmem_process_spawn(&opts, p, c);
}

static void go_there_and_back(shmem_channel *c, unsigned char first)
{
	shmem_segment *s = NULL;
	unsigned char *bytes;

	ck_assert_int_eq(shmem_segment_alloc(c, 100, &s), 0);
	bytes = shmem_segment_data(s);
	bytes[0] = first;
	ck_assert_int_eq(shmem_segment_send(c, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(c, PATIENCE, &s), 0);
	bytes = shmem_segment_data(s);
	ck_assert_int_eq(bytes[0], first + 1);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
}

START_TEST(segments_go_to_the_child_and_back)
{
	shmem_process *p = NULL;
	shmem_channel *c = NULL;

	ck_assert_int_eq(spawn("echo", &p, &c), 0);
	ck_assert_int_eq(shmem_channel_peer_pid(c), shmem_process_pid(p));
	go_there_and_back(c, 1);
	go_there_and_back(c, 7);
	ck_assert_int_eq(shmem_channel_peer_pid(c), shmem_process_pid(p));
	shmem_channel_close(&c);
	support_expect_exit(&p, 0);
}
END_TEST

START_TEST(death_of_the_child_ends_the_channel)
{
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;
	bool known = false;

	ck_assert_int_eq(spawn("sleeper", &p, &c), 0);
	ck_assert_int_eq(shmem_segment_alloc(c, 100, &s), 0);
	ck_assert_int_eq(shmem_segment_send(c, &s), 0);
	ck_assert_int_eq(shmem_process_kill(p), 0);
	ck_assert_int_eq(shmem_segment_recv(c, PATIENCE, &s), SHMEM_E_CLOSED);
	ck_assert_int_eq(shmem_channel_reclaim(c, &s, &known), 0);
	ck_assert(known);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
	shmem_channel_close(&c);
	support_expect_exit(&p, -9);
}
END_TEST

static bool is_another_s(shmem_channel *c, int pid)
{
	ck_assert_int_eq(shmem_channel_dispatch(c), 0);
	return shmem_channel_peer_pid(c) != pid;
}

START_TEST(channel_outlives_a_wrapper)
{
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	int pid;

	support_needs(SUPPORT_PEER_ID);
	ck_assert_int_eq(spawn("forker", &p, &c), 0);
	pid = shmem_process_pid(p);
	support_expect_exit(&p, 0);
	if (support_lacks(SUPPORT_WRAPPED) != NULL)
		support_eventually(is_another_s(c, pid));
	go_there_and_back(c, 1);
	ck_assert_int_ne(shmem_channel_peer_pid(c), pid);
	go_there_and_back(c, 2);
	shmem_channel_close(&c);
}
END_TEST

START_TEST(channel_comes_with_64_handles)
{
	const char *argv[] = {"self", "take-all", NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_spawn_handle list[HANDLES];
	char name[HANDLES][8];
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	shmem_handle *h = NULL;

	ck_assert_int_eq(shmem_handle_create(1, NULL, &h), 0);
	for (int i = 0; i < HANDLES; i++) {
		snprintf(name[i], sizeof(name[i]), "%d", i);
		list[i] = (shmem_spawn_handle){name[i], h, SHMEM_READ};
	}
	opts.path = SUPPORT_SELF;
	opts.argv = argv;
	opts.handles = list;
	opts.handle_count = HANDLES;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, &c), 0);
	support_expect_exit(&p, 0);
	shmem_channel_close(&c);
	shmem_handle_close(&h);
}
END_TEST

START_TEST(bad_channel_options_start_nothing)
{
	shmem_channel_opts bad = SHMEM_CHANNEL_OPTS_INIT;
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;
	shmem_channel *c = NULL;

	bad.enforce = (shmem_enforce)99;
	opts.path = "true";
	opts.channel = &bad;
	shmem__fault_arm(0, 0, SUPPORT_START_CALL);
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, &c), SHMEM_E_INVAL);
	ck_assert_uint_eq(shmem__fault_arm(0, 0, NULL), 0);
	ck_assert_ptr_null(p);
	ck_assert_ptr_null(c);
}
END_TEST

#ifdef _WIN32
static const int natives[] = {ERROR_NOT_ENOUGH_MEMORY};
#else
static const int natives[] = {ENOMEM, EMFILE, EPERM, EINVAL};
#endif
#define NATIVES (int)(sizeof(natives) / sizeof(natives[0]))

START_TEST(every_failing_call_is_survived)
{
	size_t open = support_descriptors();

	for (unsigned long k = 1;; k++) {
		shmem_process *p = NULL;
		shmem_channel *c = NULL;
		const char *hit;
		int err;

		shmem__fault_arm(k, natives[_i], NULL);
		err = spawn("sleeper", &p, &c);
		hit = shmem__fault_hit();
		shmem__fault_arm(0, 0, NULL);
		if (err == 0) {
			ck_assert_int_eq(shmem_process_kill(p), 0);
			shmem_channel_close(&c);
			support_expect_exit(&p, -9);
		} else {
			ck_assert_ptr_nonnull(hit);
			ck_assert_ptr_null(p);
			ck_assert_ptr_null(c);
			support_no_process();
		}
		ck_assert_uint_eq(support_descriptors(), open);
		if (hit == NULL)
			break;
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("process_channel");
	TCase *c = support_case(s, "process_channel");

	tcase_add_checked_fixture(c, NULL, support_no_process);
	tcase_add_test(c, segments_go_to_the_child_and_back);
	tcase_add_test(c, death_of_the_child_ends_the_channel);
	tcase_add_test(c, channel_outlives_a_wrapper);
	tcase_add_test(c, channel_comes_with_64_handles);
	tcase_add_test(c, bad_channel_options_start_nothing);
	tcase_add_loop_test(c, every_failing_call_is_survived, 0, NATIVES);
	return s;
}

SUPPORT_MAIN_WITH_ROLES(roles, suite)
