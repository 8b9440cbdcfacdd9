/* SPDX-License-Identifier: MIT */
/*
 * The bytes on the wire: packets, and the frames in them. Encoding appends to a
 * buffer; decoding yields what the bytes say, bounds checked and unknown things
 * refused, but not yet whether it makes sense in the channel's state.
 * docs/wire-format.md is the specification.
 */
#ifndef SHMEM_SRC_TRANSPORT_FRAME_H
#define SHMEM_SRC_TRANSPORT_FRAME_H

#include "base/codec.h"

#include <shmem/handle.h>

#define SHMEM__WIRE_VERSION 1u
#define SHMEM__WIRE_VERSION_MIN 1u

#define SHMEM__PACKET_HEADER 16u
#define SHMEM__PACKET_MAX (96u * 1024)
#define SHMEM__PACKET_DESCRIPTORS 250u
#define SHMEM__INLINE_MAX (32u * 1024) /* bytes of a body in the packet */

typedef enum shmem__frame_type {
	SHMEM__FRAME_HELLO = 1,
	SHMEM__FRAME_NOTICE = 2,
	SHMEM__FRAME_ANNOUNCE = 3,
	SHMEM__FRAME_MESSAGE = 4,
	SHMEM__FRAME_FREE = 5,
	SHMEM__FRAME_RETIRE = 6,
	SHMEM__FRAME_LABEL = 7,
	SHMEM__FRAME_REFUSE = 8,
	SHMEM__FRAME_RING = 9,
	SHMEM__FRAME_VIEW = 10,
} shmem__frame_type;

/* What a side can do, in its greeting; used where both can. */
#define SHMEM__FEATURE_RING_LITTLE ((uint64_t)1)
#define SHMEM__FEATURE_RING_BIG ((uint64_t)4)
/* Rings are in the machine's byte order. Two of different orders can meet where
 * one of them is emulated; they do without. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define SHMEM__FEATURE_RING SHMEM__FEATURE_RING_BIG
#else
#define SHMEM__FEATURE_RING SHMEM__FEATURE_RING_LITTLE
#endif
/* The sender makes and takes away the receiver's views of its memory: whoever
 * is told so gets no rights to that. */
#define SHMEM__FEATURE_LENDS ((uint64_t)2)
#define SHMEM__VIEW_RECORD 16u

/* A packet of one byte wakes the receiver and says no more. */
#define SHMEM__BELL_SIZE 1u
#define SHMEM__BELL_NOW 1u
#define SHMEM__BELL_EARLY 2u /* a packet is about to come */

/* The first frame of each side. */
typedef struct shmem__hello {
	uint16_t version;
	uint16_t version_min;
	uint32_t enforce;
	uint64_t features;
	uint64_t required; /* features without which the sender can't do */
	uint64_t nonce;
	uint64_t max_message;
	uint64_t max_bytes;
	uint32_t max_segments;
} shmem__hello;

#define SHMEM__KIND_MESSAGE 0u
#define SHMEM__KIND_REQUEST 1u
#define SHMEM__KIND_REPLY 2u
#define SHMEM__KIND_MASK 3u
#define SHMEM__MESSAGE_BLOCKING 4u     /* the sender of the request waits */
#define SHMEM__MESSAGE_BODY_SEGMENT 8u /* the first segment is the body */
#define SHMEM__MESSAGE_FLAGS 15u
/* Never on the wire: stands for a reply that will not come. */
#define SHMEM__MESSAGE_REFUSED 0x80000000u

/* A message's fixed part; segments, handles and body follow. */
typedef struct shmem__message_head {
	uint32_t flags;
	uint32_t segments;
	uint32_t handles;
	uint32_t body;
	uint64_t call;
} shmem__message_head;
#define SHMEM__MESSAGE_HEAD 24u
#define SHMEM__SEGMENT_RECORD 16u
#define SHMEM__ANNOUNCE_RECORD 16u

/* A packet being written. */
typedef struct shmem__packet {
	unsigned char *data; /* SHMEM__PACKET_MAX bytes */
	size_t length;
	size_t frame; /* where the open frame begins */
} shmem__packet;

void shmem__packet_begin(shmem__packet *packet);
void shmem__packet_end(shmem__packet *packet, uint16_t descriptors,
		       uint64_t sequence);

/* Whether a frame with so much payload still fits. */
bool shmem__packet_fits(const shmem__packet *packet, size_t payload);

/* A frame of `payload` bytes, for the caller to fill in; it fits. */
unsigned char *shmem__frame_add(shmem__packet *packet, shmem__frame_type type,
				size_t payload);

void shmem__hello_put(shmem__packet *packet, const shmem__hello *hello);
void shmem__message_head_put(unsigned char *at,
			     const shmem__message_head *head);

/* A packet that came: its frames, one after the other. */
typedef struct shmem__packet_in {
	shmem__reader frames;
	uint16_t descriptors;
	uint64_t sequence;
} shmem__packet_in;

/* E_PROTO where it is not a packet. */
int shmem__packet_parse(const unsigned char *data, size_t length,
			shmem__packet_in *ret);

/* 1 and the next frame, 0 at the end, E_PROTO. */
int shmem__packet_next(shmem__packet_in *packet, shmem__frame_type *ret_type,
		       shmem__reader *ret);

/* E_PROTO where it is malformed. */
int shmem__hello_parse(shmem__reader payload, shmem__hello *ret);

/* Takes the fixed part off the front; what it counts is there. E_PROTO. */
int shmem__message_head_parse(shmem__reader *payload, shmem__message_head *ret);

#endif
