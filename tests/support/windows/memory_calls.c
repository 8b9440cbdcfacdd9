/* SPDX-License-Identifier: MIT */
/* The calls of Windows. */
#include "memory_calls.h"

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
