/* SPDX-License-Identifier: MIT */
/* Runs parallel-gzip on files in the test's folder, and looks at what it
 * leaves. */
#ifndef SHMEM_TESTS_GZIP_RUN_H
#define SHMEM_TESTS_GZIP_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "job.h"
#include "support.h"

enum content { TEXT, NOISE };

/* A file of that many bytes in the test's folder, the same each time. */
void gzip_input(const char *name, size_t bytes, enum content content);

struct gzip_run {
	int status; /* exit code, or a signal's negative number */
	char out[4096], err[4096];
};

/* Runs it in the test's folder; `arguments` end with NULL. `prepare` (may be
 * NULL) is called in the child before. Fails the test if a process remains. */
typedef void gzip_prepare(void);
void gzip_run(struct gzip_run *run, const char *const *arguments,
	      gzip_prepare *prepare);
#define GZIP_RUN(run, prepare, ...)                                            \
	gzip_run(run, (const char *const[]){__VA_ARGS__, NULL}, prepare)

/* Starts and ends it in two steps. */
struct gzip_started {
	pid_t pid;
	int out, err;
};
void gzip_start(struct gzip_started *started, const char *const *arguments,
		gzip_prepare *prepare);
void gzip_finish(struct gzip_started *started, struct gzip_run *run);

/* One of its workers; 0 when there is none. */
pid_t gzip_worker_of(pid_t parent);

/* That it said exactly one line, with this in it, and ended with `status`. */
void gzip_said(const struct gzip_run *run, int status, const char *what);

/* That name.gz is one whole gzip member that holds exactly `name`. */
void gzip_is_whole(const char *name);

/* That the test's folder has this many entries: nothing is left behind. */
void gzip_files_are(size_t count);

#endif
