/* SPDX-License-Identifier: MIT */
/*
 * Code that writes several values, or reads them: numbers that follow each
 * other are one run, whose bounds are checked once.
 */
#include "writer.h"

#include "checks.h"

#define RUN_MAX 256u /* SHMEM_PROTOCOL_RUN */

static bool is_number(const field *f)
{
	return f->type->kind < TYPE_STRING;
}

/* Bytes of the run that begins here, and the field behind it. */
static uint32_t measure(const field *f, const field **ret_end)
{
	uint32_t size = 0;

	while (f != NULL && is_number(f) &&
	       size + type_wire_min(f->type) <= RUN_MAX) {
		size += type_wire_min(f->type);
		f = f->next;
	}
	*ret_end = f;
	return size;
}

static const char *at(writer *w, uint32_t offset)
{
	return offset == 0 ? "at_" : arena_printf(w->arena, "at_ + %u", offset);
}

static void put_number(writer *w, unsigned indent, const field *f,
		       const char *from, uint32_t offset)
{
	list l = {0};

	list_add(w, &l, "%s", at(w, offset));
	list_add(w, &l, "%s", from);
	write_call(w, indent,
		   arena_printf(w->arena, "shmem_protocol_store_%s",
				type_builtin_name(f->type->kind)),
		   &l, ";");
}

static void get_number(writer *w, unsigned indent, const field *f,
		       const char *to, uint32_t offset)
{
	list l = {0};

	if (f->type->kind == TYPE_BOOL)
		list_add(w, &l, "%s", w->io);
	list_add(w, &l, "%s", at(w, offset));
	write_call(w, indent,
		   arena_printf(w->arena, "%s = shmem_protocol_load_%s", to,
				type_builtin_name(f->type->kind)),
		   &l, ";");
}

static void write_run(writer *w, unsigned indent, const field *f,
		      const field *end, uint32_t size, expr_of *of, bool put)
{
	uint32_t offset = 0;
	list l = {0};

	list_add(w, &l, "%s", w->io);
	list_add(w, &l, "%u", size);
	write_line(w, indent, "{");
	write_call(w, indent + 1,
		   put ? "unsigned char *at_ = shmem_protocol_put_run"
		       : "const unsigned char *at_ = shmem_protocol_get_run",
		   &l, ";\n");
	for (; f != end; f = f->next) {
		const char *value = of(w, f).value;

		if (put)
			put_number(w, indent + 1, f, value, offset);
		else
			get_number(w, indent + 1, f, value, offset);
		offset += type_wire_min(f->type);
	}
	write_line(w, indent, "}");
}

static void write_fields(writer *w, unsigned indent, const field *f,
			 expr_of *of, bool put)
{
	while (f != NULL) {
		const field *end;
		uint32_t size = measure(f, &end);

		if (end != f && end != f->next) {
			write_run(w, indent, f, end, size, of, put);
			f = end;
			continue;
		}
		if (put)
			write_put(w, indent, f, of(w, f));
		else
			write_get(w, indent, f, of(w, f));
		f = f->next;
	}
}

void write_puts(writer *w, unsigned indent, const field *fields, expr_of *of)
{
	write_fields(w, indent, fields, of, true);
}

void write_gets(writer *w, unsigned indent, const field *fields, expr_of *of)
{
	write_fields(w, indent, fields, of, false);
}
