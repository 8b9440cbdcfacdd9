/* SPDX-License-Identifier: MIT */
/* What the calls to the system may well answer when they fail; each system has
 * a table of its own. */
#ifndef SHMEM_TESTS_ANSWERS_H
#define SHMEM_TESTS_ANSWERS_H

#include <stdbool.h>

/* The step is from one call to the next that is tried in a loop that makes one
 * and the same again and again; its first and last ones are tried each. */
#ifdef _WIN32
#define ANSWERS_NO_MEMORY 8 /* ERROR_NOT_ENOUGH_MEMORY */
#define ANSWERS_STEP 8      /* Wine takes its time for each call */
#else
#include <errno.h>
#define ANSWERS_NO_MEMORY ENOMEM
#define ANSWERS_STEP 1
#endif

/* Besides "no memory", which every call is tried with first; up to a 0. */
#define ANSWERS_MAX 8
const int *answers_of(const char *call);

#ifdef _WIN32
/* The same by a number, for another process to tell. */
int answers_index(const char *call);
const char *answers_name(int index);
#endif

/* What is not the system's answer for ever: a loop may rightly wait for it to
 * change. */
bool answers_pass(int native);

/* What is said to the call that sends a packet where there are too many
 * descriptors on their way, and how that call is called. */
extern const char *const answers_send;
extern const int answers_too_many;

#endif
