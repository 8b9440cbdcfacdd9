/* SPDX-License-Identifier: MIT */
/* Messages as they come out of a pipe: read, understood, or dropped. */
#include "transport/windows/state.h"

#include "base/codec.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "transport/windows/pipe.h"

#include <string.h>

#define HEAD SHMEM__MESSAGE_HEAD_SIZE
#define VALUES_MAX SHMEM__SOCKET_DESCRIPTORS

/* So many messages a peer may go on sending while we close. */
#define DRAIN_MAX 4096

typedef shmem__pipe_message message;

/* What the system says of a pipe whose other end is gone. */
int shmem__pipe_failed(DWORD native)
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

/* Reading is over, unless the system could do it at another try: whoever waits
 * for something to read learns of it. */
void shmem__pipe_ended(shmem__socket_state *s, int err)
{
	s->reading = false;
	if (err == SHMEM_E_CLOSED || err == SHMEM_E_PROTO)
		s->ended = err;
	SetEvent(s->readable != NULL ? s->readable : s->read.hEvent);
}

int shmem__pipe_post(shmem__socket_state *s)
{
	HANDLE event = s->read.hEvent;
	DWORD native;
	int err;

	if (s->reading || s->ended != 0)
		return s->ended;
	memset(&s->read, 0, sizeof(s->read));
	s->read.hEvent = event;
	s->reading = true;
	if (SHMEM__OS(FALSE, ReadFile,
		      (s->pipe, s->in, SHMEM__MESSAGE_ROOM, NULL, &s->read)))
		return 0;
	native = GetLastError();
	if (native == ERROR_IO_PENDING)
		return 0;
	err = shmem__pipe_failed(native);
	shmem__pipe_ended(s, err);
	return err;
}

/* Looks how the posted read stands: its message is in `in`. A read ends with
 * the thread that posted it, and is posted again. E_AGAIN, E_CLOSED, … */
int shmem__pipe_result(shmem__socket_state *s, size_t *ret_length)
{
	DWORD n = 0;

	for (;;) {
		DWORD native;
		int err = shmem__pipe_post(s);

		if (err != 0)
			return err;
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
		if (native == ERROR_OPERATION_ABORTED)
			continue;
		err = shmem__pipe_failed(native);
		shmem__pipe_ended(s, err);
		return err;
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
	if ((ret->flags & ~SHMEM__MESSAGE_INTRODUCES) != 0 ||
	    !shmem__all_zero(at + 12, 4) || ret->count > VALUES_MAX ||
	    ret->count > (length - HEAD) / 8)
		return false;
	at += HEAD;
	for (uint32_t i = 0; i < ret->count; i++, at += 8)
		ret->value[i] = shmem__get64(at);
	ret->packet = at;
	ret->length = length - HEAD - 8 * (size_t)ret->count;
	return ret->length > 0;
}

/* The introduction takes effect once, be it when its packet is received or
 * when something is to be sent before that. */
int shmem__pipe_learn(shmem__socket_state *s, const message *m)
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

/* The message is not on its way any more; false: it has got through. */
bool shmem__pipe_cancel(HANDLE pipe, OVERLAPPED *io, DWORD *ret_length)
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

int shmem__pipe_arrive(shmem__socket_state *s, const message *m,
		       shmem_os_handle *descriptors, size_t *ret_count,
		       int *ret_pid)
{
	int err;

	*ret_count = 0;
	if ((m->flags & SHMEM__MESSAGE_INTRODUCES) != 0) {
		err = shmem__pipe_learn(s, m);
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
	(void)shmem__pipe_post(s);
}

/* What came and will not be received: its handles are let go of. */
static void drop_message(shmem__socket_state *s, size_t length)
{
	message m;

	if (!shmem__pipe_parse(s, length, &m))
		return;
	if ((m.flags & SHMEM__MESSAGE_INTRODUCES) != 0) {
		(void)shmem__pipe_learn(s, &m);
		return;
	}
	if (s->carrier.server || m.pid == shmem__process_id())
		shmem__carry_discard(&s->carrier, m.value, m.count);
}

/* Reading may have ended for want of something that is there by now: handles
 * of this process's come with what has not been read. */
void shmem__pipe_drain(shmem__socket_state *s)
{
	int ended = s->ended;
	size_t length;

	if (ended != SHMEM_E_PROTO)
		s->ended = 0;
	for (int i = 0; i < DRAIN_MAX; i++) {
		if (shmem__pipe_result(s, &length) != 0)
			break;
		s->reading = false;
		drop_message(s, length);
	}
	if (s->reading) {
		DWORD n;

		if (!shmem__pipe_cancel(s->pipe, &s->read, &n))
			drop_message(s, n);
		s->reading = false;
	}
	if (ended != 0)
		s->ended = ended;
}
