/* SPDX-License-Identifier: MIT */
/* Making, opening and recognising named pipes. */
#include "transport/windows/pipe.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "base/windows/nt.h"
#include "base/windows/user.h"

#include <stdio.h>
#include <string.h>

#define FACT_NAME ((FILE_INFORMATION_CLASS)9)
#define FACT_MODE ((FILE_INFORMATION_CLASS)16)
#define MODE_SYNCHRONOUS 0x30u /* waits in every call */

typedef struct file_name {
	ULONG bytes;
	WCHAR text[SHMEM__PIPE_NAME_MAX];
} file_name;

int shmem__pipe_name(char ret[SHMEM__PIPE_NAME_MAX])
{
	uint64_t chance[2];
	int err = shmem__random(chance, sizeof(chance));

	if (err == 0)
		snprintf(ret, SHMEM__PIPE_NAME_MAX,
			 "\\\\.\\pipe\\shmem.%08lx%08lx%08lx%08lx",
			 (unsigned long)(chance[0] >> 32),
			 (unsigned long)(chance[0] & 0xffffffffu),
			 (unsigned long)(chance[1] >> 32),
			 (unsigned long)(chance[1] & 0xffffffffu));
	return err;
}

int shmem__pipe_make(const char *name, DWORD instances, DWORD queue,
		     HANDLE *ret)
{
	SECURITY_ATTRIBUTES security;
	HANDLE pipe;
	int err = shmem__user_only(&security);

	if (err != 0)
		return err;
	if (queue == 0 || queue > SHMEM__PIPE_BYTES)
		queue = SHMEM__PIPE_BYTES;
	pipe = SHMEM__OS(INVALID_HANDLE_VALUE, CreateNamedPipeA,
			 (name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
			  PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE |
				  PIPE_REJECT_REMOTE_CLIENTS,
			  instances, queue, queue, 0, &security));
	if (pipe == INVALID_HANDLE_VALUE)
		err = shmem__fail_last();
	else
		*ret = pipe;
	shmem__user_only_free(&security);
	return err;
}

static int open_failed(void)
{
	DWORD native = GetLastError();

	if (native == ERROR_PIPE_BUSY)
		return shmem__fail_os((int)native, SHMEM_E_AGAIN);
	return shmem__fail_last();
}

/* The other side may learn who we are, and not act as us. */
int shmem__pipe_open(const char *name, HANDLE *ret)
{
	DWORD mode = PIPE_READMODE_MESSAGE;
	HANDLE pipe;
	int err = 0;

	pipe = SHMEM__OS(INVALID_HANDLE_VALUE, CreateFileA,
			 (name, GENERIC_READ | GENERIC_WRITE, 0, NULL,
			  OPEN_EXISTING,
			  FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT |
				  SECURITY_IDENTIFICATION,
			  NULL));
	if (pipe == INVALID_HANDLE_VALUE)
		return open_failed();
	if (!SHMEM__OS(FALSE, SetNamedPipeHandleState,
		       (pipe, &mode, NULL, NULL)))
		err = shmem__fail_last();
	if (err != 0)
		CloseHandle(pipe);
	else
		*ret = pipe;
	return err;
}

/* What is no pipe, or none of which this can be asked. */
static int look_failed(int native)
{
	int err = shmem__error_from_os(native);

	return shmem__fail_os(native,
			      shmem__is_want(err) ? err : SHMEM_E_INVAL);
}

static int ask(HANDLE pipe, FILE_INFORMATION_CLASS what, void *ret, ULONG bytes)
{
	IO_STATUS_BLOCK io;
	NTSTATUS status = SHMEM__NT(NtQueryInformationFile,
				    (pipe, &io, ret, bytes, what));

	return status == 0 ? 0 : look_failed(shmem__nt_last(status));
}

int shmem__pipe_look(HANDLE pipe, shmem__pipe_facts *ret)
{
	DWORD instances = 0;
	DWORD flags = 0;
	DWORD state = 0;
	ULONG mode = MODE_SYNCHRONOUS;
	int err;

	if (!SHMEM__OS(FALSE, GetNamedPipeInfo,
		       (pipe, &flags, NULL, NULL, &instances)) ||
	    !SHMEM__OS(FALSE, GetNamedPipeHandleStateA,
		       (pipe, &state, NULL, NULL, NULL, NULL, 0)))
		return look_failed(shmem__os_last());
	err = ask(pipe, FACT_MODE, &mode, sizeof(mode));
	if (err != 0)
		return err;
	ret->server = (flags & PIPE_SERVER_END) != 0;
	ret->alone = instances == 1;
	/* Calls on a handle that was not opened for overlapped use would wait.
	 */
	return (flags & PIPE_TYPE_MESSAGE) != 0 &&
			       (state & PIPE_READMODE_MESSAGE) != 0 &&
			       (mode & MODE_SYNCHRONOUS) == 0
		       ? 0
		       : SHMEM_E_INVAL;
}

int shmem__pipe_same_name(HANDLE a, HANDLE b)
{
	file_name names[2];
	int err;

	memset(names, 0, sizeof(names));
	err = ask(a, FACT_NAME, &names[0], sizeof(names[0]));
	if (err == 0)
		err = ask(b, FACT_NAME, &names[1], sizeof(names[1]));
	if (err != 0)
		return err;
	return names[0].bytes == names[1].bytes &&
			       names[0].bytes <= sizeof(names[0].text) &&
			       memcmp(names[0].text, names[1].text,
				      names[0].bytes) == 0
		       ? 0
		       : SHMEM_E_INVAL;
}
