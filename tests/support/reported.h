/* SPDX-License-Identifier: MIT */
/*
 * Reports of violations, as a child writes them to a file in the scratch
 * folder, and what brings them about.
 */
#ifndef SHMEM_TESTS_REPORTED_H
#define SHMEM_TESTS_REPORTED_H

#include "support.h"

#include <shmem/shmem.h>
#include <string.h>

#define REPORTED_BYTES 4096 /* of the segment, "frame 7" */
#define SURVIVED 42         /* exit code of a child that has lived on */

/* A function that the stack shows. */
#define REPORTED_FRAME __attribute__((noinline))

/* What the file says, once it was read. */
extern char reported[1 << 16];
void reported_read(const char *name);

#define HAS(text)                                                              \
	ck_assert_msg(strstr(reported, text) != NULL, "no \"%s\" in:\n%s",     \
		      text, reported)
#define HAS_WHERE(feature, text)                                               \
	do {                                                                   \
		if (support_lacks(feature) == NULL)                            \
			HAS(text);                                             \
	} while (0)
/* The name of a function, what was done, and to which byte of the page. */
#define HAS_NAME(text) HAS_WHERE(SUPPORT_SYMBOLS, text)
#define HAS_TOUCH(text)                                                        \
	do {                                                                   \
		if (support_lacks(SUPPORT_SYMBOLS) == NULL)                    \
			HAS_WHERE(SUPPORT_TOUCH, text);                        \
	} while (0)
#define HAS_BYTE(text) HAS_WHERE(SUPPORT_BYTE, text)
#define HAS_NOT(text)                                                          \
	ck_assert_msg(strstr(reported, text) == NULL, "\"%s\" in:\n%s", text,  \
		      reported)

/* In the child: reports go to the file "report"; there are two ends, and a
 * segment in the hands of the first. */
extern shmem_channel *reported_a;
extern shmem_channel *reported_b;
extern shmem_segment *reported_segment;
extern char *reported_data;

void reported_ask(void);
void reported_make(void);
REPORTED_FRAME void reported_giver(void);
REPORTED_FRAME void reported_storer(size_t offset);
REPORTED_FRAME char reported_loader(size_t offset);

/* All of that: byte 16 of what was given away is stored to. */
void reported_store_away(void *arg);

/* A case whose tests' children know the folder. */
TCase *reported_case(Suite *s, const char *name);

#endif
