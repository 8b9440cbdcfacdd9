/* SPDX-License-Identifier: MIT */
/* Long runs of numbers, of which one does not fit where the others are put. */
#include "channels.h"
#include "runs.h"

#include <shmem/shmem.h>
#include <string.h>

#define LONGS 5

static runs_long sent[LONGS];
static size_t expected;
static int heard;

static int many(runs_child *actor, const runs_long *longs, size_t count,
		bool yes)
{
	(void)actor;
	ck_assert(yes);
	ck_assert_uint_eq(count, expected);
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(longs[i].a0, sent[i].a0);
		ck_assert_int_eq(longs[i].a15, sent[i].a15);
		ck_assert_int_eq(longs[i].a30, sent[i].a30);
		ck_assert_int_eq(longs[i].b, sent[i].b);
		ck_assert(longs[i].c == sent[i].c);
		ck_assert(longs[i].d == sent[i].d);
		ck_assert_uint_eq(longs[i].e, sent[i].e);
		ck_assert_str_eq(longs[i].s, sent[i].s);
		ck_assert(longs[i].f == sent[i].f);
		ck_assert(longs[i].g == sent[i].g);
	}
	heard++;
	return 0;
}

/* One is more than a writer has room for at first, with what is around it. */
START_TEST(long_runs_come_back)
{
	static const runs_parent_handlers parent_ops;
	static const runs_child_handlers child_ops = {.recv_many = many};
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_protocol *near = NULL;
	shmem_protocol *far = NULL;
	runs_parent *parent = NULL;
	runs_child *child = NULL;

	for (int i = 0; i < LONGS; i++)
		sent[i] = (runs_long){
			.a0 = INT64_MIN + i,
			.a15 = 15 + i,
			.a30 = INT64_MAX - i,
			.b = -7,
			.c = i % 2 == 0,
			.d = -0.5 * i,
			.e = 65535,
			.s = "text of odd length",
			.f = 1.5f,
			.g = i % 2 != 0,
		};
	support_ok(shmem_channel_pair(NULL, &a, &b));
	support_ok(runs_parent_open(a, &parent_ops, NULL, &near, &parent));
	support_ok(runs_child_open(b, &child_ops, NULL, &far, &child));
	support_ok(shmem_protocol_receive(far, -1));
	for (expected = 0; expected <= LONGS; expected++) {
		support_ok(runs_parent_send_many(parent, sent, expected, true));
		support_ok(shmem_protocol_receive(far, -1));
	}
	ck_assert_int_eq(heard, LONGS + 1);
	shmem_protocol_close(&near);
	shmem_protocol_close(&far);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("runs");
	TCase *t = support_case(s, "long");

	tcase_add_test(t, long_runs_come_back);
	return s;
}
SUPPORT_MAIN(suite)
