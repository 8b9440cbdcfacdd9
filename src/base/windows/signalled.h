/* SPDX-License-Identifier: MIT */
/* Whether an event is set, or a process has ended, by now. */
#ifndef SHMEM_SRC_BASE_WINDOWS_SIGNALLED_H
#define SHMEM_SRC_BASE_WINDOWS_SIGNALLED_H

#include "base/fault.h"

#include <windows.h>

static inline bool shmem__is_signalled(HANDLE object)
{
	return SHMEM__OS(WAIT_FAILED, WaitForSingleObject, (object, 0)) ==
	       WAIT_OBJECT_0;
}

#endif
