/* SPDX-License-Identifier: MIT */
/*
 * The greeting: the first packet of each side says who it is and what it takes.
 * Until the peer's has come, messages may be sent already, within what every
 * peer must take; only an adopted end must wait for it before it can allocate,
 * since the greeting decides whose ids are even.
 */
#include "base/error.h"
#include "base/os.h"
#include "transport/channel.h"

#define WAIT_MS 5000

shmem__hello shmem__hello_of(const shmem_channel *channel)
{
	shmem__hello hello = {
		.version = SHMEM__WIRE_VERSION,
		.version_min = SHMEM__WIRE_VERSION_MIN,
		.enforce = (uint32_t)channel->opts.enforce,
		.features = (channel->opts.no_ring ? 0 : SHMEM__FEATURE_RING) |
			    (channel->pool.lends ? SHMEM__FEATURE_LENDS : 0),
		.nonce = channel->nonce,
		.max_message = channel->opts.max_message,
		.max_bytes = channel->opts.max_bytes,
		.max_segments = channel->opts.max_segments,
	};

	return hello;
}

int shmem__hello_send(shmem_channel *channel)
{
	shmem__hello hello;
	shmem__packet *packet;
	int err;

	if (channel->hello_sent)
		return 0;
	err = shmem__link_packet(&channel->link, &packet);
	if (err != 0)
		return err;
	hello = shmem__hello_of(channel);
	shmem__hello_put(packet, &hello);
	err = shmem__link_send(&channel->link, NULL, 0, true);
	if (err == 0) {
		channel->hello_sent = true;
		channel->process = shmem__process_id();
	}
	return err;
}

int shmem__hello_agree(shmem_channel *channel)
{
	const shmem__hello *peer = &channel->peer;
	shmem_enforce enforce = channel->opts.enforce;

	if (peer->version_min > SHMEM__WIRE_VERSION ||
	    peer->version < SHMEM__WIRE_VERSION_MIN || peer->required != 0)
		return SHMEM_E_UNSUPPORTED;
	if (channel->role == SHMEM__ROLE_UNKNOWN) {
		int err;

		if (peer->nonce == channel->nonce)
			return SHMEM_E_PROTO; /* our own, sent back */
		err = shmem__channel_know_role(channel,
					       channel->nonce < peer->nonce
						       ? SHMEM__ROLE_FIRST
						       : SHMEM__ROLE_SECOND);
		if (err != 0)
			return err;
	}
	channel->pool.ours.max_count = peer->max_segments;
	channel->pool.ours.max_bytes = peer->max_bytes;
	if (peer->enforce == SHMEM_ENFORCE_UNMAP)
		enforce = SHMEM_ENFORCE_UNMAP;
	channel->pool.guest = (peer->features & SHMEM__FEATURE_LENDS) != 0 &&
			      peer->enforce == SHMEM_ENFORCE_UNMAP &&
			      shmem__socket_can_borrow(&channel->link.sock);
	channel->agreed = true;
	return shmem__pool_set_enforce(&channel->pool, enforce);
}

int shmem__hello_received(shmem_channel *channel, shmem__reader payload)
{
	shmem__incoming *in = &channel->link.in;
	int err;

	if (channel->greeted)
		return SHMEM_E_PROTO;
	err = shmem__hello_parse(payload, &channel->peer);
	if (err == 0)
		err = shmem__hello_agree(channel);
	if (err != 0)
		return err;
	channel->greeted = true;
	shmem__socket_introduced(&channel->link.sock);
	if (in->pid != 0)
		channel->peer_pid = in->pid;
	channel->watch.peer_pid = channel->peer_pid;
	/* One's own death needs no watching. */
	if (channel->link.pidfd == SHMEM_OS_HANDLE_INVALID &&
	    in->pid != shmem__process_id()) {
		channel->link.pidfd = in->pidfd;
		in->pidfd = SHMEM_OS_HANDLE_INVALID;
	}
	return 0;
}

int shmem__hello_wait(shmem_channel *channel)
{
	uint64_t deadline =
		shmem__deadline(channel->opts.nonblocking ? 0 : WAIT_MS);
	int err = 0;

	while (err == 0 && !channel->agreed)
		err = shmem__pump(channel, deadline);
	return err;
}
