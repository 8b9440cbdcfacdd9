/* SPDX-License-Identifier: MIT */
/*
 * Actors under limits that are raised step by step: each of their operations
 * fails with the one error that the limit is documented to be, and goes on when
 * the limit is lifted.
 */
#include "faults.h"
#include "peers.h"

#include <string.h>

#define BYTES 300000

static peers p;
static shmem_segment *s;
static shmem_segment *came;
static part_child *part;
static int ended;

static int recv_part(every_parent *actor, part_parent *made, const char *name,
		     shmem_segment **take_s)
{
	static const part_parent_handlers none = {.destroyed = NULL};

	(void)actor;
	(void)name;
	part_parent_bind(made, &none, NULL);
	shmem_segment_move(&came, take_s);
	return 0;
}

static const every_parent_handlers parent_ops = {
	.recv_part_constructor = recv_part,
};
static const every_child_handlers child_ops = {.recv_push = NULL};

static void part_ended(part_child *actor, shmem_protocol_end end, int err)
{
	(void)actor;
	(void)end;
	(void)err;
	part = NULL;
	ended++;
}
static const part_child_handlers part_ops = {.destroyed = part_ended};

static void clear(void)
{
	peers_close(&p);
	shmem_segment_free(&s);
	shmem_segment_free(&came);
	part = NULL;
}

static void with_channels(void)
{
	memset(&p, 0, sizeof(p));
	ck_assert_int_eq(
		shmem_channel_pair(NULL, &p.parent_channel, &p.child_channel),
		0);
}

static int open_child(void)
{
	return every_child_open(p.child_channel, &child_ops, NULL,
				&p.child_protocol, &p.child);
}

static bool not_opened(int err)
{
	(void)err;
	ck_assert_ptr_null(p.child);
	ck_assert_ptr_null(p.child_protocol);
	return true;
}

static void opened(void)
{
	ck_assert_int_eq(every_parent_open(p.parent_channel, &parent_ops, NULL,
					   &p.parent_protocol, &p.parent),
			 0);
	peers_settle(&p);
}

static void with_peers(void)
{
	memset(&p, 0, sizeof(p));
	peers_open(&p, &parent_ops, &child_ops, NULL);
	peers_settle(&p);
}

static int alloc(void)
{
	return every_child_alloc(p.child, BYTES, &s);
}

static bool goes_on(int err)
{
	(void)err;
	ck_assert_int_eq(shmem_protocol_status(p.child_protocol), 0);
	ck_assert_int_eq(shmem_protocol_status(p.parent_protocol), 0);
	return true;
}

static int construct(void)
{
	return every_child_send_part_constructor(p.child, &part_ops, NULL,
						 "name", &s, &part);
}

static void constructed(void)
{
	const unsigned char *data;

	ck_assert_ptr_nonnull(part);
	ck_assert_ptr_null(s);
	peers_settle(&p);
	ck_assert_ptr_nonnull(came);
	ck_assert_uint_eq(shmem_segment_size(came), BYTES);
	data = shmem_segment_data(came);
	ck_assert_int_eq(data[BYTES - 1], 7);
	ck_assert_int_eq(part_child_send_delete(&part, "why"), 0);
	peers_settle(&p);
}

static void with_segment(void)
{
	with_peers();
	ck_assert_int_eq(alloc(), 0);
	memset(shmem_segment_data(s), 7, BYTES);
}

static void allocated(void)
{
	memset(shmem_segment_data(s), 7, BYTES);
	ck_assert_int_eq(construct(), 0);
	constructed();
}

static bool not_constructed(int err)
{
	ck_assert_ptr_null(part);
	ck_assert_ptr_nonnull(s);
	return goes_on(err);
}

static void with_constructor_sent(void)
{
	with_segment();
	ck_assert_int_eq(construct(), 0);
}

static int dispatch(void)
{
	int err;

	do
		err = shmem_protocol_receive(p.parent_protocol, 0);
	while (err == 0);
	return err == SHMEM_E_AGAIN ? 0 : err;
}

static const faults_op ops[] = {
	{"open an actor", with_channels, open_child, not_opened, opened, clear},
	{"allocate for an actor", with_peers, alloc, goes_on, allocated, clear},
	{"construct an actor", with_segment, construct, not_constructed,
	 constructed, clear},
	{"dispatch a constructor", with_constructor_sent, dispatch, goes_on,
	 constructed, clear},
};
#define OPS (int)(sizeof(ops) / sizeof(ops[0]))

START_TEST(actors_go_on_when_a_limit_is_lifted)
{
	for (int i = 0; i < LADDER_LIMITS; i++)
		ladder_run(&ops[_i], (ladder_limit)i);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("protocol_ladder");
	TCase *t = support_case(suite, "limits");

	tcase_add_loop_test(t, actors_go_on_when_a_limit_is_lifted, 0, OPS);
	return suite;
}
SUPPORT_MAIN(suite)
