/* SPDX-License-Identifier: MIT */
/* Every way to start a program on Windows. */
#include "ways.h"

#include "support.h"

#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <winternl.h>

#define WRONG 103
#define VALUES 4096 /* handles have lower values than this */
#define COMMAND_MAX 1024
#define PATIENCE 60000

static bool is_section(HANDLE h)
{
	union {
		UNICODE_STRING name;
		unsigned char bytes[1024];
	} type;

	return NtQueryObject(h, ObjectTypeInformation, &type, sizeof(type),
			     NULL) == 0 &&
	       type.name.Length == 7 * sizeof(WCHAR) &&
	       wcsncmp(type.name.Buffer, L"Section", 7) == 0;
}

int support_memory_handles(void)
{
	DWORD flags;
	int n = 0;

	for (uintptr_t value = 4; value < VALUES; value += 4)
		n += GetHandleInformation((HANDLE)value, &flags) &&
		     is_section((HANDLE)value);
	return n;
}

/* With the C library's own idea of what a program is started with. */
static int spawned(const char *text)
{
	const char *argv[] = {"self", "child", text, NULL};

	return (int)_spawnv(_P_WAIT, support_self(), argv);
}

static int by_spawn_with_argument(char *text)
{
	return spawned(text);
}

static int by_spawn_with_variable(char *text)
{
	int status;

	support_variable(SUPPORT_WAY_VARIABLE, text);
	status = spawned(NULL);
	support_variable(SUPPORT_WAY_VARIABLE, NULL);
	return status;
}

static int create(char *command)
{
	STARTUPINFOA start = {.cb = sizeof(start)};
	PROCESS_INFORMATION child;
	DWORD code = WRONG;

	ck_assert(CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL,
				 &start, &child));
	WaitForSingleObject(child.hProcess, PATIENCE);
	ck_assert(GetExitCodeProcess(child.hProcess, &code));
	CloseHandle(child.hProcess);
	CloseHandle(child.hThread);
	return (int)code;
}

static int created(const char *text)
{
	char command[COMMAND_MAX];

	snprintf(command, sizeof(command), "\"%s\" child %s", support_self(),
		 text);
	return create(command);
}

static int by_create_process_with_argument(char *text)
{
	return created(text);
}

static int by_create_process_with_variable(char *text)
{
	int status;

	support_variable(SUPPORT_WAY_VARIABLE, text);
	status = created("");
	support_variable(SUPPORT_WAY_VARIABLE, NULL);
	return status;
}

/* The text goes through the shell's own reading, without quotes. */
static int by_shell(char *text)
{
	char command[COMMAND_MAX];

	snprintf(command, sizeof(command),
		 "%s /d /c set " SUPPORT_WAY_VARIABLE "=%s&& %s child",
		 getenv("COMSPEC"), text, support_self());
	return create(command);
}

static int by_system(char *text)
{
	char command[COMMAND_MAX];

	snprintf(command, sizeof(command), "%s child %s", support_self(), text);
	return system(command);
}

int (*const support_ways[SUPPORT_WAYS])(char *) = {
	by_spawn_with_argument,
	by_spawn_with_variable,
	by_create_process_with_argument,
	by_create_process_with_variable,
	by_shell,
	by_system};
