/* SPDX-License-Identifier: MIT */
/* Bytes as a packet: its frames, a greeting, a message's fixed part. */
#include "fuzz.h"

#include "transport/frame.h"

#include <shmem/message.h>

static void within(shmem__reader inner, const uint8_t *data, size_t size)
{
	FUZZ_CHECK(inner.left == 0 || inner.at >= data);
	FUZZ_CHECK(inner.left <= size);
	FUZZ_CHECK(inner.left == 0 || inner.at + inner.left <= data + size);
}

/* What was accepted says the same when it is written again. */
static void hello_again(const shmem__hello *hello, shmem__reader payload)
{
	unsigned char bytes[256];
	shmem__packet packet = {.data = bytes};

	shmem__packet_begin(&packet);
	shmem__hello_put(&packet, hello);
	if (hello->version <= SHMEM__WIRE_VERSION)
		FUZZ_CHECK(memcmp(bytes + packet.length - payload.left,
				  payload.at, payload.left) == 0);
}

static void frame(shmem__frame_type type, shmem__reader payload)
{
	shmem__message_head head;
	shmem__hello hello;
	shmem__reader left = payload;

	FUZZ_CHECK(type >= SHMEM__FRAME_HELLO && type <= SHMEM__FRAME_VIEW);
	if (shmem__hello_parse(payload, &hello) == 0)
		hello_again(&hello, payload);
	if (shmem__message_head_parse(&left, &head) != 0)
		return;
	within(left, payload.at, payload.left);
	FUZZ_CHECK(head.segments <= SHMEM_MESSAGE_MAX_SEGMENTS + 1);
	FUZZ_CHECK(head.handles <= SHMEM_MESSAGE_MAX_HANDLES);
	FUZZ_CHECK(left.left ==
		   (size_t)head.segments * SHMEM__SEGMENT_RECORD +
			   (size_t)head.handles * SHMEM_HANDLE_DESC_SIZE +
			   head.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	shmem__packet_in packet;
	shmem__frame_type type;
	shmem__reader payload;

	if (shmem__packet_parse(data, size, &packet) != 0)
		return 0;
	within(packet.frames, data, size);
	while (shmem__packet_next(&packet, &type, &payload) == 1) {
		within(payload, data, size);
		frame(type, payload);
	}
	return 0;
}
