/* SPDX-License-Identifier: MIT */
/*
 * Memory and system calls fail, one at a time, at every place of a
 * conversation. Whatever it is, an error says so, both ends can be closed, and
 * nothing stays.
 */
#include "peers.h"

#include "base/fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#ifdef _WIN32
#include <windows.h>
#endif

static shmem_protocol_resolver *later;
static int ended[2]; /* actors of the parent's and of the child's */
static int made[2];

static int recv_later(every_parent *actor, int32_t n, const char *const *names,
		      size_t names_count, shmem_protocol_resolver **take)
{
	(void)actor;
	(void)names;
	(void)names_count;
	if (n == 0)
		return SHMEM_E_BUSY;
	shmem_protocol_reject(&later, SHMEM_E_CLOSED);
	later = *take;
	*take = NULL;
	return 0;
}

static int recv_note(every_parent *actor, const char *text)
{
	(void)actor;
	(void)text;
	return 0;
}

static void part_ended(part_parent *actor, shmem_protocol_end end, int err)
{
	(void)actor;
	(void)end;
	(void)err;
	ended[0]++;
}

static int recv_part(every_parent *actor, part_parent *part, const char *name,
		     shmem_segment **take_s)
{
	static const part_parent_handlers handlers = {
		.destroyed = part_ended,
	};

	(void)actor;
	(void)name;
	(void)take_s;
	part_parent_bind(part, &handlers, NULL);
	made[0]++;
	return 0;
}

static const every_parent_handlers parent_ops = {
	.recv_later = recv_later,
	.recv_note = recv_note,
	.recv_part_constructor = recv_part,
};

static int recv_push(every_child *actor, every_frame *take_f)
{
	(void)actor;
	(void)take_f;
	return 0;
}
static const every_child_handlers child_ops = {.recv_push = recv_push};

static void child_part_ended(part_child *actor, shmem_protocol_end end, int err)
{
	(void)actor;
	(void)end;
	(void)err;
	ended[1]++;
}
static const part_child_handlers part_ops = {.destroyed = child_part_ended};

static void on_later(every_child *actor, int err, int32_t n,
		     const char *const *names, size_t names_count,
		     shmem_segment **take_s, void *arg)
{
	(void)actor;
	(void)n;
	(void)names;
	(void)names_count;
	(void)take_s;
	(void)err;
	++*(int *)arg;
}

typedef struct talk {
	peers p;
	int asked;
	int answered;
	int errors;
} talk;

/* Counts an error, which must be one of the library's. */
static int note(talk *t, int err)
{
	if (err != 0) {
		ck_assert_str_ne(shmem_errname(err), "SHMEM_E_UNKNOWN");
		t->errors++;
	}
	return err;
}

static void drain(talk *t, shmem_protocol *protocol)
{
	int err;

	do
		err = shmem_protocol_receive(protocol, 0);
	while (err != SHMEM_E_AGAIN && shmem_protocol_status(protocol) == 0 &&
	       (err == 0 || note(t, err)) && t->errors < 50);
}

static void settle(talk *t)
{
	for (int i = 0; i < 6; i++) {
		drain(t, t->p.parent_protocol);
		drain(t, t->p.child_protocol);
	}
}

static void ask(talk *t, int n)
{
	static const char *const names[] = {"one", "two"};

	if (note(t, every_child_send_later(t->p.child, n, names, 2, on_later,
					   &t->answered)) == 0)
		t->asked++;
}

static void push(talk *t)
{
	shmem_segment *tiles[6] = {NULL};
	every_frame f = {.tiles = {tiles, 6}};
	int err = every_parent_alloc(t->p.parent, 10, &f.pixels);

	for (int i = 0; i < 6 && err == 0; i++)
		err = every_parent_alloc(t->p.parent, 10, &tiles[i]);
	if (err == 0)
		err = shmem_handle_create(10, NULL, &f.extra);
	if (err == 0)
		err = every_parent_send_push(t->p.parent, &f);
	/* All or nothing. */
	if (err == 0)
		ck_assert(f.pixels == NULL && f.extra == NULL &&
			  tiles[5] == NULL);
	else if (tiles[5] != NULL && f.extra != NULL)
		ck_assert(f.pixels != NULL && tiles[0] != NULL);
	note(t, err);
	shmem_segment_free(&f.pixels);
	shmem_handle_close(&f.extra);
	for (int i = 0; i < 6; i++)
		shmem_segment_free(&tiles[i]);
}

static void construct(talk *t)
{
	shmem_segment *s = NULL;
	part_child *part = NULL;
	int err = every_child_alloc(t->p.child, 10, &s);

	if (err == 0)
		err = every_child_send_part_constructor(
			t->p.child, &part_ops, NULL, "name", &s, &part);
	if (err == 0)
		made[1]++;
	note(t, err);
	settle(t);
	if (err == 0 && ended[1] < made[1])
		note(t, part_child_send_delete(&part, "why"));
	shmem_segment_free(&s);
}

static void say_much(talk *t)
{
	char text[2000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	note(t, every_child_send_note(t->p.child, text));
}

static bool open(talk *t)
{
	peers *p = &t->p;

	return note(t, shmem_channel_pair(NULL, &p->parent_channel,
					  &p->child_channel)) == 0 &&
	       note(t, every_parent_open(p->parent_channel, &parent_ops, NULL,
					 &p->parent_protocol, &p->parent)) ==
		       0 &&
	       note(t, every_child_open(p->child_channel, &child_ops, NULL,
					&p->child_protocol, &p->child)) == 0;
}

static int converse(void)
{
	talk t = {.errors = 0};

	memset(ended, 0, sizeof(ended));
	memset(made, 0, sizeof(made));
	if (open(&t)) {
		static const char *const names[] = {"x"};
		shmem_segment *s = NULL;

		ask(&t, 1);
		ask(&t, 0);
		push(&t);
		say_much(&t);
		settle(&t);
		if (later != NULL &&
		    note(&t, every_parent_alloc(t.p.parent, 10, &s)) == 0)
			note(&t, every_parent_resolve_later(&later, 5, names, 1,
							    &s));
		shmem_segment_free(&s);
		settle(&t);
		construct(&t);
		settle(&t);
	}
	peers_close(&t.p);
	shmem_protocol_reject(&later, SHMEM_E_CLOSED);
	/* Every call was answered, and every actor ended, once. */
	ck_assert_int_eq(t.asked, t.answered);
	ck_assert_int_eq(made[0], ended[0]);
	ck_assert_int_eq(made[1], ended[1]);
	return t.errors;
}

#ifdef _WIN32
static const int natives[] = {ERROR_NOT_ENOUGH_MEMORY,
			      ERROR_NO_SYSTEM_RESOURCES};
#else
static const int natives[] = {ENOMEM, EMFILE, EINTR, EAGAIN};
#endif
#define NATIVES (int)(sizeof(natives) / sizeof(natives[0]))

START_TEST(any_call_may_fail)
{
	unsigned long calls;
	unsigned long hits = 0;

	(void)shmem__fault_arm(0, 0, NULL);
	ck_assert_int_eq(converse(), 0);
	calls = shmem__fault_arm(0, 0, NULL);
	for (unsigned long k = 1; k <= calls + 20; k++) {
		(void)shmem__fault_arm(k, natives[_i], NULL);
		(void)converse();
		hits += shmem__fault_hit() != NULL;
		(void)shmem__fault_arm(0, 0, NULL);
	}
	ck_assert_uint_ge(hits, calls / 2);
}
END_TEST

START_TEST(what_fails_for_want_of_memory_says_so)
{
	unsigned long calls;

	(void)shmem__fault_arm(0, 0, "calloc");
	ck_assert_int_eq(converse(), 0);
	calls = shmem__fault_arm(0, 0, NULL);
	ck_assert_uint_gt(calls, 10);
	for (unsigned long k = 1; k <= calls; k++) {
		(void)shmem__fault_arm(k, ENOMEM, "calloc");
		ck_assert_msg(converse() > 0 || shmem__fault_hit() != NULL,
			      "call %lu went unnoticed", k);
		(void)shmem__fault_arm(0, 0, NULL);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("faults");
	TCase *t = support_case(s, "conversation");

	tcase_add_loop_test(t, any_call_may_fail, 0, NATIVES);
	tcase_add_test(t, what_fails_for_want_of_memory_says_so);
	return s;
}
SUPPORT_MAIN(suite)
