/* SPDX-License-Identifier: MIT */
/* Every type goes to another process and comes back the same. */
#include "echoes.h"
#include "peers.h"

#include <float.h>
#include <string.h>

#include <shmem/mapping.h>

static int numbers(every_parent *actor, bool a, int8_t b, uint8_t c, int16_t d,
		   uint16_t e, int32_t f, uint32_t g, int64_t h, uint64_t i,
		   float j, double k, bool *ret_a, int8_t *ret_b,
		   uint8_t *ret_c, int16_t *ret_d, uint16_t *ret_e,
		   int32_t *ret_f, uint32_t *ret_g, int64_t *ret_h,
		   uint64_t *ret_i, float *ret_j, double *ret_k)
{
	(void)actor;
	*ret_a = a;
	*ret_b = b;
	*ret_c = c;
	*ret_d = d;
	*ret_e = e;
	*ret_f = f;
	*ret_g = g;
	*ret_h = h;
	*ret_i = i;
	*ret_j = j;
	*ret_k = k;
	return 0;
}

static int own(every_parent *actor, shmem_segment **take_s,
	       shmem_handle **take_h, shmem_handle **take_r,
	       every_frame *take_f, every_frame *take_more, size_t more_count,
	       shmem_segment **take_none, shmem_segment **ret_s,
	       shmem_handle **ret_h, shmem_handle **ret_r, every_frame *ret_f,
	       every_frame **ret_more, size_t *ret_more_count,
	       shmem_segment **ret_none)
{
	every_frame *more = shmem_protocol_scratch(every_parent_protocol(actor),
						   more_count * sizeof(*more));
	shmem_segment **tiles =
		shmem_protocol_scratch(every_parent_protocol(actor),
				       take_f->tiles.count * sizeof(*tiles));

	ck_assert_ptr_null(*take_none);
	shmem_segment_move(ret_s, take_s);
	shmem_handle_move(ret_h, take_h);
	shmem_handle_move(ret_r, take_r);
	shmem_segment_move(ret_none, take_none);
	for (size_t i = 0; i < take_f->tiles.count; i++)
		shmem_segment_move(&tiles[i], &take_f->tiles.items[i]);
	shmem_segment_move(&ret_f->pixels, &take_f->pixels);
	shmem_handle_move(&ret_f->extra, &take_f->extra);
	ret_f->tiles.items = tiles;
	ret_f->tiles.count = take_f->tiles.count;
	/* The gaps are left: the library frees what is in them. */
	ret_f->gaps = (every_shmem_optional_array){NULL, 0};
	for (size_t i = 0; i < more_count; i++)
		shmem_segment_move(&more[i].pixels, &take_more[i].pixels);
	*ret_more = more;
	*ret_more_count = more_count;
	return 0;
}

static const every_parent_handlers parent = {
	.recv_numbers = numbers,
	.recv_echo = echoes_echo,
	.recv_own = own,
	.recv_values = echoes_values,
	.recv_options = echoes_options,
};
static const every_child_handlers child;

static void check_numbers(every_child *actor, bool a, int8_t b, uint8_t c,
			  int16_t d, uint16_t e, int32_t f, uint32_t g,
			  int64_t h, uint64_t i, float j, double k)
{
	bool a2;
	int8_t b2;
	uint8_t c2;
	int16_t d2;
	uint16_t e2;
	int32_t f2;
	uint32_t g2;
	int64_t h2;
	uint64_t i2;
	float j2;
	double k2;

	ck_assert_int_eq(every_child_send_numbers(actor, a, b, c, d, e, f, g, h,
						  i, j, k, &a2, &b2, &c2, &d2,
						  &e2, &f2, &g2, &h2, &i2, &j2,
						  &k2),
			 0);
	ck_assert(a == a2 && b == b2 && c == c2 && d == d2 && e == e2);
	ck_assert(f == f2 && g == g2 && h == h2 && i == i2);
	ck_assert_int_eq(memcmp(&j, &j2, sizeof(j)), 0);
	ck_assert_int_eq(memcmp(&k, &k2, sizeof(k)), 0);
}

static void send_numbers(every_child *actor, shmem_protocol *protocol)
{
	(void)protocol;
	check_numbers(actor, false, 0, 0, 0, 0, 0, 0, 0, 0, 0.0f, 0.0);
	check_numbers(actor, true, INT8_MAX, UINT8_MAX, INT16_MAX, UINT16_MAX,
		      INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX, FLT_MAX,
		      DBL_MAX);
	check_numbers(actor, true, INT8_MIN, 1, INT16_MIN, 0x1234, INT32_MIN,
		      0x12345678, INT64_MIN, UINT64_C(0x123456789abcdef0),
		      -0.0f, -DBL_MIN);
}

START_TEST(numbers_come_back)
{
	peers_serve(&parent, NULL, &child, send_numbers);
}
END_TEST

static void send_shape(every_child *actor, shmem_protocol *protocol)
{
	const every_point corners[] = {{1, 2}, {-3, INT32_MAX}};
	const every_point centre = {7, 8};
	const double weights[] = {0.5, -1.0, 1e300};
	const bool flags[] = {true, false, true};
	const char *const words[] = {"", "one", "gr\xc3\xbc\xc3\x9f"};
	const uint8_t row[] = {9, 8, 7};
	const every_uint8_array rows[] = {{row, 3}, {NULL, 0}, {row, 1}};
	const every_color palette[] = {EVERY_COLOR_RED, EVERY_COLOR_DARK_BLUE};
	const int32_t hole = 42;
	const int32_t *const holes[] = {NULL, &hole};
	const every_shape shape = {
		.color = EVERY_COLOR_GREEN,
		.corners = {corners, 2},
		.label = "label",
		.blob = {"\0\1\2", 3},
		.centre = &centre,
		.weights = {weights, 3},
		.flags = {flags, 3},
		.words = {words, 3},
		.rows = {rows, 3},
		.palette = {palette, 2},
		.holes = {holes, 2},
	};
	every_shape back;
	const char *text;
	const void *data;
	size_t data_size;
	every_color color;
	shmem_protocol_memory *memory = NULL;

	(void)protocol;
	ck_assert_int_eq(every_child_send_echo(actor, &shape, "a text", "bytes",
					       5, EVERY_COLOR_DARK_BLUE, &back,
					       &text, &data, &data_size, &color,
					       &memory),
			 0);
	ck_assert_int_eq(back.color, EVERY_COLOR_GREEN);
	ck_assert_uint_eq(back.corners.count, 2);
	ck_assert_int_eq(memcmp(back.corners.items, corners, sizeof(corners)),
			 0);
	ck_assert_str_eq(back.label, "label");
	ck_assert_uint_eq(back.blob.size, 3);
	ck_assert_int_eq(memcmp(back.blob.data, "\0\1\2", 3), 0);
	ck_assert_int_eq(back.centre->y, 8);
	ck_assert_uint_eq(back.weights.count, 3);
	ck_assert_int_eq(memcmp(back.weights.items, weights, sizeof(weights)),
			 0);
	ck_assert_uint_eq(back.flags.count, 3);
	ck_assert(back.flags.items[0] && !back.flags.items[1]);
	ck_assert_uint_eq(back.words.count, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_str_eq(back.words.items[i], words[i]);
	ck_assert_uint_eq(back.rows.count, 3);
	ck_assert_uint_eq(back.rows.items[0].count, 3);
	ck_assert_int_eq(memcmp(back.rows.items[0].items, row, 3), 0);
	ck_assert_uint_eq(back.rows.items[1].count, 0);
	ck_assert_uint_eq(back.palette.count, 2);
	ck_assert_int_eq(back.palette.items[1], EVERY_COLOR_DARK_BLUE);
	ck_assert_uint_eq(back.holes.count, 2);
	ck_assert_ptr_null(back.holes.items[0]);
	ck_assert_int_eq(*back.holes.items[1], 42);
	ck_assert_str_eq(text, "a text");
	ck_assert_uint_eq(data_size, 5);
	ck_assert_int_eq(memcmp(data, "bytes", 5), 0);
	ck_assert_int_eq(color, EVERY_COLOR_DARK_BLUE);
	shmem_protocol_memory_free(&memory);
	ck_assert_ptr_null(memory);
}

START_TEST(a_struct_of_everything_comes_back)
{
	peers_serve(&parent, NULL, &child, send_shape);
}
END_TEST

static shmem_segment *segment(every_child *actor, int value)
{
	shmem_segment *s = NULL;

	ck_assert_int_eq(every_child_alloc(actor, sizeof(value), &s), 0);
	*SHMEM_SEGMENT_AS(int, s) = value;
	return s;
}

static void check_segment(shmem_segment **take, int value)
{
	ck_assert_int_eq(*SHMEM_SEGMENT_AS(int, *take), value);
	ck_assert_int_eq(shmem_segment_free(take), 0);
}

static void send_owned(every_child *actor, shmem_protocol *protocol)
{
	shmem_channel *channel = shmem_protocol_channel(protocol);
	shmem_segment *s = segment(actor, 1);
	shmem_segment *none = NULL;
	shmem_segment *tiles[] = {segment(actor, 2), segment(actor, 3)};
	shmem_segment *gaps[] = {NULL, segment(actor, 4), NULL};
	every_frame f = {segment(actor, 5), NULL, {tiles, 2}, {gaps, 3}};
	every_frame more[] = {{.pixels = segment(actor, 6)},
			      {.pixels = segment(actor, 7)}};
	shmem_handle *h = NULL;
	shmem_handle *r = NULL;
	every_frame f2 = {0};
	every_frame *more2 = NULL;
	size_t more2_count = 0;
	shmem_protocol_memory *memory = NULL;

	ck_assert_int_eq(shmem_handle_create(100, NULL, &h), 0);
	ck_assert_int_eq(shmem_handle_duplicate(h, SHMEM_READ, &r), 0);
	ck_assert_int_eq(shmem_handle_create(200, NULL, &f.extra), 0);
	ck_assert_int_eq(every_child_send_own(actor, &s, &h, &r, &f, more, 2,
					      &none, &s, &h, &r, &f2, &more2,
					      &more2_count, &none, &memory),
			 0);
	/* All that was given is gone; what was returned took its place. */
	ck_assert_ptr_null(f.pixels);
	ck_assert_ptr_null(f.extra);
	ck_assert_ptr_null(tiles[0]);
	ck_assert_ptr_null(tiles[1]);
	ck_assert_ptr_null(gaps[1]);
	ck_assert_ptr_null(more[1].pixels);
	ck_assert_ptr_null(none);
	check_segment(&s, 1);
	ck_assert_uint_eq(shmem_handle_size(h), 100);
	ck_assert_int_eq(shmem_handle_access(h), SHMEM_RW);
	ck_assert_int_eq(shmem_handle_access(r), SHMEM_READ);
	check_segment(&f2.pixels, 5);
	ck_assert_uint_eq(shmem_handle_size(f2.extra), 200);
	ck_assert_uint_eq(f2.tiles.count, 2);
	check_segment(&f2.tiles.items[0], 2);
	check_segment(&f2.tiles.items[1], 3);
	ck_assert_uint_eq(more2_count, 2);
	check_segment(&more2[0].pixels, 6);
	check_segment(&more2[1].pixels, 7);
	shmem_handle_close(&h);
	shmem_handle_close(&r);
	shmem_handle_close(&f2.extra);
	shmem_protocol_memory_free(&memory);
	ck_assert_int_eq(shmem_channel_dispatch(channel), 0);
	ck_assert_uint_eq(peers_owned(channel), 0);
}

START_TEST(segments_and_handles_come_back_wherever_they_are)
{
	peers_serve(&parent, NULL, &child, send_owned);
}
END_TEST

static void send_values(every_child *actor, shmem_protocol *protocol)
{
	const int32_t ints[] = {1, -2, 3};
	every_value inner[] = {
		{.tag = EVERY_VALUE_BOOL, .as.bool_ = true},
		{.tag = EVERY_VALUE_STRING, .as.string = "inner"},
	};
	every_value vs[] = {
		{.tag = EVERY_VALUE_INT64, .as.int64 = INT64_MIN},
		{.tag = EVERY_VALUE_DOUBLE, .as.double_ = 2.5},
		{.tag = EVERY_VALUE_POINT, .as.point = {3, 4}},
		{.tag = EVERY_VALUE_INT32_ARRAY, .as.int32_array = {ints, 3}},
		{.tag = EVERY_VALUE_BYTES, .as.bytes = {"xyz", 3}},
		{.tag = EVERY_VALUE_FRAME,
		 .as.frame = {.pixels = segment(actor, 9)}},
	};
	every_value v = {.tag = EVERY_VALUE_VALUE_ARRAY,
			 .as.value_array = {inner, 2}};
	const every_tree leaves[] = {{.name = "left"}, {.name = "right"}};
	const every_tree twin = {.name = "twin"};
	const every_tree t = {"root", {leaves, 2}, &twin};
	every_value v2;
	every_value *vs2;
	size_t vs2_count;
	every_tree t2;
	shmem_protocol_memory *memory = NULL;

	(void)protocol;
	ck_assert_int_eq(every_child_send_values(actor, &v, vs, 6, &t, &v2,
						 &vs2, &vs2_count, &t2,
						 &memory),
			 0);
	ck_assert_ptr_null(vs[5].as.frame.pixels);
	ck_assert_int_eq(v2.tag, EVERY_VALUE_VALUE_ARRAY);
	ck_assert_uint_eq(v2.as.value_array.count, 2);
	ck_assert(v2.as.value_array.items[0].as.bool_);
	ck_assert_str_eq(v2.as.value_array.items[1].as.string, "inner");
	ck_assert_uint_eq(vs2_count, 6);
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(vs2[i].tag, vs[i].tag);
	ck_assert(vs2[0].as.int64 == INT64_MIN);
	ck_assert(vs2[1].as.double_ == 2.5);
	ck_assert_int_eq(vs2[2].as.point.y, 4);
	ck_assert_int_eq(vs2[3].as.int32_array.items[1], -2);
	ck_assert_int_eq(memcmp(vs2[4].as.bytes.data, "xyz", 3), 0);
	check_segment(&vs2[5].as.frame.pixels, 9);
	ck_assert_str_eq(t2.branches.items[1].name, "right");
	ck_assert_str_eq(t2.twin->name, "twin");
	ck_assert_ptr_null(t2.branches.items[0].twin);
	shmem_protocol_memory_free(&memory);
}

START_TEST(unions_and_trees_come_back)
{
	peers_serve(&parent, NULL, &child, send_values);
}
END_TEST

static void send_options(every_child *actor, shmem_protocol *protocol)
{
	const int32_t a = 5;
	const every_color b = EVERY_COLOR_GREEN;
	const every_point c = {6, 7};
	const int32_t f[] = {8};
	shmem_handle *g = NULL;
	shmem_handle *h = NULL;
	const int32_t *a2;
	const every_color *b2;
	const every_point *c2;
	const char *d2;
	const void *e2;
	size_t e2_size;
	const int32_t *f2;
	size_t f2_count;
	shmem_protocol_memory *memory = NULL;

	(void)protocol;
	ck_assert_int_eq(shmem_handle_create(10, NULL, &g), 0);
	ck_assert_int_eq(every_child_send_options(actor, &a, &b, &c, "d", "", 0,
						  f, 1, &g, &h, &a2, &b2, &c2,
						  &d2, &e2, &e2_size, &f2,
						  &f2_count, &g, &h, &memory),
			 0);
	ck_assert_int_eq(*a2, 5);
	ck_assert_int_eq(*b2, EVERY_COLOR_GREEN);
	ck_assert_int_eq(c2->x, 6);
	ck_assert_str_eq(d2, "d");
	ck_assert_ptr_nonnull(e2); /* there, and empty */
	ck_assert_uint_eq(e2_size, 0);
	ck_assert_int_eq(f2[0], 8);
	ck_assert_uint_eq(f2_count, 1);
	ck_assert_uint_eq(shmem_handle_size(g), 10);
	ck_assert_ptr_null(h);
	shmem_handle_close(&g);
	shmem_protocol_memory_free(&memory);

	ck_assert_int_eq(every_child_send_options(
				 actor, NULL, NULL, NULL, NULL, NULL, 0, NULL,
				 0, NULL, NULL, &a2, &b2, &c2, &d2, &e2,
				 &e2_size, &f2, &f2_count, &g, &h, &memory),
			 0);
	ck_assert(a2 == NULL && b2 == NULL && c2 == NULL && d2 == NULL &&
		  e2 == NULL && f2 == NULL && g == NULL && h == NULL);
	shmem_protocol_memory_free(&memory);
}

START_TEST(what_is_optional_may_be_absent)
{
	peers_serve(&parent, NULL, &child, send_options);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("types");
	TCase *t = support_case(s, "echo");

	tcase_add_test(t, numbers_come_back);
	tcase_add_test(t, a_struct_of_everything_comes_back);
	tcase_add_test(t, segments_and_handles_come_back_wherever_they_are);
	tcase_add_test(t, unions_and_trees_come_back);
	tcase_add_test(t, what_is_optional_may_be_absent);
	return s;
}
SUPPORT_MAIN(suite)
