/* SPDX-License-Identifier: MIT */
/* A channel's life: made, ended by its peer, closed by its owner. */
#include "transport/channel.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/opts.h"
#include "base/os.h"

/* How long closing waits for the peer to take the rest of a packet. */
#define FINISH_MS 1000

#define DEFAULT_MESSAGE ((uint64_t)1 << 30)
#define DEFAULT_SEGMENTS 16384u
/* Where addresses are few, a peer must not take all of them. */
#define DEFAULT_BYTES ((uint64_t)(SIZE_MAX > UINT32_MAX ? 64 : 1) << 30)
#define DEFAULT_QUEUE (1u << 20)
#define DEFAULT_SPIN_US 50u
#define DEFAULT_POOL ((uint64_t)256 << 20)

#define OWN_SLOTS (1u << 18)

/* More packets than the ring and the socket hold. */
#define QUEUED_MAX 65536u

/* What every peer takes, so that sending need not wait for its greeting. */
#define FLOOR_SEGMENTS 16u
#define FLOOR_BYTES ((uint64_t)4 << 20)
#define FLOOR_QUEUE (2 * SHMEM__PACKET_MAX)

static uint64_t at_least(uint64_t value, uint64_t floor)
{
	return value > floor ? value : floor;
}

int shmem__channel_options(const shmem_channel_opts *given,
			   shmem_channel_opts *o)
{
	int err = shmem__opts_copy(o, sizeof(*o), given);

	if (err != 0)
		return err;
	if ((unsigned)o->enforce > SHMEM_ENFORCE_NONE)
		return SHMEM_E_INVAL;
	if (o->max_message == 0)
		o->max_message = DEFAULT_MESSAGE;
	if (o->max_segments == 0)
		o->max_segments = DEFAULT_SEGMENTS;
	if (o->max_bytes == 0)
		o->max_bytes = DEFAULT_BYTES;
	if (o->queue_bytes == 0)
		o->queue_bytes = DEFAULT_QUEUE;
	if (o->spin_us == 0)
		o->spin_us = DEFAULT_SPIN_US;
	if (o->pool_bytes == 0)
		o->pool_bytes = DEFAULT_POOL;
	o->max_message = at_least(o->max_message, SHMEM__INLINE_MAX);
	o->max_segments = (uint32_t)at_least(o->max_segments, FLOOR_SEGMENTS);
	o->max_bytes = at_least(o->max_bytes, FLOOR_BYTES);
	o->queue_bytes = (uint32_t)at_least(o->queue_bytes, FLOOR_QUEUE);
	return 0;
}

/* Whose ids are even is known: segments can be made and taken in. */
int shmem__channel_know_role(shmem_channel *channel, shmem__role role)
{
	uint32_t limit[2];
	unsigned side = (unsigned)role;
	int err;

	/* Of our own making: what the peer takes, its greeting says. */
	limit[side] = OWN_SLOTS;
	limit[1 - side] = channel->opts.max_segments;
	err = shmem__ledger_init(&channel->ledger, side, limit);
	if (err != 0)
		return err;
	channel->role = role;
	channel->ledger_ready = true;
	shmem__watch_join(&channel->watch, &channel->ledger);
	return 0;
}

static void set_up_pool(shmem_channel *channel)
{
	shmem__pool *pool = &channel->pool;

	shmem__pool_init(pool, &channel->ledger, &channel->stats);
	pool->enforce = channel->opts.enforce;
	pool->scrub = channel->opts.scrub;
	if (channel->opts.no_move)
		pool->no_move = true;
	pool->free_max = channel->opts.pool_bytes;
	pool->ours.max_count = FLOOR_SEGMENTS;
	pool->ours.max_bytes = FLOOR_BYTES;
	pool->theirs.max_count = channel->opts.max_segments;
	pool->theirs.max_bytes = channel->opts.max_bytes;
}

int shmem__channel_over(shmem_os_handle take_sock, shmem__role role,
			const shmem_channel_opts *opts, int peer_pid,
			shmem_os_handle take_pidfd, shmem_channel **ret)
{
	shmem_channel *channel;
	shmem_channel_opts known;
	int err = shmem__channel_options(opts, &known);

	if (err != 0)
		return err;
	channel = shmem__calloc(1, sizeof(*channel));
	if (channel == NULL)
		return SHMEM_E_NOMEM;
	channel->opts = known;
	channel->role = role;
	channel->peer_pid = peer_pid;
	channel->watch.peer_pid = peer_pid;
	set_up_pool(channel);
	err = shmem__random(&channel->nonce, sizeof(channel->nonce));
	if (err == 0 && role != SHMEM__ROLE_UNKNOWN)
		err = shmem__channel_know_role(channel, role);
	if (err == 0)
		err = shmem__link_init(&channel->link, take_sock, take_pidfd,
				       known.queue_bytes, &channel->stats);
	if (err == 0 && known.spin_us != SHMEM_SPIN_NEVER) {
		channel->link.spin_us = known.spin_us;
		channel->link.credit = 1;
	}
	if (err != 0) {
		if (channel->ledger_ready) {
			shmem__watch_leave(&channel->watch);
			shmem__ledger_fini(&channel->ledger);
		}
		shmem__free(channel);
		return err;
	}
	shmem__lend_begin(channel);
	shmem__stats_join(&channel->stats);
	SHMEM__ADD(&channel->stats, channels, 1);
	*ret = channel;
	return 0;
}

int shmem_channel_pair(const shmem_channel_opts *opts, shmem_channel **ret_a,
		       shmem_channel **ret_b)
{
	shmem_os_handle sock[2];
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_channel_opts known;
	int err;

	if (ret_a == NULL || ret_b == NULL)
		return SHMEM_E_INVAL;
	err = shmem__channel_options(opts, &known);
	if (err == 0)
		err = shmem__socket_pair(known.queue_bytes, sock);
	if (err != 0)
		return err;
	err = shmem__channel_over(sock[0], SHMEM__ROLE_FIRST, opts, 0,
				  SHMEM_OS_HANDLE_INVALID, &a);
	if (err != 0)
		goto fail;
	err = shmem__channel_over(sock[1], SHMEM__ROLE_SECOND, opts, 0,
				  SHMEM_OS_HANDLE_INVALID, &b);
	if (err != 0)
		goto fail;
	/* Both greetings are known: no need to wait for them. Each is sent all
	 * the same, by whatever process then uses that end. */
	shmem__socket_expect(&a->link.sock, shmem__process_id());
	a->peer = shmem__hello_of(b);
	b->peer = shmem__hello_of(a);
	err = shmem__hello_agree(a);
	if (err == 0)
		err = shmem__hello_agree(b);
	if (err != 0) {
		shmem_channel_close(&a);
		shmem_channel_close(&b);
		return err;
	}
	*ret_a = a;
	*ret_b = b;
	return 0;

fail:
	if (a != NULL)
		shmem_channel_close(&a);
	else
		shmem__object_close(sock[0]);
	shmem__object_close(sock[1]);
	return err;
}

int shmem_channel_adopt(shmem_os_handle *take_sock,
			const shmem_channel_opts *opts, shmem_channel **ret)
{
	shmem_channel *channel;
	int err;

	if (take_sock == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	err = shmem__socket_check(*take_sock);
	if (err == 0)
		err = shmem__channel_over(*take_sock, SHMEM__ROLE_UNKNOWN, opts,
					  0, SHMEM_OS_HANDLE_INVALID, &channel);
	if (err != 0)
		return err;
	*take_sock = SHMEM_OS_HANDLE_INVALID;
	(void)shmem__hello_send(channel); /* or with the first use */
	*ret = channel;
	return 0;
}

static void peer_gone(shmem__entry *entry, void *arg)
{
	(void)arg;
	(void)shmem__entry_step(entry, SHMEM__ON_PEER_GONE);
}

/* The peer is dead, gone or mad. What it owned can be reclaimed now. */
int shmem__channel_fail(shmem_channel *channel, int err)
{
	channel->closed = err;
	if (err != SHMEM_E_CLOSED)
		SHMEM__ADD(&channel->stats, violations, 1);
	shmem__socket_shutdown(&channel->link.sock);
	(void)shmem__link_recv_done(&channel->link); /* its descriptors go */
	if (channel->ledger_ready)
		shmem__ledger_each(&channel->ledger, peer_gone, NULL);
	return err;
}

/*
 * A peer says hello before it reads, and takes a packet off the ring, or notes
 * there that it took it off the socket, before it opens the segments in it.
 * What it did not take in, it has not touched.
 */
static bool untouched(const shmem_channel *channel, const shmem__entry *entry)
{
	uint64_t taken = shmem__link_taken(&channel->link);

	return !channel->greeted ||
	       (taken != UINT64_MAX && entry->packet >= taken);
}

/* A send may have found that the peer is gone, while what it sent before was
 * still to be received: that goes to the inbox, then the end shows. */
static void learn_of_end(shmem_channel *channel)
{
	uint64_t last = channel->link.received + QUEUED_MAX;

	while (channel->closed == 0 && channel->link.received < last &&
	       (channel->link.peer_dead || !shmem__inbox_full(channel)) &&
	       shmem__pump(channel, 0) == 0)
		;
}

int shmem_channel_reclaim(shmem_channel *channel, shmem_segment **ret,
			  bool *ret_contents_known)
{
	shmem_segment *segment;
	shmem__entry *entry;
	int err;

	if (channel == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	learn_of_end(channel);
	if (channel->closed == 0)
		return SHMEM_E_STATE;
	entry = shmem__ledger_next(&channel->ledger, SHMEM__LOST,
				   &channel->reclaim);
	if (entry == NULL)
		return SHMEM_E_NOENT;
	err = shmem__segment_spares(channel, 1);
	if (err == 0)
		err = shmem__take_away(channel, entry);
	if (err == 0)
		err = shmem__restore(&channel->pool, &entry, 1,
				     SHMEM__ON_RECLAIM);
	if (err == 0)
		err = shmem__segment_wrap(channel, entry, &segment);
	if (err != 0)
		return err;
	SHMEM__ADD(&channel->stats, segments_owned, 1);
	SHMEM__ADD(&channel->stats, reclaimed, 1);
	if (ret_contents_known != NULL)
		*ret_contents_known = untouched(channel, entry);
	*ret = segment;
	return 0;
}

static void orphan(shmem__entry *entry, void *arg)
{
	(void)arg;
	if (entry->segment != NULL)
		shmem__segment_orphan(entry->segment);
}

static void drop_inbox(shmem_channel *channel)
{
	while (channel->inbox != NULL) {
		shmem_message *message = channel->inbox;

		channel->inbox = message->next;
		message->channel = NULL;
		shmem_message_free(&message);
	}
	shmem__messages_fini(channel);
}

static void drop_spares(shmem_channel *channel)
{
	while (channel->spare != NULL) {
		shmem_segment *segment = channel->spare;

		channel->spare = segment->spare;
		shmem__free(segment);
	}
}

/* What there is now, there is no more. */
static void forget(shmem_channel *channel)
{
	static const size_t now[] = {SHMEM__STAT(segments),
				     SHMEM__STAT(segments_owned)};

	for (size_t i = 0; i < sizeof(now) / sizeof(now[0]); i++)
		atomic_store(&channel->stats.value[now[i]], 0);
}

void shmem_channel_close(shmem_channel **take)
{
	shmem_channel *channel = take != NULL ? *take : NULL;

	if (channel == NULL)
		return;
	*take = NULL;
	/* A forked child that closes its copy leaves the parent's end alone. */
	if (channel->closed == 0 &&
	    (!channel->hello_sent || channel->process == shmem__process_id())) {
		(void)shmem__errands_flush(channel);
		if (!channel->opts.nonblocking)
			shmem__link_finish(&channel->link,
					   shmem__deadline(FINISH_MS));
	}
	channel->closed = SHMEM_E_CLOSED;
	/* First all objects lose their channel; then freeing them is local. */
	if (channel->ledger_ready) {
		shmem__watch_leave(&channel->watch);
		shmem__ledger_each(&channel->ledger, orphan, NULL);
	}
	drop_inbox(channel);
	drop_spares(channel);
	shmem__link_fini(&channel->link);
	if (channel->ledger_ready) {
		shmem__pool_fini(&channel->pool);
		shmem__ledger_fini(&channel->ledger);
	}
	shmem__idset_fini(&channel->asked);
	shmem__idset_fini(&channel->owed);
	shmem__idset_fini(&channel->refused);
	SHMEM__ADD(&channel->stats, channels, -1);
	forget(channel);
	shmem__stats_leave(&channel->stats);
	shmem__free(channel);
}
