/* SPDX-License-Identifier: MIT */
/* Shared libraries, in ELF. */
#include "library.h"

#include "support.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *library_program(void)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	return path;
}

const char *library_built(void)
{
	static char path[4096 + 32];

	strcpy(path, library_program());
	strcpy(strrchr(path, '/'), "/../libshmem.so");
	return path;
}

void *library_load(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	ck_assert_msg(library != NULL, "%s", dlerror());
	return library;
}

void library_unload(void *library)
{
	dlclose(library);
}

const char *library_function(void *library, const char *name)
{
	const char *code =
		dlsym(library != NULL ? library : RTLD_DEFAULT, name);

	ck_assert_ptr_nonnull(code);
	return code;
}

/* The section headers are the last, but for what they lead to. */
size_t library_tables(const unsigned char *bytes, size_t *head)
{
	ElfW(Ehdr) h;

	memcpy(&h, bytes, sizeof(h));
	*head = sizeof(h);
	return h.e_shoff;
}

void library_replace(const char *path, const void *bytes, size_t length)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, length), (ssize_t)length);
	close(fd);
}

void library_remove(const char *path)
{
	unlink(path);
}

bool library_is_c(const char *path)
{
	return strstr(path, "libc") != NULL || strstr(path, "musl") != NULL;
}
