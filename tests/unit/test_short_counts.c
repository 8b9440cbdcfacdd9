/* SPDX-License-Identifier: MIT */
/*
 * Streams take and give a part of what they are asked to, as they like: sendmsg
 * and recvmsg are replaced here by ones that do. Linux itself hardly ever does,
 * and never on the sockets that keep packets apart.
 */
#include "channels.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS 300
#define LARGE 90000u

static struct shortness {
	bool on;
	bool full; /* now and then there is no room at all */
	uint32_t seed;
	unsigned long parts;
} shortness;

static uint32_t chance(void)
{
	shortness.seed = shortness.seed * 1664525u + 1013904223u;
	return shortness.seed >> 8;
}

static bool is_stream(int fd)
{
	socklen_t length = sizeof(int);
	int type = 0;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
	       type == SOCK_STREAM;
}

/* A part of what is asked for: `iov` has room for what is left of it. */
static void shorten(struct msghdr *msg, struct iovec iov[8])
{
	size_t all = 0;
	size_t part;
	size_t n;

	for (n = 0; n < 8 && n < (size_t)msg->msg_iovlen; n++) {
		iov[n] = msg->msg_iov[n];
		all += iov[n].iov_len;
	}
	if (all < 2)
		return;
	part = chance() % 3 == 0 ? 1 : 1 + chance() % all;
	shortness.parts += part < all;
	msg->msg_iov = iov;
	for (size_t i = 0; i < n; i++) {
		if (iov[i].iov_len > part)
			iov[i].iov_len = part;
		part -= iov[i].iov_len;
	}
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct msghdr less = *msg;
	struct iovec iov[8];

	if (shortness.on && is_stream(fd)) {
		if (shortness.full && chance() % 4 == 0) {
			errno = EAGAIN;
			return -1;
		}
		shorten(&less, iov);
	}
	return syscall(SYS_sendmsg, fd, &less, flags);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct iovec *all = msg->msg_iov;
	struct iovec iov[8];
	ssize_t n;

	if (shortness.on && is_stream(fd))
		shorten(msg, iov);
	n = syscall(SYS_recvmsg, fd, msg, flags);
	msg->msg_iov = all;
	return n;
}

static void begin(bool full)
{
	shortness = (struct shortness){.on = true, .full = full, .seed = 1};
}

START_TEST(a_handle_comes_whole_over_a_stream)
{
	int sock[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock), 0);
	begin(false);
	for (unsigned i = 0; i < ROUNDS; i++) {
		shmem_handle *h = support_handle(4096 + i);
		shmem_handle *come = NULL;

		support_ok(shmem_handle_send(sock[0], &h));
		ck_assert_ptr_null(h);
		support_ok(shmem_handle_recv(sock[1], &come));
		ck_assert_uint_eq(shmem_handle_size(come), 4096 + i);
		shmem_handle_close(&come);
	}
	ck_assert_uint_gt(shortness.parts, ROUNDS);
	close(sock[0]);
	close(sock[1]);
}
END_TEST

/* A text, bytes of any length, a segment and a handle, in one message. */
static void send_all(shmem_channel *c, const unsigned char *bytes, unsigned i)
{
	size_t length = i % 3 == 0 ? LARGE - i : i;
	shmem_segment *s = support_segment(c, 5000, (int)(i % 256));
	shmem_handle *h = support_handle(100 + i);
	uint64_t end = support_now() + SUPPORT_WAIT;
	shmem_message *m = NULL;
	int err;

	support_ok(shmem_message_new(bytes + i, length, &m));
	support_ok(shmem_message_push_segment(m, &s));
	support_ok(shmem_message_push_handle(m, &h));
	while ((err = shmem_channel_send(c, &m)) == SHMEM_E_AGAIN &&
	       support_now() < end)
		;
	support_ok(err);
}

/* What found no room is sent when its sender does something. */
static shmem_message *next(shmem_channel *c, shmem_channel *sender)
{
	uint64_t end = support_now() + SUPPORT_WAIT;
	shmem_message *m = NULL;
	int err;

	while ((err = shmem_channel_recv(c, 0, &m)) == SHMEM_E_AGAIN &&
	       support_now() < end)
		support_ok(shmem_channel_dispatch(sender));
	support_ok(err);
	return m;
}

static void check_all(shmem_channel *c, shmem_channel *sender,
		      const unsigned char *bytes, unsigned i)
{
	size_t length = i % 3 == 0 ? LARGE - i : i;
	shmem_message *m = next(c, sender);
	shmem_segment *s = NULL;
	shmem_handle *h = NULL;

	ck_assert_uint_eq(shmem_message_size(m), length);
	ck_assert_mem_eq(shmem_message_data(m), bytes + i, length);
	support_ok(shmem_message_pop_segment(m, &s));
	support_check_segment(s, (int)(i % 256));
	support_ok(shmem_message_pop_handle(m, &h));
	ck_assert_uint_eq(shmem_handle_size(h), 100 + i);
	shmem_handle_close(&h);
	support_ok(shmem_segment_free(&s));
	shmem_message_free(&m);
}

/* With the ring, which needs the socket for what carries descriptors, and
 * without, both ways in turn. */
START_TEST(what_a_channel_carries_comes_whole_and_in_order)
{
	static unsigned char bytes[LARGE + ROUNDS];
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_channel *end[2] = {NULL, NULL};

	opts.no_ring = _i == 0;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 % 251);
	support_ok(shmem_channel_pair(&opts, &end[0], &end[1]));
	begin(true);
	for (unsigned i = 0; i < ROUNDS; i += 2) {
		shmem_channel *from = end[i / 2 % 2];
		shmem_channel *to = end[1 - i / 2 % 2];

		send_all(from, bytes, i);
		send_all(from, bytes, i + 1);
		check_all(to, from, bytes, i);
		check_all(to, from, bytes, i + 1);
	}
	if (is_stream((int)shmem_channel_pollable(end[0])))
		ck_assert_uint_gt(shortness.parts, ROUNDS);
	shortness.on = false;
	shmem_channel_close(&end[0]);
	shmem_channel_close(&end[1]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("short_counts");
	TCase *t = support_case(s, "short_counts");

	tcase_add_test(t, a_handle_comes_whole_over_a_stream);
	tcase_add_loop_test(t, what_a_channel_carries_comes_whole_and_in_order,
			    0, 2);
	return s;
}
SUPPORT_MAIN(suite)
