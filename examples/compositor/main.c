/* SPDX-License-Identifier: MIT */
/*
 * A compositor: it starts renderers, processes that draw layers into segments,
 * puts the layers on top of each other and writes each frame to a PNG file. A
 * pixel is written once, by its renderer, and read once; only segments travel.
 *
 *   compositor FOLDER [FRAMES [CRASH]]   CRASH: when the balls' renderer dies
 *   compositor --sum FILE.png            prints what it prints for a frame
 *
 * The renderer of the balls has a bug: at frame CRASH it touches a picture that
 * it has presented, and dies of it. The frame is finished without its layers,
 * and the next one has them again, from a new process.
 */
#include "crew.h"
#include "image.h"
#include "renderer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 320u
#define HEIGHT 200u
#define CREW 2u
#define FRAMES 12u
#define LAYERS_MAX 16u
#define FRAMES_MAX 10000u

static int by_z(const void *a, const void *b)
{
	const layer *const *x = a;
	const layer *const *y = b;

	return ((*x)->z > (*y)->z) - ((*x)->z < (*y)->z);
}

/* All layers there are, the farthest first. Returns how many. */
static size_t compose(const renderer *crew, picture screen)
{
	const layer *layers[LAYERS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < CREW; i++) {
		layer_parent *at = NULL;
		const layer *l;

		while (count < LAYERS_MAX &&
		       (l = crew_next(&crew[i], &at)) != NULL)
			layers[count++] = l;
	}
	qsort((void *)layers, count, sizeof(*layers), by_z);
	picture_fill(screen, picture_pixel(255, 0, 0, 0));
	for (size_t i = 0; i < count; i++) {
		const layer *l = layers[i];
		picture p = {shmem_segment_data(l->picture), l->size.width,
			     l->size.height};

		picture_blend(screen, p, l->at.x, l->at.y,
			      l->blend == COMPOSITOR_BLEND_ADD);
	}
	return count;
}

/* A renderer that did not deliver is replaced. */
static int draw_or_replace(renderer *r, uint32_t frame)
{
	int err = crew_draw(r, frame);
	int status;

	if (err == 0)
		return 0;
	status = crew_stop(r);
	printf("frame %u: the renderer of the %s ended (%s, status %d) and is "
	       "started anew\n",
	       frame, r->what, shmem_errname(err), status);
	return crew_start(r);
}

static int run(renderer *crew, const char *folder, uint32_t frames)
{
	picture screen = {NULL, WIDTH, HEIGHT};
	int err = 0;

	screen.pixels = malloc((size_t)WIDTH * HEIGHT * sizeof(uint32_t));
	if (screen.pixels == NULL)
		return SHMEM_E_NOMEM;
	for (uint32_t frame = 0; frame < frames && err == 0; frame++) {
		char path[4096];
		size_t layers;

		for (size_t i = 0; i < CREW && err == 0; i++)
			err = draw_or_replace(&crew[i], frame);
		if (err != 0)
			break;
		layers = compose(crew, screen);
		snprintf(path, sizeof(path), "%s/frame-%04u.png", folder,
			 frame);
		if (!image_write(path, screen))
			err = SHMEM_E_SYS;
		printf("frame %u: %zu layers, sum %08x\n", frame, layers,
		       picture_sum(screen));
	}
	free(screen.pixels);
	return err;
}

static int compositor_main(const char *program, const char *folder,
			   uint32_t frames, long crash_at)
{
	renderer crew[CREW] = {
		{.program = program, .what = "sky", .crash_at = -1},
		{.program = program, .what = "balls", .crash_at = crash_at},
	};
	int err = 0;

	for (size_t i = 0; i < CREW && err == 0; i++) {
		crew[i].screen = (compositor_size){WIDTH, HEIGHT};
		err = crew_start(&crew[i]);
	}
	if (err == 0)
		err = run(crew, folder, frames);
	for (size_t i = 0; i < CREW; i++)
		crew_stop(&crew[i]);
	if (err != 0)
		fprintf(stderr, "compositor: %s\n", shmem_strerror(err));
	return err == 0 ? 0 : 1;
}

static int sum_main(const char *path)
{
	picture p;

	if (!image_read(path, &p))
		return 1;
	printf("%08x\n", picture_sum(p));
	free(p.pixels);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long frames = FRAMES;
	long crash_at = -1;

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (argc == 4 && strcmp(argv[1], "--render") == 0)
		return renderer_main(argv[2], strtol(argv[3], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "--sum") == 0)
		return sum_main(argv[2]);
	if (argc > 2)
		frames = strtoul(argv[2], NULL, 10);
	if (argc > 3)
		crash_at = strtol(argv[3], NULL, 10);
	if (argc < 2 || argc > 4 || frames > FRAMES_MAX) {
		fputs("usage: compositor FOLDER [FRAMES [CRASH]]\n", stderr);
		return 2;
	}
	return compositor_main(argv[0], argv[1], (uint32_t)frames, crash_at);
}
