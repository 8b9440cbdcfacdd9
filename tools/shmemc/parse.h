/* SPDX-License-Identifier: MIT */
/* The parser: recursive descent, one function for each rule of the grammar. */
#ifndef SHMEMC_PARSE_H
#define SHMEMC_PARSE_H

#include "ast.h"
#include "report.h"

/* Fills in the unit from its source. Errors go to the report. */
void parse_unit(arena *a, report *r, unit *u);

#endif
