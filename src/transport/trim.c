/* SPDX-License-Identifier: MIT */
/*
 * The pool gives memory back to the system: each second half of what was not
 * needed at any moment of that second, in whole segments. So a burst's memory
 * is gone soon after it, while a steady load keeps all that it needs. It
 * happens whenever the channel waits or finds nothing to receive; there is no
 * thread for it.
 */
#include "base/os.h"
#include "transport/channel.h"

#define TRIM_NS ((uint64_t)1000000000)
#define KEEP_BYTES ((uint64_t)64 << 10)

void shmem__trim(shmem_channel *channel)
{
	shmem__pool *pool = &channel->pool;
	uint64_t now;
	uint64_t idle; /* bytes that nobody needed */
	uint64_t goal;
	uint64_t gone = 0;

	if (pool->free_bytes == 0 || channel->closed != 0)
		return;
	now = shmem__now_ns();
	if (channel->trimmed != 0 && now - channel->trimmed < TRIM_NS)
		return;
	if (channel->trimmed == 0)
		pool->free_low = 0; /* nothing is known of before */
	channel->trimmed = now;
	idle = pool->free_low;
	goal = idle > KEEP_BYTES ? idle / 2 : idle;
	while (gone < goal) {
		shmem__entry *entry =
			shmem__pool_evict_below(pool, idle - gone);

		if (entry == NULL)
			break;
		gone += entry->kept;
		shmem__entry_retire(channel, entry);
	}
	pool->free_low = pool->free_bytes;
	(void)shmem__errands_flush(channel);
}

uint64_t shmem__trim_deadline(const shmem_channel *channel, uint64_t deadline)
{
	uint64_t next = channel->trimmed + TRIM_NS;

	if (channel->pool.free_bytes == 0 || next > deadline)
		return deadline;
	return next;
}
