/* SPDX-License-Identifier: MIT */
/* Reserving addresses, and giving them up for a while. */
#include "mapping/windows/range.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "mapping/os.h"

#include <windows.h>

/* How often others may be faster in taking what was found free. */
#define TRIES 16

struct shmem__lost {
	unsigned char *at;
	size_t length;
	shmem__lost *next;
};

static shmem__lost *all_lost;
static shmem__lock lock = SHMEM__LOCK_INIT;

static SRWLOCK choosing = SRWLOCK_INIT;

void shmem__range_enter(void)
{
	AcquireSRWLockExclusive(&choosing);
}

void shmem__range_leave(void)
{
	ReleaseSRWLockExclusive(&choosing);
}

shmem__lost *shmem__range_lost_new(void *at, size_t length)
{
	shmem__lost *lost = shmem__calloc(1, sizeof(*lost));

	if (lost != NULL) {
		lost->at = at;
		lost->length = length;
	}
	return lost;
}

void shmem__range_lost_free(shmem__lost *lost)
{
	shmem__free(lost);
}

/* Whether that address was lost, and how far: its turn has come, so it is
 * forgotten. */
static size_t forget_lost(const unsigned char *at)
{
	size_t length = 0;

	shmem__lock_take(&lock);
	for (shmem__lost **p = &all_lost; *p != NULL; p = &(*p)->next)
		if ((*p)->at == at) {
			shmem__lost *found = *p;

			length = found->length;
			*p = found->next;
			shmem__free(found);
			break;
		}
	shmem__lock_drop(&lock);
	return length;
}

static bool reserve_at(void *at, size_t length)
{
	return SHMEM__OS(NULL, VirtualAlloc,
			 (at, length, MEM_RESERVE, PAGE_NOACCESS)) != NULL;
}

/* The length of what is there, up to `max`. */
static size_t release_one(unsigned char *at, size_t max)
{
	MEMORY_BASIC_INFORMATION info;
	size_t length = forget_lost(at);

	if (length != 0)
		return length;
	if (VirtualQuery(at, &info, sizeof(info)) == 0)
		return max;
	length = info.RegionSize;
	if (info.State == MEM_FREE || info.AllocationBase != at)
		return length;
	/* Its parts may be protected differently. */
	for (;;) {
		MEMORY_BASIC_INFORMATION next;

		if (VirtualQuery(at + length, &next, sizeof(next)) == 0 ||
		    next.AllocationBase != info.AllocationBase)
			break;
		length += next.RegionSize;
	}
	if (info.Type == MEM_MAPPED)
		UnmapViewOfFile(at);
	else
		VirtualFree(at, 0, MEM_RELEASE);
	return length;
}

void shmem__range_release(void *at, size_t length)
{
	unsigned char *from = at;
	size_t step = shmem__view_step();

	for (size_t done = 0; done < length;) {
		size_t n = release_one(from + done, length - done);

		done += (n + step - 1) / step * step;
	}
}

bool shmem__range_restore(void *at, size_t length, shmem__lost *take)
{
	if (reserve_at(at, length)) {
		shmem__free(take);
		return true;
	}
	shmem__lock_take(&lock);
	take->next = all_lost;
	all_lost = take;
	shmem__lock_drop(&lock);
	return false;
}

/* Each piece by itself, all or none. */
static bool reserve_pieces(unsigned char *at, size_t length, size_t piece)
{
	size_t done = 0;

	while (done < length) {
		size_t n = length - done < piece ? length - done : piece;

		if (!reserve_at(at + done, n)) {
			shmem__range_release(at, done);
			return false;
		}
		done += n;
	}
	return true;
}

static int reserve(size_t length, size_t align, void **ret)
{
	size_t step = shmem__view_step();
	int err = SHMEM_E_NOMEM;

	if (align < step)
		align = step;
	if (length > SIZE_MAX / 2 - align)
		return SHMEM_E_NOMEM;
	for (int i = 0; i < TRIES; i++) {
		unsigned char *at;
		void *all = SHMEM__OS(
			NULL, VirtualAlloc,
			(NULL, length + align, MEM_RESERVE, PAGE_NOACCESS));

		if (all == NULL && GetLastError() == ERROR_INVALID_PARAMETER)
			return shmem__fail_os(ERROR_INVALID_PARAMETER,
					      SHMEM_E_NOMEM);
		if (all == NULL)
			return shmem__fail_last();
		VirtualFree(all, 0, MEM_RELEASE);
		at = (unsigned char *)(((uintptr_t)all + align - 1) &
				       ~((uintptr_t)align - 1));
		if (reserve_pieces(at, length, align)) {
			*ret = at;
			return 0;
		}
		err = shmem__fail_last();
	}
	return err;
}

int shmem__range_reserve(size_t length, size_t align, void **ret)
{
	int err;

	shmem__range_enter();
	err = reserve(length, align, ret);
	shmem__range_leave();
	return err;
}

int shmem__range_clear(void *at, size_t length)
{
	shmem__lost *lost = shmem__range_lost_new(at, length);

	if (lost == NULL)
		return SHMEM_E_NOMEM;
	shmem__range_enter();
	shmem__range_release(at, length);
	if (!shmem__range_restore(at, length, lost))
		shmem__fail_last(); /* what was there is gone all the same */
	shmem__range_leave();
	return 0;
}
