/* Header of compositor.shmem, made by shmemc 0.1.0; do not edit. */
/* SPDX-License-Identifier: MIT */
#ifndef SHMEMC_COMPOSITOR_H
#define SHMEMC_COMPOSITOR_H

#include <shmem/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a layer's pixels come upon those below it. */
typedef enum compositor_blend {
	/* as their alpha says */
	COMPOSITOR_BLEND_OVER = 0,
	/* as light */
	COMPOSITOR_BLEND_ADD = 1
} compositor_blend;

typedef struct compositor_point compositor_point;
typedef struct compositor_size compositor_size;

struct compositor_point {
	int32_t x;
	int32_t y;
};

struct compositor_size {
	uint32_t width;
	uint32_t height;
};

/* Between the compositor (the parent) and one renderer (the child). */
typedef struct screen_parent screen_parent;
typedef struct screen_parent_handlers screen_parent_handlers;
typedef struct screen_child screen_child;
typedef struct screen_child_handlers screen_child_handlers;
typedef struct layer_parent layer_parent;
typedef struct layer_parent_handlers layer_parent_handlers;
typedef struct layer_child layer_child;
typedef struct layer_child_handlers layer_child_handlers;

/* Both ends must agree on it: a hash of all that they exchange. */
#define SCREEN_FINGERPRINT UINT64_C(0xa04c5b80edc4dbda)

/*
 * What the parent does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct screen_parent_handlers {
	/* How large the screen is. */
	int (*recv_measure)(screen_parent *actor, compositor_size *ret_size);

	/*
	 * The renderer wants a layer of its own; those with a larger z are nearer.
	 */
	int (*recv_layer_constructor)(screen_parent *actor, layer_parent *layer,
				      const char *name,
				      const compositor_size *size, int32_t z,
				      compositor_blend blend);

	/* All layers have been presented for this frame. */
	int (*recv_done)(screen_parent *actor, uint32_t frame);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(screen_parent *actor, shmem_protocol_end end,
			  int err);
};

/*
 * This end of the protocol over a channel, which is borrowed, as are the
 * handlers. In the end close the protocol; the actor ends with it.
 * Errors: E_INVAL, E_NOMEM, and as shmem_channel_send().
 */
int screen_parent_open(shmem_channel *channel,
		       const screen_parent_handlers *handlers, void *arg,
		       shmem_protocol **ret_protocol, screen_parent **ret);

/* A segment that is freed with the actor, unless it was sent. */
int screen_parent_alloc(screen_parent *actor, uint64_t bytes,
			shmem_segment **ret);

/* What was given along with the handlers. */
void *screen_parent_arg(const screen_parent *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *screen_parent_protocol(const screen_parent *actor);

/* The Layer actor made after `after` (NULL: the first one), or NULL. */
layer_parent *screen_parent_next_layer(const screen_parent *actor,
				       const layer_parent *after);

/* For the runtime. */
extern const shmem_protocol_type screen_parent_type;

/* Time to draw. */
int screen_parent_send_frame(screen_parent *actor, uint32_t frame);

/*
 * No more frames.
 * Ends the actor and all that it manages.
 */
int screen_parent_send_delete(screen_parent **take_actor);

/*
 * What the child does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct screen_child_handlers {
	/* Time to draw. */
	int (*recv_frame)(screen_child *actor, uint32_t frame);

	/* No more frames. */
	int (*recv_delete)(screen_child *actor);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(screen_child *actor, shmem_protocol_end end,
			  int err);
};

/*
 * This end of the protocol over a channel, which is borrowed, as are the
 * handlers. In the end close the protocol; the actor ends with it.
 * Errors: E_INVAL, E_NOMEM, and as shmem_channel_send().
 */
int screen_child_open(shmem_channel *channel,
		      const screen_child_handlers *handlers, void *arg,
		      shmem_protocol **ret_protocol, screen_child **ret);

/* A segment that is freed with the actor, unless it was sent. */
int screen_child_alloc(screen_child *actor, uint64_t bytes,
		       shmem_segment **ret);

/* What was given along with the handlers. */
void *screen_child_arg(const screen_child *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *screen_child_protocol(const screen_child *actor);

/* The Layer actor made after `after` (NULL: the first one), or NULL. */
layer_child *screen_child_next_layer(const screen_child *actor,
				     const layer_child *after);

/* For the runtime. */
extern const shmem_protocol_type screen_child_type;

/*
 * How large the screen is.
 * Waits for the reply.
 */
int screen_child_send_measure(screen_child *actor, compositor_size *ret_size);

/* The renderer wants a layer of its own; those with a larger z are nearer. */
int screen_child_send_layer_constructor(screen_child *actor,
					const layer_child_handlers *handlers,
					void *arg, const char *name,
					const compositor_size *size, int32_t z,
					compositor_blend blend,
					layer_child **ret);

/* All layers have been presented for this frame. */
int screen_child_send_done(screen_child *actor, uint32_t frame);

/* One layer of a renderer's. Its picture is 32-bit ARGB, premultiplied. */

/* Both ends must agree on it: a hash of all that they exchange. */
#define LAYER_FINGERPRINT UINT64_C(0x532c377a29985295)

/*
 * What the parent does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct layer_parent_handlers {
	/*
	 * The layer's next picture. It is the compositor's until it comes back.
	 */
	int (*recv_present)(layer_parent *actor, uint32_t frame,
			    const compositor_point *at,
			    shmem_segment **take_picture);

	/* The layer is not wanted any more. */
	int (*recv_delete)(layer_parent *actor);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(layer_parent *actor, shmem_protocol_end end,
			  int err);
};

/* Gives an actor that the other end has made its handlers (borrowed). */
void layer_parent_bind(layer_parent *actor,
		       const layer_parent_handlers *handlers, void *arg);

/* A segment that is freed with the actor, unless it was sent. */
int layer_parent_alloc(layer_parent *actor, uint64_t bytes,
		       shmem_segment **ret);

/* What was given along with the handlers. */
void *layer_parent_arg(const layer_parent *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *layer_parent_protocol(const layer_parent *actor);

/* The actor that manages this one. */
screen_parent *layer_parent_manager(const layer_parent *actor);

/* For the runtime. */
extern const shmem_protocol_type layer_parent_type;

/* The picture before, to be drawn into again. */
int layer_parent_send_release(layer_parent *actor,
			      shmem_segment **take_picture);

/*
 * What the child does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct layer_child_handlers {
	/* The picture before, to be drawn into again. */
	int (*recv_release)(layer_child *actor, shmem_segment **take_picture);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(layer_child *actor, shmem_protocol_end end,
			  int err);
};

/* Gives an actor that the other end has made its handlers (borrowed). */
void layer_child_bind(layer_child *actor, const layer_child_handlers *handlers,
		      void *arg);

/* A segment that is freed with the actor, unless it was sent. */
int layer_child_alloc(layer_child *actor, uint64_t bytes, shmem_segment **ret);

/* What was given along with the handlers. */
void *layer_child_arg(const layer_child *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *layer_child_protocol(const layer_child *actor);

/* The actor that manages this one. */
screen_child *layer_child_manager(const layer_child *actor);

/* For the runtime. */
extern const shmem_protocol_type layer_child_type;

/* The layer's next picture. It is the compositor's until it comes back. */
int layer_child_send_present(layer_child *actor, uint32_t frame,
			     const compositor_point *at,
			     shmem_segment **take_picture);

/*
 * The layer is not wanted any more.
 * Ends the actor and all that it manages.
 */
int layer_child_send_delete(layer_child **take_actor);

/* For the code that is made of files which include this one. */

/* For the code that is made of files which include this one. */
void compositor_blend_put(shmem_protocol_writer *w, compositor_blend v);
compositor_blend compositor_blend_get(shmem_protocol_reader *r);
void compositor_point_put(shmem_protocol_writer *w, const compositor_point *v);
void compositor_point_get(shmem_protocol_reader *r, compositor_point *v);
void compositor_size_put(shmem_protocol_writer *w, const compositor_size *v);
void compositor_size_get(shmem_protocol_reader *r, compositor_size *v);

#ifdef __cplusplus
}
#endif
#endif
