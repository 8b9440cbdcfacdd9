/* SPDX-License-Identifier: MIT */
/* Memory for segments: made, used again, limited, given up. */
#include "channels.h"

#include "base/codec.h"
#include "base/fault.h"
#include "mapping/os.h"
#include "ownership/pool.h"
#include "ownership/revoke.h"

#include <errno.h>
#include <string.h>

#define PAGE 4096u
#define MIB ((uint64_t)1 << 20)

static shmem__ledger ledger;
static shmem__pool pool;
static shmem__stats stats;

static void setup(void)
{
	static const uint32_t limit[2] = {1000, 1000};

	support_ok(shmem__ledger_init(&ledger, 0, limit));
	shmem__pool_init(&pool, &ledger, &stats);
	pool.enforce = SHMEM_ENFORCE_PROTECT;
	pool.keep_os = false;
	pool.free_max = 100 * MIB;
	pool.ours.max_count = 100;
	pool.ours.max_bytes = 100 * MIB;
	pool.theirs = pool.ours;
}

static uint64_t stat(size_t which)
{
	return atomic_load(&stats.value[which]);
}
#define STAT(name) stat(SHMEM__STAT(name))

static void teardown(void)
{
	shmem__pool_fini(&pool);
	shmem__ledger_fini(&ledger);
	ck_assert_uint_eq(STAT(mapped_bytes), 0);
	ck_assert_uint_eq(STAT(pool_segments), 0);
	ck_assert_uint_eq(STAT(pool_bytes), 0);
}

static shmem__entry *alloc(uint64_t bytes)
{
	shmem__entry *entry = NULL;

	support_ok(shmem__pool_alloc(&pool, bytes, &entry));
	ck_assert_int_eq(entry->state, SHMEM__OWNED);
	ck_assert_uint_eq(entry->size, bytes);
	ck_assert_uint_eq((uintptr_t)entry->base % PAGE, 0);
	return entry;
}

/* As when the application frees it. */
static bool release(shmem__entry *entry)
{
	support_ok(shmem__pages_close(&pool, entry));
	support_ok(shmem__entry_step(entry, SHMEM__ON_FREE));
	return shmem__pool_recycle(&pool, entry);
}

START_TEST(fresh_memory_is_zero)
{
	shmem__entry *entry = alloc(3 * PAGE);

	ck_assert_uint_eq(entry->capacity, 4 * PAGE);
	ck_assert(shmem__all_zero(entry->base, (size_t)entry->capacity));
	memset(entry->base, 1, (size_t)entry->capacity);
	ck_assert_uint_eq(STAT(pool_misses), 1);
	ck_assert_uint_eq(STAT(mapped_bytes), 4 * PAGE);
	ck_assert_uint_eq(pool.ours.count, 1);
	ck_assert_uint_eq(pool.ours.bytes, 4 * PAGE);
}
END_TEST

START_TEST(free_memory_is_used_again)
{
	shmem__entry *entry = alloc(10);
	shmem__entry *other = alloc(10);
	unsigned char *base = entry->base;
	uint64_t id = entry->id;

	base[0] = 'x';
	ck_assert(!release(entry));
	support_load_faults(base);
	ck_assert_uint_eq(STAT(pool_segments), 1);
	ck_assert_uint_eq(STAT(pool_bytes), PAGE);
	ck_assert_ptr_ne(alloc(2 * PAGE), entry); /* another size */
	ck_assert_ptr_eq(alloc(PAGE), entry);
	ck_assert_ptr_eq(entry->base, base);
	ck_assert_uint_ne(entry->id, id);
	ck_assert_int_eq(base[0], 'x');
	ck_assert_uint_eq(STAT(pool_hits), 1);
	ck_assert_uint_eq(STAT(pool_segments), 0);
	ck_assert(!release(other));
}
END_TEST

START_TEST(the_last_one_freed_is_used_first)
{
	shmem__entry *a = alloc(1);
	shmem__entry *b = alloc(1);

	ck_assert(!release(a));
	ck_assert(!release(b));
	ck_assert_ptr_eq(alloc(1), b);
	ck_assert_ptr_eq(alloc(1), a);
}
END_TEST

START_TEST(scrubbed_memory_is_zero)
{
	shmem__entry *entry = alloc(PAGE);

	pool.scrub = true;
	memset(entry->base, 1, PAGE);
	ck_assert(!release(entry));
	ck_assert_ptr_eq(alloc(PAGE), entry);
	ck_assert(shmem__all_zero(entry->base, PAGE));
}
END_TEST

START_TEST(limits_are_kept)
{
	shmem__entry *entry = NULL;
	shmem__entry *first = alloc(56 * MIB);

	pool.ours.max_bytes = 96 * MIB;
	support_is(shmem__pool_alloc(&pool, 41 * MIB, &entry), SHMEM_E_LIMIT);
	support_is(shmem__pool_alloc(&pool, SHMEM__SIZE_MAX + 1, &entry),
		   SHMEM_E_LIMIT);
	support_is(shmem__pool_alloc(&pool, UINT64_MAX, &entry), SHMEM_E_LIMIT);
	(void)alloc(40 * MIB);
	support_is(shmem__pool_alloc(&pool, 1, &entry), SHMEM_E_LIMIT);
	/* What lies in the pool counts. */
	ck_assert(!release(first));
	support_is(shmem__pool_alloc(&pool, 1, &entry), SHMEM_E_LIMIT);
	ck_assert_ptr_eq(shmem__pool_evict(&pool), first);
	shmem__pool_retire(&pool, first);
	for (int i = 0; i < 99; i++)
		(void)alloc(1);
	support_is(shmem__pool_alloc(&pool, 1, &entry), SHMEM_E_LIMIT);
	ck_assert_ptr_null(entry);
	ck_assert_uint_eq(pool.ours.count, 100);
}
END_TEST

START_TEST(a_limit_below_what_there_is_is_kept_too)
{
	shmem__entry *entry = NULL;

	(void)alloc(MIB);
	pool.ours.max_bytes = PAGE; /* as a greeting may say */
	pool.ours.max_count = 0;
	support_is(shmem__pool_alloc(&pool, 1, &entry), SHMEM_E_LIMIT);
	pool.ours.max_count = 10;
	support_is(shmem__pool_alloc(&pool, 1, &entry), SHMEM_E_LIMIT);
}
END_TEST

START_TEST(too_much_free_memory_is_given_up)
{
	shmem__entry *a = alloc(PAGE);
	shmem__entry *b = alloc(PAGE);
	shmem__entry *c = alloc(PAGE);

	pool.free_max = 2 * PAGE;
	ck_assert(!release(a));
	ck_assert(!release(b));
	ck_assert(release(c)); /* to be retired */
	shmem__pool_retire(&pool, c);
	ck_assert_uint_eq(pool.free_bytes, 2 * PAGE);
	ck_assert_uint_eq(STAT(mapped_bytes), 2 * PAGE);
	ck_assert_ptr_null(c->base);
	ck_assert_uint_eq(c->capacity, 0);
}
END_TEST

START_TEST(the_largest_is_evicted_first)
{
	shmem__entry *small = alloc(1);
	shmem__entry *large = alloc(3 * MIB);
	shmem__entry *middle = alloc(100000);

	ck_assert_ptr_null(shmem__pool_evict(&pool));
	ck_assert(!release(small));
	ck_assert(!release(large));
	ck_assert(!release(middle));
	ck_assert_ptr_null(shmem__pool_evict_below(&pool, PAGE - 1));
	ck_assert_ptr_eq(shmem__pool_evict_below(&pool, 2 * MIB), middle);
	ck_assert_ptr_eq(shmem__pool_evict(&pool), large);
	ck_assert_ptr_eq(shmem__pool_evict(&pool), small);
	ck_assert_ptr_null(shmem__pool_evict(&pool));
	ck_assert_uint_eq(pool.free_bytes, 0);
	shmem__pool_retire(&pool, small);
	shmem__pool_retire(&pool, middle);
	shmem__pool_retire(&pool, large);
}
END_TEST

START_TEST(a_slot_s_generations_go_on_in_its_next_memory)
{
	shmem__entry *entry = alloc(PAGE);
	uint64_t id = entry->id;

	ck_assert(!release(entry));
	ck_assert_ptr_eq(shmem__pool_evict(&pool), entry);
	shmem__pool_retire(&pool, entry);
	ck_assert_ptr_eq(alloc(10 * PAGE), entry); /* the vacant slot */
	ck_assert_uint_eq(shmem__id_slot(entry->id), shmem__id_slot(id));
	ck_assert_uint_gt(entry->id, id);
	ck_assert(!entry->announced);
}
END_TEST

START_TEST(exhausted_slots_are_given_up)
{
	shmem__entry *entry = alloc(PAGE);

	entry->id = shmem__id_make(0, 0, UINT32_MAX);
	ck_assert(release(entry));
	shmem__pool_retire(&pool, entry);
	ck_assert_ptr_ne(alloc(PAGE), entry);
}
END_TEST

/* Each call that making memory takes fails in turn. */
START_TEST(what_fails_leaves_nothing)
{
	static const struct {
		const char *call;
		int native;
		int err;
	} calls[] = {
#ifdef SUPPORT_POSIX
		{"shm_open", EMFILE, SHMEM_E_LIMIT},
		{"shm_open", ENOSYS, SHMEM_E_UNSUPPORTED},
		{"getentropy", EIO, SHMEM_E_SYS},
#else
		{"memfd_create", EMFILE, SHMEM_E_LIMIT},
		{"memfd_create", ENOSYS, SHMEM_E_UNSUPPORTED},
		{"fcntl", EPERM, SHMEM_E_SYS},
#endif
		{"ftruncate", ENOSPC, SHMEM_E_NOSPACE},
		{"mmap", ENOMEM, SHMEM_E_NOMEM},
		{"madvise", EINVAL, SHMEM_E_SYS},
		{"calloc", ENOMEM, SHMEM_E_NOMEM},
	};
	size_t descriptors = support_descriptors();
	shmem__entry *entry = NULL;

	support_needs(SUPPORT_ERRNO);
	shmem__fault_arm(1, calls[_i].native, calls[_i].call);
	support_is(shmem__pool_alloc(&pool, PAGE, &entry), calls[_i].err);
	ck_assert_str_eq(shmem__fault_hit(), calls[_i].call);
	shmem__fault_arm(0, 0, NULL);
	ck_assert_uint_eq(support_descriptors(), descriptors);
	ck_assert_uint_eq(pool.ours.count, 0);
	ck_assert_uint_eq(pool.ours.bytes, 0);
	ck_assert_uint_eq(STAT(mapped_bytes), 0);
	entry = alloc(PAGE);
	ck_assert_uint_eq(shmem__id_slot(entry->id), 0);
}
END_TEST

START_TEST(descriptors_are_kept_while_they_are_needed)
{
	shmem__entry *entry = alloc(PAGE);

	ck_assert_int_ne(entry->os, SHMEM_OS_HANDLE_INVALID);
	shmem__pool_announced(&pool, entry);
	ck_assert_int_eq(entry->os, SHMEM_OS_HANDLE_INVALID);
	ck_assert(entry->announced);
	pool.keep_os = true;
	entry = alloc(PAGE);
	shmem__pool_announced(&pool, entry);
	ck_assert_int_ne(entry->os, SHMEM_OS_HANDLE_INVALID);
	/* The greeting then says that they are not. */
	support_ok(shmem__pool_set_enforce(&pool, SHMEM_ENFORCE_PROTECT));
	ck_assert_int_eq(entry->os, SHMEM_OS_HANDLE_INVALID);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pool");
	TCase *t = support_case(s, "pool");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, fresh_memory_is_zero);
	tcase_add_test(t, free_memory_is_used_again);
	tcase_add_test(t, the_last_one_freed_is_used_first);
	tcase_add_test(t, scrubbed_memory_is_zero);
	tcase_add_test(t, limits_are_kept);
	tcase_add_test(t, a_limit_below_what_there_is_is_kept_too);
	tcase_add_test(t, too_much_free_memory_is_given_up);
	tcase_add_test(t, the_largest_is_evicted_first);
	tcase_add_test(t, a_slot_s_generations_go_on_in_its_next_memory);
	tcase_add_test(t, exhausted_slots_are_given_up);
	tcase_add_loop_test(t, what_fails_leaves_nothing, 0, 7);
	tcase_add_test(t, descriptors_are_kept_while_they_are_needed);
	return s;
}
SUPPORT_MAIN(suite)
