/* SPDX-License-Identifier: MIT */
/* Protocols: managers, sections and messages. */
#include "parser.h"

#define DELETE_NAME "__delete__"

static bool parse_reference(parser *p, const char *what, reference **list)
{
	reference *r = arena_alloc(p->arena, sizeof(*r));
	token name;

	if (!parser_name(p, what, &name))
		return false;
	r->name = name.text;
	r->where = name.where;
	while (*list != NULL)
		list = &(*list)->next;
	*list = r;
	return true;
}

static bool parse_manager(parser *p, decl *d)
{
	token keyword = parser_advance(p);

	if (d->managers != NULL)
		report_error(p->report, keyword.where,
			     "the managers were named before; join them by "
			     "'or'");
	do {
		if (!parse_reference(p, "the managing protocol's name",
				     &d->managers))
			return false;
	} while (parser_accept(p, TOKEN_OR));
	return parser_expect(p, TOKEN_SEMICOLON, "after the manager");
}

static bool parse_manages(parser *p, decl *d)
{
	parser_advance(p);
	if (!parse_reference(p, "the managed protocol's name", &d->manages))
		return false;
	return parser_expect(p, TOKEN_SEMICOLON, "after 'manages'");
}

static field *parse_param(parser *p)
{
	field *f = arena_alloc(p->arena, sizeof(*f));
	token name;

	f->doc = p->token.doc;
	if (!parse_attributes(p, &f->limits))
		return NULL;
	f->type = parse_type(p);
	if (f->type == NULL)
		return NULL;
	if (!parser_name(p, "the parameter's name", &name))
		return NULL;
	f->name = name.text;
	f->where = name.where;
	return f;
}

/* From '(' to ')'. */
static bool parse_params(parser *p, const char *after, field **last)
{
	if (!parser_expect(p, TOKEN_LPAREN, after))
		return false;
	if (parser_accept(p, TOKEN_RPAREN))
		return true;
	for (;;) {
		field *f = parse_param(p);

		if (f == NULL)
			return false;
		*last = f;
		last = &f->next;
		if (parser_at(p, TOKEN_RPAREN)) {
			parser_advance(p);
			return true;
		}
		if (!parser_expect(p, TOKEN_COMMA, "or ')' after a parameter"))
			return false;
		f->doc = parser_doc(p, f->doc);
	}
}

/* What IPDL allows behind a message and this language does not. */
static bool report_modifier(parser *p)
{
	if (!parser_at(p, TOKEN_NAME) ||
	    (!text_equal(p->token.text, "compress") &&
	     !text_equal(p->token.text, "compressall") &&
	     !text_equal(p->token.text, "verify")))
		return false;
	report_error(p->report, p->token.where, "'%s' of IPDL is left out",
		     p->token.text);
	return true;
}

static message *parse_message(parser *p, direction section)
{
	message *m = arena_alloc(p->arena, sizeof(*m));
	const char *doc = p->token.doc;
	token name;

	if (!parse_attributes(p, &m->limits))
		return NULL;
	if (parser_at(p, TOKEN_SYNC) || parser_at(p, TOKEN_ASYNC)) {
		m->sync = parser_at(p, TOKEN_SYNC);
		parser_advance(p);
	}
	if (!parser_name(p, "a message, a section or '}'", &name))
		return NULL;
	if (section == 0)
		report_error(p->report, name.where,
			     "expected a section ('parent:', 'child:' or "
			     "'both:') before the first message");
	m->name = name.text;
	m->where = name.where;
	m->direction = section != 0 ? section : TO_PARENT;
	m->kind = text_equal(m->name, DELETE_NAME) ? MESSAGE_DELETE
		  : m->sync                        ? MESSAGE_SYNC
						   : MESSAGE_ASYNC;
	if (!parse_params(p, "after the message's name", &m->params))
		return NULL;
	if (parser_accept(p, TOKEN_RETURNS)) {
		m->has_returns = true;
		if (!parse_params(p, "after 'returns'", &m->returns))
			return NULL;
		if (m->kind == MESSAGE_ASYNC)
			m->kind = MESSAGE_ASYNC_REPLY;
	}
	if (report_modifier(p) ||
	    !parser_expect(p, TOKEN_SEMICOLON, "after the message"))
		return NULL;
	m->doc = parser_doc(p, doc);
	return m;
}

/* "parent:" and its kin; 0 where there is none. */
static direction section_of(const parser *p)
{
	switch (p->token.kind) {
	case TOKEN_PARENT:
		return TO_PARENT;
	case TOKEN_CHILD:
		return TO_CHILD;
	case TOKEN_BOTH:
		return TO_BOTH;
	default:
		return (direction)0;
	}
}

/* What a section's comment says goes to its first message. */
static void keep_section_doc(parser *p, const char *doc)
{
	const char *own = p->token.doc;
	const char *trail = p->token.trail;

	if (trail != NULL)
		doc = doc == NULL
			      ? trail
			      : arena_printf(p->arena, "%s\n%s", doc, trail);
	if (doc != NULL)
		p->token.doc = own == NULL ? doc
					   : arena_printf(p->arena, "%s\n\n%s",
							  doc, own);
	p->token.trail = NULL;
}

static bool parse_section(parser *p, direction *ret)
{
	const char *doc = p->token.doc;

	*ret = section_of(p);
	parser_advance(p);
	if (!parser_expect(p, TOKEN_COLON, "after the section's name"))
		return false;
	keep_section_doc(p, doc);
	return true;
}

/* A section ends a message that went wrong, as ';' does. */
static void skip_message(parser *p)
{
	while (!parser_at(p, TOKEN_END) && !parser_at(p, TOKEN_RBRACE) &&
	       section_of(p) == 0) {
		if (parser_accept(p, TOKEN_SEMICOLON))
			return;
		if (parser_at(p, TOKEN_LBRACE)) {
			parser_skip_statement(p);
			return;
		}
		parser_advance(p);
	}
}

static void parse_body(parser *p, decl *d)
{
	direction section = (direction)0;
	message **last = &d->messages;

	while (!parser_at(p, TOKEN_RBRACE) && !parser_at(p, TOKEN_END)) {
		bool fine = true;

		if (parser_at(p, TOKEN_MANAGER)) {
			fine = parse_manager(p, d);
		} else if (parser_at(p, TOKEN_MANAGES)) {
			fine = parse_manages(p, d);
		} else if (section_of(p) != 0) {
			fine = parse_section(p, &section);
		} else {
			*last = parse_message(p, section);
			fine = *last != NULL;
			if (fine) {
				(*last)->number = d->message_count++;
				last = &(*last)->next;
			}
		}
		if (!fine)
			skip_message(p);
	}
}

decl *parse_protocol(parser *p, bool sync)
{
	decl *d = arena_alloc(p->arena, sizeof(*d));
	token name;

	parser_advance(p);
	d->kind = DECL_PROTOCOL;
	d->sync = sync;
	if (!parser_name(p, "the protocol's name", &name))
		return NULL;
	d->name = name.text;
	d->where = name.where;
	if (!parser_expect(p, TOKEN_LBRACE, "after the protocol's name"))
		return NULL;
	parse_body(p, d);
	if (!parser_expect(p, TOKEN_RBRACE, "at the end of the protocol"))
		return NULL;
	return d;
}
