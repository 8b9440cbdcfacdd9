/* SPDX-License-Identifier: MIT */
/* Handles as text, within one process; tests/proc has the children. */
#include "base/fault.h"
#include "handle/handle.h"
#include "numbers.h"

#include <shmem/mapping.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* An error of the system's that means nothing else. */
#ifdef _WIN32
#define STRANGE 1117 /* ERROR_IO_DEVICE */
#else
#define STRANGE EIO
#endif

#define BYTES 10000
#define ok(call) ck_assert_int_eq(call, 0)
#define fails(error, call) ck_assert_int_eq(call, error)

static shmem_handle *handle;
static char text[SHMEM_HANDLE_TEXT_MAX];

static void set_up(void)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;

	opts.label = "all ! of $ these (special) * ones";
	ok(shmem_handle_create(BYTES, &opts, &handle));
	ok(shmem_handle_set_inheritable(handle, true));
	ok(shmem_handle_export(handle, text, sizeof(text)));
}

static void tear_down(void)
{
	shmem_handle_close(&handle);
}

/* Importing takes the number over: the exporter's handle must let go of it. */
static void let_go(void)
{
	shmem__handle_free_shell(&handle);
}

START_TEST(text_leads_to_the_same_object)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	intptr_t os = shmem_handle_os(handle);

	ok(shmem_handle_import(text, &h));
	ck_assert_int_eq(shmem_handle_os(h), os);
	ck_assert_uint_eq(shmem_handle_size(h), BYTES);
	ck_assert_int_eq(shmem_handle_access(h), SHMEM_RW);
	ck_assert_str_eq(shmem_handle_label(h), shmem_handle_label(handle));
	ck_assert(!support_is_inherited(os));
	let_go();
}
END_TEST

START_TEST(text_is_imported_once)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	shmem_handle *again = NULL;

	ok(shmem_handle_import(text, &h));
	fails(SHMEM_E_UNTRUSTED, shmem_handle_import(text, &again));
	let_go();
}
END_TEST

START_TEST(text_needs_no_quoting)
{
	for (const char *p = text; *p != '\0'; p++)
		ck_assert_msg(isalnum((unsigned char)*p) ||
				      strchr(".-_", *p) != NULL,
			      "'%c' in %s", *p, text);
	/* Also with the longest label into PR_FILEMAP_STRING_BUFSIZE. */
	ck_assert_uint_eq(strlen(shmem_handle_label(handle)), SHMEM_LABEL_MAX);
	ck_assert_uint_lt(strlen(text), 128);
}
END_TEST

START_TEST(buffer_that_is_too_small_is_a_limit)
{
	char small[SHMEM_HANDLE_TEXT_MAX] = "";
	size_t need = strlen(text) + 1;

	fails(SHMEM_E_LIMIT, shmem_handle_export(handle, small, need - 1));
	fails(SHMEM_E_LIMIT, shmem_handle_export(handle, small, 0));
	ck_assert_str_eq(small, "");
	ok(shmem_handle_export(handle, small, need));
	ck_assert_str_eq(small, text);
	fails(SHMEM_E_INVAL, shmem_handle_export(NULL, small, need));
	fails(SHMEM_E_INVAL, shmem_handle_export(handle, NULL, need));
}
END_TEST

static void refused(const char *what, int error)
{
	shmem_handle *h = NULL;
	int err = shmem_handle_import(what, &h);

	ck_assert_msg(err == error, "%s: %s", what, shmem_errname(err));
	ck_assert_ptr_null(h);
	/* It never closes, nor hides, what it has refused. */
	ck_assert(support_is_inherited(shmem_handle_os(handle)));
}

START_TEST(text_cut_short_is_refused)
{
	char cut[SHMEM_HANDLE_TEXT_MAX];

	for (size_t n = 0; n < strlen(text); n++) {
		memcpy(cut, text, n);
		cut[n] = '\0';
		refused(cut, SHMEM_E_INVAL);
	}
}
END_TEST

START_TEST(text_with_one_other_character_is_refused)
{
	static const char others[] = "0f.xG \x80";
	char bad[SHMEM_HANDLE_TEXT_MAX];

	for (size_t i = 0; i < strlen(text); i++) {
		for (size_t j = 0; j < sizeof(others) - 1; j++) {
			strcpy(bad, text);
			bad[i] = others[j];
			if (strcmp(bad, text) != 0)
				refused(bad, SHMEM_E_INVAL);
		}
	}
}
END_TEST

START_TEST(what_is_no_such_text_is_refused)
{
	char more[2 * SHMEM_HANDLE_TEXT_MAX];
	shmem_handle *h = NULL;

	refused("", SHMEM_E_INVAL);
	refused("7:3", SHMEM_E_INVAL);
	refused("shmem1.", SHMEM_E_INVAL);
	snprintf(more, sizeof(more), "%s0", text);
	refused(more, SHMEM_E_INVAL);
	snprintf(more, sizeof(more), " %s", text);
	refused(more, SHMEM_E_INVAL);
	memset(more, '0', sizeof(more));
	memcpy(more, text, strlen(text));
	more[sizeof(more) - 1] = '\0';
	refused(more, SHMEM_E_INVAL);
	fails(SHMEM_E_INVAL, shmem_handle_import(NULL, &h));
	fails(SHMEM_E_INVAL, shmem_handle_import(text, NULL));
}
END_TEST

START_TEST(descriptor_number_used_for_something_else_is_refused)
{
	intptr_t os = shmem_handle_os(handle);
	intptr_t object = support_copy(os);
	intptr_t stranger = support_stranger();
	shmem_handle *other = NULL;
	shmem_handle *h = NULL;

	/* Nothing, another file, another object of the same size. */
	support_close(os);
	fails(SHMEM_E_UNTRUSTED, shmem_handle_import(text, &h));
	support_becomes(os, stranger);
	refused(text, SHMEM_E_UNTRUSTED);
	ok(shmem_handle_create(BYTES, NULL, &other));
	support_becomes(os, shmem_handle_os(other));
	refused(text, SHMEM_E_UNTRUSTED);
	support_becomes(os, object);
	ok(shmem_handle_import(text, &h));
	shmem_handle_close(&other);
	shmem_handle_close(&h);
	support_close(object);
	support_close(stranger);
	let_go();
}
END_TEST

START_TEST(descriptor_that_was_not_inherited_is_refused)
{
	shmem_handle *h = NULL;

	ok(shmem_handle_set_inheritable(handle, false));
	fails(SHMEM_E_UNTRUSTED, shmem_handle_import(text, &h));
	ck_assert_ptr_null(h);
}
END_TEST

START_TEST(same_object_with_other_rights_is_refused)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *read = NULL;
	shmem_handle *h = NULL;
	intptr_t os = shmem_handle_os(handle);
	intptr_t object = support_copy(os);

	ok(shmem_handle_duplicate(handle, SHMEM_READ, &read));
	support_becomes(os, shmem_handle_os(read));
	refused(text, SHMEM_E_UNTRUSTED);
	/* And a text that says read-only does not lead to a writable one. */
	ok(shmem_handle_set_inheritable(read, true));
	ok(shmem_handle_export(read, text, sizeof(text)));
	support_becomes(shmem_handle_os(read), object);
	if (shmem_handle_import(text, &h) == 0) { /* no seals here */
		let_go();
		shmem_handle_close(&h);
		shmem__handle_free_shell(&read);
		support_close(os);
	}
	support_close(object);
}
END_TEST

START_TEST(labels_of_every_length_arrive)
{
	static const char label[] = "0123456789 ~label! 0123456789ab";
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;

	for (size_t n = 0; n <= SHMEM_LABEL_MAX; n++) {
		SHMEM_AUTO(shmem_handle_close) shmem_handle *empty = NULL;
		SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;

		opts.label = label + SHMEM_LABEL_MAX - n;
		ok(shmem_handle_create(0, &opts, &empty));
		ok(shmem_handle_export(empty, text, sizeof(text)));
		ok(shmem_handle_import(text, &h));
		ck_assert_str_eq(shmem_handle_label(h), opts.label);
	}
}
END_TEST

START_TEST(empty_handle_needs_no_descriptor)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *empty = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;

	ok(shmem_handle_create(0, NULL, &empty));
	ok(shmem_handle_export(empty, text, sizeof(text)));
	ok(shmem_handle_import(text, &h));
	ck_assert_uint_eq(shmem_handle_size(h), 0);
}
END_TEST

START_TEST(failed_calls_leave_the_descriptor)
{
	shmem_handle *h = NULL;

	shmem__fault_arm(1, ENOMEM, "calloc");
	fails(SHMEM_E_NOMEM, shmem_handle_import(text, &h));
	for (unsigned long k = 1;; k++) {
		int err;

		shmem__fault_arm(k, STRANGE, NULL);
		err = shmem_handle_export(handle, text, sizeof(text));
		if (err == 0)
			break;
		fails(SHMEM_E_SYS, err);
	}
	for (unsigned long k = 1;; k++) {
		int err;

		shmem__fault_arm(k, STRANGE, NULL);
		err = shmem_handle_import(text, &h);
		if (err == 0)
			break;
		ck_assert(err == SHMEM_E_UNTRUSTED || err == SHMEM_E_SYS ||
			  err == SHMEM_E_NOMEM);
		ck_assert(support_is_inherited(shmem_handle_os(handle)));
	}
	shmem__fault_arm(0, 0, NULL);
	let_go();
	shmem_handle_close(&h);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("handle_export");
	TCase *t = support_case(s, "text");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, text_leads_to_the_same_object);
	tcase_add_test(t, text_is_imported_once);
	tcase_add_test(t, text_needs_no_quoting);
	tcase_add_test(t, buffer_that_is_too_small_is_a_limit);
	tcase_add_test(t, text_cut_short_is_refused);
	tcase_add_test(t, text_with_one_other_character_is_refused);
	tcase_add_test(t, what_is_no_such_text_is_refused);
	tcase_add_test(t, descriptor_number_used_for_something_else_is_refused);
	tcase_add_test(t, descriptor_that_was_not_inherited_is_refused);
	tcase_add_test(t, same_object_with_other_rights_is_refused);
	tcase_add_test(t, labels_of_every_length_arrive);
	tcase_add_test(t, empty_handle_needs_no_descriptor);
	tcase_add_test(t, failed_calls_leave_the_descriptor);
	return s;
}
SUPPORT_MAIN(suite)
