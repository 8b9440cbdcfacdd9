/* SPDX-License-Identifier: MIT */
/*
 * Modules by the loader, functions by the symbol table that the file of a
 * module has where it was linked by the GNU tools and not stripped, else those
 * that the module exports. The offset is from where the module wanted to be,
 * which is how addr2line counts.
 */
#include "transport/symbol.h"

#include <string.h>
#include <windows.h>

#define SYMBOLS 64 /* read at once */

/* Only one thread at a time is here, and its stack may be small. */
static struct {
	HANDLE file;
	IMAGE_SYMBOL symbol[SYMBOLS];
	IMAGE_SECTION_HEADER section;
	IMAGE_SYMBOL best;
	uint32_t best_at;
} now;

static const IMAGE_NT_HEADERS *headers(const unsigned char *module)
{
	const IMAGE_DOS_HEADER *dos = (const IMAGE_DOS_HEADER *)module;

	return (const IMAGE_NT_HEADERS *)(module + dos->e_lfanew);
}

static bool read_at(uint64_t offset, void *to, size_t bytes)
{
	LARGE_INTEGER at = {.QuadPart = (LONGLONG)offset};
	DWORD n = 0;

	return SetFilePointerEx(now.file, at, NULL, FILE_BEGIN) &&
	       ReadFile(now.file, to, (DWORD)bytes, &n, NULL) && n == bytes;
}

/* The number of the section that a place is in, from 1; 0: none. */
static int section_of(const IMAGE_NT_HEADERS *nt, uint32_t place)
{
	const IMAGE_SECTION_HEADER *s = IMAGE_FIRST_SECTION(nt);

	for (int i = 0; i < nt->FileHeader.NumberOfSections; i++)
		if (place >= s[i].VirtualAddress &&
		    place - s[i].VirtualAddress < s[i].Misc.VirtualSize) {
			now.section = s[i];
			return i + 1;
		}
	return 0;
}

/* Functions in the section that begin at the offset or before it. */
static void consider(const IMAGE_SYMBOL *s, int section, uint32_t offset)
{
	if (s->SectionNumber != section || s->Value > offset || !ISFCN(s->Type))
		return;
	if (now.best.SectionNumber == 0 || s->Value >= now.best.Value)
		now.best = *s;
}

static bool search(const IMAGE_FILE_HEADER *file, int section, uint32_t offset)
{
	uint32_t left = file->NumberOfSymbols;
	uint64_t at = file->PointerToSymbolTable;
	uint32_t skip = 0;

	memset(&now.best, 0, sizeof(now.best));
	while (left > 0) {
		uint32_t n = left < SYMBOLS ? left : SYMBOLS;

		if (!read_at(at, now.symbol, n * IMAGE_SIZEOF_SYMBOL))
			return false;
		for (uint32_t i = 0; i < n; i++) {
			if (skip > 0) {
				skip--;
				continue;
			}
			consider(&now.symbol[i], section, offset);
			skip = now.symbol[i].NumberOfAuxSymbols;
		}
		left -= n;
		at += n * IMAGE_SIZEOF_SYMBOL;
	}
	return now.best.SectionNumber != 0;
}

/* A short name stands in the symbol, a long one behind the table. */
static void put_name(const IMAGE_FILE_HEADER *file, shmem__symbol *out)
{
	uint64_t names = file->PointerToSymbolTable +
			 (uint64_t)file->NumberOfSymbols * IMAGE_SIZEOF_SYMBOL;
	LARGE_INTEGER at;
	DWORD n = 0;

	if (now.best.N.Name.Short != 0) {
		memcpy(out->name, now.best.N.ShortName, 8);
		return;
	}
	at.QuadPart = (LONGLONG)(names + now.best.N.Name.Long);
	if (!SetFilePointerEx(now.file, at, NULL, FILE_BEGIN) ||
	    !ReadFile(now.file, out->name, SHMEM__SYMBOL_TEXT - 1, &n, NULL))
		n = 0;
	out->name[n] = '\0';
}

/* `place` is from where the module was loaded to. */
static void look_into_file(const unsigned char *module, uint32_t place,
			   shmem__symbol *out)
{
	const IMAGE_NT_HEADERS *nt = headers(module);
	const IMAGE_FILE_HEADER *file = &nt->FileHeader;
	int section = section_of(nt, place);
	IMAGE_NT_HEADERS linked;

	/* In memory it says where it was loaded to. */
	if (read_at((uint64_t)((const unsigned char *)nt - module), &linked,
		    sizeof(linked)))
		out->module_offset = place + linked.OptionalHeader.ImageBase;
	if (section == 0 || file->PointerToSymbolTable == 0)
		return;
	place -= now.section.VirtualAddress;
	if (search(file, section, place)) {
		put_name(file, out);
		out->name_offset = place - now.best.Value;
	}
}

/* Where the function begins that the code is in, from where the module was
 * loaded to; 0: that is not known. */
#if defined(__x86_64__)
static uint32_t beginning(const unsigned char *code)
{
	DWORD64 base = 0;
	const RUNTIME_FUNCTION *function =
		RtlLookupFunctionEntry((DWORD64)(uintptr_t)code, &base, NULL);

	return function != NULL ? function->BeginAddress : 0;
}
#else
static uint32_t beginning(const unsigned char *code)
{
	(void)code;
	return 0;
}
#endif

/* Functions that are exported begin there: what is behind one may be another's.
 */
static void look_into_exports(const unsigned char *module, uint32_t place,
			      shmem__symbol *out)
{
	const IMAGE_DATA_DIRECTORY *where =
		&headers(module)
			 ->OptionalHeader
			 .DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
	const IMAGE_EXPORT_DIRECTORY *exports =
		(const IMAGE_EXPORT_DIRECTORY *)(module +
						 where->VirtualAddress);
	uint32_t from = beginning(module + place);
	const DWORD *functions;
	const DWORD *names;
	const WORD *which;

	if (from == 0 || where->Size == 0)
		return;
	functions = (const DWORD *)(module + exports->AddressOfFunctions);
	names = (const DWORD *)(module + exports->AddressOfNames);
	which = (const WORD *)(module + exports->AddressOfNameOrdinals);
	for (DWORD i = 0; i < exports->NumberOfNames; i++)
		if (functions[which[i]] == from) {
			strncpy(out->name, (const char *)module + names[i],
				SHMEM__SYMBOL_TEXT - 1);
			out->name_offset = place - from;
			return;
		}
}

void shmem__symbol_find(const void *code, shmem__symbol *out)
{
	const DWORD which = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
			    GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
	const unsigned char *module;
	uint32_t place;
	HMODULE found;
	DWORD n;

	memset(out, 0, sizeof(*out));
	if (!GetModuleHandleExA(which, (LPCSTR)code, &found))
		return;
	n = GetModuleFileNameA(found, out->module, SHMEM__SYMBOL_TEXT);
	if (n == 0 || n >= SHMEM__SYMBOL_TEXT) {
		out->module[0] = '\0';
		return;
	}
	module = (const unsigned char *)found;
	place = (uint32_t)((const unsigned char *)code - module);
	out->module_offset = place;
	now.file = CreateFileA(out->module, GENERIC_READ,
			       FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
			       OPEN_EXISTING, 0, NULL);
	if (now.file != INVALID_HANDLE_VALUE) {
		look_into_file(module, place, out);
		CloseHandle(now.file);
	}
	if (out->name[0] == '\0')
		look_into_exports(module, place, out);
}
