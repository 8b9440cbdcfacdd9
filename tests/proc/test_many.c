/* SPDX-License-Identifier: MIT */
/* Many live segments cost addresses, not descriptors. */
#include "channels.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENTS 10000u
#define FEWER 2000u /* where there is no limit anyway, and views are slow */

static uint32_t segments(void)
{
	return support_lacks(SUPPORT_FEW) == NULL ? SEGMENTS : FEWER;
}

static void few_descriptors(void)
{
	if (support_lacks(SUPPORT_FEW) == NULL)
		(void)support_limit_descriptors(128);
}

/* Gives every segment back at the end, counting what was written. */
static void keep_all(shmem_channel *b, void *arg)
{
	shmem_segment **kept = calloc(SEGMENTS, sizeof(shmem_segment *));

	(void)arg;
	few_descriptors();
	for (uint32_t i = 0; i < segments(); i++) {
		uint32_t n;

		ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &kept[i]),
				 0);
		memcpy(&n, shmem_segment_data(kept[i]), sizeof(n));
		ck_assert_uint_eq(n, i);
	}
	for (uint32_t i = 0; i < segments(); i++)
		ck_assert_int_eq(shmem_segment_free(&kept[i]), 0);
	free((void *)kept);
	while (shmem_channel_wait(b, SHMEM_POLL_READ, -1) == 0 &&
	       shmem_channel_dispatch(b) == 0)
		;
	shmem_channel_close(&b);
}

START_TEST(ten_thousand_segments_fit_into_a_hundred_descriptors)
{
	shmem_segment **s = calloc(SEGMENTS, sizeof(shmem_segment *));
	shmem_stats stats = SHMEM_STATS_INIT;
	shmem_channel *a = NULL;
	size_t before;
	pid_t child = support_peer(NULL, keep_all, NULL, 0, &a);

	few_descriptors();
	before = support_descriptors();
	for (uint32_t i = 0; i < segments(); i++) {
		ck_assert_int_eq(shmem_segment_alloc(a, 4096, &s[i]), 0);
		memcpy(shmem_segment_data(s[i]), &i, sizeof(i));
	}
	for (uint32_t i = 0; i < segments(); i++) {
		int err;

		while ((err = shmem_segment_send(a, &s[i])) == SHMEM_E_AGAIN)
			ck_assert_int_eq(
				shmem_channel_wait(a, SHMEM_POLL_WRITE, 60000),
				0);
		ck_assert_int_eq(err, 0);
	}
	ck_assert_uint_le(support_descriptors(), before + 2);
	do {
		ck_assert_int_eq(shmem_channel_wait(a, SHMEM_POLL_READ, 60000),
				 0);
		ck_assert_int_eq(shmem_channel_dispatch(a), 0);
		shmem_channel_stats(a, &stats);
	} while (stats.segments > 0);
	free((void *)s);
	shmem_channel_close(&a);
	ck_assert_int_eq(support_wait(child, 60000), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("many");
	TCase *t = support_case(s, "many");

	tcase_set_timeout(t, 600);
	tcase_add_test(t, ten_thousand_segments_fit_into_a_hundred_descriptors);
	return s;
}
SUPPORT_MAIN(suite)
