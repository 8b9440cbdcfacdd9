/* SPDX-License-Identifier: MIT */
/* NSPR's named shared memory. */
#include "nspr.h"

#include <errno.h>
#include <prerror.h>
#include <prshm.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_MAY_WRITE 0060

struct PRSharedMemory {
	shmem_handle *handle;
};

/*
 * NSPR's names are those of files. Each becomes a name of ours, no two the same
 * one: letters, digits, dots and dashes stay, any other byte is _ and two
 * digits.
 */
static int name_of(const char *path, char name[SHMEM_NAME_MAX + 1])
{
	static const char digits[] = "0123456789ABCDEF";
	static const char kept[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.-";
	size_t n = strlen("nspr.");

	if (path == NULL || *path == '\0')
		return SHMEM_E_INVAL;
	memcpy(name, "nspr.", n);
	for (; *path != '\0'; path++) {
		unsigned char c = (unsigned char)*path;
		size_t need = strchr(kept, *path) != NULL ? 1 : 3;

		if (n + need > SHMEM_NAME_MAX)
			return SHMEM_E_LIMIT;
		if (need == 1) {
			name[n] = *path;
		} else {
			name[n] = '_';
			name[n + 1] = digits[c >> 4];
			name[n + 2] = digits[c & 15];
		}
		n += need;
	}
	name[n] = '\0';
	return 0;
}

static void fail_named(int err)
{
	if (err == SHMEM_E_UNTRUSTED) /* something else is there */
		err = SHMEM_E_ACCESS;
	nspr__fail(err);
}

static bool find_name(const char *path, char name[SHMEM_NAME_MAX + 1])
{
	int err = name_of(path, name);

	if (err == SHMEM_E_LIMIT)
		PR_SetError(PR_NAME_TOO_LONG_ERROR, ENAMETOOLONG);
	else if (err != 0)
		nspr__fail(err);
	return err == 0;
}

PR_IMPLEMENT(PRSharedMemory *)
PR_OpenSharedMemory(const char *name, PRSize size, PRIntn flags, PRIntn mode)
{
	char ours[SHMEM_NAME_MAX + 1];
	unsigned how = 0;
	PRSharedMemory *shm;
	int err;

	if (!find_name(name, ours))
		return NULL;
	if ((flags & PR_SHM_CREATE) != 0)
		how |= SHMEM_OPEN_CREATE;
	if ((flags & PR_SHM_CREATE) != 0 && (flags & PR_SHM_EXCL) != 0)
		how |= SHMEM_OPEN_EXCLUSIVE;
	if ((mode & GROUP_MAY_WRITE) == GROUP_MAY_WRITE)
		how |= SHMEM_OPEN_GROUP;
	shm = calloc(1, sizeof(*shm));
	if (shm == NULL) {
		nspr__fail(SHMEM_E_NOMEM);
		return NULL;
	}
	err = shmem_handle_open_named(ours, size, how, SHMEM_RW, &shm->handle);
	if (err != 0) {
		free(shm);
		fail_named(err);
		return NULL;
	}
	return shm;
}

PR_IMPLEMENT(void *) PR_AttachSharedMemory(PRSharedMemory *shm, PRIntn flags)
{
	shmem_access access =
		(flags & PR_SHM_READONLY) != 0 ? SHMEM_READ : SHMEM_RW;
	nspr__view view = {.owner = shm};
	int err = shmem_mapping_open(shm->handle, 0, 0, access, &view.mapping);

	view.address = shmem_mapping_data(view.mapping);
	view.length = shmem_mapping_size(view.mapping);
	if (err == 0 && !nspr__view_add(&view)) {
		shmem_mapping_close(&view.mapping);
		err = SHMEM_E_NOMEM;
	}
	if (err != 0) {
		nspr__fail(err);
		return NULL;
	}
	return view.address;
}

PR_IMPLEMENT(PRStatus) PR_DetachSharedMemory(PRSharedMemory *shm, void *addr)
{
	if (nspr__view_end(addr, 0, shm) == NSPR__ENDED)
		return PR_SUCCESS;
	nspr__fail(SHMEM_E_INVAL);
	return PR_FAILURE;
}

/* What is attached stays so, as it does in NSPR. */
PR_IMPLEMENT(PRStatus) PR_CloseSharedMemory(PRSharedMemory *shm)
{
	shmem_handle_close(&shm->handle);
	free(shm);
	return PR_SUCCESS;
}

PR_IMPLEMENT(PRStatus) PR_DeleteSharedMemory(const char *name)
{
	char ours[SHMEM_NAME_MAX + 1];
	int err;

	if (!find_name(name, ours))
		return PR_FAILURE;
	err = shmem_handle_unlink_named(ours);
	if (err != 0) {
		fail_named(err);
		return PR_FAILURE;
	}
	return PR_SUCCESS;
}
