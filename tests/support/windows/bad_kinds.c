/* SPDX-License-Identifier: MIT */
/* Bad input: handles of every kind. */
#include "bad.h"

#include <stdlib.h>
#include <windows.h>

static int number(HANDLE h)
{
	return h == NULL || h == INVALID_HANDLE_VALUE ? -1 : (int)(intptr_t)h;
}

/* Another handle with these rights, instead. */
static int with_rights(int fd, unsigned rights)
{
	HANDLE self = GetCurrentProcess();
	HANDLE to = NULL;

	DuplicateHandle(self, (HANDLE)(intptr_t)fd, self, &to, rights, FALSE,
			DUPLICATE_CLOSE_SOURCE);
	return number(to);
}

static int memory(uint64_t size, unsigned rights)
{
	int fd = support_object(size);

	return rights == 0 ? fd : with_rights(fd, rights);
}

/* Made for less than all. */
static int protected(uint64_t size, unsigned protection)
{
	return number(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, protection,
					 0, (DWORD)size, NULL));
}

static int file(uint64_t size, unsigned access)
{
	char path[SUPPORT_PATH_MAX];
	HANDLE h;

	support_path(path, "file");
	h = CreateFileA(path, access, 7, NULL, OPEN_ALWAYS, 0, NULL);
	ck_assert_ptr_ne(h, INVALID_HANDLE_VALUE);
	if ((access & GENERIC_WRITE) != 0) {
		SetFilePointer(h, (LONG)size, NULL, FILE_BEGIN);
		SetEndOfFile(h);
	}
	return number(h);
}

/* Whoever has the file may make it shorter. */
static int of_file(uint64_t size, unsigned protection)
{
	int from = file(size, GENERIC_READ | GENERIC_WRITE);
	HANDLE h = CreateFileMappingA((HANDLE)(intptr_t)from, NULL, protection,
				      0, (DWORD)size, NULL);

	support_discard(from);
	return number(h);
}

static int of_program(uint64_t size, unsigned protection)
{
	HANDLE from = CreateFileA(support_self(), GENERIC_READ, 7, NULL,
				  OPEN_EXISTING, 0, NULL);
	HANDLE h = CreateFileMappingA(from, NULL, protection, 0, 0, NULL);

	(void)size;
	CloseHandle(from);
	return number(h);
}

static int pipe_end(uint64_t size, unsigned end)
{
	HANDLE ends[2];

	(void)size;
	ck_assert(CreatePipe(&ends[0], &ends[1], NULL, 0));
	CloseHandle(ends[1 - end]);
	return number(ends[end]);
}

static int again(HANDLE h)
{
	HANDLE self = GetCurrentProcess();
	HANDLE to = NULL;

	DuplicateHandle(self, h, self, &to, 0, FALSE, DUPLICATE_SAME_ACCESS);
	return number(to);
}

static int own_pipe(uint64_t size, unsigned how)
{
	(void)size;
	(void)how;
	return again((HANDLE)(intptr_t)bad_raw.sock);
}

static int our_event(uint64_t size, unsigned how)
{
	(void)size;
	(void)how;
	return again((HANDLE)shmem_channel_pollable(bad_channel));
}

/* Set or not; one that lets one thread pass is taken for a lock's (state.c). */
static int event(uint64_t size, unsigned how)
{
	(void)size;
	return number(CreateEventA(NULL, TRUE, (BOOL)how, NULL));
}

static int mutex(uint64_t size, unsigned how)
{
	(void)size;
	return number(CreateMutexA(NULL, (BOOL)how, NULL));
}

static int timer(uint64_t size, unsigned how)
{
	(void)size;
	return number(CreateWaitableTimerA(NULL, (BOOL)how, NULL));
}

static int port(uint64_t size, unsigned how)
{
	(void)size;
	return number(
		CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, how));
}

static int process(uint64_t size, unsigned how)
{
	(void)size;
	return number(OpenProcess(how, FALSE, GetCurrentProcessId()));
}

static int thread(uint64_t size, unsigned how)
{
	(void)size;
	return number(OpenThread(how, FALSE, GetCurrentThreadId()));
}

static int token(uint64_t size, unsigned how)
{
	HANDLE h = NULL;

	(void)size;
	ck_assert(OpenProcessToken(GetCurrentProcess(), how, &h));
	return number(h);
}

static int key(uint64_t size, unsigned how)
{
	HKEY h = NULL;

	(void)size;
	ck_assert_int_eq(
		RegOpenKeyExA(HKEY_CURRENT_USER, "Software", 0, how, &h), 0);
	return number((HANDLE)h);
}

static int null(uint64_t size, unsigned access)
{
	(void)size;
	return number(
		CreateFileA("NUL", access, 3, NULL, OPEN_EXISTING, 0, NULL));
}

static int folder(uint64_t size, unsigned access)
{
	(void)size;
	return number(CreateFileA(support_scratch(), access, 7, NULL,
				  OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
				  NULL));
}

/* What comes of each as each of the uses; 0 where it is in order. */
#define U SHMEM_E_UNTRUSTED
#define NEVER                                                                  \
	{                                                                      \
		U, U, U, U, U, U                                               \
	}
static const struct {
	const char *name;
	int (*make)(uint64_t size, unsigned how);
	unsigned how;
	int expected[BAD_USES];
} kinds[] = {
	{"memory in order", memory, 0, {0, 0, U, U, U, 0}},
	{"memory to be read",
	 memory,
	 SECTION_MAP_READ | SECTION_QUERY,
	 {U, U, 0, U, U, U}},
	{"memory to be read, of which more can be made",
	 memory,
	 SECTION_MAP_READ | SECTION_QUERY | READ_CONTROL | WRITE_DAC,
	 {U, U, 0, U, U, U}},
	{"memory to be written only", memory, SECTION_MAP_WRITE | SECTION_QUERY,
	 NEVER},
	{"memory that may only be asked about", memory, SECTION_QUERY, NEVER},
	{"memory that may not be asked about", memory,
	 SECTION_MAP_READ | SECTION_MAP_WRITE, NEVER},
	{"memory that is only reserved", protected,
	 PAGE_READWRITE | SEC_RESERVE, NEVER},
	{"a file's memory", of_file, PAGE_READWRITE, NEVER},
	{"a file's memory to be read", of_file, PAGE_READONLY, NEVER},
	{"a file's memory to be copied", of_file, PAGE_WRITECOPY, NEVER},
	{"a program", of_program, PAGE_READONLY | SEC_IMAGE, NEVER},
	{"a program's file", of_program, PAGE_READONLY, NEVER},
	{"a file", file, GENERIC_READ | GENERIC_WRITE, NEVER},
	{"a file to be read", file, GENERIC_READ, NEVER},
	{"a folder", folder, GENERIC_READ, NEVER},
	{"nothing's file", null, GENERIC_READ | GENERIC_WRITE, NEVER},
	{"a pipe's reading end", pipe_end, 0, NEVER},
	{"a pipe's writing end", pipe_end, 1, NEVER},
	{"the peer's own end", own_pipe, 0, NEVER},
	{"an event of ours", our_event, 0, NEVER},
	{"an event", event, 0, NEVER},
	{"a mutex", mutex, 0, NEVER},
	{"a mutex that is held", mutex, 1, NEVER},
	{"a timer", timer, 0, NEVER},
	{"a completion port", port, 1, NEVER},
	{"this process", process, PROCESS_ALL_ACCESS, NEVER},
	{"a process to wait for", process, SYNCHRONIZE, NEVER},
	{"this thread", thread, THREAD_ALL_ACCESS, NEVER},
	{"a token", token, TOKEN_QUERY, NEVER},
	{"a key", key, KEY_READ, NEVER},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

size_t bad_kinds(void)
{
	return KINDS;
}

const char *bad_kind_name(size_t kind)
{
	return kinds[kind].name;
}

uint64_t bad_kind_size(size_t kind)
{
	(void)kind;
	return BAD_PAGE;
}

int bad_kind_make(size_t kind, uint64_t size)
{
	return kinds[kind].make(size, kinds[kind].how);
}

int bad_kind_as(size_t kind, size_t use)
{
	return kinds[kind].expected[use];
}
