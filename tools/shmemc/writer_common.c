/* SPDX-License-Identifier: MIT */
/* The functions that every actor has, whatever its messages. */
#include "writer.h"

#include "names.h"

/* A function that passes its actor on to the runtime. */
typedef struct accessor {
	const char *doc;
	const char *head; /* "void *uses_shmem_parent_arg" */
	list params;
	const char *forward; /* "return shmem_protocol_arg" */
	list args;
} accessor;

static const char *other_side(writer *w, const reference *r, const side *s)
{
	return arena_printf(w->arena, "%s_%s", r->protocol->c_name, s->brief);
}

static accessor begin(writer *w, const side *s, bool constant)
{
	accessor a = {0};

	list_add(w, &a.params, "%s%s *actor", constant ? "const " : "",
		 s->name);
	list_add(w, &a.args, "(%sshmem_protocol_actor *)actor",
		 constant ? "const " : "");
	return a;
}

static accessor bind_of(writer *w, const side *s)
{
	accessor a = begin(w, s, false);

	a.doc = "Gives an actor that the other end has made its handlers "
		"(borrowed).";
	a.head = arena_printf(w->arena, "void %s_bind", s->name);
	a.forward = "shmem_protocol_bind";
	list_add(w, &a.params, "const %s_handlers *handlers", s->name);
	list_add(w, &a.params, "void *arg");
	list_add(w, &a.args, "handlers");
	list_add(w, &a.args, "arg");
	return a;
}

static accessor alloc_of(writer *w, const side *s)
{
	accessor a = begin(w, s, false);

	a.doc = "A segment that is freed with the actor, unless it was sent.";
	a.head = arena_printf(w->arena, "int %s_alloc", s->name);
	a.forward = "return shmem_protocol_alloc";
	list_add(w, &a.params, "uint64_t bytes");
	list_add(w, &a.params, "shmem_segment **ret");
	list_add(w, &a.args, "bytes");
	list_add(w, &a.args, "ret");
	return a;
}

static accessor arg_of(writer *w, const side *s)
{
	accessor a = begin(w, s, true);

	a.doc = "What was given along with the handlers.";
	a.head = arena_printf(w->arena, "void *%s_arg", s->name);
	a.forward = "return shmem_protocol_arg";
	return a;
}

static accessor protocol_of(writer *w, const side *s)
{
	accessor a = begin(w, s, true);

	a.doc = "The conversation that the actor belongs to.";
	a.head = arena_printf(w->arena, "shmem_protocol *%s_protocol", s->name);
	a.forward = "return shmem_protocol_of";
	return a;
}

static accessor manager_of(writer *w, const side *s, const reference *r)
{
	accessor a = begin(w, s, true);
	const char *kind = other_side(w, r, s);
	bool one = s->protocol->managers->next == NULL;

	a.doc = one ? "The actor that manages this one."
		    : "The actor that manages this one; NULL where it is of "
		      "another protocol.";
	a.head = arena_printf(w->arena, "%s *%s_manager%s%s", kind, s->name,
			      one ? "" : "_", one ? "" : r->protocol->c_name);
	a.forward = arena_printf(w->arena,
				 "return (%s *)shmem_protocol_manager", kind);
	list_add(w, &a.args, "&%s_type", kind);
	return a;
}

static accessor next_of(writer *w, const side *s, const reference *r)
{
	accessor a = begin(w, s, true);
	const char *kind = other_side(w, r, s);

	a.doc = arena_printf(w->arena,
			     "The %s actor made after `after` (NULL: the "
			     "first one), or NULL.",
			     r->name);
	a.head = arena_printf(w->arena, "%s *%s_next_%s", kind, s->name,
			      names_snake(w->arena, r->name));
	a.forward = arena_printf(w->arena, "return (%s *)shmem_protocol_next",
				 kind);
	list_add(w, &a.params, "const %s *after", kind);
	list_add(w, &a.args, "(const shmem_protocol_actor *)after");
	list_add(w, &a.args, "&%s_type", kind);
	return a;
}

static void write_accessor(writer *w, const accessor *a, bool define)
{
	write_line(w, 0, "%s", "");
	if (!define)
		write_doc(w, 0, a->doc);
	write_call(w, 0, a->head, &a->params, define ? "\n{" : ";");
	if (!define)
		return;
	write_call(w, 1, a->forward, &a->args, ";");
	write_line(w, 0, "}");
}

static void write_accessors(writer *w, const side *s, bool define)
{
	const decl *d = s->protocol;
	const accessor plain[] = {alloc_of(w, s), arg_of(w, s),
				  protocol_of(w, s)};
	accessor a;

	if (d->managers != NULL) {
		a = bind_of(w, s);
		write_accessor(w, &a, define);
	}
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		write_accessor(w, &plain[i], define);
	for (const reference *r = d->managers; r != NULL; r = r->next) {
		a = manager_of(w, s, r);
		write_accessor(w, &a, define);
	}
	for (const reference *r = d->manages; r != NULL; r = r->next) {
		a = next_of(w, s, r);
		write_accessor(w, &a, define);
	}
}

static void write_open_head(writer *w, const side *s, const char *tail)
{
	list l = {0};

	list_add(w, &l, "shmem_channel *channel");
	list_add(w, &l, "const %s_handlers *handlers", s->name);
	list_add(w, &l, "void *arg");
	list_add(w, &l, "shmem_protocol **ret_protocol");
	list_add(w, &l, "%s **ret", s->name);
	write_call(w, 0, arena_printf(w->arena, "int %s_open", s->name), &l,
		   tail);
}

void write_common_declarations(writer *w, const side *s)
{
	if (s->protocol->managers == NULL) {
		write_line(w, 0, "%s", "");
		write_doc(
			w, 0,
			"This end of the protocol over a channel, which is "
			"borrowed, as are the\nhandlers. In the end close the "
			"protocol; the actor ends with it.\nErrors: E_INVAL, "
			"E_NOMEM, and as shmem_channel_send().");
		write_open_head(w, s, ";");
	}
	write_accessors(w, s, false);
	write_line(w, 0, "\n/* For the runtime. */");
	write_line(w, 0, "extern const shmem_protocol_type %s_type;", s->name);
}

void write_common_definitions(writer *w, const side *s)
{
	if (s->protocol->managers == NULL) {
		list l = {0};

		list_add(w, &l, "channel");
		list_add(w, &l, "&%s_type", s->name);
		list_add(w, &l, "handlers");
		list_add(w, &l, "arg");
		list_add(w, &l, "ret_protocol");
		list_add(w, &l, "&made");
		write_line(w, 0, "%s", "");
		write_open_head(w, s, "\n{");
		write_line(w, 1, "shmem_protocol_actor *made = NULL;");
		write_line(w, 1, "int err;\n");
		write_call(w, 1, "err = shmem_protocol_open", &l, ";");
		write_line(w, 1, "if (err == 0)");
		write_line(w, 2, "*ret = (%s *)made;", s->name);
		write_line(w, 1, "return err;\n}");
	}
	write_accessors(w, s, true);
}
