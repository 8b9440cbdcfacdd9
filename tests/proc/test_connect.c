/* SPDX-License-Identifier: MIT */
/* Processes that find each other by an address, or by an inherited socket. */
#include "channels.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RACERS 6
#define ROUNDS 10
#define CLIENTS 20

static char path[SUPPORT_PATH_MAX];
static shmem_listener *listener;
static shmem_channel *c;
static support_gate start;
static support_gate tried;

static void setup(void)
{
	support_path(path, "socket");
}

static void teardown(void)
{
	shmem_channel_close(&c);
	shmem_listener_close(&listener);
}

/* Sends a segment, gets it back, and leaves. */
static void client(void *arg)
{
	int fill = (int)(intptr_t)arg;
	shmem_segment *s;
	uint64_t id;

	support_ok(shmem_channel_connect(path, NULL, SUPPORT_WAIT, &c));
	support_check_peer(c, getppid());
	s = support_segment(c, 100, fill);
	id = support_give(c, &s);
	s = support_get(c);
	ck_assert_uint_eq(shmem_segment_id(s), id);
	support_check_segment(s, fill + 1);
	support_ok(shmem_segment_free(&s));
	shmem_channel_close(&c);
}

START_TEST(clients_of_other_processes_are_served)
{
	pid_t child[CLIENTS];

	support_ok(shmem_listener_open(path, &listener));
	for (int i = 0; i < CLIENTS; i++)
		child[i] = support_fork(client, (void *)(intptr_t)i);
	for (int i = 0; i < CLIENTS; i++) {
		shmem_message *m = NULL;
		shmem_segment *s;
		unsigned char *data;

		support_ok(shmem_listener_accept(listener, NULL, SUPPORT_WAIT,
						 &c));
		s = support_get(c);
		if (support_lacks(SUPPORT_PEER_ID) == NULL)
			ck_assert_int_gt(shmem_channel_peer_pid(c), 0);
		ck_assert_int_ne(shmem_channel_peer_pid(c), getpid());
		data = shmem_segment_data(s);
		memset(data, data[0] + 1, 100);
		support_give(c, &s);
		support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m),
			   SHMEM_E_CLOSED);
		shmem_channel_close(&c);
	}
	for (int i = 0; i < CLIENTS; i++)
		ck_assert_int_eq(support_wait(child[i], SUPPORT_WAIT), 0);
}
END_TEST

static void late_listener(void *arg)
{
	(void)arg;
	support_ok(shmem_listener_open(path, &listener));
	support_gate_pass(&start);
	support_sleep(50);
	support_gate_pass(&tried);
	support_ok(shmem_listener_accept(listener, NULL, SUPPORT_WAIT, &c));
	support_recv_text(c, "hello");
}

START_TEST(connecting_waits_until_it_is_accepted)
{
	pid_t child;

	support_gate_init(&start);
	support_gate_init(&tried);
	child = support_fork(late_listener, NULL);
	support_gate_await(&start);
	support_ok(shmem_channel_connect(path, NULL, SUPPORT_WAIT, &c));
	/* It was about to be. */
	ck_assert(support_readable(tried.fd[0], 0));
	support_send_text(c, "hello");
	support_check_peer(c, child);
	ck_assert_int_eq(support_wait(child, SUPPORT_WAIT), 0);
	support_gate_close(&start);
	support_gate_close(&tried);
}
END_TEST

/* Leaves without closing, so that the path is stale. */
static void racer(void *arg)
{
	shmem_message *m = NULL;
	int err;

	(void)arg;
	support_gate_await(&start);
	err = shmem_listener_open(path, &listener);
	support_gate_pass(&tried);
	if (err == SHMEM_E_EXISTS)
		_exit(1);
	support_ok(err);
	support_ok(shmem_listener_accept(listener, NULL, SUPPORT_WAIT, &c));
	/* Until all the others have tried. */
	support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
	_exit(0);
}

/* A path that a dead listener left: of many that want it one gets it, and is
 * the one that is found there. */
START_TEST(one_takes_a_dead_listener_s_path_over)
{
	for (int round = 0; round < ROUNDS; round++) {
		pid_t child[RACERS];
		int winners = 0;
		int err;

		support_gate_init(&start);
		support_gate_init(&tried);
		for (int i = 0; i < RACERS; i++)
			child[i] = support_launch(racer, NULL);
		for (int i = 0; i < RACERS; i++)
			support_gate_pass(&start);
		for (;;) {
			err = shmem_channel_connect(path, NULL, SUPPORT_WAIT,
						    &c);
			if (err != SHMEM_E_NOENT)
				break;
			support_sleep(1);
		}
		support_ok(err);
		for (int i = 0; i < RACERS; i++)
			support_gate_await(&tried);
		shmem_channel_close(&c);
		for (int i = 0; i < RACERS; i++)
			winners +=
				support_wait(child[i], 2 * SUPPORT_WAIT) == 0;
		ck_assert_int_eq(winners, 1);
		support_gate_close(&start);
		support_gate_close(&tried);
	}
}
END_TEST

static shmem_os_handle pair[2];

static void adopter(void *arg)
{
	shmem_segment *s;

	(void)arg;
	close((int)pair[0]);
	support_ok(shmem_channel_adopt(&pair[1], NULL, &c));
	s = support_get(c);
	/* Not the one that made the pair: the one that adopted it. */
	ck_assert_int_ne(shmem_channel_peer_pid(c), getppid());
	support_give(c, &s);
	s = support_segment(c, 50, 3);
	support_give(c, &s);
	shmem_channel_close(&c);
}

static void other_adopter(void *arg)
{
	shmem_segment *s;
	pid_t peer = (pid_t)(intptr_t)arg;

	close((int)pair[1]);
	support_ok(shmem_channel_adopt(&pair[0], NULL, &c));
	s = support_segment(c, 100, 1);
	support_give(c, &s);
	s = support_get(c);
	support_check_segment(s, 1);
	support_check_peer(c, peer);
	support_ok(shmem_segment_free(&s));
	s = support_get(c);
	support_check_segment(s, 3);
	support_ok(shmem_segment_free(&s));
	shmem_channel_close(&c);
}

START_TEST(two_children_adopt_what_their_parent_made)
{
	pid_t child[2];
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SUPPORT_SOCKET, 0, fd), 0);
	pair[0] = fd[0];
	pair[1] = fd[1];
	child[0] = support_fork(adopter, NULL);
	child[1] = support_fork(other_adopter, (void *)(intptr_t)child[0]);
	close(fd[0]);
	close(fd[1]);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(support_wait(child[i], 2 * SUPPORT_WAIT), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("connect");
	TCase *t = support_case(s, "connect");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, clients_of_other_processes_are_served);
	tcase_add_test(t, connecting_waits_until_it_is_accepted);
	tcase_add_test(t, one_takes_a_dead_listener_s_path_over);
	tcase_add_test(t, two_children_adopt_what_their_parent_made);
	return s;
}
SUPPORT_MAIN(suite)
