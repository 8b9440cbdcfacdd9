/* SPDX-License-Identifier: MIT */
/* src/base: errors, the codec, option structs, time, chance. */
#include "base/codec.h"
#include "base/error.h"
#include "base/opts.h"
#include "base/os.h"
#include "support.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <shmem/shmem.h>
#include <stdio.h>
#include <string.h>

typedef struct error_row {
	int err;
	int value;
	const char *name;
	const char *text;
} error_row;

static const error_row errors[] = {
#define X(name, value, text) {SHMEM_E_##name, value, "SHMEM_E_" #name, text},
	SHMEM_ERROR_MAP(X)
#undef X
};
#define ERROR_COUNT (sizeof(errors) / sizeof(errors[0]))

START_TEST(errors_have_pinned_values)
{
	ck_assert_uint_eq(ERROR_COUNT, 17);
	ck_assert_int_eq(SHMEM_E_INVAL, -1);
	ck_assert_int_eq(SHMEM_E_NOMEM, -2);
	ck_assert_int_eq(SHMEM_E_AGAIN, -3);
	ck_assert_int_eq(SHMEM_E_TIMEDOUT, -4);
	ck_assert_int_eq(SHMEM_E_CLOSED, -5);
	ck_assert_int_eq(SHMEM_E_PROTO, -6);
	ck_assert_int_eq(SHMEM_E_STATE, -7);
	ck_assert_int_eq(SHMEM_E_ACCESS, -8);
	ck_assert_int_eq(SHMEM_E_EXISTS, -9);
	ck_assert_int_eq(SHMEM_E_NOENT, -10);
	ck_assert_int_eq(SHMEM_E_LIMIT, -11);
	ck_assert_int_eq(SHMEM_E_NOSPACE, -12);
	ck_assert_int_eq(SHMEM_E_UNTRUSTED, -13);
	ck_assert_int_eq(SHMEM_E_BUSY, -14);
	ck_assert_int_eq(SHMEM_E_DEADLOCK, -15);
	ck_assert_int_eq(SHMEM_E_UNSUPPORTED, -16);
	ck_assert_int_eq(SHMEM_E_SYS, -17);
}
END_TEST

START_TEST(error_has_its_name_and_text)
{
	const error_row *row = &errors[_i];

	ck_assert_int_eq(row->err, row->value);
	ck_assert_str_eq(shmem_errname(row->err), row->name);
	ck_assert_str_eq(shmem_strerror(row->err), row->text);
	for (int other = 0; other < _i; other++) {
		ck_assert_int_ne(errors[other].err, row->err);
		ck_assert_str_ne(errors[other].text, row->text);
	}
}
END_TEST

START_TEST(success_and_unknown_errors_have_names)
{
	ck_assert_str_eq(shmem_errname(0), "SHMEM_OK");
	ck_assert_str_eq(shmem_strerror(0), "success");
	ck_assert_str_eq(shmem_errname(1), "SHMEM_E_UNKNOWN");
	ck_assert_str_eq(shmem_strerror(INT_MIN), "unknown error");
	ck_assert_str_eq(shmem_strerror(-(int)ERROR_COUNT - 1),
			 "unknown error");
}
END_TEST

static const struct {
	int native;
	int err;
} meanings[] = {
	{0, 0},
	{ENOMEM, SHMEM_E_NOMEM},
	{EAGAIN, SHMEM_E_AGAIN},
	{EWOULDBLOCK, SHMEM_E_AGAIN},
	{EPIPE, SHMEM_E_CLOSED},
	{ECONNRESET, SHMEM_E_CLOSED},
	{EACCES, SHMEM_E_ACCESS},
	{EPERM, SHMEM_E_ACCESS},
	{EROFS, SHMEM_E_ACCESS},
	{EEXIST, SHMEM_E_EXISTS},
	{ENOENT, SHMEM_E_NOENT},
	{ENOTDIR, SHMEM_E_NOENT},
	{EMFILE, SHMEM_E_LIMIT},
	{ENFILE, SHMEM_E_LIMIT},
#ifdef ETOOMANYREFS
	{ETOOMANYREFS, SHMEM_E_LIMIT},
#endif
	{ENOSPC, SHMEM_E_NOSPACE},
#ifdef EDQUOT
	{EDQUOT, SHMEM_E_NOSPACE},
#endif
	{EFBIG, SHMEM_E_NOSPACE},
	{EBUSY, SHMEM_E_BUSY},
	{EINVAL, SHMEM_E_SYS},
	{ENOSYS, SHMEM_E_SYS},
	{EIO, SHMEM_E_SYS},
	{INT_MAX, SHMEM_E_SYS},
};
#define MEANING_COUNT ((int)(sizeof(meanings) / sizeof(meanings[0])))

START_TEST(errno_has_its_meaning)
{
	support_needs(SUPPORT_ERRNO);
	ck_assert_int_eq(shmem__error_from_os(meanings[_i].native),
			 meanings[_i].err);
	if (meanings[_i].native == 0)
		return;
	errno = meanings[_i].native;
	ck_assert_int_eq(shmem__fail_last(), meanings[_i].err);
	ck_assert_int_eq(shmem_os_error(), meanings[_i].native);
}
END_TEST

START_TEST(failure_is_never_success)
{
	support_needs(SUPPORT_ERRNO);
	errno = 0;
	ck_assert_int_eq(shmem__fail_last(), SHMEM_E_SYS);
}
END_TEST

static void *os_error_of_a_new_thread(void *arg)
{
	int *seen = arg;

	*seen = shmem_os_error();
	shmem__fail_os(EIO, SHMEM_E_SYS);
	return NULL;
}

START_TEST(each_thread_has_its_own_os_error)
{
	pthread_t thread;
	int seen = -1;

	ck_assert_int_eq(shmem__fail_os(ENOSYS, SHMEM_E_UNSUPPORTED),
			 SHMEM_E_UNSUPPORTED);
	pthread_create(&thread, NULL, os_error_of_a_new_thread, &seen);
	pthread_join(thread, NULL);
	ck_assert_int_eq(seen, 0);
	ck_assert_int_eq(shmem_os_error(), ENOSYS);
}
END_TEST

START_TEST(version_is_that_of_the_header)
{
	char version[32];

	snprintf(version, sizeof(version), "%d.%d.%d", SHMEM_VERSION_MAJOR,
		 SHMEM_VERSION_MINOR, SHMEM_VERSION_PATCH);
	ck_assert_str_eq(shmem_version_string(), version);
}
END_TEST

START_TEST(integers_are_little_endian_at_any_address)
{
	unsigned char bytes[16] = {0};
	const unsigned char expected[] = {0xef, 0xcd, 0xab, 0x89,
					  0x67, 0x45, 0x23, 0x01};

	for (size_t at = 0; at < 8; at++) {
		memset(bytes, 0, sizeof(bytes));
		shmem__put64(bytes + at, 0x0123456789abcdefu);
		ck_assert_mem_eq(bytes + at, expected, 8);
		ck_assert_uint_eq(shmem__get64(bytes + at),
				  0x0123456789abcdefu);
		ck_assert_uint_eq(shmem__get32(bytes + at), 0x89abcdefu);
		ck_assert_uint_eq(shmem__get16(bytes + at), 0xcdefu);
	}
	shmem__put16(bytes, 0xfedc);
	ck_assert_uint_eq(bytes[0], 0xdc);
	ck_assert_uint_eq(bytes[1], 0xfe);
	shmem__put32(bytes, 0xfedcba98u);
	ck_assert_uint_eq(shmem__get32(bytes), 0xfedcba98u);
}
END_TEST

START_TEST(integers_keep_their_extremes)
{
	unsigned char bytes[8];

	shmem__put16(bytes, UINT16_MAX);
	ck_assert_uint_eq(shmem__get16(bytes), UINT16_MAX);
	shmem__put32(bytes, UINT32_MAX);
	ck_assert_uint_eq(shmem__get32(bytes), UINT32_MAX);
	shmem__put64(bytes, UINT64_MAX);
	ck_assert_uint_eq(shmem__get64(bytes), UINT64_MAX);
	for (unsigned bit = 0; bit < 64; bit++) {
		shmem__put64(bytes, (uint64_t)1 << bit);
		ck_assert_uint_eq(shmem__get64(bytes), (uint64_t)1 << bit);
	}
}
END_TEST

START_TEST(reader_never_passes_the_end)
{
	const unsigned char bytes[10] = {0};
	shmem__reader r = {bytes, sizeof(bytes)};

	ck_assert_ptr_eq(shmem__take(&r, 4), bytes);
	ck_assert_ptr_null(shmem__take(&r, 7));
	ck_assert_ptr_null(shmem__take(&r, SIZE_MAX));
	ck_assert_uint_eq(r.left, 6);
	ck_assert_ptr_eq(shmem__take(&r, 6), bytes + 4);
	ck_assert_ptr_nonnull(shmem__take(&r, 0));
	ck_assert_ptr_null(shmem__take(&r, 1));
}
END_TEST

START_TEST(all_zero_looks_at_every_byte)
{
	unsigned char bytes[9] = {0};

	ck_assert(shmem__all_zero(bytes, 0));
	ck_assert(shmem__all_zero(bytes, sizeof(bytes)));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = 0x80;
		ck_assert(!shmem__all_zero(bytes, sizeof(bytes)));
		ck_assert(shmem__all_zero(bytes, i));
		bytes[i] = 0;
	}
}
END_TEST

/* What this library knows, and what an older and a newer caller pass. */
typedef struct old_opts {
	size_t size;
	uint64_t a;
} old_opts;

typedef struct known_opts {
	size_t size;
	uint64_t a;
	uint64_t b;
} known_opts;

typedef struct new_opts {
	size_t size;
	uint64_t a;
	uint64_t b;
	uint64_t c;
} new_opts;

START_TEST(no_options_are_all_defaults)
{
	known_opts known = {1, 2, 3};

	ck_assert_int_eq(shmem__opts_copy(&known, sizeof(known), NULL), 0);
	ck_assert(shmem__all_zero((unsigned char *)&known, sizeof(known)));
}
END_TEST

START_TEST(older_options_leave_the_rest_at_the_default)
{
	known_opts known = {1, 2, 3};
	old_opts given = {sizeof(given), 7};

	ck_assert_int_eq(shmem__opts_copy(&known, sizeof(known), &given), 0);
	ck_assert_uint_eq(known.a, 7);
	ck_assert_uint_eq(known.b, 0);
}
END_TEST

START_TEST(newer_options_are_taken_where_their_tail_is_zero)
{
	known_opts known;
	new_opts given = {sizeof(given), 7, 8, 0};

	ck_assert_int_eq(shmem__opts_copy(&known, sizeof(known), &given), 0);
	ck_assert_uint_eq(known.a, 7);
	ck_assert_uint_eq(known.b, 8);
	given.c = (uint64_t)1 << 63;
	ck_assert_int_eq(shmem__opts_copy(&known, sizeof(known), &given),
			 SHMEM_E_INVAL);
}
END_TEST

START_TEST(options_without_a_size_are_refused)
{
	known_opts known;
	known_opts given = {0, 7, 8};

	for (size_t size = 0; size < sizeof(size_t); size++) {
		given.size = size;
		ck_assert_int_eq(
			shmem__opts_copy(&known, sizeof(known), &given),
			SHMEM_E_INVAL);
	}
}
END_TEST

START_TEST(public_options_begin_with_their_size)
{
	const shmem_handle_opts handle = SHMEM_HANDLE_OPTS_INIT;
	const shmem_channel_opts channel = SHMEM_CHANNEL_OPTS_INIT;
	const shmem_spawn_opts spawn = SHMEM_SPAWN_OPTS_INIT;
	const shmem_stats stats = SHMEM_STATS_INIT;

	ck_assert_uint_eq(handle.size, sizeof(handle));
	ck_assert_uint_eq(channel.size, sizeof(channel));
	ck_assert_uint_eq(spawn.size, sizeof(spawn));
	ck_assert_uint_eq(stats.size, sizeof(stats));
}
END_TEST

START_TEST(page_is_a_power_of_two)
{
	size_t page = shmem__page_size();

	ck_assert_uint_ge(page, 4096);
	ck_assert_uint_eq(page & (page - 1), 0);
	ck_assert_uint_eq(shmem__page_size(), page);
}
END_TEST

START_TEST(sizes_round_up_to_pages)
{
	uint64_t page = shmem__page_size();

	ck_assert_uint_eq(shmem__round_to_pages(0), 0);
	ck_assert_uint_eq(shmem__round_to_pages(1), page);
	ck_assert_uint_eq(shmem__round_to_pages(page), page);
	ck_assert_uint_eq(shmem__round_to_pages(page + 1), 2 * page);
	ck_assert_uint_eq(shmem__round_to_pages(UINT64_MAX - page + 1),
			  UINT64_MAX - page + 1);
	ck_assert_uint_eq(shmem__round_to_pages(UINT64_MAX - page + 2), 0);
	ck_assert_uint_eq(shmem__round_to_pages(UINT64_MAX), 0);
}
END_TEST

START_TEST(clock_never_goes_back)
{
	uint64_t last = shmem__now_ns();

	for (int i = 0; i < 1000; i++) {
		uint64_t now = shmem__now_ns();

		ck_assert_uint_ge(now, last);
		last = now;
	}
}
END_TEST

START_TEST(deadlines_keep_never_and_at_once_apart)
{
	ck_assert_uint_eq(shmem__deadline(-1), SHMEM__NEVER);
	ck_assert_uint_eq(shmem__deadline(INT_MIN), SHMEM__NEVER);
	ck_assert_uint_eq(shmem__deadline(0), 0);
	ck_assert_int_eq(shmem__time_left(SHMEM__NEVER), -1);
	ck_assert_int_eq(shmem__time_left(0), 0);
	ck_assert_int_eq(shmem__time_left(1), 0);
}
END_TEST

START_TEST(time_left_is_rounded_up_and_bounded)
{
	uint64_t before = shmem__now_ns();
	uint64_t end = shmem__deadline(60000);
	int left = shmem__time_left(end);

	ck_assert_uint_ge(end, before + 60000ull * 1000000);
	ck_assert_int_le(left, 60000);
	ck_assert_int_gt(left, 30000);
	ck_assert_int_eq(shmem__time_left(shmem__now_ns() + 50000000), 50);
	ck_assert_int_eq(shmem__time_left(SHMEM__NEVER - 1), INT_MAX);
	ck_assert_int_gt(shmem__time_left(shmem__deadline(INT_MAX)),
			 INT_MAX - 60000);
}
END_TEST

START_TEST(random_bytes_differ)
{
	unsigned char a[32] = {0};
	unsigned char b[32] = {0};

	ck_assert_int_eq(shmem__random(a, sizeof(a)), 0);
	ck_assert_int_eq(shmem__random(b, sizeof(b)), 0);
	ck_assert_mem_ne(a, b, sizeof(a));
}
END_TEST

static shmem__lock lock = SHMEM__LOCK_INIT;
static int guarded;

static void *add_under_the_lock(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10000; i++) {
		shmem__lock_take(&lock);
		guarded++;
		shmem__lock_drop(&lock);
	}
	return NULL;
}

START_TEST(lock_lets_one_thread_in)
{
	pthread_t thread[4];

	for (size_t i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, add_under_the_lock, NULL);
	for (size_t i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	ck_assert_int_eq(guarded, 40000);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("base");
	TCase *t = support_case(s, "error");

	tcase_add_test(t, errors_have_pinned_values);
	tcase_add_loop_test(t, error_has_its_name_and_text, 0,
			    (int)ERROR_COUNT);
	tcase_add_test(t, success_and_unknown_errors_have_names);
	tcase_add_loop_test(t, errno_has_its_meaning, 0, MEANING_COUNT);
	tcase_add_test(t, failure_is_never_success);
	tcase_add_test(t, each_thread_has_its_own_os_error);
	tcase_add_test(t, version_is_that_of_the_header);

	t = support_case(s, "codec");
	tcase_add_test(t, integers_are_little_endian_at_any_address);
	tcase_add_test(t, integers_keep_their_extremes);
	tcase_add_test(t, reader_never_passes_the_end);
	tcase_add_test(t, all_zero_looks_at_every_byte);

	t = support_case(s, "opts");
	tcase_add_test(t, no_options_are_all_defaults);
	tcase_add_test(t, older_options_leave_the_rest_at_the_default);
	tcase_add_test(t, newer_options_are_taken_where_their_tail_is_zero);
	tcase_add_test(t, options_without_a_size_are_refused);
	tcase_add_test(t, public_options_begin_with_their_size);

	t = support_case(s, "os");
	tcase_add_test(t, page_is_a_power_of_two);
	tcase_add_test(t, sizes_round_up_to_pages);
	tcase_add_test(t, clock_never_goes_back);
	tcase_add_test(t, deadlines_keep_never_and_at_once_apart);
	tcase_add_test(t, time_left_is_rounded_up_and_bounded);
	tcase_add_test(t, random_bytes_differ);
	tcase_add_test(t, lock_lets_one_thread_in);
	return s;
}

SUPPORT_MAIN(suite)
