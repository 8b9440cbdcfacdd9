/* SPDX-License-Identifier: MIT */
/* Reads a file and everything that it includes, each once. */
#ifndef SHMEMC_LOAD_H
#define SHMEMC_LOAD_H

#include "ast.h"
#include "report.h"

#define LOAD_FILE_MAX (16u << 20) /* bytes of a source file */
#define LOAD_UNITS_MAX 1000u

typedef struct loader {
	source_read read;
	void *read_arg;
	const char *const *folders; /* searched for includes; NULL at the end */
} loader;

/* False where the file itself can't be read; other errors are reported. */
bool load_program(program *p, const loader *l, const char *path);

#endif
