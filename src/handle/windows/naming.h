/* SPDX-License-Identifier: MIT */
/*
 * Who looks at a named section has it open for that moment, and would be taken
 * for a user of it: its name would stay, though its last user is gone. So one
 * at a time, of all processes of this user, opens names.
 */
#ifndef SHMEM_SRC_HANDLE_WINDOWS_NAMING_H
#define SHMEM_SRC_HANDLE_WINDOWS_NAMING_H

#include <windows.h>

/* NULL where it can't be had, or somebody has kept it for a second: then it is
 * done without. */
HANDLE shmem__naming_begin(void);
void shmem__naming_end(HANDLE turn);

#endif
