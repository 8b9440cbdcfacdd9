/* SPDX-License-Identifier: MIT */
/*
 * A channel in a libevent loop, by the public functions of channels alone.
 *
 * Each wake-up takes in a few messages; what is left waits for the next turn
 * of the loop, behind everybody else. A turn is a timer of no time and not an
 * activated event: libevent runs what is activated during a turn within it, so
 * that a busy channel would keep the loop from polling the others.
 */
#include "event/calls.h"
#include "event/watch.h"

#include <event2/event.h>
#include <shmem/diagnose.h>
#include <stdlib.h>
#include <string.h>

#define TURN_MESSAGES 16
#define TURN_US 1000 /* after so long a turn ends before that */
#define PAUSE_MS 50  /* until a receive that lacked something is tried again */

struct shmem_event {
	struct event_base *base;
	shmem_channel *channel;
	shmem_event_ops ops;
	void *arg;
	shmem__watcher *read;
	shmem__watcher *write; /* while there is something to write */
	shmem__watcher *peer;  /* NULL: the peer can't be watched (yet) */
	struct event *turn;    /* once more, soon */
	shmem__calls calls;
	uint64_t again; /* sends that found no room, when last drained */
	unsigned depth; /* callbacks of ours that are running */
	bool inside;    /* a channel function that we called */
	bool paused;    /* reading waits for the turn */
	bool over;      /* the channel is closed, and that was told */
	bool detached;  /* freed once no callback is running any more */
};

static bool alive(const shmem_event *event)
{
	return !event->over && !event->detached;
}

static void after_ms(struct event *timer, int ms)
{
	struct timeval t = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	(void)event_add(timer, &t);
}

static uint64_t sends_again(const shmem_event *event)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	shmem_channel_stats(event->channel, &stats);
	return stats.send_again;
}

static void stop(shmem_event *event)
{
	shmem__watcher **all[] = {&event->read, &event->write, &event->peer};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		shmem__watcher_free(*all[i]);
		*all[i] = NULL;
	}
	if (event->turn != NULL)
		event_free(event->turn);
	event->turn = NULL;
}

static void free_call(shmem__call *call)
{
	if (call->timer != NULL)
		event_free(call->timer);
	free(call);
}

/* One that is detached in a callback is freed behind it. */
static void enter(shmem_event *event)
{
	event->depth++;
}

static void leave(shmem_event *event)
{
	if (--event->depth > 0 || !event->detached)
		return;
	shmem__calls_fini(&event->calls);
	free(event);
}

static void end_call(shmem_event *event, shmem__call *call, int err,
		     shmem_message *reply)
{
	shmem_event_reply_fn fn = call->reply;
	void *arg = call->arg;

	free_call(call);
	if (fn != NULL)
		fn(event, err, reply, arg);
	else
		shmem_message_free(&reply);
}

static void end_calls(shmem_event *event, int err)
{
	shmem__call *call;

	while ((call = shmem__calls_take_any(&event->calls)) != NULL)
		end_call(event, call, err, NULL);
}

static void deliver(shmem_event *event, shmem_message *message)
{
	uint64_t id = shmem_message_reply_to(message);
	shmem__call *call =
		id == 0 ? NULL : shmem__calls_take(&event->calls, id);

	if (call != NULL && shmem_message_is_refusal(message)) {
		shmem_message_free(&message);
		end_call(event, call, SHMEM_E_NOENT, NULL);
	} else if (call != NULL) {
		end_call(event, call, 0, message);
	} else if (shmem_message_is_request(message) &&
		   event->ops.request != NULL) {
		event->ops.request(event, message, event->arg);
	} else if (event->ops.message != NULL) {
		event->ops.message(event, message, event->arg);
	} else {
		shmem_message_free(&message);
	}
}

static void end(shmem_event *event, int reason)
{
	event->over = true;
	(void)shmem_channel_on_news(event->channel, NULL, NULL);
	stop(event);
	end_calls(event, reason);
	if (!event->detached && event->ops.closed != NULL)
		event->ops.closed(event, reason, event->arg);
}

/* wants() would not do: it asks for WRITE for other reasons, too. */
static void tell_drained(shmem_event *event)
{
	uint64_t again = sends_again(event);
	int err;

	if (again == event->again)
		return;
	event->inside = true;
	err = shmem_channel_wait(event->channel, SHMEM_POLL_WRITE, 0);
	event->inside = false;
	if (err != 0)
		return;
	event->again = again;
	if (event->ops.drained != NULL)
		event->ops.drained(event, event->arg);
}

static void on_peer(void *arg);

/* Watches what there is to watch now. What fails is tried again at the next
 * wake-up. */
static void arm(shmem_event *event)
{
	shmem_os_handle peer = shmem_channel_peer_pollable(event->channel);

	if (event->peer == NULL && peer != SHMEM_OS_HANDLE_INVALID) {
		event->peer = shmem__watcher_read(event->base, peer, false,
						  on_peer, event);
		if (event->peer != NULL)
			(void)shmem__watcher_add(event->peer);
	}
	if ((shmem_channel_wants(event->channel) & SHMEM_POLL_WRITE) != 0)
		(void)shmem__watcher_add(event->write);
}

static bool is_end(int err)
{
	return err == SHMEM_E_CLOSED || err == SHMEM_E_PROTO ||
	       err == SHMEM_E_UNTRUSTED || err == SHMEM_E_UNSUPPORTED;
}

static void settle(shmem_event *event, int err)
{
	if (is_end(err)) {
		end(event, err);
		return;
	}
	tell_drained(event);
	if (!alive(event))
		return;
	if (err == 0) {
		after_ms(event->turn, 0);
	} else if (err != SHMEM_E_AGAIN) {
		/* No memory or descriptor: it stays readable, so do not look
		 * for a while. */
		shmem__watcher_del(event->read);
		event->paused = true;
		after_ms(event->turn, PAUSE_MS);
	}
	arm(event);
}

static uint64_t now_us(void)
{
	struct timeval t;

	evutil_gettimeofday(&t, NULL);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

static void work(shmem_event *event)
{
	uint64_t start = now_us();
	int err = 0;

	enter(event);
	for (int i = 0; alive(event) && err == 0 && i < TURN_MESSAGES; i++) {
		shmem_message *message = NULL;

		/* A clock that was set back only ends it early. */
		if (i > 0 && now_us() - start > TURN_US)
			break;

		event->inside = true;
		err = shmem_channel_recv(event->channel, 0, &message);
		event->inside = false;
		if (err == 0)
			deliver(event, message);
	}
	if (alive(event))
		settle(event, err);
	leave(event);
}

/* What is left of the last turn goes first, and has a turn of its own. */
static void on_read(void *arg)
{
	shmem_event *event = arg;

	if (!evtimer_pending(event->turn, NULL))
		work(event);
}

static void on_peer(void *arg)
{
	work(arg);
}

static void on_write(void *arg)
{
	shmem_event *event = arg;

	event->inside = true;
	(void)shmem_channel_dispatch(event->channel); /* recv tells its error */
	event->inside = false;
	work(event);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	shmem_event *event = arg;

	(void)fd;
	(void)what;
	if (event->paused) {
		event->paused = false;
		(void)shmem__watcher_add(event->read);
	}
	work(event);
}

/* The channel was used by somebody else, and there is something for us. */
static void on_news(void *arg)
{
	shmem_event *event = arg;

	if (!event->inside && !event->paused)
		after_ms(event->turn, 0);
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	shmem__call *call = arg;
	shmem_event *event = call->event;
	shmem_event_reply_fn fn = call->reply;

	(void)fd;
	(void)what;
	/* The call stays, so that its reply is known when it comes. */
	event_free(call->timer);
	call->timer = NULL;
	call->reply = NULL;
	enter(event);
	fn(event, SHMEM_E_TIMEDOUT, NULL, call->arg);
	leave(event);
}

static int copy_ops(shmem_event_ops *known, const shmem_event_ops *given)
{
	const unsigned char *bytes = (const unsigned char *)given;

	memset(known, 0, sizeof(*known));
	if (given->size < sizeof(given->size))
		return SHMEM_E_INVAL;
	for (size_t i = sizeof(*known); i < given->size; i++)
		if (bytes[i] != 0)
			return SHMEM_E_INVAL;
	memcpy(known, given,
	       given->size < sizeof(*known) ? given->size : sizeof(*known));
	return 0;
}

static int start(shmem_event *event)
{
	event->read = shmem__watcher_read(
		event->base, shmem_channel_pollable(event->channel), true,
		on_read, event);
	event->write = shmem__watcher_write(event->base, event->channel,
					    on_write, event);
	event->turn = evtimer_new(event->base, on_turn, event);
	if (event->read == NULL || event->write == NULL || event->turn == NULL)
		return SHMEM_E_NOMEM;
	if (shmem__watcher_add(event->read) != 0)
		return SHMEM_E_SYS;
	/* The first turn sends the greeting, and hands out what has come. */
	after_ms(event->turn, 0);
	return 0;
}

int shmem_event_attach(struct event_base *base, shmem_channel *channel,
		       const shmem_event_ops *ops, void *arg, shmem_event **ret)
{
	shmem_event *event;
	int err;

	if (base == NULL || channel == NULL || ops == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	event = calloc(1, sizeof(*event));
	if (event == NULL)
		return SHMEM_E_NOMEM;
	event->base = base;
	event->channel = channel;
	event->arg = arg;
	err = copy_ops(&event->ops, ops);
	if (err == 0)
		err = start(event);
	if (err != 0) {
		stop(event);
		free(event);
		return err;
	}
	event->again = sends_again(event);
	if ((shmem_channel_wants(channel) & SHMEM_POLL_WRITE) != 0)
		event->again--; /* whoever found no room wants to know */
	(void)shmem_channel_set_nonblocking(channel, true);
	(void)shmem_channel_on_news(channel, on_news, event);
	*ret = event;
	return 0;
}

void shmem_event_detach(shmem_event **take)
{
	shmem_event *event = take != NULL ? *take : NULL;

	if (event == NULL || event->detached)
		return;
	*take = NULL;
	enter(event);
	event->detached = true;
	if (!event->over)
		(void)shmem_channel_on_news(event->channel, NULL, NULL);
	stop(event);
	end_calls(event, SHMEM_E_CLOSED);
	leave(event);
}

shmem_channel *shmem_event_channel(const shmem_event *event)
{
	return event != NULL ? event->channel : NULL;
}

static int new_call(shmem_event *event, int timeout, shmem__call **ret)
{
	shmem__call *call;
	int err = shmem__calls_reserve(&event->calls);

	if (err != 0)
		return err;
	call = calloc(1, sizeof(*call));
	if (call == NULL)
		return SHMEM_E_NOMEM;
	call->event = event;
	if (timeout >= 0) {
		call->timer = evtimer_new(event->base, on_timeout, call);
		if (call->timer == NULL) {
			free(call);
			return SHMEM_E_NOMEM;
		}
		after_ms(call->timer, timeout);
	}
	*ret = call;
	return 0;
}

int shmem_event_call(shmem_event *event, shmem_message **take, int timeout,
		     shmem_event_reply_fn reply, void *arg)
{
	shmem__call *call;
	int err;

	if (event == NULL || take == NULL || *take == NULL || reply == NULL)
		return SHMEM_E_INVAL;
	if (event->detached)
		return SHMEM_E_CLOSED;
	err = new_call(event, timeout, &call);
	if (err != 0)
		return err;
	err = shmem_channel_request(event->channel, take, &call->id);
	if (err != 0) {
		free_call(call);
		return err;
	}
	call->reply = reply;
	call->arg = arg;
	shmem__calls_add(&event->calls, call);
	return 0;
}
