/* SPDX-License-Identifier: MIT */
/* Pages, time, chance: the Windows way. */
#include "base/os.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/windows/nt.h"

#include <windows.h>

#include <bcrypt.h>

#define NS_PER_S 1000000000u

size_t shmem__page_size(void)
{
	static atomic_size_t known;
	size_t bytes = atomic_load_explicit(&known, memory_order_relaxed);

	if (bytes == 0) {
		SYSTEM_INFO info;

		GetSystemInfo(&info);
		bytes = info.dwPageSize;
		atomic_store_explicit(&known, bytes, memory_order_relaxed);
	}
	return bytes;
}

/* Neither of the two fails on any Windows since XP. */
uint64_t shmem__now_ns(void)
{
	LARGE_INTEGER per_second;
	LARGE_INTEGER ticks;
	uint64_t rate;
	uint64_t now;

	QueryPerformanceFrequency(&per_second);
	QueryPerformanceCounter(&ticks);
	rate = (uint64_t)per_second.QuadPart;
	now = (uint64_t)ticks.QuadPart;
	return now / rate * NS_PER_S + now % rate * NS_PER_S / rate;
}

int shmem__random(void *out, size_t bytes)
{
	NTSTATUS status =
		SHMEM__NT(BCryptGenRandom, (NULL, out, (ULONG)bytes,
					    BCRYPT_USE_SYSTEM_PREFERRED_RNG));

	return status == 0
		       ? 0
		       : shmem__fail_os(shmem__nt_last(status), SHMEM_E_SYS);
}

uint32_t shmem__cpu(void)
{
	return GetCurrentProcessorNumber();
}

int shmem__process_id(void)
{
	return (int)GetCurrentProcessId();
}

void shmem__sleep_ms(int ms)
{
	Sleep(ms > 0 ? (DWORD)ms : 0);
}

void shmem__yield(void)
{
	SwitchToThread();
}
