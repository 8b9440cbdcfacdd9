/* SPDX-License-Identifier: MIT */
/*
 * My processes have a socket already. How do I send memory over that?
 *
 * shmem_handle_send() puts one handle into an AF_UNIX socket of yours, between
 * your own bytes. What comes out is checked before it becomes a handle: it is
 * memory of exactly the size that was said, and nobody can cut it short.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <shmem/shmem.h>

#include "must.h"

static int child(int sock)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *handle = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *mapping = NULL;
	char line[6];

	if (read(sock, line, sizeof(line)) != sizeof(line))
		return 1;
	must(shmem_handle_recv(sock, &handle), "receive");
	must(shmem_mapping_open_take(&handle, SHMEM_READ, &mapping), "map");
	printf("after \"%.5s\" came %zu bytes: \"%s\"\n", line,
	       shmem_mapping_size(mapping),
	       (const char *)shmem_mapping_data(mapping));
	return fflush(stdout);
}

int main(void)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *handle = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *mapping = NULL;
	int pair[2], status;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return 1;
	switch (fork()) {
	case -1:
		return 1;
	case 0:
		close(pair[0]);
		_exit(child(pair[1]));
	}
	close(pair[1]);
	must(shmem_handle_create_mapped(100000, NULL, &handle, &mapping),
	     "create");
	strcpy(shmem_mapping_data(mapping), "more than a socket buffer holds");
	if (write(pair[0], "data:", 6) != 6)
		return 1;
	must(shmem_handle_send(pair[0], &handle), "send");
	close(pair[0]);
	return wait(&status) < 0 || status != 0;
}
