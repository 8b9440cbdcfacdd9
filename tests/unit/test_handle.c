/* SPDX-License-Identifier: MIT */
/* Handles: how they are made, narrowed, frozen, moved and closed. */
#include "base/fault.h"
#include "mapping/os.h"
#include "numbers.h"

#include <shmem/diagnose.h>
#include <shmem/handle.h>
#include <shmem/mapping.h>

#include <errno.h>
#include <string.h>
#ifdef _WIN32
#include <windows.h>
#endif

#define BYTES 10000
#define ok(call) ck_assert_int_eq(call, 0)
#define fails(error, call) ck_assert_int_eq(call, error)

static shmem_handle *made(uint64_t bytes)
{
	shmem_handle *h = NULL;

	ok(shmem_handle_create(bytes, NULL, &h));
	return h;
}

static bool system_seals(void)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = made(1);

	return shmem_handle_freeze(&h, &h) == 0;
}

/* Whether a single writer can be had. */
static bool system_knows_single_writers(void)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;

	opts.policy = SHMEM_POLICY_SINGLE_WRITER;
	return shmem_handle_create_mapped(1, &opts, &h, &m) !=
	       SHMEM_E_UNSUPPORTED;
}

static void make_single(shmem_handle **h, shmem_mapping **m)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;

	opts.policy = SHMEM_POLICY_SINGLE_WRITER;
	ok(shmem_handle_create_mapped(BYTES, &opts, h, m));
}

START_TEST(new_object_is_zero_and_has_its_exact_size)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = made(BYTES);
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;
	static const char zero[BYTES];

	ck_assert_uint_eq(shmem_handle_size(h), BYTES);
	ck_assert_int_eq(shmem_handle_access(h), SHMEM_RW);
	ck_assert(!shmem_handle_is_frozen(h));
	ck_assert(!shmem_handle_is_readonly_enforced(h));
	ok(shmem_mapping_open(h, 0, 0, SHMEM_READ, &m));
	ck_assert_uint_eq(shmem_mapping_size(m), BYTES);
	ck_assert_mem_eq(shmem_mapping_data(m), zero, BYTES);
}
END_TEST

START_TEST(no_one_can_resize_it)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;

	support_needs(SUPPORT_FIXED);
	h = made(BYTES);
	ck_assert(!support_can_resize(shmem_handle_os(h), BYTES - 1));
	ck_assert(!support_can_resize(shmem_handle_os(h), 2 * BYTES));
}
END_TEST

START_TEST(it_is_not_inherited_unless_asked)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = made(BYTES);
	intptr_t os = shmem_handle_os(h);

	ck_assert(!support_is_inherited(os));
	ok(shmem_handle_set_inheritable(h, true));
	ck_assert(support_is_inherited(os));
	ok(shmem_handle_set_inheritable(h, false));
	ck_assert(!support_is_inherited(os));
	fails(SHMEM_E_INVAL, shmem_handle_set_inheritable(NULL, true));
}
END_TEST

START_TEST(label_is_cut_and_made_printable)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;

	opts.label = "a\tb\xc3\xa9 0123456789012345678901234567890123456789";
	ok(shmem_handle_create(1, &opts, &h));
	ck_assert_str_eq(shmem_handle_label(h),
			 "a?b?? 0123456789012345678901234");
	ck_assert_uint_eq(strlen(shmem_handle_label(h)), SHMEM_LABEL_MAX);
}
END_TEST

START_TEST(empty_handle_is_valid_everywhere)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = made(0);
	SHMEM_AUTO(shmem_handle_close) shmem_handle *copy = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;

	ck_assert_uint_eq(shmem_handle_size(h), 0);
	ck_assert_int_eq(shmem_handle_os(h), SHMEM_OS_HANDLE_INVALID);
	ok(shmem_handle_duplicate(h, SHMEM_READ, &copy));
	fails(SHMEM_E_ACCESS, shmem_mapping_open(copy, 0, 0, SHMEM_RW, &m));
	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	ck_assert_ptr_null(shmem_mapping_data(m));
	ok(shmem_handle_set_inheritable(h, true));
	ok(shmem_handle_freeze(&h, &h));
	ck_assert(shmem_handle_is_frozen(h));
	ck_assert_int_eq(shmem_handle_access(h), SHMEM_READ);
}
END_TEST

START_TEST(huge_is_a_wish)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;

	opts.huge = true;
	ok(shmem_handle_create((4u << 20) + 1, &opts, &h));
	ck_assert_uint_eq(shmem_handle_size(h), (4u << 20) + 1);
	ok(shmem_mapping_open_take(&h, SHMEM_RW, &m));
	ck_assert_int_eq(*(char *)shmem_mapping_data(m), 0);
}
END_TEST

START_TEST(bad_options_are_refused)
{
	struct {
		shmem_handle_opts opts;
		char newer[8];
	} longer = {SHMEM_HANDLE_OPTS_INIT, {0}};
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	shmem_handle *h = NULL;

	fails(SHMEM_E_INVAL, shmem_handle_create(1, NULL, NULL));
	opts.policy = SHMEM_POLICY_SINGLE_WRITER;
	fails(SHMEM_E_INVAL, shmem_handle_create(1, &opts, &h));
	opts.policy = (shmem_policy)2;
	fails(SHMEM_E_INVAL, shmem_handle_create(1, &opts, &h));
	opts.policy = SHMEM_POLICY_SHARED;
	opts.size = 1;
	fails(SHMEM_E_INVAL, shmem_handle_create(1, &opts, &h));
	opts.size = 0;
	fails(SHMEM_E_INVAL, shmem_handle_create(1, &opts, &h));
	longer.opts.size = sizeof(longer);
	longer.newer[3] = 1;
	fails(SHMEM_E_INVAL, shmem_handle_create(1, &longer.opts, &h));
	ck_assert_ptr_null(h);
	longer.newer[3] = 0;
	ok(shmem_handle_create(1, &longer.opts, &h));
	shmem_handle_close(&h);
	/* An older program's options, shorter than ours. */
	opts.size = offsetof(shmem_handle_opts, policy);
	opts.policy = (shmem_policy)99;
	ok(shmem_handle_create(1, &opts, &h));
	shmem_handle_close(&h);
}
END_TEST

START_TEST(too_large_is_no_space)
{
	shmem_handle *h = NULL;

	fails(SHMEM_E_NOSPACE, shmem_handle_create(UINT64_MAX, NULL, &h));
	fails(SHMEM_E_NOSPACE, shmem_handle_create(INT64_MAX, NULL, &h));
	fails(SHMEM_E_NOSPACE,
	      shmem_handle_create((uint64_t)1 << 50, NULL, &h));
	ck_assert_ptr_null(h);
}
END_TEST

START_TEST(descriptors_run_out_cleanly)
{
	shmem_handle *h = NULL;
	shmem_handle *copy = NULL;
	unsigned long before;

	support_needs(SUPPORT_FEW);
	h = made(1);
	before = support_limit_descriptors(0);
	fails(SHMEM_E_LIMIT, shmem_handle_create(1, NULL, &copy));
	fails(SHMEM_E_LIMIT, shmem_handle_duplicate(h, SHMEM_READ, &copy));
	support_limit_descriptors(before);
	ck_assert_ptr_null(copy);
	shmem_handle_close(&h);
}
END_TEST

START_TEST(memfd_flags_fall_back)
{
	shmem_handle *h = NULL;

	/* An old kernel knows one flag less, a sandbox no such call. */
	shmem__fault_arm(1, EINVAL, "memfd_create");
	ok(shmem_handle_create(1, NULL, &h));
	shmem_handle_close(&h);
	if (shmem__fault_hit() == NULL)
		return; /* another backend */
	shmem__fault_arm(1, ENOSYS, "memfd_create");
	fails(SHMEM_E_UNSUPPORTED, shmem_handle_create(1, NULL, &h));
	ck_assert_int_eq(shmem_os_error(), ENOSYS);
	shmem__fault_arm(1, EPERM, "memfd_create");
	fails(SHMEM_E_UNSUPPORTED, shmem_handle_create(1, NULL, &h));
	ck_assert_int_eq(shmem_os_error(), EPERM);
}
END_TEST

START_TEST(rights_only_shrink)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = made(BYTES);
	SHMEM_AUTO(shmem_handle_close) shmem_handle *rw = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *read = NULL;
	shmem_handle *more = NULL;
	shmem_mapping *m = NULL;

	ok(shmem_handle_duplicate(h, SHMEM_RW, &rw));
	ok(shmem_handle_duplicate(h, SHMEM_READ, &read));
	ck_assert_int_eq(shmem_handle_access(rw), SHMEM_RW);
	ck_assert_int_eq(shmem_handle_access(read), SHMEM_READ);
	ck_assert_uint_eq(shmem_handle_size(read), BYTES);
	fails(SHMEM_E_ACCESS, shmem_handle_duplicate(read, SHMEM_RW, &more));
	fails(SHMEM_E_ACCESS, shmem_mapping_open(read, 0, 0, SHMEM_RW, &m));
	fails(SHMEM_E_INVAL, shmem_handle_duplicate(h, SHMEM_NONE, &more));
	fails(SHMEM_E_INVAL, shmem_handle_duplicate(h, SHMEM_WRITE, &more));
	fails(SHMEM_E_INVAL, shmem_handle_duplicate(h, (shmem_access)7, &more));
	fails(SHMEM_E_INVAL, shmem_handle_duplicate(NULL, SHMEM_READ, &more));
	fails(SHMEM_E_INVAL, shmem_handle_duplicate(h, SHMEM_READ, NULL));
	ck_assert_ptr_null(more);
}
END_TEST

START_TEST(read_duplicate_can_not_write)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = made(BYTES);
	SHMEM_AUTO(shmem_handle_close) shmem_handle *read = NULL;

	ok(shmem_handle_duplicate(h, SHMEM_READ, &read));
	ck_assert(!support_can_write(shmem_handle_os(read)));
}
END_TEST

START_TEST(without_proc_read_duplicates_say_so)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	shmem_handle *read = NULL;
	shmem_mapping *m = NULL;

	if (!system_seals())
		return;
	h = made(BYTES);
	shmem__fault_arm(1, ENOENT, "open");
	fails(SHMEM_E_SYS, shmem_handle_duplicate(h, SHMEM_READ, &read));
	ck_assert_int_eq(shmem_os_error(), ENOENT);
	shmem__fault_arm(1, EACCES, "open");
	fails(SHMEM_E_ACCESS, shmem_handle_duplicate(h, SHMEM_READ, &read));
	/* A read-only mapping can do without. */
	shmem__fault_arm(1, ENOENT, "open");
	ok(shmem_mapping_open(h, 0, 0, SHMEM_READ, &m));
	ck_assert_ptr_nonnull(shmem__fault_hit());
	shmem__fault_arm(0, 0, NULL);
	shmem_mapping_close(&m);
}
END_TEST

/* All that a holder can try, as whoever runs the tests. */
static void can_not_be_written(const shmem_handle *h)
{
	intptr_t again = support_opened_again(shmem_handle_os(h));

	ck_assert(!support_can_write(shmem_handle_os(h)));
	if (again < 0)
		return;
	ck_assert(!support_can_write(again));
	support_close(again);
}

START_TEST(single_writer_alone_can_write)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *copy = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *writer = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *reader = NULL;
	shmem_mapping *m = NULL;

	if (!system_knows_single_writers())
		return;
	make_single(&h, &writer);
	ck_assert_int_eq(shmem_handle_access(h), SHMEM_READ);
	ck_assert(shmem_handle_is_readonly_enforced(h));
	ck_assert(!shmem_handle_is_frozen(h));
	fails(SHMEM_E_ACCESS, shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	fails(SHMEM_E_ACCESS, shmem_handle_duplicate(h, SHMEM_RW, &copy));
	ok(shmem_handle_duplicate(h, SHMEM_READ, &copy));
	ck_assert(shmem_handle_is_readonly_enforced(copy));
	can_not_be_written(h);
	can_not_be_written(copy);
	ok(shmem_mapping_open(copy, 0, 0, SHMEM_READ, &reader));
	fails(SHMEM_E_ACCESS,
	      shmem__view_protect(shmem_mapping_data(reader), 4096, SHMEM_RW));
	*(char *)shmem_mapping_data(writer) = 7;
	ck_assert_int_eq(*(char *)shmem_mapping_data(reader), 7);
	/* Also after the writer protected itself. */
	ok(shmem_mapping_protect(writer, SHMEM_NONE));
	ok(shmem_mapping_protect(writer, SHMEM_RW));
	*(char *)shmem_mapping_data(writer) = 8;
	ck_assert_int_eq(*(char *)shmem_mapping_data(reader), 8);
}
END_TEST

START_TEST(single_writer_can_be_frozen_when_it_has_ended)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *copy = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *writer = NULL;

	if (!system_seals())
		return;
	make_single(&h, &writer);
	ok(shmem_handle_duplicate(h, SHMEM_READ, &copy));
	fails(SHMEM_E_BUSY, shmem_handle_freeze(&copy, &copy));
	shmem_mapping_close(&writer);
	can_not_be_written(h);
	ok(shmem_handle_freeze(&copy, &copy));
	ck_assert(shmem_handle_is_frozen(h));
}
END_TEST

START_TEST(single_writer_of_nothing)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;

	opts.policy = SHMEM_POLICY_SINGLE_WRITER;
	ok(shmem_handle_create_mapped(0, &opts, &h, &m));
	ck_assert_int_eq(shmem_handle_access(h), SHMEM_READ);
	ck_assert(shmem_handle_is_readonly_enforced(h));
	ck_assert_uint_eq(shmem_mapping_size(m), 0);
}
END_TEST

START_TEST(created_mapped_is_one_object)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *a = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *b = NULL;
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;

	ok(shmem_handle_create_mapped(BYTES, NULL, &h, &a));
	ck_assert_int_eq(shmem_handle_access(h), SHMEM_RW);
	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &b));
	*(char *)shmem_mapping_data(a) = 3;
	ck_assert_int_eq(*(char *)shmem_mapping_data(b), 3);
	opts.policy = (shmem_policy)2;
	fails(SHMEM_E_INVAL, shmem_handle_create_mapped(1, &opts, &h, &a));
	fails(SHMEM_E_INVAL, shmem_handle_create_mapped(1, NULL, NULL, &a));
	fails(SHMEM_E_INVAL, shmem_handle_create_mapped(1, NULL, &h, NULL));
}
END_TEST

START_TEST(frozen_object_can_never_be_written)
{
	shmem_handle *h = made(BYTES);
	shmem_handle *gone = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *other = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *frozen = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *copy = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;

	ok(shmem_handle_duplicate(h, SHMEM_RW, &other));
	if (!system_seals()) {
		fails(SHMEM_E_UNSUPPORTED, shmem_handle_freeze(&h, &frozen));
		ck_assert_ptr_nonnull(h);
		shmem_handle_close(&h);
		return;
	}
	ok(shmem_handle_freeze(&h, &frozen));
	ck_assert_ptr_null(h);
	ck_assert(shmem_handle_is_frozen(frozen));
	ck_assert(shmem_handle_is_readonly_enforced(frozen));
	ck_assert_int_eq(shmem_handle_access(frozen), SHMEM_READ);
	can_not_be_written(frozen);
	can_not_be_written(other);
	/* A handle that was writable knows, too. */
	ck_assert(shmem_handle_is_frozen(other));
	fails(SHMEM_E_ACCESS, shmem_mapping_open(other, 0, 0, SHMEM_RW, &m));
	ok(shmem_mapping_open(other, 0, 0, SHMEM_READ, &m));
	ok(shmem_handle_duplicate(frozen, SHMEM_READ, &copy));
	ck_assert(shmem_handle_is_frozen(copy));
	/* Once more is no error. */
	ok(shmem_handle_freeze(&copy, &copy));
	fails(SHMEM_E_INVAL, shmem_handle_freeze(&gone, &h));
	fails(SHMEM_E_INVAL, shmem_handle_freeze(NULL, &h));
	fails(SHMEM_E_INVAL, shmem_handle_freeze(&frozen, NULL));
}
END_TEST

START_TEST(busy_object_is_not_frozen)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = made(BYTES);
	SHMEM_AUTO(shmem_handle_close) shmem_handle *read = NULL;
	shmem_mapping *writer = NULL;
	shmem_mapping *reader = NULL;
	shmem_handle *frozen = NULL;

	if (!system_seals())
		return;
	ok(shmem_handle_duplicate(h, SHMEM_READ, &read));
	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &writer));
	fails(SHMEM_E_BUSY, shmem_handle_freeze(&h, &frozen));
	ok(shmem_mapping_protect(writer, SHMEM_NONE));
	fails(SHMEM_E_BUSY, shmem_handle_freeze(&h, &frozen));
	ok(shmem_mapping_protect(writer, SHMEM_RW));
	*(char *)shmem_mapping_data(writer) = 1;
	ck_assert_int_eq(shmem_handle_access(h), SHMEM_RW);
	shmem_mapping_close(&writer);
	fails(SHMEM_E_ACCESS, shmem_handle_freeze(&read, &frozen));
	ck_assert_ptr_null(frozen);
	/* Who only reads is not in the way. */
	ok(shmem_mapping_open(h, 0, 0, SHMEM_READ, &reader));
	ok(shmem_handle_freeze(&h, &h));
	ck_assert_int_eq(*(char *)shmem_mapping_data(reader), 1);
	shmem_mapping_close(&reader);
}
END_TEST

START_TEST(freeze_tells_what_is_missing)
{
	shmem_handle *h = made(1);

	if (system_seals()) {
		shmem__fault_arm(1, EINVAL, "fcntl");
		fails(SHMEM_E_UNSUPPORTED, shmem_handle_freeze(&h, &h));
		shmem__fault_arm(1, EPERM, "fcntl");
		fails(SHMEM_E_ACCESS, shmem_handle_freeze(&h, &h));
		shmem__fault_arm(0, 0, NULL);
	}
	shmem_handle_close(&h);
}
END_TEST

START_TEST(move_closes_and_takes)
{
	shmem_handle *a = made(1);
	shmem_handle *b = made(2);
	intptr_t os = shmem_handle_os(a);

	shmem_handle_move(&a, &b);
	ck_assert_ptr_null(b);
	ck_assert_uint_eq(shmem_handle_size(a), 2);
	ck_assert(!support_is_open(os));
	shmem_handle_move(&a, &a);
	ck_assert_uint_eq(shmem_handle_size(a), 2);
	shmem_handle_move(&a, &b);
	ck_assert_ptr_null(a);
	shmem_handle_move(NULL, &a);
	shmem_handle_move(&a, NULL);
	shmem_handle_close(&a);
	shmem_handle_close(NULL);
}
END_TEST

START_TEST(null_is_the_empty_value)
{
	ck_assert_uint_eq(shmem_handle_size(NULL), 0);
	ck_assert_int_eq(shmem_handle_access(NULL), SHMEM_NONE);
	ck_assert_str_eq(shmem_handle_label(NULL), "");
	ck_assert_int_eq(shmem_handle_os(NULL), SHMEM_OS_HANDLE_INVALID);
	ck_assert(!shmem_handle_is_frozen(NULL));
	ck_assert(!shmem_handle_is_readonly_enforced(NULL));
}
END_TEST

START_TEST(statistics_count_what_is_there)
{
	shmem_stats before = SHMEM_STATS_INIT;
	shmem_stats now = SHMEM_STATS_INIT;
	shmem_handle *h;
	shmem_handle *copy = NULL;
	shmem_mapping *m = NULL;

	shmem_stats_read(&before);
	h = made(BYTES);
	ok(shmem_handle_duplicate(h, SHMEM_READ, &copy));
	ok(shmem_mapping_open(h, 10, 100, SHMEM_RW, &m));
	shmem_stats_read(&now);
	ck_assert_uint_eq(now.handles - before.handles, 2);
	ck_assert_uint_eq(now.mappings - before.mappings, 1);
	ck_assert_uint_eq(now.mapped_bytes - before.mapped_bytes, 100);
	shmem_handle_close(&h);
	shmem_handle_close(&copy);
	shmem_mapping_close(&m);
	shmem_stats_read(&now);
	ck_assert_uint_eq(now.handles, before.handles);
	ck_assert_uint_eq(now.mappings, before.mappings);
	ck_assert_uint_eq(now.mapped_bytes, before.mapped_bytes);
}
END_TEST

/* Every call that can fail does, once each; the fixture sees what leaks. */
static const int errors[] = {
#ifdef _WIN32
	ERROR_NOT_ENOUGH_MEMORY,
	ERROR_TOO_MANY_OPEN_FILES,
	ERROR_ACCESS_DENIED,
	ERROR_COMMITMENT_LIMIT,
	ERROR_NO_DATA,
	ERROR_CALL_NOT_IMPLEMENTED,
	ERROR_BUSY,
	ERROR_INVALID_PARAMETER,
	ERROR_INVALID_HANDLE,
#else
	EINTR, EMFILE, ENFILE, ENOMEM, ENOSPC, EPERM, ENOSYS, EBUSY, EINVAL,
#endif
};
#define ERRORS (int)(sizeof(errors) / sizeof(errors[0]))

static int all_of_it(void)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	shmem_handle *h = NULL;
	shmem_handle *copy = NULL;
	shmem_mapping *m = NULL;
	int err;

	opts.policy = SHMEM_POLICY_SINGLE_WRITER;
	err = shmem_handle_create_mapped(BYTES, &opts, &h, &m);
	if (err == SHMEM_E_UNSUPPORTED && !shmem__fault_hit())
		err = 0;
	shmem_mapping_close(&m);
	shmem_handle_close(&h);
	if (err == 0)
		err = shmem_handle_create(BYTES, NULL, &h);
	if (err == 0)
		err = shmem_handle_duplicate(h, SHMEM_READ, &copy);
	if (err == 0)
		err = shmem_mapping_open(copy, 1, 1, SHMEM_READ, &m);
	shmem_mapping_close(&m);
	if (err == 0)
		err = shmem_handle_freeze(&h, &h);
	if (err == SHMEM_E_UNSUPPORTED && !shmem__fault_hit())
		err = 0;
	shmem_handle_close(&h);
	shmem_handle_close(&copy);
	return err;
}

START_TEST(every_call_may_fail)
{
	bool more = true;

	for (unsigned long k = 1; more; k++) {
		int err;

		shmem__fault_arm(k, errors[_i], NULL);
		err = all_of_it();
		more = shmem__fault_hit() != NULL;
		ck_assert_msg(err <= 0, "call %lu (%s), errno %d: %s", k,
			      shmem__fault_hit(), errors[_i],
			      shmem_errname(err));
		if (!more)
			ok(err);
	}
	shmem__fault_arm(0, 0, NULL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("handle");
	TCase *t = support_case(s, "create");

	tcase_add_test(t, new_object_is_zero_and_has_its_exact_size);
	tcase_add_test(t, no_one_can_resize_it);
	tcase_add_test(t, it_is_not_inherited_unless_asked);
	tcase_add_test(t, label_is_cut_and_made_printable);
	tcase_add_test(t, empty_handle_is_valid_everywhere);
	tcase_add_test(t, huge_is_a_wish);
	tcase_add_test(t, bad_options_are_refused);
	tcase_add_test(t, too_large_is_no_space);
	tcase_add_test(t, descriptors_run_out_cleanly);
	tcase_add_test(t, memfd_flags_fall_back);
	tcase_add_test(t, created_mapped_is_one_object);
	t = support_case(s, "duplicate");
	tcase_add_test(t, rights_only_shrink);
	tcase_add_test(t, read_duplicate_can_not_write);
	tcase_add_test(t, without_proc_read_duplicates_say_so);
	t = support_case(s, "single writer");
	tcase_add_test(t, single_writer_alone_can_write);
	tcase_add_test(t, single_writer_can_be_frozen_when_it_has_ended);
	tcase_add_test(t, single_writer_of_nothing);
	t = support_case(s, "freeze");
	tcase_add_test(t, frozen_object_can_never_be_written);
	tcase_add_test(t, busy_object_is_not_frozen);
	tcase_add_test(t, freeze_tells_what_is_missing);
	t = support_case(s, "life");
	tcase_add_test(t, move_closes_and_takes);
	tcase_add_test(t, null_is_the_empty_value);
	tcase_add_test(t, statistics_count_what_is_there);
	tcase_add_loop_test(t, every_call_may_fail, 0, ERRORS);
	return s;
}
SUPPORT_MAIN(suite)
