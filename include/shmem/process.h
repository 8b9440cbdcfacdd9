/* SPDX-License-Identifier: MIT */
/*
 * Starts a program that shares memory with this process. The child gets exactly
 * the handles that are listed, a channel if one is asked for, and standard
 * input, output and error; no other descriptor, whatever its flags. It starts
 * with no signal blocked and SIGPIPE as usual, whatever this thread does.
 *
 * How the child learns of them: the environment variable SHMEM_INHERIT. What
 * it does not take stays open, also in programs that it becomes or starts by
 * other means, which may take it in its stead (so a wrapper may stand between).
 *
 * Threads: any; one shmem_process by one thread at a time.
 */
#ifndef SHMEM_PROCESS_H
#define SHMEM_PROCESS_H

#include <shmem/channel.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct shmem_spawn_handle {
	const char *name; /* 1 to 63 of A-Z a-z 0-9 . _ - but not .x */
	const shmem_handle *handle;
	shmem_access access; /* READ or RW; not more than the handle has */
} shmem_spawn_handle;

typedef struct shmem_spawn_opts {
	size_t size;             /* sizeof(shmem_spawn_opts) */
	const char *path;        /* looked up in PATH unless it has a slash */
	const char *const *argv; /* NULL-terminated; NULL: the path alone */
	const char *const *env;  /* NULL-terminated; NULL: this process's */
	const shmem_spawn_handle *handles;
	size_t handle_count;               /* at most 64 */
	const shmem_channel_opts *channel; /* for this side's end */
	bool outlives; /* it may outlive this process: on Windows it ends with
			* it otherwise; elsewhere it always may */
} shmem_spawn_opts;
#define SHMEM_SPAWN_OPTS_INIT                                                  \
	{                                                                      \
		sizeof(shmem_spawn_opts), NULL, NULL, NULL, NULL, 0, NULL,     \
			false                                                  \
	}

/*
 * Starts the program. ret_channel may be NULL: then there is none. On an error
 * no process is left. A standard stream that this process has closed, or set
 * close-on-exec, is /dev/null in the child. Handles stay the caller's.
 * Errors: E_INVAL (options, names, the same name twice), E_NOENT (no such
 * program), E_ACCESS (may not be run; more access than a handle has), E_LIMIT
 * (processes, descriptors, the size of the arguments), E_UNSUPPORTED (a named
 * handle: let the child open the name), E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_process_spawn(const shmem_spawn_opts *opts,
				  shmem_process **ret,
				  shmem_channel **ret_channel);

/*
 * Waits for its end. *ret_status (may be NULL): 0 for a clean exit, 1 to 255
 * for another exit code, the negative signal number for a death by signal.
 * May be asked again. Errors: E_INVAL (NULL), E_TIMEDOUT (timeout 0: E_AGAIN),
 * E_STATE (somebody else has reaped it), E_SYS.
 */
SHMEM_API int shmem_process_wait(shmem_process *process, int timeout,
				 int *ret_status);

/* Kills it at once (SIGKILL); fine if it has ended. Errors: E_INVAL, E_SYS. */
SHMEM_API int shmem_process_kill(shmem_process *process);

/* Its process id; 0 for NULL. */
SHMEM_API int shmem_process_pid(const shmem_process *process);

/* Becomes readable when the process has ended; INVALID where there is no such
 * thing. Borrowed. */
SHMEM_API shmem_os_handle shmem_process_pollable(const shmem_process *process);

/* Lets go of it. A process that runs goes on running, and is a zombie between
 * its end and this process's. */
SHMEM_API void shmem_process_close(shmem_process **take);

/*
 * In the child: the channel to the parent, once. Errors: E_NOENT (none was
 * passed, or it was taken already), E_UNTRUSTED (it is not one, or the variable
 * is malformed), E_INVAL (options), E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_inherited_channel(const shmem_channel_opts *opts,
				      shmem_channel **ret);

/*
 * In the child: the handle that was passed under this name, once. Errors:
 * E_NOENT (none of that name, or taken already), E_INVAL (name), E_UNTRUSTED,
 * E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_inherited_handle(const char *name, shmem_handle **ret);

#ifdef __cplusplus
}
#endif
#endif
