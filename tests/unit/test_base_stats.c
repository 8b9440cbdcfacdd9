/* SPDX-License-Identifier: MIT */
/* src/base/stats: blocks that join, count and leave, and their sum. */
#include "base/stats.h"
#include "support.h"

#include <pthread.h>
#include <string.h>

static shmem_stats read_all(void)
{
	shmem_stats s = SHMEM_STATS_INIT;

	shmem_stats_read(&s);
	return s;
}

START_TEST(figures_start_at_zero)
{
	shmem_stats s = read_all();

	s.size = 0;
	for (size_t i = 0; i < sizeof(s); i++)
		ck_assert_uint_eq(((unsigned char *)&s)[i], 0);
}
END_TEST

START_TEST(every_field_is_a_figure_of_its_own)
{
	ck_assert_uint_eq(SHMEM__STAT(handles), 0);
	for (size_t i = 0; i < SHMEM__STAT_COUNT; i++)
		shmem__count(i, i + 1);
	for (size_t i = 0; i < SHMEM__STAT_COUNT; i++) {
		shmem_stats s = read_all();

		ck_assert_uint_eq((&s.handles)[i], i + 1);
	}
}
END_TEST

START_TEST(figures_can_go_down)
{
	SHMEM__COUNT(handles, 3);
	SHMEM__COUNT(handles, -2);
	ck_assert_uint_eq(read_all().handles, 1);
}
END_TEST

START_TEST(sum_takes_in_every_block)
{
	shmem__stats block[3];

	memset(block, 0, sizeof(block));
	SHMEM__COUNT(messages_sent, 1);
	for (size_t i = 0; i < 3; i++) {
		shmem__stats_join(&block[i]);
		SHMEM__ADD(&block[i], messages_sent, 10 * (i + 1));
	}
	ck_assert_uint_eq(read_all().messages_sent, 61);
	for (size_t i = 0; i < 3; i++)
		shmem__stats_leave(&block[i]);
}
END_TEST

/* In every order in which three blocks can leave. */
static const size_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
				   {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

START_TEST(what_a_block_counted_stays_when_it_leaves)
{
	shmem__stats block[3];

	memset(block, 0, sizeof(block));
	for (size_t i = 0; i < 3; i++) {
		shmem__stats_join(&block[i]);
		SHMEM__ADD(&block[i], bytes_sent, 1u << i);
	}
	for (size_t i = 0; i < 3; i++) {
		size_t leaver = orders[_i][i];

		shmem__stats_leave(&block[leaver]);
		memset(&block[leaver], 0xff, sizeof(block[leaver]));
		ck_assert_uint_eq(read_all().bytes_sent, 7);
	}
}
END_TEST

START_TEST(one_block_can_be_read_alone)
{
	shmem__stats block;
	shmem_stats s = SHMEM_STATS_INIT;

	memset(&block, 0, sizeof(block));
	SHMEM__COUNT(revokes, 5);
	SHMEM__ADD(&block, revokes, 2);
	shmem__stats_copy(&block, &s);
	ck_assert_uint_eq(s.revokes, 2);
}
END_TEST

START_TEST(size_says_how_much_is_filled_in)
{
	struct {
		shmem_stats stats;
		unsigned char beyond[64];
	} s;

	SHMEM__COUNT(handles, 1);
	SHMEM__COUNT(mappings, 2);

	memset(&s, 0xee, sizeof(s));
	s.stats.size = offsetof(shmem_stats, mappings);
	shmem_stats_read(&s.stats);
	ck_assert_uint_eq(s.stats.handles, 1);
	ck_assert_uint_eq(s.stats.mappings, 0xeeeeeeeeeeeeeeeeu);

	memset(&s, 0xee, sizeof(s));
	s.stats.size = 0;
	shmem_stats_read(&s.stats);
	ck_assert_uint_eq(s.stats.handles, 0xeeeeeeeeeeeeeeeeu);

	memset(&s, 0xee, sizeof(s));
	s.stats.size = sizeof(s);
	shmem_stats_read(&s.stats);
	ck_assert_uint_eq(s.stats.mappings, 2);
	for (size_t i = 0; i < sizeof(s.beyond); i++)
		ck_assert_uint_eq(s.beyond[i], 0xee);
}
END_TEST

#define ROUNDS 1000

static void *join_count_leave(void *arg)
{
	shmem__stats block;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		memset(&block, 0, sizeof(block));
		shmem__stats_join(&block);
		SHMEM__ADD(&block, pool_hits, 1);
		SHMEM__COUNT(pool_misses, 1);
		shmem__stats_leave(&block);
	}
	return NULL;
}

START_TEST(threads_lose_no_count)
{
	pthread_t thread[4];

	for (size_t i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, join_count_leave, NULL);
	for (size_t i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(read_all().pool_hits, 4 * ROUNDS);
	ck_assert_uint_eq(read_all().pool_misses, 4 * ROUNDS);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("base_stats");
	TCase *t = support_case(s, "stats");

	tcase_add_test(t, figures_start_at_zero);
	tcase_add_test(t, every_field_is_a_figure_of_its_own);
	tcase_add_test(t, figures_can_go_down);
	tcase_add_test(t, sum_takes_in_every_block);
	tcase_add_loop_test(t, what_a_block_counted_stays_when_it_leaves, 0, 6);
	tcase_add_test(t, one_block_can_be_read_alone);
	tcase_add_test(t, size_says_how_much_is_filled_in);
	tcase_add_test(t, threads_lose_no_count);
	return s;
}

SUPPORT_MAIN(suite)
