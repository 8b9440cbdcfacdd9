/* Header of every.shmem, made by shmemc 0.1.0; do not edit. */
/* Every type there is, alone and within others. */
#ifndef SHMEMC_EVERY_H
#define SHMEMC_EVERY_H

#include <shmem/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum every_color {
	/* like a rose */
	EVERY_COLOR_RED = 0,
	EVERY_COLOR_GREEN = 5,
	/* no comma behind the last one */
	EVERY_COLOR_DARK_BLUE = 6
} every_color;

typedef struct every_point every_point;
typedef struct every_shape every_shape;
typedef struct every_frame every_frame;
typedef struct every_value every_value;
typedef struct every_tree every_tree;

typedef struct every_point_array {
	const every_point *items;
	size_t count;
} every_point_array;

typedef struct every_double_array {
	const double *items;
	size_t count;
} every_double_array;

typedef struct every_bool_array {
	const bool *items;
	size_t count;
} every_bool_array;

typedef struct every_string_array {
	const char *const *items;
	size_t count;
} every_string_array;

typedef struct every_uint8_array {
	const uint8_t *items;
	size_t count;
} every_uint8_array;

typedef struct every_uint8_array_array {
	const every_uint8_array *items;
	size_t count;
} every_uint8_array_array;

typedef struct every_color_array {
	const every_color *items;
	size_t count;
} every_color_array;

typedef struct every_int32_optional_array {
	const int32_t *const *items;
	size_t count;
} every_int32_optional_array;

typedef struct every_shmem_array {
	shmem_segment **items;
	size_t count;
} every_shmem_array;

typedef struct every_shmem_optional_array {
	shmem_segment **items;
	size_t count;
} every_shmem_optional_array;

typedef struct every_value_array {
	every_value *items;
	size_t count;
} every_value_array;

typedef struct every_int32_array {
	const int32_t *items;
	size_t count;
} every_int32_array;

typedef struct every_tree_array {
	const every_tree *items;
	size_t count;
} every_tree_array;

/* A place on the screen. */
struct every_point {
	int32_t x;
	int32_t y;
};

struct every_shape {
	every_color color;
	every_point_array corners;
	const char *label;
	shmem_protocol_bytes blob;
	const every_point *centre;
	every_double_array weights;
	every_bool_array flags;
	every_string_array words;
	every_uint8_array_array rows;
	every_color_array palette;
	every_int32_optional_array holes;
};

struct every_frame {
	shmem_segment *pixels;
	shmem_handle *extra;
	every_shmem_array tiles;
	every_shmem_optional_array gaps;
};

typedef enum every_value_tag {
	EVERY_VALUE_BOOL = 1,
	EVERY_VALUE_INT64 = 2,
	EVERY_VALUE_DOUBLE = 3,
	EVERY_VALUE_STRING = 4,
	EVERY_VALUE_POINT = 5,
	EVERY_VALUE_VALUE_ARRAY = 6,
	EVERY_VALUE_FRAME = 7,
	EVERY_VALUE_INT32_ARRAY = 8,
	EVERY_VALUE_BYTES = 9
} every_value_tag;

struct every_value {
	every_value_tag tag;
	union {
		bool bool_;
		int64_t int64;
		double double_;
		const char *string;
		every_point point;
		every_value_array value_array;
		every_frame frame;
		every_int32_array int32_array;
		shmem_protocol_bytes bytes;
	} as;
};

struct every_tree {
	const char *name;
	every_tree_array branches;
	const every_tree *twin;
};

typedef struct every_parent every_parent;
typedef struct every_parent_handlers every_parent_handlers;
typedef struct every_child every_child;
typedef struct every_child_handlers every_child_handlers;
typedef struct part_parent part_parent;
typedef struct part_parent_handlers part_parent_handlers;
typedef struct part_child part_child;
typedef struct part_child_handlers part_child_handlers;

/* Both ends must agree on it: a hash of all that they exchange. */
#define EVERY_FINGERPRINT UINT64_C(0x10aafad1f33be1c9)

/*
 * What the parent does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct every_parent_handlers {
	int (*recv_numbers)(every_parent *actor, bool a, int8_t b, uint8_t c,
			    int16_t d, uint16_t e, int32_t f, uint32_t g,
			    int64_t h, uint64_t i, float j, double k,
			    bool *ret_a, int8_t *ret_b, uint8_t *ret_c,
			    int16_t *ret_d, uint16_t *ret_e, int32_t *ret_f,
			    uint32_t *ret_g, int64_t *ret_h, uint64_t *ret_i,
			    float *ret_j, double *ret_k);

	int (*recv_echo)(every_parent *actor, const every_shape *shape,
			 const char *text, const void *data, size_t data_size,
			 every_color color, every_shape *ret_shape,
			 const char **ret_text, const void **ret_data,
			 size_t *ret_data_size, every_color *ret_color);

	int (*recv_own)(every_parent *actor, shmem_segment **take_s,
			shmem_handle **take_h, shmem_handle **take_r,
			every_frame *take_f, every_frame *take_more,
			size_t more_count, shmem_segment **take_none,
			shmem_segment **ret_s, shmem_handle **ret_h,
			shmem_handle **ret_r, every_frame *ret_f,
			every_frame **ret_more, size_t *ret_more_count,
			shmem_segment **ret_none);

	int (*recv_values)(every_parent *actor, every_value *take_v,
			   every_value *take_vs, size_t vs_count,
			   const every_tree *t, every_value *ret_v,
			   every_value **ret_vs, size_t *ret_vs_count,
			   every_tree *ret_t);

	int (*recv_later)(every_parent *actor, int32_t n,
			  const char *const *names, size_t names_count,
			  shmem_protocol_resolver **take_resolver);

	int (*recv_options)(every_parent *actor, const int32_t *a,
			    const every_color *b, const every_point *c,
			    const char *d, const void *e, size_t e_size,
			    const int32_t *f, size_t f_count,
			    shmem_handle **take_g, shmem_handle **take_h,
			    const int32_t **ret_a, const every_color **ret_b,
			    const every_point **ret_c, const char **ret_d,
			    const void **ret_e, size_t *ret_e_size,
			    const int32_t **ret_f, size_t *ret_f_count,
			    shmem_handle **ret_g, shmem_handle **ret_h);

	int (*recv_plain)(every_parent *actor);

	int (*recv_part_constructor)(every_parent *actor, part_parent *part,
				     const char *name, shmem_segment **take_s);

	int (*recv_delete)(every_parent *actor);

	int (*recv_note)(every_parent *actor, const char *text);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(every_parent *actor, shmem_protocol_end end,
			  int err);
};

/*
 * This end of the protocol over a channel, which is borrowed, as are the
 * handlers. In the end close the protocol; the actor ends with it.
 * Errors: E_INVAL, E_NOMEM, and as shmem_channel_send().
 */
int every_parent_open(shmem_channel *channel,
		      const every_parent_handlers *handlers, void *arg,
		      shmem_protocol **ret_protocol, every_parent **ret);

/* A segment that is freed with the actor, unless it was sent. */
int every_parent_alloc(every_parent *actor, uint64_t bytes,
		       shmem_segment **ret);

/* What was given along with the handlers. */
void *every_parent_arg(const every_parent *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *every_parent_protocol(const every_parent *actor);

/* The Part actor made after `after` (NULL: the first one), or NULL. */
part_parent *every_parent_next_part(const every_parent *actor,
				    const part_parent *after);

/* For the runtime. */
extern const shmem_protocol_type every_parent_type;

int every_parent_send_note(every_parent *actor, const char *text);

int every_parent_send_push(every_parent *actor, every_frame *take_f);

/* Answers Later(). */
int every_parent_resolve_later(shmem_protocol_resolver **take_resolver,
			       int32_t n, const char *const *names,
			       size_t names_count, shmem_segment **take_s);

/*
 * What the child does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct every_child_handlers {
	int (*recv_note)(every_child *actor, const char *text);

	int (*recv_push)(every_child *actor, every_frame *take_f);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(every_child *actor, shmem_protocol_end end,
			  int err);
};

/*
 * This end of the protocol over a channel, which is borrowed, as are the
 * handlers. In the end close the protocol; the actor ends with it.
 * Errors: E_INVAL, E_NOMEM, and as shmem_channel_send().
 */
int every_child_open(shmem_channel *channel,
		     const every_child_handlers *handlers, void *arg,
		     shmem_protocol **ret_protocol, every_child **ret);

/* A segment that is freed with the actor, unless it was sent. */
int every_child_alloc(every_child *actor, uint64_t bytes, shmem_segment **ret);

/* What was given along with the handlers. */
void *every_child_arg(const every_child *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *every_child_protocol(const every_child *actor);

/* The Part actor made after `after` (NULL: the first one), or NULL. */
part_child *every_child_next_part(const every_child *actor,
				  const part_child *after);

/* For the runtime. */
extern const shmem_protocol_type every_child_type;

/* Waits for the reply. */
int every_child_send_numbers(every_child *actor, bool a, int8_t b, uint8_t c,
			     int16_t d, uint16_t e, int32_t f, uint32_t g,
			     int64_t h, uint64_t i, float j, double k,
			     bool *ret_a, int8_t *ret_b, uint8_t *ret_c,
			     int16_t *ret_d, uint16_t *ret_e, int32_t *ret_f,
			     uint32_t *ret_g, int64_t *ret_h, uint64_t *ret_i,
			     float *ret_j, double *ret_k);

/* Waits for the reply. */
int every_child_send_echo(every_child *actor, const every_shape *shape,
			  const char *text, const void *data, size_t data_size,
			  every_color color, every_shape *ret_shape,
			  const char **ret_text, const void **ret_data,
			  size_t *ret_data_size, every_color *ret_color,
			  shmem_protocol_memory **ret_memory);

/* Waits for the reply. */
int every_child_send_own(every_child *actor, shmem_segment **take_s,
			 shmem_handle **take_h, shmem_handle **take_r,
			 every_frame *take_f, every_frame *take_more,
			 size_t more_count, shmem_segment **take_none,
			 shmem_segment **ret_s, shmem_handle **ret_h,
			 shmem_handle **ret_r, every_frame *ret_f,
			 every_frame **ret_more, size_t *ret_more_count,
			 shmem_segment **ret_none,
			 shmem_protocol_memory **ret_memory);

/* Waits for the reply. */
int every_child_send_values(every_child *actor, every_value *take_v,
			    every_value *take_vs, size_t vs_count,
			    const every_tree *t, every_value *ret_v,
			    every_value **ret_vs, size_t *ret_vs_count,
			    every_tree *ret_t,
			    shmem_protocol_memory **ret_memory);

typedef void (*every_child_reply_later)(every_child *actor, int err, int32_t n,
					const char *const *names,
					size_t names_count,
					shmem_segment **take_s, void *arg);

/* The reply goes to `callback`. */
int every_child_send_later(every_child *actor, int32_t n,
			   const char *const *names, size_t names_count,
			   every_child_reply_later callback, void *arg);

/* Waits for the reply. */
int every_child_send_options(every_child *actor, const int32_t *a,
			     const every_color *b, const every_point *c,
			     const char *d, const void *e, size_t e_size,
			     const int32_t *f, size_t f_count,
			     shmem_handle **take_g, shmem_handle **take_h,
			     const int32_t **ret_a, const every_color **ret_b,
			     const every_point **ret_c, const char **ret_d,
			     const void **ret_e, size_t *ret_e_size,
			     const int32_t **ret_f, size_t *ret_f_count,
			     shmem_handle **ret_g, shmem_handle **ret_h,
			     shmem_protocol_memory **ret_memory);

int every_child_send_plain(every_child *actor);

int every_child_send_part_constructor(every_child *actor,
				      const part_child_handlers *handlers,
				      void *arg, const char *name,
				      shmem_segment **take_s, part_child **ret);

/* Ends the actor and all that it manages. */
int every_child_send_delete(every_child **take_actor);

int every_child_send_note(every_child *actor, const char *text);


/* Both ends must agree on it: a hash of all that they exchange. */
#define PART_FINGERPRINT UINT64_C(0xbf08eaed9d7b1ab0)

/*
 * What the parent does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct part_parent_handlers {
	int (*recv_poke)(part_parent *actor, int32_t n);

	int (*recv_part_constructor)(part_parent *actor, part_parent *part,
				     const char *name);

	int (*recv_delete)(part_parent *actor, const char *why);

	int (*recv_ask)(part_parent *actor, const char *how,
			shmem_segment **ret_s);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(part_parent *actor, shmem_protocol_end end,
			  int err);
};

/* Gives an actor that the other end has made its handlers (borrowed). */
void part_parent_bind(part_parent *actor, const part_parent_handlers *handlers,
		      void *arg);

/* A segment that is freed with the actor, unless it was sent. */
int part_parent_alloc(part_parent *actor, uint64_t bytes, shmem_segment **ret);

/* What was given along with the handlers. */
void *part_parent_arg(const part_parent *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *part_parent_protocol(const part_parent *actor);

/* The actor that manages this one; NULL where it is of another protocol. */
every_parent *part_parent_manager_every(const part_parent *actor);

/* The actor that manages this one; NULL where it is of another protocol. */
part_parent *part_parent_manager_part(const part_parent *actor);

/* The Part actor made after `after` (NULL: the first one), or NULL. */
part_parent *part_parent_next_part(const part_parent *actor,
				   const part_parent *after);

/* For the runtime. */
extern const shmem_protocol_type part_parent_type;

int part_parent_send_poke(part_parent *actor, int32_t n);

int part_parent_send_part_constructor(part_parent *actor,
				      const part_parent_handlers *handlers,
				      void *arg, const char *name,
				      part_parent **ret);

/* Ends the actor and all that it manages. */
int part_parent_send_delete(part_parent **take_actor, const char *why);

/*
 * What the child does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct part_child_handlers {
	int (*recv_poke)(part_child *actor, int32_t n);

	int (*recv_part_constructor)(part_child *actor, part_child *part,
				     const char *name);

	int (*recv_delete)(part_child *actor, const char *why);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(part_child *actor, shmem_protocol_end end,
			  int err);
};

/* Gives an actor that the other end has made its handlers (borrowed). */
void part_child_bind(part_child *actor, const part_child_handlers *handlers,
		     void *arg);

/* A segment that is freed with the actor, unless it was sent. */
int part_child_alloc(part_child *actor, uint64_t bytes, shmem_segment **ret);

/* What was given along with the handlers. */
void *part_child_arg(const part_child *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *part_child_protocol(const part_child *actor);

/* The actor that manages this one; NULL where it is of another protocol. */
every_child *part_child_manager_every(const part_child *actor);

/* The actor that manages this one; NULL where it is of another protocol. */
part_child *part_child_manager_part(const part_child *actor);

/* The Part actor made after `after` (NULL: the first one), or NULL. */
part_child *part_child_next_part(const part_child *actor,
				 const part_child *after);

/* For the runtime. */
extern const shmem_protocol_type part_child_type;

int part_child_send_poke(part_child *actor, int32_t n);

int part_child_send_part_constructor(part_child *actor,
				     const part_child_handlers *handlers,
				     void *arg, const char *name,
				     part_child **ret);

/* Ends the actor and all that it manages. */
int part_child_send_delete(part_child **take_actor, const char *why);

/* Waits for the reply. */
int part_child_send_ask(part_child *actor, const char *how,
			shmem_segment **ret_s);

/* For the code that is made of files which include this one. */

/* For the code that is made of files which include this one. */
void every_color_put(shmem_protocol_writer *w, every_color v);
every_color every_color_get(shmem_protocol_reader *r);
void every_point_put(shmem_protocol_writer *w, const every_point *v);
void every_point_get(shmem_protocol_reader *r, every_point *v);
void every_shape_put(shmem_protocol_writer *w, const every_shape *v);
void every_shape_get(shmem_protocol_reader *r, every_shape *v);
void every_frame_put(shmem_protocol_writer *w, every_frame *v);
void every_frame_get(shmem_protocol_reader *r, every_frame *v);
void every_value_put(shmem_protocol_writer *w, every_value *v);
void every_value_get(shmem_protocol_reader *r, every_value *v);
void every_tree_put(shmem_protocol_writer *w, const every_tree *v);
void every_tree_get(shmem_protocol_reader *r, every_tree *v);

#ifdef __cplusplus
}
#endif
#endif
