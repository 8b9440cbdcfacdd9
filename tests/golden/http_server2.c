/* Source of http_server2.shmem, made by shmemc 0.1.0; do not edit. */
#include "http_server2.h"
#include "brush.h"
#include <shmem/protocol_actor.h>

_Static_assert(BRUSH_FINGERPRINT == UINT64_C(0x11348b1b36112080),
	       "brush.h is of another build; run shmemc");

enum {
	HTTP_SERVER2_MESSAGE_GET = 0,
	HTTP_SERVER2_MESSAGE_PUT = 1,
	HTTP_SERVER2_MESSAGE_BRUSH_CONSTRUCTOR = 2,
	HTTP_SERVER2_MESSAGE_DELETE = 3
};

int http_server2_parent_resolve_put(shmem_protocol_resolver **take_resolver,
				    bool err_,
				    const http_server2_int32_array *rows,
				    size_t rows_count)
{
	shmem_protocol_writer writer;
	size_t n_;

	shmem_protocol_begin_resolve(&writer, *take_resolver, HTTP_SERVER2_MESSAGE_PUT);
	shmem_protocol_put_bool(&writer, err_);
	n_ = shmem_protocol_put_count(&writer, rows, rows_count, 10);
	for (size_t i_ = 0; i_ < n_; i_++) {
		shmem_protocol_put_array(&writer, rows[i_].items,
					 rows[i_].count, 4, 10);
	}
	return shmem_protocol_resolve(&writer, take_resolver);
}

int http_server2_parent_send_delete(http_server2_parent **take_actor)
{
	shmem_protocol_writer writer;
	http_server2_parent *actor;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)*take_actor,
			     HTTP_SERVER2_MESSAGE_DELETE);
	err = shmem_protocol_send(&writer);
	if (err != 0)
		return err;
	actor = *take_actor;
	*take_actor = NULL;
	shmem_protocol_delete((shmem_protocol_actor *)actor);
	return 0;
}

static int http_server2_parent_receive_get(shmem_protocol_incoming *incoming)
{
	http_server2_parent *actor = (http_server2_parent *)incoming->actor;
	const http_server2_parent_handlers *handlers = incoming->handlers;
	paint_types_style style = {0};
	uint32_t count = 0;
	const char *const *new_ = NULL;
	size_t new_count = 0;
	int err;

	paint_types_style_get(&incoming->reader, &style);
	count = shmem_protocol_get_uint32(&incoming->reader);
	{
		const char **list_ = shmem_protocol_get_list(&incoming->reader,
							     10, 5,
							     sizeof(*list_),
							     &new_count);

		for (size_t i_ = 0; i_ < new_count; i_++) {
			list_[i_] = shmem_protocol_get_string(&incoming->reader,
							      5);
		}
		new_ = list_;
	}
	err = shmem_protocol_arrived(incoming, handlers->recv_get != NULL);
	if (err == 0)
		err = handlers->recv_get(actor, &style, count, new_, new_count);
	return err;
}

static int http_server2_parent_receive_put(shmem_protocol_incoming *incoming)
{
	http_server2_parent *actor = (http_server2_parent *)incoming->actor;
	const http_server2_parent_handlers *handlers = incoming->handlers;
	const char *int_ = NULL;
	const void *body = NULL;
	size_t body_size = 0;
	shmem_protocol_resolver *resolver = NULL;
	int err;

	int_ = shmem_protocol_get_string(&incoming->reader, 7);
	body = shmem_protocol_get_bytes(&incoming->reader, 7, &body_size);
	err = shmem_protocol_arrived(incoming, handlers->recv_put != NULL);
	if (err == 0)
		err = shmem_protocol_defer(incoming, &resolver);
	if (err == 0)
		err = handlers->recv_put(actor, int_, body, body_size,
					 &resolver);
	return shmem_protocol_deferred(incoming, &resolver, err);
}

static int http_server2_parent_receive_brush_constructor(shmem_protocol_incoming *incoming)
{
	http_server2_parent *actor = (http_server2_parent *)incoming->actor;
	const http_server2_parent_handlers *handlers = incoming->handlers;
	const paint_types_length *lengths = NULL;
	size_t lengths_count = 0;
	shmem_protocol_actor *made = NULL;
	int err;

	if (shmem_protocol_get_bool(&incoming->reader)) {
		paint_types_length *list_ = shmem_protocol_get_list(
			&incoming->reader, 10, 12, sizeof(*list_),
			&lengths_count);

		for (size_t i_ = 0; i_ < lengths_count; i_++)
			paint_types_length_get(&incoming->reader, &list_[i_]);
		lengths = list_;
	}
	err = shmem_protocol_arrived(incoming,
				     handlers->recv_brush_constructor != NULL);
	if (err == 0)
		err = shmem_protocol_construct(incoming, &brush_parent_type, &made);
	if (err == 0)
		err = handlers->recv_brush_constructor(actor,
						       (brush_parent *)made,
						       lengths, lengths_count);
	return shmem_protocol_constructed(incoming, made, err);
}

static const shmem_protocol_entry http_server2_parent_entries[] = {
	{"Get", SHMEM_PROTOCOL_PLAIN, http_server2_parent_receive_get},
	{"Put", SHMEM_PROTOCOL_REQUEST, http_server2_parent_receive_put},
	{"Brush", SHMEM_PROTOCOL_CONSTRUCTOR,
	 http_server2_parent_receive_brush_constructor},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, NULL},
};

static void http_server2_parent_destroyed(shmem_protocol_actor *actor,
					  const void *arg,
					  shmem_protocol_end end, int err)
{
	const http_server2_parent_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((http_server2_parent *)actor, end, err);
}

static const http_server2_parent_handlers http_server2_parent_unbound = {0};

const shmem_protocol_type http_server2_parent_type = {
	.name = "HTTPServer2",
	.fingerprint = HTTP_SERVER2_FINGERPRINT,
	.child = false,
	.count = 4,
	.entries = http_server2_parent_entries,
	.unbound = &http_server2_parent_unbound,
	.destroyed = http_server2_parent_destroyed,
};

int http_server2_parent_open(shmem_channel *channel,
			     const http_server2_parent_handlers *handlers,
			     void *arg, shmem_protocol **ret_protocol,
			     http_server2_parent **ret)
{
	shmem_protocol_actor *made = NULL;
	int err;

	err = shmem_protocol_open(channel, &http_server2_parent_type, handlers,
				  arg, ret_protocol, &made);
	if (err == 0)
		*ret = (http_server2_parent *)made;
	return err;
}

int http_server2_parent_alloc(http_server2_parent *actor, uint64_t bytes,
			      shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *http_server2_parent_arg(const http_server2_parent *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *http_server2_parent_protocol(const http_server2_parent *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

brush_parent *http_server2_parent_next_brush(const http_server2_parent *actor,
					     const brush_parent *after)
{
	return (brush_parent *)shmem_protocol_next(
		(const shmem_protocol_actor *)actor,
		(const shmem_protocol_actor *)after, &brush_parent_type);
}

int http_server2_child_send_get(http_server2_child *actor,
				const paint_types_style *style, uint32_t count,
				const char *const *new_, size_t new_count)
{
	shmem_protocol_writer writer;
	size_t n_;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     HTTP_SERVER2_MESSAGE_GET);
	paint_types_style_put(&writer, style);
	shmem_protocol_put_uint32(&writer, count);
	n_ = shmem_protocol_put_count(&writer, new_, new_count, 10);
	for (size_t i_ = 0; i_ < n_; i_++)
		shmem_protocol_put_string(&writer, new_[i_], 5);
	return shmem_protocol_send(&writer);
}

static int http_server2_child_on_put(shmem_protocol_incoming *incoming, int err)
{
	http_server2_child_reply_put callback = (http_server2_child_reply_put)incoming->callback;
	bool err_ = false;
	const http_server2_int32_array *rows = NULL;
	size_t rows_count = 0;

	if (err == 0) {
		err_ = shmem_protocol_get_bool(&incoming->reader);
		{
			http_server2_int32_array *list_ = shmem_protocol_get_list(
				&incoming->reader, 10, 4, sizeof(*list_),
				&rows_count);

			for (size_t i_ = 0; i_ < rows_count; i_++) {
				list_[i_].items = shmem_protocol_get_array(
					&incoming->reader, 4, 10,
					&list_[i_].count);
			}
			rows = list_;
		}
	}
	err = shmem_protocol_replied(incoming, err);
	if (callback != NULL && err == 0)
		callback((http_server2_child *)incoming->actor, 0, err_, rows,
			 rows_count, incoming->arg);
	else if (callback != NULL)
		callback((http_server2_child *)incoming->actor, err, false,
			 NULL, 0, incoming->arg);
	return err;
}

int http_server2_child_send_put(http_server2_child *actor, const char *int_,
				const void *body, size_t body_size,
				http_server2_child_reply_put callback,
				void *arg)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     HTTP_SERVER2_MESSAGE_PUT);
	shmem_protocol_put_string(&writer, int_, 7);
	shmem_protocol_put_bytes(&writer, body, body_size, 7);
	return shmem_protocol_request(&writer, http_server2_child_on_put,
				      (void (*)(void))callback, arg);
}

int http_server2_child_send_brush_constructor(
	http_server2_child *actor, const brush_child_handlers *handlers,
	void *arg, const paint_types_length *lengths, size_t lengths_count,
	brush_child **ret)
{
	shmem_protocol_writer writer;
	shmem_protocol_actor *made = NULL;
	size_t n_;
	int err;

	shmem_protocol_begin_constructor(
		&writer, (shmem_protocol_actor *)actor,
		HTTP_SERVER2_MESSAGE_BRUSH_CONSTRUCTOR);
	shmem_protocol_put_bool(&writer, lengths != NULL);
	if (lengths != NULL) {
		n_ = shmem_protocol_put_count(&writer, lengths, lengths_count,
					      10);
		for (size_t i_ = 0; i_ < n_; i_++)
			paint_types_length_put(&writer, &lengths[i_]);
	}
	err = shmem_protocol_send_constructor(&writer, &brush_child_type,
					      handlers, arg, &made);
	if (err == 0)
		*ret = (brush_child *)made;
	return err;
}

static int http_server2_child_receive_delete(shmem_protocol_incoming *incoming)
{
	http_server2_child *actor = (http_server2_child *)incoming->actor;
	const http_server2_child_handlers *handlers = incoming->handlers;
	int err;

	err = shmem_protocol_arrived(incoming, true);
	if (err == 0 && handlers->recv_delete != NULL)
		err = handlers->recv_delete(actor);
	return shmem_protocol_deleted(incoming, err);
}

static const shmem_protocol_entry http_server2_child_entries[] = {
	{"Get", SHMEM_PROTOCOL_PLAIN, NULL},
	{"Put", SHMEM_PROTOCOL_REQUEST, NULL},
	{"Brush", SHMEM_PROTOCOL_CONSTRUCTOR, NULL},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, http_server2_child_receive_delete},
};

static void http_server2_child_destroyed(shmem_protocol_actor *actor,
					 const void *arg,
					 shmem_protocol_end end, int err)
{
	const http_server2_child_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((http_server2_child *)actor, end, err);
}

static const http_server2_child_handlers http_server2_child_unbound = {0};

const shmem_protocol_type http_server2_child_type = {
	.name = "HTTPServer2",
	.fingerprint = HTTP_SERVER2_FINGERPRINT,
	.child = true,
	.count = 4,
	.entries = http_server2_child_entries,
	.unbound = &http_server2_child_unbound,
	.destroyed = http_server2_child_destroyed,
};

int http_server2_child_open(shmem_channel *channel,
			    const http_server2_child_handlers *handlers,
			    void *arg, shmem_protocol **ret_protocol,
			    http_server2_child **ret)
{
	shmem_protocol_actor *made = NULL;
	int err;

	err = shmem_protocol_open(channel, &http_server2_child_type, handlers,
				  arg, ret_protocol, &made);
	if (err == 0)
		*ret = (http_server2_child *)made;
	return err;
}

int http_server2_child_alloc(http_server2_child *actor, uint64_t bytes,
			     shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *http_server2_child_arg(const http_server2_child *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *http_server2_child_protocol(const http_server2_child *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

brush_child *http_server2_child_next_brush(const http_server2_child *actor,
					   const brush_child *after)
{
	return (brush_child *)shmem_protocol_next(
		(const shmem_protocol_actor *)actor,
		(const shmem_protocol_actor *)after, &brush_child_type);
}
