/* SPDX-License-Identifier: MIT */
/*
 * How do I share memory that the others can't write?
 *
 * Three strengths: an honest read-only handle, one writer for ever, and frozen:
 * a proof that nobody can write, which any receiver can check for itself. Not
 * every system has more than the first, and what it has not is refused.
 */
#include <string.h>

#include <shmem/shmem.h>

#include "must.h"

static void try_to_write(const shmem_handle *handle, const char *which)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *mapping = NULL;
	int err = shmem_mapping_open(handle, 0, 0, SHMEM_RW, &mapping);

	printf("%s: map it writable: %s; the kernel forbids it: %s\n", which,
	       err == 0 ? "done" : shmem_errname(err),
	       shmem_handle_is_readonly_enforced(handle) ? "yes" : "no");
}

static void honest(void)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *mine = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *theirs = NULL;

	must(shmem_handle_create(4096, NULL, &mine), "create");
	must(shmem_handle_duplicate(mine, SHMEM_READ, &theirs), "duplicate");
	try_to_write(mine, "the creator's handle");
	try_to_write(theirs, "a read-only duplicate");
}

static void single_writer(void)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *handle = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *mapping = NULL;
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	int err;

	opts.policy = SHMEM_POLICY_SINGLE_WRITER;
	err = shmem_handle_create_mapped(4096, &opts, &handle, &mapping);
	if (err == SHMEM_E_UNSUPPORTED) {
		printf("one writer for ever: not on this system\n");
		return;
	}
	must(err, "create with a single writer");
	strcpy(shmem_mapping_data(mapping), "only here");
	try_to_write(handle, "a single writer's handle");
}

static void frozen(void)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *handle = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *ice = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *mapping = NULL;
	int err;

	must(shmem_handle_create_mapped(4096, NULL, &handle, &mapping),
	     "create");
	strcpy(shmem_mapping_data(mapping), "for good");
	err = shmem_handle_freeze(&handle, &ice);
	printf("freezing while somebody can write: %s\n", shmem_errname(err));
	shmem_mapping_close(&mapping);
	err = shmem_handle_freeze(&handle, &ice);
	if (err == SHMEM_E_UNSUPPORTED) {
		printf("frozen for good: not on this system\n");
		return;
	}
	must(err, "freeze");
	try_to_write(ice, "a frozen handle");
	must(shmem_mapping_open(ice, 0, 0, SHMEM_READ, &mapping), "map");
	printf("it says \"%s\"\n", (const char *)shmem_mapping_data(mapping));
}

int main(void)
{
	honest();
	single_writer();
	frozen();
	return 0;
}
