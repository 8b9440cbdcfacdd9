/* SPDX-License-Identifier: MIT */
/* What a source file says, as a tree; filled in by parse.c and check*.c. */
#ifndef SHMEMC_AST_H
#define SHMEMC_AST_H

#include "source.h"

typedef struct decl decl;
typedef struct unit unit;

/* Types that need no declaration: kind, C type, canonical name, bytes. */
#define BUILTIN_MAP(X)                                                         \
	X(BOOL, "bool", "bool", 1)                                             \
	X(INT8, "int8_t", "int8", 1)                                           \
	X(UINT8, "uint8_t", "uint8", 1)                                        \
	X(INT16, "int16_t", "int16", 2)                                        \
	X(UINT16, "uint16_t", "uint16", 2)                                     \
	X(INT32, "int32_t", "int32", 4)                                        \
	X(UINT32, "uint32_t", "uint32", 4)                                     \
	X(INT64, "int64_t", "int64", 8)                                        \
	X(UINT64, "uint64_t", "uint64", 8)                                     \
	X(FLOAT, "float", "float", 4)                                          \
	X(DOUBLE, "double", "double", 8)                                       \
	X(STRING, "const char *", "string", 5)                                 \
	X(BYTES, "shmem_protocol_bytes", "bytes", 4)                           \
	X(SHMEM, "shmem_segment *", "Shmem", 1)                                \
	X(HANDLE, "shmem_handle *", "Handle", 1)                               \
	X(READONLY_HANDLE, "shmem_handle *", "ReadOnlyHandle", 1)

typedef enum type_kind {
#define X(name, c, canonical, bytes) TYPE_##name,
	BUILTIN_MAP(X)
#undef X
		TYPE_NAMED, /* struct, union, enum */
	TYPE_ARRAY,
	TYPE_OPTIONAL
} type_kind;

typedef struct type {
	type_kind kind;
	place where;
	const char *name; /* as written, of what is not array or optional */
	struct type *of;  /* array, optional */
	decl *named;      /* TYPE_NAMED, once resolved */
} type;

/* [MaxLength=…, MaxCount=…]; 0 where nothing was said. */
typedef struct limits {
	uint32_t length; /* bytes of a string or bytes */
	uint32_t count;  /* elements of an array */
} limits;

/* A field of a struct, a member of a union, a parameter of a message. */
typedef struct field {
	struct field *next;
	type *type;
	const char *name; /* union: NULL until checked */
	const char *c_name;
	place where; /* of the name; union: of the type */
	const char *doc;
	limits limits; /* once checked, without zeroes */
} field;

typedef struct enumerator {
	struct enumerator *next;
	const char *name;
	const char *c_name;
	place where;
	const char *doc;
	bool has_value;
	int64_t value;
} enumerator;

/* Who receives: the section that a message stands in. */
typedef enum direction { TO_PARENT = 1, TO_CHILD = 2, TO_BOTH = 3 } direction;

typedef enum message_kind {
	MESSAGE_ASYNC,       /* nothing comes back */
	MESSAGE_ASYNC_REPLY, /* returns (…), to a callback */
	MESSAGE_SYNC,        /* the sender waits */
	MESSAGE_CONSTRUCTOR,
	MESSAGE_DELETE
} message_kind;

typedef struct message {
	struct message *next;
	const char *name;
	const char *c_name; /* snake_case; "delete"; "layer_constructor" */
	place where;
	const char *doc;
	direction direction;
	message_kind kind;
	bool sync;
	bool has_returns;
	field *params;
	field *returns;
	decl *constructs; /* MESSAGE_CONSTRUCTOR */
	limits limits;
	unsigned number;
} message;

/* A name of another protocol: manager, manages. */
typedef struct reference {
	struct reference *next;
	const char *name;
	place where;
	decl *protocol; /* once resolved */
} reference;

typedef enum decl_kind {
	DECL_STRUCT,
	DECL_UNION,
	DECL_ENUM,
	DECL_PROTOCOL
} decl_kind;

struct decl {
	decl *next; /* in its file */
	decl_kind kind;
	unit *unit;
	const char *name;
	const char *c_name; /* with the prefix */
	const char *c_upper;
	place where;
	const char *doc;
	limits limits;

	field *fields;      /* struct, union */
	enumerator *values; /* enum */

	/* protocol */
	bool sync;
	reference *managers;
	reference *manages;
	message *messages;
	unsigned message_count;
	uint64_t fingerprint;

	/* found by the checks */
	bool owning;       /* has a Shmem or handle somewhere inside */
	bool recursive;    /* contains itself, through an array or optional */
	uint32_t wire_min; /* bytes of the shortest encoding */
	int mark;          /* for walks */
	unsigned index;    /* for walks */
};

typedef struct include {
	struct include *next;
	const char *name; /* "Common" or "common.shmem" */
	place where;
	bool protocol; /* include protocol … */
	bool quoted;
	unit *unit; /* once loaded */
} include;

/* A file. */
struct unit {
	unit *next; /* in order of loading */
	source source;
	const char *stem;        /* "common", of "dir/common.shmem" */
	const char *stem_prefix; /* "common_", of C names of arrays */
	const char *prefix;      /* of other types: the namespace's, or that */
	const char *doc;
	include *includes;
	decl *decls;
	bool has_namespace;
	bool loading;
	int mark; /* for walks */
};

/* Everything that one run knows. */
typedef struct program {
	arena arena;
	struct report *report;
	unit *units; /* the first is what was asked for */
} program;

const char *type_builtin_name(type_kind kind);
const char *type_builtin_c(type_kind kind);

#endif
