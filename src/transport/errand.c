/* SPDX-License-Identifier: MIT */
/*
 * Small news for the peer: segments freed, memory retired, requests refused.
 * None of it can be lost or fail, so it waits in its own objects until there is
 * room on the link.
 */
#include "transport/channel.h"

#include "base/assert.h"

/* As many as one packet surely holds, of each kind. */
#define RUN_MAX 1024u

static void unlist(shmem_channel *channel, shmem__entry *entry)
{
	if (entry->errand_prev != NULL)
		entry->errand_prev->errand_next = entry->errand_next;
	else
		channel->errands = entry->errand_next;
	if (entry->errand_next != NULL)
		entry->errand_next->errand_prev = entry->errand_prev;
	else
		channel->errands_last = entry->errand_prev;
	entry->errand_next = NULL;
	entry->errand_prev = NULL;
	entry->errand = 0;
}

void shmem__errand_add(shmem_channel *channel, shmem__entry *entry,
		       shmem__frame_type type)
{
	/* Retiring implies freeing, so one errand an entry is enough. */
	entry->errand_id = entry->id;
	if (entry->errand != 0) {
		entry->errand = type;
		return;
	}
	entry->errand = type;
	entry->errand_next = NULL;
	entry->errand_prev = channel->errands_last;
	if (channel->errands_last != NULL)
		channel->errands_last->errand_next = entry;
	else
		channel->errands = entry;
	channel->errands_last = entry;
}

/* A newer segment in the same memory tells that the older one is gone. */
void shmem__errand_cancel(shmem_channel *channel, shmem__entry *entry)
{
	if (entry->errand != 0)
		unlist(channel, entry);
}

static bool any(const shmem_channel *channel)
{
	return channel->errands != NULL || channel->refused.count != 0;
}

bool shmem__errands_wait(const shmem_channel *channel)
{
	return any(channel) || shmem__link_owes(&channel->link);
}

static void put_entries(shmem_channel *channel, shmem__packet *packet,
			shmem__frame_type type, size_t total, size_t count)
{
	shmem__entry *entry = channel->errands;
	unsigned char *at;

	if (count == 0)
		return;
	at = shmem__frame_add(packet, type, count * 8);
	for (size_t i = 0; i < total; i++, entry = entry->errand_next)
		if (entry->errand == type) {
			shmem__put64(at, entry->errand_id);
			at += 8;
		}
}

shmem__errand_run shmem__errands_put(shmem_channel *channel,
				     shmem__packet *packet)
{
	shmem__errand_run run = {0, 0};
	size_t frees = 0;
	unsigned char *at;

	for (const shmem__entry *e = channel->errands;
	     e != NULL && run.entries < RUN_MAX; e = e->errand_next) {
		run.entries++;
		frees += e->errand == SHMEM__FRAME_FREE;
	}
	put_entries(channel, packet, SHMEM__FRAME_FREE, run.entries, frees);
	put_entries(channel, packet, SHMEM__FRAME_RETIRE, run.entries,
		    run.entries - frees);
	run.refused = channel->refused.count < RUN_MAX ? channel->refused.count
						       : RUN_MAX;
	if (run.refused == 0)
		return run;
	at = shmem__frame_add(packet, SHMEM__FRAME_REFUSE, run.refused * 8);
	for (size_t i = 0; i < run.refused; i++)
		shmem__put64(
			at + i * 8,
			channel->refused.id[channel->refused.count - 1 - i]);
	return run;
}

void shmem__errands_done(shmem_channel *channel, shmem__errand_run run)
{
	while (run.entries-- > 0) {
		shmem__entry *entry = channel->errands;
		bool retired;

		SHMEM__ASSERT(entry != NULL);
		retired = entry->errand == SHMEM__FRAME_RETIRE;

		unlist(channel, entry);
		if (retired && entry->capacity != 0)
			shmem__pool_retire(&channel->pool, entry);
	}
	channel->refused.count -= run.refused;
}

int shmem__errands_flush(shmem_channel *channel)
{
	shmem__packet *packet;
	shmem__errand_run run;
	int err = shmem__link_pay(&channel->link);

	if (err != 0)
		return err;
	while (any(channel)) {
		err = shmem__hello_send(channel);
		if (err == 0)
			err = shmem__link_packet(&channel->link, &packet);
		if (err != 0)
			return err;
		run = shmem__errands_put(channel, packet);
		err = shmem__link_send(&channel->link, NULL, 0, false);
		if (err == SHMEM_E_AGAIN)
			shmem__channel_news(channel);
		if (err == SHMEM_E_PROTO)
			return shmem__channel_fail(channel, err);
		if (err != 0)
			return err;
		shmem__errands_done(channel, run);
	}
	return 0;
}
