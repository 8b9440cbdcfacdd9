/* SPDX-License-Identifier: MIT */
/* src/handle/windows/named.c: names of a session. */
#include "channels.h"
#include "here.h"

#include "handle/os.h"

#include <shmem/named.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define BYTES 10001u

static char name[64];

static void setup(void)
{
	snprintf(name, sizeof(name), "test.%lu", GetCurrentProcessId());
}

static shmem_handle *opened(unsigned flags, shmem_access access)
{
	shmem_handle *h = NULL;

	support_ok(shmem_handle_open_named(
		name, (flags & SHMEM_OPEN_CREATE) != 0 ? BYTES : 0, flags,
		access, &h));
	ck_assert_uint_eq(shmem_handle_size(h), BYTES);
	ck_assert_int_eq(shmem_handle_access(h), access);
	return h;
}

static int try_open(uint64_t bytes, unsigned flags)
{
	shmem_handle *h = NULL;
	int err = shmem_handle_open_named(name, bytes, flags, SHMEM_RW, &h);

	shmem_handle_close(&h);
	return err;
}

START_TEST(a_name_lives_as_long_as_its_users)
{
	shmem_handle *a =
		opened(SHMEM_OPEN_CREATE | SHMEM_OPEN_EXCLUSIVE, SHMEM_RW);

	support_is(try_open(BYTES, SHMEM_OPEN_CREATE | SHMEM_OPEN_EXCLUSIVE),
		   SHMEM_E_EXISTS);
	support_is(shmem_named_unlink(name), SHMEM_E_BUSY);
	support_is(shmem_handle_unlink_named(name), SHMEM_E_UNSUPPORTED);
	support_is(try_open(0, SHMEM_OPEN_GROUP), SHMEM_E_UNSUPPORTED);
	shmem_handle_close(&a);
	support_is(try_open(0, 0), SHMEM_E_NOENT);
	support_is(shmem_named_unlink(name), SHMEM_E_NOENT);
	support_is(shmem_handle_unlink_named(name), SHMEM_E_NOENT);
}
END_TEST

START_TEST(something_else_of_that_name_is_not_trusted)
{
	char full[80];
	HANDLE h;

	snprintf(full, sizeof(full), "Local\\shmem.%s", name);
	h = CreateEventA(NULL, TRUE, FALSE, full);
	ck_assert_ptr_nonnull(h);
	support_is(try_open(0, 0), SHMEM_E_UNTRUSTED);
	support_is(try_open(BYTES, SHMEM_OPEN_CREATE), SHMEM_E_UNTRUSTED);
	support_is(try_open(BYTES, SHMEM_OPEN_CREATE | SHMEM_OPEN_EXCLUSIVE),
		   SHMEM_E_EXISTS);
	CloseHandle(h);
	/* A section of somebody who does not know what belongs to it. */
	h = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
			       BYTES, full);
	ck_assert_ptr_nonnull(h);
	support_is(try_open(0, 0), SHMEM_E_UNTRUSTED);
	CloseHandle(h);
}
END_TEST

START_TEST(a_name_is_for_its_user_alone)
{
	shmem_handle *a = opened(SHMEM_OPEN_CREATE, SHMEM_RW);
	HANDLE everybody_s = CreateEventA(NULL, TRUE, FALSE, NULL);

	ck_assert(here_is_private((HANDLE)shmem_handle_os(a)));
	ck_assert(!here_is_private(everybody_s)); /* for comparison */
	CloseHandle(everybody_s);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(named_handles_do_not_travel)
{
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	char text[SHMEM_HANDLE_TEXT_MAX];
	shmem_handle *a = opened(SHMEM_OPEN_CREATE, SHMEM_RW);
	shmem_handle *r = NULL;
	shmem_os_handle os;

	support_is(shmem_handle_pack(&a, desc, &os), SHMEM_E_UNSUPPORTED);
	support_is(shmem_handle_export(a, text, sizeof(text)),
		   SHMEM_E_UNSUPPORTED);
	support_is(shmem_handle_send(1, &a), SHMEM_E_UNSUPPORTED);
	support_is(shmem_handle_freeze(&a, &r), SHMEM_E_UNSUPPORTED);
	support_ok(shmem_handle_duplicate(a, SHMEM_READ, &r));
	/* Who has the name can open it to write. */
	ck_assert(!shmem_handle_is_readonly_enforced(r));
	shmem_handle_close(&r);
	shmem_handle_close(&a);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("named");
	TCase *t = support_case(s, "named");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, a_name_lives_as_long_as_its_users);
	tcase_add_test(t, something_else_of_that_name_is_not_trusted);
	tcase_add_test(t, a_name_is_for_its_user_alone);
	tcase_add_test(t, named_handles_do_not_travel);
	return s;
}
SUPPORT_MAIN(suite)
