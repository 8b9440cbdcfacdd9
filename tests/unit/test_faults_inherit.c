/* SPDX-License-Identifier: MIT */
/* What was passed to this process, when the system refuses this or that: it is
 * still there for the next try, or closed. */
#include "channels.h"
#include "faults.h"

#include "base/fault.h"
#include "transport/inherit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYTES 5000u

static shmem_handle *own;
static shmem_handle *h;
static shmem_channel *c;
static shmem_channel *peer;
static int passed = -1;

/* As if this process had been started with it. */
static void set_variable(const char *name, const shmem_handle *handle)
{
	shmem__passed p = {name, handle, passed, passed};
	char *text = NULL;

	support_ok(shmem__inherit_text(&p, 1, &text));
	setenv(SHMEM__INHERIT, text + strlen(SHMEM__INHERIT "="), 1);
	shmem__free(text);
}

static void with_handle(void)
{
	own = support_handle(BYTES);
	passed = dup((int)shmem_handle_os(own));
	ck_assert_int_ge(passed, 0);
	set_variable("given", own);
}

static void with_channel(void)
{
	shmem_os_handle theirs;
	int sock[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SUPPORT_SOCKET, 0, sock), 0);
	ck_assert_int_eq(fcntl(sock[1], F_SETFD, FD_CLOEXEC), 0);
	theirs = sock[1];
	support_ok(shmem_channel_adopt(&theirs, NULL, &peer));
	passed = sock[0];
	set_variable(NULL, NULL);
}

static int take_handle(void)
{
	return shmem_inherited_handle("given", &h);
}

static int take_channel(void)
{
	return shmem_inherited_channel(NULL, &c);
}

/* What is not what it should be is closed, and that is the end of it. */
static bool stays(int err)
{
	bool open = fcntl(passed, F_GETFD) >= 0;

	ck_assert_ptr_null(h);
	ck_assert_ptr_null(c);
	ck_assert(open == (err != SHMEM_E_UNTRUSTED));
	if (!open)
		passed = -1;
	return open;
}

static void handle_is_here(void)
{
	ck_assert_int_eq(shmem_handle_os(h), passed);
	ck_assert_uint_eq(shmem_handle_size(h), BYTES);
	support_is(shmem_inherited_handle("given", &h), SHMEM_E_NOENT);
}

static void channel_is_here(void)
{
	support_send_text(c, "up");
	support_recv_text(peer, "up");
	support_send_text(peer, "down");
	support_recv_text(c, "down");
	support_is(shmem_inherited_channel(NULL, &peer), SHMEM_E_NOENT);
}

static void clear(void)
{
	if (h == NULL && c == NULL && passed >= 0)
		close(passed);
	passed = -1;
	shmem_handle_close(&own);
	shmem_handle_close(&h);
	shmem_channel_close(&c);
	shmem_channel_close(&peer);
	unsetenv(SHMEM__INHERIT);
}

static const faults_op ops[] = {
	{"take an inherited handle", with_handle, take_handle, stays,
	 handle_is_here, clear},
	{"take the inherited channel", with_channel, take_channel, stays,
	 channel_is_here, clear},
};
#define OPS (int)(sizeof(ops) / sizeof(ops[0]))

/* What was taken is never given again to the same process. */
START_TEST(any_call_may_fail)
{
	faults_run_apart(&ops[_i]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("faults_inherit");
	TCase *t = support_case(s, "faults");

	tcase_add_loop_test(t, any_call_may_fail, 0, OPS);
	return s;
}
SUPPORT_MAIN(suite)
