/* SPDX-License-Identifier: MIT */
/*
 * The generator's inside. C values have three shapes. As a *value* (a struct's
 * field, an array's element) each type is one C type. As a *local* in a
 * generated function, arrays and bytes are two variables. As a *parameter*,
 * structs are passed by address, and segments by the address of the variable
 * that they are taken from.
 */
#ifndef SHMEMC_WRITER_H
#define SHMEMC_WRITER_H

#include "ast.h"

#define WRITER_COLUMNS 80u

typedef struct writer {
	program *program;
	arena *arena;
	unit *unit;
	buffer *out;
	const char *io; /* the expression for the protocol writer or reader */
} writer;

/* Which end of a protocol. */
typedef struct side {
	const decl *protocol;
	bool child;
	const char *name;  /* "uses_shmem_parent" */
	const char *brief; /* "parent" */
} side;

side writer_side(writer *w, const decl *protocol, bool child);
bool side_sends(const side *s, const message *m);
bool side_receives(const side *s, const message *m);

/* A list of texts, as of parameters or arguments. */
typedef struct list {
	const char **items;
	size_t count;
	size_t capacity;
} list;

void list_add(writer *w, list *l, const char *format, ...) PRINTF_LIKE(3, 4);

/* A line of source at this many tabs; indent 0 with "" is an empty line. */
void write_line(writer *w, unsigned indent, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* `head`, the list in parentheses, `tail`; broken into lines that fit. */
void write_call(writer *w, unsigned indent, const char *head, const list *l,
		const char *tail);

/* A comment, if there is any. */
void write_doc(writer *w, unsigned indent, const char *doc);

/* "T name" or "T *name". */
char *c_declare(writer *w, const char *type, const char *name);

/* The C type of a value; whether it is kept as a pointer that may be NULL. */
const char *c_value(writer *w, const type *t);

/* The C type of a pointer to values that are only read (or, where they carry
 * segments, emptied). */
const char *c_pointer_to(writer *w, const type *element);

/* The name of the struct that holds an array as a value. */
const char *c_array(writer *w, const type *t);

/* The types of a local, the second for the count or size that goes with it. */
typedef struct shape {
	const char *type;
	const char *extra; /* "size_t" or NULL */
	const char *name;  /* of the local */
	const char *extra_name;
	bool by_address; /* parameters take its address */
} shape;

shape c_shape(writer *w, const field *f);

/* Parameters of a function: to go in, or (`out`) to come out. */
void list_params(writer *w, list *l, const field *fields, bool out);

/* Arguments that pass locals for such parameters. */
void list_locals(writer *w, list *l, const field *fields, bool out);

/* The same with nothing in them. */
void list_empty(writer *w, list *l, const field *fields);

/* Declares locals, empty. */
void write_locals(writer *w, unsigned indent, const field *fields);

/* Where a value to be written is, or is to be read to. */
typedef struct expr {
	const char *value; /* structs and segments: their address */
	const char *count; /* arrays and bytes */
} expr;

/* Of a value whose place is `lvalue`. */
expr expr_value(writer *w, const type *t, const char *lvalue);

expr expr_param(writer *w, const field *f);
expr expr_local(writer *w, const field *f);

void write_put(writer *w, unsigned indent, const field *f, expr from);
void write_get(writer *w, unsigned indent, const field *f, expr to);

/* The same for several; `of` says where each is. */
typedef expr expr_of(writer *w, const field *f);
void write_puts(writer *w, unsigned indent, const field *fields, expr_of *of);
void write_gets(writer *w, unsigned indent, const field *fields, expr_of *of);

/* Declares the variables that writing these needs; whether there are any. */
bool write_counters(writer *w, unsigned indent, const field *fields);

/* Encoders and decoders of the unit's types. */
void write_codecs(writer *w);
void write_codec_prototypes(writer *w);

/* Types of the unit. */
void write_types(writer *w);

/* One end of a protocol: for the header, and its functions and tables. */
void write_side_declarations(writer *w, const side *s);
void write_common_declarations(writer *w, const side *s);
void write_common_definitions(writer *w, const side *s);
void write_sends(writer *w, const side *s);
void write_receives(writer *w, const side *s);

/* How the functions are declared, with ';' or without. */
void write_send_head(writer *w, const side *s, const message *m,
		     const char *tail);
void write_resolve_head(writer *w, const side *s, const message *m,
			const char *tail);
void list_handler(writer *w, list *l, const side *s, const message *m);
void list_reply(writer *w, list *l, const side *s, const message *m);

/* Copies, named "out_…": results share functions with parameters. */
field *rename_results(writer *w, const field *f);

/* Whether results of these types point into memory that must be kept. */
bool fields_need_memory(const field *f);

/* Whether there are segments or handles in them. */
bool fields_owning(const field *f);

#endif
