/* SPDX-License-Identifier: MIT */
/* What a channel tells an event loop, and whoever asks. */
#include "base/os.h"
#include "transport/channel.h"

shmem_os_handle shmem_channel_pollable(const shmem_channel *channel)
{
	return channel != NULL ? shmem__socket_pollable(&channel->link.sock)
			       : SHMEM_OS_HANDLE_INVALID;
}

shmem_os_handle shmem_channel_peer_pollable(const shmem_channel *channel)
{
	return channel != NULL ? channel->link.pidfd : SHMEM_OS_HANDLE_INVALID;
}

unsigned shmem_channel_wants(const shmem_channel *channel)
{
	unsigned wants = SHMEM_POLL_READ;

	if (channel == NULL || channel->closed != 0)
		return 0;
	if (channel->blocked || shmem__errands_wait(channel))
		wants |= SHMEM_POLL_WRITE;
	/* What has come already does not show at the socket, which can always
	 * be written: so a loop comes back at once. */
	if (channel->inbox != NULL || channel->link.in.active ||
	    !shmem__link_arm((shmem__link *)(uintptr_t)&channel->link))
		wants |= SHMEM_POLL_WRITE;
	return wants;
}

/* There is room again: the next send may succeed. */
void shmem__channel_unblock(shmem_channel *channel)
{
	unsigned ready = 0;
	bool dead = false;

	if (!channel->blocked)
		return;
	if (channel->closed != 0 ||
	    (shmem__socket_wait(&channel->link.sock, SHMEM_POLL_WRITE,
				SHMEM_OS_HANDLE_INVALID, 0, &ready,
				&dead) == 0 &&
	     (ready & SHMEM_POLL_WRITE) != 0))
		channel->blocked = false;
}

int shmem_channel_wait(shmem_channel *channel, unsigned what, int timeout)
{
	uint64_t deadline = shmem__deadline(timeout);
	unsigned also;
	int err;

	if (channel == NULL || what == 0 ||
	    (what & ~(SHMEM_POLL_READ | SHMEM_POLL_WRITE)) != 0)
		return SHMEM_E_INVAL;
	if (channel->closed != 0)
		return 0;
	if ((what & SHMEM_POLL_READ) != 0 &&
	    (channel->inbox != NULL || channel->link.in.active))
		return 0;
	do {
		/* While waiting, what the peer must be told goes out: it may
		 * be what the peer waits for. */
		also = shmem__errands_wait(channel) &&
				       shmem__errands_flush(channel) != 0
			       ? SHMEM_POLL_WRITE
			       : 0;
		err = shmem__link_wait(&channel->link, what | also, deadline);
		if (err != 0 || (what | also) == what)
			return err;
		err = shmem__link_wait(&channel->link, what, 0);
	} while (err == SHMEM_E_TIMEDOUT && shmem__time_left(deadline) != 0);
	return err;
}

int shmem_channel_set_nonblocking(shmem_channel *channel, bool on)
{
	if (channel == NULL)
		return SHMEM_E_INVAL;
	channel->opts.nonblocking = on;
	return 0;
}

int shmem_channel_on_news(shmem_channel *channel, void (*news)(void *arg),
			  void *arg)
{
	if (channel == NULL)
		return SHMEM_E_INVAL;
	channel->news = news;
	channel->news_arg = arg;
	return 0;
}

int shmem_channel_peer_pid(const shmem_channel *channel)
{
	return channel != NULL ? channel->peer_pid : 0;
}

void shmem_channel_stats(const shmem_channel *channel, shmem_stats *stats)
{
	static const shmem__stats none;

	if (stats != NULL)
		shmem__stats_copy(channel != NULL ? &channel->stats : &none,
				  stats);
}
