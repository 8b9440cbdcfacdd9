/* SPDX-License-Identifier: MIT */
/* src/handle/windows: what sections promise, and what the gate lets in. */
#include "channels.h"

#include "base/error.h"
#include "handle/os.h"
#include "handle/windows/section.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

#define BYTES 10000u

static HANDLE self(void)
{
	return GetCurrentProcess();
}

static bool raise_to(shmem_os_handle from, DWORD rights)
{
	HANDLE more = NULL;
	bool done = DuplicateHandle(self(), (HANDLE)from, self(), &more, rights,
				    FALSE, 0);

	if (done)
		CloseHandle(more);
	return done;
}

START_TEST(a_readonly_handle_is_never_raised)
{
	shmem_handle *h = support_handle(BYTES);
	shmem_handle *r = NULL;
	DWORD old;
	void *view;

	support_ok(shmem_handle_duplicate(h, SHMEM_READ, &r));
	ck_assert(!shmem_handle_is_readonly_enforced(h));
	ck_assert(shmem_handle_is_readonly_enforced(r));
	ck_assert(!raise_to(shmem_handle_os(r), SECTION_MAP_WRITE));
	ck_assert(!raise_to(shmem_handle_os(r), SECTION_ALL_ACCESS));
	ck_assert_ptr_null(MapViewOfFile((HANDLE)shmem_handle_os(r),
					 FILE_MAP_WRITE, 0, 0, 0));
	view = MapViewOfFile((HANDLE)shmem_handle_os(r), FILE_MAP_READ, 0, 0,
			     0);
	ck_assert_ptr_nonnull(view);
	ck_assert(!VirtualProtect(view, 4096, PAGE_READWRITE, &old));
	UnmapViewOfFile(view);
	shmem_handle_close(&r);
	shmem_handle_close(&h);
}
END_TEST

START_TEST(every_section_is_marked)
{
	shmem__section_mark a;
	shmem__section_mark b;
	shmem_handle *h = support_handle(BYTES);
	shmem_handle *i = support_handle(BYTES);
	shmem_handle *r = NULL;

	support_ok(shmem__section_mark_of((HANDLE)shmem_handle_os(h), &a));
	ck_assert_uint_eq(a.size, BYTES);
	ck_assert(a.closed);
	support_ok(shmem_handle_duplicate(h, SHMEM_READ, &r));
	support_ok(shmem__section_mark_of((HANDLE)shmem_handle_os(r), &b));
	ck_assert_int_eq(memcmp(&a.id, &b.id, sizeof(a.id)), 0);
	support_ok(shmem__section_mark_of((HANDLE)shmem_handle_os(i), &b));
	ck_assert_int_ne(memcmp(&a.id, &b.id, sizeof(a.id)), 0);
	shmem_handle_close(&h);
	shmem_handle_close(&i);
	shmem_handle_close(&r);
}
END_TEST

START_TEST(native_errors_have_their_meaning)
{
	static const struct {
		DWORD native;
		int err;
	} table[] = {
		{ERROR_SUCCESS, 0},
		{ERROR_NOT_ENOUGH_MEMORY, SHMEM_E_NOMEM},
		{ERROR_IO_PENDING, SHMEM_E_AGAIN},
		{ERROR_BROKEN_PIPE, SHMEM_E_CLOSED},
		{ERROR_NO_DATA, SHMEM_E_CLOSED},
		{ERROR_ACCESS_DENIED, SHMEM_E_ACCESS},
		{ERROR_ALREADY_EXISTS, SHMEM_E_EXISTS},
		{ERROR_FILE_NOT_FOUND, SHMEM_E_NOENT},
		{ERROR_TOO_MANY_OPEN_FILES, SHMEM_E_LIMIT},
		{ERROR_COMMITMENT_LIMIT, SHMEM_E_NOSPACE},
		{ERROR_PIPE_BUSY, SHMEM_E_BUSY},
		{ERROR_INVALID_HANDLE, SHMEM_E_SYS},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		support_is(shmem__error_from_os((int)table[i].native),
			   table[i].err);
		if (table[i].err == 0)
			continue;
		SetLastError(table[i].native);
		support_is(shmem__fail_last(), table[i].err);
		ck_assert_int_eq(shmem_os_error(), (int)table[i].native);
	}
	/* A failure that does not say why is one all the same. */
	SetLastError(0);
	support_is(shmem__fail_last(), SHMEM_E_SYS);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("section");
	TCase *t = support_case(s, "section");

	tcase_add_test(t, a_readonly_handle_is_never_raised);
	tcase_add_test(t, every_section_is_marked);
	tcase_add_test(t, native_errors_have_their_meaning);
	return s;
}
SUPPORT_MAIN(suite)
