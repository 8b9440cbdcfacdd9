/* SPDX-License-Identifier: MIT */
/* Memory that lies in the pool unused goes back to the system. */
#include "support.h"

#include <shmem/shmem.h>

static uint64_t pool_bytes(const shmem_channel *channel)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	shmem_channel_stats(channel, &stats);
	return stats.pool_bytes;
}

START_TEST(an_idle_pool_empties_at_both_ends)
{
	size_t before;
	shmem_channel *a;
	shmem_channel *b;
	shmem_segment *s[64] = {NULL};
	shmem_message *m;
	shmem_stats stats = SHMEM_STATS_INIT;

	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	shmem_channel_stats(b, &stats);
	before = stats.mapped_bytes;
	for (int i = 0; i < 64; i++) {
		ck_assert_int_eq(shmem_segment_alloc(a, 1 << 20, &s[i]), 0);
		ck_assert_int_eq(shmem_segment_send(a, &s[i]), 0);
		ck_assert_int_eq(shmem_segment_recv(b, 1000, &s[i]), 0);
	}
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(shmem_segment_free(&s[i]), 0);
	ck_assert_int_eq(shmem_channel_recv(a, 0, &m), SHMEM_E_AGAIN);
	ck_assert_uint_eq(pool_bytes(a), 64u * (2 << 20));
	/* A blocking wait does it, too: it takes as many seconds as halvings.
	 */
	ck_assert_int_eq(shmem_channel_recv(a, 3500, &m), SHMEM_E_TIMEDOUT);
	ck_assert_uint_le(pool_bytes(a), 16u * (2 << 20));
	ck_assert_int_eq(shmem_channel_recv(b, 0, &m), SHMEM_E_AGAIN);
	shmem_channel_stats(b, &stats);
	ck_assert_uint_le(stats.mapped_bytes - before, 16u * (2 << 20));
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

/* Half of what one segment holds is no segment: it goes as a whole, and nothing
 * is left to wake up for. */
START_TEST(a_last_large_segment_goes_too)
{
	shmem_channel *a;
	shmem_channel *b;
	shmem_segment *s = NULL;
	shmem_message *m;

	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	ck_assert_int_eq(shmem_segment_alloc(a, 8 << 20, &s), 0);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
	ck_assert_uint_eq(pool_bytes(a), 8 << 20);
	ck_assert_int_eq(shmem_channel_recv(a, 2500, &m), SHMEM_E_TIMEDOUT);
	ck_assert_uint_eq(pool_bytes(a), 0);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

START_TEST(memory_in_steady_use_stays)
{
	uint64_t end = support_now() + 2500;
	shmem_channel *a;
	shmem_channel *b;
	shmem_segment *s = NULL;
	shmem_message *m;
	shmem_stats stats = SHMEM_STATS_INIT;

	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	while (support_now() < end) {
		ck_assert_int_eq(shmem_segment_alloc(a, 1 << 20, &s), 0);
		ck_assert_int_eq(shmem_segment_send(a, &s), 0);
		ck_assert_int_eq(shmem_segment_recv(b, 1000, &s), 0);
		ck_assert_int_eq(shmem_segment_free(&s), 0);
		ck_assert_int_eq(shmem_channel_recv(a, 10, &m),
				 SHMEM_E_TIMEDOUT);
	}
	shmem_channel_stats(a, &stats);
	ck_assert_uint_le(stats.pool_misses, 3);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

static uint64_t addresses(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long long pages = 0;

	if (f == NULL)
		return 0; /* only Linux tells */
	ck_assert_int_eq(fscanf(f, "%llu", &pages), 1);
	fclose(f);
	return pages * 4096;
}

#define MANY 4096u
#define GIGA_FROM ((uint64_t)128 << 20)
#define SLACK ((uint64_t)64 << 20)

/* Page tables that move take whole GiB, and as many to move them to. */
START_TEST(addresses_are_bounded_by_the_bytes)
{
	static const uint64_t sizes[] = {4096, 1 << 20, 100 << 20, 128 << 20,
					 200 << 20};
	static shmem_segment *s[MANY];
	uint64_t total = (uint64_t)1 << 30;
	uint64_t size = sizes[_i];
	unsigned count = (unsigned)(total / size);
	uint64_t before = addresses();
	shmem_channel *a;
	shmem_channel *b;
	shmem_stats stats = SHMEM_STATS_INIT;

	/* Sanitizers have addresses of their own, 32 bits have not enough. */
	if (support_is_slow() || sizeof(void *) == 4 || before == 0)
		return;
	if (count > MANY)
		count = MANY;
	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	for (unsigned i = 0; i < count; i++) {
		ck_assert_int_eq(shmem_segment_alloc(a, size, &s[i]), 0);
		*(char *)shmem_segment_data(s[i]) = 1;
		ck_assert_int_eq(shmem_segment_send(a, &s[i]), 0);
		ck_assert_int_eq(shmem_segment_recv(b, 1000, &s[i]), 0);
		ck_assert_int_eq(shmem_segment_send(b, &s[i]), 0);
		ck_assert_int_eq(shmem_segment_recv(a, 1000, &s[i]), 0);
	}
	shmem_channel_stats(a, &stats);
	/* Both ends are in this process. */
	ck_assert_uint_le(addresses() - before,
			  2 * stats.mapped_bytes * (size < GIGA_FROM ? 2 : 16) +
				  SLACK);
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(shmem_segment_free(&s[i]), 0);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	ck_assert_uint_le(addresses(), before + SLACK);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("trim");
	TCase *t = support_case(s, "trim");

	tcase_set_timeout(t, 30);
	tcase_add_test(t, an_idle_pool_empties_at_both_ends);
	tcase_add_test(t, a_last_large_segment_goes_too);
	tcase_add_test(t, memory_in_steady_use_stays);
	tcase_add_loop_test(t, addresses_are_bounded_by_the_bytes, 0, 5);
	return s;
}
SUPPORT_MAIN(suite)
