/* SPDX-License-Identifier: MIT */
/* The child is a copy of this process. */
#include "peers.h"

#include <stdio.h>

typedef struct start {
	shmem_channel *here;
	shmem_channel *there;
	peers_split_fn *run;
	void *arg;
} start;

static pid_t child;

static void child_main(void *arg)
{
	start *s = arg;

	shmem_channel_close(&s->here);
	s->run(s->there, s->arg);
}

shmem_channel *peers_split(peers_split_fn *run, void *arg)
{
	start s = {.run = run, .arg = arg};

	ck_assert_int_eq(shmem_channel_pair(NULL, &s.here, &s.there), 0);
	child = support_fork(child_main, &s);
	shmem_channel_close(&s.there);
	return s.here;
}

void peers_join(void)
{
	ck_assert_int_eq(support_wait(child, 20000), 0);
}

bool peers_is_shared(const void *at)
{
	uintptr_t address = (uintptr_t)at;
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	bool shared = true;

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		char rights[5] = "";
		unsigned long from;
		unsigned long to;

		if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3 &&
		    address >= from && address < to)
			shared = rights[3] != 'p';
	}
	(void)fclose(maps);
	return shared;
}
