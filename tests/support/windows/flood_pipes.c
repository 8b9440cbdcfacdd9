/* SPDX-License-Identifier: MIT */
/* Floods as pipes and programs have them. */
#include "flood.h"

#include <string.h>
#include <windows.h>

#include <psapi.h>

void flood_reach(support_raw *raw, const char *path)
{
	uint64_t end = support_now() + SUPPORT_WAIT;

	memset(raw, 0, sizeof(*raw));
	while (!support_raw_reach(raw, path))
		if (support_now() < end)
			support_sleep(1);
		else
			support_exit(2);
	raw->length = 16;
}

void flood_leave(support_raw *raw)
{
	support_raw_leave(raw);
}

void flood_try(support_raw *raw, const void *bytes, size_t length)
{
	support_raw_put(raw, bytes, length);
}

/* A record of one byte means nothing, and one of a pipe is never in parts. */
void flood_byte_by_byte(support_raw *raw)
{
	support_raw_put(raw, "\1", 1);
}

/* ---- measures ---- */

/* Wine counts a thread's own time in clock ticks, which are too long. */
uint64_t flood_own_us(void)
{
	LARGE_INTEGER now;
	LARGE_INTEGER each;

	QueryPerformanceCounter(&now);
	QueryPerformanceFrequency(&each);
	return (uint64_t)now.QuadPart * 1000000 / (uint64_t)each.QuadPart;
}

size_t flood_resident(void)
{
	PROCESS_MEMORY_COUNTERS now = {.cb = sizeof(now)};

	ck_assert(K32GetProcessMemoryInfo(GetCurrentProcess(), &now,
					  sizeof(now)));
	return now.WorkingSetSize / 1024;
}

pid_t flood_start(support_fn *what, char *path)
{
	return support_start(what, path, strlen(path) + 1);
}
