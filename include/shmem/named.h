/* SPDX-License-Identifier: MIT */
/*
 * Named memory objects: processes that know a name meet in the same memory.
 * An object appears under its name at once and whole, is never resized by who
 * opens it, belongs to its creator's user, and lives until its name is removed
 * and its last user is gone. A name that a crash left behind can be told from
 * one in use, by the kernel's account of its users and not by a guess.
 *
 * A handle from here does not travel (E_UNSUPPORTED from what sends, packs or
 * exports): its memory has a name and can't be sealed, so the receiver could
 * not know what it gets. It opens the name itself. For the same reason all
 * users of a named object trust each other not to shrink its file.
 *
 * Threads: any thread; see handle.h for the handles.
 */
#ifndef SHMEM_NAMED_H
#define SHMEM_NAMED_H

#include <shmem/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHMEM_NAME_MAX 200 /* bytes of a name, without the NUL */

/* Make it if it is not there; fail if it is there (only with CREATE); share
 * with a group: a new object is made for the creator's group, too, and one that
 * is there may be another user's, made so, of a group that this process is in.
 * Without GROUP another user's object is refused. */
#define SHMEM_OPEN_CREATE 1u
#define SHMEM_OPEN_EXCLUSIVE 2u
#define SHMEM_OPEN_GROUP 4u

/*
 * Opens or makes the object `name`: 1 to SHMEM_NAME_MAX of the characters
 * A-Z a-z 0-9 . _ - and not beginning with a dot; one leading slash is allowed
 * and means nothing. A new one has `bytes` zero bytes, all of them reserved.
 * One that is there is never changed; `bytes` must be its size, or 0 (without
 * CREATE) to take the size that is there.
 * Errors: E_INVAL (name, flags, 0 bytes with CREATE, or another size),
 * E_NOENT, E_EXISTS, E_ACCESS (another user's), E_UNTRUSTED (something else
 * lies under that name), E_NOSPACE (now, not as SIGBUS later), E_BUSY (somebody
 * keeps removing it, or looking whether it is in use), E_LIMIT, E_UNSUPPORTED
 * (no place for names here), E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_handle_open_named(const char *name, uint64_t bytes,
				      unsigned flags, shmem_access access,
				      shmem_handle **ret);

/*
 * Removes the name; who has the object open keeps it. Where the system removes
 * names itself, with the last user and not before (Windows): E_UNSUPPORTED.
 * Errors: E_INVAL (name), E_NOENT, E_ACCESS, E_UNSUPPORTED, E_SYS.
 */
SHMEM_API int shmem_handle_unlink_named(const char *name);

typedef struct shmem_named_info {
	size_t size;      /* sizeof(shmem_named_info) */
	const char *name; /* valid during the callback */
	uint64_t bytes;
	bool in_use; /* some process has it open or mapped */
} shmem_named_info;

/*
 * Calls `each` for every named object of this user; a non-zero return ends the
 * walk and is returned. Errors: E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_named_list(int (*each)(const shmem_named_info *info,
					   void *arg),
			       void *arg);

/*
 * Removes the name if no process has the object open or mapped any more.
 * Errors: E_BUSY (somebody has), E_INVAL (name), E_NOENT, E_ACCESS, E_SYS.
 */
SHMEM_API int shmem_named_unlink(const char *name);

#ifdef __cplusplus
}
#endif
#endif
