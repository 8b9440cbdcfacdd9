/* SPDX-License-Identifier: MIT */
/* The worker process. */
#ifndef PARALLEL_GZIP_WORKER_H
#define PARALLEL_GZIP_WORKER_H

/* Compresses what the parent sends until the parent closes the channel.
 * Returns the exit code. */
int worker_main(int level);

#endif
