/* SPDX-License-Identifier: MIT */
/* Code addresses by name, and files that are not what was loaded. */
#include "support.h"

#include "transport/symbol.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static shmem__symbol symbol;

static __attribute__((noinline)) int nobody_exports_this(int n)
{
	__asm__ volatile("" ::: "memory");
	return n + 1;
}

START_TEST(function_of_the_program_has_its_name)
{
	int (*fn)(int) = nobody_exports_this;
	const char *code;
	char self[4096] = "";

	support_needs(SUPPORT_SYMBOLS);
	ck_assert_int_eq(fn(1), 2);
	memcpy(&code, &fn, sizeof(code));
	shmem__symbol_find(code, &symbol);
	ck_assert_int_eq(strncmp(symbol.name, "nobody_exports_this", 19), 0);
	ck_assert_uint_eq(symbol.name_offset, 0);
	shmem__symbol_find(code + 1, &symbol);
	ck_assert_int_eq(strncmp(symbol.name, "nobody_exports_this", 19), 0);
	ck_assert_uint_eq(symbol.name_offset, 1);
	ck_assert_uint_gt(symbol.module_offset, 0);
	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
	ck_assert_str_eq(symbol.module, self);
}
END_TEST

START_TEST(function_of_a_library_has_its_name)
{
	const char *code;

	support_needs(SUPPORT_SYMBOLS);
	support_needs(SUPPORT_LIBRARIES);
	code = dlsym(RTLD_DEFAULT, "strtoull");
	ck_assert_ptr_nonnull(code);
	shmem__symbol_find(code + 1, &symbol);
	ck_assert_ptr_nonnull(strstr(symbol.name, "strto"));
	ck_assert(strstr(symbol.module, "libc") != NULL ||
		  strstr(symbol.module, "musl") != NULL);
}
END_TEST

START_TEST(what_is_no_code_has_no_name)
{
	void *heap = calloc(1, 100);
	int local = 0;

	shmem__symbol_find(heap, &symbol);
	ck_assert_str_eq(symbol.name, "");
	ck_assert_str_eq(symbol.module, "");
	shmem__symbol_find(&local, &symbol);
	ck_assert_str_eq(symbol.module, "");
	shmem__symbol_find(NULL, &symbol);
	ck_assert_str_eq(symbol.name, "");
	free(heap);
}
END_TEST

/* A copy of this library is loaded; then its file is spoilt in many ways. */
static unsigned char *original;
static size_t original_size;

static void read_original(void)
{
	char path[4096 + 32] = "";
	ssize_t n = readlink("/proc/self/exe", path, 4096);
	struct stat st;
	int fd;

	ck_assert_int_gt(n, 0);
	strcpy(strrchr(path, '/'), "/../libshmem.so");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s is not built", path);
	ck_assert_int_eq(fstat(fd, &st), 0);
	original_size = (size_t)st.st_size;
	original = malloc(original_size);
	ck_assert_ptr_nonnull(original);
	ck_assert_int_eq(read(fd, original, original_size), st.st_size);
	close(fd);
}

/* A new file in its place: the loaded one stays as it was. */
static void replace(const char *path, const void *bytes, size_t length)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, length), (ssize_t)length);
	close(fd);
}

/* Some bytes of the headers, or of all that follows the section headers. */
static size_t spoil(unsigned char *bytes, unsigned *seed)
{
	ElfW(Ehdr) head;

	memcpy(&head, original, sizeof(head));
	memcpy(bytes, original, original_size);
	for (int k = 0; k < 8; k++) {
		size_t start = k % 2 == 0 ? 0 : head.e_shoff;
		size_t span = k % 2 == 0 ? sizeof(head) : original_size - start;

		*seed = *seed * 1103515245 + 12345;
		bytes[start + (*seed >> 8) % span] =
			(unsigned char)(*seed >> 24);
	}
	return *seed % 10 == 0 ? (*seed >> 4) % original_size : original_size;
}

START_TEST(spoilt_files_are_no_harm)
{
	int rounds = support_is_slow() ? 100 : 1000;
	char path[SUPPORT_PATH_MAX];
	unsigned char *spoilt;
	unsigned seed = 1;
	const char *code;
	void *library;

	support_needs(SUPPORT_SYMBOLS);
	support_needs(SUPPORT_LIBRARIES);
	read_original();
	support_path(path, "copy.so");
	replace(path, original, original_size);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(library != NULL, "%s", dlerror());
	code = dlsym(library, "shmem_message_new");
	ck_assert_ptr_nonnull(code);

	spoilt = malloc(original_size);
	ck_assert_ptr_nonnull(spoilt);
	for (int i = 0; i < rounds; i++) {
		replace(path, spoilt, spoil(spoilt, &seed));
		shmem__symbol_find(code + 1, &symbol);
		ck_assert_str_eq(symbol.module, path);
		ck_assert_uint_lt(strlen(symbol.name), SHMEM__SYMBOL_TEXT);
	}
	unlink(path);
	shmem__symbol_find(code + 1, &symbol);
	ck_assert_str_eq(symbol.name, "shmem_message_new");
	free(spoilt);
	free(original);
	dlclose(library);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("symbol");
	TCase *c = support_case(s, "symbol");

	tcase_add_test(c, function_of_the_program_has_its_name);
	tcase_add_test(c, function_of_a_library_has_its_name);
	tcase_add_test(c, what_is_no_code_has_no_name);
	tcase_add_test(c, spoilt_files_are_no_harm);
	return s;
}
SUPPORT_MAIN(suite)
