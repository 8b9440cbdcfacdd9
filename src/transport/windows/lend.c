/* SPDX-License-Identifier: MIT */
/*
 * Views in the peer's process, made and taken away from here. They are not
 * inherited by what the peer starts, and it has no handle to make others with.
 */
#include "transport/windows/state.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "base/windows/nt.h"
#include "base/windows/signalled.h"

#define RIGHTS (PROCESS_VM_OPERATION | PROCESS_QUERY_INFORMATION | SYNCHRONIZE)
#define NOT_INHERITED 2 /* ViewUnmap */

/* Of the kernel's own interface, as its documentation for drivers has it. */
NTSYSAPI NTSTATUS NTAPI NtMapViewOfSection(HANDLE section, HANDLE process,
					   void **base, ULONG_PTR zero_bits,
					   SIZE_T commit, LARGE_INTEGER *offset,
					   SIZE_T *size, ULONG inherit,
					   ULONG type, ULONG protect);
NTSYSAPI NTSTATUS NTAPI NtUnmapViewOfSection(HANDLE process, void *base);

bool shmem__socket_can_lend(shmem__socket *sock)
{
	shmem__carrier *c = &sock->state->carrier;

	if (!c->server || c->peer == NULL || c->pid == shmem__process_id())
		return false;
	/* The number is still the peer's: its process is held. */
	if (sock->state->memory == NULL)
		sock->state->memory = SHMEM__OS(NULL, OpenProcess,
						(RIGHTS, FALSE, (DWORD)c->pid));
	return sock->state->memory != NULL;
}

bool shmem__socket_can_borrow(const shmem__socket *sock)
{
	return !sock->state->carrier.server;
}

static int failed(HANDLE process, NTSTATUS status)
{
	return shmem__fail_os(shmem__nt_last(status),
			      shmem__is_signalled(process) ? SHMEM_E_CLOSED
							   : SHMEM_E_SYS);
}

/* The peer turns views into reservations and back, and each time an address is
 * free for a moment; it reserves from below. What has no place yet comes from
 * above, so that it does not take that address. */
static NTSTATUS map_there(HANDLE process, HANDLE section, void **base)
{
	SIZE_T size = 0; /* all of it */

	return SHMEM__NT(NtMapViewOfSection,
			 (section, process, base, 0, 0, NULL, &size,
			  NOT_INHERITED, *base == NULL ? MEM_TOP_DOWN : 0,
			  PAGE_READWRITE));
}

int shmem__socket_lend(shmem__socket *sock, shmem_os_handle os, size_t length,
		       uint64_t *at)
{
	HANDLE process = sock->state->memory;
	void *base = (void *)*at;
	NTSTATUS status;

	if (process == NULL)
		return SHMEM_E_UNSUPPORTED;
	(void)length;
	status = map_there(process, (HANDLE)os, &base);
	if (status < 0 && base != NULL) {
		base = NULL;
		status = map_there(process, (HANDLE)os, &base);
	}
	if (status < 0)
		return failed(process, status);
	*at = (uint64_t)(uintptr_t)base;
	return 0;
}

/* Whether there is no view that begins at this address. */
static int prove(HANDLE process, uint64_t at)
{
	MEMORY_BASIC_INFORMATION m;

	if (SHMEM__OS(0, VirtualQueryEx,
		      (process, (const void *)at, &m, sizeof(m))) == 0)
		return shmem__fail_last();
	return m.Type == MEM_MAPPED && m.AllocationBase == (void *)at
		       ? SHMEM_E_UNTRUSTED
		       : 0;
}

/*
 * The peer has no other way to the memory than the view that was made here, and
 * leaves it to us to end that. Once it is ended its addresses are free, and it
 * may have something else there the next moment: that the system did as it was
 * told is proof enough then. Where it did not, there must be no view.
 */
int shmem__socket_take_away(shmem__socket *sock, uint64_t at, size_t length)
{
	HANDLE process = sock->state->memory;
	NTSTATUS status;
	int err;

	(void)length;
	if (process == NULL)
		return SHMEM_E_UNSUPPORTED;
	status = SHMEM__NT(NtUnmapViewOfSection, (process, (void *)at));
	err = prove(process, at);
	if (err == 0 || status >= 0)
		return 0;
	return shmem__is_signalled(process) ? SHMEM_E_CLOSED : err;
}

bool shmem__view_is_lent(const void *at, size_t length)
{
	const unsigned char *begin = at;
	MEMORY_BASIC_INFORMATION m;

	for (size_t done = 0; done < length; done += m.RegionSize)
		if (SHMEM__OS(0, VirtualQuery, (begin + done, &m, sizeof(m))) ==
			    0 ||
		    m.AllocationBase != at || m.Type != MEM_MAPPED ||
		    m.State != MEM_COMMIT || m.Protect != PAGE_READWRITE)
			return false;
	return true;
}
