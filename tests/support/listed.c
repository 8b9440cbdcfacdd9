/* SPDX-License-Identifier: MIT */
/* Looking for a name in the list of named objects. */
#include "listed.h"

#include "channels.h"

#include <string.h>

int listed_look(const shmem_named_info *info, void *arg)
{
	listed *l = arg;

	ck_assert_uint_eq(info->size, sizeof(*info));
	if (strcmp(info->name, l->name) != 0)
		return 0;
	l->times++;
	l->in_use = info->in_use;
	l->bytes = info->bytes;
	return l->stop;
}

bool listed_in_use(const char *name, uint64_t bytes)
{
	listed l = {.name = name};

	support_ok(shmem_named_list(listed_look, &l));
	ck_assert_int_eq(l.times, 1);
	ck_assert_uint_eq(l.bytes, bytes);
	return l.in_use;
}
