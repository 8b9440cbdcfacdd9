/* SPDX-License-Identifier: MIT */
/* A set of numbers in an array, the latest found first. */
#include "transport/idset.h"

#include "base/assert.h"
#include "base/fault.h"

#include <shmem/base.h>

int shmem__idset_reserve(shmem__idset *set, size_t extra)
{
	size_t room = set->room != 0 ? set->room : 8;
	uint64_t *id;

	if (set->count + extra <= set->room)
		return 0;
	while (room < set->count + extra)
		room *= 2;
	id = shmem__realloc(set->id, room * sizeof(*id));
	if (id == NULL)
		return SHMEM_E_NOMEM;
	set->id = id;
	set->room = room;
	return 0;
}

void shmem__idset_add(shmem__idset *set, uint64_t id)
{
	SHMEM__ASSERT(set->count < set->room);
	set->id[set->count++] = id;
}

static size_t find(const shmem__idset *set, uint64_t id)
{
	size_t i = set->count;

	while (i > 0 && set->id[i - 1] != id)
		i--;
	return i;
}

bool shmem__idset_has(const shmem__idset *set, uint64_t id)
{
	return find(set, id) != 0;
}

bool shmem__idset_remove(shmem__idset *set, uint64_t id)
{
	size_t at = find(set, id);

	if (at == 0)
		return false;
	set->id[at - 1] = set->id[--set->count];
	return true;
}

void shmem__idset_fini(shmem__idset *set)
{
	shmem__free(set->id);
	set->id = NULL;
	set->count = 0;
	set->room = 0;
}
