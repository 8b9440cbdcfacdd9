/* SPDX-License-Identifier: MIT */
/* The lexer: re2c makes lexer.c of this when the project is built. */
#include "comment.h"
#include "token.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *token_kind_text(token_kind kind)
{
	static const char *const texts[] = {
#define X(name, text) text,
		TOKEN_MAP(X)
#undef X
	};

	return texts[kind];
}

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* as some editors put first */
#define NAME_BYTES_MAX 255 /* what a greeting has room for */

void lexer_init(lexer *l, arena *a, report *r, const source *s)
{
	*l = (lexer){a, r, s, (const unsigned char *)s->text, NULL};
	if (strncmp(s->text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		l->at += strlen(BYTE_ORDER_MARK);
}

static place place_of(const lexer *l, const unsigned char *start)
{
	return (place){l->source,
		       (size_t)(start - (const unsigned char *)l->source->text),
		       (size_t)(l->at - start)};
}

static char *text_of(const lexer *l, const unsigned char *start,
		     const unsigned char *end)
{
	return arena_copy(l->arena, (const char *)start, (size_t)(end - start));
}

static int64_t number_of(lexer *l, const unsigned char *start)
{
	char *text = text_of(l, start, l->at);
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 0);
	if (*end != '\0')
		report_error(l->report, place_of(l, start),
			     "'%s' is not a number", text);
	else if (errno != 0)
		report_error(l->report, place_of(l, start),
			     "%s is too large for any type", text);
	return value;
}

/*
 * One step: true with a token in *ret; false where it was a blank, a comment
 * (kept in `found`) or something that has been reported.
 */
static bool step(lexer *l, comments *found, token *ret)
{
	const unsigned char *start = l->at;
	const unsigned char *marker = NULL;

#define WORD(name)                                                             \
	do {                                                                   \
		ret->kind = TOKEN_##name;                                      \
		ret->text = text_of(l, start, l->at);                          \
		return true;                                                   \
	} while (0)

	/*!re2c
	re2c:define:YYCTYPE = "unsigned char";
	re2c:define:YYCURSOR = "l->at";
	re2c:define:YYMARKER = marker;
	re2c:yyfill:enable = 0;
	re2c:indent:top = 1;

	blank   = [ \t\r\n\v\f]+;
	line    = "//" [^\n\x00]*;
	block   = "/*" ([^*\x00] | ("*"+ [^*/\x00]))* "*"+ "/";
	letter  = [A-Za-z_];
	name    = letter (letter | [0-9])*;
	number  = "-"? [0-9] (letter | [0-9])*;
	string  = ["] [^"\n\x00]* ["];
	rest    = [\x80-\xbf];

	"\x00" {
		l->at = start;
		ret->kind = TOKEN_END;
		return true;
	}
	blank { return false; }
	line | block {
		comments_add(found, l->source, place_of(l, start),
			     l->token_end);
		return false;
	}
	"/" "*" {
		report_error(l->report, place_of(l, start),
			     "this comment has no end; '*/' was expected");
		l->at += strlen((const char *)l->at);
		return false;
	}
	"async"     { WORD(ASYNC); }
	"both"      { WORD(BOTH); }
	"child"     { WORD(CHILD); }
	"enum"      { WORD(ENUM); }
	"include"   { WORD(INCLUDE); }
	"manager"   { WORD(MANAGER); }
	"manages"   { WORD(MANAGES); }
	"namespace" { WORD(NAMESPACE); }
	"or"        { WORD(OR); }
	"parent"    { WORD(PARENT); }
	"protocol"  { WORD(PROTOCOL); }
	"returns"   { WORD(RETURNS); }
	"struct"    { WORD(STRUCT); }
	"sync"      { WORD(SYNC); }
	"union"     { WORD(UNION); }
	"{" { WORD(LBRACE); }
	"}" { WORD(RBRACE); }
	"(" { WORD(LPAREN); }
	")" { WORD(RPAREN); }
	"[" { WORD(LBRACKET); }
	"]" { WORD(RBRACKET); }
	";" { WORD(SEMICOLON); }
	"," { WORD(COMMA); }
	":" { WORD(COLON); }
	"=" { WORD(EQUALS); }
	"?" { WORD(QUESTION); }
	name {
		if (l->at - start > NAME_BYTES_MAX)
			report_error(l->report, place_of(l, start),
				     "this name is longer than %d bytes",
				     NAME_BYTES_MAX);
		WORD(NAME);
	}
	number {
		ret->kind = TOKEN_NUMBER;
		ret->text = text_of(l, start, l->at);
		ret->number = number_of(l, start);
		return true;
	}
	string {
		ret->kind = TOKEN_STRING;
		ret->text = text_of(l, start + 1, l->at - 1);
		return true;
	}
	["] {
		report_error(l->report, place_of(l, start),
			     "this string has no end; '\"' was expected");
		l->at += strcspn((const char *)l->at, "\n");
		return false;
	}
	"::" {
		report_error(l->report, place_of(l, start),
			     "'::' is C++; a plain name was expected");
		return false;
	}
	[^\x00] rest* {
		report_error(l->report, place_of(l, start),
			     "'%s' has no meaning here",
			     text_of(l, start, l->at));
		return false;
	}
	*/
#undef WORD
}

token lexer_next(lexer *l)
{
	const unsigned char *start;
	comments found = {0};
	token t = {0};

	do
		start = l->at;
	while (!step(l, &found, &t));
	t.where = place_of(l, start);
	comments_finish(&found, l->arena, l->source, t.where.at, &t);
	l->token_end = l->at;
	return t;
}
