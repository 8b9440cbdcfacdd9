/* Header of shapes.shmem, made by shmemc 0.1.0; do not edit. */
/*
 * SPDX-License-Identifier: MIT
 * Types for other files, in a namespace.
 */
#ifndef SHMEMC_SHAPES_H
#define SHMEMC_SHAPES_H

#include <shmem/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Signs and numbers of its own. */
typedef enum paint_types_unit {
	PAINT_TYPES_UNIT_INCH = -1,
	PAINT_TYPES_UNIT_POINT = 72,
	PAINT_TYPES_UNIT_PICA = 73,
	PAINT_TYPES_UNIT_PIXEL = 96
} paint_types_unit;

typedef struct paint_types_length paint_types_length;
typedef struct paint_types_style paint_types_style;
typedef struct paint_types_http_colour paint_types_http_colour;

typedef struct shapes_http_colour_array {
	const paint_types_http_colour *items;
	size_t count;
} shapes_http_colour_array;

struct paint_types_length {
	double value;
	paint_types_unit unit;
};

/*
 * Words that C or C++ keep for themselves, and a name
 * in CamelCase.
 */
struct paint_types_style {
	const char *class_;
	bool default_;
	const paint_types_length *lineWidth;
	/* the last one is the nearest */
	shapes_http_colour_array colours;
};

typedef enum paint_types_http_colour_tag {
	PAINT_TYPES_HTTP_COLOUR_UINT32 = 1,
	PAINT_TYPES_HTTP_COLOUR_STRING = 2
} paint_types_http_colour_tag;

struct paint_types_http_colour {
	paint_types_http_colour_tag tag;
	union {
		uint32_t uint32;
		const char *string;
	} as;
};

/* For the code that is made of files which include this one. */

/* For the code that is made of files which include this one. */
void paint_types_unit_put(shmem_protocol_writer *w, paint_types_unit v);
paint_types_unit paint_types_unit_get(shmem_protocol_reader *r);
void paint_types_length_put(shmem_protocol_writer *w,
			    const paint_types_length *v);
void paint_types_length_get(shmem_protocol_reader *r, paint_types_length *v);
void paint_types_style_put(shmem_protocol_writer *w,
			   const paint_types_style *v);
void paint_types_style_get(shmem_protocol_reader *r, paint_types_style *v);
void paint_types_http_colour_put(shmem_protocol_writer *w,
				 const paint_types_http_colour *v);
void paint_types_http_colour_get(shmem_protocol_reader *r,
				 paint_types_http_colour *v);

#ifdef __cplusplus
}
#endif
#endif
