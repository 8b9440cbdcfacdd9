/* SPDX-License-Identifier: MIT */
/*
 * The corpus of bad input. A chapter is a table of cases: each one sends a live
 * channel, or gives to a function, one thing that is wrong, and says which
 * error must come of it. What a case expects is written in its table.
 *
 * In front of each case a channel is made: greeted, at peace, with one segment
 * of ours away and one empty memory object of the raw peer's taken in.
 */
#ifndef SHMEM_TESTS_BAD_H
#define SHMEM_TESTS_BAD_H

#include "raw.h"

#define BAD_PAGE 4096u
#define BAD_RING ((uint64_t)131072)
#define BAD_NAME_MAX 96

/* Ids of the raw peer's making and of ours. */
#define BAD_THEIRS(slot, generation)                                           \
	((uint64_t)(generation) << 32 | (uint64_t)(slot) << 1)
#define BAD_OURS(slot, generation) (BAD_THEIRS(slot, generation) | 1)

typedef struct bad_chapter {
	const char *name;
	size_t (*count)(void);
	void (*run)(size_t i); /* one of them */
	bool alone;            /* each needs a process of its own */
} bad_chapter;

/* Those that there are here. */
extern const bad_chapter *const bad_chapters[];
size_t bad_chapter_count(void);

extern const bad_chapter bad_objects, bad_unpack, bad_recv, bad_import;
extern const bad_chapter bad_sizes, bad_counts, bad_runs, bad_frames,
	bad_truncated, bad_bits, bad_states, bad_ids, bad_replays,
	bad_descriptions, bad_hello, bad_not_packets;
extern const bad_chapter bad_texts, bad_inherited, bad_names, bad_named;

/* The channel of the case, its raw peer, and what is away. */
extern support_raw bad_raw;
extern shmem_channel *bad_channel;
extern uint64_t bad_mine;

void bad_setup(const shmem_channel_opts *opts, bool greet);
void bad_teardown(void);

/* Names the case; no two may have the same. */
void bad_case(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *bad_name(void);

/* Sends the packet: the channel is closed with that error, nothing that came is
 * kept, and what is ours comes home. sent: it has been sent already. */
void bad_refused(int expected);
void bad_refused_sent(int expected, size_t descriptors);

/*
 * Kinds of descriptors: the system's own list, bad_kinds.c. The least size that
 * one of the kind can have; one that is made (-1: can't be had here); and what
 * comes of it as each of the uses: memory of segments, a handle of each kind, a
 * ring. 0 where it is in order.
 */
enum {
	BAD_ANNOUNCED,
	BAD_WRITTEN,
	BAD_READ,
	BAD_ENFORCED,
	BAD_FROZEN,
	BAD_RINGED,
	BAD_USES
};
size_t bad_kinds(void);
const char *bad_kind_name(size_t kind);
uint64_t bad_kind_size(size_t kind);
int bad_kind_make(size_t kind, uint64_t size);
int bad_kind_as(size_t kind, size_t use);

#endif
