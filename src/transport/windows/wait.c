/* SPDX-License-Identifier: MIT */
/* Waiting for packets, for room, for the death of a process. */
#include "transport/windows/state.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/windows/signalled.h"

/* There is room unless a packet waits for it. */
static unsigned look(shmem__socket *sock, unsigned what)
{
	shmem__socket_state *s = sock->state;
	unsigned ready = 0;
	int err = shmem__socket_flush(sock);

	if ((what & SHMEM_POLL_READ) != 0 &&
	    shmem__is_signalled((HANDLE)shmem__socket_pollable(sock)))
		ready |= SHMEM_POLL_READ;
	if (err == 0 && !shmem__socket_waits_for_peer(s))
		ready |= what & SHMEM_POLL_WRITE;
	/* An error is news: whoever reads next learns of it. */
	if (err != 0 && err != SHMEM_E_AGAIN)
		ready |= SHMEM_POLL_READ;
	return ready;
}

static DWORD collect(const shmem__socket *sock, unsigned what,
		     shmem_os_handle pidfd, HANDLE list[3])
{
	const shmem__socket_state *s = sock->state;
	DWORD n = 0;

	if ((what & SHMEM_POLL_READ) != 0 || s->lonely)
		list[n++] = (HANDLE)shmem__socket_pollable(sock);
	if (sock->unsent)
		list[n++] = s->write.hEvent;
	if (pidfd != SHMEM_OS_HANDLE_INVALID)
		list[n++] = (HANDLE)pidfd;
	return n;
}

int shmem__socket_wait(shmem__socket *sock, unsigned what,
		       shmem_os_handle pidfd, int timeout, unsigned *ret_ready,
		       bool *ret_dead)
{
	HANDLE list[3];
	DWORD n;

	*ret_ready = look(sock, what);
	*ret_dead = false;
	n = collect(sock, what, pidfd, list);
	if (*ret_ready == 0 && n == 0)
		Sleep(timeout < 0 ? INFINITE : (DWORD)timeout);
	else if (*ret_ready == 0 &&
		 SHMEM__OS(WAIT_FAILED, WaitForMultipleObjects,
			   (n, list, FALSE,
			    timeout < 0 ? INFINITE : (DWORD)timeout)) ==
			 WAIT_FAILED)
		return shmem__fail_last();
	if (*ret_ready == 0)
		*ret_ready = look(sock, what);
	*ret_dead = pidfd != SHMEM_OS_HANDLE_INVALID &&
		    shmem__is_signalled((HANDLE)pidfd);
	return 0;
}
