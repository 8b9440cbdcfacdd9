/* SPDX-License-Identifier: MIT */
/* A small set of numbers; nearly always of one, so a plain array it is. */
#ifndef SHMEM_SRC_TRANSPORT_IDSET_H
#define SHMEM_SRC_TRANSPORT_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct shmem__idset {
	uint64_t *id;
	size_t count;
	size_t room;
} shmem__idset;

/* Room for `extra` more, so that as many adds can't fail. E_NOMEM. */
int shmem__idset_reserve(shmem__idset *set, size_t extra);
void shmem__idset_add(shmem__idset *set, uint64_t id);
bool shmem__idset_has(const shmem__idset *set, uint64_t id);
bool shmem__idset_remove(shmem__idset *set, uint64_t id);
void shmem__idset_fini(shmem__idset *set);

#endif
