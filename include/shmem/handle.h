/* SPDX-License-Identifier: MIT */
/*
 * A handle is a move-only capability to a memory object. It has a size, fixed
 * for good, and an access right that can only shrink; it is not mapped (see
 * mapping.h). Handles travel to other processes: in a message (message.h), to
 * a child that inherits them (process.h), as text, over the application's own
 * socket or as bytes plus one OS handle over any transport at all.
 *
 * Whatever comes from another process is checked before it becomes a handle:
 * it must be memory of exactly the declared size, which nobody can resize, and
 * carry no other right than the declared one. If not: SHMEM_E_UNTRUSTED, and
 * what was received is closed. One that another holder froze on its way comes
 * frozen.
 *
 * Threads: different handles may be used by different threads at a time; one
 * handle by one thread at a time.
 */
#ifndef SHMEM_HANDLE_H
#define SHMEM_HANDLE_H

#include <shmem/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHMEM_LABEL_MAX 31        /* bytes of a label, without the NUL */
#define SHMEM_HANDLE_TEXT_MAX 256 /* shmem_handle_export() never needs more */
#define SHMEM_HANDLE_DESC_SIZE 64 /* bytes that describe a packed handle */

typedef enum shmem_policy {
	/* Whoever holds the handle may map it writable; freeze it later. */
	SHMEM_POLICY_SHARED = 0,
	/* Exactly one writable mapping will ever exist, by kernel's force:
	 * the one that shmem_handle_create_mapped() returns. */
	SHMEM_POLICY_SINGLE_WRITER = 1
} shmem_policy;

typedef struct shmem_handle_opts {
	size_t size;       /* sizeof(shmem_handle_opts) */
	const char *label; /* shown by tools and reports; cut to 31 bytes */
	shmem_policy policy;
	bool huge; /* fill it with huge pages now, as far as the system has
		    * them to spare; a wish, never an error */
} shmem_handle_opts;
#define SHMEM_HANDLE_OPTS_INIT                                                 \
	{                                                                      \
		sizeof(shmem_handle_opts), NULL, SHMEM_POLICY_SHARED, false    \
	}

/*
 * Makes an anonymous memory object of `bytes` zero bytes, which no one can
 * resize and which no name leads to. 0 bytes gives a valid empty handle.
 * Errors: E_INVAL (options; SINGLE_WRITER, which needs create_mapped),
 * E_NOMEM, E_NOSPACE (more than the system, or a file of this process's
 * (RLIMIT_FSIZE), can hold), E_LIMIT (descriptors),
 * E_UNSUPPORTED (no way to make such memory here), E_SYS.
 */
SHMEM_API int shmem_handle_create(uint64_t bytes, const shmem_handle_opts *opts,
				  shmem_handle **ret);

/*
 * The same, with a writable mapping of all of it. With SINGLE_WRITER the
 * handle, and all that ever comes from it, is read-only; enforced by the
 * kernel even against root. Closing the mapping ends writing for ever.
 * Errors: as shmem_handle_create() and shmem_mapping_open(); E_UNSUPPORTED also
 * for SINGLE_WRITER where no kernel enforces it (docs/platforms.md).
 */
SHMEM_API int shmem_handle_create_mapped(uint64_t bytes,
					 const shmem_handle_opts *opts,
					 shmem_handle **ret_handle,
					 shmem_mapping **ret_mapping);

/*
 * Another handle to the same object with `access` or less than this one has.
 * READ of a SHARED object is honest, not secure: this library refuses to map
 * it writable, a hostile holder can re-open it. Of a SINGLE_WRITER or frozen
 * object the kernel refuses.
 * Errors: E_INVAL (access is NONE or WRITE alone), E_ACCESS (more than the
 * handle has), E_NOMEM, E_LIMIT, E_SYS.
 */
SHMEM_API int shmem_handle_duplicate(const shmem_handle *handle,
				     shmem_access access, shmem_handle **ret);

/*
 * Turns the object immutable: after success the kernel guarantees that no one
 * can write it again, and ret is a read-only handle to it. Takes up to 0.2 s
 * where a device or io_uring has pinned its pages.
 * Errors: E_BUSY (a writable mapping lives somewhere), E_ACCESS (the handle is
 * read-only and not SINGLE_WRITER), E_NOMEM, E_UNSUPPORTED (named, or no seals
 * on this system), E_SYS. After an error the object is as it was.
 */
SHMEM_API int shmem_handle_freeze(shmem_handle **take, shmem_handle **ret);

/* Whether the object can never be written again by anyone. */
SHMEM_API bool shmem_handle_is_frozen(const shmem_handle *handle);

/* Whether the kernel keeps every holder of this handle from writing. */
SHMEM_API bool shmem_handle_is_readonly_enforced(const shmem_handle *handle);

/*
 * Makes a program started by this process (fork+exec, posix_spawn, a shell)
 * inherit the handle, or not (the default). From `true` until `false`, every
 * process that any thread starts inherits it: keep the span short, or let
 * shmem_process_spawn() do it without such a span.
 * Errors: E_INVAL, E_UNSUPPORTED (named), E_SYS.
 */
SHMEM_API int shmem_handle_set_inheritable(shmem_handle *handle, bool inherit);

/*
 * Writes a text that leads a process which inherits the handle to it; fits an
 * environment variable or a command line. `cap` of SHMEM_HANDLE_TEXT_MAX does.
 * The handle stays the caller's and must be inheritable when the process
 * starts. Errors: E_INVAL, E_LIMIT (`cap` is too small), E_UNSUPPORTED (named:
 * the name is what leads to it), E_SYS.
 */
SHMEM_API int shmem_handle_export(const shmem_handle *handle, char *text,
				  size_t cap);

/*
 * In the process that inherited it: the handle behind a text. It is no longer
 * inheritable from here on. One text can be imported once. After an error the
 * descriptor that the text names is left alone: it may be anybody's.
 * Errors: E_INVAL (not such a text, or cut short), E_UNTRUSTED (the descriptor
 * is not the object that was exported, or was imported), E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_handle_import(const char *text, shmem_handle **ret);

/*
 * Sends one handle over a connected AF_UNIX socket of the application's, as one
 * message of SHMEM_HANDLE_DESC_SIZE bytes; receives one. Blocking is up to the
 * socket. Not on Windows (E_UNSUPPORTED; use pack).
 * Errors: E_INVAL, E_AGAIN, E_CLOSED, E_LIMIT (too many descriptors in
 * flight, or none free here), E_PROTO (other bytes), E_UNTRUSTED,
 * E_UNSUPPORTED (named), E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_handle_send(shmem_os_handle sock, shmem_handle **take);
SHMEM_API int shmem_handle_recv(shmem_os_handle sock, shmem_handle **ret);

/*
 * For any other transport: takes the handle apart into bytes and one OS handle,
 * now the caller's (INVALID for an empty handle), and puts one together. unpack
 * trusts nothing. It takes the OS handle on success and closes it, too, when it
 * is refused as untrusted.
 * Errors: E_INVAL (desc is malformed; `take` stays the caller's), E_UNTRUSTED,
 * E_UNSUPPORTED (pack: named), E_LIMIT, E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_handle_pack(shmem_handle **take,
				unsigned char desc[SHMEM_HANDLE_DESC_SIZE],
				shmem_os_handle *ret);
SHMEM_API int shmem_handle_unpack(const unsigned char *desc, size_t len,
				  shmem_os_handle take, shmem_handle **ret);

/* What it is; 0, NONE, "" and INVALID for NULL. */
SHMEM_API uint64_t shmem_handle_size(const shmem_handle *handle);
SHMEM_API shmem_access shmem_handle_access(const shmem_handle *handle);
SHMEM_API const char *shmem_handle_label(const shmem_handle *handle);

/* The descriptor or HANDLE, borrowed; INVALID for an empty handle. */
SHMEM_API shmem_os_handle shmem_handle_os(const shmem_handle *handle);

/* *dst is closed first, then becomes *take, which becomes NULL. */
SHMEM_API void shmem_handle_move(shmem_handle **dst, shmem_handle **take);
SHMEM_API void shmem_handle_close(shmem_handle **take);

#ifdef __cplusplus
}
#endif

#include <shmem/named.h>

#endif
