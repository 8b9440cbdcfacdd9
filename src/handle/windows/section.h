/* SPDX-License-Identifier: MIT */
/*
 * What the system tells of a section, and the mark that ours carry. It stands
 * where everybody who holds one can read it and nobody can change it: in the
 * access list, as a refusal to somebody who does not exist. The rest of the
 * list decides that whoever holds a handle has the rights of that handle and
 * can't get more of them; a named section's, that its user may open it.
 */
#ifndef SHMEM_SRC_HANDLE_WINDOWS_SECTION_H
#define SHMEM_SRC_HANDLE_WINDOWS_SECTION_H

#include <shmem/base.h>
#include <windows.h>

#define SHMEM__SECTION_READ (SECTION_QUERY | SECTION_MAP_READ | READ_CONTROL)
#define SHMEM__SECTION_RW (SHMEM__SECTION_READ | SECTION_MAP_WRITE)

typedef struct shmem__section_mark {
	uint64_t id[2]; /* random */
	uint64_t size;  /* the bytes that were asked for */
	bool closed;    /* its handles can't get more rights than they have */
} shmem__section_mark;

/* A new section of `bytes` > 0, with a mark; anonymous where `name` is NULL,
 * else for this user to open, and *existed says that it was there. E_NOMEM,
 * E_NOSPACE, E_LIMIT, E_ACCESS, E_UNTRUSTED (the name is something else's),
 * E_SYS. */
int shmem__section_make(uint64_t bytes, const char *name, HANDLE *ret,
			bool *existed);

/* Its mark; E_UNTRUSTED where it has none, or the handle may not read it;
 * E_NOMEM, E_LIMIT, E_SYS. */
int shmem__section_mark_of(HANDLE section, shmem__section_mark *ret);

/* Whether it is plain memory: a section that is of no file and no program, with
 * all of its pages there, and what its handle may do. E_UNTRUSTED, E_NOMEM,
 * E_LIMIT, E_ACCESS, E_SYS. */
int shmem__section_look(HANDLE section, uint64_t *ret_size, DWORD *ret_rights);

/* Whole pages. E_NOMEM, E_LIMIT, E_SYS. */
int shmem__section_size(HANDLE section, uint64_t *ret);

#endif
