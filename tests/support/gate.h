/* SPDX-License-Identifier: MIT */
/* What a stranger may send instead of memory, and memory with all kinds of
 * rights. */
#ifndef SHMEM_TESTS_GATE_H
#define SHMEM_TESTS_GATE_H

#include "numbers.h"

#define GATE_BYTES 10000

/* What never passes for memory of that size, whatever is claimed of it. */
typedef struct gate_kind {
	const char *name;
	intptr_t (*make)(void); /* the number may be of nothing at all */
} gate_kind;
extern const gate_kind gate_wrong[];
extern const int gate_wrong_count;

/* Memory, and which claims of it are the truth. */
typedef struct gate_rights {
	const char *name;
	intptr_t (*make)(const struct gate_rights *rights);
	unsigned how[2];
	bool rw, read, single, frozen;
} gate_rights;
extern const gate_rights gate_known[];
extern const int gate_known_count;

#endif
