/* SPDX-License-Identifier: MIT */
/* Errors, as NSPR has them: its own code and the system's. */
#include "nspr.h"

#include <errno.h>
#include <prerror.h>

void nspr__fail(int err)
{
	static const struct {
		int err;
		PRErrorCode code;
		PRInt32 native;
	} table[] = {
		{SHMEM_E_INVAL, PR_INVALID_ARGUMENT_ERROR, EINVAL},
		{SHMEM_E_NOMEM, PR_OUT_OF_MEMORY_ERROR, ENOMEM},
		{SHMEM_E_ACCESS, PR_NO_ACCESS_RIGHTS_ERROR, EACCES},
		{SHMEM_E_EXISTS, PR_FILE_EXISTS_ERROR, EEXIST},
		{SHMEM_E_NOENT, PR_FILE_NOT_FOUND_ERROR, ENOENT},
		{SHMEM_E_LIMIT, PR_PROC_DESC_TABLE_FULL_ERROR, EMFILE},
		{SHMEM_E_NOSPACE, PR_NO_DEVICE_SPACE_ERROR, ENOSPC},
		{SHMEM_E_UNTRUSTED, PR_BAD_DESCRIPTOR_ERROR, EBADF},
		{SHMEM_E_BUSY, PR_FILE_IS_BUSY_ERROR, EBUSY},
		{SHMEM_E_UNSUPPORTED, PR_OPERATION_NOT_SUPPORTED_ERROR,
		 ENOTSUP},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].err == err) {
			PR_SetError(table[i].code, table[i].native);
			return;
		}
	}
	PR_SetError(PR_UNKNOWN_ERROR, shmem_os_error());
}
