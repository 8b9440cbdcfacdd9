/* SPDX-License-Identifier: MIT */
/* Words of the language, and the lexer that finds them. */
#ifndef SHMEMC_TOKEN_H
#define SHMEMC_TOKEN_H

#include "report.h"

/* Kind, and what an error message calls it. */
#define TOKEN_MAP(X)                                                           \
	X(END, "the end of the file")                                          \
	X(NAME, "a name")                                                      \
	X(NUMBER, "a number")                                                  \
	X(STRING, "a string")                                                  \
	X(LBRACE, "'{'")                                                       \
	X(RBRACE, "'}'")                                                       \
	X(LPAREN, "'('")                                                       \
	X(RPAREN, "')'")                                                       \
	X(LBRACKET, "'['")                                                     \
	X(RBRACKET, "']'")                                                     \
	X(SEMICOLON, "';'")                                                    \
	X(COMMA, "','")                                                        \
	X(COLON, "':'")                                                        \
	X(EQUALS, "'='")                                                       \
	X(QUESTION, "'?'")                                                     \
	X(ASYNC, "'async'")                                                    \
	X(BOTH, "'both'")                                                      \
	X(CHILD, "'child'")                                                    \
	X(ENUM, "'enum'")                                                      \
	X(INCLUDE, "'include'")                                                \
	X(MANAGER, "'manager'")                                                \
	X(MANAGES, "'manages'")                                                \
	X(NAMESPACE, "'namespace'")                                            \
	X(OR, "'or'")                                                          \
	X(PARENT, "'parent'")                                                  \
	X(PROTOCOL, "'protocol'")                                              \
	X(RETURNS, "'returns'")                                                \
	X(STRUCT, "'struct'")                                                  \
	X(SYNC, "'sync'")                                                      \
	X(UNION, "'union'")

typedef enum token_kind {
#define X(name, text) TOKEN_##name,
	TOKEN_MAP(X)
#undef X
} token_kind;

const char *token_kind_text(token_kind kind);

typedef struct token {
	token_kind kind;
	place where;
	char *text; /* of a name or string, without the quotes */
	int64_t number;
	const char *trail; /* comment behind the token before, on its line */
	const char *doc;   /* the other comments before this token */
	bool doc_apart;    /* a blank line follows them */
	size_t doc_gap;    /* where in `doc` the first blank line is; 0: none */
} token;

typedef struct lexer {
	arena *arena;
	report *report;
	const source *source;
	const unsigned char *at;
	const unsigned char *token_end; /* of the last token */
} lexer;

void lexer_init(lexer *l, arena *a, report *r, const source *s);

/* The next word; what is none is reported and skipped. */
token lexer_next(lexer *l);

#endif
