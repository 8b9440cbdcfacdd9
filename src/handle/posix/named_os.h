/* SPDX-License-Identifier: MIT */
/* What named objects need of the system, where one has more than another. */
#ifndef SHMEM_SRC_HANDLE_POSIX_NAMED_OS_H
#define SHMEM_SRC_HANDLE_POSIX_NAMED_OS_H

#include <shmem/base.h>

/* A new file in the folder without any name. E_UNSUPPORTED, and as open(). */
int shmem__named_nameless(int dir, int *ret);

/* Gives such a file a name; NAMED_AGAIN where there is one like it already.
 * E_UNSUPPORTED, and as linkat(). */
int shmem__named_christen(int fd, int dir, const char *name);

/* Another name instead of this one, with no moment in which there are both.
 * NAMED_AGAIN, also where it is not there; E_UNSUPPORTED, and as renameat(). */
int shmem__named_rename(int dir, const char *from, const char *to);

/* Ends what a creator that stopped has left unfinished: its file, complete, has
 * this name, and one of those that it has while it is made. */
void shmem__named_finish(int dir, const char *name);

/* Becomes one of the users, or NAMED_AGAIN: somebody has it alone. E_SYS. */
int shmem__named_share(int fd);

/* Takes the lock for itself alone, if nobody else has it. NAMED_AGAIN: somebody
 * else looks. E_SYS. */
int shmem__named_has_users(int fd, bool *ret);

/* Ends that, and closes the descriptor, of which a forked child may have a copy
 * that would keep the lock. */
void shmem__named_look_away(int fd);

#endif
