/* SPDX-License-Identifier: MIT */
/* What processes use, looked at again and again; and whether that grows. */
#ifndef SHMEM_TESTS_SAMPLE_H
#define SHMEM_TESTS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* Every figure of a sample: name, unit, what it may grow by besides a twentieth
 * before it counts as growth. */
#define SAMPLE_MAP(X)                                                          \
	X(hub_descriptors, "descriptors of the hub", 16)                       \
	X(hub_mappings, "mappings of the hub", 500)                            \
	X(hub_resident, "MiB resident in the hub", 8)                          \
	X(peer_descriptors, "descriptors of all peers", 64)                    \
	X(peer_mappings, "mappings of all peers", 1000)                        \
	X(peer_resident, "MiB resident in all peers", 16)

typedef struct sample {
	double seconds;
#define SAMPLE_FIELD(name, what, slack) double name;
	SAMPLE_MAP(SAMPLE_FIELD)
#undef SAMPLE_FIELD
	double moves; /* a second */
	double live;  /* segments */
	unsigned long deaths;
} sample;

/* Fills in what the system tells of these processes. */
void sample_take(sample *ret, const pid_t *peer, size_t peers);

/* A line of a table that gnuplot reads; the first one says what is what. */
void sample_head(FILE *out);
void sample_write(FILE *out, const sample *one);

/* Prints the means of the first and the last third of what comes after a
 * warm-up (a fifth). Whether nothing grows. */
bool sample_flat(const sample *all, size_t count);

#endif
