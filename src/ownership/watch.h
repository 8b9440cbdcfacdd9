/* SPDX-License-Identifier: MIT */
/*
 * Finds the segment behind an address, for the report of a violation: a list
 * of all ledgers of the process, and for each segment that was given away or
 * freed, if somebody asked for reports, when and from where.
 */
#ifndef SHMEM_SRC_OWNERSHIP_WATCH_H
#define SHMEM_SRC_OWNERSHIP_WATCH_H

#include "ownership/ledger.h"

#include <stdatomic.h>

#define SHMEM__TRACE_FRAMES 24

/* Where and when a segment was given away, or freed. */
typedef struct shmem__trace {
	uint64_t id; /* the segment's; others may live in that entry later */
	bool freed;
	uint64_t when_ns; /* since 1970 */
	int frames;
	void *frame[SHMEM__TRACE_FRAMES];
} shmem__trace;

typedef struct shmem__watch {
	const shmem__ledger *ledger;
	_Atomic int peer_pid;
	struct shmem__watch *_Atomic next;
} shmem__watch;

typedef struct shmem__watch_report {
	uint64_t id;
	uint64_t size;
	uint64_t capacity;
	uint64_t offset; /* of the address, in the segment */
	shmem__state state;
	int peer_pid;
	char label[SHMEM_LABEL_MAX + 1];
	bool traced; /* `trace` is of this segment */
	shmem__trace trace;
} shmem__watch_report;

/* Whether it is to be remembered when segments leave this side's hands. */
extern atomic_bool shmem__watch_enabled;

/* Afterwards nobody looks at the ledger any more. */
void shmem__watch_join(shmem__watch *watch, const shmem__ledger *ledger);
void shmem__watch_leave(shmem__watch *watch);

/* This entry is being given away, or freed, if that is to be remembered. */
void shmem__watch_given(shmem__entry *entry);
void shmem__watch_freed(shmem__entry *entry);

/* What is at `addr`; false where no segment is. Async-signal-safe. */
bool shmem__watch_find(const void *addr, shmem__watch_report *out);

/* OS part: the callers of the function that calls this; wall-clock time. */
int shmem__stack(void **frames, int max);
uint64_t shmem__wall_ns(void);

#endif
