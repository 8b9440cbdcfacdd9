/* SPDX-License-Identifier: MIT */
/*
 * How does a program that I start get at memory of mine, and at no other?
 *
 * The parent lists handles under names; the child asks for them by name. One of
 * them is passed on for reading only. What was not listed is not there.
 */
#include <string.h>

#include <shmem/shmem.h>

#include "must.h"

static int child(void)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *handle = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *question = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *answer = NULL;

	must(shmem_inherited_handle("question", &handle), "question");
	printf("child: may %s\"question\"\n",
	       shmem_handle_access(handle) == SHMEM_READ ? "only read " : "");
	must(shmem_mapping_open_take(&handle, SHMEM_READ, &question), "map");
	must(shmem_inherited_handle("answer", &handle), "answer");
	must(shmem_mapping_open_take(&handle, SHMEM_RW, &answer), "map");
	printf("child: was asked \"%s\"\n",
	       (char *)shmem_mapping_data(question));
	strcpy(shmem_mapping_data(answer), "memory moves, bytes stay");
	printf("child: \"secret\": %s\n",
	       shmem_strerror(shmem_inherited_handle("secret", &handle)));
	return 0;
}

static shmem_handle *make(const char *label, shmem_mapping **mapping)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	shmem_handle *handle = NULL;

	opts.label = label;
	must(shmem_handle_create_mapped(4096, &opts, &handle, mapping), label);
	return handle;
}

int main(int argc, char **argv)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *question = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *answer = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *secret = NULL;
	SHMEM_AUTO(shmem_process_close) shmem_process *process = NULL;
	const char *const child_argv[] = {argv[0], "child", NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_spawn_handle handles[2];
	int status;

	if (argc > 1)
		return child();
	SHMEM_AUTO(shmem_handle_close)
	shmem_handle *q = make("question", &question);
	SHMEM_AUTO(shmem_handle_close)
	shmem_handle *a = make("answer", &answer);
	SHMEM_AUTO(shmem_handle_close)
	shmem_handle *s = make("secret", &secret);

	handles[0] = (shmem_spawn_handle){"question", q, SHMEM_READ};
	handles[1] = (shmem_spawn_handle){"answer", a, SHMEM_RW};
	opts.path = argv[0];
	opts.argv = child_argv;
	opts.handles = handles;
	opts.handle_count = 2;
	strcpy(shmem_mapping_data(question), "what is the idea?");
	printf("parent: keeps \"%s\" to itself\n", shmem_handle_label(s));
	fflush(stdout);
	must(shmem_process_spawn(&opts, &process, NULL), "spawn");
	must(shmem_process_wait(process, -1, &status), "wait");
	printf("parent: got \"%s\"\n", (char *)shmem_mapping_data(answer));
	return status;
}
