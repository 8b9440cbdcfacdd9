/* SPDX-License-Identifier: MIT */
/*
 * Programs started with exactly the handles that are listed, in a job that ends
 * with this process unless they may outlive it.
 */
#include "transport/process_os.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "base/windows/signalled.h"
#include "transport/windows/command_line.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define STANDARD 3

/* What a killed process tells instead of an exit code of its own. */
#define KILLED 0xE0534B4Cu

/* Deaths, as the signal that means the same everywhere. */
static const struct {
	DWORD code;
	int signal;
} deaths[] = {
	{KILLED, 9},      {0xC0000005, 11}, /* access violation */
	{0xC0000006, 7},                    /* a page could not be read in */
	{0x80000002, 7},                    /* misaligned */
	{0xC000001D, 4},                    /* illegal instruction */
	{0xC0000094, 8},                    /* division by zero */
	{0xC0000095, 8},                    /* overflow */
	{0xC00000FD, 11},                   /* stack overflow */
	{0xC0000374, 6},                    /* broken heap */
	{0xC0000409, 6},                    /* fail fast */
	{0xC000013A, 2},                    /* control-C */
};

/* What a start holds until it is done. */
typedef struct plan {
	STARTUPINFOEXA info;
	HANDLE pass[SHMEM__START_MAX + STANDARD];
	size_t pass_count;
	HANDLE standard[STANDARD]; /* inheritable copies */
	char *program;
	char *command;
	char *environment;
} plan;

shmem_os_handle shmem__start_number(shmem_os_handle os, size_t i)
{
	(void)i;
	return os;
}

const char *const *shmem__environment(void)
{
	return (const char *const *)_environ;
}

static int start_failed(void)
{
	DWORD native = GetLastError();

	switch (native) {
	case ERROR_FILENAME_EXCED_RANGE:
	case ERROR_NO_PROC_SLOTS:
		return shmem__fail_os((int)native, SHMEM_E_LIMIT);
	case ERROR_BAD_EXE_FORMAT:
	case ERROR_EXE_MACHINE_TYPE_MISMATCH:
		return shmem__fail_os((int)native, SHMEM_E_ACCESS);
	default:
		return shmem__fail_last();
	}
}

/* The job dies with its last handle, which is this process's: never closed. */
static HANDLE job_of_ours(void)
{
	static _Atomic(HANDLE) known;
	JOBOBJECT_EXTENDED_LIMIT_INFORMATION limit;
	HANDLE none = NULL;
	HANDLE job = atomic_load(&known);

	if (job != NULL)
		return job;
	job = SHMEM__OS(NULL, CreateJobObjectA, (NULL, NULL));
	if (job == NULL)
		return NULL;
	memset(&limit, 0, sizeof(limit));
	limit.BasicLimitInformation.LimitFlags =
		JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
	if (SHMEM__OS(FALSE, SetInformationJobObject,
		      (job, JobObjectExtendedLimitInformation, &limit,
		       sizeof(limit))) &&
	    atomic_compare_exchange_strong(&known, &none, job))
		return job;
	CloseHandle(job);
	return atomic_load(&known);
}

static int inheritable_copy(HANDLE from, HANDLE *ret)
{
	if (!SHMEM__OS(FALSE, DuplicateHandle,
		       (GetCurrentProcess(), from, GetCurrentProcess(), ret, 0,
			TRUE, DUPLICATE_SAME_ACCESS)))
		return shmem__fail_last();
	return 0;
}

/* A standard stream that is not there is NUL in the program. */
static int open_nul(HANDLE *ret)
{
	SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
	HANDLE nul = SHMEM__OS(INVALID_HANDLE_VALUE, CreateFileA,
			       ("NUL", GENERIC_READ | GENERIC_WRITE,
				FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit,
				OPEN_EXISTING, 0, NULL));

	if (nul == INVALID_HANDLE_VALUE)
		return shmem__fail_last();
	*ret = nul;
	return 0;
}

static int place_standard(plan *p)
{
	static const DWORD which[STANDARD] = {
		STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
	STARTUPINFOA *info = &p->info.StartupInfo;

	for (size_t i = 0; i < STANDARD; i++) {
		HANDLE ours = GetStdHandle(which[i]);
		DWORD flags;
		int err;

		if (ours != NULL && ours != INVALID_HANDLE_VALUE &&
		    SHMEM__OS(FALSE, GetHandleInformation, (ours, &flags)))
			err = inheritable_copy(ours, &p->standard[i]);
		else
			err = open_nul(&p->standard[i]);
		if (err != 0)
			return err;
		p->pass[p->pass_count++] = p->standard[i];
	}
	info->dwFlags = STARTF_USESTDHANDLES;
	info->hStdInput = p->standard[0];
	info->hStdOutput = p->standard[1];
	info->hStdError = p->standard[2];
	return 0;
}

/* Those of the launch's own are inheritable for the moment; nothing else is
 * passed on, whatever its flags. */
static int place_passed(plan *p, const shmem__start *start)
{
	for (size_t i = 0; i < start->pass_count; i++) {
		HANDLE h = (HANDLE)start->pass[i];

		if (!SHMEM__OS(FALSE, SetHandleInformation,
			       (h, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT)))
			return shmem__fail_last();
		p->pass[p->pass_count++] = h;
	}
	return 0;
}

static int list_handles(plan *p)
{
	SIZE_T bytes = 0;

	(void)InitializeProcThreadAttributeList(NULL, 1, 0, &bytes);
	p->info.lpAttributeList = shmem__calloc(1, bytes);
	if (p->info.lpAttributeList == NULL)
		return SHMEM_E_NOMEM;
	if (!SHMEM__OS(FALSE, InitializeProcThreadAttributeList,
		       (p->info.lpAttributeList, 1, 0, &bytes)) ||
	    !SHMEM__OS(FALSE, UpdateProcThreadAttribute,
		       (p->info.lpAttributeList, 0,
			PROC_THREAD_ATTRIBUTE_HANDLE_LIST, p->pass,
			p->pass_count * sizeof(p->pass[0]), NULL, NULL)))
		return shmem__fail_last();
	return 0;
}

static int prepare(plan *p, const shmem__start *start)
{
	int err = shmem__find_program(start->path, &p->program);

	if (err == 0)
		err = shmem__command_line(start->argv, &p->command);
	if (err == 0)
		err = shmem__environment_block(start->env, &p->environment);
	if (err == 0)
		err = place_standard(p);
	if (err == 0)
		err = place_passed(p, start);
	if (err == 0)
		err = list_handles(p);
	return err;
}

/* It does nothing before it is in the job. */
static int enter_job(const PROCESS_INFORMATION *made)
{
	HANDLE job = job_of_ours();

	if (job == NULL ||
	    !SHMEM__OS(FALSE, AssignProcessToJobObject, (job, made->hProcess)))
		return shmem__fail_last();
	return 0;
}

static int run(plan *p, const shmem__start *start, int *ret_pid,
	       shmem_os_handle *ret_watch)
{
	PROCESS_INFORMATION made;
	int err = prepare(p, start);

	if (err != 0)
		return err;
	p->info.StartupInfo.cb = sizeof(p->info);
	if (!SHMEM__OS(FALSE, CreateProcessA,
		       (p->program, p->command, NULL, NULL, TRUE,
			CREATE_SUSPENDED | EXTENDED_STARTUPINFO_PRESENT,
			p->environment, NULL, &p->info.StartupInfo, &made)))
		return start_failed();
	if (!start->outlives)
		err = enter_job(&made);
	if (err == 0 &&
	    SHMEM__OS((DWORD)-1, ResumeThread, (made.hThread)) == (DWORD)-1)
		err = shmem__fail_last();
	CloseHandle(made.hThread);
	if (err != 0) {
		TerminateProcess(made.hProcess, KILLED);
		CloseHandle(made.hProcess);
		return err;
	}
	*ret_pid = (int)made.dwProcessId;
	*ret_watch = (shmem_os_handle)made.hProcess;
	return 0;
}

int shmem__process_start(const shmem__start *start, int *ret_pid,
			 shmem_os_handle *ret_watch)
{
	plan p;
	int err;

	memset(&p, 0, sizeof(p));
	err = run(&p, start, ret_pid, ret_watch);
	if (p.info.lpAttributeList != NULL)
		DeleteProcThreadAttributeList(p.info.lpAttributeList);
	shmem__free(p.info.lpAttributeList);
	for (size_t i = 0; i < STANDARD; i++)
		if (p.standard[i] != NULL)
			CloseHandle(p.standard[i]);
	for (size_t i = 0; i < start->pass_count; i++)
		SetHandleInformation((HANDLE)start->pass[i],
				     HANDLE_FLAG_INHERIT, 0);
	shmem__free(p.program);
	shmem__free(p.command);
	shmem__free(p.environment);
	return err;
}

static int status_of(DWORD code)
{
	for (size_t i = 0; i < sizeof(deaths) / sizeof(*deaths); i++)
		if (deaths[i].code == code)
			return -deaths[i].signal;
	return code > 255 ? 255 : (int)code;
}

int shmem__process_reap(int pid, shmem_os_handle watch, int *ret_status)
{
	DWORD code = 0;
	DWORD waited =
		SHMEM__OS(WAIT_FAILED, WaitForSingleObject, ((HANDLE)watch, 0));

	(void)pid;
	if (waited == WAIT_TIMEOUT)
		return SHMEM_E_AGAIN;
	if (waited != WAIT_OBJECT_0 ||
	    !SHMEM__OS(FALSE, GetExitCodeProcess, ((HANDLE)watch, &code)))
		return shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
	*ret_status = status_of(code);
	return 0;
}

int shmem__process_sleep(shmem_os_handle watch, int ms, unsigned round)
{
	(void)round;
	if (SHMEM__OS(WAIT_FAILED, WaitForSingleObject,
		      ((HANDLE)watch, ms < 0 ? INFINITE : (DWORD)ms)) ==
	    WAIT_FAILED)
		return shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
	return 0;
}

int shmem__process_kill(int pid, shmem_os_handle watch)
{
	int native;

	(void)pid;
	if (SHMEM__OS(FALSE, TerminateProcess, ((HANDLE)watch, KILLED)))
		return 0;
	/* Denied where it is ending at this moment. */
	native = shmem__os_last();
	if (shmem__is_signalled((HANDLE)watch))
		return 0;
	return shmem__fail_os(native, SHMEM_E_SYS);
}
