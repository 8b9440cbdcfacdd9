/* SPDX-License-Identifier: MIT */
/*
 * Revocation. PROTECT changes the protection of the view, whole views at a time
 * (no mapping splits), neighbours in one call; that costs in proportion to the
 * number of pages. So views of many pages are hidden instead: their page tables
 * move to other addresses, which takes the same time at any size, and back.
 * UNMAP replaces the view by nothing, and maps it again.
 *
 * A segment that goes to and fro is worth having in huge pages: the fewer
 * pages, the less there is to protect, and to miss.
 */
#include "ownership/revoke.h"

#include "base/assert.h"
#include "mapping/os.h"

#include <shmem/message.h>
#include <stdlib.h>
#include <string.h>

static void count_call(shmem__pool *pool, bool open)
{
	if (open)
		SHMEM__ADD(pool->stats, restores, 1);
	else
		SHMEM__ADD(pool->stats, revokes, 1);
}

static int protect(shmem__pool *pool, unsigned char *at, uint64_t length,
		   bool open)
{
	count_call(pool, open);
	return shmem__view_protect(at, (size_t)length,
				   open ? SHMEM_RW : SHMEM_NONE);
}

/* Its addresses are somebody else's by now. */
static int map_elsewhere(shmem__pool *pool, shmem__entry *entry)
{
	shmem__range *range;
	unsigned char *base;
	int err = shmem__ranges_map(&pool->ranges, entry->size_class,
				    entry->capacity, 1, entry->os, SHMEM_RW,
				    &range, &base);

	if (err != 0)
		return err;
	shmem__ranges_give(&pool->ranges, entry->size_class, entry->range,
			   entry->base, entry->capacity);
	entry->range = range;
	entry->base = base;
	return 0;
}

static int remap(shmem__pool *pool, shmem__entry *entry, bool open)
{
	bool ours = shmem__id_side(entry->id) == pool->ledger->side;
	void *at;
	int err;

	count_call(pool, open);
	/* The peer has made the view, and will take it away. */
	if (pool->guest && !ours)
		return entry->lent
			       ? shmem__view_protect(
					 entry->base, (size_t)entry->capacity,
					 open ? SHMEM_RW : SHMEM_NONE)
			       : SHMEM_E_STATE;
	if (!open)
		return shmem__range_clear(entry->base, entry->span);
	err = shmem__view_map(entry->os, 0, entry->span, SHMEM_RW, entry->base,
			      &at);
	if (err == SHMEM_E_BUSY)
		err = map_elsewhere(pool, entry);
	if (err != 0)
		return err;
	/* Failing leaves a view that a forked child would have, too. */
	err = shmem__range_dont_fork(entry->base, entry->span);
	if (err != 0)
		(void)shmem__range_clear(entry->base, entry->span);
	return err;
}

/* Opened so often, a segment will go on coming back. */
#define WARM_OPENS 3u

/* Beyond this, making huge pages of small ones takes too long at once. */
#define COLLAPSE_MAX ((uint64_t)64 << 20)

/* So many segments a channel may have in huge pages that they mostly waste. */
#define HUGE_SMALL_MAX 16u

/* From here on moving page tables is cheaper than protecting small pages. */
#define MOVE_FROM_SMALL ((uint64_t)512 << 10)

/* Most of a huge page is wasted on a small segment: only a few get one, and
 * only where the pool could keep them. */
static bool affords_huge(shmem__pool *pool, shmem__entry *entry)
{
	if (entry->capacity > COLLAPSE_MAX)
		return false;
	if (entry->size >= SHMEM__WORTH_HUGE)
		return true;
	if (pool->huge_small == HUGE_SMALL_MAX ||
	    (pool->huge_small + 1) * SHMEM__HUGE_PAGE > pool->free_max / 2)
		return false;
	pool->huge_small++;
	entry->huge_small = true;
	return true;
}

static void warm_up(shmem__pool *pool, shmem__entry *entry)
{
	if (entry->opens < WARM_OPENS)
		entry->opens++;
	if (entry->opens != WARM_OPENS ||
	    entry->pages != SHMEM__PAGES_UNKNOWN ||
	    entry->capacity % SHMEM__HUGE_PAGE != 0)
		return;
	entry->pages = SHMEM__PAGES_SMALL;
	if (!affords_huge(pool, entry))
		return;
	entry->pages = SHMEM__PAGES_REFUSED;
	if (shmem__view_collapse(entry->base, (size_t)entry->capacity) != 0)
		return;
	entry->pages = SHMEM__PAGES_HUGE;
	SHMEM__ADD(pool->stats, huge_segments, 1);
}

/* Whether moving page tables is cheaper than protecting pages. */
static bool hide_pays(const shmem__pool *pool, const shmem__entry *entry)
{
	if (pool->enforce != SHMEM_ENFORCE_PROTECT || pool->no_move)
		return false;
	if (entry->pages == SHMEM__PAGES_SMALL ||
	    entry->pages == SHMEM__PAGES_REFUSED)
		return entry->size >= MOVE_FROM_SMALL;
	return entry->capacity >= SHMEM__MOVE_FROM;
}

const char *shmem__revoke_how(const shmem__pool *pool,
			      const shmem__entry *entry)
{
	switch (pool->enforce) {
	case SHMEM_ENFORCE_NONE:
		return "not taken away";
	case SHMEM_ENFORCE_UNMAP:
		return "unmapped";
	default:
		return hide_pays(pool, entry) ? "page tables moved"
					      : "protected";
	}
}

/* Whether page tables are to be moved; makes sure that there is a place. */
static bool moves(shmem__pool *pool, shmem__entry *entry)
{
	void *at;

	if (!hide_pays(pool, entry))
		return false;
	if (entry->hiding != NULL)
		return true;
	if (shmem__range_reserve(entry->span,
				 shmem__size_align(entry->capacity), &at) != 0)
		return false;
	if (shmem__range_dont_fork(at, entry->span) != 0) {
		shmem__view_unmap(at, entry->span);
		return false;
	}
	entry->hiding = at;
	return true;
}

/* 0, E_UNSUPPORTED: this can't be done here. */
static int move(shmem__pool *pool, shmem__entry *entry, bool open)
{
	int err = open ? shmem__view_unhide(entry->base, entry->span,
					    entry->hiding)
		       : shmem__view_hide(entry->base, entry->span,
					  entry->hiding);

	if (err != 0)
		return err;
	entry->hidden = !open;
	SHMEM__ADD(pool->stats, page_table_moves, 1);
	count_call(pool, open);
	return 0;
}

/*
 * How many of the entries, from the first on, lie side by side and are in the
 * same state of access, so that one call does for all.
 */
static size_t neighbours(const shmem__pool *pool, shmem__entry *const *entries,
			 size_t count, bool open, unsigned char **ret_at,
			 uint64_t *ret_length)
{
	unsigned char *high = entries[0]->base + entries[0]->span;
	size_t n = 1;

	while (n < count && entries[n]->closed == open &&
	       entries[n]->base == high && !entries[n]->hidden &&
	       (open || !hide_pays(pool, entries[n]))) {
		high += entries[n]->span;
		n++;
	}
	*ret_at = entries[0]->base;
	*ret_length = (uint64_t)(high - entries[0]->base);
	return n;
}

/* Protects, or opens, as many entries from the first on as one call does. */
static int set_protection(shmem__pool *pool, shmem__entry *const *first,
			  size_t count, bool open, size_t *ret_n)
{
	unsigned char *at;
	uint64_t length;
	size_t n = neighbours(pool, first, count, open, &at, &length);
	int err = protect(pool, at, length, open);

	/* Over several views it may have failed halfway. */
	if (err != 0 && n > 1)
		(void)protect(pool, at, length, !open);
	*ret_n = n;
	return err;
}

static int set_some(shmem__pool *pool, shmem__entry *const *first, size_t count,
		    bool open, size_t *ret_n)
{
	shmem__entry *entry = *first;
	int err;

	*ret_n = 1;
	if (pool->enforce == SHMEM_ENFORCE_UNMAP)
		return remap(pool, entry, open);
	if (pool->enforce == SHMEM_ENFORCE_NONE)
		return open ? protect(pool, entry->base, entry->span, true) : 0;
	if (open ? entry->hidden : moves(pool, entry)) {
		err = move(pool, entry, open);
		if (err != SHMEM_E_UNSUPPORTED)
			return err;
		pool->no_move = true;
	}
	return set_protection(pool, first, count, open, ret_n);
}

/* Sets the access of entries[0 .. *done), *done being count on success. */
static int set_access(shmem__pool *pool, shmem__entry *const *entries,
		      size_t count, bool open, size_t *done)
{
	size_t n;
	int err;

	for (*done = 0; *done < count; *done += n) {
		shmem__entry *const *first = entries + *done;

		n = 1;
		if ((*first)->closed != open)
			continue; /* is so already */
		err = set_some(pool, first, count - *done, open, &n);
		if (err != 0)
			return err;
		for (size_t i = 0; i < n; i++) {
			first[i]->closed =
				!open && pool->enforce != SHMEM_ENFORCE_NONE;
			if (open && pool->enforce == SHMEM_ENFORCE_PROTECT)
				warm_up(pool, first[i]);
		}
	}
	return 0;
}

static int check_all(shmem__entry *const *entries, size_t count,
		     shmem__happening event)
{
	for (size_t i = 0; i < count; i++) {
		int next = shmem__table_next(entries[i]->state, event);

		if (next < 0)
			return next;
	}
	return 0;
}

static void step_all(shmem__entry *const *entries, size_t count,
		     shmem__happening event)
{
	for (size_t i = 0; i < count; i++) {
		int err = shmem__entry_step(entries[i], event);

		(void)err;
		SHMEM__ASSERT(err == 0);
	}
}

static int by_address(const void *a, const void *b)
{
	const shmem__entry *x = *(shmem__entry *const *)a;
	const shmem__entry *y = *(shmem__entry *const *)b;

	return (x->base > y->base) - (x->base < y->base);
}

static bool in_order(shmem__entry *const *entries, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (entries[i]->base < entries[i - 1]->base)
			return false;
	return true;
}

/* So that neighbours are together. */
void shmem__entries_sort(shmem__entry **entries, size_t count)
{
	if (!in_order(entries, count))
		qsort(entries, count, sizeof(*entries), by_address);
}

int shmem__pages_set(shmem__pool *pool, shmem__entry **entries, size_t count,
		     bool open)
{
	size_t done = 0;
	size_t undone;
	int err;

	shmem__entries_sort(entries, count);
	err = set_access(pool, entries, count, open, &done);
	if (err != 0)
		(void)set_access(pool, entries, done, !open, &undone);
	return err;
}

int shmem__pages_close(shmem__pool *pool, shmem__entry *entry)
{
	return shmem__pages_set(pool, &entry, 1, false);
}

int shmem__pages_open(shmem__pool *pool, shmem__entry *entry)
{
	return shmem__pages_set(pool, &entry, 1, true);
}

static int change(shmem__pool *pool, shmem__entry *const *entries, size_t count,
		  bool open, shmem__happening event)
{
	shmem__entry *sorted[SHMEM_MESSAGE_MAX_SEGMENTS + 1];
	int err = check_all(entries, count, event);

	SHMEM__ASSERT(count <= SHMEM_MESSAGE_MAX_SEGMENTS + 1);
	if (err != 0)
		return err;
	memcpy(sorted, entries, count * sizeof(*sorted));
	err = shmem__pages_set(pool, sorted, count, open);
	if (err == 0)
		step_all(entries, count, event);
	return err;
}

int shmem__revoke(shmem__pool *pool, shmem__entry *const *entries, size_t count,
		  shmem__happening event)
{
	return change(pool, entries, count, false, event);
}

int shmem__restore(shmem__pool *pool, shmem__entry *const *entries,
		   size_t count, shmem__happening event)
{
	return change(pool, entries, count, true, event);
}
