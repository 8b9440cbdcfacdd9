/* SPDX-License-Identifier: MIT */
/*
 * Access violations, by a vectored handler: it sees them before any other code
 * does, and lets them pass on to whatever would have handled them.
 */
#include "transport/trap.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"

#include <io.h>
#include <stdatomic.h>
#include <string.h>
#include <windows.h>

#define STORE 1u /* what the first parameter says was done */
#define FETCH 8u
#define PATIENCE_NS UINT64_C(2000000000)

static void (*look_at)(const shmem__trap *trap);
static shmem__lock installing = SHMEM__LOCK_INIT;
static bool installed;

/* One at a time, for what they write and for the context. */
static atomic_flag looking = ATOMIC_FLAG_INIT;
static CONTEXT context;

static shmem__touch touch_of(ULONG_PTR kind)
{
	if (kind == FETCH)
		return SHMEM__TOUCH_JUMP;
	return kind == STORE ? SHMEM__TOUCH_STORE : SHMEM__TOUCH_LOAD;
}

#if defined(__x86_64__)
static const void *caller(const CONTEXT *at)
{
	const void *to = NULL;
	SIZE_T n = 0;

	(void)ReadProcessMemory(GetCurrentProcess(), (const void *)at->Rsp, &to,
				sizeof(to), &n);
	return to;
}
#else
static const void *caller(const CONTEXT *at)
{
	(void)at;
	return NULL;
}
#endif

/* False where another thread takes too long: better no report than a process
 * that does not die. */
static bool look_begin(void)
{
	uint64_t end = shmem__now_ns() + PATIENCE_NS;

	while (atomic_flag_test_and_set(&looking)) {
		if (shmem__now_ns() > end)
			return false;
		shmem__yield();
	}
	return true;
}

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *what)
{
	const EXCEPTION_RECORD *record = what->ExceptionRecord;
	shmem__trap trap = {.process = GetCurrentProcessId(),
			    .thread = GetCurrentThreadId()};

	if ((record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION &&
	     record->ExceptionCode != EXCEPTION_IN_PAGE_ERROR) ||
	    record->NumberParameters < 2 || !look_begin())
		return EXCEPTION_CONTINUE_SEARCH;
	context = *what->ContextRecord;
	trap.address = (const void *)record->ExceptionInformation[1];
	trap.pc = record->ExceptionAddress;
	trap.touch = touch_of(record->ExceptionInformation[0]);
	if (trap.touch == SHMEM__TOUCH_JUMP)
		trap.caller = caller(&context);
	look_at(&trap);
	atomic_flag_clear(&looking);
	return EXCEPTION_CONTINUE_SEARCH;
}

int shmem__trap_install(void (*look_fn)(const shmem__trap *trap))
{
	int err = 0;

	shmem__lock_take(&installing);
	if (!installed) {
		look_at = look_fn;
		if (SHMEM__OS(NULL, AddVectoredExceptionHandler,
			      (1, on_exception)) == NULL)
			err = shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
		installed = err == 0;
	}
	shmem__lock_drop(&installing);
	return err;
}

/* The caller of a function that has not made a frame yet: the stack's top. */
#if defined(__x86_64__)
static bool step_out(CONTEXT *at)
{
	DWORD64 base = 0;
	DWORD64 frame = 0;
	void *data = NULL;
	PRUNTIME_FUNCTION function =
		RtlLookupFunctionEntry(at->Rip, &base, NULL);

	if (function == NULL) {
		at->Rip = (DWORD64)(uintptr_t)caller(at);
		at->Rsp += 8;
	} else {
		RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, at->Rip, function, at,
				 &data, &frame, NULL);
	}
	return at->Rip != 0;
}

static int walk(void **frame, int max)
{
	CONTEXT at = context;
	DWORD64 low = at.Rsp;
	int n = 0;

	while (n < max) {
		frame[n++] = (void *)at.Rip;
		if (!step_out(&at) || at.Rsp < low)
			break;
		low = at.Rsp;
	}
	return n;
}
#else
static int walk(void **frame, int max)
{
	(void)frame;
	(void)max;
	return 0;
}
#endif

int shmem__trap_stack(const shmem__trap *trap, void **frame, int max)
{
	const void *const known[] = {trap->pc, trap->caller};
	int n = 0;

	/* After a jump there is no code to walk from. */
	if (trap->touch != SHMEM__TOUCH_JUMP)
		n = walk(frame, max);
	for (int i = 0; n == i && i < 2; i++)
		if (known[i] != NULL && n < max)
			frame[n++] = (void *)(uintptr_t)known[i];
	return n;
}

static HANDLE file_of(int fd)
{
	return fd < 0 ? INVALID_HANDLE_VALUE : (HANDLE)_get_osfhandle(fd);
}

void shmem__trap_write(int fd, const char *bytes, size_t length)
{
	HANDLE file = file_of(fd);
	DWORD n;

	while (length > 0 && WriteFile(file, bytes, (DWORD)length, &n, NULL) &&
	       n > 0) {
		bytes += n;
		length -= n;
	}
}

bool shmem__trap_can_write(int fd)
{
	return file_of(fd) != INVALID_HANDLE_VALUE;
}

int shmem__trap_stream(FILE *stream)
{
	return _fileno(stream);
}
