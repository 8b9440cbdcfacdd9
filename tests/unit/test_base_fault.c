/* SPDX-License-Identifier: MIT */
/* src/base/fault: the k-th call fails, and only that one. */
#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "support.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int get_pid(void)
{
	return SHMEM__OS(-1, getpid, ());
}

START_TEST(nothing_fails_unarmed)
{
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(get_pid(), getpid());
	ck_assert_ptr_null(shmem__fault_hit());
}
END_TEST

START_TEST(kth_call_alone_fails)
{
	shmem__fault_arm(3, EMFILE, NULL);
	for (int i = 1; i <= 6; i++) {
		errno = 0;
		if (i == 3) {
			ck_assert_int_eq(get_pid(), -1);
			ck_assert_int_eq(errno, EMFILE);
			ck_assert_str_eq(shmem__fault_hit(), "getpid");
		} else {
			ck_assert_int_eq(get_pid(), getpid());
			ck_assert_int_eq(errno, 0);
		}
	}
}
END_TEST

START_TEST(failing_call_is_not_made)
{
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	shmem__fault_arm(1, EIO, NULL);
	ck_assert_int_eq(SHMEM__OS(-1, close, (fd[0])), -1);
	ck_assert_int_eq(close(fd[0]), 0);
	ck_assert_int_eq(close(fd[1]), 0);
}
END_TEST

START_TEST(arming_tells_how_many_calls_were_made)
{
	shmem__fault_arm(0, 0, NULL);
	for (int i = 0; i < 5; i++)
		get_pid();
	ck_assert_uint_eq(shmem__fault_arm(0, 0, NULL), 5);
	ck_assert_uint_eq(shmem__fault_arm(0, 0, NULL), 0);
}
END_TEST

START_TEST(only_one_function_is_counted)
{
	shmem__fault_arm(2, EIO, "getppid");
	ck_assert_int_eq(get_pid(), getpid());
	ck_assert_int_eq(SHMEM__OS(-1, getppid, ()), getppid());
	ck_assert_int_eq(get_pid(), getpid());
	ck_assert_int_eq(SHMEM__OS(-1, getppid, ()), -1);
	ck_assert_str_eq(shmem__fault_hit(), "getppid");
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

	shmem__fault_arm(1, ENOMEM, "realloc");
	ck_assert_ptr_null(shmem__realloc(grown, 128));
	ck_assert_uint_eq(grown[31], 7);
	shmem__fault_arm(1, ENOMEM, "calloc");
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

	shmem__fault_arm(1, ENOSYS, "getentropy");
	ck_assert_int_eq(shmem__random(bytes, sizeof(bytes)), SHMEM_E_SYS);
	ck_assert_int_eq(shmem_os_error(), ENOSYS);
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
