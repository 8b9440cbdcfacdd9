/* SPDX-License-Identifier: MIT */
/* Makes the two ends that tests need. */
#include "peers.h"

#include <shmem/diagnose.h>

void peers_open(peers *p, const every_parent_handlers *parent,
		const every_child_handlers *child, void *arg)
{
	ck_assert_int_eq(
		shmem_channel_pair(NULL, &p->parent_channel, &p->child_channel),
		0);
	ck_assert_int_eq(every_parent_open(p->parent_channel, parent, arg,
					   &p->parent_protocol, &p->parent),
			 0);
	ck_assert_int_eq(every_child_open(p->child_channel, child, arg,
					  &p->child_protocol, &p->child),
			 0);
}

void peers_close(peers *p)
{
	shmem_protocol_close(&p->parent_protocol);
	shmem_protocol_close(&p->child_protocol);
	shmem_channel_close(&p->parent_channel);
	shmem_channel_close(&p->child_channel);
}

int peers_drain(shmem_protocol *protocol)
{
	int err;

	do
		err = shmem_protocol_receive(protocol, 0);
	while (err == 0);
	return err == SHMEM_E_AGAIN ? 0 : err;
}

void peers_settle(peers *p)
{
	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(peers_drain(p->parent_protocol), 0);
		ck_assert_int_eq(peers_drain(p->child_protocol), 0);
	}
}

typedef struct role {
	const every_child_handlers *handlers;
	peers_child *run;
} role;

static void child_main(shmem_channel *channel, void *arg)
{
	const role *r = arg;
	shmem_protocol *protocol = NULL;
	every_child *actor = NULL;

	ck_assert_int_eq(
		every_child_open(channel, r->handlers, NULL, &protocol, &actor),
		0);
	r->run(actor, protocol);
	shmem_protocol_close(&protocol);
	shmem_channel_close(&channel);
}

void peers_serve(const every_parent_handlers *parent, void *arg,
		 const every_child_handlers *child, peers_child *run)
{
	role r = {child, run};
	shmem_channel *channel = peers_split(child_main, &r);
	shmem_protocol *protocol = NULL;
	every_parent *actor = NULL;
	int err;

	ck_assert_int_eq(
		every_parent_open(channel, parent, arg, &protocol, &actor), 0);
	err = shmem_protocol_run(protocol);
	ck_assert_msg(err == 0 || err == SHMEM_E_CLOSED, "%s: %s",
		      shmem_errname(err), shmem_protocol_error(protocol));
	peers_join();
	shmem_protocol_close(&protocol);
	shmem_channel_close(&channel);
}

uint64_t peers_owned(const shmem_channel *channel)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	shmem_channel_stats(channel, &stats);
	return stats.segments_owned;
}
