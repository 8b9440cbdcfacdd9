/* SPDX-License-Identifier: MIT */
/* Segments as the application sees them. */
#include "base/fault.h"
#include "mapping/os.h"
#include "transport/channel.h"

#include <shmem/segment.h>
#include <string.h>

/* Packets taken in at most before new memory is made. */
#define NEWS_MAX 64

int shmem__segment_spares(shmem_channel *channel, uint32_t count)
{
	while (channel->spare_count < count) {
		shmem_segment *segment = shmem__calloc(1, sizeof(*segment));

		if (segment == NULL)
			return SHMEM_E_NOMEM;
		segment->spare = channel->spare;
		channel->spare = segment;
		channel->spare_count++;
	}
	return 0;
}

int shmem__segment_wrap(shmem_channel *channel, shmem__entry *entry,
			shmem_segment **ret)
{
	shmem_segment *segment;
	int err = shmem__segment_spares(channel, 1);

	if (err != 0)
		return err;
	segment = channel->spare;
	channel->spare = segment->spare;
	channel->spare_count--;
	segment->channel = channel;
	segment->entry = entry;
	segment->group = 0;
	segment->spare = NULL;
	entry->segment = segment;
	*ret = segment;
	return 0;
}

void shmem__segment_unwrap(shmem_segment *segment)
{
	shmem_channel *channel = segment->channel;

	segment->entry->segment = NULL;
	segment->entry = NULL;
	segment->spare = channel->spare;
	channel->spare = segment;
	channel->spare_count++;
}

void shmem__segment_orphan(shmem_segment *segment)
{
	segment->entry->segment = NULL;
	segment->entry = NULL;
	segment->channel = NULL;
}

/* Free memory of ours goes away, at both ends. That of a run would go with the
 * last of it only. */
void shmem__entry_retire(shmem_channel *channel, shmem__entry *entry)
{
	if (entry->in_run)
		(void)shmem__view_discard(entry->base, entry->span);
	if (entry->announced)
		shmem__errand_add(channel, entry, SHMEM__FRAME_RETIRE);
	else
		shmem__pool_retire(&channel->pool, entry);
}

void shmem__entry_free(shmem_channel *channel, shmem__entry *entry)
{
	bool ours = shmem__id_side(entry->id) == channel->ledger.side;
	bool shut = shmem__pages_close(&channel->pool, entry) == 0;

	shmem__watch_freed(entry);
	(void)shmem__entry_step(entry, SHMEM__ON_FREE);
	if (!ours) {
		/* The peer will own it: what can't be closed must go. */
		shmem__errand_add(channel, entry,
				  shut ? SHMEM__FRAME_FREE
				       : SHMEM__FRAME_RETIRE);
		if (!shut)
			shmem__pool_retire(&channel->pool, entry);
		shmem__lend_returned(channel, entry);
		return;
	}
	if (entry->known)
		shmem__errand_add(channel, entry, SHMEM__FRAME_FREE);
	if (shmem__pool_recycle(&channel->pool, entry))
		shmem__entry_retire(channel, entry);
}

/* What lies in the pool counts at the peer, too: it makes room, once the peer
 * has been told, which may have to be tried again. */
static bool make_room(shmem_channel *channel)
{
	shmem__entry *victim = shmem__pool_evict(&channel->pool);
	uint64_t before = channel->pool.ours.count;

	if (victim != NULL)
		shmem__entry_retire(channel, victim);
	(void)shmem__errands_flush(channel);
	/* Where the peer can't be told now, giving up more makes no room. */
	return channel->pool.ours.count < before;
}

/*
 * What the peer has freed meanwhile may be just what is needed; who only sends
 * would never learn of it. Looks no further than that.
 */
static void take_in_news(shmem_channel *channel, uint64_t bytes)
{
	int err = 0;

	for (int i = 0; i < NEWS_MAX && err == 0; i++) {
		if (shmem__pool_has(&channel->pool, bytes) ||
		    shmem__inbox_full(channel))
			return;
		err = shmem__pump(channel, 0);
	}
}

int shmem__entry_alloc(shmem_channel *channel, uint64_t bytes,
		       shmem__entry **ret)
{
	int err = 0;

	if (channel->closed != 0)
		return SHMEM_E_CLOSED;
	if (!channel->ledger_ready)
		err = shmem__hello_wait(channel);
	if (err == 0)
		take_in_news(channel, bytes);
	if (channel->closed != 0)
		return SHMEM_E_CLOSED;
	if (err == 0)
		err = shmem__pool_alloc(&channel->pool, bytes, ret);
	if (err == SHMEM_E_LIMIT && !channel->agreed) {
		err = shmem__hello_wait(channel);
		if (err == 0)
			err = shmem__pool_alloc(&channel->pool, bytes, ret);
	}
	while (err == SHMEM_E_LIMIT && make_room(channel))
		err = shmem__pool_alloc(&channel->pool, bytes, ret);
	return err;
}

/* A run of them, or however many fewer; 0 where it can't be had, or told to the
 * peer, now: then they are made one by one. */
static size_t alloc_run(shmem_channel *channel, uint64_t bytes, size_t count,
			shmem__entry **entries)
{
	if (count > SHMEM__RUN_MAX)
		count = SHMEM__RUN_MAX;
	if (count < 2 || !channel->agreed ||
	    shmem__pool_alloc_run(&channel->pool, bytes, count, entries) != 0)
		return 0;
	if (shmem__announce_run(channel, entries, count) == 0)
		return count;
	for (size_t i = 0; i < count; i++) {
		(void)shmem__entry_step(entries[i], SHMEM__ON_FREE);
		shmem__pool_retire(&channel->pool, entries[i]);
	}
	return 0;
}

/* As many as are to be had at once, at least one. */
static int alloc_some(shmem_channel *channel, uint64_t bytes, size_t count,
		      shmem__entry **entries, size_t *ret_n)
{
	size_t n = 0;
	int err = 0;

	if (channel->ledger_ready && channel->closed == 0) {
		take_in_news(channel, bytes);
		err = shmem__pool_alloc_reused(&channel->pool, bytes, count,
					       entries, &n);
	}
	if (err == 0 && n == 0 && channel->closed == 0)
		n = alloc_run(channel, bytes, count, entries);
	if (err == 0 && n == 0) {
		err = shmem__entry_alloc(channel, bytes, entries);
		n = 1;
	}
	if (err == 0)
		*ret_n = n;
	return err;
}

int shmem_segment_alloc_many(shmem_channel *channel, uint64_t bytes,
			     size_t count, shmem_segment **ret)
{
	shmem__entry *entries[SHMEM_MESSAGE_MAX_SEGMENTS];
	size_t done = 0;
	int err;

	if (channel == NULL || (ret == NULL && count != 0))
		return SHMEM_E_INVAL;
	if (count > SHMEM_MESSAGE_MAX_SEGMENTS)
		return SHMEM_E_LIMIT;
	err = shmem__segment_spares(channel, (uint32_t)count);
	while (err == 0 && done < count) {
		size_t n = 0;

		err = alloc_some(channel, bytes, count - done, entries + done,
				 &n);
		done += n;
	}
	if (err != 0) {
		for (size_t i = 0; i < done; i++)
			shmem__entry_free(channel, entries[i]);
		return err;
	}
	shmem__entries_sort(entries, count);
	for (size_t i = 0; i < count; i++)
		(void)shmem__segment_wrap(channel, entries[i], &ret[i]);
	SHMEM__ADD(&channel->stats, segments, count);
	SHMEM__ADD(&channel->stats, segments_owned, count);
	shmem__announce_many(channel, SHMEM__UNANNOUNCED_MAX);
	return 0;
}

int shmem_segment_alloc(shmem_channel *channel, uint64_t bytes,
			shmem_segment **ret)
{
	shmem__entry *entry;
	shmem_segment *segment;
	int err;

	if (channel == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	err = shmem__entry_alloc(channel, bytes, &entry);
	if (err != 0)
		return err;
	err = shmem__segment_wrap(channel, entry, &segment);
	if (err != 0) {
		shmem__entry_free(channel, entry);
		return err;
	}
	SHMEM__ADD(&channel->stats, segments, 1);
	SHMEM__ADD(&channel->stats, segments_owned, 1);
	shmem__announce_many(channel, SHMEM__UNANNOUNCED_MAX);
	*ret = segment;
	return 0;
}

/* Gives it up; the peer is still to be told. */
static void let_go(shmem_segment *segment)
{
	shmem_channel *channel = segment->channel;
	shmem__entry *entry = segment->entry;

	if (channel == NULL) {
		shmem__free(segment);
		return;
	}
	(void)shmem__entry_step(entry, SHMEM__ON_UNSTAGE);
	shmem__segment_unwrap(segment);
	SHMEM__ADD(&channel->stats, segments, -1);
	SHMEM__ADD(&channel->stats, segments_owned, -1);
	shmem__entry_free(channel, entry);
}

static void tell_freed(shmem_channel *channel)
{
	if (channel != NULL && channel->closed == 0)
		(void)shmem__errands_flush(channel);
}

void shmem__segment_drop(shmem_segment *segment)
{
	shmem_channel *channel = segment->channel;

	let_go(segment);
	tell_freed(channel);
}

int shmem_segment_free(shmem_segment **take)
{
	shmem_segment *segment = take != NULL ? *take : NULL;

	if (segment == NULL)
		return 0;
	if (segment->channel != NULL && segment->entry->state != SHMEM__OWNED)
		return SHMEM_E_STATE;
	*take = NULL;
	shmem__segment_drop(segment);
	return 0;
}

/* Those of one channel from the first on: their pages close together, or where
 * that fails each by itself, and the peer is told once. */
static size_t free_some(shmem_segment *const *segments, size_t count)
{
	shmem__entry *entries[SHMEM__RUN_MAX];
	shmem_channel *channel = segments[0]->channel;
	size_t n = 0;

	for (; n < count && n < SHMEM__RUN_MAX && segments[n] != NULL &&
	       segments[n]->channel == channel;
	     n++)
		entries[n] = segments[n]->entry;
	if (channel != NULL)
		(void)shmem__pages_set(&channel->pool, entries, n, false);
	for (size_t i = 0; i < n; i++)
		let_go(segments[i]);
	tell_freed(channel);
	return n;
}

void shmem__segments_drop(shmem__list *list)
{
	shmem_segment *some[SHMEM__RUN_MAX];

	while (shmem__list_left(list) > 0) {
		size_t n = 0;

		while (n < SHMEM__RUN_MAX && shmem__list_left(list) > 0)
			some[n++] = shmem__list_take(list);
		for (size_t i = 0; i < n;)
			i += free_some(some + i, n - i);
	}
}

int shmem_segment_free_many(shmem_segment **take, size_t count)
{
	if (take == NULL)
		return count == 0 ? 0 : SHMEM_E_INVAL;
	for (size_t i = 0; i < count; i++)
		if (take[i] != NULL && take[i]->channel != NULL &&
		    take[i]->entry->state != SHMEM__OWNED)
			return SHMEM_E_STATE;
	for (size_t i = 0; i < count;) {
		size_t n = take[i] != NULL ? free_some(take + i, count - i) : 1;

		for (; n > 0; n--)
			take[i++] = NULL;
	}
	return 0;
}

void shmem_segment_set_group(shmem_segment *segment, uint64_t group)
{
	if (segment != NULL)
		segment->group = group;
}

size_t shmem_channel_free_group(shmem_channel *channel, uint64_t group)
{
	size_t count = 0;
	uint64_t at = 0;
	shmem__entry *entry;

	if (channel == NULL || group == 0 || !channel->ledger_ready)
		return 0;
	for (; (entry = shmem__ledger_next(&channel->ledger, SHMEM__OWNED,
					   &at)) != NULL;
	     at++) {
		shmem_segment *segment = entry->segment;

		if (segment == NULL || segment->group != group)
			continue;
		shmem__segment_orphan(segment);
		SHMEM__ADD(&channel->stats, segments, -1);
		SHMEM__ADD(&channel->stats, segments_owned, -1);
		shmem__entry_free(channel, entry);
		count++;
	}
	if (count > 0)
		tell_freed(channel);
	return count;
}

void *shmem_segment_data(const shmem_segment *segment)
{
	if (segment == NULL || segment->channel == NULL)
		return NULL;
	/* A failed send that could not be undone at once is undone here. */
	if (segment->entry->closed &&
	    shmem__pages_open(&segment->channel->pool, segment->entry) != 0)
		return NULL;
	return segment->entry->base;
}

uint64_t shmem_segment_size(const shmem_segment *segment)
{
	if (segment == NULL || segment->channel == NULL)
		return 0;
	return segment->entry->size;
}

uint64_t shmem_segment_id(const shmem_segment *segment)
{
	if (segment == NULL || segment->channel == NULL)
		return 0;
	return segment->entry->id;
}

int shmem_segment_set_label(shmem_segment *segment, const char *label)
{
	if (segment == NULL || segment->channel == NULL)
		return SHMEM_E_INVAL;
	shmem__label_copy(segment->entry->label, label);
	segment->entry->label_new = true;
	return 0;
}

const char *shmem_segment_label(const shmem_segment *segment)
{
	if (segment == NULL || segment->channel == NULL)
		return "";
	return segment->entry->label;
}

int shmem_segment_send(shmem_channel *channel, shmem_segment **take)
{
	shmem_segment *segment;
	void *item;
	shmem__outgoing out = {.segments = &item, .segment_count = 1};
	int err;

	if (channel == NULL || take == NULL || *take == NULL)
		return SHMEM_E_INVAL;
	segment = *take;
	item = segment;
	if (segment->channel != channel)
		return segment->channel == NULL ? SHMEM_E_STATE : SHMEM_E_INVAL;
	err = shmem__entry_step(segment->entry, SHMEM__ON_STAGE);
	if (err != 0)
		return err;
	err = shmem__send(channel, &out);
	if (err != 0) {
		(void)shmem__entry_step(segment->entry, SHMEM__ON_UNSTAGE);
		return err;
	}
	*take = NULL;
	return 0;
}

shmem_state shmem_segment_state(const shmem_channel *channel, uint64_t id)
{
	const shmem__entry *entry;

	if (channel == NULL || !channel->ledger_ready)
		return SHMEM_STATE_DEAD;
	entry = shmem__ledger_find(&channel->ledger, id);
	return entry != NULL ? shmem__table_public(entry->state)
			     : SHMEM_STATE_DEAD;
}

void shmem_segment_move(shmem_segment **dst, shmem_segment **take)
{
	shmem_segment *segment;

	if (dst == NULL || take == NULL || dst == take)
		return;
	segment = *take;
	*take = NULL;
	if (*dst != NULL) {
		shmem__segment_drop(*dst);
		*dst = NULL;
	}
	*dst = segment;
}
