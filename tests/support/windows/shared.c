/* SPDX-License-Identifier: MIT */
/* Memory that all tests of a program share: the program that runs them makes
 * it, and tells them its name. */
#include "support.h"

#include "handle/windows/section.h"

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#define RUN "SUPPORT_RUN"

void *support_shared(size_t bytes)
{
	static unsigned made;
	char name[64];
	char run[16];
	HANDLE section;
	void *at;

	if (getenv(RUN) == NULL) {
		snprintf(run, sizeof(run), "%lu", GetCurrentProcessId());
		_putenv_s(RUN, run);
	}
	snprintf(name, sizeof(name), "Local\\shmem-test.%s.%u", getenv(RUN),
		 made++);
	section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE,
				     0, (DWORD)bytes, name);
	at = section != NULL ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0)
			     : NULL;
	if (at == NULL)
		abort();
	return at;
}

/* All of a section is promised when it is made. */
uint64_t support_held(intptr_t os)
{
	uint64_t bytes = 0;

	ck_assert_int_eq(shmem__section_size((HANDLE)os, &bytes), 0);
	return bytes;
}

bool support_private_shm(const char *options)
{
	(void)options;
	return false;
}

size_t support_shm_files(void)
{
	return 0;
}

size_t support_names(const char *name)
{
	char full[128];
	HANDLE section;

	snprintf(full, sizeof(full), "Local\\shmem.%s", name);
	section = OpenFileMappingA(SECTION_QUERY, FALSE, full);
	if (section == NULL)
		return 0;
	CloseHandle(section);
	return 1;
}
