/* SPDX-License-Identifier: MIT */
/* Which declaration each name means. */
#include "checks.h"

#include "names.h"

#include <string.h>

static bool is_visible(const include *i, const decl *d)
{
	return !i->protocol || d->kind == DECL_PROTOCOL;
}

static decl *find_in(const unit *u, const char *name)
{
	for (decl *d = u->decls; d != NULL; d = d->next)
		if (text_equal(d->name, name))
			return d;
	return NULL;
}

static decl *find(const unit *u, const char *name)
{
	decl *d = find_in(u, name);

	for (const include *i = u->includes; i != NULL && d == NULL;
	     i = i->next) {
		if (i->unit != NULL)
			d = find_in(i->unit, name);
		if (d != NULL && !is_visible(i, d))
			d = NULL;
	}
	return d;
}

/* What may have been meant, or NULL. */
static const char *similar(const unit *u, const char *name, bool protocol)
{
	static const struct {
		const char *foreign;
		const char *ours;
	} words[] = {
		{"nsString", "string"},
		{"nsCString", "string"},
		{"String", "string"},
		{"char", "int8"},
		{"short", "int16"},
		{"long", "int64"},
		{"size_t", "uint64"},
		{"unsigned", "uint32"},
		{"float32", "float"},
		{"float64", "double"},
		{"ByteBuf", "bytes"},
		{"shmem", "Shmem"},
		{"handle", "Handle"},
		{"SharedMemoryHandle", "Handle"},
		{"MutableSharedMemoryHandle", "Handle"},
		{"ReadOnlySharedMemoryHandle", "ReadOnlyHandle"},
		{"FileDescriptor", "Handle"},
	};
	const char *best = NULL;
	unsigned least = 3;

	for (size_t i = 0; !protocol && i < sizeof(words) / sizeof(*words); i++)
		if (text_equal(words[i].foreign, name))
			return words[i].ours;
	for (int k = 0; !protocol && k < TYPE_NAMED; k++) {
		const char *candidate = type_builtin_name((type_kind)k);
		unsigned distance = text_distance(name, candidate, least);

		if (distance < least && distance < strlen(name)) {
			least = distance;
			best = candidate;
		}
	}
	for (const decl *d = u->decls; d != NULL; d = d->next) {
		unsigned distance = text_distance(name, d->name, least);

		if ((d->kind == DECL_PROTOCOL) == protocol &&
		    distance < least && distance < strlen(name)) {
			least = distance;
			best = d->name;
		}
	}
	return best;
}

static void report_unknown(program *p, const unit *u, const char *what,
			   const char *name, place where)
{
	const char *best = similar(u, name, text_equal(what, "protocol"));

	if (best != NULL)
		report_error(p->report, where,
			     "there is no %s '%s'; did you mean '%s'?", what,
			     name, best);
	else
		report_error(p->report, where, "there is no %s '%s'", what,
			     name);
}

static void resolve_type(program *p, const unit *u, type *t)
{
	while (t->of != NULL)
		t = t->of;
	if (t->kind != TYPE_NAMED)
		return;
	t->named = find(u, t->name);
	if (t->named == NULL) {
		report_unknown(p, u, "type", t->name, t->where);
	} else if (t->named->kind == DECL_PROTOCOL) {
		report_error(p->report, t->where,
			     "'%s' is a protocol; an actor can't be a value",
			     t->name);
		t->named = NULL;
	}
}

static void resolve_fields(program *p, const unit *u, field *f)
{
	for (; f != NULL; f = f->next)
		resolve_type(p, u, f->type);
}

static void resolve_references(program *p, const unit *u, reference *r)
{
	for (; r != NULL; r = r->next) {
		r->protocol = find(u, r->name);
		if (r->protocol != NULL && r->protocol->kind == DECL_PROTOCOL)
			continue;
		r->protocol = NULL;
		report_unknown(p, u, "protocol", r->name, r->where);
	}
}

static void resolve_decl(program *p, decl *d)
{
	resolve_fields(p, d->unit, d->fields);
	resolve_references(p, d->unit, d->managers);
	resolve_references(p, d->unit, d->manages);
	for (message *m = d->messages; m != NULL; m = m->next) {
		resolve_fields(p, d->unit, m->params);
		resolve_fields(p, d->unit, m->returns);
	}
}

/* No two declarations of a name can be meant in one file. */
static void check_unique(program *p, const unit *u)
{
	for (const decl *d = u->decls; d != NULL; d = d->next) {
		const decl *other = find_in(u, d->name);

		if (other != d) {
			report_error(p->report, d->where,
				     "'%s' is declared twice", d->name);
			report_note(p->report, other->where,
				    "this is the first time");
		}
	}
	for (const include *i = u->includes; i != NULL; i = i->next) {
		if (i->unit == NULL || i->unit == u)
			continue;
		for (const decl *d = i->unit->decls; d != NULL; d = d->next) {
			const decl *other = find(u, d->name);

			if (!is_visible(i, d) || other == d || other == NULL ||
			    other->unit == d->unit)
				continue;
			report_error(p->report, i->where,
				     "this includes a second '%s'", d->name);
			report_note(p->report, other->where, "the first one");
		}
	}
}

void check_resolve(program *p)
{
	for (unit *u = p->units; u != NULL; u = u->next) {
		check_unique(p, u);
		for (decl *d = u->decls; d != NULL; d = d->next)
			resolve_decl(p, d);
	}
}
