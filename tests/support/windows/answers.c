/* SPDX-License-Identifier: MIT */
/*
 * What the calls of Windows may well answer. Calls of its kernel (Nt...,
 * Rtl..., BCrypt...) have these numbers as their status. The tables are short,
 * as Wine takes its time: of codes that mean the same to the library, one.
 */
#include "answers.h"

#include "support.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

static const struct answers {
	const char *call;
	int native[ANSWERS_MAX];
} answers[] = {
	{"calloc", {0}},
	{"realloc", {0}},
	{"CreateFileMappingA", {ERROR_COMMITMENT_LIMIT, ERROR_ACCESS_DENIED}},
	{"OpenFileMappingA", {ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE}},
	{"MapViewOfFile", {ERROR_COMMITMENT_LIMIT}},
	{"MapViewOfFileEx", {ERROR_INVALID_ADDRESS, ERROR_COMMITMENT_LIMIT}},
	{"VirtualAlloc", {ERROR_INVALID_ADDRESS, ERROR_COMMITMENT_LIMIT}},
	{"VirtualProtect", {ERROR_COMMITMENT_LIMIT}},
	{"VirtualQuery", {ERROR_INVALID_PARAMETER}},
	{"VirtualQueryEx", {ERROR_ACCESS_DENIED}},
	{"DuplicateHandle", {ERROR_ACCESS_DENIED, ERROR_NOT_ENOUGH_QUOTA}},
	{"OpenProcess", {ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER}},
	{"OpenProcessToken", {ERROR_ACCESS_DENIED}},
	{"GetTokenInformation", {ERROR_INSUFFICIENT_BUFFER}},
	{"GetKernelObjectSecurity",
	 {ERROR_ACCESS_DENIED, ERROR_INSUFFICIENT_BUFFER}},
	{"ConvertSidToStringSidA", {0}},
	{"ConvertStringSecurityDescriptorToSecurityDescriptorA", {0}},
	{"BCryptGenRandom", {ERROR_INVALID_HANDLE}},
	{"GlobalMemoryStatusEx", {0}},
	{"CreateEventA", {ERROR_NO_SYSTEM_RESOURCES}},
	{"CreateNamedPipeA", {ERROR_PIPE_BUSY, ERROR_ACCESS_DENIED}},
	{"CreateFileA", {ERROR_PIPE_BUSY, ERROR_FILE_NOT_FOUND}},
	{"ConnectNamedPipe", {ERROR_NO_SYSTEM_RESOURCES}},
	{"SetNamedPipeHandleState", {ERROR_PIPE_NOT_CONNECTED}},
	{"GetNamedPipeInfo", {ERROR_INVALID_FUNCTION}},
	{"GetNamedPipeHandleStateA", {ERROR_PIPE_NOT_CONNECTED}},
	{"GetNamedPipeServerProcessId", {ERROR_INVALID_FUNCTION}},
	{"GetNamedPipeClientProcessId", {ERROR_INVALID_FUNCTION}},
	{"ReadFile", {ERROR_NO_SYSTEM_RESOURCES}},
	{"WriteFile", {ERROR_NO_DATA, ERROR_NOT_ENOUGH_QUOTA}},
	{"GetHandleInformation", {0}},
	{"SetHandleInformation", {ERROR_ACCESS_DENIED}},
	{"WaitForSingleObject", {ERROR_INVALID_HANDLE}},
	{"WaitForMultipleObjects", {ERROR_INVALID_HANDLE}},
	{"RegisterWaitForSingleObject", {ERROR_NO_SYSTEM_RESOURCES}},
	{"NtQuerySection", {ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE}},
	{"NtQueryObject", {ERROR_ACCESS_DENIED}},
	{"NtQueryInformationFile", {ERROR_INVALID_FUNCTION}},
	{"NtOpenDirectoryObject", {ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND}},
	{"NtQueryDirectoryObject", {ERROR_ACCESS_DENIED}},
	{"NtMapViewOfSection", {ERROR_INVALID_ADDRESS}},
	{"NtUnmapViewOfSection", {ERROR_ACCESS_DENIED}},
	{"ProcessIdToSessionId", {ERROR_ACCESS_DENIED}},
	{"SearchPathA", {ERROR_FILE_NOT_FOUND}},
	{"CreateProcessA",
	 {ERROR_FILE_NOT_FOUND, ERROR_BAD_EXE_FORMAT, ERROR_NO_PROC_SLOTS}},
	{"CreateJobObjectA", {0}},
	{"SetInformationJobObject", {0}},
	{"AssignProcessToJobObject", {ERROR_ACCESS_DENIED}},
	{"ResumeThread", {0}},
	{"TerminateProcess", {ERROR_ACCESS_DENIED}},
	{"GetExitCodeProcess", {ERROR_ACCESS_DENIED}},
	{"AddVectoredExceptionHandler", {0}},
};
#define ANSWERS (int)(sizeof(answers) / sizeof(answers[0]))
static const struct answers other = {"another", {ERROR_ACCESS_DENIED}};

int answers_index(const char *call)
{
	int i = 0;

	while (i < ANSWERS && strcmp(answers[i].call, call) != 0)
		i++;
	return i;
}

static const struct answers *at(int index)
{
	return index < ANSWERS ? &answers[index] : &other;
}

const char *answers_name(int index)
{
	return at(index)->call;
}

const int *answers_of(const char *call)
{
	return at(answers_index(call))->native;
}

/* All but the first is about one object: not all are refused from then on. */
bool answers_pass(int native)
{
	return native != ANSWERS_NO_MEMORY;
}

const char *const answers_send = "WriteFile";
const int answers_too_many = ERROR_NOT_ENOUGH_QUOTA;

_Static_assert(ANSWERS_NO_MEMORY == ERROR_NOT_ENOUGH_MEMORY, "their number");

const char *support_errno_name(int native)
{
	static char text[32];

	snprintf(text, sizeof(text), "error %d", native);
	return text;
}
