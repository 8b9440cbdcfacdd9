/* Header of http_server2.shmem, made by shmemc 0.1.0; do not edit. */
/* SPDX-License-Identifier: MIT */
#ifndef SHMEMC_HTTP_SERVER2_H
#define SHMEMC_HTTP_SERVER2_H

#include "shapes.h"
#include <shmem/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct http_server2_int32_array {
	const int32_t *items;
	size_t count;
} http_server2_int32_array;

/* What a name becomes. */
typedef struct http_server2_parent http_server2_parent;
typedef struct http_server2_parent_handlers http_server2_parent_handlers;
typedef struct http_server2_child http_server2_child;
typedef struct http_server2_child_handlers http_server2_child_handlers;
typedef struct brush_parent brush_parent;
typedef struct brush_parent_handlers brush_parent_handlers;
typedef struct brush_child brush_child;
typedef struct brush_child_handlers brush_child_handlers;

/* Both ends must agree on it: a hash of all that they exchange. */
#define HTTP_SERVER2_FINGERPRINT UINT64_C(0xe14476c296df1e13)

/*
 * What the parent does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct http_server2_parent_handlers {
	/*
	 * What the parent gets.
	 * count: how often
	 */
	int (*recv_get)(http_server2_parent *actor,
			const paint_types_style *style, uint32_t count,
			const char *const *new_, size_t new_count);

	int (*recv_put)(http_server2_parent *actor, const char *int_,
			const void *body, size_t body_size,
			shmem_protocol_resolver **take_resolver);

	int (*recv_brush_constructor)(http_server2_parent *actor,
				      brush_parent *brush,
				      const paint_types_length *lengths,
				      size_t lengths_count);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(http_server2_parent *actor, shmem_protocol_end end,
			  int err);
};

/*
 * This end of the protocol over a channel, which is borrowed, as are the
 * handlers. In the end close the protocol; the actor ends with it.
 * Errors: E_INVAL, E_NOMEM, and as shmem_channel_send().
 */
int http_server2_parent_open(shmem_channel *channel,
			     const http_server2_parent_handlers *handlers,
			     void *arg, shmem_protocol **ret_protocol,
			     http_server2_parent **ret);

/* A segment that is freed with the actor, unless it was sent. */
int http_server2_parent_alloc(http_server2_parent *actor, uint64_t bytes,
			      shmem_segment **ret);

/* What was given along with the handlers. */
void *http_server2_parent_arg(const http_server2_parent *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *http_server2_parent_protocol(const http_server2_parent *actor);

/* The Brush actor made after `after` (NULL: the first one), or NULL. */
brush_parent *http_server2_parent_next_brush(const http_server2_parent *actor,
					     const brush_parent *after);

/* For the runtime. */
extern const shmem_protocol_type http_server2_parent_type;

/*
 * and the child
 * bye
 * Ends the actor and all that it manages.
 */
int http_server2_parent_send_delete(http_server2_parent **take_actor);

/* Answers Put(). */
int http_server2_parent_resolve_put(shmem_protocol_resolver **take_resolver,
				    bool err_,
				    const http_server2_int32_array *rows,
				    size_t rows_count);

/*
 * What the child does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct http_server2_child_handlers {
	/*
	 * and the child
	 * bye
	 */
	int (*recv_delete)(http_server2_child *actor);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(http_server2_child *actor, shmem_protocol_end end,
			  int err);
};

/*
 * This end of the protocol over a channel, which is borrowed, as are the
 * handlers. In the end close the protocol; the actor ends with it.
 * Errors: E_INVAL, E_NOMEM, and as shmem_channel_send().
 */
int http_server2_child_open(shmem_channel *channel,
			    const http_server2_child_handlers *handlers,
			    void *arg, shmem_protocol **ret_protocol,
			    http_server2_child **ret);

/* A segment that is freed with the actor, unless it was sent. */
int http_server2_child_alloc(http_server2_child *actor, uint64_t bytes,
			     shmem_segment **ret);

/* What was given along with the handlers. */
void *http_server2_child_arg(const http_server2_child *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *http_server2_child_protocol(const http_server2_child *actor);

/* The Brush actor made after `after` (NULL: the first one), or NULL. */
brush_child *http_server2_child_next_brush(const http_server2_child *actor,
					   const brush_child *after);

/* For the runtime. */
extern const shmem_protocol_type http_server2_child_type;

/*
 * What the parent gets.
 * count: how often
 */
int http_server2_child_send_get(http_server2_child *actor,
				const paint_types_style *style, uint32_t count,
				const char *const *new_, size_t new_count);

typedef void (*http_server2_child_reply_put)(
	http_server2_child *actor, int err, bool err_,
	const http_server2_int32_array *rows, size_t rows_count, void *arg);

/* The reply goes to `callback`. */
int http_server2_child_send_put(http_server2_child *actor, const char *int_,
				const void *body, size_t body_size,
				http_server2_child_reply_put callback,
				void *arg);

int http_server2_child_send_brush_constructor(
	http_server2_child *actor, const brush_child_handlers *handlers,
	void *arg, const paint_types_length *lengths, size_t lengths_count,
	brush_child **ret);

/* For the code that is made of files which include this one. */

#ifdef __cplusplus
}
#endif
#endif
