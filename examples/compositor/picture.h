/* SPDX-License-Identifier: MIT */
/* Pictures in memory: 32-bit ARGB, premultiplied, row by row. */
#ifndef COMPOSITOR_PICTURE_H
#define COMPOSITOR_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct picture {
	uint32_t *pixels;
	uint32_t width;
	uint32_t height;
} picture;

/* A premultiplied pixel. */
uint32_t picture_pixel(uint32_t alpha, uint32_t red, uint32_t green,
		       uint32_t blue);

void picture_fill(picture p, uint32_t pixel);

/* A disc with a soft edge around (x, y). */
void picture_disc(picture p, int32_t x, int32_t y, int32_t radius,
		  uint32_t pixel);

/* Puts `from` on `to`, its corner at (x, y), where they overlap. */
void picture_blend(picture to, picture from, int32_t x, int32_t y, bool add);

/* The same for the same pixels, on every machine. */
uint32_t picture_sum(picture p);

#endif
