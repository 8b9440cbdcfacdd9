/* SPDX-License-Identifier: MIT */
/* Receiving: packets are taken in, messages handed out in order. */
#include "base/os.h"
#include "transport/channel.h"

/* A dispatch takes in no more than this, so that others get their turn. */
#define DISPATCH_PACKETS 64
/* Whoever waits has time to get rid of every descriptor. */
#define UNANNOUNCED_IDLE 1u
/* What things weigh in the inbox. A descriptor is dear: a process has few. */
#define MESSAGE_OVERHEAD 256u
#define SEGMENT_WEIGHT 64u
#define HANDLE_WEIGHT 4096u

static bool is_fatal(int err)
{
	return err == SHMEM_E_CLOSED || err == SHMEM_E_PROTO ||
	       err == SHMEM_E_UNTRUSTED || err == SHMEM_E_UNSUPPORTED;
}

/* What can be had without waiting. */
static int pump_now(shmem_channel *channel)
{
	int err;

	if (channel->closed != 0)
		return channel->closed;
	if (!channel->link.in.active) {
		err = shmem__link_recv(&channel->link);
		if (err != 0)
			return is_fatal(err) ? shmem__channel_fail(channel, err)
					     : err;
		channel->work +=
			SHMEM__WORK_PACKET +
			channel->link.in.packet.frames.left / SHMEM__WORK_BYTES;
	}
	err = shmem__arrive(channel);
	return is_fatal(err) ? shmem__channel_fail(channel, err) : err;
}

/* Without waiting, and so that the pollables tell of what comes next. */
static int pump_once(shmem_channel *channel)
{
	int err;

	do {
		channel->link.look = true;
		err = pump_now(channel);
	} while (err == SHMEM_E_AGAIN && (!shmem__link_arm(&channel->link) ||
					  shmem__link_died(&channel->link)));
	if (err == SHMEM_E_AGAIN)
		shmem__trim(channel);
	return err;
}

/* Nothing is read before the peer can know that we are there and may have
 * touched what it gave. */
static int greet(shmem_channel *channel, uint64_t deadline)
{
	int err;

	while ((err = shmem__hello_send(channel)) == SHMEM_E_AGAIN) {
		channel->blocked = true;
		shmem__channel_news(channel);
		if (deadline == 0)
			return err;
		err = shmem__link_wait(&channel->link, SHMEM_POLL_WRITE,
				       deadline);
		if (err != 0)
			return err;
	}
	return err == SHMEM_E_CLOSED ? 0 : err;
}

int shmem__pump(shmem_channel *channel, uint64_t deadline)
{
	int err = greet(channel, deadline);

	if (err != 0)
		return err;
	if (deadline == 0)
		return pump_once(channel);
	shmem__announce_many(channel, UNANNOUNCED_IDLE);
	for (bool woken = false;; woken = true) {
		unsigned what = SHMEM_POLL_READ;
		uint64_t until;

		err = pump_now(channel);
		if (err != SHMEM_E_AGAIN)
			return err;
		/* By a bell, or by room for what still fails. */
		if (woken && shmem__time_left(deadline) == 0)
			return SHMEM_E_TIMEDOUT;
		/* While waiting, what the peer must be told goes out. */
		if (shmem__errands_wait(channel) &&
		    shmem__errands_flush(channel) != 0)
			what |= SHMEM_POLL_WRITE;
		until = shmem__trim_deadline(channel, deadline);
		err = shmem__link_wait(&channel->link, what, until);
		if (err == SHMEM_E_TIMEDOUT && until != deadline)
			shmem__trim(channel);
		else if (err != 0)
			return err;
	}
}

static uint64_t weight(const shmem_message *message)
{
	return message->size + MESSAGE_OVERHEAD +
	       (uint64_t)shmem__list_left(&message->segments) * SEGMENT_WEIGHT +
	       (uint64_t)shmem__list_left(&message->handles) * HANDLE_WEIGHT;
}

void shmem__inbox_add(shmem_channel *channel, shmem_message *message)
{
	message->channel = channel;
	message->next = NULL;
	message->prev = channel->inbox_last;
	if (channel->inbox_last != NULL)
		channel->inbox_last->next = message;
	else
		channel->inbox = message;
	channel->inbox_last = message;
	channel->inbox_bytes += weight(message);
	shmem__channel_news(channel);
}

/* Opens all its segments, and the body's. */
int shmem__message_open(shmem_channel *channel, shmem_message *message)
{
	shmem__entry *entry[SHMEM_MESSAGE_MAX_SEGMENTS + 1];
	uint32_t n = 0;
	int err = 0;

	if (message->body != NULL)
		entry[n++] = message->body->entry;
	for (uint32_t i = message->segments.first; i < message->segments.count;
	     i++) {
		const shmem_segment *segment = message->segments.item[i];

		entry[n++] = segment->entry;
	}
	if (n != 0)
		err = shmem__restore(&channel->pool, entry, n, SHMEM__ON_OPEN);
	/* It may have got other addresses by that. */
	if (err == 0 && message->body != NULL)
		message->bytes = message->body->entry->base;
	return err;
}

/* The first message goes to the application. */
static int inbox_take(shmem_channel *channel, shmem_message **ret)
{
	shmem_message *message = channel->inbox;
	int err = shmem__message_open(channel, message);

	if (err != 0)
		return err;
	channel->inbox = message->next;
	if (channel->inbox != NULL)
		channel->inbox->prev = NULL;
	else
		channel->inbox_last = NULL;
	channel->inbox_bytes -= weight(message);
	shmem__message_live(channel, message);
	*ret = message;
	return 0;
}

bool shmem__turn_over(shmem_channel *channel, uint64_t end, uint64_t deadline)
{
	if (deadline != 0)
		return shmem__time_left(deadline) == 0;
	if (channel->work < end)
		return false;
	shmem__channel_news(channel);
	return true;
}

/* Waits until there is a message in the inbox. */
static int inbox_fill(shmem_channel *channel, int timeout)
{
	uint64_t deadline = shmem__deadline(timeout);
	uint64_t end = channel->work + SHMEM__WORK_TURN;
	int err = 0;

	while (err == 0 && channel->inbox == NULL) {
		err = shmem__pump(channel, deadline);
		if (err == 0 && channel->inbox == NULL &&
		    shmem__turn_over(channel, end, deadline))
			return timeout == 0 ? SHMEM_E_AGAIN : SHMEM_E_TIMEDOUT;
	}
	/* It may have come in front of what was wrong. */
	return channel->inbox != NULL ? 0 : err;
}

int shmem_channel_recv(shmem_channel *channel, int timeout, shmem_message **ret)
{
	int err;

	if (channel == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	err = inbox_fill(channel, timeout);
	return err != 0 ? err : inbox_take(channel, ret);
}

int shmem_segment_recv(shmem_channel *channel, int timeout, shmem_segment **ret)
{
	shmem_message *message;
	int err;

	if (channel == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	err = inbox_fill(channel, timeout);
	if (err != 0)
		return err;
	message = channel->inbox;
	if (message->flags != SHMEM__KIND_MESSAGE || message->size != 0 ||
	    shmem__list_left(&message->segments) != 1 ||
	    shmem__list_left(&message->handles) != 0)
		return SHMEM_E_STATE;
	err = inbox_take(channel, &message);
	if (err != 0)
		return err;
	*ret = shmem__list_take(&message->segments);
	shmem_message_free(&message);
	return 0;
}

bool shmem__inbox_full(const shmem_channel *channel)
{
	return channel->inbox_bytes > channel->opts.queue_bytes;
}

int shmem_channel_dispatch(shmem_channel *channel)
{
	uint64_t end;
	int err = 0;

	if (channel == NULL)
		return SHMEM_E_INVAL;
	end = channel->work + SHMEM__WORK_TURN;
	for (int i = 0; err == 0 && i < DISPATCH_PACKETS; i++) {
		if (shmem__inbox_full(channel) || channel->work >= end)
			break;
		err = shmem__pump(channel, 0);
	}
	if (channel->closed == 0)
		(void)shmem__errands_flush(channel);
	shmem__channel_unblock(channel);
	if (channel->inbox != NULL)
		return 0;
	if (channel->closed != 0)
		return channel->closed;
	return err == SHMEM_E_AGAIN ? 0 : err;
}
