/* SPDX-License-Identifier: MIT */
/* Shared libraries, in PE. */
#include "library.h"

#include "support.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

const char *library_program(void)
{
	return support_self();
}

const char *library_built(void)
{
	static char path[MAX_PATH + 32];

	strcpy(path, library_program());
	strcpy(strrchr(path, '\\'), "\\..\\libshmem.dll");
	return path;
}

void *library_load(const char *path)
{
	void *library = (void *)LoadLibraryA(path);

	ck_assert_msg(library != NULL, "%s: %lu", path, GetLastError());
	return library;
}

void library_unload(void *library)
{
	FreeLibrary((HMODULE)library);
}

const char *library_function(void *library, const char *name)
{
	FARPROC code = GetProcAddress(
		library != NULL ? (HMODULE)library : GetModuleHandleA("msvcrt"),
		name);
	const char *at;

	ck_assert(code != NULL);
	memcpy(&at, &code, sizeof(at));
	return at;
}

/* The symbols are the last. */
size_t library_tables(const unsigned char *bytes, size_t *head)
{
	const IMAGE_DOS_HEADER *dos = (const IMAGE_DOS_HEADER *)bytes;
	const IMAGE_NT_HEADERS *nt =
		(const IMAGE_NT_HEADERS *)(bytes + dos->e_lfanew);

	ck_assert_uint_ne(nt->FileHeader.PointerToSymbolTable, 0);
	*head = (size_t)dos->e_lfanew + sizeof(*nt);
	return nt->FileHeader.PointerToSymbolTable;
}

/* What is loaded can't go, but may have another name. */
static void put_aside(const char *path)
{
	char aside[MAX_PATH];

	snprintf(aside, sizeof(aside), "%s.loaded", path);
	ck_assert(MoveFileA(path, aside) ||
		  GetLastError() == ERROR_FILE_NOT_FOUND);
}

void library_replace(const char *path, const void *bytes, size_t length)
{
	DWORD n = 0;
	HANDLE h;

	library_remove(path);
	h = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
	ck_assert_msg(h != INVALID_HANDLE_VALUE, "%s: %lu", path,
		      GetLastError());
	ck_assert(WriteFile(h, bytes, (DWORD)length, &n, NULL));
	ck_assert_uint_eq(n, length);
	CloseHandle(h);
}

void library_remove(const char *path)
{
	if (!DeleteFileA(path))
		put_aside(path);
}

bool library_is_c(const char *path)
{
	return strstr(path, "msvcrt") != NULL;
}
