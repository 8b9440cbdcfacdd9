/* SPDX-License-Identifier: MIT */
/* Pushing, pulling, taking back. */
#include "transport/windows/desk.h"

#include "base/os.h"
#include "handle/os.h"
#include "handle/windows/section.h"
#include "mapping/os.h"

#include <string.h>

/* More handles can't lie between the two ends: each takes 8 bytes as a value
 * and more than that of the packet. What is read beyond that and not said to
 * have been taken is of a peer that does not keep to it. */
#define PUT_MAX (SHMEM__PIPE_BYTES / 16 + 2 * (size_t)SHMEM__SOCKET_DESCRIPTORS)

/* How long a client waits for a server to look at it at all, and then for one
 * that is prompt. */
#define SEEN_MS 100
#define PULLED_MS 1000

static HANDLE table(const shmem__carrier *carrier)
{
	return carrier->server ? carrier->peer : GetCurrentProcess();
}

void shmem__carry_take_back(const shmem__carrier *carrier, uint64_t value)
{
	HANDLE mine;

	/* Without a target it would not be closed under Wine. */
	if (!carrier->server)
		CloseHandle(shmem__value_handle(value));
	else if (DuplicateHandle(carrier->peer, shmem__value_handle(value),
				 GetCurrentProcess(), &mine, 0, FALSE,
				 DUPLICATE_CLOSE_SOURCE |
					 DUPLICATE_SAME_ACCESS))
		CloseHandle(mine);
}

/* Forgets what has been taken. */
static void trim(shmem__carrier *carrier)
{
	uint64_t done;

	if (carrier->desk == NULL)
		return;
	done = atomic_load(carrier->server ? &carrier->desk->taken
					   : &carrier->desk->claimed) &
	       SHMEM__DESK_COUNT;
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
	if (carrier->put_count + count > PUT_MAX)
		return SHMEM_E_PROTO;
	if (carrier->put_first + carrier->put_count + count <= room)
		return 0;
	if (carrier->put_count != 0)
		memmove(put, put + carrier->put_first,
			carrier->put_count * sizeof(*put));
	carrier->put_first = 0;
	if (carrier->put_count + count <= room)
		return 0;
	room = 2 * (carrier->put_count + count);
	if (room > PUT_MAX)
		room = PUT_MAX;
	put = shmem__realloc(put, room * sizeof(*put));
	if (put == NULL)
		return SHMEM_E_NOMEM;
	carrier->put = put;
	carrier->put_room = room;
	return 0;
}

int shmem__carry_put(shmem__carrier *carrier, const shmem_os_handle *from,
		     size_t count, uint64_t *values)
{
	HANDLE to = table(carrier);
	HANDLE there;
	int err;

	if (to == NULL)
		return carrier->gone     ? SHMEM_E_CLOSED
		       : carrier->barred ? SHMEM_E_ACCESS
					 : SHMEM_E_AGAIN;
	err = reserve(carrier, count);
	for (size_t i = 0; err == 0 && i < count; i++) {
		if (!shmem__value_copy(GetCurrentProcess(), (uint64_t)from[i],
				       to, 0, &there)) {
			err = shmem__fail_last();
			if (carrier->server && shmem__is_signalled(to))
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
		shmem__carry_take_back(carrier,
				       carrier->put[carrier->put_first +
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

static bool peer_is_gone(const shmem__carrier *carrier)
{
	return carrier->peer != NULL ? shmem__is_signalled(carrier->peer)
				     : carrier->gone;
}

/* Where the system has too little, the rest is pulled at the next try. */
static int pull(shmem__carrier *carrier, const uint64_t *values, size_t count,
		shmem_os_handle *ret)
{
	HANDLE mine;
	int err;

	if (carrier->peer == NULL || carrier->desk == NULL)
		return peer_is_gone(carrier) ? SHMEM_E_CLOSED : SHMEM_E_PROTO;
	if (!carrier->claimed &&
	    (atomic_fetch_add(&carrier->desk->claimed, count) &
	     SHMEM__DESK_OVER) != 0)
		return SHMEM_E_CLOSED;
	carrier->claimed = true;
	while (carrier->part_count < count) {
		if (!shmem__value_copy(carrier->peer,
				       values[carrier->part_count],
				       GetCurrentProcess(),
				       DUPLICATE_CLOSE_SOURCE, &mine)) {
			err = shmem__value_failed();
			if (err != SHMEM_E_PROTO)
				return err;
			drop_part(carrier);
			return peer_is_gone(carrier) ? SHMEM_E_CLOSED : err;
		}
		carrier->part[carrier->part_count++] = (shmem_os_handle)mine;
	}
	memcpy(ret, carrier->part, count * sizeof(*ret));
	carrier->part_count = 0;
	carrier->claimed = false;
	atomic_fetch_add(&carrier->desk->pulled, count);
	return 0;
}

static bool is_twice(const uint64_t *values, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (values[k] == values[i])
			return true;
	return false;
}

/*
 * Whoever can put handles here could as well do anything else to this process;
 * but one that can't may say numbers all the same, of what this process has for
 * itself. From here on they would be ours to close. What is put here is memory,
 * once: anything else is not touched.
 */
static int pick_up(shmem__carrier *carrier, const uint64_t *values,
		   size_t count, shmem_os_handle *ret)
{
	uint64_t size;
	DWORD rights;

	for (size_t i = 0; i < count; i++) {
		int err = shmem__section_look(shmem__value_handle(values[i]),
					      &size, &rights);

		if (err != 0)
			return err;
		if (shmem__value_handle(values[i]) == carrier->section ||
		    is_twice(values, i))
			return SHMEM_E_PROTO;
		ret[i] = (shmem_os_handle)values[i];
	}
	atomic_fetch_add(&carrier->desk->taken, count);
	return 0;
}

int shmem__carry_take(shmem__carrier *carrier, const uint64_t *values,
		      size_t count, shmem_os_handle *ret)
{
	for (size_t i = 0; i < count; i++)
		if (!shmem__value_ok(values[i]))
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
	    (atomic_fetch_add(&carrier->desk->claimed, count) &
	     SHMEM__DESK_OVER) != 0)
		return;
	drop_part(carrier);
	for (size_t i = done; i < count; i++)
		shmem__carry_take_back(carrier, values[i]);
	atomic_fetch_add(&carrier->desk->pulled, count);
}

void shmem__carry_discard(shmem__carrier *carrier, const uint64_t *values,
			  size_t count)
{
	shmem_os_handle list[SHMEM__SOCKET_DESCRIPTORS];

	for (size_t i = 0; i < count; i++)
		if (!shmem__value_ok(values[i]))
			return;
	if (carrier->server)
		discard_there(carrier, values, count);
	else if (pick_up(carrier, values, count, list) == 0)
		close_all(list, count);
}

bool shmem__carry_holds(shmem__carrier *carrier)
{
	return !carrier->server && carrier->desk != NULL &&
	       (atomic_load(&carrier->desk->pulled) & SHMEM__DESK_COUNT) <
		       carrier->put_total &&
	       carrier->pid != (int)GetCurrentProcessId();
}

static bool seen(const shmem__carrier *carrier)
{
	return (atomic_load(&carrier->desk->taken) & SHMEM__DESK_SEEN) != 0;
}

/* It has been waited for in vain, and nothing has been pulled since. */
static bool is_late(const shmem__carrier *carrier)
{
	return carrier->late != 0 &&
	       carrier->late == atomic_load(&carrier->desk->pulled);
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
	if ((atomic_load(&carrier->desk->pulled) & SHMEM__DESK_PROMPT) == 0 ||
	    is_late(carrier))
		return;
	end = shmem__deadline(PULLED_MS);
	while (shmem__carry_holds(carrier) && shmem__time_left(end) != 0)
		nap(round++);
	carrier->late = shmem__carry_holds(carrier)
				? atomic_load(&carrier->desk->pulled)
				: 0;
}

/* The client is through. What it has sent and nobody took stays where it is,
 * for a server that still comes for it. */
static void client_leaves(shmem__carrier *carrier, bool gone)
{
	shmem__desk *d = carrier->desk;
	bool leave;
	uint64_t was;

	if (gone)
		atomic_fetch_or(&d->claimed, SHMEM__DESK_OVER);
	trim(carrier);
	if (gone)
		shmem__carry_undo(carrier, carrier->put_count);
	leave = carrier->put_count > 0;
	was = atomic_fetch_or(
		&d->taken, SHMEM__DESK_OVER | (leave ? SHMEM__DESK_LEFT : 0));
	if (!leave || (was & SHMEM__DESK_SEEN) != 0)
		CloseHandle(carrier->section);
	carrier->section = NULL;
}

/* What the client has not taken, if it says that it is through. */
static void server_leaves(shmem__carrier *carrier, bool gone)
{
	if ((atomic_load(&carrier->desk->taken) & SHMEM__DESK_OVER) == 0 ||
	    shmem__is_signalled(carrier->peer))
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
		shmem__view_unmap(carrier->desk, SHMEM__DESK_BYTES);
	if (carrier->peer != NULL)
		CloseHandle(carrier->peer);
	shmem__free(carrier->put);
	memset(carrier, 0, sizeof(*carrier));
}
