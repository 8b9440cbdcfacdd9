/* SPDX-License-Identifier: MIT */
/*
 * Memory that may be out of reach, touched in this very process, which goes
 * on. A fault that nobody waits for kills, as ever.
 */
#ifndef SHMEM_TESTS_TOUCH_H
#define SHMEM_TESTS_TOUCH_H

#include "support.h"

#define TOUCH_BYTES 64 /* that a touch is about, at most */

typedef void touch_fn(unsigned char *at);

/* What a fault is called here. */
extern const char touch_fault[];

/* Once a test, before reports of violations are asked for, so that those come
 * before what touched goes on. */
void touch_begin(void);

/* "done", what a fault is called, or what went otherwise. */
const char *touch(touch_fn *fn, unsigned char *at);

/* The same by another thread, whose stack is not where memory was before. */
const char *touch_in_thread(touch_fn *fn, unsigned char *at);

/* From here on fn() is called in each thread that faults, once what the library
 * has asked for is done. Before reports are asked for. */
void touch_on_fault(void (*fn)(void));

/* Whether a byte can be read, without a fault. */
bool touch_reads(const void *at);

#endif
