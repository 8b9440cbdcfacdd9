/* SPDX-License-Identifier: MIT */
/* A peer that says anything: nothing of it reaches a handler, or stays. */
#include "peers.h"

#include "base/codec.h"

#include <stdio.h>
#include <string.h>

enum { HELLO = 1, MESSAGE, CONSTRUCT, REPLY, REFUSE };

/* Numbers of Every's messages, in the order of the file. */
enum { NUMBERS, ECHO, OWN, VALUES, LATER, OPTIONS, PLAIN, PART, DELETE, NOTE };

/* Bytes being put together. */
typedef struct bytes {
	unsigned char data[4096];
	size_t size;
} bytes;

static shmem_channel *raw; /* the mad peer's end */
static shmem_channel *channel;
static shmem_protocol *protocol;
static every_parent *parent;
static unsigned handled;

static void put8(bytes *b, unsigned v)
{
	b->data[b->size++] = (unsigned char)v;
}

static void put16(bytes *b, unsigned v)
{
	shmem__put16(b->data + b->size, (uint16_t)v);
	b->size += 2;
}

static void put32(bytes *b, uint32_t v)
{
	shmem__put32(b->data + b->size, v);
	b->size += 4;
}

static void put64(bytes *b, uint64_t v)
{
	shmem__put64(b->data + b->size, v);
	b->size += 8;
}

static void put_text(bytes *b, const char *text, size_t size)
{
	put32(b, (uint32_t)size);
	memcpy(b->data + b->size, text, size + 1);
	b->size += size + 1;
}

static bytes head(unsigned word, unsigned number, uint64_t actor)
{
	bytes b = {.size = 0};

	put8(&b, word);
	put8(&b, 0);
	put16(&b, number);
	put32(&b, 0);
	put64(&b, actor);
	return b;
}

static bytes greeting(unsigned version, unsigned side, uint64_t fingerprint,
		      const char *name)
{
	bytes b = head(HELLO, 0, 0);

	put32(&b, 0x50534d53);
	put16(&b, version);
	put8(&b, side);
	put8(&b, 0);
	put64(&b, fingerprint);
	put16(&b, (unsigned)strlen(name));
	memcpy(b.data + b.size, name, strlen(name));
	b.size += strlen(name);
	return b;
}

static shmem_message *message_of(const bytes *b)
{
	shmem_message *m = NULL;

	ck_assert_int_eq(shmem_message_new(b->data, b->size, &m), 0);
	return m;
}

static void send_message(shmem_message *m)
{
	ck_assert_int_eq(shmem_channel_send(raw, &m), 0);
}

static void send_bytes(const bytes *b)
{
	send_message(message_of(b));
}

static void ask_bytes(const bytes *b)
{
	shmem_message *m = message_of(b);
	uint64_t id;

	ck_assert_int_eq(shmem_channel_request(raw, &m, &id), 0);
}

static int recv_plain(every_parent *actor)
{
	(void)actor;
	handled++;
	return 0;
}

static int recv_note(every_parent *actor, const char *text)
{
	(void)actor;
	(void)text;
	handled++;
	return 0;
}

static int recv_part(every_parent *actor, part_parent *part, const char *name,
		     shmem_segment **take_s)
{
	static const part_parent_handlers none;

	(void)actor;
	(void)name;
	(void)take_s;
	part_parent_bind(part, &none, NULL);
	handled++;
	return 0;
}

static int recv_values(every_parent *actor, every_value *take_v,
		       every_value *take_vs, size_t vs_count,
		       const every_tree *t, every_value *ret_v,
		       every_value **ret_vs, size_t *ret_vs_count,
		       every_tree *ret_t)
{
	(void)actor;
	(void)take_v;
	(void)take_vs;
	(void)vs_count;
	(void)t;
	(void)ret_v;
	(void)ret_vs;
	(void)ret_vs_count;
	(void)ret_t;
	handled++;
	return SHMEM_E_BUSY;
}

static int recv_own(every_parent *actor, shmem_segment **take_s,
		    shmem_handle **take_h, shmem_handle **take_r,
		    every_frame *take_f, every_frame *take_more,
		    size_t more_count, shmem_segment **take_none,
		    shmem_segment **ret_s, shmem_handle **ret_h,
		    shmem_handle **ret_r, every_frame *ret_f,
		    every_frame **ret_more, size_t *ret_more_count,
		    shmem_segment **ret_none)
{
	(void)actor;
	(void)take_s;
	(void)take_h;
	(void)take_r;
	(void)take_f;
	(void)take_more;
	(void)more_count;
	(void)take_none;
	(void)ret_s;
	(void)ret_h;
	(void)ret_r;
	(void)ret_f;
	(void)ret_more;
	(void)ret_more_count;
	(void)ret_none;
	handled++;
	return SHMEM_E_BUSY;
}

static const every_parent_handlers handlers = {
	.recv_plain = recv_plain,
	.recv_note = recv_note,
	.recv_part_constructor = recv_part,
	.recv_values = recv_values,
	.recv_own = recv_own,
};

static void setup(void)
{
	handled = 0;
	ck_assert_int_eq(shmem_channel_pair(NULL, &channel, &raw), 0);
	ck_assert_int_eq(
		every_parent_open(channel, &handlers, NULL, &protocol, &parent),
		0);
}

static void teardown(void)
{
	shmem_protocol_close(&protocol);
	shmem_channel_close(&channel);
	shmem_channel_close(&raw);
}

static void greet(void)
{
	bytes b = greeting(1, 1, EVERY_FINGERPRINT, "Every");

	send_bytes(&b);
	ck_assert_int_eq(peers_drain(protocol), 0);
}

static void expect(int err, const char *text)
{
	ck_assert_int_eq(peers_drain(protocol), err);
	ck_assert_int_eq(shmem_protocol_status(protocol), err);
	ck_assert_str_eq(shmem_protocol_error(protocol), text);
	ck_assert_uint_eq(handled, 0);
	ck_assert_uint_eq(peers_owned(channel), 0);
	/* It stays so, and nothing can be sent. */
	ck_assert_int_eq(shmem_protocol_receive(protocol, 0), err);
	ck_assert_int_eq(shmem_protocol_handshake(protocol, 0), err);
}

START_TEST(another_build_is_refused)
{
	bytes b = greeting(1, 1, EVERY_FINGERPRINT ^ 1, "Every");
	char text[200];

	snprintf(text, sizeof(text),
		 "Every: two builds of the protocol: %016llx at this end, "
		 "%016llx at the other",
		 (unsigned long long)EVERY_FINGERPRINT,
		 (unsigned long long)EVERY_FINGERPRINT ^ 1);
	send_bytes(&b);
	ck_assert_int_eq(shmem_protocol_handshake(protocol, 1000),
			 SHMEM_E_UNSUPPORTED);
	expect(SHMEM_E_UNSUPPORTED, text);
}
END_TEST

START_TEST(greetings_that_do_not_fit_are_refused)
{
	static const struct {
		unsigned version;
		unsigned side;
		const char *name;
		int err;
		const char *text;
	} bad[] = {
		{1, 1, "Other", SHMEM_E_UNSUPPORTED,
		 "Every: the other end speaks another protocol, Other"},
		{1, 0, "Every", SHMEM_E_UNSUPPORTED,
		 "Every: both ends are the parent"},
		{2, 1, "Every", SHMEM_E_UNSUPPORTED,
		 "Every: version 1 of the runtime at this end, 2 at the "
		 "other"},
		{1, 2, "Every", SHMEM_E_PROTO, "Every: malformed greeting"},
		{1, 1, "", SHMEM_E_PROTO, "Every: malformed greeting"},
		{1, 1, "E\033[2J", SHMEM_E_PROTO, "Every: malformed greeting"},
	};
	bytes b = greeting(bad[_i].version, bad[_i].side, EVERY_FINGERPRINT,
			   bad[_i].name);

	send_bytes(&b);
	expect(bad[_i].err, bad[_i].text);
}
END_TEST

START_TEST(a_greeting_cut_short_is_refused)
{
	bytes b = greeting(1, 1, EVERY_FINGERPRINT, "Every");

	b.size -= (size_t)_i + 1;
	send_bytes(&b);
	ck_assert_int_eq(peers_drain(protocol), SHMEM_E_PROTO);
}
END_TEST

START_TEST(nothing_comes_before_the_greeting)
{
	bytes b = head(MESSAGE, PLAIN, 1);

	send_bytes(&b);
	expect(SHMEM_E_PROTO,
	       "Every: the other end does not greet; it may not speak a "
	       "protocol at all");
}
END_TEST

START_TEST(a_second_greeting_is_refused)
{
	bytes b = greeting(1, 1, EVERY_FINGERPRINT, "Every");

	greet();
	send_bytes(&b);
	expect(SHMEM_E_PROTO, "Every: a message that has no place here");
}
END_TEST

static bytes note(const char *text, size_t size)
{
	bytes b = head(MESSAGE, NOTE, 1);

	put_text(&b, text, size);
	return b;
}

static bytes bad_message(int which)
{
	bytes b;

	switch (which) {
	case 0: /* an actor that never was */
		return head(MESSAGE, PLAIN, 2);
	case 1:
		return head(MESSAGE, PLAIN, 3);
	case 2:
		return head(MESSAGE, PLAIN, 0);
	case 3: /* a message that is not there, or goes the other way */
		return head(MESSAGE, 99, 1);
	case 4:
		return head(MESSAGE, NOTE + 1, 1);
	case 5: /* a call that is not asked as one */
		return head(MESSAGE, NUMBERS, 1);
	case 6: /* a constructor that is none */
		b = head(CONSTRUCT, PLAIN, 1);
		put64(&b, 3);
		return b;
	case 7:
		return head(MESSAGE, PART, 1);
	case 8: /* a new actor out of order */
		b = head(CONSTRUCT, PART, 1);
		put64(&b, 5);
		return b;
	case 9:
		b = head(CONSTRUCT, PART, 1);
		put64(&b, 2);
		return b;
	case 10: /* no number at all */
		return head(CONSTRUCT, PART, 1);
	case 11: /* without its segment */
		b = head(CONSTRUCT, PART, 1);
		put64(&b, 3);
		put_text(&b, "name", 4);
		put8(&b, 'S');
		return b;
	case 12: /* refusals of what was not made, or is the peer's */
		b = head(REFUSE, 0, 2);
		put32(&b, (uint32_t)SHMEM_E_BUSY);
		return b;
	case 13:
		b = head(REFUSE, 0, 1);
		put32(&b, (uint32_t)SHMEM_E_BUSY);
		return b;
	case 14: /* a reply to nothing */
		b = head(REPLY, NUMBERS, 1);
		put32(&b, 0);
		return b;
	case 15: /* more than the message says */
		b = head(MESSAGE, PLAIN, 1);
		put8(&b, 0);
		return b;
	case 16: /* no such word */
		return head(6, 0, 1);
	case 17:
		return head(0, 0, 1);
	case 18: /* reserved bytes */
		b = head(MESSAGE, PLAIN, 1);
		b.data[1] = 1;
		return b;
	case 19:
		b = head(MESSAGE, PLAIN, 1);
		b.data[7] = 1;
		return b;
	case 20: /* no head */
		b = head(MESSAGE, PLAIN, 1);
		b.size = 15;
		return b;
	case 21:
		b.size = 0;
		return b;
	case 22: /* strings: not UTF-8, NUL inside, no NUL, cut short */
		return note("\xff", 1);
	case 23:
		return note("\xed\xa0\x80", 3);
	case 24:
		return note("\xc0\xaf", 2);
	case 25:
		return note("\xf4\x90\x80\x80", 4);
	case 26:
		return note("a\0b", 3);
	case 27:
		b = note("text", 4);
		b.data[b.size - 1] = 'x';
		return b;
	case 28:
		b = note("text", 4);
		b.size--;
		return b;
	case 29: /* longer than its limit, and than the message */
		b = head(MESSAGE, NOTE, 1);
		put32(&b, UINT32_MAX);
		put64(&b, 0);
		return b;
	default:
		return note("\xe2\x82", 2);
	}
}
#define BAD_MESSAGES 31

START_TEST(a_malformed_message_ends_it)
{
	bytes b = bad_message(_i);

	greet();
	send_bytes(&b);
	ck_assert_int_eq(peers_drain(protocol), SHMEM_E_PROTO);
	ck_assert_uint_eq(handled, 0);
	ck_assert_int_eq(shmem_protocol_status(protocol), SHMEM_E_PROTO);
	ck_assert_str_ne(shmem_protocol_error(protocol), "");
}
END_TEST

static void put_head_of_values(bytes *b)
{
	*b = head(MESSAGE, VALUES, 1);
}

static bytes bad_value(int which)
{
	bytes b;

	put_head_of_values(&b);
	switch (which) {
	case 0: /* no such member */
		put16(&b, 0);
		break;
	case 1:
		put16(&b, 10);
		break;
	case 2: /* a bool that is neither */
		put16(&b, EVERY_VALUE_BOOL);
		put8(&b, 2);
		break;
	case 3: /* more elements than bytes */
		put16(&b, EVERY_VALUE_VALUE_ARRAY);
		put32(&b, 65536);
		break;
	case 4: /* more than the limit */
		put16(&b, EVERY_VALUE_VALUE_ARRAY);
		put32(&b, 65537);
		break;
	case 5:
		put16(&b, EVERY_VALUE_INT32_ARRAY);
		put32(&b, 0x40000001);
		put32(&b, 0);
		break;
	case 6: /* values within values within … */
		for (int i = 0; i < 100; i++) {
			put16(&b, EVERY_VALUE_VALUE_ARRAY);
			put32(&b, 1);
		}
		put16(&b, EVERY_VALUE_BOOL);
		put8(&b, 1);
		break;
	default: /* the wrong mark for a segment */
		put16(&b, EVERY_VALUE_FRAME);
		put8(&b, 'H');
		put8(&b, 0);
		put32(&b, 0);
		put32(&b, 0);
	}
	put32(&b, 0);         /* vs */
	put_text(&b, "t", 1); /* t */
	put32(&b, 0);
	put8(&b, 0);
	return b;
}
#define BAD_VALUES 8

START_TEST(a_malformed_value_ends_it)
{
	bytes b = bad_value(_i);

	greet();
	ask_bytes(&b);
	expect(SHMEM_E_PROTO, "Every: malformed message Every.Values");
}
END_TEST

/* The message Own, well-formed. */
static bytes own(void)
{
	bytes b = head(MESSAGE, OWN, 1);

	put8(&b, 'S');
	put8(&b, 'H');
	put8(&b, 'R');
	put8(&b, 'S'); /* f: pixels, extra, tiles, gaps */
	put8(&b, 1);
	put8(&b, 'H');
	put32(&b, 1);
	put8(&b, 'S');
	put32(&b, 2);
	put8(&b, 0);
	put8(&b, 1);
	put8(&b, 'S');
	put32(&b, 0); /* more */
	put8(&b, 0);  /* none */
	return b;
}

static void ask_with(const bytes *b, int segments, int handles, int readonly)
{
	shmem_message *m = message_of(b);
	uint64_t id;

	for (int i = 0; i < segments; i++) {
		shmem_segment *s = NULL;

		ck_assert_int_eq(shmem_segment_alloc(raw, 100, &s), 0);
		ck_assert_int_eq(shmem_message_push_segment(m, &s), 0);
	}
	for (int i = 0; i < handles; i++) {
		shmem_handle *h = NULL;
		shmem_handle *read = NULL;

		ck_assert_int_eq(shmem_handle_create(100, NULL, &h), 0);
		if (i == readonly) {
			ck_assert_int_eq(
				shmem_handle_duplicate(h, SHMEM_READ, &read),
				0);
			shmem_handle_move(&h, &read);
		}
		ck_assert_int_eq(shmem_message_push_handle(m, &h), 0);
	}
	ck_assert_int_eq(shmem_channel_request(raw, &m, &id), 0);
}

static void make_part(uint64_t id)
{
	bytes b = head(CONSTRUCT, PART, 1);
	shmem_segment *s = NULL;
	shmem_message *m;

	put64(&b, id);
	put_text(&b, "name", 4);
	put8(&b, 'S');
	m = message_of(&b);
	ck_assert_int_eq(shmem_segment_alloc(raw, 100, &s), 0);
	ck_assert_int_eq(shmem_message_push_segment(m, &s), 0);
	send_message(m);
}

START_TEST(new_actors_come_in_order)
{
	static const uint64_t wrong[] = {0, 1, 2, 3, 4, 6, 9, UINT64_MAX};

	greet();
	make_part(3);
	make_part(5);
	ck_assert_int_eq(peers_drain(protocol), 0);
	ck_assert_uint_eq(handled, 2);
	handled = 0;
	make_part(wrong[_i]);
	expect(SHMEM_E_PROTO, "Every: a new actor out of order");
}
END_TEST

START_TEST(the_right_segments_and_handles_are_fine)
{
	bytes b = own();

	greet();
	ask_with(&b, 4, 3, 1);
	ck_assert_int_eq(peers_drain(protocol), 0);
	ck_assert_uint_eq(handled, 1);
	ck_assert_uint_eq(peers_owned(channel), 0);
}
END_TEST

START_TEST(the_wrong_segments_or_handles_end_it)
{
	static const int bad[][3] = {
		{3, 3, 1}, {5, 3, 1}, {0, 3, 1}, {4, 2, 1}, {4, 4, 1},
		{4, 0, 1}, {4, 3, 0}, {9, 9, 9}, {0, 0, 0},
	};
	bytes b = own();

	greet();
	ask_with(&b, bad[_i][0], bad[_i][1], bad[_i][2]);
	expect(SHMEM_E_PROTO, "Every: malformed message Every.Own");
}
END_TEST

static void on_later(every_child *actor, int err, int32_t n,
		     const char *const *names, size_t names_count,
		     shmem_segment **take_s, void *arg)
{
	(void)actor;
	ck_assert(n == 0 && names == NULL && names_count == 0 &&
		  take_s == NULL);
	*(int *)arg = err;
}

/* Here the mad one is the parent, who answers. */
START_TEST(a_malformed_reply_ends_it)
{
	static const every_child_handlers none;
	shmem_protocol *child = NULL;
	every_child *actor = NULL;
	shmem_message *request = NULL;
	shmem_message *reply;
	bytes b = greeting(1, 0, EVERY_FINGERPRINT, "Every");
	int told = 0;

	ck_assert_int_eq(shmem_channel_recv(raw, 0, &request), 0);
	shmem_message_free(&request);
	ck_assert_int_eq(every_child_open(raw, &none, NULL, &child, &actor), 0);
	ck_assert_int_eq(
		every_child_send_later(actor, 1, NULL, 0, on_later, &told), 0);
	/* The greeting, and then the request. */
	ck_assert_int_eq(shmem_channel_recv(channel, 0, &request), 0);
	shmem_message_free(&request);
	ck_assert_int_eq(shmem_channel_recv(channel, 0, &request), 0);
	reply = message_of(&b);
	ck_assert_int_eq(shmem_channel_send(channel, &reply), 0);
	b = head(REPLY, LATER, 1);
	switch (_i) {
	case 0: /* no status */
		break;
	case 1: /* no such error */
		put32(&b, 5);
		break;
	case 2:
		put32(&b, (uint32_t)-99);
		break;
	case 3: /* results behind an error */
		put32(&b, (uint32_t)SHMEM_E_BUSY);
		put32(&b, 0);
		break;
	case 4: /* no results */
		put32(&b, 0);
		break;
	case 5: /* the segment is missing */
		put32(&b, 0);
		put32(&b, 7);
		put32(&b, 0);
		put8(&b, 'S');
		break;
	case 6: /* of another message, or actor */
		b = head(REPLY, NUMBERS, 1);
		put32(&b, (uint32_t)SHMEM_E_BUSY);
		break;
	default:
		b = head(REPLY, LATER, 3);
		put32(&b, (uint32_t)SHMEM_E_BUSY);
	}
	reply = message_of(&b);
	ck_assert_int_eq(shmem_channel_reply(channel, request, &reply), 0);
	shmem_message_free(&request);
	ck_assert_int_eq(peers_drain(child), SHMEM_E_PROTO);
	ck_assert_int_eq(told, SHMEM_E_PROTO);
	ck_assert_str_eq(shmem_protocol_error(child),
			 "Every: malformed reply to Every.Later");
	shmem_protocol_close(&child);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("bad_input");
	TCase *t = support_case(s, "peer");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, another_build_is_refused);
	tcase_add_loop_test(t, greetings_that_do_not_fit_are_refused, 0, 6);
	tcase_add_loop_test(t, a_greeting_cut_short_is_refused, 0, 38);
	tcase_add_test(t, nothing_comes_before_the_greeting);
	tcase_add_test(t, a_second_greeting_is_refused);
	tcase_add_loop_test(t, a_malformed_message_ends_it, 0, BAD_MESSAGES);
	tcase_add_loop_test(t, a_malformed_value_ends_it, 0, BAD_VALUES);
	tcase_add_loop_test(t, new_actors_come_in_order, 0, 8);
	tcase_add_test(t, the_right_segments_and_handles_are_fine);
	tcase_add_loop_test(t, the_wrong_segments_or_handles_end_it, 0, 9);
	tcase_add_loop_test(t, a_malformed_reply_ends_it, 0, 8);
	return s;
}
SUPPORT_MAIN(suite)
