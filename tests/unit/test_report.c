/* SPDX-License-Identifier: MIT */
/* The report on a channel: it says what is the case. */
#include "channels.h"
#include "memory_calls.h"

#include "base/error.h"

#include <shmem/shmem.h>
#include <stdio.h>
#include <string.h>

static shmem_channel *a;
static shmem_channel *b;

static void teardown(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

static void open_with(shmem_enforce enforce, uint32_t spin_us, bool no_ring)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.enforce = enforce;
	opts.spin_us = spin_us;
	opts.no_ring = no_ring;
	support_ok(shmem_channel_pair(&opts, &a, &b));
}

static void chat(void)
{
	for (int i = 0; i < 10; i++) {
		support_send_text(a, "there");
		support_recv_text(b, "there");
		support_send_text(b, "back");
		support_recv_text(a, "back");
	}
}

static void says(const shmem_channel *channel, const char *what)
{
	static char text[4096];
	char path[SUPPORT_PATH_MAX];
	FILE *stream;
	size_t n;

	support_path(path, "report");
	stream = fopen(path, "w+");
	ck_assert_ptr_nonnull(stream);
	support_ok(shmem_channel_report(channel, stream));
	rewind(stream);
	n = fread(text, 1, sizeof(text) - 1, stream);
	text[n] = '\0';
	fclose(stream);
	ck_assert_msg(strstr(text, what) != NULL, "no \"%s\" in:\n%s", what,
		      text);
}

START_TEST(it_tells_how_access_is_taken_away)
{
	static const struct {
		shmem_enforce enforce;
		const char *name, *how;
	} cases[] = {
		{SHMEM_ENFORCE_PROTECT, "enforcement PROTECT", "protected"},
		{SHMEM_ENFORCE_UNMAP, "enforcement UNMAP", "unmapped"},
		{SHMEM_ENFORCE_NONE, "enforcement NONE", "not taken away"},
	};
	shmem_segment *s;

	open_with(cases[_i].enforce, 0, false);
	s = support_segment(a, 4096, 1);
	says(a, cases[_i].name);
	says(a, cases[_i].how);
	says(a, "4 KiB         1      0      0  small");
	support_give(a, &s);
	says(a, "4 KiB         0      1      0  small");
	s = support_get(b);
	says(b, "4 KiB         1      0      0  small");
	support_ok(shmem_segment_free(&s));
	support_settle(a);
	says(a, "4 KiB         0      0      1  small");
}
END_TEST

START_TEST(it_tells_where_page_tables_move)
{
	shmem_segment *s;

	open_with(SHMEM_ENFORCE_PROTECT, 0, false);
	s = support_segment(a, 128 << 20, 1);
	says(a, "128 MiB         1      0      0");
	if (support_lacks(SUPPORT_MOVES) == NULL) {
		says(a, "page tables moved");
	} else {
		support_give(a, &s);
		s = support_get(b);
		says(a, "128 MiB         0      1      0");
		says(a, "protected");
	}
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(it_tells_how_the_channel_waits)
{
	open_with(SHMEM_ENFORCE_PROTECT, SHMEM_SPIN_NEVER, false);
	says(a, "asleep, as its options say");
}
END_TEST

START_TEST(it_tells_which_way_packets_go)
{
	open_with(SHMEM_ENFORCE_PROTECT, 0, false);
	says(a, "ring: none yet, for want of traffic");
	chat();
	says(a, "ring of ");
	teardown();
	open_with(SHMEM_ENFORCE_PROTECT, 0, true);
	chat();
	says(a, "ring: none, as its options say");
	says(a, " 0 packets sent by ring");
}
END_TEST

START_TEST(it_tells_of_the_end)
{
	shmem_message *m = NULL;

	open_with(SHMEM_ENFORCE_PROTECT, 0, false);
	says(a, "channel: open with process ");
	shmem_channel_close(&b);
	support_is(shmem_channel_recv(a, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
	says(a, "channel: SHMEM_E_CLOSED");
}
END_TEST

START_TEST(what_can_not_be_written_is_told)
{
	FILE *full = fopen("/dev/full", "w");
	char path[SUPPORT_PATH_MAX];
	FILE *to_be_read;

	open_with(SHMEM_ENFORCE_PROTECT, 0, false);
	support_is(shmem_channel_report(a, NULL), SHMEM_E_INVAL);
	support_is(shmem_channel_report(NULL, stderr), SHMEM_E_INVAL);
	support_path(path, "to be read");
	fclose(fopen(path, "w"));
	to_be_read = fopen(path, "r");
	ck_assert_ptr_nonnull(to_be_read);
	shmem__os_last_set(call_no_memory); /* of something else */
	support_is(shmem_channel_report(a, to_be_read), SHMEM_E_SYS);
	fclose(to_be_read);
	if (full == NULL)
		return;
	support_is(shmem_channel_report(a, full), SHMEM_E_NOSPACE);
	fclose(full);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("report");
	TCase *t = support_case(s, "report");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_loop_test(t, it_tells_how_access_is_taken_away, 0, 3);
	tcase_add_test(t, it_tells_where_page_tables_move);
	tcase_add_test(t, it_tells_how_the_channel_waits);
	tcase_add_test(t, it_tells_which_way_packets_go);
	tcase_add_test(t, it_tells_of_the_end);
	tcase_add_test(t, what_can_not_be_written_is_told);
	return s;
}

SUPPORT_MAIN(suite)
