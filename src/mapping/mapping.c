/* SPDX-License-Identifier: MIT */
/* A handle's bytes made visible, any range of them. */
#include "mapping/mapping.h"

#include "base/fault.h"
#include "base/os.h"
#include "base/stats.h"
#include "handle/handle.h"
#include "mapping/os.h"

/* The range [offset, offset + length) of the object in whole pages. E_INVAL,
 * E_NOMEM. */
static int place(const shmem_handle *handle, uint64_t offset, size_t length,
		 shmem_mapping *mapping, uint64_t *ret_pages_offset)
{
	uint64_t size = handle->facts.size;
	uint64_t bytes = length;
	uint64_t pad;
	uint64_t pages;

	if (offset > size || bytes > size - offset)
		return SHMEM_E_INVAL;
	if (bytes == 0)
		bytes = size - offset;
	mapping->size = (size_t)bytes;
	if (bytes == 0)
		return 0;
	pad = offset % shmem__view_step();
	pages = shmem__round_to_pages(bytes + pad);
	if (pages == 0 || pages > SIZE_MAX / 2)
		return SHMEM_E_NOMEM;
	mapping->pages_length = (size_t)pages;
	*ret_pages_offset = offset - pad;
	return 0;
}

/*
 * A read-only view is made through a descriptor that can't write, where there
 * can be one: then it stays read-only, and does not keep the object from being
 * frozen. Named objects are never frozen, and their descriptor is what counts
 * their users.
 */
static int view(const shmem_handle *handle, uint64_t offset, size_t length,
		shmem_access access, void **ret)
{
	shmem_os_handle narrow = SHMEM_OS_HANDLE_INVALID;
	shmem_os_handle os = handle->os;
	int err;

	if (access == SHMEM_READ && handle->facts.access == SHMEM_RW &&
	    !handle->named &&
	    shmem__object_duplicate(handle->os, SHMEM_READ, &narrow) == 0)
		os = narrow;
	err = shmem__view_map(os, offset, length, access, NULL, ret);
	shmem__object_close(narrow);
	return err;
}

int shmem_mapping_open(const shmem_handle *handle, uint64_t offset,
		       size_t length, shmem_access access, shmem_mapping **ret)
{
	shmem_mapping *mapping;
	uint64_t pages_offset = 0;
	int err;

	if (handle == NULL || ret == NULL ||
	    (access != SHMEM_READ && access != SHMEM_RW))
		return SHMEM_E_INVAL;
	if ((access & ~handle->facts.access) != 0)
		return SHMEM_E_ACCESS;
	mapping = shmem__calloc(1, sizeof(*mapping));
	if (mapping == NULL)
		return SHMEM_E_NOMEM;
	err = place(handle, offset, length, mapping, &pages_offset);
	mapping->named = SHMEM_OS_HANDLE_INVALID;
	if (err == 0 && handle->named)
		err = shmem__object_keep_named(handle->os, &mapping->named);
	if (err == 0 && mapping->size > 0)
		err = view(handle, pages_offset, mapping->pages_length, access,
			   &mapping->pages);
	if (err != 0) {
		shmem__object_close(mapping->named);
		shmem__free(mapping);
		return err;
	}
	if (mapping->size > 0)
		mapping->data = (unsigned char *)mapping->pages +
				(offset - pages_offset);
	mapping->allowed = access;
	mapping->access = access;
	SHMEM__COUNT(mappings, 1);
	SHMEM__COUNT(mapped_bytes, mapping->size);
	*ret = mapping;
	return 0;
}

int shmem_mapping_open_take(shmem_handle **take, shmem_access access,
			    shmem_mapping **ret)
{
	int err;

	if (take == NULL)
		return SHMEM_E_INVAL;
	err = shmem_mapping_open(*take, 0, 0, access, ret);
	if (err == 0)
		shmem_handle_close(take);
	return err;
}

int shmem_handle_create_mapped(uint64_t bytes, const shmem_handle_opts *opts,
			       shmem_handle **ret_handle,
			       shmem_mapping **ret_mapping)
{
	shmem_handle *handle = NULL;
	shmem_mapping *mapping = NULL;
	shmem_handle_opts o;
	int err;

	if (ret_handle == NULL || ret_mapping == NULL)
		return SHMEM_E_INVAL;
	err = shmem__handle_opts(opts, &o);
	if (err != 0)
		return err;
	err = shmem__handle_make(bytes, &o, &handle);
	if (err == 0)
		err = shmem_mapping_open(handle, 0, 0, SHMEM_RW, &mapping);
	/* After the one writable view is there. */
	if (err == 0 && o.policy == SHMEM_POLICY_SINGLE_WRITER) {
		if (bytes > 0)
			err = shmem__object_seal_future_write(&handle->os);
		handle->facts.access = SHMEM_READ;
		handle->facts.readonly_enforced = true;
	}
	if (err != 0) {
		shmem_mapping_close(&mapping);
		shmem_handle_close(&handle);
		return err;
	}
	*ret_handle = handle;
	*ret_mapping = mapping;
	return 0;
}

int shmem_mapping_protect(shmem_mapping *mapping, shmem_access access)
{
	int err = 0;

	if (mapping == NULL || access == SHMEM_WRITE ||
	    ((unsigned)access & ~(unsigned)SHMEM_RW) != 0)
		return SHMEM_E_INVAL;
	if ((access & ~mapping->allowed) != 0)
		return SHMEM_E_ACCESS;
	if (mapping->size > 0)
		err = shmem__view_protect(mapping->pages, mapping->pages_length,
					  access);
	if (err == 0)
		mapping->access = access;
	return err;
}

void *shmem_mapping_data(const shmem_mapping *mapping)
{
	return mapping != NULL ? mapping->data : NULL;
}

size_t shmem_mapping_size(const shmem_mapping *mapping)
{
	return mapping != NULL ? mapping->size : 0;
}

shmem_access shmem_mapping_access(const shmem_mapping *mapping)
{
	return mapping != NULL ? mapping->access : SHMEM_NONE;
}

void shmem_mapping_move(shmem_mapping **dst, shmem_mapping **take)
{
	shmem_mapping *mapping;

	if (dst == NULL || take == NULL || dst == take)
		return;
	mapping = *take;
	*take = NULL;
	shmem_mapping_close(dst);
	*dst = mapping;
}

void shmem_mapping_close(shmem_mapping **take)
{
	shmem_mapping *mapping;

	if (take == NULL || *take == NULL)
		return;
	mapping = *take;
	*take = NULL;
	if (mapping->size > 0)
		shmem__view_unmap(mapping->pages, mapping->pages_length);
	shmem__object_close(mapping->named);
	SHMEM__COUNT(mappings, -1);
	SHMEM__COUNT(mapped_bytes, -(uint64_t)mapping->size);
	shmem__free(mapping);
}
