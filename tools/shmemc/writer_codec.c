/* SPDX-License-Identifier: MIT */
/* Encoders and decoders of the types that a file declares. */
#include "writer.h"

#include "checks.h"
#include "names.h"

#include <assert.h>

/* How deep loops over elements are nested in writing it; each needs an "n". */
static unsigned count_depth(const type *t)
{
	unsigned depth = 0;

	for (; t != NULL; t = t->of)
		if (t->kind == TYPE_ARRAY && t->of->kind >= TYPE_STRING)
			depth++;
	return depth;
}

bool write_counters(writer *w, unsigned indent, const field *fields)
{
	unsigned most = 0;

	for (const field *f = fields; f != NULL; f = f->next)
		if (count_depth(f->type) > most)
			most = count_depth(f->type);
	for (unsigned i = 1; i <= most; i++)
		write_line(w, indent, i == 1 ? "size_t n_;" : "size_t n_%u;",
			   i);
	return most > 0;
}

static void write_enum_codec(writer *w, const decl *d)
{
	const char *name = d->c_name;

	assert(d->values != NULL); /* an enum has one at least */
	write_line(w, 0, "\nstatic bool %s_is_valid(int32_t v)\n{", name);
	write_line(w, 1, "switch (v) {");
	for (const enumerator *e = d->values; e != NULL; e = e->next)
		write_line(w, 1, "case %s:", e->c_name);
	write_line(w, 2, "return true;");
	write_line(w, 1, "default:");
	write_line(w, 2, "return false;");
	write_line(w, 1, "}\n}\n");
	write_line(w, 0, "void %s_put(shmem_protocol_writer *w, %s v)\n{", name,
		   name);
	write_line(w, 1, "if (!%s_is_valid((int32_t)v))", name);
	write_line(w, 2, "shmem_protocol_put_fail(w, SHMEM_E_INVAL);");
	write_line(w, 1, "shmem_protocol_put_int32(w, (int32_t)v);\n}\n");
	write_line(w, 0, "%s %s_get(shmem_protocol_reader *r)\n{", name, name);
	write_line(w, 1, "int32_t v = shmem_protocol_get_int32(r);\n");
	write_line(w, 1, "if (!%s_is_valid(v)) {", name);
	write_line(w, 2, "shmem_protocol_get_fail(r);");
	write_line(w, 2, "return %s;", d->values->c_name);
	write_line(w, 1, "}");
	write_line(w, 1, "return (%s)v;\n}", name);
}

static void write_put_head(writer *w, const decl *d, const char *tail)
{
	list l = {0};
	const type self = {.kind = TYPE_NAMED, .named = (decl *)d};

	list_add(w, &l, "shmem_protocol_writer *w");
	list_add(w, &l, "%s", c_declare(w, c_pointer_to(w, &self), "v"));
	write_call(w, 0, arena_printf(w->arena, "void %s_put", d->c_name), &l,
		   tail);
}

static void write_get_head(writer *w, const decl *d, const char *tail)
{
	list l = {0};

	list_add(w, &l, "shmem_protocol_reader *r");
	list_add(w, &l, "%s *v", d->c_name);
	write_call(w, 0, arena_printf(w->arena, "void %s_get", d->c_name), &l,
		   tail);
}

static expr expr_member(writer *w, const field *f)
{
	return expr_value(w, f->type,
			  arena_printf(w->arena, "v->%s", f->c_name));
}

static void write_struct_codec(writer *w, const decl *d)
{
	write_line(w, 0, "%s", "");
	write_put_head(w, d, "\n{");
	if (write_counters(w, 1, d->fields))
		write_line(w, 0, "%s", "");
	w->io = "w";
	if (d->recursive) {
		write_line(w, 1, "if (!shmem_protocol_put_enter(w))");
		write_line(w, 2, "return;");
	}
	write_puts(w, 1, d->fields, expr_member);
	if (d->recursive)
		write_line(w, 1, "shmem_protocol_put_leave(w);");
	write_line(w, 0, "}\n");

	write_get_head(w, d, "\n{");
	w->io = "r";
	if (d->recursive) {
		write_line(w, 1, "if (!shmem_protocol_get_enter(r))");
		write_line(w, 2, "return;");
	}
	write_gets(w, 1, d->fields, expr_member);
	if (d->recursive)
		write_line(w, 1, "shmem_protocol_get_leave(r);");
	write_line(w, 0, "}");
}

static const char *tag_of(writer *w, const decl *d, const field *f)
{
	return arena_printf(w->arena, "%s_%s", d->c_upper,
			    names_upper(w->arena, f->name));
}

static void write_cases(writer *w, const decl *d, bool put)
{
	for (const field *f = d->fields; f != NULL; f = f->next) {
		expr e = expr_value(
			w, f->type,
			arena_printf(w->arena, "v->as.%s", f->c_name));

		write_line(w, 1, "case %s:", tag_of(w, d, f));
		if (put)
			write_put(w, 2, f, e);
		else
			write_get(w, 2, f, e);
		write_line(w, 2, "break;");
	}
	write_line(w, 1, "default:");
}

static void write_union_codec(writer *w, const decl *d)
{
	write_line(w, 0, "%s", "");
	write_put_head(w, d, "\n{");
	w->io = "w";
	if (write_counters(w, 1, d->fields))
		write_line(w, 0, "%s", "");
	if (d->recursive) {
		write_line(w, 1, "if (!shmem_protocol_put_enter(w))");
		write_line(w, 2, "return;");
	}
	write_line(w, 1, "shmem_protocol_put_uint16(w, (uint16_t)v->tag);");
	write_line(w, 1, "switch (v->tag) {");
	write_cases(w, d, true);
	write_line(w, 2, "shmem_protocol_put_fail(w, SHMEM_E_INVAL);");
	write_line(w, 1, "}");
	if (d->recursive)
		write_line(w, 1, "shmem_protocol_put_leave(w);");
	write_line(w, 0, "}\n");

	write_get_head(w, d, "\n{");
	w->io = "r";
	write_line(w, 1, "uint16_t tag = shmem_protocol_get_uint16(r);\n");
	if (d->recursive) {
		write_line(w, 1, "if (!shmem_protocol_get_enter(r))");
		write_line(w, 2, "return;");
	}
	write_line(w, 1, "switch (tag) {");
	write_cases(w, d, false);
	write_line(w, 2, "shmem_protocol_get_fail(r);");
	write_line(w, 2, "tag = 0;");
	write_line(w, 1, "}");
	write_line(w, 1, "v->tag = (%s_tag)tag;", d->c_name);
	if (d->recursive)
		write_line(w, 1, "shmem_protocol_get_leave(r);");
	write_line(w, 0, "}");
}

void write_codecs(writer *w)
{
	for (const decl *d = w->unit->decls; d != NULL; d = d->next) {
		if (d->kind == DECL_ENUM)
			write_enum_codec(w, d);
		else if (d->kind == DECL_STRUCT)
			write_struct_codec(w, d);
		else if (d->kind == DECL_UNION)
			write_union_codec(w, d);
	}
}

void write_codec_prototypes(writer *w)
{
	bool any = false;

	for (const decl *d = w->unit->decls; d != NULL; d = d->next) {
		if (d->kind == DECL_PROTOCOL)
			continue;
		if (!any)
			write_line(w, 0,
				   "\n/* For the code that is made of files "
				   "which include this one. */");
		any = true;
		if (d->kind == DECL_ENUM) {
			write_line(w, 0,
				   "void %s_put(shmem_protocol_writer *w, "
				   "%s v);",
				   d->c_name, d->c_name);
			write_line(w, 0, "%s %s_get(shmem_protocol_reader *r);",
				   d->c_name, d->c_name);
		} else {
			write_put_head(w, d, ";");
			write_get_head(w, d, ";");
		}
	}
}
