/* SPDX-License-Identifier: MIT */
/* Sockets that keep packets apart, and tell who sent them: SEQPACKET. */
#include "transport/socket.h"

#include "base/error.h"
#include "base/fault.h"
#include "handle/os.h"
#include "handle/posix/fd.h"
#include "transport/linux/peer.h"
#include "transport/posix/unix.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Room for the most that the system passes (SCM_MAX_FD) and for the sender's
 * identity; anything less would lose what does not fit. */
#define CONTROL_ROOM (SHMEM__UNIX_RIGHTS + SHMEM__PEER_CONTROL)

int shmem__socket_open(shmem_os_handle take_os, uint32_t queue,
		       shmem__socket *ret)
{
	shmem_os_handle os = take_os;
	int bytes = queue > INT32_MAX / 2 ? INT32_MAX / 2 : (int)queue;
	int err = 0;

	if (shmem__fd_is_standard((int)take_os))
		err = shmem__fd_copy((int)take_os, &os);
	else
		err = shmem__object_set_inheritable(os, false);
	if (err != 0)
		return err;
	if (SHMEM__OS(-1, setsockopt,
		      ((int)os, SOL_SOCKET, SO_SNDBUF, &bytes,
		       sizeof(bytes))) != 0)
		err = shmem__fail_last();
	if (err == 0)
		err = shmem__peer_ask((int)os, true);
	if (os != take_os)
		shmem__object_close(err == 0 ? take_os : os);
	if (err == 0)
		*ret = (shmem__socket){.os = os};
	return err;
}

void shmem__socket_close(shmem__socket *sock)
{
	close((int)sock->os);
	sock->os = SHMEM_OS_HANDLE_INVALID;
}

/* A packet is never cut. */
int shmem__socket_flush(shmem__socket *sock)
{
	(void)sock;
	return 0;
}

int shmem__socket_send(shmem__socket *sock, const void *bytes, size_t length,
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
		shmem__unix_put_rights(&msg, descriptors, count);
	} else if (introduce) {
		memset(&control, 0, SHMEM__PEER_CONTROL);
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		shmem__peer_introduce(&msg);
	}
	do
		n = SHMEM__OS(
			-1, sendmsg,
			((int)sock->os, &msg, MSG_NOSIGNAL | MSG_DONTWAIT));
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ENOBUFS)
		return shmem__fail_os(errno, SHMEM_E_AGAIN);
	return n < 0 ? shmem__unix_failed() : 0;
}

/* Takes what the control messages bring; all of it is ours from here on. */
static void get_control(struct msghdr *msg, shmem_os_handle *descriptors,
			shmem__arrival *ret)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS)
			shmem__unix_get_rights(c, descriptors, &ret->count);
		else
			shmem__peer_learn(c, &ret->pid, &ret->pidfd);
	}
}

int shmem__socket_recv(shmem__socket *sock, void *bytes, size_t room,
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
			((int)sock->os, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
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
	get_control(&msg, descriptors, ret);
	ret->length = (size_t)n;
	if (n > 0 && (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
		return 0;
	/* The end, or a packet that is none, which may bring things, too. */
	shmem__unix_close_all(descriptors, ret->count);
	if (ret->pidfd != SHMEM_OS_HANDLE_INVALID)
		close((int)ret->pidfd);
	return n == 0 && ret->count == 0 ? SHMEM_E_CLOSED : SHMEM_E_PROTO;
}

void shmem__socket_introduced(shmem__socket *sock)
{
	(void)shmem__peer_ask((int)sock->os, false);
}
