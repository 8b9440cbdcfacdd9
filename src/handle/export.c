/* SPDX-License-Identifier: MIT */
/*
 * A handle as text, for a process that inherits its descriptor:
 *
 *   shmem1.DESCRIPTOR.IDENTITY.IDENTITY.DESCRIPTION.SUM
 *
 * all in hexadecimal; DESCRIPTION is what describe.c writes. The identity
 * refuses a descriptor number that means something else by now, the sum a text
 * that was damaged on the way. No character is special to a shell.
 */
#include "handle/handle.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "shmem1."
#define SUM_DIGITS 8

static uint32_t sum(const char *text, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	return h;
}

static void put_hex(char *out, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The hexadecimal number up to `end`, and past it. */
static bool get_number(const char **at, char end, uint64_t *ret)
{
	const char *p = *at;
	uint64_t n = 0;

	while (digit(*p) >= 0 && p - *at < 16)
		n = n << 4 | (unsigned)digit(*p++);
	if (p == *at || *p != end)
		return false;
	*at = end == '\0' ? p : p + 1;
	*ret = n;
	return true;
}

static bool get_bytes(const char **at, char end, unsigned char *out, size_t n)
{
	const char *p = *at;

	for (size_t i = 0; i < n; i++, p += 2) {
		if (digit(p[0]) < 0 || digit(p[1]) < 0)
			return false;
		out[i] = (unsigned char)(digit(p[0]) << 4 | digit(p[1]));
	}
	if (*p != end)
		return false;
	*at = p + 1;
	return true;
}

int shmem_handle_export(const shmem_handle *handle, char *text, size_t cap)
{
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	char desc_hex[2 * SHMEM_HANDLE_DESC_SIZE + 1];
	char full[SHMEM_HANDLE_TEXT_MAX];
	uint64_t id[2] = {0, 0};
	uint64_t os = 0;
	size_t len;
	int err;

	if (handle == NULL || text == NULL)
		return SHMEM_E_INVAL;
	if (handle->named)
		return SHMEM_E_UNSUPPORTED;
	if (handle->facts.size > 0) {
		err = shmem__object_identity(handle->os, id);
		if (err != 0)
			return err;
		os = (uint64_t)handle->os;
	}
	shmem__handle_describe(handle, desc);
	put_hex(desc_hex, desc, sizeof(desc));
	len = (size_t)snprintf(full, sizeof(full), PREFIX "%llx.%llx.%llx.%s.",
			       (unsigned long long)os,
			       (unsigned long long)id[0],
			       (unsigned long long)id[1], desc_hex);
	len += (size_t)snprintf(full + len, sizeof(full) - len, "%08lx",
				(unsigned long)sum(full, len));
	if (len >= cap)
		return SHMEM_E_LIMIT;
	memcpy(text, full, len + 1);
	return 0;
}

typedef struct exported {
	uint64_t os;
	uint64_t id[2];
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
} exported;

static bool parse(const char *text, exported *out)
{
	size_t prefix = strlen(PREFIX);
	size_t len = strnlen(text, SHMEM_HANDLE_TEXT_MAX);
	const char *at = text + prefix;
	uint64_t told;

	if (len == SHMEM_HANDLE_TEXT_MAX ||
	    strncmp(text, PREFIX, prefix) != 0 ||
	    !get_number(&at, '.', &out->os) ||
	    !get_number(&at, '.', &out->id[0]) ||
	    !get_number(&at, '.', &out->id[1]) ||
	    !get_bytes(&at, '.', out->desc, sizeof(out->desc)))
		return false;
	return text + len == at + SUM_DIGITS && get_number(&at, '\0', &told) &&
	       told == sum(text, len - SUM_DIGITS) && out->os <= INT32_MAX;
}

/* Is it, in this process, what was exported, and still to be imported? An
 * inheritable descriptor has not been: importing ends that. */
static int check(const exported *e, const shmem__object_facts *claim)
{
	shmem_os_handle os = (shmem_os_handle)e->os;
	bool inheritable = false;
	uint64_t id[2];

	if (shmem__object_is_inheritable(os, &inheritable) != 0 ||
	    !inheritable || shmem__object_identity(os, id) != 0 ||
	    id[0] != e->id[0] || id[1] != e->id[1])
		return SHMEM_E_UNTRUSTED;
	return shmem__object_check(os, claim);
}

int shmem_handle_import(const char *text, shmem_handle **ret)
{
	shmem__object_facts claim;
	char label[SHMEM_LABEL_MAX + 1];
	shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;
	shmem_handle *handle;
	exported e;
	bool empty;
	int err;

	if (text == NULL || ret == NULL || !parse(text, &e))
		return SHMEM_E_INVAL;
	err = shmem__handle_claim(e.desc, sizeof(e.desc), &claim, label,
				  &empty);
	if (err != 0)
		return err;
	handle = shmem__handle_new(os, &claim, label);
	if (handle == NULL)
		return SHMEM_E_NOMEM;
	if (!empty) {
		os = (shmem_os_handle)e.os;
		err = check(&e, &claim);
		if (err == 0)
			err = shmem__object_adopt(&os);
		if (err == 0)
			handle->os = os;
	}
	if (err != 0) {
		shmem_handle_close(&handle);
		return err;
	}
	*ret = handle;
	return 0;
}
