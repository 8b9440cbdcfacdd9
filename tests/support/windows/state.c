/* SPDX-License-Identifier: MIT */
/* What a process has open and mapped, as the system tells. */
#include "state.h"

#include <windows.h>
#include <winternl.h>

static void add_handle(support_state *s, HANDLE h)
{
	union {
		UNICODE_STRING name;
		char bytes[1024];
	} type;
	DWORD flags;

	if (!GetHandleInformation(h, &flags))
		return;
	if (NtQueryObject(h, ObjectTypeInformation, &type, sizeof(type),
			  NULL) != 0)
		type.name.Length = 0;
	support_state_add(s, "handle %p %.*ls", (void *)h,
			  (int)(type.name.Length / sizeof(WCHAR)),
			  type.name.Buffer);
}

/* The system reuses numbers, so that all of them are below a few times as many
 * as were ever open at once. */
void support_state_descriptors(support_state *s)
{
	DWORD count = 0;

	GetProcessHandleCount(GetCurrentProcess(), &count);
	for (uintptr_t i = 1; i < 4 * (uintptr_t)count + 256; i++)
		add_handle(s, (HANDLE)(4 * i));
}

/* Views of sections that are of no program, and addresses that are reserved
 * for no access: the heap and the stacks reserve theirs to write. */
static bool matters(const MEMORY_BASIC_INFORMATION *m)
{
	if (m->Type == MEM_MAPPED)
		return true;
	return m->State == MEM_RESERVE && m->Type == MEM_PRIVATE &&
	       m->AllocationProtect == PAGE_NOACCESS;
}

void support_state_mappings(support_state *s)
{
	MEMORY_BASIC_INFORMATION m;
	unsigned char *at = NULL;

	while (VirtualQuery(at, &m, sizeof(m)) != 0) {
		if (matters(&m))
			support_state_add(
				s, "mapping %p %llx state %lx protection %lx",
				m.BaseAddress, (unsigned long long)m.RegionSize,
				m.State, m.Protect);
		at = (unsigned char *)m.BaseAddress + m.RegionSize;
	}
}
