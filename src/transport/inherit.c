/* SPDX-License-Identifier: MIT */
/* The text of SHMEM_INHERIT, written in the parent and read in the child. */
#include "transport/inherit.h"

#include "base/codec.h"
#include "base/fault.h"
#include "base/os.h"
#include "handle/handle.h"
#include "transport/channel.h"
#include "transport/socket.h"

#include <shmem/process.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "1"
#define CHANNEL "channel"
#define NUMBER_MAX 20
#define IDENTITY_SIZE 16
#define IDENTITY_HEX ((size_t)2 * IDENTITY_SIZE)
#define DESC_HEX ((size_t)2 * SHMEM_HANDLE_DESC_SIZE)
#define ENTRY_MAX                                                              \
	(1 + SHMEM__INHERIT_NAME_MAX + 1 + NUMBER_MAX + 1 + IDENTITY_HEX + 1 + \
	 DESC_HEX)

/* What the text says of one thing. */
typedef struct entry {
	const char *name; /* not terminated */
	size_t name_length;
	bool is_channel;
	bool is_empty;
	shmem_os_handle number;
	shmem_os_handle pid; /* at the other end of the channel */
	unsigned char identity[IDENTITY_SIZE];
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
} entry;

/* Which entries this process has taken: a number may come to mean another
 * descriptor of the same object later on. */
static _Atomic uint64_t taken[(SHMEM__START_MAX + 63) / 64];

/* Whether a try at the channel that failed could not let the socket be
 * inherited again, by which it is recognised. */
static atomic_bool channel_withdrawn;

static bool name_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool shmem__inherit_name_ok(const char *name)
{
	size_t n = 0;

	if (name == NULL || name[0] == '.')
		return false;
	while (name[n] != '\0')
		if (!name_char(name[n]) || ++n > SHMEM__INHERIT_NAME_MAX)
			return false;
	return n > 0;
}

static char *put_hex(char *at, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*at++ = digits[bytes[i] >> 4];
		*at++ = digits[bytes[i] & 15];
	}
	return at;
}

static int identify(shmem_os_handle os, unsigned char ret[IDENTITY_SIZE])
{
	uint64_t identity[2];
	int err = shmem__object_identity(os, identity);

	if (err != 0)
		return err;
	shmem__put64(ret, identity[0]);
	shmem__put64(ret + 8, identity[1]);
	return 0;
}

static int put_entry(char **at, const shmem__passed *p)
{
	unsigned char identity[IDENTITY_SIZE];
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	bool is_empty = p->os == SHMEM_OS_HANDLE_INVALID;
	int err;

	*at += sprintf(*at, ";%s%c", p->name == NULL ? CHANNEL : p->name,
		       p->name == NULL ? ':' : '=');
	if (is_empty) {
		*at += sprintf(*at, "-");
	} else {
		err = identify(p->os, identity);
		if (err != 0)
			return err;
		*at += sprintf(*at, "%lld:", (long long)p->number);
		*at = put_hex(*at, identity, sizeof(identity));
	}
	if (p->handle != NULL) {
		shmem__handle_describe(p->handle, desc);
		*(*at)++ = ':';
		*at = put_hex(*at, desc, sizeof(desc));
	} else {
		*at += sprintf(*at, ":%d", shmem__process_id());
	}
	return 0;
}

int shmem__inherit_text(const shmem__passed *passed, size_t count, char **ret)
{
	char *text = shmem__calloc(
		sizeof(SHMEM__INHERIT "=" VERSION) + count * ENTRY_MAX, 1);
	char *at = text;
	int err = 0;

	if (text == NULL)
		return SHMEM_E_NOMEM;
	at += sprintf(at, "%s", SHMEM__INHERIT "=" VERSION);
	for (size_t i = 0; err == 0 && i < count; i++)
		err = put_entry(&at, &passed[i]);
	if (err != 0) {
		shmem__free(text);
		return err;
	}
	*at = '\0';
	*ret = text;
	return 0;
}

static bool get_char(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool get_hex(const char **at, unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit((*at)[0]);
		int low = high < 0 ? -1 : hex_digit((*at)[1]);

		if (low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
		*at += 2;
	}
	return true;
}

static bool get_number(const char **at, shmem_os_handle *ret)
{
	const char *start = *at;
	shmem_os_handle n = 0;

	while (**at >= '0' && **at <= '9') {
		if (n > (INT32_MAX - 9) / 10)
			return false;
		n = n * 10 + (**at - '0');
		(*at)++;
	}
	*ret = n;
	return *at != start;
}

/* One entry, with its ";". */
static bool get_entry(const char **at, entry *e)
{
	memset(e, 0, sizeof(*e));
	if (!get_char(at, ';'))
		return false;
	e->name = *at;
	while (name_char(**at))
		(*at)++;
	e->name_length = (size_t)(*at - e->name);
	e->is_channel = **at == ':';
	if (!e->is_channel && **at != '=')
		return false;
	(*at)++;
	e->is_empty = !e->is_channel && get_char(at, '-');
	if (!e->is_empty &&
	    (!get_number(at, &e->number) || !get_char(at, ':') ||
	     !get_hex(at, e->identity, sizeof(e->identity))))
		return false;
	if (!get_char(at, ':'))
		return false;
	if (e->is_channel ? !get_number(at, &e->pid)
			  : !get_hex(at, e->desc, sizeof(e->desc)))
		return false;
	return **at == ';' || **at == '\0';
}

static bool matches(const entry *e, const char *name)
{
	if (name == NULL)
		return e->is_channel;
	return !e->is_channel && strlen(name) == e->name_length &&
	       memcmp(name, e->name, e->name_length) == 0;
}

/* The entry of that name (NULL: the channel) and its place in the text.
 * E_NOENT, E_UNTRUSTED (not such a text). */
static int find(const char *name, entry *e, size_t *ret_index)
{
	const char *at = getenv(SHMEM__INHERIT);

	if (at == NULL)
		return SHMEM_E_NOENT;
	if (strncmp(at, VERSION, sizeof(VERSION) - 1) != 0)
		return SHMEM_E_UNTRUSTED;
	at += sizeof(VERSION) - 1;
	for (size_t i = 0; *at != '\0'; i++) {
		if (i == SHMEM__START_MAX || !get_entry(&at, e))
			return SHMEM_E_UNTRUSTED;
		if (matches(e, name)) {
			*ret_index = i;
			return 0;
		}
	}
	return SHMEM_E_NOENT;
}

/* Whether the object is still there, and nobody has taken it: who does makes
 * it not inheritable. */
static bool was_passed(const entry *e)
{
	unsigned char found[IDENTITY_SIZE];
	bool inheritable;

	return shmem__object_is_inheritable(e->number, &inheritable) == 0 &&
	       (inheritable ||
		(e->is_channel && atomic_load(&channel_withdrawn))) &&
	       identify(e->number, found) == 0 &&
	       memcmp(found, e->identity, sizeof(found)) == 0;
}

/* Marks an entry as taken; false where it is already, or is not there. */
static bool take(const entry *e, size_t index)
{
	uint64_t bit = UINT64_C(1) << (index % 64);

	if ((atomic_fetch_or(&taken[index / 64], bit) & bit) != 0)
		return false;
	if (e->is_empty || was_passed(e))
		return true;
	atomic_fetch_and(&taken[index / 64], ~bit);
	return false;
}

static void give_back(size_t index)
{
	atomic_fetch_and(&taken[index / 64], ~(UINT64_C(1) << (index % 64)));
}

int shmem_inherited_handle(const char *name, shmem_handle **ret)
{
	shmem_os_handle os;
	size_t index = 0;
	entry e;
	int err;

	if (ret == NULL || !shmem__inherit_name_ok(name))
		return SHMEM_E_INVAL;
	err = find(name, &e, &index);
	if (err != 0)
		return err;
	if (!take(&e, index))
		return SHMEM_E_NOENT;
	os = e.is_empty ? SHMEM_OS_HANDLE_INVALID : e.number;
	err = shmem_handle_unpack(e.desc, sizeof(e.desc), os, ret);
	if (err == SHMEM_E_INVAL) { /* the description is not one */
		shmem__object_close(os);
		return SHMEM_E_UNTRUSTED;
	}
	if (err != 0 && err != SHMEM_E_UNTRUSTED)
		give_back(index);
	return err;
}

int shmem_inherited_channel(const shmem_channel_opts *opts, shmem_channel **ret)
{
	size_t index = 0;
	entry e;
	int err;

	if (ret == NULL)
		return SHMEM_E_INVAL;
	err = find(NULL, &e, &index);
	if (err != 0)
		return err;
	if (!take(&e, index))
		return SHMEM_E_NOENT;
	if (shmem__socket_check(e.number) != 0) {
		shmem__object_close(e.number);
		return SHMEM_E_UNTRUSTED;
	}
	err = shmem__object_set_inheritable(e.number, false);
	if (err == 0)
		err = shmem__channel_over(e.number, SHMEM__ROLE_SECOND, opts,
					  (int)e.pid, SHMEM_OS_HANDLE_INVALID,
					  ret);
	if (err != 0) {
		atomic_store(&channel_withdrawn, shmem__object_set_inheritable(
							 e.number, true) != 0);
		give_back(index);
	}
	return err;
}
