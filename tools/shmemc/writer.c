/* SPDX-License-Identifier: MIT */
/* Lines, lists that are broken to fit, and comments. */
#include "writer.h"

#include <string.h>

#define TAB 8u

side writer_side(writer *w, const decl *protocol, bool child)
{
	const char *brief = child ? "child" : "parent";

	return (side){protocol, child,
		      arena_printf(w->arena, "%s_%s", protocol->c_name, brief),
		      brief};
}

bool side_sends(const side *s, const message *m)
{
	return (m->direction & (s->child ? TO_PARENT : TO_CHILD)) != 0;
}

bool side_receives(const side *s, const message *m)
{
	return (m->direction & (s->child ? TO_CHILD : TO_PARENT)) != 0;
}

void list_add(writer *w, list *l, const char *format, ...)
{
	buffer b = {0};
	va_list args;

	if (l->count == l->capacity) {
		size_t capacity = l->capacity > 0 ? l->capacity * 2 : 8;
		const char **items =
			arena_alloc(w->arena, capacity * sizeof(*items));

		if (l->count > 0)
			memcpy((void *)items, (const void *)l->items,
			       l->count * sizeof(*items));
		l->items = items;
		l->capacity = capacity;
	}
	va_start(args, format);
	buffer_vprintf(&b, format, args);
	va_end(args);
	l->items[l->count++] = arena_copy(w->arena, b.data, b.size);
	buffer_free(&b);
}

static void put_indent(writer *w, unsigned indent)
{
	for (unsigned i = 0; i < indent; i++)
		buffer_puts(w->out, "\t");
}

void write_line(writer *w, unsigned indent, const char *format, ...)
{
	va_list args;

	put_indent(w, indent);
	va_start(args, format);
	buffer_vprintf(w->out, format, args);
	va_end(args);
	buffer_puts(w->out, "\n");
}

static size_t longest(const list *l, size_t tail)
{
	size_t most = 0;

	for (size_t i = 0; i < l->count; i++) {
		size_t n =
			strlen(l->items[i]) + (i + 1 < l->count ? 1 : tail + 1);

		if (n > most)
			most = n;
	}
	return most;
}

/* Blanks up to a column: tabs as far as they go. */
static void put_column(writer *w, size_t column)
{
	for (; column >= TAB; column -= TAB)
		buffer_puts(w->out, "\t");
	for (; column > 0; column--)
		buffer_puts(w->out, " ");
}

void write_call(writer *w, unsigned indent, const char *head, const list *l,
		const char *tail)
{
	size_t column = indent * TAB + strlen(head) + 1;
	size_t tail_size = strcspn(tail, "\n");

	put_indent(w, indent);
	buffer_printf(w->out, "%s(", head);
	if (column + longest(l, tail_size) > WRITER_COLUMNS) {
		column = (indent + 1) * TAB;
		buffer_puts(w->out, "\n");
		put_column(w, column);
	}
	for (size_t i = 0, at = column; i < l->count; i++) {
		size_t size = strlen(l->items[i]);
		size_t behind = i + 1 < l->count ? 1 : tail_size + 1;

		if (i > 0 && at + 1 + size + behind > WRITER_COLUMNS) {
			buffer_puts(w->out, "\n");
			put_column(w, column);
			at = column;
		} else if (i > 0) {
			buffer_puts(w->out, " ");
			at++;
		}
		buffer_puts(w->out, l->items[i]);
		buffer_puts(w->out, i + 1 < l->count ? "," : "");
		at += size + 1;
	}
	buffer_printf(w->out, ")%s\n", tail);
}

void write_doc(writer *w, unsigned indent, const char *doc)
{
	if (doc == NULL)
		return;
	if (strchr(doc, '\n') == NULL &&
	    indent * TAB + strlen(doc) + 6 <= WRITER_COLUMNS) {
		write_line(w, indent, "/* %s */", doc);
		return;
	}
	write_line(w, indent, "/*");
	while (doc != NULL) {
		const char *end = strchr(doc, '\n');
		int size =
			(int)(end != NULL ? (size_t)(end - doc) : strlen(doc));

		write_line(w, indent, size > 0 ? " * %.*s" : " *%.*s", size,
			   doc);
		doc = end != NULL ? end + 1 : NULL;
	}
	write_line(w, indent, " */");
}

char *c_declare(writer *w, const char *c_type, const char *name)
{
	size_t size = strlen(c_type);

	return arena_printf(w->arena, "%s%s%s", c_type,
			    size > 0 && c_type[size - 1] == '*' ? "" : " ",
			    name);
}
