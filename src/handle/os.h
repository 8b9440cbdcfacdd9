/* SPDX-License-Identifier: MIT */
/*
 * What an operating system must provide to handles: memory objects, which are
 * made, described, checked and closed. Nothing here keeps state.
 */
#ifndef SHMEM_SRC_HANDLE_OS_H
#define SHMEM_SRC_HANDLE_OS_H

#include <shmem/base.h>

/* What is said, or found, of an object. */
typedef struct shmem__object_facts {
	uint64_t size;
	shmem_access access;    /* READ or RW, of this descriptor */
	bool readonly_enforced; /* the kernel lets no holder write */
	bool frozen;            /* nobody can ever write */
} shmem__object_facts;

/*
 * Makes an anonymous, zero-filled object of `bytes` > 0, sealed against
 * resizing, not inheritable. `label` may be NULL. E_NOMEM, E_NOSPACE, E_LIMIT,
 * E_UNSUPPORTED, E_SYS.
 */
int shmem__object_create(uint64_t bytes, const char *label, bool huge,
			 shmem_os_handle *ret);

/*
 * The gate for whatever came from another process: is it memory, of exactly
 * claim->size, that nobody can resize, with just the claimed rights?
 * E_UNTRUSTED if not; the object stays the caller's, who closes it. E_SYS.
 */
int shmem__object_check(shmem_os_handle os, const shmem__object_facts *claim);

/*
 * Makes a descriptor that came from elsewhere one of the library's: not
 * inheritable, and not in the place of standard input, output or error, for
 * which *os may become another number. E_LIMIT, E_SYS; then *os is as it was.
 */
int shmem__object_adopt(shmem_os_handle *os);

/* Another descriptor of the object, for READ one that can't write where the
 * system allows to make one; for NONE, which only some systems know, one that
 * tells its size and nothing else. E_LIMIT, E_ACCESS, E_SYS. */
int shmem__object_duplicate(shmem_os_handle os, shmem_access access,
			    shmem_os_handle *ret);

/* Sets readonly_enforced and frozen to what the system says now. */
void shmem__object_seals(shmem_os_handle os, shmem__object_facts *facts);

/* No new writable view of the object can be made from here on, those that are
 * there stay; *os, its only descriptor, may become another number. E_LIMIT,
 * E_UNSUPPORTED, E_SYS. */
int shmem__object_seal_future_write(shmem_os_handle *os);

/* Nobody can write it from here on. E_BUSY, E_ACCESS, E_UNSUPPORTED, E_SYS. */
int shmem__object_seal_write(shmem_os_handle os);

/* Whether programs started by this process get the descriptor. E_SYS. */
int shmem__object_set_inheritable(shmem_os_handle os, bool inherit);
int shmem__object_is_inheritable(shmem_os_handle os, bool *ret);

/* Counts a descriptor that was made by duplicating a named object's among the
 * object's users (named.h). E_SYS. */
int shmem__object_hold_named(shmem_os_handle os);

/* What keeps a named object's name as long as there is a view of it: INVALID
 * where the view itself does. E_LIMIT, E_SYS. */
int shmem__object_keep_named(shmem_os_handle os, shmem_os_handle *ret);

/* Two numbers that no other living object of this system has. E_SYS. */
int shmem__object_identity(shmem_os_handle os, uint64_t ret[2]);

/* Does nothing to INVALID. */
void shmem__object_close(shmem_os_handle os);

/* The same for what a stranger sent, whatever it may be: closing it does not
 * wait, as far as that can be had. */
void shmem__object_discard(shmem_os_handle os);

#endif
