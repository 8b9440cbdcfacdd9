/* SPDX-License-Identifier: MIT */
/* Comments between two tokens, and which of the two each belongs to. */
#ifndef SHMEMC_COMMENT_H
#define SHMEMC_COMMENT_H

#include "token.h"

typedef struct comments {
	buffer trail; /* on the line where the token before ended */
	size_t trail_end;
	buffer doc;
	size_t last_end; /* of the last comment in `doc` */
	size_t gap;      /* where in `doc` the first blank line is; 0: none */
} comments;

/* `token_end` is where the token before ended, or NULL. */
void comments_add(comments *c, const source *s, place where,
		  const unsigned char *token_end);

/* Hands what was gathered to the token that begins at `at`. */
void comments_finish(comments *c, arena *a, const source *s, size_t at,
		     token *t);

#endif
