/* SPDX-License-Identifier: MIT */
/* Accesses one by one, by exceptions. */
#include "stepped.h"

#include <windows.h>

#define TRAP_FLAG 0x100u

static void *handler;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *what)
{
	const EXCEPTION_RECORD *r = what->ExceptionRecord;

	if (r->ExceptionCode == EXCEPTION_ACCESS_VIOLATION &&
	    stepped_access((uintptr_t)r->ExceptionInformation[1])) {
		what->ContextRecord->EFlags |= TRAP_FLAG;
		return EXCEPTION_CONTINUE_EXECUTION;
	}
	if (r->ExceptionCode != EXCEPTION_SINGLE_STEP)
		return EXCEPTION_CONTINUE_SEARCH;
	what->ContextRecord->EFlags &= ~TRAP_FLAG;
	stepped_go_on();
	return EXCEPTION_CONTINUE_EXECUTION;
}

void stepped_handle(void)
{
	handler = AddVectoredExceptionHandler(1, on_exception);
}

void stepped_unhandle(void)
{
	RemoveVectoredExceptionHandler(handler);
}

bool stepped_works(void)
{
	return true;
}
