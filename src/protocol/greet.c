/* SPDX-License-Identifier: MIT */
/*
 * The greeting, each end's first message: a word (4 bytes), the version of this
 * layer (2), the end (1; 0 parent, 1 child), 0 (1), the fingerprint (8), and
 * the protocol's name with its length (2) before it.
 */
#include "protocol/protocol.h"

#include <inttypes.h>

#define MAGIC 0x50534d53u /* "SMSP" */
#define VERSION 1u
#define FIXED_SIZE 18u
#define NAME_MAX 255u

int shmem__greet(shmem_protocol *p)
{
	unsigned char bytes[SHMEM__HEAD_SIZE + FIXED_SIZE + NAME_MAX];
	unsigned char *body = bytes + SHMEM__HEAD_SIZE;
	size_t size = strnlen(p->type->name, NAME_MAX);
	shmem_message *message = NULL;
	int err;

	shmem__head_put(bytes, SHMEM__WORD_HELLO, 0, 0);
	shmem__put32(body, MAGIC);
	shmem__put16(body + 4, VERSION);
	body[6] = p->type->child ? 1 : 0;
	body[7] = 0;
	shmem__put64(body + 8, p->type->fingerprint);
	shmem__put16(body + 16, (uint16_t)size);
	memcpy(body + FIXED_SIZE, p->type->name, size);
	err = shmem_message_new(bytes, SHMEM__HEAD_SIZE + FIXED_SIZE + size,
				&message);
	if (err == 0)
		err = shmem_channel_send(p->channel, &message);
	shmem_message_free(&message);
	return err;
}

/* Names are shown in messages: nothing but what names are made of. */
static bool is_name(const unsigned char *name, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (name[i] != '_' && (name[i] < '0' || name[i] > '9') &&
		    (name[i] < 'A' || name[i] > 'Z') &&
		    (name[i] < 'a' || name[i] > 'z'))
			return false;
	return size > 0 && size <= NAME_MAX;
}

static int compare(shmem_protocol *p, const unsigned char *fixed,
		   const char *name, size_t size)
{
	const shmem_protocol_type *type = p->type;
	uint64_t fingerprint = shmem__get64(fixed + 8);
	bool child = fixed[6] == 1;

	if (size != strlen(type->name) || memcmp(name, type->name, size) != 0)
		return shmem__protocol_doom(
			p, SHMEM_E_UNSUPPORTED,
			"the other end speaks another protocol, %.*s",
			(int)(size < 64 ? size : 64), name);
	if (fingerprint != type->fingerprint)
		return shmem__protocol_doom(
			p, SHMEM_E_UNSUPPORTED,
			"two builds of the protocol: %016" PRIx64
			" at this end, %016" PRIx64 " at the other",
			type->fingerprint, fingerprint);
	if (child == type->child)
		return shmem__protocol_doom(p, SHMEM_E_UNSUPPORTED,
					    "both ends are the %s",
					    child ? "child" : "parent");
	p->greeted = true;
	return 0;
}

int shmem__greeted(shmem_protocol *p, shmem__head head, shmem__reader body)
{
	const unsigned char *fixed = shmem__take(&body, FIXED_SIZE);
	size_t size = fixed != NULL ? shmem__get16(fixed + 16) : 0;
	const unsigned char *name = shmem__take(&body, size);

	if (p->greeted || head.number != 0 || head.actor != 0 ||
	    fixed == NULL || shmem__get32(fixed) != MAGIC)
		return shmem__protocol_doom(p, SHMEM_E_PROTO,
					    "malformed greeting");
	if (shmem__get16(fixed + 4) != VERSION)
		return shmem__protocol_doom(
			p, SHMEM_E_UNSUPPORTED,
			"version %u of the runtime at this end, %u at the "
			"other",
			VERSION, shmem__get16(fixed + 4));
	if (name == NULL || body.left != 0 || fixed[6] > 1 || fixed[7] != 0 ||
	    !is_name(name, size))
		return shmem__protocol_doom(p, SHMEM_E_PROTO,
					    "malformed greeting");
	return compare(p, fixed, (const char *)name, size);
}
