/* SPDX-License-Identifier: MIT */
/* What the files of the NSPR layer share. */
#ifndef SHMEM_COMPAT_NSPR_H
#define SHMEM_COMPAT_NSPR_H

#include <shmem/handle.h>
#include <shmem/mapping.h>

#include <prio.h>
#include <prproces.h>
#include <prshma.h>

/* A file map of ours. NSPR declares the type and keeps what is in it to
 * itself, so that its own ones can only be told from ours by looking ours up.
 */
struct PRFileMap {
	shmem_handle *handle;
	PRFileMapProtect prot;
	struct PRFileMap *next;
};

/* Sets NSPR's error for one of this library's. */
void nspr__fail(int err);

/* The function of that name in the NSPR behind this layer; where there is none
 * NSPR's error is set, and NULL returned. */
typedef void (*nspr__fn)(void);
nspr__fn nspr__real(const char *name);
#define NSPR__REAL(type, name) ((type)nspr__real(name))

/* Whether it is one of ours, still open. */
bool nspr__is_ours(const PRFileMap *map);

/* A map that owns the handle; NULL, with NSPR's error set, if memory is out. */
PRFileMap *nspr__map_new(shmem_handle **take, PRFileMapProtect prot);

/* A map as text, and back. The handle must be inheritable when the child is
 * started. `cap` of PR_FILEMAP_STRING_BUFSIZE does. E_*, and for import NULL
 * with NSPR's error set. */
int nspr__map_text(const shmem_handle *handle, PRFileMapProtect prot,
		   char *text, size_t cap);
PRFileMap *nspr__map_from_text(const char *text);

/*
 * Views: which addresses are ours, and what keeps them. A view is in `owner`, a
 * PRSharedMemory or NULL. Its mapping is NULL where it is a private copy.
 */
typedef struct nspr__view {
	void *address;
	size_t length;
	shmem_mapping *mapping;
	const void *owner;
	struct nspr__view *next;
} nspr__view;

/* Keeps a view; false where memory is out, and then nothing was taken. */
bool nspr__view_add(const nspr__view *view);

/* Ends the view that begins at the address and belongs to the owner. The length
 * counts in pages; 0 for any. */
typedef enum nspr__end {
	NSPR__ENDED,
	NSPR__NOT_OURS,
	NSPR__OTHER_LENGTH
} nspr__end;
nspr__end nspr__view_end(void *address, size_t length, const void *owner);

#endif
