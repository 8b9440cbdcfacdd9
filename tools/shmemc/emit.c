/* SPDX-License-Identifier: MIT */
/* The frame of the generated files. */
#include "emit.h"

#include "names.h"
#include "writer.h"

#include <shmem/base.h>

#include <inttypes.h>
#include <string.h>

#define STRINGIFY_(x) #x
#define STRINGIFY(x) STRINGIFY_(x)
#define VERSION                                                                \
	STRINGIFY(SHMEM_VERSION_MAJOR)                                         \
	"." STRINGIFY(SHMEM_VERSION_MINOR) "." STRINGIFY(SHMEM_VERSION_PATCH)

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static void write_banner(writer *w, const char *what)
{
	write_line(w, 0, "/* %s of %s, made by shmemc %s; do not edit. */",
		   what, file_name(w->unit->source.path), VERSION);
}

/* The names of both ends, whoever declares them; once in a file. */
static void write_ends(writer *w, list *done, const decl *d)
{
	for (size_t i = 0; i < done->count; i++)
		if (text_equal(done->items[i], d->c_name))
			return;
	list_add(w, done, "%s", d->c_name);
	for (int child = 0; child < 2; child++) {
		const side s = writer_side(w, d, child != 0);

		write_line(w, 0, "typedef struct %s %s;", s.name, s.name);
		write_line(w, 0, "typedef struct %s_handlers %s_handlers;",
			   s.name, s.name);
	}
}

static void write_protocol_header(writer *w, list *done, const decl *d)
{
	write_line(w, 0, "%s", "");
	write_doc(w, 0, d->doc);
	write_ends(w, done, d);
	for (const reference *r = d->managers; r != NULL; r = r->next)
		write_ends(w, done, r->protocol);
	for (const reference *r = d->manages; r != NULL; r = r->next)
		write_ends(w, done, r->protocol);
	write_line(w, 0,
		   "\n/* Both ends must agree on it: a hash of all that they "
		   "exchange. */");
	write_line(w, 0, "#define %s_FINGERPRINT UINT64_C(0x%016" PRIx64 ")",
		   d->c_upper, d->fingerprint);
	for (int child = 0; child < 2; child++) {
		const side s = writer_side(w, d, child != 0);

		write_side_declarations(w, &s);
	}
}

/* Headers of the files that are included, for their protocols or their types.
 */
static void write_includes(writer *w, bool protocol)
{
	list done = {0};

	for (const include *i = w->unit->includes; i != NULL; i = i->next) {
		bool again = i->protocol != protocol || i->unit == w->unit;

		for (size_t k = 0; k < done.count; k++)
			if (text_equal(done.items[k], i->unit->stem))
				again = true;
		if (again)
			continue;
		list_add(w, &done, "%s", i->unit->stem);
		write_line(w, 0, "#include \"%s.h\"", i->unit->stem);
	}
}

void emit_header(program *p, unit *u, buffer *out)
{
	writer w = {p, &p->arena, u, out, NULL};
	list done = {0};
	const char *guard = arena_printf(
		&p->arena, "SHMEMC_%s_H",
		names_upper(&p->arena, names_clean(&p->arena, u->stem)));

	write_banner(&w, "Header");
	write_doc(&w, 0, u->doc);
	write_line(&w, 0, "#ifndef %s\n#define %s\n", guard, guard);
	write_includes(&w, false);
	write_line(&w, 0, "#include <shmem/protocol.h>\n");
	write_line(&w, 0, "#ifdef __cplusplus\nextern \"C\" {\n#endif");
	write_types(&w);
	for (const decl *d = u->decls; d != NULL; d = d->next)
		if (d->kind == DECL_PROTOCOL)
			write_protocol_header(&w, &done, d);
	write_line(&w, 0,
		   "\n/* For the code that is made of files which "
		   "include this one. */");
	write_codec_prototypes(&w);
	write_line(&w, 0, "\n#ifdef __cplusplus\n}\n#endif\n#endif");
}

static void write_numbers(writer *w, const decl *d)
{
	if (d->messages == NULL)
		return;
	write_line(w, 0, "\nenum {");
	for (const message *m = d->messages; m != NULL; m = m->next)
		write_line(w, 1, "%s_MESSAGE_%s = %u%s", d->c_upper,
			   names_upper(w->arena, m->c_name), m->number,
			   m->next != NULL ? "," : "");
	write_line(w, 0, "};");
}

/* Headers of what this protocol manages must be of the same build. */
static void write_agreement(writer *w, const decl *d)
{
	for (const reference *r = d->manages; r != NULL; r = r->next) {
		list l = {0};

		if (r->protocol->unit == w->unit)
			continue;
		list_add(w, &l, "%s_FINGERPRINT == UINT64_C(0x%016" PRIx64 ")",
			 r->protocol->c_upper, r->protocol->fingerprint);
		list_add(w, &l, "\"%s.h is of another build; run shmemc\"",
			 r->protocol->unit->stem);
		write_line(w, 0, "%s", "");
		write_call(w, 0, "_Static_assert", &l, ";");
	}
}

void emit_source(program *p, unit *u, buffer *out)
{
	writer w = {p, &p->arena, u, out, NULL};

	write_banner(&w, "Source");
	write_line(&w, 0, "#include \"%s.h\"", u->stem);
	write_includes(&w, true);
	write_line(&w, 0, "#include <shmem/protocol_actor.h>");
	write_codecs(&w);
	for (const decl *d = u->decls; d != NULL; d = d->next) {
		if (d->kind != DECL_PROTOCOL)
			continue;
		write_agreement(&w, d);
		write_numbers(&w, d);
		for (int child = 0; child < 2; child++) {
			const side s = writer_side(&w, d, child != 0);

			write_sends(&w, &s);
			write_receives(&w, &s);
		}
	}
}
