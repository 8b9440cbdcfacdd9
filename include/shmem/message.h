/* SPDX-License-Identifier: MIT */
/*
 * A message is bytes, plus segments and handles that travel with them. What is
 * pushed into it belongs to it; what is popped is the caller's again.
 *
 * Threads: one message by one thread at a time; one that was received, or holds
 * segments, by the thread that uses their channel.
 */
#ifndef SHMEM_MESSAGE_H
#define SHMEM_MESSAGE_H

#include <shmem/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHMEM_MESSAGE_MAX_SEGMENTS 1000 /* in one message */
#define SHMEM_MESSAGE_MAX_HANDLES 200   /* in one message */

/* A message with a copy of `len` bytes; NULL and 0 are fine.
 * Errors: E_INVAL (NULL with a length), E_NOMEM. */
SHMEM_API int shmem_message_new(const void *bytes, size_t len,
				shmem_message **ret);

/*
 * Puts a segment into the message, out of the caller's hands. Its pages are
 * revoked at the latest when send has returned, and always before the peer can
 * see it. All segments of a message are of one channel.
 * Errors: E_INVAL (another channel's), E_STATE (its channel is closed),
 * E_LIMIT (SHMEM_MESSAGE_MAX_SEGMENTS), E_NOMEM.
 */
SHMEM_API int shmem_message_push_segment(shmem_message *message,
					 shmem_segment **take);

/* Errors: E_INVAL, E_LIMIT (SHMEM_MESSAGE_MAX_HANDLES), E_NOMEM. */
SHMEM_API int shmem_message_push_handle(shmem_message *message,
					shmem_handle **take);

/* The first one that is left, in the order of pushing.
 * Errors: E_NOENT (none is left). */
SHMEM_API int shmem_message_pop_segment(shmem_message *message,
					shmem_segment **ret);
SHMEM_API int shmem_message_pop_handle(shmem_message *message,
				       shmem_handle **ret);

/* How many are left to pop. */
SHMEM_API size_t shmem_message_segments(const shmem_message *message);
SHMEM_API size_t shmem_message_handles(const shmem_message *message);

/* The bytes, borrowed until the message is freed or sent; never NULL. */
SHMEM_API const void *shmem_message_data(const shmem_message *message);
SHMEM_API size_t shmem_message_size(const shmem_message *message);

/* Whether the bytes came in memory that is shared, as many do: a hostile peer
 * may still write there, so copy them before they are checked. */
SHMEM_API bool shmem_message_is_shared(const shmem_message *message);

/* Whether the peer expects shmem_channel_reply() to this received message. */
SHMEM_API bool shmem_message_is_request(const shmem_message *message);

/*
 * For a received reply, the number of the request that it answers (see
 * shmem_channel_request()); 0 for anything else.
 */
SHMEM_API uint64_t shmem_message_reply_to(const shmem_message *message);

/* Whether this stands for a reply that will not come, since the peer has freed
 * the request without answering it. */
SHMEM_API bool shmem_message_is_refusal(const shmem_message *message);

/* Frees the message with all that is left in it: handles are closed, segments
 * freed. Pop them first to keep them. */
SHMEM_API void shmem_message_free(shmem_message **take);

#ifdef __cplusplus
}
#endif
#endif
