/* Source of every.shmem, made by shmemc 0.1.0; do not edit. */
#include "every.h"
#include <shmem/protocol_actor.h>

static bool every_color_is_valid(int32_t v)
{
	switch (v) {
	case EVERY_COLOR_RED:
	case EVERY_COLOR_GREEN:
	case EVERY_COLOR_DARK_BLUE:
		return true;
	default:
		return false;
	}
}

void every_color_put(shmem_protocol_writer *w, every_color v)
{
	if (!every_color_is_valid((int32_t)v))
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	shmem_protocol_put_int32(w, (int32_t)v);
}

every_color every_color_get(shmem_protocol_reader *r)
{
	int32_t v = shmem_protocol_get_int32(r);

	if (!every_color_is_valid(v)) {
		shmem_protocol_get_fail(r);
		return EVERY_COLOR_RED;
	}
	return (every_color)v;
}

void every_point_put(shmem_protocol_writer *w, const every_point *v)
{
	{
		unsigned char *at_ = shmem_protocol_put_run(w, 8);

		shmem_protocol_store_int32(at_, v->x);
		shmem_protocol_store_int32(at_ + 4, v->y);
	}
}

void every_point_get(shmem_protocol_reader *r, every_point *v)
{
	{
		const unsigned char *at_ = shmem_protocol_get_run(r, 8);

		v->x = shmem_protocol_load_int32(at_);
		v->y = shmem_protocol_load_int32(at_ + 4);
	}
}

void every_shape_put(shmem_protocol_writer *w, const every_shape *v)
{
	size_t n_;

	every_color_put(w, v->color);
	n_ = shmem_protocol_put_count(w, v->corners.items, v->corners.count,
				      65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		every_point_put(w, &v->corners.items[i_]);
	shmem_protocol_put_bool(w, v->label != NULL);
	if (v->label != NULL)
		shmem_protocol_put_string(w, v->label, 65536);
	shmem_protocol_put_bytes(w, v->blob.data, v->blob.size, 16);
	shmem_protocol_put_bool(w, v->centre != NULL);
	if (v->centre != NULL)
		every_point_put(w, v->centre);
	shmem_protocol_put_array(w, v->weights.items, v->weights.count, 8,
				 65536);
	shmem_protocol_put_array(w, v->flags.items, v->flags.count, 1, 65536);
	n_ = shmem_protocol_put_count(w, v->words.items, v->words.count, 65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		shmem_protocol_put_string(w, v->words.items[i_], 65536);
	n_ = shmem_protocol_put_count(w, v->rows.items, v->rows.count, 65536);
	for (size_t i_ = 0; i_ < n_; i_++) {
		shmem_protocol_put_array(w, v->rows.items[i_].items,
					 v->rows.items[i_].count, 1, 65536);
	}
	n_ = shmem_protocol_put_count(w, v->palette.items, v->palette.count,
				      65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		every_color_put(w, v->palette.items[i_]);
	n_ = shmem_protocol_put_count(w, v->holes.items, v->holes.count, 65536);
	for (size_t i_ = 0; i_ < n_; i_++) {
		shmem_protocol_put_bool(w, v->holes.items[i_] != NULL);
		if (v->holes.items[i_] != NULL)
			shmem_protocol_put_int32(w, *v->holes.items[i_]);
	}
}

void every_shape_get(shmem_protocol_reader *r, every_shape *v)
{
	v->color = every_color_get(r);
	{
		every_point *list_ = shmem_protocol_get_list(r, 65536, 8,
							     sizeof(*list_),
							     &v->corners.count);

		for (size_t i_ = 0; i_ < v->corners.count; i_++)
			every_point_get(r, &list_[i_]);
		v->corners.items = list_;
	}
	if (shmem_protocol_get_bool(r))
		v->label = shmem_protocol_get_string(r, 65536);
	v->blob.data = shmem_protocol_get_bytes(r, 16, &v->blob.size);
	{
		every_point *one_ = shmem_protocol_get_optional(r,
								sizeof(*one_));

		if (one_ != NULL)
			every_point_get(r, one_);
		v->centre = one_;
	}
	v->weights.items = shmem_protocol_get_array(r, 8, 65536,
						    &v->weights.count);
	v->flags.items = shmem_protocol_get_bools(r, 65536, &v->flags.count);
	{
		const char **list_ = shmem_protocol_get_list(r, 65536, 5,
							     sizeof(*list_),
							     &v->words.count);

		for (size_t i_ = 0; i_ < v->words.count; i_++)
			list_[i_] = shmem_protocol_get_string(r, 65536);
		v->words.items = list_;
	}
	{
		every_uint8_array *list_ = shmem_protocol_get_list(
			r, 65536, 4, sizeof(*list_), &v->rows.count);

		for (size_t i_ = 0; i_ < v->rows.count; i_++) {
			list_[i_].items = shmem_protocol_get_array(
				r, 1, 65536, &list_[i_].count);
		}
		v->rows.items = list_;
	}
	{
		every_color *list_ = shmem_protocol_get_list(r, 65536, 4,
							     sizeof(*list_),
							     &v->palette.count);

		for (size_t i_ = 0; i_ < v->palette.count; i_++)
			list_[i_] = every_color_get(r);
		v->palette.items = list_;
	}
	{
		const int32_t **list_ = shmem_protocol_get_list(
			r, 65536, 1, sizeof(*list_), &v->holes.count);

		for (size_t i_ = 0; i_ < v->holes.count; i_++) {
			int32_t *one_2 = shmem_protocol_get_optional(
				r, sizeof(*one_2));

			if (one_2 != NULL)
				*one_2 = shmem_protocol_get_int32(r);
			list_[i_] = one_2;
		}
		v->holes.items = list_;
	}
}

void every_frame_put(shmem_protocol_writer *w, every_frame *v)
{
	size_t n_;

	shmem_protocol_put_segment(w, &v->pixels);
	shmem_protocol_put_optional_handle(w, &v->extra);
	n_ = shmem_protocol_put_count(w, v->tiles.items, v->tiles.count, 65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		shmem_protocol_put_segment(w, &v->tiles.items[i_]);
	n_ = shmem_protocol_put_count(w, v->gaps.items, v->gaps.count, 65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		shmem_protocol_put_optional_segment(w, &v->gaps.items[i_]);
}

void every_frame_get(shmem_protocol_reader *r, every_frame *v)
{
	shmem_protocol_get_segment(r, &v->pixels);
	shmem_protocol_get_optional_handle(r, &v->extra);
	{
		shmem_segment **list_ = shmem_protocol_get_list(
			r, 65536, 1, sizeof(*list_), &v->tiles.count);

		for (size_t i_ = 0; i_ < v->tiles.count; i_++)
			shmem_protocol_get_segment(r, &list_[i_]);
		v->tiles.items = list_;
	}
	{
		shmem_segment **list_ = shmem_protocol_get_list(r, 65536, 1,
								sizeof(*list_),
								&v->gaps.count);

		for (size_t i_ = 0; i_ < v->gaps.count; i_++)
			shmem_protocol_get_optional_segment(r, &list_[i_]);
		v->gaps.items = list_;
	}
}

void every_value_put(shmem_protocol_writer *w, every_value *v)
{
	size_t n_;

	if (!shmem_protocol_put_enter(w))
		return;
	shmem_protocol_put_uint16(w, (uint16_t)v->tag);
	switch (v->tag) {
	case EVERY_VALUE_BOOL:
		shmem_protocol_put_bool(w, v->as.bool_);
		break;
	case EVERY_VALUE_INT64:
		shmem_protocol_put_int64(w, v->as.int64);
		break;
	case EVERY_VALUE_DOUBLE:
		shmem_protocol_put_double(w, v->as.double_);
		break;
	case EVERY_VALUE_STRING:
		shmem_protocol_put_string(w, v->as.string, 65536);
		break;
	case EVERY_VALUE_POINT:
		every_point_put(w, &v->as.point);
		break;
	case EVERY_VALUE_VALUE_ARRAY:
		n_ = shmem_protocol_put_count(w, v->as.value_array.items,
					      v->as.value_array.count, 65536);
		for (size_t i_ = 0; i_ < n_; i_++)
			every_value_put(w, &v->as.value_array.items[i_]);
		break;
	case EVERY_VALUE_FRAME:
		every_frame_put(w, &v->as.frame);
		break;
	case EVERY_VALUE_INT32_ARRAY:
		shmem_protocol_put_array(w, v->as.int32_array.items,
					 v->as.int32_array.count, 4, 65536);
		break;
	case EVERY_VALUE_BYTES:
		shmem_protocol_put_bytes(w, v->as.bytes.data, v->as.bytes.size,
					 1048576);
		break;
	default:
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	}
	shmem_protocol_put_leave(w);
}

void every_value_get(shmem_protocol_reader *r, every_value *v)
{
	uint16_t tag = shmem_protocol_get_uint16(r);

	if (!shmem_protocol_get_enter(r))
		return;
	switch (tag) {
	case EVERY_VALUE_BOOL:
		v->as.bool_ = shmem_protocol_get_bool(r);
		break;
	case EVERY_VALUE_INT64:
		v->as.int64 = shmem_protocol_get_int64(r);
		break;
	case EVERY_VALUE_DOUBLE:
		v->as.double_ = shmem_protocol_get_double(r);
		break;
	case EVERY_VALUE_STRING:
		v->as.string = shmem_protocol_get_string(r, 65536);
		break;
	case EVERY_VALUE_POINT:
		every_point_get(r, &v->as.point);
		break;
	case EVERY_VALUE_VALUE_ARRAY:
		{
			every_value *list_ = shmem_protocol_get_list(
				r, 65536, 3, sizeof(*list_),
				&v->as.value_array.count);

			for (size_t i_ = 0; i_ < v->as.value_array.count; i_++)
				every_value_get(r, &list_[i_]);
			v->as.value_array.items = list_;
		}
		break;
	case EVERY_VALUE_FRAME:
		every_frame_get(r, &v->as.frame);
		break;
	case EVERY_VALUE_INT32_ARRAY:
		v->as.int32_array.items = shmem_protocol_get_array(
			r, 4, 65536, &v->as.int32_array.count);
		break;
	case EVERY_VALUE_BYTES:
		v->as.bytes.data = shmem_protocol_get_bytes(r, 1048576,
							    &v->as.bytes.size);
		break;
	default:
		shmem_protocol_get_fail(r);
		tag = 0;
	}
	v->tag = (every_value_tag)tag;
	shmem_protocol_get_leave(r);
}

void every_tree_put(shmem_protocol_writer *w, const every_tree *v)
{
	size_t n_;

	if (!shmem_protocol_put_enter(w))
		return;
	shmem_protocol_put_string(w, v->name, 65536);
	n_ = shmem_protocol_put_count(w, v->branches.items, v->branches.count,
				      65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		every_tree_put(w, &v->branches.items[i_]);
	shmem_protocol_put_bool(w, v->twin != NULL);
	if (v->twin != NULL)
		every_tree_put(w, v->twin);
	shmem_protocol_put_leave(w);
}

void every_tree_get(shmem_protocol_reader *r, every_tree *v)
{
	if (!shmem_protocol_get_enter(r))
		return;
	v->name = shmem_protocol_get_string(r, 65536);
	{
		every_tree *list_ = shmem_protocol_get_list(r, 65536, 10,
							    sizeof(*list_),
							    &v->branches.count);

		for (size_t i_ = 0; i_ < v->branches.count; i_++)
			every_tree_get(r, &list_[i_]);
		v->branches.items = list_;
	}
	{
		every_tree *one_ = shmem_protocol_get_optional(r,
							       sizeof(*one_));

		if (one_ != NULL)
			every_tree_get(r, one_);
		v->twin = one_;
	}
	shmem_protocol_get_leave(r);
}

enum {
	EVERY_MESSAGE_NUMBERS = 0,
	EVERY_MESSAGE_ECHO = 1,
	EVERY_MESSAGE_OWN = 2,
	EVERY_MESSAGE_VALUES = 3,
	EVERY_MESSAGE_LATER = 4,
	EVERY_MESSAGE_OPTIONS = 5,
	EVERY_MESSAGE_PLAIN = 6,
	EVERY_MESSAGE_PART_CONSTRUCTOR = 7,
	EVERY_MESSAGE_DELETE = 8,
	EVERY_MESSAGE_NOTE = 9,
	EVERY_MESSAGE_PUSH = 10
};

int every_parent_resolve_later(shmem_protocol_resolver **take_resolver,
			       int32_t n, const char *const *names,
			       size_t names_count, shmem_segment **take_s)
{
	shmem_protocol_writer writer;
	size_t n_;

	shmem_protocol_begin_resolve(&writer, *take_resolver, EVERY_MESSAGE_LATER);
	shmem_protocol_put_int32(&writer, n);
	n_ = shmem_protocol_put_count(&writer, names, names_count, 65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		shmem_protocol_put_string(&writer, names[i_], 65536);
	shmem_protocol_put_segment(&writer, take_s);
	return shmem_protocol_resolve(&writer, take_resolver);
}

int every_parent_send_note(every_parent *actor, const char *text)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     EVERY_MESSAGE_NOTE);
	shmem_protocol_put_string(&writer, text, 65536);
	return shmem_protocol_send(&writer);
}

int every_parent_send_push(every_parent *actor, every_frame *take_f)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     EVERY_MESSAGE_PUSH);
	every_frame_put(&writer, take_f);
	return shmem_protocol_send(&writer);
}

static int every_parent_receive_numbers(shmem_protocol_incoming *incoming)
{
	every_parent *actor = (every_parent *)incoming->actor;
	const every_parent_handlers *handlers = incoming->handlers;
	bool a = false;
	int8_t b = 0;
	uint8_t c = 0;
	int16_t d = 0;
	uint16_t e = 0;
	int32_t f = 0;
	uint32_t g = 0;
	int64_t h = 0;
	uint64_t i = 0;
	float j = 0;
	double k = 0;
	bool out_a = false;
	int8_t out_b = 0;
	uint8_t out_c = 0;
	int16_t out_d = 0;
	uint16_t out_e = 0;
	int32_t out_f = 0;
	uint32_t out_g = 0;
	int64_t out_h = 0;
	uint64_t out_i = 0;
	float out_j = 0;
	double out_k = 0;
	int err;

	{
		const unsigned char *at_ = shmem_protocol_get_run(
			&incoming->reader, 43);

		a = shmem_protocol_load_bool(&incoming->reader, at_);
		b = shmem_protocol_load_int8(at_ + 1);
		c = shmem_protocol_load_uint8(at_ + 2);
		d = shmem_protocol_load_int16(at_ + 3);
		e = shmem_protocol_load_uint16(at_ + 5);
		f = shmem_protocol_load_int32(at_ + 7);
		g = shmem_protocol_load_uint32(at_ + 11);
		h = shmem_protocol_load_int64(at_ + 15);
		i = shmem_protocol_load_uint64(at_ + 23);
		j = shmem_protocol_load_float(at_ + 31);
		k = shmem_protocol_load_double(at_ + 35);
	}
	err = shmem_protocol_arrived(incoming, handlers->recv_numbers != NULL);
	if (err == 0)
		err = handlers->recv_numbers(actor, a, b, c, d, e, f, g, h, i,
					     j, k, &out_a, &out_b, &out_c,
					     &out_d, &out_e, &out_f, &out_g,
					     &out_h, &out_i, &out_j, &out_k);
	if (err == 0) {
		shmem_protocol_writer writer;

		shmem_protocol_begin_reply(&writer, incoming);
		{
			unsigned char *at_ = shmem_protocol_put_run(&writer,
								    43);

			shmem_protocol_store_bool(at_, out_a);
			shmem_protocol_store_int8(at_ + 1, out_b);
			shmem_protocol_store_uint8(at_ + 2, out_c);
			shmem_protocol_store_int16(at_ + 3, out_d);
			shmem_protocol_store_uint16(at_ + 5, out_e);
			shmem_protocol_store_int32(at_ + 7, out_f);
			shmem_protocol_store_uint32(at_ + 11, out_g);
			shmem_protocol_store_int64(at_ + 15, out_h);
			shmem_protocol_store_uint64(at_ + 23, out_i);
			shmem_protocol_store_float(at_ + 31, out_j);
			shmem_protocol_store_double(at_ + 35, out_k);
		}
		err = shmem_protocol_reply(&writer, incoming);
	}
	return err;
}

static int every_parent_receive_echo(shmem_protocol_incoming *incoming)
{
	every_parent *actor = (every_parent *)incoming->actor;
	const every_parent_handlers *handlers = incoming->handlers;
	every_shape shape = {0};
	const char *text = NULL;
	const void *data = NULL;
	size_t data_size = 0;
	every_color color = EVERY_COLOR_RED;
	every_shape out_shape = {0};
	const char *out_text = NULL;
	const void *out_data = NULL;
	size_t out_data_size = 0;
	every_color out_color = EVERY_COLOR_RED;
	int err;

	every_shape_get(&incoming->reader, &shape);
	text = shmem_protocol_get_string(&incoming->reader, 65536);
	data = shmem_protocol_get_bytes(&incoming->reader, 1048576, &data_size);
	color = every_color_get(&incoming->reader);
	err = shmem_protocol_arrived(incoming, handlers->recv_echo != NULL);
	if (err == 0)
		err = handlers->recv_echo(actor, &shape, text, data, data_size,
					  color, &out_shape, &out_text,
					  &out_data, &out_data_size,
					  &out_color);
	if (err == 0) {
		shmem_protocol_writer writer;

		shmem_protocol_begin_reply(&writer, incoming);
		every_shape_put(&writer, &out_shape);
		shmem_protocol_put_string(&writer, out_text, 65536);
		shmem_protocol_put_bytes(&writer, out_data, out_data_size,
					 1048576);
		every_color_put(&writer, out_color);
		err = shmem_protocol_reply(&writer, incoming);
	}
	return err;
}

static int every_parent_receive_own(shmem_protocol_incoming *incoming)
{
	every_parent *actor = (every_parent *)incoming->actor;
	const every_parent_handlers *handlers = incoming->handlers;
	shmem_segment *s = NULL;
	shmem_handle *h = NULL;
	shmem_handle *r = NULL;
	every_frame f = {0};
	every_frame *more = NULL;
	size_t more_count = 0;
	shmem_segment *none = NULL;
	shmem_segment *out_s = NULL;
	shmem_handle *out_h = NULL;
	shmem_handle *out_r = NULL;
	every_frame out_f = {0};
	every_frame *out_more = NULL;
	size_t out_more_count = 0;
	shmem_segment *out_none = NULL;
	int err;

	shmem_protocol_get_segment(&incoming->reader, &s);
	shmem_protocol_get_handle(&incoming->reader, &h);
	shmem_protocol_get_readonly_handle(&incoming->reader, &r);
	every_frame_get(&incoming->reader, &f);
	{
		every_frame *list_ = shmem_protocol_get_list(&incoming->reader,
							     65536, 10,
							     sizeof(*list_),
							     &more_count);

		for (size_t i_ = 0; i_ < more_count; i_++)
			every_frame_get(&incoming->reader, &list_[i_]);
		more = list_;
	}
	shmem_protocol_get_optional_segment(&incoming->reader, &none);
	err = shmem_protocol_arrived(incoming, handlers->recv_own != NULL);
	if (err == 0)
		err = handlers->recv_own(actor, &s, &h, &r, &f, more,
					 more_count, &none, &out_s, &out_h,
					 &out_r, &out_f, &out_more,
					 &out_more_count, &out_none);
	if (err == 0) {
		shmem_protocol_writer writer;
		size_t n_;

		shmem_protocol_begin_reply(&writer, incoming);
		shmem_protocol_put_segment(&writer, &out_s);
		shmem_protocol_put_handle(&writer, &out_h);
		shmem_protocol_put_readonly_handle(&writer, &out_r);
		every_frame_put(&writer, &out_f);
		n_ = shmem_protocol_put_count(&writer, out_more, out_more_count,
					      65536);
		for (size_t i_ = 0; i_ < n_; i_++)
			every_frame_put(&writer, &out_more[i_]);
		shmem_protocol_put_optional_segment(&writer, &out_none);
		err = shmem_protocol_reply(&writer, incoming);
	}
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

static int every_parent_receive_values(shmem_protocol_incoming *incoming)
{
	every_parent *actor = (every_parent *)incoming->actor;
	const every_parent_handlers *handlers = incoming->handlers;
	every_value v = {0};
	every_value *vs = NULL;
	size_t vs_count = 0;
	every_tree t = {0};
	every_value out_v = {0};
	every_value *out_vs = NULL;
	size_t out_vs_count = 0;
	every_tree out_t = {0};
	int err;

	every_value_get(&incoming->reader, &v);
	{
		every_value *list_ = shmem_protocol_get_list(&incoming->reader,
							     65536, 3,
							     sizeof(*list_),
							     &vs_count);

		for (size_t i_ = 0; i_ < vs_count; i_++)
			every_value_get(&incoming->reader, &list_[i_]);
		vs = list_;
	}
	every_tree_get(&incoming->reader, &t);
	err = shmem_protocol_arrived(incoming, handlers->recv_values != NULL);
	if (err == 0)
		err = handlers->recv_values(actor, &v, vs, vs_count, &t, &out_v,
					    &out_vs, &out_vs_count, &out_t);
	if (err == 0) {
		shmem_protocol_writer writer;
		size_t n_;

		shmem_protocol_begin_reply(&writer, incoming);
		every_value_put(&writer, &out_v);
		n_ = shmem_protocol_put_count(&writer, out_vs, out_vs_count,
					      65536);
		for (size_t i_ = 0; i_ < n_; i_++)
			every_value_put(&writer, &out_vs[i_]);
		every_tree_put(&writer, &out_t);
		err = shmem_protocol_reply(&writer, incoming);
	}
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

static int every_parent_receive_later(shmem_protocol_incoming *incoming)
{
	every_parent *actor = (every_parent *)incoming->actor;
	const every_parent_handlers *handlers = incoming->handlers;
	int32_t n = 0;
	const char *const *names = NULL;
	size_t names_count = 0;
	shmem_protocol_resolver *resolver = NULL;
	int err;

	n = shmem_protocol_get_int32(&incoming->reader);
	{
		const char **list_ = shmem_protocol_get_list(&incoming->reader,
							     65536, 5,
							     sizeof(*list_),
							     &names_count);

		for (size_t i_ = 0; i_ < names_count; i_++) {
			list_[i_] = shmem_protocol_get_string(&incoming->reader,
							      65536);
		}
		names = list_;
	}
	err = shmem_protocol_arrived(incoming, handlers->recv_later != NULL);
	if (err == 0)
		err = shmem_protocol_defer(incoming, &resolver);
	if (err == 0)
		err = handlers->recv_later(actor, n, names, names_count,
					   &resolver);
	return shmem_protocol_deferred(incoming, &resolver, err);
}

static int every_parent_receive_options(shmem_protocol_incoming *incoming)
{
	every_parent *actor = (every_parent *)incoming->actor;
	const every_parent_handlers *handlers = incoming->handlers;
	const int32_t *a = NULL;
	const every_color *b = NULL;
	const every_point *c = NULL;
	const char *d = NULL;
	const void *e = NULL;
	size_t e_size = 0;
	const int32_t *f = NULL;
	size_t f_count = 0;
	shmem_handle *g = NULL;
	shmem_handle *h = NULL;
	const int32_t *out_a = NULL;
	const every_color *out_b = NULL;
	const every_point *out_c = NULL;
	const char *out_d = NULL;
	const void *out_e = NULL;
	size_t out_e_size = 0;
	const int32_t *out_f = NULL;
	size_t out_f_count = 0;
	shmem_handle *out_g = NULL;
	shmem_handle *out_h = NULL;
	int err;

	{
		int32_t *one_ = shmem_protocol_get_optional(&incoming->reader,
							    sizeof(*one_));

		if (one_ != NULL)
			*one_ = shmem_protocol_get_int32(&incoming->reader);
		a = one_;
	}
	{
		every_color *one_ = shmem_protocol_get_optional(
			&incoming->reader, sizeof(*one_));

		if (one_ != NULL)
			*one_ = every_color_get(&incoming->reader);
		b = one_;
	}
	{
		every_point *one_ = shmem_protocol_get_optional(
			&incoming->reader, sizeof(*one_));

		if (one_ != NULL)
			every_point_get(&incoming->reader, one_);
		c = one_;
	}
	if (shmem_protocol_get_bool(&incoming->reader))
		d = shmem_protocol_get_string(&incoming->reader, 65536);
	if (shmem_protocol_get_bool(&incoming->reader)) {
		e = shmem_protocol_get_bytes(&incoming->reader, 1048576,
					     &e_size);
	}
	if (shmem_protocol_get_bool(&incoming->reader)) {
		f = shmem_protocol_get_array(&incoming->reader, 4, 65536,
					     &f_count);
	}
	shmem_protocol_get_optional_handle(&incoming->reader, &g);
	shmem_protocol_get_optional_readonly_handle(&incoming->reader, &h);
	err = shmem_protocol_arrived(incoming, handlers->recv_options != NULL);
	if (err == 0)
		err = handlers->recv_options(actor, a, b, c, d, e, e_size, f,
					     f_count, &g, &h, &out_a, &out_b,
					     &out_c, &out_d, &out_e,
					     &out_e_size, &out_f, &out_f_count,
					     &out_g, &out_h);
	if (err == 0) {
		shmem_protocol_writer writer;

		shmem_protocol_begin_reply(&writer, incoming);
		shmem_protocol_put_bool(&writer, out_a != NULL);
		if (out_a != NULL)
			shmem_protocol_put_int32(&writer, *out_a);
		shmem_protocol_put_bool(&writer, out_b != NULL);
		if (out_b != NULL)
			every_color_put(&writer, *out_b);
		shmem_protocol_put_bool(&writer, out_c != NULL);
		if (out_c != NULL)
			every_point_put(&writer, out_c);
		shmem_protocol_put_bool(&writer, out_d != NULL);
		if (out_d != NULL)
			shmem_protocol_put_string(&writer, out_d, 65536);
		shmem_protocol_put_bool(&writer, out_e != NULL);
		if (out_e != NULL) {
			shmem_protocol_put_bytes(&writer, out_e, out_e_size,
						 1048576);
		}
		shmem_protocol_put_bool(&writer, out_f != NULL);
		if (out_f != NULL) {
			shmem_protocol_put_array(&writer, out_f, out_f_count, 4,
						 65536);
		}
		shmem_protocol_put_optional_handle(&writer, &out_g);
		shmem_protocol_put_optional_readonly_handle(&writer, &out_h);
		err = shmem_protocol_reply(&writer, incoming);
	}
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

static int every_parent_receive_plain(shmem_protocol_incoming *incoming)
{
	every_parent *actor = (every_parent *)incoming->actor;
	const every_parent_handlers *handlers = incoming->handlers;
	int err;

	err = shmem_protocol_arrived(incoming, handlers->recv_plain != NULL);
	if (err == 0)
		err = handlers->recv_plain(actor);
	return err;
}

static int every_parent_receive_part_constructor(shmem_protocol_incoming *incoming)
{
	every_parent *actor = (every_parent *)incoming->actor;
	const every_parent_handlers *handlers = incoming->handlers;
	const char *name = NULL;
	shmem_segment *s = NULL;
	shmem_protocol_actor *made = NULL;
	int err;

	name = shmem_protocol_get_string(&incoming->reader, 65536);
	shmem_protocol_get_segment(&incoming->reader, &s);
	err = shmem_protocol_arrived(incoming,
				     handlers->recv_part_constructor != NULL);
	if (err == 0)
		err = shmem_protocol_construct(incoming, &part_parent_type, &made);
	if (err == 0)
		err = handlers->recv_part_constructor(actor,
						      (part_parent *)made, name,
						      &s);
	return shmem_protocol_constructed(incoming, made, err);
}

static int every_parent_receive_delete(shmem_protocol_incoming *incoming)
{
	every_parent *actor = (every_parent *)incoming->actor;
	const every_parent_handlers *handlers = incoming->handlers;
	int err;

	err = shmem_protocol_arrived(incoming, true);
	if (err == 0 && handlers->recv_delete != NULL)
		err = handlers->recv_delete(actor);
	return shmem_protocol_deleted(incoming, err);
}

static int every_parent_receive_note(shmem_protocol_incoming *incoming)
{
	every_parent *actor = (every_parent *)incoming->actor;
	const every_parent_handlers *handlers = incoming->handlers;
	const char *text = NULL;
	int err;

	text = shmem_protocol_get_string(&incoming->reader, 65536);
	err = shmem_protocol_arrived(incoming, handlers->recv_note != NULL);
	if (err == 0)
		err = handlers->recv_note(actor, text);
	return err;
}

static const shmem_protocol_entry every_parent_entries[] = {
	{"Numbers", SHMEM_PROTOCOL_REQUEST, every_parent_receive_numbers},
	{"Echo", SHMEM_PROTOCOL_REQUEST, every_parent_receive_echo},
	{"Own", SHMEM_PROTOCOL_REQUEST, every_parent_receive_own},
	{"Values", SHMEM_PROTOCOL_REQUEST, every_parent_receive_values},
	{"Later", SHMEM_PROTOCOL_REQUEST, every_parent_receive_later},
	{"Options", SHMEM_PROTOCOL_REQUEST, every_parent_receive_options},
	{"Plain", SHMEM_PROTOCOL_PLAIN, every_parent_receive_plain},
	{"Part", SHMEM_PROTOCOL_CONSTRUCTOR,
	 every_parent_receive_part_constructor},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, every_parent_receive_delete},
	{"Note", SHMEM_PROTOCOL_PLAIN, every_parent_receive_note},
	{"Push", SHMEM_PROTOCOL_PLAIN, NULL},
};

static void every_parent_destroyed(shmem_protocol_actor *actor, const void *arg,
				   shmem_protocol_end end, int err)
{
	const every_parent_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((every_parent *)actor, end, err);
}

static const every_parent_handlers every_parent_unbound = {0};

const shmem_protocol_type every_parent_type = {
	.name = "Every",
	.fingerprint = EVERY_FINGERPRINT,
	.child = false,
	.count = 11,
	.entries = every_parent_entries,
	.unbound = &every_parent_unbound,
	.destroyed = every_parent_destroyed,
};

int every_parent_open(shmem_channel *channel,
		      const every_parent_handlers *handlers, void *arg,
		      shmem_protocol **ret_protocol, every_parent **ret)
{
	shmem_protocol_actor *made = NULL;
	int err;

	err = shmem_protocol_open(channel, &every_parent_type, handlers, arg,
				  ret_protocol, &made);
	if (err == 0)
		*ret = (every_parent *)made;
	return err;
}

int every_parent_alloc(every_parent *actor, uint64_t bytes, shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *every_parent_arg(const every_parent *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *every_parent_protocol(const every_parent *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

part_parent *every_parent_next_part(const every_parent *actor,
				    const part_parent *after)
{
	return (part_parent *)shmem_protocol_next(
		(const shmem_protocol_actor *)actor,
		(const shmem_protocol_actor *)after, &part_parent_type);
}

int every_child_send_numbers(every_child *actor, bool a, int8_t b, uint8_t c,
			     int16_t d, uint16_t e, int32_t f, uint32_t g,
			     int64_t h, uint64_t i, float j, double k,
			     bool *ret_a, int8_t *ret_b, uint8_t *ret_c,
			     int16_t *ret_d, uint16_t *ret_e, int32_t *ret_f,
			     uint32_t *ret_g, int64_t *ret_h, uint64_t *ret_i,
			     float *ret_j, double *ret_k)
{
	shmem_protocol_writer writer;
	shmem_protocol_reader reader;
	bool out_a = false;
	int8_t out_b = 0;
	uint8_t out_c = 0;
	int16_t out_d = 0;
	uint16_t out_e = 0;
	int32_t out_f = 0;
	uint32_t out_g = 0;
	int64_t out_h = 0;
	uint64_t out_i = 0;
	float out_j = 0;
	double out_k = 0;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     EVERY_MESSAGE_NUMBERS);
	{
		unsigned char *at_ = shmem_protocol_put_run(&writer, 43);

		shmem_protocol_store_bool(at_, a);
		shmem_protocol_store_int8(at_ + 1, b);
		shmem_protocol_store_uint8(at_ + 2, c);
		shmem_protocol_store_int16(at_ + 3, d);
		shmem_protocol_store_uint16(at_ + 5, e);
		shmem_protocol_store_int32(at_ + 7, f);
		shmem_protocol_store_uint32(at_ + 11, g);
		shmem_protocol_store_int64(at_ + 15, h);
		shmem_protocol_store_uint64(at_ + 23, i);
		shmem_protocol_store_float(at_ + 31, j);
		shmem_protocol_store_double(at_ + 35, k);
	}
	err = shmem_protocol_call(&writer, &reader);
	if (err != 0)
		return err;
	{
		const unsigned char *at_ = shmem_protocol_get_run(&reader, 43);

		out_a = shmem_protocol_load_bool(&reader, at_);
		out_b = shmem_protocol_load_int8(at_ + 1);
		out_c = shmem_protocol_load_uint8(at_ + 2);
		out_d = shmem_protocol_load_int16(at_ + 3);
		out_e = shmem_protocol_load_uint16(at_ + 5);
		out_f = shmem_protocol_load_int32(at_ + 7);
		out_g = shmem_protocol_load_uint32(at_ + 11);
		out_h = shmem_protocol_load_int64(at_ + 15);
		out_i = shmem_protocol_load_uint64(at_ + 23);
		out_j = shmem_protocol_load_float(at_ + 31);
		out_k = shmem_protocol_load_double(at_ + 35);
	}
	err = shmem_protocol_accept(&reader, NULL);
	if (err != 0)
		return err;
	*ret_a = out_a;
	*ret_b = out_b;
	*ret_c = out_c;
	*ret_d = out_d;
	*ret_e = out_e;
	*ret_f = out_f;
	*ret_g = out_g;
	*ret_h = out_h;
	*ret_i = out_i;
	*ret_j = out_j;
	*ret_k = out_k;
	return 0;
}

int every_child_send_echo(every_child *actor, const every_shape *shape,
			  const char *text, const void *data, size_t data_size,
			  every_color color, every_shape *ret_shape,
			  const char **ret_text, const void **ret_data,
			  size_t *ret_data_size, every_color *ret_color,
			  shmem_protocol_memory **ret_memory)
{
	shmem_protocol_writer writer;
	shmem_protocol_reader reader;
	every_shape out_shape = {0};
	const char *out_text = NULL;
	const void *out_data = NULL;
	size_t out_data_size = 0;
	every_color out_color = EVERY_COLOR_RED;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     EVERY_MESSAGE_ECHO);
	every_shape_put(&writer, shape);
	shmem_protocol_put_string(&writer, text, 65536);
	shmem_protocol_put_bytes(&writer, data, data_size, 1048576);
	every_color_put(&writer, color);
	if (ret_memory == NULL)
		shmem_protocol_put_fail(&writer, SHMEM_E_INVAL);
	err = shmem_protocol_call(&writer, &reader);
	if (err != 0)
		return err;
	every_shape_get(&reader, &out_shape);
	out_text = shmem_protocol_get_string(&reader, 65536);
	out_data = shmem_protocol_get_bytes(&reader, 1048576, &out_data_size);
	out_color = every_color_get(&reader);
	err = shmem_protocol_accept(&reader, ret_memory);
	if (err != 0)
		return err;
	*ret_shape = out_shape;
	*ret_text = out_text;
	*ret_data = out_data;
	*ret_data_size = out_data_size;
	*ret_color = out_color;
	return 0;
}

int every_child_send_own(every_child *actor, shmem_segment **take_s,
			 shmem_handle **take_h, shmem_handle **take_r,
			 every_frame *take_f, every_frame *take_more,
			 size_t more_count, shmem_segment **take_none,
			 shmem_segment **ret_s, shmem_handle **ret_h,
			 shmem_handle **ret_r, every_frame *ret_f,
			 every_frame **ret_more, size_t *ret_more_count,
			 shmem_segment **ret_none,
			 shmem_protocol_memory **ret_memory)
{
	shmem_protocol_writer writer;
	shmem_protocol_reader reader;
	shmem_segment *out_s = NULL;
	shmem_handle *out_h = NULL;
	shmem_handle *out_r = NULL;
	every_frame out_f = {0};
	every_frame *out_more = NULL;
	size_t out_more_count = 0;
	shmem_segment *out_none = NULL;
	size_t n_;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     EVERY_MESSAGE_OWN);
	shmem_protocol_put_segment(&writer, take_s);
	shmem_protocol_put_handle(&writer, take_h);
	shmem_protocol_put_readonly_handle(&writer, take_r);
	every_frame_put(&writer, take_f);
	n_ = shmem_protocol_put_count(&writer, take_more, more_count, 65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		every_frame_put(&writer, &take_more[i_]);
	shmem_protocol_put_optional_segment(&writer, take_none);
	if (ret_memory == NULL)
		shmem_protocol_put_fail(&writer, SHMEM_E_INVAL);
	err = shmem_protocol_call(&writer, &reader);
	if (err != 0)
		return err;
	shmem_protocol_get_segment(&reader, &out_s);
	shmem_protocol_get_handle(&reader, &out_h);
	shmem_protocol_get_readonly_handle(&reader, &out_r);
	every_frame_get(&reader, &out_f);
	{
		every_frame *list_ = shmem_protocol_get_list(&reader, 65536, 10,
							     sizeof(*list_),
							     &out_more_count);

		for (size_t i_ = 0; i_ < out_more_count; i_++)
			every_frame_get(&reader, &list_[i_]);
		out_more = list_;
	}
	shmem_protocol_get_optional_segment(&reader, &out_none);
	err = shmem_protocol_accept(&reader, ret_memory);
	if (err != 0)
		return err;
	*ret_s = out_s;
	*ret_h = out_h;
	*ret_r = out_r;
	*ret_f = out_f;
	*ret_more = out_more;
	*ret_more_count = out_more_count;
	*ret_none = out_none;
	return 0;
}

int every_child_send_values(every_child *actor, every_value *take_v,
			    every_value *take_vs, size_t vs_count,
			    const every_tree *t, every_value *ret_v,
			    every_value **ret_vs, size_t *ret_vs_count,
			    every_tree *ret_t,
			    shmem_protocol_memory **ret_memory)
{
	shmem_protocol_writer writer;
	shmem_protocol_reader reader;
	every_value out_v = {0};
	every_value *out_vs = NULL;
	size_t out_vs_count = 0;
	every_tree out_t = {0};
	size_t n_;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     EVERY_MESSAGE_VALUES);
	every_value_put(&writer, take_v);
	n_ = shmem_protocol_put_count(&writer, take_vs, vs_count, 65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		every_value_put(&writer, &take_vs[i_]);
	every_tree_put(&writer, t);
	if (ret_memory == NULL)
		shmem_protocol_put_fail(&writer, SHMEM_E_INVAL);
	err = shmem_protocol_call(&writer, &reader);
	if (err != 0)
		return err;
	every_value_get(&reader, &out_v);
	{
		every_value *list_ = shmem_protocol_get_list(&reader, 65536, 3,
							     sizeof(*list_),
							     &out_vs_count);

		for (size_t i_ = 0; i_ < out_vs_count; i_++)
			every_value_get(&reader, &list_[i_]);
		out_vs = list_;
	}
	every_tree_get(&reader, &out_t);
	err = shmem_protocol_accept(&reader, ret_memory);
	if (err != 0)
		return err;
	*ret_v = out_v;
	*ret_vs = out_vs;
	*ret_vs_count = out_vs_count;
	*ret_t = out_t;
	return 0;
}

static int every_child_on_later(shmem_protocol_incoming *incoming, int err)
{
	every_child_reply_later callback = (every_child_reply_later)incoming->callback;
	int32_t n = 0;
	const char *const *names = NULL;
	size_t names_count = 0;
	shmem_segment *s = NULL;

	if (err == 0) {
		n = shmem_protocol_get_int32(&incoming->reader);
		{
			const char **list_ = shmem_protocol_get_list(
				&incoming->reader, 65536, 5, sizeof(*list_),
				&names_count);

			for (size_t i_ = 0; i_ < names_count; i_++) {
				list_[i_] = shmem_protocol_get_string(
					&incoming->reader, 65536);
			}
			names = list_;
		}
		shmem_protocol_get_segment(&incoming->reader, &s);
	}
	err = shmem_protocol_replied(incoming, err);
	if (callback != NULL && err == 0)
		callback((every_child *)incoming->actor, 0, n, names,
			 names_count, &s, incoming->arg);
	else if (callback != NULL)
		callback((every_child *)incoming->actor, err, 0, NULL, 0, NULL,
			 incoming->arg);
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

int every_child_send_later(every_child *actor, int32_t n,
			   const char *const *names, size_t names_count,
			   every_child_reply_later callback, void *arg)
{
	shmem_protocol_writer writer;
	size_t n_;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     EVERY_MESSAGE_LATER);
	shmem_protocol_put_int32(&writer, n);
	n_ = shmem_protocol_put_count(&writer, names, names_count, 65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		shmem_protocol_put_string(&writer, names[i_], 65536);
	return shmem_protocol_request(&writer, every_child_on_later,
				      (void (*)(void))callback, arg);
}

int every_child_send_options(every_child *actor, const int32_t *a,
			     const every_color *b, const every_point *c,
			     const char *d, const void *e, size_t e_size,
			     const int32_t *f, size_t f_count,
			     shmem_handle **take_g, shmem_handle **take_h,
			     const int32_t **ret_a, const every_color **ret_b,
			     const every_point **ret_c, const char **ret_d,
			     const void **ret_e, size_t *ret_e_size,
			     const int32_t **ret_f, size_t *ret_f_count,
			     shmem_handle **ret_g, shmem_handle **ret_h,
			     shmem_protocol_memory **ret_memory)
{
	shmem_protocol_writer writer;
	shmem_protocol_reader reader;
	const int32_t *out_a = NULL;
	const every_color *out_b = NULL;
	const every_point *out_c = NULL;
	const char *out_d = NULL;
	const void *out_e = NULL;
	size_t out_e_size = 0;
	const int32_t *out_f = NULL;
	size_t out_f_count = 0;
	shmem_handle *out_g = NULL;
	shmem_handle *out_h = NULL;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     EVERY_MESSAGE_OPTIONS);
	shmem_protocol_put_bool(&writer, a != NULL);
	if (a != NULL)
		shmem_protocol_put_int32(&writer, *a);
	shmem_protocol_put_bool(&writer, b != NULL);
	if (b != NULL)
		every_color_put(&writer, *b);
	shmem_protocol_put_bool(&writer, c != NULL);
	if (c != NULL)
		every_point_put(&writer, c);
	shmem_protocol_put_bool(&writer, d != NULL);
	if (d != NULL)
		shmem_protocol_put_string(&writer, d, 65536);
	shmem_protocol_put_bool(&writer, e != NULL);
	if (e != NULL)
		shmem_protocol_put_bytes(&writer, e, e_size, 1048576);
	shmem_protocol_put_bool(&writer, f != NULL);
	if (f != NULL)
		shmem_protocol_put_array(&writer, f, f_count, 4, 65536);
	shmem_protocol_put_optional_handle(&writer, take_g);
	shmem_protocol_put_optional_readonly_handle(&writer, take_h);
	if (ret_memory == NULL)
		shmem_protocol_put_fail(&writer, SHMEM_E_INVAL);
	err = shmem_protocol_call(&writer, &reader);
	if (err != 0)
		return err;
	{
		int32_t *one_ = shmem_protocol_get_optional(&reader,
							    sizeof(*one_));

		if (one_ != NULL)
			*one_ = shmem_protocol_get_int32(&reader);
		out_a = one_;
	}
	{
		every_color *one_ = shmem_protocol_get_optional(&reader,
								sizeof(*one_));

		if (one_ != NULL)
			*one_ = every_color_get(&reader);
		out_b = one_;
	}
	{
		every_point *one_ = shmem_protocol_get_optional(&reader,
								sizeof(*one_));

		if (one_ != NULL)
			every_point_get(&reader, one_);
		out_c = one_;
	}
	if (shmem_protocol_get_bool(&reader))
		out_d = shmem_protocol_get_string(&reader, 65536);
	if (shmem_protocol_get_bool(&reader))
		out_e = shmem_protocol_get_bytes(&reader, 1048576, &out_e_size);
	if (shmem_protocol_get_bool(&reader)) {
		out_f = shmem_protocol_get_array(&reader, 4, 65536,
						 &out_f_count);
	}
	shmem_protocol_get_optional_handle(&reader, &out_g);
	shmem_protocol_get_optional_readonly_handle(&reader, &out_h);
	err = shmem_protocol_accept(&reader, ret_memory);
	if (err != 0)
		return err;
	*ret_a = out_a;
	*ret_b = out_b;
	*ret_c = out_c;
	*ret_d = out_d;
	*ret_e = out_e;
	*ret_e_size = out_e_size;
	*ret_f = out_f;
	*ret_f_count = out_f_count;
	*ret_g = out_g;
	*ret_h = out_h;
	return 0;
}

int every_child_send_plain(every_child *actor)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     EVERY_MESSAGE_PLAIN);
	return shmem_protocol_send(&writer);
}

int every_child_send_part_constructor(every_child *actor,
				      const part_child_handlers *handlers,
				      void *arg, const char *name,
				      shmem_segment **take_s, part_child **ret)
{
	shmem_protocol_writer writer;
	shmem_protocol_actor *made = NULL;
	int err;

	shmem_protocol_begin_constructor(&writer, (shmem_protocol_actor *)actor,
					 EVERY_MESSAGE_PART_CONSTRUCTOR);
	shmem_protocol_put_string(&writer, name, 65536);
	shmem_protocol_put_segment(&writer, take_s);
	err = shmem_protocol_send_constructor(&writer, &part_child_type,
					      handlers, arg, &made);
	if (err == 0)
		*ret = (part_child *)made;
	return err;
}

int every_child_send_delete(every_child **take_actor)
{
	shmem_protocol_writer writer;
	every_child *actor;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)*take_actor,
			     EVERY_MESSAGE_DELETE);
	err = shmem_protocol_send(&writer);
	if (err != 0)
		return err;
	actor = *take_actor;
	*take_actor = NULL;
	shmem_protocol_delete((shmem_protocol_actor *)actor);
	return 0;
}

int every_child_send_note(every_child *actor, const char *text)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     EVERY_MESSAGE_NOTE);
	shmem_protocol_put_string(&writer, text, 65536);
	return shmem_protocol_send(&writer);
}

static int every_child_receive_note(shmem_protocol_incoming *incoming)
{
	every_child *actor = (every_child *)incoming->actor;
	const every_child_handlers *handlers = incoming->handlers;
	const char *text = NULL;
	int err;

	text = shmem_protocol_get_string(&incoming->reader, 65536);
	err = shmem_protocol_arrived(incoming, handlers->recv_note != NULL);
	if (err == 0)
		err = handlers->recv_note(actor, text);
	return err;
}

static int every_child_receive_push(shmem_protocol_incoming *incoming)
{
	every_child *actor = (every_child *)incoming->actor;
	const every_child_handlers *handlers = incoming->handlers;
	every_frame f = {0};
	int err;

	every_frame_get(&incoming->reader, &f);
	err = shmem_protocol_arrived(incoming, handlers->recv_push != NULL);
	if (err == 0)
		err = handlers->recv_push(actor, &f);
	shmem_protocol_get_drop(&incoming->reader);
	return err;
}

static const shmem_protocol_entry every_child_entries[] = {
	{"Numbers", SHMEM_PROTOCOL_REQUEST, NULL},
	{"Echo", SHMEM_PROTOCOL_REQUEST, NULL},
	{"Own", SHMEM_PROTOCOL_REQUEST, NULL},
	{"Values", SHMEM_PROTOCOL_REQUEST, NULL},
	{"Later", SHMEM_PROTOCOL_REQUEST, NULL},
	{"Options", SHMEM_PROTOCOL_REQUEST, NULL},
	{"Plain", SHMEM_PROTOCOL_PLAIN, NULL},
	{"Part", SHMEM_PROTOCOL_CONSTRUCTOR, NULL},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, NULL},
	{"Note", SHMEM_PROTOCOL_PLAIN, every_child_receive_note},
	{"Push", SHMEM_PROTOCOL_PLAIN, every_child_receive_push},
};

static void every_child_destroyed(shmem_protocol_actor *actor, const void *arg,
				  shmem_protocol_end end, int err)
{
	const every_child_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((every_child *)actor, end, err);
}

static const every_child_handlers every_child_unbound = {0};

const shmem_protocol_type every_child_type = {
	.name = "Every",
	.fingerprint = EVERY_FINGERPRINT,
	.child = true,
	.count = 11,
	.entries = every_child_entries,
	.unbound = &every_child_unbound,
	.destroyed = every_child_destroyed,
};

int every_child_open(shmem_channel *channel,
		     const every_child_handlers *handlers, void *arg,
		     shmem_protocol **ret_protocol, every_child **ret)
{
	shmem_protocol_actor *made = NULL;
	int err;

	err = shmem_protocol_open(channel, &every_child_type, handlers, arg,
				  ret_protocol, &made);
	if (err == 0)
		*ret = (every_child *)made;
	return err;
}

int every_child_alloc(every_child *actor, uint64_t bytes, shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *every_child_arg(const every_child *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *every_child_protocol(const every_child *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

part_child *every_child_next_part(const every_child *actor,
				  const part_child *after)
{
	return (part_child *)shmem_protocol_next(
		(const shmem_protocol_actor *)actor,
		(const shmem_protocol_actor *)after, &part_child_type);
}

enum {
	PART_MESSAGE_POKE = 0,
	PART_MESSAGE_PART_CONSTRUCTOR = 1,
	PART_MESSAGE_DELETE = 2,
	PART_MESSAGE_ASK = 3
};

int part_parent_send_poke(part_parent *actor, int32_t n)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     PART_MESSAGE_POKE);
	shmem_protocol_put_int32(&writer, n);
	return shmem_protocol_send(&writer);
}

int part_parent_send_part_constructor(part_parent *actor,
				      const part_parent_handlers *handlers,
				      void *arg, const char *name,
				      part_parent **ret)
{
	shmem_protocol_writer writer;
	shmem_protocol_actor *made = NULL;
	int err;

	shmem_protocol_begin_constructor(&writer, (shmem_protocol_actor *)actor,
					 PART_MESSAGE_PART_CONSTRUCTOR);
	shmem_protocol_put_string(&writer, name, 65536);
	err = shmem_protocol_send_constructor(&writer, &part_parent_type,
					      handlers, arg, &made);
	if (err == 0)
		*ret = (part_parent *)made;
	return err;
}

int part_parent_send_delete(part_parent **take_actor, const char *why)
{
	shmem_protocol_writer writer;
	part_parent *actor;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)*take_actor,
			     PART_MESSAGE_DELETE);
	shmem_protocol_put_string(&writer, why, 65536);
	err = shmem_protocol_send(&writer);
	if (err != 0)
		return err;
	actor = *take_actor;
	*take_actor = NULL;
	shmem_protocol_delete((shmem_protocol_actor *)actor);
	return 0;
}

static int part_parent_receive_poke(shmem_protocol_incoming *incoming)
{
	part_parent *actor = (part_parent *)incoming->actor;
	const part_parent_handlers *handlers = incoming->handlers;
	int32_t n = 0;
	int err;

	n = shmem_protocol_get_int32(&incoming->reader);
	err = shmem_protocol_arrived(incoming, handlers->recv_poke != NULL);
	if (err == 0)
		err = handlers->recv_poke(actor, n);
	return err;
}

static int part_parent_receive_part_constructor(shmem_protocol_incoming *incoming)
{
	part_parent *actor = (part_parent *)incoming->actor;
	const part_parent_handlers *handlers = incoming->handlers;
	const char *name = NULL;
	shmem_protocol_actor *made = NULL;
	int err;

	name = shmem_protocol_get_string(&incoming->reader, 65536);
	err = shmem_protocol_arrived(incoming,
				     handlers->recv_part_constructor != NULL);
	if (err == 0)
		err = shmem_protocol_construct(incoming, &part_parent_type, &made);
	if (err == 0)
		err = handlers->recv_part_constructor(actor,
						      (part_parent *)made,
						      name);
	return shmem_protocol_constructed(incoming, made, err);
}

static int part_parent_receive_delete(shmem_protocol_incoming *incoming)
{
	part_parent *actor = (part_parent *)incoming->actor;
	const part_parent_handlers *handlers = incoming->handlers;
	const char *why = NULL;
	int err;

	why = shmem_protocol_get_string(&incoming->reader, 65536);
	err = shmem_protocol_arrived(incoming, true);
	if (err == 0 && handlers->recv_delete != NULL)
		err = handlers->recv_delete(actor, why);
	return shmem_protocol_deleted(incoming, err);
}

static int part_parent_receive_ask(shmem_protocol_incoming *incoming)
{
	part_parent *actor = (part_parent *)incoming->actor;
	const part_parent_handlers *handlers = incoming->handlers;
	const char *how = NULL;
	shmem_segment *out_s = NULL;
	int err;

	how = shmem_protocol_get_string(&incoming->reader, 65536);
	err = shmem_protocol_arrived(incoming, handlers->recv_ask != NULL);
	if (err == 0)
		err = handlers->recv_ask(actor, how, &out_s);
	if (err == 0) {
		shmem_protocol_writer writer;

		shmem_protocol_begin_reply(&writer, incoming);
		shmem_protocol_put_segment(&writer, &out_s);
		err = shmem_protocol_reply(&writer, incoming);
	}
	return err;
}

static const shmem_protocol_entry part_parent_entries[] = {
	{"Poke", SHMEM_PROTOCOL_PLAIN, part_parent_receive_poke},
	{"Part", SHMEM_PROTOCOL_CONSTRUCTOR,
	 part_parent_receive_part_constructor},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, part_parent_receive_delete},
	{"Ask", SHMEM_PROTOCOL_REQUEST, part_parent_receive_ask},
};

static void part_parent_destroyed(shmem_protocol_actor *actor, const void *arg,
				  shmem_protocol_end end, int err)
{
	const part_parent_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((part_parent *)actor, end, err);
}

static const part_parent_handlers part_parent_unbound = {0};

const shmem_protocol_type part_parent_type = {
	.name = "Part",
	.fingerprint = PART_FINGERPRINT,
	.child = false,
	.count = 4,
	.entries = part_parent_entries,
	.unbound = &part_parent_unbound,
	.destroyed = part_parent_destroyed,
};

void part_parent_bind(part_parent *actor, const part_parent_handlers *handlers,
		      void *arg)
{
	shmem_protocol_bind((shmem_protocol_actor *)actor, handlers, arg);
}

int part_parent_alloc(part_parent *actor, uint64_t bytes, shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *part_parent_arg(const part_parent *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *part_parent_protocol(const part_parent *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

every_parent *part_parent_manager_every(const part_parent *actor)
{
	return (every_parent *)shmem_protocol_manager(
		(const shmem_protocol_actor *)actor, &every_parent_type);
}

part_parent *part_parent_manager_part(const part_parent *actor)
{
	return (part_parent *)shmem_protocol_manager(
		(const shmem_protocol_actor *)actor, &part_parent_type);
}

part_parent *part_parent_next_part(const part_parent *actor,
				   const part_parent *after)
{
	return (part_parent *)shmem_protocol_next(
		(const shmem_protocol_actor *)actor,
		(const shmem_protocol_actor *)after, &part_parent_type);
}

int part_child_send_poke(part_child *actor, int32_t n)
{
	shmem_protocol_writer writer;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     PART_MESSAGE_POKE);
	shmem_protocol_put_int32(&writer, n);
	return shmem_protocol_send(&writer);
}

int part_child_send_part_constructor(part_child *actor,
				     const part_child_handlers *handlers,
				     void *arg, const char *name,
				     part_child **ret)
{
	shmem_protocol_writer writer;
	shmem_protocol_actor *made = NULL;
	int err;

	shmem_protocol_begin_constructor(&writer, (shmem_protocol_actor *)actor,
					 PART_MESSAGE_PART_CONSTRUCTOR);
	shmem_protocol_put_string(&writer, name, 65536);
	err = shmem_protocol_send_constructor(&writer, &part_child_type,
					      handlers, arg, &made);
	if (err == 0)
		*ret = (part_child *)made;
	return err;
}

int part_child_send_delete(part_child **take_actor, const char *why)
{
	shmem_protocol_writer writer;
	part_child *actor;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)*take_actor,
			     PART_MESSAGE_DELETE);
	shmem_protocol_put_string(&writer, why, 65536);
	err = shmem_protocol_send(&writer);
	if (err != 0)
		return err;
	actor = *take_actor;
	*take_actor = NULL;
	shmem_protocol_delete((shmem_protocol_actor *)actor);
	return 0;
}

int part_child_send_ask(part_child *actor, const char *how,
			shmem_segment **ret_s)
{
	shmem_protocol_writer writer;
	shmem_protocol_reader reader;
	shmem_segment *out_s = NULL;
	int err;

	shmem_protocol_begin(&writer, (shmem_protocol_actor *)actor,
			     PART_MESSAGE_ASK);
	shmem_protocol_put_string(&writer, how, 65536);
	err = shmem_protocol_call(&writer, &reader);
	if (err != 0)
		return err;
	shmem_protocol_get_segment(&reader, &out_s);
	err = shmem_protocol_accept(&reader, NULL);
	if (err != 0)
		return err;
	*ret_s = out_s;
	return 0;
}

static int part_child_receive_poke(shmem_protocol_incoming *incoming)
{
	part_child *actor = (part_child *)incoming->actor;
	const part_child_handlers *handlers = incoming->handlers;
	int32_t n = 0;
	int err;

	n = shmem_protocol_get_int32(&incoming->reader);
	err = shmem_protocol_arrived(incoming, handlers->recv_poke != NULL);
	if (err == 0)
		err = handlers->recv_poke(actor, n);
	return err;
}

static int part_child_receive_part_constructor(shmem_protocol_incoming *incoming)
{
	part_child *actor = (part_child *)incoming->actor;
	const part_child_handlers *handlers = incoming->handlers;
	const char *name = NULL;
	shmem_protocol_actor *made = NULL;
	int err;

	name = shmem_protocol_get_string(&incoming->reader, 65536);
	err = shmem_protocol_arrived(incoming,
				     handlers->recv_part_constructor != NULL);
	if (err == 0)
		err = shmem_protocol_construct(incoming, &part_child_type, &made);
	if (err == 0)
		err = handlers->recv_part_constructor(actor, (part_child *)made,
						      name);
	return shmem_protocol_constructed(incoming, made, err);
}

static int part_child_receive_delete(shmem_protocol_incoming *incoming)
{
	part_child *actor = (part_child *)incoming->actor;
	const part_child_handlers *handlers = incoming->handlers;
	const char *why = NULL;
	int err;

	why = shmem_protocol_get_string(&incoming->reader, 65536);
	err = shmem_protocol_arrived(incoming, true);
	if (err == 0 && handlers->recv_delete != NULL)
		err = handlers->recv_delete(actor, why);
	return shmem_protocol_deleted(incoming, err);
}

static const shmem_protocol_entry part_child_entries[] = {
	{"Poke", SHMEM_PROTOCOL_PLAIN, part_child_receive_poke},
	{"Part", SHMEM_PROTOCOL_CONSTRUCTOR,
	 part_child_receive_part_constructor},
	{"__delete__", SHMEM_PROTOCOL_PLAIN, part_child_receive_delete},
	{"Ask", SHMEM_PROTOCOL_REQUEST, NULL},
};

static void part_child_destroyed(shmem_protocol_actor *actor, const void *arg,
				 shmem_protocol_end end, int err)
{
	const part_child_handlers *handlers = arg;

	if (handlers->destroyed != NULL)
		handlers->destroyed((part_child *)actor, end, err);
}

static const part_child_handlers part_child_unbound = {0};

const shmem_protocol_type part_child_type = {
	.name = "Part",
	.fingerprint = PART_FINGERPRINT,
	.child = true,
	.count = 4,
	.entries = part_child_entries,
	.unbound = &part_child_unbound,
	.destroyed = part_child_destroyed,
};

void part_child_bind(part_child *actor, const part_child_handlers *handlers,
		     void *arg)
{
	shmem_protocol_bind((shmem_protocol_actor *)actor, handlers, arg);
}

int part_child_alloc(part_child *actor, uint64_t bytes, shmem_segment **ret)
{
	return shmem_protocol_alloc((shmem_protocol_actor *)actor, bytes, ret);
}

void *part_child_arg(const part_child *actor)
{
	return shmem_protocol_arg((const shmem_protocol_actor *)actor);
}

shmem_protocol *part_child_protocol(const part_child *actor)
{
	return shmem_protocol_of((const shmem_protocol_actor *)actor);
}

every_child *part_child_manager_every(const part_child *actor)
{
	return (every_child *)shmem_protocol_manager(
		(const shmem_protocol_actor *)actor, &every_child_type);
}

part_child *part_child_manager_part(const part_child *actor)
{
	return (part_child *)shmem_protocol_manager(
		(const shmem_protocol_actor *)actor, &part_child_type);
}

part_child *part_child_next_part(const part_child *actor,
				 const part_child *after)
{
	return (part_child *)shmem_protocol_next(
		(const shmem_protocol_actor *)actor,
		(const shmem_protocol_actor *)after, &part_child_type);
}
