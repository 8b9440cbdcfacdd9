/* SPDX-License-Identifier: MIT */
/*
 * The ledger: one entry for every memory object that the two ends of a channel
 * share, with the segment that lives in it. It does no I/O and touches no page.
 *
 * An id is made by the side that makes the memory: bit 0 says which side (0 or
 * 1), bits 1 to 31 the slot, one for each memory object and reused with it, and
 * the upper half a generation that grows with every segment in that slot. So
 * ids never clash, are never used twice, and finding one is two array accesses.
 */
#ifndef SHMEM_SRC_OWNERSHIP_LEDGER_H
#define SHMEM_SRC_OWNERSHIP_LEDGER_H

#include "handle/handle.h"
#include "ownership/table.h"

#define SHMEM__CHUNK_ENTRIES 64u
#define SHMEM__SLOT_LIMIT (1u << 30)

typedef enum shmem__pages {
	SHMEM__PAGES_UNKNOWN = 0, /* not warm yet; whatever the system gave */
	SHMEM__PAGES_SMALL,       /* huge ones would waste too much */
	SHMEM__PAGES_REFUSED,     /* small ones: the system gives no others */
	SHMEM__PAGES_HUGE
} shmem__pages;

typedef struct shmem__entry {
	/* The segment. */
	uint64_t id;   /* 0: the slot was never used */
	uint64_t size; /* bytes that the application sees */
	shmem__state state;
	shmem_segment *segment; /* the application's object, while it is ours */
	char label[SHMEM_LABEL_MAX + 1];
	bool label_new; /* the peer does not know the label yet */

	uint64_t packet; /* the number of the one it was last sent with */

	/* Its memory. */
	uint64_t capacity; /* bytes; 0: there is none */
	size_t span;       /* bytes of addresses for it */
	uint64_t
		kept; /* bytes of memory that it is taken to hold in the pool */
	unsigned char *base;   /* this side's addresses of it */
	shmem_os_handle os;    /* while it is needed; of a run, the first's */
	shmem_os_handle token; /* what the peer gets instead of `os`, if any */
	bool lent; /* the view that the maker gave the other side is there */
	uint64_t there;        /* its address at the other side; 0: never yet */
	bool in_run;           /* the object holds others' memory, too */
	bool announced;        /* the peer has the memory object, too */
	bool known;            /* the peer knows this id */
	bool closed;           /* pages are inaccessible at this side */
	bool hidden;           /* its page tables are at `hiding` */
	unsigned char *hiding; /* addresses for that, or NULL */
	shmem__pages pages;
	bool huge_small; /* counted in the pool's huge_small */
	unsigned opens;  /* how often it was opened; no longer counted when warm
			  */
	unsigned size_class;
	struct shmem__range *range; /* that base is in */

	struct shmem__entry *next; /* in whatever list it is in */

	/* What the peer is still to be told of an id that it knows. */
	uint64_t errand_id;
	unsigned errand; /* 0: nothing */
	struct shmem__entry *errand_next;
	struct shmem__entry *errand_prev;

	struct shmem__trace *trace; /* where it was given away, if watched */
} shmem__entry;

/* The entries of one maker's memory, by slot; they never move. */
typedef struct shmem__slots {
	shmem__entry *_Atomic *chunks;
	uint32_t chunk_limit;
	uint32_t count; /* slots in use or used before */
	uint32_t limit;
} shmem__slots;

typedef struct shmem__ledger {
	unsigned side;         /* ours: 0 or 1 */
	shmem__slots slots[2]; /* by the maker's side */
	shmem__entry *vacant;  /* slots of ours without memory */
} shmem__ledger;

/* Up to `limit` slots for each maker. E_NOMEM. */
int shmem__ledger_init(shmem__ledger *ledger, unsigned side,
		       const uint32_t limit[2]);
void shmem__ledger_fini(shmem__ledger *ledger);

static inline unsigned shmem__id_side(uint64_t id)
{
	return (unsigned)(id & 1);
}

static inline uint32_t shmem__id_slot(uint64_t id)
{
	return (uint32_t)(id & 0xffffffff) >> 1;
}

static inline uint32_t shmem__id_generation(uint64_t id)
{
	return (uint32_t)(id >> 32);
}

static inline uint64_t shmem__id_make(unsigned side, uint32_t slot,
				      uint32_t generation)
{
	return (uint64_t)generation << 32 | (uint64_t)slot << 1 | side;
}

/* The entry of a slot, or NULL where it has none yet. */
shmem__entry *shmem__ledger_slot(const shmem__ledger *ledger, unsigned side,
				 uint32_t slot);

/* Makes room for it first. E_LIMIT (beyond the limit), E_NOMEM. */
int shmem__ledger_slot_make(shmem__ledger *ledger, unsigned side, uint32_t slot,
			    shmem__entry **ret);

/* A slot of ours that has no memory; give it back where it gets none. E_LIMIT,
 * E_NOMEM. */
int shmem__ledger_slot_new(shmem__ledger *ledger, shmem__entry **ret);
void shmem__ledger_slot_vacant(shmem__ledger *ledger, shmem__entry *entry);

/* The entry with exactly this id, in whatever state, or NULL. */
shmem__entry *shmem__ledger_find(const shmem__ledger *ledger, uint64_t id);

/* The one function that changes a state. 0, or the table's error and nothing
 * has changed. */
static inline int shmem__entry_step(shmem__entry *entry, shmem__happening event)
{
	int next = shmem__table_next(entry->state, event);

	if (next < 0)
		return next;
	entry->state = (shmem__state)next;
	return 0;
}

/* A new segment in an entry of ours. E_LIMIT (its generations are used up). */
int shmem__entry_begin(shmem__ledger *ledger, shmem__entry *entry,
		       uint64_t size);

/* The next entry in `state` at or after the place *at (0: from the start),
 * which moves on; NULL at the end. */
shmem__entry *shmem__ledger_next(const shmem__ledger *ledger,
				 shmem__state state, uint64_t *at);

/* Calls `each` for every entry that was ever used. */
void shmem__ledger_each(const shmem__ledger *ledger,
			void (*each)(shmem__entry *entry, void *arg),
			void *arg);

#endif
