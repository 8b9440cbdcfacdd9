/* SPDX-License-Identifier: MIT */
/* What kernels do, and an emulator's may not. */
#ifndef SHMEM_TESTS_KERNEL_H
#define SHMEM_TESTS_KERNEL_H

#include "support.h"

/* NULL where it does that, as a trial shows, or where the feature is of another
 * kind; else what it does instead. */
const char *kernel_lacks(support_feature feature);

#endif
