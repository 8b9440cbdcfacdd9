/* SPDX-License-Identifier: MIT */
/* Small sets of numbers. */
#include "channels.h"

#include "base/fault.h"
#include "transport/idset.h"

#include <errno.h>

static shmem__idset set;

static void teardown(void)
{
	shmem__idset_fini(&set);
}

static void add(uint64_t id)
{
	support_ok(shmem__idset_reserve(&set, 1));
	shmem__idset_add(&set, id);
}

START_TEST(what_was_added_is_in_it_until_it_is_removed)
{
	ck_assert(!shmem__idset_has(&set, 1));
	ck_assert(!shmem__idset_remove(&set, 1));
	for (uint64_t i = 1; i <= 1000; i++)
		add(i * 3);
	for (uint64_t i = 1; i <= 3000; i++)
		ck_assert_int_eq(shmem__idset_has(&set, i), i % 3 == 0);
	for (uint64_t i = 1; i <= 1000; i += 2)
		ck_assert(shmem__idset_remove(&set, i * 3));
	for (uint64_t i = 1; i <= 1000; i++) {
		ck_assert_int_eq(shmem__idset_has(&set, i * 3), i % 2 == 0);
		ck_assert_int_eq(shmem__idset_remove(&set, i * 3), i % 2 == 0);
	}
	ck_assert_uint_eq(set.count, 0);
}
END_TEST

START_TEST(one_of_two_equal_ones_is_removed)
{
	add(7);
	add(7);
	ck_assert(shmem__idset_remove(&set, 7));
	ck_assert(shmem__idset_has(&set, 7));
	ck_assert(shmem__idset_remove(&set, 7));
	ck_assert(!shmem__idset_has(&set, 7));
}
END_TEST

START_TEST(room_that_was_reserved_is_there)
{
	add(1);
	support_ok(shmem__idset_reserve(&set, 100));
	shmem__fault_arm(1, ENOMEM, "realloc");
	for (uint64_t i = 0; i < 100; i++)
		shmem__idset_add(&set, i);
	ck_assert_ptr_null(shmem__fault_hit());
	support_is(shmem__idset_reserve(&set, 100), SHMEM_E_NOMEM);
	shmem__fault_arm(0, 0, NULL);
	ck_assert_uint_eq(set.count, 101);
	ck_assert(shmem__idset_has(&set, 99));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("idset");
	TCase *t = support_case(s, "idset");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, what_was_added_is_in_it_until_it_is_removed);
	tcase_add_test(t, one_of_two_equal_ones_is_removed);
	tcase_add_test(t, room_that_was_reserved_is_there);
	return s;
}
SUPPORT_MAIN(suite)
