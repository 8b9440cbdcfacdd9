/* SPDX-License-Identifier: MIT */
/*
 * Who the process at the other end of a socket is, as far as the system vouches
 * for it.
 */
#ifndef SHMEM_SRC_TRANSPORT_LINUX_PEER_H
#define SHMEM_SRC_TRANSPORT_LINUX_PEER_H

#include <shmem/base.h>
#include <sys/socket.h>

/* Bytes of control messages that an introduction may need. */
#define SHMEM__PEER_CONTROL 128

/* Whether packets that come are to bring their sender's identity. E_SYS. */
int shmem__peer_ask(int sock, bool ask);

/* Puts this process's identity into an otherwise empty control buffer. */
void shmem__peer_introduce(struct msghdr *msg);

/* Learns from a control message; a descriptor in it is then the caller's. */
void shmem__peer_learn(const struct cmsghdr *c, int *pid,
		       shmem_os_handle *pidfd);

#endif
