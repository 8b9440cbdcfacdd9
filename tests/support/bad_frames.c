/* SPDX-License-Identifier: MIT */
/* Bad input: frames that are malformed, cut short, or come at a wrong time. */
#include "bad.h"

#include "base/codec.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define P SHMEM_E_PROTO
#define FLAG_RW 3u

static const char *const frame_name[] = {
	"nothing", "HELLO", "NOTICE", "ANNOUNCE", "MESSAGE", "FREE",
	"RETIRE",  "LABEL", "REFUSE", "RING",     "VIEW"};

static uint64_t asked; /* a request of ours that waits for its reply */

/*
 * Writes a frame that is in order at this time, of each type, and returns its
 * payload. What MESSAGE gives is ours, and comes with a handle and a body.
 */
static unsigned char *good_frame(unsigned type, size_t *ret_length)
{
	size_t before = bad_raw.length;
	unsigned char *at;

	switch (type) {
	case RAW_HELLO:
		support_raw_hello(support_raw_frame(&bad_raw, type, 64), 1);
		break;
	case RAW_NOTICE:
		shmem__put32(support_raw_frame(&bad_raw, type, 8), 3);
		break;
	case RAW_ANNOUNCE:
		support_raw_announce(&bad_raw, 1, BAD_PAGE,
				     support_object(BAD_PAGE));
		break;
	case RAW_MESSAGE:
		support_raw_segment(&bad_raw, bad_mine, 100);
		support_raw_handle(&bad_raw, BAD_PAGE, FLAG_RW,
				   support_object(BAD_PAGE));
		support_raw_message(&bad_raw, RAW_PLAIN, 0, 8);
		break;
	case RAW_FREE:
	case RAW_RETIRE:
		support_raw_ids(&bad_raw, type, bad_mine);
		break;
	case RAW_LABEL:
		/* Of what the message in front of it gives. */
		support_raw_segment(&bad_raw, BAD_THEIRS(0, 1), 10);
		support_raw_message(&bad_raw, RAW_PLAIN, 0, 0);
		before = bad_raw.length;
		at = support_raw_frame(&bad_raw, type, 40);
		shmem__put64(at, BAD_THEIRS(0, 1));
		at[8] = 'x';
		break;
	case RAW_REFUSE:
		support_raw_ids(&bad_raw, type, asked);
		break;
	case RAW_VIEW:
		at = support_raw_frame(&bad_raw, type, 16);
		shmem__put64(at, BAD_THEIRS(0, 1));
		shmem__put64(at + 8, (uint64_t)(uintptr_t)&bad_raw);
		break;
	default:
		shmem__put64(support_raw_frame(&bad_raw, type, 8), BAD_RING);
		bad_raw.fd[bad_raw.fds++] = support_object(BAD_PAGE + BAD_RING);
	}
	*ret_length = bad_raw.length - before - 8;
	return bad_raw.out + before + 8;
}

static void ask(void)
{
	shmem_message *m = support_text("?");

	support_ok(shmem_channel_request(bad_channel, &m, &asked));
}

static void take_one(void)
{
	shmem_message *m = support_recv(bad_channel);

	shmem_message_free(&m);
}

/* ---- cut short, or too long ---- */

/*
 * For each type: the length of its payload, the least to which it is cut (an
 * empty list of ids says nothing, which is no error), and whether a byte more
 * is wrong before anything is done. What is cut is the payload together with
 * its packet, byte by byte.
 */
static const struct {
	unsigned type;
	size_t length, least, more;
} cuts[] = {
	{RAW_HELLO, 64, 0, 1},    {RAW_NOTICE, 8, 0, 1},
	{RAW_ANNOUNCE, 16, 1, 0}, {RAW_MESSAGE, 112, 0, 1},
	{RAW_FREE, 8, 1, 0},      {RAW_RETIRE, 8, 1, 0},
	{RAW_LABEL, 40, 0, 1},    {RAW_REFUSE, 8, 1, 0},
	{RAW_RING, 8, 0, 1},
};

static size_t cuts_of(size_t k)
{
	return cuts[k].length - cuts[k].least + cuts[k].more;
}

static size_t truncated_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(cuts); i++)
		n += cuts_of(i);
	return n;
}

static void truncated_run(size_t i)
{
	size_t before;
	size_t length;
	size_t to;
	unsigned char *at;
	unsigned type;
	size_t k = 0;

	while (i >= cuts_of(k))
		i -= cuts_of(k++);
	type = cuts[k].type;
	to = cuts[k].least + i;
	if (to == cuts[k].length)
		to++;
	bad_case("%s of %zu bytes", frame_name[type], to);
	bad_setup(NULL, type != RAW_HELLO);
	if (type == RAW_REFUSE)
		ask();
	before = support_raw_kept(&bad_raw);
	at = good_frame(type, &length);
	ck_assert_uint_eq(length, cuts[k].length);
	bad_raw.out[bad_raw.length] = 0;
	bad_raw.length = bad_raw.length - length + to;
	shmem__put32(at - 4, (uint32_t)to);
	support_raw_send(&bad_raw);
	if (type == RAW_LABEL)
		take_one();
	bad_refused_sent(P, before);
}

const bad_chapter bad_truncated = {"truncated", truncated_count, truncated_run,
				   false};

/* ---- one field of a frame ---- */

/* The field at `at` of the frame (its header is 8 bytes) is `value`. */
static const struct {
	const char *name;
	unsigned type;
	size_t at;
	unsigned bytes;
	uint64_t value;
	int expected;
} fields[] = {
	{"type 0", RAW_FREE, 0, 2, 0, P},
	{"type 10, VIEW", RAW_FREE, 0, 2, 10, P},
	{"type 11", RAW_FREE, 0, 2, 11, P},
	{"type 255", RAW_FREE, 0, 2, 255, P},
	{"type 261, FREE in 8 bits", RAW_FREE, 0, 2, 261, P},
	{"type 0x8005", RAW_FREE, 0, 2, 0x8005, P},
	{"type 65535", RAW_FREE, 0, 2, 65535, P},
	{"a length beyond the packet", RAW_FREE, 4, 4, 9, P},
	{"a length of the packet", RAW_FREE, 4, 4, 32, P},
	{"a length of 2^31-1", RAW_FREE, 4, 4, 0x7fffffff, P},
	{"a length of 2^31", RAW_FREE, 4, 4, 0x80000000, P},
	{"a length of 2^32-8", RAW_FREE, 4, 4, 0xfffffff8, P},
	{"a length of 2^32-1", RAW_FREE, 4, 4, 0xffffffff, P},
	{"a length that leaves half a frame", RAW_FREE, 4, 4, 4, P},
	{"a length that leaves a byte", RAW_FREE, 4, 4, 7, P},
	{"an announcement's part 1", RAW_ANNOUNCE, 12, 4, 1, P},
	{"an announcement's part 256", RAW_ANNOUNCE, 12, 4, 256, P},
	{"an announcement's part 2^31", RAW_ANNOUNCE, 12, 4, 0x80000000, P},
	{"an announcement's part 2^32-1", RAW_ANNOUNCE, 12, 4, 0xffffffff, P},
	{"a slot that has memory", RAW_ANNOUNCE, 8, 4, 0, P},
	{"the slot 16384", RAW_ANNOUNCE, 8, 4, 16384, P},
	{"the slot 65536", RAW_ANNOUNCE, 8, 4, 65536, P},
	{"the slot 2^30", RAW_ANNOUNCE, 8, 4, 0x40000000, P},
	{"the slot 2^31-1", RAW_ANNOUNCE, 8, 4, 0x7fffffff, P},
	{"the slot 2^31", RAW_ANNOUNCE, 8, 4, 0x80000000, P},
	{"the slot 2^32-1", RAW_ANNOUNCE, 8, 4, 0xffffffff, P},
	{"a notice's reserved byte", RAW_NOTICE, 12, 1, 1, P},
	{"a notice's last reserved byte", RAW_NOTICE, 15, 1, 0x80, P},
	{"a notice of nothing", RAW_NOTICE, 8, 4, 0, P},
	{"a notice of 251", RAW_NOTICE, 8, 4, 251, P},
	{"a notice of 2^32-1", RAW_NOTICE, 8, 4, 0xffffffff, P},
	{"kind 3", RAW_MESSAGE, 8, 4, 3, P},
	{"kind 3 with a call", RAW_MESSAGE, 8, 4, 3, P},
	{"a request without a number", RAW_MESSAGE, 8, 4, 1, P},
	{"a reply to nothing", RAW_MESSAGE, 8, 4, 2, P},
	{"a waiting message", RAW_MESSAGE, 8, 4, 4, P},
	{"a waiting reply", RAW_MESSAGE, 8, 4, 6, P},
	{"a body in a segment and in the packet", RAW_MESSAGE, 8, 4, 8, P},
	{"a message with a number", RAW_MESSAGE, 24, 8, 1, P},
	{"a message with a large number", RAW_MESSAGE, 24, 8, 1ull << 63, P},
	{"no segment, but its record", RAW_MESSAGE, 12, 4, 0, P},
	{"two segments, one record", RAW_MESSAGE, 12, 4, 2, P},
	{"five segments instead of a handle", RAW_MESSAGE, 12, 4, 5, P},
	{"1001 segments", RAW_MESSAGE, 12, 4, 1001, P},
	{"2^28 segments, 2^32 bytes", RAW_MESSAGE, 12, 4, 1u << 28, P},
	{"2^28+1 segments", RAW_MESSAGE, 12, 4, (1u << 28) + 1, P},
	{"2^32-1 segments", RAW_MESSAGE, 12, 4, 0xffffffff, P},
	{"no handle, but its description", RAW_MESSAGE, 16, 4, 0, P},
	{"two handles, one description", RAW_MESSAGE, 16, 4, 2, P},
	{"201 handles", RAW_MESSAGE, 16, 4, 201, P},
	{"2^26 handles, 2^32 bytes", RAW_MESSAGE, 16, 4, 1u << 26, P},
	{"2^26+1 handles", RAW_MESSAGE, 16, 4, (1u << 26) + 1, P},
	{"2^32-1 handles", RAW_MESSAGE, 16, 4, 0xffffffff, P},
	{"no body, but its bytes", RAW_MESSAGE, 20, 4, 0, P},
	{"a body of 7 of 8 bytes", RAW_MESSAGE, 20, 4, 7, P},
	{"a body of 9 of 8 bytes", RAW_MESSAGE, 20, 4, 9, P},
	{"a body of 32769 bytes", RAW_MESSAGE, 20, 4, 32769, P},
	{"a body of 2^31 bytes", RAW_MESSAGE, 20, 4, 0x80000000, P},
	{"a body of 2^32-1 bytes", RAW_MESSAGE, 20, 4, 0xffffffff, P},
	{"a segment smaller than it is", RAW_MESSAGE, 40, 8, 99, P},
	{"a segment larger than it is", RAW_MESSAGE, 40, 8, 101, P},
	{"a segment of no bytes", RAW_MESSAGE, 40, 8, 0, P},
	{"a segment of 2^32 bytes more", RAW_MESSAGE, 40, 8, (1ull << 32) + 100,
	 P},
	{"a segment of 2^64-1 bytes", RAW_MESSAGE, 40, 8, UINT64_MAX, P},
	{"a label without an end", RAW_LABEL, 47, 1, 'x', P},
	{"a label of what did not come", RAW_LABEL, 8, 8, BAD_OURS(0, 1), P},
	{"a label of what never was", RAW_LABEL, 8, 8, BAD_THEIRS(1, 1), P},
	{"a label of an older segment", RAW_LABEL, 8, 8, BAD_THEIRS(0, 0), P},
	{"a label of a newer segment", RAW_LABEL, 8, 8, BAD_THEIRS(0, 2), P},
	{"a refusal of nothing", RAW_REFUSE, 8, 8, 0, P},
	{"a refusal of the next request", RAW_REFUSE, 8, 8, 2, P},
	{"a refusal of 2^64-1", RAW_REFUSE, 8, 8, UINT64_MAX, P},
};

static size_t field_count(void)
{
	return COUNT(fields);
}

static void put(unsigned char *at, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

static void field_run(size_t i)
{
	unsigned char *at;
	size_t length;
	size_t before;

	bad_case("%s %s", frame_name[fields[i].type], fields[i].name);
	bad_setup(NULL, true);
	ask();
	before = support_raw_kept(&bad_raw);
	at = good_frame(fields[i].type, &length) - 8;
	put(at + fields[i].at, fields[i].bytes, fields[i].value);
	if (i > 0 && strcmp(fields[i].name, "kind 3 with a call") == 0)
		put(at + 24, 8, asked);
	support_raw_send(&bad_raw);
	if (fields[i].type == RAW_LABEL)
		take_one();
	bad_refused_sent(fields[i].expected, before);
}

const bad_chapter bad_frames = {"frames", field_count, field_run, false};

/* ---- bits from the future ---- */

/* Every bit of a field that means nothing in this version is an error. */
static const struct {
	const char *name;
	unsigned type;
	size_t at; /* in the frame, or with type 0 in the packet */
	unsigned first, last;
	int expected;
} bits[] = {
	{"flag", RAW_FREE, 2, 0, 15, P},
	{"flag", RAW_MESSAGE, 2, 0, 15, P},
	{"flag", RAW_RING, 2, 0, 15, P},
	{"message flag", RAW_MESSAGE, 8, 4, 31, P},
	{"reserved", 0, 6, 0, 15, P},
	{"reserved", RAW_NOTICE, 12, 0, 31, P},
	{"needs feature", RAW_HELLO, 32, 0, 63, SHMEM_E_UNSUPPORTED},
	{"reserved", RAW_HELLO, 68, 0, 31, P},
};

static size_t bit_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(bits); i++)
		n += bits[i].last - bits[i].first + 1;
	return n;
}

static void bit_run(size_t i)
{
	unsigned char *at;
	unsigned bit;
	size_t before;
	size_t length;
	size_t k = 0;

	while (i > bits[k].last - bits[k].first) {
		i -= bits[k].last - bits[k].first + 1;
		k++;
	}
	bit = bits[k].first + (unsigned)i;
	bad_case("%s, %s bit %u",
		 bits[k].type == 0 ? "packet" : frame_name[bits[k].type],
		 bits[k].name, bit);
	bad_setup(NULL, bits[k].type != RAW_HELLO);
	before = support_raw_kept(&bad_raw);
	if (bits[k].type == 0) {
		support_raw_frame(&bad_raw, RAW_FREE, 0);
		support_raw_post(&bad_raw, (uint32_t)bad_raw.length, 0,
				 1u << bit, bad_raw.sequence);
	} else {
		at = good_frame(bits[k].type, &length) - 8;
		at[bits[k].at + bit / 8] |= (unsigned char)(1u << bit % 8);
		support_raw_send(&bad_raw);
	}
	bad_refused_sent(bits[k].expected, before);
}

const bad_chapter bad_bits = {"bits", bit_count, bit_run, false};

/* ---- frames at a wrong time ---- */

enum { UNGREETED, WITH_HELLO, LENDING, GREETED, AGAIN, WITHOUT_RING };
static const struct {
	const char *name;
	int state;
	unsigned type;
	int expected;
} times[] = {
	{"before the greeting", UNGREETED, RAW_NOTICE, P},
	{"before the greeting", UNGREETED, RAW_ANNOUNCE, P},
	{"before the greeting", UNGREETED, RAW_MESSAGE, P},
	{"before the greeting", UNGREETED, RAW_FREE, P},
	{"before the greeting", UNGREETED, RAW_RETIRE, P},
	{"before the greeting", UNGREETED, RAW_REFUSE, P},
	{"before the greeting", UNGREETED, RAW_RING, P},
	{"before the greeting", UNGREETED, RAW_VIEW, P},
	{"from who does not lend", GREETED, RAW_VIEW, P},
	{"from who would lend, where nobody can", LENDING, RAW_VIEW, P},
	{"with the greeting, of what is not there", WITH_HELLO, RAW_FREE, P},
	{"with the greeting, of what is not there", WITH_HELLO, RAW_RETIRE, P},
	{"with the greeting, of what was not asked", WITH_HELLO, RAW_REFUSE, P},
	{"after a greeting in one packet", WITH_HELLO, RAW_HELLO, P},
	{"after the greeting", GREETED, RAW_HELLO, P},
	{"of what was not asked", GREETED, RAW_REFUSE, P},
	{"twice", AGAIN, RAW_ANNOUNCE, P},
	{"twice", AGAIN, RAW_FREE, P},
	{"twice", AGAIN, RAW_RETIRE, P},
	{"twice", AGAIN, RAW_REFUSE, P},
	{"twice", AGAIN, RAW_RING, P},
	{"where no rings are wanted", WITHOUT_RING, RAW_RING, P},
};

static size_t state_count(void)
{
	return COUNT(times);
}

static void state_run(size_t i)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	int state = times[i].state;
	unsigned type = times[i].type;
	unsigned char *at = NULL;
	size_t before;
	size_t length;

	bad_case("%s %s", frame_name[type], times[i].name);
	opts.no_ring = state == WITHOUT_RING;
	bad_setup(&opts, state >= GREETED);
	before = support_raw_kept(&bad_raw);
	if (state == WITH_HELLO || state == LENDING)
		at = good_frame(RAW_HELLO, &length);
	if (state == LENDING) {
		shmem__put32(at + 12, SHMEM_ENFORCE_UNMAP);
		shmem__put64(at + 16, 2);
	}
	if (state == AGAIN) {
		if (type == RAW_REFUSE)
			ask();
		(void)good_frame(type, &length);
		support_raw_send(&bad_raw);
		support_settle(bad_channel);
		if (type == RAW_REFUSE)
			take_one();
	}
	(void)good_frame(type, &length);
	if (state == AGAIN && (type == RAW_FREE || type == RAW_RETIRE))
		bad_mine = 0;
	support_raw_send(&bad_raw);
	bad_refused_sent(times[i].expected, before);
}

const bad_chapter bad_states = {"states", state_count, state_run, false};
