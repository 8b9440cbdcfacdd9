/* SPDX-License-Identifier: MIT */
/* Calls in a libevent loop, and peers that are processes of their own. */
#include "loop.h"
#include "support.h"

#include <shmem/event.h>
#include <shmem/shmem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct event_base *base;
static shmem_channel *a;
static shmem_channel *b;
static shmem_event *caller;
static shmem_event *server;

/* ---- the serving side: keeps, answers or refuses requests ---- */

enum { KEPT_MAX = 4096 };
static shmem_message *kept[KEPT_MAX];
static unsigned kept_count;
static enum { ANSWER, KEEP, REFUSE } manner;

static void answer(shmem_message *request)
{
	shmem_message *reply = NULL;

	ck_assert_int_eq(shmem_message_new(shmem_message_data(request),
					   shmem_message_size(request), &reply),
			 0);
	ck_assert_int_eq(shmem_channel_reply(b, request, &reply), 0);
	shmem_message_free(&request);
}

static void on_request(shmem_event *event, shmem_message *take, void *arg)
{
	(void)event;
	(void)arg;
	if (manner == ANSWER) {
		answer(take);
	} else if (manner == REFUSE) {
		shmem_message_free(&take);
	} else {
		ck_assert_uint_lt(kept_count, KEPT_MAX);
		kept[kept_count++] = take;
	}
}

/* ---- the calling side ---- */

static unsigned strays; /* messages that are no replies of calls */
static unsigned closed;
static unsigned ended; /* calls */
static unsigned stop_at = 1;
static int last_err;

static void on_message(shmem_event *event, shmem_message *take, void *arg)
{
	(void)event;
	(void)arg;
	strays++;
	shmem_message_free(&take);
}

static void on_closed(shmem_event *event, int reason, void *arg)
{
	(void)event;
	(void)arg;
	ck_assert_int_eq(reason, SHMEM_E_CLOSED);
	closed++;
	event_base_loopbreak(base);
}

/* `arg` is the first byte of the request, and of the reply. */
static void on_reply(shmem_event *event, int err, shmem_message *reply,
		     void *arg)
{
	ck_assert(caller == NULL || event == caller);
	ck_assert_uint_eq(closed, 0);
	last_err = err;
	if (err == 0)
		ck_assert_mem_eq(shmem_message_data(reply), arg, 1);
	else
		ck_assert_ptr_null(reply);
	shmem_message_free(&reply);
	if (++ended == stop_at)
		event_base_loopbreak(base);
}

static const shmem_event_ops caller_ops = {
	.size = sizeof(caller_ops), .message = on_message, .closed = on_closed};
static const shmem_event_ops server_ops = {.size = sizeof(server_ops),
					   .request = on_request};

static void set_up(void)
{
	base = loop_base();
	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	ck_assert_int_eq(
		shmem_event_attach(base, a, &caller_ops, NULL, &caller), 0);
	ck_assert_int_eq(
		shmem_event_attach(base, b, &server_ops, NULL, &server), 0);
}

static void tear_down(void)
{
	while (kept_count > 0)
		shmem_message_free(&kept[--kept_count]);
	shmem_event_detach(&caller);
	shmem_event_detach(&server);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	event_base_free(base);
}

static void run(void)
{
	loop_run(base);
}

static void run_ms(int ms)
{
	loop_run_for(base, ms);
}

static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

static int call(unsigned n, int timeout, shmem_event_reply_fn fn)
{
	const char *letter = &letters[n % 26];
	shmem_message *m = NULL;
	unsigned before = ended;
	int err;

	ck_assert_int_eq(shmem_message_new(letter, 1, &m), 0);
	err = shmem_event_call(caller, &m, timeout, fn, (void *)letter);
	ck_assert_int_eq(m == NULL, err == 0);
	ck_assert_uint_eq(ended, before);
	shmem_message_free(&m);
	return err;
}

START_TEST(reply_comes_back)
{
	ck_assert_int_eq(call(3, -1, on_reply), 0);
	run();
	ck_assert_int_eq(last_err, 0);
	ck_assert_uint_eq(ended, 1);
	ck_assert_uint_eq(strays, 0);
}
END_TEST

START_TEST(replies_find_their_calls_in_any_order)
{
	manner = KEEP;
	stop_at = 300;
	for (unsigned i = 0; i < 300; i++)
		ck_assert_int_eq(call(i, 10000, on_reply), 0);
	while (kept_count < 300)
		run_ms(1);
	for (unsigned i = 0; i < 300; i++)
		answer(kept[(i * 7) % 300]);
	kept_count = 0;
	run();
	ck_assert_uint_eq(ended, 300);
	ck_assert_int_eq(last_err, 0);
}
END_TEST

START_TEST(call_times_out_and_its_late_reply_is_freed)
{
	uint64_t start = support_now();

	manner = KEEP;
	ck_assert_int_eq(call(0, 50, on_reply), 0);
	run();
	ck_assert_int_eq(last_err, SHMEM_E_TIMEDOUT);
	ck_assert_uint_ge(support_now() - start, 45);
	ck_assert_uint_eq(kept_count, 1);
	answer(kept[0]);
	kept_count = 0;
	run_ms(20);
	ck_assert_uint_eq(ended, 1);
	ck_assert_uint_eq(strays, 0);
}
END_TEST

START_TEST(call_without_any_time_times_out_in_the_loop)
{
	manner = KEEP;
	ck_assert_int_eq(call(0, 0, on_reply), 0);
	run();
	ck_assert_int_eq(last_err, SHMEM_E_TIMEDOUT);
}
END_TEST

START_TEST(refused_request_ends_its_call)
{
	manner = REFUSE;
	ck_assert_int_eq(call(0, -1, on_reply), 0);
	run();
	ck_assert_int_eq(last_err, SHMEM_E_NOENT);
	ck_assert_uint_eq(strays, 0);
}
END_TEST

START_TEST(reply_to_a_plain_request_is_a_message)
{
	shmem_message *m = NULL;
	uint64_t id = 0;

	ck_assert_int_eq(shmem_message_new("x", 1, &m), 0);
	ck_assert_int_eq(shmem_channel_request(a, &m, &id), 0);
	run_ms(50);
	ck_assert_uint_eq(strays, 1);
	ck_assert_uint_eq(ended, 0);
}
END_TEST

START_TEST(end_of_the_channel_ends_calls_first)
{
	uint64_t until;

	manner = KEEP;
	stop_at = 0;
	for (unsigned i = 0; i < 40; i++)
		ck_assert_int_eq(call(i, (int)i - 1 > 0 ? 60000 : -1, on_reply),
				 0);
	until = support_now() + LOOP_PATIENCE_S * 1000;
	while (kept_count < 40 && support_now() < until)
		run_ms(20);
	ck_assert_uint_eq(kept_count, 40);
	shmem_event_detach(&server);
	shmem_channel_close(&b);
	run();
	ck_assert_uint_eq(closed, 1);
	ck_assert_uint_eq(ended, 40);
	ck_assert_int_eq(last_err, SHMEM_E_CLOSED);
	ck_assert_int_eq(call(0, -1, on_reply), SHMEM_E_CLOSED);
}
END_TEST

static void on_detached(shmem_event *event, int err, shmem_message *reply,
			void *arg)
{
	shmem_message *m = NULL;

	(void)arg;
	ck_assert_int_eq(err, SHMEM_E_CLOSED);
	ck_assert_ptr_null(reply);
	ended++;
	/* Nothing new can begin. */
	ck_assert_int_eq(shmem_message_new("x", 1, &m), 0);
	ck_assert_int_eq(shmem_event_call(event, &m, -1, on_detached, NULL),
			 SHMEM_E_CLOSED);
	shmem_message_free(&m);
	shmem_event_detach(&event);
}

START_TEST(detaching_ends_calls)
{
	manner = KEEP;
	for (unsigned i = 0; i < 40; i++)
		ck_assert_int_eq(call(i, 60000, on_detached), 0);
	shmem_event_detach(&caller);
	ck_assert_uint_eq(ended, 40);
	ck_assert_uint_eq(closed, 0);
	run_ms(20);
}
END_TEST

/* Ends everything, in whatever call of it. */
static void vanish(shmem_event *event, int err, shmem_message *reply, void *arg)
{
	(void)err;
	(void)arg;
	shmem_message_free(&reply);
	if (ended++ > 0)
		return;
	ck_assert_ptr_eq(event, caller);
	shmem_event_detach(&caller);
	shmem_channel_close(&a);
	event_base_loopbreak(base);
}

START_TEST(reply_callback_may_detach_and_close)
{
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(call(i, 60000, vanish), 0);
	run();
	ck_assert_uint_eq(ended, 5);
}
END_TEST

START_TEST(timeout_callback_may_detach_and_close)
{
	manner = KEEP;
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(call(i, 10, vanish), 0);
	run();
	ck_assert_uint_eq(ended, 5);
}
END_TEST

START_TEST(callback_at_the_end_may_detach_and_close)
{
	manner = KEEP;
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(call(i, 60000, vanish), 0);
	run_ms(10);
	shmem_event_detach(&server);
	shmem_channel_close(&b);
	run();
	ck_assert_uint_eq(ended, 5);
	ck_assert_uint_eq(closed, 0);
}
END_TEST

START_TEST(calls_without_room_are_the_callers)
{
	unsigned begun = 0;
	int err;

	shmem_event_detach(&server);
	stop_at = 0;
	do {
		err = call(begun, 60000, on_reply);
	} while (err == 0 && ++begun < 100000);
	ck_assert(err == SHMEM_E_AGAIN || err == SHMEM_E_LIMIT);
	ck_assert_uint_eq(ended, 0);
	shmem_event_detach(&caller);
	ck_assert_uint_eq(ended, begun);
}
END_TEST

START_TEST(bad_calls_are_refused)
{
	shmem_message *m = NULL;

	ck_assert_int_eq(shmem_event_call(caller, &m, 0, on_reply, NULL),
			 SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_event_call(caller, NULL, 0, on_reply, NULL),
			 SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_message_new("x", 1, &m), 0);
	ck_assert_int_eq(shmem_event_call(NULL, &m, 0, on_reply, NULL),
			 SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_event_call(caller, &m, 0, NULL, NULL),
			 SHMEM_E_INVAL);
	shmem_message_free(&m);
}
END_TEST

/* ---- peers that die ---- */

/* In the child: says one thing, and stays. With "heir", it leaves its channel
 * open in a process that has not to do with it, and dies when told. */
static int peer_role(const char *how)
{
	shmem_channel *c = NULL;
	shmem_message *m = NULL;

	if (shmem_inherited_channel(NULL, &c) != 0 ||
	    shmem_message_new("x", 1, &m) != 0 ||
	    shmem_channel_send(c, &m) != 0 ||
	    shmem_channel_recv(c, LOOP_PATIENCE_S * 1000, &m) != 0)
		return 1;
#ifdef _WIN32
	(void)how;
#else
	if (strcmp(how, "heir") == 0 && fork() == 0) {
		pause(); /* until Check ends what a test has left */
		_exit(0);
	}
#endif
	_exit(7);
}

static unsigned peer_said;

static void on_peer_message(shmem_event *event, shmem_message *take, void *arg)
{
	(void)event;
	(void)arg;
	shmem_message_free(&take);
	peer_said++;
	event_base_loopbreak(base);
}

static void peer_dies(const char *how)
{
	const shmem_event_ops ops = {.size = sizeof(ops),
				     .message = on_peer_message,
				     .closed = on_closed};
	const char *argv[] = {"self", "peer", how, NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	shmem_event *event = NULL;
	shmem_segment *s = NULL;
	bool known = true;

	opts.path = support_self();
	opts.argv = argv;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, &c), 0);
	ck_assert_int_eq(shmem_event_attach(base, c, &ops, NULL, &event), 0);
	run();
	ck_assert_uint_eq(peer_said, 1);
	ck_assert_int_eq(shmem_segment_alloc(c, 1, &s), 0);
	ck_assert_int_eq(shmem_segment_send(c, &s), 0);
	if (strcmp(how, "killed") == 0)
		ck_assert_int_eq(shmem_process_kill(p), 0);

	run();
	ck_assert_uint_eq(closed, 1);
	ck_assert_int_eq(shmem_channel_reclaim(c, &s, &known), 0);
	ck_assert(!known);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
	shmem_event_detach(&event);
	shmem_channel_close(&c);
	ck_assert_int_eq(shmem_process_wait(p, LOOP_PATIENCE_S * 1000, NULL),
			 0);
	shmem_process_close(&p);
}

START_TEST(killed_peer_is_told)
{
	peer_dies("killed");
}
END_TEST

START_TEST(dead_peer_is_told_though_its_socket_lives)
{
	support_needs(SUPPORT_PIDFD);
	support_needs(SUPPORT_FORK);
	peer_dies("heir");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("event_call");
	TCase *c = support_case(s, "call");

	loop_warm_up();
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, reply_comes_back);
	tcase_add_test(c, replies_find_their_calls_in_any_order);
	tcase_add_test(c, call_times_out_and_its_late_reply_is_freed);
	tcase_add_test(c, call_without_any_time_times_out_in_the_loop);
	tcase_add_test(c, refused_request_ends_its_call);
	tcase_add_test(c, reply_to_a_plain_request_is_a_message);
	tcase_add_test(c, end_of_the_channel_ends_calls_first);
	tcase_add_test(c, detaching_ends_calls);
	tcase_add_test(c, reply_callback_may_detach_and_close);
	tcase_add_test(c, timeout_callback_may_detach_and_close);
	tcase_add_test(c, callback_at_the_end_may_detach_and_close);
	tcase_add_test(c, calls_without_room_are_the_callers);
	tcase_add_test(c, bad_calls_are_refused);
	tcase_add_test(c, killed_peer_is_told);
	tcase_add_test(c, dead_peer_is_told_though_its_socket_lives);
	return s;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "peer") == 0)
		return peer_role(argv[2]);
	return support_run(argc, argv, suite());
}
