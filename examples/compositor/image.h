/* SPDX-License-Identifier: MIT */
/* Pictures as PNG files. */
#ifndef COMPOSITOR_IMAGE_H
#define COMPOSITOR_IMAGE_H

#include "picture.h"

/* False, with a message on standard error, where that fails. The alpha of a
 * screen is of no interest: three channels are written. */
bool image_write(const char *path, picture p);

/* The caller frees the pixels. */
bool image_read(const char *path, picture *ret);

#endif
