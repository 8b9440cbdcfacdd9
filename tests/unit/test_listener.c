/* SPDX-License-Identifier: MIT */
/* Listening, connecting, accepting: addresses, time-outs, what is left behind.
 */
#include "channels.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Bytes of the longest address. */
#ifdef _WIN32
#define LONGEST 200
#else
#define LONGEST 107
#endif

static char path[SUPPORT_PATH_MAX];
static shmem_listener *listener;
static shmem_channel *server;
static shmem_channel *client;

static void setup(void)
{
	support_path(path, "socket");
}

static void teardown(void)
{
	shmem_channel_close(&server);
	shmem_channel_close(&client);
	shmem_listener_close(&listener);
}

/* A client in this very thread: it can't wait for what it must do itself. */
static void meet(const char *address)
{
	support_ok(shmem_channel_connect(address, NULL, 0, &client));
	support_ok(
		shmem_listener_accept(listener, NULL, SUPPORT_WAIT, &server));
	support_send_text(client, "hello");
	support_recv_text(server, "hello");
	support_send_text(server, "welcome");
	support_recv_text(client, "welcome");
}

START_TEST(those_who_connect_meet_the_one_who_listens)
{
	support_ok(shmem_listener_open(path, &listener));
	meet(path);
	shmem_listener_close(&listener);
	ck_assert_ptr_null(listener);
	support_is(
		shmem_channel_connect(path, NULL, 0, &(shmem_channel *){NULL}),
		SHMEM_E_NOENT);
	support_send_text(client, "goes on");
	support_recv_text(server, "goes on");
}
END_TEST

START_TEST(abstract_names_leave_no_path)
{
	char name[64];
	shmem_listener *other = NULL;

	support_needs(SUPPORT_ABSTRACT);

	snprintf(name, sizeof(name), "@shmem-test-%d", (int)getpid());
	support_is(shmem_channel_connect(name, NULL, 0, &client),
		   SHMEM_E_NOENT);
	support_ok(shmem_listener_open(name, &listener));
	support_is(shmem_listener_open(name, &other), SHMEM_E_EXISTS);
	meet(name);
	shmem_listener_close(&listener);
	support_ok(shmem_listener_open(name, &listener));
}
END_TEST

START_TEST(addresses_are_checked)
{
	char longest[LONGEST + 1];
	char too_long[LONGEST + 2];
	const char *bad[] = {NULL, "", "@"};

	memset(too_long, 'x', sizeof(too_long));
	too_long[LONGEST + 1] = '\0';
	memset(longest, 'x', sizeof(longest));
	longest[0] = '@';
	longest[LONGEST] = '\0';
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		support_is(shmem_listener_open(bad[i], &listener),
			   SHMEM_E_INVAL);
		support_is(shmem_channel_connect(bad[i], NULL, 0, &client),
			   SHMEM_E_INVAL);
	}
	support_is(shmem_listener_open(too_long, &listener), SHMEM_E_INVAL);
	support_is(shmem_channel_connect(too_long, NULL, 0, &client),
		   SHMEM_E_INVAL);
	support_is(shmem_listener_open(path, NULL), SHMEM_E_INVAL);
	support_is(shmem_channel_connect(path, NULL, 0, NULL), SHMEM_E_INVAL);
	support_is(shmem_listener_accept(NULL, NULL, 0, &server),
		   SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_listener_pollable(NULL),
			 SHMEM_OS_HANDLE_INVALID);
	shmem_listener_close(NULL);
	shmem_listener_close(&listener);
	if (support_lacks(SUPPORT_ABSTRACT) != NULL) {
		support_is(shmem_listener_open(longest, &listener),
			   SHMEM_E_UNSUPPORTED);
		support_is(shmem_channel_connect(longest, NULL, 0, &client),
			   SHMEM_E_UNSUPPORTED);
		return;
	}
	support_ok(shmem_listener_open(longest, &listener));
	meet(longest);
}
END_TEST

START_TEST(nobody_is_met_where_nobody_listens)
{
	char inside[SUPPORT_PATH_MAX + 8];

	support_is(shmem_channel_connect(path, NULL, 0, &client),
		   SHMEM_E_NOENT);
	snprintf(inside, sizeof(inside), "%s/x", path);
	support_is(shmem_channel_connect(inside, NULL, 0, &client),
		   SHMEM_E_NOENT);
	ck_assert_ptr_null(client);
}
END_TEST

START_TEST(one_listens_at_a_path)
{
	shmem_listener *other = NULL;

	support_ok(shmem_listener_open(path, &listener));
	support_is(shmem_listener_open(path, &other), SHMEM_E_EXISTS);
	ck_assert_ptr_null(other);
	meet(path);
}
END_TEST

START_TEST(accepting_waits_as_long_as_it_is_told)
{
	uint64_t start;

	support_ok(shmem_listener_open(path, &listener));
	ck_assert_int_ne(shmem_listener_pollable(listener),
			 SHMEM_OS_HANDLE_INVALID);
	support_is(shmem_listener_accept(listener, NULL, 0, &server),
		   SHMEM_E_AGAIN);
	start = support_now();
	support_is(shmem_listener_accept(listener, NULL, 50, &server),
		   SHMEM_E_TIMEDOUT);
	ck_assert_uint_ge(support_now() - start, 49);
	ck_assert(!support_readable(shmem_listener_pollable(listener), 0));
	support_ok(shmem_channel_connect(path, NULL, 0, &client));
	ck_assert(support_readable(shmem_listener_pollable(listener), 0));
}
END_TEST

START_TEST(connecting_waits_for_the_greeting)
{
	uint64_t start = support_now();

	support_ok(shmem_listener_open(path, &listener));
	support_is(shmem_channel_connect(path, NULL, 50, &client),
		   SHMEM_E_TIMEDOUT);
	ck_assert_uint_ge(support_now() - start, 49);
	/* Whom it gave up is still queued, and gone. */
	support_ok(shmem_listener_accept(listener, NULL, 0, &server));
	{
		shmem_message *m = NULL;

		support_is(shmem_channel_recv(server, SUPPORT_WAIT, &m),
			   SHMEM_E_CLOSED);
	}
}
END_TEST

START_TEST(a_listener_that_goes_takes_those_who_wait_with_it)
{
	shmem_message *m = NULL;

	support_ok(shmem_listener_open(path, &listener));
	support_ok(shmem_channel_connect(path, NULL, 0, &client));
	shmem_listener_close(&listener);
	support_is(shmem_channel_recv(client, SUPPORT_WAIT, &m),
		   SHMEM_E_CLOSED);
}
END_TEST

START_TEST(what_was_sent_before_accepting_arrives)
{
	shmem_segment *s;

	support_ok(shmem_listener_open(path, &listener));
	support_ok(shmem_channel_connect(path, NULL, 0, &client));
	s = support_segment(client, 100, 4);
	support_give(client, &s);
	support_send_text(client, "early");
	shmem_channel_close(&client);
	support_ok(shmem_listener_accept(listener, NULL, 0, &server));
	s = support_get(server);
	support_check_segment(s, 4);
	support_recv_text(server, "early");
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(wrong_options_cost_nobody_a_connection)
{
	shmem_channel_opts bad = SHMEM_CHANNEL_OPTS_INIT;

	bad.enforce = (shmem_enforce)7;
	support_ok(shmem_listener_open(path, &listener));
	support_is(shmem_channel_connect(path, &bad, 0, &client),
		   SHMEM_E_INVAL);
	support_is(shmem_listener_accept(listener, &bad, 0, &server),
		   SHMEM_E_INVAL);
	support_is(shmem_listener_accept(listener, NULL, 0, &server),
		   SHMEM_E_AGAIN); /* it did not even connect */
	support_ok(shmem_channel_connect(path, NULL, 0, &client));
	support_is(shmem_listener_accept(listener, &bad, 0, &server),
		   SHMEM_E_INVAL);
	support_ok(shmem_listener_accept(listener, NULL, 0, &server));
	support_send_text(client, "still here");
	support_recv_text(server, "still here");
}
END_TEST

START_TEST(without_descriptors_a_connection_stays_queued)
{
	unsigned long before;

	support_needs(SUPPORT_FEW);
	support_ok(shmem_listener_open(path, &listener));
	support_ok(shmem_channel_connect(path, NULL, 0, &client));
	before = support_limit_descriptors(3);
	support_is(shmem_listener_accept(listener, NULL, SUPPORT_WAIT, &server),
		   SHMEM_E_LIMIT);
	support_is(shmem_channel_connect(path, NULL, 0, &server),
		   SHMEM_E_LIMIT);
	support_limit_descriptors(before);
	support_ok(
		shmem_listener_accept(listener, NULL, SUPPORT_WAIT, &server));
}
END_TEST

START_TEST(many_wait_their_turn)
{
	enum { MANY = 100 };
	shmem_channel *c[MANY] = {NULL};
	shmem_channel *s[MANY] = {NULL};
	char text[16];

	support_ok(shmem_listener_open(path, &listener));
	for (int i = 0; i < MANY; i++) {
		support_ok(shmem_channel_connect(path, NULL, 0, &c[i]));
		snprintf(text, sizeof(text), "%d", i);
		support_send_text(c[i], text);
	}
	for (int i = 0; i < MANY; i++) {
		support_ok(shmem_listener_accept(listener, NULL, 0, &s[i]));
		snprintf(text, sizeof(text), "%d", i);
		support_recv_text(s[i], text);
	}
	for (int i = 0; i < MANY; i++) {
		shmem_channel_close(&c[i]);
		shmem_channel_close(&s[i]);
	}
}
END_TEST

/* A full queue is waited for, not polled to death, and not for ever. */
START_TEST(a_full_queue_is_a_time_out)
{
	enum { MANY = 400 };
	shmem_channel *c[MANY] = {NULL};
	int n = 0;
	int err = 0;
	uint64_t start;

	support_ok(shmem_listener_open(path, &listener));
	while (n < MANY &&
	       (err = shmem_channel_connect(path, NULL, 0, &c[n])) == 0)
		n++;
	support_is(err, SHMEM_E_TIMEDOUT);
	start = support_now();
	support_is(shmem_channel_connect(path, NULL, 40, &client),
		   SHMEM_E_TIMEDOUT);
	ck_assert_uint_ge(support_now() - start, 39);
	while (n > 0)
		shmem_channel_close(&c[--n]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("listener");
	TCase *t = support_case(s, "listener");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, those_who_connect_meet_the_one_who_listens);
	tcase_add_test(t, abstract_names_leave_no_path);
	tcase_add_test(t, addresses_are_checked);
	tcase_add_test(t, nobody_is_met_where_nobody_listens);
	tcase_add_test(t, one_listens_at_a_path);
	tcase_add_test(t, accepting_waits_as_long_as_it_is_told);
	tcase_add_test(t, connecting_waits_for_the_greeting);
	tcase_add_test(t, a_listener_that_goes_takes_those_who_wait_with_it);
	tcase_add_test(t, what_was_sent_before_accepting_arrives);
	tcase_add_test(t, wrong_options_cost_nobody_a_connection);
	tcase_add_test(t, without_descriptors_a_connection_stays_queued);
	tcase_add_test(t, many_wait_their_turn);
	tcase_add_test(t, a_full_queue_is_a_time_out);
	return s;
}
SUPPORT_MAIN(suite)
