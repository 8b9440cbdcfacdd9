/* SPDX-License-Identifier: MIT */
/* Structs, unions, enums: rules, limits, sizes, and who contains whom. */
#include "checks.h"

#include "names.h"

#include <string.h>

#define NESTING_MAX 64u

static const struct {
	const char *c;
	const char *canonical;
	uint32_t bytes;
} builtins[] = {
#define X(name, c, canonical, bytes) {c, canonical, bytes},
	BUILTIN_MAP(X)
#undef X
};

const char *type_builtin_name(type_kind kind)
{
	return builtins[kind].canonical;
}

const char *type_builtin_c(type_kind kind)
{
	return builtins[kind].c;
}

const type *type_base(const type *t)
{
	while (t->of != NULL)
		t = t->of;
	return t;
}

bool type_owning(const type *t)
{
	t = type_base(t);
	if (t->kind == TYPE_NAMED)
		return t->named->owning;
	return t->kind == TYPE_SHMEM || t->kind == TYPE_HANDLE ||
	       t->kind == TYPE_READONLY_HANDLE;
}

uint32_t type_wire_min(const type *t)
{
	switch (t->kind) {
	case TYPE_ARRAY:
		return 4;
	case TYPE_OPTIONAL:
		return 1;
	case TYPE_NAMED:
		return t->named->wire_min;
	default:
		return builtins[t->kind].bytes;
	}
}

const char *type_mangled(arena *a, const type *t)
{
	if (t->kind == TYPE_ARRAY)
		return arena_printf(a, "%s_array", type_mangled(a, t->of));
	if (t->kind == TYPE_OPTIONAL)
		return arena_printf(a, "%s_optional", type_mangled(a, t->of));
	return names_snake(a, t->kind == TYPE_NAMED
				      ? t->name
				      : builtins[t->kind].canonical);
}

static bool is_unlimited(const field *f)
{
	type_kind base = type_base(f->type)->kind;

	return base != TYPE_STRING && base != TYPE_BYTES;
}

static bool has_array(const type *t)
{
	for (; t != NULL; t = t->of)
		if (t->kind == TYPE_ARRAY)
			return true;
	return false;
}

static uint32_t first(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	return a != 0 ? a : b != 0 ? b : c != 0 ? c : d;
}

/* The nearest limit that was given, from the inside out, or the default. */
static void complete_limits(program *p, field *f, limits outer,
			    limits outermost)
{
	if (f->limits.length != 0 && is_unlimited(f))
		report_error(p->report, f->where,
			     "MaxLength is for string and bytes, '%s' is "
			     "neither",
			     type_base(f->type)->name);
	if (f->limits.count != 0 && !has_array(f->type))
		report_error(p->report, f->where,
			     "MaxCount is for arrays, this is none");
	f->limits.length = first(
		f->limits.length, outer.length, outermost.length,
		type_base(f->type)->kind == TYPE_BYTES ? CHECK_LENGTH_BYTES
						       : CHECK_LENGTH_STRING);
	f->limits.count = first(f->limits.count, outer.count, outermost.count,
				CHECK_COUNT);
}

static void check_fields(program *p, field *list, limits outer,
			 limits outermost)
{
	for (field *f = list; f != NULL; f = f->next) {
		complete_limits(p, f, outer, outermost);
		for (const type *t = f->type; t->of != NULL; t = t->of)
			if (t->kind == TYPE_OPTIONAL &&
			    t->of->kind == TYPE_OPTIONAL) {
				report_error(p->report, t->where,
					     "'?\?' is no more than '?'");
				break;
			}
		if (f->name == NULL)
			continue;
		f->c_name = names_safe(&p->arena, f->name);
		if (f->name[strlen(f->name) - 1] == '_')
			report_error(p->report, f->where,
				     "a name here must not end with '_'");
		for (const field *g = list; g != f; g = g->next)
			if (text_equal(g->name, f->name)) {
				report_error(p->report, f->where,
					     "'%s' is there twice", f->name);
				report_note(p->report, g->where,
					    "this is the first time");
			}
	}
}

static bool same_type(const type *a, const type *b)
{
	for (; a->kind == b->kind; a = a->of, b = b->of) {
		if (a->kind == TYPE_NAMED)
			return a->named == b->named;
		if (a->of == NULL)
			return true;
	}
	return false;
}

static void check_union(program *p, decl *d)
{
	for (field *f = d->fields; f != NULL; f = f->next) {
		f->name = type_mangled(&p->arena, f->type);
		f->c_name = names_safe(&p->arena, f->name);
		if (f->name[strlen(f->name) - 1] == '_')
			report_error(p->report, f->where,
				     "a name here must not end with '_'");
		for (const field *g = d->fields; g != f; g = g->next)
			if (same_type(f->type, g->type) ||
			    text_equal(f->name, g->name))
				report_error(p->report, f->where,
					     "this type is in the union twice");
	}
}

static void check_enum(program *p, decl *d)
{
	int64_t next = 0;

	if (d->values == NULL)
		report_error(p->report, d->where, "'%s' has no values",
			     d->name);
	for (enumerator *e = d->values; e != NULL; e = e->next) {
		if (!e->has_value)
			e->value = next;
		next = e->value < INT32_MAX ? e->value + 1 : e->value;
		if (e->value < INT32_MIN || e->value > INT32_MAX)
			report_error(p->report, e->where,
				     "a value must fit 32 bits");
		e->c_name = arena_printf(
			&p->arena, "%s_%s", d->c_upper,
			names_upper(&p->arena,
				    names_snake(&p->arena, e->name)));
		for (const enumerator *f = d->values; f != e; f = f->next) {
			if (f->value != e->value)
				continue;
			report_error(p->report, e->where,
				     "'%s' has the value %lld as well", f->name,
				     (long long)e->value);
			report_note(p->report, f->where, "this is '%s'",
				    f->name);
			break;
		}
	}
}

/* Bytes at least; reports what contains itself without an end. */
static uint32_t measure(program *p, decl *d, unsigned depth)
{
	enum { NEW, UNDER_WAY, DONE };
	uint32_t least = d->kind == DECL_UNION ? UINT32_MAX : 0;

	if (d->kind == DECL_ENUM)
		d->wire_min = 4;
	if (d->kind == DECL_ENUM || d->mark == DONE)
		return d->wire_min;
	if (d->mark == UNDER_WAY || depth > NESTING_MAX) {
		report_error(p->report, d->where,
			     d->mark == UNDER_WAY
				     ? "'%s' contains itself; an array or '?' "
				       "must be in between"
				     : "'%s' is nested too deeply",
			     d->name);
		return 1;
	}
	d->mark = UNDER_WAY;
	for (field *f = d->fields; f != NULL; f = f->next) {
		uint32_t bytes = f->type->kind == TYPE_NAMED
					 ? measure(p, f->type->named, depth + 1)
					 : type_wire_min(f->type);

		if (d->kind == DECL_STRUCT)
			least = least < 65536 ? least + bytes : least;
		else if (bytes < least)
			least = bytes;
	}
	if (d->kind == DECL_UNION)
		least = least == UINT32_MAX ? 2 : least + 2;
	d->wire_min = least > 0 ? least : 1;
	d->mark = DONE;
	return d->wire_min;
}

/* Which of the `count` types in `all` can be reached from `d`. */
static void reach(decl *d, bool *reached)
{
	for (const field *f = d->fields; f != NULL; f = f->next) {
		const type *base = type_base(f->type);

		if (base->kind != TYPE_NAMED || reached[base->named->index])
			continue;
		reached[base->named->index] = true;
		reach(base->named, reached);
	}
}

static void find_recursive(program *p)
{
	unsigned count = 0;

	for (unit *u = p->units; u != NULL; u = u->next)
		for (decl *d = u->decls; d != NULL; d = d->next)
			d->index = count++;
	if (count > CHECK_DECLS_MAX) {
		report_plain(p->report, "more than %u declarations",
			     CHECK_DECLS_MAX);
		return;
	}
	for (unit *u = p->units; u != NULL; u = u->next)
		for (decl *d = u->decls; d != NULL; d = d->next) {
			bool *reached;

			if (d->fields == NULL)
				continue;
			reached = arena_alloc(&p->arena, count);
			reach(d, reached);
			d->recursive = reached[d->index];
		}
}

static bool spread_owning(decl *d)
{
	for (const field *f = d->fields; f != NULL && !d->owning; f = f->next)
		if (type_owning(f->type)) {
			d->owning = true;
			return true;
		}
	return false;
}

static void find_owning(program *p)
{
	bool changed;

	do {
		changed = false;
		for (unit *u = p->units; u != NULL; u = u->next)
			for (decl *d = u->decls; d != NULL; d = d->next)
				if (spread_owning(d))
					changed = true;
	} while (changed);
}

static void check_decl(program *p, decl *d)
{
	const char *prefix = d->unit->prefix;

	if (d->kind == DECL_PROTOCOL && !d->unit->has_namespace)
		prefix = "";
	d->c_name = names_safe(&p->arena,
			       arena_printf(&p->arena, "%s%s", prefix,
					    names_snake(&p->arena, d->name)));
	d->c_upper = names_upper(&p->arena, d->c_name);
	if (d->kind == DECL_ENUM)
		check_enum(p, d);
	if (d->kind != DECL_STRUCT && d->kind != DECL_UNION)
		return;
	if (d->fields == NULL)
		report_error(p->report, d->where, "'%s' has nothing in it",
			     d->name);
	check_fields(p, d->fields, d->limits, (limits){0});
	if (d->kind == DECL_UNION)
		check_union(p, d);
}

static void check_params(program *p, decl *d)
{
	for (message *m = d->messages; m != NULL; m = m->next) {
		check_fields(p, m->params, m->limits, d->limits);
		check_fields(p, m->returns, m->limits, d->limits);
	}
}

void check_types(program *p)
{
	for (unit *u = p->units; u != NULL; u = u->next)
		for (decl *d = u->decls; d != NULL; d = d->next) {
			check_decl(p, d);
			check_params(p, d);
		}
	for (unit *u = p->units; u != NULL; u = u->next)
		for (decl *d = u->decls; d != NULL; d = d->next)
			if (d->kind != DECL_PROTOCOL)
				measure(p, d, 0);
	if (p->report->errors > 0)
		return;
	find_recursive(p);
	find_owning(p);
}
