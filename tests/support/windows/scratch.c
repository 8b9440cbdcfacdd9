/* SPDX-License-Identifier: MIT */
/* A folder for a test's files, which goes when the test goes. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <windows.h>

#define VARIABLE "SUPPORT_FOLDER" /* the test's, for its children */

static char folder[SUPPORT_PATH_MAX / 2];

void support_scratch_make(void)
{
}

static void remove_files(void)
{
	char path[MAX_PATH];
	WIN32_FIND_DATAA file;
	HANDLE files;

	snprintf(path, sizeof(path), "%s\\*", folder);
	files = FindFirstFileA(path, &file);
	if (files == INVALID_HANDLE_VALUE)
		return;
	do {
		snprintf(path, sizeof(path), "%s\\%s", folder, file.cFileName);
		DeleteFileA(path);
	} while (FindNextFileA(files, &file));
	FindClose(files);
}

void support_scratch_remove(void)
{
	if (folder[0] == '\0')
		return;
	remove_files();
	RemoveDirectoryA(folder);
	_putenv_s(VARIABLE, "");
	folder[0] = '\0';
}

/* The system's folder for such things, and a name that it finds free. */
const char *support_scratch(void)
{
	char parent[SUPPORT_PATH_MAX / 2];
	char path[MAX_PATH];
	DWORD n;

	if (folder[0] != '\0')
		return folder;
	if (getenv(VARIABLE) != NULL)
		return getenv(VARIABLE);
	n = GetTempPathA(sizeof(parent), parent);
	ck_assert(n > 0 && n < sizeof(parent));
	ck_assert_uint_ne(GetTempFileNameA(parent, "shm", 0, path), 0);
	ck_assert_uint_lt(strlen(path), sizeof(folder));
	ck_assert(DeleteFileA(path) && CreateDirectoryA(path, NULL));
	memcpy(folder, path, strlen(path) + 1);
	_putenv_s(VARIABLE, folder);
	return folder;
}

void support_path(char out[SUPPORT_PATH_MAX], const char *name)
{
	int n = snprintf(out, SUPPORT_PATH_MAX, "%s\\%s", support_scratch(),
			 name);

	ck_assert_int_lt(n, SUPPORT_PATH_MAX);
}

int support_file(const char *name, const void *bytes, size_t len)
{
	char path[SUPPORT_PATH_MAX];
	int fd;

	support_path(path, name);
	fd = _open(path,
		   _O_RDWR | _O_CREAT | _O_EXCL | _O_BINARY | _O_NOINHERIT,
		   _S_IREAD | _S_IWRITE);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(_write(fd, bytes, (unsigned)len), (int)len);
	ck_assert_int_eq(_lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

int support_output_close(void)
{
	return -1;
}

void support_output_restore(int kept)
{
	(void)kept;
}
