/* SPDX-License-Identifier: MIT */
/* The table of deeds, where there are exceptions; and the deeds of Windows. */
#include "deeds.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

#define AV "access violation"

static deed_fn call_reads, call_writes, mem_read, mem_write;

const char *const deed_columns[DEED_COLUMNS] = {
	"given away or freed, PROTECT", "given away or freed, UNMAP",
	"given away or freed, NONE", "its channel closed",
	"a mapping for READ"};

const deed deed_table[] = {
	{.text = "load",
	 .fn = deed_load,
	 .reported = "load from",
	 .outcome = {AV, AV, "done", AV, "done"}},
	{.text = "store",
	 .fn = deed_store,
	 .reported = "store to",
	 .outcome = {AV, AV, "done", AV, AV}},
	{.text = "atomic addition",
	 .fn = deed_atomic,
	 .reported = "store to",
	 .outcome = {AV, AV, "done", AV, AV}},
	{.text = "`memcpy` out of it",
	 .fn = deed_copy_from,
	 .reported = "load from",
	 .outcome = {AV, AV, "done", AV, "done"}},
	{.text = "`memcpy` into it",
	 .fn = deed_copy_to,
	 .reported = "store to",
	 .outcome = {AV, AV, "done", AV, AV}},
	{.text = "load in another thread",
	 .fn = deed_thread_load,
	 .reported = "load from",
	 .dear = true,
	 .outcome = {AV, AV, "done", AV, "done"}},
	{.text = "store in another thread",
	 .fn = deed_thread_store,
	 .reported = "store to",
	 .dear = true,
	 .outcome = {AV, AV, "done", AV, AV}},
	{.text = "system call that reads it (`WriteFile`)",
	 .fn = call_reads,
	 .outcome = {"ERROR_INVALID_USER_BUFFER", "ERROR_INVALID_USER_BUFFER",
		     "done", "ERROR_INVALID_USER_BUFFER", "done"}},
	{.text = "system call that writes it (`ReadFile`)",
	 .fn = call_writes,
	 .outcome = {"ERROR_NOACCESS", "ERROR_NOACCESS", "done",
		     "ERROR_NOACCESS", "ERROR_NOACCESS"}},
	{.text = "`ReadProcessMemory`",
	 .fn = mem_read,
	 .outcome = {"done or ERROR_PARTIAL_COPY",
		     "zeros or ERROR_PARTIAL_COPY", "done",
		     "zeros or ERROR_NOACCESS or ERROR_PARTIAL_COPY", "done"}},
	{.text = "`WriteProcessMemory`",
	 .fn = mem_write,
	 .outcome = {"ERROR_ACCESS_DENIED or ERROR_NOACCESS",
		     "nowhere or ERROR_NOACCESS", "done",
		     "nowhere or ERROR_ACCESS_DENIED or ERROR_NOACCESS",
		     "ERROR_ACCESS_DENIED or ERROR_NOACCESS"}},
};
const size_t deed_count = sizeof(deed_table) / sizeof(deed_table[0]);

/* The part of it that a view may begin with. */
static unsigned char *view(shmem_os_handle os, uint64_t offset, DWORD access)
{
	SYSTEM_INFO info;
	uint64_t from;
	unsigned char *at;

	GetSystemInfo(&info);
	from = offset - offset % info.dwAllocationGranularity;
	at = MapViewOfFile((HANDLE)os, access, (DWORD)(from >> 32), (DWORD)from,
			   (size_t)(offset - from) + DEED_BYTES);
	return at;
}

static size_t in_view(uint64_t offset)
{
	SYSTEM_INFO info;

	GetSystemInfo(&info);
	return (size_t)(offset % info.dwAllocationGranularity);
}

bool deed_object_read(shmem_os_handle os, uint64_t offset, void *to, size_t n)
{
	unsigned char *at = view(os, offset, FILE_MAP_READ);

	if (at == NULL)
		return false;
	memcpy(to, at + in_view(offset), n);
	return UnmapViewOfFile(at);
}

bool deed_object_write(shmem_os_handle os, uint64_t offset, const void *from,
		       size_t n)
{
	unsigned char *at = view(os, offset, FILE_MAP_WRITE);

	if (at == NULL)
		return false;
	memcpy(at + in_view(offset), from, n);
	return UnmapViewOfFile(at);
}

/* "done" where all of it was, else the error. */
static const char *result(BOOL done, const SIZE_T *n)
{
	static char other[32];

	if (done)
		return *n == DEED_BYTES ? "done" : "half done";
	switch (GetLastError()) {
	case ERROR_NOACCESS:
		return "ERROR_NOACCESS";
	case ERROR_PARTIAL_COPY:
		return "ERROR_PARTIAL_COPY";
	case ERROR_INVALID_USER_BUFFER:
		return "ERROR_INVALID_USER_BUFFER";
	case ERROR_ACCESS_DENIED:
		return "ERROR_ACCESS_DENIED";
	default:
		snprintf(other, sizeof(other), "error %lu", GetLastError());
		return other;
	}
}

static HANDLE file(void)
{
	char path[SUPPORT_PATH_MAX];
	HANDLE h;

	support_path(path, "deed");
	h = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL,
			CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
	ck_assert_ptr_ne(h, INVALID_HANDLE_VALUE);
	return h;
}

static const char *write_to(HANDLE to, const unsigned char *at)
{
	DWORD n = 0;
	BOOL done = WriteFile(to, at, DEED_BYTES, &n, NULL);
	SIZE_T moved = n;

	return result(done, &moved);
}

static const char *read_from(HANDLE from, unsigned char *at)
{
	DWORD n = 0;
	BOOL done = ReadFile(from, at, DEED_BYTES, &n, NULL);
	SIZE_T moved = n;

	return result(done, &moved);
}

static const char *call_reads(unsigned char *at)
{
	HANDLE to_file = file();
	const char *outcome;
	HANDLE ends[2];

	ck_assert(CreatePipe(&ends[0], &ends[1], NULL, 0));
	outcome = write_to(ends[1], at);
	outcome = deed_both(outcome, write_to(to_file, at));
	CloseHandle(ends[0]);
	CloseHandle(ends[1]);
	CloseHandle(to_file);
	return outcome;
}

static const char *call_writes(unsigned char *at)
{
	unsigned char from[DEED_BYTES];
	HANDLE from_file = file();
	const char *outcome;
	HANDLE ends[2];

	memset(from, DEED_AFTER, sizeof(from));
	ck_assert(CreatePipe(&ends[0], &ends[1], NULL, 0));
	ck_assert_str_eq(write_to(ends[1], from), "done");
	ck_assert_str_eq(write_to(from_file, from), "done");
	SetFilePointer(from_file, 0, NULL, FILE_BEGIN);
	outcome = read_from(ends[0], at);
	outcome = deed_both(outcome, read_from(from_file, at));
	CloseHandle(ends[0]);
	CloseHandle(ends[1]);
	CloseHandle(from_file);
	return deed_stored(outcome, at);
}

static const char *mem_read(unsigned char *at)
{
	unsigned char to[DEED_BYTES] = {0};
	SIZE_T n = 0;
	BOOL done =
		ReadProcessMemory(GetCurrentProcess(), at, to, sizeof(to), &n);

	if (!done)
		return result(done, &n);
	return to[0] == DEED_BEFORE ? "done"
	       : to[0] == 0         ? "zeros"
				    : "nonsense";
}

static const char *mem_write(unsigned char *at)
{
	unsigned char from[DEED_BYTES];
	SIZE_T n = 0;
	BOOL done;

	memset(from, DEED_AFTER, sizeof(from));
	done = WriteProcessMemory(GetCurrentProcess(), at, from, sizeof(from),
				  &n);
	return deed_stored(result(done, &n), at);
}
