/* SPDX-License-Identifier: MIT */
/* Handles that travel by being duplicated. */
#include "here.h"

#include "handle/os.h"
#include "transport/frame.h"
#include "transport/socket.h"
#include "transport/windows/pipe.h"

#define QUEUE (1u << 20)

static shmem__socket server;
static shmem__socket client;
static unsigned before;
static unsigned char in[SHMEM__PACKET_MAX];
static shmem_os_handle got[SHMEM__SOCKET_DESCRIPTORS];

static void open_ends(void)
{
	shmem_os_handle ends[2];

	before = here_handles();
	here_ok(shmem__socket_pair(QUEUE, ends));
	here_ok(shmem__socket_open(ends[0], QUEUE, &server));
	here_ok(shmem__socket_open(ends[1], QUEUE, &client));
	shmem__socket_expect(&server, (int)GetCurrentProcessId());
}

static int receive(shmem__socket *sock, shmem__arrival *a)
{
	unsigned ready;
	bool dead;
	int err = shmem__socket_wait(sock, SHMEM_POLL_READ,
				     SHMEM_OS_HANDLE_INVALID, HERE_WAIT, &ready,
				     &dead);

	return err != 0 ? err
			: shmem__socket_recv(sock, in, sizeof(in), got, a);
}

static void introduce(void)
{
	shmem__arrival a;

	here_ok(shmem__socket_send(&client, "hello", 5, NULL, 0, true));
	here_ok(receive(&server, &a));
	ck_assert_int_eq(a.pid, (int)GetCurrentProcessId());
	shmem__object_close(a.pidfd);
}

static shmem_os_handle memory(void)
{
	shmem_os_handle os;

	here_ok(shmem__object_create(65536, NULL, false, &os));
	return os;
}

static void close_ends(void)
{
	shmem__socket_close(&client);
	shmem__socket_close(&server);
	ck_assert_uint_eq(here_handles(), before);
}

static void carry(shmem__socket *from, shmem__socket *to)
{
	shmem_os_handle os = memory();
	shmem_os_handle two[2] = {os, os};
	uint64_t sent[2];
	uint64_t came[2];
	shmem__arrival a;

	here_ok(shmem__object_identity(os, sent));
	here_ok(shmem__socket_send(from, "x", 1, two, 2, false));
	here_ok(receive(to, &a));
	ck_assert_uint_eq(a.length, 1);
	ck_assert_uint_eq(a.count, 2);
	here_ok(shmem__object_identity(got[1], came));
	ck_assert_mem_eq(sent, came, sizeof(sent));
	shmem__object_close(got[0]);
	shmem__object_close(got[1]);
	shmem__object_close(os);
}

START_TEST(handles_travel_both_ways)
{
	open_ends();
	introduce();
	for (int i = 0; i < 20; i++) {
		carry(&server, &client);
		carry(&client, &server);
	}
	close_ends();
}
END_TEST

START_TEST(what_nobody_received_is_taken_back)
{
	open_ends();
	introduce();
	for (int i = 0; i < 5; i++) {
		shmem_os_handle os = memory();

		here_ok(shmem__socket_send(&server, "x", 1, &os, 1, false));
		here_ok(shmem__socket_send(&client, "x", 1, &os, 1, false));
		shmem__object_close(os);
	}
	if (_i == 0) {
		shmem__socket_close(&server);
		shmem__socket_close(&client);
	} else {
		shmem__socket_close(&client);
		shmem__socket_close(&server);
	}
	ck_assert_uint_eq(here_handles(), before);
}
END_TEST

START_TEST(a_handle_of_a_send_that_failed_is_taken_back)
{
	shmem_os_handle os;
	unsigned open;

	open_ends();
	introduce();
	os = memory();
	shmem__socket_close(&client);
	open = here_handles();
	here_is(shmem__socket_send(&server, "x", 1, &os, 1, false),
		SHMEM_E_CLOSED);
	ck_assert_uint_eq(here_handles(), open);
	shmem__object_close(os);
	shmem__socket_close(&server);
	ck_assert_uint_eq(here_handles(), before);
}
END_TEST

START_TEST(what_was_sent_before_the_end_still_comes)
{
	shmem_os_handle os;
	shmem__arrival a;

	open_ends();
	introduce();
	os = memory();
	here_ok(shmem__socket_send(&client, "x", 1, &os, 1, false));
	shmem__object_close(os);
	ck_assert(
		!shmem__socket_holds(&client)); /* it is not its own process */
	shmem__socket_close(&client);
	here_ok(receive(&server, &a));
	ck_assert_uint_eq(a.count, 1);
	shmem__object_close(got[0]);
	here_is(receive(&server, &a), SHMEM_E_CLOSED);
	shmem__socket_close(&server);
	ck_assert_uint_eq(here_handles(), before);
}
END_TEST

/* Even to a server that had not looked at anything yet. */
START_TEST(what_an_unknown_client_left_still_comes)
{
	shmem_os_handle os;
	shmem__arrival a;

	open_ends();
	os = memory();
	here_ok(shmem__socket_send(&client, "hello", 5, NULL, 0, true));
	for (int i = 0; i < _i; i++)
		here_ok(shmem__socket_send(&client, "x", 1, &os, 1, false));
	shmem__object_close(os);
	shmem__socket_close(&client);
	here_ok(receive(&server, &a));
	shmem__object_close(a.pidfd);
	for (int i = 0; i < _i; i++) {
		here_ok(receive(&server, &a));
		ck_assert_uint_eq(a.count, 1);
		shmem__object_close(got[0]);
	}
	here_is(receive(&server, &a), SHMEM_E_CLOSED);
	shmem__socket_close(&server);
	ck_assert_uint_eq(here_handles(), before);
}
END_TEST

/* The write that finds no room counts as sent, and the next one is refused. */
START_TEST(a_full_pipe_asks_to_try_again)
{
	static unsigned char bytes[60000];
	shmem__arrival a;
	unsigned sent = 0;
	unsigned received = 0;
	int err;

	open_ends();
	while ((err = shmem__socket_send(&client, bytes, sizeof(bytes), NULL, 0,
					 false)) == 0)
		sent++;
	here_is(err, SHMEM_E_AGAIN);
	ck_assert(client.unsent);
	ck_assert_uint_ge(sent * sizeof(bytes), SHMEM__PIPE_BYTES);
	while (received < sent) {
		here_ok(receive(&server, &a));
		ck_assert_uint_eq(a.length, sizeof(bytes));
		received++;
	}
	here_ok(shmem__socket_flush(&client));
	ck_assert(!client.unsent);
	close_ends();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pipe");
	TCase *t = tcase_create("pipe");

	tcase_set_timeout(t, 0);
	suite_add_tcase(s, t);
	tcase_add_test(t, handles_travel_both_ways);
	tcase_add_loop_test(t, what_nobody_received_is_taken_back, 0, 2);
	tcase_add_test(t, a_handle_of_a_send_that_failed_is_taken_back);
	tcase_add_test(t, what_was_sent_before_the_end_still_comes);
	tcase_add_loop_test(t, what_an_unknown_client_left_still_comes, 0, 3);
	tcase_add_test(t, a_full_pipe_asks_to_try_again);
	return s;
}

int main(int argc, char **argv)
{
	return here_main(argc, argv, NULL, 0, suite());
}
