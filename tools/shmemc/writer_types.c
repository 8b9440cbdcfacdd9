/* SPDX-License-Identifier: MIT */
/* The three shapes of C values: value, local and parameter. */
#include "writer.h"

#include "checks.h"

#include <string.h>

/* A pointer already, NULL where an optional is absent. */
static bool is_pointer(const type *t)
{
	return t->kind == TYPE_STRING || t->kind == TYPE_SHMEM ||
	       t->kind == TYPE_HANDLE || t->kind == TYPE_READONLY_HANDLE;
}

/* Two variables, the first of which is NULL where an optional is absent. */
static bool is_pair(const type *t)
{
	return t->kind == TYPE_ARRAY || t->kind == TYPE_BYTES;
}

static bool is_aggregate(const type *t)
{
	return t->kind == TYPE_NAMED && t->named->kind != DECL_ENUM;
}

static bool is_capability(const type *t)
{
	return is_pointer(t) && t->kind != TYPE_STRING;
}

const char *c_array(writer *w, const type *t)
{
	return arena_printf(w->arena, "%s%s", w->unit->stem_prefix,
			    type_mangled(w->arena, t));
}

const char *c_pointer_to(writer *w, const type *element)
{
	const char *value = c_value(w, element);
	bool star = value[strlen(value) - 1] == '*';

	if (type_owning(element))
		return arena_printf(w->arena, "%s%s*", value, star ? "" : " ");
	return star ? arena_printf(w->arena, "%sconst *", value)
		    : arena_printf(w->arena, "const %s *", value);
}

const char *c_value(writer *w, const type *t)
{
	switch (t->kind) {
	case TYPE_NAMED:
		return t->named->c_name;
	case TYPE_ARRAY:
		return c_array(w, t);
	case TYPE_OPTIONAL:
		if (is_pointer(t->of) || is_pair(t->of))
			return c_value(w, t->of);
		return c_pointer_to(w, t->of);
	default:
		return type_builtin_c(t->kind);
	}
}

shape c_shape(writer *w, const field *f)
{
	const type *t = f->type;
	const type *inner = t->kind == TYPE_OPTIONAL ? t->of : t;
	shape s = {.name = f->c_name};

	s.by_address = is_capability(inner) || is_aggregate(t);
	if (is_pair(inner)) {
		s.type = inner->kind == TYPE_BYTES ? "const void *"
						   : c_pointer_to(w, inner->of);
		s.extra = "size_t";
		s.extra_name = arena_printf(
			w->arena, "%s_%s", f->name,
			inner->kind == TYPE_BYTES ? "size" : "count");
	} else {
		s.type = c_value(w, t);
	}
	return s;
}

void list_params(writer *w, list *l, const field *fields, bool out)
{
	for (const field *f = fields; f != NULL; f = f->next) {
		shape s = c_shape(w, f);
		const char *names[2];
		const char *c_type = s.type;

		param_names(w->arena, f, out, names);
		if (!out && is_aggregate(f->type))
			c_type = c_pointer_to(w, f->type);
		else if (out || s.by_address)
			c_type = c_declare(w, s.type, "*");
		list_add(w, l, "%s", c_declare(w, c_type, names[0]));
		if (names[1] != NULL)
			list_add(w, l, "size_t %s%s", out ? "*" : "", names[1]);
	}
}

void list_locals(writer *w, list *l, const field *fields, bool out)
{
	for (const field *f = fields; f != NULL; f = f->next) {
		shape s = c_shape(w, f);

		list_add(w, l, "%s%s", out || s.by_address ? "&" : "", s.name);
		if (s.extra != NULL)
			list_add(w, l, "%s%s", out ? "&" : "", s.extra_name);
	}
}

/* What a local begins with. */
static const char *empty_of(const field *f, const shape *s)
{
	const type *t = f->type;

	if (s->type[strlen(s->type) - 1] == '*')
		return "NULL";
	if (is_aggregate(t))
		return "{0}";
	if (t->kind == TYPE_NAMED)
		return t->named->values->c_name;
	return t->kind == TYPE_BOOL ? "false" : "0";
}

void list_empty(writer *w, list *l, const field *fields)
{
	for (const field *f = fields; f != NULL; f = f->next) {
		shape s = c_shape(w, f);

		list_add(w, l, "%s", s.by_address ? "NULL" : empty_of(f, &s));
		if (s.extra != NULL)
			list_add(w, l, "0");
	}
}

void write_locals(writer *w, unsigned indent, const field *fields)
{
	for (const field *f = fields; f != NULL; f = f->next) {
		shape s = c_shape(w, f);

		write_line(w, indent, "%s = %s;", c_declare(w, s.type, s.name),
			   empty_of(f, &s));
		if (s.extra != NULL)
			write_line(w, indent, "%s %s = 0;", s.extra,
				   s.extra_name);
	}
}

bool fields_need_memory(const field *f)
{
	for (; f != NULL; f = f->next) {
		const type *t = f->type;

		if (t->kind == TYPE_OPTIONAL && is_capability(t->of))
			continue;
		if (t->kind == TYPE_STRING || t->kind == TYPE_BYTES ||
		    t->of != NULL ||
		    (is_aggregate(t) && fields_need_memory(t->named->fields)))
			return true;
	}
	return false;
}

bool fields_owning(const field *f)
{
	for (; f != NULL; f = f->next)
		if (type_owning(f->type))
			return true;
	return false;
}

expr expr_param(writer *w, const field *f)
{
	const char *names[2];

	param_names(w->arena, f, false, names);
	return (expr){names[0], names[1]};
}

expr expr_local(writer *w, const field *f)
{
	shape s = c_shape(w, f);

	if (s.by_address)
		return (expr){arena_printf(w->arena, "&%s", s.name), NULL};
	return (expr){s.name, s.extra_name};
}

field *rename_results(writer *w, const field *f)
{
	field *head = NULL;
	field **last = &head;

	for (; f != NULL; f = f->next) {
		field *copy = arena_alloc(w->arena, sizeof(*copy));

		*copy = *f;
		copy->next = NULL;
		copy->name = arena_printf(w->arena, "out_%s", f->name);
		copy->c_name = copy->name;
		*last = copy;
		last = &copy->next;
	}
	return head;
}
