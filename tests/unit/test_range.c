/* SPDX-License-Identifier: MIT */
/* Addresses for segments: side by side, reserved, given back. */
#include "channels.h"

#include "base/fault.h"
#include "mapping/os.h"
#include "ownership/range.h"

#include <errno.h>

#define PAGE 4096u
#define STEP shmem__view_step()
#define GIB ((uint64_t)1 << 30)

static shmem__ranges ranges;

static void teardown(void)
{
	shmem__ranges_fini(&ranges);
	ck_assert_ptr_null(ranges.all);
}

typedef struct slot {
	uint64_t capacity;
	unsigned size_class;
	shmem__range *range;
	unsigned char *at;
} slot;

static slot take(uint64_t bytes)
{
	slot s = {0};

	s.capacity = shmem__size_class(bytes, &s.size_class);
	support_ok(shmem__ranges_take(&ranges, s.size_class, s.capacity, 1,
				      &s.range, &s.at));
	ck_assert_uint_eq((uintptr_t)s.at % shmem__size_align(s.capacity), 0);
	ck_assert(shmem__range_is_here(s.range));
	return s;
}

static void give(const slot *s)
{
	shmem__ranges_give(&ranges, s->size_class, s->range, s->at,
			   s->capacity);
}

START_TEST(slots_of_a_size_lie_side_by_side)
{
	slot s[300];

	for (int i = 0; i < 300; i++)
		s[i] = take(PAGE);
	/* 4 MiB or 256 of them; one range need not begin behind another. */
	for (int i = 1; i < 256; i++)
		if (i % 64 != 0 || s[i].range == s[i - 1].range)
			ck_assert_ptr_eq(s[i].at, s[i - 1].at + STEP);
	ck_assert_ptr_ne(s[255].range, s[256].range);
	support_load_faults(s[0].at);
	for (int i = 0; i < 300; i++)
		give(&s[i]);
	ck_assert_ptr_null(ranges.all);
}
END_TEST

START_TEST(sizes_do_not_mix)
{
	slot a = take(PAGE);
	slot b = take(2 * PAGE);
	slot c = take(PAGE);

	ck_assert_ptr_ne(a.range, b.range);
	ck_assert_ptr_eq(a.range, c.range);
	give(&a);
	give(&b);
	give(&c);
}
END_TEST

START_TEST(what_is_given_back_is_not_given_out_again)
{
	slot a = take(PAGE);
	slot b = take(PAGE);
	slot c;

	give(&a);
	c = take(PAGE);
	ck_assert_ptr_eq(c.at, b.at + STEP);
	give(&b);
	give(&c);
	ck_assert_ptr_null(ranges.all);
	a = take(PAGE); /* a range of its own again */
	give(&a);
}
END_TEST

START_TEST(large_ones_are_aligned_for_what_moves_them)
{
	static const uint64_t sizes[] = {(uint64_t)1 << 20, (uint64_t)3 << 20,
					 (uint64_t)129 << 20, 3 * GIB + 1};
	slot s[4];

	support_needs(SUPPORT_ADDRESSES);
	for (int i = 0; i < 4; i++)
		s[i] = take(sizes[i]);
	ck_assert_uint_eq((uintptr_t)s[2].at % GIB, 0);
	ck_assert_uint_eq(s[3].range->length % GIB, 0);
	for (int i = 0; i < 4; i++)
		give(&s[i]);
}
END_TEST

START_TEST(too_large_is_an_error)
{
	slot s = {0};

	s.capacity = shmem__size_class(SHMEM__SIZE_MAX, &s.size_class);
	support_is(shmem__ranges_take(&ranges, s.size_class, s.capacity * 4, 1,
				      &s.range, &s.at),
		   SHMEM_E_NOMEM);
	ck_assert_ptr_null(ranges.all);
}
END_TEST

START_TEST(what_fails_leaves_nothing)
{
	static const char *const calls[] = {"calloc", "mmap"};
	slot s = {0};

	support_needs(SUPPORT_ERRNO);
	s.capacity = shmem__size_class(PAGE, &s.size_class);
	shmem__fault_arm(1, ENOMEM, calls[_i]);
	support_is(shmem__ranges_take(&ranges, s.size_class, s.capacity, 1,
				      &s.range, &s.at),
		   SHMEM_E_NOMEM);
	ck_assert_ptr_nonnull(shmem__fault_hit());
	shmem__fault_arm(0, 0, NULL);
	ck_assert_ptr_null(ranges.all);
	ck_assert_ptr_null(s.at);
}
END_TEST

START_TEST(the_end_gives_back_what_nobody_took)
{
	slot a = take(PAGE);

	(void)take(5 * PAGE);
	/* What is in use is given back one by one; here, all the same. */
	shmem__view_unmap(a.at, PAGE);
	shmem__view_unmap(ranges.all->base, 8 * PAGE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("range");
	TCase *t = support_case(s, "range");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, slots_of_a_size_lie_side_by_side);
	tcase_add_test(t, sizes_do_not_mix);
	tcase_add_test(t, what_is_given_back_is_not_given_out_again);
	tcase_add_test(t, large_ones_are_aligned_for_what_moves_them);
	tcase_add_test(t, too_large_is_an_error);
	tcase_add_loop_test(t, what_fails_leaves_nothing, 0, 2);
	tcase_add_test(t, the_end_gives_back_what_nobody_took);
	return s;
}
SUPPORT_MAIN(suite)
