/* SPDX-License-Identifier: MIT */
/*
 * One handle over the application's own AF_UNIX socket: its description, and
 * its descriptor beside it.
 */
#include "handle/handle.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0
#endif

/* One belongs to a message; with room for more a surplus is seen and closed. */
#define FDS_MAX 8

typedef union control_room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
} control_room;

typedef struct received {
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	size_t bytes;
	int fds[FDS_MAX];
	size_t fd_count;
	int flags; /* of all its parts */
} received;

static int socket_failed(void)
{
	int native = errno;

	switch (native) {
	case EBADF:
	case EINVAL: /* not connected, to some calls */
	case ENOTSOCK:
	case ENOTCONN:
	case EDESTADDRREQ:
	case EOPNOTSUPP:
		return shmem__fail_os(native, SHMEM_E_INVAL);
	case ENOBUFS:
		return shmem__fail_os(native, SHMEM_E_NOMEM);
	default:
		return shmem__fail_last();
	}
}

/* Only between sockets of this family can a descriptor travel. A stream may
 * split a message. */
static int check_socket(int sock, bool *ret_stream)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	int type = 0;
	socklen_t type_len = sizeof(type);

	if (getsockname(sock, (struct sockaddr *)&address, &len) != 0 ||
	    getsockopt(sock, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0)
		return socket_failed();
	*ret_stream = type == SOCK_STREAM;
	return address.ss_family == AF_UNIX ? 0 : SHMEM_E_INVAL;
}

static void wait_writable(int sock)
{
	struct pollfd p = {.fd = sock, .events = POLLOUT};

	SHMEM__OS(-1, poll, (&p, 1, -1));
}

/* A stream may take a part only; then the rest must follow, come what may. */
static int send_all(int sock, struct msghdr *msg)
{
	struct iovec *iov = msg->msg_iov;
	bool begun = false;

	while (iov->iov_len > 0) {
		ssize_t n = SHMEM__OS(-1, sendmsg, (sock, msg, MSG_NOSIGNAL));

		if (n >= 0) {
			begun = true;
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
			msg->msg_control = NULL;
			msg->msg_controllen = 0;
		} else if (errno != EINTR) {
			if (!begun || (errno != EAGAIN && errno != EWOULDBLOCK))
				return socket_failed();
			wait_writable(sock);
		}
	}
	return 0;
}

int shmem_handle_send(shmem_os_handle sock, shmem_handle **take)
{
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	struct iovec iov = {.iov_base = desc, .iov_len = sizeof(desc)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	control_room control;
	bool stream;
	int err;

	if (take == NULL || *take == NULL)
		return SHMEM_E_INVAL;
	if ((*take)->named)
		return SHMEM_E_UNSUPPORTED;
	err = check_socket((int)sock, &stream);
	if (err != 0)
		return err;
	shmem__handle_describe(*take, desc);
	if ((*take)->os != SHMEM_OS_HANDLE_INVALID) {
		int fd = (int)(*take)->os;
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = (socklen_t)CMSG_SPACE(sizeof(fd));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = (socklen_t)CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	err = send_all((int)sock, &msg);
	if (err == 0)
		shmem_handle_close(take);
	return err;
}

static void collect(struct msghdr *msg, received *r)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (r->fd_count < FDS_MAX)
				r->fds[r->fd_count++] = fd;
			else
				shmem__object_discard(fd);
		}
	}
}

/* The whole message, in parts where the socket is a stream. */
static int recv_all(int sock, bool stream, received *r)
{
	while (r->bytes < sizeof(r->desc)) {
		struct iovec iov = {.iov_base = r->desc + r->bytes,
				    .iov_len = sizeof(r->desc) - r->bytes};
		control_room control;
		struct msghdr msg = {.msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = control.bytes,
				     .msg_controllen = sizeof(control.bytes)};
		ssize_t n =
			SHMEM__OS(-1, recvmsg, (sock, &msg, MSG_CMSG_CLOEXEC));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return r->bytes == 0 ? socket_failed() : SHMEM_E_PROTO;
		collect(&msg, r);
		r->flags |= msg.msg_flags;
		if (n == 0)
			return r->bytes == 0 && r->fd_count == 0
				       ? SHMEM_E_CLOSED
				       : SHMEM_E_PROTO;
		r->bytes += (size_t)n;
		if (!stream || (r->flags & MSG_CTRUNC) != 0)
			break;
	}
	return 0;
}

static int check_message(const received *r)
{
	shmem__object_facts claim;
	char label[SHMEM_LABEL_MAX + 1];
	bool empty;

	/* Cut off though there was room: no number was free for it here. */
	if ((r->flags & MSG_CTRUNC) != 0 && r->fd_count < FDS_MAX)
		return SHMEM_E_LIMIT;
	if ((r->flags & (MSG_CTRUNC | MSG_TRUNC)) != 0 ||
	    shmem__handle_claim(r->desc, r->bytes, &claim, label, &empty) ||
	    r->fd_count != (empty ? 0 : 1))
		return SHMEM_E_PROTO;
	return 0;
}

int shmem_handle_recv(shmem_os_handle sock, shmem_handle **ret)
{
	shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;
	received r = {.bytes = 0};
	bool stream = false;
	int err;

	if (ret == NULL)
		return SHMEM_E_INVAL;
	err = check_socket((int)sock, &stream);
	if (err != 0)
		return err;
	err = recv_all((int)sock, stream, &r);
	if (err == 0)
		err = check_message(&r);
	if (err == 0) {
		if (r.fd_count == 1)
			os = r.fds[0];
		err = shmem_handle_unpack(r.desc, r.bytes, os, ret);
		if (err == 0 || err == SHMEM_E_UNTRUSTED)
			r.fd_count = 0;
	}
	for (size_t i = 0; i < r.fd_count; i++)
		shmem__object_discard(r.fds[i]);
	return err;
}
