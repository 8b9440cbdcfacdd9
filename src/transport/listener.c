/* SPDX-License-Identifier: MIT */
/* Listening at an address, connecting to one. */
#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "transport/channel.h"

#include <string.h>

/* How soon to look again for room in a listener's queue. */
#define RETRY_MS 5

struct shmem_listener {
	shmem__socket sock;
	int process; /* that made it: a forked child's copy is only closed */
	char address[];
};

int shmem_listener_open(const char *address, shmem_listener **ret)
{
	shmem_listener *listener;
	size_t length;
	int err;

	if (address == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	length = strlen(address) + 1;
	listener = shmem__calloc(1, sizeof(*listener) + length);
	if (listener == NULL)
		return SHMEM_E_NOMEM;
	memcpy(listener->address, address, length);
	err = shmem__socket_listen(address, &listener->sock);
	if (err != 0) {
		shmem__free(listener);
		return err;
	}
	listener->process = shmem__process_id();
	*ret = listener;
	return 0;
}

int shmem_listener_accept(shmem_listener *listener,
			  const shmem_channel_opts *opts, int timeout,
			  shmem_channel **ret)
{
	uint64_t deadline = shmem__deadline(timeout);
	shmem_channel_opts known;
	shmem_os_handle sock;
	unsigned ready;
	bool dead;
	int left;
	int err;

	if (listener == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	/* Before there is a connection to lose. */
	err = shmem__channel_options(opts, &known);
	if (err != 0)
		return err;
	while ((err = shmem__socket_accept(&listener->sock, &sock)) ==
	       SHMEM_E_AGAIN) {
		left = shmem__time_left(deadline);
		if (left == 0)
			return timeout == 0 ? SHMEM_E_AGAIN : SHMEM_E_TIMEDOUT;
		err = shmem__socket_wait(&listener->sock, SHMEM_POLL_READ,
					 SHMEM_OS_HANDLE_INVALID, left, &ready,
					 &dead);
		if (err != 0)
			return err;
	}
	if (err != 0)
		return err;
	err = shmem__channel_over(sock, SHMEM__ROLE_FIRST, opts, 0,
				  SHMEM_OS_HANDLE_INVALID, ret);
	if (err != 0) {
		shmem__object_close(sock);
		return err;
	}
	(void)shmem__hello_send(*ret); /* or with the first use */
	return 0;
}

shmem_os_handle shmem_listener_pollable(const shmem_listener *listener)
{
	return listener != NULL ? shmem__socket_pollable(&listener->sock)
				: SHMEM_OS_HANDLE_INVALID;
}

void shmem_listener_close(shmem_listener **take)
{
	shmem_listener *listener = take != NULL ? *take : NULL;

	if (listener == NULL)
		return;
	*take = NULL;
	if (listener->process == shmem__process_id())
		shmem__socket_unlisten(listener->address, &listener->sock);
	else
		shmem__socket_close(&listener->sock);
	shmem__free(listener);
}

/* A full queue can't be polled for room. */
static int connect_until(const char *address, uint64_t deadline,
			 shmem_os_handle *ret)
{
	for (;;) {
		int err = shmem__socket_connect(address, ret);
		int left = shmem__time_left(deadline);

		if (err != SHMEM_E_AGAIN || left == 0)
			return err;
		shmem__sleep_ms(left > 0 && left < RETRY_MS ? left : RETRY_MS);
	}
}

int shmem_channel_connect(const char *address, const shmem_channel_opts *opts,
			  int timeout, shmem_channel **ret)
{
	uint64_t deadline = shmem__deadline(timeout);
	shmem_channel_opts known;
	shmem_channel *channel;
	shmem_os_handle sock;
	int err;

	if (address == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	err = shmem__channel_options(opts, &known);
	if (err != 0)
		return err;
	err = connect_until(address, deadline, &sock);
	if (err == SHMEM_E_AGAIN)
		return SHMEM_E_TIMEDOUT;
	if (err != 0)
		return err;
	err = shmem__channel_over(sock, SHMEM__ROLE_SECOND, opts, 0,
				  SHMEM_OS_HANDLE_INVALID, &channel);
	if (err != 0) {
		shmem__object_close(sock);
		return err;
	}
	err = shmem__hello_send(channel);
	while (err == 0 && timeout != 0 && !channel->greeted)
		err = shmem__pump(channel, deadline);
	if (err != 0) {
		shmem_channel_close(&channel);
		return err;
	}
	*ret = channel;
	return 0;
}
