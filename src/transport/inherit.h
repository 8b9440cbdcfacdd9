/* SPDX-License-Identifier: MIT */
/*
 * How a program learns what it was started with: the environment variable
 * SHMEM_INHERIT. Its text:
 *
 *   "1" *( ";" entry )
 *   entry    = "channel:" number ":" identity ":" process
 *            / name "=" number ":" identity ":" description
 *            / name "=-:" description                    (an empty handle)
 *   number   = decimal, of the descriptor
 *   identity = hex, which object lies under that number
 *   process  = decimal, who is at the other end, until it greets
 *   description = hex, as in a message (docs/wire-format.md)
 *
 * The variable may reach programs that it was not meant for, started by the
 * one that it was. The identity keeps these from taking something else that
 * has the number there.
 */
#ifndef SHMEM_SRC_TRANSPORT_INHERIT_H
#define SHMEM_SRC_TRANSPORT_INHERIT_H

#include "transport/process_os.h"

#include <shmem/handle.h>

#define SHMEM__INHERIT "SHMEM_INHERIT"
#define SHMEM__INHERIT_NAME_MAX 63

/* One thing that is passed on. */
typedef struct shmem__passed {
	const char *name;           /* NULL: the channel */
	const shmem_handle *handle; /* NULL for the channel */
	shmem_os_handle os;         /* here; INVALID for an empty handle */
	shmem_os_handle number;     /* there */
} shmem__passed;

/* 1 to 63 of A-Z a-z 0-9 . _ - and not beginning with a dot. */
bool shmem__inherit_name_ok(const char *name);

/* The variable, "SHMEM_INHERIT=…", on the heap. E_NOMEM, E_SYS. */
int shmem__inherit_text(const shmem__passed *passed, size_t count, char **ret);

#endif
