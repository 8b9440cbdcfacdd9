/* SPDX-License-Identifier: MIT */
/* How the functions of one end are declared, and its handlers. */
#include "writer.h"

#include "checks.h"
#include "names.h"

#include <string.h>

static const char *reply_type(writer *w, const side *s, const message *m)
{
	return arena_printf(w->arena, "%s_reply_%s", s->name, m->c_name);
}

static const char *managed_side(writer *w, const side *s, const message *m)
{
	return arena_printf(w->arena, "%s_%s", m->constructs->c_name, s->brief);
}

void write_send_head(writer *w, const side *s, const message *m,
		     const char *tail)
{
	const char *head =
		arena_printf(w->arena, "int %s_send_%s", s->name, m->c_name);
	list l = {0};

	list_add(w, &l, "%s *%s", s->name,
		 m->kind == MESSAGE_DELETE ? "*take_actor" : "actor");
	if (m->kind == MESSAGE_CONSTRUCTOR) {
		list_add(w, &l, "const %s_handlers *handlers",
			 managed_side(w, s, m));
		list_add(w, &l, "void *arg");
	}
	list_params(w, &l, m->params, false);
	if (m->kind == MESSAGE_SYNC) {
		list_params(w, &l, m->returns, true);
		if (fields_need_memory(m->returns))
			list_add(w, &l, "shmem_protocol_memory **ret_memory");
	} else if (m->kind == MESSAGE_ASYNC_REPLY) {
		list_add(w, &l, "%s callback", reply_type(w, s, m));
		list_add(w, &l, "void *arg");
	} else if (m->kind == MESSAGE_CONSTRUCTOR) {
		list_add(w, &l, "%s **ret", managed_side(w, s, m));
	}
	write_call(w, 0, head, &l, tail);
}

void write_resolve_head(writer *w, const side *s, const message *m,
			const char *tail)
{
	const char *head =
		arena_printf(w->arena, "int %s_resolve_%s", s->name, m->c_name);
	list l = {0};

	list_add(w, &l, "shmem_protocol_resolver **take_resolver");
	list_params(w, &l, m->returns, false);
	write_call(w, 0, head, &l, tail);
}

/* What the handler of a constructor calls the new actor. */
static const char *made_name(writer *w, const message *m)
{
	const char *name = names_safe(w->arena, names_snake(w->arena, m->name));

	for (const field *f = m->params; f != NULL; f = f->next) {
		const char *names[2];

		param_names(w->arena, f, false, names);
		if (text_equal(names[0], name) ||
		    (names[1] != NULL && text_equal(names[1], name)))
			return "made";
	}
	return name;
}

void list_handler(writer *w, list *l, const side *s, const message *m)
{
	list_add(w, l, "%s *actor", s->name);
	if (m->kind == MESSAGE_CONSTRUCTOR)
		list_add(w, l, "%s *%s", managed_side(w, s, m),
			 made_name(w, m));
	list_params(w, l, m->params, false);
	if (m->kind == MESSAGE_SYNC)
		list_params(w, l, m->returns, true);
	else if (m->kind == MESSAGE_ASYNC_REPLY)
		list_add(w, l, "shmem_protocol_resolver **take_resolver");
}

void list_reply(writer *w, list *l, const side *s, const message *m)
{
	list_add(w, l, "%s *actor", s->name);
	list_add(w, l, "int err");
	list_params(w, l, m->returns, false);
	list_add(w, l, "void *arg");
}

/* The message's comment, with what was said about its parameters. */
static const char *doc_of(writer *w, const message *m)
{
	const char *doc = m->doc;
	const field *lists[] = {m->params, m->returns};

	for (size_t i = 0; i < 2; i++)
		for (const field *f = lists[i]; f != NULL; f = f->next)
			if (f->doc != NULL)
				doc = arena_printf(w->arena, "%s%s%s: %s",
						   doc != NULL ? doc : "",
						   doc != NULL ? "\n" : "",
						   f->name, f->doc);
	return doc;
}

static const char *join_doc(writer *w, const char *a, const char *b)
{
	return a == NULL ? b : arena_printf(w->arena, "%s\n%s", a, b);
}

static void write_handlers(writer *w, const side *s)
{
	const decl *d = s->protocol;

	write_line(w, 0,
		   "\n/*\n * What the %s does with messages. A message without "
		   "a handler is refused\n * (E_UNSUPPORTED).\n */",
		   s->brief);
	write_line(w, 0, "struct %s_handlers {", s->name);
	for (const message *m = d->messages; m != NULL; m = m->next) {
		list l = {0};

		if (!side_receives(s, m))
			continue;
		list_handler(w, &l, s, m);
		write_doc(w, 1, doc_of(w, m));
		write_call(w, 1,
			   arena_printf(w->arena, "int (*recv_%s)", m->c_name),
			   &l, ";");
		write_line(w, 0, "%s", "");
	}
	write_line(w, 1, "/* The actor is gone; may be NULL. */");
	write_line(w, 1, "void (*destroyed)(%s *actor, shmem_protocol_end end,",
		   s->name);
	write_line(w, 1, "\t\t  int err);");
	write_line(w, 0, "};");
}

static void write_senders(writer *w, const side *s)
{
	for (const message *m = s->protocol->messages; m != NULL; m = m->next) {
		const char *doc = doc_of(w, m);

		if (!side_sends(s, m))
			continue;
		if (m->kind == MESSAGE_ASYNC_REPLY) {
			list l = {0};

			list_reply(w, &l, s, m);
			write_line(w, 0, "%s", "");
			write_call(w, 0,
				   arena_printf(w->arena, "typedef void (*%s)",
						reply_type(w, s, m)),
				   &l, ";");
			doc = join_doc(w, doc, "The reply goes to `callback`.");
		} else if (m->kind == MESSAGE_SYNC) {
			doc = join_doc(w, doc, "Waits for the reply.");
		} else if (m->kind == MESSAGE_DELETE) {
			doc = join_doc(w, doc,
				       "Ends the actor and all that it "
				       "manages.");
		}
		write_line(w, 0, "%s", "");
		write_doc(w, 0, doc);
		write_send_head(w, s, m, ";");
	}
	for (const message *m = s->protocol->messages; m != NULL; m = m->next) {
		if (m->kind != MESSAGE_ASYNC_REPLY || !side_receives(s, m))
			continue;
		write_line(w, 0, "\n/* Answers %s(). */", m->name);
		write_resolve_head(w, s, m, ";");
	}
}

void write_side_declarations(writer *w, const side *s)
{
	write_handlers(w, s);
	write_common_declarations(w, s);
	write_senders(w, s);
}
