/* SPDX-License-Identifier: MIT */
/*
 * Reserved addresses. No view can be made where addresses are reserved, and a
 * reservation is released as a whole: so a range is made of many reservations,
 * and those where a view is to be are released just before. In between another
 * thread may get there; what was lost so is remembered, and left alone when its
 * turn comes to be unmapped.
 */
#ifndef SHMEM_SRC_MAPPING_WINDOWS_RANGE_H
#define SHMEM_SRC_MAPPING_WINDOWS_RANGE_H

#include <shmem/base.h>

/* Around whatever takes addresses of the system's choice, and whatever frees
 * some that are about to be taken again: at least this library's own threads
 * are not in each other's way. */
void shmem__range_enter(void);
void shmem__range_leave(void);

/* What is about to be released, if it should be lost. NULL: out of memory. */
typedef struct shmem__lost shmem__lost;
shmem__lost *shmem__range_lost_new(void *at, size_t length);
void shmem__range_lost_free(shmem__lost *lost);

/* Whatever is of ours there goes: reservations and views. */
void shmem__range_release(void *at, size_t length);

/* It is reserved again; takes `take`, for what can't be. False: it is lost. */
bool shmem__range_restore(void *at, size_t length, shmem__lost *take);

#endif
