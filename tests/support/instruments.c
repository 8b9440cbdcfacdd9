/* SPDX-License-Identifier: MIT */
/* Tells the instruments, and the C library, how to behave. */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A sanitizer must not stand between a test and the signal that it expects, nor
 * take a fork in a threaded process for an accident.
 */
#define SIGNALS "handle_segv=0:handle_sigbus=0:allow_user_segv_handler=1"
#define EXPORT __attribute__((visibility("default"), used))

EXPORT const char *__asan_default_options(void);
EXPORT const char *__tsan_default_options(void);

EXPORT const char *__asan_default_options(void)
{
	return SIGNALS ":detect_stack_use_after_return=0"
		       ":allocator_may_return_null=1";
}

EXPORT const char *__tsan_default_options(void)
{
	return SIGNALS ":die_after_fork=0:halt_on_error=1"
		       ":allocator_may_return_null=1";
}

/*
 * The C library keeps the stacks of ended threads and gives each thread a heap;
 * both reserve addresses and would look like leaks. These can be turned off
 * only before a program starts.
 */
#define TUNABLES "glibc.pthread.stack_cache_size=0:glibc.malloc.arena_max=1"

static bool in_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

void support_begin(char **argv)
{
	if (getenv("GLIBC_TUNABLES") != NULL || in_valgrind())
		return;
	setenv("GLIBC_TUNABLES", TUNABLES, 1);
	execv("/proc/self/exe", argv);
	/* Without /proc there is no leak check either. */
}

bool support_is_slow(void)
{
	return SUPPORT_ASAN || SUPPORT_TSAN || in_valgrind();
}
