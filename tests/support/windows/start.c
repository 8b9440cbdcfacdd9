/* SPDX-License-Identifier: MIT */
/* A process for each test; and in it what the system does for itself, once,
 * before the test counts. */
#include "support.h"

#include "child.h"

#include <pthread.h>
#include <shmem/shmem.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#define ONE "SUPPORT_ONE" /* the number of the test to run */

static int count;

static int chosen(void)
{
	const char *one = getenv(ONE);

	return one != NULL ? atoi(one) : -1;
}

void support_add(TCase *c, const TTest *test, int start, int end)
{
	for (int i = start; i < end; i++)
		if (count++ == chosen())
			_tcase_add_test(c, test, 0, 0, i, i + 1);
}

/* Wine may fail to make a process that has not run at all (see
 * cmake/toolchains/wine). */
#define TRIES 3

static bool start_again(PROCESS_INFORMATION *ret)
{
	STARTUPINFOA start = {.cb = sizeof(start)};

	for (int i = 0; i < TRIES; i++) {
		if (CreateProcessA(NULL, GetCommandLineA(), NULL, NULL, TRUE, 0,
				   NULL, NULL, &start, ret))
			return true;
		if (GetLastError() != ERROR_INTERNAL_ERROR)
			break;
	}
	return false;
}

static bool passes(int number)
{
	PROCESS_INFORMATION child;
	char text[16];
	DWORD code = 1;

	snprintf(text, sizeof(text), "%d", number);
	SetEnvironmentVariableA(ONE, text);
	if (!start_again(&child)) {
		printf("test %d could not be started: %lu\n", number,
		       GetLastError());
		return false;
	}
	WaitForSingleObject(child.hProcess, INFINITE);
	GetExitCodeProcess(child.hProcess, &code);
	CloseHandle(child.hProcess);
	CloseHandle(child.hThread);
	if (code > 255)
		printf("test %d died of %lx\n", number, code);
	fflush(stdout);
	return code == 0;
}

static void run_each(void)
{
	int failed = 0;

	for (int i = 0; i < count; i++)
		failed += !passes(i);
	printf("%d of %d failed\n", failed, count);
	exit(failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* At once more than a test has: their events are kept for the next ones. */
#define THREADS 16

static void *linger(void *arg)
{
	Sleep(20);
	return arg;
}

static void make_threads(void)
{
	pthread_t thread[THREADS];
	int made = 0;

	while (made < THREADS &&
	       pthread_create(&thread[made], NULL, linger, NULL) == 0)
		made++;
	while (made > 0)
		pthread_join(thread[--made], NULL);
}

static void CALLBACK do_nothing(void *arg, BOOLEAN timed_out)
{
	(void)arg;
	(void)timed_out;
}

/* The thread that waits for others has an event as long as it has anything to
 * wait for: it always has. */
static void wait_for_ever(void)
{
	HANDLE never = CreateEventA(NULL, TRUE, FALSE, NULL);
	HANDLE wait;

	(void)RegisterWaitForSingleObject(&wait, never, do_nothing, NULL,
					  INFINITE, WT_EXECUTEINWAITTHREAD);
	Sleep(1);
}

/* No window that says that a test has crashed. */
void support_begin(char **argv)
{
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;

	SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX |
		     SEM_NOOPENFILEERRORBOX);
	support_child_run(argv);
	if (chosen() < 0)
		run_each();
	_putenv("CK_FORK=no");
	_putenv("CK_VERBOSITY=normal");
	make_threads();
	wait_for_ever();
	(void)OpenFileMappingA(FILE_MAP_READ, FALSE, "Local\\shmem.");
	if (shmem_channel_pair(NULL, &a, &b) == 0) {
		shmem_channel_close(&a);
		shmem_channel_close(&b);
	}
}

void support_pin(void)
{
	DWORD_PTR one = (DWORD_PTR)1 << GetCurrentProcessorNumber();

	ck_assert_uint_ne(SetThreadAffinityMask(GetCurrentThread(), one), 0);
}

bool support_is_slow(void)
{
	return true;
}

const char *support_self(void)
{
	static char path[MAX_PATH];

	if (path[0] == '\0')
		GetModuleFileNameA(NULL, path, sizeof(path));
	return path;
}
