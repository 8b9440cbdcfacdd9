/* SPDX-License-Identifier: MIT */
/* Memory for segments: made, taken in, recycled, retired. */
#include "ownership/pool.h"

#include "base/assert.h"
#include "base/error.h"
#include "base/os.h"
#include "mapping/os.h"
#include "ownership/revoke.h"

#include <stdlib.h>
#include <string.h>

void shmem__pool_init(shmem__pool *pool, shmem__ledger *ledger,
		      shmem__stats *stats)
{
	memset(pool, 0, sizeof(*pool));
	pool->ledger = ledger;
	pool->stats = stats;
	pool->keep_os = true;
	pool->no_move = !shmem__view_can_hide();
}

static bool is_ours(const shmem__pool *pool, const shmem__entry *entry)
{
	return shmem__id_side(entry->id) == pool->ledger->side;
}

static shmem__budget *budget_of(shmem__pool *pool, const shmem__entry *entry)
{
	return is_ours(pool, entry) ? &pool->ours : &pool->theirs;
}

static bool affordable(const shmem__budget *budget, uint64_t capacity,
		       size_t count)
{
	return budget->count < budget->max_count &&
	       count <= budget->max_count - budget->count &&
	       budget->bytes < budget->max_bytes &&
	       capacity <= (budget->max_bytes - budget->bytes) / count;
}

static void spend(shmem__budget *budget, uint64_t capacity, size_t count)
{
	budget->count += count;
	budget->bytes += capacity * count;
}

static void close_os(shmem__entry *entry)
{
	shmem__object_close(entry->os);
	entry->os = SHMEM_OS_HANDLE_INVALID;
}

static void close_token(shmem__entry *entry)
{
	shmem__object_close(entry->token);
	entry->token = SHMEM_OS_HANDLE_INVALID;
}

/* What the peer gets of memory that it can have no view of but by us. */
static int make_token(const shmem__pool *pool, shmem__entry *entry)
{
	return pool->lends ? shmem__object_duplicate(entry->os, SHMEM_NONE,
						     &entry->token)
			   : 0;
}

void shmem__pool_retire(shmem__pool *pool, shmem__entry *entry)
{
	shmem__budget *budget = budget_of(pool, entry);

	SHMEM__ASSERT(entry->capacity != 0);
	if (!entry->announced)
		pool->unannounced--;
	close_os(entry);
	if (entry->hiding != NULL && shmem__range_is_here(entry->range))
		shmem__view_unmap(entry->hiding, entry->span);
	if (entry->range != NULL)
		shmem__ranges_give(&pool->ranges, entry->size_class,
				   entry->range, entry->base, entry->capacity);
	else if (entry->lent) /* whoever made the view takes it away */
		(void)shmem__view_protect(entry->base, (size_t)entry->capacity,
					  SHMEM_NONE);
	close_token(entry);
	entry->lent = false;
	entry->there = 0;
	budget->count--;
	budget->bytes -= entry->capacity;
	SHMEM__ADD(pool->stats, mapped_bytes, -entry->capacity);
	entry->in_run = false;
	if (entry->pages == SHMEM__PAGES_HUGE)
		SHMEM__ADD(pool->stats, huge_segments, -1);
	entry->hiding = NULL;
	entry->hidden = false;
	pool->huge_small -= entry->huge_small;
	entry->huge_small = false;
	entry->pages = SHMEM__PAGES_UNKNOWN;
	entry->opens = 0;
	entry->kept = 0;
	entry->capacity = 0;
	entry->base = NULL;
	entry->range = NULL;
	entry->announced = false;
	if (is_ours(pool, entry))
		shmem__ledger_slot_vacant(pool->ledger, entry);
}

static void fini_one(shmem__entry *entry, void *arg)
{
	shmem__pool *pool = arg;

	if (entry->capacity == 0)
		return;
	(void)shmem__entry_step(entry, SHMEM__ON_CLOSE);
	shmem__pool_retire(pool, entry);
}

void shmem__pool_fini(shmem__pool *pool)
{
	shmem__ranges_close(&pool->ranges);
	shmem__ledger_each(pool->ledger, fini_one, pool);
	shmem__ranges_fini(&pool->ranges);
	SHMEM__ADD(
		pool->stats, pool_segments,
		-atomic_load(&pool->stats->value[SHMEM__STAT(pool_segments)]));
	SHMEM__ADD(pool->stats, pool_bytes, -pool->free_bytes);
	pool->free_bytes = 0;
}

/* Maps what `os` is, the entries' memory one after the other, at addresses of
 * our choice; nothing accessible yet (access NONE), or at once (RW). */
static int map_in(shmem__pool *pool, shmem__entry *const *entries, size_t count,
		  shmem_os_handle os, uint64_t capacity, unsigned size_class,
		  shmem_access access)
{
	size_t span = shmem__size_span(capacity);
	shmem__range *range;
	unsigned char *base;
	bool map = access != SHMEM_NONE || pool->enforce != SHMEM_ENFORCE_UNMAP;
	int err;

	if (map)
		err = shmem__ranges_map(&pool->ranges, size_class, capacity,
					(unsigned)count, os, access, &range,
					&base);
	else
		err = shmem__ranges_take(&pool->ranges, size_class, capacity,
					 (unsigned)count, &range, &base);
	if (err != 0)
		return err;
	if (map)
		err = shmem__range_dont_fork(base, count * span);
	if (map && err == 0 && capacity % SHMEM__HUGE_PAGE == 0)
		shmem__view_prefer_huge(base, count * span);
	for (size_t i = 0; i < count; i++) {
		shmem__entry *entry = entries[i];

		if (err != 0) {
			shmem__ranges_give(&pool->ranges, size_class, range,
					   base + i * span, capacity);
			continue;
		}
		entry->os = i == 0 ? os : SHMEM_OS_HANDLE_INVALID;
		entry->base = base + i * span;
		entry->range = range;
		entry->capacity = capacity;
		entry->span = span;
		entry->size_class = size_class;
		entry->closed = access == SHMEM_NONE;
		entry->in_run = count > 1;
		SHMEM__ADD(pool->stats, mapped_bytes, capacity);
	}
	return err;
}

static int by_slot(const void *a, const void *b)
{
	const shmem__entry *x = *(shmem__entry *const *)a;
	const shmem__entry *y = *(shmem__entry *const *)b;

	return (shmem__id_slot(x->id) > shmem__id_slot(y->id)) -
	       (shmem__id_slot(x->id) < shmem__id_slot(y->id));
}

/* Slots of ours without memory, in order: all or none. */
static int take_slots(shmem__pool *pool, size_t count, shmem__entry **entries)
{
	size_t n;
	int err;

	for (n = 0; n < count; n++) {
		err = shmem__ledger_slot_new(pool->ledger, &entries[n]);
		if (err != 0)
			goto fail;
	}
	if (count > 1)
		qsort(entries, count, sizeof(*entries), by_slot);
	return 0;

fail:
	while (n-- > 0)
		shmem__ledger_slot_vacant(pool->ledger, entries[n]);
	return err;
}

/* Fresh memory in one object for as many entries. */
static int make(shmem__pool *pool, uint64_t capacity, unsigned size_class,
		size_t count, shmem__entry **entries)
{
	shmem_os_handle os;
	int err;

	if (!affordable(&pool->ours, capacity, count))
		return SHMEM_E_LIMIT;
	err = take_slots(pool, count, entries);
	if (err != 0)
		return err;
	err = shmem__object_create(capacity * count, "shmem segment", false,
				   &os);
	if (err != 0)
		goto fail_slots;
	err = map_in(pool, entries, count, os, capacity, size_class, SHMEM_RW);
	if (err != 0)
		goto fail_object;
	spend(&pool->ours, capacity, count);
	pool->unannounced += (uint32_t)count;
	if (shmem__id_slot(entries[0]->id) < pool->unannounced_from)
		pool->unannounced_from = shmem__id_slot(entries[0]->id);
	SHMEM__ADD(pool->stats, pool_misses, count);
	return 0;

fail_object:
	shmem__object_close(os);
fail_slots:
	for (size_t i = 0; i < count; i++)
		shmem__ledger_slot_vacant(pool->ledger, entries[i]);
	return err;
}

static void unlist(shmem__pool *pool, shmem__entry *entry)
{
	pool->free[entry->size_class] = entry->next;
	entry->next = NULL;
	pool->free_bytes -= entry->kept;
	if (pool->free_bytes < pool->free_low)
		pool->free_low = pool->free_bytes;
	SHMEM__ADD(pool->stats, pool_segments, -1);
	SHMEM__ADD(pool->stats, pool_bytes, -entry->kept);
}

static void enlist(shmem__pool *pool, shmem__entry *entry)
{
	entry->next = pool->free[entry->size_class];
	pool->free[entry->size_class] = entry;
	pool->free_bytes += entry->kept;
	SHMEM__ADD(pool->stats, pool_segments, 1);
	SHMEM__ADD(pool->stats, pool_bytes, entry->kept);
}

/* Memory from the pool becomes a segment; its pages are open. */
static void reuse(shmem__pool *pool, shmem__entry *entry, uint64_t bytes)
{
	int err;

	if (pool->scrub)
		memset(entry->base, 0, (size_t)bytes);
	SHMEM__ADD(pool->stats, pool_hits, 1);
	err = shmem__entry_begin(pool->ledger, entry, bytes);
	(void)err;
	SHMEM__ASSERT(err == 0);
}

static int reuse_some(shmem__pool *pool, unsigned size_class, uint64_t bytes,
		      size_t count, shmem__entry **entries, size_t *ret_n)
{
	shmem__entry *entry;
	size_t n = 0;
	int err;

	for (entry = pool->free[size_class]; entry != NULL && n < count;
	     entry = entry->next)
		entries[n++] = entry;
	err = shmem__pages_set(pool, entries, n, true);
	if (err != 0)
		return err;
	for (size_t i = 0; i < n; i++) {
		unlist(pool, pool->free[size_class]);
		reuse(pool, entries[i], bytes);
	}
	*ret_n = n;
	return 0;
}

int shmem__pool_alloc_reused(shmem__pool *pool, uint64_t bytes, size_t count,
			     shmem__entry **entries, size_t *ret_n)
{
	unsigned size_class = 0;

	if (shmem__size_class(bytes, &size_class) == 0)
		return SHMEM_E_LIMIT;
	return reuse_some(pool, size_class, bytes, count, entries, ret_n);
}

int shmem__pool_alloc(shmem__pool *pool, uint64_t bytes, shmem__entry **ret)
{
	unsigned size_class = 0;
	uint64_t capacity = shmem__size_class(bytes, &size_class);
	shmem__entry *entry;
	size_t n = 0;
	int err;

	if (capacity == 0)
		return SHMEM_E_LIMIT;
	err = reuse_some(pool, size_class, bytes, 1, &entry, &n);
	if (err == 0 && n == 0) {
		err = make(pool, capacity, size_class, 1, &entry);
		if (err != 0)
			return err;
		err = make_token(pool, entry);
		if (err == 0)
			err = shmem__entry_begin(pool->ledger, entry, bytes);
		if (err != 0)
			shmem__pool_retire(pool, entry);
	}
	if (err == 0)
		*ret = entry;
	return err;
}

int shmem__pool_alloc_run(shmem__pool *pool, uint64_t bytes, size_t count,
			  shmem__entry **entries)
{
	unsigned size_class = 0;
	uint64_t capacity = shmem__size_class(bytes, &size_class);
	int err;

	SHMEM__ASSERT(count >= 2 && count <= SHMEM__RUN_MAX);
	if (pool->keep_os || bytes >= SHMEM__WORTH_HUGE ||
	    shmem__size_span(capacity) != capacity)
		return SHMEM_E_UNSUPPORTED;
	err = make(pool, capacity, size_class, count, entries);
	for (size_t i = 0; i < count && err == 0; i++)
		err = shmem__entry_begin(pool->ledger, entries[i], bytes);
	if (err == 0)
		SHMEM__ADD(pool->stats, segment_runs, 1);
	return err;
}

bool shmem__pool_has(const shmem__pool *pool, uint64_t bytes)
{
	unsigned size_class = 0;

	return shmem__size_class(bytes, &size_class) != 0 &&
	       pool->free[size_class] != NULL;
}

/* What was never touched takes no memory, and small segments touch little of
 * theirs unless it is one huge page. */
static uint64_t memory_of(const shmem__entry *entry)
{
	if (entry->pages == SHMEM__PAGES_HUGE ||
	    entry->size >= SHMEM__WORTH_HUGE)
		return entry->capacity;
	return entry->size < shmem__page_size()
		       ? shmem__page_size()
		       : shmem__round_to_pages(entry->size);
}

bool shmem__pool_recycle(shmem__pool *pool, shmem__entry *entry)
{
	SHMEM__ASSERT(entry->state == SHMEM__DEAD);
	if (!is_ours(pool, entry))
		return false;
	if (entry->kept < memory_of(entry))
		entry->kept = memory_of(entry);
	if (entry->kept > pool->free_max - pool->free_bytes ||
	    shmem__id_generation(entry->id) == UINT32_MAX)
		return true;
	enlist(pool, entry);
	return false;
}

shmem__entry *shmem__pool_evict_below(shmem__pool *pool, uint64_t max)
{
	for (unsigned i = SHMEM__CLASS_COUNT; i-- > 0;) {
		shmem__entry *entry = pool->free[i];

		if (entry != NULL && entry->kept <= max) {
			unlist(pool, entry);
			return entry;
		}
	}
	return NULL;
}

shmem__entry *shmem__pool_evict(shmem__pool *pool)
{
	return shmem__pool_evict_below(pool, UINT64_MAX);
}

/* The peer's slots for one object: ascending, so that none comes twice. */
static int find_slots(shmem__pool *pool, const uint32_t *slots, size_t count,
		      shmem__entry **entries)
{
	unsigned side = 1 - pool->ledger->side;

	for (size_t i = 0; i < count; i++) {
		int err = shmem__ledger_slot_make(pool->ledger, side, slots[i],
						  &entries[i]);

		if (err != 0)
			return err == SHMEM_E_LIMIT ? SHMEM_E_PROTO : err;
		/* It can't know yet that what was there is gone, either. */
		if (entries[i]->capacity != 0 || entries[i]->errand != 0)
			return SHMEM_E_PROTO;
		if (i > 0 && slots[i] <= slots[i - 1])
			return SHMEM_E_PROTO;
	}
	return 0;
}

/* No addresses: the view comes with the segment, wherever it is. */
static void take_in_guest(shmem__entry *entry, shmem_os_handle os,
			  uint64_t capacity, unsigned size_class)
{
	entry->os = os;
	entry->capacity = capacity;
	entry->span = shmem__size_span(capacity);
	entry->size_class = size_class;
	entry->closed = true;
}

int shmem__pool_take_in(shmem__pool *pool, const uint32_t *slots, size_t count,
			uint64_t capacity, shmem_os_handle take)
{
	shmem__object_facts claim = {.size = capacity * count,
				     .access = pool->guest ? SHMEM_NONE
							   : SHMEM_RW};
	shmem__entry *entries[SHMEM__RUN_MAX];
	unsigned size_class = 0;
	int err;

	if (capacity == 0 ||
	    shmem__size_class(capacity, &size_class) != capacity)
		return SHMEM_E_PROTO;
	if (count > 1 &&
	    (pool->keep_os || shmem__size_span(capacity) != capacity))
		return SHMEM_E_PROTO;
	if (!affordable(&pool->theirs, capacity, count))
		return SHMEM_E_PROTO;
	err = find_slots(pool, slots, count, entries);
	if (err == 0)
		err = shmem__object_check(take, &claim);
	if (err == 0 && pool->guest)
		take_in_guest(entries[0], take, capacity, size_class);
	else if (err == 0)
		err = map_in(pool, entries, count, take, capacity, size_class,
			     SHMEM_NONE);
	if (err != 0)
		return err;
	if (pool->guest)
		SHMEM__ADD(pool->stats, mapped_bytes, capacity);
	for (size_t i = 0; i < count; i++) {
		shmem__entry *entry = entries[i];

		if (entry->id == 0)
			entry->id = shmem__id_make(1 - pool->ledger->side,
						   slots[i], 0);
		entry->announced = true; /* by the peer */
	}
	spend(&pool->theirs, capacity, count);
	if (!pool->keep_os)
		close_os(entries[0]);
	return 0;
}

size_t shmem__pool_unannounced(shmem__pool *pool, shmem__entry **list,
			       size_t max)
{
	unsigned side = pool->ledger->side;
	uint32_t slot = pool->unannounced_from;
	bool skipping = true;
	size_t n = 0;

	for (; slot < pool->ledger->slots[side].count && n < max; slot++) {
		shmem__entry *entry =
			shmem__ledger_slot(pool->ledger, side, slot);

		if (entry != NULL && entry->capacity != 0 && !entry->announced)
			list[n++] = entry;
		skipping = skipping && n == 0;
		if (skipping)
			pool->unannounced_from = slot + 1;
	}
	return n;
}

void shmem__pool_announced(shmem__pool *pool, shmem__entry *entry)
{
	entry->announced = true;
	pool->unannounced--;
	close_token(entry);
	if (!pool->keep_os)
		close_os(entry);
}

struct enforce_change {
	shmem__pool *pool;
	int err;
};

static void enforce_one(shmem__entry *entry, void *arg)
{
	struct enforce_change *change = arg;
	shmem__pool *pool = change->pool;

	if (entry->capacity == 0)
		return;
	if (!pool->keep_os) {
		if (entry->announced || !is_ours(pool, entry))
			close_os(entry);
	} else if (shmem__table_access(entry->state) == SHMEM_NONE &&
		   change->err == 0) {
		change->err = shmem__range_clear(entry->base, entry->span);
		entry->closed = change->err == 0;
	}
	/* Even an empty hiding place is a writable view, to the kernel. */
	if (pool->keep_os && entry->hiding != NULL) {
		shmem__view_unmap(entry->hiding, entry->span);
		entry->hiding = NULL;
		entry->hidden = false;
	}
}

int shmem__pool_set_enforce(shmem__pool *pool, shmem_enforce enforce)
{
	struct enforce_change change = {pool, 0};

	pool->enforce = enforce;
	pool->keep_os = enforce == SHMEM_ENFORCE_UNMAP;
	shmem__ledger_each(pool->ledger, enforce_one, &change);
	return change.err;
}
