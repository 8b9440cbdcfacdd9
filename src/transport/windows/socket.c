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
#define INTRODUCES 1u
#define VALUES_MAX SHMEM__SOCKET_DESCRIPTORS

/* So many messages a peer may go on sending while we close. */
#define DRAIN_MAX 4096

typedef shmem__pipe_message message;

/* Where there is no queue there is no other thread. */
static void lock(shmem__socket_state *s)
{
	if (s->readable != NULL)
		shmem__lock_take(&s->lock);
}

static void unlock(shmem__socket_state *s)
{
	if (s->readable != NULL)
		shmem__lock_drop(&s->lock);
}

int shmem__socket_pair(shmem_os_handle ret[2])
{
	char name[SHMEM__PIPE_NAME_MAX];
	HANDLE server;
	HANDLE client;
	int err = shmem__pipe_name(name);

	if (err == 0)
		err = shmem__pipe_make(name, 1, &server);
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

	if (os <= 0 || !shmem__pipe_look((HANDLE)os, &facts))
		return shmem__fail_os((int)GetLastError(), SHMEM_E_INVAL);
	return 0;
}

/* What the system says of a pipe whose other end is gone. */
static int pipe_failed(DWORD native)
{
	switch (native) {
	case ERROR_BROKEN_PIPE:
	case ERROR_NO_DATA:
	case ERROR_PIPE_NOT_CONNECTED:
	case ERROR_HANDLE_EOF:
		return shmem__fail_os((int)native, SHMEM_E_CLOSED);
	case ERROR_MORE_DATA:
		return shmem__fail_os((int)native, SHMEM_E_PROTO);
	default:
		SetLastError(native);
		return shmem__fail_last();
	}
}

/* Reading is over: whoever waits for something to read learns of it. */
static void read_ended(shmem__socket_state *s, int err)
{
	s->reading = false;
	s->ended = err;
	SetEvent(s->readable != NULL ? s->readable : s->read.hEvent);
}

static void post_read(shmem__socket_state *s)
{
	HANDLE event = s->read.hEvent;
	DWORD native;

	if (s->reading || s->ended != 0)
		return;
	memset(&s->read, 0, sizeof(s->read));
	s->read.hEvent = event;
	s->reading = true;
	if (SHMEM__OS(FALSE, ReadFile,
		      (s->pipe, s->in, SHMEM__MESSAGE_ROOM, NULL, &s->read)))
		return;
	native = GetLastError();
	if (native != ERROR_IO_PENDING)
		read_ended(s, pipe_failed(native));
}

/* Looks how the posted read stands: its message is in `in`. A read ends with
 * the thread that posted it, and is posted again. E_AGAIN, E_CLOSED, … */
int shmem__pipe_result(shmem__socket_state *s, size_t *ret_length)
{
	DWORD n = 0;

	for (;;) {
		DWORD native;

		post_read(s);
		if (s->ended != 0)
			return s->ended;
		if (!shmem__io_done(&s->read))
			return SHMEM_E_AGAIN;
		if (GetOverlappedResult(s->pipe, &s->read, &n, FALSE)) {
			*ret_length = n;
			return 0;
		}
		native = GetLastError();
		if (native == ERROR_IO_INCOMPLETE)
			return SHMEM_E_AGAIN;
		s->reading = false;
		if (native != ERROR_OPERATION_ABORTED)
			read_ended(s, pipe_failed(native));
	}
}

bool shmem__pipe_parse(const shmem__socket_state *s, size_t length,
		       message *ret)
{
	const unsigned char *at = s->in;

	if (length < HEAD)
		return false;
	ret->flags = shmem__get32(at);
	ret->count = shmem__get32(at + 4);
	ret->pid = (int)shmem__get32(at + 8);
	if ((ret->flags & ~INTRODUCES) != 0 || !shmem__all_zero(at + 12, 4) ||
	    ret->count > VALUES_MAX || ret->count > (length - HEAD) / 8)
		return false;
	at += HEAD;
	for (uint32_t i = 0; i < ret->count; i++, at += 8)
		ret->value[i] = shmem__get64(at);
	ret->packet = at;
	ret->length = length - HEAD - 8 * (size_t)ret->count;
	return ret->length > 0;
}

static HANDLE watch_process(int pid)
{
	HANDLE process =
		SHMEM__OS(NULL, OpenProcess, (SYNCHRONIZE, FALSE, (DWORD)pid));

	return process != NULL ? process : INVALID_HANDLE_VALUE;
}

/* The introduction takes effect once, be it when its packet is received or
 * when something is to be sent before that. */
static int learn(shmem__socket_state *s, const message *m)
{
	shmem__carrier *c = &s->carrier;
	int err = 0;

	if (s->introduced)
		return 0;
	if (m->count != (c->server ? SHMEM__INTRODUCTION : 0) || m->pid <= 0)
		return SHMEM_E_PROTO;
	if (c->server)
		err = shmem__carry_learn(c, m->pid, m->value);
	else
		c->pid = m->pid;
	s->introduced = err == 0;
	return err;
}

/* The peer is not known: its introduction may have come. */
static void look_for_peer(shmem__socket_state *s)
{
	message m;
	size_t length;

	if (!s->carrier.server || s->introduced)
		return;
	if (s->readable != NULL)
		shmem__ahead_look(s);
	else if (shmem__pipe_result(s, &length) == 0 &&
		 shmem__pipe_parse(s, length, &m) &&
		 (m.flags & INTRODUCES) != 0)
		(void)learn(s, &m); /* receiving it tells the error */
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

	(void)queue; /* decided when the pipe was made */
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
	else if (s->read.hEvent == NULL || s->write.hEvent == NULL ||
		 !shmem__pipe_look(s->pipe, &facts))
		err = shmem__fail_last();
	if (err == 0)
		err = shmem__carry_init(&s->carrier, s->pipe, facts.server);
	if (err == 0 &&
	    !SetHandleInformation(s->pipe, HANDLE_FLAG_INHERIT, 0)) {
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
	post_read(s);
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

/* The message is not on its way any more; false: it has got through. */
static bool cancel(HANDLE pipe, OVERLAPPED *io, DWORD *ret_length)
{
	DWORD n = 0;
	bool through;

	if (!shmem__io_done(io))
		(void)CancelIoEx(pipe, io);
	while (!shmem__io_done(io)) /* its event may be reset by others */
		Sleep(0);
	through = GetOverlappedResult(pipe, io, &n, FALSE);
	if (ret_length != NULL)
		*ret_length = n;
	return !through;
}

/* What came and will not be received: its handles are let go of. */
static void drop_message(shmem__socket_state *s, size_t length)
{
	shmem_os_handle list[VALUES_MAX];
	message m;

	if (!shmem__pipe_parse(s, length, &m))
		return;
	if ((m.flags & INTRODUCES) != 0) {
		(void)learn(s, &m);
		return;
	}
	if (m.count == 0 ||
	    (!s->carrier.server && m.pid != shmem__process_id()) ||
	    shmem__carry_take(&s->carrier, m.value, m.count, list) != 0)
		return;
	for (uint32_t i = 0; i < m.count; i++)
		CloseHandle((HANDLE)list[i]);
}

static void drain(shmem__socket_state *s)
{
	size_t length;

	for (int i = 0; i < DRAIN_MAX; i++) {
		if (shmem__pipe_result(s, &length) != 0)
			break;
		s->reading = false;
		drop_message(s, length);
	}
	if (s->reading) {
		DWORD n;

		if (!cancel(s->pipe, &s->read, &n))
			drop_message(s, n);
		s->reading = false;
	}
}

void shmem__socket_shutdown(shmem__socket *sock)
{
	shmem__socket_state *s = sock->state;

	if (s->pipe == NULL)
		return;
	shmem__ahead_end(s);
	if (sock->unsent && cancel(s->pipe, &s->write, NULL))
		shmem__carry_undo(&s->carrier, s->write_put);
	sock->unsent = false;
	drain(s);
	shmem__carry_fini(&s->carrier, s->ended != 0);
	CloseHandle(s->pipe);
	s->pipe = NULL;
	sock->os = SHMEM_OS_HANDLE_INVALID;
	if (s->ended == 0)
		read_ended(s, SHMEM_E_CLOSED);
}

void shmem__socket_close(shmem__socket *sock)
{
	shmem__socket_state *s = sock->state;

	if (s->listening != NULL)
		shmem__listening_close(s->listening);
	else
		shmem__socket_shutdown(sock);
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
		return pipe_failed(native);
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
	return pipe_failed(native);
}

static size_t put_head(shmem__socket_state *s, const uint64_t *values,
		       size_t count, bool introduce)
{
	bool ours = introduce || !s->carrier.server;
	unsigned char *at = s->out;

	shmem__put32(at, introduce ? INTRODUCES : 0);
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

int shmem__pipe_arrive(shmem__socket_state *s, const message *m,
		       shmem_os_handle *descriptors, size_t *ret_count,
		       int *ret_pid)
{
	int err;

	*ret_count = 0;
	if ((m->flags & INTRODUCES) != 0) {
		err = learn(s, m);
		if (err == 0)
			*ret_pid = s->carrier.pid;
		return err;
	}
	if (m->count == 0)
		return 0;
	/* Pushed into a process that stood in for this one. */
	if (!s->carrier.server && m->pid != shmem__process_id())
		return SHMEM_E_PROTO;
	err = shmem__carry_take(&s->carrier, m->value, m->count, descriptors);
	if (err == 0)
		*ret_count = m->count;
	return err;
}

void shmem__pipe_next(shmem__socket_state *s)
{
	s->reading = false;
	post_read(s);
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
	    cancel(s->pipe, &s->read, &n))
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
