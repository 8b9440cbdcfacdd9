/* SPDX-License-Identifier: MIT */
/*
 * A man in the middle: passes packets on between two channels, and changes one
 * of them. Where it makes or loses packets, it can number the others anew, so
 * that what is wrong is not the number.
 */
#ifndef SHMEM_TESTS_FUZZ_MIDDLE_H
#define SHMEM_TESTS_FUZZ_MIDDLE_H

#include "fuzz.h"

#include "transport/frame.h"

#define MIDDLE_FDS 256

typedef struct middle_packet {
	unsigned char bytes[SHMEM__PACKET_MAX + 64];
	size_t length;
	int fd[MIDDLE_FDS];
	size_t fds;
} middle_packet;

typedef struct middle {
	int sock[2];      /* to either side; packets from [i] go to [1 - i] */
	uint64_t out[2];  /* packets passed on to side i */
	bool renumber;    /* so that their numbers are in order */
	unsigned counted; /* packets seen */
	unsigned target;  /* the one to be changed */
	fuzz_input how;   /* and what is to be done to it */
	bool changed;
	middle_packet packet;
	middle_packet kept; /* an earlier one */
	bool holding;       /* it was held back */
	unsigned held_for;
} middle;

void middle_open(middle *m, int sock0, int sock1);
void middle_close(middle *m);

/* Passes on everything that there is. */
void middle_run(middle *m);

#endif
