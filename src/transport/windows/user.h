/* SPDX-License-Identifier: MIT */
/* Who may do what: the user of this process, and nobody else. */
#ifndef SHMEM_SRC_TRANSPORT_WINDOWS_USER_H
#define SHMEM_SRC_TRANSPORT_WINDOWS_USER_H

#include <shmem/base.h>
#include <windows.h>

/* Security for a new object that only this user can open. E_NOMEM, E_SYS. */
int shmem__user_only(SECURITY_ATTRIBUTES *ret);
void shmem__user_only_free(SECURITY_ATTRIBUTES *security);

/* Whether the process runs for this user. */
bool shmem__user_runs(DWORD pid);

#endif
