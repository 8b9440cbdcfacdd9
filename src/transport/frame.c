/* SPDX-License-Identifier: MIT */
/* Packets and frames, to bytes and back. */
#include "transport/frame.h"

#include "base/assert.h"

#include <shmem/message.h>

#define FRAME_HEADER 8u
#define HELLO_SIZE 64u
#define HELLO_MAGIC "SHMEMIPC"
#define HELLO_MAGIC_SIZE 8u

void shmem__packet_begin(shmem__packet *packet)
{
	memset(packet->data, 0, SHMEM__PACKET_HEADER);
	packet->length = SHMEM__PACKET_HEADER;
}

void shmem__packet_end(shmem__packet *packet, uint16_t descriptors,
		       uint64_t sequence)
{
	shmem__put32(packet->data, (uint32_t)packet->length);
	shmem__put16(packet->data + 4, descriptors);
	shmem__put64(packet->data + 8, sequence);
}

bool shmem__packet_fits(const shmem__packet *packet, size_t payload)
{
	return payload <= SHMEM__PACKET_MAX - FRAME_HEADER &&
	       packet->length <= SHMEM__PACKET_MAX - FRAME_HEADER - payload;
}

unsigned char *shmem__frame_add(shmem__packet *packet, shmem__frame_type type,
				size_t payload)
{
	unsigned char *at = packet->data + packet->length;

	SHMEM__ASSERT(shmem__packet_fits(packet, payload));
	shmem__put16(at, (uint16_t)type);
	shmem__put16(at + 2, 0);
	shmem__put32(at + 4, (uint32_t)payload);
	packet->length += FRAME_HEADER + payload;
	return at + FRAME_HEADER;
}

void shmem__hello_put(shmem__packet *packet, const shmem__hello *hello)
{
	unsigned char *at =
		shmem__frame_add(packet, SHMEM__FRAME_HELLO, HELLO_SIZE);

	memset(at, 0, HELLO_SIZE);
	memcpy(at, HELLO_MAGIC, HELLO_MAGIC_SIZE);
	shmem__put16(at + 8, hello->version);
	shmem__put16(at + 10, hello->version_min);
	shmem__put32(at + 12, hello->enforce);
	shmem__put64(at + 16, hello->features);
	shmem__put64(at + 24, hello->required);
	shmem__put64(at + 32, hello->nonce);
	shmem__put64(at + 40, hello->max_message);
	shmem__put64(at + 48, hello->max_bytes);
	shmem__put32(at + 56, hello->max_segments);
}

int shmem__hello_parse(shmem__reader payload, shmem__hello *ret)
{
	const unsigned char *at = shmem__take(&payload, HELLO_SIZE);

	/* A later version may say more behind what this one knows. */
	if (at == NULL || memcmp(at, HELLO_MAGIC, HELLO_MAGIC_SIZE) != 0)
		return SHMEM_E_PROTO;
	ret->version = shmem__get16(at + 8);
	ret->version_min = shmem__get16(at + 10);
	ret->enforce = shmem__get32(at + 12);
	ret->features = shmem__get64(at + 16);
	ret->required = shmem__get64(at + 24);
	ret->nonce = shmem__get64(at + 32);
	ret->max_message = shmem__get64(at + 40);
	ret->max_bytes = shmem__get64(at + 48);
	ret->max_segments = shmem__get32(at + 56);
	if (ret->version == 0 || ret->version_min > ret->version ||
	    ret->enforce > 2)
		return SHMEM_E_PROTO;
	if (ret->version <= SHMEM__WIRE_VERSION &&
	    (payload.left != 0 || !shmem__all_zero(at + 60, 4)))
		return SHMEM_E_PROTO;
	return 0;
}

void shmem__message_head_put(unsigned char *at, const shmem__message_head *head)
{
	shmem__put32(at, head->flags);
	shmem__put32(at + 4, head->segments);
	shmem__put32(at + 8, head->handles);
	shmem__put32(at + 12, head->body);
	shmem__put64(at + 16, head->call);
}

int shmem__message_head_parse(shmem__reader *payload, shmem__message_head *ret)
{
	const unsigned char *at = shmem__take(payload, SHMEM__MESSAGE_HEAD);
	uint32_t kind;

	if (at == NULL)
		return SHMEM_E_PROTO;
	ret->flags = shmem__get32(at);
	ret->segments = shmem__get32(at + 4);
	ret->handles = shmem__get32(at + 8);
	ret->body = shmem__get32(at + 12);
	ret->call = shmem__get64(at + 16);
	kind = ret->flags & SHMEM__KIND_MASK;
	if ((ret->flags & ~SHMEM__MESSAGE_FLAGS) != 0 ||
	    kind > SHMEM__KIND_REPLY ||
	    (kind == SHMEM__KIND_MESSAGE) != (ret->call == 0) ||
	    ((ret->flags & SHMEM__MESSAGE_BLOCKING) != 0 &&
	     kind != SHMEM__KIND_REQUEST))
		return SHMEM_E_PROTO;
	if (ret->segments > SHMEM_MESSAGE_MAX_SEGMENTS + 1 ||
	    ret->handles > SHMEM_MESSAGE_MAX_HANDLES ||
	    ret->body > SHMEM__INLINE_MAX)
		return SHMEM_E_PROTO;
	if ((ret->flags & SHMEM__MESSAGE_BODY_SEGMENT) != 0
		    ? ret->segments == 0 || ret->body != 0
		    : ret->segments > SHMEM_MESSAGE_MAX_SEGMENTS)
		return SHMEM_E_PROTO;
	if (payload->left !=
	    (size_t)ret->segments * SHMEM__SEGMENT_RECORD +
		    (size_t)ret->handles * SHMEM_HANDLE_DESC_SIZE + ret->body)
		return SHMEM_E_PROTO;
	return 0;
}

int shmem__packet_parse(const unsigned char *data, size_t length,
			shmem__packet_in *ret)
{
	if (length < SHMEM__PACKET_HEADER || length > SHMEM__PACKET_MAX ||
	    shmem__get32(data) != length || shmem__get16(data + 6) != 0)
		return SHMEM_E_PROTO;
	ret->descriptors = shmem__get16(data + 4);
	ret->sequence = shmem__get64(data + 8);
	ret->frames.at = data + SHMEM__PACKET_HEADER;
	ret->frames.left = length - SHMEM__PACKET_HEADER;
	return ret->frames.left != 0 ? 0 : SHMEM_E_PROTO;
}

int shmem__packet_next(shmem__packet_in *packet, shmem__frame_type *ret_type,
		       shmem__reader *ret)
{
	const unsigned char *header;
	uint16_t type;
	size_t length;

	if (packet->frames.left == 0)
		return 0;
	header = shmem__take(&packet->frames, FRAME_HEADER);
	if (header == NULL)
		return SHMEM_E_PROTO;
	type = shmem__get16(header);
	length = shmem__get32(header + 4);
	if (type < SHMEM__FRAME_HELLO || type > SHMEM__FRAME_VIEW ||
	    shmem__get16(header + 2) != 0)
		return SHMEM_E_PROTO;
	ret->at = shmem__take(&packet->frames, length);
	ret->left = length;
	if (ret->at == NULL)
		return SHMEM_E_PROTO;
	*ret_type = (shmem__frame_type)type;
	return 1;
}
