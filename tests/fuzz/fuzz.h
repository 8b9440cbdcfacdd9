/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target is one function from bytes to no crash;
 * clang's libFuzzer finds the bytes (scripts/fuzz), and driver.c runs those
 * that were kept, as an ordinary test, with any compiler.
 */
#ifndef SHMEM_TESTS_FUZZ_H
#define SHMEM_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says what does not hold, and aborts. */
#define FUZZ_CHECK(condition)                                                  \
	((condition) ? (void)0 : fuzz_failed(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_failed(const char *what, const char *file, int line);

/* The input as a source of decisions; zeros after its end. */
typedef struct fuzz_input {
	const uint8_t *at;
	size_t left;
} fuzz_input;
uint64_t fuzz_number(fuzz_input *in, size_t bytes);
static inline unsigned fuzz_byte(fuzz_input *in)
{
	return (unsigned)fuzz_number(in, 1);
}

/* Up to `want` bytes of it, *ret of them. */
const uint8_t *fuzz_take(fuzz_input *in, size_t want, size_t *ret);

/* Sizes and the like, often near where things change. */
uint64_t fuzz_interesting(fuzz_input *in);

/* A descriptor of one of many kinds: memory as it should be, nearly so, or
 * something else. `bytes` is its size where it can have one. -1: none. */
#define FUZZ_KINDS 14u
int fuzz_descriptor(unsigned kind, uint64_t bytes);

/* Around each input: nothing is left open, mapped or allocated. */
void fuzz_begin(void);
void fuzz_nothing_left(void);

/* What there is of the library's, apart from memory, of which a channel has
 * more after some use: to see that an input has left a channel as good as new,
 * so that the next one can have it. */
typedef struct fuzz_holding {
	uint64_t handles;
	uint64_t mappings;
	uint64_t channels;
	uint64_t segments;
	uint64_t segments_owned;
	uint64_t first_free; /* descriptor */
} fuzz_holding;
fuzz_holding fuzz_holds(void);
bool fuzz_holds_the_same(fuzz_holding before);

#endif
