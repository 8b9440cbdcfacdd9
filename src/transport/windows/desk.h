/* SPDX-License-Identifier: MIT */
/* What carry.c and introduce.c share: the desk, and handles as numbers. */
#ifndef SHMEM_SRC_TRANSPORT_WINDOWS_DESK_H
#define SHMEM_SRC_TRANSPORT_WINDOWS_DESK_H

#include "base/error.h"
#include "base/fault.h"
#include "base/windows/signalled.h"
#include "transport/windows/carry.h"
#include "transport/windows/pipe.h"

#include <stdatomic.h>

/*
 * Counts of handles. A client that withdraws what it had put down says so in
 * the word in which the server claims them before it takes any, so that no
 * value is closed or taken after it has come to mean something else.
 */
typedef struct shmem__desk {
	_Atomic uint64_t claimed; /* by the server, of the client's */
	_Atomic uint64_t taken;   /* by the client, of the server's */
	_Atomic uint64_t pulled;  /* of those claimed: out of the client */
} shmem__desk;
#define SHMEM__DESK_BYTES 4096u
#define SHMEM__DESK_OVER                                                       \
	((uint64_t)1 << 63) /* the client withdraws, or is through */
/* In `taken`: the server has the desk; the client is through, but has left the
 * desk's handle and others for a server that has not. */
#define SHMEM__DESK_SEEN ((uint64_t)1 << 62)
#define SHMEM__DESK_LEFT ((uint64_t)1 << 61)
#define SHMEM__DESK_COUNT (SHMEM__DESK_LEFT - 1)
/* In `pulled`: the server pulls without being asked. */
#define SHMEM__DESK_PROMPT SHMEM__DESK_OVER

/* A handle as a number: those of the system are multiples of four; the pseudo
 * handles, such as "this process", are negative. */
static inline bool shmem__value_ok(uint64_t value)
{
	return value != 0 && value <= INT32_MAX && value % 4 == 0;
}

static inline HANDLE shmem__value_handle(uint64_t value)
{
	return (HANDLE)(uintptr_t)value;
}

/* Ours, or in another process with CLOSE_SOURCE in `options` out of it. */
static inline bool shmem__value_copy(HANDLE from, uint64_t value, HANDLE to,
				     DWORD options, HANDLE *ret)
{
	return SHMEM__OS(FALSE, DuplicateHandle,
			 (from, shmem__value_handle(value), to, ret, 0, FALSE,
			  options | DUPLICATE_SAME_ACCESS));
}

/* The peer has named what it does not have, or the system has too little. */
static inline int shmem__value_failed(void)
{
	int err = shmem__fail_last();

	return shmem__is_want(err) ? err : SHMEM_E_PROTO;
}

/* carry.c: a value that this side has put down, and nobody takes any more. */
void shmem__carry_take_back(const shmem__carrier *carrier, uint64_t value);

#endif
