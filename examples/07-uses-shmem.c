/* SPDX-License-Identifier: MIT */
/*
 * How do I send memory with typed messages, and who owns it when?
 *
 * The parent allocates a segment and gives it to the child (HereYouGo). The
 * child writes, lends it to the parent in a call (GiveAndGetBack), gets it back
 * as the result, and hands it over for good (ThanksDone). One segment, one
 * owner at a time, and no byte is copied. A second child is careless: it
 * touches what it has sent, and dies at that line.
 */
#include <string.h>

#include <shmem/shmem.h>

#include "must.h"
#include "uses_shmem.h"

static void add(shmem_segment *segment, const char *who)
{
	char *text = shmem_segment_data(segment);

	printf("%s finds \"%s\"\n", who, text);
	strcat(strcat(text, ", "), who);
}

static int child_recv_here_you_go(uses_shmem_child *actor,
				  shmem_segment **take_s)
{
	const char *text;

	add(*take_s, "child");
	must(uses_shmem_child_send_give_and_get_back(actor, take_s, take_s),
	     "GiveAndGetBack");
	add(*take_s, "child again");
	text = shmem_segment_data(*take_s);
	must(uses_shmem_child_send_thanks_done(actor, take_s), "ThanksDone");
	if (uses_shmem_child_arg(actor) != NULL)
		puts(text); /* too late: it is the parent's now */
	return 0;
}

static int parent_recv_give_and_get_back(uses_shmem_parent *actor,
					 shmem_segment **take_s,
					 shmem_segment **ret_ss)
{
	(void)actor;
	add(*take_s, "parent");
	shmem_segment_move(ret_ss, take_s);
	return 0;
}

static int parent_recv_thanks_done(uses_shmem_parent *actor,
				   shmem_segment **take_s)
{
	(void)actor;
	printf("parent has \"%s\"\n", (char *)shmem_segment_data(*take_s));
	return 0; /* what a handler does not take is freed */
}

static int child(void *careless)
{
	static const uses_shmem_child_handlers handlers = {
		.recv_here_you_go = child_recv_here_you_go,
	};
	SHMEM_AUTO(shmem_channel_close) shmem_channel *channel = NULL;
	SHMEM_AUTO(shmem_protocol_close) shmem_protocol *protocol = NULL;
	uses_shmem_child *actor;

	must(shmem_inherited_channel(NULL, &channel), "channel");
	must(uses_shmem_child_open(channel, &handlers, careless, &protocol,
				   &actor),
	     "open");
	must(shmem_protocol_receive(protocol, -1), "greeting");
	must(shmem_protocol_receive(protocol, -1), "HereYouGo");
	return 0;
}

static void parent(const char *program, const char *kind)
{
	static const uses_shmem_parent_handlers handlers = {
		.recv_give_and_get_back = parent_recv_give_and_get_back,
		.recv_thanks_done = parent_recv_thanks_done,
	};
	const char *const args[] = {program, kind, NULL};
	SHMEM_AUTO(shmem_process_close) shmem_process *process = NULL;
	SHMEM_AUTO(shmem_channel_close) shmem_channel *channel = NULL;
	SHMEM_AUTO(shmem_protocol_close) shmem_protocol *protocol = NULL;
	shmem_spawn_opts spawn = SHMEM_SPAWN_OPTS_INIT;
	shmem_segment *segment = NULL;
	uses_shmem_parent *actor;
	int status;
	int err;

	spawn.path = program;
	spawn.argv = args;
	must(shmem_process_spawn(&spawn, &process, &channel), "spawn");
	must(uses_shmem_parent_open(channel, &handlers, NULL, &protocol,
				    &actor),
	     "open");
	must(uses_shmem_parent_alloc(actor, 65536, &segment), "alloc");
	strcpy(shmem_segment_data(segment), kind);
	must(uses_shmem_parent_send_here_you_go(actor, &segment), "HereYouGo");
	err = shmem_protocol_run(protocol);
	must(shmem_process_wait(process, -1, &status), "wait");
	printf("parent: %s; the child's status is %d\n", shmem_strerror(err),
	       status);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IONBF, 0); /* both write to it */
	if (argc > 1)
		return child(strcmp(argv[1], "careless") == 0 ? argv[1] : NULL);
	parent(argv[0], "careful");
	parent(argv[0], "careless");
	return 0;
}
