/* SPDX-License-Identifier: MIT */
/* Who does which block, and what becomes of it when that worker dies. */
#include <inttypes.h>
#include <stdio.h>

#include "job.h"
#include "run.h"

/* A block that so many workers died of would end the next one too; and when so
 * many die without a result between them, something else is wrong. */
enum { BLOCK_DEATHS_MAX = 4, DEATHS_FOR_NOTHING_MAX = 8 };

int foreman_hire(struct run *r)
{
	uint64_t blocks_left = r->blocks - r->next_written;

	while (r->living < r->options.workers && r->living < blocks_left) {
		struct worker *w;
		int err =
			worker_start(r->options.program, r->options.level, &w);

		if (err != 0)
			return complain("cannot start a worker: %s",
					shmem_strerror(err));
		w->next = r->workers;
		r->workers = w;
		r->living++;
	}
	return 0;
}

static const char *ending(int status, char text[32])
{
	if (status < 0)
		snprintf(text, 32, "signal %d", -status);
	else
		snprintf(text, 32, "exit code %d", status);
	return text;
}

static void lose_block(struct run *r, struct slot *s)
{
	r->lost[r->lost_count].block = s->block;
	r->lost[r->lost_count++].deaths = s->deaths;
	s->state = SLOT_FREE;
	r->summary.blocks_redone++;
}

/* Only the block in hand may be to blame; the others waited behind it. */
static int lose_blocks(struct run *r, struct worker *w, const char *how)
{
	struct slot *s = worker_slot_in_hand(w);
	unsigned lost = 0;

	if (s != NULL && ++s->deaths >= BLOCK_DEATHS_MAX)
		return complain("block %" PRIu64 " of %s ended %d workers, "
				"the last by %s; giving up",
				s->block, r->in.path, BLOCK_DEATHS_MAX, how);
	for (; s != NULL; s = worker_slot_in_hand(w)) {
		lose_block(r, s);
		lost++;
	}
	if (!r->options.quiet)
		remark("a worker ended by %s; blocks to do again: %u", how,
		       lost);
	return 0;
}

/* 0 when the work can go on without this worker. */
static int survive(struct run *r, struct worker *w, int err)
{
	char how[32];
	int status = 0;

	if (err != SHMEM_E_CLOSED && err != SHMEM_E_PROTO &&
	    err != SHMEM_E_UNTRUSTED)
		return complain("cannot go on with a worker: %s",
				shmem_strerror(err));
	worker_bury(w, &r->summary.segments_reclaimed, &status);
	r->living--;
	r->summary.deaths++;
	r->news++;
	ending(status, how);
	if (++r->deaths_for_nothing > DEATHS_FOR_NOTHING_MAX)
		return complain("%d workers in a row ended without a result, "
				"the last by %s; giving up",
				DEATHS_FOR_NOTHING_MAX + 1, how);
	return lose_blocks(r, w, how);
}

/* The least busy worker with a free slot. */
static struct worker *idlest(struct run *r)
{
	struct worker *best = NULL;

	for (struct worker *w = r->workers; w != NULL; w = w->next)
		if (worker_free_slot(w) != NULL &&
		    (best == NULL ||
		     worker_busy_slots(w) < worker_busy_slots(best)))
			best = w;
	return best;
}

/* Lost blocks first, the lowest of them: the output waits for it. */
static bool next_block(struct run *r, struct slot *s)
{
	size_t low = 0;

	if (r->lost_count == 0) {
		s->block = r->next_new;
		s->deaths = 0;
		return r->next_new++ < r->blocks;
	}
	for (size_t i = 1; i < r->lost_count; i++)
		if (r->lost[i].block < r->lost[low].block)
			low = i;
	s->block = r->lost[low].block;
	s->deaths = r->lost[low].deaths;
	r->lost[low] = r->lost[--r->lost_count];
	return true;
}

static bool work_is_left(const struct run *r)
{
	return r->lost_count > 0 || r->next_new < r->blocks;
}

/* For the demonstration: the death of a worker that has just got a block. */
static void kill_if_asked(struct run *r, struct worker *w, uint64_t block)
{
	for (size_t i = 0; i < r->options.kill_count; i++) {
		if (r->options.kills[i] != block)
			continue;
		shmem_process_kill(w->process);
		r->options.kills[i] = UINT64_MAX;
		return;
	}
}

/* Reads a block straight into the segment and gives that away. */
static int give_block(struct run *r, struct worker *w, struct slot *s)
{
	uint64_t offset = s->block * BLOCK_BYTES;
	uint64_t left = (uint64_t)r->in.stat.st_size - offset;
	int err;

	s->text_bytes = left < BLOCK_BYTES ? (uint32_t)left : BLOCK_BYTES;
	if (input_read(&r->in, offset, shmem_segment_data(s->text),
		       s->text_bytes) != 0)
		return -1;
	err = worker_give(w, s);
	if (err != 0)
		return survive(r, w, err);
	r->summary.bytes_handed += s->text_bytes;
	kill_if_asked(r, w, s->block);
	return 0;
}

int foreman_assign(struct run *r)
{
	struct worker *w;

	while (work_is_left(r) && (w = idlest(r)) != NULL) {
		struct slot *s = worker_free_slot(w);

		if (next_block(r, s) && give_block(r, w, s) != 0)
			return -1;
	}
	return 0;
}

int foreman_take_in(struct run *r)
{
	for (struct worker *w = r->workers; w != NULL; w = w->next) {
		bool was_ready = w->ready;
		unsigned results = 0;
		int err;

		if (w->dead)
			continue;
		err = worker_collect(w, &results);
		r->news += results + (w->ready != was_ready);
		if (results > 0)
			r->deaths_for_nothing = 0;
		if (err == 0)
			err = worker_flush(w);
		if (err != 0 && survive(r, w, err) != 0)
			return -1;
	}
	return 0;
}

static bool has_results(const struct worker *w)
{
	for (int i = 0; i < SLOTS; i++)
		if (w->slots[i].state == SLOT_DONE)
			return true;
	return false;
}

void foreman_let_go(struct run *r)
{
	struct worker **link = &r->workers;

	while (*link != NULL) {
		struct worker *w = *link;

		if (w->dead && !has_results(w)) {
			*link = w->next;
			worker_close(w);
		} else {
			link = &w->next;
		}
	}
}

void foreman_dismiss(struct run *r)
{
	while (r->workers != NULL) {
		struct worker *w = r->workers;
		bool lived = !w->dead;
		char how[32];
		int status;

		r->workers = w->next;
		status = worker_close(w);
		if (lived && status != 0 && !r->options.quiet)
			remark("a worker that was let go ended by %s",
			       ending(status, how));
	}
}
