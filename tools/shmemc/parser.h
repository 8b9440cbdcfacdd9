/* SPDX-License-Identifier: MIT */
/* The parser's inside, shared by parse.c and parse_protocol.c. */
#ifndef SHMEMC_PARSER_H
#define SHMEMC_PARSER_H

#include "parse.h"
#include "token.h"

typedef struct parser {
	arena *arena;
	report *report;
	unit *unit;
	lexer lexer;
	token token; /* the next one, not yet consumed */
	size_t end;  /* of the last one that was */
	unsigned namespaces;
} parser;

static inline bool parser_at(const parser *p, token_kind kind)
{
	return p->token.kind == kind;
}

/* Consumes the next token and returns it. */
token parser_advance(parser *p);

/* Consumes it if it is of that kind. */
bool parser_accept(parser *p, token_kind kind);

/* The same, else reports "expected … `after`, found …". */
bool parser_expect(parser *p, token_kind kind, const char *after);

/* Reports that `what` was expected where the next token is. */
void parser_expected(parser *p, const char *what);

/* After an error: to behind the next ';', or to the '}' that ends this block.
 */
void parser_skip_statement(parser *p);

/* A name, described as `what` if it is missing. */
bool parser_name(parser *p, const char *what, token *ret);

/* The comments of a declaration: those before it, and behind its last token. */
const char *parser_doc(parser *p, const char *before);

bool parse_attributes(parser *p, limits *ret);
type *parse_type(parser *p);

/* From "protocol" on; `sync` has been read. */
decl *parse_protocol(parser *p, bool sync);

#endif
