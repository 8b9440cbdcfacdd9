/* SPDX-License-Identifier: MIT */
/*
 * A raw peer's records in the messages of a pipe. As a client it introduces
 * itself with its first one, and puts down the handles that go with the others
 * for the server to take. src/transport/windows/socket.c has the layout.
 *
 * The same tests run twice more: SUPPORT_RAW=server, and the raw peer has made
 * the pipe, and pushes handles; SUPPORT_RAW=ahead, and the channel takes in
 * what comes ahead of its being received, as from any process but its own.
 */
#include "raw.h"

#include "base/codec.h"
#include "handle/windows/section.h"
#include "transport/channel.h"
#include "transport/windows/pipe.h"
#include "transport/windows/state.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define HEAD 16u
#define MESSAGE_ROOM (HEAD + 8u * 256 + RAW_ROOM)
#define INTRODUCES 1u
#define OVER ((uint64_t)1 << 63)
#define SEEN ((uint64_t)1 << 62)
#define LEFT ((uint64_t)1 << 61)
#define COUNT (LEFT - 1)
#define WRITE_MS 20000

/* What both share, see src/transport/windows/carry.c. */
typedef struct desk {
	_Atomic uint64_t claimed;
	_Atomic uint64_t taken;
	_Atomic uint64_t pulled;
} desk;

struct support_raw_own {
	bool server;
	HANDLE written;
	HANDLE section; /* the client's */
	desk *desk;     /* NULL: a server that has not heard of it */
	bool introduced;
	shmem__socket *ahead; /* the channel's, if it has a queue */
	uint64_t put_count;
	int put[1 << 16];
	unsigned char message[MESSAGE_ROOM];
};

static HANDLE handle_of(int fd)
{
	return (HANDLE)(intptr_t)fd;
}

static int fd_of(HANDLE h)
{
	ck_assert_int_le((intptr_t)h, INT32_MAX);
	return (int)(intptr_t)h;
}

static bool role_is(const char *name)
{
	const char *role = getenv("SUPPORT_RAW");

	return role != NULL && strcmp(role, name) == 0;
}

static void map_desk(struct support_raw_own *own)
{
	own->desk = MapViewOfFile(own->section, FILE_MAP_WRITE, 0, 0, 0);
}

static void begin(support_raw *raw, shmem_os_handle end, bool server)
{
	struct support_raw_own *own = calloc(1, sizeof(*own));

	ck_assert_ptr_nonnull(own);
	own->server = server;
	own->written = CreateEventA(NULL, TRUE, FALSE, NULL);
	raw->own = own;
	raw->sock = fd_of((HANDLE)end);
	if (server)
		return;
	own->section = handle_of(support_object(4096));
	map_desk(own);
	ck_assert_ptr_nonnull(own->desk);
}

shmem_os_handle support_raw_join(support_raw *raw)
{
	bool server = role_is("server");
	shmem_os_handle ends[2]; /* the server's, the client's */

	support_ok(shmem__socket_pair(SHMEM__PIPE_BYTES, ends));
	begin(raw, ends[server ? 0 : 1], server);
	return ends[server ? 1 : 0];
}

bool support_raw_reach(support_raw *raw, const char *address)
{
	shmem_os_handle end;

	if (shmem__socket_connect(address, &end) != 0)
		return false;
	begin(raw, end, false);
	return true;
}

void support_raw_adopted(support_raw *raw, shmem_channel *channel)
{
	shmem__socket_state *s = channel->link.sock.state;

	if (!role_is("ahead"))
		return;
	support_ok(shmem__ahead_begin(s));
	s->carrier.prompt = true;
	raw->own->ahead = &channel->link.sock;
}

/* How many of its handles the other side has had. */
static uint64_t had(const struct support_raw_own *own)
{
	if (own->desk == NULL)
		return 0;
	return atomic_load(own->server ? &own->desk->taken
				       : &own->desk->claimed) &
	       COUNT;
}

/* What the other side has not taken is nobody's now, nor is what was not read.
 */
void support_raw_leave(support_raw *raw)
{
	struct support_raw_own *own = raw->own;

	if (!own->server)
		atomic_fetch_or(&own->desk->claimed, OVER);
	while (support_raw_read(raw) > 0)
		while (raw->in_fds > 0)
			support_discard(raw->in_fd[--raw->in_fds]);
	while (own->put_count > had(own))
		CloseHandle(handle_of(own->put[--own->put_count]));
	if (own->desk != NULL)
		UnmapViewOfFile(own->desk);
	if (!own->server)
		CloseHandle(own->section);
	CloseHandle(handle_of(raw->sock));
	CloseHandle(own->written);
	free(own);
	raw->own = NULL;
}

/* Most are done at once, with nothing to wait for. */
static void write_all(support_raw *raw, const void *bytes, size_t length)
{
	OVERLAPPED io = {.hEvent = raw->own->written};
	DWORD n = 0;

	if (WriteFile(handle_of(raw->sock), bytes, (DWORD)length, &n, &io))
		return;
	ck_assert_uint_eq(GetLastError(), ERROR_IO_PENDING);
	ck_assert_uint_eq(WaitForSingleObject(io.hEvent, WRITE_MS),
			  WAIT_OBJECT_0);
	ck_assert(GetOverlappedResult(handle_of(raw->sock), &io, &n, FALSE));
	ck_assert_uint_eq(n, length);
}

static size_t put_values(support_raw *raw, unsigned char *at)
{
	struct support_raw_own *own = raw->own;
	size_t count = raw->fds;

	for (size_t i = 0; i < count; i++) {
		shmem__put64(at + 8 * i, (uint64_t)raw->fd[i]);
		own->put[own->put_count++] = raw->fd[i];
	}
	raw->fds = 0;
	return count;
}

static size_t introduce(support_raw *raw, unsigned char *at)
{
	raw->own->introduced = true;
	if (raw->own->server)
		return 0;
	shmem__put64(at, (uint64_t)raw->sock);
	shmem__put64(at + 8, (uint64_t)(uintptr_t)raw->own->section);
	return 2;
}

void support_raw_write(support_raw *raw, const void *bytes, size_t length,
		       bool with_fds)
{
	unsigned char *message = raw->own->message;
	bool first = !raw->own->introduced;
	size_t count = 0;

	if (first) {
		ck_assert(!with_fds || raw->fds == 0);
		count = introduce(raw, message + HEAD);
	} else if (with_fds) {
		count = put_values(raw, message + HEAD);
	}
	shmem__put32(message, first ? INTRODUCES : 0);
	shmem__put32(message + 4, (uint32_t)count);
	shmem__put32(message + 8, GetCurrentProcessId());
	shmem__put32(message + 12, 0);
	memcpy(message + HEAD + 8 * count, bytes, length);
	write_all(raw, message, HEAD + 8 * count + length);
	/* What another thread's read brings shows a moment later. */
	if (raw->own->ahead != NULL)
		shmem__socket_catch_up(raw->own->ahead);
}

/* The next message, if there is one. */
static ssize_t read_message(HANDLE pipe, unsigned char *bytes)
{
	OVERLAPPED io = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
	DWORD available = 0;
	DWORD n = 0;

	if (!PeekNamedPipe(pipe, NULL, 0, NULL, &available, NULL)) {
		CloseHandle(io.hEvent);
		return 0;
	}
	if (available > 0) {
		if (!ReadFile(pipe, bytes, MESSAGE_ROOM, NULL, &io))
			ck_assert_uint_eq(GetLastError(), ERROR_IO_PENDING);
		ck_assert(GetOverlappedResult(pipe, &io, &n, TRUE));
	}
	CloseHandle(io.hEvent);
	return available > 0 ? (ssize_t)n : -1;
}

/* The client tells where its desk is. It may have left meanwhile: with it, or
 * leaving it to whoever looks at it first. */
static void learn(struct support_raw_own *own, const unsigned char *values)
{
	own->section = handle_of((int)shmem__get64(values + 8));
	map_desk(own);
	if (own->desk != NULL &&
	    (atomic_fetch_or(&own->desk->taken, SEEN) & LEFT) != 0)
		CloseHandle(own->section);
}

/* What came is this process's: the client has put it down here, for a server
 * that is here; and what a server pushes is pushed here. */
static void take(support_raw *raw, const unsigned char *values, size_t count)
{
	desk *d = raw->own->desk;

	ck_assert_uint_lt(count, RAW_FDS);
	if (count == 0)
		return;
	if (raw->own->server)
		atomic_fetch_add(&d->claimed, count);
	for (size_t i = 0; i < count; i++)
		raw->in_fd[raw->in_fds++] = (int)shmem__get64(values + 8 * i);
	atomic_fetch_add(raw->own->server ? &d->pulled : &d->taken, count);
}

ssize_t support_raw_read(support_raw *raw)
{
	const unsigned char *at = raw->own->message;
	ssize_t n = read_message(handle_of(raw->sock), raw->own->message);
	size_t count;
	size_t length;

	if (n <= 0)
		return n;
	ck_assert_int_ge(n, HEAD);
	count = shmem__get32(at + 4);
	length = (size_t)n - HEAD - 8 * count;
	if (shmem__get32(at) != INTRODUCES)
		take(raw, at + HEAD, count);
	else if (raw->own->server)
		learn(raw->own, at + HEAD);
	memcpy(raw->in, at + HEAD + 8 * count, length);
	return (ssize_t)length;
}

int support_object(uint64_t bytes)
{
	HANDLE section =
		CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE,
				   (DWORD)(bytes >> 32), (DWORD)bytes, NULL);

	ck_assert_ptr_nonnull(section);
	return fd_of(section);
}

int support_frozen_object(uint64_t bytes)
{
	(void)bytes;
	ck_abort_msg("nothing can be frozen here");
	return -1;
}

int support_loose_object(uint64_t bytes)
{
	(void)bytes;
	ck_abort_msg("nothing can be resized here");
	return -1;
}

size_t support_raw_in_flight(const support_raw *raw)
{
	return raw->own->put_count - had(raw->own);
}

/* A pipe has 1 MiB, and tests leave it at that. */
void support_raw_room(support_raw *raw)
{
	(void)raw;
}

void support_raw_try(support_raw *raw, const void *bytes, size_t length)
{
	support_raw_put(raw, bytes, length);
}

int support_lingering(void)
{
	ck_abort_msg("no socket is carried here");
	return -1;
}

void support_lingering_end(void)
{
}

/* A client takes what is pushed into it only where all of it is memory. */
static bool is_taken(const support_raw *raw)
{
	uint64_t size;
	DWORD rights;

	for (size_t i = 0; raw->own->server && i < raw->fds; i++)
		if (shmem__section_look(handle_of(raw->fd[i]), &size,
					&rights) != 0)
			return false;
	return true;
}

/* What is on its way, and in the queue, lies in this process. The channel
 * closes its pipe, and a server the peer's process, if that was open, a client
 * its desk. */
size_t support_raw_kept(const support_raw *raw)
{
	shmem__socket_state *ahead = raw->own != NULL && raw->own->ahead != NULL
					     ? raw->own->ahead->state
					     : NULL;
	size_t n;

	if (ahead != NULL)
		shmem__lock_take(&ahead->lock);
	n = support_descriptors() - 1;
	if (raw->own != NULL)
		n -= support_raw_in_flight(raw);
	if (ahead != NULL) {
		n -= ahead->ahead_handles;
		shmem__lock_drop(&ahead->lock);
	}
	if (role_is("server"))
		n--;
	if (raw->own == NULL || is_taken(raw))
		n -= raw->fds;
	if (raw->own == NULL || raw->own->server)
		return n;
	return (atomic_load(&raw->own->desk->taken) & SEEN) != 0 ? n - 1 : n;
}

void support_discard(int fd)
{
	CloseHandle(handle_of(fd));
}

int support_handle_receive(const unsigned char *desc, int fd,
			   shmem_handle **ret)
{
	(void)desc;
	(void)fd;
	(void)ret;
	ck_abort_msg("no socket carries handles here");
	return -1;
}
