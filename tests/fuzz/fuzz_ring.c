/* SPDX-License-Identifier: MIT */
/*
 * A ring whose memory is hostile: between any two steps of its reader and its
 * writer the input changes whatever it likes. The first byte chooses whose
 * side is looked at: the reader's, the writer's or both.
 */
#include "fuzz.h"

#include "transport/ring.h"

#include <stdlib.h>
#include <string.h>

#define BYTES SHMEM__RING_MIN
#define ROOM (96u * 1024)

static unsigned char *memory;
static unsigned char packet[ROOM];
static unsigned char out[ROOM];

/* Words of the header nearly always, records sometimes. */
static void scribble(fuzz_input *in)
{
	unsigned where = fuzz_byte(in);
	size_t at = where % 32 * 8;
	size_t n;
	const uint8_t *bytes;

	if (where >= 224)
		at = (size_t)(fuzz_number(in, 3) %
			      (SHMEM__RING_HEADER + BYTES - 16));
	else if (where >= 128)
		at = SHMEM__RING_HEADER + fuzz_byte(in) * (size_t)64;
	if ((where & 96) == 96) { /* a number near a power of two */
		uint64_t n64 = fuzz_interesting(in);

		memcpy(memory + at, &n64, sizeof(n64));
		return;
	}
	bytes = fuzz_take(in, where % 16, &n);
	memcpy(memory + at, bytes, n);
}

/* A record of some length where the reader is, and room for it. */
static void forge(const shmem__ring *reader, fuzz_input *in)
{
	uint32_t length = (uint32_t)fuzz_interesting(in);
	uint64_t head = reader->at + ((uint64_t)64 << fuzz_byte(in) % 16);

	memcpy(memory + SHMEM__RING_HEADER + reader->at % BYTES, &length,
	       sizeof(length));
	memcpy(memory, &head, sizeof(head));
}

static void read_one(shmem__ring *ring)
{
	uint64_t before = ring->at;
	size_t length = 0;

	if (shmem__ring_peek(ring, out, sizeof(out), &length) != 1)
		return;
	FUZZ_CHECK(length <= sizeof(out));
	shmem__ring_take(ring, length);
	FUZZ_CHECK(ring->at - before <= 2 * BYTES);
	FUZZ_CHECK(ring->at % 64 == 0);
}

static void write_one(shmem__ring *ring, fuzz_input *in)
{
	size_t length = (size_t)fuzz_number(in, 2) * 2 % ROOM;
	uint64_t before = ring->at;

	if (shmem__ring_put(ring, packet, length) != 0) {
		FUZZ_CHECK(ring->at == before);
		return;
	}
	shmem__ring_publish(ring, before, 0);
	FUZZ_CHECK(ring->at - before <= 2 * BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	unsigned sides = fuzz_byte(&in);
	shmem__ring writer;
	shmem__ring reader;

	/* Of just its size, so that nothing beyond it is touched unseen. The
	 * same for all inputs: getting it anew takes four times as long as all
	 * the rest. */
	if (memory == NULL)
		memory = aligned_alloc(64, SHMEM__RING_HEADER + BYTES);
	FUZZ_CHECK(memory != NULL);
	memset(memory, 0, SHMEM__RING_HEADER + BYTES);
	shmem__ring_create(&writer, memory, BYTES, 0);
	shmem__ring_attach(&reader, memory, BYTES, 0);
	while (in.left > 0) {
		unsigned what = fuzz_byte(&in);

		if ((what & 65) == 65)
			forge(&reader, &in);
		else if ((what & 1) != 0)
			scribble(&in);
		if ((what & 2) != 0 && sides % 3 != 0)
			write_one(&writer, &in);
		if ((what & 4) != 0 && sides % 3 != 1)
			read_one(&reader);
		if ((what & 8) != 0)
			(void)shmem__ring_wakes(&writer, (what & 16) != 0);
		if ((what & 32) != 0)
			(void)shmem__ring_sleep(&reader, what >> 6);
	}
	return 0;
}
