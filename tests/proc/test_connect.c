/* SPDX-License-Identifier: MIT */
/* Processes that find each other by an address, or by an inherited socket. */
#include "channels.h"

#include "base/os.h"
#include "handle/os.h"
#include "transport/socket.h"

#include <string.h>

#define RACERS 6
#define ROUNDS 10
#define CLIENTS 20

static char path[SUPPORT_PATH_MAX];
static shmem_listener *listener;
static shmem_channel *c;

static void setup(void)
{
	support_path(path, "socket");
}

static void teardown(void)
{
	shmem_channel_close(&c);
	shmem_listener_close(&listener);
}

/* What a child is told. */
typedef struct errand {
	char path[SUPPORT_PATH_MAX];
	support_gate start;
	support_gate tried;
	int parent;
	int fill;
} errand;

static errand an_errand(void)
{
	errand e = {.parent = shmem__process_id()};

	memcpy(e.path, path, sizeof(path));
	return e;
}

/* Sends a segment, gets it back, and leaves. */
static void client(void *arg)
{
	const errand *e = arg;
	shmem_segment *s;
	uint64_t id;

	support_ok(shmem_channel_connect(e->path, NULL, SUPPORT_WAIT, &c));
	support_check_peer(c, e->parent);
	s = support_segment(c, 100, e->fill);
	id = support_give(c, &s);
	s = support_get(c);
	ck_assert_uint_eq(shmem_segment_id(s), id);
	support_check_segment(s, e->fill + 1);
	support_ok(shmem_segment_free(&s));
	shmem_channel_close(&c);
}

START_TEST(clients_of_other_processes_are_served)
{
	pid_t child[CLIENTS];
	errand e = an_errand();

	support_ok(shmem_listener_open(path, &listener));
	for (e.fill = 0; e.fill < CLIENTS; e.fill++)
		child[e.fill] = support_start(client, &e, sizeof(e));
	for (int i = 0; i < CLIENTS; i++) {
		shmem_message *m = NULL;
		shmem_segment *s;
		unsigned char *data;

		support_ok(shmem_listener_accept(listener, NULL, SUPPORT_WAIT,
						 &c));
		s = support_get(c);
		if (support_lacks(SUPPORT_PEER_ID) == NULL)
			ck_assert_int_gt(shmem_channel_peer_pid(c), 0);
		ck_assert_int_ne(shmem_channel_peer_pid(c), e.parent);
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
	errand *e = arg;

	support_ok(shmem_listener_open(e->path, &listener));
	support_gate_pass(&e->start);
	support_sleep(50);
	support_gate_pass(&e->tried);
	support_ok(shmem_listener_accept(listener, NULL, SUPPORT_WAIT, &c));
	support_recv_text(c, "hello");
	shmem_channel_close(&c);
	shmem_listener_close(&listener);
}

START_TEST(connecting_waits_until_it_is_accepted)
{
	errand e = an_errand();
	pid_t child;

	support_gate_init(&e.start);
	support_gate_init(&e.tried);
	child = support_start(late_listener, &e, sizeof(e));
	support_gate_await(&e.start);
	support_ok(shmem_channel_connect(path, NULL, SUPPORT_WAIT, &c));
	/* It was about to be. */
	ck_assert(support_gate_is_passed(&e.tried));
	support_send_text(c, "hello");
	support_check_peer(c, (int)child);
	ck_assert_int_eq(support_wait(child, SUPPORT_WAIT), 0);
	support_gate_close(&e.start);
	support_gate_close(&e.tried);
}
END_TEST

/* Leaves without closing, so that the path is stale. */
static void racer(void *arg)
{
	shmem_message *m = NULL;
	errand *e = arg;
	int err;

	support_gate_await(&e->start);
	err = shmem_listener_open(e->path, &listener);
	support_gate_pass(&e->tried);
	if (err == SHMEM_E_EXISTS)
		support_exit(2);
	support_ok(err);
	support_ok(shmem_listener_accept(listener, NULL, SUPPORT_WAIT, &c));
	/* Until all the others have tried. */
	support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
	support_exit(0);
}

/* A path that a dead listener left: of many that want it one gets it, and is
 * the one that is found there. */
START_TEST(one_takes_a_dead_listener_s_path_over)
{
	errand e = an_errand();

	for (int round = 0; round < ROUNDS; round++) {
		pid_t child[RACERS];
		int winners = 0;
		int err;

		support_gate_init(&e.start);
		support_gate_init(&e.tried);
		for (int i = 0; i < RACERS; i++)
			child[i] = support_start(racer, &e, sizeof(e));
		for (int i = 0; i < RACERS; i++)
			support_gate_pass(&e.start);
		for (;;) {
			err = shmem_channel_connect(path, NULL, SUPPORT_WAIT,
						    &c);
			if (err != SHMEM_E_NOENT)
				break;
			support_sleep(1);
		}
		support_ok(err);
		for (int i = 0; i < RACERS; i++)
			support_gate_await(&e.tried);
		shmem_channel_close(&c);
		for (int i = 0; i < RACERS; i++)
			winners +=
				support_wait(child[i], 2 * SUPPORT_WAIT) == 0;
		ck_assert_int_eq(winners, 1);
		support_gate_close(&e.start);
		support_gate_close(&e.tried);
	}
}
END_TEST

/* Each has both ends, and closes the other one's. */
typedef struct ends {
	shmem_os_handle pair[2];
	int parent;
	int peer;
} ends;

static void adopter(void *arg)
{
	ends *e = arg;
	shmem_segment *s;

	shmem__object_close(e->pair[0]);
	support_ok(shmem_channel_adopt(&e->pair[1], NULL, &c));
	s = support_get(c);
	/* Not the one that made the pair: the one that adopted it. */
	ck_assert_int_ne(shmem_channel_peer_pid(c), e->parent);
	support_give(c, &s);
	s = support_segment(c, 50, 3);
	support_give(c, &s);
	shmem_channel_close(&c);
}

static void other_adopter(void *arg)
{
	ends *e = arg;
	shmem_segment *s;

	shmem__object_close(e->pair[1]);
	support_ok(shmem_channel_adopt(&e->pair[0], NULL, &c));
	s = support_segment(c, 100, 1);
	support_give(c, &s);
	s = support_get(c);
	support_check_segment(s, 1);
	support_check_peer(c, e->peer);
	support_ok(shmem_segment_free(&s));
	s = support_get(c);
	support_check_segment(s, 3);
	support_ok(shmem_segment_free(&s));
	shmem_channel_close(&c);
}

START_TEST(two_children_adopt_what_their_parent_made)
{
	ends e = {.parent = shmem__process_id()};
	pid_t child[2];

	support_needs(SUPPORT_FORK);
	support_ok(shmem__socket_pair(0, e.pair));
	child[0] = support_start(adopter, &e, sizeof(e));
	e.peer = (int)child[0];
	child[1] = support_start(other_adopter, &e, sizeof(e));
	shmem__object_close(e.pair[0]);
	shmem__object_close(e.pair[1]);
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
