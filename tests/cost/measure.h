/* SPDX-License-Identifier: MIT */
/* What the programs here count, and how they fail. */
#ifndef SHMEM_TESTS_COST_MEASURE_H
#define SHMEM_TESTS_COST_MEASURE_H

/* How often the library, and the program, have asked for memory. */
extern unsigned long allocations;

/* Ends the program where a call of the library failed. */
void check(int err, const char *what);
#define CHECK(call) check(call, #call)

#endif
