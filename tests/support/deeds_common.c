/* SPDX-License-Identifier: MIT */
/* What can be done to memory everywhere: loads and stores, of many kinds. */
#include "deeds.h"

#include <string.h>

static shmem_os_handle object = SHMEM_OS_HANDLE_INVALID;
static const unsigned char *beginning;

static volatile unsigned char sink;
static unsigned char bytes[DEED_BYTES];

void deed_memory(shmem_os_handle os, const unsigned char *place)
{
	object = os;
	beginning = place;
}

void deed_prepare(uint64_t offset)
{
	unsigned char before[DEED_BYTES];

	memset(before, DEED_BEFORE, sizeof(before));
	(void)deed_object_write(object, offset, before, sizeof(before));
}

bool deed_memory_is(const unsigned char *at, int byte)
{
	unsigned char now[DEED_BYTES];

	ck_assert(deed_object_read(object, (uint64_t)(at - beginning), now,
				   sizeof(now)));
	for (size_t i = 0; i < sizeof(now); i++)
		if (now[i] != byte)
			return false;
	return true;
}

void deed_do_load(unsigned char *at)
{
	sink = *(volatile unsigned char *)at;
}

void deed_do_store(unsigned char *at)
{
	for (int i = 0; i < DEED_BYTES; i++)
		((volatile unsigned char *)at)[i] = DEED_AFTER;
}

/* ThreadSanitizer holds a lock of its own during what it knows is atomic, and
 * would never let go of it. */
__attribute__((no_sanitize("thread"))) static void do_atomic(unsigned char *at)
{
	__atomic_fetch_add((uint32_t *)(void *)at, 1, __ATOMIC_SEQ_CST);
}

/* The library's own, whatever the compiler knows of it. */
static void *(*volatile copy)(void *to, const void *from, size_t n) = memcpy;

static void do_copy_from(unsigned char *at)
{
	copy(bytes, at, DEED_BYTES);
}

static void do_copy_to(unsigned char *at)
{
	unsigned char from[DEED_BYTES];

	memset(from, DEED_AFTER, sizeof(from));
	copy(at, from, DEED_BYTES);
}

const char *deed_stored(const char *outcome, const unsigned char *at)
{
	bool there = deed_memory_is(at, DEED_AFTER);

	if (strcmp(outcome, "done") == 0)
		return there ? "done" : "nowhere";
	return deed_memory_is(at, DEED_BEFORE) ? outcome : "an error, yet done";
}

const char *deed_both(const char *one, const char *two)
{
	return strcmp(one, two) == 0 ? one : "now this, now that";
}

const char *deed_load(unsigned char *at)
{
	return touch(deed_do_load, at);
}

const char *deed_store(unsigned char *at)
{
	return deed_stored(touch(deed_do_store, at), at);
}

const char *deed_atomic(unsigned char *at)
{
	const char *outcome = touch(do_atomic, at);
	bool unchanged = deed_memory_is(at, DEED_BEFORE);

	return unchanged == (strcmp(outcome, "done") != 0) ? outcome
							   : "half done";
}

const char *deed_copy_from(unsigned char *at)
{
	return touch(do_copy_from, at);
}

const char *deed_copy_to(unsigned char *at)
{
	return deed_stored(touch(do_copy_to, at), at);
}

const char *deed_thread_load(unsigned char *at)
{
	return touch_in_thread(deed_do_load, at);
}

const char *deed_thread_store(unsigned char *at)
{
	return deed_stored(touch_in_thread(deed_do_store, at), at);
}
