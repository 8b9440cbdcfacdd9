/* SPDX-License-Identifier: MIT */
/*
 * What an operating system must provide to channels: connected sockets that
 * carry packets with descriptors, and news of the peer's death. None of these
 * waits, but for socket_wait.
 */
#ifndef SHMEM_SRC_TRANSPORT_SOCKET_H
#define SHMEM_SRC_TRANSPORT_SOCKET_H

#include <shmem/base.h>

/*
 * One end of a connection, or what listens for them, once it is in use. A
 * system that may send or receive a part of a packet keeps the rest in a state
 * of its own.
 */
typedef struct shmem__socket {
	shmem_os_handle os;                /* INVALID: none */
	struct shmem__socket_state *state; /* the system's own, or NULL */
	bool unsent;      /* a part of a packet that counts as sent is in it */
	bool half;        /* a part of the next packet has been received */
	uint64_t file[2]; /* what listening made at a path; zeros: nothing */
} shmem__socket;

/* Two connected sockets, not inheritable, not in use yet: shmem__object_close()
 * closes them. `queue`, as for open, is for systems that must know it by then;
 * 0 is as much as there can be.
 * E_LIMIT, E_NOMEM, E_SYS. */
int shmem__socket_pair(uint32_t queue, shmem_os_handle ret[2]);

/* Whether it is a connected socket of the right kind: else E_INVAL; E_NOMEM,
 * E_LIMIT. */
int shmem__socket_check(shmem_os_handle os);

/* Prepares it for use: room for `queue` bytes, the sender of the first packet
 * told. On an error it is still the caller's. E_NOMEM, E_SYS. */
int shmem__socket_open(shmem_os_handle take_os, uint32_t queue,
		       shmem__socket *ret);

/* The process at the other end is known before it introduces itself: this one,
 * or one that it has started. */
void shmem__socket_expect(shmem__socket *sock, int pid);

/* What is half received, or unsent, is gone. */
void shmem__socket_close(shmem__socket *sock);

/* Nothing can be sent or received any more, at either end. */
void shmem__socket_shutdown(shmem__socket *sock);

/* What an event loop watches: readable where there may be something to receive
 * or to accept, writable where there may be room. */
shmem_os_handle shmem__socket_pollable(const shmem__socket *sock);

/*
 * One packet with `count` descriptors (borrowed), all or nothing; `introduce`
 * sends this process's identity, vouched for by the system, with it.
 * E_AGAIN, E_CLOSED, E_LIMIT, E_NOMEM, E_SYS.
 */
int shmem__socket_send(shmem__socket *sock, const void *bytes, size_t length,
		       const shmem_os_handle *descriptors, size_t count,
		       bool introduce);

/* Sends what is `unsent`, as far as there is room; so do all of send, recv and
 * wait. E_AGAIN (not all of it), E_CLOSED, E_SYS. */
int shmem__socket_flush(shmem__socket *sock);

/* Whether descriptors that were sent are still in this process, and would end
 * with it: where the system has no other place for them. */
bool shmem__socket_holds(shmem__socket *sock);

/*
 * Where a process can give another one a view of memory, and take it away from
 * it whether it wants or not: whether this end can do so with its peer, or the
 * peer with it; a view
 * of the whole of `os` there, at *at where that is free (0: anywhere), which
 * becomes where it is; the proof that none is there any more. E_UNSUPPORTED,
 * E_CLOSED (the peer is dead), E_UNTRUSTED (it can't be proven), E_SYS.
 * view_is_lent: whether the memory here is one such view.
 */
bool shmem__socket_can_lend(shmem__socket *sock);
bool shmem__socket_can_borrow(const shmem__socket *sock);
int shmem__socket_lend(shmem__socket *sock, shmem_os_handle os, size_t length,
		       uint64_t *at);
int shmem__socket_take_away(shmem__socket *sock, uint64_t at, size_t length);
bool shmem__view_is_lent(const void *at, size_t length);

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
int shmem__socket_recv(shmem__socket *sock, void *bytes, size_t room,
		       shmem_os_handle *descriptors, shmem__arrival *ret);

/* Whatever was sent before this call is what recv finds from now on: a system
 * may take its time to show it. */
void shmem__socket_catch_up(shmem__socket *sock);

/* The packet with the introduction has come, no other one will have any. */
void shmem__socket_introduced(shmem__socket *sock);

/* Whether the `count` descriptors of the next packet can be received now. 0 or
 * E_LIMIT. */
int shmem__socket_reserve(shmem__socket *sock, size_t count);

/*
 * Waits for readiness to read or write (SHMEM_POLL_*), or the death of the
 * process behind `pidfd` (INVALID: nobody), as long as `timeout` ms. *ret_ready
 * gets what is ready, *ret_dead whether it is dead. 0 even where nothing is
 * ready in time. A signal may end the wait early. E_SYS.
 */
int shmem__socket_wait(shmem__socket *sock, unsigned what,
		       shmem_os_handle pidfd, int timeout, unsigned *ret_ready,
		       bool *ret_dead);

/* Addresses: listening, connecting, accepting. Who ends the listening with
 * unlisten removes the address, unless it is somebody else's by then; close
 * leaves it there. */
int shmem__socket_listen(const char *address, shmem__socket *ret);
void shmem__socket_unlisten(const char *address, shmem__socket *listening);
int shmem__socket_connect(const char *address, shmem_os_handle *ret);
int shmem__socket_accept(shmem__socket *listening, shmem_os_handle *ret);

#endif
