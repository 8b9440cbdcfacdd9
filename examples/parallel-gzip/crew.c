/* SPDX-License-Identifier: MIT */
/* One worker process, seen from the parent. */
#include "crew.h"

#include <stdlib.h>
#include <string.h>

#include "job.h"

int worker_start(const char *program, int level, struct worker **ret)
{
	const char level_text[] = {(char)('0' + level), '\0'};
	const char *argv[] = {"parallel-gzip", "--worker", level_text, NULL};
	shmem_channel_opts channel = SHMEM_CHANNEL_OPTS_INIT;
	shmem_spawn_opts spawn = SHMEM_SPAWN_OPTS_INIT;
	struct worker *w = calloc(1, sizeof(*w));
	int err;

	if (w == NULL)
		return SHMEM_E_NOMEM;
	channel.nonblocking = true;
	/* It only sends back what it was given, and short messages. */
	channel.max_segments = 1;
	channel.max_bytes = 1;
	channel.max_message = 4096;
	spawn.path = program;
	spawn.argv = argv;
	spawn.channel = &channel;
	err = shmem_process_spawn(&spawn, &w->process, &w->channel);
	if (err != 0) {
		free(w);
		return err;
	}
	*ret = w;
	return 0;
}

static int equip(struct worker *w)
{
	for (struct slot *s = w->slots; s < w->slots + SLOTS; s++) {
		int err =
			shmem_segment_alloc(w->channel, BLOCK_BYTES, &s->text);

		if (err == 0)
			err = shmem_segment_alloc(w->channel, result_room(),
						  &s->room);
		if (err != 0)
			return err;
		shmem_segment_set_label(s->text, "text");
		shmem_segment_set_label(s->room, "result");
	}
	w->ready = true;
	return 0;
}

struct slot *worker_free_slot(struct worker *w)
{
	for (struct slot *s = w->slots; s < w->slots + SLOTS; s++)
		if (w->ready && !w->dead && s->state == SLOT_FREE)
			return s;
	return NULL;
}

static bool is_busy(const struct slot *s)
{
	return s->state == SLOT_SEND || s->state == SLOT_AWAY;
}

struct slot *worker_slot_in_hand(struct worker *w)
{
	struct slot *first = NULL;

	for (struct slot *s = w->slots; s < w->slots + SLOTS; s++)
		if (is_busy(s) && (first == NULL || s->order < first->order))
			first = s;
	return first;
}

unsigned worker_busy_slots(const struct worker *w)
{
	unsigned busy = 0;

	for (int i = 0; i < SLOTS; i++)
		busy += is_busy(&w->slots[i]);
	return busy;
}

int worker_give(struct worker *w, struct slot *slot)
{
	struct job job = {.block = slot->block, .bytes = slot->text_bytes};
	int err = shmem_message_new(&job, sizeof(job), &slot->message);

	if (err == 0)
		err = shmem_message_push_segment(slot->message, &slot->text);
	if (err == 0)
		err = shmem_message_push_segment(slot->message, &slot->room);
	slot->state = SLOT_SEND;
	slot->order = w->given++;
	return err == 0 ? worker_flush(w) : err;
}

int worker_flush(struct worker *w)
{
	for (struct slot *s = w->slots; s < w->slots + SLOTS; s++) {
		int err;

		if (s->state != SLOT_SEND)
			continue;
		err = shmem_channel_send(w->channel, &s->message);
		if (err == SHMEM_E_AGAIN)
			return 0;
		if (err != 0)
			return err;
		s->state = SLOT_AWAY;
	}
	return 0;
}

static struct slot *slot_of(struct worker *w, uint64_t block)
{
	for (struct slot *s = w->slots; s < w->slots + SLOTS; s++)
		if (s->state == SLOT_AWAY && s->block == block)
			return s;
	return NULL;
}

static int take_result(struct worker *w, shmem_message *message)
{
	struct result result;
	struct slot *s;

	if (shmem_message_size(message) != sizeof(result))
		return SHMEM_E_PROTO;
	memcpy(&result, shmem_message_data(message), sizeof(result));
	s = slot_of(w, result.block);
	if (s == NULL || shmem_message_pop_segment(message, &s->text) != 0 ||
	    shmem_message_pop_segment(message, &s->room) != 0 ||
	    shmem_segment_size(s->text) != BLOCK_BYTES ||
	    shmem_segment_size(s->room) != result_room() ||
	    result.bytes > result_room())
		return SHMEM_E_PROTO;
	s->result_bytes = result.bytes;
	s->crc = result.crc;
	s->state = SLOT_DONE;
	return 0;
}

int worker_collect(struct worker *w, unsigned *results)
{
	int err = 0;

	while (err == 0) {
		SHMEM_AUTO(shmem_message_free) shmem_message *message = NULL;

		err = shmem_channel_recv(w->channel, 0, &message);
		if (err != 0)
			break;
		if (!w->ready) {
			err = equip(w);
			continue;
		}
		err = take_result(w, message);
		*results += err == 0;
	}
	return err == SHMEM_E_AGAIN ? 0 : err;
}

/* Kills it; after an error of its making there may be unread messages. */
static void end_channel(struct worker *w, int *status)
{
	shmem_message *message = NULL;

	shmem_process_kill(w->process);
	shmem_process_wait(w->process, -1, status);
	while (shmem_channel_recv(w->channel, 1000, &message) == 0)
		shmem_message_free(&message);
}

void worker_bury(struct worker *w, unsigned *reclaimed, int *status)
{
	shmem_segment *segment = NULL;
	bool known;

	end_channel(w, status);
	/* The worker may have written anything into its segments, so lost
	 * blocks are read again and these are only put away. */
	while (shmem_channel_reclaim(w->channel, &segment, &known) == 0) {
		shmem_segment_free(&segment);
		(*reclaimed)++;
	}
	w->dead = true;
}

int worker_close(struct worker *w)
{
	int status = 0;

	for (struct slot *s = w->slots; s < w->slots + SLOTS; s++) {
		shmem_message_free(&s->message);
		shmem_segment_free(&s->text);
		shmem_segment_free(&s->room);
	}
	/* A closed channel is a worker's sign to go. */
	shmem_channel_close(&w->channel);
	if (shmem_process_wait(w->process, 2000, &status) != 0) {
		/* It is too busy to see that, and nobody needs what it does. */
		shmem_process_kill(w->process);
		shmem_process_wait(w->process, -1, &status);
		status = 0;
	}
	shmem_process_close(&w->process);
	free(w);
	return status;
}
