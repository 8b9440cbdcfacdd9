/* SPDX-License-Identifier: MIT */
/*
 * A renderer asks for its layers, and then draws whenever it is told to. It
 * draws into segments; presenting one gives it away, and the compositor gives
 * it back once the next one is on the screen. So a layer lives on two segments,
 * however many frames there are.
 */
#include "renderer.h"

#include <shmem/shmem.h>
#include <stdio.h>
#include <string.h>

#include "compositor.h"
#include "picture.h"

#define LAYERS_MAX 2

typedef struct renderer renderer;

typedef struct layer {
	renderer *renderer;
	layer_child *actor; /* NULL once it has ended */
	compositor_size size;
	shmem_segment *spare; /* to be drawn into next */
	compositor_point (*draw)(renderer *r, picture p, uint32_t frame);
} layer;

struct renderer {
	compositor_size screen;
	layer layers[LAYERS_MAX];
	size_t count;
	long crash_at;
};

static compositor_point draw_sky(renderer *r, picture p, uint32_t frame)
{
	(void)r;
	for (uint32_t y = 0; y < p.height; y++)
		for (uint32_t x = 0; x < p.width; x++)
			p.pixels[(size_t)y * p.width + x] =
				picture_pixel(255, 20 + y * 60 / p.height,
					      40 + (x + frame * 4) % 64,
					      90 + y * 150 / p.height);
	return (compositor_point){0, 0};
}

static compositor_point draw_ball(renderer *r, picture p, uint32_t frame)
{
	int32_t half = (int32_t)(p.width / 2);
	uint32_t span = r->screen.width - p.width;
	int32_t down = (int32_t)(frame % 10) - 5;

	picture_fill(p, 0);
	picture_disc(p, half, half, half, picture_pixel(255, 230, 60, 40));
	return (compositor_point){(int32_t)(frame * 17 % span),
				  20 + down * down * 3};
}

static compositor_point draw_light(renderer *r, picture p, uint32_t frame)
{
	int32_t half = (int32_t)(p.width / 2);
	uint32_t span = r->screen.width - p.width;

	picture_fill(p, 0);
	picture_disc(p, half, half, half, picture_pixel(160, 255, 240, 120));
	return (compositor_point){(int32_t)(span - frame * 11 % span), 60};
}

static picture picture_of(const layer *l)
{
	return (picture){shmem_segment_data(l->spare), l->size.width,
			 l->size.height};
}

static int draw(layer *l, uint32_t frame)
{
	renderer *r = l->renderer;
	uint32_t *sent;
	compositor_point at;
	int err = 0;

	if (l->spare == NULL)
		err = layer_child_alloc(
			l->actor, (uint64_t)l->size.width * l->size.height * 4,
			&l->spare);
	if (err != 0)
		return err;
	at = l->draw(r, picture_of(l), frame);
	sent = shmem_segment_data(l->spare);
	err = layer_child_send_present(l->actor, frame, &at, &l->spare);
	if (err == 0 && r->crash_at == (long)frame)
		sent[0] = 0; /* the bug: this picture is the compositor's */
	return err;
}

static int recv_frame(screen_child *actor, uint32_t frame)
{
	renderer *r = screen_child_arg(actor);
	int err = 0;

	for (size_t i = 0; i < r->count && err == 0; i++)
		if (r->layers[i].actor != NULL)
			err = draw(&r->layers[i], frame);
	return err == 0 ? screen_child_send_done(actor, frame) : err;
}

static int recv_release(layer_child *actor, shmem_segment **take_picture)
{
	layer *l = layer_child_arg(actor);

	shmem_segment_move(&l->spare, take_picture);
	return 0;
}

static void layer_ended(layer_child *actor, shmem_protocol_end end, int err)
{
	layer *l = layer_child_arg(actor);

	(void)end;
	(void)err;
	shmem_segment_free(&l->spare);
	l->actor = NULL;
}

static const screen_child_handlers screen_handlers = {
	.recv_frame = recv_frame,
};
static const layer_child_handlers layer_handlers = {
	.recv_release = recv_release,
	.destroyed = layer_ended,
};

static int add_layer(renderer *r, screen_child *screen, const char *name,
		     compositor_size size, int32_t z, compositor_blend blend,
		     compositor_point (*how)(renderer *, picture, uint32_t))
{
	layer *l = &r->layers[r->count++];

	l->renderer = r;
	l->size = size;
	l->draw = how;
	return screen_child_send_layer_constructor(screen, &layer_handlers, l,
						   name, &l->size, z, blend,
						   &l->actor);
}

static int set_up(renderer *r, screen_child *screen, const char *what)
{
	const compositor_size ball = {64, 64};
	const compositor_size light = {120, 120};
	int err = screen_child_send_measure(screen, &r->screen);

	if (err == 0 && strcmp(what, "sky") == 0)
		return add_layer(r, screen, "sky", r->screen, 0,
				 COMPOSITOR_BLEND_OVER, draw_sky);
	if (err == 0)
		err = add_layer(r, screen, "ball", ball, 2,
				COMPOSITOR_BLEND_OVER, draw_ball);
	if (err == 0)
		err = add_layer(r, screen, "light", light, 1,
				COMPOSITOR_BLEND_ADD, draw_light);
	return err;
}

int renderer_main(const char *what, long crash_at)
{
	renderer r = {.crash_at = crash_at};
	SHMEM_AUTO(shmem_channel_close) shmem_channel *channel = NULL;
	SHMEM_AUTO(shmem_protocol_close) shmem_protocol *protocol = NULL;
	screen_child *screen = NULL;
	int err = shmem_inherited_channel(NULL, &channel);

	if (err == 0)
		err = screen_child_open(channel, &screen_handlers, &r,
					&protocol, &screen);
	if (err == 0)
		err = set_up(&r, screen, what);
	if (err == 0)
		err = shmem_protocol_run(protocol);
	if (err != 0)
		fprintf(stderr, "renderer %s: %s %s\n", what,
			shmem_strerror(err), shmem_protocol_error(protocol));
	return err == 0 ? 0 : 1;
}
