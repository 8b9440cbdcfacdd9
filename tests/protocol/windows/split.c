/* SPDX-License-Identifier: MIT */
/*
 * No process is copied. The child is this program once more, in the same test:
 * it comes here, too, with a channel that it has inherited.
 */
#include "peers.h"

#include <shmem/process.h>
#include <stdlib.h>
#include <windows.h>

#define PATIENCE 60000

static shmem_process *child;

shmem_channel *peers_split(peers_split_fn *run, void *arg)
{
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_channel *channel = NULL;

	if (shmem_inherited_channel(NULL, &channel) == 0) {
		run(channel, arg);
		exit(EXIT_SUCCESS);
	}
	opts.path = support_self();
	ck_assert_int_eq(shmem_process_spawn(&opts, &child, &channel), 0);
	return channel;
}

void peers_join(void)
{
	int status = -1;

	ck_assert_int_eq(shmem_process_wait(child, PATIENCE, &status), 0);
	ck_assert_int_eq(status, 0);
	shmem_process_close(&child);
}

bool peers_is_shared(const void *at)
{
	MEMORY_BASIC_INFORMATION m;

	ck_assert(VirtualQuery(at, &m, sizeof(m)) != 0);
	return m.Type == MEM_MAPPED;
}
