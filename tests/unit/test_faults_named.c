/* SPDX-License-Identifier: MIT */
/* Named objects when the system refuses this or that. */
#include "channels.h"
#include "faults.h"

#include <shmem/shmem.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BYTES 10000u
#define NEW (SHMEM_OPEN_CREATE | SHMEM_OPEN_EXCLUSIVE)

static char name[64];
static shmem_handle *h;
static shmem_handle *other;
static int seen;

static size_t names(void)
{
	return support_names(name);
}

static void set_up(void)
{
	support_private_shm("mode=1777");
	snprintf(name, sizeof(name), "faults.%d", (int)getpid());
}

static void nothing(void)
{
}

static void with_object(void)
{
	support_ok(shmem_handle_open_named(name, BYTES, NEW, SHMEM_RW, &h));
}

static void with_unused_object(void)
{
	with_object();
	shmem_handle_close(&h);
}

static void clear(void)
{
	shmem_handle_close(&h);
	shmem_handle_close(&other);
	(void)shmem_handle_unlink_named(name);
	ck_assert_uint_eq(names(), 0);
}

static int make(void)
{
	return shmem_handle_open_named(name, BYTES, NEW, SHMEM_RW, &h);
}

static int make_to_read(void)
{
	return shmem_handle_open_named(name, BYTES, NEW, SHMEM_READ, &h);
}

static int make_for_group(void)
{
	return shmem_handle_open_named(name, BYTES, NEW | SHMEM_OPEN_GROUP,
				       SHMEM_RW, &h);
}

/* There is no name without an object that somebody has. */
static bool nothing_made(int err)
{
	(void)err;
	ck_assert_ptr_null(h);
	ck_assert_uint_eq(names(), 0);
	return true;
}

static void is_here(const shmem_handle *handle)
{
	shmem_access access = shmem_handle_access(handle);
	shmem_mapping *view = NULL;

	ck_assert_uint_eq(names(), 1);
	ck_assert_uint_eq(shmem_handle_size(handle), BYTES);
	support_ok(shmem_mapping_open(handle, 0, 0, access, &view));
	ck_assert_int_eq(((char *)shmem_mapping_data(view))[BYTES - 1], 0);
	shmem_mapping_close(&view);
}

static void is_made(void)
{
	is_here(h);
}

static int open_it(void)
{
	return shmem_handle_open_named(name, 0, 0, SHMEM_RW, &other);
}

static int open_to_read(void)
{
	return shmem_handle_open_named(name, BYTES, SHMEM_OPEN_CREATE,
				       SHMEM_READ, &other);
}

static bool not_opened(int err)
{
	(void)err;
	ck_assert_ptr_null(other);
	is_here(h);
	return true;
}

static void is_opened(void)
{
	is_here(other);
}

static int unlink_it(void)
{
	return shmem_handle_unlink_named(name);
}

static int unlink_unused(void)
{
	return shmem_named_unlink(name);
}

static bool name_stays(int err)
{
	(void)err;
	ck_assert_uint_eq(names(), 1);
	return true;
}

static void is_gone(void)
{
	ck_assert_uint_eq(names(), 0);
	support_is(shmem_named_unlink(name), SHMEM_E_NOENT);
}

static int see(const shmem_named_info *info, void *arg)
{
	(void)arg;
	seen += strcmp(info->name, name) == 0 && info->bytes == BYTES &&
		info->in_use;
	return 0;
}

static int list(void)
{
	seen = 0;
	return shmem_named_list(see, NULL);
}

static bool object_stays(int err)
{
	(void)err;
	is_here(h);
	return true;
}

/* One that the system would not tell about is left out. */
static void is_listed(void)
{
	ck_assert_int_le(seen, 1);
	support_ok(list());
	ck_assert_int_eq(seen, 1);
}

static const faults_op ops[] = {
	{"make a named object", nothing, make, nothing_made, is_made, clear},
	{"make one to read", nothing, make_to_read, nothing_made, is_made,
	 clear},
	{"make one for a group", nothing, make_for_group, nothing_made, is_made,
	 clear},
	{"open a named object", with_object, open_it, not_opened, is_opened,
	 clear},
	{"open one to read", with_object, open_to_read, not_opened, is_opened,
	 clear},
	{"remove a name", with_unused_object, unlink_it, name_stays, is_gone,
	 clear},
	{"remove an unused name", with_unused_object, unlink_unused, name_stays,
	 is_gone, clear},
	{"list names", with_object, list, object_stays, is_listed, clear},
};
#define OPS (int)(sizeof(ops) / sizeof(ops[0]))

static const char *lacks(const faults_op *op)
{
	if (op->act == make_for_group)
		return support_lacks(SUPPORT_GROUP);
	if (op->set_up == with_unused_object)
		return support_lacks(SUPPORT_LASTING);
	return NULL;
}

START_TEST(any_call_may_fail)
{
	if (support_skip(__func__, lacks(&ops[_i])))
		return;
	faults_run(&ops[_i]);
}
END_TEST

START_TEST(any_limit_may_be_reached)
{
	support_needs(SUPPORT_FEW);
	ladder_run(&ops[_i], LADDER_DESCRIPTORS);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("faults_named");
	TCase *t = support_case(s, "faults");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_loop_test(t, any_call_may_fail, 0, OPS);
	t = support_case(s, "limits");
	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_loop_test(t, any_limit_may_be_reached, 0, ladder_ops(OPS));
	return s;
}
SUPPORT_MAIN(suite)
