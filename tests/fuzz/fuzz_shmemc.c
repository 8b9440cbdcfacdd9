/* SPDX-License-Identifier: MIT */
/*
 * The protocol compiler, from text to C. Input: files, each behind a byte 1;
 * the first is main.shmem, the others are a.shmem, b.shmem …, for it to
 * include.
 */
#include "fuzz.h"

#include "canon.h"
#include "checks.h"
#include "emit.h"
#include "load.h"

#include <stdlib.h>
#include <string.h>

#define FILES_MAX 4u

typedef struct file {
	const char *name;
	const char *text;
	size_t size;
} file;

typedef struct files {
	file all[FILES_MAX];
	size_t count;
} files;

static files split(const char *text, size_t size)
{
	static const char *const names[FILES_MAX] = {"main.shmem", "a.shmem",
						     "b.shmem", "c.shmem"};
	files f = {.count = 0};

	while (f.count < FILES_MAX) {
		const char *end = size > 0 ? memchr(text, 1, size) : NULL;
		size_t n = end != NULL && f.count + 1 < FILES_MAX
				   ? (size_t)(end - text)
				   : size;

		f.all[f.count] = (file){names[f.count], text, n};
		f.count++;
		if (n == size)
			break;
		text += n + 1;
		size -= n + 1;
	}
	return f;
}

static bool read_file(void *arg, const char *path, char **ret_text,
		      size_t *ret_size)
{
	const files *f = arg;

	for (size_t i = 0; i < f->count; i++) {
		const file *found = &f->all[i];

		if (strcmp(found->name, path) != 0)
			continue;
		*ret_text = malloc(found->size + 1);
		FUZZ_CHECK(*ret_text != NULL);
		memcpy(*ret_text, found->text, found->size);
		*ret_size = found->size;
		return true;
	}
	return false;
}

static void emit(program *p, unit *u, buffer *out)
{
	emit_header(p, u, out);
	emit_source(p, u, out);
	for (const decl *d = u->decls; d != NULL; d = d->next)
		if (d->kind == DECL_PROTOCOL)
			canon_text(p, d, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	files f = split((const char *)data, size);
	report errors = {0};
	program p = {.report = &errors};
	const loader l = {read_file, &f, NULL};

	FUZZ_CHECK(load_program(&p, &l, f.all[0].name));
	if (errors.errors == 0)
		check_program(&p);
	report_finish(&errors);
	if (errors.errors == 0) {
		canon_fingerprints(&p);
		for (unit *u = p.units; u != NULL; u = u->next) {
			buffer first = {0};
			buffer second = {0};

			emit(&p, u, &first);
			emit(&p, u, &second);
			FUZZ_CHECK(first.size > 0 && first.size == second.size);
			/* No byte of it is a NUL, whatever was in the input. */
			FUZZ_CHECK(strlen(first.data) == first.size);
			buffer_free(&first);
			buffer_free(&second);
		}
	} else {
		FUZZ_CHECK(errors.text.size > 0);
	}
	buffer_free(&errors.text);
	arena_free(&p.arena);
	return 0;
}
