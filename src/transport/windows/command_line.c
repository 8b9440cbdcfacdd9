/* SPDX-License-Identifier: MIT */
/*
 * Windows programs get one text and take it apart themselves. By the rules of
 * its C library a quote is written \", and backslashes are doubled where they
 * come before a quote, and nowhere else.
 */
#include "transport/windows/command_line.h"

#include "base/error.h"
#include "base/fault.h"

#include <string.h>
#include <windows.h>

#define COMMAND_MAX 32767 /* with its NUL */
#define ENVIRONMENT_MAX ((size_t)1 << 20)
#define FILE_MAX 32768

static bool is_plain(const char *arg)
{
	return arg[0] != '\0' && strpbrk(arg, " \t\n\v\"") == NULL;
}

/* Backslashes that come before a quote, each for two. */
static char *put_slashes(char *at, size_t n)
{
	memset(at, '\\', n);
	return at + n;
}

static char *put_quoted(char *at, const char *arg)
{
	*at++ = '"';
	for (;;) {
		size_t slashes = strspn(arg, "\\");

		arg += slashes;
		if (*arg == '\0') {
			at = put_slashes(at, 2 * slashes);
			break;
		}
		if (*arg == '"')
			at = put_slashes(at, 2 * slashes + 1);
		else
			at = put_slashes(at, slashes);
		*at++ = *arg++;
	}
	*at++ = '"';
	return at;
}

int shmem__command_line(const char *const *argv, char **ret)
{
	size_t room = 1;
	char *text;
	char *at;

	for (size_t i = 0; argv[i] != NULL; i++)
		room += 2 * strlen(argv[i]) + 3;
	text = shmem__calloc(room, 1);
	if (text == NULL)
		return SHMEM_E_NOMEM;
	at = text;
	for (size_t i = 0; argv[i] != NULL; i++) {
		if (i > 0)
			*at++ = ' ';
		if (is_plain(argv[i])) {
			size_t n = strlen(argv[i]);

			memcpy(at, argv[i], n);
			at += n;
		} else {
			at = put_quoted(at, argv[i]);
		}
	}
	*at = '\0';
	if ((size_t)(at - text) >= COMMAND_MAX) {
		shmem__free(text);
		return SHMEM_E_LIMIT;
	}
	*ret = text;
	return 0;
}

int shmem__environment_block(const char *const *env, char **ret)
{
	size_t room = 2; /* an empty one ends twice, too */
	char *block;
	char *at;

	for (size_t i = 0; env != NULL && env[i] != NULL; i++)
		room += strlen(env[i]) + 1;
	if (room > ENVIRONMENT_MAX)
		return SHMEM_E_LIMIT;
	block = shmem__calloc(room, 1);
	if (block == NULL)
		return SHMEM_E_NOMEM;
	at = block;
	for (size_t i = 0; env != NULL && env[i] != NULL; i++) {
		size_t n = strlen(env[i]) + 1;

		memcpy(at, env[i], n);
		at += n;
	}
	*ret = block;
	return 0;
}

static bool is_folder(const char *path)
{
	DWORD attributes = GetFileAttributesA(path);

	return attributes != INVALID_FILE_ATTRIBUTES &&
	       (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

int shmem__find_program(const char *path, char **ret)
{
	bool here = strpbrk(path, "/\\:") != NULL;
	char *found = shmem__calloc(FILE_MAX, 1);
	char *folders = NULL;
	DWORD n;

	if (found == NULL)
		return SHMEM_E_NOMEM;
	if (!here) {
		folders = shmem__calloc(FILE_MAX, 1);
		if (folders == NULL) {
			shmem__free(found);
			return SHMEM_E_NOMEM;
		}
		(void)GetEnvironmentVariableA("PATH", folders, FILE_MAX);
	}
	/* Never the current folder, unless PATH has it. */
	n = SHMEM__OS(
		0, SearchPathA,
		(here ? "." : folders, path, ".exe", FILE_MAX, found, NULL));
	shmem__free(folders);
	if (n == 0 || n >= FILE_MAX) {
		shmem__free(found);
		return n == 0 ? shmem__fail_last() : SHMEM_E_LIMIT;
	}
	/* What starting one says is not the same everywhere. */
	if (is_folder(found)) {
		shmem__free(found);
		return shmem__fail_os(ERROR_ACCESS_DENIED, SHMEM_E_ACCESS);
	}
	*ret = found;
	return 0;
}
