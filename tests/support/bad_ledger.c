/* SPDX-License-Identifier: MIT */
/* Bad input: segments that the sender can't have, and whatever is said twice.
 */
#include "bad.h"

#include "base/codec.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define P SHMEM_E_PROTO
#define FLAG_RW 3u

/* ---- ids ---- */

/* What is said of each: given alone, given behind what is in order, as a body,
 * freed, retired, labelled; what comes of it, and 0 where it is in order. */
enum { GIVEN, BESIDE, BODY, FREED, RETIRED, LABELLED, ID_USES };
static const char *const id_use[ID_USES] = {
	"given",           "given beside a good one",
	"given as a body", "freed",
	"retired",         "labelled"};

/* Where the segments of its memory are: one of ours is away (mine), and the
 * peer's is nowhere, or has been given to us, or given and freed by us. */
enum { NOWHERE, WITH_US, FREED_BY_US };
static const struct {
	const char *name;
	int where;
	uint64_t id;
	int expected[ID_USES];
} ids[] = {
	{"no id", NOWHERE, 0, {P, P, P, P, 0, P}},
	{"theirs without a generation",
	 NOWHERE,
	 BAD_THEIRS(0, 0),
	 {P, P, P, P, 0, P}},
	{"theirs, not given yet",
	 NOWHERE,
	 BAD_THEIRS(0, 1),
	 {0, 0, 0, P, 0, P}},
	{"theirs, the last generation",
	 NOWHERE,
	 BAD_THEIRS(0, UINT32_MAX),
	 {0, 0, 0, P, 0, P}},
	{"theirs, without memory",
	 NOWHERE,
	 BAD_THEIRS(1, 1),
	 {P, P, P, P, P, P}},
	{"theirs, in slot 255",
	 NOWHERE,
	 BAD_THEIRS(255, 1),
	 {P, P, P, P, P, P}},
	{"theirs, in slot 256",
	 NOWHERE,
	 BAD_THEIRS(256, 1),
	 {P, P, P, P, P, P}},
	{"theirs, in the last slot",
	 NOWHERE,
	 BAD_THEIRS(16383, 1),
	 {P, P, P, P, P, P}},
	{"theirs, beyond the last slot",
	 NOWHERE,
	 BAD_THEIRS(16384, 1),
	 {P, P, P, P, P, P}},
	{"theirs, in no slot at all",
	 NOWHERE,
	 BAD_THEIRS(0x7fffffff, 1),
	 {P, P, P, P, P, P}},
	{"ours without a generation",
	 NOWHERE,
	 BAD_OURS(0, 0),
	 {P, P, P, P, P, P}},
	{"ours, away", NOWHERE, BAD_OURS(0, 1), {0, P, 0, 0, 0, P}},
	{"ours, not made yet", NOWHERE, BAD_OURS(0, 2), {P, P, P, P, P, P}},
	{"ours, the last generation",
	 NOWHERE,
	 BAD_OURS(0, UINT32_MAX),
	 {P, P, P, P, P, P}},
	{"ours, in a slot without memory",
	 NOWHERE,
	 BAD_OURS(1, 1),
	 {P, P, P, P, P, P}},
	{"ours, in slot 256", NOWHERE, BAD_OURS(256, 1), {P, P, P, P, P, P}},
	{"ours, in slot 16384",
	 NOWHERE,
	 BAD_OURS(16384, 1),
	 {P, P, P, P, P, P}},
	{"ours, in slot 2^18",
	 NOWHERE,
	 BAD_OURS(1 << 18, 1),
	 {P, P, P, P, P, P}},
	{"ours, in no slot at all",
	 NOWHERE,
	 BAD_OURS(0x7fffffff, 1),
	 {P, P, P, P, P, P}},
	{"all ones", NOWHERE, UINT64_MAX, {P, P, P, P, P, P}},
	{"what we have", WITH_US, BAD_THEIRS(0, 5), {P, P, P, P, P, P}},
	{"older than what we have",
	 WITH_US,
	 BAD_THEIRS(0, 4),
	 {P, P, P, P, P, P}},
	{"newer than what we have",
	 WITH_US,
	 BAD_THEIRS(0, 6),
	 {P, P, P, P, P, P}},
	{"what we freed", FREED_BY_US, BAD_THEIRS(0, 5), {P, P, P, P, 0, P}},
	{"older than what we freed",
	 FREED_BY_US,
	 BAD_THEIRS(0, 4),
	 {P, P, P, P, P, P}},
	{"newer than what we freed",
	 FREED_BY_US,
	 BAD_THEIRS(0, 6),
	 {0, 0, 0, P, 0, P}},
};

static size_t id_count(void)
{
	return COUNT(ids) * ID_USES;
}

static shmem_segment *held; /* by us, in the cases that say so */

static void place(int where)
{
	if (where == NOWHERE)
		return;
	support_raw_segment(&bad_raw, BAD_THEIRS(0, 5), 100);
	support_raw_message(&bad_raw, RAW_PLAIN, 0, 0);
	support_raw_send(&bad_raw);
	held = support_get(bad_channel);
	memset(shmem_segment_data(held), 5, 100);
	if (where == FREED_BY_US) {
		support_ok(shmem_segment_free(&held));
		support_settle(bad_channel);
	}
}

static void say(uint64_t id, size_t use)
{
	switch (use) {
	case BESIDE:
		support_raw_segment(&bad_raw, bad_mine, 100);
		support_raw_segment(&bad_raw, id, 100);
		support_raw_message(&bad_raw, RAW_PLAIN, 0, 0);
		break;
	case GIVEN:
	case BODY:
		support_raw_segment(&bad_raw, id, 100);
		support_raw_message(&bad_raw,
				    use == BODY ? RAW_BODY : RAW_PLAIN, 0, 0);
		break;
	case FREED:
		support_raw_ids(&bad_raw, RAW_FREE, id);
		break;
	case RETIRED:
		support_raw_ids(&bad_raw, RAW_RETIRE, id);
		break;
	default:
		shmem__put64(support_raw_frame(&bad_raw, RAW_LABEL, 40), id);
	}
}

static void id_run(size_t i)
{
	uint64_t id = ids[i / ID_USES].id;
	size_t use = i % ID_USES;
	int expected = ids[i / ID_USES].expected[use];

	if (expected == 0)
		return;
	bad_case("%s, %s", ids[i / ID_USES].name, id_use[use]);
	bad_setup(NULL, true);
	place(ids[i / ID_USES].where);
	say(id, use);
	bad_refused(expected);
	if (held != NULL) {
		support_check_segment(held, 5); /* as it was, and ours */
		support_ok(shmem_segment_free(&held));
	}
}

const bad_chapter bad_ids = {"ids", id_count, id_run, false};

/* ---- replays ---- */

/* A packet that was in order is sent once more, with its number or the next
 * one. What it said can't be said twice. */
enum { OLD_NUMBER, NEXT_NUMBER, LATER_NUMBER, NUMBERS };
static const char *const number_name[NUMBERS] = {"its number", "the next one",
						 "a later one"};
enum {
	GIFT,
	NEW,
	FREE,
	RETIRE,
	MEMORY,
	REQUEST,
	ANSWER,
	REFUSAL,
	HELLO,
	RING,
	NOTHING,
	WHATS
};
static const char *const what_name[WHATS] = {
	"a gift of ours", "a gift of theirs", "a freed segment",
	"retired memory", "memory",           "a request",
	"a reply",        "a refusal",        "a greeting",
	"a ring",         "an empty frame"};

static size_t replay_count(void)
{
	return (size_t)WHATS * NUMBERS;
}

static uint64_t asked;

static void make(int what)
{
	switch (what) {
	case GIFT:
		support_raw_segment(&bad_raw, BAD_OURS(0, 1), 100);
		support_raw_message(&bad_raw, RAW_PLAIN, 0, 0);
		break;
	case NEW:
		support_raw_segment(&bad_raw, BAD_THEIRS(0, 1), 100);
		support_raw_message(&bad_raw, RAW_PLAIN, 0, 0);
		break;
	case FREE:
		support_raw_ids(&bad_raw, RAW_FREE, BAD_OURS(0, 1));
		break;
	case RETIRE:
		support_raw_ids(&bad_raw, RAW_RETIRE, BAD_THEIRS(0, 1));
		break;
	case MEMORY:
		support_raw_announce(&bad_raw, 1, BAD_PAGE,
				     support_object(BAD_PAGE));
		break;
	case REQUEST:
		support_raw_message(&bad_raw, RAW_REQUEST, 9, 0);
		break;
	case ANSWER:
		support_raw_message(&bad_raw, RAW_REPLY, asked, 0);
		break;
	case REFUSAL:
		support_raw_ids(&bad_raw, RAW_REFUSE, asked);
		break;
	case HELLO:
		support_raw_hello(support_raw_frame(&bad_raw, RAW_HELLO, 64),
				  0);
		break;
	case RING:
		shmem__put64(support_raw_frame(&bad_raw, RAW_RING, 8),
			     BAD_RING);
		bad_raw.fd[bad_raw.fds++] = support_object(BAD_PAGE + BAD_RING);
		break;
	default:
		support_raw_frame(&bad_raw, RAW_FREE, 0);
	}
}

static void replay_run(size_t i)
{
	int what = (int)(i / NUMBERS);
	int number = (int)(i % NUMBERS);
	shmem_message *m = NULL;
	size_t before;

	/* Said once more under a number of its own, nothing is nothing. */
	if (what == NOTHING && number == NEXT_NUMBER)
		return;
	bad_case("%s, again, with %s", what_name[what], number_name[number]);
	bad_setup(NULL, true);
	if (what == ANSWER || what == REFUSAL) {
		m = support_text("?");
		support_ok(shmem_channel_request(bad_channel, &m, &asked));
	}
	if (what != HELLO) {
		make(what);
		support_raw_send(&bad_raw);
		support_settle(bad_channel);
	}
	if (what == GIFT || what == FREE)
		bad_mine = 0; /* it is not away any more */
	if (what <= NEW || what == REQUEST || what == ANSWER || what == REFUSAL)
		m = support_recv(bad_channel);
	before = support_raw_kept(&bad_raw);
	make(what);
	if (number == OLD_NUMBER)
		bad_raw.sequence -= bad_raw.fds > 0 ? 2 : 1;
	if (number == LATER_NUMBER)
		bad_raw.sequence += 1;
	support_raw_send(&bad_raw);
	bad_refused_sent(P, before);
	shmem_message_free(&m);
}

const bad_chapter bad_replays = {"replays", replay_count, replay_run, false};

/* ---- descriptions of handles ---- */

/* Each byte of a description in turn is another one. Where it is the size, what
 * is said is well formed, but not so. Flags: 3 becomes 2, which does not even
 * say that it may be read. */
enum { IN_MESSAGE, UNPACKED, RECEIVED, WAYS };
static const char *const way_name[WAYS] = {"in a message", "unpacked",
					   "received"};
static const struct {
	size_t first, last; /* bytes */
	unsigned char flip;
	int expected[WAYS];
} bytes_of_description[] = {
	{0, 3, 0x20, {P, SHMEM_E_INVAL, P}}, /* SHMH */
	{4, 5, 0x02, {P, SHMEM_E_INVAL, P}}, /* a later version */
	{6, 6, 0x01, {P, SHMEM_E_INVAL, P}}, /* flags */
	{7, 7, 0x01, {P, SHMEM_E_INVAL, P}}, /* from the future */
	{8,
	 15,
	 0x01,
	 {SHMEM_E_UNTRUSTED, SHMEM_E_UNTRUSTED, SHMEM_E_UNTRUSTED}},
	{16, 31, 0x01, {P, SHMEM_E_INVAL, P}}, /* reserved */
	{32, 63, 0x01, {P, SHMEM_E_INVAL, P}}, /* an empty label */
};

static size_t description_count(void)
{
	return (size_t)SHMEM_HANDLE_DESC_SIZE * WAYS;
}

static void description(unsigned char desc[SHMEM_HANDLE_DESC_SIZE], size_t at,
			unsigned char flip)
{
	memset(desc, 0, SHMEM_HANDLE_DESC_SIZE);
	memcpy(desc, "SHMH", 4);
	shmem__put16(desc + 4, 1);
	shmem__put16(desc + 6, FLAG_RW);
	shmem__put64(desc + 8, BAD_PAGE);
	desc[at] ^= flip;
}

/* Without a channel: the error, and that nothing stays but what is the
 * caller's (an E_INVAL of unpack). */
static void refused_alone(const unsigned char *desc, int way, int fd,
			  int expected)
{
	size_t before = support_descriptors() - 1;
	shmem_handle *h = NULL;
	int err;

	if (way == RECEIVED) {
		err = support_handle_receive(desc, fd, &h);
	} else {
		err = shmem_handle_unpack(desc, SHMEM_HANDLE_DESC_SIZE, fd, &h);
		if (err == SHMEM_E_INVAL)
			support_discard(fd);
	}
	ck_assert_msg(err == expected, "%s: %s, not %s", bad_name(),
		      shmem_errname(err), shmem_errname(expected));
	ck_assert_ptr_null(h);
	ck_assert_uint_eq(support_descriptors(), before);
	ck_assert_uint_eq(support_stats(NULL).handles, 0);
}

static void description_run(size_t i)
{
	size_t at = i / WAYS;
	int way = (int)(i % WAYS);
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	size_t k = 0;
	int fd;

	if (way == RECEIVED && support_lacks(SUPPORT_PASSING) != NULL)
		return;
	fd = support_object(BAD_PAGE);
	while (bytes_of_description[k].last < at)
		k++;
	description(desc, at, bytes_of_description[k].flip);
	bad_case("byte %zu of a description %s", at, way_name[way]);
	if (way != IN_MESSAGE) {
		refused_alone(desc, way, fd,
			      bytes_of_description[k].expected[way]);
		return;
	}
	bad_setup(NULL, true);
	support_raw_handle(&bad_raw, BAD_PAGE, FLAG_RW, fd);
	memcpy(bad_raw.handle[0], desc, sizeof(desc));
	support_raw_message(&bad_raw, RAW_PLAIN, 0, 0);
	bad_refused(bytes_of_description[k].expected[way]);
}

const bad_chapter bad_descriptions = {"descriptions", description_count,
				      description_run, false};

/* ---- all kinds of descriptors, without a channel ---- */

static void kind_run(size_t kind, int way)
{
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	uint64_t size = bad_kind_size(kind);
	int fd;

	if (bad_kind_as(kind, BAD_WRITTEN) == 0)
		return;
	bad_case("%s, %s", bad_kind_name(kind), way_name[way]);
	bad_setup(NULL, true); /* some kinds are ends of it */
	description(desc, 0, 0);
	shmem__put64(desc + 8, size);
	fd = bad_kind_make(kind, size);
	ck_assert_int_ge(fd, 0);
	refused_alone(desc, way, fd, bad_kind_as(kind, BAD_WRITTEN));
}

static void unpack_run(size_t i)
{
	kind_run(i, UNPACKED);
}

static void recv_run(size_t i)
{
	kind_run(i, RECEIVED);
}

const bad_chapter bad_unpack = {"unpack", bad_kinds, unpack_run, false};
const bad_chapter bad_recv = {"recv", bad_kinds, recv_run, false};
