/* SPDX-License-Identifier: MIT */
/*
 * A raw peer's records in the messages of a pipe, as a client: it introduces
 * itself with its first one, and puts down the handles that go with the others
 * for the server to take. src/transport/windows/socket.c has the layout.
 */
#include "raw.h"

#include "base/codec.h"
#include "transport/socket.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define HEAD 16u
#define MESSAGE_ROOM (HEAD + 8u * 256 + RAW_ROOM)
#define INTRODUCES 1u
#define OVER ((uint64_t)1 << 63)
#define SEEN ((uint64_t)1 << 62)
#define WRITE_MS 20000

/* What both share, see src/transport/windows/carry.c. */
typedef struct desk {
	_Atomic uint64_t claimed;
	_Atomic uint64_t taken;
	_Atomic uint64_t pulled;
} desk;

struct support_raw_own {
	HANDLE section;
	desk *desk;
	bool introduced;
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

shmem_os_handle support_raw_join(support_raw *raw)
{
	struct support_raw_own *own = calloc(1, sizeof(*own));
	shmem_os_handle ends[2];

	ck_assert_ptr_nonnull(own);
	support_ok(shmem__socket_pair(ends));
	own->section = handle_of(support_object(4096));
	own->desk = MapViewOfFile(own->section, FILE_MAP_WRITE, 0, 0, 0);
	ck_assert_ptr_nonnull(own->desk);
	raw->own = own;
	raw->sock = fd_of((HANDLE)ends[1]);
	return ends[0];
}

/* What the server has not taken is nobody's now, nor is what was not read. */
void support_raw_leave(support_raw *raw)
{
	struct support_raw_own *own = raw->own;
	uint64_t claimed = atomic_fetch_or(&own->desk->claimed, OVER) & ~OVER;

	while (support_raw_read(raw) > 0)
		while (raw->in_fds > 0)
			support_discard(raw->in_fd[--raw->in_fds]);
	while (own->put_count > claimed)
		CloseHandle(handle_of(own->put[--own->put_count]));
	UnmapViewOfFile(own->desk);
	CloseHandle(own->section);
	CloseHandle(handle_of(raw->sock));
	free(own);
	raw->own = NULL;
}

static void write_all(HANDLE pipe, const void *bytes, size_t length)
{
	OVERLAPPED io = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
	DWORD n = 0;

	if (!WriteFile(pipe, bytes, (DWORD)length, NULL, &io))
		ck_assert_uint_eq(GetLastError(), ERROR_IO_PENDING);
	ck_assert_uint_eq(WaitForSingleObject(io.hEvent, WRITE_MS),
			  WAIT_OBJECT_0);
	ck_assert(GetOverlappedResult(pipe, &io, &n, FALSE));
	ck_assert_uint_eq(n, length);
	CloseHandle(io.hEvent);
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
	shmem__put64(at, (uint64_t)raw->sock);
	shmem__put64(at + 8, (uint64_t)(uintptr_t)raw->own->section);
	raw->own->introduced = true;
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
	write_all(handle_of(raw->sock), message, HEAD + 8 * count + length);
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
	ck_assert_uint_lt(count, RAW_FDS);
	length = (size_t)n - HEAD - 8 * count;
	for (size_t i = 0; i < count; i++)
		raw->in_fd[raw->in_fds++] =
			(int)shmem__get64(at + HEAD + 8 * i);
	atomic_fetch_add(&raw->own->desk->taken, count);
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
	return raw->own->put_count - atomic_load(&raw->own->desk->claimed);
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

/* What is on its way lies in this process. The channel closes its pipe, and the
 * peer's process, if that was open. */
size_t support_raw_kept(const support_raw *raw)
{
	size_t n = support_descriptors() - raw->fds - 1;

	if (raw->own == NULL)
		return n;
	n -= support_raw_in_flight(raw);
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
