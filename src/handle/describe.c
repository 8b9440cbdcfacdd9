/* SPDX-License-Identifier: MIT */
/*
 * A handle as bytes and one OS handle, for any transport. The layout is in
 * docs/wire-format.md.
 */
#include "handle/handle.h"

#include "base/codec.h"

#define DESC_MAGIC 0x484d4853u /* "SHMH" */
#define DESC_VERSION 1u

#define AT_MAGIC 0
#define AT_VERSION 4
#define AT_FLAGS 6
#define AT_SIZE 8
#define AT_RESERVED 16
#define RESERVED_BYTES 16
#define AT_LABEL 32

#define FLAG_READ 0x01u
#define FLAG_WRITE 0x02u
#define FLAG_READONLY_ENFORCED 0x04u
#define FLAG_FROZEN 0x08u
#define FLAG_EMPTY 0x10u
#define FLAGS_KNOWN 0x1fu

unsigned shmem__facts_flags(const shmem__object_facts *facts)
{
	unsigned flags = FLAG_READ;

	if (facts->access == SHMEM_RW)
		flags |= FLAG_WRITE;
	if (facts->readonly_enforced)
		flags |= FLAG_READONLY_ENFORCED;
	if (facts->frozen)
		flags |= FLAG_FROZEN;
	if (facts->size == 0)
		flags |= FLAG_EMPTY;
	return flags;
}

bool shmem__facts_from(unsigned flags, uint64_t size,
		       shmem__object_facts *facts)
{
	bool enforced = (flags & FLAG_READONLY_ENFORCED) != 0;
	bool frozen = (flags & FLAG_FROZEN) != 0;
	bool write = (flags & FLAG_WRITE) != 0;

	if ((flags & ~FLAGS_KNOWN) != 0 || (flags & FLAG_READ) == 0 ||
	    (write && (enforced || frozen)) || (frozen && !enforced) ||
	    ((flags & FLAG_EMPTY) != 0) != (size == 0))
		return false;
	facts->size = size;
	facts->access = write ? SHMEM_RW : SHMEM_READ;
	facts->readonly_enforced = enforced;
	facts->frozen = frozen;
	return true;
}

void shmem__handle_describe(const shmem_handle *handle,
			    unsigned char desc[SHMEM_HANDLE_DESC_SIZE])
{
	shmem__object_facts facts = shmem__handle_facts(handle);

	memset(desc, 0, SHMEM_HANDLE_DESC_SIZE);
	shmem__put32(desc + AT_MAGIC, DESC_MAGIC);
	shmem__put16(desc + AT_VERSION, DESC_VERSION);
	shmem__put16(desc + AT_FLAGS, (uint16_t)shmem__facts_flags(&facts));
	shmem__put64(desc + AT_SIZE, facts.size);
	memcpy(desc + AT_LABEL, handle->label, SHMEM_LABEL_MAX + 1);
}

bool shmem__label_ok(const unsigned char label[SHMEM_LABEL_MAX + 1])
{
	char clean[SHMEM_LABEL_MAX + 1];

	if (label[SHMEM_LABEL_MAX] != 0)
		return false;
	shmem__label_copy(clean, (const char *)label);
	return memcmp(clean, label, sizeof(clean)) == 0;
}

int shmem__handle_claim(const unsigned char *desc, size_t len,
			shmem__object_facts *claim,
			char label[SHMEM_LABEL_MAX + 1], bool *empty)
{
	if (desc == NULL || len != SHMEM_HANDLE_DESC_SIZE ||
	    shmem__get32(desc + AT_MAGIC) != DESC_MAGIC ||
	    shmem__get16(desc + AT_VERSION) != DESC_VERSION ||
	    !shmem__all_zero(desc + AT_RESERVED, RESERVED_BYTES) ||
	    !shmem__label_ok(desc + AT_LABEL) ||
	    !shmem__facts_from(shmem__get16(desc + AT_FLAGS),
			       shmem__get64(desc + AT_SIZE), claim))
		return SHMEM_E_INVAL;
	memcpy(label, desc + AT_LABEL, SHMEM_LABEL_MAX + 1);
	*empty = claim->size == 0;
	return 0;
}

int shmem__handle_check(shmem_os_handle os, shmem__object_facts *claim)
{
	shmem__object_facts now = *claim;
	int err = shmem__object_check(os, claim);

	if (err != SHMEM_E_UNTRUSTED || claim->access != SHMEM_RW)
		return err;
	shmem__object_seals(os, &now);
	now.access = SHMEM_READ;
	if (!now.frozen)
		return err;
	err = shmem__object_check(os, &now);
	if (err == 0)
		*claim = now;
	return err;
}

int shmem_handle_pack(shmem_handle **take,
		      unsigned char desc[SHMEM_HANDLE_DESC_SIZE],
		      shmem_os_handle *ret)
{
	if (take == NULL || *take == NULL || desc == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	if ((*take)->named)
		return SHMEM_E_UNSUPPORTED;
	shmem__handle_describe(*take, desc);
	*ret = (*take)->os;
	shmem__handle_free_shell(take);
	return 0;
}

int shmem_handle_unpack(const unsigned char *desc, size_t len,
			shmem_os_handle take, shmem_handle **ret)
{
	shmem__object_facts claim;
	char label[SHMEM_LABEL_MAX + 1];
	shmem_handle *handle;
	bool empty;
	int err;

	if (ret == NULL)
		return SHMEM_E_INVAL;
	err = shmem__handle_claim(desc, len, &claim, label, &empty);
	if (err != 0)
		return err;
	if (empty != (take == SHMEM_OS_HANDLE_INVALID))
		return SHMEM_E_INVAL;
	handle = shmem__handle_new(SHMEM_OS_HANDLE_INVALID, &claim, label);
	if (handle == NULL)
		return SHMEM_E_NOMEM;
	if (!empty) {
		err = shmem__handle_check(take, &handle->facts);
		if (err == SHMEM_E_UNTRUSTED)
			shmem__object_discard(take);
		else if (err == 0)
			err = shmem__object_adopt(&take);
		if (err != 0) {
			shmem_handle_close(&handle);
			return err;
		}
		handle->os = take;
	}
	*ret = handle;
	return 0;
}
