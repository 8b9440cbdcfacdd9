/* SPDX-License-Identifier: MIT */
/* Views of sections. */
#include "mapping/os.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "handle/windows/section.h"
#include "mapping/windows/range.h"

#include <windows.h>

size_t shmem__view_step(void)
{
	static atomic_size_t known;
	size_t bytes = atomic_load_explicit(&known, memory_order_relaxed);

	if (bytes == 0) {
		SYSTEM_INFO info;

		GetSystemInfo(&info);
		bytes = info.dwAllocationGranularity;
		atomic_store_explicit(&known, bytes, memory_order_relaxed);
	}
	return bytes;
}

bool shmem__view_splits(void)
{
	return false;
}

static DWORD protection(shmem_access access)
{
	if ((access & SHMEM_WRITE) != 0)
		return PAGE_READWRITE;
	return access == SHMEM_READ ? PAGE_READONLY : PAGE_NOACCESS;
}

/* What can be opened later must be mapped for it now. */
static DWORD wish(shmem_access access)
{
	return access == SHMEM_READ ? FILE_MAP_READ : FILE_MAP_WRITE;
}

static int view_failed(void)
{
	DWORD native = GetLastError();

	/* An offset or a length that the section does not have. */
	if (native == ERROR_INVALID_PARAMETER)
		return shmem__fail_os((int)native, SHMEM_E_ACCESS);
	if (native == ERROR_INVALID_ADDRESS)
		return shmem__fail_os((int)native, SHMEM_E_BUSY);
	return shmem__fail_last();
}

/* A view at that address, or any (NULL). */
static int map(HANDLE section, uint64_t offset, size_t length,
	       shmem_access access, void *at, void **ret)
{
	void *view = SHMEM__OS(NULL, MapViewOfFileEx,
			       (section, wish(access), (DWORD)(offset >> 32),
				(DWORD)offset, length, at));
	int err;

	if (view == NULL)
		return view_failed();
	if (access == SHMEM_NONE) {
		err = shmem__view_protect(view, length, SHMEM_NONE);
		if (err != 0) {
			UnmapViewOfFile(view);
			return err;
		}
	}
	*ret = view;
	return 0;
}

static size_t whole_steps(size_t length)
{
	size_t step = shmem__view_step();

	return (length + step - 1) / step * step;
}

/* In place of what is there; where the view is shorter than that, the rest is
 * reserved again. */
static int replace(HANDLE section, uint64_t offset, size_t length,
		   size_t view_length, shmem_access access, unsigned char *at,
		   void **ret)
{
	size_t covered = whole_steps(view_length);
	shmem__lost *lost = shmem__range_lost_new(at, length);
	shmem__lost *rest = NULL;
	int err;

	if (covered < length)
		rest = shmem__range_lost_new(at + covered, length - covered);
	if (lost == NULL || (covered < length && rest == NULL)) {
		shmem__range_lost_free(lost);
		shmem__range_lost_free(rest);
		return SHMEM_E_NOMEM;
	}
	shmem__range_release(at, length);
	err = map(section, offset, view_length, access, at, ret);
	if (err != 0) {
		shmem__range_restore(at, length, lost);
		shmem__range_lost_free(rest);
		return err;
	}
	if (rest != NULL)
		shmem__range_restore(at + covered, length - covered, rest);
	shmem__range_lost_free(lost);
	return 0;
}

int shmem__view_map(shmem_os_handle os, uint64_t offset, size_t length,
		    shmem_access access, void *at, void **ret)
{
	HANDLE section = (HANDLE)os;
	uint64_t size = 0;
	size_t view_length = length;
	int err = shmem__section_size(section, &size);

	if (err != 0)
		return err;
	if (offset >= size)
		return SHMEM_E_ACCESS;
	if (view_length > size - offset)
		view_length = (size_t)(size - offset);
	shmem__range_enter();
	if (at == NULL)
		err = map(section, offset, view_length, access, NULL, ret);
	else
		err = replace(section, offset, length, view_length, access, at,
			      ret);
	shmem__range_leave();
	return err;
}

void shmem__view_unmap(void *at, size_t length)
{
	shmem__range_release(at, length);
}

/* So the system says that the view was made for less. */
static int protect_failed(shmem_access access)
{
	int err = shmem__fail_last();

	return shmem_os_error() == ERROR_INVALID_PARAMETER && access == SHMEM_RW
		       ? SHMEM_E_ACCESS
		       : err;
}

/*
 * There may be several views side by side, each with nothing behind its end.
 * All or none: where one can't be protected, those before it are again as they
 * were, which the system does not refuse.
 */
int shmem__view_protect(void *at, size_t length, shmem_access access)
{
	DWORD wanted = protection(access);
	MEMORY_BASIC_INFORMATION info;
	bool changed = false;
	DWORD old;
	size_t n;
	int err;

	if (length == 0)
		return 0;
	if (SHMEM__OS(0, VirtualQuery, (at, &info, sizeof(info))) == 0)
		return shmem__fail_last();
	n = info.RegionSize < length ? info.RegionSize : length;
	if (info.State == MEM_COMMIT && info.Protect != wanted) {
		if (!SHMEM__OS(FALSE, VirtualProtect, (at, n, wanted, &old)))
			return protect_failed(access);
		changed = true;
	}
	err = shmem__view_protect((unsigned char *)at + n, length - n, access);
	if (err != 0 && changed)
		(void)VirtualProtect(at, n, info.Protect, &old);
	return err;
}
