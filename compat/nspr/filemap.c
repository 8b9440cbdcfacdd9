/* SPDX-License-Identifier: MIT */
/*
 * NSPR's anonymous file maps: memory that no file is behind, mapped by
 * PR_MemMap and handed to children as text (the second protocol). File maps
 * that NSPR itself has made are passed on to it.
 */
#include "nspr.h"

#include <errno.h>
#include <prerror.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static PRFileMap *maps;

bool nspr__is_ours(const PRFileMap *map)
{
	const PRFileMap *at;

	pthread_mutex_lock(&lock);
	for (at = maps; at != NULL && at != map; at = at->next)
		;
	pthread_mutex_unlock(&lock);
	return at != NULL;
}

PRFileMap *nspr__map_new(shmem_handle **take, PRFileMapProtect prot)
{
	PRFileMap *map = calloc(1, sizeof(*map));

	if (map == NULL) {
		nspr__fail(SHMEM_E_NOMEM);
		return NULL;
	}
	shmem_handle_move(&map->handle, take);
	map->prot = prot;
	pthread_mutex_lock(&lock);
	map->next = maps;
	maps = map;
	pthread_mutex_unlock(&lock);
	return map;
}

static bool forget(const PRFileMap *map)
{
	PRFileMap **at;
	bool found;

	pthread_mutex_lock(&lock);
	for (at = &maps; *at != NULL && *at != map; at = &(*at)->next)
		;
	found = *at != NULL;
	if (found)
		*at = map->next;
	pthread_mutex_unlock(&lock);
	return found;
}

/* NSPR maps whole pages of a file and lets programs use them. */
static uint64_t whole_pages(PRSize size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return ((uint64_t)size + page - 1) / page * page;
}

PR_IMPLEMENT(PRFileMap *)
PR_OpenAnonFileMap(const char *dirName, PRSize size, PRFileMapProtect prot)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	shmem_handle *handle = NULL;
	shmem_handle *read = NULL;
	PRFileMap *map;
	int err;

	(void)dirName; /* there is no file */
	if (prot != PR_PROT_READONLY && prot != PR_PROT_READWRITE &&
	    prot != PR_PROT_WRITECOPY) {
		nspr__fail(SHMEM_E_INVAL);
		return NULL;
	}
	opts.label = "PR_OpenAnonFileMap";
	err = shmem_handle_create(whole_pages(size), &opts, &handle);
	if (err == 0 && prot != PR_PROT_READWRITE) {
		err = shmem_handle_duplicate(handle, SHMEM_READ, &read);
		if (err == 0)
			shmem_handle_move(&handle, &read);
	}
	map = NULL;
	if (err == 0)
		map = nspr__map_new(&handle, prot);
	else
		nspr__fail(err);
	shmem_handle_close(&handle);
	return map;
}

/* The protection, which says more than the handle's access, and the handle. */
int nspr__map_text(const shmem_handle *handle, PRFileMapProtect prot,
		   char *text, size_t cap)
{
	int err;

	if (text == NULL)
		return SHMEM_E_INVAL;
	if (cap < 3)
		return SHMEM_E_LIMIT;
	err = shmem_handle_export(handle, text + 2, cap - 2);
	if (err != 0)
		return err;
	text[0] = (char)('0' + (int)prot);
	text[1] = '.';
	return 0;
}

static bool allows(shmem_access access, int prot)
{
	switch (prot) {
	case PR_PROT_READWRITE:
		return access == SHMEM_RW;
	case PR_PROT_READONLY:
	case PR_PROT_WRITECOPY:
		return access == SHMEM_READ;
	default:
		return false;
	}
}

PRFileMap *nspr__map_from_text(const char *text)
{
	shmem_handle *handle = NULL;
	PRFileMap *map;
	int err;

	if (text == NULL || text[0] < '0' || text[0] > '9' || text[1] != '.') {
		nspr__fail(SHMEM_E_INVAL);
		return NULL;
	}
	err = shmem_handle_import(text + 2, &handle);
	if (err == 0 && !allows(shmem_handle_access(handle), text[0] - '0'))
		err = SHMEM_E_INVAL;
	map = NULL;
	if (err == 0)
		map = nspr__map_new(&handle, (PRFileMapProtect)(text[0] - '0'));
	else
		nspr__fail(err);
	shmem_handle_close(&handle);
	return map;
}

PR_IMPLEMENT(PRStatus)
PR_ExportFileMapAsString(PRFileMap *fm, PRSize bufsize, char *buf)
{
	typedef PRStatus fn(PRFileMap *, PRSize, char *);
	fn *real;
	int err;

	if (!nspr__is_ours(fm)) {
		real = NSPR__REAL(fn *, "PR_ExportFileMapAsString");
		return real != NULL ? real(fm, bufsize, buf) : PR_FAILURE;
	}
	err = nspr__map_text(fm->handle, fm->prot, buf, bufsize);
	/* The program's own way of starting a child is yet to come. */
	if (err == 0)
		err = shmem_handle_set_inheritable(fm->handle, true);
	if (err == SHMEM_E_LIMIT)
		PR_SetError(PR_BUFFER_OVERFLOW_ERROR, ERANGE);
	else if (err != 0)
		nspr__fail(err);
	return err == 0 ? PR_SUCCESS : PR_FAILURE;
}

PR_IMPLEMENT(PRFileMap *) PR_ImportFileMapFromString(const char *fmstring)
{
	return nspr__map_from_text(fmstring);
}

/* A view that keeps what is written to it to itself. */
static int map_copy(const PRFileMap *map, uint64_t offset, size_t length,
		    nspr__view *view)
{
	if (offset > shmem_handle_size(map->handle) ||
	    length > shmem_handle_size(map->handle) - offset)
		return SHMEM_E_INVAL;
	view->address = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			     (int)shmem_handle_os(map->handle), (off_t)offset);
	if (view->address != MAP_FAILED)
		return 0;
	return errno == EINVAL ? SHMEM_E_INVAL : SHMEM_E_NOMEM;
}

static int map_shared(const PRFileMap *map, uint64_t offset, size_t length,
		      nspr__view *view)
{
	int err = shmem_mapping_open(map->handle, offset, length,
				     shmem_handle_access(map->handle),
				     &view->mapping);

	view->address = shmem_mapping_data(view->mapping);
	return err;
}

PR_IMPLEMENT(void *) PR_MemMap(PRFileMap *fmap, PROffset64 offset, PRUint32 len)
{
	typedef void *fn(PRFileMap *, PROffset64, PRUint32);
	nspr__view view = {.length = len};
	fn *real;
	int err;

	if (!nspr__is_ours(fmap)) {
		real = NSPR__REAL(fn *, "PR_MemMap");
		return real != NULL ? real(fmap, offset, len) : NULL;
	}
	if (offset < 0 || len == 0)
		err = SHMEM_E_INVAL;
	else if (fmap->prot == PR_PROT_WRITECOPY)
		err = map_copy(fmap, (uint64_t)offset, len, &view);
	else
		err = map_shared(fmap, (uint64_t)offset, len, &view);
	if (err == 0 && !nspr__view_add(&view)) {
		if (view.mapping != NULL)
			shmem_mapping_close(&view.mapping);
		else
			munmap(view.address, view.length);
		err = SHMEM_E_NOMEM;
	}
	if (err != 0) {
		nspr__fail(err);
		return NULL;
	}
	return view.address;
}

PR_IMPLEMENT(PRStatus) PR_MemUnmap(void *addr, PRUint32 len)
{
	typedef PRStatus fn(void *, PRUint32);
	fn *real;

	switch (nspr__view_end(addr, len, NULL)) {
	case NSPR__ENDED:
		return PR_SUCCESS;
	case NSPR__OTHER_LENGTH:
		nspr__fail(SHMEM_E_INVAL);
		return PR_FAILURE;
	case NSPR__NOT_OURS:
		break;
	}
	real = NSPR__REAL(fn *, "PR_MemUnmap");
	return real != NULL ? real(addr, len) : PR_FAILURE;
}

PR_IMPLEMENT(PRStatus) PR_CloseFileMap(PRFileMap *fmap)
{
	typedef PRStatus fn(PRFileMap *);
	fn *real;

	if (!forget(fmap)) {
		real = NSPR__REAL(fn *, "PR_CloseFileMap");
		return real != NULL ? real(fmap) : PR_FAILURE;
	}
	shmem_handle_close(&fmap->handle);
	free(fmap);
	return PR_SUCCESS;
}
