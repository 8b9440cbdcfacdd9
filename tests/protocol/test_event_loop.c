/* SPDX-License-Identifier: MIT */
/* Conversations in a libevent loop, by the three callbacks of shmem_event. */
#include "loop.h"
#include "peers.h"

#include <shmem/event.h>
#include <stdio.h>
#include <string.h>

static struct event_base *base;
static char heard[256];

static void hears(const char *what)
{
	size_t size = strlen(heard);

	snprintf(heard + size, sizeof(heard) - size, "%s ", what);
}

static void on_message(shmem_event *event, shmem_message *take, void *arg)
{
	shmem_protocol **protocol = arg;

	(void)event;
	(void)shmem_protocol_dispatch(*protocol, &take);
	if (shmem_protocol_status(*protocol) != 0)
		event_base_loopbreak(base);
}

static void on_drained(shmem_event *event, void *arg)
{
	shmem_protocol **protocol = arg;

	(void)event;
	hears("drained");
	(void)shmem_protocol_flush(*protocol);
}

static void on_closed(shmem_event *event, int reason, void *arg)
{
	shmem_protocol **protocol = arg;

	(void)event;
	shmem_protocol_fail(*protocol, reason);
	event_base_loopbreak(base);
}

static shmem_event *attach(shmem_channel *channel, shmem_protocol **protocol)
{
	shmem_event_ops ops = SHMEM_EVENT_OPS_INIT;
	shmem_event *event = NULL;

	ops.message = on_message;
	ops.request = on_message;
	ops.drained = on_drained;
	ops.closed = on_closed;
	ck_assert_int_eq(
		shmem_event_attach(base, channel, &ops, protocol, &event), 0);
	return event;
}

/* Runs until nothing more happens for a moment. */
static void settle(void)
{
	for (int i = 0; i < 50; i++)
		ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
}

static void check_heard(const char *text)
{
	ck_assert_str_eq(heard, text);
	heard[0] = '\0';
}

static int recv_later(every_parent *actor, int32_t n, const char *const *names,
		      size_t names_count, shmem_protocol_resolver **take)
{
	shmem_segment *s = NULL;

	if (n != 0)
		return SHMEM_E_BUSY;
	ck_assert_int_eq(every_parent_alloc(actor, 64, &s), 0);
	return every_parent_resolve_later(take, n, names, names_count, &s);
}

static int recv_numbers(every_parent *actor, bool a, int8_t b, uint8_t c,
			int16_t d, uint16_t e, int32_t f, uint32_t g, int64_t h,
			uint64_t i, float j, double k, bool *ret_a,
			int8_t *ret_b, uint8_t *ret_c, int16_t *ret_d,
			uint16_t *ret_e, int32_t *ret_f, uint32_t *ret_g,
			int64_t *ret_h, uint64_t *ret_i, float *ret_j,
			double *ret_k)
{
	*ret_a = a;
	*ret_b = b;
	*ret_c = c;
	*ret_d = d;
	*ret_e = e;
	*ret_f = f + 1;
	*ret_g = g;
	*ret_h = h;
	*ret_i = i;
	*ret_j = j;
	*ret_k = k;
	/* These come before the reply, and wait until the call is over. */
	ck_assert_int_eq(every_parent_send_note(actor, "first"), 0);
	ck_assert_int_eq(every_parent_send_note(actor, "second"), 0);
	return 0;
}

static int recv_note_parent(every_parent *actor, const char *text)
{
	(void)actor;
	hears(text);
	return 0;
}

static const every_parent_handlers parent_ops = {
	.recv_later = recv_later,
	.recv_numbers = recv_numbers,
	.recv_note = recv_note_parent,
};

static int call_numbers(every_child *actor)
{
	int32_t f = 0;
	bool a;
	int8_t b;
	uint8_t c;
	int16_t d;
	uint16_t e;
	uint32_t g;
	int64_t h;
	uint64_t i;
	float j;
	double k;
	int err = every_child_send_numbers(actor, true, 0, 0, 0, 0, 41, 0, 0, 0,
					   0, 0, &a, &b, &c, &d, &e, &f, &g, &h,
					   &i, &j, &k);

	ck_assert(err != 0 || f == 42);
	return err;
}

static int recv_note_child(every_child *actor, const char *text)
{
	hears(text);
	if (strcmp(text, "call") == 0) {
		ck_assert_int_eq(call_numbers(actor), 0);
		hears("called");
	}
	if (strcmp(text, "second") == 0)
		event_base_loopbreak(base);
	return 0;
}

static void destroyed(every_child *actor, shmem_protocol_end end, int err)
{
	(void)actor;
	hears(end == SHMEM_PROTOCOL_CLOSED ? shmem_errname(err) : "deleted");
}

static const every_child_handlers child_ops = {
	.recv_note = recv_note_child,
	.destroyed = destroyed,
};

static void on_later(every_child *actor, int err, int32_t n,
		     const char *const *names, size_t names_count,
		     shmem_segment **take_s, void *arg)
{
	(void)actor;
	(void)n;
	(void)names_count;
	(void)arg;
	ck_assert(err != 0 || shmem_segment_data(*take_s) != NULL);
	hears(err == 0 ? names[0] : shmem_errname(err));
}

static peers p;
static shmem_event *parent_event;
static shmem_event *child_event;

static void setup(void)
{
	heard[0] = '\0';
	base = loop_base();
	ck_assert_ptr_nonnull(base);
}

static void teardown(void)
{
	event_base_free(base);
}

static void open_both(void)
{
	peers_open(&p, &parent_ops, &child_ops, NULL);
	parent_event = attach(p.parent_channel, &p.parent_protocol);
	child_event = attach(p.child_channel, &p.child_protocol);
}

static void close_both(void)
{
	shmem_event_detach(&parent_event);
	shmem_event_detach(&child_event);
	peers_close(&p);
}

START_TEST(messages_and_replies_come_by_the_loop)
{
	static const char *const names[] = {"yes"};

	open_both();
	ck_assert_int_eq(
		every_child_send_later(p.child, 0, names, 1, on_later, NULL),
		0);
	ck_assert_int_eq(
		every_child_send_later(p.child, 1, names, 1, on_later, NULL),
		0);
	ck_assert_int_eq(every_parent_send_note(p.parent, "note"), 0);
	settle();
	check_heard("note yes SHMEM_E_BUSY ");
	ck_assert_uint_eq(peers_owned(p.child_channel), 0);
	close_both();
	check_heard("SHMEM_OK ");
}
END_TEST

START_TEST(replies_that_found_no_room_are_sent_when_there_is_some)
{
	static const char *const names[] = {"yes"};
	char text[1000];

	open_both();
	shmem_event_detach(&child_event);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(
		every_child_send_later(p.child, 1, names, 1, on_later, NULL),
		0);
	while (every_parent_send_note(p.parent, text) == 0)
		;
	while (every_parent_send_note(p.parent, "") == 0)
		;
	settle(); /* the parent's handler rejects, and there is no room */
	ck_assert_int_eq(shmem_protocol_flush(p.parent_protocol),
			 SHMEM_E_AGAIN);
	while (shmem_protocol_receive(p.child_protocol, 0) == 0)
		;
	heard[0] = '\0';
	settle();
	check_heard("drained ");
	ck_assert_int_eq(peers_drain(p.child_protocol), 0);
	check_heard("SHMEM_E_BUSY ");
	close_both();
}
END_TEST

START_TEST(the_end_of_the_channel_ends_the_conversation)
{
	open_both();
	shmem_event_detach(&parent_event);
	shmem_protocol_close(&p.parent_protocol);
	shmem_channel_close(&p.parent_channel);
	ck_assert_int_ge(event_base_dispatch(base), 0);
	check_heard("SHMEM_E_CLOSED ");
	close_both();
}
END_TEST

/* In the child: a handler in the loop calls. */
static void call_in_the_loop(every_child *actor, shmem_protocol *protocol)
{
	shmem_protocol *mine = protocol;
	shmem_event *event;

	heard[0] = '\0';
	event = attach(shmem_protocol_channel(protocol), &mine);
	recv_note_child(actor, "call");
	ck_assert_int_ge(event_base_dispatch(base), 0);
	check_heard("call called first second ");
	shmem_event_detach(&event);
}

START_TEST(a_call_in_the_loop_leaves_what_came_meanwhile_for_the_loop)
{
	peers_serve(&parent_ops, NULL, &child_ops, call_in_the_loop);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("event_loop");
	TCase *t = support_case(s, "libevent");

	loop_warm_up();
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, messages_and_replies_come_by_the_loop);
	tcase_add_test(t,
		       replies_that_found_no_room_are_sent_when_there_is_some);
	tcase_add_test(t, the_end_of_the_channel_ends_the_conversation);
	tcase_add_test(
		t, a_call_in_the_loop_leaves_what_came_meanwhile_for_the_loop);
	return s;
}
SUPPORT_MAIN(suite)
