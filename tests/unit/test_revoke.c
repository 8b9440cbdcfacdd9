/* SPDX-License-Identifier: MIT */
/*
 * Pages that are taken away and come back: each access to what was given away
 * kills, in this very process, in every kind of build.
 */
#include "channels.h"
#include "memory_calls.h"
#include "touch.h"

#include "base/fault.h"
#include "handle/os.h"
#include "mapping/os.h"
#include "ownership/pool.h"
#include "ownership/revoke.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#define PAGE 4096u
#define MIB ((uint64_t)1 << 20)

/* Sizes: one page, several, page tables that move, those of huge pages. */
static const uint64_t sizes[] = {10, 5 * PAGE, 3 * MIB, 200 * MIB};
#define SIZES 4

static const shmem_enforce modes[] = {SHMEM_ENFORCE_PROTECT,
				      SHMEM_ENFORCE_UNMAP};
#define MODES 2

/* ---- accesses that die ---- */

typedef struct attempt {
	shmem_enforce enforce;
	uint64_t size;
	int how;
	bool came_back; /* the segment has been to the peer before */
} attempt;

static volatile unsigned char sink;

static void *load_in_thread(void *at)
{
	sink = *(volatile unsigned char *)at;
	return NULL;
}

static void access_it(volatile unsigned char *at, uint64_t size, int how)
{
	pthread_t thread;

	switch (how) {
	case 0:
		sink = at[0];
		break;
	case 1:
		at[0] = 1;
		break;
	case 2:
		sink = at[size - 1];
		break;
	case 3:
		at[size - 1] = 1;
		break;
	case 4:
		(void)__atomic_fetch_add((unsigned *)(uintptr_t)at, 1,
					 __ATOMIC_SEQ_CST);
		break;
	case 5:
		memset((void *)(uintptr_t)at, 0, (size_t)size);
		break;
	default:
		pthread_create(&thread, NULL, load_in_thread,
			       (void *)(uintptr_t)at);
		pthread_join(thread, NULL);
	}
}
#define ACCESSES 7

/* In a process of its own, which owned the segment before. */
static void touch_what_was_given(void *arg)
{
	const attempt *a = arg;
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_channel *giver = NULL;
	shmem_channel *taker = NULL;
	shmem_segment *s;
	unsigned char *at;

	signal(SIGSEGV, SIG_DFL);
	opts.enforce = a->enforce;
	support_ok(shmem_channel_pair(&opts, &giver, &taker));
	support_ok(shmem_segment_alloc(giver, a->size, &s));
	at = shmem_segment_data(s);
	access_it(at, a->size, a->how); /* this is allowed */
	support_give(giver, &s);
	s = support_get(taker);
	access_it(shmem_segment_data(s), a->size, a->how); /* and this */
	if (a->came_back) {
		for (int i = 0; i < 5; i++) {
			support_give(taker, &s);
			s = support_get(giver);
			ck_assert_ptr_eq(shmem_segment_data(s), at);
			access_it(at, a->size, a->how);
			support_give(giver, &s);
			s = support_get(taker);
		}
	}
	access_it(at, a->size, a->how);
}

START_TEST(what_was_given_away_can_not_be_touched)
{
	attempt a = {.enforce = modes[_i % MODES],
		     .size = sizes[_i / MODES % SIZES],
		     .came_back = _i >= MODES * SIZES};

	for (a.how = 0; a.how < ACCESSES; a.how++)
		support_dies_with(SIGSEGV, touch_what_was_given, &a, sizeof(a));
}
END_TEST

static void touch_unreceived(void *arg)
{
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_segment *s;
	unsigned char *at;

	(void)arg;
	signal(SIGSEGV, SIG_DFL);
	support_ok(shmem_channel_pair(NULL, &a, &b));
	s = support_segment(a, 10, 1);
	support_give(a, &s);
	s = support_get(b);
	at = shmem_segment_data(s);
	support_give(b, &s);
	s = support_get(a);
	support_give(a, &s);
	support_settle(b); /* it is here, but nobody has received it */
	sink = *at;
}

START_TEST(what_was_not_received_yet_can_not_be_touched)
{
	support_dies(SIGSEGV, touch_unreceived, NULL);
}
END_TEST

static void touch_freed(void *arg)
{
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_segment *s;
	unsigned char *at;

	(void)arg;
	signal(SIGSEGV, SIG_DFL);
	support_ok(shmem_channel_pair(NULL, &a, &b));
	s = support_segment(a, 10, 1);
	at = shmem_segment_data(s);
	support_ok(shmem_segment_free(&s));
	*at = 1;
}

START_TEST(what_was_freed_can_not_be_touched)
{
	support_dies(SIGSEGV, touch_freed, NULL);
}
END_TEST

START_TEST(nothing_is_enforced_where_that_was_asked_for)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_segment *s;
	unsigned char *at;

	opts.enforce = SHMEM_ENFORCE_NONE;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	s = support_segment(a, 10, 1);
	at = shmem_segment_data(s);
	support_give(a, &s);
	at[3] = 7; /* against the rules, but not prevented */
	s = support_get(b);
	ck_assert_int_eq(((unsigned char *)shmem_segment_data(s))[3], 7);
	support_ok(shmem_segment_free(&s));
	ck_assert_uint_eq(support_stats(a).revokes, 0);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

/* ---- the two functions ---- */

static shmem__ledger ledger;
static shmem__pool pool;
static shmem__stats stats;
static shmem__entry *entry[8];

/* Eight side by side; or every other one somewhere else. */
static void set_up_sizes(size_t odd)
{
	static const uint32_t limit[2] = {100, 100};

	support_ok(shmem__ledger_init(&ledger, 0, limit));
	shmem__pool_init(&pool, &ledger, &stats);
	pool.enforce = SHMEM_ENFORCE_PROTECT;
	pool.free_max = MIB;
	pool.ours.max_count = 100;
	pool.ours.max_bytes = 100 * MIB;
	for (int i = 0; i < 8; i++) {
		support_ok(shmem__pool_alloc(&pool, i % 2 == 0 ? PAGE : odd,
					     &entry[i]));
		memset(entry[i]->base, i, PAGE);
		support_ok(shmem__entry_step(entry[i], SHMEM__ON_STAGE));
	}
}

static void set_up(void)
{
	set_up_sizes(PAGE);
}

static void tear_down(void)
{
	shmem__pool_fini(&pool);
	shmem__ledger_fini(&ledger);
}

static uint64_t calls(size_t which)
{
	return atomic_load(&stats.value[which]);
}

static void check_all(bool open, shmem__state state)
{
	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(entry[i]->state, state);
		ck_assert_int_eq(touch_reads(entry[i]->base), open);
		ck_assert_int_eq(entry[i]->closed, !open);
		if (open)
			ck_assert_int_eq(entry[i]->base[9], i);
	}
}

START_TEST(neighbours_are_revoked_by_one_call)
{
	support_ok(shmem__revoke(&pool, entry, 8, SHMEM__ON_REVOKE));
	check_all(false, SHMEM__REVOKED);
	ck_assert_uint_eq(calls(SHMEM__STAT(revokes)), 1);
	support_ok(shmem__restore(&pool, entry, 8, SHMEM__ON_ROLLBACK));
	check_all(true, SHMEM__STAGED);
	ck_assert_uint_eq(calls(SHMEM__STAT(restores)), 1);
}
END_TEST

START_TEST(their_order_does_not_matter)
{
	/* Downwards, then one that is apart. */
	shmem__entry *order[] = {entry[5], entry[4], entry[3],
				 entry[7], entry[0], entry[1]};

	support_ok(shmem__revoke(&pool, order, 6, SHMEM__ON_REVOKE));
	ck_assert(touch_reads(entry[2]->base));
	ck_assert(touch_reads(entry[6]->base));
	for (int i = 0; i < 6; i++)
		ck_assert(!touch_reads(order[i]->base));
	ck_assert_uint_eq(calls(SHMEM__STAT(revokes)), 3);
	support_ok(shmem__restore(&pool, order, 6, SHMEM__ON_ROLLBACK));
	check_all(true, SHMEM__STAGED);
}
END_TEST

START_TEST(a_wrong_state_among_them_stops_all)
{
	support_ok(shmem__entry_step(entry[7], SHMEM__ON_UNSTAGE));
	support_is(shmem__revoke(&pool, entry, 8, SHMEM__ON_REVOKE),
		   SHMEM_E_STATE);
	ck_assert_uint_eq(calls(SHMEM__STAT(revokes)), 0);
	support_ok(shmem__entry_step(entry[7], SHMEM__ON_STAGE));
	check_all(true, SHMEM__STAGED);
}
END_TEST

/* Any of the calls that one revocation takes may fail: nothing has changed. */
START_TEST(a_revocation_that_fails_changes_nothing)
{
	const char *const names[] = {call_protect, call_unmap};
	static const int order_of[] = {0, 1, 3, 2, 5, 4, 7, 6};
	shmem__entry *order[8];
	unsigned long k = 0;
	int err;

	tear_down();
	set_up_sizes(2 * PAGE);
	for (size_t i = 0; i < 8; i++)
		order[i] = entry[order_of[i]];
	pool.enforce = modes[_i];
	do {
		shmem__fault_arm(++k, call_no_memory, names[_i]);
		err = shmem__revoke(&pool, order, 8, SHMEM__ON_REVOKE);
		shmem__fault_arm(0, 0, NULL);
		if (err != 0) {
			support_is(err, SHMEM_E_NOMEM);
			check_all(true, SHMEM__STAGED);
		}
	} while (err != 0);
	ck_assert_uint_gt(k, 2);
	check_all(false, SHMEM__REVOKED);
	k = 0;
	do {
		shmem__fault_arm(++k, call_no_memory, names[_i]);
		err = shmem__restore(&pool, order, 8, SHMEM__ON_ROLLBACK);
		shmem__fault_arm(0, 0, NULL);
		if (err != 0)
			check_all(false, SHMEM__REVOKED);
	} while (err != 0);
	ck_assert_uint_gt(k, 2);
	check_all(true, SHMEM__STAGED);
}
END_TEST

/* Over several views the system changes one after the other, and may stop. */
static void change_some(shmem_access access)
{
	support_ok(shmem__view_protect(entry[0]->base, 3 * entry[0]->span,
				       access));
}

static void close_some(void)
{
	change_some(SHMEM_NONE);
}

static void open_some(void)
{
	change_some(SHMEM_RW);
}

START_TEST(a_change_that_stops_halfway_is_undone)
{
	shmem__fault_arm(1, call_no_memory, call_protect);
	shmem__fault_halfway(close_some);
	support_is(shmem__revoke(&pool, entry, 8, SHMEM__ON_REVOKE),
		   SHMEM_E_NOMEM);
	shmem__fault_arm(0, 0, NULL);
	check_all(true, SHMEM__STAGED);
	support_ok(shmem__revoke(&pool, entry, 8, SHMEM__ON_REVOKE));
	shmem__fault_arm(1, call_no_memory, call_protect);
	shmem__fault_halfway(open_some);
	support_is(shmem__restore(&pool, entry, 8, SHMEM__ON_ROLLBACK),
		   SHMEM_E_NOMEM);
	shmem__fault_arm(0, 0, NULL);
	check_all(false, SHMEM__REVOKED);
}
END_TEST

/* ---- page tables that move ---- */

static shmem__entry *large;

static void set_up_large(void)
{
	static const uint32_t limit[2] = {100, 100};

	support_ok(shmem__ledger_init(&ledger, 0, limit));
	shmem__pool_init(&pool, &ledger, &stats);
	pool.enforce = SHMEM_ENFORCE_PROTECT;
	pool.free_max = 1024 * MIB;
	pool.ours.max_count = 100;
	pool.ours.max_bytes = 1024 * MIB;
	support_ok(shmem__pool_alloc(&pool, 200 * MIB, &large));
	memset(large->base, 1, PAGE);
	memset(large->base + 200 * MIB - PAGE, 2, PAGE);
	support_ok(shmem__entry_step(large, SHMEM__ON_STAGE));
}

static void check_large(bool open)
{
	unsigned char *last = large->base + 200 * MIB - PAGE;

	ck_assert_int_eq(large->closed, !open);
	ck_assert_int_eq(touch_reads(large->base), open);
	ck_assert_int_eq(touch_reads(last), open);
	if (open) {
		ck_assert_int_eq(large->base[0], 1);
		ck_assert_int_eq(*last, 2);
	}
}

START_TEST(page_tables_move_away_and_come_back)
{
	support_needs(SUPPORT_MOVES);
	for (int i = 0; i < 3; i++) {
		support_ok(shmem__revoke(&pool, &large, 1, SHMEM__ON_REVOKE));
		check_large(false);
		ck_assert(large->hidden);
		/* The same pages, somewhere else. */
		ck_assert_int_eq(large->hiding[0], 1);
		support_ok(
			shmem__restore(&pool, &large, 1, SHMEM__ON_ROLLBACK));
		check_large(true);
		ck_assert(!large->hidden);
	}
	ck_assert_uint_eq(calls(SHMEM__STAT(page_table_moves)), 6);
}
END_TEST

/* mremap has moved them when mprotect fails: they are moved back. */
START_TEST(a_move_that_fails_halfway_is_undone)
{
	static const char *const names[] = {"mremap", "mprotect"};
	static const int native[] = {ENOMEM, EFAULT, EAGAIN};

	support_needs(SUPPORT_MOVES);
	for (int i = 0; i < 6; i++) {
		shmem__fault_arm(1, native[i / 2], names[i % 2]);
		ck_assert_int_lt(
			shmem__revoke(&pool, &large, 1, SHMEM__ON_REVOKE), 0);
		ck_assert_str_eq(shmem__fault_hit(), names[i % 2]);
		shmem__fault_arm(0, 0, NULL);
		check_large(true);
		ck_assert_int_eq(large->state, SHMEM__STAGED);
	}
	support_ok(shmem__revoke(&pool, &large, 1, SHMEM__ON_REVOKE));
	shmem__fault_arm(1, ENOMEM, "mremap");
	support_is(shmem__restore(&pool, &large, 1, SHMEM__ON_ROLLBACK),
		   SHMEM_E_NOMEM);
	shmem__fault_arm(0, 0, NULL);
	check_large(false);
	support_ok(shmem__restore(&pool, &large, 1, SHMEM__ON_ROLLBACK));
	check_large(true);
}
END_TEST

/* Where even moving back fails, the memory is in both places, and whole. */
START_TEST(a_move_that_can_not_be_undone_loses_nothing)
{
	support_needs(SUPPORT_MOVES);
	support_needs(SUPPORT_NATIVE);
	shmem__fault_arm(1, ENOMEM, "mprotect");
	shmem__fault_halfway(NULL);
	support_is(shmem__revoke(&pool, &large, 1, SHMEM__ON_REVOKE),
		   SHMEM_E_NOMEM);
	shmem__fault_arm(0, 0, NULL);
	check_large(true);
	/* All from the second call on: the protection, and the way back. */
	shmem__fault_arm(2, ENOMEM, NULL);
	shmem__fault_repeat(1000);
	support_is(shmem__revoke(&pool, &large, 1, SHMEM__ON_REVOKE),
		   SHMEM_E_NOMEM);
	shmem__fault_arm(0, 0, NULL);
	check_large(true);
	support_ok(shmem__revoke(&pool, &large, 1, SHMEM__ON_REVOKE));
	check_large(false);
	support_ok(shmem__restore(&pool, &large, 1, SHMEM__ON_ROLLBACK));
	check_large(true);
}
END_TEST

/* Without a place to hide, or where they can't move, they are protected. */
START_TEST(what_can_not_move_is_protected)
{
	static const struct {
		const char *call;
		int native;
	} refusal[] = {{"mmap", ENOMEM},   {"madvise", EINVAL},
		       {"mremap", EINVAL}, {"mremap", ENOSYS},
		       {"mremap", EPERM},  {"mremap", EACCES}};

	support_needs(SUPPORT_MOVES);
	shmem__fault_arm(1, refusal[_i].native, refusal[_i].call);
	support_ok(shmem__revoke(&pool, &large, 1, SHMEM__ON_REVOKE));
	ck_assert_str_eq(shmem__fault_hit(), refusal[_i].call);
	shmem__fault_arm(0, 0, NULL);
	check_large(false);
	ck_assert(!large->hidden);
	support_ok(shmem__restore(&pool, &large, 1, SHMEM__ON_ROLLBACK));
	check_large(true);
}
END_TEST

/* Moved before it was refused, as when a sandbox is entered meanwhile. */
START_TEST(what_can_not_move_back_opens_where_it_is)
{
	support_needs(SUPPORT_MOVES);
	support_ok(shmem__revoke(&pool, &large, 1, SHMEM__ON_REVOKE));
	ck_assert(large->hidden);
	for (int i = 0; i < 3; i++) {
		shmem__fault_arm(1, ENOSYS, "mremap");
		shmem__fault_repeat(1000);
		support_ok(
			shmem__restore(&pool, &large, 1, SHMEM__ON_ROLLBACK));
		check_large(true);
		support_ok(shmem__revoke(&pool, &large, 1, SHMEM__ON_REVOKE));
		check_large(false);
	}
	shmem__fault_arm(0, 0, NULL);
	support_ok(shmem__restore(&pool, &large, 1, SHMEM__ON_ROLLBACK));
	check_large(true);
}
END_TEST

/* What can't be opened again at once is when it is next asked for. */
START_TEST(a_rollback_that_fails_is_made_up_for)
{
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_segment *s;

	support_ok(shmem_channel_pair(NULL, &a, &b));
	support_send_text(a, "hello first");
	s = support_segment(a, PAGE, 6);
	shmem_channel_close(&b);
	/* The revocation works, undoing it does not, nor does trying again. */
	shmem__fault_arm(2, call_no_memory, call_protect);
	support_is(shmem_segment_send(a, &s), SHMEM_E_CLOSED);
	ck_assert_str_eq(shmem__fault_hit(), call_protect);
	shmem__fault_arm(0, 0, NULL);
	ck_assert_ptr_nonnull(s);
	support_check_segment(s, 6);
	support_ok(shmem_segment_free(&s));
	shmem_channel_close(&a);
}
END_TEST

START_TEST(with_unmapping_the_kernel_can_tell)
{
	support_needs(SUPPORT_SEALS);
	pool.enforce = modes[_i];
	support_ok(shmem__revoke(&pool, entry, 1, SHMEM__ON_REVOKE));
	/* mprotect leaves a mapping that counts as writable. */
	support_is(shmem__object_seal_write(entry[0]->os),
		   modes[_i] == SHMEM_ENFORCE_UNMAP ? 0 : SHMEM_E_BUSY);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("revoke");
	TCase *t = support_case(s, "access");

	tcase_add_loop_test(t, what_was_given_away_can_not_be_touched, 0,
			    2 * MODES * SIZES);
	tcase_add_test(t, what_was_not_received_yet_can_not_be_touched);
	tcase_add_test(t, what_was_freed_can_not_be_touched);
	tcase_add_test(t, nothing_is_enforced_where_that_was_asked_for);
	tcase_add_test(t, a_rollback_that_fails_is_made_up_for);
	t = support_case(s, "revoke");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, neighbours_are_revoked_by_one_call);
	tcase_add_test(t, their_order_does_not_matter);
	tcase_add_test(t, a_wrong_state_among_them_stops_all);
	tcase_add_loop_test(t, a_revocation_that_fails_changes_nothing, 0,
			    MODES);
	tcase_add_loop_test(t, with_unmapping_the_kernel_can_tell, 0, MODES);
	tcase_add_test(t, a_change_that_stops_halfway_is_undone);
	t = support_case(s, "move");
	tcase_add_checked_fixture(t, set_up_large, tear_down);
	tcase_add_test(t, page_tables_move_away_and_come_back);
	tcase_add_test(t, a_move_that_fails_halfway_is_undone);
	tcase_add_test(t, a_move_that_can_not_be_undone_loses_nothing);
	tcase_add_loop_test(t, what_can_not_move_is_protected, 0, 6);
	tcase_add_test(t, what_can_not_move_back_opens_where_it_is);
	return s;
}
SUPPORT_MAIN(suite)
