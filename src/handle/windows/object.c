/* SPDX-License-Identifier: MIT */
/*
 * Memory objects by sections of the paging file. None of these can be resized.
 * A handle has the rights that it was made with, and a read-only one can't be
 * made into another: so READ is enforced, always. That nobody has another
 * handle or a view to write with can't be known, so nothing is ever frozen.
 */
#include "handle/os.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "handle/windows/section.h"

int shmem__object_create(uint64_t bytes, const char *label, bool huge,
			 shmem_os_handle *ret)
{
	HANDLE section;
	int err = shmem__section_make(bytes, NULL, &section, NULL);

	(void)label;
	(void)huge;
	if (err == 0)
		*ret = (shmem_os_handle)section;
	return err;
}

static bool can_write(DWORD rights)
{
	return (rights & SECTION_MAP_WRITE) != 0;
}

int shmem__object_check(shmem_os_handle os, const shmem__object_facts *claim)
{
	shmem__section_mark mark;
	uint64_t size = 0;
	DWORD rights = 0;
	int err = shmem__section_look((HANDLE)os, &size, &rights);

	if (err != 0)
		return err;
	if (claim->size == 0 || size != shmem__round_to_pages(claim->size) ||
	    claim->frozen)
		return SHMEM_E_UNTRUSTED;
	if (claim->access == SHMEM_NONE)
		return (rights & SECTION_MAP_READ) == 0 && !can_write(rights)
			       ? 0
			       : SHMEM_E_UNTRUSTED;
	if ((rights & SECTION_MAP_READ) == 0)
		return SHMEM_E_UNTRUSTED;
	if (claim->access == SHMEM_RW)
		return can_write(rights) && !claim->readonly_enforced
			       ? 0
			       : SHMEM_E_UNTRUSTED;
	if (claim->access != SHMEM_READ || can_write(rights))
		return SHMEM_E_UNTRUSTED;
	if (claim->readonly_enforced)
		err = shmem__section_mark_of((HANDLE)os, &mark);
	if (err == 0 && claim->readonly_enforced && !mark.closed)
		err = SHMEM_E_UNTRUSTED;
	return err;
}

int shmem__object_duplicate(shmem_os_handle os, shmem_access access,
			    shmem_os_handle *ret)
{
	DWORD rights = access == SHMEM_RW     ? SHMEM__SECTION_RW
		       : access == SHMEM_NONE ? SECTION_QUERY
					      : SHMEM__SECTION_READ;
	HANDLE self = GetCurrentProcess();
	HANDLE copy;

	if (!SHMEM__OS(FALSE, DuplicateHandle,
		       (self, (HANDLE)os, self, &copy, rights, FALSE, 0)))
		return shmem__fail_last();
	*ret = (shmem_os_handle)copy;
	return 0;
}

void shmem__object_seals(shmem_os_handle os, shmem__object_facts *facts)
{
	shmem__section_mark mark;
	uint64_t size;
	DWORD rights;

	facts->frozen = false;
	facts->readonly_enforced =
		shmem__section_look((HANDLE)os, &size, &rights) == 0 &&
		!can_write(rights) &&
		shmem__section_mark_of((HANDLE)os, &mark) == 0 && mark.closed;
}

/* The handle that could write is the only one, and goes. */
int shmem__object_seal_future_write(shmem_os_handle *os)
{
	shmem_os_handle readonly;
	int err = shmem__object_duplicate(*os, SHMEM_READ, &readonly);

	if (err != 0)
		return err;
	shmem__object_close(*os);
	*os = readonly;
	return 0;
}

int shmem__object_seal_write(shmem_os_handle os)
{
	(void)os;
	return SHMEM_E_UNSUPPORTED;
}

int shmem__object_set_inheritable(shmem_os_handle os, bool inherit)
{
	if (!SHMEM__OS(FALSE, SetHandleInformation,
		       ((HANDLE)os, HANDLE_FLAG_INHERIT,
			inherit ? HANDLE_FLAG_INHERIT : 0)))
		return shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
	return 0;
}

int shmem__object_is_inheritable(shmem_os_handle os, bool *ret)
{
	DWORD flags = 0;

	if (!SHMEM__OS(FALSE, GetHandleInformation, ((HANDLE)os, &flags)))
		return shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
	*ret = (flags & HANDLE_FLAG_INHERIT) != 0;
	return 0;
}

/* No number is standard output's here. */
int shmem__object_adopt(shmem_os_handle *os)
{
	return shmem__object_set_inheritable(*os, false);
}

/* Whoever has a handle is a user, as far as the system counts. */
int shmem__object_hold_named(shmem_os_handle os)
{
	(void)os;
	return 0;
}

/* A view keeps the memory and not the name: the next one to open that would get
 * other memory. */
int shmem__object_keep_named(shmem_os_handle os, shmem_os_handle *ret)
{
	return shmem__object_duplicate(os, SHMEM_NONE, ret);
}

/* What is not memory, such as a pipe, is known by its kind and number alone. */
int shmem__object_identity(shmem_os_handle os, uint64_t ret[2])
{
	shmem__section_mark mark;
	uint64_t size;
	DWORD flags;
	int err = shmem__section_mark_of((HANDLE)os, &mark);

	if (err == 0) {
		ret[0] = mark.id[0];
		ret[1] = mark.id[1];
		return 0;
	}
	if (err != SHMEM_E_UNTRUSTED ||
	    shmem__section_size((HANDLE)os, &size) == 0 ||
	    !SHMEM__OS(FALSE, GetHandleInformation, ((HANDLE)os, &flags)))
		return SHMEM_E_SYS;
	ret[0] = GetFileType((HANDLE)os);
	ret[1] = (uint64_t)os;
	return 0;
}

void shmem__object_close(shmem_os_handle os)
{
	if (os != SHMEM_OS_HANDLE_INVALID)
		CloseHandle((HANDLE)os);
}

void shmem__object_discard(shmem_os_handle os)
{
	shmem__object_close(os);
}
