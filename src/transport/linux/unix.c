/* SPDX-License-Identifier: MIT */
/* Linux keeps packets apart, has names in no folder, and makes sockets that no
 * program inherits in one go. */
#include "transport/posix/unix.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>

const int shmem__unix_type = SOCK_SEQPACKET;
const bool shmem__unix_has_names = true;

int shmem__unix_new(int type, int *ret)
{
	int sock = SHMEM__OS(-1, socket,
			     (AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

	if (sock < 0)
		return shmem__fail_last();
	*ret = sock;
	return 0;
}

int shmem__unix_pair(int ret[2])
{
	if (SHMEM__OS(-1, socketpair,
		      (AF_UNIX, shmem__unix_type | SOCK_CLOEXEC, 0, ret)) != 0)
		return shmem__fail_last();
	return 0;
}

int shmem__unix_accept(int listening, int *ret)
{
	int n;

	do
		n = SHMEM__OS(
			-1, accept4,
			(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
	while (n < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (n < 0)
		return shmem__fail_last();
	*ret = n;
	return 0;
}
