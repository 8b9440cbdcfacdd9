/* SPDX-License-Identifier: MIT */
/* Code addresses by name, and files that are not what was loaded. */
#include "library.h"
#include "support.h"

#include "transport/symbol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	ck_assert_str_eq(symbol.module, library_program());
}
END_TEST

START_TEST(function_of_a_library_has_its_name)
{
	const char *code;

	support_needs(SUPPORT_SYMBOLS);
	support_needs(SUPPORT_LIBRARIES);
	code = library_function(NULL, "strtoul");
	shmem__symbol_find(code + 1, &symbol);
	ck_assert_ptr_nonnull(strstr(symbol.name, "strto"));
	ck_assert(library_is_c(symbol.module));
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
	FILE *file = fopen(library_built(), "rb");

	ck_assert_msg(file != NULL, "%s is not built", library_built());
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	original_size = (size_t)ftell(file);
	original = malloc(original_size);
	ck_assert_ptr_nonnull(original);
	rewind(file);
	ck_assert_uint_eq(fread(original, 1, original_size, file),
			  original_size);
	fclose(file);
}

/* Some bytes of the head, or of all that tells of functions. */
static size_t spoil(unsigned char *bytes, unsigned *seed)
{
	size_t head;
	size_t tables = library_tables(original, &head);

	memcpy(bytes, original, original_size);
	for (int k = 0; k < 8; k++) {
		size_t start = k % 2 == 0 ? 0 : tables;
		size_t span = k % 2 == 0 ? head : original_size - start;

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
	library_replace(path, original, original_size);
	library = library_load(path);
	code = library_function(library, "shmem_message_new");
	shmem__symbol_find(code + 1, &symbol);
	ck_assert_str_eq(symbol.name, "shmem_message_new");

	spoilt = malloc(original_size);
	ck_assert_ptr_nonnull(spoilt);
	for (int i = 0; i < rounds; i++) {
		library_replace(path, spoilt, spoil(spoilt, &seed));
		shmem__symbol_find(code + 1, &symbol);
		ck_assert_str_eq(symbol.module, path);
		ck_assert_uint_lt(strlen(symbol.name), SHMEM__SYMBOL_TEXT);
	}
	library_remove(path);
	shmem__symbol_find(code + 1, &symbol);
	ck_assert_str_eq(symbol.module, path);
	ck_assert_str_eq(symbol.name, "shmem_message_new");
	ck_assert_uint_eq(symbol.name_offset, 1);
	free(spoilt);
	free(original);
	library_unload(library);
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
