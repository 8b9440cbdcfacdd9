/* SPDX-License-Identifier: MIT */
/* A program, a handle, a channel. */
#include "passing.h"

#define BYTES 5000

struct passing passing;

int passing_play(char **arg)
{
	shmem_channel *parent = NULL;
	shmem_handle *given = NULL;
	shmem_message *m = NULL;

	(void)arg;
	SUPPORT_NEED(shmem_inherited_handle("given", &given) == 0);
	SUPPORT_NEED(shmem_handle_size(given) == BYTES);
	SUPPORT_NEED(shmem_inherited_channel(NULL, &parent) == 0);
	SUPPORT_NEED(shmem_message_new("here", 4, &m) == 0);
	SUPPORT_NEED(shmem_channel_send(parent, &m) == 0);
	shmem_channel_close(&parent);
	shmem_handle_close(&given);
	return 0;
}

void passing_set_up(void)
{
	passing.handle = support_handle(BYTES);
}

int passing_spawn(void)
{
	shmem_spawn_handle given = {"given", passing.handle, SHMEM_READ};
	const char *argv[] = {"self", PASSING_ROLE, NULL};
	shmem_spawn_opts o = SHMEM_SPAWN_OPTS_INIT;

	o.path = SUPPORT_SELF;
	o.argv = argv;
	o.handles = &given;
	o.handle_count = 1;
	return shmem_process_spawn(&o, &passing.process, &passing.channel);
}

void passing_check_none(void)
{
	ck_assert_ptr_null(passing.process);
	ck_assert_ptr_null(passing.channel);
	support_no_process();
	ck_assert_uint_eq(shmem_handle_size(passing.handle), BYTES);
}

void passing_check_all(void)
{
	ck_assert_int_eq(shmem_channel_peer_pid(passing.channel),
			 shmem_process_pid(passing.process));
	support_recv_text(passing.channel, "here");
	support_expect_exit(&passing.process, 0);
}

void passing_clear(void)
{
	shmem_channel_close(&passing.channel);
	shmem_handle_close(&passing.handle);
	if (passing.process != NULL) {
		(void)shmem_process_kill(passing.process);
		(void)shmem_process_wait(passing.process, SUPPORT_WAIT, NULL);
		shmem_process_close(&passing.process);
	}
	support_no_process();
}
