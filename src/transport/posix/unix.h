/* SPDX-License-Identifier: MIT */
/*
 * AF_UNIX sockets: how they are made, which differs from system to system, and
 * what all ways to send packets over them share.
 */
#ifndef SHMEM_SRC_TRANSPORT_POSIX_UNIX_H
#define SHMEM_SRC_TRANSPORT_POSIX_UNIX_H

#include <shmem/base.h>
#include <sys/socket.h>

/* The type that channels use. */
extern const int shmem__unix_type;

/* Whether an address may be a name that is in no folder ("@name"). */
extern const bool shmem__unix_has_names;

/* New ones, not inheritable; `new` and `accept` give one that never waits.
 * Errors as the system call's, for accept also E_AGAIN. */
int shmem__unix_new(int type, int *ret);
int shmem__unix_pair(int ret[2]);
int shmem__unix_accept(int listening, int *ret);

/* Room in a control message for the most descriptors that a packet brings. */
#define SHMEM__UNIX_RIGHTS CMSG_SPACE(SHMEM__SOCKET_DESCRIPTORS * sizeof(int))

/* Puts descriptors into an empty control buffer, of which the rest is cut. */
void shmem__unix_put_rights(struct msghdr *msg, const shmem_os_handle *from,
			    size_t count);

/* Adds those of an SCM_RIGHTS to a list of SHMEM__SOCKET_DESCRIPTORS at most;
 * what does not fit is closed. */
void shmem__unix_get_rights(const struct cmsghdr *c, shmem_os_handle *list,
			    size_t *count);

void shmem__unix_close_all(const shmem_os_handle *list, size_t count);

/* What errno says of a packet that could not be sent or received. */
int shmem__unix_failed(void);

#endif
