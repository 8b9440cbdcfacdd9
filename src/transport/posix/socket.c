/* SPDX-License-Identifier: MIT */
/*
 * Packets over a stream: each with its length in front (docs/wire-format.md).
 *
 * The system may take a part of a packet. The rest is kept and sent before
 * anything else is; until that is done there is no room for another packet.
 * Descriptors go with the first byte. Whoever receives never reads beyond the
 * packet that it is at, so that whatever comes with its first byte is that
 * packet's, and what comes with another byte is an error.
 */
#include "transport/socket.h"

#include "base/codec.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "handle/os.h"
#include "handle/posix/fd.h"
#include "transport/frame.h"
#include "transport/posix/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PREFIX 4u /* bytes of the length */
#define RECORD_MAX (PREFIX + SHMEM__PACKET_MAX)

/*
 * A packet that systems may cut is only begun where the socket holds less than
 * this; then its rest goes into what the socket may hold in all, at once. Small
 * ones are taken whole, at least by Linux, whatever the socket holds.
 */
#define LARGE (32u << 10)
#define LARGE_QUEUE (80u << 10)

struct shmem__socket_state {
	int queue; /* bytes that the socket is to hold */

	/* Unsent: out[out_sent .. out_length), by the process that sent what
	 * was before it; in a fork of that the same bytes are only a copy. */
	unsigned char out[RECORD_MAX];
	size_t out_sent;
	size_t out_length;
	int out_process;

	/* Received: the first bytes of a packet, and all its descriptors. */
	unsigned char in[RECORD_MAX];
	size_t in_length;
	shmem_os_handle descriptor[SHMEM__SOCKET_DESCRIPTORS];
	size_t descriptors;
};

static int set_queue(int fd, int bytes)
{
	if (SHMEM__OS(-1, setsockopt,
		      (fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes))) != 0)
		return shmem__fail_last();
	return 0;
}

/* As much of it as the system gives: some refuse what is too much. */
static int size_queue(int fd, uint32_t wish, int *ret)
{
	int bytes = wish > INT32_MAX / 2 ? INT32_MAX / 2 : (int)wish;
	int err;

	while ((err = set_queue(fd, bytes)) != 0 && bytes > (int)LARGE_QUEUE)
		bytes /= 2;
	if (err == 0)
		*ret = bytes;
	return err;
}

#if defined(SO_NOSIGPIPE)
static int no_signal(int fd)
{
	int on = 1;

	if (SHMEM__OS(-1, setsockopt,
		      (fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on))) != 0)
		return shmem__fail_last();
	return 0;
}
#else
static int no_signal(int fd)
{
	(void)fd; /* each send asks for it */
	return 0;
}
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

static int prepare(int fd, uint32_t wish, int *ret_queue)
{
	int err;
	int flags = SHMEM__OS(-1, fcntl, (fd, F_GETFL));

	if (flags < 0 ||
	    SHMEM__OS(-1, fcntl, (fd, F_SETFL, flags | O_NONBLOCK)) != 0)
		return shmem__fail_last();
	err = size_queue(fd, wish, ret_queue);
	return err != 0 ? err : no_signal(fd);
}

int shmem__socket_open(shmem_os_handle take_os, uint32_t queue,
		       shmem__socket *ret)
{
	struct shmem__socket_state *state = shmem__calloc(1, sizeof(*state));
	shmem_os_handle os = take_os;
	int err;

	if (state == NULL)
		return SHMEM_E_NOMEM;
	if (shmem__fd_is_standard((int)take_os))
		err = shmem__fd_copy((int)take_os, &os);
	else
		err = shmem__object_set_inheritable(os, false);
	if (err == 0)
		err = prepare((int)os, queue, &state->queue);
	if (err != 0) {
		if (os != take_os)
			shmem__object_close(os);
		shmem__free(state);
		return err;
	}
	if (os != take_os)
		shmem__object_close(take_os);
	*ret = (shmem__socket){.os = os, .state = state};
	return 0;
}

static void drop_half(shmem__socket *sock)
{
	struct shmem__socket_state *state = sock->state;

	shmem__unix_close_all(state->descriptor, state->descriptors);
	state->descriptors = 0;
	state->in_length = 0;
	sock->half = false;
}

void shmem__socket_close(shmem__socket *sock)
{
	if (sock->state != NULL)
		drop_half(sock);
	shmem__free(sock->state);
	sock->state = NULL;
	close((int)sock->os);
	sock->os = SHMEM_OS_HANDLE_INVALID;
}

static ssize_t transmit(int fd, const struct msghdr *msg)
{
	ssize_t n;

	do
		n = SHMEM__OS(-1, sendmsg, (fd, msg, MSG_NOSIGNAL));
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == ENOBUFS || errno == EWOULDBLOCK))
		errno = EAGAIN;
	return n;
}

/* As much as there is room for. */
static int push(shmem__socket *sock)
{
	struct shmem__socket_state *state = sock->state;

	while (state->out_sent < state->out_length) {
		struct iovec iov = {state->out + state->out_sent,
				    state->out_length - state->out_sent};
		struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
		ssize_t n = transmit((int)sock->os, &msg);

		if (n < 0)
			return shmem__unix_failed();
		state->out_sent += (size_t)n;
	}
	sock->unsent = false;
	return 0;
}

int shmem__socket_flush(shmem__socket *sock)
{
	int err;

	if (!sock->unsent)
		return 0;
	if (sock->state->out_process != shmem__process_id())
		return SHMEM_E_AGAIN;
	err = push(sock);
	if (err == SHMEM_E_CLOSED) /* nobody is there to send it to */
		sock->unsent = false;
	return err;
}

/* The rest of a packet after its first `sent` bytes is sent as soon as there is
 * room. */
static void keep_rest(shmem__socket *sock, const struct iovec parts[2],
		      size_t sent)
{
	struct shmem__socket_state *state = sock->state;

	memcpy(state->out, parts[0].iov_base, parts[0].iov_len);
	memcpy(state->out + parts[0].iov_len, parts[1].iov_base,
	       parts[1].iov_len);
	state->out_length = parts[0].iov_len + parts[1].iov_len;
	state->out_sent = sent;
	state->out_process = shmem__process_id();
	sock->unsent = true;
	(void)push(sock); /* what fails now fails again, and is told then */
}

/* Begins a packet. */
static ssize_t begin(const shmem__socket *sock, const struct msghdr *msg)
{
	bool large = msg->msg_iov[1].iov_len > LARGE;
	int fd = (int)sock->os;
	ssize_t n;
	int native;

	if (large)
		(void)set_queue(fd, (int)LARGE_QUEUE);
	n = transmit(fd, msg);
	native = errno;
	if (large)
		(void)set_queue(fd, sock->state->queue);
	errno = native;
	return n;
}

int shmem__socket_send(shmem__socket *sock, const void *bytes, size_t length,
		       const shmem_os_handle *descriptors, size_t count,
		       bool introduce)
{
	union {
		struct cmsghdr align;
		unsigned char bytes[SHMEM__UNIX_RIGHTS];
	} control;
	unsigned char prefix[PREFIX];
	struct iovec parts[2] = {{prefix, PREFIX},
				 {(void *)(uintptr_t)bytes, length}};
	struct msghdr msg = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;
	int err = shmem__socket_flush(sock);

	(void)introduce; /* there is nothing that a peer could rely on */
	if (err != 0)
		return err;
	shmem__put32(prefix, (uint32_t)length);
	if (count > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		shmem__unix_put_rights(&msg, descriptors, count);
	}
	n = begin(sock, &msg);
	if (n < 0)
		return shmem__unix_failed();
	if ((size_t)n < PREFIX + length)
		keep_rest(sock, parts, (size_t)n);
	return 0;
}

/* Those that came with what was just read. E_PROTO: not all, or not with the
 * first byte. */
static int take_descriptors(struct shmem__socket_state *state,
			    struct msghdr *msg, bool first)
{
	size_t before = state->descriptors;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			shmem__unix_get_rights(c, state->descriptor,
					       &state->descriptors);
	for (size_t i = before; i < state->descriptors; i++)
		(void)fcntl((int)state->descriptor[i], F_SETFD, FD_CLOEXEC);
	if ((msg->msg_flags & MSG_CTRUNC) != 0 ||
	    (!first && state->descriptors != before))
		return SHMEM_E_PROTO;
	return 0;
}

/* Reads at most up to in[want), once. */
static int read_some(shmem__socket *sock, size_t want)
{
	struct shmem__socket_state *state = sock->state;
	union {
		struct cmsghdr align;
		unsigned char bytes[SHMEM__UNIX_RIGHTS];
	} control;
	struct iovec iov = {state->in + state->in_length,
			    want - state->in_length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	bool reset = false;
	ssize_t n;
	int err;

	for (;;) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		n = SHMEM__OS(-1, recvmsg, ((int)sock->os, &msg, 0));
		if (n >= 0 || (errno != EINTR && errno != ECONNRESET))
			break;
		/* The peer closed with packets of ours unread: said once, in
		 * front of what it sent us before. */
		if (errno == ECONNRESET && reset)
			break;
		reset = errno == ECONNRESET;
	}
	if (n < 0)
		return shmem__unix_failed();
	err = take_descriptors(state, &msg, state->in_length == 0);
	state->in_length += (size_t)n;
	sock->half = state->in_length > 0;
	if (err != 0)
		return err;
	return n == 0 ? SHMEM_E_CLOSED : 0;
}

/* Reads until there are `want` bytes. */
static int read_up_to(shmem__socket *sock, size_t want)
{
	int err = 0;

	while (err == 0 && sock->state->in_length < want)
		err = read_some(sock, want);
	return err;
}

static int read_packet(shmem__socket *sock, size_t room, size_t *ret_length)
{
	uint32_t length;
	int err = read_up_to(sock, PREFIX);

	if (err != 0)
		return err;
	length = shmem__get32(sock->state->in);
	if (length == 0 || length > room || length > SHMEM__PACKET_MAX)
		return SHMEM_E_PROTO;
	*ret_length = length;
	return read_up_to(sock, PREFIX + length);
}

int shmem__socket_recv(shmem__socket *sock, void *bytes, size_t room,
		       shmem_os_handle *descriptors, shmem__arrival *ret)
{
	struct shmem__socket_state *state = sock->state;
	size_t length = 0;
	int err;

	memset(ret, 0, sizeof(*ret));
	ret->pidfd = SHMEM_OS_HANDLE_INVALID;
	(void)shmem__socket_flush(sock);
	err = read_packet(sock, room, &length);
	if (err == SHMEM_E_CLOSED || err == SHMEM_E_PROTO)
		drop_half(sock);
	if (err != 0)
		return err;
	memcpy(bytes, state->in + PREFIX, length);
	memcpy(descriptors, state->descriptor,
	       state->descriptors * sizeof(*descriptors));
	ret->length = length;
	ret->count = state->descriptors;
	state->descriptors = 0;
	state->in_length = 0;
	sock->half = false;
	return 0;
}

void shmem__socket_introduced(shmem__socket *sock)
{
	(void)sock;
}
