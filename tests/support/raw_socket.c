/* SPDX-License-Identifier: MIT */
/* A raw peer's records over an AF_UNIX socket. */
#include "raw.h"

#include "base/codec.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINGERING 900 /* the other end's number */

shmem_os_handle support_raw_join(support_raw *raw)
{
	int pair[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SUPPORT_SOCKET | SOCK_CLOEXEC, 0, pair), 0);
	raw->sock = pair[0];
	return pair[1];
}

void support_raw_adopted(support_raw *raw, shmem_channel *channel)
{
	(void)raw;
	(void)channel;
}

void support_raw_leave(support_raw *raw)
{
	close(raw->sock);
}

/* On a stream its length goes before it. */
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

void support_raw_write(support_raw *raw, const void *bytes, size_t length,
		       bool with_fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(RAW_FDS * sizeof(int))];
	} control;
	struct iovec iov = {(void *)(uintptr_t)bytes, length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (with_fds && raw->fds > 0) {
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
	while (with_fds && raw->fds > 0)
		close(raw->fd[--raw->fds]);
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

ssize_t support_raw_read(support_raw *raw)
{
	unsigned char prefix[4];
	size_t have = 0;
	size_t length;
	ssize_t n;

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

int support_memfd(uint64_t bytes, int seals)
{
	int fd = memfd_create("raw peer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)bytes), 0);
	if (seals != 0)
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

int support_object(uint64_t bytes)
{
	return support_memfd(bytes, RAW_SEALS);
}

int support_frozen_object(uint64_t bytes)
{
	return support_memfd(bytes, RAW_SEALS | F_SEAL_WRITE);
}

int support_loose_object(uint64_t bytes)
{
	return support_memfd(bytes, 0);
}

size_t support_raw_kept(const support_raw *raw)
{
	return support_descriptors() - raw->fds;
}

void support_discard(int fd)
{
	close(fd);
}

static void send_with(int sock, const void *data, size_t length, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	struct iovec iov = {(void *)(uintptr_t)data, length};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = (socklen_t)CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	ck_assert_int_eq(sendmsg(sock, &msg, MSG_NOSIGNAL), (ssize_t)length);
}

int support_handle_receive(const unsigned char *desc, int fd,
			   shmem_handle **ret)
{
	int pair[2];
	int err;

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	send_with(pair[0], desc, SHMEM_HANDLE_DESC_SIZE, fd);
	close(fd);
	err = shmem_handle_recv(pair[1], ret);
	close(pair[0]);
	close(pair[1]);
	return err;
}

void support_raw_room(support_raw *raw)
{
	int room = 4 << 20;

	ck_assert_int_eq(setsockopt(raw->sock, SOL_SOCKET, SO_SNDBUF, &room,
				    sizeof(room)),
			 0);
}

void support_raw_try(support_raw *raw, const void *bytes, size_t length)
{
	size_t prefix = SUPPORT_SOCKET == SOCK_STREAM ? 4 : 0;
	unsigned char record[64];

	ck_assert_uint_le(length, sizeof(record) - prefix);
	shmem__put32(record, (uint32_t)length);
	memcpy(record + prefix, bytes, length);
	(void)send(raw->sock, record, prefix + length,
		   MSG_NOSIGNAL | MSG_DONTWAIT);
}

size_t support_raw_in_flight(const support_raw *raw)
{
	(void)raw;
	return 0;
}

int support_lingering(void)
{
	static unsigned char much[1 << 20];
	struct linger linger = {1, 100};
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t length = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &length),
			 0);
	ck_assert_int_eq(connect(sock, (struct sockaddr *)&at, length), 0);
	ck_assert_int_eq(setsockopt(sock, SOL_SOCKET, SO_LINGER, &linger,
				    sizeof(linger)),
			 0);
	while (send(sock, much, sizeof(much), MSG_DONTWAIT) > 0)
		;
	/* It stays: its end would be the connection's. */
	ck_assert_int_eq(dup2(listener, LINGERING), LINGERING);
	close(listener);
	return sock;
}

void support_lingering_end(void)
{
	close(LINGERING);
}
