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
 * From now on, a SIGSEGV or SIGBUS inside a segment's pages writes a report to
 * descriptor `fd`: what was done (load or store, offset), to which segment (id,
 * label, size), who owns it, when it was given away and from where, and where
 * it was touched. Then whatever handled the signal before is called, or the
 * process dies of it as it would have. Sending costs about 2 µs more, for the
 * remembered call stack. Calling it again changes the descriptor. A stdio
 * stream is accepted too (shmem_diagnose_violations(stderr)).
 * Errors: E_INVAL, E_UNSUPPORTED, E_SYS.
 */
SHMEM_API int shmem_diagnose_violations(int fd);
SHMEM_API int shmem_diagnose_violations_stream(FILE *stream);

typedef struct shmem_stats {
	size_t size; /* sizeof(shmem_stats), set by the caller */

	/* Now. */
	uint64_t handles;        /* open handles */
	uint64_t mappings;       /* mappings other than segments' */
	uint64_t mapped_bytes;   /* of mappings and segments */
	uint64_t channels;       /* open channels */
	uint64_t segments;       /* owned by this side or away */
	uint64_t segments_owned; /* owned by this side */
	uint64_t pool_segments;  /* free, kept for reuse */
	uint64_t pool_bytes;

	/* Since the start. */
	uint64_t messages_sent;
	uint64_t messages_received;
	uint64_t bytes_sent; /* copied, in messages */
	uint64_t bytes_received;
	uint64_t segments_sent;
	uint64_t segments_received;
	uint64_t segment_bytes_sent; /* handed over, not copied */
	uint64_t segment_bytes_received;
	uint64_t descriptors_sent;
	uint64_t descriptors_received;
	uint64_t revokes;     /* system calls that took access away */
	uint64_t restores;    /* system calls that gave it back */
	uint64_t rollbacks;   /* sends that failed and were undone */
	uint64_t pool_hits;   /* segments allocated from the pool */
	uint64_t pool_misses; /* segments made afresh */
	uint64_t reclaimed;   /* segments that came home from the dead */
	uint64_t violations;  /* errors of peers that closed a channel */
	uint64_t send_again;  /* sends that found the queue full */
} shmem_stats;
#define SHMEM_STATS_INIT                                                       \
	{                                                                      \
		sizeof(shmem_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                     \
	}

/* All of the process; one channel. `stats->size` says how much to fill in. */
SHMEM_API void shmem_stats_read(shmem_stats *stats);
SHMEM_API void shmem_channel_stats(const shmem_channel *channel,
				   shmem_stats *stats);

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
