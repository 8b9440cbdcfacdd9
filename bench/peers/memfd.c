/* SPDX-License-Identifier: MIT */
/*
 * The plain way to hand over memory: for each message a fresh memfd, whose
 * descriptor goes over a socket. No byte is copied, but every page is faulted
 * in at both sides.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../pair.h"

struct state {
	int ends[2];
	int sock; /* this side's */
	int fd;   /* of the message being written */
};

static const char *prepare(struct bench_cell *cell)
{
	static struct state state;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, state.ends) !=
	    0)
		return "socketpair failed";
	cell->state = &state;
	return NULL;
}

static void discard(struct bench_cell *cell)
{
	struct state *state = cell->state;

	close(state->ends[0]);
	close(state->ends[1]);
}

static void open_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	state->sock = state->ends[side];
	close(state->ends[1 - side]);
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	(void)side;
	close(((struct state *)cell->state)->sock);
}

static void *map(struct bench_cell *cell, int fd)
{
	void *data = mmap(NULL, cell->bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			  fd, 0);

	if (data == MAP_FAILED)
		bench_die(cell->pair, "mmap");
	return data;
}

static void *acquire(struct bench_cell *cell)
{
	struct state *state = cell->state;

	state->fd = memfd_create("bench", MFD_CLOEXEC);
	if (state->fd < 0 || ftruncate(state->fd, (off_t)cell->bytes) != 0)
		bench_die(cell->pair, "memfd");
	return map(cell, state->fd);
}

/* The one control message that either side needs room for. */
union control {
	struct cmsghdr header;
	unsigned char space[CMSG_SPACE(sizeof(int))];
};

static void send_message(struct bench_cell *cell, void *buffer)
{
	struct state *state = cell->state;
	unsigned char byte = 1;
	struct iovec part = {&byte, 1};
	union control control = {0};
	struct msghdr msg = {.msg_iov = &part,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control.space)};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &state->fd, sizeof(int));
	if (sendmsg(state->sock, &msg, MSG_NOSIGNAL) != 1)
		bench_die(cell->pair, "sendmsg");
	munmap(buffer, cell->bytes);
	close(state->fd);
}

static void receive_packet(struct bench_cell *cell, struct msghdr *msg)
{
	struct state *state = cell->state;
	int flags = MSG_CMSG_CLOEXEC | (cell->spin ? MSG_DONTWAIT : 0);
	ssize_t n;

	while ((n = recvmsg(state->sock, msg, flags)) < 0 && errno == EAGAIN)
		bench_relax();
	if (n != 1)
		bench_die(cell->pair, "recvmsg");
}

static void await(struct bench_cell *cell)
{
	unsigned char byte;
	struct iovec part = {&byte, 1};
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};

	receive_packet(cell, &msg);
}

static const void *receive(struct bench_cell *cell)
{
	unsigned char byte;
	struct iovec part = {&byte, 1};
	union control control = {0};
	struct msghdr msg = {.msg_iov = &part,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control.space)};
	void *data;
	int fd;

	receive_packet(cell, &msg);
	if (control.header.cmsg_type != SCM_RIGHTS)
		bench_die(cell->pair, "no descriptor came");
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(int));
	data = map(cell, fd);
	close(fd);
	return data;
}

static void release(struct bench_cell *cell, const void *buffer, bool answer)
{
	struct state *state = cell->state;
	unsigned char byte = 1;

	munmap((void *)(uintptr_t)buffer, cell->bytes);
	if (answer && send(state->sock, &byte, 1, MSG_NOSIGNAL) != 1)
		bench_die(cell->pair, "send");
}

const struct bench_peer peer_memfd = {
	.name = "memfd a message",
	.what = "a fresh memfd for each message, sent by SCM_RIGHTS",
	.max_bytes = BENCH_GIB,
	BENCH_PEER_CALLS(discard),
};
