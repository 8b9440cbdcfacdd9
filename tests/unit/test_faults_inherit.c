/* SPDX-License-Identifier: MIT */
/* What was passed to this process, when the system refuses this or that: it is
 * still there for the next try, or closed. */
#include "channels.h"
#include "faults.h"

#include "base/fault.h"
#include "handle/os.h"
#include "transport/inherit.h"
#include "transport/socket.h"

#include <stdlib.h>
#include <string.h>

#define BYTES 5000u

static shmem_handle *own;
static shmem_handle *h;
static shmem_channel *c;
static shmem_channel *peer;
static shmem_os_handle passed = SHMEM_OS_HANDLE_INVALID;

/* As if this process had been started with it. */
static void set_variable(const char *name, const shmem_handle *handle)
{
	shmem__passed p = {name, handle, passed, passed};
	char *text = NULL;

	support_ok(shmem__inherit_text(&p, 1, &text));
	support_variable(SHMEM__INHERIT, text + strlen(SHMEM__INHERIT "="));
	shmem__free(text);
}

static void with_handle(void)
{
	own = support_handle(BYTES);
	support_ok(shmem__object_duplicate(shmem_handle_os(own), SHMEM_RW,
					   &passed));
	support_ok(shmem__object_set_inheritable(passed, true));
	set_variable("given", own);
}

static void with_channel(void)
{
	shmem_os_handle sock[2];

	support_ok(shmem__socket_pair(1 << 16, sock));
	support_ok(shmem_channel_adopt(&sock[0], NULL, &peer));
	passed = sock[1];
	support_ok(shmem__object_set_inheritable(passed, true));
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
	bool inheritable;
	bool open = shmem__object_is_inheritable(passed, &inheritable) == 0;

	ck_assert_ptr_null(h);
	ck_assert_ptr_null(c);
	ck_assert(open == (err != SHMEM_E_UNTRUSTED));
	if (!open)
		passed = SHMEM_OS_HANDLE_INVALID;
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
	if (h == NULL && c == NULL)
		shmem__object_close(passed);
	passed = SHMEM_OS_HANDLE_INVALID;
	shmem_handle_close(&own);
	shmem_handle_close(&h);
	shmem_channel_close(&c);
	shmem_channel_close(&peer);
	support_variable(SHMEM__INHERIT, NULL);
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
