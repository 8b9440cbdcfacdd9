/* SPDX-License-Identifier: MIT */
/* Sizes of memory: a few, never too small, never much too large. */
#include "support.h"

#include "base/os.h"
#include "mapping/os.h"
#include "ownership/size_class.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static uint64_t capacity_of(uint64_t bytes)
{
	unsigned size_class = UINT32_MAX;
	uint64_t capacity = shmem__size_class(bytes, &size_class);

	ck_assert_uint_lt(size_class, SHMEM__CLASS_COUNT);
	return capacity;
}

/* Around every power of two and every quarter between. */
static void each_edge(void (*check)(uint64_t bytes))
{
	for (unsigned log = 0; log <= 46; log++)
		for (uint64_t quarter = 0; quarter < 4; quarter++) {
			uint64_t edge =
				((uint64_t)1 << log) + (quarter << log >> 2);

			if (edge > SHMEM__SIZE_MAX)
				return;
			check(edge - 1);
			check(edge);
			if (edge < SHMEM__SIZE_MAX)
				check(edge + 1);
		}
}

static void check_size(uint64_t bytes)
{
	uint64_t page = shmem__page_size();
	uint64_t capacity = capacity_of(bytes);

	ck_assert_uint_ge(capacity, bytes);
	ck_assert_uint_ge(capacity, page);
	ck_assert_uint_eq(capacity % page, 0);
	if (bytes > 32 * KIB)
		ck_assert_uint_eq(capacity % shmem__view_unit(), 0);
	/* Wasted: less than half, or a unit, or a quarter. */
	if (bytes > page && bytes <= 32 * KIB)
		ck_assert_uint_lt(capacity, 2 * bytes);
	if (bytes >= 8 * MIB)
		ck_assert_uint_le(capacity, bytes + bytes / 4);
	if (bytes > 32 * KIB)
		ck_assert_uint_lt(capacity,
				  bytes + bytes / 4 + shmem__view_unit());
	/* A capacity is its own. */
	ck_assert_uint_eq(capacity_of(capacity), capacity);
	if (capacity > SIZE_MAX / 2) /* no addresses for it */
		return;
	ck_assert_uint_ge(shmem__size_span(capacity), capacity);
	ck_assert_uint_eq(
		shmem__size_span(capacity) % shmem__size_align(capacity), 0);
}

START_TEST(every_size_fits_and_wastes_little)
{
	each_edge(check_size);
}
END_TEST

static uint64_t last_capacity;
static unsigned last_class;

static void check_order(uint64_t bytes)
{
	unsigned size_class = 0;
	uint64_t capacity = shmem__size_class(bytes, &size_class);

	if (last_capacity != 0) {
		ck_assert_uint_ge(capacity, last_capacity);
		ck_assert_int_eq(capacity == last_capacity,
				 size_class == last_class);
		ck_assert_uint_ge(size_class, last_class);
	}
	last_capacity = capacity;
	last_class = size_class;
}

START_TEST(classes_are_one_to_one_with_capacities)
{
	for (uint64_t bytes = 0; bytes < 64 * MIB; bytes += 4093)
		check_order(bytes);
	for (uint64_t bytes = 64 * MIB; bytes < 1024 * GIB; bytes += 777 * MIB)
		check_order(bytes);
}
END_TEST

START_TEST(there_is_a_largest_size)
{
	unsigned size_class = 5;

	ck_assert_uint_eq(shmem__size_class(SHMEM__SIZE_MAX, &size_class),
			  SHMEM__SIZE_MAX);
	ck_assert_uint_eq(shmem__size_class(SHMEM__SIZE_MAX + 1, &size_class),
			  0);
	ck_assert_uint_eq(shmem__size_class(UINT64_MAX, &size_class), 0);
}
END_TEST

START_TEST(sizes_are_as_written)
{
	/* docs/wire-format.md lists them; for pages of 4 KiB, and units of 2
	 * MiB and of 64 KiB. */
	static const uint64_t rows[][3] = {
		{0, 4 * KIB, 4 * KIB},
		{1, 4 * KIB, 4 * KIB},
		{4 * KIB, 4 * KIB, 4 * KIB},
		{4 * KIB + 1, 8 * KIB, 8 * KIB},
		{32 * KIB, 32 * KIB, 32 * KIB},
		{32 * KIB + 1, 2 * MIB, 64 * KIB},
		{64 * KIB, 2 * MIB, 64 * KIB},
		{64 * KIB + 1, 2 * MIB, 128 * KIB},
		{200 * KIB, 2 * MIB, 256 * KIB},
		{300 * KIB, 2 * MIB, 320 * KIB},
		{MIB, 2 * MIB, MIB},
		{MIB + 1, 2 * MIB, 1280 * KIB},
		{2 * MIB, 2 * MIB, 2 * MIB},
		{2 * MIB + 1, 4 * MIB, 2560 * KIB},
		{9 * MIB, 10 * MIB, 10 * MIB},
		{33 * MIB, 40 * MIB, 40 * MIB},
		{GIB + 1, GIB + 256 * MIB, GIB + 256 * MIB},
	};
	size_t unit = shmem__view_unit();

	if (shmem__page_size() != 4096)
		return;
	ck_assert(unit == 2 * MIB || unit == 64 * KIB);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_uint_eq(capacity_of(rows[i][0]),
				  rows[i][unit == 2 * MIB ? 1 : 2]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("size class");
	TCase *t = support_case(s, "size class");

	tcase_add_test(t, every_size_fits_and_wastes_little);
	tcase_add_test(t, classes_are_one_to_one_with_capacities);
	tcase_add_test(t, there_is_a_largest_size);
	tcase_add_test(t, sizes_are_as_written);
	return s;
}
SUPPORT_MAIN(suite)
