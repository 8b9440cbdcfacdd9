/* SPDX-License-Identifier: MIT */
/* Code that writes one value into a message, or reads one out of it. */
#include "writer.h"

#include "checks.h"

#include <inttypes.h>
#include <string.h>

/* What stays the same while a type is taken apart. */
typedef struct codec {
	writer *w;
	const limits *limits;
	unsigned depth; /* of loops; keeps their variables apart */
	bool bare;      /* the next value has a block for itself */
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

/* What a loop or condition governs: written apart, to see if it is one line. */
static buffer *begin_body(codec *c, buffer *body)
{
	buffer *out = c->w->out;

	c->w->out = body;
	c->bare = true;
	return out;
}

static void end_body(codec *c, unsigned indent, const char *head, buffer *body,
		     buffer *out)
{
	const char *end = strchr(buffer_text(body), '\n');
	bool one = end != NULL && end[1] == '\0';

	c->w->out = out;
	c->bare = false;
	write_line(c->w, indent, "%s%s", head, one ? "" : " {");
	buffer_add(out, buffer_text(body), body->size);
	if (!one)
		write_line(c->w, indent, "}");
	buffer_free(body);
}

static const char *loop_head(const codec *c, const char *count)
{
	const char *i = variable(c, "i_");

	return arena_printf(c->w->arena, "for (size_t %s = 0; %s < %s; %s++)",
			    i, i, count, i);
}

/* "name(io, …)" with up to three more arguments; NULL for none. */
static void call(codec *c, unsigned indent, const char *name, const char *a,
		 const char *b, const char *d)
{
	list args = {0};

	list_add(c->w, &args, "%s", c->w->io);
	if (a != NULL)
		list_add(c->w, &args, "%s", a);
	if (b != NULL)
		list_add(c->w, &args, "%s", b);
	if (d != NULL)
		list_add(c->w, &args, "%s", d);
	write_call(c->w, indent, name, &args, ";");
}

static const char *number(const codec *c, uint32_t value)
{
	return arena_printf(c->w->arena, "%" PRIu32, value);
}

static const char *assign(const codec *c, const char *to, const char *name)
{
	return arena_printf(c->w->arena, "%s = shmem_protocol_%s", to, name);
}

static void put_array(codec *c, unsigned indent, const type *t, expr from)
{
	writer *w = c->w;
	buffer body = {0};
	buffer *out;
	list args = {0};

	if (is_scalar(t->of)) {
		list_add(w, &args, "%s", w->io);
		list_add(w, &args, "%s", from.value);
		list_add(w, &args, "%s", from.count);
		list_add(w, &args, "%" PRIu32, type_wire_min(t->of));
		list_add(w, &args, "%" PRIu32, c->limits->count);
		write_call(w, indent, "shmem_protocol_put_array", &args, ";");
		return;
	}
	c->depth++;
	call(c, indent, assign(c, variable(c, "n_"), "put_count"), from.value,
	     from.count, number(c, c->limits->count));
	out = begin_body(c, &body);
	put_value(c, indent + 1, t->of,
		  expr_value(w, t->of,
			     arena_printf(w->arena, "%s[%s]", from.value,
					  variable(c, "i_"))));
	end_body(c, indent, loop_head(c, variable(c, "n_")), &body, out);
	c->depth--;
}

static bool is_enum(const type *t)
{
	return t->kind == TYPE_NAMED && t->named->kind == DECL_ENUM;
}

static void put_optional(codec *c, unsigned indent, const type *t, expr from)
{
	writer *w = c->w;
	const char *capability = capability_name(t->of->kind);
	expr inner = from;
	buffer body = {0};
	buffer *out;

	if (capability != NULL) {
		call(c, indent,
		     arena_printf(w->arena, "shmem_protocol_put_optional_%s",
				  capability),
		     from.value, NULL, NULL);
		return;
	}
	call(c, indent, "shmem_protocol_put_bool",
	     arena_printf(w->arena, "%s != NULL", from.value), NULL, NULL);
	if (is_scalar(t->of) || is_enum(t->of))
		inner.value = arena_printf(w->arena, "*%s", from.value);
	out = begin_body(c, &body);
	put_value(c, indent + 1, t->of, inner);
	end_body(c, indent,
		 arena_printf(w->arena, "if (%s != NULL)", from.value), &body,
		 out);
}

static void put_value(codec *c, unsigned indent, const type *t, expr from)
{
	arena *a = c->w->arena;
	const char *capability = capability_name(t->kind);

	if (t->kind == TYPE_ARRAY)
		put_array(c, indent, t, from);
	else if (t->kind == TYPE_OPTIONAL)
		put_optional(c, indent, t, from);
	else if (t->kind == TYPE_NAMED)
		call(c, indent, arena_printf(a, "%s_put", t->named->c_name),
		     from.value, NULL, NULL);
	else if (capability != NULL)
		call(c, indent,
		     arena_printf(a, "shmem_protocol_put_%s", capability),
		     from.value, NULL, NULL);
	else if (t->kind == TYPE_STRING)
		call(c, indent, "shmem_protocol_put_string", from.value,
		     number(c, c->limits->length), NULL);
	else if (t->kind == TYPE_BYTES)
		call(c, indent, "shmem_protocol_put_bytes", from.value,
		     from.count, number(c, c->limits->length));
	else
		call(c, indent,
		     arena_printf(a, "shmem_protocol_put_%s",
				  type_builtin_name(t->kind)),
		     from.value, NULL, NULL);
}

/* A block for the declarations that follow, unless there is one. */
static bool open_block(codec *c, unsigned *indent)
{
	bool bare = c->bare;

	c->bare = false;
	if (!bare)
		write_line(c->w, (*indent)++, "{");
	return !bare;
}

static void close_block(codec *c, unsigned indent, bool opened)
{
	if (opened)
		write_line(c->w, indent - 1, "}");
}

static void get_list(codec *c, unsigned indent, const type *t, expr to)
{
	writer *w = c->w;
	bool opened = open_block(c, &indent);
	const char *items;
	buffer body = {0};
	buffer *out;
	list args = {0};

	c->depth++;
	items = variable(c, "list_");
	list_add(w, &args, "%s", w->io);
	list_add(w, &args, "%" PRIu32, c->limits->count);
	list_add(w, &args, "%" PRIu32, type_wire_min(t->of));
	list_add(w, &args, "sizeof(*%s)", items);
	list_add(w, &args, "&%s", to.count);
	write_call(w, indent,
		   assign(c,
			  c_declare(w, c_declare(w, c_value(w, t->of), "*"),
				    items),
			  "get_list"),
		   &args, ";");
	write_line(w, 0, "%s", "");
	out = begin_body(c, &body);
	get_value(c, indent + 1, t->of,
		  expr_value(w, t->of,
			     arena_printf(w->arena, "%s[%s]", items,
					  variable(c, "i_"))));
	end_body(c, indent, loop_head(c, to.count), &body, out);
	write_line(w, indent, "%s = %s;", to.value, items);
	c->depth--;
	close_block(c, indent, opened);
}

static void get_array(codec *c, unsigned indent, const type *t, expr to)
{
	const char *count = arena_printf(c->w->arena, "&%s", to.count);
	const char *max = number(c, c->limits->count);

	if (!is_scalar(t->of))
		get_list(c, indent, t, to);
	else if (t->of->kind == TYPE_BOOL)
		call(c, indent, assign(c, to.value, "get_bools"), max, count,
		     NULL);
	else
		call(c, indent, assign(c, to.value, "get_array"),
		     number(c, type_wire_min(t->of)), max, count);
}

/* An optional that is a pointer by itself. */
static void get_if_there(codec *c, unsigned indent, const type *t, expr to)
{
	buffer body = {0};
	buffer *out = begin_body(c, &body);

	get_value(c, indent + 1, t->of, to);
	end_body(c, indent,
		 arena_printf(c->w->arena, "if (shmem_protocol_get_bool(%s))",
			      c->w->io),
		 &body, out);
}

static void get_optional(codec *c, unsigned indent, const type *t, expr to)
{
	writer *w = c->w;
	const char *capability = capability_name(t->of->kind);
	const type *of = t->of;
	const char *one;
	buffer body = {0};
	buffer *out;
	bool opened;

	if (capability != NULL) {
		call(c, indent,
		     arena_printf(w->arena, "shmem_protocol_get_optional_%s",
				  capability),
		     to.value, NULL, NULL);
		return;
	}
	if (of->kind == TYPE_STRING || of->kind == TYPE_ARRAY ||
	    of->kind == TYPE_BYTES) {
		get_if_there(c, indent, t, to);
		return;
	}
	opened = open_block(c, &indent);
	c->depth++;
	one = variable(c, "one_");
	call(c, indent,
	     assign(c, c_declare(w, c_declare(w, c_value(w, of), "*"), one),
		    "get_optional"),
	     arena_printf(w->arena, "sizeof(*%s)", one), NULL, NULL);
	write_line(w, 0, "%s", "");
	out = begin_body(c, &body);
	get_value(c, indent + 1, of,
		  (expr){of->kind == TYPE_NAMED && !is_enum(of)
				 ? one
				 : arena_printf(w->arena, "*%s", one),
			 NULL});
	end_body(c, indent, arena_printf(w->arena, "if (%s != NULL)", one),
		 &body, out);
	write_line(w, indent, "%s = %s;", to.value, one);
	c->depth--;
	close_block(c, indent, opened);
}

static void get_value(codec *c, unsigned indent, const type *t, expr to)
{
	arena *a = c->w->arena;
	const char *capability = capability_name(t->kind);

	if (t->kind == TYPE_ARRAY)
		get_array(c, indent, t, to);
	else if (t->kind == TYPE_OPTIONAL)
		get_optional(c, indent, t, to);
	else if (is_enum(t))
		call(c, indent,
		     arena_printf(a, "%s = %s_get", to.value, t->named->c_name),
		     NULL, NULL, NULL);
	else if (t->kind == TYPE_NAMED)
		call(c, indent, arena_printf(a, "%s_get", t->named->c_name),
		     to.value, NULL, NULL);
	else if (capability != NULL)
		call(c, indent,
		     arena_printf(a, "shmem_protocol_get_%s", capability),
		     to.value, NULL, NULL);
	else if (t->kind == TYPE_STRING)
		call(c, indent, assign(c, to.value, "get_string"),
		     number(c, c->limits->length), NULL, NULL);
	else if (t->kind == TYPE_BYTES)
		call(c, indent, assign(c, to.value, "get_bytes"),
		     number(c, c->limits->length),
		     arena_printf(a, "&%s", to.count), NULL);
	else
		call(c, indent,
		     assign(c, to.value,
			    arena_printf(a, "get_%s",
					 type_builtin_name(t->kind))),
		     NULL, NULL, NULL);
}

void write_put(writer *w, unsigned indent, const field *f, expr from)
{
	codec c = {w, &f->limits, 0, false};

	put_value(&c, indent, f->type, from);
}

void write_get(writer *w, unsigned indent, const field *f, expr to)
{
	codec c = {w, &f->limits, 0, false};

	get_value(&c, indent, f->type, to);
}
