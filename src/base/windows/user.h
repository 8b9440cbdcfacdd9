/* SPDX-License-Identifier: MIT */
/* Who may do what: the user of this process, and nobody else. */
#ifndef SHMEM_SRC_BASE_WINDOWS_USER_H
#define SHMEM_SRC_BASE_WINDOWS_USER_H

#include <shmem/base.h>
#include <windows.h>

typedef union shmem__user {
	TOKEN_USER token;
	unsigned char bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
} shmem__user;

/* The user of this process. E_SYS. */
int shmem__user_me(shmem__user *ret);

/* Security for a new object that only this user can open. E_NOMEM, E_SYS. */
int shmem__user_only(SECURITY_ATTRIBUTES *ret);
void shmem__user_only_free(SECURITY_ATTRIBUTES *security);

/* Whether the process runs for this user. */
bool shmem__user_runs(DWORD pid);

#endif
