/* SPDX-License-Identifier: MIT */
/* Handles that travel by being duplicated, and what hostile peers say. */
#include "here.h"

#include "base/codec.h"
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

/* Of which the client is used by its bytes, if `raw`. */
static HANDLE open_ends(bool raw)
{
	shmem_os_handle ends[2];

	before = here_handles();
	here_ok(shmem__socket_pair(ends));
	here_ok(shmem__socket_open(ends[0], QUEUE, &server));
	if (raw)
		return (HANDLE)ends[1];
	here_ok(shmem__socket_open(ends[1], QUEUE, &client));
	shmem__socket_expect(&server, (int)GetCurrentProcessId());
	return NULL;
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
	open_ends(false);
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
	open_ends(false);
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

	open_ends(false);
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

	open_ends(false);
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

	open_ends(false);
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

	open_ends(false);
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

static void tell(HANDLE pipe, uint32_t flags, uint32_t count, uint32_t pid,
		 const uint64_t *values)
{
	unsigned char bytes[64] = {0};
	size_t length = 16 + 8 * (size_t)count;
	OVERLAPPED io = {0};
	DWORD n = 0;

	shmem__put32(bytes, flags);
	shmem__put32(bytes + 4, count);
	shmem__put32(bytes + 8, pid);
	for (uint32_t i = 0; i < count; i++)
		shmem__put64(bytes + 16 + 8 * i, values[i]);
	bytes[length++] = 'x';
	ck_assert(WriteFile(pipe, bytes, (DWORD)length, &n, &io));
}

static void expect_refusal(void)
{
	shmem__arrival a;

	here_is(receive(&server, &a), SHMEM_E_PROTO);
}

static void close_raw(HANDLE pipe)
{
	CloseHandle(pipe);
	shmem__socket_close(&server);
	ck_assert_uint_eq(here_handles(), before);
}

START_TEST(handles_of_a_stranger_are_refused)
{
	HANDLE pipe = open_ends(true);
	uint64_t value = (uint64_t)(uintptr_t)pipe;

	tell(pipe, 0, 1, 0, &value);
	expect_refusal();
	close_raw(pipe);
}
END_TEST

/* "This process" and "this thread", and what no handle can be. */
START_TEST(pseudo_handles_are_refused)
{
	static const uint64_t values[] = {
		UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 5, 0xffffffff, 0, 7};
	uint64_t greeting[2];
	HANDLE pipe = open_ends(true);
	shmem_os_handle desk = memory();

	greeting[0] = (uint64_t)(uintptr_t)pipe;
	greeting[1] = (uint64_t)desk;
	shmem__object_close(desk);
	here_ok(shmem__object_create(4096, NULL, false, &desk));
	greeting[1] = (uint64_t)desk;
	tell(pipe, 1, 2, GetCurrentProcessId(), greeting);
	{
		shmem__arrival a;

		here_ok(receive(&server, &a));
		shmem__object_close(a.pidfd);
	}
	tell(pipe, 0, 1, 0, &values[_i]);
	expect_refusal();
	shmem__object_close(desk);
	close_raw(pipe);
}
END_TEST

static void claim(DWORD pid)
{
	HANDLE pipe = open_ends(true);
	shmem_os_handle desk;
	uint64_t greeting[2];

	here_ok(shmem__object_create(4096, NULL, false, &desk));
	greeting[0] = (uint64_t)(uintptr_t)pipe;
	greeting[1] = (uint64_t)desk;
	tell(pipe, 1, 2, pid, greeting);
	expect_refusal();
	shmem__object_close(desk);
	close_raw(pipe);
}

/* Nobody takes a process's name who does not have its end of the pipe. */
START_TEST(another_process_can_not_be_claimed)
{
	const char *argv[] = {"self", "sleeper", NULL};
	shmem_process *p = NULL;

	here_spawn(argv, NULL, &p, NULL);
	claim((DWORD)shmem_process_pid(p));
	here_ok(shmem_process_kill(p));
	here_ends(&p, -9);
}
END_TEST

/* It ends with the page that both share, and that must be one. */
START_TEST(a_desk_must_be_memory)
{
	HANDLE pipe = open_ends(true);
	uint64_t greeting[2] = {(uint64_t)(uintptr_t)pipe,
				(uint64_t)(uintptr_t)pipe};
	shmem__arrival a;

	tell(pipe, 1, 2, GetCurrentProcessId(), greeting);
	ck_assert_int_ne(receive(&server, &a), 0);
	close_raw(pipe);
}
END_TEST

static int sleeper(char **arg)
{
	(void)arg;
	Sleep(1000000);
	return 0;
}

static const here_role roles[] = {{"sleeper", sleeper}};

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
	tcase_add_test(t, handles_of_a_stranger_are_refused);
	tcase_add_loop_test(t, pseudo_handles_are_refused, 0, 6);
	tcase_add_test(t, another_process_can_not_be_claimed);
	tcase_add_test(t, a_desk_must_be_memory);
	return s;
}

int main(int argc, char **argv)
{
	return here_main(argc, argv, roles, sizeof(roles) / sizeof(*roles),
			 suite());
}
