/* SPDX-License-Identifier: MIT */
/* Handles of every kind, with every kind of rights. */
#include "gate.h"

#include "handle/os.h"
#include "handle/windows/section.h"

#include <windows.h>

static intptr_t section(DWORD protection, DWORD bytes)
{
	HANDLE h = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, protection, 0,
				      bytes, NULL);

	ck_assert_ptr_nonnull(h);
	return (intptr_t)h;
}

/* Another handle with these rights, instead. */
static intptr_t with_rights(intptr_t from, DWORD rights)
{
	HANDLE self = GetCurrentProcess();
	HANDLE to = NULL;

	ck_assert(DuplicateHandle(self, (HANDLE)from, self, &to, rights, FALSE,
				  DUPLICATE_CLOSE_SOURCE));
	return (intptr_t)to;
}

static intptr_t reserved(void)
{
	return section(PAGE_READWRITE | SEC_RESERVE, GATE_BYTES);
}

static intptr_t smaller(void)
{
	return section(PAGE_READWRITE, 4096);
}

static intptr_t larger(void)
{
	return section(PAGE_READWRITE, 65536);
}

static intptr_t not_to_be_asked(void)
{
	return with_rights(section(PAGE_READWRITE, GATE_BYTES),
			   FILE_MAP_READ | FILE_MAP_WRITE);
}

static intptr_t write_only(void)
{
	return with_rights(section(PAGE_READWRITE, GATE_BYTES),
			   SECTION_MAP_WRITE | SECTION_QUERY);
}

static intptr_t to_be_asked_only(void)
{
	return with_rights(section(PAGE_READWRITE, GATE_BYTES), SECTION_QUERY);
}

static intptr_t of_program(DWORD protection)
{
	HANDLE file = CreateFileA(support_self(), GENERIC_READ, FILE_SHARE_READ,
				  NULL, OPEN_EXISTING, 0, NULL);
	HANDLE h = CreateFileMappingA(file, NULL, protection, 0, 0, NULL);

	ck_assert_ptr_nonnull(h);
	CloseHandle(file);
	return (intptr_t)h;
}

static intptr_t file_s(void)
{
	return of_program(PAGE_READONLY);
}

static intptr_t program_s(void)
{
	return of_program(PAGE_READONLY | SEC_IMAGE);
}

static intptr_t file(void)
{
	return (intptr_t)CreateFileA(support_self(), GENERIC_READ,
				     FILE_SHARE_READ, NULL, OPEN_EXISTING, 0,
				     NULL);
}

static intptr_t event(void)
{
	return (intptr_t)CreateEventA(NULL, TRUE, FALSE, NULL);
}

static intptr_t null(void)
{
	return 0;
}

static intptr_t this_process(void)
{
	return -1;
}

static intptr_t this_thread(void)
{
	return -2;
}

static intptr_t odd(void)
{
	return 3;
}

static intptr_t closed_number(void)
{
	return 0x7ffffff0;
}

const gate_kind gate_wrong[] = {
	{"pages that are not there", reserved},
	{"smaller", smaller},
	{"larger", larger},
	{"memory that may not be asked about", not_to_be_asked},
	{"write-only", write_only},
	{"memory that may only be asked about", to_be_asked_only},
	{"a file's memory", file_s},
	{"a program's memory", program_s},
	{"a file", file},
	{"an event", event},
	{"nothing", null},
	{"this process", this_process},
	{"this thread", this_thread},
	{"an odd number", odd},
	{"a closed number", closed_number},
};
const int gate_wrong_count = sizeof(gate_wrong) / sizeof(gate_wrong[0]);

/* Of the library's making, whose holders get no more rights than they have, or
 * of somebody's; and with these rights. */
enum { OURS, ANYBODYS };

static intptr_t with(const gate_rights *rights)
{
	shmem_os_handle os;

	if (rights->how[0] == ANYBODYS)
		os = section(PAGE_READWRITE, GATE_BYTES);
	else
		ck_assert_int_eq(
			shmem__object_create(GATE_BYTES, NULL, false, &os), 0);
	return with_rights(os, rights->how[1]);
}

const gate_rights gate_known[] = {
	{"writable",
	 with,
	 {OURS, SHMEM__SECTION_RW},
	 true,
	 false,
	 false,
	 false},
	{"read-only",
	 with,
	 {OURS, SHMEM__SECTION_READ},
	 false,
	 true,
	 true,
	 false},
	{"anybody's, writable",
	 with,
	 {ANYBODYS, SHMEM__SECTION_RW},
	 true,
	 false,
	 false,
	 false},
	{"anybody's, read-only",
	 with,
	 {ANYBODYS, SHMEM__SECTION_READ},
	 false,
	 true,
	 false,
	 false},
	{"anybody's, of which more can be had",
	 with,
	 {ANYBODYS, SHMEM__SECTION_READ | WRITE_DAC},
	 false,
	 true,
	 false,
	 false},
};
const int gate_known_count = sizeof(gate_known) / sizeof(gate_known[0]);
