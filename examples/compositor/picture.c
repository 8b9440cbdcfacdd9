/* SPDX-License-Identifier: MIT */
/* Drawing and blending, in whole numbers. */
#include "picture.h"

static uint32_t channel(uint32_t pixel, unsigned shift)
{
	return pixel >> shift & 0xff;
}

static uint32_t scale(uint32_t a, uint32_t b)
{
	return (a * b + 127) / 255;
}

uint32_t picture_pixel(uint32_t alpha, uint32_t red, uint32_t green,
		       uint32_t blue)
{
	return alpha << 24 | scale(red, alpha) << 16 |
	       scale(green, alpha) << 8 | scale(blue, alpha);
}

void picture_fill(picture p, uint32_t pixel)
{
	size_t count = (size_t)p.width * p.height;

	for (size_t i = 0; i < count; i++)
		p.pixels[i] = pixel;
}

static uint32_t fade(uint32_t pixel, uint32_t by)
{
	uint32_t out = 0;

	for (unsigned shift = 0; shift < 32; shift += 8)
		out |= scale(channel(pixel, shift), by) << shift;
	return out;
}

void picture_disc(picture p, int32_t x, int32_t y, int32_t radius,
		  uint32_t pixel)
{
	int64_t full = (int64_t)radius * radius;

	for (uint32_t row = 0; row < p.height; row++)
		for (uint32_t column = 0; column < p.width; column++) {
			int64_t dx = (int64_t)column - x;
			int64_t dy = (int64_t)row - y;
			int64_t square = dx * dx + dy * dy;

			if (square >= full)
				continue;
			p.pixels[(size_t)row * p.width + column] = fade(
				pixel, (uint32_t)(255 - 255 * square / full));
		}
}

static uint32_t over(uint32_t below, uint32_t above)
{
	uint32_t rest = 255 - channel(above, 24);
	uint32_t out = 0;

	for (unsigned shift = 0; shift < 32; shift += 8)
		out |= (channel(above, shift) +
			scale(channel(below, shift), rest))
		       << shift;
	return out;
}

static uint32_t sum(uint32_t below, uint32_t above)
{
	uint32_t out = 0;

	for (unsigned shift = 0; shift < 32; shift += 8) {
		uint32_t both = channel(below, shift) + channel(above, shift);

		out |= (both < 255 ? both : 255) << shift;
	}
	return out;
}

void picture_blend(picture to, picture from, int32_t x, int32_t y, bool add)
{
	for (uint32_t row = 0; row < from.height; row++)
		for (uint32_t column = 0; column < from.width; column++) {
			int64_t to_x = (int64_t)x + column;
			int64_t to_y = (int64_t)y + row;
			uint32_t above =
				from.pixels[(size_t)row * from.width + column];
			uint32_t *below;

			if (to_x < 0 || to_y < 0 || to_x >= to.width ||
			    to_y >= to.height)
				continue;
			below = &to.pixels[(size_t)to_y * to.width +
					   (size_t)to_x];
			*below = add ? sum(*below, above) : over(*below, above);
		}
}

uint32_t picture_sum(picture p)
{
	size_t count = (size_t)p.width * p.height;
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < count; i++)
		for (unsigned shift = 0; shift < 24; shift += 8)
			hash = (hash ^ channel(p.pixels[i], shift)) * 16777619u;
	return hash;
}
