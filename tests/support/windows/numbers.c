/* SPDX-License-Identifier: MIT */
/* Handles by their numbers. */
#include "numbers.h"

#include <windows.h>
#include <winternl.h>

#define TRIES 64

NTSYSAPI NTSTATUS NTAPI NtExtendSection(HANDLE section, LARGE_INTEGER *size);

static HANDLE self(void)
{
	return GetCurrentProcess();
}

/* The system ignores the two lowest bits. */
bool support_is_open(intptr_t number)
{
	DWORD flags;

	return number % 4 == 0 &&
	       GetHandleInformation((HANDLE)number, &flags) != 0;
}

bool support_is_inherited(intptr_t number)
{
	DWORD flags = 0;

	ck_assert(GetHandleInformation((HANDLE)number, &flags));
	return (flags & HANDLE_FLAG_INHERIT) != 0;
}

void support_close(intptr_t number)
{
	ck_assert(CloseHandle((HANDLE)number));
}

intptr_t support_copy(intptr_t number)
{
	HANDLE copy = NULL;

	ck_assert(DuplicateHandle(self(), (HANDLE)number, self(), &copy, 0,
				  TRUE, DUPLICATE_SAME_ACCESS));
	return (intptr_t)copy;
}

/* The numbers that are free are used again, soon. */
void support_becomes(intptr_t number, intptr_t other)
{
	intptr_t tried[TRIES];
	int n = 0;

	if (support_is_open(number))
		support_close(number);
	do {
		ck_assert_int_lt(n, TRIES);
		tried[n] = support_copy(other);
	} while (tried[n++] != number);
	for (n--; n > 0; n--)
		support_close(tried[n - 1]);
}

static bool can_have(HANDLE h, DWORD rights)
{
	HANDLE more = NULL;

	if (!DuplicateHandle(self(), h, self(), &more, rights, FALSE, 0))
		return false;
	CloseHandle(more);
	return true;
}

static bool can_map(HANDLE h, DWORD rights)
{
	void *at = MapViewOfFile(h, rights, 0, 0, 0);

	if (at != NULL)
		UnmapViewOfFile(at);
	return at != NULL;
}

static bool can_protect(HANDLE h)
{
	void *at = MapViewOfFile(h, FILE_MAP_READ, 0, 0, 0);
	DWORD old;
	bool can = at != NULL && VirtualProtect(at, 4096, PAGE_READWRITE, &old);

	if (at != NULL)
		UnmapViewOfFile(at);
	return can;
}

bool support_can_write(intptr_t number)
{
	HANDLE h = (HANDLE)number;

	return can_map(h, FILE_MAP_WRITE) || can_protect(h) ||
	       can_have(h, SECTION_MAP_WRITE) ||
	       can_have(h, SECTION_ALL_ACCESS);
}

/* No handle leads to another one but as a duplicate. */
intptr_t support_opened_again(intptr_t number)
{
	(void)number;
	return -1;
}

bool support_can_resize(intptr_t number, uint64_t bytes)
{
	LARGE_INTEGER size = {.QuadPart = (LONGLONG)bytes};

	return NtExtendSection((HANDLE)number, &size) >= 0;
}

#define NAME "\\\\.\\pipe\\shmem-test"

static void make_pipe(DWORD flags, DWORD mode, intptr_t ret[2])
{
	HANDLE server = CreateNamedPipeA(NAME, PIPE_ACCESS_DUPLEX | flags, mode,
					 1, 4096, 4096, 0, NULL);
	HANDLE client = CreateFileA(NAME, GENERIC_READ | GENERIC_WRITE, 0, NULL,
				    OPEN_EXISTING, flags, NULL);

	ck_assert_ptr_ne(server, INVALID_HANDLE_VALUE);
	ck_assert_ptr_ne(client, INVALID_HANDLE_VALUE);
	ret[0] = (intptr_t)server;
	ret[1] = (intptr_t)client;
}

void support_wrong_ends(unsigned which, intptr_t ret[2])
{
	HANDLE ends[2];

	switch (which) {
	case 0: /* of bytes */
		make_pipe(FILE_FLAG_OVERLAPPED, PIPE_TYPE_BYTE, ret);
		break;
	case 1: /* messages, but read as bytes */
		make_pipe(FILE_FLAG_OVERLAPPED, PIPE_TYPE_MESSAGE, ret);
		break;
	case 2: /* one that waits in each call */
		make_pipe(0, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, ret);
		break;
	case 3:
		ck_assert(CreatePipe(&ends[0], &ends[1], NULL, 0));
		ret[0] = (intptr_t)ends[0];
		ret[1] = (intptr_t)ends[1];
		break;
	case 4:
		ret[0] = (intptr_t)CreateEventA(NULL, TRUE, FALSE, NULL);
		break;
	default:
		break;
	}
}

bool support_has_name(intptr_t number)
{
	union {
		UNICODE_STRING name;
		unsigned char bytes[1024];
	} found = {.name = {0}};

	ck_assert_int_ge(NtQueryObject((HANDLE)number,
				       (OBJECT_INFORMATION_CLASS)1, &found,
				       sizeof(found), NULL),
			 0);
	return found.name.Length != 0;
}
