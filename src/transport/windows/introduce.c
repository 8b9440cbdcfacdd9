/* SPDX-License-Identifier: MIT */
/* Who the peer is: what it says of itself, and what the system does. */
#include "transport/windows/desk.h"

#include "base/os.h"
#include "handle/os.h"
#include "mapping/os.h"

#include <string.h>

#define RIGHTS                                                                 \
	(PROCESS_DUP_HANDLE | PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE)

static int map_desk(HANDLE section, shmem__desk **ret)
{
	void *memory;
	int err = shmem__view_map((shmem_os_handle)section, 0,
				  SHMEM__DESK_BYTES, SHMEM_RW, NULL, &memory);

	if (err == 0)
		*ret = memory;
	return err;
}

static int make_desk(shmem__carrier *carrier)
{
	shmem_os_handle os;
	int err = shmem__object_create(SHMEM__DESK_BYTES, "shmem desk", false,
				       &os);

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
	bool nobody = peer == NULL && GetLastError() == ERROR_INVALID_PARAMETER;
	int err = peer == NULL ? shmem__fail_last() : 0;

	if (carrier->peer != NULL)
		CloseHandle(carrier->peer);
	carrier->peer = peer;
	carrier->pid = pid;
	carrier->gone = nobody;
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
	if (!carrier->server || carrier->pid == pid)
		return;
	(void)know(carrier, pid); /* or when it introduces itself */
	carrier->told = pid;
}

void shmem__carry_introduce(const shmem__carrier *carrier,
			    uint64_t values[SHMEM__INTRODUCTION])
{
	values[0] = (uint64_t)(uintptr_t)carrier->pipe;
	values[1] = (uint64_t)(uintptr_t)carrier->section;
}

/*
 * Anybody can claim to be any process. Whoever the system saw open the other
 * end is the peer, and nobody else is asked. Where this process opened it
 * itself, and no other pipe can have the name, it may have passed it on: then
 * the peer is whoever has it now.
 */
static int check_opener(const shmem__carrier *carrier, int pid,
			bool *ret_vouched)
{
	shmem__pipe_facts here;
	ULONG opener = 0;
	int err;

	if (!SHMEM__OS(FALSE, GetNamedPipeClientProcessId,
		       (carrier->pipe, &opener)))
		return shmem__value_failed();
	err = shmem__pipe_look(carrier->pipe, &here);
	if (err != 0)
		return err != SHMEM_E_INVAL ? err : SHMEM_E_PROTO;
	*ret_vouched = opener != GetCurrentProcessId() || !here.alone;
	return *ret_vouched && (int)opener != pid ? SHMEM_E_PROTO : 0;
}

static int check_peer(const shmem__carrier *carrier, uint64_t value)
{
	shmem__pipe_facts there;
	HANDLE end;
	int err;

	if (!shmem__value_ok(value))
		return SHMEM_E_PROTO;
	if (!shmem__value_copy(carrier->peer, value, GetCurrentProcess(), 0,
			       &end))
		return shmem__value_failed();
	err = shmem__pipe_look(end, &there);
	if (err == 0)
		err = shmem__pipe_same_name(carrier->pipe, end);
	CloseHandle(end);
	if (err == 0 && there.server)
		err = SHMEM_E_PROTO;
	return err != SHMEM_E_INVAL ? err : SHMEM_E_PROTO;
}

/* A client that is through may be gone with its desk, whose number may be some
 * other thing's by now: then it has sent no handles, and none are taken. */
static int take_desk(shmem__carrier *carrier, uint64_t value)
{
	static const shmem__object_facts claim = {.size = SHMEM__DESK_BYTES,
						  .access = SHMEM_RW};
	HANDLE section;
	int err;

	if (!shmem__value_ok(value))
		return SHMEM_E_PROTO;
	if (!shmem__value_copy(carrier->peer, value, GetCurrentProcess(), 0,
			       &section)) {
		err = shmem__value_failed();
		return err != SHMEM_E_PROTO ? err : 0;
	}
	err = shmem__object_check((shmem_os_handle)section, &claim);
	if (err == 0)
		err = map_desk(section, &carrier->desk);
	CloseHandle(section);
	if (err == SHMEM_E_UNTRUSTED)
		return 0;
	if (err == 0 && carrier->prompt)
		atomic_fetch_or(&carrier->desk->pulled, SHMEM__DESK_PROMPT);
	if (err == 0 &&
	    (atomic_fetch_or(&carrier->desk->taken, SHMEM__DESK_SEEN) &
	     SHMEM__DESK_LEFT) != 0)
		shmem__carry_take_back(carrier, value);
	return err;
}

/* What was pushed into a process that turns out not to be the peer. */
static int change_peer(shmem__carrier *carrier, int pid)
{
	if (carrier->peer != NULL)
		shmem__carry_undo(carrier, carrier->put_count);
	return know(carrier, pid);
}

/* It could not be proven: the next try begins anew. */
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
	bool vouched = carrier->told == pid;
	int err = 0;

	if (!carrier->server || carrier->desk != NULL)
		return SHMEM_E_PROTO;
	if (carrier->peer == NULL || carrier->pid != pid) {
		if (!vouched)
			err = check_opener(carrier, pid, &vouched);
		if (err != 0)
			return err;
		err = change_peer(carrier, pid);
		/* Nothing but bytes can come and go. */
		if (err == 0 && carrier->peer == NULL)
			return 0;
		if (err == 0 && !vouched)
			err = check_peer(carrier, values[0]);
		if (err != 0 && !shmem__is_want(err) && carrier->peer != NULL &&
		    shmem__is_signalled(carrier->peer))
			err = SHMEM_E_CLOSED;
		if (err != 0) {
			forget_peer(carrier);
			return err;
		}
	}
	err = take_desk(carrier, values[1]);
	return err == SHMEM_E_PROTO && shmem__is_signalled(carrier->peer)
		       ? SHMEM_E_CLOSED
		       : err;
}
