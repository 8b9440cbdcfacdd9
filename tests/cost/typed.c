/* SPDX-License-Identifier: MIT */
/*
 * What typed messages cost: the same messages by generated code and packed by
 * hand, in instructions and in allocations, both ends in one thread. Each run
 * sends one message and receives it; where it has a segment, that is allocated
 * before and freed after it.
 *
 * Usage: typed --allocations   counts allocations: none more than by hand
 *        typed --list          prints each message, and how many per cent of
 *                              what it costs by hand it may cost
 *        typed MESSAGE hand|generated COUNT
 *                              sends it so often, for callgrind to count
 */
#include <shmem/shmem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "typed.h"
#include "typed_by_hand.h"

#define WARM 400
#define COUNT 1000
#define COLOURS 8u

static const char name[] = "the upper left corner";
static const uint32_t colours[COLOURS] = {1, 2, 3, 4, 5, 6, 7, 8};

/* What the cases work on. */
static shmem_channel *a, *b;
static shmem_protocol *near, *far;
static typed_parent *parent;
static typed_child *child;
static uint64_t heard;

static int hear(uint32_t id, int32_t x, int32_t y)
{
	heard += id + (uint32_t)x + (uint32_t)y;
	return 0;
}

static int hear_all(uint32_t id, int32_t x, int32_t y, const char *text,
		    const uint32_t *list, size_t count)
{
	heard += (unsigned char)text[0] + list[count - 1];
	return hear(id, x, y);
}

static int hear_segment(uint32_t id, int32_t x, int32_t y, const char *text,
			const uint32_t *list, size_t count,
			shmem_segment **take)
{
	*(volatile char *)shmem_segment_data(*take) = 1;
	CHECK(shmem_segment_free(take));
	return hear_all(id, x, y, text, list, count);
}

static int hand_move(void *arg, uint32_t id, int32_t x, int32_t y)
{
	(void)arg;
	return hear(id, x, y);
}

static int hand_draw(void *arg, uint32_t id, int32_t x, int32_t y,
		     const char *text, const uint32_t *list, size_t count)
{
	(void)arg;
	return hear_all(id, x, y, text, list, count);
}

static int hand_show(void *arg, uint32_t id, int32_t x, int32_t y,
		     const char *text, const uint32_t *list, size_t count,
		     shmem_segment **take)
{
	(void)arg;
	return hear_segment(id, x, y, text, list, count, take);
}

static int typed_move(typed_child *actor, uint32_t id, int32_t x, int32_t y)
{
	(void)actor;
	return hear(id, x, y);
}

static int typed_draw(typed_child *actor, uint32_t id, int32_t x, int32_t y,
		      const char *text, const uint32_t *list, size_t count)
{
	(void)actor;
	return hear_all(id, x, y, text, list, count);
}

static int typed_show(typed_child *actor, uint32_t id, int32_t x, int32_t y,
		      const char *text, const uint32_t *list, size_t count,
		      shmem_segment **take)
{
	(void)actor;
	return hear_segment(id, x, y, text, list, count, take);
}

static const by_hand_handlers hand_handlers = {hand_move, hand_draw, hand_show};
static const typed_parent_handlers parent_handlers = {0};
static const typed_child_handlers child_handlers = {
	.recv_move = typed_move,
	.recv_draw = typed_draw,
	.recv_show = typed_show,
};

static void move_by_hand(void)
{
	CHECK(by_hand_send_move(a, 7, -1, 2));
	CHECK(by_hand_receive(b, &hand_handlers, NULL));
}

static void move_generated(void)
{
	CHECK(typed_parent_send_move(parent, 7, -1, 2));
	CHECK(shmem_protocol_receive(far, 0));
}

static void draw_by_hand(void)
{
	CHECK(by_hand_send_draw(a, 7, -1, 2, name, colours, COLOURS));
	CHECK(by_hand_receive(b, &hand_handlers, NULL));
}

static void draw_generated(void)
{
	CHECK(typed_parent_send_draw(parent, 7, -1, 2, name, colours, COLOURS));
	CHECK(shmem_protocol_receive(far, 0));
}

static void show_by_hand(void)
{
	shmem_segment *s = NULL;

	CHECK(shmem_segment_alloc(a, 4096, &s));
	*(volatile char *)shmem_segment_data(s) = 1;
	CHECK(by_hand_send_show(a, 7, -1, 2, name, colours, COLOURS, &s));
	CHECK(by_hand_receive(b, &hand_handlers, NULL));
}

static void show_generated(void)
{
	shmem_segment *s = NULL;

	CHECK(typed_parent_alloc(parent, 4096, &s));
	*(volatile char *)shmem_segment_data(s) = 1;
	CHECK(typed_parent_send_show(parent, 7, -1, 2, name, colours, COLOURS,
				     &s));
	CHECK(shmem_protocol_receive(far, 0));
}

static const struct scenario {
	const char *name;
	void (*run[2])(void); /* by hand, generated */
	int percent;          /* of what it costs by hand, at most */
} cases[] = {
	{"numbers", {move_by_hand, move_generated}, 116},
	{"string-and-array", {draw_by_hand, draw_generated}, 110},
	{"segment", {show_by_hand, show_generated}, 110},
};
#define CASES (sizeof(cases) / sizeof(*cases))

/* As the ends of a conversation do it; from then on both know the other, and
 * the channel is no slower than theirs. */
static void greet(shmem_channel *from, shmem_channel *to)
{
	shmem_message *m = NULL;

	CHECK(shmem_message_new("hello", 5, &m));
	CHECK(shmem_channel_send(from, &m));
	CHECK(shmem_channel_recv(to, -1, &m));
	shmem_message_free(&m);
}

static void set_up(bool generated)
{
	CHECK(shmem_channel_pair(NULL, &a, &b));
	if (!generated) {
		greet(a, b);
		greet(b, a);
		return;
	}
	CHECK(typed_parent_open(a, &parent_handlers, NULL, &near, &parent));
	CHECK(typed_child_open(b, &child_handlers, NULL, &far, &child));
	CHECK(shmem_protocol_handshake(near, -1));
	CHECK(shmem_protocol_handshake(far, -1));
}

static void tear_down(void)
{
	shmem_protocol_close(&near);
	shmem_protocol_close(&far);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

/* Callgrind collects what this calls; not to be inlined away. */
__attribute__((noinline)) void cost_measured(void (*run)(void), long count);
__attribute__((noinline)) void cost_measured(void (*run)(void), long count)
{
	for (long i = 0; i < count; i++)
		run();
}

/* Allocations of so many runs; after those which put all in its place. */
static unsigned long run_case(const struct scenario *it, bool generated,
			      long count)
{
	void (*run)(void) = it->run[generated];
	unsigned long before;

	set_up(generated);
	for (int i = 0; i < WARM; i++)
		run();
	before = allocations;
	cost_measured(run, count);
	before = allocations - before;
	tear_down();
	return before;
}

static int judge_allocations(void)
{
	int result = 0;

	for (size_t i = 0; i < CASES; i++) {
		unsigned long by_hand = run_case(&cases[i], false, COUNT);
		unsigned long generated = run_case(&cases[i], true, COUNT);

		printf("%-24s %8.3f allocations, by hand %.3f\n", cases[i].name,
		       (double)generated / COUNT, (double)by_hand / COUNT);
		if (generated > by_hand)
			result = 1;
	}
	return result;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--allocations") == 0)
		return judge_allocations();
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (size_t i = 0; i < CASES; i++)
			printf("%s %d\n", cases[i].name, cases[i].percent);
		return 0;
	}
	for (size_t i = 0; argc == 4 && i < CASES; i++)
		if (strcmp(argv[1], cases[i].name) == 0) {
			(void)run_case(&cases[i],
				       strcmp(argv[2], "generated") == 0,
				       strtol(argv[3], NULL, 10));
			return 0;
		}
	fputs("usage: typed --allocations | --list | "
	      "MESSAGE hand|generated COUNT\n",
	      stderr);
	return 2;
}
