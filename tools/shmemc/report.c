/* SPDX-License-Identifier: MIT */
/* Error messages with the line and a caret. */
#include "report.h"

/* The line, and under it blanks (tabs kept) and the caret. */
static void show_line(buffer *out, place where, position p)
{
	const char *line = where.source->text + p.line_at;
	size_t before = where.at - p.line_at;
	size_t end = before + where.size;

	buffer_printf(out, "%5u | ", p.line);
	buffer_add(out, line, p.line_size);
	buffer_puts(out, "\n      | ");
	for (size_t i = 0; i < before && i < p.line_size; i++)
		if (((unsigned char)line[i] & 0xc0) != 0x80)
			buffer_puts(out, line[i] == '\t' ? "\t" : " ");
	buffer_puts(out, "^");
	for (size_t i = before + 1; i < end && i < p.line_size; i++)
		if (((unsigned char)line[i] & 0xc0) != 0x80)
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
