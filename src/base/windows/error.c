/* SPDX-License-Identifier: MIT */
/* GetLastError(), translated. */
#include "base/error.h"

#include <windows.h>

int shmem__os_last(void)
{
	return (int)GetLastError();
}

void shmem__os_last_set(int native)
{
	SetLastError((DWORD)native);
}

int shmem__error_from_os(int native)
{
	switch (native) {
	case 0:
		return 0;
	case ERROR_NOT_ENOUGH_MEMORY:
	case ERROR_OUTOFMEMORY:
	case ERROR_INVALID_ADDRESS: /* somebody else's by now */
		return SHMEM_E_NOMEM;
	case ERROR_IO_PENDING:
	case ERROR_IO_INCOMPLETE:
		return SHMEM_E_AGAIN;
	case WAIT_TIMEOUT:
	case ERROR_SEM_TIMEOUT:
		return SHMEM_E_TIMEDOUT;
	case ERROR_BROKEN_PIPE:
	case ERROR_NO_DATA:
	case ERROR_PIPE_NOT_CONNECTED:
	case ERROR_HANDLE_EOF:
		return SHMEM_E_CLOSED;
	case ERROR_ACCESS_DENIED:
	case ERROR_PRIVILEGE_NOT_HELD:
	case ERROR_WRITE_PROTECT:
		return SHMEM_E_ACCESS;
	case ERROR_ALREADY_EXISTS:
	case ERROR_FILE_EXISTS:
		return SHMEM_E_EXISTS;
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
		return SHMEM_E_NOENT;
	case ERROR_TOO_MANY_OPEN_FILES:
	case ERROR_NO_SYSTEM_RESOURCES:
	case ERROR_NOT_ENOUGH_QUOTA:
		return SHMEM_E_LIMIT;
	case ERROR_COMMITMENT_LIMIT:
	case ERROR_DISK_FULL:
	case ERROR_HANDLE_DISK_FULL:
		return SHMEM_E_NOSPACE;
	case ERROR_BUSY:
	case ERROR_PIPE_BUSY:
	case ERROR_SHARING_VIOLATION:
	case ERROR_LOCK_VIOLATION:
		return SHMEM_E_BUSY;
	default:
		return SHMEM_E_SYS;
	}
}
