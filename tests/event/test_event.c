/* SPDX-License-Identifier: MIT */
/* Channels in a libevent loop: messages, backpressure, fairness, ends. */
#include "loop.h"
#include "support.h"

#include <shmem/event.h>
#include <shmem/shmem.h>
#include <stdlib.h>
#include <string.h>

static struct event_base *base;
static shmem_channel *a;
static shmem_channel *b;

static void set_up(void)
{
	base = loop_base();
	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
}

static void tear_down(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	event_base_free(base);
}

/* What the callbacks of one side saw. */
typedef struct side {
	shmem_event *event;
	unsigned messages;
	unsigned requests;
	unsigned drained;
	unsigned closed;
	int reason;
	unsigned stop_at; /* messages, after which the loop ends */
} side;

static void on_message(shmem_event *event, shmem_message *take, void *arg)
{
	side *s = arg;

	ck_assert_ptr_eq(event, s->event);
	shmem_message_free(&take);
	if (++s->messages == s->stop_at)
		event_base_loopbreak(base);
}

static void on_request(shmem_event *event, shmem_message *take, void *arg)
{
	shmem_message *reply = NULL;
	side *s = arg;

	s->requests++;
	ck_assert_int_eq(shmem_message_new(shmem_message_data(take),
					   shmem_message_size(take), &reply),
			 0);
	ck_assert_int_eq(
		shmem_channel_reply(shmem_event_channel(event), take, &reply),
		0);
	shmem_message_free(&take);
}

static void on_drained(shmem_event *event, void *arg)
{
	side *s = arg;

	(void)event;
	s->drained++;
	event_base_loopbreak(base);
}

static void on_closed(shmem_event *event, int reason, void *arg)
{
	side *s = arg;

	(void)event;
	s->closed++;
	s->reason = reason;
	event_base_loopbreak(base);
}

static const shmem_event_ops all = {sizeof(all), on_message, on_request,
				    on_drained, on_closed};

static void attach(shmem_channel *channel, side *s)
{
	ck_assert_int_eq(shmem_event_attach(base, channel, &all, s, &s->event),
			 0);
	ck_assert_ptr_eq(shmem_event_channel(s->event), channel);
}

static void run(void)
{
	loop_run(base);
}

static void run_ms(int ms)
{
	loop_run_for(base, ms);
}

static shmem_message *text(const char *s)
{
	shmem_message *m = NULL;

	ck_assert_int_eq(shmem_message_new(s, strlen(s), &m), 0);
	return m;
}

static void send_text(shmem_channel *c, const char *s)
{
	shmem_message *m = text(s);

	ck_assert_int_eq(shmem_channel_send(c, &m), 0);
}

START_TEST(messages_arrive)
{
	side s = {.stop_at = 100};

	attach(b, &s);
	for (int i = 0; i < 100; i++)
		send_text(a, "x");
	run();
	ck_assert_uint_eq(s.messages, 100);
	shmem_event_detach(&s.event);
	ck_assert_ptr_null(s.event);
	shmem_event_detach(&s.event);
	shmem_event_detach(NULL);
	ck_assert_ptr_null(shmem_event_channel(NULL));
}
END_TEST

START_TEST(what_came_before_attaching_is_handed_out)
{
	side s = {.stop_at = 5};
	shmem_message *m = text("ask");
	shmem_message *reply = NULL;

	/* In the channel's own queue: no poll shows it. */
	for (int i = 0; i < 5; i++)
		send_text(a, "x");
	ck_assert_int_eq(shmem_channel_dispatch(b), 0);
	attach(b, &s);
	run();
	ck_assert_uint_eq(s.messages, 5);

	/* Taken in by somebody who waits for something else. */
	s.stop_at = 7;
	send_text(a, "x");
	send_text(a, "x");
	ck_assert_int_eq(shmem_channel_call(b, &m, 10, &reply),
			 SHMEM_E_TIMEDOUT);
	run();
	ck_assert_uint_eq(s.messages, 7);
	shmem_event_detach(&s.event);
}
END_TEST

/* ---- many ---- */

#ifdef _WIN32
enum { MANY = 200 }; /* more than one thread can wait for */
#else
enum { MANY = 1000 };
#endif
enum { ROUNDS = 5 };

typedef struct pair {
	shmem_channel *channel[2];
	shmem_event *event[2];
	unsigned rounds;
} pair;

static unsigned pairs_done;

static void bounce(shmem_event *event, shmem_message *take, void *arg)
{
	pair *p = arg;
	shmem_segment *s = NULL;
	unsigned *n;

	ck_assert_int_eq(shmem_message_pop_segment(take, &s), 0);
	shmem_message_free(&take);
	n = SHMEM_SEGMENT_AS(unsigned, s);
	ck_assert_ptr_nonnull(n);
	++*n;
	if (event == p->event[0] && ++p->rounds == ROUNDS) {
		ck_assert_uint_eq(*n, (unsigned)(2 * ROUNDS));
		shmem_segment_free(&s);
		if (++pairs_done == MANY)
			event_base_loopbreak(base);
		return;
	}
	ck_assert_int_eq(shmem_segment_send(shmem_event_channel(event), &s), 0);
}

START_TEST(many_channels_share_a_loop)
{
	static pair pairs[MANY];
	const shmem_event_ops ops = {.size = sizeof(ops), .message = bounce};

	support_many_descriptors();
	for (int i = 0; i < MANY; i++) {
		pair *p = &pairs[i];
		shmem_segment *s = NULL;

		ck_assert_int_eq(shmem_channel_pair(NULL, &p->channel[0],
						    &p->channel[1]),
				 0);
		for (int k = 0; k < 2; k++)
			ck_assert_int_eq(shmem_event_attach(base, p->channel[k],
							    &ops, p,
							    &p->event[k]),
					 0);
		ck_assert_int_eq(shmem_segment_alloc(p->channel[0],
						     sizeof(unsigned), &s),
				 0);
		ck_assert_int_eq(shmem_segment_send(p->channel[0], &s), 0);
	}
	run();
	ck_assert_uint_eq(pairs_done, MANY);
	for (int i = 0; i < MANY; i++)
		for (int k = 0; k < 2; k++) {
			shmem_event_detach(&pairs[i].event[k]);
			shmem_channel_close(&pairs[i].channel[k]);
		}
}
END_TEST

enum { TURNS = 5, HOPS = TURNS * 16 };
static shmem_channel *hop_from;
static unsigned hops;

/* Each message is sent when the one before it came, so that a turn can take in
 * no more than its share of them. */
static void hop(shmem_event *event, shmem_message *take, void *arg)
{
	(void)event;
	(void)arg;
	shmem_message_free(&take);
	if (++hops == HOPS)
		event_base_loopbreak(base);
	else
		send_text(hop_from, "x");
}

START_TEST(busy_channel_does_not_hold_up_others)
{
	const shmem_event_ops ops = {.size = sizeof(ops), .message = hop};
	shmem_event *quiet = NULL;
	shmem_channel *d = NULL;
	shmem_message *m;
	side busy = {0};
	unsigned sent = 0;
	int err;

	ck_assert_int_eq(shmem_channel_pair(NULL, &hop_from, &d), 0);
	attach(b, &busy);
	ck_assert_int_eq(shmem_event_attach(base, d, &ops, NULL, &quiet), 0);
	do {
		m = text("x");
		err = shmem_channel_send(a, &m);
		sent += err == 0;
	} while (err == 0);
	ck_assert_int_eq(err, SHMEM_E_AGAIN);
	shmem_message_free(&m);
	ck_assert_int_eq(shmem_channel_dispatch(b), 0);
	send_text(hop_from, "x");
	run();
	ck_assert_uint_gt(busy.messages, 16);
	/* Where the system's threads tell of it, a hop may miss some turns. */
#ifdef _WIN32
	ck_assert_uint_lt(busy.messages, sent / 2);
#else
	ck_assert_uint_le(busy.messages, (unsigned)((TURNS + 2) * 16));
	ck_assert_uint_gt(sent, busy.messages);
#endif
	/* Nothing of the busy one is lost, though no poll shows what is left
	 * in its queue. */
	run_ms(100);
	ck_assert_uint_gt(busy.messages, 100);
	shmem_event_detach(&quiet);
	shmem_event_detach(&busy.event);
	shmem_channel_close(&hop_from);
	shmem_channel_close(&d);
}
END_TEST

/* ---- backpressure ---- */

static unsigned fill(shmem_channel *c)
{
	unsigned sent = 0;
	shmem_message *m;
	int err;

	for (;;) {
		m = text("some bytes that take some room");
		err = shmem_channel_send(c, &m);
		if (err != 0)
			break;
		sent++;
	}
	ck_assert_int_eq(err, SHMEM_E_AGAIN);
	shmem_message_free(&m);
	return sent;
}

static void take_all(shmem_channel *c, unsigned count)
{
	while (count-- > 0) {
		shmem_message *m = NULL;

		ck_assert_int_eq(shmem_channel_recv(c, 30000, &m), 0);
		shmem_message_free(&m);
	}
}

START_TEST(drained_follows_a_send_outside_of_callbacks)
{
	side s = {0};
	unsigned sent;

	attach(a, &s);
	run_ms(10); /* the loop has seen that there is nothing to write */
	for (unsigned round = 1; round <= 3; round++) {
		sent = fill(a);
		run_ms(10);
		ck_assert_uint_eq(s.drained, round - 1);
		take_all(b, sent);
		run();
		ck_assert_uint_eq(s.drained, round);
		run_ms(10);
		ck_assert_uint_eq(s.drained, round); /* and only once */
	}
	shmem_event_detach(&s.event);
}
END_TEST

START_TEST(drained_follows_a_send_before_attaching)
{
	side s = {0};
	unsigned sent = fill(a);

	attach(a, &s);
	take_all(b, sent);
	run();
	ck_assert_uint_eq(s.drained, 1);
	shmem_event_detach(&s.event);
}
END_TEST

static shmem_channel *to_fill;
static unsigned filled;

static void fill_other(shmem_event *event, shmem_message *take, void *arg)
{
	(void)event;
	(void)arg;
	shmem_message_free(&take);
	filled = fill(to_fill);
	event_base_loopbreak(base);
}

START_TEST(drained_follows_a_send_in_a_callback_of_another_channel)
{
	const shmem_event_ops ops = {.size = sizeof(ops),
				     .message = fill_other};
	shmem_event *other = NULL;
	shmem_channel *c = NULL;
	shmem_channel *d = NULL;
	side s = {0};

	ck_assert_int_eq(shmem_channel_pair(NULL, &c, &d), 0);
	attach(a, &s);
	ck_assert_int_eq(shmem_event_attach(base, d, &ops, NULL, &other), 0);
	to_fill = a;
	send_text(c, "x");
	run();
	take_all(b, filled);
	run();
	ck_assert_uint_eq(s.drained, 1);
	shmem_event_detach(&other);
	shmem_event_detach(&s.event);
	shmem_channel_close(&c);
	shmem_channel_close(&d);
}
END_TEST

/* Sends as much as there is room for, whenever there is room. */
enum { FLOOD = 20000 };
static unsigned flood_sent;

static void flood(shmem_event *event, void *arg)
{
	(void)arg;
	while (flood_sent < FLOOD) {
		shmem_message *m = text("some bytes that take some room");
		int err = shmem_channel_send(shmem_event_channel(event), &m);

		if (err != 0) {
			ck_assert_int_eq(err, SHMEM_E_AGAIN);
			shmem_message_free(&m);
			return;
		}
		flood_sent++;
	}
}

START_TEST(flood_arrives_whole_by_drained)
{
	const shmem_event_ops ops = {.size = sizeof(ops), .drained = flood};
	shmem_event *sender = NULL;
	side s = {.stop_at = FLOOD};

	ck_assert_int_eq(shmem_event_attach(base, a, &ops, NULL, &sender), 0);
	attach(b, &s);
	flood(sender, NULL);
	ck_assert_uint_lt(flood_sent, FLOOD);
	run();
	ck_assert_uint_eq(s.messages, FLOOD);
	shmem_event_detach(&sender);
	shmem_event_detach(&s.event);
}
END_TEST

/* ---- ends ---- */

START_TEST(end_of_the_peer_is_told_behind_its_messages)
{
	side s = {0};

	attach(b, &s);
	for (int i = 0; i < 50; i++)
		send_text(a, "x");
	shmem_channel_close(&a);
	run();
	ck_assert_uint_eq(s.messages, 50);
	ck_assert_uint_eq(s.closed, 1);
	ck_assert_int_eq(s.reason, SHMEM_E_CLOSED);
	run_ms(20);
	ck_assert_uint_eq(s.closed, 1);
	shmem_event_detach(&s.event);
}
END_TEST

START_TEST(closed_channel_is_told_after_attaching)
{
	shmem_message *m = NULL;
	side s = {0};

	shmem_channel_close(&a);
	ck_assert_int_eq(shmem_channel_recv(b, 0, &m), SHMEM_E_CLOSED);
	attach(b, &s);
	run();
	ck_assert_uint_eq(s.closed, 1);
	shmem_event_detach(&s.event);
}
END_TEST

/* Detaches and closes, wherever it is called. */
static void vanish(shmem_event *event)
{
	shmem_channel *c = shmem_event_channel(event);

	shmem_event_detach(&event);
	if (c == a)
		shmem_channel_close(&a);
	else
		shmem_channel_close(&b);
	event_base_loopbreak(base);
}

static void vanish_by_message(shmem_event *event, shmem_message *take,
			      void *arg)
{
	(void)arg;
	vanish(event);
	shmem_message_free(&take);
}

static void vanish_by_drained(shmem_event *event, void *arg)
{
	(void)arg;
	vanish(event);
}

static void vanish_by_closed(shmem_event *event, int reason, void *arg)
{
	(void)reason;
	(void)arg;
	vanish(event);
}

static const shmem_event_ops vanishing = {sizeof(vanishing), vanish_by_message,
					  vanish_by_message, vanish_by_drained,
					  vanish_by_closed};

START_TEST(message_callback_may_detach_and_close)
{
	shmem_event *event = NULL;

	ck_assert_int_eq(shmem_event_attach(base, b, &vanishing, NULL, &event),
			 0);
	send_text(a, "x");
	send_text(a, "x");
	run();
	ck_assert_ptr_null(b);
}
END_TEST

START_TEST(request_callback_may_detach_and_close)
{
	shmem_message *m = text("x");
	shmem_event *event = NULL;
	uint64_t id;

	ck_assert_int_eq(shmem_event_attach(base, b, &vanishing, NULL, &event),
			 0);
	ck_assert_int_eq(shmem_channel_request(a, &m, &id), 0);
	run();
	ck_assert_ptr_null(b);
}
END_TEST

START_TEST(drained_callback_may_detach_and_close)
{
	shmem_event *event = NULL;

	ck_assert_int_eq(shmem_event_attach(base, a, &vanishing, NULL, &event),
			 0);
	take_all(b, fill(a));
	run();
	ck_assert_ptr_null(a);
}
END_TEST

START_TEST(closed_callback_may_detach_and_close)
{
	shmem_event *event = NULL;

	ck_assert_int_eq(shmem_event_attach(base, b, &vanishing, NULL, &event),
			 0);
	shmem_channel_close(&a);
	run();
	ck_assert_ptr_null(b);
}
END_TEST

START_TEST(callbacks_may_be_left_out)
{
	const shmem_event_ops none = SHMEM_EVENT_OPS_INIT;
	shmem_message *m = text("x");
	shmem_event *event = NULL;
	uint64_t id;

	ck_assert_int_eq(shmem_event_attach(base, b, &none, NULL, &event), 0);
	send_text(a, "x");
	ck_assert_int_eq(shmem_channel_request(a, &m, &id), 0);
	run_ms(20);
	ck_assert_int_eq(shmem_channel_recv(a, 30000, &m), 0);
	ck_assert(shmem_message_is_refusal(m));
	shmem_message_free(&m);
	shmem_channel_close(&a);
	run_ms(20);
	shmem_event_detach(&event);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	struct {
		shmem_event_ops known;
		void *more;
	} longer = {.known = all};
	shmem_event_ops ops = all;
	shmem_event *event = NULL;

	ck_assert_int_eq(shmem_event_attach(NULL, b, &all, NULL, &event),
			 SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_event_attach(base, NULL, &all, NULL, &event),
			 SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_event_attach(base, b, NULL, NULL, &event),
			 SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_event_attach(base, b, &all, NULL, NULL),
			 SHMEM_E_INVAL);
	ops.size = 3;
	ck_assert_int_eq(shmem_event_attach(base, b, &ops, NULL, &event),
			 SHMEM_E_INVAL);
	longer.known.size = sizeof(longer);
	longer.more = &longer;
	ck_assert_int_eq(
		shmem_event_attach(base, b, &longer.known, NULL, &event),
		SHMEM_E_INVAL);
	longer.more = NULL;
	ck_assert_int_eq(
		shmem_event_attach(base, b, &longer.known, NULL, &event), 0);
	shmem_event_detach(&event);
}
END_TEST

/* The system's threads that waited stay for a while, where there are some, and
 * keep what they have. */
static TCase *many_case(Suite *s)
{
#ifdef _WIN32
	TCase *c = tcase_create("many");

	suite_add_tcase(s, c);
	return c;
#else
	return support_case(s, "many");
#endif
}

static Suite *suite(void)
{
	Suite *s = suite_create("event");
	TCase *c = support_case(s, "event");

	loop_warm_up();
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, messages_arrive);
	tcase_add_test(c, what_came_before_attaching_is_handed_out);
	tcase_add_test(c, busy_channel_does_not_hold_up_others);
	tcase_add_test(c, drained_follows_a_send_outside_of_callbacks);
	tcase_add_test(c, drained_follows_a_send_before_attaching);
	tcase_add_test(c,
		       drained_follows_a_send_in_a_callback_of_another_channel);
	tcase_add_test(c, flood_arrives_whole_by_drained);
	tcase_add_test(c, end_of_the_peer_is_told_behind_its_messages);
	tcase_add_test(c, closed_channel_is_told_after_attaching);
	tcase_add_test(c, message_callback_may_detach_and_close);
	tcase_add_test(c, request_callback_may_detach_and_close);
	tcase_add_test(c, drained_callback_may_detach_and_close);
	tcase_add_test(c, closed_callback_may_detach_and_close);
	tcase_add_test(c, callbacks_may_be_left_out);
	tcase_add_test(c, bad_arguments_are_refused);
	c = many_case(s);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, many_channels_share_a_loop);
	return s;
}
SUPPORT_MAIN(suite)
