/* SPDX-License-Identifier: MIT */
/* Systems that have streams alone, and no way to make a socket which is not
 * inheritable from its first moment on. */
#include "transport/posix/unix.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

const int shmem__unix_type = SOCK_STREAM;
const bool shmem__unix_has_names = false;

static int not_inheritable(int sock)
{
	if (SHMEM__OS(-1, fcntl, (sock, F_SETFD, FD_CLOEXEC)) != 0)
		return shmem__fail_last();
	return 0;
}

/* Takes `sock` on success; else it is closed. */
static int prepared(int sock, int *ret)
{
	int err = not_inheritable(sock);

	if (err == 0 && SHMEM__OS(-1, fcntl, (sock, F_SETFL, O_NONBLOCK)) != 0)
		err = shmem__fail_last();
	if (err != 0)
		close(sock);
	else
		*ret = sock;
	return err;
}

int shmem__unix_new(int type, int *ret)
{
	int sock = SHMEM__OS(-1, socket, (AF_UNIX, type, 0));

	return sock < 0 ? shmem__fail_last() : prepared(sock, ret);
}

int shmem__unix_pair(int ret[2])
{
	int pair[2];
	int err;

	if (SHMEM__OS(-1, socketpair, (AF_UNIX, SOCK_STREAM, 0, pair)) != 0)
		return shmem__fail_last();
	err = not_inheritable(pair[0]);
	if (err == 0)
		err = not_inheritable(pair[1]);
	if (err != 0) {
		close(pair[0]);
		close(pair[1]);
		return err;
	}
	ret[0] = pair[0];
	ret[1] = pair[1];
	return 0;
}

int shmem__unix_accept(int listening, int *ret)
{
	int n;

	do
		n = SHMEM__OS(-1, accept, (listening, NULL, NULL));
	while (n < 0 && (errno == EINTR || errno == ECONNABORTED));
	return n < 0 ? shmem__fail_last() : prepared(n, ret);
}
