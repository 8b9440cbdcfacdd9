/* SPDX-License-Identifier: MIT */
/* The call stack, and the time of day. */
#include "ownership/watch.h"

#include <windows.h>

/* 100 ns each, from 1601 to 1970. */
#define TICKS_TO_1970 UINT64_C(116444736000000000)

int shmem__stack(void **frames, int max)
{
	return RtlCaptureStackBackTrace(0, (ULONG)max, frames, NULL);
}

uint64_t shmem__wall_ns(void)
{
	FILETIME t;

	GetSystemTimePreciseAsFileTime(&t);
	return (((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) -
		TICKS_TO_1970) *
	       100;
}
