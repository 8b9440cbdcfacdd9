/* SPDX-License-Identifier: MIT */
/*
 * Errors, access rights and the few types that every other header uses.
 *
 * Conventions of the whole library. Functions that can fail return 0 or a
 * negative SHMEM_E_*. Sizes are bytes. Timeouts are milliseconds; -1 waits for
 * ever, 0 polls. `T *` borrows. `T **take` transfers into the library and is
 * set to NULL on success only: after an error the caller owns what it owned
 * before. `T **ret` transfers out and is written on success only. Every
 * `_close` and `_free` accepts NULL and a pointer to NULL. Option structs
 * start with their own size: initialise them with their `…_OPTS_INIT`; a zero
 * field means the default; a NULL pointer to options means all defaults.
 *
 * Threads: everything in this header may be called from any thread.
 */
#ifndef SHMEM_BASE_H
#define SHMEM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHMEM_VERSION_MAJOR 0
#define SHMEM_VERSION_MINOR 1
#define SHMEM_VERSION_PATCH 0

#if defined(_WIN32)
#if defined(SHMEM_BUILDING_SHARED)
#define SHMEM_API __declspec(dllexport)
#elif defined(SHMEM_USING_SHARED)
#define SHMEM_API __declspec(dllimport)
#else
#define SHMEM_API
#endif
#else
#define SHMEM_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Every error: name, value, text. The values are the same on every operating
 * system and never change.
 */
#define SHMEM_ERROR_MAP(X)                                                     \
	X(INVAL, -1, "invalid argument")                                       \
	X(NOMEM, -2, "out of memory")                                          \
	X(AGAIN, -3, "would block; try again when ready")                      \
	X(TIMEDOUT, -4, "timed out")                                           \
	X(CLOSED, -5, "the peer is gone or the channel is closed")             \
	X(PROTO, -6, "the peer broke the protocol")                            \
	X(STATE, -7, "not allowed in this state of ownership")                 \
	X(ACCESS, -8, "access denied")                                         \
	X(EXISTS, -9, "already exists")                                        \
	X(NOENT, -10, "no such object")                                        \
	X(LIMIT, -11, "a limit has been reached")                              \
	X(NOSPACE, -12, "no space left for shared memory")                     \
	X(UNTRUSTED, -13, "a received object is not what it claims to be")     \
	X(BUSY, -14, "still in use")                                           \
	X(DEADLOCK, -15, "both sides wait for each other")                     \
	X(UNSUPPORTED, -16, "not supported here")                              \
	X(SYS, -17, "system call failed; see shmem_os_error()")

enum shmem_error {
#define SHMEM_ERROR_ENUM(name, value, text) SHMEM_E_##name = (value),
	SHMEM_ERROR_MAP(SHMEM_ERROR_ENUM)
#undef SHMEM_ERROR_ENUM
};

/* What the error means, in English. Never NULL; 0 is "success". */
SHMEM_API const char *shmem_strerror(int err);

/* The error's name, e.g. "SHMEM_E_BUSY". Never NULL; 0 is "SHMEM_OK". */
SHMEM_API const char *shmem_errname(int err);

/*
 * The native error code (errno, or GetLastError() on Windows) behind the last
 * error that this thread got from the library; 0 where there was none.
 * Meaningful right after a call that failed.
 */
SHMEM_API int shmem_os_error(void);

/* The version of the library that is running, e.g. "0.1.0". */
SHMEM_API const char *shmem_version_string(void);

/* What may be done with memory. */
typedef enum shmem_access {
	SHMEM_NONE = 0,
	SHMEM_READ = 1,
	SHMEM_WRITE = 2,
	SHMEM_RW = 3
} shmem_access;

/* A file descriptor, or on Windows a HANDLE. */
typedef intptr_t shmem_os_handle;
#define SHMEM_OS_HANDLE_INVALID ((shmem_os_handle)-1)

/* Readiness, for shmem_channel_wants() and shmem_channel_wait(). */
#define SHMEM_POLL_READ 1u
#define SHMEM_POLL_WRITE 2u

/* Opaque objects; each is described in the header of its name. */
typedef struct shmem_handle shmem_handle;
typedef struct shmem_mapping shmem_mapping;
typedef struct shmem_segment shmem_segment;
typedef struct shmem_message shmem_message;
typedef struct shmem_channel shmem_channel;
typedef struct shmem_listener shmem_listener;
typedef struct shmem_process shmem_process;

/*
 * Runs `closer` on a variable at the end of its scope (gcc and clang):
 *   SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
 */
#if defined(__GNUC__)
#define SHMEM_AUTO(closer) __attribute__((cleanup(closer), unused))
#endif

/* Internal to the typed-access macros: an address's alignment for a type. */
#ifdef __cplusplus
#define SHMEM_ALIGNOF(type) alignof(type)
#else
#define SHMEM_ALIGNOF(type) _Alignof(type)
#endif
#define SHMEM_TYPED(type, address, bytes)                                      \
	((type *)(((address) != NULL && (bytes) >= sizeof(type) &&             \
		   (uintptr_t)(address) % SHMEM_ALIGNOF(type) == 0)            \
			  ? (address)                                          \
			  : NULL))

#ifdef __cplusplus
}
#endif
#endif
