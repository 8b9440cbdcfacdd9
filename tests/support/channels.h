/* SPDX-License-Identifier: MIT */
/* Short words for what nearly every test of channels does. Each one fails the
 * test where it does not succeed. */
#ifndef SHMEM_TESTS_CHANNELS_H
#define SHMEM_TESTS_CHANNELS_H

#include "support.h"

#include <shmem/shmem.h>

/* ms for what must come, on however busy a machine. */
#define SUPPORT_WAIT 60000

/* Checks a result, and says its name. */
#define support_ok(call) support_is(call, 0)
#define support_is(call, expected)                                             \
	do {                                                                   \
		int support_got = (call);                                      \
		ck_assert_msg(support_got == (expected), "%s: %s, not %s",     \
			      #call, shmem_errname(support_got),               \
			      shmem_errname(expected));                        \
	} while (0)

/* Messages of text. */
shmem_message *support_text(const char *text);
void support_check_text(const shmem_message *message, const char *text);
void support_send_text(shmem_channel *channel, const char *text);
shmem_message *support_recv(shmem_channel *channel);
void support_recv_text(shmem_channel *channel, const char *text);

/* Segments that are full of a byte. */
shmem_segment *support_segment(shmem_channel *channel, uint64_t bytes,
			       int fill);
void support_check_segment(const shmem_segment *segment, int fill);
uint64_t support_give(shmem_channel *channel, shmem_segment **take);
shmem_segment *support_get(shmem_channel *channel);

shmem_handle *support_handle(uint64_t bytes);

/* Two ends over a socketpair of the test's, greeted; options may be NULL. */
void support_adopted(const shmem_channel_opts *opts_a, shmem_channel **ret_a,
		     const shmem_channel_opts *opts_b, shmem_channel **ret_b);

/* A child, as by support_start(), that has a channel to the test, which is its
 * own to close. The options are for both ends. */
typedef void support_peer_fn(shmem_channel *channel, void *arg);
pid_t support_peer(const shmem_channel_opts *opts, support_peer_fn *fn,
		   const void *arg, size_t size, shmem_channel **ret);

/* Takes in what waits; fails unless the channel lives. */
void support_settle(shmem_channel *channel);

/* Its peer is that process, as far as the system tells. */
void support_check_peer(const shmem_channel *channel, int pid);

shmem_stats support_stats(const shmem_channel *channel);

#endif
