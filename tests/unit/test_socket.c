/* SPDX-License-Identifier: MIT */
/* Packets with descriptors between two sockets: whole, in order, or not at all;
 * on a stream, also when they come and go in pieces. */
#include "channels.h"

#include "base/codec.h"
#include "base/fault.h"
#include "transport/channel.h"
#include "transport/frame.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUEUE (1u << 20)

static shmem__socket s[2];
static unsigned char out[SHMEM__PACKET_MAX];
static unsigned char in[SHMEM__PACKET_MAX];
static shmem_os_handle got[SHMEM__SOCKET_DESCRIPTORS];
static shmem__arrival arrival;

static void setup(void)
{
	shmem_os_handle os[2];

	support_ok(shmem__socket_pair(QUEUE, os));
	for (int i = 0; i < 2; i++)
		support_ok(shmem__socket_open(os[i], QUEUE, &s[i]));
}

static void teardown(void)
{
	for (int i = 0; i < 2; i++)
		if (s[i].os != SHMEM_OS_HANDLE_INVALID)
			shmem__socket_close(&s[i]);
}

static void fill_out(size_t length, unsigned seed)
{
	for (size_t i = 0; i < length; i++)
		out[i] = (unsigned char)(seed + i * 7 + i / 251);
}

static int transmit(size_t length, unsigned seed)
{
	fill_out(length, seed);
	return shmem__socket_send(&s[0], out, length, NULL, 0, false);
}

static int receive(void)
{
	int err = shmem__socket_recv(&s[1], in, sizeof(in), got, &arrival);

	if (err == 0 && arrival.pidfd != SHMEM_OS_HANDLE_INVALID)
		close((int)arrival.pidfd);
	return err;
}

static void came(size_t length, unsigned seed)
{
	fill_out(length, seed);
	ck_assert_uint_eq(arrival.length, length);
	ck_assert_int_eq(memcmp(in, out, length), 0);
	ck_assert(!s[1].half);
}

static const size_t sizes[] = {1,         16,    4096,  30000,
			       32 * 1024, 40000, 70000, SHMEM__PACKET_MAX};
#define SIZES (int)(sizeof(sizes) / sizeof(sizes[0]))

START_TEST(a_full_socket_takes_nothing_of_the_next_packet)
{
	size_t length = sizes[_i];
	unsigned sent = 0;
	int err;

	/* Linux takes all of what it begins, given the room. */
	while ((err = transmit(length, sent)) == 0) {
		ck_assert(!s[0].unsent);
		sent++;
	}
	support_is(err, SHMEM_E_AGAIN);
	support_is(transmit(length, 99), SHMEM_E_AGAIN);
	ck_assert_uint_gt(sent, 0);
	for (unsigned i = 0; i < sent; i++) {
		support_ok(receive());
		came(length, i);
	}
	support_ok(shmem__socket_flush(&s[0]));
	support_is(receive(), SHMEM_E_AGAIN);
	support_ok(transmit(length, 5));
	support_ok(receive());
	came(length, 5);
}
END_TEST

/* A file that can be told from all others. */
static int a_file(void)
{
	char name[16];
	static int n;

	snprintf(name, sizeof(name), "%d", n++);
	return support_file(name, "x", 1);
}

static bool same_file(int fd, int other)
{
	struct stat a;
	struct stat b;

	ck_assert_int_eq(fstat(fd, &a), 0);
	ck_assert_int_eq(fstat(other, &b), 0);
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void drop(int fd)
{
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	close(fd);
}

/* Some with few, some with none, some with many, all waiting at once. */
START_TEST(descriptors_belong_to_their_packet)
{
	static const size_t counts[] = {1, 0, 3, 0, 0, 250, 1, 1, 0};
	int file = a_file();
	int other = a_file();

	for (unsigned i = 0; i < 9; i++) {
		shmem_os_handle list[250];

		for (size_t k = 0; k < counts[i]; k++)
			list[k] = k == 0 ? other : file;
		fill_out(100 + i, i);
		support_ok(shmem__socket_send(&s[0], out, 100 + i, list,
					      counts[i], false));
	}
	for (unsigned i = 0; i < 9; i++) {
		support_ok(receive());
		came(100 + i, i);
		ck_assert_uint_eq(arrival.count, counts[i]);
		for (size_t k = 0; k < counts[i]; k++) {
			ck_assert(
				same_file((int)got[k], k == 0 ? other : file));
			drop((int)got[k]);
		}
	}
	close(file);
	close(other);
}
END_TEST

START_TEST(what_was_sent_comes_before_the_end)
{
	support_ok(transmit(500, 1));
	support_ok(transmit(SHMEM__PACKET_MAX, 2));
	shmem__socket_close(&s[0]);
	support_ok(receive());
	came(500, 1);
	support_ok(receive());
	came(SHMEM__PACKET_MAX, 2);
	support_is(receive(), SHMEM_E_CLOSED);
	support_is(receive(), SHMEM_E_CLOSED);
}
END_TEST

#ifdef SUPPORT_POSIX
/* What a peer puts on the stream. */
static void put(const void *bytes, size_t length, int fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} c;
	struct iovec iov = {(void *)(uintptr_t)bytes, length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	memset(&c, 0, sizeof(c));
	if (fd >= 0) {
		msg.msg_control = &c;
		msg.msg_controllen = sizeof(c);
		c.align.cmsg_level = SOL_SOCKET;
		c.align.cmsg_type = SCM_RIGHTS;
		c.align.cmsg_len = (socklen_t)CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&c.align), &fd, sizeof(fd));
	}
	ck_assert_int_eq(sendmsg((int)s[0].os, &msg, 0), (ssize_t)length);
}

/* "abcdef" as a record. */
static const unsigned char record[] = {6,   0,   0,   0,   'a',
				       'b', 'c', 'd', 'e', 'f'};

START_TEST(bytes_may_come_one_by_one)
{
	int file = a_file();

	for (size_t i = 0; i < sizeof(record); i++) {
		support_is(receive(), SHMEM_E_AGAIN);
		ck_assert_int_eq(s[1].half, i > 0);
		put(record + i, 1, i == 0 ? file : -1);
	}
	/* They are here already: none need be free for them any more. */
	support_is(receive(), 0);
	ck_assert_uint_eq(arrival.length, 6);
	ck_assert_int_eq(memcmp(in, "abcdef", 6), 0);
	ck_assert_uint_eq(arrival.count, 1);
	ck_assert(same_file((int)got[0], file));
	drop((int)got[0]);
	close(file);
}
END_TEST

/* Those of the next packet lie behind this one in the stream. */
START_TEST(several_packets_may_come_at_once)
{
	unsigned char both[2 * sizeof(record)];
	int file = a_file();

	memcpy(both, record, sizeof(record));
	memcpy(both + sizeof(record), record, sizeof(record));
	put(both, sizeof(both), -1);
	put(record, sizeof(record), file);
	for (unsigned i = 0; i < 3; i++) {
		support_ok(receive());
		ck_assert_uint_eq(arrival.length, 6);
		ck_assert_uint_eq(arrival.count, i == 2);
	}
	drop((int)got[0]);
	close(file);
}
END_TEST

START_TEST(a_descriptor_in_the_middle_is_refused)
{
	size_t descriptors = support_descriptors();
	int file = a_file();
	size_t at = (size_t)_i + 1; /* with any byte but the first */

	put(record, at, file);
	support_is(receive(), SHMEM_E_AGAIN);
	put(record + at, sizeof(record) - at, file);
	support_is(receive(), SHMEM_E_PROTO);
	close(file);
	ck_assert_uint_eq(support_descriptors(), descriptors);
}
END_TEST

START_TEST(a_wrong_length_is_refused_before_anything_is_read)
{
	static const uint32_t lengths[] = {0, SHMEM__PACKET_MAX + 1, UINT32_MAX,
					   INT32_MAX};
	unsigned char prefix[4];
	size_t descriptors = support_descriptors();
	int file = a_file();

	shmem__put32(prefix, lengths[_i]);
	put(prefix, sizeof(prefix), file);
	close(file);
	support_is(receive(), SHMEM_E_PROTO);
	ck_assert_uint_eq(support_descriptors(), descriptors);
}
END_TEST

START_TEST(an_end_in_the_middle_is_the_end)
{
	size_t descriptors = support_descriptors();
	int file = a_file();

	put(record, (size_t)_i + 1, file);
	support_is(receive(), SHMEM_E_AGAIN);
	shmem__socket_shutdown(&s[0]);
	close(file);
	support_is(receive(), SHMEM_E_CLOSED);
	ck_assert(!s[1].half);
	ck_assert_uint_eq(support_descriptors(), descriptors);
}
END_TEST

/* Makes the system take packets in small pieces. */
static void make_narrow(shmem_os_handle os, int bytes)
{
	ck_assert_int_eq(setsockopt((int)os, SOL_SOCKET, SO_SNDBUF, &bytes,
				    sizeof(bytes)),
			 0);
}

START_TEST(what_was_not_taken_goes_before_all_else)
{
	int file = a_file();
	shmem_os_handle list[1] = {file};
	unsigned ready;
	bool dead;

	make_narrow(s[0].os, 1);
	fill_out(30000, 1);
	support_ok(shmem__socket_send(&s[0], out, 30000, list, 1, false));
	ck_assert(s[0].unsent);
	support_is(transmit(10, 2), SHMEM_E_AGAIN);
	support_is(shmem__socket_flush(&s[0]), SHMEM_E_AGAIN);
	support_ok(shmem__socket_wait(&s[0], SHMEM_POLL_WRITE, -1, 0, &ready,
				      &dead));
	ck_assert_uint_eq(ready, 0);
	support_is(receive(), SHMEM_E_AGAIN);
	ck_assert(s[1].half);
	support_ok(shmem__socket_reserve(&s[1], 250));
	/* Waiting for anything at all sends it, too. */
	while (s[0].unsent) {
		support_ok(shmem__socket_wait(&s[0], SHMEM_POLL_READ, -1,
					      SUPPORT_WAIT, &ready, &dead));
		ck_assert_uint_eq(ready, 0);
		if (s[0].unsent)
			support_is(receive(), SHMEM_E_AGAIN);
	}
	support_ok(receive());
	came(30000, 1);
	ck_assert_uint_eq(arrival.count, 1);
	ck_assert(same_file((int)got[0], file));
	drop((int)got[0]);
	close(file);
	support_ok(transmit(10, 2));
	support_ok(receive());
	came(10, 2);
}
END_TEST

START_TEST(nobody_gets_the_rest_after_the_end)
{
	make_narrow(s[0].os, 1);
	support_ok(transmit(30000, 1));
	ck_assert(s[0].unsent);
	shmem__socket_close(&s[1]);
	support_is(shmem__socket_flush(&s[0]), SHMEM_E_CLOSED);
	ck_assert(!s[0].unsent);
	support_is(transmit(10, 2), SHMEM_E_CLOSED);
}
END_TEST

static void flush_too(void *arg)
{
	(void)arg;
	support_is(shmem__socket_flush(&s[0]), SHMEM_E_AGAIN);
	support_is(transmit(10, 2), SHMEM_E_AGAIN);
}

START_TEST(a_fork_does_not_send_the_rest_once_more)
{
	make_narrow(s[0].os, 1);
	support_ok(transmit(30000, 1));
	ck_assert(s[0].unsent);
	support_is(receive(), SHMEM_E_AGAIN); /* there is room again */
	ck_assert_int_eq(support_child(flush_too, NULL), 0);
	while (shmem__socket_flush(&s[0]) == SHMEM_E_AGAIN)
		support_is(receive(), SHMEM_E_AGAIN);
	support_ok(receive());
	came(30000, 1);
	support_is(receive(), SHMEM_E_AGAIN);
}
END_TEST

/* ---- channels ---- */

static shmem_channel *a;
static shmem_channel *b;

static void close_channels(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

/* Both have rings, so that what takes the socket is counted there, too. */
static void with_rings(void)
{
	support_ok(shmem_channel_pair(NULL, &a, &b));
	for (int i = 0; i < 20; i++) {
		support_send_text(a, "to");
		support_recv_text(b, "to");
		support_send_text(b, "fro");
		support_recv_text(a, "fro");
	}
	ck_assert_ptr_nonnull(a->link.ring_out.shared);
	make_narrow(a->link.sock.os, 1);
}

/* A message that has to take the socket, and of which a part is on its way. */
static void send_a_part(void)
{
	static unsigned char body[30000];
	shmem_handle *h = support_handle(10);
	shmem_message *m = NULL;

	memset(body, 7, sizeof(body));
	support_ok(shmem_message_new(body, sizeof(body), &m));
	support_ok(shmem_message_push_handle(m, &h));
	/* In front of it goes a notice, which may be cut as well. */
	support_ok(shmem_channel_send(a, &m));
	ck_assert(a->link.sock.unsent);
}

static void check_it(shmem_message *m)
{
	const unsigned char *data = shmem_message_data(m);

	ck_assert_uint_eq(shmem_message_size(m), 30000);
	for (size_t i = 0; i < 30000; i++)
		ck_assert_uint_eq(data[i], 7);
	ck_assert_uint_eq(shmem_message_handles(m), 1);
	shmem_message_free(&m);
}

START_TEST(half_a_packet_is_neither_a_lie_nor_waited_for_in_vain)
{
	shmem_message *m = NULL;
	uint64_t begin;

	with_rings();
	send_a_part();
	support_is(shmem_channel_recv(b, 0, &m), SHMEM_E_AGAIN);
	begin = support_now();
	support_is(shmem_channel_recv(b, 50, &m), SHMEM_E_TIMEDOUT);
	ck_assert_uint_lt(support_now() - begin, 30000);
	/* What comes after it by the ring waits for it. */
	support_send_text(a, "after it");
	support_is(shmem_channel_recv(b, 0, &m), SHMEM_E_AGAIN);
	/* A loop comes back for the rest. */
	while (a->link.sock.unsent) {
		ck_assert_uint_ne(shmem_channel_wants(a) & SHMEM_POLL_WRITE, 0);
		support_settle(a);
		support_settle(b);
	}
	check_it(support_recv(b));
	support_recv_text(b, "after it");
}
END_TEST

static void take_some_in(void)
{
	support_ok(shmem_channel_dispatch(b));
}

/* There is a second for the rest; so it is taken in by whoever waits for that,
 * and not by a thread that gets its turn who knows when. */
START_TEST(closing_waits_for_the_rest)
{
	shmem_message *m = NULL;

	with_rings();
	send_a_part();
	/* A few pieces are left, not many. */
	make_narrow(a->link.sock.os, 8192);
	shmem__fault_arm(1, 0, "poll");
	shmem__fault_repeat(ULONG_MAX);
	shmem__fault_instead(take_some_in);
	shmem_channel_close(&a);
	ck_assert_uint_gt(shmem__fault_arm(0, 0, NULL), 0);
	check_it(support_recv(b));
	support_is(shmem_channel_recv(b, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
}
END_TEST

START_TEST(closing_does_not_wait_for_ever)
{
	shmem_message *m = NULL;
	unsigned long waits;
	uint64_t begin;

	with_rings();
	send_a_part();
	if (_i == 1)
		support_ok(shmem_channel_set_nonblocking(a, true));
	begin = support_now();
	shmem__fault_arm(0, 0, "poll");
	shmem_channel_close(&a);
	waits = shmem__fault_arm(0, 0, NULL);
	ck_assert_uint_lt(support_now() - begin, 30000);
	ck_assert_int_eq(waits == 0, _i == 1);
	support_is(shmem_channel_recv(b, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
}
END_TEST
#endif

static Suite *suite(void)
{
	Suite *suite = suite_create("socket");
	TCase *t = support_case(suite, "packets");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_full_socket_takes_nothing_of_the_next_packet,
			    0, SIZES);
	tcase_add_test(t, descriptors_belong_to_their_packet);
	tcase_add_test(t, what_was_sent_comes_before_the_end);
#ifdef SUPPORT_POSIX
	tcase_add_test(t, bytes_may_come_one_by_one);
	tcase_add_test(t, several_packets_may_come_at_once);
	tcase_add_loop_test(t, a_descriptor_in_the_middle_is_refused, 0, 9);
	tcase_add_loop_test(
		t, a_wrong_length_is_refused_before_anything_is_read, 0, 4);
	tcase_add_loop_test(t, an_end_in_the_middle_is_the_end, 0, 9);
	tcase_add_test(t, what_was_not_taken_goes_before_all_else);
	tcase_add_test(t, nobody_gets_the_rest_after_the_end);
	tcase_add_test(t, a_fork_does_not_send_the_rest_once_more);
	t = support_case(suite, "channels");
	tcase_add_checked_fixture(t, NULL, close_channels);
	tcase_add_test(t,
		       half_a_packet_is_neither_a_lie_nor_waited_for_in_vain);
	tcase_add_test(t, closing_waits_for_the_rest);
	tcase_add_loop_test(t, closing_does_not_wait_for_ever, 0, 2);
#endif
	return suite;
}
SUPPORT_MAIN(suite)
