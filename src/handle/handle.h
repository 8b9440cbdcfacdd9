/* SPDX-License-Identifier: MIT */
/* What a handle is made of, for the layers above. */
#ifndef SHMEM_SRC_HANDLE_HANDLE_H
#define SHMEM_SRC_HANDLE_HANDLE_H

#include "handle/os.h"

#include <shmem/handle.h>

struct shmem_handle {
	shmem_os_handle os;        /* INVALID for an empty handle */
	shmem__object_facts facts; /* when it was made; others may seal since */
	bool named; /* does not travel: E_UNSUPPORTED, see shmem/named.h */
	char label[SHMEM_LABEL_MAX + 1];
};

/* A handle that owns `os`. NULL: out of memory, `os` stays the caller's. */
shmem_handle *shmem__handle_new(shmem_os_handle os,
				const shmem__object_facts *facts,
				const char *label);

/* Frees the handle, not the object that it held. */
void shmem__handle_free_shell(shmem_handle **take);

/* Checks options and fills in the defaults. E_INVAL. */
int shmem__handle_opts(const shmem_handle_opts *given, shmem_handle_opts *ret);

/* shmem_handle_create() for options that have been checked, whose policy is
 * not looked at. */
int shmem__handle_make(uint64_t bytes, const shmem_handle_opts *opts,
		       shmem_handle **ret);

/* What holds of it at this moment; its rights may have shrunk meanwhile. */
shmem__object_facts shmem__handle_facts(const shmem_handle *handle);

/* Copies at most SHMEM_LABEL_MAX bytes, printable ASCII only (others become
 * '?'), NUL-terminated and zero-padded. NULL gives "". */
void shmem__label_copy(char out[SHMEM_LABEL_MAX + 1], const char *label);

/* Printable, NUL-terminated, and nothing but zeros behind. */
bool shmem__label_ok(const unsigned char label[SHMEM_LABEL_MAX + 1]);

/* Facts other than the size as the flags of the wire format, and back: false
 * where they contradict each other or the size. */
unsigned shmem__facts_flags(const shmem__object_facts *facts);
bool shmem__facts_from(unsigned flags, uint64_t size,
		       shmem__object_facts *facts);

/*
 * The gate: whether the object behind `os` is what is claimed. Who else holds
 * it may have frozen it on its way, as at any time: then the claim shrinks.
 * E_UNTRUSTED, E_SYS.
 */
int shmem__handle_check(shmem_os_handle os, shmem__object_facts *claim);

/* The bytes that describe a handle on any transport (docs/wire-format.md),
 * and what such bytes claim. describe needs no rights and can't fail; the
 * caller has refused a named handle. claim: E_INVAL where they are malformed;
 * *empty says that no descriptor belongs. */
void shmem__handle_describe(const shmem_handle *handle,
			    unsigned char desc[SHMEM_HANDLE_DESC_SIZE]);
int shmem__handle_claim(const unsigned char *desc, size_t len,
			shmem__object_facts *claim,
			char label[SHMEM_LABEL_MAX + 1], bool *empty);

#endif
