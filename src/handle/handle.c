/* SPDX-License-Identifier: MIT */
/* The life of a handle: made, duplicated, narrowed, closed. */
#include "handle/handle.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/opts.h"
#include "base/stats.h"

void shmem__label_copy(char out[SHMEM_LABEL_MAX + 1], const char *label)
{
	memset(out, 0, SHMEM_LABEL_MAX + 1);
	if (label == NULL)
		return;
	for (size_t i = 0; i < SHMEM_LABEL_MAX && label[i] != '\0'; i++) {
		char c = label[i];

		if (c < ' ' || c > '~')
			c = '?';
		out[i] = c;
	}
}

shmem_handle *shmem__handle_new(shmem_os_handle os,
				const shmem__object_facts *facts,
				const char *label)
{
	shmem_handle *handle = shmem__calloc(1, sizeof(*handle));

	if (handle == NULL)
		return NULL;
	handle->os = os;
	handle->facts = *facts;
	shmem__label_copy(handle->label, label);
	SHMEM__COUNT(handles, 1);
	return handle;
}

int shmem__handle_opts(const shmem_handle_opts *given, shmem_handle_opts *ret)
{
	int err = shmem__opts_copy(ret, sizeof(*ret), given);

	if (err != 0)
		return err;
	if (ret->policy != SHMEM_POLICY_SHARED &&
	    ret->policy != SHMEM_POLICY_SINGLE_WRITER)
		return SHMEM_E_INVAL;
	return 0;
}

int shmem__handle_make(uint64_t bytes, const shmem_handle_opts *opts,
		       shmem_handle **ret)
{
	shmem__object_facts facts = {.size = bytes, .access = SHMEM_RW};
	shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;
	char label[SHMEM_LABEL_MAX + 1];
	shmem_handle *handle;
	int err = 0;

	shmem__label_copy(label, opts->label);
	if (bytes > 0)
		err = shmem__object_create(bytes, label, opts->huge, &os);
	if (err != 0)
		return err;
	handle = shmem__handle_new(os, &facts, label);
	if (handle == NULL) {
		shmem__object_close(os);
		return SHMEM_E_NOMEM;
	}
	*ret = handle;
	return 0;
}

int shmem_handle_create(uint64_t bytes, const shmem_handle_opts *opts,
			shmem_handle **ret)
{
	shmem_handle_opts o;
	int err;

	if (ret == NULL)
		return SHMEM_E_INVAL;
	err = shmem__handle_opts(opts, &o);
	if (err != 0)
		return err;
	if (o.policy != SHMEM_POLICY_SHARED)
		return SHMEM_E_INVAL;
	return shmem__handle_make(bytes, &o, ret);
}

int shmem_handle_duplicate(const shmem_handle *handle, shmem_access access,
			   shmem_handle **ret)
{
	shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;
	shmem__object_facts facts;
	shmem_handle *copy;
	int err = 0;

	if (handle == NULL || ret == NULL ||
	    (access != SHMEM_READ && access != SHMEM_RW))
		return SHMEM_E_INVAL;
	facts = handle->facts;
	if ((access & ~facts.access) != 0)
		return SHMEM_E_ACCESS;
	facts.access = access;
	if (facts.size > 0)
		err = shmem__object_duplicate(handle->os, access, &os);
	if (err != 0)
		return err;
	if (handle->named)
		err = shmem__object_hold_named(os);
	copy = err == 0 ? shmem__handle_new(os, &facts, handle->label) : NULL;
	if (copy == NULL) {
		shmem__object_close(os);
		return err != 0 ? err : SHMEM_E_NOMEM;
	}
	copy->named = handle->named;
	*ret = copy;
	return 0;
}

shmem__object_facts shmem__handle_facts(const shmem_handle *handle)
{
	shmem__object_facts facts = handle->facts;

	/* Another holder may have frozen it since. */
	if (facts.size > 0 && !facts.frozen) {
		shmem__object_facts now = {.size = facts.size};

		shmem__object_seals(handle->os, &now);
		facts.readonly_enforced |= now.readonly_enforced;
		facts.frozen |= now.frozen;
	}
	if (facts.readonly_enforced)
		facts.access = SHMEM_READ;
	return facts;
}

int shmem_handle_freeze(shmem_handle **take, shmem_handle **ret)
{
	shmem_handle *handle;
	shmem__object_facts facts;
	int err = 0;

	if (take == NULL || *take == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	handle = *take;
	if (handle->named)
		return SHMEM_E_UNSUPPORTED;
	facts = shmem__handle_facts(handle);
	if (facts.access != SHMEM_RW && !facts.readonly_enforced)
		return SHMEM_E_ACCESS;
	if (facts.size > 0 && !facts.frozen)
		err = shmem__object_seal_write(handle->os);
	if (err != 0)
		return err;
	facts.access = SHMEM_READ;
	facts.readonly_enforced = true;
	facts.frozen = true;
	handle->facts = facts;
	*take = NULL;
	*ret = handle;
	return 0;
}

bool shmem_handle_is_frozen(const shmem_handle *handle)
{
	return handle != NULL && shmem__handle_facts(handle).frozen;
}

bool shmem_handle_is_readonly_enforced(const shmem_handle *handle)
{
	return handle != NULL && shmem__handle_facts(handle).readonly_enforced;
}

int shmem_handle_set_inheritable(shmem_handle *handle, bool inherit)
{
	if (handle == NULL)
		return SHMEM_E_INVAL;
	if (handle->named)
		return SHMEM_E_UNSUPPORTED;
	if (handle->facts.size == 0)
		return 0;
	return shmem__object_set_inheritable(handle->os, inherit);
}

uint64_t shmem_handle_size(const shmem_handle *handle)
{
	return handle != NULL ? handle->facts.size : 0;
}

shmem_access shmem_handle_access(const shmem_handle *handle)
{
	return handle != NULL ? handle->facts.access : SHMEM_NONE;
}

const char *shmem_handle_label(const shmem_handle *handle)
{
	return handle != NULL ? handle->label : "";
}

shmem_os_handle shmem_handle_os(const shmem_handle *handle)
{
	return handle != NULL ? handle->os : SHMEM_OS_HANDLE_INVALID;
}

void shmem_handle_move(shmem_handle **dst, shmem_handle **take)
{
	shmem_handle *handle;

	if (dst == NULL || take == NULL || dst == take)
		return;
	handle = *take;
	*take = NULL;
	shmem_handle_close(dst);
	*dst = handle;
}

void shmem__handle_free_shell(shmem_handle **take)
{
	shmem__free(*take);
	*take = NULL;
	SHMEM__COUNT(handles, -1);
}

void shmem_handle_close(shmem_handle **take)
{
	if (take == NULL || *take == NULL)
		return;
	shmem__object_close((*take)->os);
	shmem__handle_free_shell(take);
}
