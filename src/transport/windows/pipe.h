/* SPDX-License-Identifier: MIT */
/*
 * Named pipes as sockets: message mode, overlapped, for this user and this
 * machine alone. Their names are random, known to whoever is told.
 */
#ifndef SHMEM_SRC_TRANSPORT_WINDOWS_PIPE_H
#define SHMEM_SRC_TRANSPORT_WINDOWS_PIPE_H

#include <shmem/base.h>
#include <windows.h>

#define SHMEM__PIPE_NAME_MAX 64

/* As many bytes as lie in a pipe, at most, before a writer has to wait. */
#define SHMEM__PIPE_BYTES (1u << 20)

/* What another try may get over: the system has too little just now. */
static inline bool shmem__is_want(int err)
{
	return err == SHMEM_E_NOMEM || err == SHMEM_E_LIMIT ||
	       err == SHMEM_E_NOSPACE;
}

/* A name that nobody else has. E_SYS. */
int shmem__pipe_name(char ret[SHMEM__PIPE_NAME_MAX]);

/* The end that waits for the other one; of `instances` that may have the name,
 * with room for `queue` bytes. E_ACCESS, E_NOMEM, E_SYS. */
int shmem__pipe_make(const char *name, DWORD instances, DWORD queue,
		     HANDLE *ret);

/* The other end. E_AGAIN (none waits), E_NOENT, E_ACCESS, E_SYS. */
int shmem__pipe_open(const char *name, HANDLE *ret);

/* What a handle is, if it is an end of such a pipe: else E_INVAL; E_NOMEM,
 * E_LIMIT. */
typedef struct shmem__pipe_facts {
	bool server;
	bool alone; /* no other pipe can have the name */
} shmem__pipe_facts;
int shmem__pipe_look(HANDLE pipe, shmem__pipe_facts *ret);

/* Whether both are ends of pipes of one name: else E_INVAL; E_NOMEM, E_LIMIT.
 */
int shmem__pipe_same_name(HANDLE a, HANDLE b);

#endif
