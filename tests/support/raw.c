/* SPDX-License-Identifier: MIT */
/* A peer that says whatever a test wants it to say. How its records travel is
 * the system's: raw_socket.c, windows/raw_pipe.c. */
#include "raw.h"

#include "base/codec.h"

#include <string.h>

#define HEADER 16u

static void begin(support_raw *raw)
{
	memset(raw->out, 0, HEADER);
	raw->length = HEADER;
	raw->fds = 0;
	raw->segments = 0;
	raw->handles = 0;
}

void support_raw_open(support_raw *raw, const shmem_channel_opts *opts,
		      shmem_channel **ret)
{
	shmem_channel_opts o = SHMEM_CHANNEL_OPTS_INIT;
	shmem_os_handle sock;

	/* The limit on memory is the same on 32 bits. */
	if (opts != NULL)
		o = *opts;
	if (o.max_bytes == 0)
		o.max_bytes = (uint64_t)64 << 30;
	memset(raw, 0, sizeof(*raw));
	sock = support_raw_join(raw);
	begin(raw);
	support_ok(shmem_channel_adopt(&sock, &o, ret));
	support_raw_adopted(raw, *ret);
}

static void drop_in(support_raw *raw)
{
	while (raw->in_fds > 0)
		support_discard(raw->in_fd[--raw->in_fds]);
}

void support_raw_close(support_raw *raw)
{
	drop_in(raw);
	while (raw->fds > 0)
		support_discard(raw->fd[--raw->fds]);
	if (raw->sock >= 0)
		support_raw_leave(raw);
	raw->sock = -1;
}

void support_raw_hello(unsigned char hello[64], uint64_t nonce)
{
	memset(hello, 0, 64);
	memcpy(hello, "SHMEMIPC", 8);
	shmem__put16(hello + 8, 1);
	shmem__put16(hello + 10, 1);
	shmem__put64(hello + 32, nonce);
	shmem__put64(hello + 40, (uint64_t)1 << 30);
	shmem__put64(hello + 48, (uint64_t)1 << 34);
	shmem__put32(hello + 56, 16384);
}

void support_raw_greet(support_raw *raw, shmem_channel *channel, unsigned side)
{
	const unsigned char *at;
	size_t length;

	support_raw_recv(raw);
	ck_assert_uint_eq(support_raw_next(raw, &at, &length), RAW_HELLO);
	support_raw_hello(support_raw_frame(raw, RAW_HELLO, 64),
			  side == 0 ? 0 : UINT64_MAX);
	support_raw_send(raw);
	support_settle(channel);
}

unsigned char *support_raw_frame(support_raw *raw, unsigned type, size_t length)
{
	unsigned char *at = raw->out + raw->length;

	ck_assert_uint_le(raw->length + 8 + length, RAW_ROOM);
	shmem__put16(at, (uint16_t)type);
	shmem__put16(at + 2, 0);
	shmem__put32(at + 4, (uint32_t)length);
	memset(at + 8, 0, length);
	raw->length += 8 + length;
	return at + 8;
}

static void add_fd(support_raw *raw, int fd)
{
	if (fd < 0)
		return;
	ck_assert_uint_lt(raw->fds, RAW_FDS);
	raw->fd[raw->fds++] = fd;
}

void support_raw_announce(support_raw *raw, uint32_t slot, uint64_t capacity,
			  int fd)
{
	unsigned char *at = support_raw_frame(raw, RAW_ANNOUNCE, 16);

	shmem__put32(at, slot);
	shmem__put64(at + 8, capacity);
	add_fd(raw, fd);
}

void support_raw_segment(support_raw *raw, uint64_t id, uint64_t size)
{
	raw->segment[raw->segments][0] = id;
	raw->segment[raw->segments][1] = size;
	raw->segments++;
}

void support_raw_handle(support_raw *raw, uint64_t bytes, unsigned flags,
			int fd)
{
	unsigned char *at = raw->handle[raw->handles++];

	memset(at, 0, 64);
	memcpy(at, "SHMH", 4);
	shmem__put16(at + 4, 1);
	shmem__put16(at + 6, (uint16_t)flags);
	shmem__put64(at + 8, bytes);
	add_fd(raw, fd);
}

unsigned char *support_raw_message(support_raw *raw, uint32_t flags,
				   uint64_t call, size_t body)
{
	unsigned char *at = support_raw_frame(raw, RAW_MESSAGE,
					      24 + 16 * raw->segments +
						      64 * raw->handles + body);

	shmem__put32(at, flags);
	shmem__put32(at + 4, (uint32_t)raw->segments);
	shmem__put32(at + 8, (uint32_t)raw->handles);
	shmem__put32(at + 12, (uint32_t)body);
	shmem__put64(at + 16, call);
	at += 24;
	for (size_t i = 0; i < raw->segments; i++, at += 16) {
		shmem__put64(at, raw->segment[i][0]);
		shmem__put64(at + 8, raw->segment[i][1]);
	}
	memcpy(at, raw->handle, 64 * raw->handles);
	at += 64 * raw->handles;
	raw->segments = 0;
	raw->handles = 0;
	return at;
}

void support_raw_ids(support_raw *raw, unsigned type, uint64_t id)
{
	shmem__put64(support_raw_frame(raw, type, 8), id);
}

void support_raw_put(support_raw *raw, const void *bytes, size_t length)
{
	support_raw_write(raw, bytes, length, false);
}

static void notice(support_raw *raw)
{
	unsigned char packet[HEADER + 16] = {0};

	shmem__put32(packet, sizeof(packet));
	shmem__put64(packet + 8, raw->sequence++);
	shmem__put16(packet + HEADER, RAW_NOTICE);
	shmem__put32(packet + HEADER + 4, 8);
	shmem__put32(packet + HEADER + 8, (uint32_t)raw->fds);
	support_raw_put(raw, packet, sizeof(packet));
}

void support_raw_send(support_raw *raw)
{
	if (raw->fds > 0)
		notice(raw);
	support_raw_post(raw, (uint32_t)raw->length, (unsigned)raw->fds, 0,
			 raw->sequence);
	raw->sequence++;
}

void support_raw_post(support_raw *raw, uint32_t length, unsigned descriptors,
		      unsigned reserved, uint64_t sequence)
{
	shmem__put32(raw->out, length);
	shmem__put16(raw->out + 4, (uint16_t)descriptors);
	shmem__put16(raw->out + 6, (uint16_t)reserved);
	shmem__put64(raw->out + 8, sequence);
	support_raw_write(raw, raw->out, raw->length, true);
	begin(raw);
}

ssize_t support_raw_get(support_raw *raw)
{
	drop_in(raw);
	return support_raw_read(raw);
}

bool support_raw_sees_end(support_raw *raw)
{
	ssize_t n;

	do
		n = support_raw_get(raw);
	while (n > 0);
	return n == 0;
}

void support_raw_recv(support_raw *raw)
{
	ssize_t n = support_raw_get(raw);

	ck_assert_int_ge(n, (ssize_t)HEADER);
	raw->in_length = (size_t)n;
	raw->at = HEADER;
}

unsigned support_raw_next(support_raw *raw, const unsigned char **ret,
			  size_t *ret_length)
{
	const unsigned char *at = raw->in + raw->at;

	if (raw->at == raw->in_length)
		return 0;
	*ret = at + 8;
	*ret_length = shmem__get32(at + 4);
	raw->at += 8 + *ret_length;
	ck_assert_uint_le(raw->at, raw->in_length);
	return shmem__get16(at);
}
