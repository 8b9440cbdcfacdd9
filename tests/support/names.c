/* SPDX-License-Identifier: MIT */
/* Opening names, and looking for one in the list of all. */
#include "names.h"

#include "channels.h"

#include <string.h>

shmem_handle *names_open(const char *name, uint64_t bytes, unsigned flags,
			 shmem_access access)
{
	shmem_handle *h = NULL;

	support_ok(shmem_handle_open_named(name, bytes, flags, access, &h));
	return h;
}

void names_refused(const char *name, int error, uint64_t bytes, unsigned flags)
{
	shmem_handle *h = NULL;

	support_is(shmem_handle_open_named(name, bytes, flags, SHMEM_RW, &h),
		   error);
	ck_assert_ptr_null(h);
}

int names_look(const shmem_named_info *info, void *arg)
{
	names_seen *l = arg;

	ck_assert_uint_eq(info->size, sizeof(*info));
	if (strcmp(info->name, l->name) != 0)
		return 0;
	l->times++;
	l->in_use = info->in_use;
	l->bytes = info->bytes;
	return l->stop;
}

bool names_in_use(const char *name, uint64_t bytes)
{
	names_seen l = {.name = name};

	support_ok(shmem_named_list(names_look, &l));
	ck_assert_int_eq(l.times, 1);
	ck_assert_uint_eq(l.bytes, bytes);
	return l.in_use;
}
