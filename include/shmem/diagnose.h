/* SPDX-License-Identifier: MIT */
/*
 * What went wrong, and what is going on: a report when code touches memory that
 * it does not own, and statistics.
 *
 * Threads: any. Statistics are atomic; the figures of one reading need not be
 * of one moment.
 */
#ifndef SHMEM_DIAGNOSE_H
#define SHMEM_DIAGNOSE_H

#include <stdio.h>

#include <shmem/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * From now on, a SIGSEGV or SIGBUS (on Windows, an access violation) inside a
 * segment's pages writes a report to descriptor `fd`: what was done (load or
 * store, offset), to which segment (id, label, size), who owns it, when it was
 * given away or freed and from where, and where it was touched. Then whatever
 * handled the signal before is called, or the process dies of it as it would
 * have. Sending and freeing cost 2 to 4 µs more, for the remembered call stack.
 * Calling it again changes the descriptor. A stdio stream is accepted too
 * (shmem_diagnose_violations(stderr)). Errors: E_INVAL, E_UNSUPPORTED, E_SYS.
 */
SHMEM_API int shmem_diagnose_violations(int fd);
SHMEM_API int shmem_diagnose_violations_stream(FILE *stream);

/*
 * Every figure: name, meaning. The first ones are of now, the others since the
 * start.
 */
#define SHMEM_STATS_MAP(X)                                                     \
	X(handles, "open handles")                                             \
	X(mappings, "mappings other than segments'")                           \
	X(mapped_bytes, "bytes of mappings and of segments' memory")           \
	X(channels, "open channels")                                           \
	X(segments, "segments owned by this side or away")                     \
	X(segments_owned, "segments owned by this side")                       \
	X(pool_segments, "free segments' memory, kept for reuse")              \
	X(pool_bytes, "bytes of it")                                           \
	X(messages_sent, "messages sent")                                      \
	X(messages_received, "messages received")                              \
	X(bytes_sent, "bytes of their bodies, copied")                         \
	X(bytes_received, "bytes of bodies received")                          \
	X(segments_sent, "segments handed over")                               \
	X(segments_received, "segments that came")                             \
	X(segment_bytes_sent, "bytes handed over, not copied")                 \
	X(segment_bytes_received, "bytes that came with segments")             \
	X(descriptors_sent, "descriptors sent")                                \
	X(descriptors_received, "descriptors received")                        \
	X(revokes, "system calls that took access away")                       \
	X(restores, "system calls that gave it back")                          \
	X(rollbacks, "sends that failed and were undone")                      \
	X(pool_hits, "segments allocated from the pool")                       \
	X(pool_misses, "segments made afresh")                                 \
	X(segment_runs, "memory objects made for many of them")                \
	X(reclaimed, "segments that came home from dead peers")                \
	X(violations, "errors of peers that closed a channel")                 \
	X(send_again, "sends that found the queue full")                       \
	X(packets_by_ring, "packets sent through shared memory")               \
	X(packets_by_socket, "packets sent through the socket")                \
	X(doorbells, "bells rung for a peer that slept")                       \
	X(spins_paid, "waits that ended before they slept")                    \
	X(spins_lost, "waits that spun in vain, then slept")                   \
	X(huge_segments, "segments now in huge pages, as far as known")        \
	X(page_table_moves, "revokes and restores by moving page tables")

typedef struct shmem_stats {
	size_t size; /* sizeof(shmem_stats), set by the caller */
#define SHMEM_STATS_FIELD(name, meaning) uint64_t name;
	SHMEM_STATS_MAP(SHMEM_STATS_FIELD)
#undef SHMEM_STATS_FIELD
} shmem_stats;
#define SHMEM_STATS_ZERO(name, meaning) , 0
#define SHMEM_STATS_INIT                                                       \
	{                                                                      \
		sizeof(shmem_stats) SHMEM_STATS_MAP(SHMEM_STATS_ZERO)          \
	}

/* All of the process; one channel. `stats->size` says how much to fill in. */
SHMEM_API void shmem_stats_read(shmem_stats *stats);
SHMEM_API void shmem_channel_stats(const shmem_channel *channel,
				   shmem_stats *stats);

/*
 * Writes for people what the channel does, how, and why so: how it waits, which
 * way packets go, and for each size of memory how many segments there are, on
 * which pages they lie, and how access is taken away. The text may change with
 * any version. Thread: the channel's. Errors: E_INVAL; E_NOSPACE, E_SYS (of
 * writing).
 */
SHMEM_API int shmem_channel_report(const shmem_channel *channel, FILE *stream);

#ifdef __cplusplus
}
#endif

#ifdef __cplusplus
inline int shmem_diagnose_violations(FILE *stream)
{
	return shmem_diagnose_violations_stream(stream);
}
#else
/* clang-format off */
#define shmem_diagnose_violations(out)                                         \
	_Generic((out),                                                        \
		FILE *: shmem_diagnose_violations_stream,                      \
		default: shmem_diagnose_violations)(out)
/* clang-format on */
#endif
#endif
