/* SPDX-License-Identifier: MIT */
/* Peers that flood whoever listens. */
#include "flood.h"

#include "base/codec.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096u
#define RING ((uint64_t)131072)
#define PACKET_MAX (96u * 1024)
#define THEIRS(slot, generation)                                               \
	((uint64_t)(generation) << 32 | (uint64_t)(slot) << 1 | 1)

static support_raw raw;

static int reach(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SUPPORT_SOCKET | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (sock < 0 || connect(sock, (struct sockaddr *)&at, sizeof(at)) != 0)
		support_exit(2);
	return sock;
}

static void say_hello(bool ring)
{
	unsigned char *at = support_raw_frame(&raw, RAW_HELLO, 64);

	support_raw_hello(at, 1);
	at[16] = ring;
	support_raw_send(&raw);
}

/* A raw peer that has greeted. */
static void begin(const char *path, bool ring)
{
	int room = 4 << 20;

	memset(&raw, 0, sizeof(raw));
	raw.sock = reach(path);
	raw.length = 16;
	(void)setsockopt(raw.sock, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	say_hello(ring);
}

/* ---- connections ---- */

/* In turn: gone at once, half a greeting, a greeting and gone, a greeting and
 * half a packet; and whoever says nothing, until its wave is over. */
static int come(const char *path, unsigned how)
{
	memset(&raw, 0, sizeof(raw));
	raw.sock = reach(path);
	raw.length = 16;
	switch (how % 5) {
	case 0:
		break;
	case 1:
		support_raw_frame(&raw, RAW_HELLO, 24);
		(void)send(raw.sock, raw.out, 40, MSG_NOSIGNAL);
		break;
	case 2:
		say_hello(false);
		break;
	case 3:
		say_hello(false);
		(void)send(raw.sock, raw.out, 7, MSG_NOSIGNAL);
		break;
	default:
		return raw.sock;
	}
	close(raw.sock);
	return -1;
}

void flood_connections(void *path)
{
	int silent[FLOOD_WAVE];
	unsigned n = 0;

	for (unsigned i = 0; i < FLOOD_CONNECTIONS; i++) {
		int sock = come(path, i);

		if (sock >= 0)
			silent[n++] = sock;
		if (i % FLOOD_WAVE == FLOOD_WAVE - 1)
			while (n > 0)
				close(silent[--n]);
	}
}

/* ---- packets ---- */

void flood_nothing(void *path)
{
	begin(path, false);
	for (;;) {
		while (raw.length + 8 <= PACKET_MAX)
			support_raw_frame(&raw, RAW_FREE, 0);
		support_raw_send(&raw);
	}
}

static void drop_by_drop(const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (send(raw.sock, bytes + i, 1, MSG_NOSIGNAL) != 1)
			support_exit(4);
}

/* A long packet, of which each byte comes by itself: on a stream, that is. */
static void drip(void)
{
	static unsigned char bytes[PACKET_MAX];
	int there = raw.sock;
	int pair[2];
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		support_exit(3);
	while (raw.length + 8 <= PACKET_MAX / 8)
		support_raw_frame(&raw, RAW_FREE, 0);
	raw.sock = pair[0];
	support_raw_send(&raw);
	raw.sock = there;
	close(pair[0]);
	while ((n = recv(pair[1], bytes, sizeof(bytes), 0)) > 0)
		drop_by_drop(bytes, (size_t)n);
	close(pair[1]);
}

void flood_bytes(void *path)
{
	static const unsigned char bell[] = {1, 0, 0, 0, 1};

	begin(path, true);
	shmem__put64(support_raw_frame(&raw, RAW_RING, 8), RING);
	raw.fd[raw.fds++] = support_memfd(PAGE + RING, RAW_SEALS);
	support_raw_send(&raw);
	if (SUPPORT_SOCKET != SOCK_STREAM)
		for (;;)
			drop_by_drop(bell + 4, 1);
	for (;;) {
		drip();
		for (int i = 0; i < 1000; i++)
			drop_by_drop(bell, sizeof(bell));
	}
}

void flood_requests(void *path)
{
	begin(path, false);
	for (uint64_t call = 1;; call++) {
		support_raw_message(&raw, RAW_REQUEST, call, 0);
		if (raw.length + 32 > PACKET_MAX)
			support_raw_send(&raw);
	}
}

static void announce(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		support_raw_announce(&raw, first + i, PAGE,
				     support_memfd(PAGE, RAW_SEALS));
	support_raw_send(&raw);
}

void flood_memory(void *path)
{
	begin(path, false);
	for (uint32_t round = 1;; round++) {
		unsigned char *at;

		for (uint32_t i = 0; i < 20; i++)
			announce(i * 250, 250);
		at = support_raw_frame(&raw, RAW_RETIRE, (size_t)5000 * 8);
		for (uint32_t i = 0; i < 5000; i++)
			shmem__put64(at + (size_t)i * 8, THEIRS(i, round));
		support_raw_send(&raw);
	}
}

void flood_handles(void *path)
{
	begin(path, false);
	for (;;) {
		for (int i = 0; i < 200; i++)
			support_raw_handle(&raw, PAGE, 3,
					   support_memfd(PAGE, RAW_SEALS));
		support_raw_message(&raw, RAW_PLAIN, 0, 0);
		support_raw_send(&raw);
	}
}

/* ---- sockets within sockets ---- */

static bool pass(int over, const int *fd, size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(RAW_FDS * sizeof(int))];
	} control;
	struct iovec iov = {"x", 1};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int))};
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(c), fd, count * sizeof(int));
	return sendmsg(over, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

/* A socket whose queue holds one whose queue holds one …, and all of them
 * themselves. */
static int nested(unsigned depth)
{
	int inner = -1;

	for (unsigned i = 0; i < depth; i++) {
		int pair[2];
		int list[3];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			       pair) != 0)
			support_exit(3);
		list[0] = pair[0];
		list[1] = pair[1];
		list[2] = inner;
		(void)pass(pair[0], list, inner < 0 ? 2 : 3);
		close(pair[0]);
		if (inner >= 0)
			close(inner);
		inner = pair[1];
	}
	return inner;
}

void flood_sockets(void *path)
{
	for (int round = 0; round < 20; round++) {
		begin(path, false);
		for (uint32_t i = 0; i < 250; i++)
			support_raw_announce(&raw, i, PAGE, nested(4));
		support_raw_send(&raw);
		close(raw.sock);
	}
}

/* ---- silence ---- */

void flood_silence(void *path)
{
	begin(path, true);
	for (;;)
		pause();
}

/* ---- who means well ---- */

void flood_victim(void *path)
{
	shmem_channel *c = NULL;

	support_ok(shmem_channel_connect(path, NULL, 60000, &c));
	for (;;) {
		shmem_message *m = support_text("are you there?");
		shmem_message *reply = NULL;

		support_ok(shmem_channel_call(c, &m, 60000, &reply));
		shmem_message_free(&reply);
	}
}

/* ---- measures ---- */

/* How long this thread has waited for a processor, though it could have run. */
static bool delayed_ns(unsigned long long *ret)
{
	FILE *file = fopen("/proc/thread-self/schedstat", "re");
	bool told = file != NULL && fscanf(file, "%*u %llu", ret) == 1;

	if (file != NULL)
		fclose(file);
	return told;
}

uint64_t flood_own_us(void)
{
	unsigned long long delayed = 0;
	struct timespec t;

	if (delayed_ns(&delayed))
		clock_gettime(CLOCK_MONOTONIC, &t);
	else
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000 -
	       delayed / 1000;
}

size_t flood_resident(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	size_t pages = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%*s %zu", &pages), 1);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

static bool is_slow(void)
{
	return support_is_slow() || support_lacks(SUPPORT_NATIVE) != NULL;
}

uint64_t flood_took(flood_turns *turns, uint64_t begin)
{
	uint64_t end = flood_own_us();
	/* Two clocks need not agree on a microsecond. */
	uint64_t us = end > begin ? end - begin : 0;

	turns->count++;
	turns->late += us > (is_slow() ? 500000 : 10000);
	if (us > turns->longest_us)
		turns->longest_us = us;
	return us;
}

void flood_check_turns(const flood_turns *turns)
{
	ck_assert_msg(turns->late * 50 <= turns->count, "%d of %d turns late",
		      (int)turns->late, (int)turns->count);
	ck_assert_uint_lt(turns->longest_us, is_slow() ? 10000000 : 500000);
}

void flood_end(pid_t child)
{
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
