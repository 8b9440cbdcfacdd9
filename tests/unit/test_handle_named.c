/* SPDX-License-Identifier: MIT */
/* Named objects within one process; tests/proc has those that race and die. */
#include "names.h"

#include "mapping/os.h"

#include <shmem/handle.h>
#include <shmem/mapping.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096u
#define BYTES ((size_t)10000)
#define CREATE SHMEM_OPEN_CREATE
#define EXCLUSIVE (SHMEM_OPEN_CREATE | SHMEM_OPEN_EXCLUSIVE)
#define ok(call) ck_assert_int_eq(call, 0)
#define fails(error, call) ck_assert_int_eq(call, error)

static char name[64];

static void set_up(void)
{
	support_private_shm("mode=1777");
	snprintf(name, sizeof(name), "test-named.%d", (int)getpid());
}

static void tear_down(void)
{
	(void)shmem_handle_unlink_named(name);
}

/* What unlinking says of a name that has no user. */
static int unused(void)
{
	return support_lacks(SUPPORT_LASTING) == NULL ? 0 : SHMEM_E_NOENT;
}

static bool exists(void)
{
	shmem_handle *h = NULL;
	int err = shmem_handle_open_named(name, 0, 0, SHMEM_READ, &h);

	shmem_handle_close(&h);
	ck_assert(err == 0 || err == SHMEM_E_NOENT);
	return err == 0;
}

START_TEST(two_openers_meet_in_the_same_bytes)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *a = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *b = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *ma = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *mb = NULL;
	static const char zero[BYTES];

	a = names_open(name, BYTES, CREATE, SHMEM_RW);
	b = names_open(name, BYTES, 0, SHMEM_READ);
	ck_assert_uint_eq(shmem_handle_size(b), BYTES);
	ok(shmem_mapping_open(a, 0, 0, SHMEM_RW, &ma));
	ok(shmem_mapping_open(b, 0, 0, SHMEM_READ, &mb));
	ck_assert_mem_eq(shmem_mapping_data(mb), zero, BYTES);
	strcpy(shmem_mapping_data(ma), "hello");
	ck_assert_str_eq(shmem_mapping_data(mb), "hello");
}
END_TEST

START_TEST(object_lives_without_users_until_its_name_goes)
{
	shmem_handle *h = NULL;
	shmem_mapping *m = NULL;

	support_needs(SUPPORT_LASTING);
	h = names_open(name, BYTES, CREATE, SHMEM_RW);
	/* Attach, detach, attach again, close, open again. */
	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	*(char *)shmem_mapping_data(m) = 5;
	shmem_mapping_close(&m);
	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	ck_assert_int_eq(*(char *)shmem_mapping_data(m), 5);
	shmem_mapping_close(&m);
	shmem_handle_close(&h);
	h = names_open(name, BYTES, CREATE, SHMEM_RW);
	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	ck_assert_int_eq(*(char *)shmem_mapping_data(m), 5);
	/* Who has it keeps it. */
	ok(shmem_handle_unlink_named(name));
	*(char *)shmem_mapping_data(m) = 6;
	shmem_handle_close(&h);
	shmem_mapping_close(&m);
	names_refused(name, SHMEM_E_NOENT, 0, 0);
	fails(SHMEM_E_NOENT, shmem_handle_unlink_named(name));
	/* A new one begins with zeros. */
	h = names_open(name, BYTES, CREATE, SHMEM_RW);
	ok(shmem_mapping_open_take(&h, SHMEM_READ, &m));
	ck_assert_int_eq(*(char *)shmem_mapping_data(m), 0);
	shmem_mapping_close(&m);
}
END_TEST

START_TEST(leading_slash_means_nothing)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	char slash[80];

	snprintf(slash, sizeof(slash), "/%s", name);
	ok(shmem_handle_open_named(slash, 1, CREATE, SHMEM_RW, &h));
	ck_assert_str_eq(shmem_handle_label(h), name);
	shmem_handle_close(&h);
	ok(shmem_handle_open_named(name, 1, CREATE, SHMEM_RW, &h));
	shmem_handle_close(&h);
	fails(unused(), shmem_handle_unlink_named(slash));
}
END_TEST

START_TEST(bad_names_are_refused)
{
	static const char *const bad[] = {
		NULL,  "",    "/",        ".",      "..",     "/.",  ".hidden",
		"//a", "a/b", "../a",     "a/../b", "/tmp/x", "a b", "a\nb",
		"a*",  "a:b", "\xc3\xa9", "a\\b",   "/.a"};
	char longest[SHMEM_NAME_MAX + 2];
	shmem_handle *h = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int err = shmem_handle_open_named(bad[i], 1, CREATE, SHMEM_RW,
						  &h);

		ck_assert_msg(err == SHMEM_E_INVAL, "%s: %s",
			      bad[i] != NULL ? bad[i] : "NULL",
			      shmem_errname(err));
		fails(SHMEM_E_INVAL, shmem_handle_unlink_named(bad[i]));
		fails(SHMEM_E_INVAL, shmem_named_unlink(bad[i]));
	}
	memset(longest, 'x', sizeof(longest));
	longest[SHMEM_NAME_MAX + 1] = '\0';
	fails(SHMEM_E_INVAL,
	      shmem_handle_open_named(longest, 1, CREATE, SHMEM_RW, &h));
	longest[SHMEM_NAME_MAX] = '\0';
	ok(shmem_handle_open_named(longest, 1, CREATE, SHMEM_RW, &h));
	shmem_handle_close(&h);
	fails(unused(), shmem_handle_unlink_named(longest));
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	shmem_handle *h = NULL;

	names_refused(name, SHMEM_E_INVAL, 0, CREATE);
	names_refused(name, SHMEM_E_INVAL, 1, SHMEM_OPEN_EXCLUSIVE);
	names_refused(name, SHMEM_E_INVAL, 1, CREATE | 8);
	names_refused(name, SHMEM_E_NOENT, 1, 0);
	fails(SHMEM_E_INVAL,
	      shmem_handle_open_named(name, 1, CREATE, SHMEM_NONE, &h));
	fails(SHMEM_E_INVAL,
	      shmem_handle_open_named(name, 1, CREATE, SHMEM_WRITE, &h));
	fails(SHMEM_E_INVAL,
	      shmem_handle_open_named(name, 1, CREATE, SHMEM_RW, NULL));
	fails(SHMEM_E_INVAL, shmem_named_list(NULL, NULL));
	ck_assert(!exists());
}
END_TEST

START_TEST(another_size_is_refused_and_nothing_resized)
{
	shmem_handle *h;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *any = NULL;

	h = names_open(name, BYTES, CREATE, SHMEM_RW);
	names_refused(name, SHMEM_E_INVAL, BYTES - 1, 0);
	names_refused(name, SHMEM_E_INVAL, BYTES + 1, 0);
	names_refused(name, SHMEM_E_INVAL, 1, CREATE);
	names_refused(name, SHMEM_E_INVAL, 2 * BYTES, CREATE);
	names_refused(name, SHMEM_E_EXISTS, BYTES, EXCLUSIVE);
	names_refused(name, SHMEM_E_EXISTS, 1, EXCLUSIVE);
	ok(shmem_handle_open_named(name, 0, 0, SHMEM_READ, &any));
	ck_assert_uint_eq(shmem_handle_size(any), BYTES);
	shmem_handle_close(&h);
}
END_TEST

START_TEST(read_access_can_not_write)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *made = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *found = NULL;
	shmem_mapping *m = NULL;
	shmem_handle *more = NULL;
	void *at = NULL;

	made = names_open(name, BYTES, CREATE, SHMEM_READ);
	found = names_open(name, BYTES, CREATE, SHMEM_READ);
	fails(SHMEM_E_ACCESS, shmem__view_map(shmem_handle_os(made), 0, PAGE,
					      SHMEM_RW, NULL, &at));
	fails(SHMEM_E_ACCESS, shmem__view_map(shmem_handle_os(found), 0, PAGE,
					      SHMEM_RW, NULL, &at));
	fails(SHMEM_E_ACCESS, shmem_mapping_open(made, 0, 0, SHMEM_RW, &m));
	fails(SHMEM_E_ACCESS, shmem_handle_duplicate(found, SHMEM_RW, &more));
}
END_TEST

START_TEST(too_large_is_no_space_and_leaves_no_name)
{
	names_refused(name, SHMEM_E_NOSPACE, UINT64_MAX, CREATE);
	names_refused(name, SHMEM_E_NOSPACE, INT64_MAX, CREATE);
	names_refused(name, SHMEM_E_NOSPACE, (uint64_t)1 << 50, CREATE);
	ck_assert(!exists());
}
END_TEST

/* The last user is gone, as a walk and a cleaner see it. */
static void check_unused(void)
{
	if (support_lacks(SUPPORT_LASTING) == NULL)
		ck_assert(!names_in_use(name, BYTES));
	else
		ck_assert(!exists());
	fails(unused(), shmem_named_unlink(name));
	fails(SHMEM_E_NOENT, shmem_named_unlink(name));
}

START_TEST(users_are_known_down_to_the_last_mapping)
{
	shmem_handle *h = names_open(name, BYTES, CREATE, SHMEM_RW);
	shmem_handle *copy = NULL;
	shmem_mapping *m = NULL;

	ck_assert(names_in_use(name, BYTES));
	ok(shmem_handle_duplicate(h, SHMEM_RW, &copy));
	shmem_handle_close(&h);
	ck_assert(names_in_use(name, BYTES));
	ok(shmem_handle_duplicate(copy, SHMEM_READ, &h));
	shmem_handle_close(&copy);
	ck_assert(names_in_use(name, BYTES));
	ok(shmem_mapping_open(h, 0, 0, SHMEM_READ, &m));
	shmem_handle_close(&h);
	ck_assert(names_in_use(name, BYTES));
	fails(SHMEM_E_BUSY, shmem_named_unlink(name));
	shmem_mapping_close(&m);
	check_unused();
	/* Also a read-only view of a writable handle. */
	h = names_open(name, BYTES, CREATE, SHMEM_RW);
	ok(shmem_mapping_open_take(&h, SHMEM_READ, &m));
	fails(SHMEM_E_BUSY, shmem_named_unlink(name));
	shmem_mapping_close(&m);
	check_unused();
}
END_TEST

typedef struct holder {
	char name[sizeof(name)];
	support_gate has;
	support_gate never;
} holder;

static void hold(void *arg)
{
	holder *me = arg;
	shmem_handle *h = NULL;
	shmem_mapping *m = NULL;

	ok(shmem_handle_open_named(me->name, BYTES, 0, SHMEM_RW, &h));
	ok(shmem_mapping_open_take(&h, SHMEM_RW, &m));
	support_gate_pass(&me->has);
	support_gate_await(&me->never);
}

START_TEST(what_a_killed_process_left_is_free)
{
	shmem_handle *h = names_open(name, BYTES, CREATE, SHMEM_RW);
	holder other;
	pid_t child;

	memcpy(other.name, name, sizeof(name));
	support_gate_init(&other.has);
	support_gate_init(&other.never);
	child = support_start(hold, &other, sizeof(other));
	support_gate_await(&other.has);
	shmem_handle_close(&h);
	ck_assert(names_in_use(name, BYTES));
	fails(SHMEM_E_BUSY, shmem_named_unlink(name));
	support_kill(child);
	ck_assert_int_eq(support_wait(child, 60000), -SIGKILL);
	check_unused();
	support_gate_close(&other.has);
	support_gate_close(&other.never);
}
END_TEST

START_TEST(walk_ends_when_told)
{
	shmem_handle *h;
	names_seen s = {.name = name, .stop = 42};

	h = names_open(name, BYTES, CREATE, SHMEM_RW);
	fails(42, shmem_named_list(names_look, &s));
	ck_assert_int_eq(s.times, 1);
	shmem_handle_close(&h);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("handle_named");
	TCase *t = support_case(s, "open");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, two_openers_meet_in_the_same_bytes);
	tcase_add_test(t, object_lives_without_users_until_its_name_goes);
	tcase_add_test(t, leading_slash_means_nothing);
	tcase_add_test(t, bad_names_are_refused);
	tcase_add_test(t, bad_arguments_are_refused);
	tcase_add_test(t, another_size_is_refused_and_nothing_resized);
	tcase_add_test(t, read_access_can_not_write);
	tcase_add_test(t, too_large_is_no_space_and_leaves_no_name);
	t = support_case(s, "users");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, users_are_known_down_to_the_last_mapping);
	tcase_add_test(t, what_a_killed_process_left_is_free);
	tcase_add_test(t, walk_ends_when_told);
	return s;
}
SUPPORT_MAIN(suite)
