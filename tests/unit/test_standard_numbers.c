/* SPDX-License-Identifier: MIT */
/*
 * A program may have closed its standard input, output or error: nothing of the
 * library's may take these numbers, or what is printed goes to a peer, or into
 * memory.
 */
#include "raw.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAGE 4096u
#define STANDARD 3

static int saved[STANDARD];
static char path[SUPPORT_PATH_MAX];
static shmem_listener *listener;
static shmem_channel *a;
static shmem_channel *b;

/* Nothing may be printed from here on, nor asserted. */
static void close_standard(void)
{
	fflush(NULL);
	for (int fd = 0; fd < STANDARD; fd++)
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
	for (int fd = 0; fd < STANDARD; fd++)
		close(fd);
}

/* Puts them back; whether they had been free until then. */
static bool standard_was_free(void)
{
	bool all = true;

	for (int fd = 0; fd < STANDARD; fd++) {
		all = all && fcntl(fd, F_GETFD) < 0;
		if (saved[fd] < 0)
			continue;
		dup2(saved[fd], fd);
		close(saved[fd]);
	}
	return all;
}

static void setup(void)
{
	support_path(path, "socket");
}

static void teardown(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	shmem_listener_close(&listener);
}

START_TEST(a_pair_takes_none)
{
	int err;

	close_standard();
	err = shmem_channel_pair(NULL, &a, &b);
	ck_assert(standard_was_free());
	support_ok(err);
	support_send_text(a, "hello");
	support_recv_text(b, "hello");
}
END_TEST

START_TEST(an_adopted_socket_gives_its_own_up)
{
	shmem_os_handle sock = 0;
	int pair[2];
	int err = -1;

	close_standard();
	if (socketpair(AF_UNIX, SUPPORT_SOCKET | SOCK_CLOEXEC, 0, pair) == 0) {
		err = shmem_channel_adopt(&sock, NULL, &a);
		close(pair[1]);
	}
	ck_assert(standard_was_free());
	support_ok(err);
	ck_assert_int_eq(sock, SHMEM_OS_HANDLE_INVALID);
	ck_assert_int_ge(shmem_channel_pollable(a), STANDARD);
}
END_TEST

START_TEST(a_socket_that_is_not_adopted_stays)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_os_handle sock = 0;
	int pair[2];
	int err = -1;
	bool stayed;

	opts.enforce = (shmem_enforce)77;
	close_standard();
	if (socketpair(AF_UNIX, SUPPORT_SOCKET | SOCK_CLOEXEC, 0, pair) == 0)
		err = shmem_channel_adopt(&sock, &opts, &a);
	stayed = sock == 0 && fcntl(0, F_GETFD) >= 0;
	close(0);
	close(1);
	ck_assert(standard_was_free());
	support_is(err, SHMEM_E_INVAL);
	ck_assert(stayed);
}
END_TEST

START_TEST(listening_connecting_and_accepting_take_none)
{
	int err;

	close_standard();
	err = shmem_listener_open(path, &listener);
	if (err == 0)
		err = shmem_channel_connect(path, NULL, 0, &a);
	if (err == 0)
		err = shmem_listener_accept(listener, NULL, SUPPORT_WAIT, &b);
	ck_assert(standard_was_free());
	support_ok(err);
	support_send_text(a, "hello");
	support_recv_text(b, "hello");
}
END_TEST

/* The greeting brings a pidfd, in a process that is not the peer's. */
static void greeted_by_another(void *arg)
{
	int err;

	(void)arg;
	close_standard();
	err = shmem_channel_dispatch(b);
	ck_assert(standard_was_free());
	support_ok(err);
	if (support_lacks(SUPPORT_PIDFD) == NULL)
		ck_assert_int_ne(shmem_channel_peer_pollable(b),
				 SHMEM_OS_HANDLE_INVALID);
	shmem_channel_close(&b);
	shmem_channel_close(&a);
}

START_TEST(a_peer_s_process_takes_none)
{
	support_ok(shmem_channel_pair(NULL, &a, &b));
	support_send_text(a, "hello");
	ck_assert_int_eq(support_child(greeted_by_another, NULL), 0);
}
END_TEST

/* Memory whose descriptor is kept, a ring, handles. */
START_TEST(what_a_peer_sends_takes_none)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_message *m = NULL;
	static support_raw raw;
	int err;

	opts.enforce = SHMEM_ENFORCE_UNMAP;
	support_raw_open(&raw, &opts, &a);
	support_raw_greet(&raw, a, 0);
	support_raw_announce(&raw, 0, PAGE, support_object(PAGE));
	support_raw_announce(&raw, 1, PAGE, support_object(PAGE));
	support_raw_segment(&raw, (uint64_t)1 << 32, 10);
	support_raw_handle(&raw, PAGE, 3, support_object(PAGE));
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	close_standard();
	err = shmem_channel_recv(a, SUPPORT_WAIT, &m);
	ck_assert(standard_was_free());
	support_ok(err);
	shmem_message_free(&m);
	support_raw_close(&raw);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("standard numbers");
	TCase *t = support_case(s, "numbers");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_pair_takes_none);
	tcase_add_test(t, an_adopted_socket_gives_its_own_up);
	tcase_add_test(t, a_socket_that_is_not_adopted_stays);
	tcase_add_test(t, listening_connecting_and_accepting_take_none);
	tcase_add_test(t, a_peer_s_process_takes_none);
	tcase_add_test(t, what_a_peer_sends_takes_none);
	return s;
}
SUPPORT_MAIN(suite)
