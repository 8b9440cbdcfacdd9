/* SPDX-License-Identifier: MIT */
/*
 * What an operating system must provide to mappings and segments: views of
 * objects. Addresses and lengths are whole pages, except where said.
 */
#ifndef SHMEM_SRC_MAPPING_OS_H
#define SHMEM_SRC_MAPPING_OS_H

#include <shmem/base.h>

/* What the address of a view, and its offset in the object, are multiples of:
 * pages, or more. */
size_t shmem__view_step(void);

/* Large segments are whole multiples of this: of a huge page, where there are
 * such, or of the steps of views. */
size_t shmem__view_unit(void);

/* Whether a part of a view can be unmapped, or replaced, by itself. */
bool shmem__view_splits(void);

/*
 * A view of `length` > 0 bytes from `offset` of an object, at `at` in place of
 * what is there, or anywhere (NULL). E_ACCESS, E_NOMEM, E_SYS; E_BUSY: where
 * a place is free for a moment before a view takes it, somebody else has taken
 * it, and it is lost.
 */
int shmem__view_map(shmem_os_handle os, uint64_t offset, size_t length,
		    shmem_access access, void *at, void **ret);

/* The view is gone and the addresses are free. */
void shmem__view_unmap(void *at, size_t length);

/* Changes what may be done through a view: NONE, READ or RW. E_ACCESS, E_NOMEM,
 * E_SYS; then nothing has changed. */
int shmem__view_protect(void *at, size_t length, shmem_access access);

/* Addresses without memory, inaccessible; `align` is a power of two. */
int shmem__range_reserve(size_t length, size_t align, void **ret);

/* Turns views back into addresses without memory, inaccessible. E_NOMEM,
 * E_SYS; then nothing has changed. */
int shmem__range_clear(void *at, size_t length);

/* A forked child will not have these addresses. E_SYS. */
int shmem__range_dont_fork(void *at, size_t length);

/* Wishes for huge pages; a system without them does nothing. */
void shmem__view_prefer_huge(void *at, size_t length);

/* Makes huge pages of a view's memory now. E_UNSUPPORTED, or whatever error
 * there was: then its pages may be of any size. */
int shmem__view_collapse(void *at, size_t length);

/*
 * Moves the page tables of a view (and what they map) to `hiding`, as large and
 * reserved; at its own addresses nothing can be accessed from then on, and no
 * other mapping can get there. unhide moves them back. The hiding place stays
 * accessible. E_UNSUPPORTED, E_NOMEM, E_SYS; then nothing has changed.
 */
bool shmem__view_can_hide(void); /* false: never, for sure */
int shmem__view_hide(void *at, size_t length, void *hiding);
int shmem__view_unhide(void *at, size_t length, void *hiding);

/* The memory behind a view goes; what is read there from now on is zero.
 * E_UNSUPPORTED, E_SYS. */
int shmem__view_discard(void *at, size_t length);

/* Backs a view with memory now. E_NOMEM, E_NOSPACE, E_SYS. */
int shmem__view_populate(void *at, size_t length);

#endif
