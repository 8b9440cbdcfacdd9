/* SPDX-License-Identifier: MIT */
/*
 * A hostile peer, driven by the input: it can say what a peer may say, with the
 * right lengths and numbers, and whatever else comes to the fuzzer's mind.
 */
#ifndef SHMEM_TESTS_FUZZ_PEER_H
#define SHMEM_TESTS_FUZZ_PEER_H

#include "fuzz.h"

#include "transport/frame.h"

#include <shmem/channel.h>

#define FUZZ_IDS 16u
#define FUZZ_DESCRIPTORS 16u

typedef struct fuzz_peer {
	int sock; /* -1: closed */
	uint64_t sequence;
	shmem__packet packet;
	unsigned char bytes[SHMEM__PACKET_MAX];
	unsigned char in[SHMEM__PACKET_MAX];
	int fd[FUZZ_DESCRIPTORS]; /* for the packet being made */
	size_t fds;

	/* Segments that it has heard of, the latest first. */
	uint64_t id[FUZZ_IDS];
	uint64_t size[FUZZ_IDS];
	uint64_t call; /* the latest request */

	/* Its ring, once it has made one. */
	unsigned char *ring;
	size_t ring_length;
} fuzz_peer;

void fuzz_peer_open(fuzz_peer *peer, int sock);
void fuzz_peer_close(fuzz_peer *peer);

/* Says hello; `side` is that of its ids, so that the nonce decides it. */
void fuzz_peer_greet(fuzz_peer *peer, unsigned side, shmem_enforce enforce,
		     bool ring);

/* One thing that a peer may do, chosen by the input. */
void fuzz_peer_step(fuzz_peer *peer, fuzz_input *in);

/* Takes in what the library said, and learns ids from it. */
void fuzz_peer_listen(fuzz_peer *peer);

#endif
