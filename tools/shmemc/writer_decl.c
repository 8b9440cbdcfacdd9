/* SPDX-License-Identifier: MIT */
/* C types for the enums, structs, unions and arrays of a file. */
#include "writer.h"

#include "checks.h"
#include "names.h"

#include <inttypes.h>

static void write_enum(writer *w, const decl *d)
{
	write_line(w, 0, "%s", "");
	write_doc(w, 0, d->doc);
	write_line(w, 0, "typedef enum %s {", d->c_name);
	for (const enumerator *e = d->values; e != NULL; e = e->next) {
		write_doc(w, 1, e->doc);
		write_line(w, 1, "%s = %" PRId64 "%s", e->c_name, e->value,
			   e->next != NULL ? "," : "");
	}
	write_line(w, 0, "} %s;", d->c_name);
}

static void write_member(writer *w, unsigned indent, const field *f)
{
	write_doc(w, indent, f->doc);
	write_line(w, indent, "%s;",
		   c_declare(w, c_value(w, f->type), f->c_name));
}

static void write_struct(writer *w, const decl *d)
{
	write_line(w, 0, "%s", "");
	write_doc(w, 0, d->doc);
	write_line(w, 0, "struct %s {", d->c_name);
	for (const field *f = d->fields; f != NULL; f = f->next)
		write_member(w, 1, f);
	write_line(w, 0, "};");
}

static void write_union(writer *w, const decl *d)
{
	unsigned tag = 1;

	write_line(w, 0, "\ntypedef enum %s_tag {", d->c_name);
	for (const field *f = d->fields; f != NULL; f = f->next)
		write_line(w, 1, "%s_%s = %u%s", d->c_upper,
			   names_upper(w->arena, f->name), tag++,
			   f->next != NULL ? "," : "");
	write_line(w, 0, "} %s_tag;\n", d->c_name);
	write_doc(w, 0, d->doc);
	write_line(w, 0, "struct %s {", d->c_name);
	write_line(w, 1, "%s_tag tag;", d->c_name);
	write_line(w, 1, "union {");
	for (const field *f = d->fields; f != NULL; f = f->next)
		write_member(w, 2, f);
	write_line(w, 1, "} as;");
	write_line(w, 0, "};");
}

/* A struct comes after those that it contains. */
static void write_in_order(writer *w, decl *d)
{
	if (d->unit != w->unit || d->mark == 1)
		return;
	d->mark = 1;
	for (const field *f = d->fields; f != NULL; f = f->next)
		if (f->type->kind == TYPE_NAMED)
			write_in_order(w, f->type->named);
	if (d->kind == DECL_STRUCT)
		write_struct(w, d);
	else if (d->kind == DECL_UNION)
		write_union(w, d);
}

static void write_array(writer *w, list *done, const type *t)
{
	const char *name = c_array(w, t);

	for (size_t i = 0; i < done->count; i++)
		if (text_equal(done->items[i], name))
			return;
	list_add(w, done, "%s", name);
	write_line(w, 0, "\ntypedef struct %s {", name);
	write_line(w, 1, "%s;", c_declare(w, c_pointer_to(w, t->of), "items"));
	write_line(w, 1, "size_t count;");
	write_line(w, 0, "} %s;", name);
}

/* Arrays inside a type, the innermost first; not the one that a parameter is.
 */
static void write_arrays(writer *w, list *done, const type *t, bool param)
{
	if (t == NULL)
		return;
	write_arrays(w, done, t->of, param && t->kind == TYPE_OPTIONAL);
	if (t->kind == TYPE_ARRAY && !param)
		write_array(w, done, t);
}

static void write_field_arrays(writer *w, list *done, const field *f,
			       bool params)
{
	for (; f != NULL; f = f->next)
		write_arrays(w, done, f->type, params);
}

void write_types(writer *w)
{
	list done = {0};
	bool any = false;

	for (const decl *d = w->unit->decls; d != NULL; d = d->next)
		if (d->kind == DECL_ENUM)
			write_enum(w, d);
	for (const decl *d = w->unit->decls; d != NULL; d = d->next)
		if (d->kind == DECL_STRUCT || d->kind == DECL_UNION) {
			write_line(w, 0, "%stypedef struct %s %s;",
				   any ? "" : "\n", d->c_name, d->c_name);
			any = true;
		}
	for (const decl *d = w->unit->decls; d != NULL; d = d->next) {
		write_field_arrays(w, &done, d->fields, false);
		for (const message *m = d->messages; m != NULL; m = m->next) {
			write_field_arrays(w, &done, m->params, true);
			write_field_arrays(w, &done, m->returns, true);
		}
	}
	for (decl *d = w->unit->decls; d != NULL; d = d->next)
		d->mark = 0;
	for (decl *d = w->unit->decls; d != NULL; d = d->next)
		write_in_order(w, d);
}
