/* Source of uses_shmem.shmem, made by shmemc 0.1.0; do not edit. */
#include "uses_shmem.h"
#include <shmem/protocol_actor.h>

enum {
	USES_SHMEM_MESSAGE_HERE_YOU_GO = 0,
	USES_SHMEM_MESSAGE_GIVE_AND_GET_BACK = 1,
	USES_SHMEM_MESSAGE_THANKS_DONE = 2
};

int uses_shmem_parent_send_here_you_go(uses_shmem_parent *actor,
				       shmem_segment **take_s)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     USES_SHMEM_MESSAGE_HERE_YOU_GO);
	shmem_protocol_put_segment(&writer, take_s);
	return shmem_protocol_send(&writer);
}

static int uses_shmem_parent_receive_give_and_get_back(shmem_protocol_incoming *incoming)
{
	uses_shmem_parent *actor = (uses_shmem_parent *)incoming->actor;
	const uses_shmem_parent_handlers *handlers = incoming->handlers;
	shmem_segment *s = NULL;
	shmem_segment *out_ss = NULL;
	int err;

	shmem_protocol_get_segment(&incoming->reader, &s);
	err = shmem_protocol_arrived(incoming,
				     handlers->recv_give_and_get_back != NULL);
	if (err == 0)
		err = handlers->recv_give_and_get_back(actor, &s, &out_ss);
	if (err == 0) {
		shmem_protocol_writer writer;

		shmem_protocol_begin_reply(&writer, incoming);
		shmem_protocol_put_segment(&writer, &out_ss);
		err = shmem_protocol_reply(&writer, incoming);
	}
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

static int uses_shmem_parent_receive_thanks_done(shmem_protocol_incoming *incoming)
{
	uses_shmem_parent *actor = (uses_shmem_parent *)incoming->actor;
	const uses_shmem_parent_handlers *handlers = incoming->handlers;
	shmem_segment *s = NULL;
	int err;

	shmem_protocol_get_segment(&incoming->reader, &s);
	err = shmem_protocol_arrived(incoming,
				     handlers->recv_thanks_done != NULL);
	if (err == 0)
		err = handlers->recv_thanks_done(actor, &s);
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

static const shmem_protocol_entry uses_shmem_parent_entries[] = {
	{"HereYouGo", SHMEM_PROTOCOL_PLAIN, NULL},
	{"GiveAndGetBack", SHMEM_PROTOCOL_REQUEST,
	 uses_shmem_parent_receive_give_and_get_back},
	{"ThanksDone", SHMEM_PROTOCOL_PLAIN,
	 uses_shmem_parent_receive_thanks_done},
};

static void uses_shmem_parent_destroyed(shmem_protocol_actor *actor,
					const void *arg, shmem_protocol_end end,
					int err)
{
	const uses_shmem_parent_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((uses_shmem_parent *)actor, end, err);
}

static const uses_shmem_parent_handlers uses_shmem_parent_unbound = {0};

const shmem_protocol_type uses_shmem_parent_type = {
	.name = "UsesShmem",
	.fingerprint = USES_SHMEM_FINGERPRINT,
	.child = false,
	.count = 3,
	.entries = uses_shmem_parent_entries,
	.unbound = &uses_shmem_parent_unbound,
	.destroyed = uses_shmem_parent_destroyed,
};

int uses_shmem_parent_open(shmem_channel *channel,
			   const uses_shmem_parent_handlers *handlers,
			   void *arg, shmem_protocol **ret_protocol,
			   uses_shmem_parent **ret)
{
	shmem_protocol_actor *made = NULL;
	int err;

	err = shmem_protocol_open(channel, &uses_shmem_parent_type, handlers,
				  arg, ret_protocol, &made);
	if (err == 0)
		*ret = (uses_shmem_parent *)made;
	return err;
}

int uses_shmem_parent_alloc(uses_shmem_parent *actor, uint64_t bytes,
			    shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *uses_shmem_parent_arg(const uses_shmem_parent *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *uses_shmem_parent_protocol(const uses_shmem_parent *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

int uses_shmem_child_send_give_and_get_back(uses_shmem_child *actor,
					    shmem_segment **take_s,
					    shmem_segment **ret_ss)
{
	shmem_protocol_writer writer;
	shmem_protocol_reader reader;
	shmem_segment *out_ss = NULL;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     USES_SHMEM_MESSAGE_GIVE_AND_GET_BACK);
	shmem_protocol_put_segment(&writer, take_s);
	err = shmem_protocol_call(&writer, &reader);
	if (err != 0)
		return err;
	shmem_protocol_get_segment(&reader, &out_ss);
	err = shmem_protocol_accept(&reader, NULL);
	if (err != 0)
		return err;
	*ret_ss = out_ss;
	return 0;
}

int uses_shmem_child_send_thanks_done(uses_shmem_child *actor,
				      shmem_segment **take_s)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     USES_SHMEM_MESSAGE_THANKS_DONE);
	shmem_protocol_put_segment(&writer, take_s);
	return shmem_protocol_send(&writer);
}

static int uses_shmem_child_receive_here_you_go(shmem_protocol_incoming *incoming)
{
	uses_shmem_child *actor = (uses_shmem_child *)incoming->actor;
	const uses_shmem_child_handlers *handlers = incoming->handlers;
	shmem_segment *s = NULL;
	int err;

	shmem_protocol_get_segment(&incoming->reader, &s);
	err = shmem_protocol_arrived(incoming,
				     handlers->recv_here_you_go != NULL);
	if (err == 0)
		err = handlers->recv_here_you_go(actor, &s);
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

static const shmem_protocol_entry uses_shmem_child_entries[] = {
	{"HereYouGo", SHMEM_PROTOCOL_PLAIN,
	 uses_shmem_child_receive_here_you_go},
	{"GiveAndGetBack", SHMEM_PROTOCOL_REQUEST, NULL},
	{"ThanksDone", SHMEM_PROTOCOL_PLAIN, NULL},
};

static void uses_shmem_child_destroyed(shmem_protocol_actor *actor,
				       const void *arg, shmem_protocol_end end,
				       int err)
{
	const uses_shmem_child_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((uses_shmem_child *)actor, end, err);
}

static const uses_shmem_child_handlers uses_shmem_child_unbound = {0};

const shmem_protocol_type uses_shmem_child_type = {
	.name = "UsesShmem",
	.fingerprint = USES_SHMEM_FINGERPRINT,
	.child = true,
	.count = 3,
	.entries = uses_shmem_child_entries,
	.unbound = &uses_shmem_child_unbound,
	.destroyed = uses_shmem_child_destroyed,
};

int uses_shmem_child_open(shmem_channel *channel,
			  const uses_shmem_child_handlers *handlers, void *arg,
			  shmem_protocol **ret_protocol, uses_shmem_child **ret)
{
	shmem_protocol_actor *made = NULL;
	int err;

	err = shmem_protocol_open(channel, &uses_shmem_child_type, handlers,
				  arg, ret_protocol, &made);
	if (err == 0)
		*ret = (uses_shmem_child *)made;
	return err;
}

int uses_shmem_child_alloc(uses_shmem_child *actor, uint64_t bytes,
			   shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *uses_shmem_child_arg(const uses_shmem_child *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *uses_shmem_child_protocol(const uses_shmem_child *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}
