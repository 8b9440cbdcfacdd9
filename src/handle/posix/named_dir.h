/* SPDX-License-Identifier: MIT */
/*
 * Named objects are files in one directory of memory. A file gets its size,
 * memory and mode before it gets its name, so that who finds it finds it whole.
 * Each open file description shares a lock, which the kernel drops when its
 * last descriptor and its last mapping are gone, however they went; who can
 * have the lock alone knows that the object has no users.
 */
#ifndef SHMEM_SRC_HANDLE_POSIX_NAMED_DIR_H
#define SHMEM_SRC_HANDLE_POSIX_NAMED_DIR_H

#include <shmem/handle.h>

#define NAMED_PREFIX "shmem."
/* While an object is made, where it needs a name: this and something random. */
#define NAMED_TEMPORARY ".shmem."

/* Others who make, remove or look at the same name at the same time are in the
 * way for microseconds each; who is for longer has died or is hostile. */
#define NAMED_TRIES 1000

/* Not an error: the name has changed hands, try once more. */
#define NAMED_AGAIN 1
#define NAMED_TWICE 2 /* and so far its file has two names */

typedef struct named_place {
	int dir;
	char file[sizeof(NAMED_PREFIX) + SHMEM_NAME_MAX];
} named_place;

/* The directory. E_UNSUPPORTED (there is none), E_LIMIT, E_SYS. */
int shmem__named_dir(int *ret);

/* Where a name's file is; p->dir is the caller's to close. E_INVAL, and as
 * shmem__named_dir(). */
int shmem__named_find(const char *name, named_place *p);

/* Lets those who are in the way go on. */
void shmem__named_pause(int attempt);

/* Makes the whole object and then gives it its name. NAMED_AGAIN: there is
 * something of that name. E_NOSPACE, E_ACCESS, E_LIMIT, E_NOMEM, E_SYS. */
int shmem__named_make(const named_place *p, uint64_t bytes, bool group,
		      shmem_access access, shmem_os_handle *ret);

#endif
