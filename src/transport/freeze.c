/* SPDX-License-Identifier: MIT */
/*
 * A segment becomes an immutable object. It can only where the side that does
 * not own a segment has no mapping of it, so that the kernel can tell.
 */
#include "base/error.h"
#include "transport/channel.h"

#include <shmem/segment.h>
#include <string.h>

/* Its memory is the handle's now; the peer is to forget it, too. */
static void leave_pool(shmem_channel *channel, shmem__entry *entry)
{
	bool ours = shmem__id_side(entry->id) == channel->ledger.side;

	(void)shmem__entry_step(entry, SHMEM__ON_FREE);
	if (!ours || entry->announced)
		shmem__errand_add(channel, entry, SHMEM__FRAME_RETIRE);
	if (!ours || !entry->announced)
		shmem__pool_retire(&channel->pool, entry);
	(void)shmem__errands_flush(channel);
}

/* The handle may go to anybody, and shows the whole memory: what lay there
 * before the segment is for this channel's two ends only. */
static int clean(shmem_channel *channel, shmem__entry *entry)
{
	int err = shmem__pages_open(&channel->pool, entry);

	if (err == 0)
		memset(entry->base + entry->size, 0,
		       (size_t)(entry->capacity - entry->size));
	return err;
}

static int seal(shmem_channel *channel, shmem__entry *entry, shmem_handle **ret)
{
	shmem__object_facts facts = {
		.size = entry->capacity,
		.access = SHMEM_READ,
		.readonly_enforced = true,
		.frozen = true,
	};
	shmem_os_handle os;
	int err = clean(channel, entry);

	if (err == 0)
		err = shmem__object_duplicate(entry->os, SHMEM_READ, &os);
	if (err != 0)
		return err;
	*ret = shmem__handle_new(os, &facts, entry->label);
	if (*ret == NULL) {
		shmem__object_close(os);
		return SHMEM_E_NOMEM;
	}
	err = shmem__pages_close(&channel->pool, entry);
	if (err == 0)
		err = shmem__object_seal_write(entry->os);
	if (err != 0) {
		(void)shmem__pages_open(&channel->pool, entry);
		shmem_handle_close(ret);
	}
	return err;
}

int shmem_segment_freeze(shmem_segment **take, shmem_handle **ret)
{
	shmem_segment *segment = take != NULL ? *take : NULL;
	shmem_handle *handle = NULL;
	shmem_channel *channel;
	shmem__entry *entry;
	int err;

	if (segment == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	channel = segment->channel;
	if (channel == NULL)
		return SHMEM_E_CLOSED;
	entry = segment->entry;
	if (entry->state != SHMEM__OWNED)
		return SHMEM_E_STATE;
	if (channel->pool.enforce != SHMEM_ENFORCE_UNMAP)
		return SHMEM_E_UNSUPPORTED;
	err = seal(channel, entry, &handle);
	if (err != 0)
		return err;
	shmem__segment_unwrap(segment);
	SHMEM__ADD(&channel->stats, segments, -1);
	SHMEM__ADD(&channel->stats, segments_owned, -1);
	leave_pool(channel, entry);
	*take = NULL;
	*ret = handle;
	return 0;
}
