/* SPDX-License-Identifier: MIT */
/* Mappings: any range of an object, and what may be done with it. */
#include "memory_calls.h"
#include "support.h"

#include "base/fault.h"
#include "base/os.h"
#include "mapping/os.h"

#include <shmem/handle.h>
#include <shmem/mapping.h>

#include <errno.h>
#include <string.h>

#define STEP 65536 /* of the addresses of views, at most */
#define BYTES (2 * STEP + 10000)
#define ok(call) ck_assert_int_eq(call, 0)
#define fails(error, call) ck_assert_int_eq(call, error)

static shmem_handle *handle;

static void set_up(void)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;
	unsigned char *p;

	ok(shmem_handle_create(BYTES, NULL, &handle));
	ok(shmem_mapping_open(handle, 0, 0, SHMEM_RW, &m));
	p = shmem_mapping_data(m);
	for (size_t i = 0; i < BYTES; i++)
		p[i] = (unsigned char)(i % 251);
}

static void tear_down(void)
{
	shmem_handle_close(&handle);
}

START_TEST(any_range_can_be_mapped)
{
	static const uint64_t offsets[] = {
		0,         1,        4095,     4096, 4097,     8191,
		8192,      9998,     STEP - 1, STEP, STEP + 1, 2 * STEP - 4096,
		BYTES - 2, BYTES - 1};
	static const size_t lengths[] = {1, 2, 4095, 4096, 4097, STEP, 0};

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		for (size_t j = 0; j < sizeof(lengths) / sizeof(lengths[0]);
		     j++) {
			uint64_t offset = offsets[i];
			size_t length = lengths[j];
			shmem_mapping *m = NULL;
			const unsigned char *p;
			int err = shmem_mapping_open(handle, offset, length,
						     SHMEM_RW, &m);

			if (offset + length > BYTES) {
				fails(SHMEM_E_INVAL, err);
				continue;
			}
			ok(err);
			if (length == 0)
				length = (size_t)(BYTES - offset);
			ck_assert_uint_eq(shmem_mapping_size(m), length);
			p = shmem_mapping_data(m);
			ck_assert_uint_eq(p[0], offset % 251);
			ck_assert_uint_eq(p[length - 1],
					  (offset + length - 1) % 251);
			shmem_mapping_close(&m);
		}
	}
}
END_TEST

START_TEST(range_outside_is_refused)
{
	shmem_mapping *m = NULL;

	fails(SHMEM_E_INVAL,
	      shmem_mapping_open(handle, BYTES + 1, 0, SHMEM_READ, &m));
	fails(SHMEM_E_INVAL,
	      shmem_mapping_open(handle, BYTES, 1, SHMEM_READ, &m));
	fails(SHMEM_E_INVAL,
	      shmem_mapping_open(handle, UINT64_MAX, 1, SHMEM_READ, &m));
	fails(SHMEM_E_INVAL,
	      shmem_mapping_open(handle, 1, SIZE_MAX, SHMEM_READ, &m));
	fails(SHMEM_E_INVAL, shmem_mapping_open(handle, 4096, SIZE_MAX - 4095,
						SHMEM_READ, &m));
	ck_assert_ptr_null(m);
}
END_TEST

START_TEST(empty_range_at_the_end_is_empty)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;

	ok(shmem_mapping_open(handle, BYTES, 0, SHMEM_RW, &m));
	ck_assert_ptr_null(shmem_mapping_data(m));
	ck_assert_uint_eq(shmem_mapping_size(m), 0);
	ck_assert_int_eq(shmem_mapping_access(m), SHMEM_RW);
	ok(shmem_mapping_protect(m, SHMEM_NONE));
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	shmem_mapping *m = NULL;

	fails(SHMEM_E_INVAL, shmem_mapping_open(NULL, 0, 0, SHMEM_READ, &m));
	fails(SHMEM_E_INVAL,
	      shmem_mapping_open(handle, 0, 0, SHMEM_READ, NULL));
	fails(SHMEM_E_INVAL, shmem_mapping_open(handle, 0, 0, SHMEM_NONE, &m));
	fails(SHMEM_E_INVAL, shmem_mapping_open(handle, 0, 0, SHMEM_WRITE, &m));
	fails(SHMEM_E_INVAL,
	      shmem_mapping_open(handle, 0, 0, (shmem_access)-1, &m));
	fails(SHMEM_E_INVAL, shmem_mapping_open_take(NULL, SHMEM_READ, &m));
	ck_assert_ptr_null(m);
}
END_TEST

START_TEST(take_closes_the_handle_on_success_only)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;
	shmem_handle *h = NULL;
	size_t open;

	fails(SHMEM_E_INVAL, shmem_mapping_open_take(&h, SHMEM_READ, &m));
	ok(shmem_handle_duplicate(handle, SHMEM_READ, &h));
	open = support_descriptors();
	fails(SHMEM_E_ACCESS, shmem_mapping_open_take(&h, SHMEM_RW, &m));
	ck_assert_ptr_nonnull(h);
	ck_assert_uint_eq(support_descriptors(), open);
	ok(shmem_mapping_open_take(&h, SHMEM_READ, &m));
	ck_assert_ptr_null(h);
	ck_assert_uint_eq(support_descriptors(), open - 1);
	ck_assert_uint_eq(*(unsigned char *)shmem_mapping_data(m), 0);
}
END_TEST

START_TEST(mapping_outlives_the_handle)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;

	ok(shmem_mapping_open(handle, 100, 1, SHMEM_RW, &m));
	shmem_handle_close(&handle);
	ck_assert_uint_eq(*(unsigned char *)shmem_mapping_data(m), 100);
}
END_TEST

START_TEST(protection_is_what_it_says)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;
	char *p;

	ok(shmem_mapping_open(handle, 0, 0, SHMEM_RW, &m));
	p = shmem_mapping_data(m);
	ok(shmem_mapping_protect(m, SHMEM_READ));
	ck_assert_int_eq(shmem_mapping_access(m), SHMEM_READ);
	ck_assert_int_eq(p[1], 1);
	support_store_faults(p);
	support_store_faults(p + BYTES - 1);
	ok(shmem_mapping_protect(m, SHMEM_NONE));
	support_load_faults(p);
	support_load_faults(p + BYTES - 1);
	ok(shmem_mapping_protect(m, SHMEM_RW));
	p[1] = 2;
	ck_assert_int_eq(p[1], 2);
	fails(SHMEM_E_INVAL, shmem_mapping_protect(m, SHMEM_WRITE));
	fails(SHMEM_E_INVAL, shmem_mapping_protect(m, (shmem_access)4));
	fails(SHMEM_E_INVAL, shmem_mapping_protect(NULL, SHMEM_READ));
}
END_TEST

START_TEST(read_mapping_can_not_be_raised)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;
	char *p;

	ok(shmem_mapping_open(handle, 0, 0, SHMEM_READ, &m));
	p = shmem_mapping_data(m);
	support_store_faults(p);
	fails(SHMEM_E_ACCESS, shmem_mapping_protect(m, SHMEM_RW));
	/* Not by the system's own call either. */
	ck_assert(!call_make_writable(p));
}
END_TEST

START_TEST(views_share_their_bytes)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *a = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *b = NULL;

	ok(shmem_mapping_open(handle, 4000, 1000, SHMEM_RW, &a));
	ok(shmem_mapping_open(handle, 4500, 10, SHMEM_READ, &b));
	memset(shmem_mapping_data(a), 0xee, 1000);
	ck_assert_uint_eq(*(unsigned char *)shmem_mapping_data(b), 0xee);
	ck_assert_uint_eq(((unsigned char *)shmem_mapping_data(b))[9], 0xee);
}
END_TEST

START_TEST(typed_access_checks_size_and_alignment)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;

	ok(shmem_mapping_open(handle, 0, 8, SHMEM_READ, &m));
	ck_assert_ptr_nonnull(SHMEM_MAPPING_AS(uint64_t, m));
	shmem_mapping_close(&m);
	ok(shmem_mapping_open(handle, 0, 7, SHMEM_READ, &m));
	ck_assert_ptr_null(SHMEM_MAPPING_AS(uint64_t, m));
	ck_assert_ptr_nonnull(SHMEM_MAPPING_AS(uint32_t, m));
	shmem_mapping_close(&m);
	ok(shmem_mapping_open(handle, 1, 8, SHMEM_READ, &m));
	ck_assert_ptr_null(SHMEM_MAPPING_AS(uint64_t, m));
	ck_assert_ptr_nonnull(SHMEM_MAPPING_AS(uint8_t, m));
	shmem_mapping_close(&m);
	ck_assert_ptr_null(SHMEM_MAPPING_AS(uint8_t, m));
}
END_TEST

START_TEST(beyond_4_gib)
{
	const uint64_t far = ((uint64_t)5 << 30) + 123;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *all = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *end = NULL;
	int err;

	if (sizeof(size_t) < 8 || support_is_slow())
		return;
	err = shmem_handle_create(far + 1, NULL, &h);
	if (err == SHMEM_E_NOSPACE)
		return; /* more than this machine's memory */
	ok(err);
	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &all));
	ck_assert_uint_eq(shmem_mapping_size(all), far + 1);
	((char *)shmem_mapping_data(all))[far] = 42;
	ok(shmem_mapping_open(h, far, 1, SHMEM_READ, &end));
	ck_assert_int_eq(*(char *)shmem_mapping_data(end), 42);
}
END_TEST

static void child_sees_it(void *arg)
{
	shmem_mapping *m = arg;

	*(char *)shmem_mapping_data(m) = 77;
}

START_TEST(forked_child_has_the_mapping)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;

	support_needs(SUPPORT_FORK);
	ok(shmem_mapping_open(handle, 0, 0, SHMEM_RW, &m));
	ok(support_child(child_sees_it, m));
	ck_assert_int_eq(*(char *)shmem_mapping_data(m), 77);
}
END_TEST

START_TEST(move_closes_and_takes)
{
	shmem_mapping *a = NULL;
	shmem_mapping *b = NULL;

	ok(shmem_mapping_open(handle, 1, 1, SHMEM_READ, &a));
	ok(shmem_mapping_open(handle, 2, 1, SHMEM_READ, &b));
	shmem_mapping_move(&a, &b);
	ck_assert_ptr_null(b);
	ck_assert_uint_eq(*(unsigned char *)shmem_mapping_data(a), 2);
	shmem_mapping_move(&a, &a);
	ck_assert_ptr_nonnull(a);
	shmem_mapping_move(NULL, &a);
	shmem_mapping_move(&a, NULL);
	shmem_mapping_move(&a, &b);
	ck_assert_ptr_null(a);
	shmem_mapping_close(&a);
	shmem_mapping_close(NULL);
}
END_TEST

START_TEST(null_is_the_empty_value)
{
	ck_assert_ptr_null(shmem_mapping_data(NULL));
	ck_assert_uint_eq(shmem_mapping_size(NULL), 0);
	ck_assert_int_eq(shmem_mapping_access(NULL), SHMEM_NONE);
}
END_TEST

START_TEST(failed_calls_leave_nothing)
{
	const call_refusal *r = call_view_refusals;
	shmem_mapping *m = NULL;

	for (size_t i = 0; i < call_view_refusal_count; i++) {
		shmem__fault_arm(1, r[i].native, r[i].call);
		fails(r[i].err, shmem_mapping_open(handle, 0, 0, SHMEM_RW, &m));
		ck_assert_str_eq(shmem__fault_hit(), r[i].call);
		ck_assert_ptr_null(m);
	}
	shmem__fault_arm(0, 0, NULL);
	ok(shmem_mapping_open(handle, 0, 0, SHMEM_RW, &m));
	shmem__fault_arm(1, call_no_memory, call_protect);
	fails(SHMEM_E_NOMEM, shmem_mapping_protect(m, SHMEM_NONE));
	ck_assert_int_eq(shmem_mapping_access(m), SHMEM_RW);
	*(char *)shmem_mapping_data(m) = 1;
	shmem_mapping_close(&m);
}
END_TEST

START_TEST(old_kernel_maps_frozen_bytes_privately)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;

	if (shmem_handle_freeze(&handle, &handle) != 0)
		return;
	shmem__fault_arm(1, EPERM, "mmap");
	ok(shmem_mapping_open(handle, 5000, 0, SHMEM_READ, &m));
	ck_assert_ptr_nonnull(shmem__fault_hit());
	shmem__fault_arm(0, 0, NULL);
	ck_assert_uint_eq(*(unsigned char *)shmem_mapping_data(m), 5000 % 251);
	fails(SHMEM_E_ACCESS, shmem_mapping_protect(m, SHMEM_RW));
}
END_TEST

START_TEST(reserved_range_is_aligned_and_inaccessible)
{
	const size_t align = (size_t)2 << 20;
	const size_t length = 3 * shmem__page_size();
	void *p = NULL;

	ok(shmem__range_reserve(length, align, &p));
	ck_assert_uint_eq((uintptr_t)p % align, 0);
	support_load_faults(p);
	support_load_faults((char *)p + length - 1);
	shmem__view_unmap(p, length);
	ok(shmem__range_reserve(length, 1, &p));
	shmem__view_unmap(p, length);
	fails(SHMEM_E_NOMEM, shmem__range_reserve(SIZE_MAX, align, &p));
	if (!support_is_slow()) /* Valgrind calls it an invalid argument */
		fails(SHMEM_E_NOMEM,
		      shmem__range_reserve(~(2 * align - 1), align, &p));
}
END_TEST

START_TEST(view_replaces_a_range_and_is_cleared)
{
	const size_t step = shmem__view_step();
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	void *range = NULL;
	void *view = NULL;
	char *p;

	ok(shmem_handle_create(2 * step, NULL, &h));
	ok(shmem__range_reserve(4 * step, step, &range));
	p = range;
	ok(shmem__view_map(shmem_handle_os(h), step, step, SHMEM_RW, p + step,
			   &view));
	ck_assert_ptr_eq(view, p + step);
	*(char *)view = 7;
	support_load_faults(p);
	support_load_faults(p + 2 * step);
	ok(shmem__view_protect(view, step, SHMEM_NONE));
	support_load_faults(view);
	ok(shmem__view_protect(view, step, SHMEM_RW));
	ck_assert_uint_eq(*(unsigned char *)view, 7);
	ok(shmem__range_clear(view, step));
	support_load_faults(view);
	ok(shmem__view_map(shmem_handle_os(h), step, step, SHMEM_RW, p + step,
			   &view));
	ck_assert_uint_eq(*(unsigned char *)view, 7);
	shmem__view_unmap(range, 4 * step);
}
END_TEST

static void load(void *arg)
{
	(void)*(volatile char *)arg;
}

START_TEST(forked_child_lacks_what_is_not_to_fork)
{
	const size_t page = shmem__page_size();
	void *view = NULL;

	support_needs(SUPPORT_FORK);
	support_needs(SUPPORT_ADVICE);
	ok(shmem__view_map(shmem_handle_os(handle), 0, page, SHMEM_RW, NULL,
			   &view));
	ok(support_child(load, view));
	ok(shmem__range_dont_fork(view, page));
	support_dies(SIGSEGV, load, view);
	shmem__view_unmap(view, page);
	fails(SHMEM_E_SYS, shmem__range_dont_fork((void *)1, page));
}
END_TEST

START_TEST(populated_view_is_backed_and_unchanged)
{
	const size_t page = shmem__page_size();
	const size_t pages = 16;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	void *view = NULL;

	support_needs(SUPPORT_ADVICE);
	/* With the system's call, and on a kernel that lacks it. */
	for (int old = 0; old < 2; old++) {
		ok(shmem_handle_create(pages * page, NULL, &h));
		ok(shmem__view_map(shmem_handle_os(h), 0, pages * page,
				   SHMEM_RW, NULL, &view));
		((char *)view)[page] = 9;
		shmem__fault_arm((unsigned long)old, EINVAL, "madvise");
		ok(shmem__view_populate(view, pages * page));
		shmem__fault_arm(0, 0, NULL);
		ck_assert_uint_eq(call_resident(view, pages * page), pages);
		ck_assert_int_eq(((char *)view)[page], 9);
		ck_assert_int_eq(((char *)view)[2 * page], 0);
		shmem__view_unmap(view, pages * page);
		shmem_handle_close(&h);
	}
}
END_TEST

START_TEST(populate_says_what_is_missing)
{
	const size_t page = shmem__page_size();
	void *view = NULL;

	ok(shmem__view_map(shmem_handle_os(handle), 0, page, SHMEM_RW, NULL,
			   &view));
	shmem__fault_arm(1, EFAULT, "madvise");
	if (shmem__view_populate(view, page) != 0) {
		shmem__fault_arm(1, EFAULT, "madvise");
		fails(SHMEM_E_NOSPACE, shmem__view_populate(view, page));
		shmem__fault_arm(1, ENOMEM, "madvise");
		fails(SHMEM_E_NOMEM, shmem__view_populate(view, page));
		shmem__fault_arm(1, EINTR, "madvise");
		ok(shmem__view_populate(view, page));
	}
	shmem__fault_arm(0, 0, NULL);
	shmem__view_unmap(view, page);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("mapping");
	TCase *t = support_case(s, "mapping");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, any_range_can_be_mapped);
	tcase_add_test(t, range_outside_is_refused);
	tcase_add_test(t, empty_range_at_the_end_is_empty);
	tcase_add_test(t, bad_arguments_are_refused);
	tcase_add_test(t, take_closes_the_handle_on_success_only);
	tcase_add_test(t, mapping_outlives_the_handle);
	tcase_add_test(t, protection_is_what_it_says);
	tcase_add_test(t, read_mapping_can_not_be_raised);
	tcase_add_test(t, views_share_their_bytes);
	tcase_add_test(t, typed_access_checks_size_and_alignment);
	tcase_add_test(t, beyond_4_gib);
	tcase_add_test(t, forked_child_has_the_mapping);
	tcase_add_test(t, move_closes_and_takes);
	tcase_add_test(t, null_is_the_empty_value);
	tcase_add_test(t, failed_calls_leave_nothing);
	tcase_add_test(t, old_kernel_maps_frozen_bytes_privately);
	t = support_case(s, "ranges");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, reserved_range_is_aligned_and_inaccessible);
	tcase_add_test(t, view_replaces_a_range_and_is_cleared);
	tcase_add_test(t, forked_child_lacks_what_is_not_to_fork);
	tcase_add_test(t, populated_view_is_backed_and_unchanged);
	tcase_add_test(t, populate_says_what_is_missing);
	return s;
}
SUPPORT_MAIN(suite)
