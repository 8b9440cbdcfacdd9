/* Source of compositor.shmem, made by shmemc 0.1.0; do not edit. */
#include "compositor.h"
#include <shmem/protocol_actor.h>

static bool compositor_blend_is_valid(int32_t v)
{
	switch (v) {
	case COMPOSITOR_BLEND_OVER:
	case COMPOSITOR_BLEND_ADD:
		return true;
	default:
		return false;
	}
}

void compositor_blend_put(shmem_protocol_writer *w, compositor_blend v)
{
	if (!compositor_blend_is_valid((int32_t)v))
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	shmem_protocol_put_int32(w, (int32_t)v);
}

compositor_blend compositor_blend_get(shmem_protocol_reader *r)
{
	int32_t v = shmem_protocol_get_int32(r);

	if (!compositor_blend_is_valid(v)) {
		shmem_protocol_get_fail(r);
		return COMPOSITOR_BLEND_OVER;
	}
	return (compositor_blend)v;
}

void compositor_point_put(shmem_protocol_writer *w, const compositor_point *v)
{
	{
		unsigned char *at_ = shmem_protocol_put_run(w, 8);

		shmem_protocol_store_int32(at_, v->x);
		shmem_protocol_store_int32(at_ + 4, v->y);
	}
}

void compositor_point_get(shmem_protocol_reader *r, compositor_point *v)
{
	{
		const unsigned char *at_ = shmem_protocol_get_run(r, 8);

		v->x = shmem_protocol_load_int32(at_);
		v->y = shmem_protocol_load_int32(at_ + 4);
	}
}

void compositor_size_put(shmem_protocol_writer *w, const compositor_size *v)
{
	{
		unsigned char *at_ = shmem_protocol_put_run(w, 8);

		shmem_protocol_store_uint32(at_, v->width);
		shmem_protocol_store_uint32(at_ + 4, v->height);
	}
}

void compositor_size_get(shmem_protocol_reader *r, compositor_size *v)
{
	{
		const unsigned char *at_ = shmem_protocol_get_run(r, 8);

		v->width = shmem_protocol_load_uint32(at_);
		v->height = shmem_protocol_load_uint32(at_ + 4);
	}
}

enum {
	SCREEN_MESSAGE_MEASURE = 0,
	SCREEN_MESSAGE_LAYER_CONSTRUCTOR = 1,
	SCREEN_MESSAGE_DONE = 2,
	SCREEN_MESSAGE_FRAME = 3,
	SCREEN_MESSAGE_DELETE = 4
};

int screen_parent_send_frame(screen_parent *actor, uint32_t frame)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     SCREEN_MESSAGE_FRAME);
	shmem_protocol_put_uint32(&writer, frame);
	return shmem_protocol_send(&writer);
}

int screen_parent_send_delete(screen_parent **take_actor)
{
	shmem_protocol_writer writer;
	screen_parent *actor;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)*take_actor,
			     SCREEN_MESSAGE_DELETE);
	err = shmem_protocol_send(&writer);
	if (err != 0)
		return err;
	actor = *take_actor;
	*take_actor = NULL;
	shmem_protocol_delete((shmem_protocol_actor *)actor);
	return 0;
}

static int screen_parent_receive_measure(shmem_protocol_incoming *incoming)
{
	screen_parent *actor = (screen_parent *)incoming->actor;
	const screen_parent_handlers *handlers = incoming->handlers;
	compositor_size out_size = {0};
	int err;

	err = shmem_protocol_arrived(incoming, handlers->recv_measure != NULL);
	if (err == 0)
		err = handlers->recv_measure(actor, &out_size);
	if (err == 0) {
		shmem_protocol_writer writer;

		shmem_protocol_begin_reply(&writer, incoming);
		compositor_size_put(&writer, &out_size);
		err = shmem_protocol_reply(&writer, incoming);
	}
	return err;
}

static int screen_parent_receive_layer_constructor(shmem_protocol_incoming *incoming)
{
	screen_parent *actor = (screen_parent *)incoming->actor;
	const screen_parent_handlers *handlers = incoming->handlers;
	const char *name = NULL;
	compositor_size size = {0};
	int32_t z = 0;
	compositor_blend blend = COMPOSITOR_BLEND_OVER;
	shmem_protocol_actor *made = NULL;
	int err;

	name = shmem_protocol_get_string(&incoming->reader, 32);
	compositor_size_get(&incoming->reader, &size);
	z = shmem_protocol_get_int32(&incoming->reader);
	blend = compositor_blend_get(&incoming->reader);
	err = shmem_protocol_arrived(incoming,
				     handlers->recv_layer_constructor != NULL);
	if (err == 0)
		err = shmem_protocol_construct(incoming, &layer_parent_type, &made);
	if (err == 0)
		err = handlers->recv_layer_constructor(actor,
						       (layer_parent *)made,
						       name, &size, z, blend);
	return shmem_protocol_constructed(incoming, made, err);
}

static int screen_parent_receive_done(shmem_protocol_incoming *incoming)
{
	screen_parent *actor = (screen_parent *)incoming->actor;
	const screen_parent_handlers *handlers = incoming->handlers;
	uint32_t frame = 0;
	int err;

	frame = shmem_protocol_get_uint32(&incoming->reader);
	err = shmem_protocol_arrived(incoming, handlers->recv_done != NULL);
	if (err == 0)
		err = handlers->recv_done(actor, frame);
	return err;
}

static const shmem_protocol_entry screen_parent_entries[] = {
	{"Measure", SHMEM_PROTOCOL_REQUEST, screen_parent_receive_measure},
	{"Layer", SHMEM_PROTOCOL_CONSTRUCTOR,
	 screen_parent_receive_layer_constructor},
	{"Done", SHMEM_PROTOCOL_PLAIN, screen_parent_receive_done},
	{"Frame", SHMEM_PROTOCOL_PLAIN, NULL},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, NULL},
};

static void screen_parent_destroyed(shmem_protocol_actor *actor,
				    const void *arg, shmem_protocol_end end,
				    int err)
{
	const screen_parent_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((screen_parent *)actor, end, err);
}

static const screen_parent_handlers screen_parent_unbound = {0};

const shmem_protocol_type screen_parent_type = {
	.name = "Screen",
	.fingerprint = SCREEN_FINGERPRINT,
	.child = false,
	.count = 5,
	.entries = screen_parent_entries,
	.unbound = &screen_parent_unbound,
	.destroyed = screen_parent_destroyed,
};

int screen_parent_open(shmem_channel *channel,
		       const screen_parent_handlers *handlers, void *arg,
		       shmem_protocol **ret_protocol, screen_parent **ret)
{
	shmem_protocol_actor *made = NULL;
	int err;

	err = shmem_protocol_open(channel, &screen_parent_type, handlers, arg,
				  ret_protocol, &made);
	if (err == 0)
		*ret = (screen_parent *)made;
	return err;
}

int screen_parent_alloc(screen_parent *actor, uint64_t bytes,
			shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *screen_parent_arg(const screen_parent *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *screen_parent_protocol(const screen_parent *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

layer_parent *screen_parent_next_layer(const screen_parent *actor,
				       const layer_parent *after)
{
	return (layer_parent *)shmem_protocol_next(
		(const shmem_protocol_actor *)actor,
		(const shmem_protocol_actor *)after, &layer_parent_type);
}

int screen_child_send_measure(screen_child *actor, compositor_size *ret_size)
{
	shmem_protocol_writer writer;
	shmem_protocol_reader reader;
	compositor_size out_size = {0};
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     SCREEN_MESSAGE_MEASURE);
	err = shmem_protocol_call(&writer, &reader);
	if (err != 0)
		return err;
	compositor_size_get(&reader, &out_size);
	err = shmem_protocol_accept(&reader, NULL);
	if (err != 0)
		return err;
	*ret_size = out_size;
	return 0;
}

int screen_child_send_layer_constructor(screen_child *actor,
					const layer_child_handlers *handlers,
					void *arg, const char *name,
					const compositor_size *size, int32_t z,
					compositor_blend blend,
					layer_child **ret)
{
	shmem_protocol_writer writer;
	shmem_protocol_actor *made = NULL;
	int err;

	shmem_protocol_begin_constructor(&writer, (shmem_protocol_actor *)actor,
					 SCREEN_MESSAGE_LAYER_CONSTRUCTOR);
	shmem_protocol_put_string(&writer, name, 32);
	compositor_size_put(&writer, size);
	shmem_protocol_put_int32(&writer, z);
	compositor_blend_put(&writer, blend);
	err = shmem_protocol_send_constructor(&writer, &layer_child_type,
					      handlers, arg, &made);
	if (err == 0)
		*ret = (layer_child *)made;
	return err;
}

int screen_child_send_done(screen_child *actor, uint32_t frame)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     SCREEN_MESSAGE_DONE);
	shmem_protocol_put_uint32(&writer, frame);
	return shmem_protocol_send(&writer);
}

static int screen_child_receive_frame(shmem_protocol_incoming *incoming)
{
	screen_child *actor = (screen_child *)incoming->actor;
	const screen_child_handlers *handlers = incoming->handlers;
	uint32_t frame = 0;
	int err;

	frame = shmem_protocol_get_uint32(&incoming->reader);
	err = shmem_protocol_arrived(incoming, handlers->recv_frame != NULL);
	if (err == 0)
		err = handlers->recv_frame(actor, frame);
	return err;
}

static int screen_child_receive_delete(shmem_protocol_incoming *incoming)
{
	screen_child *actor = (screen_child *)incoming->actor;
	const screen_child_handlers *handlers = incoming->handlers;
	int err;

	err = shmem_protocol_arrived(incoming, true);
	if (err == 0 && handlers->recv_delete != NULL)
		err = handlers->recv_delete(actor);
	return shmem_protocol_deleted(incoming, err);
}

static const shmem_protocol_entry screen_child_entries[] = {
	{"Measure", SHMEM_PROTOCOL_REQUEST, NULL},
	{"Layer", SHMEM_PROTOCOL_CONSTRUCTOR, NULL},
	{"Done", SHMEM_PROTOCOL_PLAIN, NULL},
	{"Frame", SHMEM_PROTOCOL_PLAIN, screen_child_receive_frame},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, screen_child_receive_delete},
};

static void screen_child_destroyed(shmem_protocol_actor *actor, const void *arg,
				   shmem_protocol_end end, int err)
{
	const screen_child_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((screen_child *)actor, end, err);
}

static const screen_child_handlers screen_child_unbound = {0};

const shmem_protocol_type screen_child_type = {
	.name = "Screen",
	.fingerprint = SCREEN_FINGERPRINT,
	.child = true,
	.count = 5,
	.entries = screen_child_entries,
	.unbound = &screen_child_unbound,
	.destroyed = screen_child_destroyed,
};

int screen_child_open(shmem_channel *channel,
		      const screen_child_handlers *handlers, void *arg,
		      shmem_protocol **ret_protocol, screen_child **ret)
{
	shmem_protocol_actor *made = NULL;
	int err;

	err = shmem_protocol_open(channel, &screen_child_type, handlers, arg,
				  ret_protocol, &made);
	if (err == 0)
		*ret = (screen_child *)made;
	return err;
}

int screen_child_alloc(screen_child *actor, uint64_t bytes, shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *screen_child_arg(const screen_child *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *screen_child_protocol(const screen_child *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

layer_child *screen_child_next_layer(const screen_child *actor,
				     const layer_child *after)
{
	return (layer_child *)shmem_protocol_next(
		(const shmem_protocol_actor *)actor,
		(const shmem_protocol_actor *)after, &layer_child_type);
}

enum {
	LAYER_MESSAGE_PRESENT = 0,
	LAYER_MESSAGE_DELETE = 1,
	LAYER_MESSAGE_RELEASE = 2
};

int layer_parent_send_release(layer_parent *actor, shmem_segment **take_picture)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     LAYER_MESSAGE_RELEASE);
	shmem_protocol_put_segment(&writer, take_picture);
	return shmem_protocol_send(&writer);
}

static int layer_parent_receive_present(shmem_protocol_incoming *incoming)
{
	layer_parent *actor = (layer_parent *)incoming->actor;
	const layer_parent_handlers *handlers = incoming->handlers;
	uint32_t frame = 0;
	compositor_point at = {0};
	shmem_segment *picture = NULL;
	int err;

	frame = shmem_protocol_get_uint32(&incoming->reader);
	compositor_point_get(&incoming->reader, &at);
	shmem_protocol_get_segment(&incoming->reader, &picture);
	err = shmem_protocol_arrived(incoming, handlers->recv_present != NULL);
	if (err == 0)
		err = handlers->recv_present(actor, frame, &at, &picture);
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

static int layer_parent_receive_delete(shmem_protocol_incoming *incoming)
{
	layer_parent *actor = (layer_parent *)incoming->actor;
	const layer_parent_handlers *handlers = incoming->handlers;
	int err;

	err = shmem_protocol_arrived(incoming, true);
	if (err == 0 && handlers->recv_delete != NULL)
		err = handlers->recv_delete(actor);
	return shmem_protocol_deleted(incoming, err);
}

static const shmem_protocol_entry layer_parent_entries[] = {
	{"Present", SHMEM_PROTOCOL_PLAIN, layer_parent_receive_present},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, layer_parent_receive_delete},
	{"Release", SHMEM_PROTOCOL_PLAIN, NULL},
};

static void layer_parent_destroyed(shmem_protocol_actor *actor, const void *arg,
				   shmem_protocol_end end, int err)
{
	const layer_parent_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((layer_parent *)actor, end, err);
}

static const layer_parent_handlers layer_parent_unbound = {0};

const shmem_protocol_type layer_parent_type = {
	.name = "Layer",
	.fingerprint = LAYER_FINGERPRINT,
	.child = false,
	.count = 3,
	.entries = layer_parent_entries,
	.unbound = &layer_parent_unbound,
	.destroyed = layer_parent_destroyed,
};

void layer_parent_bind(layer_parent *actor,
		       const layer_parent_handlers *handlers, void *arg)
{
	shmem_protocol_bind((shmem_protocol_actor *)actor, handlers, arg);
}

int layer_parent_alloc(layer_parent *actor, uint64_t bytes, shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *layer_parent_arg(const layer_parent *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *layer_parent_protocol(const layer_parent *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

screen_parent *layer_parent_manager(const layer_parent *actor)
{
	return (screen_parent *)shmem_protocol_manager(
		(const shmem_protocol_actor *)actor, &screen_parent_type);
}

int layer_child_send_present(layer_child *actor, uint32_t frame,
			     const compositor_point *at,
			     shmem_segment **take_picture)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     LAYER_MESSAGE_PRESENT);
	shmem_protocol_put_uint32(&writer, frame);
	compositor_point_put(&writer, at);
	shmem_protocol_put_segment(&writer, take_picture);
	return shmem_protocol_send(&writer);
}

int layer_child_send_delete(layer_child **take_actor)
{
	shmem_protocol_writer writer;
	layer_child *actor;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)*take_actor,
			     LAYER_MESSAGE_DELETE);
	err = shmem_protocol_send(&writer);
	if (err != 0)
		return err;
	actor = *take_actor;
	*take_actor = NULL;
	shmem_protocol_delete((shmem_protocol_actor *)actor);
	return 0;
}

static int layer_child_receive_release(shmem_protocol_incoming *incoming)
{
	layer_child *actor = (layer_child *)incoming->actor;
	const layer_child_handlers *handlers = incoming->handlers;
	shmem_segment *picture = NULL;
	int err;

	shmem_protocol_get_segment(&incoming->reader, &picture);
	err = shmem_protocol_arrived(incoming, handlers->recv_release != NULL);
	if (err == 0)
		err = handlers->recv_release(actor, &picture);
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

static const shmem_protocol_entry layer_child_entries[] = {
	{"Present", SHMEM_PROTOCOL_PLAIN, NULL},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, NULL},
	{"Release", SHMEM_PROTOCOL_PLAIN, layer_child_receive_release},
};

static void layer_child_destroyed(shmem_protocol_actor *actor, const void *arg,
				  shmem_protocol_end end, int err)
{
	const layer_child_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((layer_child *)actor, end, err);
}

static const layer_child_handlers layer_child_unbound = {0};

const shmem_protocol_type layer_child_type = {
	.name = "Layer",
	.fingerprint = LAYER_FINGERPRINT,
	.child = true,
	.count = 3,
	.entries = layer_child_entries,
	.unbound = &layer_child_unbound,
	.destroyed = layer_child_destroyed,
};

void layer_child_bind(layer_child *actor, const layer_child_handlers *handlers,
		      void *arg)
{
	shmem_protocol_bind((shmem_protocol_actor *)actor, handlers, arg);
}

int layer_child_alloc(layer_child *actor, uint64_t bytes, shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *layer_child_arg(const layer_child *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *layer_child_protocol(const layer_child *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

screen_child *layer_child_manager(const layer_child *actor)
{
	return (screen_child *)shmem_protocol_manager(
		(const shmem_protocol_actor *)actor, &screen_child_type);
}
