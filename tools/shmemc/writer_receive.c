/* SPDX-License-Identifier: MIT */
/* Functions that take messages apart and call handlers, and their tables. */
#include "writer.h"

#include "names.h"

#include <string.h>

static void write_arrived(writer *w, const message *m)
{
	list l = {0};

	list_add(w, &l, "incoming");
	if (m->kind == MESSAGE_DELETE)
		list_add(w, &l, "true");
	else
		list_add(w, &l, "handlers->recv_%s != NULL", m->c_name);
	write_call(w, 1, "err = shmem_protocol_arrived", &l, ";");
}

static void write_handler_call(writer *w, const message *m, const char *made)
{
	list l = {0};

	if (m->kind == MESSAGE_DELETE)
		write_line(w, 1, "if (err == 0 && handlers->recv_%s != NULL)",
			   m->c_name);
	else
		write_line(w, 1, "if (err == 0)");
	list_add(w, &l, "actor");
	if (m->kind == MESSAGE_CONSTRUCTOR)
		list_add(w, &l, "(%s *)made", made);
	list_locals(w, &l, m->params, false);
	if (m->kind == MESSAGE_SYNC)
		list_locals(w, &l, m->returns, true);
	if (m->kind == MESSAGE_ASYNC_REPLY)
		list_add(w, &l, "&resolver");
	write_call(w, 2,
		   arena_printf(w->arena, "err = handlers->recv_%s", m->c_name),
		   &l, ";");
}

static void write_answer(writer *w, const message *m)
{
	write_line(w, 1, "if (err == 0) {");
	write_line(w, 2, "shmem_protocol_writer writer;");
	(void)write_counters(w, 2, m->returns);
	write_line(w, 0, "%s", "");
	write_line(w, 2, "shmem_protocol_begin_reply(&writer, incoming);");
	w->io = "&writer";
	write_puts(w, 2, m->returns, expr_local);
	write_line(w, 2, "err = shmem_protocol_reply(&writer, incoming);");
	write_line(w, 1, "}");
}

static void write_ending(writer *w, const message *m)
{
	switch (m->kind) {
	case MESSAGE_CONSTRUCTOR:
		write_line(w, 1,
			   "return shmem_protocol_constructed(incoming, made, "
			   "err);");
		break;
	case MESSAGE_DELETE:
		write_line(w, 1,
			   "return shmem_protocol_deleted(incoming, err);");
		break;
	case MESSAGE_ASYNC_REPLY:
		write_line(
			w, 1,
			"return shmem_protocol_deferred(incoming, &resolver, "
			"err);");
		break;
	case MESSAGE_SYNC:
	case MESSAGE_ASYNC:
	default:
		if (fields_owning(m->params))
			write_line(w, 1,
				   "shmem_protocol_get_drop("
				   "&incoming->reader);");
		write_line(w, 1, "return err;");
	}
}

static void write_receive(writer *w, const side *s, const message *given)
{
	message copy = *given;
	const message *m = &copy;
	const char *made = NULL;

	copy.returns = rename_results(w, given->returns);
	if (m->kind == MESSAGE_CONSTRUCTOR)
		made = arena_printf(w->arena, "%s_%s", m->constructs->c_name,
				    s->brief);
	write_line(w, 0,
		   "\nstatic int %s_receive_%s(shmem_protocol_incoming "
		   "*incoming)\n{",
		   s->name, m->c_name);
	write_line(w, 1, "%s *actor = (%s *)incoming->actor;", s->name,
		   s->name);
	write_line(w, 1, "const %s_handlers *handlers = incoming->handlers;",
		   s->name);
	write_locals(w, 1, m->params);
	if (m->kind == MESSAGE_SYNC)
		write_locals(w, 1, m->returns);
	if (m->kind == MESSAGE_ASYNC_REPLY)
		write_line(w, 1, "shmem_protocol_resolver *resolver = NULL;");
	if (m->kind == MESSAGE_CONSTRUCTOR)
		write_line(w, 1, "shmem_protocol_actor *made = NULL;");
	write_line(w, 1, "int err;\n");

	w->io = "&incoming->reader";
	write_gets(w, 1, m->params, expr_local);
	write_arrived(w, m);
	if (m->kind == MESSAGE_CONSTRUCTOR) {
		write_line(w, 1, "if (err == 0)");
		write_line(w, 2,
			   "err = shmem_protocol_construct(incoming, &%s_type, "
			   "&made);",
			   made);
	} else if (m->kind == MESSAGE_ASYNC_REPLY) {
		write_line(w, 1, "if (err == 0)");
		write_line(w, 2,
			   "err = shmem_protocol_defer(incoming, &resolver);");
	}
	write_handler_call(w, m, made);
	if (m->kind == MESSAGE_SYNC)
		write_answer(w, m);
	write_ending(w, m);
	write_line(w, 0, "}");
}

static const char *kind_of(const message *m)
{
	switch (m->kind) {
	case MESSAGE_ASYNC_REPLY:
	case MESSAGE_SYNC:
		return "SHMEM_PROTOCOL_REQUEST";
	case MESSAGE_CONSTRUCTOR:
		return "SHMEM_PROTOCOL_CONSTRUCTOR";
	case MESSAGE_DELETE:
	case MESSAGE_ASYNC:
	default:
		return "SHMEM_PROTOCOL_PLAIN";
	}
}

static void write_entries(writer *w, const side *s)
{
	write_line(w, 0, "\nstatic const shmem_protocol_entry %s_entries[] = {",
		   s->name);
	for (const message *m = s->protocol->messages; m != NULL; m = m->next) {
		const char *receive =
			side_receives(s, m)
				? arena_printf(w->arena, "%s_receive_%s",
					       s->name, m->c_name)
				: "NULL";
		const char *entry = arena_printf(w->arena, "{\"%s\", %s, %s},",
						 m->name, kind_of(m), receive);

		if (strlen(entry) + 8 <= WRITER_COLUMNS)
			write_line(w, 1, "%s", entry);
		else
			write_line(w, 1, "{\"%s\", %s,\n\t %s},", m->name,
				   kind_of(m), receive);
	}
	if (s->protocol->messages == NULL)
		write_line(w, 1, "{NULL, SHMEM_PROTOCOL_PLAIN, NULL},");
	write_line(w, 0, "};");
}

static void write_destroyed(writer *w, const side *s)
{
	list l = {0};

	list_add(w, &l, "shmem_protocol_actor *actor");
	list_add(w, &l, "const void *arg");
	list_add(w, &l, "shmem_protocol_end end");
	list_add(w, &l, "int err");
	write_line(w, 0, "%s", "");
	write_call(w, 0,
		   arena_printf(w->arena, "static void %s_destroyed", s->name),
		   &l, "\n{");
	write_line(w, 1, "const %s_handlers *handlers = arg;\n", s->name);
	write_line(w, 1, "if (handlers->destroyed != NULL)");
	write_line(w, 2, "handlers->destroyed((%s *)actor, end, err);",
		   s->name);
	write_line(w, 0, "}");
}

static void write_type(writer *w, const side *s)
{
	const decl *d = s->protocol;

	write_line(w, 0, "\nstatic const %s_handlers %s_unbound = {0};",
		   s->name, s->name);
	write_line(w, 0, "\nconst shmem_protocol_type %s_type = {", s->name);
	write_line(w, 1, ".name = \"%s\",", d->name);
	write_line(w, 1, ".fingerprint = %s_FINGERPRINT,", d->c_upper);
	write_line(w, 1, ".child = %s,", s->child ? "true" : "false");
	write_line(w, 1, ".count = %u,", d->message_count);
	write_line(w, 1, ".entries = %s_entries,", s->name);
	write_line(w, 1, ".unbound = &%s_unbound,", s->name);
	write_line(w, 1, ".destroyed = %s_destroyed,", s->name);
	write_line(w, 0, "};");
}

void write_receives(writer *w, const side *s)
{
	for (const message *m = s->protocol->messages; m != NULL; m = m->next)
		if (side_receives(s, m))
			write_receive(w, s, m);
	write_entries(w, s);
	write_destroyed(w, s);
	write_type(w, s);
	write_common_definitions(w, s);
}
