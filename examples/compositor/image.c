/* SPDX-License-Identifier: MIT */
/* libpng's simplified interface. */
#include "image.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool failed(const char *path, const png_image *image)
{
	fprintf(stderr, "%s: %s\n", path, image->message);
	return false;
}

bool image_write(const char *path, picture p)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	size_t count = (size_t)p.width * p.height;
	unsigned char *rgb = malloc(count * 3);
	bool fine;

	if (rgb == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		rgb[i * 3] = (unsigned char)(p.pixels[i] >> 16);
		rgb[i * 3 + 1] = (unsigned char)(p.pixels[i] >> 8);
		rgb[i * 3 + 2] = (unsigned char)p.pixels[i];
	}
	image.width = p.width;
	image.height = p.height;
	image.format = PNG_FORMAT_RGB;
	fine = png_image_write_to_file(&image, path, 0, rgb, 0, NULL) != 0;
	free(rgb);
	return fine || failed(path, &image);
}

bool image_read(const char *path, picture *ret)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	size_t count;
	unsigned char *rgb;

	if (png_image_begin_read_from_file(&image, path) == 0)
		return failed(path, &image);
	image.format = PNG_FORMAT_RGB;
	count = (size_t)image.width * image.height;
	rgb = malloc(PNG_IMAGE_SIZE(image));
	ret->pixels = malloc(count * sizeof(*ret->pixels));
	if (rgb == NULL || ret->pixels == NULL ||
	    png_image_finish_read(&image, NULL, rgb, 0, NULL) == 0) {
		free(rgb);
		free(ret->pixels);
		png_image_free(&image);
		return failed(path, &image);
	}
	ret->width = image.width;
	ret->height = image.height;
	for (size_t i = 0; i < count; i++)
		ret->pixels[i] = (uint32_t)rgb[i * 3] << 16 |
				 (uint32_t)rgb[i * 3 + 1] << 8 |
				 (uint32_t)rgb[i * 3 + 2] | 0xff000000u;
	free(rgb);
	return true;
}
