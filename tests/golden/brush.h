/* Header of brush.shmem, made by shmemc 0.1.0; do not edit. */
/* SPDX-License-Identifier: MIT */
#ifndef SHMEMC_BRUSH_H
#define SHMEMC_BRUSH_H

#include <shmem/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Managed by a protocol of another file, which includes this one. */
typedef struct brush_parent brush_parent;
typedef struct brush_parent_handlers brush_parent_handlers;
typedef struct brush_child brush_child;
typedef struct brush_child_handlers brush_child_handlers;
typedef struct http_server2_parent http_server2_parent;
typedef struct http_server2_parent_handlers http_server2_parent_handlers;
typedef struct http_server2_child http_server2_child;
typedef struct http_server2_child_handlers http_server2_child_handlers;

/* Both ends must agree on it: a hash of all that they exchange. */
#define BRUSH_FINGERPRINT UINT64_C(0x11348b1b36112080)

/*
 * What the parent does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct brush_parent_handlers {
	int (*recv_delete)(brush_parent *actor);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(brush_parent *actor, shmem_protocol_end end,
			  int err);
};

/* Gives an actor that the other end has made its handlers (borrowed). */
void brush_parent_bind(brush_parent *actor,
		       const brush_parent_handlers *handlers, void *arg);

/* A segment that is freed with the actor, unless it was sent. */
int brush_parent_alloc(brush_parent *actor, uint64_t bytes,
		       shmem_segment **ret);

/* What was given along with the handlers. */
void *brush_parent_arg(const brush_parent *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *brush_parent_protocol(const brush_parent *actor);

/* The actor that manages this one. */
http_server2_parent *brush_parent_manager(const brush_parent *actor);

/* For the runtime. */
extern const shmem_protocol_type brush_parent_type;

/* Ends the actor and all that it manages. */
int brush_parent_send_delete(brush_parent **take_actor);

/*
 * What the child does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct brush_child_handlers {
	int (*recv_delete)(brush_child *actor);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(brush_child *actor, shmem_protocol_end end,
			  int err);
};

/* Gives an actor that the other end has made its handlers (borrowed). */
void brush_child_bind(brush_child *actor, const brush_child_handlers *handlers,
		      void *arg);

/* A segment that is freed with the actor, unless it was sent. */
int brush_child_alloc(brush_child *actor, uint64_t bytes, shmem_segment **ret);

/* What was given along with the handlers. */
void *brush_child_arg(const brush_child *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *brush_child_protocol(const brush_child *actor);

/* The actor that manages this one. */
http_server2_child *brush_child_manager(const brush_child *actor);

/* For the runtime. */
extern const shmem_protocol_type brush_child_type;

/* Ends the actor and all that it manages. */
int brush_child_send_delete(brush_child **take_actor);

/* For the code that is made of files which include this one. */

#ifdef __cplusplus
}
#endif
#endif
