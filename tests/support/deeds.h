/* SPDX-License-Identifier: MIT */
/*
 * What may be done to memory that is not this process's to touch, and what
 * comes of it: the table of this system, which docs/security.md shows.
 */
#ifndef SHMEM_TESTS_DEEDS_H
#define SHMEM_TESTS_DEEDS_H

#include "touch.h"

#include <shmem/base.h>

#define DEED_BYTES TOUCH_BYTES
#define DEED_BEFORE 0xa5 /* what they are, and what is written */
#define DEED_AFTER 0x3c

enum deed_column {
	DEED_PROTECT,
	DEED_UNMAP,
	DEED_NONE,
	DEED_CLOSED,
	DEED_READONLY,
	DEED_COLUMNS
};

/* Does it, and tells what came of it. */
typedef const char *deed_fn(unsigned char *at);

typedef struct deed {
	const char *text;
	deed_fn *fn;
	const char *reported; /* as, where it faults */
	bool dear;            /* by a thread or a process */
	bool by_child;
	bool by_advice; /* about memory: not heeded everywhere */
	/* By column; it may be one of several: "this or that". */
	const char *outcome[DEED_COLUMNS];
} deed;

extern const char *const deed_columns[DEED_COLUMNS];
extern const deed deed_table[];
extern const size_t deed_count;

/*
 * The memory that the deeds are about: its object, of which `os` is and stays a
 * descriptor, and where this process had it. The object's bytes are looked at,
 * and changed, by no view that stays.
 */
void deed_memory(shmem_os_handle os, const unsigned char *place);

/* What is at that place is as it is before a deed, where it can be written. */
void deed_prepare(uint64_t offset);

/* Whether all of it is that byte. */
bool deed_memory_is(const unsigned char *at, int byte);

/* Of the deeds that every system has. */
deed_fn deed_load, deed_store, deed_atomic, deed_copy_from, deed_copy_to,
	deed_thread_load, deed_thread_store;

/* For those of one system. It is said to be done: is it? */
const char *deed_stored(const char *outcome, const unsigned char *at);
const char *deed_both(const char *one, const char *two);
touch_fn deed_do_load, deed_do_store;

/* By system: false where the object does not let. */
bool deed_object_read(shmem_os_handle os, uint64_t offset, void *to, size_t n);
bool deed_object_write(shmem_os_handle os, uint64_t offset, const void *from,
		       size_t n);

#endif
