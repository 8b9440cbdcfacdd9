/* SPDX-License-Identifier: MIT */
/*
 * A segment is memory shared by the two ends of a channel and owned by exactly
 * one of them at a time: a baton.
 *
 *  1. One side allocates it and writes.
 *  2. It sends the segment. Its own pages become PROT_NONE before the other
 *     side can see the message; its pointer to the segment becomes NULL.
 *  3. The other side receives it: its pages open up, at an address of its own.
 *     No byte was copied.
 *  4. It sends it back, or frees it. Only the owner can do either.
 *
 * Code that touches what was given away dies of SIGSEGV at that line, in
 * release builds too (SHMEM_ENFORCE_NONE turns that off). diagnose.h tells why.
 *
 * Threads: allocating, sending, receiving and freeing follow the channel's rule
 * (one thread at a time); the data may be used by any thread of the owner.
 * A forked child has no segments: their addresses are not mapped in it. With
 * its copies of the parent's channels it may do nothing but close them, which
 * leaves the parent's alone; a pair's end that it alone uses is its own.
 */
#ifndef SHMEM_SEGMENT_H
#define SHMEM_SEGMENT_H

#include <shmem/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A segment of `bytes` (0 is allowed) that this side owns. Fresh memory is
 * zero-filled; memory recycled from this channel's pool holds what the two ends
 * last wrote there, unless the channel's `scrub` option is set. Data is
 * page-aligned.
 * Errors: E_LIMIT (more segments or bytes than the peer accepts), E_NOMEM,
 * E_NOSPACE, E_CLOSED, E_AGAIN or E_TIMEDOUT (an adopted channel before the
 * peer's greeting), E_UNSUPPORTED, E_SYS.
 */
SHMEM_API int shmem_segment_alloc(shmem_channel *channel, uint64_t bytes,
				  shmem_segment **ret);

/*
 * The owner gives it up; the peer is told and the memory is recycled. Also
 * frees what is left of a segment whose channel was closed.
 * Errors: E_STATE (it waits in a message; pop it first).
 */
SHMEM_API int shmem_segment_free(shmem_segment **take);

/*
 * `count` segments of `bytes` each, all or none, in the order of their
 * addresses. What is made afresh for them lies side by side in one memory
 * object (up to 512 KiB each, and not with SHMEM_ENFORCE_UNMAP): sent in one
 * message, 16 of them cost about what one does. Alone such a segment costs some
 * three times as much, since it must be cut out of the whole.
 * Errors: as above; E_LIMIT for more than SHMEM_MESSAGE_MAX_SEGMENTS.
 */
SHMEM_API int shmem_segment_alloc_many(shmem_channel *channel, uint64_t bytes,
				       size_t count, shmem_segment **ret);

/*
 * Frees them, those that lie side by side together; every pointer becomes NULL.
 * NULLs are skipped. Errors: E_STATE (one waits in a message; none is freed).
 */
SHMEM_API int shmem_segment_free_many(shmem_segment **take, size_t count);

/* NULL and 0 for NULL, and after the channel was closed. */
SHMEM_API void *shmem_segment_data(const shmem_segment *segment);
SHMEM_API uint64_t shmem_segment_size(const shmem_segment *segment);

/* The same number at both ends, never used twice on a channel; 0 for NULL. */
SHMEM_API uint64_t shmem_segment_id(const shmem_segment *segment);

/* The data as a `type *`; NULL where size or alignment does not fit. */
#define SHMEM_SEGMENT_AS(type, segment)                                        \
	SHMEM_TYPED(type, shmem_segment_data(segment),                         \
		    shmem_segment_size(segment))

/*
 * A name for reports and tools, at most SHMEM_LABEL_MAX bytes; travels with the
 * segment. Errors: E_INVAL.
 */
SHMEM_API int shmem_segment_set_label(shmem_segment *segment,
				      const char *label);
SHMEM_API const char *shmem_segment_label(const shmem_segment *segment);

/*
 * Sends or receives a message of one segment and no bytes, without touching
 * message objects. recv leaves a message of any other kind where it is, with
 * E_STATE. Errors: as shmem_channel_send() and shmem_channel_recv().
 */
SHMEM_API int shmem_segment_send(shmem_channel *channel, shmem_segment **take);
SHMEM_API int shmem_segment_recv(shmem_channel *channel, int timeout,
				 shmem_segment **ret);

/*
 * Turns a segment that this side owns into a read-only handle that the kernel
 * proves immutable. Only on channels with SHMEM_ENFORCE_UNMAP: there, a side
 * that does not own a segment has no mapping of it. The segment is gone at
 * both ends. The handle's size is that of the memory behind the segment: the
 * segment's, rounded up.
 * Errors: E_UNSUPPORTED (other enforcement), E_BUSY (somebody, against the
 * protocol, still maps it writable), E_STATE, E_CLOSED, E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_segment_freeze(shmem_segment **take, shmem_handle **ret);

/*
 * Segments that belong together: `group` is any number but 0 (in no group,
 * which is how every segment begins, and arrives). free_group frees those of
 * the group that this side owns and that wait in no message, and returns how
 * many; what the caller still holds of them is empty and must still be freed.
 */
SHMEM_API void shmem_segment_set_group(shmem_segment *segment, uint64_t group);
SHMEM_API size_t shmem_channel_free_group(shmem_channel *channel,
					  uint64_t group);

typedef enum shmem_state {
	SHMEM_STATE_DEAD = 0, /* unknown here, or freed */
	SHMEM_STATE_OWNED,    /* this side's */
	SHMEM_STATE_STAGED,   /* this side's, in a message not yet sent */
	SHMEM_STATE_AWAY      /* the peer's */
} shmem_state;

/* Who owns the segment with this id, as far as this side knows. */
SHMEM_API shmem_state shmem_segment_state(const shmem_channel *channel,
					  uint64_t id);

/* *dst is freed first, then becomes *take, which becomes NULL. */
SHMEM_API void shmem_segment_move(shmem_segment **dst, shmem_segment **take);

#ifdef __cplusplus
}
#endif
#endif
