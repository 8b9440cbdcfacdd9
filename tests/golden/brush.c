/* Source of brush.shmem, made by shmemc 0.1.0; do not edit. */
#include "brush.h"
#include "http_server2.h"
#include <shmem/protocol_actor.h>

enum {
	BRUSH_MESSAGE_DELETE = 0
};

int brush_parent_send_delete(brush_parent **take_actor)
{
	shmem_protocol_writer writer;
	brush_parent *actor;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)*take_actor,
			     BRUSH_MESSAGE_DELETE);
	err = shmem_protocol_send(&writer);
	if (err != 0)
		return err;
	actor = *take_actor;
	*take_actor = NULL;
	shmem_protocol_delete((shmem_protocol_actor *)actor);
	return 0;
}

static int brush_parent_receive_delete(shmem_protocol_incoming *incoming)
{
	brush_parent *actor = (brush_parent *)incoming->actor;
	const brush_parent_handlers *handlers = incoming->handlers;
	int err;

	err = shmem_protocol_arrived(incoming, true);
	if (err == 0 && handlers->recv_delete != NULL)
		err = handlers->recv_delete(actor);
	return shmem_protocol_deleted(incoming, err);
}

static const shmem_protocol_entry brush_parent_entries[] = {
	{"__delete__", SHMEM_PROTOCOL_PLAIN, brush_parent_receive_delete},
};

static void brush_parent_destroyed(shmem_protocol_actor *actor, const void *arg,
				   shmem_protocol_end end, int err)
{
	const brush_parent_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((brush_parent *)actor, end, err);
}

static const brush_parent_handlers brush_parent_unbound = {0};

const shmem_protocol_type brush_parent_type = {
	.name = "Brush",
	.fingerprint = BRUSH_FINGERPRINT,
	.child = false,
	.count = 1,
	.entries = brush_parent_entries,
	.unbound = &brush_parent_unbound,
	.destroyed = brush_parent_destroyed,
};

void brush_parent_bind(brush_parent *actor,
		       const brush_parent_handlers *handlers, void *arg)
{
	shmem_protocol_bind((shmem_protocol_actor *)actor, handlers, arg);
}

int brush_parent_alloc(brush_parent *actor, uint64_t bytes, shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *brush_parent_arg(const brush_parent *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *brush_parent_protocol(const brush_parent *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

http_server2_parent *brush_parent_manager(const brush_parent *actor)
{
	return (http_server2_parent *)shmem_protocol_manager(
		(const shmem_protocol_actor *)actor, &http_server2_parent_type);
}

int brush_child_send_delete(brush_child **take_actor)
{
	shmem_protocol_writer writer;
	brush_child *actor;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)*take_actor,
			     BRUSH_MESSAGE_DELETE);
	err = shmem_protocol_send(&writer);
	if (err != 0)
		return err;
	actor = *take_actor;
	*take_actor = NULL;
	shmem_protocol_delete((shmem_protocol_actor *)actor);
	return 0;
}

static int brush_child_receive_delete(shmem_protocol_incoming *incoming)
{
	brush_child *actor = (brush_child *)incoming->actor;
	const brush_child_handlers *handlers = incoming->handlers;
	int err;

	err = shmem_protocol_arrived(incoming, true);
	if (err == 0 && handlers->recv_delete != NULL)
		err = handlers->recv_delete(actor);
	return shmem_protocol_deleted(incoming, err);
}

static const shmem_protocol_entry brush_child_entries[] = {
	{"__delete__", SHMEM_PROTOCOL_PLAIN, brush_child_receive_delete},
};

static void brush_child_destroyed(shmem_protocol_actor *actor, const void *arg,
				  shmem_protocol_end end, int err)
{
	const brush_child_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((brush_child *)actor, end, err);
}

static const brush_child_handlers brush_child_unbound = {0};

const shmem_protocol_type brush_child_type = {
	.name = "Brush",
	.fingerprint = BRUSH_FINGERPRINT,
	.child = true,
	.count = 1,
	.entries = brush_child_entries,
	.unbound = &brush_child_unbound,
	.destroyed = brush_child_destroyed,
};

void brush_child_bind(brush_child *actor, const brush_child_handlers *handlers,
		      void *arg)
{
	shmem_protocol_bind((shmem_protocol_actor *)actor, handlers, arg);
}

int brush_child_alloc(brush_child *actor, uint64_t bytes, shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *brush_child_arg(const brush_child *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *brush_child_protocol(const brush_child *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

http_server2_child *brush_child_manager(const brush_child *actor)
{
	return (http_server2_child *)shmem_protocol_manager(
		(const shmem_protocol_actor *)actor, &http_server2_child_type);
}
