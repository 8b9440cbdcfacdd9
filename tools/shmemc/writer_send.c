/* SPDX-License-Identifier: MIT */
/* Functions that send messages, and those that answer. */
#include "writer.h"

#include "names.h"

#include <string.h>

static const char *number_of(writer *w, const side *s, const message *m)
{
	return arena_printf(w->arena, "%s_MESSAGE_%s", s->protocol->c_upper,
			    names_upper(w->arena, m->c_name));
}

static void put_params(writer *w, const field *fields)
{
	w->io = "&writer";
	write_puts(w, 1, fields, expr_param);
}

static void write_begin(writer *w, const side *s, const message *m)
{
	list l = {0};

	list_add(w, &l, "&writer");
	list_add(w, &l, "(shmem_protocol_actor *)%s",
		 m->kind == MESSAGE_DELETE ? "*take_actor" : "actor");
	list_add(w, &l, "%s", number_of(w, s, m));
	write_call(w, 1,
		   m->kind == MESSAGE_CONSTRUCTOR
			   ? "shmem_protocol_begin_constructor"
			   : "shmem_protocol_begin",
		   &l, ";");
}

static void send_constructor(writer *w, const side *s, const message *m)
{
	const char *made = arena_printf(w->arena, "%s_%s",
					m->constructs->c_name, s->brief);
	list l = {0};

	list_add(w, &l, "&writer");
	list_add(w, &l, "&%s_type", made);
	list_add(w, &l, "handlers");
	list_add(w, &l, "arg");
	list_add(w, &l, "&made");
	write_call(w, 1, "err = shmem_protocol_send_constructor", &l, ";");
	write_line(w, 1, "if (err == 0)");
	write_line(w, 2, "*ret = (%s *)made;", made);
	write_line(w, 1, "return err;");
}

static void send_delete(writer *w)
{
	write_line(w, 1, "err = shmem_protocol_send(&writer);");
	write_line(w, 1, "if (err != 0)");
	write_line(w, 2, "return err;");
	write_line(w, 1, "actor = *take_actor;");
	write_line(w, 1, "*take_actor = NULL;");
	write_line(w, 1,
		   "shmem_protocol_delete((shmem_protocol_actor *)actor);");
	write_line(w, 1, "return 0;");
}

static void get_results(writer *w, const message *m)
{
	w->io = "&reader";
	write_gets(w, 1, m->returns, expr_local);
}

static void send_sync(writer *w, const message *m)
{
	bool memory = fields_need_memory(m->returns);

	if (memory) {
		write_line(w, 1, "if (ret_memory == NULL)");
		write_line(w, 2,
			   "shmem_protocol_put_fail(&writer, SHMEM_E_INVAL);");
	}
	write_line(w, 1, "err = shmem_protocol_call(&writer, &reader);");
	write_line(w, 1, "if (err != 0)");
	write_line(w, 2, "return err;");
	get_results(w, m);
	write_line(w, 1, "err = shmem_protocol_accept(&reader, %s);",
		   memory ? "ret_memory" : "NULL");
	if (m->returns == NULL) {
		write_line(w, 1, "return err;");
		return;
	}
	write_line(w, 1, "if (err != 0)");
	write_line(w, 2, "return err;");
	for (const field *f = m->returns; f != NULL; f = f->next) {
		shape s = c_shape(w, f);

		write_line(w, 1, "*%s = %s;",
			   names_safe(w->arena,
				      arena_printf(w->arena, "ret_%s",
						   f->name + strlen("out_"))),
			   s.name);
		if (s.extra != NULL)
			write_line(w, 1, "*ret_%s = %s;",
				   s.extra_name + strlen("out_"), s.extra_name);
	}
	write_line(w, 1, "return 0;");
}

static void send_request(writer *w, const side *s, const message *m)
{
	list l = {0};

	list_add(w, &l, "&writer");
	list_add(w, &l, "%s_on_%s", s->name, m->c_name);
	list_add(w, &l, "(void (*)(void))callback");
	list_add(w, &l, "arg");
	write_call(w, 1, "return shmem_protocol_request", &l, ";");
}

/* What a reply to an asynchronous request does. */
static void write_on_reply(writer *w, const side *s, const message *m)
{
	list head = {0};
	list l = {0};
	list none = {0};

	list_add(w, &head, "shmem_protocol_incoming *incoming");
	list_add(w, &head, "int err");
	write_line(w, 0, "%s", "");
	write_call(w, 0,
		   arena_printf(w->arena, "static int %s_on_%s", s->name,
				m->c_name),
		   &head, "\n{");
	write_line(w, 1,
		   "%s_reply_%s callback = (%s_reply_%s)incoming->callback;",
		   s->name, m->c_name, s->name, m->c_name);
	write_locals(w, 1, m->returns);
	write_line(w, 0, "%s", "");
	w->io = "&incoming->reader";
	if (m->returns != NULL) {
		write_line(w, 1, "if (err == 0) {");
		write_gets(w, 2, m->returns, expr_local);
		write_line(w, 1, "}");
	}
	write_line(w, 1, "err = shmem_protocol_replied(incoming, err);");
	write_line(w, 1, "if (callback != NULL && err == 0)");
	list_add(w, &l, "(%s *)incoming->actor", s->name);
	list_add(w, &l, "0");
	list_locals(w, &l, m->returns, false);
	list_add(w, &l, "incoming->arg");
	write_call(w, 2, "callback", &l, ";");
	write_line(w, 1, "else if (callback != NULL)");
	list_add(w, &none, "(%s *)incoming->actor", s->name);
	list_add(w, &none, "err");
	list_empty(w, &none, m->returns);
	list_add(w, &none, "incoming->arg");
	write_call(w, 2, "callback", &none, ";");
	if (fields_owning(m->returns))
		write_line(w, 1, "shmem_protocol_get_drop(&incoming->reader);");
	write_line(w, 1, "return err;");
	write_line(w, 0, "}");
}

static void write_send(writer *w, const side *s, const message *m)
{
	message renamed = *m;

	renamed.returns = rename_results(w, m->returns);
	if (m->kind == MESSAGE_ASYNC_REPLY)
		write_on_reply(w, s, m);
	write_line(w, 0, "%s", "");
	write_send_head(w, s, m, "\n{");
	write_line(w, 1, "shmem_protocol_writer writer;");
	if (m->kind == MESSAGE_CONSTRUCTOR)
		write_line(w, 1, "shmem_protocol_actor *made = NULL;");
	if (m->kind == MESSAGE_DELETE)
		write_line(w, 1, "%s *actor;", s->name);
	if (m->kind == MESSAGE_SYNC) {
		write_line(w, 1, "shmem_protocol_reader reader;");
		write_locals(w, 1, renamed.returns);
	}
	(void)write_counters(w, 1, m->params);
	if (m->kind == MESSAGE_CONSTRUCTOR || m->kind == MESSAGE_DELETE ||
	    m->kind == MESSAGE_SYNC)
		write_line(w, 1, "int err;");
	write_line(w, 0, "%s", "");
	write_begin(w, s, m);
	put_params(w, m->params);
	if (m->kind == MESSAGE_CONSTRUCTOR)
		send_constructor(w, s, m);
	else if (m->kind == MESSAGE_DELETE)
		send_delete(w);
	else if (m->kind == MESSAGE_SYNC)
		send_sync(w, &renamed);
	else if (m->kind == MESSAGE_ASYNC_REPLY)
		send_request(w, s, m);
	else
		write_line(w, 1, "return shmem_protocol_send(&writer);");
	write_line(w, 0, "}");
}

static void write_resolve(writer *w, const side *s, const message *m)
{
	write_line(w, 0, "%s", "");
	write_resolve_head(w, s, m, "\n{");
	write_line(w, 1, "shmem_protocol_writer writer;");
	(void)write_counters(w, 1, m->returns);
	write_line(w, 0, "%s", "");
	write_line(w, 1,
		   "shmem_protocol_begin_resolve(&writer, *take_resolver, %s);",
		   number_of(w, s, m));
	put_params(w, m->returns);
	write_line(w, 1,
		   "return shmem_protocol_resolve(&writer, take_resolver);");
	write_line(w, 0, "}");
}

void write_sends(writer *w, const side *s)
{
	for (const message *m = s->protocol->messages; m != NULL; m = m->next) {
		if (side_sends(s, m))
			write_send(w, s, m);
		if (m->kind == MESSAGE_ASYNC_REPLY && side_receives(s, m))
			write_resolve(w, s, m);
	}
}
