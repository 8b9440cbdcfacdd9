/* SPDX-License-Identifier: MIT */
/*
 * The second protocol: handles that children of every kind take over by a text,
 * from an environment variable or a command line. This program is its own
 * child.
 */
#include "support.h"
#include "ways.h"

#include "handle/os.h"

#include <shmem/handle.h>
#include <shmem/mapping.h>

#include <stdlib.h>
#include <string.h>

#define BYTES 10000
#define ok(call) ck_assert_int_eq(call, 0)

/* What a child reports: an error's number, or one of these. */
#define CHILD_WROTE 100
#define CHILD_READ 101
#define CHILD_EMPTY 102
#define CHILD_WRONG 103
#define CHILD_LEAK 104

static int use(shmem_handle *h)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;
	shmem_access access = shmem_handle_access(h);
	bool inheritable;
	char *p;

	if (shmem_handle_size(h) == 0)
		return CHILD_EMPTY;
	if (support_memory_handles() != 1)
		return CHILD_LEAK;
	if (shmem__object_is_inheritable(shmem_handle_os(h), &inheritable) !=
		    0 ||
	    inheritable || shmem_mapping_open(h, 0, 0, access, &m) != 0 ||
	    shmem_mapping_size(m) != BYTES)
		return CHILD_WRONG;
	p = shmem_mapping_data(m);
	if (strcmp(p, "question") != 0)
		return CHILD_WRONG;
	if (access == SHMEM_READ)
		return CHILD_READ;
	strcpy(p, "answer");
	return CHILD_WROTE;
}

static int child(const char *text)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	shmem_handle *again = NULL;
	int err = shmem_handle_import(text, &h);

	if (err != 0)
		return -err;
	if (shmem_handle_size(h) > 0 &&
	    shmem_handle_import(text, &again) != SHMEM_E_UNTRUSTED)
		return CHILD_WRONG;
	return use(h);
}

static shmem_handle *handle;
static shmem_mapping *mapping;
static char text[SHMEM_HANDLE_TEXT_MAX];

static void set_up(void)
{
	ok(shmem_handle_create_mapped(BYTES, NULL, &handle, &mapping));
	strcpy(shmem_mapping_data(mapping), "question");
	ok(shmem_handle_set_inheritable(handle, true));
	ok(shmem_handle_export(handle, text, sizeof(text)));
}

static void tear_down(void)
{
	shmem_handle_close(&handle);
	shmem_mapping_close(&mapping);
}

START_TEST(child_takes_the_handle_over)
{
	ck_assert_int_eq(support_ways[_i](text), CHILD_WROTE);
	ck_assert_str_eq(shmem_mapping_data(mapping), "answer");
	/* And the next child, and still the parent. */
	strcpy(shmem_mapping_data(mapping), "question");
	ck_assert_int_eq(support_ways[_i](text), CHILD_WROTE);
	ck_assert_str_eq(shmem_mapping_data(mapping), "answer");
}
END_TEST

START_TEST(nothing_else_is_inherited)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *other = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *copy = NULL;

	ok(shmem_handle_create(BYTES, NULL, &other));
	ok(shmem_handle_duplicate(handle, SHMEM_RW, &copy));
	ck_assert_int_eq(support_ways[_i](text), CHILD_WROTE);
}
END_TEST

static void replace(shmem_handle *with)
{
	shmem_handle_move(&handle, &with);
	ok(shmem_handle_set_inheritable(handle, true));
	ok(shmem_handle_export(handle, text, sizeof(text)));
}

START_TEST(read_only_handle_is_read_only_there)
{
	shmem_handle *read = NULL;

	ok(shmem_handle_duplicate(handle, SHMEM_READ, &read));
	replace(read);
	ck_assert_int_eq(support_ways[_i](text), CHILD_READ);
}
END_TEST

START_TEST(single_writer_reaches_its_readers)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	shmem_handle *single = NULL;
	int err;

	shmem_mapping_close(&mapping);
	opts.policy = SHMEM_POLICY_SINGLE_WRITER;
	err = shmem_handle_create_mapped(BYTES, &opts, &single, &mapping);
	if (err == SHMEM_E_UNSUPPORTED)
		return;
	ok(err);
	strcpy(shmem_mapping_data(mapping), "question");
	replace(single);
	ck_assert_int_eq(support_ways[_i](text), CHILD_READ);
}
END_TEST

START_TEST(frozen_handle_reaches_the_child)
{
	shmem_mapping_close(&mapping);
	if (shmem_handle_freeze(&handle, &handle) == SHMEM_E_UNSUPPORTED)
		return;
	ok(shmem_handle_export(handle, text, sizeof(text)));
	ck_assert_int_eq(support_ways[_i](text), CHILD_READ);
}
END_TEST

START_TEST(empty_handle_reaches_the_child)
{
	shmem_handle *empty = NULL;

	ok(shmem_handle_create(0, NULL, &empty));
	replace(empty);
	ck_assert_int_eq(support_ways[_i](text), CHILD_EMPTY);
}
END_TEST

START_TEST(handle_that_is_not_inheritable_is_refused_there)
{
	ok(shmem_handle_set_inheritable(handle, false));
	ck_assert_int_eq(support_ways[_i](text), -SHMEM_E_UNTRUSTED);
	ok(shmem_handle_set_inheritable(handle, true));
	ck_assert_int_eq(support_ways[_i](text), CHILD_WROTE);
}
END_TEST

START_TEST(stale_text_is_refused_there)
{
	shmem_handle *other = NULL;
	shmem_os_handle os = shmem_handle_os(handle);

	/* The number now belongs to another object of the same size, which is
	 * inherited as well. */
	shmem_handle_close(&handle);
	ok(shmem_handle_create(BYTES, NULL, &other));
	ck_assert_int_eq(shmem_handle_os(other), os);
	ok(shmem_handle_set_inheritable(other, true));
	ck_assert_int_eq(support_ways[_i](text), -SHMEM_E_UNTRUSTED);
	shmem_handle_close(&other);
	/* Now to what is no memory. */
	ck_assert_int_eq(support_stranger(), os);
	ck_assert_int_eq(support_ways[_i](text), -SHMEM_E_UNTRUSTED);
	shmem__object_close(os);
}
END_TEST

START_TEST(forged_text_is_refused_there)
{
	char forged[] = "shmem1.0.1.2.3.4";

	ck_assert_int_eq(support_ways[_i](forged), -SHMEM_E_INVAL);
	text[strlen(text) - 1] = '\0';
	ck_assert_int_eq(support_ways[_i](text), -SHMEM_E_INVAL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("export");
	TCase *t = support_case(s, "children");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, child_takes_the_handle_over, 0, SUPPORT_WAYS);
	tcase_add_loop_test(t, nothing_else_is_inherited, 0, SUPPORT_WAYS);
	tcase_add_loop_test(t, read_only_handle_is_read_only_there, 0,
			    SUPPORT_WAYS);
	tcase_add_loop_test(t, single_writer_reaches_its_readers, 0,
			    SUPPORT_WAYS);
	tcase_add_loop_test(t, frozen_handle_reaches_the_child, 0,
			    SUPPORT_WAYS);
	tcase_add_loop_test(t, empty_handle_reaches_the_child, 0, SUPPORT_WAYS);
	tcase_add_loop_test(t, handle_that_is_not_inheritable_is_refused_there,
			    0, SUPPORT_WAYS);
	tcase_add_loop_test(t, stale_text_is_refused_there, 0, SUPPORT_WAYS);
	tcase_add_loop_test(t, forged_text_is_refused_there, 0, SUPPORT_WAYS);
	return s;
}

int main(int argc, char **argv)
{
	const char *variable = getenv(SUPPORT_WAY_VARIABLE);

	if (argc > 1 && strcmp(argv[1], "child") == 0)
		return child(argc > 2           ? argv[2]
			     : variable != NULL ? variable
						: "");
	return support_run(argc, argv, suite());
}
