/* SPDX-License-Identifier: MIT */
/* Channels over a pipe. */
#include "channels.h"

#include "transport/channel.h"
#include "transport/socket.h"

void support_adopted(const shmem_channel_opts *opts_a, shmem_channel **ret_a,
		     const shmem_channel_opts *opts_b, shmem_channel **ret_b)
{
	shmem_os_handle sock[2];
	shmem_channel_opts o;

	support_ok(shmem__channel_options(opts_a, &o));
	support_ok(shmem__socket_pair(o.queue_bytes, sock));
	support_ok(shmem_channel_adopt(&sock[0], opts_a, ret_a));
	support_ok(shmem_channel_adopt(&sock[1], opts_b, ret_b));
	ck_assert_int_eq(sock[0], SHMEM_OS_HANDLE_INVALID);
	ck_assert_int_eq(sock[1], SHMEM_OS_HANDLE_INVALID);
	support_settle(*ret_a);
	support_settle(*ret_b);
}
