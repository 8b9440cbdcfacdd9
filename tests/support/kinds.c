/* SPDX-License-Identifier: MIT */
/* Handles of each kind. */
#include "kinds.h"

#include "channels.h"

#include <shmem/mapping.h>

shmem_handle *kind_made(uint64_t bytes, const char *label)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	shmem_handle *h = NULL;

	opts.label = label;
	support_ok(shmem_handle_create(bytes, &opts, &h));
	return h;
}

shmem_handle *kind_make(int kind)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	shmem_handle *h = NULL;
	shmem_mapping *m = NULL;

	if (kind == EMPTY)
		return kind_made(0, "empty");
	if (kind == SINGLE) {
		opts.label = "kind";
		opts.policy = SHMEM_POLICY_SINGLE_WRITER;
		if (shmem_handle_create_mapped(KIND_BYTES, &opts, &h, &m) !=
		    SHMEM_E_UNSUPPORTED) {
			shmem_mapping_close(&m);
			return h;
		}
		opts.policy = SHMEM_POLICY_SHARED;
	}
	support_ok(
		shmem_handle_create(kind == EMPTY ? 0 : KIND_BYTES, &opts, &h));
	if (kind == READ) {
		shmem_handle *read = NULL;

		support_ok(shmem_handle_duplicate(h, SHMEM_READ, &read));
		shmem_handle_move(&h, &read);
	}
	if (kind == FROZEN && support_lacks(SUPPORT_SEALS) == NULL)
		support_ok(shmem_handle_freeze(&h, &h));
	return h;
}

void kind_same(const shmem_handle *a, const shmem_handle *b)
{
	ck_assert_uint_eq(shmem_handle_size(a), shmem_handle_size(b));
	ck_assert_int_eq(shmem_handle_access(a), shmem_handle_access(b));
	ck_assert_str_eq(shmem_handle_label(a), shmem_handle_label(b));
	ck_assert_int_eq(shmem_handle_is_frozen(a), shmem_handle_is_frozen(b));
	ck_assert_int_eq(shmem_handle_is_readonly_enforced(a),
			 shmem_handle_is_readonly_enforced(b));
}
