/* SPDX-License-Identifier: MIT */
/* Handlers that do what nobody expects while the runtime is in the middle. */
#include "peers.h"

#include <string.h>

static peers p;
static part_parent *parent_part;
static part_child *child_part;
static int depth;
static int gone; /* parts of the child's */
static shmem_protocol_end last_end;
static const char *on_end; /* what the child's end of a part does then */

static shmem_segment *kept[3]; /* that belong to parts */

static const part_parent_handlers part_parent_ops;

static void close_parent(void)
{
	shmem_protocol_close(&p.parent_protocol);
	shmem_channel_close(&p.parent_channel);
}

static int note_parent(every_parent *actor, const char *text)
{
	if (strcmp(text, "nest") == 0 && ++depth < 20)
		ck_assert_int_eq(peers_drain(p.parent_protocol), 0);
	if (strcmp(text, "close") == 0)
		close_parent();
	if (strcmp(text, "nest, then closed") == 0) {
		ck_assert_int_eq(shmem_protocol_receive(p.parent_protocol, 0),
				 0);
		ck_assert_ptr_null(p.parent_protocol);
		ck_assert_str_eq(text, "nest, then closed");
	}
	if (strcmp(text, "fail") == 0) {
		shmem_protocol_fail(p.parent_protocol, SHMEM_E_PROTO);
		ck_assert_int_eq(every_parent_send_note(actor, ""),
				 SHMEM_E_CLOSED);
		return SHMEM_E_BUSY;
	}
	return 0;
}

static int make_part(every_parent *actor, part_parent *part, const char *name,
		     shmem_segment **take_s)
{
	bool fails = strstr(name, "failed") != NULL;
	part_parent *sub = NULL;

	(void)actor;
	ck_assert_ptr_nonnull(shmem_segment_data(*take_s));
	if (strcmp(name, "nest") == 0)
		ck_assert_int_eq(shmem_protocol_receive(p.parent_protocol, 0),
				 SHMEM_E_UNSUPPORTED);
	part_parent_bind(part, &part_parent_ops, NULL);
	parent_part = part;
	if (strstr(name, "below") != NULL)
		ck_assert_int_eq(
			part_parent_send_part_constructor(
				part, &part_parent_ops, NULL, "sub", &sub),
			0);
	if (strstr(name, "deleted") != NULL)
		ck_assert_int_eq(part_parent_send_delete(&part, "at once"), 0);
	if (strstr(name, "closed") != NULL)
		close_parent();
	if (strcmp(name, "unbound") == 0)
		part_parent_bind(part, NULL, NULL);
	return fails ? SHMEM_E_BUSY : 0;
}

static int ask(part_parent *actor, const char *how, shmem_segment **ret_s)
{
	ck_assert_int_eq(part_parent_alloc(actor, 64, ret_s), 0);
	if (strcmp(how, "close") == 0)
		close_parent();
	if (strcmp(how, "fail") == 0)
		shmem_protocol_fail(p.parent_protocol, SHMEM_E_CLOSED);
	if (strcmp(how, "nothing") == 0)
		ck_assert_int_eq(shmem_segment_free(ret_s), 0);
	return 0;
}

static int poke(part_parent *actor, int32_t n)
{
	(void)actor;
	return n;
}

static const part_parent_handlers part_parent_ops = {
	.recv_poke = poke,
	.recv_ask = ask,
};
static const every_parent_handlers parent_ops = {
	.recv_note = note_parent,
	.recv_part_constructor = make_part,
};

static int note_child(every_child *actor, const char *text)
{
	(void)actor;
	(void)text;
	return 0;
}

static int part_below(part_child *actor, part_child *part, const char *name)
{
	static const part_child_handlers none;

	(void)actor;
	(void)name;
	part_child_bind(part, &none, NULL);
	return 0;
}

static void part_gone(part_child *actor, shmem_protocol_end end, int err)
{
	part_child *made = NULL;
	part_child *same = actor;

	(void)err;
	gone++;
	last_end = end;
	child_part = NULL;
	ck_assert_int_eq(part_child_send_delete(&same, "again"),
			 SHMEM_E_CLOSED);
	ck_assert_int_eq(part_child_send_part_constructor(actor,
							  part_child_arg(actor),
							  NULL, "x", &made),
			 SHMEM_E_CLOSED);
	if (on_end != NULL && strcmp(on_end, "close") == 0)
		shmem_protocol_close(&p.child_protocol);
	if (on_end != NULL && strcmp(on_end, "delete the top") == 0 &&
	    p.child != NULL)
		(void)every_child_send_delete(&p.child);
	if (on_end != NULL && strcmp(on_end, "note") == 0)
		(void)every_child_send_note(p.child, "it is gone");
}

static const part_child_handlers part_child_ops = {
	.recv_part_constructor = part_below,
	.destroyed = part_gone,
};
static const every_child_handlers child_ops = {.recv_note = note_child};

static void setup(void)
{
	depth = 0;
	gone = 0;
	on_end = NULL;
	peers_open(&p, &parent_ops, &child_ops, NULL);
}

static void teardown(void)
{
	for (int i = 0; i < 3; i++)
		shmem_segment_free(&kept[i]);
	peers_close(&p);
}

static void make(const char *name)
{
	shmem_segment *s = NULL;

	ck_assert_int_eq(every_child_alloc(p.child, 64, &s), 0);
	ck_assert_int_eq(every_child_send_part_constructor(
				 p.child, &part_child_ops,
				 (void *)(uintptr_t)&part_child_ops, name, &s,
				 &child_part),
			 0);
}

static void note(const char *text)
{
	ck_assert_int_eq(every_child_send_note(p.child, text), 0);
}

START_TEST(handlers_may_receive)
{
	for (int i = 0; i < 30; i++)
		note("nest");
	ck_assert_int_eq(peers_drain(p.parent_protocol), 0);
	ck_assert_int_ge(depth, 20);
}
END_TEST

START_TEST(a_handler_may_close_below_another)
{
	note("nest, then closed");
	note("close");
	ck_assert_int_eq(shmem_protocol_run(p.parent_protocol), 0);
	ck_assert_ptr_null(p.parent_protocol);
	ck_assert_int_eq(shmem_protocol_run(p.child_protocol), SHMEM_E_CLOSED);
}
END_TEST

START_TEST(a_handler_may_fail_the_conversation)
{
	make("part");
	note("fail");
	note("unheard");
	ck_assert_int_eq(shmem_protocol_run(p.parent_protocol), SHMEM_E_PROTO);
	ck_assert_int_eq(shmem_protocol_status(p.parent_protocol),
			 SHMEM_E_PROTO);
}
END_TEST

START_TEST(an_actor_that_nobody_has_bound_yet_takes_no_messages)
{
	make("nest");
	ck_assert_int_eq(part_child_send_poke(child_part, 0), 0);
	peers_settle(&p);
	ck_assert_int_eq(gone, 0);
	ck_assert_int_eq(part_child_send_poke(child_part, 0), 0);
	peers_settle(&p);
}
END_TEST

START_TEST(one_that_is_unbound_again_is_refused)
{
	make("unbound");
	peers_settle(&p);
	ck_assert_int_eq(gone, 1);
	ck_assert_int_eq(last_end, SHMEM_PROTOCOL_REFUSED);
}
END_TEST

START_TEST(handlers_may_be_taken_away)
{
	make("part");
	peers_settle(&p);
	part_parent_bind(parent_part, NULL, NULL);
	ck_assert_int_eq(part_child_send_poke(child_part, 0), 0);
	ck_assert_int_eq(shmem_protocol_receive(p.parent_protocol, 0),
			 SHMEM_E_UNSUPPORTED);
	ck_assert_int_eq(part_child_send_delete(&child_part, "why"), 0);
	peers_settle(&p);
}
END_TEST

/* How the constructor's handler ends, and how the child's end of it does. */
static const struct {
	const char *name;
	int gone;
	shmem_protocol_end end;
} constructors[] = {
	{"fine", 0, SHMEM_PROTOCOL_DELETED},
	{"deleted", 1, SHMEM_PROTOCOL_DELETED},
	{"deleted and failed", 1, SHMEM_PROTOCOL_DELETED},
	{"failed", 1, SHMEM_PROTOCOL_REFUSED},
	{"below", 0, SHMEM_PROTOCOL_DELETED},
	{"below and failed", 1, SHMEM_PROTOCOL_REFUSED},
	{"below, deleted and failed", 1, SHMEM_PROTOCOL_DELETED},
};

START_TEST(constructors_may_delete_and_fail)
{
	make(constructors[_i].name);
	ck_assert_int_eq(part_child_send_poke(child_part, 0), 0);
	peers_settle(&p);
	ck_assert_int_eq(gone, constructors[_i].gone);
	if (gone > 0)
		ck_assert_int_eq(last_end, constructors[_i].end);
	ck_assert_uint_eq(peers_owned(p.parent_channel), 0);
	make("fine");
	peers_settle(&p);
	ck_assert_int_eq(gone, constructors[_i].gone);
}
END_TEST

START_TEST(constructors_may_close)
{
	make(_i == 0 ? "closed" : "closed, below and failed");
	ck_assert_int_eq(shmem_protocol_run(p.parent_protocol), 0);
	ck_assert_ptr_null(p.parent_protocol);
	ck_assert_int_eq(shmem_protocol_run(p.child_protocol), SHMEM_E_CLOSED);
	ck_assert_int_eq(gone, 1);
	ck_assert_int_eq(last_end, SHMEM_PROTOCOL_CLOSED);
}
END_TEST

/* What the end of the first of three parts does. */
static const char *const ends[] = {"close", "delete the top", "note"};

static void make_three(void)
{
	for (int i = 0; i < 3; i++) {
		make("part");
		ck_assert_int_eq(part_child_alloc(child_part, 64, &kept[i]), 0);
	}
	peers_settle(&p);
}

START_TEST(the_end_of_a_part_may_end_more)
{
	part_child *first;

	make_three();
	on_end = ends[_i];
	first = every_child_next_part(p.child, NULL);
	ck_assert_int_eq(part_child_send_delete(&first, "bye"), 0);
	ck_assert_int_eq(gone, strcmp(on_end, "note") == 0 ? 1 : 3);
	ck_assert_uint_eq(peers_owned(p.child_channel),
			  strcmp(on_end, "note") == 0 ? 2 : 0);
	if (p.child_protocol != NULL)
		ck_assert_int_eq(peers_drain(p.child_protocol), 0);
	ck_assert_int_eq(peers_drain(p.parent_protocol), 0);
}
END_TEST

START_TEST(the_end_of_the_top_may_end_more)
{
	make_three();
	on_end = ends[_i];
	ck_assert_int_eq(every_child_send_delete(&p.child), 0);
	ck_assert_int_eq(gone, 3);
	ck_assert_uint_eq(peers_owned(p.child_channel), 0);
}
END_TEST

/* What the handler of a call does, and what the caller gets. */
static const struct {
	const char *how;
	int err;
} asks[] = {
	{"fine", 0},
	{"nothing", SHMEM_E_INVAL},
	{"close", SHMEM_E_CLOSED},
	{"fail", SHMEM_E_CLOSED},
};

static void child_asks(shmem_channel *channel, void *arg)
{
	size_t i = *(const size_t *)arg;
	shmem_segment *s = NULL;

	p.child_channel = channel;
	ck_assert_int_eq(every_child_open(p.child_channel, &child_ops, NULL,
					  &p.child_protocol, &p.child),
			 0);
	make("part");
	ck_assert_int_eq(part_child_send_ask(child_part, asks[i].how, &s),
			 asks[i].err);
	ck_assert_int_eq(s != NULL, asks[i].err == 0);
	shmem_segment_free(&s);
	peers_close(&p);
}

START_TEST(a_call_may_end_in_any_way)
{
	size_t i = (size_t)_i;

	p.parent_channel = peers_split(child_asks, &i);
	ck_assert_int_eq(every_parent_open(p.parent_channel, &parent_ops, NULL,
					   &p.parent_protocol, &p.parent),
			 0);
	(void)shmem_protocol_run(p.parent_protocol);
	if (strcmp(asks[i].how, "fail") == 0)
		peers_close(&p); /* no reply is to come */
	peers_join();
	peers_close(&p);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof(*(array))))

static Suite *suite(void)
{
	Suite *s = suite_create("reentry");
	TCase *t = support_case(s, "pair");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, handlers_may_receive);
	tcase_add_test(t, a_handler_may_close_below_another);
	tcase_add_test(t, a_handler_may_fail_the_conversation);
	tcase_add_test(t, an_actor_that_nobody_has_bound_yet_takes_no_messages);
	tcase_add_test(t, one_that_is_unbound_again_is_refused);
	tcase_add_test(t, handlers_may_be_taken_away);
	tcase_add_loop_test(t, constructors_may_delete_and_fail, 0,
			    COUNT(constructors));
	tcase_add_loop_test(t, constructors_may_close, 0, 2);
	tcase_add_loop_test(t, the_end_of_a_part_may_end_more, 0, COUNT(ends));
	tcase_add_loop_test(t, the_end_of_the_top_may_end_more, 0, COUNT(ends));
	t = support_case(s, "calls");
	tcase_add_loop_test(t, a_call_may_end_in_any_way, 0, COUNT(asks));
	return s;
}
SUPPORT_MAIN(suite)
