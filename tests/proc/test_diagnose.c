/* SPDX-License-Identifier: MIT */
/*
 * Reports of violations. Each is made by a child that writes it to a file and
 * dies, or does not.
 */
#include "reported.h"
#include "touch.h"

#include "mapping/os.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

START_TEST(store_is_reported_with_both_stacks)
{
	char text[64];
	time_t t;

	support_needs(SUPPORT_STACKS);
	support_dies(SIGSEGV, reported_store_away, NULL);
	t = time(NULL);
	reported_read("report");
	HAS_TOUCH("shmem: store to a segment that was given away\n");
	HAS(" \"frame 7\", 4096 bytes\n");
	HAS_BYTE("  offset    16 (address 0x");
	HAS("  owner     the peer");
	strftime(text, sizeof(text), "  given     %Y-%m-%d ", gmtime(&t));
	HAS(text);
	HAS(" UTC, 0.");
	HAS("touched by\n");
	HAS_NAME(" reported_storer");
	HAS("given away by\n");
	HAS_NAME(" reported_giver");
	HAS_NAME(" reported_store_away");
	if (support_lacks(SUPPORT_SYMBOLS) == NULL)
		ck_assert(strstr(reported, " reported_storer") <
			  strstr(reported, " reported_giver+"));
	HAS_NOT("on_signal");
	HAS_NOT("on_exception");
}
END_TEST

static void load_away(void *arg)
{
	(void)arg;
	reported_ask();
	reported_make();
	reported_giver();
	reported_loader(REPORTED_BYTES - 1);
}

START_TEST(load_is_reported)
{
	support_dies(SIGSEGV, load_away, NULL);
	reported_read("report");
	HAS_TOUCH("shmem: load from a segment");
	HAS_BYTE("offset    4095 (");
	HAS_NAME(" reported_loader");
}
END_TEST

static void jump_away(void *arg)
{
	void (*code)(void);

	(void)arg;
	reported_ask();
	reported_make();
	reported_giver();
	memcpy(&code, &reported_data, sizeof(code));
	code();
	__asm__ volatile("" ::: "memory");
}

START_TEST(jump_is_reported)
{
	support_needs(SUPPORT_SYMBOLS);
	support_dies(SIGSEGV, jump_away, NULL);
	reported_read("report");
	HAS("shmem: jump into a segment");
	HAS("offset    0 (");
	HAS("    #0   ?  0x");
	HAS("    #1   jump_away");
}
END_TEST

static void beyond_the_end(void *arg)
{
	(void)arg;
	reported_ask();
	ck_assert_int_eq(shmem_channel_pair(NULL, &reported_a, &reported_b), 0);
	ck_assert_int_eq(
		shmem_segment_alloc(reported_a, 100, &reported_segment), 0);
	reported_data = shmem_segment_data(reported_segment);
	reported_giver();
	reported_loader(200);
}

START_TEST(touch_behind_the_end_is_reported_as_such)
{
	support_needs(SUPPORT_BYTE);
	support_dies(SIGSEGV, beyond_the_end, NULL);
	reported_read("report");
	HAS(", 100 bytes\n");
	HAS_NOT("\"");
	HAS("offset    200, beyond its end (");
}
END_TEST

static void given_before(void *arg)
{
	(void)arg;
	reported_make();
	reported_giver();
	reported_ask();
	reported_storer(0);
}

START_TEST(without_a_trace_there_is_a_report_still)
{
	support_dies(SIGSEGV, given_before, NULL);
	reported_read("report");
	HAS("given     before reports were asked for\n");
	HAS_NAME(" reported_storer");
	HAS_NOT("given away by");
}
END_TEST

static void freed(void *arg)
{
	(void)arg;
	reported_ask();
	reported_make();
	ck_assert_int_eq(shmem_segment_free(&reported_segment), 0);
	reported_storer(0);
}

START_TEST(freed_segment_is_reported_as_such)
{
	support_dies(SIGSEGV, freed, NULL);
	reported_read("report");
	HAS("a segment that was freed\n");
	HAS("owner     nobody\n");
}
END_TEST

static void not_received(void *arg)
{
	shmem_segment *other = NULL;

	(void)arg;
	reported_ask();
	reported_make();
	reported_giver();
	ck_assert_int_eq(shmem_segment_recv(reported_b, 30000, &other), 0);
	ck_assert_int_eq(shmem_segment_send(reported_b, &other), 0);
	ck_assert_int_eq(shmem_channel_dispatch(reported_a), 0);
	reported_storer(0);
}

START_TEST(segment_that_waits_to_be_received_is_reported_as_such)
{
	support_dies(SIGSEGV, not_received, NULL);
	reported_read("report");
	HAS("a segment that was not yet received\n");
	HAS("owner     this process, once it has received it\n");
}
END_TEST

static void lost(void *arg)
{
	shmem_message *m = NULL;

	(void)arg;
	reported_ask();
	reported_make();
	reported_giver();
	shmem_channel_close(&reported_b);
	ck_assert_int_eq(shmem_channel_recv(reported_a, 30000, &m),
			 SHMEM_E_CLOSED);
	reported_storer(0);
}

START_TEST(segment_of_a_dead_peer_is_reported_as_such)
{
	support_dies(SIGSEGV, lost, NULL);
	reported_read("report");
	HAS("owner     nobody: the peer died with it");
}
END_TEST

static void *store_thread(void *arg)
{
	reported_storer(3);
	return arg;
}

static void in_a_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
	reported_ask();
	reported_make();
	reported_giver();
	pthread_create(&thread, NULL, store_thread, NULL);
	pthread_join(thread, NULL);
}

START_TEST(other_threads_are_reported_too)
{
	unsigned long thread;
	unsigned long process;
	char *at;

	support_needs(SUPPORT_STACKS);
	support_needs(SUPPORT_SYMBOLS);
	support_dies(SIGSEGV, in_a_thread, NULL);
	reported_read("report");
	HAS(" reported_storer");
	HAS(" store_thread");
	HAS("  in        thread ");
	at = strstr(reported, " thread ") + strlen(" thread ");
	thread = strtoul(at, &at, 10);
	ck_assert_int_eq(strncmp(at, " of process ", 12), 0);
	process = strtoul(at + 12, &at, 10);
	ck_assert_int_eq(*at, '\n');
	ck_assert_uint_ne(thread, process);
}
END_TEST

static atomic_uint in_handlers;

static void stay(void)
{
	if (atomic_fetch_add(&in_handlers, 1) == 1)
		_exit(SURVIVED);
	for (;;)
		support_sleep(1000);
}

static void in_two_threads(void *arg)
{
	pthread_t thread;

	(void)arg;
	touch_on_fault(stay);
	reported_ask();
	reported_make();
	reported_giver();
	pthread_create(&thread, NULL, store_thread, NULL);
	reported_storer(4);
}

START_TEST(reports_of_two_threads_do_not_mix)
{
	const char *last = "For lines of code";
	const char *headline = "shmem: ";
	const char *at;

	ck_assert_int_eq(support_child(in_two_threads, NULL), SURVIVED);
	reported_read("report");
	ck_assert_int_eq(strncmp(reported, headline, strlen(headline)), 0);
	at = strstr(reported + 1, headline);
	ck_assert_ptr_nonnull(at);
	ck_assert(strstr(reported, last) < at);
	ck_assert_ptr_nonnull(strstr(at, last));
	ck_assert_ptr_null(strstr(at + 1, headline));
}
END_TEST

static void into_nothing(void *arg)
{
	int fd = support_file("report", "", 0);

	(void)arg;
	ck_assert_int_eq(shmem_diagnose_violations(fd), 0);
	reported_make();
	reported_giver();
	close(fd);
	reported_storer(4);
}

START_TEST(closed_descriptor_keeps_nobody_from_dying)
{
	support_dies(SIGSEGV, into_nothing, NULL);
}
END_TEST

static void elsewhere(void *arg)
{
	void *nothing = NULL;

	(void)arg;
	reported_ask();
	reported_make();
	reported_giver();
	ck_assert_int_eq(shmem__range_reserve(shmem__view_step(), 1, &nothing),
			 0);
	reported_data = nothing;
	reported_storer(0);
}

START_TEST(faults_elsewhere_are_not_reported)
{
	support_dies(SIGSEGV, elsewhere, NULL);
	reported_read("report");
	ck_assert_str_eq(reported, "");
}
END_TEST

/* ---- asking ---- */

static void ask_twice(void *arg)
{
	FILE *second = fdopen(support_file("second", "", 0), "a");

	(void)arg;
	reported_ask();
	reported_make();
	reported_giver();
	ck_assert_int_eq(shmem_diagnose_violations(second), 0);
	reported_storer(16);
}

START_TEST(asking_again_changes_the_descriptor)
{
	support_dies(SIGSEGV, ask_twice, NULL);
	reported_read("report");
	ck_assert_str_eq(reported, "");
	reported_read("second");
	HAS_NAME(" reported_storer");
}
END_TEST

START_TEST(descriptor_must_be_open)
{
	ck_assert_int_eq(shmem_diagnose_violations(-1), SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_diagnose_violations(987654), SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_diagnose_violations((FILE *)NULL),
			 SHMEM_E_INVAL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("diagnose");
	TCase *c = reported_case(s, "report");

	tcase_add_test(c, store_is_reported_with_both_stacks);
	tcase_add_test(c, load_is_reported);
	tcase_add_test(c, jump_is_reported);
	tcase_add_test(c, touch_behind_the_end_is_reported_as_such);
	tcase_add_test(c, without_a_trace_there_is_a_report_still);
	tcase_add_test(c, freed_segment_is_reported_as_such);
	tcase_add_test(c,
		       segment_that_waits_to_be_received_is_reported_as_such);
	tcase_add_test(c, segment_of_a_dead_peer_is_reported_as_such);
	tcase_add_test(c, other_threads_are_reported_too);
	tcase_add_test(c, reports_of_two_threads_do_not_mix);
	tcase_add_test(c, closed_descriptor_keeps_nobody_from_dying);
	tcase_add_test(c, faults_elsewhere_are_not_reported);

	c = reported_case(s, "asking");
	tcase_add_test(c, asking_again_changes_the_descriptor);
	tcase_add_test(c, descriptor_must_be_open);
	return s;
}
SUPPORT_MAIN(suite)
