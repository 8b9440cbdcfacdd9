/* SPDX-License-Identifier: MIT */
/* Faults and time. There is no fork, and so there are no children of a test. */
#include "support.h"

#include <stdlib.h>
#include <windows.h>

pid_t support_fork(support_fn *fn, void *arg)
{
	(void)fn;
	(void)arg;
	ck_abort_msg("no process is copied here");
	return -1;
}

void support_exit(int code)
{
	exit(code);
}

int support_wait(pid_t child, int timeout)
{
	(void)child;
	(void)timeout;
	return -1;
}

int support_child(support_fn *fn, void *arg)
{
	return support_wait(support_fork(fn, arg), 0);
}

void support_dies(int signal, support_fn *fn, void *arg)
{
	(void)signal;
	(void)support_child(fn, arg);
}

/* These really touch it, and catch the exception. */
void support_load_faults(const void *at)
{
	ck_assert_msg(IsBadReadPtr(at, 1), "%p can be read", at);
}

void support_store_faults(void *at)
{
	ck_assert_msg(IsBadWritePtr(at, 1), "%p can be written", at);
}

uint64_t support_now(void)
{
	return GetTickCount64();
}

void support_sleep(int ms)
{
	Sleep((DWORD)ms);
}
