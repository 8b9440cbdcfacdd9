/* SPDX-License-Identifier: MIT */
/* The worker's sandbox. */
#ifndef PARALLEL_GZIP_SANDBOX_H
#define PARALLEL_GZIP_SANDBOX_H

/*
 * From here on this process can compute, use the memory that it is handed, and
 * speak on `sock`. Anything else ends it with SIGSYS: it can't open a file,
 * make a memory object, a socket, a process or executable memory. 0 or -1.
 */
int sandbox_enter(int sock);

#endif
