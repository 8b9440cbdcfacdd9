/* SPDX-License-Identifier: MIT */
/* Segments as an application sees them: sizes, labels, states, modes, limits,
 * and that all figures add up. */
#include "channels.h"

#include <string.h>
#include <unistd.h>

#define PAGE 4096u

static shmem_channel *a;
static shmem_channel *b;

static void setup(void)
{
	support_ok(shmem_channel_pair(NULL, &a, &b));
}

static void teardown(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	ck_assert_uint_eq(support_stats(NULL).mapped_bytes, 0);
	ck_assert_uint_eq(support_stats(NULL).segments, 0);
	ck_assert_uint_eq(support_stats(NULL).segments_owned, 0);
	ck_assert_uint_eq(support_stats(NULL).pool_segments, 0);
	ck_assert_uint_eq(support_stats(NULL).pool_bytes, 0);
	ck_assert_uint_eq(support_stats(NULL).channels, 0);
}

START_TEST(no_segment_is_an_empty_one)
{
	shmem_segment *none = NULL;
	shmem_segment *s = NULL;

	ck_assert_ptr_null(shmem_segment_data(NULL));
	ck_assert_uint_eq(shmem_segment_size(NULL), 0);
	ck_assert_uint_eq(shmem_segment_id(NULL), 0);
	ck_assert_str_eq(shmem_segment_label(NULL), "");
	support_is(shmem_segment_set_label(NULL, "x"), SHMEM_E_INVAL);
	support_ok(shmem_segment_free(NULL));
	support_ok(shmem_segment_free(&none));
	support_is(shmem_segment_alloc(NULL, 1, &s), SHMEM_E_INVAL);
	support_is(shmem_segment_alloc(a, 1, NULL), SHMEM_E_INVAL);
	support_is(shmem_segment_send(a, NULL), SHMEM_E_INVAL);
	support_is(shmem_segment_send(a, &none), SHMEM_E_INVAL);
	support_is(shmem_segment_send(NULL, &none), SHMEM_E_INVAL);
	support_is(shmem_segment_recv(NULL, 0, &s), SHMEM_E_INVAL);
	support_is(shmem_segment_recv(a, 0, NULL), SHMEM_E_INVAL);
	support_is(shmem_segment_recv(a, 0, &s), SHMEM_E_AGAIN);
	support_is(shmem_segment_recv(a, 5, &s), SHMEM_E_TIMEDOUT);
	ck_assert_ptr_null(s);
	ck_assert_int_eq(shmem_segment_state(NULL, 5), SHMEM_STATE_DEAD);
	ck_assert_int_eq(shmem_segment_state(a, 0), SHMEM_STATE_DEAD);
	ck_assert_int_eq(shmem_segment_state(a, UINT64_MAX), SHMEM_STATE_DEAD);
}
END_TEST

START_TEST(a_segment_of_no_bytes_travels)
{
	shmem_segment *s = support_segment(a, 0, 0);

	ck_assert_ptr_nonnull(shmem_segment_data(s));
	ck_assert_ptr_null(SHMEM_SEGMENT_AS(char, s));
	support_give(a, &s);
	s = support_get(b);
	ck_assert_uint_eq(shmem_segment_size(s), 0);
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(typed_access_checks_the_size)
{
	shmem_segment *s = support_segment(a, 7, 0);

	ck_assert_ptr_nonnull(SHMEM_SEGMENT_AS(uint32_t, s));
	ck_assert_ptr_null(SHMEM_SEGMENT_AS(uint64_t, s));
	ck_assert_ptr_null(SHMEM_SEGMENT_AS(uint64_t, (shmem_segment *)NULL));
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(more_than_4_gib_are_shared_sparsely)
{
	uint64_t bytes = ((uint64_t)5 << 30) + 123;
	shmem_segment *s = NULL;
	int err = shmem_segment_alloc(a, bytes, &s);
	char *data;

	if (support_lacks(SUPPORT_ADDRESSES) != NULL) {
		support_is(err, SHMEM_E_LIMIT);
		return;
	}
	if (err == SHMEM_E_NOSPACE) /* the machine is too small to promise */
		return;
	support_ok(err);
	data = shmem_segment_data(s);
	data[0] = 'f';
	data[bytes - 1] = 'l';
	support_give(a, &s);
	s = support_get(b);
	ck_assert_uint_eq(shmem_segment_size(s), bytes);
	data = shmem_segment_data(s);
	ck_assert_int_eq(data[0], 'f');
	ck_assert_int_eq(data[bytes - 1], 'l');
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(what_can_not_be_had_is_an_error)
{
	shmem_segment *s = NULL;

	support_is(shmem_segment_alloc(a, UINT64_MAX, &s), SHMEM_E_LIMIT);
	support_is(shmem_segment_alloc(a, (uint64_t)1 << 50, &s),
		   SHMEM_E_LIMIT);
	ck_assert_ptr_null(s);
}
END_TEST

START_TEST(moving_frees_what_was_there)
{
	shmem_segment *s = support_segment(a, 10, 1);
	shmem_segment *t = support_segment(a, 10, 2);
	uint64_t gone = shmem_segment_id(s);
	uint64_t kept = shmem_segment_id(t);

	shmem_segment_move(&s, &t);
	ck_assert_ptr_null(t);
	ck_assert_uint_eq(shmem_segment_id(s), kept);
	ck_assert_int_eq(shmem_segment_state(a, gone), SHMEM_STATE_DEAD);
	shmem_segment_move(&t, &s);
	ck_assert_ptr_null(s);
	shmem_segment_move(&t, &t);
	support_check_segment(t, 2);
	shmem_segment_move(&t, &s);
	ck_assert_ptr_null(t);
	ck_assert_uint_eq(support_stats(a).segments, 0);
}
END_TEST

START_TEST(a_message_of_another_kind_stays)
{
	shmem_message *m = support_text("with bytes");
	shmem_segment *s = support_segment(a, 10, 1);
	shmem_segment *got = NULL;
	uint64_t id;

	switch (_i) {
	case 0: /* bytes and a segment */
		support_ok(shmem_message_push_segment(m, &s));
		break;
	case 1: /* a request */
		shmem_message_free(&m);
		support_ok(shmem_message_new(NULL, 0, &m));
		support_ok(shmem_message_push_segment(m, &s));
		support_ok(shmem_channel_request(a, &m, &id));
		break;
	case 2: /* two segments */
		shmem_message_free(&m);
		support_ok(shmem_message_new(NULL, 0, &m));
		support_ok(shmem_message_push_segment(m, &s));
		s = support_segment(a, 10, 2);
		support_ok(shmem_message_push_segment(m, &s));
		break;
	default: /* bytes only */
		support_ok(shmem_segment_free(&s));
	}
	if (m != NULL)
		support_ok(shmem_channel_send(a, &m));
	support_is(shmem_segment_recv(b, SUPPORT_WAIT, &got), SHMEM_E_STATE);
	support_is(shmem_segment_recv(b, 0, &got), SHMEM_E_STATE);
	ck_assert_ptr_null(got);
	m = support_recv(b);
	shmem_message_free(&m);
}
END_TEST

/* ---- labels ---- */

START_TEST(labels_travel_with_segments)
{
	shmem_segment *s = support_segment(a, 10, 1);

	ck_assert_str_eq(shmem_segment_label(s), "");
	support_ok(shmem_segment_set_label(s, "first name"));
	ck_assert_str_eq(shmem_segment_label(s), "first name");
	support_give(a, &s);
	s = support_get(b);
	ck_assert_str_eq(shmem_segment_label(s), "first name");
	support_give(b, &s);
	s = support_get(a);
	ck_assert_str_eq(shmem_segment_label(s), "first name");
	support_give(a, &s);
	s = support_get(b);
	support_ok(shmem_segment_set_label(s, "second"));
	support_give(b, &s);
	s = support_get(a);
	ck_assert_str_eq(shmem_segment_label(s), "second");
	support_ok(shmem_segment_set_label(s, NULL));
	support_give(a, &s);
	s = support_get(b);
	ck_assert_str_eq(shmem_segment_label(s), "");
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(labels_are_cut_and_printable)
{
	shmem_segment *s = support_segment(a, 10, 1);

	support_ok(shmem_segment_set_label(
		s, "0123456789012345678901234567890123456789"));
	ck_assert_str_eq(shmem_segment_label(s),
			 "0123456789012345678901234567890");
	support_ok(shmem_segment_set_label(s, "\033[31m\n\xff"));
	ck_assert_str_eq(shmem_segment_label(s), "?[31m??");
	support_ok(shmem_segment_free(&s));
	s = support_segment(a, 10, 1); /* the same memory */
	ck_assert_str_eq(shmem_segment_label(s), "");
	support_ok(shmem_segment_free(&s));
}
END_TEST

/* More labels than fit into a packet: the rest comes the next time. */
START_TEST(no_label_is_lost)
{
	enum { MANY = 1000 };
	static const unsigned char filler[32768];
	shmem_message *m = NULL;
	shmem_segment *s[MANY];
	int missing = 0;

	support_ok(shmem_message_new(filler, sizeof(filler), &m));
	for (int i = 0; i < MANY; i++) {
		s[i] = support_segment(a, 1, 1);
		support_ok(shmem_segment_set_label(s[i], "labelled"));
		support_ok(shmem_message_push_segment(m, &s[i]));
	}
	for (int i = 0; i < SHMEM_MESSAGE_MAX_HANDLES; i++) {
		shmem_handle *h = support_handle(0);

		support_ok(shmem_message_push_handle(m, &h));
	}
	support_ok(shmem_channel_send(a, &m));
	m = support_recv(b);
	for (int i = 0; i < MANY; i++) {
		support_ok(shmem_message_pop_segment(m, &s[i]));
		missing += shmem_segment_label(s[i])[0] == '\0';
	}
	shmem_message_free(&m);
	ck_assert_int_gt(missing, 0);
	for (int i = 0; i < MANY; i++) {
		support_give(b, &s[i]);
		s[i] = support_get(a);
		support_give(a, &s[i]);
		s[i] = support_get(b);
		ck_assert_str_eq(shmem_segment_label(s[i]), "labelled");
		support_ok(shmem_segment_free(&s[i]));
	}
}
END_TEST

/* ---- modes ---- */

START_TEST(every_mode_meets_every_other)
{
	shmem_channel_opts opts_a = SHMEM_CHANNEL_OPTS_INIT;
	shmem_channel_opts opts_b = SHMEM_CHANNEL_OPTS_INIT;
	shmem_segment *s;

	shmem_channel_close(&a);
	shmem_channel_close(&b);
	opts_a.enforce = (shmem_enforce)(_i % 3);
	opts_b.enforce = (shmem_enforce)(_i / 3 % 3);
	opts_a.no_ring = _i / 9 == 1;
	support_adopted(&opts_a, &a, &opts_b, &b);
	for (int round = 0; round < 3; round++)
		for (uint64_t bytes = 1; bytes < 2000000; bytes *= 34) {
			s = support_segment(a, bytes, 1);
			support_give(a, &s);
			s = support_get(b);
			support_check_segment(s, 1);
			memset(shmem_segment_data(s), 2, (size_t)bytes);
			support_give(b, &s);
			s = support_get(a);
			support_check_segment(s, 2);
			support_ok(shmem_segment_free(&s));
			s = support_segment(b, bytes, 3);
			support_give(b, &s);
			s = support_get(a);
			support_check_segment(s, 3);
			support_ok(shmem_segment_free(&s));
		}
}
END_TEST

START_TEST(scrubbed_memory_shows_nothing_old)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_segment *s;

	shmem_channel_close(&a);
	shmem_channel_close(&b);
	opts.scrub = true;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	s = support_segment(a, 5000, 1);
	support_give(a, &s);
	s = support_get(b);
	support_ok(shmem_segment_free(&s));
	support_settle(a);
	support_ok(shmem_segment_alloc(a, 6000, &s));
	ck_assert_uint_eq(support_stats(a).pool_hits, 1);
	support_check_segment(s, 0);
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(a_small_pool_gives_memory_back)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	uint64_t ids[3];

	shmem_channel_close(&a);
	shmem_channel_close(&b);
	opts.pool_bytes = PAGE;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	for (int i = 0; i < 3; i++) {
		shmem_segment *s = support_segment(a, 2 * PAGE, i);

		ids[i] = support_give(a, &s);
		s = support_get(b);
		support_check_segment(s, i);
		support_ok(shmem_segment_free(&s));
		support_settle(a); /* frees, and says so */
		support_settle(b);
		ck_assert_uint_eq(support_stats(a).mapped_bytes, 0);
		ck_assert_uint_eq(support_stats(b).mapped_bytes, 0);
	}
	/* The slot is the same, the id is not. */
	ck_assert_uint_eq((uint32_t)ids[0], (uint32_t)ids[1]);
	ck_assert_uint_lt(ids[0], ids[1]);
	ck_assert_uint_lt(ids[1], ids[2]);
}
END_TEST

/* ---- figures ---- */

START_TEST(the_figures_add_up)
{
	shmem_message *m = support_text("four");
	shmem_segment *s = support_segment(a, 100, 1);
	shmem_handle *h = support_handle(10);
	shmem_stats sa;
	shmem_stats sb;

	support_ok(shmem_message_push_segment(m, &s));
	support_ok(shmem_message_push_handle(m, &h));
	support_ok(shmem_channel_send(a, &m));
	m = support_recv(b);
	sa = support_stats(a);
	sb = support_stats(b);
	ck_assert_uint_eq(sa.messages_sent, 1);
	ck_assert_uint_eq(sb.messages_received, 1);
	ck_assert_uint_eq(sa.bytes_sent, 4);
	ck_assert_uint_eq(sb.bytes_received, 4);
	ck_assert_uint_eq(sa.segments_sent, 1);
	ck_assert_uint_eq(sb.segments_received, 1);
	ck_assert_uint_eq(sa.segment_bytes_sent, 100);
	ck_assert_uint_eq(sb.segment_bytes_received, 100);
	ck_assert_uint_eq(sa.descriptors_sent, 2);
	ck_assert_uint_eq(sb.descriptors_received, 2);
	ck_assert_uint_eq(sa.segments, 1);
	ck_assert_uint_eq(sa.segments_owned, 0);
	ck_assert_uint_eq(sb.segments, 1);
	ck_assert_uint_eq(sb.segments_owned, 1);
	ck_assert_uint_eq(sa.mapped_bytes, PAGE);
	ck_assert_uint_eq(sb.mapped_bytes, PAGE);
	ck_assert_uint_eq(support_stats(NULL).segments, 2);
	ck_assert_uint_eq(support_stats(NULL).channels, 2);
	ck_assert_uint_eq(support_stats(NULL).handles, 1);
	shmem_message_free(&m);
	support_settle(a);
	ck_assert_uint_eq(support_stats(NULL).segments, 0);
	ck_assert_uint_eq(support_stats(NULL).pool_bytes, PAGE);
	ck_assert_uint_eq(support_stats(NULL).handles, 0);
}
END_TEST

START_TEST(figures_outlive_their_channel)
{
	support_send_text(a, "x");
	support_recv_text(b, "x");
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	ck_assert_uint_eq(support_stats(NULL).messages_sent, 1);
	ck_assert_uint_eq(support_stats(NULL).messages_received, 1);
	ck_assert_uint_eq(support_stats(NULL).channels, 0);
}
END_TEST

START_TEST(closing_leaves_empty_segments)
{
	shmem_segment *s = support_segment(a, 10, 1);
	shmem_segment *t = support_segment(a, 10, 1);
	shmem_segment *u = support_segment(b, 10, 1);

	shmem_channel_close(&a);
	ck_assert_ptr_null(shmem_segment_data(s));
	ck_assert_uint_eq(shmem_segment_size(s), 0);
	ck_assert_uint_eq(shmem_segment_id(s), 0);
	ck_assert_str_eq(shmem_segment_label(s), "");
	support_is(shmem_segment_set_label(s, "x"), SHMEM_E_INVAL);
	support_is(shmem_segment_send(b, &s), SHMEM_E_STATE);
	support_ok(shmem_segment_free(&s));
	shmem_segment_move(&s, &t);
	shmem_segment_move(&s, &u);
	support_check_segment(s, 1);
	support_ok(shmem_segment_free(&s));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("segment");
	TCase *t = support_case(s, "segment");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, no_segment_is_an_empty_one);
	tcase_add_test(t, a_segment_of_no_bytes_travels);
	tcase_add_test(t, typed_access_checks_the_size);
	tcase_add_test(t, more_than_4_gib_are_shared_sparsely);
	tcase_add_test(t, what_can_not_be_had_is_an_error);
	tcase_add_test(t, moving_frees_what_was_there);
	tcase_add_loop_test(t, a_message_of_another_kind_stays, 0, 4);
	tcase_add_test(t, labels_travel_with_segments);
	tcase_add_test(t, labels_are_cut_and_printable);
	tcase_add_test(t, no_label_is_lost);
	tcase_add_loop_test(t, every_mode_meets_every_other, 0, 18);
	tcase_add_test(t, scrubbed_memory_shows_nothing_old);
	tcase_add_test(t, a_small_pool_gives_memory_back);
	tcase_add_test(t, the_figures_add_up);
	tcase_add_test(t, figures_outlive_their_channel);
	tcase_add_test(t, closing_leaves_empty_segments);
	return s;
}
SUPPORT_MAIN(suite)
