/* SPDX-License-Identifier: MIT */
/* Error messages with the line and a caret. */
#include "report.h"

#define SHOWN_BYTES 160u /* of a line */
#define SHOWN_BEFORE 60u /* the place, where the line is longer */

static bool is_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Of a long line, what is around the byte `at`. */
static void choose(const char *line, size_t size, size_t at, size_t *ret_from,
		   size_t *ret_to)
{
	size_t from = 0;
	size_t to = size;

	if (size > SHOWN_BYTES) {
		from = at > SHOWN_BEFORE ? at - SHOWN_BEFORE : 0;
		to = size - from > SHOWN_BYTES ? from + SHOWN_BYTES : size;
	}
	while (from < at && is_tail(line[from]))
		from++;
	while (to < size && is_tail(line[to]))
		to++;
	*ret_from = from;
	*ret_to = to;
}

/* The line, and under it blanks (tabs kept) and the caret. */
static void show_line(buffer *out, place where, position p)
{
	const char *line = where.source->text + p.line_at;
	size_t before = where.at - p.line_at;
	size_t end = before + where.size;
	size_t from;
	size_t to;

	choose(line, p.line_size, before, &from, &to);
	buffer_printf(out, "%5u | %s", p.line, from > 0 ? "..." : "");
	buffer_add(out, line + from, to - from);
	buffer_printf(out, "%s\n      | %s", to < p.line_size ? "..." : "",
		      from > 0 ? "   " : "");
	for (size_t i = from; i < before && i < to; i++)
		if (!is_tail(line[i]))
			buffer_puts(out, line[i] == '\t' ? "\t" : " ");
	buffer_puts(out, "^");
	for (size_t i = before + 1; i < end && i < to; i++)
		if (!is_tail(line[i]))
			buffer_puts(out, "~");
	buffer_puts(out, "\n");
}

static void add(report *r, place where, const char *kind, const char *format,
		va_list args)
{
	position p = source_position(where.source, where.at);

	buffer_printf(&r->text, "%s:%u:%u: %s: ", where.source->path, p.line,
		      p.column, kind);
	buffer_vprintf(&r->text, format, args);
	buffer_puts(&r->text, "\n");
	show_line(&r->text, where, p);
}

void report_error(report *r, place where, const char *format, ...)
{
	va_list args;

	if (++r->errors > REPORT_LIMIT)
		return;
	va_start(args, format);
	add(r, where, "error", format, args);
	va_end(args);
}

void report_note(report *r, place where, const char *format, ...)
{
	va_list args;

	if (r->errors > REPORT_LIMIT)
		return;
	va_start(args, format);
	add(r, where, "note", format, args);
	va_end(args);
}

void report_plain(report *r, const char *format, ...)
{
	va_list args;

	if (++r->errors > REPORT_LIMIT)
		return;
	buffer_puts(&r->text, "shmemc: error: ");
	va_start(args, format);
	buffer_vprintf(&r->text, format, args);
	va_end(args);
	buffer_puts(&r->text, "\n");
}

void report_finish(report *r)
{
	if (r->errors > REPORT_LIMIT)
		buffer_printf(&r->text, "%u more errors are not shown\n",
			      r->errors - REPORT_LIMIT);
}
