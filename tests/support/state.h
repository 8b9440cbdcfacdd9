/* SPDX-License-Identifier: MIT */
/* What a state is made of; each system adds its lines. */
#ifndef SHMEM_TESTS_STATE_H
#define SHMEM_TESTS_STATE_H

#include "support.h"

struct support_state {
	char **lines;
	size_t count;
};

void support_state_add(support_state *s, const char *format, ...);

/* The system's part. */
void support_state_descriptors(support_state *s);
void support_state_mappings(support_state *s);

#endif
