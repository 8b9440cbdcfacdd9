/* SPDX-License-Identifier: MIT */
/* Bad input: greetings, and packets that are none. */
#include "bad.h"

#include "base/codec.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define P SHMEM_E_PROTO
#define N SHMEM_E_UNSUPPORTED

/* ---- greetings ---- */

/* The field at `at` is `value`, in a greeting of `length` bytes. */
static const struct {
	const char *name;
	size_t length;
	size_t at;
	unsigned bytes;
	uint64_t value;
	int expected;
} greetings[] = {
	{"version 0", 64, 8, 2, 0, P},
	{"versions 1 down to 2", 64, 10, 2, 2, P},
	{"versions 1 down to 65535", 64, 10, 2, 65535, P},
	{"version 0, 0 at the least", 64, 8, 4, 0, P},
	{"version 2 at the least", 64, 8, 4, 0x20002, N},
	{"versions 2 to 65535", 64, 8, 4, 0x2ffff, N},
	{"version 65535 at the least", 64, 8, 4, 0xffffffff, N},
	{"version 256, in 8 bits 0", 64, 8, 4, 0x1000100, N},
	{"version 257, in 8 bits 1", 64, 8, 4, 0x1010101, N},
	{"no such enforcement", 64, 12, 4, 3, P},
	{"enforcement 256", 64, 12, 4, 256, P},
	{"enforcement 2^31", 64, 12, 4, 0x80000000, P},
	{"enforcement 2^32-1", 64, 12, 4, 0xffffffff, P},
	{"all features needed", 64, 24, 8, UINT64_MAX, N},
	{"reserved bytes", 64, 60, 4, 1, P},
	{"reserved bytes, all ones", 64, 60, 4, 0xffffffff, P},
	{"one byte more", 65, 64, 1, 0, P},
	{"twice as long", 128, 64, 8, 0, P},
	{"as long as can be", 98280, 64, 8, 0, P},
	{"nothing but its name", 8, 0, 8, 0x4350494d454d4853, P},
};

/* And each letter of its name is another one. */
#define LETTERS 8u

static size_t hello_count(void)
{
	return LETTERS + COUNT(greetings);
}

static void hello_run(size_t i)
{
	unsigned char hello[64];
	unsigned char *at;
	size_t before;
	size_t length = i < LETTERS ? 64 : greetings[i - LETTERS].length;

	bad_setup(NULL, false);
	before = support_raw_kept(&bad_raw);
	support_raw_hello(hello, 1);
	at = support_raw_frame(&bad_raw, RAW_HELLO, length);
	memcpy(at, hello, length < 64 ? length : 64);
	if (i < LETTERS) {
		bad_case("HELLO with another letter %zu", i);
		at[i] ^= 0x20;
		support_raw_send(&bad_raw);
		bad_refused_sent(P, before);
		return;
	}
	i -= LETTERS;
	bad_case("HELLO, %s", greetings[i].name);
	for (unsigned k = 0; k < greetings[i].bytes; k++)
		at[greetings[i].at + k] =
			(unsigned char)(greetings[i].value >> 8 * k);
	support_raw_send(&bad_raw);
	bad_refused_sent(greetings[i].expected, before);
}

const bad_chapter bad_hello = {"hello", hello_count, hello_run, false};

/* ---- packets that are none ---- */

/*
 * So many bytes of a packet that is in order, whose header says that there are
 * `said` more or fewer than come. First as many as there can be of a packet's
 * beginning; then lies about lengths; then too much.
 */
static const struct {
	size_t bytes;
	long said;
} lengths[] = {
	{24, -1},         {24, 1},         {24, -8},    {24, -24},
	{24, 8},          {24, 232},       {24, 65536}, {24, 0x7fffffff},
	{24, -25},        {48, -24},       {48, 24},    {98304, -1},
	{98304, 1},       {98304, -65536}, {98305, 0},  {98312, 0},
	{98312, -8},      {98305, -1},     {100000, 0}, {131064, 0},
	{131064, -32760},
};

/* Numbers of the packet, off its turn by so much. */
static const int64_t turns[] = {
	-1,        1,         2,         255,       256, -256,        65536,
	1ll << 31, 1ll << 32, 1ll << 62, INT64_MIN, -2,  -(1ll << 32)};

enum { UNGREETED, GREETED, MOMENTS };
#define SHORT 24u
#define TOTAL (SHORT + COUNT(lengths) + COUNT(turns))

static size_t not_packet_count(void)
{
	return (size_t)MOMENTS * TOTAL;
}

static void not_packet_run(size_t i)
{
	const char *when = i / TOTAL == GREETED ? "later" : "first";
	size_t before;

	bad_setup(NULL, i / TOTAL == GREETED);
	before = support_raw_kept(&bad_raw);
	i %= TOTAL;
	if (i < SHORT) {
		bad_case("%s, %zu bytes of a packet", when, i);
		support_raw_frame(&bad_raw, RAW_FREE, 0);
		shmem__put32(bad_raw.out, (uint32_t)i);
		shmem__put64(bad_raw.out + 8, bad_raw.sequence);
		support_raw_put(&bad_raw, bad_raw.out, i);
		bad_refused_sent(i == 0 ? RAW_NO_BYTES : P, before);
		return;
	}
	i -= SHORT;
	if (i < COUNT(lengths)) {
		bad_case("%s, a packet of %zu bytes that says %+ld", when,
			 lengths[i].bytes, lengths[i].said);
		support_raw_frame(&bad_raw, RAW_FREE, 0);
		while (bad_raw.length + 8 <= lengths[i].bytes)
			support_raw_frame(&bad_raw, RAW_FREE, 0);
		bad_raw.length = lengths[i].bytes;
		support_raw_post(
			&bad_raw,
			(uint32_t)((long)lengths[i].bytes + lengths[i].said), 0,
			0, bad_raw.sequence);
	} else {
		i -= COUNT(lengths);
		bad_case("%s, a packet %+lld off its turn", when,
			 (long long)turns[i]);
		support_raw_frame(&bad_raw, RAW_FREE, 0);
		support_raw_post(&bad_raw, (uint32_t)bad_raw.length, 0, 0,
				 bad_raw.sequence + (uint64_t)turns[i]);
	}
	bad_refused_sent(P, before);
}

const bad_chapter bad_not_packets = {"not packets", not_packet_count,
				     not_packet_run, false};
