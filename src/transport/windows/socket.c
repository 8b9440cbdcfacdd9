/* SPDX-License-Identifier: MIT */
/*
 * Packets over pipes. A message in the pipe is:
 *
 *   4  flags: 1 the sender introduces itself
 *   4  values of handles, their count
 *   4  the sender's process if it introduces itself; else, where the sender
 *      made the pipe, the process that the values are for
 *   4  0
 *   8  each value
 *      the packet
 */
#include "transport/windows/state.h"

#include "base/codec.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "transport/frame.h"
#include "transport/windows/pipe.h"

#include <string.h>

#define HEAD SHMEM__MESSAGE_HEAD_SIZE
#define VALUES_MAX SHMEM__SOCKET_DESCRIPTORS

typedef shmem__pipe_message message;

/* Where there is no queue there is no other thread. */
static void lock(shmem__socket_state *s)
{
	if (s->readable == NULL)
		return;
	atomic_fetch_add(&s->wanted, 1);
	shmem__lock_take(&s->lock);
	atomic_fetch_sub(&s->wanted, 1);
}

static void unlock(shmem__socket_state *s)
{
	if (s->readable != NULL)
		shmem__lock_drop(&s->lock);
}

int shmem__socket_pair(uint32_t queue, shmem_os_handle ret[2])
{
	char name[SHMEM__PIPE_NAME_MAX];
	HANDLE server;
	HANDLE client;
	int err = shmem__pipe_name(name);

	if (err == 0)
		err = shmem__pipe_make(name, 1, queue, &server);
	if (err != 0)
		return err;
	err = shmem__pipe_open(name, &client);
	if (err != 0) {
		CloseHandle(server);
		return err;
	}
	ret[0] = (shmem_os_handle)server;
	ret[1] = (shmem_os_handle)client;
	return 0;
}

int shmem__socket_check(shmem_os_handle os)
{
	shmem__pipe_facts facts;

	return os <= 0 ? SHMEM_E_INVAL : shmem__pipe_look((HANDLE)os, &facts);
}

static HANDLE watch_process(int pid)
{
	HANDLE process =
		SHMEM__OS(NULL, OpenProcess, (SYNCHRONIZE, FALSE, (DWORD)pid));

	return process != NULL ? process : INVALID_HANDLE_VALUE;
}

/* The peer is not known: its introduction may have come. */
static void look_for_peer(shmem__socket_state *s)
{
	message m;
	size_t length;

	if (!s->carrier.server || s->introduced)
		return;
	if (s->readable != NULL)
		shmem__ahead_look(s, 1); /* it comes first of all */
	else if (shmem__pipe_result(s, &length) == 0 &&
		 shmem__pipe_parse(s, length, &m) &&
		 (m.flags & SHMEM__MESSAGE_INTRODUCES) != 0)
		(void)shmem__pipe_learn(s,
					&m); /* receiving it tells the error */
}

bool shmem__socket_waits_for_peer(shmem__socket_state *s)
{
	if (!s->lonely)
		return false;
	lock(s);
	if (s->carrier.peer == NULL)
		look_for_peer(s);
	s->lonely =
		s->carrier.peer == NULL && !s->carrier.barred && s->ended == 0;
	unlock(s);
	return s->lonely;
}

/* The handles of a peer in another process are pulled as they come. Where that
 * can't be, they are when they are received. */
static void be_prompt(shmem__socket_state *s)
{
	shmem__carrier *c = &s->carrier;

	if (c->server && c->peer != NULL && c->pid != shmem__process_id())
		c->prompt = shmem__ahead_begin(s) == 0;
}

int shmem__socket_open(shmem_os_handle take_os, uint32_t queue,
		       shmem__socket *ret)
{
	shmem__socket_state *s = shmem__calloc(1, sizeof(*s));
	shmem__pipe_facts facts;
	int err = 0;

	(void)queue; /* as it was made */
	if (s == NULL)
		return SHMEM_E_NOMEM;
	s->pipe = (HANDLE)take_os;
	s->in = shmem__calloc(1, SHMEM__MESSAGE_ROOM);
	s->read.hEvent =
		SHMEM__OS(NULL, CreateEventA, (NULL, TRUE, FALSE, NULL));
	s->write.hEvent =
		SHMEM__OS(NULL, CreateEventA, (NULL, TRUE, FALSE, NULL));
	if (s->in == NULL)
		err = SHMEM_E_NOMEM;
	else if (s->read.hEvent == NULL || s->write.hEvent == NULL)
		err = shmem__fail_last();
	if (err == 0)
		err = shmem__pipe_look(s->pipe, &facts);
	if (err == 0)
		err = shmem__carry_init(&s->carrier, s->pipe, facts.server);
	if (err == 0 && !SHMEM__OS(FALSE, SetHandleInformation,
				   (s->pipe, HANDLE_FLAG_INHERIT, 0))) {
		err = shmem__fail_last();
		shmem__carry_fini(&s->carrier, false);
	}
	if (err != 0) {
		if (s->read.hEvent != NULL)
			CloseHandle(s->read.hEvent);
		if (s->write.hEvent != NULL)
			CloseHandle(s->write.hEvent);
		shmem__free(s->in);
		shmem__free(s);
		return err;
	}
	be_prompt(s);
	lock(s);
	(void)shmem__pipe_post(s); /* or when something is received */
	unlock(s);
	*ret = (shmem__socket){.os = take_os, .state = s};
	return 0;
}

void shmem__socket_expect(shmem__socket *sock, int pid)
{
	shmem__socket_state *s = sock->state;

	lock(s);
	shmem__carry_expect(&s->carrier, pid);
	unlock(s);
	be_prompt(s);
}

/* `gone`: nothing of what the peer has not taken is left for it. */
static void shut(shmem__socket *sock, bool gone)
{
	shmem__socket_state *s = sock->state;

	if (s->pipe == NULL)
		return;
	shmem__ahead_end(s);
	if (sock->unsent && shmem__pipe_cancel(s->pipe, &s->write, NULL))
		shmem__carry_undo(&s->carrier, s->write_put);
	sock->unsent = false;
	shmem__pipe_drain(s);
	shmem__carry_fini(&s->carrier, gone || s->ended != 0);
	CloseHandle(s->pipe);
	s->pipe = NULL;
	sock->os = SHMEM_OS_HANDLE_INVALID;
	if (s->ended == 0)
		shmem__pipe_ended(s, SHMEM_E_CLOSED);
}

/* The peer is dead, gone or mad. */
void shmem__socket_shutdown(shmem__socket *sock)
{
	shut(sock, true);
}

void shmem__socket_close(shmem__socket *sock)
{
	shmem__socket_state *s = sock->state;

	if (s->listening != NULL)
		shmem__listening_close(s->listening);
	else
		shut(sock, false);
	CloseHandle(s->read.hEvent);
	if (s->write.hEvent != NULL)
		CloseHandle(s->write.hEvent);
	if (s->readable != NULL)
		CloseHandle(s->readable);
	if (s->memory != NULL)
		CloseHandle(s->memory);
	shmem__free(s->in);
	shmem__free(s->out);
	shmem__free(s);
	sock->state = NULL;
}

shmem_os_handle shmem__socket_pollable(const shmem__socket *sock)
{
	const shmem__socket_state *s = sock->state;

	return (shmem_os_handle)(s->readable != NULL ? s->readable
						     : s->read.hEvent);
}

/* Writes what `out` holds; where there is no room it waits with the system. */
static int write_out(shmem__socket *sock)
{
	shmem__socket_state *s = sock->state;
	HANDLE event = s->write.hEvent;
	DWORD native;

	memset(&s->write, 0, sizeof(s->write));
	s->write.hEvent = event;
	if (SHMEM__OS(FALSE, WriteFile,
		      (s->pipe, s->out, (DWORD)s->write_size, NULL, &s->write)))
		return 0;
	native = GetLastError();
	if (native != ERROR_IO_PENDING)
		return shmem__pipe_failed(native);
	sock->unsent = true;
	return 0;
}

/* What went with it is nobody's now. */
static void undo(shmem__socket_state *s)
{
	DWORD native = GetLastError();

	lock(s);
	shmem__carry_undo(&s->carrier, s->write_put);
	unlock(s);
	SetLastError(native);
}

int shmem__socket_flush(shmem__socket *sock)
{
	shmem__socket_state *s = sock->state;
	DWORD native;
	DWORD n = 0;

	if (!sock->unsent)
		return 0;
	if (!shmem__io_done(&s->write))
		return SHMEM_E_AGAIN;
	if (GetOverlappedResult(s->pipe, &s->write, &n, FALSE)) {
		sock->unsent = false;
		return 0;
	}
	native = GetLastError();
	if (native == ERROR_IO_INCOMPLETE)
		return SHMEM_E_AGAIN;
	sock->unsent = false;
	/* The thread that wrote it has ended. */
	if (native == ERROR_OPERATION_ABORTED && write_out(sock) == 0)
		return sock->unsent ? SHMEM_E_AGAIN : 0;
	undo(s);
	return shmem__pipe_failed(native);
}

static size_t put_head(shmem__socket_state *s, const uint64_t *values,
		       size_t count, bool introduce)
{
	bool ours = introduce || !s->carrier.server;
	unsigned char *at = s->out;

	shmem__put32(at, introduce ? SHMEM__MESSAGE_INTRODUCES : 0);
	shmem__put32(at + 4, (uint32_t)count);
	shmem__put32(at + 8,
		     (uint32_t)(ours ? shmem__process_id() : s->carrier.pid));
	shmem__put32(at + 12, 0);
	for (size_t i = 0; i < count; i++)
		shmem__put64(at + HEAD + 8 * i, values[i]);
	return HEAD + 8 * count;
}

/* The values that go with a packet. */
static int put_down(shmem__socket_state *s, const shmem_os_handle *descriptors,
		    size_t *count, bool introduce, uint64_t *values)
{
	int err;

	s->write_put = 0;
	if (introduce && !s->carrier.server) {
		shmem__carry_introduce(&s->carrier, values);
		*count = SHMEM__INTRODUCTION;
		return 0;
	}
	if (*count == 0)
		return 0;
	if (s->carrier.peer == NULL)
		look_for_peer(s);
	s->write_put = *count;
	err = shmem__carry_put(&s->carrier, descriptors, *count, values);
	s->lonely = err == SHMEM_E_AGAIN;
	return err;
}

int shmem__socket_send(shmem__socket *sock, const void *bytes, size_t length,
		       const shmem_os_handle *descriptors, size_t count,
		       bool introduce)
{
	uint64_t values[VALUES_MAX];
	shmem__socket_state *s = sock->state;
	size_t head;
	int err;

	if (s->pipe == NULL)
		return SHMEM_E_CLOSED;
	err = shmem__socket_flush(sock);
	if (err != 0)
		return err;
	if (s->out == NULL)
		s->out = shmem__calloc(1, SHMEM__MESSAGE_ROOM);
	if (s->out == NULL)
		return SHMEM_E_NOMEM;
	lock(s);
	err = put_down(s, descriptors, &count, introduce, values);
	unlock(s);
	if (err != 0)
		return err;
	head = put_head(s, values, count, introduce);
	memcpy(s->out + head, bytes, length);
	s->write_size = head + length;
	err = write_out(sock);
	if (err != 0)
		undo(s);
	else if (count > 0 && !sock->unsent)
		shmem__carry_await(&s->carrier);
	return err;
}

static int recv_ahead(shmem__socket_state *s, void *bytes, size_t room,
		      shmem_os_handle *descriptors, shmem__arrival *ret)
{
	shmem__ahead *ahead;
	int err;

	lock(s);
	err = shmem__ahead_take(s, &ahead);
	unlock(s);
	if (err != 0)
		return err;
	if (ahead->length > room) {
		shmem__ahead_free(ahead);
		return SHMEM_E_PROTO;
	}
	memcpy(bytes, ahead->bytes, ahead->length);
	memcpy(descriptors, ahead->handles,
	       ahead->count * sizeof(*descriptors));
	ret->length = ahead->length;
	ret->count = ahead->count;
	ret->pid = ahead->pid;
	ahead->count = 0;
	shmem__ahead_free(ahead);
	return 0;
}

static int recv_now(shmem__socket_state *s, void *bytes, size_t room,
		    shmem_os_handle *descriptors, shmem__arrival *ret)
{
	size_t length = 0;
	message m;
	int err = shmem__pipe_result(s, &length);

	if (err != 0)
		return err;
	if (!shmem__pipe_parse(s, length, &m) || m.length > room)
		return SHMEM_E_PROTO;
	err = shmem__pipe_arrive(s, &m, descriptors, &ret->count, &ret->pid);
	if (err != 0)
		return err;
	memcpy(bytes, m.packet, m.length);
	ret->length = m.length;
	shmem__pipe_next(s);
	return 0;
}

int shmem__socket_recv(shmem__socket *sock, void *bytes, size_t room,
		       shmem_os_handle *descriptors, shmem__arrival *ret)
{
	shmem__socket_state *s = sock->state;
	int err;

	memset(ret, 0, sizeof(*ret));
	ret->pidfd = SHMEM_OS_HANDLE_INVALID;
	if (sock->unsent)
		(void)shmem__socket_flush(sock);
	err = s->readable != NULL ? recv_ahead(s, bytes, room, descriptors, ret)
				  : recv_now(s, bytes, room, descriptors, ret);
	if (err == 0 && ret->pid != 0)
		ret->pidfd = (shmem_os_handle)watch_process(ret->pid);
	return err;
}

/* A read that has got its message may not say so at once. */
void shmem__socket_catch_up(shmem__socket *sock)
{
	shmem__socket_state *s = sock->state;
	DWORD n;

	lock(s);
	if (s->reading && !shmem__io_done(&s->read) &&
	    shmem__pipe_cancel(s->pipe, &s->read, &n))
		shmem__pipe_next(s);
	unlock(s);
}

void shmem__socket_introduced(shmem__socket *sock)
{
	(void)sock;
}

int shmem__socket_reserve(shmem__socket *sock, size_t count)
{
	(void)sock;
	(void)count;
	return 0;
}

bool shmem__socket_holds(shmem__socket *sock)
{
	shmem__socket_state *s = sock->state;

	return s->pipe != NULL && shmem__carry_holds(&s->carrier);
}
