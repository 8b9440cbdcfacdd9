/* SPDX-License-Identifier: MIT */
/* From the language's names to those of C. */
#ifndef SHMEMC_NAMES_H
#define SHMEMC_NAMES_H

#include "text.h"

/* "HereYouGo", "hereYouGo" and "here_you_go" all give "here_you_go". */
char *names_snake(arena *a, const char *name);

/* "here_you_go" gives "HERE_YOU_GO". */
char *names_upper(arena *a, const char *name);

/* Made of what C allows in a name; other characters become '_'. */
char *names_clean(arena *a, const char *name);

/* Whether only the library's own names begin like that. */
bool names_of_library(const char *name);

/* The name, with '_' behind it where C or C++ has another use for it. */
const char *names_safe(arena *a, const char *name);

#endif
