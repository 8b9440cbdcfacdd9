/* SPDX-License-Identifier: MIT */
/* From an address to its segment, even inside a signal handler. */
#include "ownership/watch.h"

#include "base/fault.h"
#include "base/os.h"

#include <stdatomic.h>
#include <string.h>

atomic_bool shmem__watch_enabled;

static struct shmem__watch *_Atomic watches;
static shmem__lock watches_lock = SHMEM__LOCK_INIT;

/* Threads that are looking through the ledgers, because of a fault. They can't
 * take the lock: the thread that faulted may have it. */
static atomic_uint lookers;

/* One that does not come back is not waited for for ever: a handler that came
 * in between jumped out of it, or it is of another process, before a fork. */
#define PATIENCE_NS UINT64_C(2000000000)

void shmem__watch_join(shmem__watch *watch, const shmem__ledger *ledger)
{
	watch->ledger = ledger;
	shmem__lock_take(&watches_lock);
	atomic_store(&watch->next, atomic_load(&watches));
	atomic_store(&watches, watch);
	shmem__lock_drop(&watches_lock);
}

/* Who begins to look after the list has changed does not find what is gone from
 * it; this is for those who had begun before. */
static void await_lookers(void)
{
	uint64_t end;

	if (atomic_load(&lookers) == 0)
		return;
	end = shmem__now_ns() + PATIENCE_NS;
	while (atomic_load(&lookers) != 0 && shmem__now_ns() < end)
		shmem__yield();
}

void shmem__watch_leave(shmem__watch *watch)
{
	struct shmem__watch *_Atomic *at;

	shmem__lock_take(&watches_lock);
	for (at = &watches; *at != NULL; at = &(*at)->next)
		if (*at == watch) {
			atomic_store(at, atomic_load(&watch->next));
			break;
		}
	shmem__lock_drop(&watches_lock);
	await_lookers();
}

static bool is_enabled(void)
{
	return atomic_load_explicit(&shmem__watch_enabled,
				    memory_order_relaxed);
}

static void remember(shmem__entry *entry, bool freed)
{
	shmem__trace *trace = entry->trace;

	if (trace == NULL) {
		trace = shmem__calloc(1, sizeof(*trace));
		if (trace == NULL)
			return; /* a report without a stack, then */
		entry->trace = trace;
	}
	trace->id = entry->id;
	trace->freed = freed;
	trace->when_ns = shmem__wall_ns();
	trace->frames = shmem__stack(trace->frame, SHMEM__TRACE_FRAMES);
}

void shmem__watch_given(shmem__entry *entry)
{
	if (is_enabled())
		remember(entry, false);
}

void shmem__watch_freed(shmem__entry *entry)
{
	if (is_enabled())
		remember(entry, true);
}

static void report(const shmem__watch *watch, const shmem__entry *entry,
		   const unsigned char *addr, shmem__watch_report *out)
{
	memset(out, 0, sizeof(*out));
	out->id = entry->id;
	out->size = entry->size;
	out->capacity = entry->capacity;
	out->offset = (uint64_t)(addr - entry->base);
	out->state = entry->state;
	out->peer_pid = atomic_load(&watch->peer_pid);
	memcpy(out->label, entry->label, sizeof(out->label));
	if (entry->trace != NULL && entry->trace->id == entry->id) {
		out->traced = true;
		out->trace = *entry->trace;
	}
}

static const shmem__entry *find_in(const shmem__ledger *ledger,
				   const unsigned char *addr)
{
	for (unsigned side = 0; side < 2; side++)
		for (uint32_t i = 0; i < ledger->slots[side].count; i++) {
			const shmem__entry *e =
				shmem__ledger_slot(ledger, side, i);

			if (e != NULL && e->base != NULL && addr >= e->base &&
			    (uint64_t)(addr - e->base) < e->span)
				return e;
		}
	return NULL;
}

/* Another thread that uses a channel at this very moment may spoil what is told
 * of it, not more. */
bool shmem__watch_find(const void *addr, shmem__watch_report *out)
{
	bool found = false;

	atomic_fetch_add(&lookers, 1);
	for (const shmem__watch *w = atomic_load(&watches); w != NULL && !found;
	     w = atomic_load(&w->next)) {
		const shmem__entry *e = find_in(w->ledger, addr);

		if (e != NULL) {
			report(w, e, addr, out);
			found = true;
		}
	}
	atomic_fetch_sub(&lookers, 1);
	return found;
}
