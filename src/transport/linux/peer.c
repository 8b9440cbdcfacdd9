/* SPDX-License-Identifier: MIT */
/*
 * SCM_CREDENTIALS with the first packet: unlike SO_PEERCRED it names the
 * process that sent it, not the one that once made the socket. Since Linux 6.5
 * a pidfd comes with it; before, one is opened by number.
 */
#include "transport/linux/peer.h"

#include "base/error.h"
#include "base/fault.h"
#include "handle/posix/fd.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif

int shmem__peer_ask(int sock, bool ask)
{
	int on = ask;

	if (SHMEM__OS(-1, setsockopt,
		      (sock, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on))) != 0)
		return shmem__fail_last();
	(void)SHMEM__OS(-1, setsockopt,
			(sock, SOL_SOCKET, SO_PASSPIDFD, &on, sizeof(on)));
	return 0;
}

void shmem__peer_introduce(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	struct ucred me = {getpid(), getuid(), getgid()};

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = (socklen_t)CMSG_LEN(sizeof(me));
	memcpy(CMSG_DATA(c), &me, sizeof(me));
	msg->msg_controllen = (socklen_t)CMSG_SPACE(sizeof(me));
}

void shmem__peer_learn(const struct cmsghdr *c, int *pid,
		       shmem_os_handle *pidfd)
{
	const unsigned char *data = CMSG_DATA((struct cmsghdr *)(uintptr_t)c);
	struct ucred peer;
	int fd;

	if (c->cmsg_type == SCM_PIDFD && c->cmsg_len == CMSG_LEN(sizeof(fd))) {
		memcpy(&fd, data, sizeof(fd));
		if (fd < 0)
			return;
		if (*pidfd >= 0)
			close((int)*pidfd);
		*pidfd = shmem__fd_lift(fd);
	} else if (c->cmsg_type == SCM_CREDENTIALS &&
		   c->cmsg_len == CMSG_LEN(sizeof(peer))) {
		memcpy(&peer, data, sizeof(peer));
		*pid = peer.pid;
		if (*pidfd < 0 && peer.pid > 0)
			*pidfd = shmem__fd_lift((int)SHMEM__OS(
				-1, syscall, (SYS_pidfd_open, peer.pid, 0)));
	}
}
