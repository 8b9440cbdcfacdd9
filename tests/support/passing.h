/* SPDX-License-Identifier: MIT */
/*
 * Starting a program with a handle and a channel, where that may fail: either
 * there is a program with all of it, or there is none.
 */
#ifndef SHMEM_TESTS_PASSING_H
#define SHMEM_TESTS_PASSING_H

#include "channels.h"
#include "roles.h"

extern struct passing {
	shmem_handle *handle;   /* to be passed */
	shmem_process *process; /* what was started, if anything */
	shmem_channel *channel;
} passing;

/* The role of who is started. */
#define PASSING_ROLE "passing"
int passing_play(char **arg);

void passing_set_up(void);
int passing_spawn(void);

/* No process is left, and what was to be passed is here still; or all was. And
 * the end, whatever there is. */
void passing_check_none(void);
void passing_check_all(void);
void passing_clear(void);

#endif
