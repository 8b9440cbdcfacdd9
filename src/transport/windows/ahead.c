/* SPDX-License-Identifier: MIT */
/*
 * Packets taken in ahead of who receives them, for the sake of their handles:
 * these are in the sender's process, and end with it. A sender waits until they
 * have been pulled, which this makes short. A thread of the system's pool does
 * it, in a moment and under the state's lock; nothing else is done there.
 */
#include "transport/windows/state.h"

#include "base/error.h"
#include "base/fault.h"
#include "handle/os.h"
#include "transport/windows/pipe.h"

#include <string.h>

/* More than this is left to the pipe; a packet of one byte is not all that it
 * costs, and handles are dear. */
#define AHEAD_BYTES ((size_t)1 << 20)
#define AHEAD_HANDLES 1024u

/* At one go no more than this: whose channel it is wants the state's lock, too,
 * and must not wait for as long as the peer goes on sending. */
#define GO_PACKETS 16u
#define GO_HANDLES 256u

void shmem__ahead_free(shmem__ahead *ahead)
{
	for (size_t i = 0; i < ahead->count; i++)
		shmem__object_discard(ahead->handles[i]);
	shmem__free(ahead);
}

static size_t weight(const shmem__ahead *ahead)
{
	return sizeof(*ahead) + ahead->length +
	       ahead->count * sizeof(shmem_os_handle);
}

static void append(shmem__socket_state *s, shmem__ahead *ahead)
{
	if (s->ahead_last != NULL)
		s->ahead_last->next = ahead;
	else
		s->ahead = ahead;
	s->ahead_last = ahead;
	s->ahead_bytes += weight(ahead);
	s->ahead_handles += ahead->count;
	SetEvent(s->readable);
}

/* One packet's; NULL: out of memory, and it stays where it is. */
static shmem__ahead *make(size_t length, size_t count)
{
	shmem__ahead *ahead = shmem__calloc(
		1, sizeof(*ahead) + count * sizeof(shmem_os_handle) + length);

	if (ahead == NULL)
		return NULL;
	ahead->handles = (shmem_os_handle *)(ahead + 1);
	ahead->bytes = (unsigned char *)(ahead->handles + count);
	ahead->length = length;
	return ahead;
}

/* What the posted read has brought. False: nothing more can be taken in now. */
static bool take_in(shmem__socket_state *s)
{
	shmem__pipe_message m;
	shmem__ahead *ahead;
	size_t length = 0;
	int err = shmem__pipe_result(s, &length);

	if (err == SHMEM_E_AGAIN)
		return false;
	if (err != 0) {
		SetEvent(s->readable);
		return false;
	}
	if (!shmem__pipe_parse(s, length, &m)) {
		m.length = 0;
		m.count = 0;
		err = SHMEM_E_PROTO;
	}
	ahead = make(m.length, m.count);
	if (ahead == NULL) {
		SetEvent(s->readable);
		return false;
	}
	if (err == 0)
		err = shmem__pipe_arrive(s, &m, ahead->handles, &ahead->count,
					 &ahead->pid);
	if (shmem__is_want(err)) {
		shmem__free(ahead);
		SetEvent(s->readable);
		return false;
	}
	ahead->err = err;
	if (err == 0)
		memcpy(ahead->bytes, m.packet, m.length);
	append(s, ahead);
	shmem__pipe_next(s);
	return err == 0;
}

void shmem__ahead_look(shmem__socket_state *s, size_t packets)
{
	size_t before = s->ahead_handles;

	while (packets-- > 0 && s->ahead_handles < before + GO_HANDLES &&
	       s->ahead_bytes < AHEAD_BYTES &&
	       s->ahead_handles < AHEAD_HANDLES &&
	       (s->ahead_last == NULL || s->ahead_last->err == 0) && take_in(s))
		;
}

int shmem__ahead_take(shmem__socket_state *s, shmem__ahead **ret)
{
	shmem__ahead *ahead;

	if (s->ahead == NULL)
		shmem__ahead_look(s, 1);
	ahead = s->ahead;
	if (ahead == NULL) {
		if (s->ended != 0)
			return s->ended;
		if (!s->reading || shmem__io_done(&s->read))
			return SHMEM_E_NOMEM; /* it could not be taken in */
		ResetEvent(s->readable);
		return SHMEM_E_AGAIN;
	}
	/* An error stays. */
	if (ahead->err != 0)
		return ahead->err;
	s->ahead = ahead->next;
	if (s->ahead == NULL)
		s->ahead_last = NULL;
	s->ahead_bytes -= weight(ahead);
	s->ahead_handles -= ahead->count;
	shmem__ahead_look(s, 1);
	if (s->ahead == NULL && s->ended == 0)
		ResetEvent(s->readable);
	*ret = ahead;
	return 0;
}

/* Called again and again as long as the read's event is set: it is cleared, and
 * what comes sets it, as does a read that is posted and done at once. What is
 * not taken in now is when somebody receives. */
static void CALLBACK on_read(void *arg, BOOLEAN timed_out)
{
	shmem__socket_state *s = arg;

	(void)timed_out;
	/* Whose channel it is comes first, however much the peer sends. */
	while (atomic_load(&s->wanted) != 0)
		shmem__yield();
	shmem__lock_take(&s->lock);
	ResetEvent(s->read.hEvent);
	shmem__ahead_look(s, GO_PACKETS);
	shmem__lock_drop(&s->lock);
}

int shmem__ahead_begin(shmem__socket_state *s)
{
	if (s->readable != NULL)
		return 0;
	s->readable = SHMEM__OS(NULL, CreateEventA, (NULL, TRUE, FALSE, NULL));
	if (s->readable == NULL)
		return shmem__fail_last();
	if (!SHMEM__OS(FALSE, RegisterWaitForSingleObject,
		       (&s->wait, s->read.hEvent, on_read, s, INFINITE,
			WT_EXECUTEINWAITTHREAD))) {
		int err = shmem__fail_last();

		CloseHandle(s->readable);
		s->readable = NULL;
		return err;
	}
	return 0;
}

/* No thread of the pool is in there afterwards. */
void shmem__ahead_end(shmem__socket_state *s)
{
	if (s->wait != NULL)
		(void)UnregisterWaitEx(s->wait, INVALID_HANDLE_VALUE);
	s->wait = NULL;
	while (s->ahead != NULL) {
		shmem__ahead *ahead = s->ahead;

		s->ahead = ahead->next;
		shmem__ahead_free(ahead);
	}
	s->ahead_last = NULL;
	s->ahead_bytes = 0;
	s->ahead_handles = 0;
}
