/* SPDX-License-Identifier: MIT */
/*
 * The rest of what there is to call: groups and reports, when the system
 * refuses this or that; and what asks nothing of the system, and so can't be
 * refused anything.
 */
#include "answers.h"
#include "channels.h"
#include "faults.h"

#include "base/fault.h"

#include <stdio.h>
#include <string.h>

#define COUNT 5

static shmem_channel *a;
static shmem_channel *b;
static shmem_segment *s[COUNT];
static uint64_t id[COUNT];
static size_t freed;
static FILE *out;

static void with_pair(void)
{
	support_ok(shmem_channel_pair(NULL, &a, &b));
}

/* Some of this side's making, some of the other's. */
static void with_group(void)
{
	with_pair();
	for (int i = 0; i < COUNT; i++) {
		s[i] = support_segment(i % 2 == 0 ? a : b, 5000, i);
		if (i % 2 != 0) {
			(void)support_give(b, &s[i]);
			s[i] = support_get(a);
		}
		id[i] = shmem_segment_id(s[i]);
		shmem_segment_set_group(s[i], 7);
	}
}

static void clear(void)
{
	for (int i = 0; i < COUNT; i++)
		(void)shmem_segment_free(&s[i]);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	if (out != NULL)
		fclose(out);
	out = NULL;
}

static int free_group(void)
{
	freed = shmem_channel_free_group(a, 7);
	return 0;
}

static bool never(int err)
{
	ck_abort_msg("%s", shmem_errname(err));
	return false;
}

static void are_gone(void)
{
	ck_assert_uint_eq(freed, COUNT);
	for (int i = 0; i < COUNT; i++) {
		ck_assert_int_eq(shmem_segment_state(a, id[i]),
				 SHMEM_STATE_DEAD);
		ck_assert_ptr_null(shmem_segment_data(s[i]));
	}
	support_ok(shmem_channel_dispatch(a));
	support_ok(shmem_channel_dispatch(b));
	support_send_text(a, "still");
	support_recv_text(b, "still");
}

static void with_file(void)
{
	char path[SUPPORT_PATH_MAX];

	with_group();
	support_path(path, "out");
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
}

static int report(void)
{
	return shmem_channel_report(a, out);
}

static int watch(void)
{
	return shmem_diagnose_violations_stream(out);
}

static int watch_descriptor(void)
{
	return shmem_diagnose_violations(fileno(out));
}

static bool goes_on(int err)
{
	(void)err;
	support_check_segment(s[0], 0);
	return true;
}

static void nothing_happened(void)
{
	goes_on(0);
}

static const faults_op ops[] = {
	{"free a group", with_group, free_group, never, are_gone, clear},
	{"report", with_file, report, goes_on, nothing_happened, clear},
	{"report violations", with_file, watch, goes_on, nothing_happened,
	 clear},
	{"report them to a descriptor", with_file, watch_descriptor, goes_on,
	 nothing_happened, clear},
};
#define OPS (int)(sizeof(ops) / sizeof(ops[0]))

START_TEST(any_call_may_fail)
{
	faults_run(&ops[_i]);
}
END_TEST

static void news(void *arg)
{
	(void)arg;
}

/* Each of these comes after one that was refused something is seen to be. */
#define asks_nothing(call)                                                     \
	do {                                                                   \
		shmem__fault_arm(1, ANSWERS_NO_MEMORY, NULL);                  \
		(void)(call);                                                  \
		ck_assert_msg(shmem__fault_hit() == NULL, "%s: %s", #call,     \
			      shmem__fault_hit());                             \
		shmem__fault_arm(0, 0, NULL);                                  \
	} while (0)
/* The system is asked, and whoever is refused an answer promises nothing. */
#define promises_nothing(call)                                                 \
	do {                                                                   \
		shmem__fault_arm(1, ANSWERS_NO_MEMORY, NULL);                  \
		ck_assert(!(call));                                            \
		shmem__fault_arm(0, 0, NULL);                                  \
	} while (0)
#define asks_nothing_of(call) asks_nothing(((call), 0))

START_TEST(what_only_tells_asks_nothing_of_the_system)
{
	shmem_stats stats = SHMEM_STATS_INIT;
	shmem_handle *h = support_handle(100);
	shmem_handle *moved = NULL;
	shmem_segment *other = NULL;
	shmem_mapping *view = NULL;
	shmem_mapping *seen = NULL;
	shmem_message *m = support_text("text");

	with_group();
	support_ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &view));
	asks_nothing(shmem_os_error());
	asks_nothing(shmem_strerror(SHMEM_E_PROTO));
	asks_nothing(shmem_errname(SHMEM_E_PROTO));
	asks_nothing(shmem_version_string());
	asks_nothing_of(shmem_stats_read(&stats));
	asks_nothing_of(shmem_channel_stats(a, &stats));
	asks_nothing(shmem_handle_label(h));
	asks_nothing(shmem_handle_os(h));
	asks_nothing(shmem_handle_size(h));
	asks_nothing(shmem_handle_access(h));
	promises_nothing(shmem_handle_is_frozen(h));
	promises_nothing(shmem_handle_is_readonly_enforced(h));
	asks_nothing_of(shmem_handle_move(&moved, &h));
	asks_nothing(shmem_mapping_data(view));
	asks_nothing(shmem_mapping_size(view));
	asks_nothing(shmem_mapping_access(view));
	asks_nothing_of(shmem_mapping_move(&seen, &view));
	asks_nothing(shmem_message_data(m));
	asks_nothing(shmem_message_size(m));
	asks_nothing(shmem_message_segments(m));
	asks_nothing(shmem_message_handles(m));
	asks_nothing(shmem_message_is_request(m));
	asks_nothing(shmem_message_is_refusal(m));
	asks_nothing(shmem_message_is_shared(m));
	asks_nothing(shmem_message_reply_to(m));
	asks_nothing(shmem_segment_id(s[0]));
	asks_nothing(shmem_segment_size(s[0]));
	asks_nothing(shmem_segment_label(s[0]));
	asks_nothing(shmem_segment_state(a, id[0]));
	asks_nothing_of(shmem_segment_set_group(s[0], 9));
	asks_nothing_of(shmem_segment_move(&other, &s[0]));
	asks_nothing(shmem_channel_pollable(a));
	asks_nothing(shmem_channel_peer_pollable(a));
	asks_nothing(shmem_channel_peer_pid(a));
	asks_nothing(shmem_channel_on_news(a, news, NULL));
	asks_nothing(shmem_channel_on_news(a, NULL, NULL));
	asks_nothing(shmem_channel_set_nonblocking(a, true));
	asks_nothing(shmem_process_pollable(NULL));
	asks_nothing(shmem_process_pid(NULL));
	asks_nothing(shmem_listener_pollable(NULL));
	shmem_segment_move(&s[0], &other);
	shmem_mapping_close(&seen);
	shmem_handle_close(&moved);
	shmem_message_free(&m);
	clear();
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("faults_other");
	TCase *t = support_case(suite, "faults");

	tcase_add_loop_test(t, any_call_may_fail, 0, OPS);
	tcase_add_test(t, what_only_tells_asks_nothing_of_the_system);
	return suite;
}
SUPPORT_MAIN(suite)
