/* SPDX-License-Identifier: MIT */
/* Handles that travel over a socket. */
#include "base/fault.h"
#include "handle/handle.h"
#include "kinds.h"

#include <shmem/mapping.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYTES ((size_t)10000)
#define DESC SHMEM_HANDLE_DESC_SIZE
#define ok(call) ck_assert_int_eq(call, 0)
#define fails(error, call) ck_assert_int_eq(call, error)

static void pair(int type, int ends[2])
{
	ok(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends));
}

static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
#define TYPES 3

START_TEST(handles_cross_a_socket)
{
	int ends[2];

	pair(types[_i], ends);
	for (int kind = 0; kind < KINDS; kind++) {
		SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
		SHMEM_AUTO(shmem_handle_close) shmem_handle *sent = NULL;
		SHMEM_AUTO(shmem_handle_close) shmem_handle *got = NULL;

		h = kind_make(kind);
		ok(shmem_handle_duplicate(h, shmem_handle_access(h), &sent));
		ok(shmem_handle_send(ends[0], &sent));
		ck_assert_ptr_null(sent);
		ok(shmem_handle_recv(ends[1], &got));
		kind_same(h, got);
		if (kind != EMPTY)
			ck_assert_int_eq(
				fcntl((int)shmem_handle_os(got), F_GETFD),
				FD_CLOEXEC);
	}
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(many_handles_stay_in_order)
{
	int ends[2];

	pair(types[_i], ends);
	for (uint64_t i = 0; i < 10; i++) {
		shmem_handle *h = kind_made(i * 7, NULL);

		ok(shmem_handle_send(ends[0], &h));
	}
	for (uint64_t i = 0; i < 10; i++) {
		shmem_handle *h = NULL;

		ok(shmem_handle_recv(ends[1], &h));
		ck_assert_uint_eq(shmem_handle_size(h), i * 7);
		shmem_handle_close(&h);
	}
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* A message by hand: `count` copies of a descriptor beside some bytes. */
static void put(int sock, const void *bytes, size_t len, int fd, size_t count)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(32 * sizeof(int))];
	} c;
	union {
		const void *in;
		void *out;
	} p = {bytes};
	struct iovec iov = {.iov_base = p.out, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (count > 0) {
		memset(&c, 0, sizeof(c));
		msg.msg_control = c.room;
		msg.msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int));
		c.align.cmsg_level = SOL_SOCKET;
		c.align.cmsg_type = SCM_RIGHTS;
		c.align.cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
		for (size_t i = 0; i < count; i++)
			memcpy(CMSG_DATA(&c.align) + i * sizeof(int), &fd,
			       sizeof(int));
	}
	ck_assert_int_eq(sendmsg(sock, &msg, MSG_NOSIGNAL), (ssize_t)len);
}

typedef struct parts {
	unsigned char desc[DESC];
	int fd;
	int ends[2];
} parts;

static void parts_make(parts *p, int type)
{
	shmem_handle *h = kind_made(BYTES, NULL);
	shmem_os_handle os;

	ok(shmem_handle_pack(&h, p->desc, &os));
	p->fd = (int)os;
	pair(type, p->ends);
}

static void parts_close(parts *p)
{
	close(p->fd);
	close(p->ends[0]);
	close(p->ends[1]);
}

/* Refused, and no descriptor stays behind. */
static void refused(int sock, int error)
{
	size_t open = support_descriptors();
	shmem_handle *h = NULL;

	fails(error, shmem_handle_recv(sock, &h));
	ck_assert_ptr_null(h);
	ck_assert_uint_eq(support_descriptors(), open);
}

static void send_many(int type, size_t count)
{
	parts p;

	parts_make(&p, type);
	put(p.ends[0], p.desc, DESC, p.fd, count);
	refused(p.ends[1], SHMEM_E_PROTO);
	parts_close(&p);
}

START_TEST(wrong_number_of_descriptors_is_refused)
{
	static const size_t counts[] = {0, 2, 7, 8};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		send_many(types[_i], counts[i]);
}
END_TEST

START_TEST(more_descriptors_than_there_is_room_for_are_refused)
{
	support_needs(SUPPORT_SURPLUS);
	send_many(types[_i], 9);
	send_many(types[_i], 32);
}
END_TEST

START_TEST(descriptor_of_an_empty_handle_is_refused)
{
	shmem_handle *empty = kind_made(0, NULL);
	shmem_os_handle none;
	parts p;

	parts_make(&p, types[_i]);
	ok(shmem_handle_pack(&empty, p.desc, &none));
	put(p.ends[0], p.desc, DESC, p.fd, 1);
	refused(p.ends[1], SHMEM_E_PROTO);
	parts_close(&p);
}
END_TEST

START_TEST(other_bytes_are_refused)
{
	parts p;

	parts_make(&p, types[_i]);
	p.desc[0] = 'x';
	put(p.ends[0], p.desc, DESC, p.fd, 1);
	refused(p.ends[1], SHMEM_E_PROTO);
	parts_close(&p);
}
END_TEST

START_TEST(untrusted_descriptor_is_refused)
{
	parts p;

	parts_make(&p, types[_i]);
	put(p.ends[0], p.desc, DESC, p.ends[0], 1);
	refused(p.ends[1], SHMEM_E_UNTRUSTED);
	parts_close(&p);
}
END_TEST

START_TEST(short_or_long_packet_is_refused)
{
	unsigned char longer[DESC + 1] = {0};
	parts p;

	parts_make(&p, SOCK_SEQPACKET);
	put(p.ends[0], p.desc, DESC - 1, p.fd, 1);
	refused(p.ends[1], SHMEM_E_PROTO);
	memcpy(longer, p.desc, DESC);
	put(p.ends[0], longer, DESC + 1, p.fd, 1);
	refused(p.ends[1], SHMEM_E_PROTO);
	parts_close(&p);
}
END_TEST

START_TEST(split_stream_is_put_together)
{
	shmem_handle *h = NULL;
	parts p;

	parts_make(&p, SOCK_STREAM);
	put(p.ends[0], p.desc, 1, p.fd, 1);
	put(p.ends[0], p.desc + 1, 40, -1, 0);
	put(p.ends[0], p.desc + 41, DESC - 41, -1, 0);
	put(p.ends[0], "next", 4, -1, 0);
	ok(shmem_handle_recv(p.ends[1], &h));
	ck_assert_uint_eq(shmem_handle_size(h), BYTES);
	shmem_handle_close(&h);
	/* What follows is not ours. */
	ck_assert_int_eq(recv(p.ends[1], p.desc, DESC, 0), 4);
	parts_close(&p);
}
END_TEST

START_TEST(second_descriptor_in_a_stream_is_refused)
{
	parts p;

	parts_make(&p, SOCK_STREAM);
	put(p.ends[0], p.desc, 10, p.fd, 1);
	put(p.ends[0], p.desc + 10, DESC - 10, p.fd, 1);
	refused(p.ends[1], SHMEM_E_PROTO);
	/* Nor as many as there are parts. */
	put(p.ends[0], p.desc, 10, p.fd, 8);
	put(p.ends[0], p.desc + 10, 10, p.fd, 8);
	put(p.ends[0], p.desc + 20, DESC - 20, p.fd, 3);
	refused(p.ends[1], SHMEM_E_PROTO);
	parts_close(&p);
}
END_TEST

START_TEST(stream_that_ends_early_is_refused)
{
	parts p;

	parts_make(&p, SOCK_STREAM);
	put(p.ends[0], p.desc, DESC - 1, p.fd, 1);
	shutdown(p.ends[0], SHUT_WR);
	refused(p.ends[1], SHMEM_E_PROTO);
	refused(p.ends[1], SHMEM_E_CLOSED);
	parts_close(&p);
	/* Nor does one that does not block wait for its rest. */
	parts_make(&p, SOCK_STREAM | SOCK_NONBLOCK);
	put(p.ends[0], p.desc, DESC - 1, p.fd, 1);
	refused(p.ends[1], SHMEM_E_PROTO);
	parts_close(&p);
}
END_TEST

START_TEST(closed_peer_is_told)
{
	shmem_handle *h = kind_made(BYTES, NULL);
	shmem_handle *got = NULL;
	int ends[2];

	pair(SOCK_STREAM, ends);
	close(ends[1]);
	fails(SHMEM_E_CLOSED, shmem_handle_send(ends[0], &h));
	ck_assert_ptr_nonnull(h);
	fails(SHMEM_E_CLOSED, shmem_handle_recv(ends[0], &got));
	close(ends[0]);
	shmem_handle_close(&h);
}
END_TEST

START_TEST(socket_that_does_not_block_says_again)
{
	shmem_handle *h = NULL;
	int ends[2];
	int err = 0;
	int sent = 0;

	pair(types[_i] | SOCK_NONBLOCK, ends);
	fails(SHMEM_E_AGAIN, shmem_handle_recv(ends[1], &h));
	while (err == 0 && sent < 10000) {
		h = kind_made(0, NULL);
		err = shmem_handle_send(ends[0], &h);
		if (err == 0)
			sent++;
	}
	fails(SHMEM_E_AGAIN, err);
	ck_assert_ptr_nonnull(h);
	shmem_handle_close(&h);
	for (; sent > 0; sent--) {
		ok(shmem_handle_recv(ends[1], &h));
		shmem_handle_close(&h);
	}
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(wrong_sockets_are_refused)
{
	shmem_handle *h = kind_made(1, NULL);
	shmem_handle *got = NULL;
	int inet = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int alone = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ends[2];

	ok(pipe2(ends, O_CLOEXEC));
	fails(SHMEM_E_INVAL, shmem_handle_send(inet, &h));
	fails(SHMEM_E_INVAL, shmem_handle_recv(inet, &got));
	fails(SHMEM_E_INVAL, shmem_handle_send(ends[1], &h));
	fails(SHMEM_E_INVAL, shmem_handle_recv(ends[0], &got));
	fails(SHMEM_E_INVAL, shmem_handle_send(alone, &h));
	fails(SHMEM_E_INVAL, shmem_handle_recv(alone, &got));
	fails(SHMEM_E_INVAL, shmem_handle_send(-1, &h));
	fails(SHMEM_E_INVAL, shmem_handle_recv(-1, &got));
	fails(SHMEM_E_INVAL, shmem_handle_send(alone, NULL));
	fails(SHMEM_E_INVAL, shmem_handle_send(alone, &got));
	fails(SHMEM_E_INVAL, shmem_handle_recv(alone, NULL));
	ck_assert_ptr_nonnull(h);
	shmem_handle_close(&h);
	close(inet);
	close(alone);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(no_free_descriptor_is_a_limit)
{
	struct rlimit before;
	struct rlimit none;
	shmem_handle *got = NULL;
	parts p;
	int err;

	parts_make(&p, types[_i]);
	put(p.ends[0], p.desc, DESC, p.fd, 1);
	ok(getrlimit(RLIMIT_NOFILE, &before));
	none = before;
	none.rlim_cur = 0;
	ok(setrlimit(RLIMIT_NOFILE, &none));
	err = shmem_handle_recv(p.ends[1], &got);
	ok(setrlimit(RLIMIT_NOFILE, &before));
	/* Valgrind takes no notice of the limit. */
	if (err == 0 && support_is_slow())
		shmem_handle_close(&got);
	else
		fails(SHMEM_E_LIMIT, err);
	parts_close(&p);
}
END_TEST

START_TEST(failed_calls_leave_the_handle)
{
	static const struct {
		int native;
		int err;
	} table[] = {
		{EAGAIN, SHMEM_E_AGAIN},      {EPIPE, SHMEM_E_CLOSED},
		{ECONNRESET, SHMEM_E_CLOSED}, {ETOOMANYREFS, SHMEM_E_LIMIT},
		{ENOBUFS, SHMEM_E_NOMEM},     {ENOMEM, SHMEM_E_NOMEM},
		{EIO, SHMEM_E_SYS},
	};
	shmem_handle *h = kind_made(1, NULL);
	shmem_handle *got = NULL;
	int ends[2];

	pair(SOCK_STREAM, ends);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		shmem__fault_arm(1, table[i].native, "sendmsg");
		fails(table[i].err, shmem_handle_send(ends[0], &h));
		ck_assert_ptr_nonnull(h);
	}
	shmem__fault_arm(1, EINTR, "sendmsg");
	ok(shmem_handle_send(ends[0], &h));
	shmem__fault_arm(1, EINTR, "recvmsg");
	ok(shmem_handle_recv(ends[1], &got));
	shmem__fault_arm(0, 0, NULL);
	shmem_handle_close(&got);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(named_handle_is_not_sent)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	char name[64];
	int ends[2];

	snprintf(name, sizeof(name), "test-pass.%d", (int)getpid());
	pair(SOCK_STREAM, ends);
	ok(shmem_handle_open_named(name, 1, SHMEM_OPEN_CREATE, SHMEM_RW, &h));
	fails(SHMEM_E_UNSUPPORTED, shmem_handle_send(ends[0], &h));
	ck_assert_ptr_nonnull(h);
	ok(shmem_handle_unlink_named(name));
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static void give(void *arg)
{
	shmem_handle *h = kind_made(BYTES, "gift");
	shmem_mapping *m = NULL;

	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	strcpy(shmem_mapping_data(m), "from the child");
	ok(shmem_handle_send(*(int *)arg, &h));
	shmem_mapping_close(&m);
}

START_TEST(gift_outlives_the_giver)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;
	shmem_handle *h = NULL;
	int ends[2];

	pair(types[_i], ends);
	ok(support_child(give, &ends[0]));
	ok(shmem_handle_recv(ends[1], &h));
	ck_assert_str_eq(shmem_handle_label(h), "gift");
	ok(shmem_mapping_open_take(&h, SHMEM_READ, &m));
	ck_assert_str_eq(shmem_mapping_data(m), "from the child");
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("handle_socket");
	TCase *t = support_case(s, "socket");

	tcase_add_loop_test(t, handles_cross_a_socket, 0, TYPES);
	tcase_add_loop_test(t, many_handles_stay_in_order, 0, TYPES);
	tcase_add_loop_test(t, gift_outlives_the_giver, 0, TYPES);
	tcase_add_loop_test(t, socket_that_does_not_block_says_again, 0, TYPES);
	tcase_add_test(t, closed_peer_is_told);
	tcase_add_test(t, wrong_sockets_are_refused);
	tcase_add_test(t, failed_calls_leave_the_handle);
	tcase_add_test(t, split_stream_is_put_together);
	tcase_add_test(t, named_handle_is_not_sent);
	t = support_case(s, "hostile");
	tcase_add_loop_test(t, wrong_number_of_descriptors_is_refused, 0,
			    TYPES);
	tcase_add_loop_test(t,
			    more_descriptors_than_there_is_room_for_are_refused,
			    0, TYPES);
	tcase_add_loop_test(t, descriptor_of_an_empty_handle_is_refused, 0,
			    TYPES);
	tcase_add_loop_test(t, other_bytes_are_refused, 0, TYPES);
	tcase_add_loop_test(t, untrusted_descriptor_is_refused, 0, TYPES);
	tcase_add_loop_test(t, no_free_descriptor_is_a_limit, 0, TYPES);
	tcase_add_test(t, short_or_long_packet_is_refused);
	tcase_add_test(t, second_descriptor_in_a_stream_is_refused);
	tcase_add_test(t, stream_that_ends_early_is_refused);
	return s;
}
SUPPORT_MAIN(suite)
