/* SPDX-License-Identifier: MIT */
/* Programs that a test starts, and what they find. */
#include "roles.h"

#include <process.h>
#include <string.h>
#include <windows.h>

#include <tlhelp32.h> /* needs it */

#define STANDARD 3
#define VALUES 4096 /* handles have lower values than this */
#define PATIENCE 60000

/* ---- what was inherited ---- */

/* What is inherited stays inheritable; what a process opens is not. */
int support_role_count(char **arg)
{
	long count = 0;
	DWORD flags;

	for (uintptr_t value = 4; value < VALUES; value += 4)
		count += GetHandleInformation((HANDLE)value, &flags) &&
			 (flags & HANDLE_FLAG_INHERIT) != 0;
	SUPPORT_NEED(count == strtol(arg[0], NULL, 10));
	return 0;
}

static const DWORD standard[STANDARD] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
					 STD_ERROR_HANDLE};
static HANDLE kept[STANDARD];
static HANDLE output[2];

void support_streams_replace(void)
{
	fflush(NULL);
	ck_assert(CreatePipe(&output[0], &output[1], NULL, 0));
	for (int i = 0; i < STANDARD; i++)
		kept[i] = GetStdHandle(standard[i]);
	SetStdHandle(standard[0], NULL);
	SetStdHandle(standard[1], output[1]);
	SetStdHandle(standard[2], INVALID_HANDLE_VALUE);
}

void support_streams_restore(void)
{
	for (int i = 0; i < STANDARD; i++)
		SetStdHandle(standard[i], kept[i]);
	CloseHandle(output[0]);
	CloseHandle(output[1]);
}

/* It takes whatever is written, and is at its end at once. */
static bool is_null_device(HANDLE h)
{
	char bytes[4] = "any";
	DWORD n = 1;

	return GetFileType(h) == FILE_TYPE_CHAR &&
	       WriteFile(h, bytes, sizeof(bytes), &n, NULL) &&
	       n == sizeof(bytes) &&
	       ReadFile(h, bytes, sizeof(bytes), &n, NULL) && n == 0;
}

int support_role_streams(char **arg)
{
	(void)arg;
	SUPPORT_NEED(is_null_device(GetStdHandle(standard[0])));
	SUPPORT_NEED(is_null_device(GetStdHandle(standard[2])));
	SUPPORT_NEED(GetFileType(GetStdHandle(standard[1])) == FILE_TYPE_PIPE);
	return 0;
}

intptr_t support_stranger(void)
{
	SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};

	return (intptr_t)CreateEventA(&inherit, TRUE, FALSE, NULL);
}

intptr_t support_far(intptr_t os)
{
	HANDLE copy = NULL;

	ck_assert(DuplicateHandle(GetCurrentProcess(), (HANDLE)os,
				  GetCurrentProcess(), &copy, 0, TRUE,
				  DUPLICATE_SAME_ACCESS));
	return (intptr_t)copy;
}

void support_variable(const char *name, const char *value)
{
	ck_assert_int_eq(_putenv_s(name, value != NULL ? value : ""), 0);
}

/* ---- other programs ---- */

void support_self_as(const char *name)
{
	char path[SUPPORT_PATH_MAX];
	char file[SUPPORT_PATH_MAX];

	snprintf(file, sizeof(file), "%s.exe", name);
	support_path(path, file);
	ck_assert(CopyFileA(support_self(), path, TRUE));
}

static intptr_t begin(int mode, const char *role, const char *arg)
{
	const char *argv[] = {"self", role, arg, NULL};

	fflush(NULL);
	return _spawnv(mode, support_self(), argv);
}

int support_start_role(const char *role, const char *arg)
{
	return (int)begin(_P_WAIT, role, arg);
}

void support_leave_role(const char *role, const char *arg)
{
	SUPPORT_NEED(begin(_P_NOWAIT, role, arg) != -1);
}

/* No process becomes another program: it stays until that has ended. */
void support_become_role(const char *role, const char *arg)
{
	exit(support_start_role(role, arg));
}

/* ---- the end ---- */

void support_fault(void)
{
	static volatile int *volatile nowhere;

	SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
	*nowhere = 1;
}

/* One that has ended is listed as long as anybody knows it. */
static bool runs_on(int pid, DWORD ms)
{
	HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)pid);
	bool runs;

	if (process == NULL)
		return false;
	runs = WaitForSingleObject(process, ms) == WAIT_TIMEOUT;
	CloseHandle(process);
	return runs;
}

bool support_runs(int pid)
{
	return runs_on(pid, 0);
}

/* Who is killed takes its time to end, and nobody need wait for that. */
#define DYING_MS 10000

void support_no_process(void)
{
	PROCESSENTRY32 entry = {.dwSize = sizeof(entry)};
	HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);

	ck_assert(all != INVALID_HANDLE_VALUE);
	ck_assert(Process32First(all, &entry));
	do {
		ck_assert_msg(
			entry.th32ParentProcessID != GetCurrentProcessId() ||
				!runs_on((int)entry.th32ProcessID, DYING_MS),
			"process %lu runs", entry.th32ProcessID);
	} while (Process32Next(all, &entry));
	CloseHandle(all);
}

void support_end(int pid)
{
	HANDLE process =
		OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, (DWORD)pid);

	ck_assert_ptr_nonnull(process);
	ck_assert(TerminateProcess(process, 1));
	ck_assert_uint_eq(WaitForSingleObject(process, PATIENCE),
			  WAIT_OBJECT_0);
	CloseHandle(process);
}

void support_reap(int pid)
{
	(void)pid;
	ck_abort_msg("an end may be told any number of times here");
}
