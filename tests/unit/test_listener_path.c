/* SPDX-License-Identifier: MIT */
/* Addresses that are paths: what a listener makes there, takes over, leaves
 * alone. */
#include "channels.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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

static bool exists(void)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void meet(void)
{
	support_ok(shmem_channel_connect(path, NULL, 0, &client));
	support_ok(
		shmem_listener_accept(listener, NULL, SUPPORT_WAIT, &server));
	support_send_text(client, "hello");
	support_recv_text(server, "hello");
}

START_TEST(a_path_is_there_as_long_as_somebody_listens)
{
	support_ok(shmem_listener_open(path, &listener));
	ck_assert(exists());
	meet();
	shmem_listener_close(&listener);
	ck_assert(!exists());
}
END_TEST

START_TEST(a_path_leads_through_folders)
{
	char inside[SUPPORT_PATH_MAX + 8];

	snprintf(inside, sizeof(inside), "%s/x", path);
	support_is(shmem_listener_open(inside, &listener), SHMEM_E_NOENT);
	ck_assert_ptr_null(listener);
}
END_TEST

/* Somebody has removed the path, and there is something else by now. */
START_TEST(a_path_that_is_somebody_else_s_by_now_stays)
{
	shmem_listener *other = NULL;

	support_ok(shmem_listener_open(path, &listener));
	ck_assert_int_eq(unlink(path), 0);
	support_ok(shmem_listener_open(path, &other));
	shmem_listener_close(&listener);
	ck_assert(exists());
	listener = other;
	meet();
}
END_TEST

START_TEST(a_path_that_is_gone_may_stay_gone)
{
	support_ok(shmem_listener_open(path, &listener));
	ck_assert_int_eq(unlink(path), 0);
	shmem_listener_close(&listener);
	ck_assert(!exists());
}
END_TEST

/* What is left of one that did not close. */
static void leave_stale(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SUPPORT_SOCKET | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, path, strlen(path));
	ck_assert_int_eq(bind(sock, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(sock, 1), 0);
	close(sock);
	ck_assert(exists());
}

START_TEST(a_dead_listener_s_path_is_taken_over)
{
	leave_stale();
	support_is(shmem_channel_connect(path, NULL, 0, &client),
		   SHMEM_E_NOENT);
	support_ok(shmem_listener_open(path, &listener));
	meet();
}
END_TEST

START_TEST(what_is_no_socket_is_left_alone)
{
	char target[SUPPORT_PATH_MAX];
	struct stat st;

	switch (_i) {
	case 0:
		close(support_file("socket", "x", 1));
		break;
	case 1:
		ck_assert_int_eq(mkdir(path, 0700), 0);
		break;
	default:
		support_path(target, "target");
		ck_assert_int_eq(symlink(target, path), 0);
	}
	support_is(shmem_listener_open(path, &listener), SHMEM_E_EXISTS);
	ck_assert_int_eq(lstat(path, &st), 0);
}
END_TEST

/* A socket of another kind, on which somebody listens. */
START_TEST(another_kind_of_listener_is_left_alone)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SUPPORT_OTHER_SOCKET | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, path, strlen(path));
	ck_assert_int_eq(bind(sock, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(sock, 1), 0);
	support_is(shmem_listener_open(path, &listener), SHMEM_E_EXISTS);
	support_is(shmem_channel_connect(path, NULL, 0, &client),
		   SHMEM_E_INVAL);
	close(sock);
}
END_TEST

START_TEST(rights_are_kept)
{
	char folder[SUPPORT_PATH_MAX];
	char inside[SUPPORT_PATH_MAX + 8];

	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	support_is(shmem_listener_open("/proc/1/shmem", &listener),
		   SHMEM_E_NOENT);
	snprintf(inside, sizeof(inside), "%s", "/root-only-shmem-test");
	support_is(shmem_listener_open(inside, &listener), SHMEM_E_ACCESS);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	(void)folder;
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("listener paths");
	TCase *t = support_case(s, "paths");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_path_is_there_as_long_as_somebody_listens);
	tcase_add_test(t, a_path_leads_through_folders);
	tcase_add_test(t, a_path_that_is_somebody_else_s_by_now_stays);
	tcase_add_test(t, a_path_that_is_gone_may_stay_gone);
	tcase_add_test(t, a_dead_listener_s_path_is_taken_over);
	tcase_add_loop_test(t, what_is_no_socket_is_left_alone, 0, 3);
	tcase_add_test(t, another_kind_of_listener_is_left_alone);
	tcase_add_test(t, rights_are_kept);
	return s;
}
SUPPORT_MAIN(suite)
