/* SPDX-License-Identifier: MIT */
/* No two things may have the same name in C. */
#include "checks.h"

#include "names.h"

#define BUCKETS 1024u

typedef struct claim {
	struct claim *next;
	const char *name;
	place where;
	bool array; /* of a struct that holds an array: may come again */
} claim;

typedef struct claims {
	program *program;
	claim *buckets[BUCKETS];
} claims;

static unsigned hash(const char *name)
{
	unsigned h = 5381;

	for (; *name != '\0'; name++)
		h = h * 33 + (unsigned char)*name;
	return h % BUCKETS;
}

static const claim *find_claim(const claims *c, const char *name)
{
	const claim *k = c->buckets[hash(name)];

	while (k != NULL && !text_equal(k->name, name))
		k = k->next;
	return k;
}

static void report_clash(program *p, const char *name, place where, place other)
{
	report_error(p->report, where,
		     "this becomes '%s' in C, and so does something else",
		     name);
	report_note(p->report, other, "the other one");
}

static bool claim_as(claims *c, const char *name, place where, bool array)
{
	claim **bucket = &c->buckets[hash(name)];
	const claim *other = find_claim(c, name);
	claim *new;

	if (other != NULL && other->array && array)
		return true;
	if (other != NULL) {
		report_clash(c->program, name, where, other->where);
		return false;
	}
	new = arena_alloc(&c->program->arena, sizeof(*new));
	*new = (claim){*bucket, name, where, array};
	*bucket = new;
	return true;
}

static bool claim_name(claims *c, const char *name, place where)
{
	return claim_as(c, name, where, false);
}

/* Arrays as values are structs, named after the file and what is in them. */
static void claim_arrays(claims *c, const unit *u, const field *f)
{
	arena *a = &c->program->arena;

	for (; f != NULL; f = f->next)
		for (const type *t = f->type; t != NULL; t = t->of)
			if (t->kind == TYPE_ARRAY)
				claim_as(c,
					 arena_printf(a, "%s%s", u->stem_prefix,
						      type_mangled(a, t)),
					 f->where, true);
}

void param_names(arena *a, const field *f, bool out, const char *ret[2])
{
	const type *t = f->type->kind == TYPE_OPTIONAL ? f->type->of : f->type;
	const char *name = f->c_name;

	ret[1] = NULL;
	if (out)
		name = names_safe(a, arena_printf(a, "ret_%s", f->name));
	else if (type_owning(f->type))
		name = arena_printf(a, "take_%s", f->name);
	if (t->kind == TYPE_ARRAY)
		ret[1] = arena_printf(a, "%s%s_count", out ? "ret_" : "",
				      f->name);
	else if (t->kind == TYPE_BYTES)
		ret[1] = arena_printf(a, "%s%s_size", out ? "ret_" : "",
				      f->name);
	ret[0] = name;
}

/* Nor may a parameter hide what the functions of the file need. */
static void claim_param(claims *scope, const claims *all, const char *name,
			place where)
{
	const claim *other = find_claim(all, name);

	if (other != NULL)
		report_clash(scope->program, name, where, other->where);
	else
		claim_name(scope, name, where);
}

static void claim_params(claims *scope, const claims *all, const field *f,
			 bool out)
{
	for (; f != NULL; f = f->next) {
		const char *names[2];

		param_names(&scope->program->arena, f, out, names);
		claim_param(scope, all, names[0], f->where);
		if (names[1] != NULL)
			claim_param(scope, all, names[1], f->where);
	}
}

/* What generated functions of one message share their scope with. */
static void check_scope(const claims *all, const message *m)
{
	program *p = all->program;
	claims scope = {.program = p};

	claim_params(&scope, all, m->params, false);
	claim_params(&scope, all, m->returns, true);
	for (const field *f = m->returns; f != NULL; f = f->next)
		claim_name(&scope, arena_printf(&p->arena, "out_%s", f->name),
			   f->where);
	if (m->kind != MESSAGE_ASYNC_REPLY)
		return;
	scope = (claims){.program = p};
	claim_params(&scope, all, m->returns, false);
}

static void claim_side(claims *c, const decl *d, const char *side)
{
	static const char *const fixed[] = {"",      "_handlers", "_open",
					    "_bind", "_alloc",    "_arg",
					    "_type", "_manager",  "_protocol"};
	arena *a = &c->program->arena;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		claim_name(
			c,
			arena_printf(a, "%s_%s%s", d->c_name, side, fixed[i]),
			d->where);
	for (const reference *r = d->managers; r != NULL; r = r->next)
		claim_name(c,
			   arena_printf(a, "%s_%s_manager_%s", d->c_name, side,
					r->protocol->c_name),
			   r->where);
	for (const reference *r = d->manages; r != NULL; r = r->next)
		claim_name(c,
			   arena_printf(a, "%s_%s_next_%s", d->c_name, side,
					names_snake(a, r->name)),
			   r->where);
}

static void claim_functions(claims *c, const decl *d, const message *m,
			    const char *side, bool sends)
{
	arena *a = &c->program->arena;
	const char *base = arena_printf(a, "%s_%s", d->c_name, side);

	if (sends)
		claim_name(c, arena_printf(a, "%s_send_%s", base, m->c_name),
			   m->where);
	if (m->kind != MESSAGE_ASYNC_REPLY)
		return;
	claim_name(c, arena_printf(a, "%s_reply_%s", base, m->c_name),
		   m->where);
	claim_name(c, arena_printf(a, "%s_resolve_%s", base, m->c_name),
		   m->where);
}

static void claim_message(claims *c, const decl *d, const message *m)
{
	arena *a = &c->program->arena;

	if (!claim_name(c,
			arena_printf(a, "%s_MESSAGE_%s", d->c_upper,
				     names_upper(a, m->c_name)),
			m->where))
		return;
	claim_functions(c, d, m, "parent", (m->direction & TO_CHILD) != 0);
	claim_functions(c, d, m, "child", (m->direction & TO_PARENT) != 0);
}

static void claim_decl(claims *c, const decl *d)
{
	arena *a = &c->program->arena;

	if (names_of_library(d->c_name))
		report_error(c->program->report, d->where,
			     "this becomes '%s' in C; names that begin with "
			     "'shmem_' are the library's",
			     d->c_name);
	if (d->kind == DECL_PROTOCOL) {
		claim_name(c, arena_printf(a, "%s_FINGERPRINT", d->c_upper),
			   d->where);
		claim_side(c, d, "parent");
		claim_side(c, d, "child");
		for (const message *m = d->messages; m != NULL; m = m->next)
			claim_message(c, d, m);
		return;
	}
	if (!claim_name(c, d->c_name, d->where))
		return;
	for (const enumerator *e = d->values; e != NULL; e = e->next)
		claim_name(c, e->c_name, e->where);
	if (d->kind == DECL_UNION) {
		claim_name(c, arena_printf(a, "%s_tag", d->c_name), d->where);
		for (const field *f = d->fields; f != NULL; f = f->next)
			claim_name(c,
				   arena_printf(a, "%s_%s", d->c_upper,
						names_upper(a, f->name)),
				   f->where);
	}
	claim_name(c, arena_printf(a, "%s_put", d->c_name), d->where);
	claim_name(c, arena_printf(a, "%s_get", d->c_name), d->where);
}

void check_names(program *p)
{
	claims *all = arena_alloc(&p->arena, sizeof(*all));

	all->program = p;
	for (unit *u = p->units; u != NULL; u = u->next)
		for (decl *d = u->decls; d != NULL; d = d->next) {
			claim_decl(all, d);
			claim_arrays(all, u, d->fields);
			for (message *m = d->messages; m != NULL; m = m->next) {
				claim_arrays(all, u, m->params);
				claim_arrays(all, u, m->returns);
			}
		}
	for (const unit *u = p->units; u != NULL; u = u->next)
		for (const decl *d = u->decls; d != NULL; d = d->next)
			for (const message *m = d->messages; m != NULL;
			     m = m->next)
				check_scope(all, m);
}

void check_program(program *p)
{
	check_resolve(p);
	if (p->report->errors > 0)
		return;
	check_protocols(p);
	check_types(p);
	if (p->report->errors > 0)
		return;
	check_names(p);
}
