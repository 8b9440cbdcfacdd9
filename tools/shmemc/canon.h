/* SPDX-License-Identifier: MIT */
/*
 * The canonical form of a protocol: everything that both ends must agree on,
 * itself and what it manages and the types in it, and nothing else (no
 * comments, no spelling, no file names). The fingerprint is a hash of it.
 */
#ifndef SHMEMC_CANON_H
#define SHMEMC_CANON_H

#include "ast.h"

void canon_text(program *p, const decl *protocol, buffer *out);

/* Fills in the fingerprint of every protocol. */
void canon_fingerprints(program *p);

#endif
