/* SPDX-License-Identifier: MIT */
/*
 * The first protocol, which NSPR declares and never had: file maps that a child
 * of PR_CreateProcess finds by name. They are noted beside the attributes, and
 * told to the child in an environment variable:
 *
 *   SHMEM_NSPR_FILE_MAPS=NAME=TEXT:NAME=TEXT…
 *
 * with names in hexadecimal.
 */
#include "nspr.h"

#include <errno.h>
#include <prenv.h>
#include <prerror.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE "SHMEM_NSPR_FILE_MAPS"

/* A file map that children of these attributes inherit. */
typedef struct bequest {
	const PRProcessAttr *attr;
	char *name; /* in hexadecimal */
	shmem_handle *handle;
	PRFileMapProtect prot;
	struct bequest *next;
} bequest;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bequest *bequests;

static void bequest_free(bequest *b)
{
	if (b == NULL)
		return;
	shmem_handle_close(&b->handle);
	free(b->name);
	free(b);
}

static char *hex(const char *name)
{
	size_t n = strlen(name);
	char *out = malloc(2 * n + 1);

	if (out == NULL)
		return NULL;
	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", (unsigned char)name[i]);
	return out;
}

/* Under lock. */
static bequest **find(const PRProcessAttr *attr, const char *name)
{
	bequest **at;

	for (at = &bequests; *at != NULL; at = &(*at)->next)
		if ((*at)->attr == attr &&
		    (name == NULL || strcmp((*at)->name, name) == 0))
			break;
	return at;
}

static int bequeath(const PRProcessAttr *attr, const PRFileMap *map,
		    const char *name)
{
	bequest *b = calloc(1, sizeof(*b));
	bequest **at;
	int err = SHMEM_E_NOMEM;

	if (b == NULL)
		return err;
	b->attr = attr;
	b->name = hex(name);
	b->prot = map->prot;
	if (b->name != NULL)
		err = shmem_handle_duplicate(map->handle,
					     shmem_handle_access(map->handle),
					     &b->handle);
	if (err != 0) {
		bequest_free(b);
		return err;
	}
	pthread_mutex_lock(&lock);
	at = find(attr, b->name);
	if (*at == NULL) {
		*at = b;
		b = NULL;
	} else {
		err = SHMEM_E_EXISTS;
	}
	pthread_mutex_unlock(&lock);
	bequest_free(b);
	return err;
}

PR_IMPLEMENT(PRStatus)
PR_ProcessAttrSetInheritableFileMap(PRProcessAttr *attr, PRFileMap *fm,
				    const char *shmname)
{
	int err = SHMEM_E_INVAL;

	if (attr != NULL && shmname != NULL && *shmname != '\0' &&
	    nspr__is_ours(fm))
		err = bequeath(attr, fm, shmname);
	if (err == 0)
		return PR_SUCCESS;
	nspr__fail(err);
	return PR_FAILURE;
}

static void forget(const PRProcessAttr *attr)
{
	bequest **at;

	pthread_mutex_lock(&lock);
	while (*(at = find(attr, NULL)) != NULL) {
		bequest *b = *at;

		*at = b->next;
		bequest_free(b);
	}
	pthread_mutex_unlock(&lock);
}

PR_IMPLEMENT(void) PR_ResetProcessAttr(PRProcessAttr *attr)
{
	typedef void fn(PRProcessAttr *);
	fn *real = NSPR__REAL(fn *, "PR_ResetProcessAttr");

	forget(attr);
	if (real != NULL)
		real(attr);
}

PR_IMPLEMENT(void) PR_DestroyProcessAttr(PRProcessAttr *attr)
{
	typedef void fn(PRProcessAttr *);
	fn *real = NSPR__REAL(fn *, "PR_DestroyProcessAttr");

	forget(attr);
	if (real != NULL)
		real(attr);
}

/* "VARIABLE=…" for the child; *ret stays as it is where nothing is bequeathed.
 * Under lock. */
static int describe(const PRProcessAttr *attr, char **ret)
{
	size_t size = sizeof(VARIABLE "=");
	bool first = true;
	char *out;
	char *at;

	for (const bequest *b = bequests; b != NULL; b = b->next)
		if (b->attr == attr)
			size += strlen(b->name) + PR_FILEMAP_STRING_BUFSIZE + 2;
	if (size == sizeof(VARIABLE "="))
		return 0;
	out = malloc(size);
	if (out == NULL)
		return SHMEM_E_NOMEM;
	at = out + sprintf(out, "%s", VARIABLE);
	for (const bequest *b = bequests; b != NULL; b = b->next) {
		char text[PR_FILEMAP_STRING_BUFSIZE];
		int err;

		if (b->attr != attr)
			continue;
		err = nspr__map_text(b->handle, b->prot, text, sizeof(text));
		if (err != 0) {
			free(out);
			return err;
		}
		at += sprintf(at, "%c%s=%s", first ? '=' : ':', b->name, text);
		first = false;
	}
	*ret = out;
	return 0;
}

static bool is_variable(const char *entry)
{
	return strncmp(entry, VARIABLE "=", sizeof(VARIABLE "=") - 1) == 0;
}

/* The environment with our variable in it; never that of this process, which
 * speaks of what its parent has passed. */
static char **environment(char *const *envp, char *variable)
{
	char **out;
	size_t n = 0;
	size_t kept = 0;

	while (envp != NULL && envp[n] != NULL)
		n++;
	out = malloc((n + 2) * sizeof(*out));
	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!is_variable(envp[i]))
			out[kept++] = envp[i];
	if (variable != NULL)
		out[kept++] = variable;
	out[kept] = NULL;
	return out;
}

/* Under lock. */
static int set_inheritable(const PRProcessAttr *attr, bool inherit)
{
	int err = 0;

	for (bequest *b = bequests; b != NULL; b = b->next) {
		int one = 0;

		if (b->attr == attr)
			one = shmem_handle_set_inheritable(b->handle, inherit);
		if (err == 0)
			err = one;
	}
	return err;
}

PR_IMPLEMENT(PRProcess *)
PR_CreateProcess(const char *path, char *const *argv, char *const *envp,
		 const PRProcessAttr *attr)
{
	typedef PRProcess *fn(const char *, char *const *, char *const *,
			      const PRProcessAttr *);
	fn *real = NSPR__REAL(fn *, "PR_CreateProcess");
	PRProcess *process = NULL;
	char *variable = NULL;
	char **child_env = NULL;
	int err = 0;

	if (real == NULL)
		return NULL;
	/* No other child may start while handles are inheritable. */
	pthread_mutex_lock(&lock);
	if (attr != NULL)
		err = describe(attr, &variable);
	if (err == 0) {
		child_env =
			environment(envp != NULL ? envp : environ, variable);
		if (child_env == NULL)
			err = SHMEM_E_NOMEM;
	}
	if (err == 0 && variable != NULL)
		err = set_inheritable(attr, true);
	if (err == 0)
		process = real(path, argv, child_env, attr);
	if (variable != NULL)
		set_inheritable(attr, false);
	pthread_mutex_unlock(&lock);
	free(child_env);
	free(variable);
	if (err != 0)
		nspr__fail(err);
	return process;
}

PR_IMPLEMENT(PRStatus)
PR_CreateProcessDetached(const char *path, char *const *argv, char *const *envp,
			 const PRProcessAttr *attr)
{
	PRProcess *process = PR_CreateProcess(path, argv, envp, attr);

	return process != NULL ? PR_DetachProcess(process) : PR_FAILURE;
}

PR_IMPLEMENT(PRFileMap *) PR_GetInheritedFileMap(const char *shmname)
{
	const char *at = PR_GetEnv(VARIABLE);
	char text[PR_FILEMAP_STRING_BUFSIZE];
	char *name;
	size_t len;

	if (shmname == NULL) {
		nspr__fail(SHMEM_E_INVAL);
		return NULL;
	}
	name = hex(shmname);
	if (name == NULL) {
		nspr__fail(SHMEM_E_NOMEM);
		return NULL;
	}
	len = strlen(name);
	while (at != NULL && (strncmp(at, name, len) != 0 || at[len] != '=')) {
		at = strchr(at, ':');
		if (at != NULL)
			at++;
	}
	free(name);
	if (at == NULL) {
		nspr__fail(SHMEM_E_NOENT);
		return NULL;
	}
	at += len + 1;
	len = strcspn(at, ":");
	if (len >= sizeof(text)) {
		nspr__fail(SHMEM_E_INVAL);
		return NULL;
	}
	memcpy(text, at, len);
	text[len] = '\0';
	return nspr__map_from_text(text);
}
