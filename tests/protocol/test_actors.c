/* SPDX-License-Identifier: MIT */
/* Actors that make and end other actors, from both ends at once. */
#include "peers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What has happened, as text, e.g. "P:made(a) C:gone(deleted) ". */
static char happened[1024];
static peers p;
static part_parent *parent_part;
static part_child *child_part;
static shmem_segment *kept;
static int fail_with;

static void happens(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
static void happens(const char *format, ...)
{
	size_t size = strlen(happened);
	va_list args;

	va_start(args, format);
	vsnprintf(happened + size, sizeof(happened) - size, format, args);
	va_end(args);
}

static void check_happened(const char *text)
{
	ck_assert_str_eq(happened, text);
	happened[0] = '\0';
}

static const char *end_name(shmem_protocol_end end)
{
	static const char *const names[] = {"deleted", "ancestor", "refused",
					    "closed"};

	return names[end];
}

static int part_poke_parent(part_parent *actor, int32_t n)
{
	(void)actor;
	happens("P:poke(%d) ", n);
	return 0;
}

static int part_poke_child(part_child *actor, int32_t n)
{
	(void)actor;
	happens("C:poke(%d) ", n);
	return 0;
}

static int part_delete_parent(part_parent *actor, const char *why)
{
	(void)actor;
	happens("P:delete(%s) ", why);
	return 0;
}

static int part_delete_child(part_child *actor, const char *why)
{
	(void)actor;
	happens("C:delete(%s) ", why);
	return 0;
}

static void part_gone_parent(part_parent *actor, shmem_protocol_end end,
			     int err)
{
	happens("P:gone(%s,%s,%s) ", (const char *)part_parent_arg(actor),
		end_name(end), shmem_errname(err));
	ck_assert_int_eq(part_parent_send_poke(actor, 1), SHMEM_E_CLOSED);
	if (actor == parent_part)
		parent_part = NULL;
}

static void part_gone_child(part_child *actor, shmem_protocol_end end, int err)
{
	happens("C:gone(%s,%s,%s) ", (const char *)part_child_arg(actor),
		end_name(end), shmem_errname(err));
	if (actor == child_part)
		child_part = NULL;
}

static int sub_part_parent(part_parent *actor, part_parent *part,
			   const char *name);
static const part_parent_handlers part_parent_ops = {
	.recv_poke = part_poke_parent,
	.recv_part_constructor = sub_part_parent,
	.recv_delete = part_delete_parent,
	.destroyed = part_gone_parent,
};
static const part_child_handlers part_child_ops = {
	.recv_poke = part_poke_child,
	.recv_delete = part_delete_child,
	.destroyed = part_gone_child,
};

static int sub_part_parent(part_parent *actor, part_parent *part,
			   const char *name)
{
	ck_assert_ptr_eq(part_parent_manager_part(part), actor);
	ck_assert_ptr_null(part_parent_manager_every(part));
	happens("P:sub(%s) ", name);
	part_parent_bind(part, &part_parent_ops, "sub");
	return 0;
}

static int make_part(every_parent *actor, part_parent *part, const char *name,
		     shmem_segment **take_s)
{
	ck_assert_ptr_eq(part_parent_manager_every(part), actor);
	happens("P:made(%s) ", name);
	if (fail_with != 0)
		return fail_with;
	part_parent_bind(part, &part_parent_ops, "part");
	parent_part = part;
	shmem_segment_move(&kept, take_s);
	return 0;
}

static int plain(every_parent *actor)
{
	(void)actor;
	happens("P:plain ");
	return fail_with;
}

static int delete_top(every_parent *actor)
{
	(void)actor;
	happens("P:delete ");
	return 0;
}

static int note_parent(every_parent *actor, const char *text)
{
	(void)actor;
	happens("P:note(%s) ", text);
	if (strcmp(text, "delete the part") == 0 && parent_part != NULL)
		ck_assert_int_eq(
			part_parent_send_delete(&parent_part, "crossing"), 0);
	if (strcmp(text, "close") == 0)
		shmem_protocol_close(&p.parent_protocol);
	return 0;
}

static int note_child(every_child *actor, const char *text)
{
	(void)actor;
	happens("C:note(%s) ", text);
	return 0;
}

static void top_gone_parent(every_parent *actor, shmem_protocol_end end,
			    int err)
{
	(void)actor;
	happens("P:top(%s,%s) ", end_name(end), shmem_errname(err));
}

static void top_gone_child(every_child *actor, shmem_protocol_end end, int err)
{
	(void)actor;
	happens("C:top(%s,%s) ", end_name(end), shmem_errname(err));
}

static const every_parent_handlers parent_ops = {
	.recv_plain = plain,
	.recv_part_constructor = make_part,
	.recv_note = note_parent,
	.recv_delete = delete_top,
	.destroyed = top_gone_parent,
};
static const every_child_handlers child_ops = {
	.recv_note = note_child,
	.destroyed = top_gone_child,
};

static void setup(void)
{
	happened[0] = '\0';
	fail_with = 0;
	peers_open(&p, &parent_ops, &child_ops, NULL);
}

static void teardown(void)
{
	peers_close(&p);
	shmem_segment_free(&kept);
}

/* A part, with a segment that its parent end keeps. */
static void make(void)
{
	shmem_segment *s = NULL;

	ck_assert_int_eq(every_child_alloc(p.child, 4096, &s), 0);
	ck_assert_int_eq(every_child_send_part_constructor(
				 p.child, &part_child_ops, "part", "name", &s,
				 &child_part),
			 0);
	ck_assert_ptr_null(s);
	peers_settle(&p);
	check_happened("P:made(name) ");
	ck_assert_ptr_nonnull(shmem_segment_data(kept));
}

START_TEST(a_constructor_makes_an_actor_at_both_ends)
{
	make();
	ck_assert_ptr_eq(every_child_next_part(p.child, NULL), child_part);
	ck_assert_ptr_eq(every_parent_next_part(p.parent, NULL), parent_part);
	ck_assert_ptr_null(every_parent_next_part(p.parent, parent_part));
	ck_assert_int_eq(part_child_send_poke(child_part, 5), 0);
	ck_assert_int_eq(part_parent_send_poke(parent_part, 6), 0);
	peers_settle(&p);
	check_happened("P:poke(5) C:poke(6) ");
}
END_TEST

START_TEST(deleting_ends_it_at_both_ends_and_frees_its_segments)
{
	shmem_segment *own = NULL;
	uint64_t id;

	make();
	ck_assert_int_eq(part_child_alloc(child_part, 100, &own), 0);
	id = shmem_segment_id(own);
	ck_assert_uint_eq(peers_owned(p.child_channel), 1);
	ck_assert_uint_eq(peers_owned(p.parent_channel), 1);
	ck_assert_int_eq(part_child_send_delete(&child_part, "bye"), 0);
	ck_assert_ptr_null(child_part);
	check_happened("C:gone(part,deleted,SHMEM_OK) ");
	ck_assert_uint_eq(peers_owned(p.child_channel), 0);
	ck_assert_int_eq(shmem_segment_state(p.child_channel, id),
			 SHMEM_STATE_DEAD);
	ck_assert_ptr_null(shmem_segment_data(own));
	shmem_segment_free(&own);
	peers_settle(&p);
	check_happened("P:delete(bye) P:gone(part,deleted,SHMEM_OK) ");
	ck_assert_uint_eq(peers_owned(p.parent_channel), 0);
	ck_assert_ptr_null(shmem_segment_data(kept));
	ck_assert_ptr_null(every_parent_next_part(p.parent, NULL));
}
END_TEST

START_TEST(deletes_that_cross_are_no_error)
{
	make();
	ck_assert_int_eq(part_child_send_delete(&child_part, "mine"), 0);
	ck_assert_int_eq(part_parent_send_delete(&parent_part, "yours"), 0);
	check_happened("C:gone(part,deleted,SHMEM_OK) "
		       "P:gone(part,deleted,SHMEM_OK) ");
	peers_settle(&p);
	check_happened("");
	make();
}
END_TEST

START_TEST(what_crosses_a_delete_is_dropped_with_its_segments)
{
	shmem_segment *s = NULL;
	part_child *below = NULL;

	make();
	/* The parent deletes the part, while the child sends to it, makes a
	 * part of that one, sends to that, too, and a segment to the first. */
	ck_assert_int_eq(part_parent_send_delete(&parent_part, "gone"), 0);
	ck_assert_int_eq(part_child_send_poke(child_part, 1), 0);
	ck_assert_int_eq(
		part_child_send_part_constructor(child_part, &part_child_ops,
						 "below", "below", &below),
		0);
	ck_assert_int_eq(part_child_send_poke(below, 2), 0);
	check_happened("P:gone(part,deleted,SHMEM_OK) ");
	peers_settle(&p);
	check_happened("C:delete(gone) C:gone(below,ancestor,SHMEM_OK) "
		       "C:gone(part,deleted,SHMEM_OK) ");
	/* Numbers go on from there. */
	ck_assert_int_eq(every_child_alloc(p.child, 10, &s), 0);
	ck_assert_int_eq(every_child_send_part_constructor(
				 p.child, &part_child_ops, "part", "next", &s,
				 &child_part),
			 0);
	peers_settle(&p);
	check_happened("P:made(next) ");
}
END_TEST

START_TEST(a_segment_on_its_way_to_a_dead_actor_is_freed)
{
	shmem_segment *s = NULL;
	uint64_t id;

	ck_assert_int_eq(every_child_alloc(p.child, 10, &s), 0);
	id = shmem_segment_id(s);
	ck_assert_int_eq(every_child_send_part_constructor(
				 p.child, &part_child_ops, "part", "name", &s,
				 &child_part),
			 0);
	/* The child's top-level actor goes before the parent has read that. */
	ck_assert_int_eq(every_child_send_delete(&p.child), 0);
	fail_with = SHMEM_E_BUSY; /* and the constructor fails on top */
	peers_settle(&p);
	check_happened("C:gone(part,ancestor,SHMEM_OK) C:top(deleted,SHMEM_OK) "
		       "P:made(name) P:delete P:top(deleted,SHMEM_OK) ");
	ck_assert_int_eq(shmem_segment_state(p.parent_channel, id),
			 SHMEM_STATE_DEAD);
	ck_assert_int_eq(shmem_segment_state(p.child_channel, id),
			 SHMEM_STATE_DEAD);
	ck_assert_int_eq(shmem_protocol_status(p.parent_protocol), 0);
	ck_assert_int_eq(shmem_protocol_run(p.parent_protocol), 0);
}
END_TEST

START_TEST(a_constructor_that_fails_is_refused)
{
	shmem_segment *s = NULL;

	fail_with = SHMEM_E_NOSPACE;
	ck_assert_int_eq(every_child_alloc(p.child, 10, &s), 0);
	ck_assert_int_eq(every_child_send_part_constructor(
				 p.child, &part_child_ops, "part", "name", &s,
				 &child_part),
			 0);
	ck_assert_int_eq(part_child_send_poke(child_part, 1), 0);
	peers_settle(&p);
	check_happened("P:made(name) C:gone(part,refused,SHMEM_E_NOSPACE) ");
	ck_assert_uint_eq(peers_owned(p.parent_channel), 0);
}
END_TEST

START_TEST(an_actor_without_handlers_is_refused)
{
	part_child *below = NULL;

	make();
	ck_assert_int_eq(part_parent_send_part_constructor(
				 parent_part, NULL, "none", "none", NULL),
			 SHMEM_E_INVAL);
	/* The child has no handler for it. */
	ck_assert_int_eq(
		part_parent_send_part_constructor(parent_part, &part_parent_ops,
						  "up", "up", &parent_part),
		0);
	peers_settle(&p);
	check_happened("P:gone(up,refused,SHMEM_E_UNSUPPORTED) ");
	(void)below;
}
END_TEST

START_TEST(a_subtree_ends_with_its_root)
{
	part_child *below = NULL;
	part_child *lowest = NULL;
	shmem_segment *s = NULL;

	make();
	ck_assert_int_eq(
		part_child_send_part_constructor(child_part, &part_child_ops,
						 "below", "below", &below),
		0);
	ck_assert_int_eq(
		part_child_send_part_constructor(below, &part_child_ops,
						 "lowest", "lowest", &lowest),
		0);
	ck_assert_int_eq(part_child_alloc(lowest, 10, &s), 0);
	peers_settle(&p);
	check_happened("P:sub(below) P:sub(lowest) ");
	ck_assert_int_eq(part_parent_send_delete(&parent_part, "all"), 0);
	check_happened("P:gone(sub,ancestor,SHMEM_OK) "
		       "P:gone(sub,ancestor,SHMEM_OK) "
		       "P:gone(part,deleted,SHMEM_OK) ");
	peers_settle(&p);
	check_happened("C:delete(all) C:gone(lowest,ancestor,SHMEM_OK) "
		       "C:gone(below,ancestor,SHMEM_OK) "
		       "C:gone(part,deleted,SHMEM_OK) ");
	ck_assert_ptr_null(shmem_segment_data(s));
	shmem_segment_free(&s);
	ck_assert_uint_eq(peers_owned(p.child_channel), 0);
	ck_assert_uint_eq(peers_owned(p.parent_channel), 0);
}
END_TEST

START_TEST(a_chain_of_managers_has_a_limit)
{
	part_child *at;
	int made = 0;
	int err;

	make();
	at = child_part;
	do {
		part_child *next = NULL;

		err = part_child_send_part_constructor(at, &part_child_ops, "x",
						       "x", &next);
		if (err == 0)
			at = next;
		made += err == 0;
	} while (err == 0);
	ck_assert_int_eq(err, SHMEM_E_LIMIT);
	ck_assert_int_eq(made, 62);
	peers_settle(&p);
	happened[0] = '\0';
}
END_TEST

START_TEST(a_handler_may_delete_the_actor_that_a_message_came_for)
{
	make();
	ck_assert_int_eq(every_child_send_note(p.child, "delete the part"), 0);
	ck_assert_int_eq(part_child_send_poke(child_part, 3), 0);
	peers_settle(&p);
	check_happened("P:note(delete the part) "
		       "P:gone(part,deleted,SHMEM_OK) C:delete(crossing) "
		       "C:gone(part,deleted,SHMEM_OK) ");
}
END_TEST

START_TEST(a_handler_may_close_the_conversation)
{
	make();
	ck_assert_int_eq(every_child_send_note(p.child, "close"), 0);
	ck_assert_int_eq(every_child_send_note(p.child, "unheard"), 0);
	ck_assert_int_eq(shmem_protocol_run(p.parent_protocol), 0);
	ck_assert_ptr_null(p.parent_protocol);
	check_happened("P:note(close) P:gone(part,closed,SHMEM_OK) "
		       "P:top(closed,SHMEM_OK) ");
}
END_TEST

START_TEST(the_end_of_the_channel_ends_every_actor)
{
	make();
	shmem_protocol_close(&p.parent_protocol);
	shmem_channel_close(&p.parent_channel);
	check_happened("P:gone(part,closed,SHMEM_OK) "
		       "P:top(closed,SHMEM_OK) ");
	ck_assert_int_eq(shmem_protocol_run(p.child_protocol), SHMEM_E_CLOSED);
	check_happened("C:gone(part,closed,SHMEM_E_CLOSED) "
		       "C:top(closed,SHMEM_E_CLOSED) ");
	ck_assert_int_eq(shmem_protocol_status(p.child_protocol),
			 SHMEM_E_CLOSED);
	ck_assert_str_eq(shmem_protocol_error(p.child_protocol),
			 "Every: the channel has ended: the peer is gone or "
			 "the channel is closed");
	ck_assert_int_eq(shmem_protocol_receive(p.child_protocol, 0),
			 SHMEM_E_CLOSED);
}
END_TEST

START_TEST(an_error_of_a_plain_handler_goes_to_who_dispatched)
{
	fail_with = SHMEM_E_NOENT;
	ck_assert_int_eq(every_child_send_plain(p.child), 0);
	ck_assert_int_eq(every_child_send_note(p.child, "next"), 0);
	ck_assert_int_eq(shmem_protocol_run(p.parent_protocol), SHMEM_E_NOENT);
	ck_assert_int_eq(shmem_protocol_status(p.parent_protocol), 0);
	check_happened("P:plain ");
	peers_settle(&p);
	check_happened("P:note(next) ");
	fail_with = 12345; /* no error of ours */
	ck_assert_int_eq(every_child_send_plain(p.child), 0);
	ck_assert_int_eq(peers_drain(p.parent_protocol), SHMEM_E_INVAL);
	happened[0] = '\0';
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("actors");
	TCase *t = support_case(s, "managed");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_constructor_makes_an_actor_at_both_ends);
	tcase_add_test(t, deleting_ends_it_at_both_ends_and_frees_its_segments);
	tcase_add_test(t, deletes_that_cross_are_no_error);
	tcase_add_test(t, what_crosses_a_delete_is_dropped_with_its_segments);
	tcase_add_test(t, a_segment_on_its_way_to_a_dead_actor_is_freed);
	tcase_add_test(t, a_constructor_that_fails_is_refused);
	tcase_add_test(t, an_actor_without_handlers_is_refused);
	tcase_add_test(t, a_subtree_ends_with_its_root);
	tcase_add_test(t, a_chain_of_managers_has_a_limit);
	tcase_add_test(t,
		       a_handler_may_delete_the_actor_that_a_message_came_for);
	tcase_add_test(t, a_handler_may_close_the_conversation);
	tcase_add_test(t, the_end_of_the_channel_ends_every_actor);
	tcase_add_test(t, an_error_of_a_plain_handler_goes_to_who_dispatched);
	return s;
}
SUPPORT_MAIN(suite)
