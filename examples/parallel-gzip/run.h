/* SPDX-License-Identifier: MIT */
/* What one compression knows of itself. */
#ifndef PARALLEL_GZIP_RUN_H
#define PARALLEL_GZIP_RUN_H

#include "compress.h"
#include "crew.h"
#include "input.h"
#include "output.h"

struct lost_block {
	uint64_t block;
	unsigned deaths; /* of workers that had it in hand */
};

struct run {
	struct options options;
	struct input in;
	struct output out;
	struct worker *workers; /* the dead too, while they have results */
	unsigned living;
	/* New blocks are handed out only when there are no lost ones, so there
	 * are never more of those than slots. */
	struct lost_block lost[WORKERS_MAX * SLOTS];
	size_t lost_count;
	uint64_t blocks, next_new, next_written;
	uint32_t crc;
	unsigned deaths_for_nothing;
	unsigned news; /* of this round: whether to look again at once */
	struct summary summary;
};

/* foreman.c; each returns 0, or -1 after a complaint. */

/* Starts workers until there are enough for what is left. */
int foreman_hire(struct run *r);

/* Gives every free slot a block. */
int foreman_assign(struct run *r);

/* Takes in what workers have sent; survives those that died. */
int foreman_take_in(struct run *r);

/* Lets go of the dead whose results are written; ends everyone. */
void foreman_let_go(struct run *r);
void foreman_dismiss(struct run *r);

#endif
