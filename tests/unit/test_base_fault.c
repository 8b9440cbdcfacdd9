/* SPDX-License-Identifier: MIT */
/* src/base/fault: the k-th call fails, and only that one. */
#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "support.h"

#include <string.h>

#define A_CODE 5

static int made; /* calls of the two */

static int first(int n)
{
	made++;
	return n;
}

static int second(int n)
{
	made++;
	return n;
}

static int call_first(void)
{
	return SHMEM__OS(-1, first, (7));
}

START_TEST(nothing_fails_unarmed)
{
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(call_first(), 7);
	ck_assert_ptr_null(shmem__fault_hit());
}
END_TEST

START_TEST(kth_call_alone_fails)
{
	shmem__fault_arm(3, A_CODE, NULL);
	for (int i = 1; i <= 6; i++) {
		int got;
		int last;

		shmem__os_last_set(0);
		got = call_first();
		last = shmem__os_last();
		ck_assert_int_eq(got, i == 3 ? -1 : 7);
		ck_assert_int_eq(last, i == 3 ? A_CODE : 0);
	}
	ck_assert_str_eq(shmem__fault_hit(), "first");
}
END_TEST

START_TEST(failing_call_is_not_made)
{
	shmem__fault_arm(1, A_CODE, NULL);
	ck_assert_int_eq(call_first(), -1);
	ck_assert_int_eq(made, 0);
	ck_assert_int_eq(call_first(), 7);
	ck_assert_int_eq(made, 1);
}
END_TEST

START_TEST(arming_tells_how_many_calls_were_made)
{
	shmem__fault_arm(0, 0, NULL);
	for (int i = 0; i < 5; i++)
		call_first();
	ck_assert_uint_eq(shmem__fault_arm(0, 0, NULL), 5);
	ck_assert_uint_eq(shmem__fault_arm(0, 0, NULL), 0);
}
END_TEST

START_TEST(only_one_function_is_counted)
{
	shmem__fault_arm(2, A_CODE, "second");
	ck_assert_int_eq(call_first(), 7);
	ck_assert_int_eq(SHMEM__OS(-1, second, (8)), 8);
	ck_assert_int_eq(call_first(), 7);
	ck_assert_int_eq(SHMEM__OS(-1, second, (8)), -1);
	ck_assert_str_eq(shmem__fault_hit(), "second");
	ck_assert_uint_eq(shmem__fault_arm(0, 0, NULL), 2);
	ck_assert_ptr_null(shmem__fault_hit());
}
END_TEST

START_TEST(allocator_zeroes_grows_and_fails_on_demand)
{
	unsigned char *p = shmem__calloc(4, 8);
	unsigned char *grown;

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < 32; i++)
		ck_assert_uint_eq(p[i], 0);
	memset(p, 7, 32);
	grown = shmem__realloc(p, 64);
	ck_assert_ptr_nonnull(grown);
	ck_assert_uint_eq(grown[31], 7);

	shmem__fault_arm(1, A_CODE, "realloc");
	ck_assert_ptr_null(shmem__realloc(grown, 128));
	ck_assert_uint_eq(grown[31], 7);
	shmem__fault_arm(1, A_CODE, "calloc");
	ck_assert_ptr_null(shmem__calloc(1, 1));
	shmem__fault_arm(0, 0, NULL);
	shmem__free(grown);
	shmem__free(NULL);
}
END_TEST

START_TEST(allocation_that_overflows_fails)
{
	volatile size_t half = SIZE_MAX / 2;

	ck_assert_ptr_null(shmem__calloc(half, 4));
}
END_TEST

START_TEST(no_chance_is_a_system_error)
{
	unsigned char bytes[8];

	shmem__fault_arm(1, A_CODE, NULL);
	ck_assert_int_eq(shmem__random(bytes, sizeof(bytes)), SHMEM_E_SYS);
	ck_assert_int_eq(shmem_os_error(), A_CODE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("base_fault");
	TCase *t = support_case(s, "fault");

	tcase_add_test(t, nothing_fails_unarmed);
	tcase_add_test(t, kth_call_alone_fails);
	tcase_add_test(t, failing_call_is_not_made);
	tcase_add_test(t, arming_tells_how_many_calls_were_made);
	tcase_add_test(t, only_one_function_is_counted);
	tcase_add_test(t, no_chance_is_a_system_error);

	t = support_case(s, "allocator");
	tcase_add_test(t, allocator_zeroes_grows_and_fails_on_demand);
	tcase_add_test(t, allocation_that_overflows_fails);
	return s;
}

SUPPORT_MAIN(suite)
