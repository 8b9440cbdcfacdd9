/* SPDX-License-Identifier: MIT */
/* The file that is read. */
#ifndef PARALLEL_GZIP_INPUT_H
#define PARALLEL_GZIP_INPUT_H

#include <stdint.h>
#include <sys/stat.h>

struct input {
	const char *path;
	int fd;
	struct stat stat; /* as it was when it was opened */
};

/* 0, or -1 after a complaint. Only a regular file will do: lost blocks are
 * read again. */
int input_open(const char *path, struct input *ret);

/* Exactly `bytes` bytes from `offset`. */
int input_read(const struct input *in, uint64_t offset, void *data,
	       uint32_t bytes);

/* That it is still what it was: blocks were read at different times. */
int input_check_unchanged(const struct input *in);

void input_close(struct input *in);

#endif
