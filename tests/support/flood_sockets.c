/* SPDX-License-Identifier: MIT */
/* Floods as sockets and forks have them. */
#include "flood.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DRIP_MAX (12u * 1024)

static int reach(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SUPPORT_SOCKET | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (sock < 0 || connect(sock, (struct sockaddr *)&at, sizeof(at)) != 0)
		support_exit(2);
	return sock;
}

void flood_reach(support_raw *raw, const char *path)
{
	int room = 4 << 20;

	memset(raw, 0, sizeof(*raw));
	raw->sock = reach(path);
	raw->length = 16;
	(void)setsockopt(raw->sock, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
}

void flood_leave(support_raw *raw)
{
	close(raw->sock);
}

void flood_try(support_raw *raw, const void *bytes, size_t length)
{
	(void)send(raw->sock, bytes, length, MSG_NOSIGNAL);
}

/* ---- bytes ---- */

static void drop_by_drop(support_raw *raw, const unsigned char *bytes,
			 size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (send(raw->sock, bytes + i, 1, MSG_NOSIGNAL) != 1)
			support_exit(4);
}

/* A long packet, of which each byte comes by itself: on a stream, that is. */
static void drip(support_raw *raw)
{
	static unsigned char bytes[DRIP_MAX];
	int there = raw->sock;
	int pair[2];
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		support_exit(3);
	while (raw->length + 8 <= DRIP_MAX)
		support_raw_frame(raw, RAW_FREE, 0);
	raw->sock = pair[0];
	support_raw_send(raw);
	raw->sock = there;
	close(pair[0]);
	while ((n = recv(pair[1], bytes, sizeof(bytes), 0)) > 0)
		drop_by_drop(raw, bytes, (size_t)n);
	close(pair[1]);
}

void flood_byte_by_byte(support_raw *raw)
{
	static const unsigned char bell[] = {1, 0, 0, 0, 1};

	if (SUPPORT_SOCKET != SOCK_STREAM) {
		drop_by_drop(raw, bell + 4, 1);
		return;
	}
	drip(raw);
	for (int i = 0; i < 1000; i++)
		drop_by_drop(raw, bell, sizeof(bell));
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
	static support_raw raw;

	for (int round = 0; round < 20; round++) {
		flood_greet(&raw, path);
		for (uint32_t i = 0; i < 250; i++)
			support_raw_announce(&raw, i, 4096, nested(4));
		support_raw_send(&raw);
		flood_leave(&raw);
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

pid_t flood_start(support_fn *what, char *path)
{
	return support_fork_apart(what, path);
}
