/* SPDX-License-Identifier: MIT */
/* Code that writes one value into a message, or reads one out of it. */
#include "writer.h"

#include "check.h"

#include <inttypes.h>

/* What stays the same while a type is taken apart. */
typedef struct codec {
	writer *w;
	const limits *limits;
	unsigned depth; /* of loops; keeps their variables apart */
} codec;

expr expr_value(writer *w, const type *t, const char *lvalue)
{
	arena *a = w->arena;
	const type *inner = t->kind == TYPE_OPTIONAL ? t->of : t;

	if (inner->kind == TYPE_ARRAY)
		return (expr){arena_printf(a, "%s.items", lvalue),
			      arena_printf(a, "%s.count", lvalue)};
	if (inner->kind == TYPE_BYTES)
		return (expr){arena_printf(a, "%s.data", lvalue),
			      arena_printf(a, "%s.size", lvalue)};
	if (inner->kind == TYPE_SHMEM || inner->kind == TYPE_HANDLE ||
	    inner->kind == TYPE_READONLY_HANDLE ||
	    (t->kind == TYPE_NAMED && t->named->kind != DECL_ENUM))
		return (expr){arena_printf(a, "&%s", lvalue), NULL};
	return (expr){lvalue, NULL};
}

static const char *capability_name(type_kind kind)
{
	switch (kind) {
	case TYPE_SHMEM:
		return "segment";
	case TYPE_HANDLE:
		return "handle";
	case TYPE_READONLY_HANDLE:
		return "readonly_handle";
	default:
		return NULL;
	}
}

/* Elements that are copied as they are. */
static bool is_scalar(const type *t)
{
	return t->kind < TYPE_STRING;
}

/* The name of a variable of this loop: "i_", "i_2", "i_3". */
static const char *variable(const codec *c, const char *name)
{
	return c->depth == 1
		       ? name
		       : arena_printf(c->w->arena, "%s%u", name, c->depth);
}

static void put_value(codec *c, unsigned indent, const type *t, expr from);
static void get_value(codec *c, unsigned indent, const type *t, expr to);

static void put_array(codec *c, unsigned indent, const type *t, expr from)
{
	writer *w = c->w;
	const char *i;
	list args = {0};

	list_add(w, &args, "%s", w->io);
	list_add(w, &args, "%s", from.value);
	list_add(w, &args, "%s", from.count);
	if (is_scalar(t->of)) {
		list_add(w, &args, "%" PRIu32, type_wire_min(t->of));
		list_add(w, &args, "%" PRIu32, c->limits->count);
		write_call(w, indent, "shmem_protocol_put_array", &args, ";");
		return;
	}
	list_add(w, &args, "%" PRIu32, c->limits->count);
	c->depth++;
	i = variable(c, "i_");
	write_call(w, indent,
		   arena_printf(w->arena, "%s = shmem_protocol_put_count",
				variable(c, "n_")),
		   &args, ";");
	write_line(w, indent, "for (size_t %s = 0; %s < %s; %s++) {", i, i,
		   variable(c, "n_"), i);
	put_value(c, indent + 1, t->of,
		  expr_value(w, t->of,
			     arena_printf(w->arena, "%s[%s]", from.value, i)));
	write_line(w, indent, "}");
	c->depth--;
}

static void put_optional(codec *c, unsigned indent, const type *t, expr from)
{
	writer *w = c->w;
	const char *capability = capability_name(t->of->kind);
	const type *of = t->of;
	expr inner = from;

	if (capability != NULL) {
		write_line(w, indent, "shmem_protocol_put_optional_%s(%s, %s);",
			   capability, w->io, from.value);
		return;
	}
	write_line(w, indent, "shmem_protocol_put_bool(%s, %s != NULL);", w->io,
		   from.value);
	write_line(w, indent, "if (%s != NULL) {", from.value);
	if (is_scalar(of) ||
	    (of->kind == TYPE_NAMED && of->named->kind == DECL_ENUM))
		inner.value = arena_printf(w->arena, "*%s", from.value);
	put_value(c, indent + 1, of, inner);
	write_line(w, indent, "}");
}

static void put_value(codec *c, unsigned indent, const type *t, expr from)
{
	writer *w = c->w;
	const char *capability = capability_name(t->kind);

	if (t->kind == TYPE_ARRAY)
		put_array(c, indent, t, from);
	else if (t->kind == TYPE_OPTIONAL)
		put_optional(c, indent, t, from);
	else if (t->kind == TYPE_NAMED)
		write_line(w, indent, "%s_put(%s, %s);", t->named->c_name,
			   w->io, from.value);
	else if (capability != NULL)
		write_line(w, indent, "shmem_protocol_put_%s(%s, %s);",
			   capability, w->io, from.value);
	else if (t->kind == TYPE_STRING)
		write_line(w, indent,
			   "shmem_protocol_put_string(%s, %s, %" PRIu32 ");",
			   w->io, from.value, c->limits->length);
	else if (t->kind == TYPE_BYTES)
		write_line(w, indent,
			   "shmem_protocol_put_bytes(%s, %s, %s, %" PRIu32 ");",
			   w->io, from.value, from.count, c->limits->length);
	else
		write_line(w, indent, "shmem_protocol_put_%s(%s, %s);",
			   type_builtin_name(t->kind), w->io, from.value);
}

static void get_list(codec *c, unsigned indent, const type *t, expr to)
{
	writer *w = c->w;
	const char *value = c_value(w, t->of);
	const char *items;
	const char *i;
	list args = {0};

	c->depth++;
	items = variable(c, "list_");
	i = variable(c, "i_");
	list_add(w, &args, "%s", w->io);
	list_add(w, &args, "%" PRIu32, c->limits->count);
	list_add(w, &args, "%" PRIu32, type_wire_min(t->of));
	list_add(w, &args, "sizeof(*%s)", items);
	list_add(w, &args, "&%s", to.count);
	write_line(w, indent, "{");
	write_call(w, indent + 1,
		   arena_printf(w->arena, "%s = shmem_protocol_get_list",
				c_declare(w, c_declare(w, value, "*"), items)),
		   &args, ";");
	write_line(w, 0, "%s", "");
	write_line(w, indent + 1, "for (size_t %s = 0; %s < %s; %s++) {", i, i,
		   to.count, i);
	get_value(c, indent + 2, t->of,
		  expr_value(w, t->of,
			     arena_printf(w->arena, "%s[%s]", items, i)));
	write_line(w, indent + 1, "}");
	write_line(w, indent + 1, "%s = %s;", to.value, items);
	write_line(w, indent, "}");
	c->depth--;
}

static void get_array(codec *c, unsigned indent, const type *t, expr to)
{
	writer *w = c->w;
	list args = {0};

	if (!is_scalar(t->of)) {
		get_list(c, indent, t, to);
		return;
	}
	list_add(w, &args, "%s", w->io);
	if (t->of->kind != TYPE_BOOL)
		list_add(w, &args, "%" PRIu32, type_wire_min(t->of));
	list_add(w, &args, "%" PRIu32, c->limits->count);
	list_add(w, &args, "&%s", to.count);
	write_call(w, indent,
		   arena_printf(w->arena, "%s = shmem_protocol_get_%s",
				to.value,
				t->of->kind == TYPE_BOOL ? "bools" : "array"),
		   &args, ";");
}

static void get_optional(codec *c, unsigned indent, const type *t, expr to)
{
	writer *w = c->w;
	const char *capability = capability_name(t->of->kind);
	const type *of = t->of;
	const char *one;

	if (capability != NULL) {
		write_line(w, indent, "shmem_protocol_get_optional_%s(%s, %s);",
			   capability, w->io, to.value);
		return;
	}
	if (of->kind == TYPE_STRING || of->kind == TYPE_ARRAY ||
	    of->kind == TYPE_BYTES) {
		write_line(w, indent, "if (shmem_protocol_get_bool(%s)) {",
			   w->io);
		get_value(c, indent + 1, of, to);
		write_line(w, indent, "}");
		return;
	}
	c->depth++;
	one = variable(c, "one_");
	write_line(w, indent, "{");
	write_line(w, indent + 1,
		   "%s = shmem_protocol_get_optional(%s, sizeof(*%s));",
		   c_declare(w, c_declare(w, c_value(w, of), "*"), one), w->io,
		   one);
	write_line(w, 0, "%s", "");
	write_line(w, indent + 1, "if (%s != NULL) {", one);
	get_value(c, indent + 2, of,
		  (expr){of->kind == TYPE_NAMED && of->named->kind != DECL_ENUM
				 ? one
				 : arena_printf(w->arena, "*%s", one),
			 NULL});
	write_line(w, indent + 1, "}");
	write_line(w, indent + 1, "%s = %s;", to.value, one);
	write_line(w, indent, "}");
	c->depth--;
}

static void get_value(codec *c, unsigned indent, const type *t, expr to)
{
	writer *w = c->w;
	const char *capability = capability_name(t->kind);

	if (t->kind == TYPE_ARRAY)
		get_array(c, indent, t, to);
	else if (t->kind == TYPE_OPTIONAL)
		get_optional(c, indent, t, to);
	else if (t->kind == TYPE_NAMED && t->named->kind == DECL_ENUM)
		write_line(w, indent, "%s = %s_get(%s);", to.value,
			   t->named->c_name, w->io);
	else if (t->kind == TYPE_NAMED)
		write_line(w, indent, "%s_get(%s, %s);", t->named->c_name,
			   w->io, to.value);
	else if (capability != NULL)
		write_line(w, indent, "shmem_protocol_get_%s(%s, %s);",
			   capability, w->io, to.value);
	else if (t->kind == TYPE_STRING)
		write_line(w, indent,
			   "%s = shmem_protocol_get_string(%s, %" PRIu32 ");",
			   to.value, w->io, c->limits->length);
	else if (t->kind == TYPE_BYTES)
		write_line(w, indent,
			   "%s = shmem_protocol_get_bytes(%s, %" PRIu32
			   ", &%s);",
			   to.value, w->io, c->limits->length, to.count);
	else
		write_line(w, indent, "%s = shmem_protocol_get_%s(%s);",
			   to.value, type_builtin_name(t->kind), w->io);
}

void write_put(writer *w, unsigned indent, const field *f, expr from)
{
	codec c = {w, &f->limits, 0};

	put_value(&c, indent, f->type, from);
}

void write_get(writer *w, unsigned indent, const field *f, expr to)
{
	codec c = {w, &f->limits, 0};

	get_value(&c, indent, f->type, to);
}
