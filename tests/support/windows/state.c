/* SPDX-License-Identifier: MIT */
/* What a process has open and mapped, as the system tells. */
#include "state.h"

#include <windows.h>
#include <winternl.h>

typedef union type_name {
	UNICODE_STRING name;
	char bytes[1024];
} type_name;

NTSYSAPI NTSTATUS NTAPI NtQueryEvent(HANDLE event, int what, void *ret,
				     ULONG length, ULONG *ret_length);
#define LETS_ONE_PASS 1 /* SynchronizationEvent */

static bool is_auto_reset(HANDLE event)
{
	struct {
		int kind;
		LONG state;
	} facts = {0, 0};

	return NtQueryEvent(event, 0, &facts, sizeof(facts), NULL) == 0 &&
	       facts.kind == LETS_ONE_PASS;
}

/* The library makes one for all its children, and keeps it. */
static bool is_job(const type_name *type)
{
	return type->name.Length == 3 * sizeof(WCHAR) &&
	       wcsncmp(type->name.Buffer, L"Job", 3) == 0;
}

/*
 * A lock of winpthreads makes an event when two threads first meet at it, and
 * keeps it to its end, which never comes for the locks of that library itself
 * (of its list of threads, for one). It lets one thread pass; this library
 * makes no such events. Semaphores are of the system's own locks.
 */
static bool is_of_a_lock(HANDLE h, const type_name *type)
{
	size_t length = type->name.Length / sizeof(WCHAR);

	if (length == 9 && wcsncmp(type->name.Buffer, L"Semaphore", 9) == 0)
		return true;
	return length == 5 && wcsncmp(type->name.Buffer, L"Event", 5) == 0 &&
	       is_auto_reset(h);
}

static void add_handle(support_state *s, HANDLE h)
{
	type_name type;

	if (NtQueryObject(h, ObjectTypeInformation, &type, sizeof(type),
			  NULL) != 0)
		type.name.Length = 0;
	if (is_of_a_lock(h, &type) || is_job(&type))
		return;
	support_state_add(s, "handle %p %.*ls", (void *)h,
			  (int)(type.name.Length / sizeof(WCHAR)),
			  type.name.Buffer);
}

/* The lowest free number is used first, so that there are no large gaps. How
 * many there are the system could say; Wine does not. */
#define GAP 256u
void support_state_descriptors(support_state *s)
{
	DWORD flags;

	for (uintptr_t i = 1, end = GAP; i < end; i++) {
		HANDLE h = (HANDLE)(4 * i);

		if (!GetHandleInformation(h, &flags))
			continue;
		add_handle(s, h);
		end = i + GAP;
	}
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
