/* Source of odd_names.shmem, made by shmemc 0.1.0; do not edit. */
#include "odd_names.h"
#include <shmem/protocol_actor.h>

static bool odd_names_kind_is_valid(int32_t v)
{
	switch (v) {
	case ODD_NAMES_KIND_NULL:
	case ODD_NAMES_KIND_EOF:
	case ODD_NAMES_KIND_TRUE:
	case ODD_NAMES_KIND_KIND:
		return true;
	default:
		return false;
	}
}

void odd_names_kind_put(shmem_protocol_writer *w, odd_names_kind v)
{
	if (!odd_names_kind_is_valid((int32_t)v))
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	shmem_protocol_put_int32(w, (int32_t)v);
}

odd_names_kind odd_names_kind_get(shmem_protocol_reader *r)
{
	int32_t v = shmem_protocol_get_int32(r);

	if (!odd_names_kind_is_valid(v)) {
		shmem_protocol_get_fail(r);
		return ODD_NAMES_KIND_NULL;
	}
	return (odd_names_kind)v;
}

void odd_names_words_put(shmem_protocol_writer *w, const odd_names_words *v)
{
	{
		unsigned char *at_ = shmem_protocol_put_run(w, 16);

		shmem_protocol_store_int32(at_, v->class_);
		shmem_protocol_store_int32(at_ + 4, v->nullptr_);
		shmem_protocol_store_int32(at_ + 8, v->int32_t_);
		shmem_protocol_store_int32(at_ + 12, v->stdin_);
	}
	shmem_protocol_put_string(w, v->shmem_segment_, 65536);
}

void odd_names_words_get(shmem_protocol_reader *r, odd_names_words *v)
{
	{
		const unsigned char *at_ = shmem_protocol_get_run(r, 16);

		v->class_ = shmem_protocol_load_int32(at_);
		v->nullptr_ = shmem_protocol_load_int32(at_ + 4);
		v->int32_t_ = shmem_protocol_load_int32(at_ + 8);
		v->stdin_ = shmem_protocol_load_int32(at_ + 12);
	}
	v->shmem_segment_ = shmem_protocol_get_string(r, 65536);
}

void odd_names_either_put(shmem_protocol_writer *w, const odd_names_either *v)
{
	shmem_protocol_put_uint16(w, (uint16_t)v->tag);
	switch (v->tag) {
	case ODD_NAMES_EITHER_INT32:
		shmem_protocol_put_int32(w, v->as.int32);
		break;
	case ODD_NAMES_EITHER_STRING:
		shmem_protocol_put_string(w, v->as.string, 65536);
		break;
	case ODD_NAMES_EITHER_WORDS:
		odd_names_words_put(w, &v->as.words);
		break;
	default:
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	}
}

void odd_names_either_get(shmem_protocol_reader *r, odd_names_either *v)
{
	uint16_t tag = shmem_protocol_get_uint16(r);

	switch (tag) {
	case ODD_NAMES_EITHER_INT32:
		v->as.int32 = shmem_protocol_get_int32(r);
		break;
	case ODD_NAMES_EITHER_STRING:
		v->as.string = shmem_protocol_get_string(r, 65536);
		break;
	case ODD_NAMES_EITHER_WORDS:
		odd_names_words_get(r, &v->as.words);
		break;
	default:
		shmem_protocol_get_fail(r);
		tag = 0;
	}
	v->tag = (odd_names_either_tag)tag;
}

enum {
	ODD_NAMES_MESSAGE_OPEN = 0,
	ODD_NAMES_MESSAGE_ALLOC = 1,
	ODD_NAMES_MESSAGE_ARG = 2,
	ODD_NAMES_MESSAGE_HANDLERS = 3,
	ODD_NAMES_MESSAGE_LAYER_CONSTRUCTOR = 4,
	ODD_NAMES_MESSAGE_WHILE = 5,
	ODD_NAMES_MESSAGE_FOR = 6
};

int odd_names_parent_send_open(odd_names_parent *actor, int32_t noexcept_,
			       int32_t requires_, int32_t size_t_, int32_t EOF_,
			       int32_t err_)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     ODD_NAMES_MESSAGE_OPEN);
	{
		unsigned char *at_ = shmem_protocol_put_run(&writer, 20);

		shmem_protocol_store_int32(at_, noexcept_);
		shmem_protocol_store_int32(at_ + 4, requires_);
		shmem_protocol_store_int32(at_ + 8, size_t_);
		shmem_protocol_store_int32(at_ + 12, EOF_);
		shmem_protocol_store_int32(at_ + 16, err_);
	}
	return shmem_protocol_send(&writer);
}

int odd_names_parent_send_alloc(odd_names_parent *actor)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     ODD_NAMES_MESSAGE_ALLOC);
	return shmem_protocol_send(&writer);
}

int odd_names_parent_send_arg(odd_names_parent *actor, odd_names_kind kind,
			      const odd_names_words *words,
			      const odd_names_either *either)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     ODD_NAMES_MESSAGE_ARG);
	odd_names_kind_put(&writer, kind);
	odd_names_words_put(&writer, words);
	odd_names_either_put(&writer, either);
	return shmem_protocol_send(&writer);
}

int odd_names_parent_send_handlers(odd_names_parent *actor)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     ODD_NAMES_MESSAGE_HANDLERS);
	return shmem_protocol_send(&writer);
}

int odd_names_parent_send_layer_constructor(
	odd_names_parent *actor, const layer_parent_handlers *handlers,
	void *arg, int32_t layer, int32_t made_, int32_t ret_,
	shmem_segment **take_actor, layer_parent **ret)
{
	shmem_protocol_writer writer;
	shmem_protocol_actor *made = NULL;
	int err;

	shmem_protocol_begin_constructor(&writer, (shmem_protocol_actor *)actor,
					 ODD_NAMES_MESSAGE_LAYER_CONSTRUCTOR);
	{
		unsigned char *at_ = shmem_protocol_put_run(&writer, 12);

		shmem_protocol_store_int32(at_, layer);
		shmem_protocol_store_int32(at_ + 4, made_);
		shmem_protocol_store_int32(at_ + 8, ret_);
	}
	shmem_protocol_put_segment(&writer, take_actor);
	err = shmem_protocol_send_constructor(&writer, &layer_parent_type,
					      handlers, arg, &made);
	if (err == 0)
		*ret = (layer_parent *)made;
	return err;
}

static int odd_names_parent_on_for(shmem_protocol_incoming *incoming, int err)
{
	odd_names_parent_reply_for callback = (odd_names_parent_reply_for)incoming->callback;
	const char *callback_ = NULL;
	int32_t arg_ = 0;
	int32_t err_ = 0;
	int32_t resolver_ = 0;
	int32_t incoming_ = 0;

	if (err == 0) {
		callback_ = shmem_protocol_get_string(&incoming->reader, 65536);
		{
			const unsigned char *at_ = shmem_protocol_get_run(
				&incoming->reader, 16);

			arg_ = shmem_protocol_load_int32(at_);
			err_ = shmem_protocol_load_int32(at_ + 4);
			resolver_ = shmem_protocol_load_int32(at_ + 8);
			incoming_ = shmem_protocol_load_int32(at_ + 12);
		}
	}
	err = shmem_protocol_replied(incoming, err);
	if (callback != NULL && err == 0)
		callback((odd_names_parent *)incoming->actor, 0, callback_,
			 arg_, err_, resolver_, incoming_, incoming->arg);
	else if (callback != NULL)
		callback((odd_names_parent *)incoming->actor, err, NULL, 0, 0,
			 0, 0, incoming->arg);
	return err;
}

int odd_names_parent_send_for(odd_names_parent *actor, int32_t callback_,
			      odd_names_parent_reply_for callback, void *arg)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     ODD_NAMES_MESSAGE_FOR);
	shmem_protocol_put_int32(&writer, callback_);
	return shmem_protocol_request(&writer, odd_names_parent_on_for,
				      (void (*)(void))callback, arg);
}

static int odd_names_parent_receive_open(shmem_protocol_incoming *incoming)
{
	odd_names_parent *actor = (odd_names_parent *)incoming->actor;
	const odd_names_parent_handlers *handlers = incoming->handlers;
	int32_t noexcept_ = 0;
	int32_t requires_ = 0;
	int32_t size_t_ = 0;
	int32_t EOF_ = 0;
	int32_t err_ = 0;
	int err;

	{
		const unsigned char *at_ = shmem_protocol_get_run(
			&incoming->reader, 20);

		noexcept_ = shmem_protocol_load_int32(at_);
		requires_ = shmem_protocol_load_int32(at_ + 4);
		size_t_ = shmem_protocol_load_int32(at_ + 8);
		EOF_ = shmem_protocol_load_int32(at_ + 12);
		err_ = shmem_protocol_load_int32(at_ + 16);
	}
	err = shmem_protocol_arrived(incoming, handlers->recv_open != NULL);
	if (err == 0)
		err = handlers->recv_open(actor, noexcept_, requires_, size_t_,
					  EOF_, err_);
	return err;
}

static int odd_names_parent_receive_alloc(shmem_protocol_incoming *incoming)
{
	odd_names_parent *actor = (odd_names_parent *)incoming->actor;
	const odd_names_parent_handlers *handlers = incoming->handlers;
	int err;

	err = shmem_protocol_arrived(incoming, handlers->recv_alloc != NULL);
	if (err == 0)
		err = handlers->recv_alloc(actor);
	return err;
}

static int odd_names_parent_receive_arg(shmem_protocol_incoming *incoming)
{
	odd_names_parent *actor = (odd_names_parent *)incoming->actor;
	const odd_names_parent_handlers *handlers = incoming->handlers;
	odd_names_kind kind = ODD_NAMES_KIND_NULL;
	odd_names_words words = {0};
	odd_names_either either = {0};
	int err;

	kind = odd_names_kind_get(&incoming->reader);
	odd_names_words_get(&incoming->reader, &words);
	odd_names_either_get(&incoming->reader, &either);
	err = shmem_protocol_arrived(incoming, handlers->recv_arg != NULL);
	if (err == 0)
		err = handlers->recv_arg(actor, kind, &words, &either);
	return err;
}

static int odd_names_parent_receive_handlers(shmem_protocol_incoming *incoming)
{
	odd_names_parent *actor = (odd_names_parent *)incoming->actor;
	const odd_names_parent_handlers *handlers = incoming->handlers;
	int err;

	err = shmem_protocol_arrived(incoming, handlers->recv_handlers != NULL);
	if (err == 0)
		err = handlers->recv_handlers(actor);
	return err;
}

static int odd_names_parent_receive_layer_constructor(shmem_protocol_incoming *incoming)
{
	odd_names_parent *actor = (odd_names_parent *)incoming->actor;
	const odd_names_parent_handlers *handlers = incoming->handlers;
	int32_t layer = 0;
	int32_t made_ = 0;
	int32_t ret_ = 0;
	shmem_segment *actor_ = NULL;
	shmem_protocol_actor *made = NULL;
	int err;

	{
		const unsigned char *at_ = shmem_protocol_get_run(
			&incoming->reader, 12);

		layer = shmem_protocol_load_int32(at_);
		made_ = shmem_protocol_load_int32(at_ + 4);
		ret_ = shmem_protocol_load_int32(at_ + 8);
	}
	shmem_protocol_get_segment(&incoming->reader, &actor_);
	err = shmem_protocol_arrived(incoming,
				     handlers->recv_layer_constructor != NULL);
	if (err == 0)
		err = shmem_protocol_construct(incoming, &layer_parent_type, &made);
	if (err == 0)
		err = handlers->recv_layer_constructor(actor,
						       (layer_parent *)made,
						       layer, made_, ret_,
						       &actor_);
	return shmem_protocol_constructed(incoming, made, err);
}

static int odd_names_parent_receive_while(shmem_protocol_incoming *incoming)
{
	odd_names_parent *actor = (odd_names_parent *)incoming->actor;
	const odd_names_parent_handlers *handlers = incoming->handlers;
	int32_t writer_ = 0;
	int32_t reader_ = 0;
	const char *out_memory = NULL;
	int32_t out_writer = 0;
	const int32_t *out_reader = NULL;
	size_t out_reader_count = 0;
	const void *out_err = NULL;
	size_t out_err_size = 0;
	int err;

	{
		const unsigned char *at_ = shmem_protocol_get_run(
			&incoming->reader, 8);

		writer_ = shmem_protocol_load_int32(at_);
		reader_ = shmem_protocol_load_int32(at_ + 4);
	}
	err = shmem_protocol_arrived(incoming, handlers->recv_while != NULL);
	if (err == 0)
		err = handlers->recv_while(actor, writer_, reader_, &out_memory,
					   &out_writer, &out_reader,
					   &out_reader_count, &out_err,
					   &out_err_size);
	if (err == 0) {
		shmem_protocol_writer writer;

		shmem_protocol_begin_reply(&writer, incoming);
		shmem_protocol_put_string(&writer, out_memory, 65536);
		shmem_protocol_put_int32(&writer, out_writer);
		shmem_protocol_put_array(&writer, out_reader, out_reader_count,
					 4, 65536);
		shmem_protocol_put_bytes(&writer, out_err, out_err_size,
					 1048576);
		err = shmem_protocol_reply(&writer, incoming);
	}
	return err;
}

static const shmem_protocol_entry odd_names_parent_entries[] = {
	{"Open", SHMEM_PROTOCOL_PLAIN, odd_names_parent_receive_open},
	{"Alloc", SHMEM_PROTOCOL_PLAIN, odd_names_parent_receive_alloc},
	{"Arg", SHMEM_PROTOCOL_PLAIN, odd_names_parent_receive_arg},
	{"Handlers", SHMEM_PROTOCOL_PLAIN, odd_names_parent_receive_handlers},
	{"Layer", SHMEM_PROTOCOL_CONSTRUCTOR,
	 odd_names_parent_receive_layer_constructor},
	{"While", SHMEM_PROTOCOL_REQUEST, odd_names_parent_receive_while},
	{"For", SHMEM_PROTOCOL_REQUEST, NULL},
};

static void odd_names_parent_destroyed(shmem_protocol_actor *actor,
				       const void *arg, shmem_protocol_end end,
				       int err)
{
	const odd_names_parent_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((odd_names_parent *)actor, end, err);
}

static const odd_names_parent_handlers odd_names_parent_unbound = {0};

const shmem_protocol_type odd_names_parent_type = {
	.name = "OddNames",
	.fingerprint = ODD_NAMES_FINGERPRINT,
	.child = false,
	.count = 7,
	.entries = odd_names_parent_entries,
	.unbound = &odd_names_parent_unbound,
	.destroyed = odd_names_parent_destroyed,
};

int odd_names_parent_open(shmem_channel *channel,
			  const odd_names_parent_handlers *handlers, void *arg,
			  shmem_protocol **ret_protocol, odd_names_parent **ret)
{
	shmem_protocol_actor *made = NULL;
	int err;

	err = shmem_protocol_open(channel, &odd_names_parent_type, handlers,
				  arg, ret_protocol, &made);
	if (err == 0)
		*ret = (odd_names_parent *)made;
	return err;
}

int odd_names_parent_alloc(odd_names_parent *actor, uint64_t bytes,
			   shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *odd_names_parent_arg(const odd_names_parent *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *odd_names_parent_protocol(const odd_names_parent *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

layer_parent *odd_names_parent_next_layer(const odd_names_parent *actor,
					  const layer_parent *after)
{
	return (layer_parent *)shmem_protocol_next(
		(const shmem_protocol_actor *)actor,
		(const shmem_protocol_actor *)after, &layer_parent_type);
}

int odd_names_child_send_open(odd_names_child *actor, int32_t noexcept_,
			      int32_t requires_, int32_t size_t_, int32_t EOF_,
			      int32_t err_)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     ODD_NAMES_MESSAGE_OPEN);
	{
		unsigned char *at_ = shmem_protocol_put_run(&writer, 20);

		shmem_protocol_store_int32(at_, noexcept_);
		shmem_protocol_store_int32(at_ + 4, requires_);
		shmem_protocol_store_int32(at_ + 8, size_t_);
		shmem_protocol_store_int32(at_ + 12, EOF_);
		shmem_protocol_store_int32(at_ + 16, err_);
	}
	return shmem_protocol_send(&writer);
}

int odd_names_child_send_alloc(odd_names_child *actor)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     ODD_NAMES_MESSAGE_ALLOC);
	return shmem_protocol_send(&writer);
}

int odd_names_child_send_arg(odd_names_child *actor, odd_names_kind kind,
			     const odd_names_words *words,
			     const odd_names_either *either)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     ODD_NAMES_MESSAGE_ARG);
	odd_names_kind_put(&writer, kind);
	odd_names_words_put(&writer, words);
	odd_names_either_put(&writer, either);
	return shmem_protocol_send(&writer);
}

int odd_names_child_send_handlers(odd_names_child *actor)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     ODD_NAMES_MESSAGE_HANDLERS);
	return shmem_protocol_send(&writer);
}

int odd_names_child_send_layer_constructor(odd_names_child *actor,
					   const layer_child_handlers *handlers,
					   void *arg, int32_t layer,
					   int32_t made_, int32_t ret_,
					   shmem_segment **take_actor,
					   layer_child **ret)
{
	shmem_protocol_writer writer;
	shmem_protocol_actor *made = NULL;
	int err;

	shmem_protocol_begin_constructor(&writer, (shmem_protocol_actor *)actor,
					 ODD_NAMES_MESSAGE_LAYER_CONSTRUCTOR);
	{
		unsigned char *at_ = shmem_protocol_put_run(&writer, 12);

		shmem_protocol_store_int32(at_, layer);
		shmem_protocol_store_int32(at_ + 4, made_);
		shmem_protocol_store_int32(at_ + 8, ret_);
	}
	shmem_protocol_put_segment(&writer, take_actor);
	err = shmem_protocol_send_constructor(&writer, &layer_child_type,
					      handlers, arg, &made);
	if (err == 0)
		*ret = (layer_child *)made;
	return err;
}

int odd_names_child_send_while(odd_names_child *actor, int32_t writer_,
			       int32_t reader_, const char **ret_memory_,
			       int32_t *ret_writer, const int32_t **ret_reader,
			       size_t *ret_reader_count, const void **ret_err,
			       size_t *ret_err_size,
			       shmem_protocol_memory **ret_memory)
{
	shmem_protocol_writer writer;
	shmem_protocol_reader reader;
	const char *out_memory = NULL;
	int32_t out_writer = 0;
	const int32_t *out_reader = NULL;
	size_t out_reader_count = 0;
	const void *out_err = NULL;
	size_t out_err_size = 0;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     ODD_NAMES_MESSAGE_WHILE);
	{
		unsigned char *at_ = shmem_protocol_put_run(&writer, 8);

		shmem_protocol_store_int32(at_, writer_);
		shmem_protocol_store_int32(at_ + 4, reader_);
	}
	if (ret_memory == NULL)
		shmem_protocol_put_fail(&writer, SHMEM_E_INVAL);
	err = shmem_protocol_call(&writer, &reader);
	if (err != 0)
		return err;
	out_memory = shmem_protocol_get_string(&reader, 65536);
	out_writer = shmem_protocol_get_int32(&reader);
	out_reader = shmem_protocol_get_array(&reader, 4, 65536,
					      &out_reader_count);
	out_err = shmem_protocol_get_bytes(&reader, 1048576, &out_err_size);
	err = shmem_protocol_accept(&reader, ret_memory);
	if (err != 0)
		return err;
	*ret_memory_ = out_memory;
	*ret_writer = out_writer;
	*ret_reader = out_reader;
	*ret_reader_count = out_reader_count;
	*ret_err = out_err;
	*ret_err_size = out_err_size;
	return 0;
}

int odd_names_child_resolve_for(shmem_protocol_resolver **take_resolver,
				const char *callback_, int32_t arg_,
				int32_t err_, int32_t resolver_,
				int32_t incoming_)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin_resolve(&writer, *take_resolver, ODD_NAMES_MESSAGE_FOR);
	shmem_protocol_put_string(&writer, callback_, 65536);
	{
		unsigned char *at_ = shmem_protocol_put_run(&writer, 16);

		shmem_protocol_store_int32(at_, arg_);
		shmem_protocol_store_int32(at_ + 4, err_);
		shmem_protocol_store_int32(at_ + 8, resolver_);
		shmem_protocol_store_int32(at_ + 12, incoming_);
	}
	return shmem_protocol_resolve(&writer, take_resolver);
}

static int odd_names_child_receive_open(shmem_protocol_incoming *incoming)
{
	odd_names_child *actor = (odd_names_child *)incoming->actor;
	const odd_names_child_handlers *handlers = incoming->handlers;
	int32_t noexcept_ = 0;
	int32_t requires_ = 0;
	int32_t size_t_ = 0;
	int32_t EOF_ = 0;
	int32_t err_ = 0;
	int err;

	{
		const unsigned char *at_ = shmem_protocol_get_run(
			&incoming->reader, 20);

		noexcept_ = shmem_protocol_load_int32(at_);
		requires_ = shmem_protocol_load_int32(at_ + 4);
		size_t_ = shmem_protocol_load_int32(at_ + 8);
		EOF_ = shmem_protocol_load_int32(at_ + 12);
		err_ = shmem_protocol_load_int32(at_ + 16);
	}
	err = shmem_protocol_arrived(incoming, handlers->recv_open != NULL);
	if (err == 0)
		err = handlers->recv_open(actor, noexcept_, requires_, size_t_,
					  EOF_, err_);
	return err;
}

static int odd_names_child_receive_alloc(shmem_protocol_incoming *incoming)
{
	odd_names_child *actor = (odd_names_child *)incoming->actor;
	const odd_names_child_handlers *handlers = incoming->handlers;
	int err;

	err = shmem_protocol_arrived(incoming, handlers->recv_alloc != NULL);
	if (err == 0)
		err = handlers->recv_alloc(actor);
	return err;
}

static int odd_names_child_receive_arg(shmem_protocol_incoming *incoming)
{
	odd_names_child *actor = (odd_names_child *)incoming->actor;
	const odd_names_child_handlers *handlers = incoming->handlers;
	odd_names_kind kind = ODD_NAMES_KIND_NULL;
	odd_names_words words = {0};
	odd_names_either either = {0};
	int err;

	kind = odd_names_kind_get(&incoming->reader);
	odd_names_words_get(&incoming->reader, &words);
	odd_names_either_get(&incoming->reader, &either);
	err = shmem_protocol_arrived(incoming, handlers->recv_arg != NULL);
	if (err == 0)
		err = handlers->recv_arg(actor, kind, &words, &either);
	return err;
}

static int odd_names_child_receive_handlers(shmem_protocol_incoming *incoming)
{
	odd_names_child *actor = (odd_names_child *)incoming->actor;
	const odd_names_child_handlers *handlers = incoming->handlers;
	int err;

	err = shmem_protocol_arrived(incoming, handlers->recv_handlers != NULL);
	if (err == 0)
		err = handlers->recv_handlers(actor);
	return err;
}

static int odd_names_child_receive_layer_constructor(shmem_protocol_incoming *incoming)
{
	odd_names_child *actor = (odd_names_child *)incoming->actor;
	const odd_names_child_handlers *handlers = incoming->handlers;
	int32_t layer = 0;
	int32_t made_ = 0;
	int32_t ret_ = 0;
	shmem_segment *actor_ = NULL;
	shmem_protocol_actor *made = NULL;
	int err;

	{
		const unsigned char *at_ = shmem_protocol_get_run(
			&incoming->reader, 12);

		layer = shmem_protocol_load_int32(at_);
		made_ = shmem_protocol_load_int32(at_ + 4);
		ret_ = shmem_protocol_load_int32(at_ + 8);
	}
	shmem_protocol_get_segment(&incoming->reader, &actor_);
	err = shmem_protocol_arrived(incoming,
				     handlers->recv_layer_constructor != NULL);
	if (err == 0)
		err = shmem_protocol_construct(incoming, &layer_child_type, &made);
	if (err == 0)
		err = handlers->recv_layer_constructor(actor,
						       (layer_child *)made,
						       layer, made_, ret_,
						       &actor_);
	return shmem_protocol_constructed(incoming, made, err);
}

static int odd_names_child_receive_for(shmem_protocol_incoming *incoming)
{
	odd_names_child *actor = (odd_names_child *)incoming->actor;
	const odd_names_child_handlers *handlers = incoming->handlers;
	int32_t callback_ = 0;
	shmem_protocol_resolver *resolver = NULL;
	int err;

	callback_ = shmem_protocol_get_int32(&incoming->reader);
	err = shmem_protocol_arrived(incoming, handlers->recv_for != NULL);
	if (err == 0)
		err = shmem_protocol_defer(incoming, &resolver);
	if (err == 0)
		err = handlers->recv_for(actor, callback_, &resolver);
	return shmem_protocol_deferred(incoming, &resolver, err);
}

static const shmem_protocol_entry odd_names_child_entries[] = {
	{"Open", SHMEM_PROTOCOL_PLAIN, odd_names_child_receive_open},
	{"Alloc", SHMEM_PROTOCOL_PLAIN, odd_names_child_receive_alloc},
	{"Arg", SHMEM_PROTOCOL_PLAIN, odd_names_child_receive_arg},
	{"Handlers", SHMEM_PROTOCOL_PLAIN, odd_names_child_receive_handlers},
	{"Layer", SHMEM_PROTOCOL_CONSTRUCTOR,
	 odd_names_child_receive_layer_constructor},
	{"While", SHMEM_PROTOCOL_REQUEST, NULL},
	{"For", SHMEM_PROTOCOL_REQUEST, odd_names_child_receive_for},
};

static void odd_names_child_destroyed(shmem_protocol_actor *actor,
				      const void *arg, shmem_protocol_end end,
				      int err)
{
	const odd_names_child_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((odd_names_child *)actor, end, err);
}

static const odd_names_child_handlers odd_names_child_unbound = {0};

const shmem_protocol_type odd_names_child_type = {
	.name = "OddNames",
	.fingerprint = ODD_NAMES_FINGERPRINT,
	.child = true,
	.count = 7,
	.entries = odd_names_child_entries,
	.unbound = &odd_names_child_unbound,
	.destroyed = odd_names_child_destroyed,
};

int odd_names_child_open(shmem_channel *channel,
			 const odd_names_child_handlers *handlers, void *arg,
			 shmem_protocol **ret_protocol, odd_names_child **ret)
{
	shmem_protocol_actor *made = NULL;
	int err;

	err = shmem_protocol_open(channel, &odd_names_child_type, handlers, arg,
				  ret_protocol, &made);
	if (err == 0)
		*ret = (odd_names_child *)made;
	return err;
}

int odd_names_child_alloc(odd_names_child *actor, uint64_t bytes,
			  shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *odd_names_child_arg(const odd_names_child *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *odd_names_child_protocol(const odd_names_child *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

layer_child *odd_names_child_next_layer(const odd_names_child *actor,
					const layer_child *after)
{
	return (layer_child *)shmem_protocol_next(
		(const shmem_protocol_actor *)actor,
		(const shmem_protocol_actor *)after, &layer_child_type);
}

enum {
	LAYER_MESSAGE_TYPE = 0,
	LAYER_MESSAGE_DELETE = 1
};

int layer_parent_send_type(layer_parent *actor, shmem_segment **take_handlers,
			   shmem_handle **take_incoming, size_t incoming_count)
{
	shmem_protocol_writer writer;
	size_t n_;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     LAYER_MESSAGE_TYPE);
	shmem_protocol_put_optional_segment(&writer, take_handlers);
	n_ = shmem_protocol_put_count(&writer, take_incoming, incoming_count,
				      65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		shmem_protocol_put_handle(&writer, &take_incoming[i_]);
	return shmem_protocol_send(&writer);
}

int layer_parent_send_delete(layer_parent **take_actor, int32_t actor_,
			     int32_t take_actor_)
{
	shmem_protocol_writer writer;
	layer_parent *actor;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)*take_actor,
			     LAYER_MESSAGE_DELETE);
	{
		unsigned char *at_ = shmem_protocol_put_run(&writer, 8);

		shmem_protocol_store_int32(at_, actor_);
		shmem_protocol_store_int32(at_ + 4, take_actor_);
	}
	err = shmem_protocol_send(&writer);
	if (err != 0)
		return err;
	actor = *take_actor;
	*take_actor = NULL;
	shmem_protocol_delete((shmem_protocol_actor *)actor);
	return 0;
}

static int layer_parent_receive_type(shmem_protocol_incoming *incoming)
{
	layer_parent *actor = (layer_parent *)incoming->actor;
	const layer_parent_handlers *handlers = incoming->handlers;
	shmem_segment *handlers_ = NULL;
	shmem_handle **incoming_ = NULL;
	size_t incoming_count = 0;
	int err;

	shmem_protocol_get_optional_segment(&incoming->reader, &handlers_);
	{
		shmem_handle **list_ = shmem_protocol_get_list(
			&incoming->reader, 65536, 1, sizeof(*list_),
			&incoming_count);

		for (size_t i_ = 0; i_ < incoming_count; i_++) {
			shmem_protocol_get_handle(&incoming->reader,
						  &list_[i_]);
		}
		incoming_ = list_;
	}
	err = shmem_protocol_arrived(incoming, handlers->recv_type != NULL);
	if (err == 0)
		err = handlers->recv_type(actor, &handlers_, incoming_,
					  incoming_count);
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

static int layer_parent_receive_delete(shmem_protocol_incoming *incoming)
{
	layer_parent *actor = (layer_parent *)incoming->actor;
	const layer_parent_handlers *handlers = incoming->handlers;
	int32_t actor_ = 0;
	int32_t take_actor_ = 0;
	int err;

	{
		const unsigned char *at_ = shmem_protocol_get_run(
			&incoming->reader, 8);

		actor_ = shmem_protocol_load_int32(at_);
		take_actor_ = shmem_protocol_load_int32(at_ + 4);
	}
	err = shmem_protocol_arrived(incoming, true);
	if (err == 0 && handlers->recv_delete != NULL)
		err = handlers->recv_delete(actor, actor_, take_actor_);
	return shmem_protocol_deleted(incoming, err);
}

static const shmem_protocol_entry layer_parent_entries[] = {
	{"Type", SHMEM_PROTOCOL_PLAIN, layer_parent_receive_type},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, layer_parent_receive_delete},
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
	.count = 2,
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

odd_names_parent *layer_parent_manager(const layer_parent *actor)
{
	return (odd_names_parent *)shmem_protocol_manager(
		(const shmem_protocol_actor *)actor, &odd_names_parent_type);
}

int layer_child_send_type(layer_child *actor, shmem_segment **take_handlers,
			  shmem_handle **take_incoming, size_t incoming_count)
{
	shmem_protocol_writer writer;
	size_t n_;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     LAYER_MESSAGE_TYPE);
	shmem_protocol_put_optional_segment(&writer, take_handlers);
	n_ = shmem_protocol_put_count(&writer, take_incoming, incoming_count,
				      65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		shmem_protocol_put_handle(&writer, &take_incoming[i_]);
	return shmem_protocol_send(&writer);
}

int layer_child_send_delete(layer_child **take_actor, int32_t actor_,
			    int32_t take_actor_)
{
	shmem_protocol_writer writer;
	layer_child *actor;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)*take_actor,
			     LAYER_MESSAGE_DELETE);
	{
		unsigned char *at_ = shmem_protocol_put_run(&writer, 8);

		shmem_protocol_store_int32(at_, actor_);
		shmem_protocol_store_int32(at_ + 4, take_actor_);
	}
	err = shmem_protocol_send(&writer);
	if (err != 0)
		return err;
	actor = *take_actor;
	*take_actor = NULL;
	shmem_protocol_delete((shmem_protocol_actor *)actor);
	return 0;
}

static int layer_child_receive_type(shmem_protocol_incoming *incoming)
{
	layer_child *actor = (layer_child *)incoming->actor;
	const layer_child_handlers *handlers = incoming->handlers;
	shmem_segment *handlers_ = NULL;
	shmem_handle **incoming_ = NULL;
	size_t incoming_count = 0;
	int err;

	shmem_protocol_get_optional_segment(&incoming->reader, &handlers_);
	{
		shmem_handle **list_ = shmem_protocol_get_list(
			&incoming->reader, 65536, 1, sizeof(*list_),
			&incoming_count);

		for (size_t i_ = 0; i_ < incoming_count; i_++) {
			shmem_protocol_get_handle(&incoming->reader,
						  &list_[i_]);
		}
		incoming_ = list_;
	}
	err = shmem_protocol_arrived(incoming, handlers->recv_type != NULL);
	if (err == 0)
		err = handlers->recv_type(actor, &handlers_, incoming_,
					  incoming_count);
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

static int layer_child_receive_delete(shmem_protocol_incoming *incoming)
{
	layer_child *actor = (layer_child *)incoming->actor;
	const layer_child_handlers *handlers = incoming->handlers;
	int32_t actor_ = 0;
	int32_t take_actor_ = 0;
	int err;

	{
		const unsigned char *at_ = shmem_protocol_get_run(
			&incoming->reader, 8);

		actor_ = shmem_protocol_load_int32(at_);
		take_actor_ = shmem_protocol_load_int32(at_ + 4);
	}
	err = shmem_protocol_arrived(incoming, true);
	if (err == 0 && handlers->recv_delete != NULL)
		err = handlers->recv_delete(actor, actor_, take_actor_);
	return shmem_protocol_deleted(incoming, err);
}

static const shmem_protocol_entry layer_child_entries[] = {
	{"Type", SHMEM_PROTOCOL_PLAIN, layer_child_receive_type},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, layer_child_receive_delete},
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
	.count = 2,
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

odd_names_child *layer_child_manager(const layer_child *actor)
{
	return (odd_names_child *)shmem_protocol_manager(
		(const shmem_protocol_actor *)actor, &odd_names_child_type);
}
