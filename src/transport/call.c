/* SPDX-License-Identifier: MIT */
/*
 * Requests and replies. Whoever waits for a reply takes in other messages and
 * queues them. When both sides wait for each other, the FIRST one gives way.
 */
#include "base/os.h"
#include "transport/channel.h"

static int ask(shmem_channel *channel, shmem_message **take, uint32_t flags,
	       uint64_t *ret_id)
{
	uint64_t id;
	int err;

	if (channel == NULL || take == NULL || *take == NULL)
		return SHMEM_E_INVAL;
	if (channel->asked.count >= SHMEM__CALLS_MAX)
		return SHMEM_E_LIMIT;
	err = shmem__idset_reserve(&channel->asked, 1);
	if (err != 0)
		return err;
	id = channel->last_call + 1;
	err = shmem__send_message(channel, take, SHMEM__KIND_REQUEST | flags,
				  id);
	if (err != 0)
		return err;
	channel->last_call = id;
	shmem__idset_add(&channel->asked, id);
	*ret_id = id;
	return 0;
}

int shmem_channel_request(shmem_channel *channel, shmem_message **take,
			  uint64_t *ret_id)
{
	if (ret_id == NULL)
		return SHMEM_E_INVAL;
	return ask(channel, take, 0, ret_id);
}

/* Whether the peer waits for us while we wait for it, and we give way. */
static bool gives_way(const shmem_channel *channel)
{
	return channel->role == SHMEM__ROLE_FIRST &&
	       channel->awaited_by_peer != 0;
}

static int await(shmem_channel *channel, uint64_t deadline)
{
	uint64_t end = channel->work + SHMEM__WORK_TURN;
	int err;

	while (channel->awaited == NULL) {
		/* Not before all is taken in that is here: it may show that
		 * the peer waits no longer. */
		bool way = gives_way(channel);

		if (shmem__inbox_full(channel))
			return way ? SHMEM_E_DEADLOCK : SHMEM_E_LIMIT;
		err = shmem__pump(channel, way ? 0 : deadline);
		if (err == SHMEM_E_AGAIN)
			return way ? SHMEM_E_DEADLOCK : SHMEM_E_TIMEDOUT;
		if (channel->awaited != NULL)
			return 0;
		if (err == 0 && shmem__turn_over(channel, end, deadline))
			return SHMEM_E_TIMEDOUT;
		if (err != 0)
			return err;
	}
	return 0;
}

int shmem_channel_call(shmem_channel *channel, shmem_message **take,
		       int timeout, shmem_message **ret_reply)
{
	uint64_t deadline = shmem__deadline(timeout);
	shmem_message *reply;
	uint64_t id = 0;
	int err;

	if (ret_reply == NULL)
		return SHMEM_E_INVAL;
	err = ask(channel, take, SHMEM__MESSAGE_BLOCKING, &id);
	if (err != 0)
		return err;
	channel->awaiting = id;
	err = await(channel, deadline);
	reply = channel->awaited;
	if (err == 0)
		err = shmem__message_open(channel, reply);
	channel->awaiting = 0;
	channel->awaited = NULL;
	if (err != 0) {
		/* What can't be opened now can later: it waits for recv. */
		if (reply != NULL)
			shmem__inbox_add(channel, reply);
		return err;
	}
	shmem__message_live(channel, reply);
	if ((reply->flags & SHMEM__MESSAGE_REFUSED) != 0) {
		shmem_message_free(&reply);
		return SHMEM_E_NOENT;
	}
	*ret_reply = reply;
	return 0;
}

int shmem_channel_reply(shmem_channel *channel, const shmem_message *request,
			shmem_message **take)
{
	int err;

	if (channel == NULL || request == NULL || take == NULL || *take == NULL)
		return SHMEM_E_INVAL;
	if (!shmem_message_is_request(request))
		return SHMEM_E_STATE;
	if (request->channel == NULL)
		return SHMEM_E_CLOSED;
	if (request->channel != channel)
		return SHMEM_E_INVAL;
	if (!shmem__idset_has(&channel->owed, request->call))
		return SHMEM_E_STATE;
	err = shmem__send_message(channel, take, SHMEM__KIND_REPLY,
				  request->call);
	if (err != 0)
		return err;
	shmem__owed_done(channel, request);
	return 0;
}

void shmem__owed_done(shmem_channel *channel, const shmem_message *request)
{
	shmem__idset_remove(&channel->owed, request->call);
	if (request->call == channel->awaited_by_peer)
		channel->awaited_by_peer = 0;
}
