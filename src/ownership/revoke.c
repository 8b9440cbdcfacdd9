/* SPDX-License-Identifier: MIT */
/*
 * Revocation. PROTECT changes the protection of the view, whole views at a time
 * (no mapping splits), neighbours in one call. UNMAP replaces the view by
 * nothing, and maps it again.
 */
#include "ownership/revoke.h"

#include "base/assert.h"
#include "mapping/os.h"

static int protect(shmem__pool *pool, unsigned char *at, uint64_t length,
		   bool open)
{
	if (open)
		SHMEM__ADD(pool->stats, restores, 1);
	else
		SHMEM__ADD(pool->stats, revokes, 1);
	return shmem__view_protect(at, (size_t)length,
				   open ? SHMEM_RW : SHMEM_NONE);
}

static int remap(shmem__pool *pool, shmem__entry *entry, bool open)
{
	void *at;
	int err;

	if (!open) {
		SHMEM__ADD(pool->stats, revokes, 1);
		return shmem__range_clear(entry->base, (size_t)entry->capacity);
	}
	SHMEM__ADD(pool->stats, restores, 1);
	err = shmem__view_map(entry->os, 0, (size_t)entry->capacity, SHMEM_RW,
			      entry->base, &at);
	if (err != 0)
		return err;
	/* Failing leaves a view that a forked child would have, too. */
	err = shmem__range_dont_fork(entry->base, (size_t)entry->capacity);
	if (err != 0)
		(void)shmem__range_clear(entry->base, (size_t)entry->capacity);
	return err;
}

/*
 * How many of the entries, from the first on, lie side by side (upwards or
 * downwards) and are in the same state of access, so that one call does for
 * all.
 */
static size_t neighbours(shmem__entry *const *entries, size_t count, bool open,
			 unsigned char **ret_at, uint64_t *ret_length)
{
	unsigned char *low = entries[0]->base;
	unsigned char *high = low + entries[0]->capacity;
	size_t n = 1;

	while (n < count && entries[n]->closed == open) {
		shmem__entry *e = entries[n];

		if (e->base == high)
			high += e->capacity;
		else if (e->base + e->capacity == low)
			low = e->base;
		else
			break;
		n++;
	}
	*ret_at = low;
	*ret_length = (uint64_t)(high - low);
	return n;
}

/* Sets the access of entries[0 .. *done), *done being count on success. */
static int set_access(shmem__pool *pool, shmem__entry *const *entries,
		      size_t count, bool open, size_t *done)
{
	unsigned char *at;
	uint64_t length;
	size_t n;
	int err = 0;

	for (*done = 0; *done < count; *done += n) {
		shmem__entry *const *first = entries + *done;

		n = 1;
		if ((*first)->closed != open)
			continue; /* is so already */
		if (pool->enforce == SHMEM_ENFORCE_UNMAP) {
			err = remap(pool, *first, open);
		} else if (pool->enforce == SHMEM_ENFORCE_PROTECT) {
			n = neighbours(first, count - *done, open, &at,
				       &length);
			err = protect(pool, at, length, open);
		} else if (!open) {
			continue; /* nothing is enforced */
		} else {
			err = protect(pool, (*first)->base, (*first)->capacity,
				      true);
		}
		if (err != 0)
			return err;
		for (size_t i = 0; i < n; i++)
			first[i]->closed = !open;
	}
	return 0;
}

int shmem__pages_close(shmem__pool *pool, shmem__entry *entry)
{
	size_t done;

	return set_access(pool, &entry, 1, false, &done);
}

int shmem__pages_open(shmem__pool *pool, shmem__entry *entry)
{
	size_t done;

	return set_access(pool, &entry, 1, true, &done);
}

static int check_all(shmem__entry *const *entries, size_t count,
		     shmem__happening event)
{
	for (size_t i = 0; i < count; i++) {
		int next = shmem__table_next(entries[i]->state, event);

		if (next < 0)
			return next;
	}
	return 0;
}

static void step_all(shmem__entry *const *entries, size_t count,
		     shmem__happening event)
{
	for (size_t i = 0; i < count; i++) {
		int err = shmem__entry_step(entries[i], event);

		(void)err;
		SHMEM__ASSERT(err == 0);
	}
}

int shmem__revoke(shmem__pool *pool, shmem__entry *const *entries, size_t count,
		  shmem__happening event)
{
	size_t done = 0;
	size_t undone;
	int err = check_all(entries, count, event);

	if (err == 0)
		err = set_access(pool, entries, count, false, &done);
	if (err != 0) {
		(void)set_access(pool, entries, done, true, &undone);
		return err;
	}
	step_all(entries, count, event);
	return 0;
}

int shmem__restore(shmem__pool *pool, shmem__entry *const *entries,
		   size_t count, shmem__happening event)
{
	size_t done = 0;
	size_t undone;
	int err = check_all(entries, count, event);

	if (err == 0)
		err = set_access(pool, entries, count, true, &done);
	if (err != 0) {
		(void)set_access(pool, entries, done, false, &undone);
		return err;
	}
	step_all(entries, count, event);
	return 0;
}
