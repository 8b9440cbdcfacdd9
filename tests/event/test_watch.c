/* SPDX-License-Identifier: MIT */
/* Listeners and processes in a libevent loop, without a channel of theirs. */
#include "channels.h"
#include "loop.h"

#include <shmem/event.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_S 60
#define CLIENTS 5
#define STATUS 7

static struct event_base *base;
static shmem_listener *listener;
static shmem_event_watcher *watcher;
static char path[SUPPORT_PATH_MAX];
static unsigned calls;

static void set_up(void)
{
	base = loop_base();
	support_path(path, "address");
	support_ok(shmem_listener_open(path, &listener));
}

static void tear_down(void)
{
	shmem_event_unwatch(&watcher);
	shmem_listener_close(&listener);
	event_base_free(base);
}

static void run_for(const struct timeval *patience)
{
	event_base_loopexit(base, patience);
	ck_assert_int_ge(event_base_dispatch(base), 0);
}

/* Until a callback breaks the loop. */
static void run(void)
{
	const struct timeval patience = {PATIENCE_S, 0};

	run_for(&patience);
	ck_assert_msg(!event_base_got_exit(base), "nothing happened");
}

static void run_shortly(void)
{
	const struct timeval patience = {0, 50000};

	run_for(&patience);
	ck_assert(event_base_got_exit(base));
}

static shmem_process *start(const char *role)
{
	const char *argv[] = {"self", role, path, NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	opts.path = support_self();
	opts.argv = argv;
	support_ok(shmem_process_spawn(&opts, &p, NULL));
	return p;
}

static void ended(shmem_process **take, int expected)
{
	int status = -1000;

	support_ok(shmem_process_wait(*take, PATIENCE_S * 1000, &status));
	ck_assert_int_eq(status, expected);
	shmem_process_close(take);
}

/* ---- a listener ---- */

static shmem_channel *accepted[CLIENTS];

static void on_client(void *arg)
{
	ck_assert_ptr_eq(arg, &accepted);
	calls++;
	support_ok(
		shmem_listener_accept(listener, NULL, 0, &accepted[calls - 1]));
	if (calls == CLIENTS)
		event_base_loopbreak(base);
}

static int client_role(const char *address)
{
	shmem_message *m = NULL;
	shmem_channel *c = NULL;

	if (shmem_channel_connect(address, NULL, PATIENCE_S * 1000, &c) != 0 ||
	    shmem_channel_recv(c, PATIENCE_S * 1000, &m) != 0)
		return 1;
	shmem_message_free(&m);
	shmem_channel_close(&c);
	return 0;
}

START_TEST(clients_are_accepted_in_the_loop_one_a_turn)
{
	shmem_process *client[CLIENTS];

	support_ok(shmem_event_watch(base, shmem_listener_pollable(listener),
				     on_client, &accepted, &watcher));
	run_shortly(); /* nobody is there, and it goes on */
	ck_assert_uint_eq(calls, 0);
	for (int i = 0; i < CLIENTS; i++)
		client[i] = start("client");
	run();
	run_shortly(); /* and nobody else */
	ck_assert_uint_eq(calls, CLIENTS);
	for (int i = 0; i < CLIENTS; i++) {
		shmem_message *m = support_text("welcome");

		support_ok(shmem_channel_send(accepted[i], &m));
	}
	for (int i = 0; i < CLIENTS; i++) {
		ended(&client[i], 0);
		shmem_channel_close(&accepted[i]);
	}
}
END_TEST

/* ---- a process ---- */

static void on_end(void *arg)
{
	shmem_process **p = arg;

	calls++;
	shmem_event_unwatch(&watcher);
	ended(p, STATUS);
	event_base_loopbreak(base);
}

START_TEST(the_end_of_a_process_is_told_in_the_loop)
{
	shmem_process *p;

	support_needs(SUPPORT_PIDFD);
	p = start("end");
	support_ok(shmem_event_watch(base, shmem_process_pollable(p), on_end,
				     &p, &watcher));
	run();
	ck_assert_uint_eq(calls, 1);
	ck_assert_ptr_null(p);
	ck_assert_ptr_null(watcher);
}
END_TEST

static void on_turn(void *arg)
{
	(void)arg;
	if (++calls == 3)
		event_base_loopbreak(base);
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

START_TEST(what_stays_readable_is_told_each_turn_beside_others)
{
	const struct timeval now = {0, 0};
	bool timer = false;
	shmem_process *p;

	support_needs(SUPPORT_PIDFD);
	p = start("end");
	support_ok(shmem_process_wait(p, PATIENCE_S * 1000, NULL));
	support_ok(shmem_event_watch(base, shmem_process_pollable(p), on_turn,
				     NULL, &watcher));
	ck_assert_int_eq(
		event_base_once(base, -1, EV_TIMEOUT, on_time, &timer, &now),
		0);
	run();
	ck_assert_uint_eq(calls, 3);
	ck_assert(timer);
	shmem_event_unwatch(&watcher);
	calls = 0;
	ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	ck_assert_uint_eq(calls, 0);
	shmem_process_close(&p);
}
END_TEST

/* ---- arguments ---- */

START_TEST(bad_watches_are_refused)
{
	shmem_os_handle os = shmem_listener_pollable(listener);

	support_is(shmem_event_watch(NULL, os, on_turn, NULL, &watcher),
		   SHMEM_E_INVAL);
	support_is(shmem_event_watch(base, SHMEM_OS_HANDLE_INVALID, on_turn,
				     NULL, &watcher),
		   SHMEM_E_INVAL);
	support_is(shmem_event_watch(base, os, NULL, NULL, &watcher),
		   SHMEM_E_INVAL);
	support_is(shmem_event_watch(base, os, on_turn, NULL, NULL),
		   SHMEM_E_INVAL);
	ck_assert_ptr_null(watcher);
	shmem_event_unwatch(&watcher);
	shmem_event_unwatch(NULL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("watch");
	TCase *c = support_case(s, "watch");

	loop_warm_up();
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, clients_are_accepted_in_the_loop_one_a_turn);
	tcase_add_test(c, the_end_of_a_process_is_told_in_the_loop);
	tcase_add_test(c, what_stays_readable_is_told_each_turn_beside_others);
	tcase_add_test(c, bad_watches_are_refused);
	return s;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "client") == 0)
		return client_role(argv[2]);
	if (argc > 2 && strcmp(argv[1], "end") == 0)
		return STATUS;
	return support_run(argc, argv, suite());
}
