/* SPDX-License-Identifier: MIT */
/* What this library's own subjects have in common. */
#include "ours.h"

#include <sys/socket.h>
#include <unistd.h>

void ours_check(struct bench_cell *cell, const char *what, int err)
{
	if (err < 0)
		bench_die(cell->pair, "%s: %s", what, shmem_errname(err));
}

const char *ours_prepare(struct bench_cell *cell, struct ours *ours)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return "socketpair failed";
	ours->ends[0] = ends[0];
	ours->ends[1] = ends[1];
	cell->state = ours;
	return NULL;
}

void ours_discard(struct bench_cell *cell)
{
	struct ours *ours = cell->state;

	close((int)ours->ends[0]);
	close((int)ours->ends[1]);
}

void ours_adopt(struct bench_cell *cell, enum bench_side side,
		shmem_channel_opts *opts)
{
	struct ours *ours = cell->state;

	opts->spin_us = cell->spin ? 0 : SHMEM_SPIN_NEVER;
	close((int)ours->ends[1 - side]);
	ours_check(
		cell, "adopt",
		shmem_channel_adopt(&ours->ends[side], opts, &ours->channel));
}

void ours_send(struct bench_cell *cell, const void *bytes, size_t len)
{
	struct ours *ours = cell->state;
	shmem_message *message = NULL;
	int err;

	ours_check(cell, "message_new",
		   shmem_message_new(bytes, len, &message));
	while ((err = shmem_channel_send(ours->channel, &message)) ==
	       SHMEM_E_AGAIN)
		shmem_channel_wait(ours->channel, SHMEM_POLL_WRITE, -1);
	ours_check(cell, "send", err);
}

void ours_recv(struct bench_cell *cell, shmem_message **ret)
{
	struct ours *ours = cell->state;

	ours_check(cell, "recv", shmem_channel_recv(ours->channel, -1, ret));
}
