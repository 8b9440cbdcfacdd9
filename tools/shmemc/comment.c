/* SPDX-License-Identifier: MIT */
/* Strips comments of their signs and finds what they are about. */
#include "comment.h"

#include <string.h>

static unsigned newlines(const char *from, const char *to)
{
	unsigned n = 0;

	for (; from < to; from++)
		n += *from == '\n';
	return n;
}

/* A comment must not end the comment that it becomes part of, nor be a
 * trigraph. */
static bool must_be_parted(const char *at, size_t left)
{
	return left > 1 &&
	       ((at[0] == '*' && at[1] == '/') ||
		(at[0] == '/' && at[1] == '*') ||
		(left > 2 && at[0] == '?' && at[1] == '?' && at[2] != '\0' &&
		 strchr("=/'()!<>-", at[2]) != NULL));
}

/* One line of a comment without what is only decoration. */
static void add_line(buffer *out, const char *line, size_t size)
{
	while (size > 0 && strchr(" \t\r*", line[size - 1]) != NULL &&
	       line[size - 1] != '\0')
		size--;
	for (size_t i = 0; i < size; i++) {
		buffer_add(out, line + i, 1);
		if (must_be_parted(line + i, size - i))
			buffer_puts(out, " ");
	}
	buffer_puts(out, "\n");
}

/* The text of a comment, line by line, its signs taken off. */
static void add_text(buffer *out, const char *text, size_t size)
{
	bool block = text[1] == '*';
	const char *at = text + 2;
	const char *end = text + size - (block ? 2 : 0);
	bool first = true;

	while (at < end && (*at == (block ? '*' : '/') || *at == '!'))
		at++;
	do {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		if (stop == NULL)
			stop = end;
		while (at < stop && (*at == ' ' || *at == '\t'))
			at++;
		if (!first && at < stop && *at == '*')
			at++;
		if (at < stop && *at == ' ')
			at++;
		if (stop > at || !block || (!first && stop < end))
			add_line(out, at, (size_t)(stop - at));
		first = false;
		at = stop < end ? stop + 1 : end;
	} while (at < end);
}

void comments_add(comments *c, const source *s, place where,
		  const unsigned char *token_end)
{
	const char *start = s->text + where.at;

	if (c->doc.size == 0 && token_end != NULL &&
	    newlines((const char *)token_end, start) == 0) {
		add_text(&c->trail, start, where.size);
		c->trail_end = where.at + where.size;
		return;
	}
	if (c->doc.size > 0 && newlines(s->text + c->last_end, start) > 1) {
		if (c->gap == 0)
			c->gap = c->doc.size;
		buffer_puts(&c->doc, "\n");
	}
	add_text(&c->doc, start, where.size);
	c->last_end = where.at + where.size;
}

static const char *keep(buffer *b, arena *a)
{
	const char *text;

	while (b->size > 0 && b->data[b->size - 1] == '\n')
		b->data[--b->size] = '\0';
	text = b->size > 0 ? arena_copy(a, b->data, b->size) : NULL;
	buffer_free(b);
	return text;
}

void comments_finish(comments *c, arena *a, const source *s, size_t at,
		     token *t)
{
	/* What stands before a token on its line is about that one. */
	if (c->trail.size > 0 &&
	    newlines(s->text + c->trail_end, s->text + at) == 0) {
		buffer_free(&c->doc);
		c->doc = c->trail;
		c->last_end = c->trail_end;
		c->trail = (buffer){0};
	}
	t->doc_apart = c->doc.size > 0 &&
		       newlines(s->text + c->last_end, s->text + at) > 1;
	t->doc_gap = c->gap;
	t->trail = keep(&c->trail, a);
	t->doc = keep(&c->doc, a);
}
