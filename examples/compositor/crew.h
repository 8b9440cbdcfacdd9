/* SPDX-License-Identifier: MIT */
/* The compositor's view of its renderers: processes, and what they have shown.
 */
#ifndef COMPOSITOR_CREW_H
#define COMPOSITOR_CREW_H

#include <shmem/shmem.h>

#include "compositor.h"
#include "picture.h"

/* A renderer, as long as the compositor runs; its process may change. */
typedef struct renderer {
	const char *program; /* the path of this program */
	const char *what;
	long crash_at; /* the first time it is started */
	compositor_size screen;

	shmem_process *process;
	shmem_channel *channel;
	shmem_protocol *protocol;
	screen_parent *actor; /* NULL once it has ended */
	uint32_t done;        /* the frame that it has finished, plus 1 */
} renderer;

/* A layer that a renderer has asked for. */
typedef struct layer {
	char name[33];
	compositor_size size;
	int32_t z;
	compositor_blend blend;
	compositor_point at;
	shmem_segment *picture; /* NULL: none yet */
} layer;

int crew_start(renderer *r);

/* Has it draw; waits until it has, or has failed: then it is gone. */
int crew_draw(renderer *r, uint32_t frame);

/* Ends it and its process. How the process ended, as shmem_process_wait(). */
int crew_stop(renderer *r);

/* Its next layer that has a picture: NULL gives the first one. *at is where the
 * search goes on. */
const layer *crew_next(const renderer *r, layer_parent **at);

#endif
