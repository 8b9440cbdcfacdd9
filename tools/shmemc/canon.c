/* SPDX-License-Identifier: MIT */
/* One line for each message, field and value; FNV-1a over the lines. */
#include "canon.h"

#include "checks.h"

#include <inttypes.h>

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

/* Declarations in the order in which they were first mentioned. */
typedef struct canon {
	buffer *out;
	const decl **seen;
	size_t count;
} canon;

static void mention(canon *c, const decl *d)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->seen[i] == d)
			return;
	c->seen[c->count++] = d;
}

static void put_type(canon *c, const type *t, const limits *l)
{
	if (t->kind == TYPE_ARRAY) {
		put_type(c, t->of, l);
		buffer_printf(c->out, "[%" PRIu32 "]", l->count);
	} else if (t->kind == TYPE_OPTIONAL) {
		put_type(c, t->of, l);
		buffer_puts(c->out, "?");
	} else if (t->kind == TYPE_NAMED) {
		mention(c, t->named);
		buffer_puts(c->out, t->named->name);
	} else {
		buffer_puts(c->out, type_builtin_name(t->kind));
		if (t->kind == TYPE_STRING || t->kind == TYPE_BYTES)
			buffer_printf(c->out, "(%" PRIu32 ")", l->length);
	}
}

static void put_fields(canon *c, const field *list)
{
	for (const field *f = list; f != NULL; f = f->next) {
		buffer_puts(c->out, f == list ? "" : ", ");
		put_type(c, f->type, &f->limits);
		buffer_printf(c->out, " %s", f->name);
	}
}

static void put_message(canon *c, const message *m)
{
	static const char *const directions[] = {"", "parent", "child", "both"};

	buffer_printf(c->out, "\t%s %s %s(", directions[m->direction],
		      m->sync ? "sync" : "async", m->name);
	put_fields(c, m->params);
	buffer_puts(c->out, ")");
	if (m->has_returns) {
		buffer_puts(c->out, " returns (");
		put_fields(c, m->returns);
		buffer_puts(c->out, ")");
	}
	buffer_puts(c->out, "\n");
}

static void put_decl(canon *c, const decl *d)
{
	static const char *const kinds[] = {"struct", "union", "enum",
					    "protocol"};

	buffer_printf(c->out, "%s %s\n", kinds[d->kind], d->name);
	for (const message *m = d->messages; m != NULL; m = m->next)
		put_message(c, m);
	for (const field *f = d->fields; f != NULL; f = f->next) {
		buffer_puts(c->out, "\t");
		put_type(c, f->type, &f->limits);
		buffer_printf(c->out, " %s\n", f->name);
	}
	for (const enumerator *e = d->values; e != NULL; e = e->next)
		buffer_printf(c->out, "\t%s = %" PRId64 "\n", e->name,
			      e->value);
	for (const reference *r = d->manages; r != NULL; r = r->next) {
		buffer_printf(c->out, "\tmanages %s\n", r->name);
		mention(c, r->protocol);
	}
}

static size_t count_decls(const program *p)
{
	size_t n = 0;

	for (const unit *u = p->units; u != NULL; u = u->next)
		for (const decl *d = u->decls; d != NULL; d = d->next)
			n++;
	return n;
}

void canon_text(program *p, const decl *protocol, buffer *out)
{
	canon c = {out, NULL, 0};

	c.seen = arena_alloc(&p->arena, count_decls(p) * sizeof(*c.seen));
	buffer_puts(out, "shmem protocol 1\n");
	mention(&c, protocol);
	for (size_t i = 0; i < c.count; i++)
		put_decl(&c, c.seen[i]);
}

void canon_fingerprints(program *p)
{
	for (unit *u = p->units; u != NULL; u = u->next)
		for (decl *d = u->decls; d != NULL; d = d->next) {
			buffer text = {0};
			uint64_t hash = FNV_OFFSET;

			if (d->kind != DECL_PROTOCOL)
				continue;
			canon_text(p, d, &text);
			for (size_t i = 0; i < text.size; i++)
				hash = (hash ^ (unsigned char)text.data[i]) *
				       FNV_PRIME;
			d->fingerprint = hash;
			buffer_free(&text);
		}
}
