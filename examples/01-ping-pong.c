/* SPDX-License-Identifier: MIT */
/*
 * How does one piece of memory go back and forth between two processes?
 *
 * The parent allocates a segment and sends it; from then on only the child can
 * touch it. The child counts and sends it back. Not a byte of it is copied, and
 * it needs no lock: at every moment exactly one side has it.
 */
#include <string.h>

#include <shmem/shmem.h>

#include "must.h"

#define ROUNDS 1000

struct ball {
	unsigned parent_hits, child_hits;
	char padding[1 << 20]; /* moving a large one costs no more */
};

static int child(void)
{
	SHMEM_AUTO(shmem_channel_close) shmem_channel *parent = NULL;
	SHMEM_AUTO(shmem_segment_free) shmem_segment *segment = NULL;

	must(shmem_inherited_channel(NULL, &parent), "channel");
	for (;;) {
		int err = shmem_segment_recv(parent, -1, &segment);
		struct ball *ball;

		if (err == SHMEM_E_CLOSED)
			return 0;
		must(err, "receive");
		ball = SHMEM_SEGMENT_AS(struct ball, segment);
		if (ball == NULL)
			return 1; /* too small to be one */
		ball->child_hits++;
		must(shmem_segment_send(parent, &segment), "send back");
	}
}

int main(int argc, char **argv)
{
	const char *const args[] = {argv[0], "child", NULL};
	SHMEM_AUTO(shmem_process_close) shmem_process *process = NULL;
	SHMEM_AUTO(shmem_segment_free) shmem_segment *segment = NULL;
	SHMEM_AUTO(shmem_channel_close) shmem_channel *channel = NULL;
	shmem_spawn_opts spawn = SHMEM_SPAWN_OPTS_INIT;
	struct ball *ball;
	int status;

	if (argc > 1 && strcmp(argv[1], "child") == 0)
		return child();
	spawn.path = argv[0];
	spawn.argv = args;
	must(shmem_process_spawn(&spawn, &process, &channel), "spawn");
	must(shmem_segment_alloc(channel, sizeof(*ball), &segment), "alloc");
	for (int i = 0; i < ROUNDS; i++) {
		ball = SHMEM_SEGMENT_AS(struct ball, segment);
		if (ball == NULL)
			return 1;
		ball->parent_hits++;
		must(shmem_segment_send(channel, &segment), "send");
		/* Here `segment` is NULL and its pages are out of reach. */
		must(shmem_segment_recv(channel, -1, &segment), "receive");
	}
	ball = SHMEM_SEGMENT_AS(struct ball, segment);
	printf("parent hit it %u times, child %u times\n", ball->parent_hits,
	       ball->child_hits);
	shmem_channel_close(&channel);
	must(shmem_process_wait(process, -1, &status), "wait");
	printf("child ended with status %d\n", status);
	return 0;
}
