/* SPDX-License-Identifier: MIT */
/*
 * For our own bugs alone, never for what a peer, a user or the kernel did.
 * Checked in builds without NDEBUG.
 */
#ifndef SHMEM_SRC_BASE_ASSERT_H
#define SHMEM_SRC_BASE_ASSERT_H

#include <assert.h>

#define SHMEM__ASSERT(condition) assert(condition)

#endif
