/* SPDX-License-Identifier: MIT */
/* Memory for segments: made, taken in, recycled, retired. */
#include "ownership/pool.h"

#include "base/assert.h"
#include "base/error.h"
#include "base/os.h"
#include "mapping/os.h"
#include "ownership/revoke.h"

#include <string.h>

void shmem__pool_init(shmem__pool *pool, shmem__ledger *ledger,
		      shmem__stats *stats)
{
	memset(pool, 0, sizeof(*pool));
	pool->ledger = ledger;
	pool->stats = stats;
	pool->keep_os = true;
}

static bool is_ours(const shmem__pool *pool, const shmem__entry *entry)
{
	return shmem__id_side(entry->id) == pool->ledger->side;
}

static shmem__budget *budget_of(shmem__pool *pool, const shmem__entry *entry)
{
	return is_ours(pool, entry) ? &pool->ours : &pool->theirs;
}

static bool affordable(const shmem__budget *budget, uint64_t capacity)
{
	return budget->count < budget->max_count &&
	       capacity <= budget->max_bytes &&
	       budget->bytes <= budget->max_bytes - capacity;
}

static void close_os(shmem__entry *entry)
{
	shmem__object_close(entry->os);
	entry->os = SHMEM_OS_HANDLE_INVALID;
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
	shmem__ranges_give(&pool->ranges, entry->size_class, entry->range,
			   entry->base, entry->capacity);
	budget->count--;
	budget->bytes -= entry->capacity;
	SHMEM__ADD(pool->stats, mapped_bytes, -entry->capacity);
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
	shmem__ledger_each(pool->ledger, fini_one, pool);
	shmem__ranges_fini(&pool->ranges);
	SHMEM__ADD(
		pool->stats, pool_segments,
		-atomic_load(&pool->stats->value[SHMEM__STAT(pool_segments)]));
	SHMEM__ADD(pool->stats, pool_bytes, -pool->free_bytes);
	pool->free_bytes = 0;
}

/* Maps what entry->os is, at addresses of our choice; nothing accessible yet
 * (access NONE), or at once (RW). */
static int map_in(shmem__pool *pool, shmem__entry *entry, uint64_t capacity,
		  unsigned size_class, shmem_access access)
{
	size_t span = shmem__size_span(capacity);
	shmem__range *range;
	unsigned char *base;
	void *at;
	int err;

	err = shmem__ranges_take(&pool->ranges, size_class, capacity, &range,
				 &base);
	if (err != 0)
		return err;
	if (access != SHMEM_NONE || pool->enforce != SHMEM_ENFORCE_UNMAP) {
		err = shmem__view_map(entry->os, 0, span, access, base, &at);
		if (err == 0)
			err = shmem__range_dont_fork(base, span);
		if (err == 0 && capacity % SHMEM__HUGE_PAGE == 0)
			shmem__view_prefer_huge(base, span);
	}
	if (err != 0) {
		shmem__ranges_give(&pool->ranges, size_class, range, base,
				   capacity);
		return err;
	}
	entry->base = base;
	entry->range = range;
	entry->capacity = capacity;
	entry->span = span;
	entry->size_class = size_class;
	entry->closed = access == SHMEM_NONE;
	SHMEM__ADD(pool->stats, mapped_bytes, capacity);
	return 0;
}

static int make(shmem__pool *pool, uint64_t capacity, unsigned size_class,
		shmem__entry **ret)
{
	shmem__entry *entry;
	int err;

	if (!affordable(&pool->ours, capacity))
		return SHMEM_E_LIMIT;
	err = shmem__ledger_slot_new(pool->ledger, &entry);
	if (err != 0)
		return err;
	err = shmem__object_create(capacity, "shmem segment", false,
				   &entry->os);
	if (err != 0)
		goto fail_slot;
	err = map_in(pool, entry, capacity, size_class, SHMEM_RW);
	if (err != 0)
		goto fail_object;
	pool->ours.count++;
	pool->ours.bytes += capacity;
	pool->unannounced++;
	if (shmem__id_slot(entry->id) < pool->unannounced_from)
		pool->unannounced_from = shmem__id_slot(entry->id);
	SHMEM__ADD(pool->stats, pool_misses, 1);
	*ret = entry;
	return 0;

fail_object:
	close_os(entry);
fail_slot:
	shmem__ledger_slot_vacant(pool->ledger, entry);
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

static int reuse(shmem__pool *pool, shmem__entry *entry, uint64_t bytes)
{
	int err = shmem__pages_open(pool, entry);

	if (err != 0)
		return err;
	unlist(pool, entry);
	if (pool->scrub)
		memset(entry->base, 0, (size_t)bytes);
	SHMEM__ADD(pool->stats, pool_hits, 1);
	return 0;
}

bool shmem__pool_has(const shmem__pool *pool, uint64_t bytes)
{
	unsigned size_class = 0;

	return shmem__size_class(bytes, &size_class) != 0 &&
	       pool->free[size_class] != NULL;
}

int shmem__pool_alloc(shmem__pool *pool, uint64_t bytes, shmem__entry **ret)
{
	unsigned size_class = 0;
	uint64_t capacity = shmem__size_class(bytes, &size_class);
	shmem__entry *entry;
	int err;

	if (capacity == 0)
		return SHMEM_E_LIMIT;
	entry = pool->free[size_class];
	if (entry != NULL)
		err = reuse(pool, entry, bytes);
	else
		err = make(pool, capacity, size_class, &entry);
	if (err != 0)
		return err;
	err = shmem__entry_begin(pool->ledger, entry, bytes);
	SHMEM__ASSERT(err == 0);
	*ret = entry;
	return err;
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

int shmem__pool_take_in(shmem__pool *pool, uint32_t slot, uint64_t capacity,
			shmem_os_handle take)
{
	shmem__object_facts claim = {.size = capacity, .access = SHMEM_RW};
	unsigned side = 1 - pool->ledger->side;
	unsigned size_class = 0;
	shmem__entry *entry;
	int err;

	if (capacity == 0 ||
	    shmem__size_class(capacity, &size_class) != capacity)
		return SHMEM_E_PROTO;
	if (!affordable(&pool->theirs, capacity))
		return SHMEM_E_PROTO;
	err = shmem__ledger_slot_make(pool->ledger, side, slot, &entry);
	if (err != 0)
		return err == SHMEM_E_LIMIT ? SHMEM_E_PROTO : err;
	/* It can't know yet that what was there is gone, either. */
	if (entry->capacity != 0 || entry->errand != 0)
		return SHMEM_E_PROTO;
	err = shmem__object_check(take, &claim);
	if (err != 0)
		return err;
	if (entry->id == 0)
		entry->id = shmem__id_make(side, slot, 0);
	entry->os = take;
	err = map_in(pool, entry, capacity, size_class, SHMEM_NONE);
	if (err != 0) {
		entry->os = SHMEM_OS_HANDLE_INVALID;
		return err;
	}
	entry->announced = true; /* by the peer */
	pool->theirs.count++;
	pool->theirs.bytes += capacity;
	if (!pool->keep_os)
		close_os(entry);
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
