/* SPDX-License-Identifier: MIT */
/* The file that is written. */
#ifndef PARALLEL_GZIP_OUTPUT_H
#define PARALLEL_GZIP_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct output {
	char path[PATH_MAX];
	char temporary[PATH_MAX]; /* in the same folder, until it is whole */
	int fd;
	bool replace;
	uint64_t bytes;
};

/* All return 0, or -1 after a complaint. An existing `path` is refused unless
 * `replace`. */
int output_open(const char *path, bool replace, struct output *out);
int output_write(struct output *out, const void *data, size_t bytes);

/* On disk, with these permissions, under its name; all at once. */
int output_commit(struct output *out, mode_t mode);

/* Leaves nothing behind, unless committed. */
void output_discard(struct output *out);

#endif
