/* SPDX-License-Identifier: MIT */
/*
 * What the grammar can't say: names are resolved, rules checked, and the tree
 * is completed with what the generator needs (C names, limits, sizes).
 */
#ifndef SHMEMC_CHECKS_H
#define SHMEMC_CHECKS_H

#include "ast.h"
#include "report.h"

#define CHECK_LENGTH_STRING 65536u /* default of MaxLength */
#define CHECK_LENGTH_BYTES 1048576u
#define CHECK_COUNT 65536u /* default of MaxCount */
#define CHECK_MESSAGES_MAX 4096u
#define CHECK_DECLS_MAX 4096u

/* Nothing may be generated where this leaves errors in the report. */
void check_program(program *p);

/* The parts of it, in this order. */
void check_resolve(program *p);
void check_types(program *p);
void check_protocols(program *p);
void check_names(program *p);

/* The type under all '[]' and '?'. */
const type *type_base(const type *t);

/* Whether values of it carry segments or handles. */
bool type_owning(const type *t);

/* Bytes of the shortest encoding of a value. */
uint32_t type_wire_min(const type *t);

/* A name for it in C names: "int32", "point_array". */
const char *type_mangled(arena *a, const type *t);

/*
 * What C functions call a parameter: one name, or two where a count or size
 * goes with it. `out`: as a result.
 */
void param_names(arena *a, const field *f, bool out, const char *ret[2]);

#endif
