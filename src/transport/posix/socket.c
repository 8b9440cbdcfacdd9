/* SPDX-License-Identifier: MIT */
/* Sockets that keep packets apart and carry descriptors: AF_UNIX, SEQPACKET. */
#include "transport/socket.h"

#include "base/error.h"
#include "base/fault.h"
#include "transport/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Room for the most that the system passes (SCM_MAX_FD) and for the sender's
 * identity; anything less would lose what does not fit. */
#define CONTROL_ROOM                                                           \
	(CMSG_SPACE(SHMEM__SOCKET_DESCRIPTORS * sizeof(int)) +                 \
	 SHMEM__PEER_CONTROL)

int shmem__socket_pair(shmem_os_handle ret[2])
{
	int pair[2];

	if (SHMEM__OS(-1, socketpair,
		      (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) != 0)
		return shmem__fail_last();
	ret[0] = pair[0];
	ret[1] = pair[1];
	return 0;
}

int shmem__socket_check(shmem_os_handle sock)
{
	struct sockaddr_un peer = {.sun_family = AF_UNSPEC};
	socklen_t length = sizeof(peer);
	int type = 0;
	socklen_t type_length = sizeof(type);

	if (SHMEM__OS(-1, getsockopt,
		      ((int)sock, SOL_SOCKET, SO_TYPE, &type, &type_length)) !=
		    0 ||
	    type != SOCK_SEQPACKET)
		return shmem__fail_os(errno, SHMEM_E_INVAL);
	if (SHMEM__OS(-1, getpeername,
		      ((int)sock, (struct sockaddr *)&peer, &length)) != 0 ||
	    peer.sun_family != AF_UNIX)
		return shmem__fail_os(errno, SHMEM_E_INVAL);
	return 0;
}

int shmem__socket_prepare(shmem_os_handle sock, uint32_t queue)
{
	int bytes = queue > INT32_MAX / 2 ? INT32_MAX / 2 : (int)queue;
	int flags = SHMEM__OS(-1, fcntl, ((int)sock, F_GETFD));

	if (flags < 0 ||
	    SHMEM__OS(-1, fcntl, ((int)sock, F_SETFD, flags | FD_CLOEXEC)) != 0)
		return shmem__fail_last();
	if (SHMEM__OS(-1, setsockopt,
		      ((int)sock, SOL_SOCKET, SO_SNDBUF, &bytes,
		       sizeof(bytes))) != 0)
		return shmem__fail_last();
	return shmem__peer_ask((int)sock, true);
}

void shmem__socket_close(shmem_os_handle sock)
{
	close((int)sock);
}

void shmem__socket_shutdown(shmem_os_handle sock)
{
	(void)SHMEM__OS(-1, shutdown, ((int)sock, SHUT_RDWR));
}

/* Linux before 6.3 says so where the peer is closing at this very moment. */
static int connection_failed(void)
{
	if (errno == ECONNREFUSED || errno == ENOTCONN)
		return shmem__fail_os(errno, SHMEM_E_CLOSED);
	return shmem__fail_last();
}

static void put_descriptors(struct msghdr *msg, const shmem_os_handle *from,
			    size_t count)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int list[SHMEM__SOCKET_DESCRIPTORS];

	for (size_t i = 0; i < count; i++)
		list[i] = (int)from[i];
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(c), list, count * sizeof(int));
	msg->msg_controllen = CMSG_SPACE(count * sizeof(int));
}

int shmem__socket_send(shmem_os_handle sock, const void *bytes, size_t length,
		       const shmem_os_handle *descriptors, size_t count,
		       bool introduce)
{
	union {
		struct cmsghdr align;
		unsigned char bytes[CONTROL_ROOM];
	} control;
	struct iovec iov = {(void *)(uintptr_t)bytes, length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (count > 0) {
		memset(&control, 0, CMSG_SPACE(count * sizeof(int)));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		put_descriptors(&msg, descriptors, count);
	} else if (introduce) {
		memset(&control, 0, SHMEM__PEER_CONTROL);
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		shmem__peer_introduce(&msg);
	}
	do
		n = SHMEM__OS(-1, sendmsg,
			      ((int)sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT));
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ENOBUFS)
		return shmem__fail_os(errno, SHMEM_E_AGAIN);
	return n < 0 ? connection_failed() : 0;
}

static void close_all(const shmem_os_handle *descriptors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close((int)descriptors[i]);
}

/* Takes what the control messages bring; all of it is ours from here on. */
static void get_control(struct msghdr *msg, shmem_os_handle *descriptors,
			shmem__arrival *ret)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		size_t bytes = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type != SCM_RIGHTS) {
			shmem__peer_learn(c, &ret->pid, &ret->pidfd);
			continue;
		}
		for (size_t i = 0; i < bytes / sizeof(int); i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int),
			       sizeof(int));
			if (ret->count < SHMEM__SOCKET_DESCRIPTORS)
				descriptors[ret->count++] = fd;
			else
				close(fd);
		}
	}
}

int shmem__socket_recv(shmem_os_handle sock, void *bytes, size_t room,
		       shmem_os_handle *descriptors, shmem__arrival *ret)
{
	union {
		struct cmsghdr align;
		unsigned char bytes[CONTROL_ROOM];
	} control;
	struct iovec iov = {bytes, room};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	bool reset = false;
	ssize_t n;

	memset(ret, 0, sizeof(*ret));
	ret->pidfd = SHMEM_OS_HANDLE_INVALID;
	for (;;) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		n = SHMEM__OS(
			-1, recvmsg,
			((int)sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
		if (n >= 0 || (errno != EINTR && errno != ECONNRESET))
			break;
		/* The peer closed with packets of ours unread: said once, in
		 * front of what it sent us before. */
		if (errno == ECONNRESET && reset)
			break;
		reset = errno == ECONNRESET;
	}
	if (n < 0)
		return connection_failed();
	get_control(&msg, descriptors, ret);
	ret->length = (size_t)n;
	if (n > 0 && (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
		return 0;
	/* The end, or a packet that is none, which may bring things, too. */
	close_all(descriptors, ret->count);
	if (ret->pidfd != SHMEM_OS_HANDLE_INVALID)
		close((int)ret->pidfd);
	return n == 0 && ret->count == 0 ? SHMEM_E_CLOSED : SHMEM_E_PROTO;
}

void shmem__socket_introduced(shmem_os_handle sock)
{
	(void)shmem__peer_ask((int)sock, false);
}

int shmem__socket_reserve(shmem_os_handle sock, size_t count)
{
	int taken[SHMEM__SOCKET_DESCRIPTORS];
	size_t n = 0;
	int err = 0;

	while (n < count && n < SHMEM__SOCKET_DESCRIPTORS) {
		taken[n] =
			SHMEM__OS(-1, fcntl, ((int)sock, F_DUPFD_CLOEXEC, 0));
		if (taken[n] < 0) {
			err = shmem__fail_os(errno, SHMEM_E_LIMIT);
			break;
		}
		n++;
	}
	while (n > 0)
		close(taken[--n]);
	return err;
}

int shmem__socket_wait(shmem_os_handle sock, unsigned what,
		       shmem_os_handle pidfd, int timeout, unsigned *ret_ready,
		       bool *ret_dead)
{
	struct pollfd fds[2] = {{.fd = (int)sock}, {.fd = (int)pidfd}};
	int n;

	if ((what & SHMEM_POLL_READ) != 0)
		fds[0].events |= POLLIN;
	if ((what & SHMEM_POLL_WRITE) != 0)
		fds[0].events |= POLLOUT;
	fds[1].events = POLLIN;
	*ret_ready = 0;
	*ret_dead = false;
	n = SHMEM__OS(-1, poll, (fds, 2, timeout));
	if (n < 0 && errno != EINTR)
		return shmem__fail_last();
	if (n <= 0)
		return 0;
	if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		*ret_ready |= SHMEM_POLL_READ;
	if ((fds[0].revents & POLLOUT) != 0)
		*ret_ready |= SHMEM_POLL_WRITE;
	*ret_dead = fds[1].revents != 0;
	return 0;
}
