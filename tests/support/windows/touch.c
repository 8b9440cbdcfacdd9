/* SPDX-License-Identifier: MIT */
/*
 * Touches that may raise an exception. A handler behind the library's own does
 * not leave the exception by a jump, but lets the thread go on with a function
 * that jumps.
 */
#include "touch.h"

#include <windows.h>

const char touch_fault[] = "access violation";

static _Thread_local void *back[5];
static _Thread_local volatile bool expecting;
static _Thread_local const unsigned char *volatile fault_address;

static void land(void)
{
	__builtin_longjmp(back, 1);
}

static LONG CALLBACK go_on(EXCEPTION_POINTERS *what)
{
	const EXCEPTION_RECORD *r = what->ExceptionRecord;
	CONTEXT *at = what->ContextRecord;

	if (r->ExceptionCode != EXCEPTION_ACCESS_VIOLATION || !expecting)
		return EXCEPTION_CONTINUE_SEARCH;
	fault_address = (const unsigned char *)r->ExceptionInformation[1];
	at->Rip = (DWORD64)(uintptr_t)land;
	at->Rsp = (at->Rsp & ~(DWORD64)15) - 8; /* as after a call */
	return EXCEPTION_CONTINUE_EXECUTION;
}

/* ---- a thread that was there before anything was lost ---- */

static struct {
	HANDLE begin;
	HANDLE end;
	touch_fn *fn;
	unsigned char *at;
	const char *outcome;
} worker;

static DWORD WINAPI work(void *arg)
{
	for (;;) {
		WaitForSingleObject(worker.begin, INFINITE);
		worker.outcome = touch(worker.fn, worker.at);
		SetEvent(worker.end);
	}
	return arg == NULL;
}

void touch_begin(void)
{
	HANDLE thread;

	ck_assert_ptr_nonnull(AddVectoredExceptionHandler(0, go_on));
	worker.begin = CreateEventA(NULL, FALSE, FALSE, NULL);
	worker.end = CreateEventA(NULL, FALSE, FALSE, NULL);
	thread = CreateThread(NULL, 0, work, NULL, 0, NULL);
	ck_assert(worker.begin != NULL && worker.end != NULL && thread != NULL);
	CloseHandle(thread);
}

const char *touch_in_thread(touch_fn *fn, unsigned char *at)
{
	worker.fn = fn;
	worker.at = at;
	SetEvent(worker.begin);
	WaitForSingleObject(worker.end, INFINITE);
	return worker.outcome;
}

const char *touch(touch_fn *fn, unsigned char *at)
{
	unsigned char *volatile from = at;
	const char *volatile outcome = "done";

	if (__builtin_setjmp(back) == 0) {
		expecting = true;
		fn(at);
	} else {
		size_t where = (size_t)(fault_address - from);

		outcome = where < TOUCH_BYTES ? touch_fault
					      : "access violation elsewhere";
	}
	expecting = false;
	return outcome;
}

static void (*on_fault)(void);

static LONG CALLBACK call_on_fault(EXCEPTION_POINTERS *what)
{
	if (what->ExceptionRecord->ExceptionCode == EXCEPTION_ACCESS_VIOLATION)
		on_fault();
	return EXCEPTION_CONTINUE_SEARCH;
}

void touch_on_fault(void (*fn)(void))
{
	on_fault = fn;
	ck_assert_ptr_nonnull(AddVectoredExceptionHandler(0, call_on_fault));
}

bool touch_reads(const void *at)
{
	return !IsBadReadPtr(at, 1);
}
