/* SPDX-License-Identifier: MIT */
/*
 * Reports of violations, and the exceptions that they are made at: which ones
 * are reported, and that whoever handles them still does.
 */
#include "reported.h"

#include "base/fault.h"

#include <signal.h>
#include <windows.h>

/* Where nothing is, until a handler puts something there. */
static void *nowhere(void)
{
	void *at =
		VirtualAlloc(NULL, REPORTED_BYTES, MEM_RESERVE, PAGE_NOACCESS);

	ck_assert_ptr_nonnull(at);
	return at;
}

static int repairs;

static LONG CALLBACK repair(EXCEPTION_POINTERS *what)
{
	const EXCEPTION_RECORD *r = what->ExceptionRecord;

	if (r->ExceptionCode != EXCEPTION_ACCESS_VIOLATION)
		return EXCEPTION_CONTINUE_SEARCH;
	repairs++;
	VirtualAlloc((void *)r->ExceptionInformation[1], 1, MEM_COMMIT,
		     PAGE_READWRITE);
	return EXCEPTION_CONTINUE_EXECUTION;
}

/* A handler may be told to come first, or last; before the library's, or after
 * that. */
static void repaired(void *arg)
{
	int how = *(int *)arg;

	if (how < 2)
		AddVectoredExceptionHandler((ULONG)how, repair);
	reported_ask();
	if (how >= 2)
		AddVectoredExceptionHandler((ULONG)how - 2, repair);
	reported_make();
	reported_giver();
	for (int i = 0; i < 3; i++) {
		reported_data = nowhere();
		reported_storer(0);
		if (repairs != i + 1)
			support_exit(1);
	}
	support_exit(SURVIVED);
}

static int end_of(support_fn *fn, int how)
{
	return support_wait(support_start(fn, &how, sizeof(how)), 60000);
}

START_TEST(a_handler_may_repair_and_go_on)
{
	ck_assert_int_eq(end_of(repaired, _i), SURVIVED);
	reported_read("report");
	ck_assert_str_eq(reported, "");
}
END_TEST

static LONG CALLBACK survive(EXCEPTION_POINTERS *what)
{
	if (what->ExceptionRecord->ExceptionCode == EXCEPTION_ACCESS_VIOLATION)
		support_exit(SURVIVED);
	return EXCEPTION_CONTINUE_SEARCH;
}

static void earlier(void *arg)
{
	AddVectoredExceptionHandler((ULONG) * (int *)arg, survive);
	reported_store_away(NULL);
}

START_TEST(an_earlier_handler_comes_after_the_report)
{
	ck_assert_int_eq(end_of(earlier, _i), SURVIVED);
	reported_read("report");
	HAS(" reported_storer");
}
END_TEST

static void unhandled(void *arg)
{
	(void)arg;
	SetUnhandledExceptionFilter(survive);
	reported_store_away(NULL);
}

START_TEST(the_filter_for_what_nobody_handles_comes_after_the_report)
{
	ck_assert_int_eq(support_child(unhandled, NULL), SURVIVED);
	reported_read("report");
	HAS(" reported_storer");
}
END_TEST

static void plain(int sig)
{
	support_exit(sig == SIGSEGV ? SURVIVED : 1);
}

static void by_signal(void *arg)
{
	(void)arg;
	signal(SIGSEGV, plain);
	reported_store_away(NULL);
}

START_TEST(the_handler_of_a_signal_comes_after_the_report)
{
	ck_assert_int_eq(support_child(by_signal, NULL), SURVIVED);
	reported_read("report");
	HAS(" reported_storer");
}
END_TEST

/* What raises an exception by itself may say of it whatever it likes. */
static void raised(void *arg)
{
	ULONG_PTR told[2] = {1, 0};

	reported_ask();
	reported_make();
	reported_giver();
	told[1] = (ULONG_PTR)reported_data;
	if (*(int *)arg == 0)
		RaiseException(EXCEPTION_INT_DIVIDE_BY_ZERO, 0, 2, told);
	else
		RaiseException(EXCEPTION_ACCESS_VIOLATION, 0, 0, NULL);
}

START_TEST(other_exceptions_kill_without_a_report)
{
	ck_assert_int_eq(end_of(raised, _i), _i == 0 ? -SIGFPE : -SIGSEGV);
	reported_read("report");
	ck_assert_str_eq(reported, "");
}
END_TEST

static void refused(void *arg)
{
	(void)arg;
	shmem__fault_arm(1, ERROR_NOT_ENOUGH_MEMORY,
			 "AddVectoredExceptionHandler");
	ck_assert_int_eq(
		shmem_diagnose_violations(support_file("refused", "", 0)),
		SHMEM_E_SYS);
	ck_assert_ptr_nonnull(shmem__fault_hit());
	shmem__fault_arm(0, 0, NULL);
	reported_store_away(NULL);
}

START_TEST(a_handler_that_is_refused_can_be_asked_for_again)
{
	support_dies(SIGSEGV, refused, NULL);
	reported_read("refused");
	ck_assert_str_eq(reported, "");
	reported_read("report");
	HAS(" reported_storer");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("handlers");
	TCase *c = reported_case(s, "handlers");

	tcase_add_loop_test(c, a_handler_may_repair_and_go_on, 0, 4);
	tcase_add_loop_test(c, an_earlier_handler_comes_after_the_report, 0, 2);
	tcase_add_test(
		c, the_filter_for_what_nobody_handles_comes_after_the_report);
	tcase_add_test(c, the_handler_of_a_signal_comes_after_the_report);
	tcase_add_loop_test(c, other_exceptions_kill_without_a_report, 0, 2);
	tcase_add_test(c, a_handler_that_is_refused_can_be_asked_for_again);
	return s;
}
SUPPORT_MAIN(suite)
