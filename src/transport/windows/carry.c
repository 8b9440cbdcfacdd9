/* SPDX-License-Identifier: MIT */
/* Pushing, pulling, taking back. */
#include "transport/windows/carry.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "handle/os.h"
#include "mapping/os.h"
#include "transport/windows/pipe.h"

#include <stdatomic.h>
#include <string.h>

#define RIGHTS                                                                 \
	(PROCESS_DUP_HANDLE | PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE)

/*
 * Counts of handles. A client that withdraws what it had put down says so in
 * the word in which the server claims them before it takes any, so that no
 * value is closed or taken after it has come to mean something else.
 */
typedef struct shmem__desk {
	_Atomic uint64_t claimed; /* by the server, of the client's */
	_Atomic uint64_t taken;   /* by the client, of the server's */
	_Atomic uint64_t pulled;  /* of those claimed: out of the client */
} desk;
#define DESK_BYTES 4096u
#define OVER ((uint64_t)1 << 63) /* the client withdraws, or is through */
/* In `taken`: the server has the desk; the client is through, but has left the
 * desk's handle and others for a server that has not. */
#define SEEN ((uint64_t)1 << 62)
#define LEFT ((uint64_t)1 << 61)
#define COUNT (LEFT - 1)
/* In `pulled`: the server pulls without being asked. */
#define PROMPT OVER

/* How long a client waits for a server to look at it at all, and then for one
 * that is prompt. */
#define SEEN_MS 100
#define PULLED_MS 1000

/* A handle as a number: those of the system are multiples of four; the pseudo
 * handles, such as "this process", are negative. */
static bool is_value(uint64_t value)
{
	return value != 0 && value <= INT32_MAX && value % 4 == 0;
}

static HANDLE of_value(uint64_t value)
{
	return (HANDLE)(uintptr_t)value;
}

/* Ours, or in another process with CLOSE_SOURCE in `options` out of it. */
static bool duplicate(HANDLE from, uint64_t value, HANDLE to, DWORD options,
		      HANDLE *ret)
{
	return SHMEM__OS(FALSE, DuplicateHandle,
			 (from, of_value(value), to, ret, 0, FALSE,
			  options | DUPLICATE_SAME_ACCESS));
}

/* The peer has named what it does not have, or the system has too little. */
static int duplicate_failed(void)
{
	int err = shmem__fail_last();

	return shmem__is_want(err) ? err : SHMEM_E_PROTO;
}

static HANDLE table(const shmem__carrier *carrier)
{
	return carrier->server ? carrier->peer : GetCurrentProcess();
}

/* A value that this side has put down, and nobody takes any more. */
static void take_back(const shmem__carrier *carrier, uint64_t value)
{
	HANDLE mine;

	/* Without a target it would not be closed under Wine. */
	if (!carrier->server)
		CloseHandle(of_value(value));
	else if (DuplicateHandle(carrier->peer, of_value(value),
				 GetCurrentProcess(), &mine, 0, FALSE,
				 DUPLICATE_CLOSE_SOURCE |
					 DUPLICATE_SAME_ACCESS))
		CloseHandle(mine);
}

static int map_desk(HANDLE section, desk **ret)
{
	void *memory;
	int err = shmem__view_map((shmem_os_handle)section, 0, DESK_BYTES,
				  SHMEM_RW, NULL, &memory);

	if (err == 0)
		*ret = memory;
	return err;
}

static int make_desk(shmem__carrier *carrier)
{
	shmem_os_handle os;
	int err = shmem__object_create(DESK_BYTES, "shmem desk", false, &os);

	if (err != 0)
		return err;
	err = map_desk((HANDLE)os, &carrier->desk);
	if (err != 0)
		shmem__object_close(os);
	else
		carrier->section = (HANDLE)os;
	return err;
}

/* The process is of this user's, or it may not be opened. */
static int know(shmem__carrier *carrier, int pid)
{
	HANDLE peer = SHMEM__OS(NULL, OpenProcess, (RIGHTS, FALSE, (DWORD)pid));
	int err = peer == NULL ? shmem__fail_last() : 0;

	if (carrier->peer != NULL)
		CloseHandle(carrier->peer);
	carrier->peer = peer;
	carrier->pid = pid;
	carrier->barred = peer == NULL && !shmem__is_want(err);
	return shmem__is_want(err) ? err : 0;
}

/* Whoever opened the other end is the peer, unless this process did, which may
 * be about to pass it on. */
int shmem__carry_init(shmem__carrier *carrier, HANDLE pipe, bool server)
{
	ULONG opener = 0;
	ULONG maker = 0;

	memset(carrier, 0, sizeof(*carrier));
	carrier->pipe = pipe;
	carrier->server = server;
	if (!server) {
		if (SHMEM__OS(FALSE, GetNamedPipeServerProcessId,
			      (pipe, &maker)))
			carrier->pid = (int)maker;
		else if (shmem__is_want(shmem__fail_last()))
			return shmem__fail_last();
		return make_desk(carrier);
	}
	if (!SHMEM__OS(FALSE, GetNamedPipeClientProcessId, (pipe, &opener)))
		return shmem__is_want(shmem__fail_last()) ? shmem__fail_last()
							  : 0;
	return opener != GetCurrentProcessId() ? know(carrier, (int)opener) : 0;
}

void shmem__carry_expect(shmem__carrier *carrier, int pid)
{
	if (carrier->server && carrier->pid != pid)
		(void)know(carrier, pid); /* or by its introduction */
}

/* Forgets what has been taken. */
static void trim(shmem__carrier *carrier)
{
	uint64_t done;

	if (carrier->desk == NULL)
		return;
	done = atomic_load(carrier->server ? &carrier->desk->taken
					   : &carrier->desk->claimed) &
	       COUNT;
	while (carrier->put_count > 0 &&
	       carrier->put_total - carrier->put_count < done) {
		carrier->put_first++;
		carrier->put_count--;
	}
}

static int reserve(shmem__carrier *carrier, size_t count)
{
	uint64_t *put = carrier->put;
	size_t room = carrier->put_room;

	trim(carrier);
	if (carrier->put_first + carrier->put_count + count <= room)
		return 0;
	if (carrier->put_count != 0)
		memmove(put, put + carrier->put_first,
			carrier->put_count * sizeof(*put));
	carrier->put_first = 0;
	if (carrier->put_count + count <= room)
		return 0;
	room = 2 * (carrier->put_count + count);
	put = shmem__realloc(put, room * sizeof(*put));
	if (put == NULL)
		return SHMEM_E_NOMEM;
	carrier->put = put;
	carrier->put_room = room;
	return 0;
}

static bool is_dead(HANDLE process)
{
	return SHMEM__OS(WAIT_FAILED, WaitForSingleObject, (process, 0)) ==
	       WAIT_OBJECT_0;
}

int shmem__carry_put(shmem__carrier *carrier, const shmem_os_handle *from,
		     size_t count, uint64_t *values)
{
	HANDLE to = table(carrier);
	HANDLE there;
	int err;

	if (to == NULL)
		return carrier->barred ? SHMEM_E_ACCESS : SHMEM_E_AGAIN;
	err = reserve(carrier, count);
	for (size_t i = 0; err == 0 && i < count; i++) {
		if (!duplicate(GetCurrentProcess(), (uint64_t)from[i], to, 0,
			       &there)) {
			err = shmem__fail_last();
			if (carrier->server && is_dead(to))
				err = SHMEM_E_CLOSED;
			shmem__carry_undo(carrier, i);
			break;
		}
		values[i] = (uint64_t)(uintptr_t)there;
		carrier->put[carrier->put_first + carrier->put_count++] =
			values[i];
		carrier->put_total++;
	}
	return err;
}

void shmem__carry_undo(shmem__carrier *carrier, size_t count)
{
	while (count-- > 0 && carrier->put_count > 0) {
		carrier->put_total--;
		take_back(carrier, carrier->put[carrier->put_first +
						--carrier->put_count]);
	}
}

static void close_all(const shmem_os_handle *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		shmem__object_close(list[i]);
}

static void drop_part(shmem__carrier *carrier)
{
	close_all(carrier->part, carrier->part_count);
	carrier->part_count = 0;
	carrier->claimed = false;
}

/* Where the system has too little, the rest is pulled at the next try. */
static int pull(shmem__carrier *carrier, const uint64_t *values, size_t count,
		shmem_os_handle *ret)
{
	HANDLE mine;
	int err;

	if (carrier->peer == NULL || carrier->desk == NULL)
		return SHMEM_E_PROTO;
	if (!carrier->claimed &&
	    (atomic_fetch_add(&carrier->desk->claimed, count) & OVER) != 0)
		return SHMEM_E_CLOSED;
	carrier->claimed = true;
	while (carrier->part_count < count) {
		if (!duplicate(carrier->peer, values[carrier->part_count],
			       GetCurrentProcess(), DUPLICATE_CLOSE_SOURCE,
			       &mine)) {
			err = duplicate_failed();
			if (err != SHMEM_E_PROTO)
				return err;
			drop_part(carrier);
			return is_dead(carrier->peer) ? SHMEM_E_CLOSED : err;
		}
		carrier->part[carrier->part_count++] = (shmem_os_handle)mine;
	}
	memcpy(ret, carrier->part, count * sizeof(*ret));
	carrier->part_count = 0;
	carrier->claimed = false;
	atomic_fetch_add(&carrier->desk->pulled, count);
	return 0;
}

/* Whoever can put handles here could as well do anything else to this process:
 * that they are what they should be is for our own good. */
static int pick_up(shmem__carrier *carrier, const uint64_t *values,
		   size_t count, shmem_os_handle *ret)
{
	DWORD flags;

	for (size_t i = 0; i < count; i++) {
		if (!SHMEM__OS(FALSE, GetHandleInformation,
			       (of_value(values[i]), &flags)))
			return duplicate_failed();
		ret[i] = (shmem_os_handle)values[i];
	}
	atomic_fetch_add(&carrier->desk->taken, count);
	return 0;
}

int shmem__carry_take(shmem__carrier *carrier, const uint64_t *values,
		      size_t count, shmem_os_handle *ret)
{
	for (size_t i = 0; i < count; i++)
		if (!is_value(values[i]))
			return SHMEM_E_PROTO;
	return carrier->server ? pull(carrier, values, count, ret)
			       : pick_up(carrier, values, count, ret);
}

/* Out of the peer it goes whatever else is refused. */
static void discard_there(shmem__carrier *carrier, const uint64_t *values,
			  size_t count)
{
	size_t done = carrier->part_count;

	if (carrier->peer == NULL || carrier->desk == NULL)
		return;
	if (!carrier->claimed &&
	    (atomic_fetch_add(&carrier->desk->claimed, count) & OVER) != 0)
		return;
	drop_part(carrier);
	for (size_t i = done; i < count; i++)
		take_back(carrier, values[i]);
	atomic_fetch_add(&carrier->desk->pulled, count);
}

void shmem__carry_discard(shmem__carrier *carrier, const uint64_t *values,
			  size_t count)
{
	shmem_os_handle list[SHMEM__SOCKET_DESCRIPTORS];

	for (size_t i = 0; i < count; i++)
		if (!is_value(values[i]))
			return;
	if (carrier->server)
		discard_there(carrier, values, count);
	else if (pick_up(carrier, values, count, list) == 0)
		close_all(list, count);
}

bool shmem__carry_holds(shmem__carrier *carrier)
{
	return !carrier->server && carrier->desk != NULL &&
	       (atomic_load(&carrier->desk->pulled) & COUNT) <
		       carrier->put_total &&
	       carrier->pid != (int)GetCurrentProcessId();
}

static bool seen(const shmem__carrier *carrier)
{
	return (atomic_load(&carrier->desk->taken) & SEEN) != 0;
}

/* Naps at first for no time at all: a prompt server is quick. */
static void nap(unsigned round)
{
	Sleep(round < 64 ? 0 : 1);
}

void shmem__carry_await(shmem__carrier *carrier)
{
	uint64_t end = shmem__deadline(SEEN_MS);
	unsigned round = 0;

	if (!shmem__carry_holds(carrier))
		return;
	while (!carrier->ignored && !seen(carrier) &&
	       shmem__time_left(end) != 0)
		nap(round++);
	carrier->ignored = !seen(carrier);
	if ((atomic_load(&carrier->desk->pulled) & PROMPT) == 0)
		return;
	end = shmem__deadline(PULLED_MS);
	while (shmem__carry_holds(carrier) && shmem__time_left(end) != 0)
		nap(round++);
}

void shmem__carry_introduce(const shmem__carrier *carrier,
			    uint64_t values[SHMEM__INTRODUCTION])
{
	values[0] = (uint64_t)(uintptr_t)carrier->pipe;
	values[1] = (uint64_t)(uintptr_t)carrier->section;
}

/*
 * Anybody can claim to be any process, but only one that has the other end of
 * this pipe can be the peer. Where other pipes have its name, the system must
 * have seen that process open it.
 */
static int check_peer(const shmem__carrier *carrier, HANDLE peer, int pid,
		      uint64_t value)
{
	shmem__pipe_facts here;
	shmem__pipe_facts there;
	ULONG opener = 0;
	HANDLE end;
	int err;

	if (!is_value(value))
		return SHMEM_E_PROTO;
	if (!duplicate(peer, value, GetCurrentProcess(), 0, &end))
		return duplicate_failed();
	err = shmem__pipe_look(carrier->pipe, &here);
	if (err == 0)
		err = shmem__pipe_look(end, &there);
	if (err == 0)
		err = shmem__pipe_same_name(carrier->pipe, end);
	CloseHandle(end);
	if (err == 0 && there.server)
		err = SHMEM_E_PROTO;
	if (err == 0 && !here.alone &&
	    (!SHMEM__OS(FALSE, GetNamedPipeClientProcessId,
			(carrier->pipe, &opener)) ||
	     (int)opener != pid))
		err = SHMEM_E_PROTO;
	return err != SHMEM_E_INVAL ? err : SHMEM_E_PROTO;
}

/* A client that is through may be gone with its desk: then it has sent no
 * handles, either. */
static int take_desk(shmem__carrier *carrier, uint64_t value)
{
	static const shmem__object_facts claim = {.size = DESK_BYTES,
						  .access = SHMEM_RW};
	HANDLE section;
	int err;

	if (!is_value(value))
		return SHMEM_E_PROTO;
	if (!duplicate(carrier->peer, value, GetCurrentProcess(), 0,
		       &section)) {
		err = duplicate_failed();
		return err != SHMEM_E_PROTO ? err : 0;
	}
	err = shmem__object_check((shmem_os_handle)section, &claim);
	if (err == 0)
		err = map_desk(section, &carrier->desk);
	CloseHandle(section);
	if (err == 0 && carrier->prompt)
		atomic_fetch_or(&carrier->desk->pulled, PROMPT);
	if (err == 0 &&
	    (atomic_fetch_or(&carrier->desk->taken, SEEN) & LEFT) != 0)
		take_back(carrier, value);
	return err;
}

/* What was pushed into a process that turns out not to be the peer. */
static int change_peer(shmem__carrier *carrier, int pid)
{
	if (carrier->peer != NULL)
		shmem__carry_undo(carrier, carrier->put_count);
	return know(carrier, pid);
}

/* It could not be proven now: the next try begins anew. */
static void forget_peer(shmem__carrier *carrier)
{
	if (carrier->peer != NULL)
		CloseHandle(carrier->peer);
	carrier->peer = NULL;
	carrier->pid = 0;
}

int shmem__carry_learn(shmem__carrier *carrier, int pid,
		       const uint64_t values[SHMEM__INTRODUCTION])
{
	int err = 0;

	if (!carrier->server || carrier->desk != NULL)
		return SHMEM_E_PROTO;
	if (carrier->peer == NULL || carrier->pid != pid) {
		err = change_peer(carrier, pid);
		/* Nothing but bytes can come and go. */
		if (err == 0 && carrier->peer == NULL)
			return 0;
		if (err == 0)
			err = check_peer(carrier, carrier->peer, pid,
					 values[0]);
		if (shmem__is_want(err)) {
			forget_peer(carrier);
			return err;
		}
	}
	if (err == 0)
		err = take_desk(carrier, values[1]);
	if (err == SHMEM_E_PROTO && is_dead(carrier->peer))
		err = SHMEM_E_CLOSED;
	return err;
}

/* The client is through. What it has sent and nobody took stays where it is,
 * for a server that still comes for it. */
static void client_leaves(shmem__carrier *carrier, bool gone)
{
	desk *d = carrier->desk;
	bool leave;
	uint64_t was;

	if (gone)
		atomic_fetch_or(&d->claimed, OVER);
	trim(carrier);
	if (gone)
		shmem__carry_undo(carrier, carrier->put_count);
	leave = carrier->put_count > 0;
	was = atomic_fetch_or(&d->taken, OVER | (leave ? LEFT : 0));
	if (!leave || (was & SEEN) != 0)
		CloseHandle(carrier->section);
	carrier->section = NULL;
}

/* What the client has not taken, if it says that it is through. */
static void server_leaves(shmem__carrier *carrier, bool gone)
{
	if ((atomic_load(&carrier->desk->taken) & OVER) == 0 ||
	    is_dead(carrier->peer))
		return;
	trim(carrier);
	if (gone)
		shmem__carry_undo(carrier, carrier->put_count);
}

void shmem__carry_fini(shmem__carrier *carrier, bool gone)
{
	if (carrier->desk != NULL && carrier->server)
		server_leaves(carrier, gone);
	else if (carrier->desk != NULL)
		client_leaves(carrier, gone);
	drop_part(carrier);
	if (carrier->desk != NULL)
		shmem__view_unmap(carrier->desk, DESK_BYTES);
	if (carrier->peer != NULL)
		CloseHandle(carrier->peer);
	shmem__free(carrier->put);
	memset(carrier, 0, sizeof(*carrier));
}
