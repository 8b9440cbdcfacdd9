/* SPDX-License-Identifier: MIT */
/*
 * What happens to code that touches memory which it has given away?
 *
 * It dies at that line, in a release build too, and says what it did: which
 * segment, who owns it now, and where in the code it was given away.
 */
#include <string.h>

#include <shmem/shmem.h>

#include "must.h"

static void give_away(shmem_channel *parent, shmem_segment **take)
{
	must(shmem_segment_send(parent, take), "send");
}

static int careless_child(void)
{
	SHMEM_AUTO(shmem_channel_close) shmem_channel *parent = NULL;
	shmem_segment *segment = NULL;
	char *text;

	must(shmem_inherited_channel(NULL, &parent), "channel");
	must(shmem_diagnose_violations(stderr), "diagnose");
	must(shmem_segment_alloc(parent, 65536, &segment), "alloc");
	must(shmem_segment_set_label(segment, "letter"), "label");
	text = shmem_segment_data(segment);
	strcpy(text, "Dear parent,");
	give_away(parent, &segment);
	text[5] = 'P'; /* too late */
	return 0;
}

int main(int argc, char **argv)
{
	const char *const args[] = {argv[0], "child", NULL};
	SHMEM_AUTO(shmem_process_close) shmem_process *process = NULL;
	SHMEM_AUTO(shmem_segment_free) shmem_segment *segment = NULL;
	SHMEM_AUTO(shmem_channel_close) shmem_channel *channel = NULL;
	shmem_spawn_opts spawn = SHMEM_SPAWN_OPTS_INIT;
	int status;

	if (argc > 1 && strcmp(argv[1], "child") == 0)
		return careless_child();
	spawn.path = argv[0];
	spawn.argv = args;
	must(shmem_process_spawn(&spawn, &process, &channel), "spawn");
	must(shmem_process_wait(process, -1, &status), "wait");
	must(shmem_segment_recv(channel, -1, &segment), "receive");
	printf("the child ended by signal %d; what it gave says \"%s\"\n",
	       -status, (const char *)shmem_segment_data(segment));
	return 0;
}
