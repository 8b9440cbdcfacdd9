/* SPDX-License-Identifier: MIT */
/* AF_UNIX sockets that carry packets: what does not depend on how. */
#include "transport/socket.h"

#include "base/error.h"
#include "base/fault.h"
#include "handle/os.h"
#include "handle/posix/fd.h"
#include "transport/posix/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

int shmem__socket_pair(uint32_t queue, shmem_os_handle ret[2])
{
	int pair[2];
	int err = shmem__unix_pair(pair);

	(void)queue;
	if (err != 0)
		return err;
	ret[0] = pair[0];
	ret[1] = pair[1];
	return 0;
}

int shmem__socket_check(shmem_os_handle os)
{
	struct sockaddr_un peer = {.sun_family = AF_UNSPEC};
	socklen_t length = sizeof(peer);
	int type = 0;
	socklen_t type_length = sizeof(type);

	if (SHMEM__OS(-1, getsockopt,
		      ((int)os, SOL_SOCKET, SO_TYPE, &type, &type_length)) !=
		    0 ||
	    type != shmem__unix_type)
		return shmem__fail_os(errno, SHMEM_E_INVAL);
	if (SHMEM__OS(-1, getpeername,
		      ((int)os, (struct sockaddr *)&peer, &length)) != 0 ||
	    peer.sun_family != AF_UNIX)
		return shmem__fail_os(errno, SHMEM_E_INVAL);
	return 0;
}

/* The system knows where descriptors go, and keeps them on the way. */
void shmem__socket_expect(shmem__socket *sock, int pid)
{
	(void)sock;
	(void)pid;
}

bool shmem__socket_holds(shmem__socket *sock)
{
	(void)sock;
	return false;
}

void shmem__socket_catch_up(shmem__socket *sock)
{
	(void)sock;
}

bool shmem__socket_can_lend(shmem__socket *sock)
{
	(void)sock;
	return false;
}

bool shmem__socket_can_borrow(const shmem__socket *sock)
{
	(void)sock;
	return false;
}

int shmem__socket_lend(shmem__socket *sock, shmem_os_handle os, size_t length,
		       uint64_t *at)
{
	(void)sock;
	(void)os;
	(void)length;
	(void)at;
	return SHMEM_E_UNSUPPORTED;
}

int shmem__socket_take_away(shmem__socket *sock, uint64_t at, size_t length)
{
	(void)sock;
	(void)at;
	(void)length;
	return SHMEM_E_UNSUPPORTED;
}

bool shmem__view_is_lent(const void *at, size_t length)
{
	(void)at;
	(void)length;
	return false;
}

void shmem__socket_shutdown(shmem__socket *sock)
{
	(void)SHMEM__OS(-1, shutdown, ((int)sock->os, SHUT_RDWR));
}

shmem_os_handle shmem__socket_pollable(const shmem__socket *sock)
{
	return sock->os;
}

/* Linux before 6.3 says so where the peer is closing at this very moment. */
int shmem__unix_failed(void)
{
	if (errno == ECONNREFUSED || errno == ENOTCONN)
		return shmem__fail_os(errno, SHMEM_E_CLOSED);
	return shmem__fail_last();
}

void shmem__unix_put_rights(struct msghdr *msg, const shmem_os_handle *from,
			    size_t count)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int list[SHMEM__SOCKET_DESCRIPTORS];

	for (size_t i = 0; i < count; i++)
		list[i] = (int)from[i];
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(c), list, count * sizeof(int));
	msg->msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int));
}

void shmem__unix_get_rights(const struct cmsghdr *c, shmem_os_handle *list,
			    size_t *count)
{
	size_t bytes = c->cmsg_len - CMSG_LEN(0);
	const unsigned char *data = CMSG_DATA((struct cmsghdr *)(uintptr_t)c);

	for (size_t i = 0; i < bytes / sizeof(int); i++) {
		int fd;

		memcpy(&fd, data + i * sizeof(int), sizeof(int));
		fd = shmem__fd_lift(fd);
		if (*count < SHMEM__SOCKET_DESCRIPTORS)
			list[(*count)++] = fd;
		else
			shmem__object_discard(fd);
	}
}

void shmem__unix_close_all(const shmem_os_handle *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		shmem__object_discard(list[i]);
}

int shmem__socket_reserve(shmem__socket *sock, size_t count)
{
	shmem_os_handle taken[SHMEM__SOCKET_DESCRIPTORS];
	size_t n = 0;
	int err = 0;

	if (sock->half) /* they came with its first byte */
		return 0;
	while (n < count && n < SHMEM__SOCKET_DESCRIPTORS) {
		err = shmem__fd_copy((int)sock->os, &taken[n]);
		if (err != 0)
			break;
		n++;
	}
	while (n > 0)
		close((int)taken[--n]);
	return err == 0 ? 0 : SHMEM_E_LIMIT;
}

/* There is room: for the rest of a packet first. */
static unsigned writable(shmem__socket *sock, unsigned what)
{
	int err = sock->unsent ? shmem__socket_flush(sock) : 0;

	if (err == SHMEM_E_AGAIN)
		return 0;
	/* An error is news: whoever reads next learns of it. */
	return err == 0 ? what & SHMEM_POLL_WRITE : SHMEM_POLL_READ;
}

int shmem__socket_wait(shmem__socket *sock, unsigned what,
		       shmem_os_handle pidfd, int timeout, unsigned *ret_ready,
		       bool *ret_dead)
{
	struct pollfd fds[2] = {{.fd = (int)sock->os}, {.fd = (int)pidfd}};
	int n;

	if ((what & SHMEM_POLL_READ) != 0)
		fds[0].events |= POLLIN;
	if ((what & SHMEM_POLL_WRITE) != 0 || sock->unsent)
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
		*ret_ready |= writable(sock, what);
	*ret_dead = fds[1].revents != 0;
	return 0;
}
