/* SPDX-License-Identifier: MIT */
/* What all cases of the corpus of bad input share. */
#include "bad.h"

#include <stdarg.h>
#include <stdio.h>

support_raw bad_raw = {.sock = -1};
shmem_channel *bad_channel;
uint64_t bad_mine;

static char name[BAD_NAME_MAX];

void bad_case(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
}

const char *bad_name(void)
{
	return name;
}

void bad_setup(const shmem_channel_opts *opts, bool greet)
{
	shmem_segment *s;

	support_raw_open(&bad_raw, opts, &bad_channel);
	if (!greet)
		return;
	support_raw_greet(&bad_raw, bad_channel, 0);
	s = support_segment(bad_channel, 100, 7);
	bad_mine = support_give(bad_channel, &s);
	support_raw_recv(&bad_raw); /* the notice */
	support_raw_recv(&bad_raw);
	ck_assert_uint_eq(bad_raw.in_fds, 1);
	support_raw_announce(&bad_raw, 0, BAD_PAGE, support_object(BAD_PAGE));
	support_raw_send(&bad_raw);
	support_settle(bad_channel);
}

void bad_teardown(void)
{
	shmem_channel_close(&bad_channel);
	support_raw_close(&bad_raw);
	support_scratch_remove();
	bad_mine = 0;
}

static void check(int got, int expected, const char *what)
{
	ck_assert_msg(got == expected, "%s: %s is %s, not %s", name, what,
		      shmem_errname(got), shmem_errname(expected));
}

/* One segment was away, and nobody has had it. */
static void comes_home(void)
{
	shmem_segment *s = NULL;
	bool known = true;

	if (bad_mine == 0)
		return;
	check(shmem_channel_reclaim(bad_channel, &s, &known), 0, "reclaim");
	ck_assert_uint_eq(shmem_segment_id(s), bad_mine);
	support_check_segment(s, 7);
	check(shmem_channel_reclaim(bad_channel, &s, &known), SHMEM_E_NOENT,
	      "reclaim of nothing");
	support_ok(shmem_segment_free(&s));
}

/* The process can do what it could before. */
static void all_is_well(void)
{
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;

	support_ok(shmem_channel_pair(NULL, &a, &b));
	support_send_text(a, "all is well");
	support_recv_text(b, "all is well");
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

void bad_refused_sent(int expected, size_t descriptors)
{
	uint64_t mapped = support_stats(bad_channel).mapped_bytes;
	uint64_t segments = support_stats(bad_channel).segments;
	shmem_message *m = NULL;

	check(shmem_channel_recv(bad_channel, 0, &m), expected, "recv");
	check(shmem_channel_recv(bad_channel, SUPPORT_WAIT, &m), expected,
	      "recv once more");
	check(shmem_channel_dispatch(bad_channel), expected, "dispatch");
	ck_assert_msg(support_descriptors() == descriptors,
		      "%s: %zu descriptors, not %zu", name,
		      support_descriptors(), descriptors);
	ck_assert_msg(support_stats(bad_channel).mapped_bytes == mapped &&
			      support_stats(bad_channel).segments == segments,
		      "%s: something was taken in", name);
	ck_assert_uint_eq(support_stats(bad_channel).violations,
			  expected != SHMEM_E_CLOSED);
	ck_assert_uint_eq(support_stats(NULL).handles, 0);
	comes_home();
	all_is_well();
}

void bad_refused(int expected)
{
	size_t descriptors = support_raw_kept(&bad_raw);

	support_raw_send(&bad_raw);
	bad_refused_sent(expected, descriptors);
}
