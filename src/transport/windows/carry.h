/* SPDX-License-Identifier: MIT */
/*
 * Handles from one process's table to another's. A pipe carries only their
 * values; somebody has to duplicate them, and that needs power over the other
 * process. So the more trusted side does all of it: the one that made the pipe,
 * which is the parent or the listener (here: the server). It pushes what it
 * sends into the peer just before it writes the values, and pulls what the peer
 * sent out of it. The peer (the client) never has any power over the server: it
 * makes a duplicate of what it sends, in its own table, for the server to take.
 *
 * What one side has put down for the other and the other has not taken is the
 * first one's to take back. How far each has come stands in a page that both
 * share, the desk, which the client makes and introduces itself with.
 */
#ifndef SHMEM_SRC_TRANSPORT_WINDOWS_CARRY_H
#define SHMEM_SRC_TRANSPORT_WINDOWS_CARRY_H

#include "transport/socket.h"

#include <windows.h>

struct shmem__desk;

/* One end's part. */
typedef struct shmem__carrier {
	HANDLE pipe; /* borrowed */
	bool server;
	int pid; /* the peer's, as far as it is known; 0: not */

	/* The server's. */
	HANDLE peer; /* the process; NULL: not known */
	bool barred; /* it is known, and may not be opened */
	bool gone;   /* no process has its number any more */
	int told;    /* the number of one that needs no proof; 0: nobody */
	bool prompt; /* what the client puts down is pulled as soon as it comes
		      */

	/* What was put down and not yet taken, the oldest first. */
	uint64_t *put;
	size_t put_first;
	size_t put_count;
	size_t put_room;
	uint64_t put_total; /* since the beginning */

	/* The server's: of those that it pulls, what it has got before the
	 * system had too little. */
	shmem_os_handle part[SHMEM__SOCKET_DESCRIPTORS];
	size_t part_count;
	bool claimed; /* all of them */

	HANDLE section; /* the client's, of the desk */
	bool ignored;   /* the client's: the server takes its time */
	uint64_t late;  /* the client's: what was pulled when waiting was in
			 * vain; 0: it was not */
	struct shmem__desk *desk;
} shmem__carrier;

/* The client's introduction is two values. */
#define SHMEM__INTRODUCTION 2u

/* E_NOMEM, E_LIMIT, E_SYS. */
int shmem__carry_init(shmem__carrier *carrier, HANDLE pipe, bool server);

/* `gone`: the peer has closed its end, or is dead. */
void shmem__carry_fini(shmem__carrier *carrier, bool gone);

/* The server was told, by somebody it believes, which process the peer is. */
void shmem__carry_expect(shmem__carrier *carrier, int pid);

/* Who the client is, and its part in proving it; and the server's check of it.
 * E_PROTO, E_CLOSED, E_NOMEM, E_LIMIT, E_SYS. */
void shmem__carry_introduce(const shmem__carrier *carrier,
			    uint64_t values[SHMEM__INTRODUCTION]);
int shmem__carry_learn(shmem__carrier *carrier, int pid,
		       const uint64_t values[SHMEM__INTRODUCTION]);

/* Puts down copies of handles; `undo` takes the last ones back. E_AGAIN (the
 * peer is not known), E_ACCESS (nor will be), E_CLOSED, E_PROTO (the peer reads
 * and does not say that it takes anything), E_NOMEM, E_SYS. */
int shmem__carry_put(shmem__carrier *carrier, const shmem_os_handle *from,
		     size_t count, uint64_t *values);
void shmem__carry_undo(shmem__carrier *carrier, size_t count);

/* Takes what the peer has put down: all or nothing. E_PROTO, E_UNTRUSTED (it is
 * no memory), E_CLOSED (the peer, and with it what it had put down, is gone),
 * E_NOMEM, E_LIMIT (the same can be taken again), E_SYS. */
int shmem__carry_take(shmem__carrier *carrier, const uint64_t *values,
		      size_t count, shmem_os_handle *ret);

/* The same, of what nobody wants: it is closed. */
void shmem__carry_discard(shmem__carrier *carrier, const uint64_t *values,
			  size_t count);

/* Whether the peer has still to take what is in this process; waits until it
 * has, if it is one that does so without being asked. */
bool shmem__carry_holds(shmem__carrier *carrier);
void shmem__carry_await(shmem__carrier *carrier);

#endif
