/* SPDX-License-Identifier: MIT */
/*
 * Addresses. Pipes have names, but a name would live as long as any connection
 * that was made by it. So a listener's pipes have a random one, and it stands
 * in a named section that only the listener holds: the section is there exactly
 * as long as somebody listens, and there can be but one.
 */
#include "transport/windows/state.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/windows/user.h"
#include "handle/os.h"
#include "transport/windows/pipe.h"

#include <string.h>

#define PREFIX "Local\\shmem.at."
#define ADDRESS_MAX 200
#define SIGN_BYTES 4096u
/* As many may come before anybody is accepted, as many as elsewhere. */
#define BACKLOG 128

/* A pipe that waits for somebody to open its other end. */
typedef struct place {
	HANDLE pipe; /* NULL: could not be made again yet */
	OVERLAPPED io;
	bool connected;
} place;

typedef struct shmem__listening {
	HANDLE event; /* borrowed; set while a connection is there */
	HANDLE section;
	char name[SHMEM__PIPE_NAME_MAX];
	place place[BACKLOG];
	unsigned next; /* to be looked at first */
} shmem__listening;

/* What may stand in the name of an object: all but the backslash. */
static int section_name(const char *address,
			char ret[sizeof(PREFIX) + ADDRESS_MAX])
{
	size_t n = address != NULL ? strlen(address) : 0;

	if (n == 0 || n > ADDRESS_MAX || strcmp(address, "@") == 0)
		return SHMEM_E_INVAL;
	strcpy(ret, PREFIX);
	strcat(ret, address);
	for (char *at = ret + sizeof(PREFIX) - 1; *at != '\0'; at++)
		if (*at == '\\')
			*at = '/';
	return 0;
}

static int start(shmem__listening *l, place *p)
{
	DWORD native;
	int err = shmem__pipe_make(l->name, PIPE_UNLIMITED_INSTANCES,
				   SHMEM__PIPE_BYTES, &p->pipe);

	if (err != 0)
		return err;
	memset(&p->io, 0, sizeof(p->io));
	p->io.hEvent = l->event;
	p->connected = false;
	if (SHMEM__OS(FALSE, ConnectNamedPipe, (p->pipe, &p->io)))
		return 0;
	native = GetLastError();
	if (native == ERROR_PIPE_CONNECTED || native == ERROR_NO_DATA)
		p->connected = true;
	else if (native != ERROR_IO_PENDING) {
		err = shmem__fail_last();
		CloseHandle(p->pipe);
		p->pipe = NULL;
	}
	return err;
}

static bool is_connected(const place *p)
{
	return p->pipe != NULL && (p->connected || shmem__io_done(&p->io));
}

/* Starting to wait in one place clears the event of all. */
static void set_event(shmem__listening *l)
{
	for (size_t i = 0; i < BACKLOG; i++)
		if (is_connected(&l->place[i]))
			SetEvent(l->event);
}

void shmem__listening_close(shmem__listening *l)
{
	for (size_t i = 0; i < BACKLOG; i++) {
		place *p = &l->place[i];
		DWORD n;

		if (p->pipe == NULL)
			continue;
		if (!is_connected(p)) {
			(void)CancelIoEx(p->pipe, &p->io);
			while (!shmem__io_done(&p->io))
				(void)GetOverlappedResult(p->pipe, &p->io, &n,
							  TRUE);
		}
		CloseHandle(p->pipe);
	}
	if (l->section != NULL)
		CloseHandle(l->section);
	shmem__free(l);
}

/* Makes the section and writes the pipes' name to it. */
static int put_up_sign(shmem__listening *l, const char *section)
{
	SECURITY_ATTRIBUTES security;
	void *sign = NULL;
	int err = shmem__user_only(&security);

	if (err != 0)
		return err;
	l->section = SHMEM__OS(NULL, CreateFileMappingA,
			       (INVALID_HANDLE_VALUE, &security, PAGE_READWRITE,
				0, SIGN_BYTES, section));
	if (l->section == NULL)
		err = shmem__fail_last();
	else if (GetLastError() == ERROR_ALREADY_EXISTS)
		err = shmem__fail_os(ERROR_ALREADY_EXISTS, SHMEM_E_EXISTS);
	shmem__user_only_free(&security);
	if (err == 0) {
		sign = SHMEM__OS(NULL, MapViewOfFile,
				 (l->section, FILE_MAP_WRITE, 0, 0, 0));
		err = sign == NULL ? shmem__fail_last() : 0;
	}
	if (err != 0)
		return err;
	memcpy(sign, l->name, sizeof(l->name));
	UnmapViewOfFile(sign);
	return 0;
}

int shmem__socket_listen(const char *address, shmem__socket *ret)
{
	char section[sizeof(PREFIX) + ADDRESS_MAX];
	shmem__socket_state *s = NULL;
	shmem__listening *l = NULL;
	int err = section_name(address, section);

	if (err != 0)
		return err;
	s = shmem__calloc(1, sizeof(*s));
	l = shmem__calloc(1, sizeof(*l));
	if (s == NULL || l == NULL) {
		shmem__free(s);
		shmem__free(l);
		return SHMEM_E_NOMEM;
	}
	s->listening = l;
	s->read.hEvent =
		SHMEM__OS(NULL, CreateEventA, (NULL, TRUE, FALSE, NULL));
	l->event = s->read.hEvent;
	if (l->event == NULL)
		err = shmem__fail_last();
	if (err == 0)
		err = shmem__pipe_name(l->name);
	for (size_t i = 0; err == 0 && i < BACKLOG; i++)
		err = start(l, &l->place[i]);
	if (err == 0)
		err = put_up_sign(l, section);
	*ret = (shmem__socket){.os = SHMEM_OS_HANDLE_INVALID, .state = s};
	if (err != 0)
		shmem__socket_close(ret);
	return err;
}

void shmem__socket_unlisten(const char *address, shmem__socket *listening)
{
	(void)address;
	shmem__socket_close(listening);
}

static int read_sign(const char *section, char ret[SHMEM__PIPE_NAME_MAX])
{
	static const shmem__object_facts claim = {.size = SIGN_BYTES,
						  .access = SHMEM_READ};
	HANDLE object =
		SHMEM__OS(NULL, OpenFileMappingA,
			  (FILE_MAP_READ | SECTION_QUERY, FALSE, section));
	const void *sign = NULL;
	int err;

	if (object == NULL)
		return shmem__fail_last();
	err = shmem__object_check((shmem_os_handle)object, &claim);
	if (err == 0) {
		sign = SHMEM__OS(NULL, MapViewOfFile,
				 (object, FILE_MAP_READ, 0, 0, 0));
		err = sign == NULL ? shmem__fail_last() : 0;
	}
	if (err == SHMEM_E_UNTRUSTED)
		err = SHMEM_E_ACCESS;
	CloseHandle(object);
	if (err != 0)
		return err;
	memcpy(ret, sign, SHMEM__PIPE_NAME_MAX);
	UnmapViewOfFile(sign);
	if (ret[0] == '\0') /* about to be written */
		return SHMEM_E_AGAIN;
	return ret[SHMEM__PIPE_NAME_MAX - 1] == '\0' ? 0 : SHMEM_E_ACCESS;
}

/* Anybody could have put up a sign under that name: who it leads to counts. */
int shmem__socket_connect(const char *address, shmem_os_handle *ret)
{
	char section[sizeof(PREFIX) + ADDRESS_MAX];
	char name[SHMEM__PIPE_NAME_MAX];
	ULONG pid = 0;
	HANDLE pipe;
	int err = section_name(address, section);

	if (err == 0)
		err = read_sign(section, name);
	if (err == 0)
		err = shmem__pipe_open(name, &pipe);
	if (err != 0)
		return err;
	if (!SHMEM__OS(FALSE, GetNamedPipeServerProcessId, (pipe, &pid)) ||
	    !shmem__user_runs(pid)) {
		CloseHandle(pipe);
		return shmem__fail_os(ERROR_ACCESS_DENIED, SHMEM_E_ACCESS);
	}
	*ret = (shmem_os_handle)pipe;
	return 0;
}

/* The connection in a place, and another pipe there to wait for the next one.
 */
static int take(shmem__listening *l, place *p, shmem_os_handle *ret)
{
	place next = {.pipe = NULL};
	place was = *p;
	int err;

	/* Its state must stay where it is. */
	*p = next;
	err = start(l, p);
	if (err != 0)
		*p = was;
	else
		*ret = (shmem_os_handle)was.pipe;
	set_event(l);
	return err;
}

int shmem__socket_accept(shmem__socket *listening, shmem_os_handle *ret)
{
	shmem__listening *l = listening->state->listening;

	for (unsigned i = 0; i < BACKLOG; i++) {
		unsigned at = (l->next + i) % BACKLOG;

		if (!is_connected(&l->place[at]))
			continue;
		l->next = at + 1;
		return take(l, &l->place[at], ret);
	}
	ResetEvent(l->event);
	set_event(l);
	return SHMEM_E_AGAIN;
}
