/* Source of shapes.shmem, made by shmemc 0.1.0; do not edit. */
#include "shapes.h"
#include <shmem/protocol_actor.h>

static bool paint_types_unit_is_valid(int32_t v)
{
	switch (v) {
	case PAINT_TYPES_UNIT_INCH:
	case PAINT_TYPES_UNIT_POINT:
	case PAINT_TYPES_UNIT_PICA:
	case PAINT_TYPES_UNIT_PIXEL:
		return true;
	default:
		return false;
	}
}

void paint_types_unit_put(shmem_protocol_writer *w, paint_types_unit v)
{
	if (!paint_types_unit_is_valid((int32_t)v))
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	shmem_protocol_put_int32(w, (int32_t)v);
}

paint_types_unit paint_types_unit_get(shmem_protocol_reader *r)
{
	int32_t v = shmem_protocol_get_int32(r);

	if (!paint_types_unit_is_valid(v)) {
		shmem_protocol_get_fail(r);
		return PAINT_TYPES_UNIT_INCH;
	}
	return (paint_types_unit)v;
}

void paint_types_length_put(shmem_protocol_writer *w,
			    const paint_types_length *v)
{
	shmem_protocol_put_double(w, v->value);
	paint_types_unit_put(w, v->unit);
}

void paint_types_length_get(shmem_protocol_reader *r, paint_types_length *v)
{
	v->value = shmem_protocol_get_double(r);
	v->unit = paint_types_unit_get(r);
}

void paint_types_style_put(shmem_protocol_writer *w, const paint_types_style *v)
{
	size_t n_;

	shmem_protocol_put_string(w, v->class_, 65536);
	shmem_protocol_put_bool(w, v->default_);
	shmem_protocol_put_bool(w, v->lineWidth != NULL);
	if (v->lineWidth != NULL)
		paint_types_length_put(w, v->lineWidth);
	n_ = shmem_protocol_put_count(w, v->colours.items, v->colours.count,
				      65536);
	for (size_t i_ = 0; i_ < n_; i_++)
		paint_types_http_colour_put(w, &v->colours.items[i_]);
}

void paint_types_style_get(shmem_protocol_reader *r, paint_types_style *v)
{
	v->class_ = shmem_protocol_get_string(r, 65536);
	v->default_ = shmem_protocol_get_bool(r);
	{
		paint_types_length *one_ = shmem_protocol_get_optional(
			r, sizeof(*one_));

		if (one_ != NULL)
			paint_types_length_get(r, one_);
		v->lineWidth = one_;
	}
	{
		paint_types_http_colour *list_ = shmem_protocol_get_list(
			r, 65536, 6, sizeof(*list_), &v->colours.count);

		for (size_t i_ = 0; i_ < v->colours.count; i_++)
			paint_types_http_colour_get(r, &list_[i_]);
		v->colours.items = list_;
	}
}

void paint_types_http_colour_put(shmem_protocol_writer *w,
				 const paint_types_http_colour *v)
{
	shmem_protocol_put_uint16(w, (uint16_t)v->tag);
	switch (v->tag) {
	case PAINT_TYPES_HTTP_COLOUR_UINT32:
		shmem_protocol_put_uint32(w, v->as.uint32);
		break;
	case PAINT_TYPES_HTTP_COLOUR_STRING:
		shmem_protocol_put_string(w, v->as.string, 65536);
		break;
	default:
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	}
}

void paint_types_http_colour_get(shmem_protocol_reader *r,
				 paint_types_http_colour *v)
{
	uint16_t tag = shmem_protocol_get_uint16(r);

	switch (tag) {
	case PAINT_TYPES_HTTP_COLOUR_UINT32:
		v->as.uint32 = shmem_protocol_get_uint32(r);
		break;
	case PAINT_TYPES_HTTP_COLOUR_STRING:
		v->as.string = shmem_protocol_get_string(r, 65536);
		break;
	default:
		shmem_protocol_get_fail(r);
		tag = 0;
	}
	v->tag = (paint_types_http_colour_tag)tag;
}
