/* SPDX-License-Identifier: MIT */
/* Addresses of sockets: paths, and names in the abstract namespace. */
#include "transport/socket.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "handle/posix/fd.h"
#include "transport/posix/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128
#define LOCK_TRIES 100 /* at a millisecond each */

static int parse(const char *address, struct sockaddr_un *out,
		 socklen_t *length)
{
	size_t n = address != NULL ? strlen(address) : 0;

	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	if (n == 0 || n >= sizeof(out->sun_path) || strcmp(address, "@") == 0)
		return SHMEM_E_INVAL;
	if (address[0] == '@' && !shmem__unix_has_names)
		return SHMEM_E_UNSUPPORTED;
	memcpy(out->sun_path, address, n);
	*length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	if (address[0] == '@')
		out->sun_path[0] = '\0';
	else
		*length += 1;
	return 0;
}

static int connect_to(int sock, const struct sockaddr_un *to, socklen_t length)
{
	int n;

	do
		n = SHMEM__OS(-1, connect,
			      (sock, (const struct sockaddr *)to, length));
	while (n != 0 && errno == EINTR);
	if (n == 0)
		return 0;
	if (errno == ECONNREFUSED)
		return shmem__fail_os(errno, SHMEM_E_NOENT);
	if (errno == EPROTOTYPE)
		return shmem__fail_os(errno, SHMEM_E_INVAL);
	return shmem__fail_last();
}

/* Whether the path is of a listener that is gone. Asked by a socket of another
 * kind, which nobody who listens there gets to see. */
static bool is_stale(const struct sockaddr_un *at, socklen_t length)
{
	struct stat st;
	bool stale;
	int sock;

	if (at->sun_path[0] == '\0' || lstat(at->sun_path, &st) != 0 ||
	    !S_ISSOCK(st.st_mode))
		return false;
	if (shmem__unix_new(SOCK_DGRAM, &sock) != 0)
		return false;
	stale = connect_to(sock, at, length) == SHMEM_E_NOENT &&
		shmem_os_error() == ECONNREFUSED;
	close(sock);
	return stale;
}

/*
 * Those who take over a dead listener's path do so one after the other: one
 * that has looked must not remove what another has just made. The folder is
 * the lock, so that nothing is left behind; INVALID where it can't be had soon,
 * since anybody might hold it for ever.
 */
static int lock_folder(const struct sockaddr_un *at)
{
	char folder[sizeof(at->sun_path)];
	char *slash;
	int fd;

	if (at->sun_path[0] == '\0')
		return -1;
	memcpy(folder, at->sun_path, sizeof(folder));
	folder[sizeof(folder) - 1] = '\0';
	slash = strrchr(folder, '/');
	if (slash == NULL)
		strcpy(folder, ".");
	else
		slash[slash == folder] = '\0';
	fd = SHMEM__OS(-1, open, (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return -1;
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (SHMEM__OS(-1, flock, (fd, LOCK_EX | LOCK_NB)) == 0)
			return fd;
		shmem__sleep_ms(1);
	}
	close(fd);
	return -1;
}

static int bind_to(int sock, const struct sockaddr_un *at, socklen_t length)
{
	const struct sockaddr *to = (const struct sockaddr *)at;
	int n = SHMEM__OS(-1, bind, (sock, to, length));

	if (n != 0 && errno == EADDRINUSE) {
		if (!is_stale(at, length))
			return shmem__fail_os(EADDRINUSE, SHMEM_E_EXISTS);
		(void)unlink(at->sun_path);
		n = SHMEM__OS(-1, bind, (sock, to, length));
	}
	if (n != 0 && errno == EADDRINUSE)
		return shmem__fail_os(EADDRINUSE, SHMEM_E_EXISTS);
	return n != 0 ? shmem__fail_last() : 0;
}

/* Which file the path leads to; zeros where it is none. */
static void identify(const struct sockaddr_un *at, uint64_t ret[2])
{
	struct stat st;

	ret[0] = 0;
	ret[1] = 0;
	if (at->sun_path[0] == '\0' || lstat(at->sun_path, &st) != 0)
		return;
	ret[0] = (uint64_t)st.st_dev;
	ret[1] = (uint64_t)st.st_ino;
}

int shmem__socket_listen(const char *address, shmem__socket *ret)
{
	struct sockaddr_un at;
	socklen_t length = 0;
	int sock = -1;
	int lock;
	int err = parse(address, &at, &length);

	if (err == 0)
		err = shmem__unix_new(shmem__unix_type, &sock);
	if (err != 0)
		return err;
	sock = shmem__fd_lift(sock);
	lock = lock_folder(&at);
	err = bind_to(sock, &at, length);
	if (err == 0 && SHMEM__OS(-1, listen, (sock, BACKLOG)) != 0) {
		err = shmem__fail_last();
		if (at.sun_path[0] != '\0')
			(void)unlink(at.sun_path);
	}
	if (err == 0) {
		*ret = (shmem__socket){.os = sock};
		identify(&at, ret->file);
	}
	if (lock >= 0)
		close(lock);
	if (err != 0)
		close(sock);
	return err;
}

/* Still bound, the socket keeps its file's number from being used again, and
 * whoever would take the path over finds it alive. */
void shmem__socket_unlisten(const char *address, shmem__socket *listening)
{
	struct sockaddr_un at;
	socklen_t length = 0;
	uint64_t found[2];

	if (parse(address, &at, &length) == 0 && at.sun_path[0] != '\0') {
		identify(&at, found);
		if (found[0] == listening->file[0] &&
		    found[1] == listening->file[1])
			(void)unlink(at.sun_path);
	}
	shmem__socket_close(listening);
}

int shmem__socket_connect(const char *address, shmem_os_handle *ret)
{
	struct sockaddr_un at;
	socklen_t length = 0;
	int sock = -1;
	int err = parse(address, &at, &length);

	if (err == 0)
		err = shmem__unix_new(shmem__unix_type, &sock);
	if (err != 0)
		return err;
	err = connect_to(sock, &at, length);
	if (err != 0) {
		close(sock);
		return err;
	}
	*ret = sock;
	return 0;
}

int shmem__socket_accept(shmem__socket *listening, shmem_os_handle *ret)
{
	int sock;
	int err = shmem__unix_accept((int)listening->os, &sock);

	if (err == 0)
		*ret = sock;
	return err;
}
