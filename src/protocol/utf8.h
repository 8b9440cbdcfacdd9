/* SPDX-License-Identifier: MIT */
/* Whether bytes are UTF-8, and no NUL is among them. */
#ifndef SHMEM_SRC_PROTOCOL_UTF8_H
#define SHMEM_SRC_PROTOCOL_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool shmem__utf8_is_valid(const unsigned char *text, size_t size);

#endif
