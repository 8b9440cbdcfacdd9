/* SPDX-License-Identifier: MIT */
/* What a process makes of the variable that tells what it was given. */
#include "support.h"

#include "base/fault.h"
#include "handle/os.h"
#include "transport/inherit.h"

#include <errno.h>
#include <shmem/shmem.h>
#include <string.h>

static void is_untrusted(const char *value)
{
	shmem_handle *h = NULL;
	shmem_channel *c = NULL;

	support_variable(SHMEM__INHERIT, value);
	ck_assert_int_eq(shmem_inherited_handle("a", &h), SHMEM_E_UNTRUSTED);
	ck_assert_int_eq(shmem_inherited_channel(NULL, &c), SHMEM_E_UNTRUSTED);
	support_variable(SHMEM__INHERIT, NULL);
}

static shmem_handle *memory(void)
{
	shmem_handle *h = NULL;

	ck_assert_int_eq(shmem_handle_create(4096, NULL, &h), 0);
	return h;
}

/* In this process: the variable is whatever somebody wrote. */
START_TEST(malformed_variables_are_untrusted)
{
#define ID "00000000000000000000000000000000" /* of nothing */
	static const char *const bad[] = {
		"2",
		"1x",
		"1;",
		"1;b",
		"1;b=",
		"1;b=3",
		"1;b=3:",
		("1;b=3:" ID),
		("1;b=3:" ID ":00"),
		"1;b=3:0g",
		("1;b=99999999999999999999:" ID),
		"1;b=-1",
		"1;b=-:00",
		"1;channel:",
		"1;channel:3",
		"1;channel:-",
		("1;channel:3:" ID ":0:0"),
		"1;channel:3:0000000000000000000000000000000",
		("1;channel:3:" ID),
		("1;channel:3:" ID ":"),
		("1;channel:3:" ID ":x"),
		("1;channel:3:" ID ":1x"),
		"1;channel:3:0000000000000000000000000000000G",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		is_untrusted(bad[i]);
}
END_TEST

START_TEST(empty_variable_is_untrusted)
{
	support_needs(SUPPORT_EMPTY);
	is_untrusted("");
}
END_TEST

/* A variable of the right form for `handle`, which says it is `os`. */
static void set_variable(const shmem_handle *handle, shmem_os_handle os)
{
	shmem__passed passed = {"a", handle, os, os};
	char *text = NULL;

	ck_assert_int_eq(shmem__inherit_text(&passed, 1, &text), 0);
	support_variable(SHMEM__INHERIT, text + strlen(SHMEM__INHERIT "="));
	shmem__free(text);
}

START_TEST(what_is_not_the_memory_is_untrusted_and_closed)
{
	shmem_handle *a = memory();
	shmem_handle *h = NULL;
	intptr_t other = support_stranger();
	bool inheritable;

	set_variable(a, other);
	ck_assert_int_eq(shmem_inherited_handle("a", &h), SHMEM_E_UNTRUSTED);
	ck_assert_int_ne(shmem__object_is_inheritable(other, &inheritable), 0);
	ck_assert_ptr_null(h);
	support_variable(SHMEM__INHERIT, NULL);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(descriptor_that_is_not_inherited_is_not_taken)
{
	shmem_handle *a = memory();
	shmem_handle *h = NULL;

	set_variable(a, shmem_handle_os(a));
	ck_assert_int_eq(shmem_inherited_handle("a", &h), SHMEM_E_NOENT);
	shmem_handle_close(&a);
	ck_assert_int_eq(shmem_inherited_handle("a", &h), SHMEM_E_NOENT);
	support_variable(SHMEM__INHERIT, NULL);
}
END_TEST

START_TEST(handle_that_could_not_be_taken_can_be_taken_later)
{
	shmem_handle *a = memory();
	shmem_handle *h = NULL;
	shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;

	ck_assert_int_eq(
		shmem__object_duplicate(shmem_handle_os(a), SHMEM_RW, &os), 0);
	ck_assert_int_eq(shmem__object_set_inheritable(os, true), 0);
	set_variable(a, os);
	shmem__fault_arm(1, ENOMEM, "calloc");
	ck_assert_int_eq(shmem_inherited_handle("a", &h), SHMEM_E_NOMEM);
	shmem__fault_arm(0, 0, NULL);
	ck_assert_int_eq(shmem_inherited_handle("a", &h), 0);
	ck_assert_int_eq(shmem_handle_os(h), os);
	shmem_handle_close(&h);
	support_variable(SHMEM__INHERIT, NULL);
	shmem_handle_close(&a);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("inherit");
	TCase *c = support_case(s, "inherit");

	tcase_add_test(c, malformed_variables_are_untrusted);
	tcase_add_test(c, empty_variable_is_untrusted);
	tcase_add_test(c, what_is_not_the_memory_is_untrusted_and_closed);
	tcase_add_test(c, descriptor_that_is_not_inherited_is_not_taken);
	tcase_add_test(c, handle_that_could_not_be_taken_can_be_taken_later);
	return s;
}
SUPPORT_MAIN(suite)
