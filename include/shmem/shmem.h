/* SPDX-License-Identifier: MIT */
/*
 * The whole library. Read the headers in this order: they tell one story.
 * event.h and protocol.h belong to libraries of their own.
 */
#ifndef SHMEM_SHMEM_H
#define SHMEM_SHMEM_H

#include <shmem/base.h>
#include <shmem/channel.h>
#include <shmem/diagnose.h>
#include <shmem/handle.h>
#include <shmem/mapping.h>
#include <shmem/message.h>
#include <shmem/process.h>
#include <shmem/segment.h>
#include <shmem/stream.h>

#endif
