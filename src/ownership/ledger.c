/* SPDX-License-Identifier: MIT */
/* Entries, found by id. */
#include "ownership/ledger.h"

#include "base/assert.h"
#include "base/fault.h"

#include <stdatomic.h>
#include <string.h>

int shmem__ledger_init(shmem__ledger *ledger, unsigned side,
		       const uint32_t limit[2])
{
	memset(ledger, 0, sizeof(*ledger));
	ledger->side = side;
	for (unsigned i = 0; i < 2; i++) {
		shmem__slots *slots = &ledger->slots[i];

		slots->limit = limit[i] < SHMEM__SLOT_LIMIT ? limit[i]
							    : SHMEM__SLOT_LIMIT;
		slots->chunk_limit = slots->limit / SHMEM__CHUNK_ENTRIES + 1;
		slots->chunks = shmem__calloc(slots->chunk_limit,
					      sizeof(*slots->chunks));
		if (slots->chunks == NULL) {
			shmem__ledger_fini(ledger);
			return SHMEM_E_NOMEM;
		}
	}
	return 0;
}

static shmem__entry *chunk_of(const shmem__slots *slots, uint32_t slot)
{
	return atomic_load_explicit(&slots->chunks[slot / SHMEM__CHUNK_ENTRIES],
				    memory_order_acquire);
}

static void chunk_free(shmem__entry *chunk)
{
	if (chunk == NULL)
		return;
	for (uint32_t i = 0; i < SHMEM__CHUNK_ENTRIES; i++)
		shmem__free(chunk[i].trace);
	shmem__free(chunk);
}

void shmem__ledger_fini(shmem__ledger *ledger)
{
	for (unsigned i = 0; i < 2; i++) {
		shmem__slots *slots = &ledger->slots[i];

		if (slots->chunks == NULL)
			continue;
		for (uint32_t c = 0; c < slots->chunk_limit; c++)
			chunk_free(slots->chunks[c]);
		shmem__free((void *)slots->chunks);
		slots->chunks = NULL;
	}
}

shmem__entry *shmem__ledger_slot(const shmem__ledger *ledger, unsigned side,
				 uint32_t slot)
{
	const shmem__slots *slots = &ledger->slots[side];
	shmem__entry *chunk;

	if (slot >= slots->limit)
		return NULL;
	chunk = chunk_of(slots, slot);
	return chunk != NULL ? &chunk[slot % SHMEM__CHUNK_ENTRIES] : NULL;
}

int shmem__ledger_slot_make(shmem__ledger *ledger, unsigned side, uint32_t slot,
			    shmem__entry **ret)
{
	shmem__slots *slots = &ledger->slots[side];
	shmem__entry *chunk;

	if (slot >= slots->limit)
		return SHMEM_E_LIMIT;
	chunk = chunk_of(slots, slot);
	if (chunk == NULL) {
		chunk = shmem__calloc(SHMEM__CHUNK_ENTRIES, sizeof(*chunk));
		if (chunk == NULL)
			return SHMEM_E_NOMEM;
		for (uint32_t i = 0; i < SHMEM__CHUNK_ENTRIES; i++) {
			chunk[i].os = SHMEM_OS_HANDLE_INVALID;
			chunk[i].token = SHMEM_OS_HANDLE_INVALID;
		}
		atomic_store_explicit(
			&slots->chunks[slot / SHMEM__CHUNK_ENTRIES], chunk,
			memory_order_release);
	}
	if (slot >= slots->count)
		slots->count = slot + 1;
	*ret = &chunk[slot % SHMEM__CHUNK_ENTRIES];
	return 0;
}

int shmem__ledger_slot_new(shmem__ledger *ledger, shmem__entry **ret)
{
	shmem__entry *entry = ledger->vacant;
	uint32_t slot;
	int err;

	if (entry != NULL) {
		ledger->vacant = entry->next;
		entry->next = NULL;
		*ret = entry;
		return 0;
	}
	slot = ledger->slots[ledger->side].count;
	err = shmem__ledger_slot_make(ledger, ledger->side, slot, &entry);
	if (err != 0)
		return err;
	entry->id = shmem__id_make(ledger->side, slot, 0);
	*ret = entry;
	return 0;
}

void shmem__ledger_slot_vacant(shmem__ledger *ledger, shmem__entry *entry)
{
	SHMEM__ASSERT(entry->state == SHMEM__DEAD && entry->capacity == 0);
	if (shmem__id_generation(entry->id) == UINT32_MAX)
		return; /* all its ids have been used */
	entry->next = ledger->vacant;
	ledger->vacant = entry;
}

shmem__entry *shmem__ledger_find(const shmem__ledger *ledger, uint64_t id)
{
	shmem__entry *entry = shmem__ledger_slot(ledger, shmem__id_side(id),
						 shmem__id_slot(id));

	if (entry == NULL || entry->id != id || shmem__id_generation(id) == 0)
		return NULL;
	return entry;
}

int shmem__entry_begin(shmem__ledger *ledger, shmem__entry *entry,
		       uint64_t size)
{
	uint32_t generation = shmem__id_generation(entry->id);
	int err;

	if (generation == UINT32_MAX)
		return SHMEM_E_LIMIT;
	err = shmem__entry_step(entry, SHMEM__ON_ALLOC);
	if (err != 0)
		return err;
	entry->id = shmem__id_make(ledger->side, shmem__id_slot(entry->id),
				   generation + 1);
	entry->size = size;
	entry->known = false;
	entry->label_new = false;
	memset(entry->label, 0, sizeof(entry->label));
	return 0;
}

void shmem__ledger_each(const shmem__ledger *ledger,
			void (*each)(shmem__entry *entry, void *arg), void *arg)
{
	for (unsigned side = 0; side < 2; side++)
		for (uint32_t i = 0; i < ledger->slots[side].count; i++) {
			shmem__entry *e = shmem__ledger_slot(ledger, side, i);

			if (e != NULL)
				each(e, arg);
		}
}

shmem__entry *shmem__ledger_next(const shmem__ledger *ledger,
				 shmem__state state, uint64_t *at)
{
	uint64_t first = ledger->slots[0].count;
	uint64_t all = first + ledger->slots[1].count;

	for (; *at < all; (*at)++) {
		shmem__entry *e =
			*at < first
				? shmem__ledger_slot(ledger, 0, (uint32_t)*at)
				: shmem__ledger_slot(ledger, 1,
						     (uint32_t)(*at - first));

		if (e != NULL && e->state == state)
			return e;
	}
	return NULL;
}
