/* SPDX-License-Identifier: MIT */
/*
 * Memory that is lent. Where the system lets one process change another's
 * views, the side that has this power keeps every right to the memory it makes:
 * the peer gets a view with the segment, and no way to make one. When the
 * segment comes back the view is taken away, and it is proven that it is gone:
 * whatever the peer does, it has no access to what it does not own.
 */
#include "base/error.h"
#include "mapping/os.h"
#include "transport/channel.h"

/* In one message: what is said of each must fit into its packet. */
#define LEND_MAX 256u

void shmem__lend_begin(shmem_channel *channel)
{
	if (channel->opts.enforce == SHMEM_ENFORCE_UNMAP &&
	    shmem__socket_can_lend(&channel->link.sock))
		channel->pool.lends = true;
}

static bool is_lent_by_us(const shmem_channel *channel,
			  const shmem__entry *entry)
{
	return channel->pool.lends &&
	       shmem__id_side(entry->id) == channel->ledger.side;
}

int shmem__lend(shmem_channel *channel, shmem__entry *const *entries,
		size_t count)
{
	int err = 0;

	if (channel->pool.lends && count > LEND_MAX)
		return SHMEM_E_LIMIT;
	for (size_t i = 0; err == 0 && i < count; i++) {
		shmem__entry *entry = entries[i];

		if (!is_lent_by_us(channel, entry))
			continue;
		err = shmem__socket_lend(&channel->link.sock, entry->os,
					 entry->span, &entry->there);
		entry->lent = err == 0;
	}
	return err;
}

void shmem__lend_put(shmem_channel *channel, shmem__packet *packet,
		     shmem__entry *const *entries, size_t count)
{
	unsigned char *at;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += is_lent_by_us(channel, entries[i]);
	if (n == 0)
		return;
	at = shmem__frame_add(packet, SHMEM__FRAME_VIEW,
			      n * SHMEM__VIEW_RECORD);
	for (size_t i = 0; i < count; i++) {
		if (!is_lent_by_us(channel, entries[i]))
			continue;
		shmem__put64(at, entries[i]->id);
		shmem__put64(at + 8, entries[i]->there);
		at += SHMEM__VIEW_RECORD;
	}
}

/* What was lent earlier has been taken away since. */
static int take_view(shmem__entry *entry, unsigned char *at)
{
	if (!shmem__view_is_lent(at, (size_t)entry->capacity))
		return SHMEM_E_UNTRUSTED;
	entry->base = at;
	entry->lent = true;
	return 0;
}

void shmem__lend_returned(shmem_channel *channel, shmem__entry *entry)
{
	if (channel->pool.guest &&
	    shmem__id_side(entry->id) != channel->ledger.side)
		entry->lent = false;
}

int shmem__lend_received(shmem_channel *channel, shmem__reader *frame)
{
	if (!channel->pool.guest)
		return SHMEM_E_PROTO;
	while (frame->left != 0) {
		const unsigned char *at =
			shmem__take(frame, SHMEM__VIEW_RECORD);
		uint64_t id = at != NULL ? shmem__get64(at) : 0;
		shmem__entry *entry;
		int err;

		if (at == NULL || shmem__id_side(id) == channel->ledger.side)
			return SHMEM_E_PROTO;
		entry = shmem__entry_at(channel, id);
		if (entry == NULL || entry->capacity == 0 || entry->lent ||
		    entry->segment != NULL)
			return SHMEM_E_PROTO;
		err = take_view(entry, (unsigned char *)(uintptr_t)shmem__get64(
					       at + 8));
		if (err != 0)
			return err;
	}
	return 0;
}

int shmem__take_away(shmem_channel *channel, shmem__entry *entry)
{
	int err;

	if (!entry->lent || !is_lent_by_us(channel, entry))
		return 0;
	err = shmem__socket_take_away(&channel->link.sock, entry->there,
				      entry->span);
	if (err == SHMEM_E_CLOSED) /* with the process */
		err = 0;
	entry->lent = err != 0;
	return err;
}
