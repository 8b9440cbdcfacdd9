/* SPDX-License-Identifier: MIT */
/* Writes the C header and source of one file of protocols and types. */
#ifndef SHMEMC_EMIT_H
#define SHMEMC_EMIT_H

#include "ast.h"

void emit_header(program *p, unit *u, buffer *out);
void emit_source(program *p, unit *u, buffer *out);

#endif
