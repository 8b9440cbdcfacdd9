/* SPDX-License-Identifier: MIT */
/* Memory objects on their way to the peer, which maps them and waits. */
#include "transport/channel.h"

/* The first entries that need it, as many as a packet takes. */
static size_t pick(shmem__entry *const *entries, size_t count,
		   shmem__entry **list)
{
	size_t n = 0;

	for (size_t i = 0; i < count && n < SHMEM__PACKET_DESCRIPTORS; i++)
		if (!entries[i]->announced)
			list[n++] = entries[i];
	return n;
}

static void put_record(unsigned char *at, const shmem__entry *entry,
		       uint32_t part)
{
	shmem__put32(at, shmem__id_slot(entry->id));
	shmem__put32(at + 4, part);
	shmem__put64(at + 8, entry->capacity);
}

size_t shmem__announce_put(shmem__packet *packet, shmem__entry *const *entries,
			   size_t count, shmem_os_handle *descriptors)
{
	shmem__entry *list[SHMEM__PACKET_DESCRIPTORS];
	size_t n = pick(entries, count, list);
	unsigned char *at;

	if (n == 0)
		return 0;
	at = shmem__frame_add(packet, SHMEM__FRAME_ANNOUNCE,
			      n * SHMEM__ANNOUNCE_RECORD);
	for (size_t i = 0; i < n; i++, at += SHMEM__ANNOUNCE_RECORD) {
		put_record(at, list[i], 0);
		descriptors[i] = list[i]->token != SHMEM_OS_HANDLE_INVALID
					 ? list[i]->token
					 : list[i]->os;
	}
	return n;
}

void shmem__announce_done(shmem_channel *channel, shmem__entry *const *entries,
			  size_t count)
{
	shmem__entry *list[SHMEM__PACKET_DESCRIPTORS];
	size_t n = pick(entries, count, list);

	for (size_t i = 0; i < n; i++)
		shmem__pool_announced(&channel->pool, list[i]);
}

int shmem__announce_send(shmem_channel *channel, shmem__entry *const *entries,
			 size_t count, size_t *left)
{
	shmem_os_handle descriptors[SHMEM__PACKET_DESCRIPTORS];
	shmem__packet *packet;
	size_t n;
	int err = shmem__link_packet(&channel->link, &packet);

	if (err != 0)
		return err;
	n = shmem__announce_put(packet, entries, count, descriptors);
	err = shmem__link_send(&channel->link, descriptors, n, false);
	if (err != 0)
		return err;
	shmem__announce_done(channel, entries, count);
	*left -= n;
	return 0;
}

void shmem__announce_many(shmem_channel *channel, uint32_t least)
{
	shmem__pool *pool = &channel->pool;
	shmem__entry *list[SHMEM__PACKET_DESCRIPTORS];
	size_t n;

	if (!channel->agreed || pool->keep_os || pool->unannounced < least)
		return;
	n = shmem__pool_unannounced(pool, list, SHMEM__PACKET_DESCRIPTORS);
	/* Where the queue is full, they wait until there is room. */
	if (n != 0 && shmem__hello_send(channel) == 0)
		(void)shmem__announce_send(channel, list, n, &n);
}

int shmem__announce_run(shmem_channel *channel, shmem__entry *const *entries,
			size_t count)
{
	shmem__packet *packet;
	unsigned char *at;
	int err = shmem__hello_send(channel);

	if (err == 0)
		err = shmem__link_packet(&channel->link, &packet);
	if (err != 0)
		return err;
	at = shmem__frame_add(packet, SHMEM__FRAME_ANNOUNCE,
			      count * SHMEM__ANNOUNCE_RECORD);
	for (size_t i = 0; i < count; i++, at += SHMEM__ANNOUNCE_RECORD)
		put_record(at, entries[i], (uint32_t)i);
	err = shmem__link_send(&channel->link, &entries[0]->os, 1, false);
	for (size_t i = 0; i < count && err == 0; i++)
		shmem__pool_announced(&channel->pool, entries[i]);
	return err;
}
