/* SPDX-License-Identifier: MIT */
/* Replies: at once, later, never; errors; full queues; another build. */
#include "peers.h"

#include <stdio.h>
#include <string.h>

static peers p;
static shmem_protocol_resolver *later;
static int fail_with;
static char heard[256];

static int recv_later(every_parent *actor, int32_t n, const char *const *names,
		      size_t names_count, shmem_protocol_resolver **take)
{
	shmem_segment *s = NULL;

	switch (n) {
	case 0: /* at once; the names are still there afterwards */
		ck_assert_int_eq(every_parent_alloc(actor, 64, &s), 0);
		ck_assert_int_eq(every_parent_resolve_later(take, 7, names,
							    names_count, &s),
				 0);
		ck_assert_ptr_null(*take);
		ck_assert_ptr_null(s);
		ck_assert_str_eq(names[0], "one");
		return 0;
	case 1: /* later */
		later = *take;
		*take = NULL;
		return 0;
	case 2: /* never */
		return 0;
	case 5: /* to be sent later, but while the names are still read */
		shmem_protocol_reject(take, SHMEM_E_BUSY);
		ck_assert_int_eq(shmem_protocol_flush(p.parent_protocol),
				 SHMEM_E_AGAIN);
		ck_assert_int_eq(peers_drain(p.child_protocol), 0);
		ck_assert_int_eq(shmem_protocol_flush(p.parent_protocol), 0);
		/* Nor is its memory used for what comes next. */
		ck_assert_int_eq(every_child_send_note(p.child, "0123456789"
								"0123456789"
								"0123456789"),
				 0);
		ck_assert_int_eq(shmem_protocol_receive(p.parent_protocol, 0),
				 SHMEM_E_UNSUPPORTED);
		ck_assert_str_eq(names[0], "one");
		ck_assert_str_eq(names[1], "two");
		return 0;
	case 3: /* rejected */
		shmem_protocol_reject(take, SHMEM_E_BUSY);
		return 0;
	default:
		return SHMEM_E_NOSPACE;
	}
}

/* Handlers of a managed actor that is asked, and deleted meanwhile. */
static int recv_ask(part_parent *actor, const char *how, shmem_segment **ret_s)
{
	ck_assert_int_eq(part_parent_alloc(actor, 64, ret_s), 0);
	if (strcmp(how, "delete") == 0)
		ck_assert_int_eq(part_parent_send_delete(&actor, how), 0);
	return 0;
}

static int recv_part(every_parent *actor, part_parent *part, const char *name,
		     shmem_segment **take_s)
{
	static const part_parent_handlers handlers = {.recv_ask = recv_ask};

	(void)actor;
	(void)name;
	(void)take_s;
	part_parent_bind(part, &handlers, NULL);
	return 0;
}

static int recv_plain(every_parent *actor)
{
	(void)actor;
	return fail_with;
}

static const every_parent_handlers parent_ops = {
	.recv_later = recv_later,
	.recv_plain = recv_plain,
	.recv_part_constructor = recv_part,
};

static int recv_note(every_child *actor, const char *text)
{
	(void)actor;
	snprintf(heard, sizeof(heard), "note %s", text);
	return 0;
}
static const every_child_handlers child_ops = {.recv_note = recv_note};

static void on_later(every_child *actor, int err, int32_t n,
		     const char *const *names, size_t names_count,
		     shmem_segment **take_s, void *arg)
{
	ck_assert_ptr_eq(arg, &p);
	(void)actor;
	if (err != 0) {
		ck_assert(n == 0 && names == NULL && names_count == 0 &&
			  take_s == NULL);
		snprintf(heard, sizeof(heard), "%s", shmem_errname(err));
		return;
	}
	ck_assert_ptr_nonnull(shmem_segment_data(*take_s));
	snprintf(heard, sizeof(heard), "%d %zu %s", n, names_count, names[0]);
}

static void check_heard(const char *text)
{
	ck_assert_str_eq(heard, text);
	heard[0] = '\0';
}

static void setup(void)
{
	heard[0] = '\0';
	fail_with = 0;
	later = NULL;
	peers_open(&p, &parent_ops, &child_ops, NULL);
}

static void teardown(void)
{
	shmem_protocol_reject(&later, SHMEM_E_CLOSED);
	peers_close(&p);
}

static void ask(int n)
{
	static const char *const names[] = {"one", "two"};

	ck_assert_int_eq(
		every_child_send_later(p.child, n, names, 2, on_later, &p), 0);
}

START_TEST(a_reply_comes_at_once)
{
	ask(0);
	peers_settle(&p);
	check_heard("7 2 one");
	/* The callback left the segment: it is freed. */
	ck_assert_uint_eq(peers_owned(p.child_channel), 0);
	ck_assert_uint_eq(peers_owned(p.parent_channel), 0);
}
END_TEST

START_TEST(a_reply_comes_later_and_in_any_order)
{
	static const char *const names[] = {"x"};
	shmem_segment *s = NULL;

	ask(1);
	ask(3);
	peers_settle(&p);
	check_heard("SHMEM_E_BUSY");
	ck_assert_ptr_nonnull(later);
	ck_assert_int_eq(every_parent_alloc(p.parent, 64, &s), 0);
	ck_assert_int_eq(every_parent_resolve_later(&later, 9, names, 1, &s),
			 0);
	ck_assert_ptr_null(later);
	peers_settle(&p);
	check_heard("9 1 x");
}
END_TEST

START_TEST(an_answer_that_is_wrong_can_be_given_again)
{
	static const char *const bad[] = {"\xff"};
	static const char *const good[] = {"x"};
	shmem_segment *s = NULL;

	ask(1);
	peers_settle(&p);
	ck_assert_int_eq(every_parent_alloc(p.parent, 64, &s), 0);
	ck_assert_int_eq(every_parent_resolve_later(&later, 9, bad, 1, &s),
			 SHMEM_E_INVAL);
	ck_assert_ptr_nonnull(later);
	ck_assert_ptr_nonnull(shmem_segment_data(s));
	ck_assert_int_eq(every_parent_resolve_later(&later, 9, good, 1, &s), 0);
	peers_settle(&p);
	check_heard("9 1 x");
}
END_TEST

START_TEST(errors_come_back)
{
	ask(2);
	peers_settle(&p);
	check_heard("SHMEM_E_STATE");
	ask(4);
	peers_settle(&p);
	check_heard("SHMEM_E_NOSPACE");
	ask(3);
	peers_settle(&p);
	check_heard("SHMEM_E_BUSY");
}
END_TEST

START_TEST(calls_under_way_end_with_closed_when_the_caller_is_deleted)
{
	ask(1);
	ck_assert_int_eq(every_child_send_delete(&p.child), 0);
	check_heard("SHMEM_E_CLOSED");
	peers_settle(&p);
	ck_assert_ptr_nonnull(later);
	ck_assert_int_eq(every_parent_resolve_later(&later, 1, NULL, 0, NULL),
			 SHMEM_E_CLOSED);
	ck_assert_ptr_null(later);
	check_heard("");
}
END_TEST

START_TEST(calls_under_way_end_with_closed_when_the_callee_goes)
{
	ask(1);
	ck_assert_int_eq(peers_drain(p.parent_protocol), 0);
	ck_assert_ptr_nonnull(later);
	ask(1);
	/* One is in the application's hands, one not yet read. */
	shmem_protocol_close(&p.parent_protocol);
	ck_assert_int_eq(peers_drain(p.child_protocol), 0);
	check_heard("SHMEM_E_CLOSED");
	shmem_channel_close(&p.parent_channel);
	ck_assert_int_eq(peers_drain(p.child_protocol), SHMEM_E_CLOSED);
	check_heard("SHMEM_E_CLOSED");
}
END_TEST

START_TEST(a_full_queue_is_again_and_nothing_is_taken)
{
	shmem_segment *s = NULL;
	shmem_handle *h = NULL;
	shmem_segment *tiles[3] = {NULL, NULL, NULL};
	every_frame f = {0};
	char text[1000];
	int sent = 0;
	int err;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	do {
		err = every_parent_send_note(p.parent, text);
		sent += err == 0;
	} while (err == 0);
	ck_assert_int_eq(err, SHMEM_E_AGAIN);
	ck_assert_int_gt(sent, 100);
	ck_assert_int_eq(every_parent_alloc(p.parent, 10, &s), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(every_parent_alloc(p.parent, 10, &tiles[i]),
				 0);
	ck_assert_int_eq(shmem_handle_create(10, NULL, &h), 0);
	f.pixels = s;
	f.extra = h;
	f.tiles.items = tiles;
	f.tiles.count = 3;
	do
		err = every_parent_send_push(p.parent, &f);
	while (err == 0);
	ck_assert_int_eq(err, SHMEM_E_AGAIN);
	ck_assert_ptr_eq(f.pixels, s);
	ck_assert_ptr_eq(f.extra, h);
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(shmem_segment_data(tiles[i]));
	*SHMEM_SEGMENT_AS(char, f.pixels) = 1;
	shmem_handle_close(&f.extra);
	for (int i = 0; i < 3; i++)
		shmem_segment_free(&tiles[i]);
	shmem_segment_free(&f.pixels);
	peers_settle(&p);
}
END_TEST

START_TEST(a_segment_goes_once_and_by_its_own_channel)
{
	shmem_channel *other[2] = {NULL, NULL};
	shmem_segment *tiles[3] = {NULL, NULL, NULL};
	every_frame f = {0};

	ck_assert_int_eq(every_parent_alloc(p.parent, 10, &f.pixels), 0);
	ck_assert_int_eq(every_parent_alloc(p.parent, 10, &tiles[0]), 0);
	f.tiles.items = tiles;
	f.tiles.count = 3;
	ck_assert_int_eq(every_parent_send_push(p.parent, &f), SHMEM_E_INVAL);
	tiles[1] = tiles[0];
	f.tiles.count = 2;
	ck_assert_int_eq(every_parent_send_push(p.parent, &f), SHMEM_E_STATE);
	tiles[1] = f.pixels;
	ck_assert_int_eq(every_parent_send_push(p.parent, &f), SHMEM_E_STATE);
	ck_assert_int_eq(shmem_channel_pair(NULL, &other[0], &other[1]), 0);
	ck_assert_int_eq(shmem_segment_alloc(other[0], 10, &tiles[1]), 0);
	ck_assert_int_eq(every_parent_send_push(p.parent, &f), SHMEM_E_INVAL);
	/* All is where it was. */
	*SHMEM_SEGMENT_AS(char, f.pixels) = 1;
	*SHMEM_SEGMENT_AS(char, tiles[0]) = 1;
	*SHMEM_SEGMENT_AS(char, tiles[1]) = 1;
	f.tiles.count = 1;
	ck_assert_int_eq(every_parent_send_push(p.parent, &f), 0);
	ck_assert(f.pixels == NULL && tiles[0] == NULL);
	shmem_segment_free(&tiles[1]);
	shmem_channel_close(&other[0]);
	shmem_channel_close(&other[1]);
}
END_TEST

/* Until not even a short message fits. */
static void fill_queue(void)
{
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	while (every_parent_send_note(p.parent, text) == 0)
		;
	while (every_parent_send_note(p.parent, "") == 0)
		;
}

START_TEST(replies_wait_for_room_and_later_messages_wait_for_them)
{
	ask(3);
	fill_queue();
	ck_assert_int_eq(peers_drain(p.parent_protocol), 0);
	ck_assert_int_eq(shmem_protocol_flush(p.parent_protocol),
			 SHMEM_E_AGAIN);
	ck_assert_int_eq(every_parent_send_note(p.parent, "last"),
			 SHMEM_E_AGAIN);
	ck_assert_int_eq(peers_drain(p.child_protocol), 0);
	heard[0] = '\0';
	/* There is room: the reply goes first. */
	ck_assert_int_eq(every_parent_send_note(p.parent, "last"), 0);
	ck_assert_int_eq(shmem_protocol_receive(p.child_protocol, 0), 0);
	check_heard("SHMEM_E_BUSY");
	ck_assert_int_eq(shmem_protocol_receive(p.child_protocol, 0), 0);
	check_heard("note last");
	peers_settle(&p);
}
END_TEST

START_TEST(a_request_outlives_its_reply_as_long_as_its_handler_runs)
{
	ask(5);
	fill_queue();
	ck_assert_int_eq(peers_drain(p.parent_protocol), 0);
	peers_settle(&p);
	check_heard("SHMEM_E_BUSY");
}
END_TEST

START_TEST(values_that_break_their_limits_are_not_sent)
{
	static const char *const one[] = {"x"};
	static char big[65538];
	every_shape shape = {.color = EVERY_COLOR_RED,
			     .blob = {big, 17}}; /* MaxLength is 16 */
	every_frame f = {0};

	memset(big, 'x', sizeof(big) - 1);
	ck_assert_int_eq(every_child_send_note(p.child, big), SHMEM_E_LIMIT);
	ck_assert_int_eq(every_child_send_note(p.child, big + 1), 0);
	ck_assert_int_eq(peers_drain(p.parent_protocol), SHMEM_E_UNSUPPORTED);
	ck_assert_int_eq(
		every_child_send_later(p.child, 1, one, 65537, on_later, &p),
		SHMEM_E_LIMIT);
	ck_assert_int_eq(every_child_send_note(p.child, NULL), SHMEM_E_INVAL);
	ck_assert_int_eq(every_child_send_note(NULL, "x"), SHMEM_E_INVAL);
	ck_assert_int_eq(every_child_send_note(p.child, "\xc0\x80"),
			 SHMEM_E_INVAL);
	ck_assert_int_eq(every_parent_send_push(p.parent, &f), SHMEM_E_INVAL);
	ck_assert_int_eq(every_child_send_echo(p.child, &shape, "", "", 0,
					       EVERY_COLOR_RED, NULL, NULL,
					       NULL, NULL, NULL, NULL),
			 SHMEM_E_LIMIT);
	ck_assert_int_eq(
		every_child_send_later(p.child, 1, NULL, 2, on_later, &p),
		SHMEM_E_INVAL);
	heard[0] = '\0';
	peers_settle(&p);
}
END_TEST

static void expect_values(every_child *actor, shmem_protocol *protocol)
{
	every_value v = {.tag = (every_value_tag)99};
	every_tree t = {.name = "loop"};
	every_value v2;
	every_value *vs2;
	size_t vs2_count;
	every_tree t2;
	shmem_protocol_memory *memory = NULL;

	(void)protocol;
	ck_assert_int_eq(every_child_send_values(actor, &v, NULL, 0, &t, &v2,
						 &vs2, &vs2_count, &t2,
						 &memory),
			 SHMEM_E_INVAL);
	v = (every_value){.tag = EVERY_VALUE_BOOL};
	t.twin = &t; /* without an end */
	ck_assert_int_eq(every_child_send_values(actor, &v, NULL, 0, &t, &v2,
						 &vs2, &vs2_count, &t2,
						 &memory),
			 SHMEM_E_LIMIT);
	t.twin = NULL;
	ck_assert_int_eq(every_child_send_values(actor, &v, NULL, 0, &t, &v2,
						 &vs2, &vs2_count, &t2, NULL),
			 SHMEM_E_INVAL);
	/* And this end has no handler for it. */
	ck_assert_int_eq(every_child_send_values(actor, &v, NULL, 0, &t, &v2,
						 &vs2, &vs2_count, &t2,
						 &memory),
			 SHMEM_E_UNSUPPORTED);
	ck_assert_ptr_null(memory);
}

START_TEST(calls_end_with_the_error_of_either_end)
{
	peers_serve(&parent_ops, NULL, &child_ops, expect_values);
}
END_TEST

static int recv_own(every_parent *actor, shmem_segment **take_s,
		    shmem_handle **take_h, shmem_handle **take_r,
		    every_frame *take_f, every_frame *take_more,
		    size_t more_count, shmem_segment **take_none,
		    shmem_segment **ret_s, shmem_handle **ret_h,
		    shmem_handle **ret_r, every_frame *ret_f,
		    every_frame **ret_more, size_t *ret_more_count,
		    shmem_segment **ret_none)
{
	static every_frame frame;

	(void)actor;
	(void)take_h;
	(void)take_r;
	(void)take_f;
	(void)take_more;
	(void)more_count;
	(void)take_none;
	(void)ret_none;
	(void)ret_f;
	/* Some results, but not all that must be: the reply can't be packed,
	 * and the segment among them is freed. */
	shmem_segment_move(ret_s, take_s);
	(void)ret_h;
	(void)ret_r;
	*ret_more = &frame;
	*ret_more_count = 1;
	return 0;
}
static const every_parent_handlers owner_ops = {.recv_own = recv_own};

static void expect_incomplete(every_child *actor, shmem_protocol *protocol)
{
	shmem_channel *channel = shmem_protocol_channel(protocol);
	shmem_segment *s = NULL;
	shmem_segment *none = NULL;
	shmem_handle *h = NULL;
	shmem_handle *r = NULL;
	every_frame f = {0};
	every_frame f2;
	every_frame *more;
	size_t count;
	shmem_protocol_memory *memory = NULL;
	uint64_t id;

	ck_assert_int_eq(every_child_alloc(actor, 10, &s), 0);
	id = shmem_segment_id(s);
	ck_assert_int_eq(every_child_alloc(actor, 10, &f.pixels), 0);
	ck_assert_int_eq(shmem_handle_create(10, NULL, &h), 0);
	ck_assert_int_eq(shmem_handle_create(10, NULL, &r), 0);
	/* A handle that can be written is no ReadOnlyHandle. */
	ck_assert_int_eq(every_child_send_own(actor, &s, &h, &r, &f, NULL, 0,
					      &none, &s, &h, &r, &f2, &more,
					      &count, &none, &memory),
			 SHMEM_E_ACCESS);
	ck_assert(s != NULL && h != NULL && r != NULL && f.pixels != NULL);
	shmem_handle_close(&r);
	ck_assert_int_eq(shmem_handle_duplicate(h, SHMEM_READ, &r), 0);
	ck_assert_int_eq(every_child_send_own(actor, &s, &h, &r, &f, NULL, 0,
					      &none, &s, &h, &r, &f2, &more,
					      &count, &none, &memory),
			 SHMEM_E_INVAL);
	ck_assert(s == NULL && h == NULL && r == NULL && f.pixels == NULL);
	ck_assert_int_eq(shmem_channel_dispatch(channel), 0);
	ck_assert_int_eq(shmem_segment_state(channel, id), SHMEM_STATE_DEAD);
}

START_TEST(results_that_can_not_be_sent_are_freed)
{
	peers_serve(&owner_ops, NULL, &child_ops, expect_incomplete);
}
END_TEST

static void child_part_ended(part_child *actor, shmem_protocol_end end, int err)
{
	(void)actor;
	ck_assert_int_eq(end, SHMEM_PROTOCOL_DELETED);
	ck_assert_int_eq(err, 0);
	heard[0]++;
}

static void ask_and_delete(every_child *actor, shmem_protocol *protocol)
{
	static const part_child_handlers handlers = {
		.destroyed = child_part_ended,
	};
	shmem_segment *s = NULL;
	part_child *part = NULL;

	ck_assert_int_eq(every_child_alloc(actor, 64, &s), 0);
	ck_assert_int_eq(every_child_send_part_constructor(
				 actor, &handlers, NULL, "part", &s, &part),
			 0);
	ck_assert_int_eq(part_child_send_ask(part, "please", &s), 0);
	shmem_segment_free(&s);
	heard[0] = 0;
	/* The delete comes first and waits; the call ends. */
	ck_assert_int_eq(part_child_send_ask(part, "delete", &s),
			 SHMEM_E_CLOSED);
	ck_assert_ptr_null(s);
	ck_assert_int_eq(heard[0], 0);
	ck_assert_int_eq(part_child_send_ask(part, "too late", &s),
			 SHMEM_E_CLOSED);
	ck_assert_int_eq(peers_drain(protocol), 0);
	ck_assert_int_eq(heard[0], 1);
}

START_TEST(a_call_to_an_actor_that_is_deleted_ends_with_closed)
{
	peers_serve(&parent_ops, NULL, &child_ops, ask_and_delete);
}
END_TEST

static void time_out(every_child *actor, shmem_protocol *protocol)
{
	int32_t f;
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
	uint64_t start = support_now();

	shmem_protocol_set_timeout(protocol, 50);
	ck_assert_int_eq(every_child_send_numbers(actor, false, 0, 0, 0, 0, 0,
						  0, 0, 0, 0, 0, &a, &b, &c, &d,
						  &e, &f, &g, &h, &i, &j, &k),
			 SHMEM_E_TIMEDOUT);
	ck_assert_uint_ge(support_now() - start, 45);
}

START_TEST(a_call_times_out)
{
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_protocol *protocol = NULL;
	every_child *actor = NULL;

	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	ck_assert_int_eq(
		every_child_open(b, &child_ops, NULL, &protocol, &actor), 0);
	/* Nobody greets; and then somebody does, and no more. */
	time_out(actor, protocol);
	{
		shmem_protocol *other = NULL;
		every_parent *parent = NULL;

		ck_assert_int_eq(every_parent_open(a, &parent_ops, NULL, &other,
						   &parent),
				 0);
		time_out(actor, protocol);
		/* What comes too late is dropped. */
		ck_assert_int_eq(peers_drain(other), 0);
		ck_assert_int_eq(peers_drain(protocol), 0);
		shmem_protocol_close(&other);
	}
	shmem_protocol_close(&protocol);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("calls");
	TCase *t = support_case(s, "replies");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_reply_comes_at_once);
	tcase_add_test(t, a_reply_comes_later_and_in_any_order);
	tcase_add_test(t, an_answer_that_is_wrong_can_be_given_again);
	tcase_add_test(t, errors_come_back);
	tcase_add_test(
		t, calls_under_way_end_with_closed_when_the_caller_is_deleted);
	tcase_add_test(t, calls_under_way_end_with_closed_when_the_callee_goes);
	tcase_add_test(t, a_full_queue_is_again_and_nothing_is_taken);
	tcase_add_test(t, a_segment_goes_once_and_by_its_own_channel);
	tcase_add_test(t,
		       replies_wait_for_room_and_later_messages_wait_for_them);
	tcase_add_test(
		t, a_request_outlives_its_reply_as_long_as_its_handler_runs);
	tcase_add_test(t, values_that_break_their_limits_are_not_sent);
	t = support_case(s, "calls");
	tcase_add_test(t, calls_end_with_the_error_of_either_end);
	tcase_add_test(t, results_that_can_not_be_sent_are_freed);
	tcase_add_test(t, a_call_to_an_actor_that_is_deleted_ends_with_closed);
	tcase_add_test(t, a_call_times_out);
	return s;
}
SUPPORT_MAIN(suite)
