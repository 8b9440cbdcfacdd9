/* SPDX-License-Identifier: MIT */
/* Large messages come in shared memory: no value may be read from there. */
#include "peers.h"

#include <stdlib.h>
#include <string.h>

#define SIZE 50000u
#define WORDS 1000

static char large[SIZE + 1];
static const char *words[WORDS];
static peers p;
static int heard;

static void check_words(const char *const *names, size_t count)
{
	ck_assert_uint_eq(count, WORDS);
	ck_assert(!peers_is_shared(names));
	for (size_t i = 0; i < count; i++)
		ck_assert_str_eq(names[i], words[i]);
	ck_assert(!peers_is_shared(names[0]));
	ck_assert(!peers_is_shared(names[count - 1]));
	heard++;
}

static int note(every_child *actor, const char *text)
{
	(void)actor;
	ck_assert(!peers_is_shared(text));
	ck_assert_str_eq(text, large);
	heard++;
	return 0;
}

static int later(every_parent *actor, int32_t n, const char *const *names,
		 size_t names_count, shmem_protocol_resolver **take)
{
	shmem_segment *s = NULL;

	check_words(names, names_count);
	ck_assert_int_eq(every_parent_alloc(actor, 64, &s), 0);
	return every_parent_resolve_later(take, n, names, names_count, &s);
}

static void on_later(every_child *actor, int err, int32_t n,
		     const char *const *names, size_t names_count,
		     shmem_segment **take_s, void *arg)
{
	(void)actor;
	(void)take_s;
	(void)arg;
	ck_assert_int_eq(err, 0);
	ck_assert_int_eq(n, 5);
	check_words(names, names_count);
}

static int echo(every_parent *actor, const every_shape *shape, const char *text,
		const void *data, size_t data_size, every_color color,
		every_shape *ret_shape, const char **ret_text,
		const void **ret_data, size_t *ret_data_size,
		every_color *ret_color)
{
	(void)actor;
	ck_assert(!peers_is_shared(text));
	ck_assert(!peers_is_shared(shape->weights.items));
	*ret_shape = *shape;
	*ret_text = text;
	*ret_data = data;
	*ret_data_size = data_size;
	*ret_color = color;
	return 0;
}

static const every_parent_handlers parent_ops = {
	.recv_later = later,
	.recv_echo = echo,
};
static const every_child_handlers child_ops = {.recv_note = note};

static void setup(void)
{
	heard = 0;
	memset(large, 'x', SIZE);
	for (int i = 0; i < WORDS; i++)
		words[i] = large + SIZE - 40 - i % 10;
}

START_TEST(values_are_not_read_from_shared_memory)
{
	peers_open(&p, &parent_ops, &child_ops, NULL);
	peers_settle(&p);
	ck_assert_int_eq(every_parent_send_note(p.parent, large), 0);
	ck_assert_int_eq(every_child_send_later(p.child, 5, words, WORDS,
						on_later, NULL),
			 0);
	peers_settle(&p);
	ck_assert_int_eq(heard, 3);
	peers_close(&p);
}
END_TEST

static void call(every_child *actor, shmem_protocol *protocol)
{
	static double weights[5000];
	every_shape shape = {
		.weights = {weights, 5000},
		.blob = {"", 0},
		.color = EVERY_COLOR_RED,
	};
	every_shape back;
	const char *text = NULL;
	const void *data = NULL;
	size_t size = 0;
	every_color color;
	shmem_protocol_memory *memory = NULL;

	(void)protocol;
	weights[4999] = 3.5;
	ck_assert_int_eq(every_child_send_echo(actor, &shape, large, "data", 4,
					       EVERY_COLOR_RED, &back, &text,
					       &data, &size, &color, &memory),
			 0);
	ck_assert(!peers_is_shared(text));
	ck_assert_str_eq(text, large);
	ck_assert(!peers_is_shared(back.weights.items));
	ck_assert_double_eq(back.weights.items[4999], 3.5);
	ck_assert_mem_eq(data, "data", 4);
	shmem_protocol_memory_free(&memory);
}

START_TEST(nor_are_results)
{
	peers_serve(&parent_ops, NULL, &child_ops, call);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("large");
	TCase *t = support_case(s, "private");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, values_are_not_read_from_shared_memory);
	tcase_add_test(t, nor_are_results);
	return s;
}
SUPPORT_MAIN(suite)
