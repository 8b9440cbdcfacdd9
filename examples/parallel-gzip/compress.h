/* SPDX-License-Identifier: MIT */
/* One file, compressed; what may be asked of that. */
#ifndef PARALLEL_GZIP_COMPRESS_H
#define PARALLEL_GZIP_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"

#define WORKERS_MAX 64
#define KILLS_MAX 16

struct options {
	const char *path;
	const char *program; /* that becomes a worker */
	unsigned workers;
	int level;
	bool force;    /* replace FILE.gz */
	bool quiet;    /* no bar and no table */
	bool kill_one; /* kill the worker that gets the middle block */
	uint64_t kills[KILLS_MAX]; /* kill the one that gets this block */
	size_t kill_count;
	int stop_fd; /* readable: give up; -1: there is none */
};

/* Compresses options->path into path.gz. 0 with a summary, or -1 after a
 * complaint; then there is no output, nor a process left. */
int compress_file(const struct options *options, struct summary *ret);

#endif
