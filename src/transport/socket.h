/* SPDX-License-Identifier: MIT */
/*
 * What an operating system must provide to channels: connected sockets that
 * carry packets with descriptors, and news of the peer's death. None of these
 * waits, but for socket_wait.
 */
#ifndef SHMEM_SRC_TRANSPORT_SOCKET_H
#define SHMEM_SRC_TRANSPORT_SOCKET_H

#include <shmem/base.h>

/* Two connected sockets, close-on-exec. E_LIMIT, E_NOMEM, E_SYS. */
int shmem__socket_pair(shmem_os_handle ret[2]);

/* Whether it is a connected socket of the right kind. E_INVAL. */
int shmem__socket_check(shmem_os_handle sock);

/* Prepares it: room for `queue` bytes, the sender of the first packet told. */
int shmem__socket_prepare(shmem_os_handle sock, uint32_t queue);

void shmem__socket_close(shmem_os_handle sock);

/* Nothing can be sent or received any more, at either end. */
void shmem__socket_shutdown(shmem_os_handle sock);

/*
 * One packet with `count` descriptors (borrowed), all or nothing; `introduce`
 * sends this process's identity, vouched for by the system, with it.
 * E_AGAIN, E_CLOSED, E_LIMIT, E_NOMEM, E_SYS.
 */
int shmem__socket_send(shmem_os_handle sock, const void *bytes, size_t length,
		       const shmem_os_handle *descriptors, size_t count,
		       bool introduce);

/* What came with a packet. */
typedef struct shmem__arrival {
	size_t length;
	size_t count;          /* descriptors, ours to close */
	int pid;               /* the sender, if introduced; 0 if not */
	shmem_os_handle pidfd; /* of the sender, ours to close, or INVALID */
} shmem__arrival;

/*
 * The next packet, into `bytes` and `descriptors` (room for `max` of them, at
 * least SHMEM__SOCKET_DESCRIPTORS). E_AGAIN, E_CLOSED (the end), E_PROTO (too
 * long, or descriptors were lost; those that came are closed), E_NOMEM, E_SYS.
 */
#define SHMEM__SOCKET_DESCRIPTORS 256u
int shmem__socket_recv(shmem_os_handle sock, void *bytes, size_t room,
		       shmem_os_handle *descriptors, shmem__arrival *ret);

/* The packet with the introduction has come, no other one will have any. */
void shmem__socket_introduced(shmem_os_handle sock);

/* Whether `count` descriptors could be received now. 0 or E_LIMIT. */
int shmem__socket_reserve(shmem_os_handle sock, size_t count);

/*
 * Waits for readiness to read or write (SHMEM_POLL_*), or the death of the
 * process behind `pidfd` (INVALID: nobody), as long as `timeout` ms. *ret_ready
 * gets what is ready, *ret_dead whether it is dead. 0 even where nothing is
 * ready in time. A signal may end the wait early. E_SYS.
 */
int shmem__socket_wait(shmem_os_handle sock, unsigned what,
		       shmem_os_handle pidfd, int timeout, unsigned *ret_ready,
		       bool *ret_dead);

/* Addresses: listening, connecting, accepting. */
int shmem__socket_listen(const char *address, shmem_os_handle *ret);
void shmem__socket_unlisten(const char *address, shmem_os_handle sock);
int shmem__socket_connect(const char *address, shmem_os_handle *ret);
int shmem__socket_accept(shmem_os_handle sock, shmem_os_handle *ret);

#endif
