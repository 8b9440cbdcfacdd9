/* SPDX-License-Identifier: MIT */
/* Files, includes, types and attributes; protocols are in parse_protocol.c. */
#include "names.h"
#include "parser.h"

#include <string.h>

#define NAMESPACES_MAX 16u
#define TYPE_DEPTH_MAX 8u

token parser_advance(parser *p)
{
	token t = p->token;

	p->end = t.where.at + t.where.size;
	p->token = lexer_next(&p->lexer);
	return t;
}

bool parser_accept(parser *p, token_kind kind)
{
	if (!parser_at(p, kind))
		return false;
	parser_advance(p);
	return true;
}

void parser_expected(parser *p, const char *what)
{
	const token *t = &p->token;

	if (t->kind == TOKEN_NAME || t->kind == TOKEN_NUMBER)
		report_error(p->report, t->where, "expected %s, found '%s'",
			     what, t->text);
	else if (t->kind == TOKEN_STRING)
		report_error(p->report, t->where, "expected %s, found \"%s\"",
			     what, t->text);
	else
		report_error(p->report, t->where, "expected %s, found %s", what,
			     token_kind_text(t->kind));
}

/* A missing ';' there is as good as one that was read. */
static bool next_is_on_new_line(const parser *p)
{
	const char *text = p->unit->source.text;

	return memchr(text + p->end, '\n', p->token.where.at - p->end) != NULL;
}

bool parser_expect(parser *p, token_kind kind, const char *after)
{
	if (parser_accept(p, kind))
		return true;
	if (kind == TOKEN_SEMICOLON && next_is_on_new_line(p)) {
		report_error(p->report, (place){&p->unit->source, p->end, 1},
			     "expected ';' %s, found the end of the line",
			     after);
		return true;
	}
	parser_expected(p, arena_printf(p->arena, "%s %s",
					token_kind_text(kind), after));
	return false;
}

void parser_skip_statement(parser *p)
{
	unsigned depth = 0;

	while (!parser_at(p, TOKEN_END)) {
		if (depth == 0 && parser_at(p, TOKEN_RBRACE))
			return;
		if (depth == 0 && parser_accept(p, TOKEN_SEMICOLON))
			return;
		if (parser_at(p, TOKEN_LBRACE))
			depth++;
		else if (parser_at(p, TOKEN_RBRACE))
			depth--;
		parser_advance(p);
	}
}

bool parser_name(parser *p, const char *what, token *ret)
{
	if (!parser_at(p, TOKEN_NAME)) {
		parser_expected(p, what);
		return false;
	}
	*ret = parser_advance(p);
	return true;
}

const char *parser_doc(parser *p, const char *before)
{
	const char *trail = p->token.trail;

	if (before == NULL || trail == NULL)
		return before != NULL ? before : trail;
	return arena_printf(p->arena, "%s\n%s", before, trail);
}

static bool parse_limit(parser *p, uint32_t *ret)
{
	token t;

	if (!parser_expect(p, TOKEN_EQUALS, "after the attribute"))
		return false;
	t = p->token;
	if (!parser_expect(p, TOKEN_NUMBER, "as the limit"))
		return false;
	if (t.number < 1 || t.number > INT32_MAX) {
		report_error(p->report, t.where, "a limit is between 1 and %d",
			     INT32_MAX);
		return true;
	}
	if (*ret != 0)
		report_error(p->report, t.where, "this limit was given before");
	*ret = (uint32_t)t.number;
	return true;
}

static bool parse_attribute(parser *p, limits *ret)
{
	token name;

	if (!parser_name(p, "the name of an attribute", &name))
		return false;
	if (text_equal(name.text, "MaxLength"))
		return parse_limit(p, &ret->length);
	if (text_equal(name.text, "MaxCount"))
		return parse_limit(p, &ret->count);
	report_error(p->report, name.where,
		     "there is no attribute '%s'; MaxLength and MaxCount are "
		     "all there is",
		     name.text);
	if (parser_accept(p, TOKEN_EQUALS))
		parser_advance(p);
	return true;
}

bool parse_attributes(parser *p, limits *ret)
{
	if (!parser_accept(p, TOKEN_LBRACKET))
		return true;
	do {
		if (!parse_attribute(p, ret))
			return false;
	} while (parser_accept(p, TOKEN_COMMA));
	return parser_expect(p, TOKEN_RBRACKET, "after the attributes");
}

static type *new_type(parser *p, type_kind kind, place where)
{
	type *t = arena_alloc(p->arena, sizeof(*t));

	t->kind = kind;
	t->where = where;
	return t;
}

/* Spellings of the built-in types, IPDL's among them. */
static const struct {
	const char *name;
	type_kind kind;
} spellings[] = {
	{"bool", TYPE_BOOL},       {"int", TYPE_INT32},
	{"uint", TYPE_UINT32},     {"int8", TYPE_INT8},
	{"uint8", TYPE_UINT8},     {"int16", TYPE_INT16},
	{"uint16", TYPE_UINT16},   {"int32", TYPE_INT32},
	{"uint32", TYPE_UINT32},   {"int64", TYPE_INT64},
	{"uint64", TYPE_UINT64},   {"int8_t", TYPE_INT8},
	{"uint8_t", TYPE_UINT8},   {"int16_t", TYPE_INT16},
	{"uint16_t", TYPE_UINT16}, {"int32_t", TYPE_INT32},
	{"uint32_t", TYPE_UINT32}, {"int64_t", TYPE_INT64},
	{"uint64_t", TYPE_UINT64}, {"float", TYPE_FLOAT},
	{"double", TYPE_DOUBLE},   {"string", TYPE_STRING},
	{"bytes", TYPE_BYTES},     {"Shmem", TYPE_SHMEM},
	{"Handle", TYPE_HANDLE},   {"ReadOnlyHandle", TYPE_READONLY_HANDLE},
};

type *parse_type(parser *p)
{
	token name;
	type *t;

	if (!parser_name(p, "a type", &name))
		return NULL;
	t = new_type(p, TYPE_NAMED, name.where);
	t->name = name.text;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++)
		if (text_equal(spellings[i].name, name.text))
			t->kind = spellings[i].kind;
	for (unsigned depth = 0;; depth++) {
		type_kind kind = TYPE_OPTIONAL;
		type *outer;

		if (parser_accept(p, TOKEN_LBRACKET)) {
			if (!parser_expect(p, TOKEN_RBRACKET, "after '['"))
				return NULL;
			kind = TYPE_ARRAY;
		} else if (!parser_accept(p, TOKEN_QUESTION)) {
			return t;
		}
		if (depth >= TYPE_DEPTH_MAX) {
			report_error(p->report, name.where,
				     "more than %u '[]' and '?' on one type",
				     TYPE_DEPTH_MAX);
			return NULL;
		}
		outer = new_type(p, kind, name.where);
		outer->name = name.text;
		outer->of = t;
		t = outer;
	}
}

static field *parse_member(parser *p, bool named)
{
	field *f = arena_alloc(p->arena, sizeof(*f));
	const char *doc = p->token.doc;
	token name;

	if (!parse_attributes(p, &f->limits))
		return NULL;
	f->type = parse_type(p);
	if (f->type == NULL)
		return NULL;
	f->where = f->type->where;
	if (named) {
		if (!parser_name(p, "the field's name", &name))
			return NULL;
		f->name = name.text;
		f->where = name.where;
	}
	if (!parser_expect(p, TOKEN_SEMICOLON,
			   named ? "after the field" : "after the type"))
		return NULL;
	f->doc = parser_doc(p, doc);
	return f;
}

static void parse_members(parser *p, decl *d)
{
	field **last = &d->fields;

	while (!parser_at(p, TOKEN_RBRACE) && !parser_at(p, TOKEN_END)) {
		*last = parse_member(p, d->kind == DECL_STRUCT);
		if (*last != NULL)
			last = &(*last)->next;
		else
			parser_skip_statement(p);
	}
}

static enumerator *parse_enumerator(parser *p)
{
	enumerator *e = arena_alloc(p->arena, sizeof(*e));
	const char *doc = p->token.doc;
	token name;
	token value;

	if (!parser_name(p, "the name of a value", &name))
		return NULL;
	e->name = name.text;
	e->where = name.where;
	if (parser_accept(p, TOKEN_EQUALS)) {
		value = p->token;
		if (!parser_expect(p, TOKEN_NUMBER, "after '='"))
			return NULL;
		e->has_value = true;
		e->value = value.number;
		e->where.size = value.where.at + value.where.size - e->where.at;
	}
	if (!parser_at(p, TOKEN_RBRACE) &&
	    !parser_expect(p, TOKEN_COMMA, "or '}' after the value"))
		return NULL;
	e->doc = parser_doc(p, doc);
	return e;
}

static void parse_enumerators(parser *p, decl *d)
{
	enumerator **last = &d->values;

	while (!parser_at(p, TOKEN_RBRACE) && !parser_at(p, TOKEN_END)) {
		*last = parse_enumerator(p);
		if (*last == NULL) {
			parser_skip_statement(p);
			return;
		}
		last = &(*last)->next;
	}
}

/* struct, union, enum: from the keyword on. */
static decl *parse_type_decl(parser *p)
{
	token keyword = parser_advance(p);
	decl *d = arena_alloc(p->arena, sizeof(*d));
	token name;

	d->kind = keyword.kind == TOKEN_STRUCT  ? DECL_STRUCT
		  : keyword.kind == TOKEN_UNION ? DECL_UNION
						: DECL_ENUM;
	if (!parser_name(p, "the type's name", &name))
		return NULL;
	d->name = name.text;
	d->where = name.where;
	if (!parser_expect(p, TOKEN_LBRACE, "after the type's name"))
		return NULL;
	if (d->kind == DECL_ENUM)
		parse_enumerators(p, d);
	else
		parse_members(p, d);
	if (!parser_expect(p, TOKEN_RBRACE, "at the end of the type"))
		return NULL;
	return d;
}

static bool parse_include(parser *p)
{
	include *i = arena_alloc(p->arena, sizeof(*i));
	include **last = &p->unit->includes;
	token name = {0};

	parser_advance(p);
	if (parser_accept(p, TOKEN_PROTOCOL))
		i->protocol = true;
	name = p->token;
	if (!i->protocol && parser_accept(p, TOKEN_STRING)) {
		i->quoted = true;
	} else if (!parser_name(p,
				i->protocol ? "the protocol's name"
					    : "'protocol', a name or a "
					      "\"file.shmem\"",
				&name)) {
		return false;
	}
	i->name = name.text;
	i->where = name.where;
	while (*last != NULL)
		last = &(*last)->next;
	*last = i;
	return parser_expect(p, TOKEN_SEMICOLON, "after the include");
}

static bool parse_decls(parser *p, bool nested);

static bool parse_namespace(parser *p)
{
	token name;

	parser_advance(p);
	if (!parser_name(p, "the namespace's name", &name))
		return false;
	if (p->unit->decls != NULL || p->namespaces >= NAMESPACES_MAX) {
		report_error(p->report, name.where,
			     p->unit->decls != NULL
				     ? "a file has one namespace, around "
				       "everything in it"
				     : "namespaces are nested too deeply");
		return false;
	}
	p->unit->prefix = arena_printf(p->arena, "%s%s_",
				       p->namespaces > 0 ? p->unit->prefix : "",
				       names_snake(p->arena, name.text));
	p->namespaces++;
	p->unit->has_namespace = true;
	if (!parser_expect(p, TOKEN_LBRACE, "after the namespace's name"))
		return false;
	if (!parse_decls(p, true))
		return false;
	return parser_expect(p, TOKEN_RBRACE, "at the end of the namespace");
}

static bool is_sync_or_async(const parser *p)
{
	return parser_at(p, TOKEN_SYNC) || parser_at(p, TOKEN_ASYNC);
}

/* What can't stand here, and what to do instead: words of IPDL above all. */
static bool report_foreign(parser *p)
{
	static const char *const words[][2] = {
		{"using", "C++ types are not known here; declare a struct"},
		{"intr", "there are no interrupt messages; use sync or async"},
		{"class", "C++ types are not known here; declare a struct"},
	};

	if (parser_at(p, TOKEN_INCLUDE)) {
		report_error(p->report, p->token.where,
			     "expected includes before all declarations");
		return true;
	}
	if (!parser_at(p, TOKEN_NAME))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_equal(words[i][0], p->token.text)) {
			report_error(p->report, p->token.where,
				     "'%s' of IPDL is left out: %s",
				     words[i][0], words[i][1]);
			return true;
		}
	return false;
}

/* One struct, union, enum or protocol. */
static bool parse_decl(parser *p)
{
	const char *doc = p->token.doc;
	bool sync = false;
	limits outer = {0};
	decl **last = &p->unit->decls;
	decl *d;

	if (!parse_attributes(p, &outer))
		return false;
	if (is_sync_or_async(p)) {
		sync = parser_at(p, TOKEN_SYNC);
		parser_advance(p);
		if (!parser_at(p, TOKEN_PROTOCOL)) {
			parser_expected(p, "'protocol'");
			return false;
		}
	}
	if (parser_at(p, TOKEN_PROTOCOL)) {
		d = parse_protocol(p, sync);
	} else if (parser_at(p, TOKEN_STRUCT) || parser_at(p, TOKEN_UNION) ||
		   parser_at(p, TOKEN_ENUM)) {
		d = parse_type_decl(p);
	} else {
		if (!report_foreign(p))
			parser_expected(p, "a protocol, struct, union or enum");
		return false;
	}
	if (d == NULL)
		return false;
	d->unit = p->unit;
	d->doc = doc;
	d->limits = outer;
	while (*last != NULL)
		last = &(*last)->next;
	*last = d;
	return parser_expect(p, TOKEN_SEMICOLON, "after '}'");
}

/* False at the first thing that is none, when `nested`: the '}'. */
static bool parse_decls(parser *p, bool nested)
{
	while (!parser_at(p, TOKEN_END)) {
		bool fine;

		if (nested && parser_at(p, TOKEN_RBRACE))
			return true;
		if (parser_at(p, TOKEN_INCLUDE) && p->unit->decls == NULL)
			fine = parse_include(p);
		else if (parser_at(p, TOKEN_NAMESPACE))
			fine = parse_namespace(p);
		else
			fine = parse_decl(p);
		if (fine)
			continue;
		parser_skip_statement(p);
		if (!nested && parser_accept(p, TOKEN_RBRACE))
			parser_accept(p, TOKEN_SEMICOLON);
	}
	return true;
}

/* What is said about the file and not about the first thing in it. */
static void take_file_doc(parser *p)
{
	token *t = &p->token;
	size_t gap = t->doc_gap;

	if (t->doc_apart || parser_at(p, TOKEN_INCLUDE) ||
	    parser_at(p, TOKEN_NAMESPACE)) {
		p->unit->doc = t->doc;
		t->doc = NULL;
	} else if (gap > 0) {
		p->unit->doc = arena_copy(p->arena, t->doc, gap - 1);
		t->doc += gap + 1;
	}
}

void parse_unit(arena *a, report *r, unit *u)
{
	parser p = {.arena = a, .report = r, .unit = u};

	lexer_init(&p.lexer, a, r, &u->source);
	parser_advance(&p);
	take_file_doc(&p);
	parse_decls(&p, false);
}
