/* SPDX-License-Identifier: MIT */
/*
 * Takes pages out of this process's reach and gives them back. How, is decided
 * here and nowhere else; who and when, is the callers'.
 */
#ifndef SHMEM_SRC_OWNERSHIP_REVOKE_H
#define SHMEM_SRC_OWNERSHIP_REVOKE_H

#include "ownership/pool.h"

/*
 * Steps each entry (through `event`) and closes its pages. All or nothing: on
 * an error (E_NOMEM, E_SYS, E_STATE) every entry is as it was.
 */
int shmem__revoke(shmem__pool *pool, shmem__entry *const *entries, size_t count,
		  shmem__happening event);

/*
 * Opens the pages of each entry and steps it. All or nothing, as above; then
 * the segments are still ours and the call may be repeated.
 */
int shmem__restore(shmem__pool *pool, shmem__entry *const *entries,
		   size_t count, shmem__happening event);

/* How an entry's pages are taken away, as things are, for people. */
const char *shmem__revoke_how(const shmem__pool *pool,
			      const shmem__entry *entry);

/* Puts them in the order of their addresses. */
void shmem__entries_sort(shmem__entry **entries, size_t count);

/* The same without a step; of one entry, or several, which are sorted. */
int shmem__pages_close(shmem__pool *pool, shmem__entry *entry);
int shmem__pages_open(shmem__pool *pool, shmem__entry *entry);
int shmem__pages_set(shmem__pool *pool, shmem__entry **entries, size_t count,
		     bool open);

#endif
