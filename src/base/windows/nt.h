/* SPDX-License-Identifier: MIT */
/*
 * Calls that answer with a status instead of an error code: SHMEM__NT(function,
 * (arguments)). A test that makes one fail names an error code, and it answers
 * with the status that stands for that.
 */
#ifndef SHMEM_SRC_BASE_WINDOWS_NT_H
#define SHMEM_SRC_BASE_WINDOWS_NT_H

#include "base/error.h"
#include "base/fault.h"

#include <windows.h>
#include <winternl.h>

#define SHMEM__NT(call, args)                                                  \
	SHMEM__OS((NTSTATUS)(0x80070000u | (ULONG)shmem__os_last()), call, args)

/* The error code that a status stands for. */
static inline int shmem__nt_last(NTSTATUS status)
{
	return (int)RtlNtStatusToDosError(status);
}

/* Remembers that, and returns what it means to the library. */
static inline int shmem__fail_nt(NTSTATUS status)
{
	int native = shmem__nt_last(status);
	int err = shmem__error_from_os(native);

	return shmem__fail_os(native, err != 0 ? err : SHMEM_E_SYS);
}

#endif
