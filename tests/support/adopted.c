/* SPDX-License-Identifier: MIT */
/* Channels over sockets of the test's. */
#include "channels.h"

#include <sys/socket.h>

void support_adopted(const shmem_channel_opts *opts_a, shmem_channel **ret_a,
		     const shmem_channel_opts *opts_b, shmem_channel **ret_b)
{
	int pair[2];
	shmem_os_handle sock[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SUPPORT_SOCKET | SOCK_CLOEXEC, 0, pair), 0);
	sock[0] = pair[0];
	sock[1] = pair[1];
	support_ok(shmem_channel_adopt(&sock[0], opts_a, ret_a));
	support_ok(shmem_channel_adopt(&sock[1], opts_b, ret_b));
	ck_assert_int_eq(sock[0], SHMEM_OS_HANDLE_INVALID);
	ck_assert_int_eq(sock[1], SHMEM_OS_HANDLE_INVALID);
	support_settle(*ret_a);
	support_settle(*ret_b);
}
