/* SPDX-License-Identifier: MIT */
/*
 * A handle as text, for a process that inherits its descriptor:
 *
 *   shmem1.DESCRIPTOR.IDENTITY.IDENTITY.SIZE.FLAGS.LABEL.SUM
 *
 * Numbers are hexadecimal, flags those of the wire format, the label's bytes in
 * base64url. The identity refuses a descriptor number that means something else
 * by now, the sum a text that was damaged on the way. No character is special
 * to a shell, and all of it fits into 128 bytes, which is what NSPR's programs
 * have ready for such a text.
 */
#include "handle/handle.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "shmem1."
#define SUM_DIGITS 8

typedef struct exported {
	uint64_t os;
	uint64_t id[2];
	shmem__object_facts facts;
	char label[SHMEM_LABEL_MAX + 1];
} exported;

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789-_";

static uint32_t sum(const char *text, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	return h;
}

/* Six bits a letter, the last ones padded with zeros. */
static void put_label(char *out, const char *label)
{
	unsigned bits = 0;
	unsigned have = 0;

	for (; *label != '\0'; label++) {
		bits = bits << 8 | (unsigned char)*label;
		for (have += 8; have >= 6; have -= 6)
			*out++ = letters[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*out++ = letters[bits << (6 - have) & 63];
	*out = '\0';
}

static bool get_label(const char **at, char label[SHMEM_LABEL_MAX + 1])
{
	unsigned char bytes[SHMEM_LABEL_MAX + 1] = {0};
	unsigned bits = 0;
	unsigned have = 0;
	size_t n = 0;
	const char *p;

	for (p = *at; *p != '.'; p++) {
		const char *letter = *p != '\0' ? strchr(letters, *p) : NULL;

		if (letter == NULL)
			return false;
		bits = bits << 6 | (unsigned)(letter - letters);
		have += 6;
		if (have < 8)
			continue;
		if (n == SHMEM_LABEL_MAX)
			return false;
		have -= 8;
		bytes[n++] = (unsigned char)(bits >> have & 255);
	}
	if (have >= 6 || (bits & ((1u << have) - 1)) != 0 ||
	    strlen((const char *)bytes) != n || !shmem__label_ok(bytes))
		return false;
	memcpy(label, bytes, sizeof(bytes));
	*at = p + 1;
	return true;
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

int shmem_handle_export(const shmem_handle *handle, char *text, size_t cap)
{
	shmem__object_facts facts;
	char label[SHMEM_LABEL_MAX * 8 / 6 + 2];
	char full[SHMEM_HANDLE_TEXT_MAX];
	uint64_t id[2] = {0, 0};
	uint64_t os = 0;
	size_t len;
	int err;

	if (handle == NULL || text == NULL)
		return SHMEM_E_INVAL;
	if (handle->named)
		return SHMEM_E_UNSUPPORTED;
	facts = shmem__handle_facts(handle);
	if (facts.size > 0) {
		err = shmem__object_identity(handle->os, id);
		if (err != 0)
			return err;
		os = (uint64_t)handle->os;
	}
	put_label(label, handle->label);
	len = (size_t)snprintf(
		full, sizeof(full), PREFIX "%llx.%llx.%llx.%llx.%x.%s.",
		(unsigned long long)os, (unsigned long long)id[0],
		(unsigned long long)id[1], (unsigned long long)facts.size,
		shmem__facts_flags(&facts), label);
	len += (size_t)snprintf(full + len, sizeof(full) - len, "%08lx",
				(unsigned long)sum(full, len));
	if (len >= cap)
		return SHMEM_E_LIMIT;
	memcpy(text, full, len + 1);
	return 0;
}

static bool parse(const char *text, exported *out)
{
	size_t prefix = strlen(PREFIX);
	size_t len = strnlen(text, SHMEM_HANDLE_TEXT_MAX);
	const char *at = text + prefix;
	uint64_t size;
	uint64_t flags;
	uint64_t told;

	if (len == SHMEM_HANDLE_TEXT_MAX ||
	    strncmp(text, PREFIX, prefix) != 0 ||
	    !get_number(&at, '.', &out->os) ||
	    !get_number(&at, '.', &out->id[0]) ||
	    !get_number(&at, '.', &out->id[1]) ||
	    !get_number(&at, '.', &size) || !get_number(&at, '.', &flags) ||
	    !get_label(&at, out->label))
		return false;
	return text + len == at + SUM_DIGITS && get_number(&at, '\0', &told) &&
	       told == sum(text, len - SUM_DIGITS) && out->os <= INT32_MAX &&
	       flags <= UINT16_MAX &&
	       shmem__facts_from((unsigned)flags, size, &out->facts);
}

/* Is it, in this process, what was exported, and still to be imported? An
 * inheritable descriptor has not been: importing ends that. */
static int check(exported *e)
{
	shmem_os_handle os = (shmem_os_handle)e->os;
	bool inheritable = false;
	uint64_t id[2];

	if (shmem__object_is_inheritable(os, &inheritable) != 0 ||
	    !inheritable || shmem__object_identity(os, id) != 0 ||
	    id[0] != e->id[0] || id[1] != e->id[1])
		return SHMEM_E_UNTRUSTED;
	return shmem__handle_check(os, &e->facts);
}

int shmem_handle_import(const char *text, shmem_handle **ret)
{
	shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;
	shmem_handle *handle;
	exported e;
	int err = 0;

	if (text == NULL || ret == NULL || !parse(text, &e))
		return SHMEM_E_INVAL;
	handle = shmem__handle_new(os, &e.facts, e.label);
	if (handle == NULL)
		return SHMEM_E_NOMEM;
	if (e.facts.size > 0) {
		os = (shmem_os_handle)e.os;
		err = check(&e);
		if (err == 0)
			err = shmem__object_adopt(&os);
		if (err == 0) {
			handle->os = os;
			handle->facts = e.facts;
		}
	}
	if (err != 0) {
		shmem_handle_close(&handle);
		return err;
	}
	*ret = handle;
	return 0;
}
