/* SPDX-License-Identifier: MIT */
/* The calls of POSIX. */
#include "memory_calls.h"

#include "support.h"

#include <errno.h>
#include <shmem/base.h>
#include <sys/mman.h>
#include <unistd.h>

const char call_view[] = "mmap";
const char call_protect[] = "mprotect";
const char call_unmap[] = "mmap";

const int call_no_memory = ENOMEM;

const call_refusal call_view_refusals[] = {
	{"calloc", ENOMEM, SHMEM_E_NOMEM}, {"mmap", ENOMEM, SHMEM_E_NOMEM},
	{"mmap", EAGAIN, SHMEM_E_NOMEM},   {"mmap", EACCES, SHMEM_E_ACCESS},
	{"mmap", ENODEV, SHMEM_E_SYS},
};
const size_t call_view_refusal_count =
	sizeof(call_view_refusals) / sizeof(call_view_refusals[0]);

bool call_make_writable(void *at)
{
	return mprotect(at, 1, PROT_READ | PROT_WRITE) == 0;
}

bool call_resize(shmem_os_handle os, uint64_t bytes)
{
	return ftruncate((int)os, (off_t)bytes) == 0;
}

void *call_private_view(shmem_os_handle os, size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			(int)os, 0);

	ck_assert_ptr_ne(at, MAP_FAILED);
	return at;
}

void call_private_unmap(void *at, size_t bytes)
{
	munmap(at, bytes);
}

void call_lock(void *at, size_t bytes)
{
	(void)mlock(at, bytes);
}

size_t call_resident(void *at, size_t length)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char in[64] = {0};
	size_t n = 0;

	ck_assert_uint_le(length / page, sizeof(in));
	ck_assert_int_eq(mincore(at, length, in), 0);
	for (size_t i = 0; i < length / page; i++)
		n += in[i] & 1u;
	return n;
}
