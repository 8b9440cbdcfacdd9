/* SPDX-License-Identifier: MIT */
/* Entries, found by id; ids that never clash and never come back. */
#include "channels.h"

#include "ownership/ledger.h"

static shmem__ledger ledger;

static void setup_side(unsigned side, uint32_t ours, uint32_t theirs)
{
	uint32_t limit[2];

	limit[side] = ours;
	limit[1 - side] = theirs;
	support_ok(shmem__ledger_init(&ledger, side, limit));
}

static void setup(void)
{
	setup_side(0, 200, 100);
}

static void teardown(void)
{
	shmem__ledger_fini(&ledger);
}

static shmem__entry *fresh(void)
{
	shmem__entry *entry = NULL;

	support_ok(shmem__ledger_slot_new(&ledger, &entry));
	return entry;
}

START_TEST(an_id_is_taken_apart_as_it_was_made)
{
	static const uint32_t slots[] = {0, 1, 0x12345, SHMEM__SLOT_LIMIT - 1,
					 0x7fffffff};

	for (unsigned side = 0; side < 2; side++)
		for (size_t i = 0; i < 5; i++)
			for (uint32_t g = 0; g < 2; g++) {
				uint32_t generation = g == 0 ? 1 : UINT32_MAX;
				uint64_t id = shmem__id_make(side, slots[i],
							     generation);

				ck_assert_uint_eq(shmem__id_side(id), side);
				ck_assert_uint_eq(shmem__id_slot(id), slots[i]);
				ck_assert_uint_eq(shmem__id_generation(id),
						  generation);
			}
}
END_TEST

START_TEST(each_new_slot_has_an_id_of_its_own)
{
	shmem__entry *entry[200];

	for (uint32_t i = 0; i < 200; i++) {
		entry[i] = fresh();
		ck_assert_uint_eq(shmem__id_slot(entry[i]->id), i);
		ck_assert_uint_eq(shmem__id_side(entry[i]->id), ledger.side);
		ck_assert_int_eq(entry[i]->state, SHMEM__DEAD);
		ck_assert_int_eq(entry[i]->os, SHMEM_OS_HANDLE_INVALID);
	}
	support_is(shmem__ledger_slot_new(&ledger, &entry[0]), SHMEM_E_LIMIT);
	/* They have not moved while more were made. */
	for (uint32_t i = 0; i < 200; i++)
		ck_assert_ptr_eq(shmem__ledger_slot(&ledger, ledger.side, i),
				 entry[i]);
}
END_TEST

START_TEST(both_sides_ids_differ)
{
	uint64_t first = fresh()->id;

	teardown();
	setup_side(1, 100, 200);
	ck_assert_uint_eq(first & 1, 0);
	ck_assert_uint_eq(fresh()->id & 1, 1);
}
END_TEST

START_TEST(only_the_very_id_is_found)
{
	shmem__entry *entry = fresh();
	uint64_t id;

	ck_assert_ptr_null(shmem__ledger_find(&ledger, entry->id)); /* none */
	support_ok(shmem__entry_begin(&ledger, entry, 10));
	id = entry->id;
	ck_assert_ptr_eq(shmem__ledger_find(&ledger, id), entry);
	ck_assert_ptr_null(shmem__ledger_find(&ledger, id ^ 1));
	ck_assert_ptr_null(shmem__ledger_find(&ledger, id ^ 2));
	ck_assert_ptr_null(shmem__ledger_find(&ledger, id + 2000));
	ck_assert_ptr_null(
		shmem__ledger_find(&ledger, id + ((uint64_t)1 << 32)));
	ck_assert_ptr_null(shmem__ledger_find(&ledger, 0));
	ck_assert_ptr_null(shmem__ledger_find(&ledger, UINT64_MAX));
	support_ok(shmem__entry_step(entry, SHMEM__ON_FREE));
	support_ok(shmem__entry_begin(&ledger, entry, 20));
	ck_assert_ptr_null(shmem__ledger_find(&ledger, id)); /* any more */
	ck_assert_ptr_eq(shmem__ledger_find(&ledger, entry->id), entry);
}
END_TEST

START_TEST(a_new_segment_begins_anew)
{
	shmem__entry *entry = fresh();

	entry->known = true;
	entry->label_new = true;
	entry->label[0] = 'x';
	support_ok(shmem__entry_begin(&ledger, entry, 77));
	ck_assert_uint_eq(shmem__id_generation(entry->id), 1);
	ck_assert_uint_eq(entry->size, 77);
	ck_assert(!entry->known);
	ck_assert(!entry->label_new);
	ck_assert_str_eq(entry->label, "");
	ck_assert_int_eq(entry->state, SHMEM__OWNED);
	support_is(shmem__entry_begin(&ledger, entry, 1), SHMEM_E_STATE);
	ck_assert_uint_eq(entry->size, 77);
}
END_TEST

START_TEST(generations_come_to_an_end)
{
	shmem__entry *entry = fresh();
	shmem__entry *next;

	entry->id = shmem__id_make(0, 0, UINT32_MAX - 1);
	support_ok(shmem__entry_begin(&ledger, entry, 1));
	support_ok(shmem__entry_step(entry, SHMEM__ON_FREE));
	support_is(shmem__entry_begin(&ledger, entry, 1), SHMEM_E_LIMIT);
	ck_assert_int_eq(entry->state, SHMEM__DEAD);
	/* The slot is not used any more. */
	shmem__ledger_slot_vacant(&ledger, entry);
	next = fresh();
	ck_assert_ptr_ne(next, entry);
}
END_TEST

START_TEST(vacant_slots_are_used_first)
{
	shmem__entry *a = fresh();
	shmem__entry *b = fresh();
	uint64_t id;

	support_ok(shmem__entry_begin(&ledger, a, 1));
	id = a->id;
	support_ok(shmem__entry_step(a, SHMEM__ON_FREE));
	shmem__ledger_slot_vacant(&ledger, a);
	shmem__ledger_slot_vacant(&ledger, b);
	ck_assert_ptr_eq(fresh(), b);
	ck_assert_ptr_eq(fresh(), a);
	ck_assert_uint_eq(a->id, id); /* its generations go on */
	ck_assert_ptr_ne(fresh(), a);
}
END_TEST

START_TEST(a_refused_step_changes_nothing)
{
	shmem__entry *entry = fresh();

	support_is(shmem__entry_step(entry, SHMEM__ON_STAGE), SHMEM_E_STATE);
	ck_assert_int_eq(entry->state, SHMEM__DEAD);
	support_is(shmem__entry_step(entry, SHMEM__ON_PEER_GIVE),
		   SHMEM_E_PROTO);
	ck_assert_int_eq(entry->state, SHMEM__DEAD);
}
END_TEST

START_TEST(the_peer_s_slots_are_made_where_it_says)
{
	shmem__entry *entry = NULL;

	ck_assert_ptr_null(shmem__ledger_slot(&ledger, 1, 0));
	support_ok(shmem__ledger_slot_make(&ledger, 1, 99, &entry));
	ck_assert_ptr_eq(shmem__ledger_slot(&ledger, 1, 99), entry);
	support_is(shmem__ledger_slot_make(&ledger, 1, 100, &entry),
		   SHMEM_E_LIMIT);
	support_is(shmem__ledger_slot_make(&ledger, 1, UINT32_MAX, &entry),
		   SHMEM_E_LIMIT);
	ck_assert_ptr_null(shmem__ledger_slot(&ledger, 1, 100));
	ck_assert_ptr_null(shmem__ledger_slot(&ledger, 1, UINT32_MAX));
	ck_assert_ptr_null(shmem__ledger_slot(&ledger, 0, 99));
}
END_TEST

static void count_one(shmem__entry *entry, void *arg)
{
	(void)entry;
	++*(unsigned *)arg;
}

START_TEST(a_walk_finds_all_of_a_state)
{
	unsigned all = 0;
	unsigned away = 0;
	uint64_t at = 0;
	shmem__entry *e;

	for (int i = 0; i < 150; i++) {
		e = fresh();
		support_ok(shmem__entry_begin(&ledger, e, 1));
		if (i % 3 == 0)
			e->state = SHMEM__LOST;
	}
	support_ok(shmem__ledger_slot_make(&ledger, 1, 6, &e));
	e->state = SHMEM__LOST;
	for (; (e = shmem__ledger_next(&ledger, SHMEM__LOST, &at)) != NULL;
	     at++)
		away++;
	ck_assert_uint_eq(away, 51);
	shmem__ledger_each(&ledger, count_one, &all);
	ck_assert_uint_eq(all, 150 + 7);
	/* A step on the way does not disturb it. */
	at = 0;
	e = shmem__ledger_next(&ledger, SHMEM__LOST, &at);
	e->state = SHMEM__OWNED;
	ck_assert_ptr_ne(shmem__ledger_next(&ledger, SHMEM__LOST, &at), e);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ledger");
	TCase *t = support_case(s, "ledger");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_id_is_taken_apart_as_it_was_made);
	tcase_add_test(t, each_new_slot_has_an_id_of_its_own);
	tcase_add_test(t, both_sides_ids_differ);
	tcase_add_test(t, only_the_very_id_is_found);
	tcase_add_test(t, a_new_segment_begins_anew);
	tcase_add_test(t, generations_come_to_an_end);
	tcase_add_test(t, vacant_slots_are_used_first);
	tcase_add_test(t, a_refused_step_changes_nothing);
	tcase_add_test(t, the_peer_s_slots_are_made_where_it_says);
	tcase_add_test(t, a_walk_finds_all_of_a_state);
	return s;
}
SUPPORT_MAIN(suite)
