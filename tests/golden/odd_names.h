/* Header of odd_names.shmem, made by shmemc 0.1.0; do not edit. */
/* SPDX-License-Identifier: MIT */
#ifndef SHMEMC_ODD_NAMES_H
#define SHMEMC_ODD_NAMES_H

#include <shmem/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Names that C, C++, the library or the generated code have another use for. */
typedef enum odd_names_kind {
	ODD_NAMES_KIND_NULL = 0,
	ODD_NAMES_KIND_EOF = 1,
	ODD_NAMES_KIND_TRUE = 2,
	ODD_NAMES_KIND_KIND = 3
} odd_names_kind;

typedef struct odd_names_words odd_names_words;
typedef struct odd_names_either odd_names_either;

struct odd_names_words {
	int32_t class_;
	int32_t nullptr_;
	int32_t int32_t_;
	int32_t stdin_;
	const char *shmem_segment_;
};

typedef enum odd_names_either_tag {
	ODD_NAMES_EITHER_INT32 = 1,
	ODD_NAMES_EITHER_STRING = 2,
	ODD_NAMES_EITHER_WORDS = 3
} odd_names_either_tag;

struct odd_names_either {
	odd_names_either_tag tag;
	union {
		int32_t int32;
		const char *string;
		odd_names_words words;
	} as;
};

typedef struct odd_names_parent odd_names_parent;
typedef struct odd_names_parent_handlers odd_names_parent_handlers;
typedef struct odd_names_child odd_names_child;
typedef struct odd_names_child_handlers odd_names_child_handlers;
typedef struct layer_parent layer_parent;
typedef struct layer_parent_handlers layer_parent_handlers;
typedef struct layer_child layer_child;
typedef struct layer_child_handlers layer_child_handlers;

/* Both ends must agree on it: a hash of all that they exchange. */
#define ODD_NAMES_FINGERPRINT UINT64_C(0x08be0773f1ec02da)

/*
 * What the parent does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct odd_names_parent_handlers {
	int (*recv_open)(odd_names_parent *actor, int32_t noexcept_,
			 int32_t requires_, int32_t size_t_, int32_t EOF_,
			 int32_t err_);

	int (*recv_alloc)(odd_names_parent *actor);

	int (*recv_arg)(odd_names_parent *actor, odd_names_kind kind,
			const odd_names_words *words,
			const odd_names_either *either);

	int (*recv_handlers)(odd_names_parent *actor);

	int (*recv_layer_constructor)(odd_names_parent *actor,
				      layer_parent *made, int32_t layer,
				      int32_t made_, int32_t ret_,
				      shmem_segment **take_actor);

	int (*recv_while)(odd_names_parent *actor, int32_t writer_,
			  int32_t reader_, const char **ret_memory_,
			  int32_t *ret_writer, const int32_t **ret_reader,
			  size_t *ret_reader_count, const void **ret_err,
			  size_t *ret_err_size);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(odd_names_parent *actor, shmem_protocol_end end,
			  int err);
};

/*
 * This end of the protocol over a channel, which is borrowed, as are the
 * handlers. In the end close the protocol; the actor ends with it.
 * Errors: E_INVAL, E_NOMEM, and as shmem_channel_send().
 */
int odd_names_parent_open(shmem_channel *channel,
			  const odd_names_parent_handlers *handlers, void *arg,
			  shmem_protocol **ret_protocol,
			  odd_names_parent **ret);

/* A segment that is freed with the actor, unless it was sent. */
int odd_names_parent_alloc(odd_names_parent *actor, uint64_t bytes,
			   shmem_segment **ret);

/* What was given along with the handlers. */
void *odd_names_parent_arg(const odd_names_parent *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *odd_names_parent_protocol(const odd_names_parent *actor);

/* The Layer actor made after `after` (NULL: the first one), or NULL. */
layer_parent *odd_names_parent_next_layer(const odd_names_parent *actor,
					  const layer_parent *after);

/* For the runtime. */
extern const shmem_protocol_type odd_names_parent_type;

int odd_names_parent_send_open(odd_names_parent *actor, int32_t noexcept_,
			       int32_t requires_, int32_t size_t_, int32_t EOF_,
			       int32_t err_);

int odd_names_parent_send_alloc(odd_names_parent *actor);

int odd_names_parent_send_arg(odd_names_parent *actor, odd_names_kind kind,
			      const odd_names_words *words,
			      const odd_names_either *either);

int odd_names_parent_send_handlers(odd_names_parent *actor);

int odd_names_parent_send_layer_constructor(
	odd_names_parent *actor, const layer_parent_handlers *handlers,
	void *arg, int32_t layer, int32_t made_, int32_t ret_,
	shmem_segment **take_actor, layer_parent **ret);

typedef void (*odd_names_parent_reply_for)(odd_names_parent *actor, int err,
					   const char *callback_, int32_t arg_,
					   int32_t err_, int32_t resolver_,
					   int32_t incoming_, void *arg);

/* The reply goes to `callback`. */
int odd_names_parent_send_for(odd_names_parent *actor, int32_t callback_,
			      odd_names_parent_reply_for callback, void *arg);

/*
 * What the child does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct odd_names_child_handlers {
	int (*recv_open)(odd_names_child *actor, int32_t noexcept_,
			 int32_t requires_, int32_t size_t_, int32_t EOF_,
			 int32_t err_);

	int (*recv_alloc)(odd_names_child *actor);

	int (*recv_arg)(odd_names_child *actor, odd_names_kind kind,
			const odd_names_words *words,
			const odd_names_either *either);

	int (*recv_handlers)(odd_names_child *actor);

	int (*recv_layer_constructor)(odd_names_child *actor, layer_child *made,
				      int32_t layer, int32_t made_,
				      int32_t ret_, shmem_segment **take_actor);

	int (*recv_for)(odd_names_child *actor, int32_t callback_,
			shmem_protocol_resolver **take_resolver);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(odd_names_child *actor, shmem_protocol_end end,
			  int err);
};

/*
 * This end of the protocol over a channel, which is borrowed, as are the
 * handlers. In the end close the protocol; the actor ends with it.
 * Errors: E_INVAL, E_NOMEM, and as shmem_channel_send().
 */
int odd_names_child_open(shmem_channel *channel,
			 const odd_names_child_handlers *handlers, void *arg,
			 shmem_protocol **ret_protocol, odd_names_child **ret);

/* A segment that is freed with the actor, unless it was sent. */
int odd_names_child_alloc(odd_names_child *actor, uint64_t bytes,
			  shmem_segment **ret);

/* What was given along with the handlers. */
void *odd_names_child_arg(const odd_names_child *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *odd_names_child_protocol(const odd_names_child *actor);

/* The Layer actor made after `after` (NULL: the first one), or NULL. */
layer_child *odd_names_child_next_layer(const odd_names_child *actor,
					const layer_child *after);

/* For the runtime. */
extern const shmem_protocol_type odd_names_child_type;

int odd_names_child_send_open(odd_names_child *actor, int32_t noexcept_,
			      int32_t requires_, int32_t size_t_, int32_t EOF_,
			      int32_t err_);

int odd_names_child_send_alloc(odd_names_child *actor);

int odd_names_child_send_arg(odd_names_child *actor, odd_names_kind kind,
			     const odd_names_words *words,
			     const odd_names_either *either);

int odd_names_child_send_handlers(odd_names_child *actor);

int odd_names_child_send_layer_constructor(odd_names_child *actor,
					   const layer_child_handlers *handlers,
					   void *arg, int32_t layer,
					   int32_t made_, int32_t ret_,
					   shmem_segment **take_actor,
					   layer_child **ret);

/* Waits for the reply. */
int odd_names_child_send_while(odd_names_child *actor, int32_t writer_,
			       int32_t reader_, const char **ret_memory_,
			       int32_t *ret_writer, const int32_t **ret_reader,
			       size_t *ret_reader_count, const void **ret_err,
			       size_t *ret_err_size,
			       shmem_protocol_memory **ret_memory);

/* Answers For(). */
int odd_names_child_resolve_for(shmem_protocol_resolver **take_resolver,
				const char *callback_, int32_t arg_,
				int32_t err_, int32_t resolver_,
				int32_t incoming_);


/* Both ends must agree on it: a hash of all that they exchange. */
#define LAYER_FINGERPRINT UINT64_C(0xe7e3e8b104e51dc9)

/*
 * What the parent does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct layer_parent_handlers {
	int (*recv_type)(layer_parent *actor, shmem_segment **take_handlers,
			 shmem_handle **take_incoming, size_t incoming_count);

	int (*recv_delete)(layer_parent *actor, int32_t actor_,
			   int32_t take_actor_);

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
odd_names_parent *layer_parent_manager(const layer_parent *actor);

/* For the runtime. */
extern const shmem_protocol_type layer_parent_type;

int layer_parent_send_type(layer_parent *actor, shmem_segment **take_handlers,
			   shmem_handle **take_incoming, size_t incoming_count);

/* Ends the actor and all that it manages. */
int layer_parent_send_delete(layer_parent **take_actor, int32_t actor_,
			     int32_t take_actor_);

/*
 * What the child does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct layer_child_handlers {
	int (*recv_type)(layer_child *actor, shmem_segment **take_handlers,
			 shmem_handle **take_incoming, size_t incoming_count);

	int (*recv_delete)(layer_child *actor, int32_t actor_,
			   int32_t take_actor_);

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
odd_names_child *layer_child_manager(const layer_child *actor);

/* For the runtime. */
extern const shmem_protocol_type layer_child_type;

int layer_child_send_type(layer_child *actor, shmem_segment **take_handlers,
			  shmem_handle **take_incoming, size_t incoming_count);

/* Ends the actor and all that it manages. */
int layer_child_send_delete(layer_child **take_actor, int32_t actor_,
			    int32_t take_actor_);

/* For the code that is made of files which include this one. */

/* For the code that is made of files which include this one. */
void odd_names_kind_put(shmem_protocol_writer *w, odd_names_kind v);
odd_names_kind odd_names_kind_get(shmem_protocol_reader *r);
void odd_names_words_put(shmem_protocol_writer *w, const odd_names_words *v);
void odd_names_words_get(shmem_protocol_reader *r, odd_names_words *v);
void odd_names_either_put(shmem_protocol_writer *w, const odd_names_either *v);
void odd_names_either_get(shmem_protocol_reader *r, odd_names_either *v);

#ifdef __cplusplus
}
#endif
#endif
