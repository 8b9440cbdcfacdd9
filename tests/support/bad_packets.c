/* SPDX-License-Identifier: MIT */
/* Bad input: sizes, counts, and packets and frames that are malformed. */
#include "bad.h"

#include "base/codec.h"
#include "mapping/os.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define P SHMEM_E_PROTO
#define U SHMEM_E_UNTRUSTED
/* As memory's capacity: a size only where they are multiples of 64 KiB. */
#if defined(SUPPORT_POSIX) || defined(_WIN32)
#define SMALL_UNIT U
#else
#define SMALL_UNIT P
#endif
#define FLAG_RW 3u

#define K32 ((uint64_t)1 << 32)
#define K63 ((uint64_t)1 << 63)

/* ---- sizes ---- */

/*
 * What is said of one page of memory, and what comes of it: as the capacity of
 * announced memory, as a handle's size, as a ring's, as the size of a segment
 * in that memory, as that of a body; 0 where it is in order.
 */
enum { CAPACITY, HANDLE, RING, SEGMENT, BODY, SIZE_USES };
static const char *const size_use[SIZE_USES] = {"memory", "a handle", "a ring",
						"a segment", "a body"};
static const struct {
	uint64_t size;
	int expected[SIZE_USES];
} sizes[] = {
	{0, {P, P, P, 0, 0}},
	{1, {P, U, P, 0, 0}},
	{BAD_PAGE / 2, {P, U, P, 0, 0}},
	{BAD_PAGE - 1, {P, U, P, 0, 0}},
	{BAD_PAGE, {0, 0, P, 0, 0}},
	{BAD_PAGE + 1, {P, U, P, P, P}},
	{2 * BAD_PAGE, {U, U, P, P, P}},
	{3 * BAD_PAGE, {P, U, P, P, P}},
	{65536, {SMALL_UNIT, U, P, P, P}},
	{131071, {P, U, P, P, P}},
	{131072, {SMALL_UNIT, U, U, P, P}},
	{131073, {P, U, P, P, P}},
	{262144, {SMALL_UNIT, U, U, P, P}},
	{1 << 20, {SMALL_UNIT, U, U, P, P}},
	{2 << 20, {U, U, P, P, P}},
	{(2 << 20) + 1, {P, U, P, P, P}},
	{K32 / 2 - 1, {P, U, P, P, P}},
	{K32 / 2, {U, U, P, P, P}},
	{K32 - 1, {P, U, P, P, P}},
	{K32, {U, U, P, P, P}},
	{K32 + 1, {P, U, P, P, P}},
	{K32 + BAD_PAGE, {P, U, P, P, P}}, /* a page, in 32 bits */
	{K32 + 131072, {P, U, P, P, P}},   /* a ring's, in 32 bits */
	{(uint64_t)64 << 30, {P, U, P, P, P}},
	{(uint64_t)65 << 30, {P, U, P, P, P}},
	{(uint64_t)1 << 47, {P, U, P, P, P}},
	{(uint64_t)1 << 48, {P, U, P, P, P}},
	{(uint64_t)1 << 62, {P, U, P, P, P}},
	{K63 - BAD_PAGE, {P, U, P, P, P}},
	{K63 - 1, {P, U, P, P, P}},
	{K63, {P, U, P, P, P}},
	{K63 + 1, {P, U, P, P, P}},
	{0 - (uint64_t)(2 << 20), {P, U, P, P, P}},
	{0 - (uint64_t)BAD_PAGE, {P, U, P, P, P}},
	{UINT64_MAX, {P, U, P, P, P}},
};

static size_t size_count(void)
{
	return COUNT(sizes) * SIZE_USES;
}

static void size_run(size_t i)
{
	uint64_t size = sizes[i / SIZE_USES].size;
	size_t use = i % SIZE_USES;
	int expected = sizes[i / SIZE_USES].expected[use];

	if (expected == 0)
		return;
	/* Within a page no size is known. */
	if (use == HANDLE && size - 1 < BAD_PAGE - 1 &&
	    support_lacks(SUPPORT_SIZES) != NULL)
		return;
	bad_case("%#llx bytes as %s", (unsigned long long)size, size_use[use]);
	bad_setup(NULL, true);
	switch (use) {
	case CAPACITY:
		support_raw_announce(&bad_raw, 1, size,
				     support_object(BAD_PAGE));
		break;
	case HANDLE:
		support_raw_handle(&bad_raw, size, FLAG_RW,
				   support_object(BAD_PAGE));
		support_raw_message(&bad_raw, RAW_PLAIN, 0, 0);
		break;
	case RING:
		shmem__put64(support_raw_frame(&bad_raw, RAW_RING, 8), size);
		bad_raw.fd[bad_raw.fds++] = support_object(BAD_PAGE);
		break;
	default:
		support_raw_segment(&bad_raw, BAD_THEIRS(0, 1), size);
		support_raw_message(&bad_raw,
				    use == BODY ? RAW_BODY : RAW_PLAIN, 0, 0);
	}
	bad_refused(expected);
}

const bad_chapter bad_sizes = {"sizes", size_count, size_run, false};

/* ---- how many descriptors ---- */

/*
 * Descriptors that a notice tells of (0: there is none), that the packet's
 * header tells of, that come, and that its frames need. The kernel passes 253
 * at most: with 254 sending fails, and the peer has not said anything.
 */
static const struct {
	unsigned told, header, sent, needed;
	int expected;
} counts[] = {
	{0, 0, 1, 0, P},          {0, 1, 0, 0, P},
	{0, 1, 0, 1, P},          {0, 1, 1, 0, P},
	{0, 1, 1, 1, P},          {0, 0, 1, 1, P},
	{1, 0, 1, 1, P},          {1, 1, 0, 1, P},
	{1, 1, 1, 0, P},          {1, 1, 1, 2, P},
	{1, 1, 2, 1, P},          {1, 1, 2, 2, P},
	{1, 2, 1, 1, P},          {1, 2, 2, 1, P},
	{1, 2, 2, 2, P},          {2, 1, 1, 1, P},
	{2, 1, 2, 2, P},          {2, 2, 1, 1, P},
	{2, 2, 2, 3, P},          {2, 2, 2, 1, P},
	{2, 2, 2, 0, P},          {7, 8, 8, 8, P},
	{8, 7, 7, 7, P},          {8, 8, 7, 7, P},
	{8, 7, 8, 8, P},          {8, 8, 9, 9, P},
	{8, 9, 9, 9, P},          {8, 8, 8, 9, P},
	{8, 8, 8, 7, P},          {9, 8, 8, 8, P},
	{9, 9, 8, 8, P},          {9, 9, 9, 10, P},
	{9, 9, 9, 8, P},          {64, 65, 65, 65, P},
	{65, 64, 64, 64, P},      {64, 64, 63, 63, P},
	{249, 250, 250, 250, P},  {250, 249, 249, 249, P},
	{250, 250, 249, 249, P},  {250, 249, 250, 250, P},
	{200, 200, 200, 199, P},  {199, 199, 199, 200, P},
	{250, 251, 251, 251, P},  {250, 250, 251, 251, P},
	{250, 252, 252, 252, P},  {250, 253, 253, 253, P},
	{250, 250, 253, 253, P},  {250, 253, 253, 250, P},
	{0, 253, 253, 253, P},    {0, 250, 250, 250, P},
	{250, 254, 250, 250, P},  {1, 257, 1, 1, P},
	{1, 65535, 1, 1, P},      {1, 32769, 1, 1, P},
	{1, 254, 1, 1, P},        {251, 251, 251, 251, P},
	{253, 253, 253, 253, P},  {254, 253, 253, 253, P},
	{255, 253, 253, 253, P},  {256, 0, 0, 0, P},
	{257, 1, 1, 1, P},        {65536, 0, 0, 0, P},
	{65537, 1, 1, 1, P},      {0x80000000, 0, 0, 0, P},
	{0x80000001, 1, 1, 1, P}, {UINT32_MAX, 0, 0, 0, P},
	{UINT32_MAX, 1, 1, 1, P},
};

static size_t count_count(void)
{
	return COUNT(counts);
}

static void count_run(size_t i)
{
	bool delivered = counts[i].told == counts[i].header &&
			 counts[i].header == counts[i].sent &&
			 counts[i].needed > 0 &&
			 counts[i].needed < counts[i].sent;
	size_t before;
	unsigned n;

	bad_case("%u told, %u in the header, %u sent, %u needed",
		 counts[i].told, counts[i].header, counts[i].sent,
		 counts[i].needed);
	bad_setup(NULL, true);
	before = support_raw_kept(&bad_raw);
	if (counts[i].told != 0) {
		shmem__put32(support_raw_frame(&bad_raw, RAW_NOTICE, 8),
			     counts[i].told);
		support_raw_send(&bad_raw);
	}
	for (n = 0; n < counts[i].needed && n < 200; n++)
		support_raw_handle(&bad_raw, BAD_PAGE, FLAG_RW, -1);
	if (counts[i].needed > 0)
		support_raw_message(&bad_raw, RAW_PLAIN, 0, 0);
	else
		support_raw_frame(&bad_raw, RAW_FREE, 0);
	for (n = 0; n < counts[i].sent; n++)
		bad_raw.fd[bad_raw.fds++] = support_object(BAD_PAGE);
	support_raw_post(&bad_raw, (uint32_t)bad_raw.length, counts[i].header,
			 0, bad_raw.sequence);
	if (delivered) { /* the message is in order, what is around it not */
		shmem_message *m = support_recv(bad_channel);

		shmem_message_free(&m);
	}
	bad_refused_sent(counts[i].expected, before);
}

const bad_chapter bad_counts = {"counts", count_count, count_run, false};

/* ---- many memories in one object ---- */

/* What each record says of slot and part, where one descriptor comes for all of
 * them; of how many pages the object is. */
#define PARTS_MAX 4
static const struct {
	const char *name;
	unsigned pages;
	int expected;
	bool unmap; /* where runs are not allowed */
	struct {
		uint32_t slot, part;
		uint64_t capacity;
	} record[PARTS_MAX]; /* up to a capacity of 0 */
} runs[] = {
	{"begins with part 1", 1, P, false, {{1, 1, BAD_PAGE}}},
	{"begins with the last part", 1, P, false, {{1, 255, BAD_PAGE}}},
	{"leaves a part out",
	 2,
	 U,
	 false,
	 {{1, 0, BAD_PAGE}, {2, 2, BAD_PAGE}}},
	{"has a slot twice", 2, P, false, {{1, 0, BAD_PAGE}, {1, 1, BAD_PAGE}}},
	{"goes down", 2, P, false, {{2, 0, BAD_PAGE}, {1, 1, BAD_PAGE}}},
	{"goes up and down",
	 3,
	 P,
	 false,
	 {{2, 0, BAD_PAGE}, {4, 1, BAD_PAGE}, {3, 2, BAD_PAGE}}},
	{"begins where there is memory",
	 2,
	 P,
	 false,
	 {{0, 0, BAD_PAGE}, {1, 1, BAD_PAGE}}},
	{"ends beyond the last slot",
	 2,
	 P,
	 false,
	 {{16383, 0, BAD_PAGE}, {16384, 1, BAD_PAGE}}},
	{"is larger than its object",
	 1,
	 U,
	 false,
	 {{1, 0, BAD_PAGE}, {2, 1, BAD_PAGE}}},
	{"is smaller than its object",
	 3,
	 U,
	 false,
	 {{1, 0, BAD_PAGE}, {2, 1, BAD_PAGE}}},
	{"has no such capacity",
	 6,
	 P,
	 false,
	 {{1, 0, 3 * BAD_PAGE}, {2, 1, 3 * BAD_PAGE}}},
	{"is of 2^63 bytes twice", 2, P, false, {{1, 0, K63}, {2, 1, K63}}},
	{"where they are unmapped",
	 2,
	 P,
	 true,
	 {{1, 0, BAD_PAGE}, {2, 1, BAD_PAGE}}},
};

static size_t run_count(void)
{
	return COUNT(runs);
}

static void run_run(size_t i)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	/* Parts are as large as the steps at which views begin. */
	uint64_t scale = shmem__view_step() / BAD_PAGE;
	unsigned char *at;
	size_t n = 0;

	bad_case("a run that %s", runs[i].name);
	if (runs[i].unmap)
		opts.enforce = SHMEM_ENFORCE_UNMAP;
	bad_setup(&opts, true);
	while (n < PARTS_MAX && runs[i].record[n].capacity != 0)
		n++;
	at = support_raw_frame(&bad_raw, RAW_ANNOUNCE, 16 * n);
	for (size_t k = 0; k < n; k++, at += 16) {
		shmem__put32(at, runs[i].record[k].slot);
		shmem__put32(at + 4, runs[i].record[k].part);
		shmem__put64(at + 8,
			     runs[i].record[k].capacity <= 2 * BAD_PAGE
				     ? runs[i].record[k].capacity * scale
				     : runs[i].record[k].capacity);
	}
	bad_raw.fd[bad_raw.fds++] =
		support_object(runs[i].pages * scale * BAD_PAGE);
	bad_refused(runs[i].expected);
}

const bad_chapter bad_runs = {"runs", run_count, run_run, false};
