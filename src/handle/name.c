/* SPDX-License-Identifier: MIT */
/* Which names named objects may have: nothing that leads elsewhere. */
#include "handle/name.h"

#include <shmem/named.h>

static bool allowed(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

const char *shmem__name_check(const char *name, size_t max)
{
	size_t len = 0;

	if (name == NULL)
		return NULL;
	if (name[0] == '/')
		name++;
	if (name[0] == '.')
		return NULL;
	while (name[len] != '\0') {
		if (len == max || !allowed(name[len]))
			return NULL;
		len++;
	}
	return len > 0 ? name : NULL;
}
