/* SPDX-License-Identifier: MIT */
/*
 * Calls by number. Numbers are given one after the other, so that their low
 * bits spread them as evenly as can be.
 */
#include "event/calls.h"

#include <stdlib.h>

#define FIRST_BUCKETS 16

static shmem__call **place(const shmem__calls *calls, uint64_t id)
{
	return &calls->bucket[id & (calls->buckets - 1)];
}

void shmem__calls_add(shmem__calls *calls, shmem__call *call)
{
	shmem__call **at = place(calls, call->id);

	call->next = *at;
	*at = call;
	calls->count++;
}

shmem__call *shmem__calls_take_any(shmem__calls *calls)
{
	for (size_t i = 0; calls->count > 0; i++) {
		shmem__call *call = calls->bucket[i];

		if (call == NULL)
			continue;
		calls->bucket[i] = call->next;
		calls->count--;
		return call;
	}
	return NULL;
}

int shmem__calls_reserve(shmem__calls *calls)
{
	shmem__calls larger = {.buckets = calls->buckets * 2};
	shmem__call *call;

	if (calls->count < calls->buckets)
		return 0;
	if (larger.buckets == 0)
		larger.buckets = FIRST_BUCKETS;
	larger.bucket = calloc(larger.buckets, sizeof(shmem__call *));
	if (larger.bucket == NULL)
		return SHMEM_E_NOMEM;
	while ((call = shmem__calls_take_any(calls)) != NULL)
		shmem__calls_add(&larger, call);
	free(calls->bucket);
	*calls = larger;
	return 0;
}

shmem__call *shmem__calls_take(shmem__calls *calls, uint64_t id)
{
	shmem__call **at;

	if (calls->count == 0)
		return NULL;
	for (at = place(calls, id); *at != NULL; at = &(*at)->next)
		if ((*at)->id == id) {
			shmem__call *call = *at;

			*at = call->next;
			calls->count--;
			return call;
		}
	return NULL;
}

void shmem__calls_fini(shmem__calls *calls)
{
	free(calls->bucket);
	calls->bucket = NULL;
	calls->buckets = 0;
}
