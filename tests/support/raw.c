/* SPDX-License-Identifier: MIT */
/* A peer that says whatever a test wants it to say. */
#include "raw.h"

#include "base/codec.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

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
	int pair[2];

	/* The limit on memory is the same on 32 bits. */
	if (opts != NULL)
		o = *opts;
	if (o.max_bytes == 0)
		o.max_bytes = (uint64_t)64 << 30;
	memset(raw, 0, sizeof(*raw));
	ck_assert_int_eq(
		socketpair(AF_UNIX, SUPPORT_SOCKET | SOCK_CLOEXEC, 0, pair), 0);
	raw->sock = pair[0];
	sock = pair[1];
	begin(raw);
	support_ok(shmem_channel_adopt(&sock, &o, ret));
}

static void drop_in(support_raw *raw)
{
	while (raw->in_fds > 0)
		close(raw->in_fd[--raw->in_fds]);
}

static void drop_out(support_raw *raw)
{
	for (size_t i = 0; i < raw->fds; i++)
		close(raw->fd[i]);
	raw->fds = 0;
}

void support_raw_close(support_raw *raw)
{
	drop_in(raw);
	drop_out(raw);
	if (raw->sock >= 0)
		close(raw->sock);
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

/* A record: on a stream its length goes before it. */
static void put(int sock, struct msghdr *msg)
{
	unsigned char prefix[4];
	struct iovec parts[2] = {{prefix, sizeof(prefix)}, msg->msg_iov[0]};
	size_t length = parts[1].iov_len;

	if (SUPPORT_SOCKET == SOCK_STREAM) {
		shmem__put32(prefix, (uint32_t)length);
		msg->msg_iov = parts;
		msg->msg_iovlen = 2;
		length += sizeof(prefix);
	}
	/* The system's own: musl's has room for 250 descriptors. */
	ck_assert_int_eq(syscall(SYS_sendmsg, sock, msg, MSG_NOSIGNAL),
			 (ssize_t)length);
}

void support_raw_put(support_raw *raw, const void *bytes, size_t length)
{
	struct iovec iov = {(void *)(uintptr_t)bytes, length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	put(raw->sock, &msg);
}

static void transmit(support_raw *raw)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(RAW_FDS * sizeof(int))];
	} control;
	struct iovec iov = {raw->out, raw->length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (raw->fds > 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen =
			(socklen_t)CMSG_SPACE(raw->fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = (socklen_t)CMSG_LEN(raw->fds * sizeof(int));
		memcpy(CMSG_DATA(c), raw->fd, raw->fds * sizeof(int));
	}
	put(raw->sock, &msg);
	drop_out(raw);
	begin(raw);
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
	transmit(raw);
}

/* Reads once, and what comes with it. */
static ssize_t get(support_raw *raw, void *bytes, size_t room)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(RAW_FDS * sizeof(int))];
	} control;
	struct iovec iov = {bytes, room};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(raw->sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return n;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c != NULL;
	     c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		raw->in_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(raw->in_fd, CMSG_DATA(c), raw->in_fds * sizeof(int));
	}
	return n;
}

ssize_t support_raw_get(support_raw *raw)
{
	unsigned char prefix[4];
	size_t have = 0;
	size_t length;
	ssize_t n;

	drop_in(raw);
	if (SUPPORT_SOCKET != SOCK_STREAM)
		return get(raw, raw->in, sizeof(raw->in));
	n = get(raw, prefix, sizeof(prefix));
	if (n <= 0)
		return n;
	ck_assert_int_eq(n, sizeof(prefix));
	length = shmem__get32(prefix);
	ck_assert_uint_le(length, sizeof(raw->in));
	while (have < length) {
		n = get(raw, raw->in + have, length - have);
		ck_assert_int_gt(n, 0);
		have += (size_t)n;
	}
	return (ssize_t)length;
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

int support_memfd(uint64_t bytes, int seals)
{
	int fd = memfd_create("raw peer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)bytes), 0);
	if (seals != 0)
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}
