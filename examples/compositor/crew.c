/* SPDX-License-Identifier: MIT */
/*
 * One renderer: its process and its conversation. When it dies, in whatever
 * way, its actors end one after the other, and with each its pictures; what it
 * still held goes with the channel. Nothing else notices.
 */
#include "crew.h"

#include <stdio.h>
#include <stdlib.h>

#define DRAW_TIMEOUT 10000 /* milliseconds */
#define SIDE_MAX 4096u

static int recv_measure(screen_parent *actor, compositor_size *ret_size)
{
	const renderer *r = screen_parent_arg(actor);

	*ret_size = r->screen;
	return 0;
}

static int recv_done(screen_parent *actor, uint32_t frame)
{
	renderer *r = screen_parent_arg(actor);

	r->done = frame + 1;
	return 0;
}

/* The picture that was shown before goes back to be drawn into again. */
static int recv_present(layer_parent *actor, uint32_t frame,
			const compositor_point *at,
			shmem_segment **take_picture)
{
	layer *l = layer_parent_arg(actor);
	uint64_t bytes = (uint64_t)l->size.width * l->size.height * 4;
	int err = 0;

	(void)frame;
	if (shmem_segment_size(*take_picture) < bytes)
		return SHMEM_E_INVAL;
	if (l->picture != NULL)
		err = layer_parent_send_release(actor, &l->picture);
	if (err != 0)
		return err;
	shmem_segment_move(&l->picture, take_picture);
	l->at = *at;
	return 0;
}

static void layer_ended(layer_parent *actor, shmem_protocol_end end, int err)
{
	layer *l = layer_parent_arg(actor);

	(void)end;
	(void)err;
	shmem_segment_free(&l->picture);
	free(l);
}

static const layer_parent_handlers layer_handlers = {
	.recv_present = recv_present,
	.destroyed = layer_ended,
};

static int recv_layer(screen_parent *actor, layer_parent *made,
		      const char *name, const compositor_size *size, int32_t z,
		      compositor_blend blend)
{
	layer *l;

	(void)actor;
	if (size->width > SIDE_MAX || size->height > SIDE_MAX)
		return SHMEM_E_LIMIT;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return SHMEM_E_NOMEM;
	snprintf(l->name, sizeof(l->name), "%s", name);
	l->size = *size;
	l->z = z;
	l->blend = blend;
	layer_parent_bind(made, &layer_handlers, l);
	return 0;
}

static void screen_ended(screen_parent *actor, shmem_protocol_end end, int err)
{
	renderer *r = screen_parent_arg(actor);

	(void)end;
	(void)err;
	r->actor = NULL;
}

static const screen_parent_handlers screen_handlers = {
	.recv_measure = recv_measure,
	.recv_layer_constructor = recv_layer,
	.recv_done = recv_done,
	.destroyed = screen_ended,
};

int crew_start(renderer *r)
{
	char crash_at[24];
	const char *const args[] = {r->program, "--render", r->what, crash_at,
				    NULL};
	shmem_spawn_opts spawn = SHMEM_SPAWN_OPTS_INIT;
	int err;

	snprintf(crash_at, sizeof(crash_at), "%ld", r->crash_at);
	r->crash_at = -1;
	spawn.path = r->program;
	spawn.argv = args;
	r->done = 0;
	err = shmem_process_spawn(&spawn, &r->process, &r->channel);
	if (err == 0)
		err = screen_parent_open(r->channel, &screen_handlers, r,
					 &r->protocol, &r->actor);
	return err;
}

int crew_draw(renderer *r, uint32_t frame)
{
	int err = r->actor != NULL ? screen_parent_send_frame(r->actor, frame)
				   : SHMEM_E_CLOSED;

	while (err == 0 && r->done <= frame)
		err = shmem_protocol_receive(r->protocol, DRAW_TIMEOUT);
	return err;
}

int crew_stop(renderer *r)
{
	int status = 0;

	if (r->actor != NULL)
		(void)screen_parent_send_delete(&r->actor);
	shmem_protocol_close(&r->protocol);
	shmem_channel_close(&r->channel);
	if (shmem_process_wait(r->process, DRAW_TIMEOUT, &status) != 0)
		(void)shmem_process_kill(r->process);
	shmem_process_close(&r->process);
	return status;
}

const layer *crew_next(const renderer *r, layer_parent **at)
{
	while ((*at = screen_parent_next_layer(r->actor, *at)) != NULL) {
		const layer *l = layer_parent_arg(*at);

		if (l->picture != NULL)
			return l;
	}
	return NULL;
}
