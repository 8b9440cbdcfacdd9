/* SPDX-License-Identifier: MIT */
/* Which segments get huge pages, where the system gives any. */
#include "channels.h"

#include <shmem/shmem.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)

static shmem_channel *a;
static shmem_channel *b;

/* Made warm: it has come and gone often enough. */
static void to_and_fro(shmem_segment **s)
{
	for (int i = 0; i < 5; i++) {
		support_give(a, s);
		*s = support_get(b);
		support_give(b, s);
		*s = support_get(a);
	}
}

/* How many of `count` segments are in huge pages once they are warm. */
static uint64_t huge(uint64_t bytes, unsigned count, uint64_t pool_bytes)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_segment *s[20] = {NULL};
	uint64_t result;

	opts.pool_bytes = pool_bytes;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	for (unsigned i = 0; i < count; i++) {
		s[i] = support_segment(a, bytes, 7);
		to_and_fro(&s[i]);
		support_check_segment(s[i], 7);
	}
	result = support_stats(a).huge_segments;
	for (unsigned i = 0; i < count; i++)
		support_ok(shmem_segment_free(&s[i]));
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	return result;
}

static bool has_huge_pages(void)
{
	if (huge(2 * MIB, 1, 0) == 1)
		return true;
	puts("no huge pages for shared memory here: nothing to be seen");
	return false;
}

START_TEST(a_warm_segment_gets_one)
{
	if (!has_huge_pages())
		return;
	ck_assert_uint_eq(huge(64 * KIB, 1, 0), 1);
	ck_assert_uint_eq(huge(512 * KIB, 3, 0), 3);
	ck_assert_uint_eq(huge(16 * MIB, 1, 0), 1);
}
END_TEST

START_TEST(a_small_one_does_not)
{
	ck_assert_uint_eq(huge(4 * KIB, 1, 0), 0);
	ck_assert_uint_eq(huge(32 * KIB, 1, 0), 0);
}
END_TEST

START_TEST(few_that_would_waste_it_do)
{
	if (!has_huge_pages())
		return;
	ck_assert_uint_eq(huge(64 * KIB, 20, 0), 16);
	ck_assert_uint_eq(huge(512 * KIB, 20, 0), 20);
}
END_TEST

/* Else each would be given back when it is freed, and made afresh. */
START_TEST(no_more_than_the_pool_can_keep_do)
{
	if (!has_huge_pages())
		return;
	ck_assert_uint_eq(huge(64 * KIB, 20, 2 * MIB), 0);
	ck_assert_uint_eq(huge(64 * KIB, 20, 12 * MIB), 3);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("huge");
	TCase *t = support_case(s, "huge");

	tcase_add_test(t, a_warm_segment_gets_one);
	tcase_add_test(t, a_small_one_does_not);
	tcase_add_test(t, few_that_would_waste_it_do);
	tcase_add_test(t, no_more_than_the_pool_can_keep_do);
	return s;
}

SUPPORT_MAIN(suite)
