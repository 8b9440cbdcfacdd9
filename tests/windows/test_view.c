/* SPDX-License-Identifier: MIT */
/* src/mapping/windows: views where addresses are reserved, and what they
 * commit. */
#include "channels.h"

#include "base/fault.h"
#include "handle/os.h"
#include "mapping/os.h"
#include "ownership/range.h"

#include <string.h>
#include <windows.h>

static size_t step;
static unsigned char *base;
static shmem_os_handle os;

static void setup(void)
{
	void *at;

	step = shmem__view_step();
	support_ok(shmem__object_create(3 * step, NULL, false, &os));
	support_ok(shmem__range_reserve(3 * step, step, &at));
	base = at;
}

static void teardown(void)
{
	shmem__fault_arm(0, 0, NULL);
	shmem__view_unmap(base, 3 * step);
	shmem__object_close(os);
}

static DWORD state_at(const void *at)
{
	MEMORY_BASIC_INFORMATION m;

	ck_assert_uint_ne(VirtualQuery(at, &m, sizeof(m)), 0);
	return m.State;
}

START_TEST(a_view_takes_the_place_of_a_reservation)
{
	void *at = NULL;

	ck_assert_uint_eq(state_at(base), MEM_RESERVE);
	support_load_faults(base);
	support_ok(shmem__view_map(os, 0, step, SHMEM_RW, base, &at));
	ck_assert_ptr_eq(at, base);
	base[step - 1] = 1;
	ck_assert_uint_eq(state_at(base + step), MEM_RESERVE);
	support_ok(shmem__range_clear(base, step));
	ck_assert_uint_eq(state_at(base), MEM_RESERVE);
	support_load_faults(base);
	support_ok(shmem__view_map(os, 0, step, SHMEM_RW, base, &at));
	ck_assert_int_eq(base[step - 1], 1);
}
END_TEST

START_TEST(what_is_shorter_than_its_place_leaves_no_gap)
{
	shmem_os_handle small;
	void *at = NULL;

	support_ok(shmem__object_create(100, NULL, false, &small));
	support_ok(shmem__view_map(small, 0, 3 * step, SHMEM_RW, base, &at));
	base[99] = 1;
	ck_assert_uint_eq(state_at(base + step), MEM_RESERVE);
	ck_assert_uint_eq(state_at(base + 2 * step), MEM_RESERVE);
	support_ok(shmem__view_protect(base, 3 * step, SHMEM_NONE));
	support_load_faults(base);
	support_ok(shmem__view_protect(base, 3 * step, SHMEM_RW));
	ck_assert_int_eq(base[99], 1);
	shmem__object_close(small);
}
END_TEST

START_TEST(one_call_protects_several_views)
{
	void *at = NULL;

	for (size_t i = 0; i < 3; i++)
		support_ok(shmem__view_map(os, i * step, step, SHMEM_NONE,
					   base + i * step, &at));
	support_load_faults(base + step);
	support_ok(shmem__view_protect(base, 3 * step, SHMEM_RW));
	memset(base, 5, 3 * step);
	support_ok(shmem__view_protect(base, 3 * step, SHMEM_READ));
	support_store_faults(base + 2 * step);
	ck_assert_int_eq(base[2 * step], 5);
	support_ok(shmem__view_protect(base, 3 * step, SHMEM_NONE));
	for (size_t i = 0; i < 3; i++)
		support_load_faults(base + i * step);
}
END_TEST

/* Another thread that gets there while the addresses are given up. */
static void *stolen;
static void steal(void)
{
	stolen = VirtualAlloc(base, step, MEM_RESERVE | MEM_COMMIT,
			      PAGE_READWRITE);
}

START_TEST(lost_addresses_are_left_to_who_has_them)
{
	void *at = NULL;

	stolen = NULL;
	shmem__fault_arm(1, 0, "MapViewOfFileEx");
	shmem__fault_instead(steal);
	support_is(shmem__view_map(os, 0, step, SHMEM_RW, base, &at),
		   SHMEM_E_BUSY);
	ck_assert_ptr_eq(stolen, base);
	*(char *)stolen = 1;
	shmem__view_unmap(base, 3 * step);
	ck_assert_int_eq(*(char *)stolen, 1);
	ck_assert_uint_eq(state_at(base + step), MEM_FREE);
	ck_assert(VirtualFree(stolen, 0, MEM_RELEASE));
}
END_TEST

static unsigned char *next_slot;
static void steal_slot(void)
{
	stolen = VirtualAlloc(next_slot, step, MEM_RESERVE | MEM_COMMIT,
			      PAGE_READWRITE);
}

/* A segment's memory goes to the slot after that one. */
START_TEST(lost_addresses_are_gone_around)
{
	shmem__ranges ranges = {0};
	shmem__range *range = NULL;
	unsigned char *first = NULL;
	unsigned char *at = NULL;
	unsigned class = 0;

	ck_assert_uint_eq(shmem__size_class(step, &class), step);
	support_ok(shmem__ranges_take(&ranges, class, step, 1, &range, &first));
	next_slot = first + step;
	stolen = NULL;
	shmem__fault_arm(1, 0, "MapViewOfFileEx");
	shmem__fault_instead(steal_slot);
	support_ok(shmem__ranges_map(&ranges, class, step, 1, os, SHMEM_RW,
				     &range, &at));
	ck_assert_ptr_eq(stolen, next_slot);
	ck_assert_ptr_eq(at, next_slot + step);
	*at = 1;
	*(char *)stolen = 2;
	ck_assert_uint_eq(*at, 1);
	shmem__ranges_give(&ranges, class, range, at, step);
	shmem__ranges_give(&ranges, class, range, first, step);
	shmem__ranges_fini(&ranges);
	ck_assert_int_eq(*(char *)stolen, 2);
	ck_assert(VirtualFree(stolen, 0, MEM_RELEASE));
}
END_TEST

START_TEST(what_fails_leaves_addresses_reserved)
{
	static const char *const calls[] = {"NtQuerySection", "calloc",
					    "MapViewOfFileEx",
					    "VirtualProtect"};
	void *at = NULL;

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		shmem__fault_arm(1, ERROR_NOT_ENOUGH_MEMORY, calls[i]);
		ck_assert_int_lt(
			shmem__view_map(os, 0, step, SHMEM_NONE, base, &at), 0);
		ck_assert_str_eq(shmem__fault_hit(), calls[i]);
		shmem__fault_arm(0, 0, NULL);
		ck_assert_ptr_null(at);
		ck_assert_uint_eq(state_at(base), MEM_RESERVE);
	}
	shmem__fault_arm(2, ERROR_NOT_ENOUGH_MEMORY, "VirtualAlloc");
	support_is(shmem__range_reserve(step, step, &at), 0); /* tried again */
	ck_assert_str_eq(shmem__fault_hit(), "VirtualAlloc");
	shmem__view_unmap(at, step);
	shmem__fault_arm(1, ERROR_NOT_ENOUGH_MEMORY, "VirtualAlloc");
	support_is(shmem__range_reserve(step, step, &at), SHMEM_E_NOMEM);
}
END_TEST

static uint64_t committed(void)
{
	MEMORY_BASIC_INFORMATION m;
	unsigned char *at = NULL;
	uint64_t bytes = 0;

	for (; VirtualQuery(at, &m, sizeof(m)) != 0;
	     at = (unsigned char *)m.BaseAddress + m.RegionSize)
		if (m.Type == MEM_MAPPED && m.State == MEM_COMMIT)
			bytes += m.RegionSize;
	return bytes;
}

/* The paging file answers for all of a section from its beginning on. */
START_TEST(a_segment_commits_what_it_holds)
{
	static const uint64_t sizes[][2] = {
		{4096, 4096},       {33000, 65536},     {65536, 65536},
		{1 << 20, 1 << 20}, {2 << 20, 2 << 20}, {3000000, 3145728},
	};
	shmem_segment *s[16] = {NULL};
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	uint64_t before;

	support_ok(shmem_channel_pair(NULL, &a, &b));
	before = committed();
	for (int i = 0; i < 16; i++)
		support_ok(shmem_segment_alloc(a, sizes[_i][0], &s[i]));
	ck_assert_uint_eq(committed() - before, 16 * sizes[_i][1]);
	for (int i = 0; i < 16; i++)
		support_ok(shmem_segment_free(&s[i]));
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("view");
	TCase *t = support_case(s, "view");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_view_takes_the_place_of_a_reservation);
	tcase_add_test(t, what_is_shorter_than_its_place_leaves_no_gap);
	tcase_add_test(t, one_call_protects_several_views);
	tcase_add_test(t, lost_addresses_are_left_to_who_has_them);
	tcase_add_test(t, lost_addresses_are_gone_around);
	tcase_add_test(t, what_fails_leaves_addresses_reserved);
	tcase_add_loop_test(support_case(s, "segment"),
			    a_segment_commits_what_it_holds, 0, 6);
	return s;
}
SUPPORT_MAIN(suite)
