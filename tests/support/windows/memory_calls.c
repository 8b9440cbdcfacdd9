/* SPDX-License-Identifier: MIT */
/* The calls of Windows. */
#include "memory_calls.h"

#include "support.h"

#include <shmem/base.h>
#include <windows.h>

#include <psapi.h>

const char call_view[] = "MapViewOfFileEx";
const char call_protect[] = "VirtualProtect";
/* Views and reservations go without fail; it takes a note of what another
 * thread may get hold of in between. */
const char call_unmap[] = "calloc";

const int call_no_memory = ERROR_NOT_ENOUGH_MEMORY;

const call_refusal call_view_refusals[] = {
	{"calloc", ERROR_NOT_ENOUGH_MEMORY, SHMEM_E_NOMEM},
	{"MapViewOfFileEx", ERROR_NOT_ENOUGH_MEMORY, SHMEM_E_NOMEM},
	{"MapViewOfFileEx", ERROR_COMMITMENT_LIMIT, SHMEM_E_NOSPACE},
	{"MapViewOfFileEx", ERROR_ACCESS_DENIED, SHMEM_E_ACCESS},
	{"MapViewOfFileEx", ERROR_INVALID_PARAMETER, SHMEM_E_ACCESS},
	{"MapViewOfFileEx", ERROR_NOT_SUPPORTED, SHMEM_E_SYS},
};
const size_t call_view_refusal_count =
	sizeof(call_view_refusals) / sizeof(call_view_refusals[0]);

bool call_make_writable(void *at)
{
	DWORD old;

	return VirtualProtect(at, 1, PAGE_READWRITE, &old);
}

/* No call makes a section shorter. What has pages could give them back, and
 * what has a length could lose some of it; but sections do neither. */
bool call_resize(shmem_os_handle os, uint64_t bytes)
{
	LARGE_INTEGER end = {.QuadPart = (LONGLONG)bytes};
	void *view = MapViewOfFile((HANDLE)os, FILE_MAP_WRITE, 0, 0, 0);
	bool done;

	ck_assert_ptr_nonnull(view);
	done = VirtualFree(view, 0, MEM_DECOMMIT) ||
	       VirtualFree(view, 1, MEM_DECOMMIT) ||
	       (SetFilePointerEx((HANDLE)os, end, NULL, FILE_BEGIN) &&
		SetEndOfFile((HANDLE)os));
	UnmapViewOfFile(view);
	return done;
}

void *call_private_view(shmem_os_handle os, size_t bytes)
{
	void *at = MapViewOfFile((HANDLE)os, FILE_MAP_COPY, 0, 0, bytes);

	ck_assert_ptr_nonnull(at);
	return at;
}

void call_private_unmap(void *at, size_t bytes)
{
	(void)bytes;
	UnmapViewOfFile(at);
}

void call_lock(void *at, size_t bytes)
{
	(void)VirtualLock(at, bytes);
}

size_t call_resident(void *at, size_t length)
{
	SYSTEM_INFO info;
	size_t n = 0;

	GetSystemInfo(&info);
	for (size_t i = 0; i < length; i += info.dwPageSize) {
		PSAPI_WORKING_SET_EX_INFORMATION page = {
			.VirtualAddress = (char *)at + i};

		if (K32QueryWorkingSetEx(GetCurrentProcess(), &page,
					 sizeof(page)))
			n += page.VirtualAttributes.Valid;
	}
	return n;
}
