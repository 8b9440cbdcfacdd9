/* SPDX-License-Identifier: MIT */
/* Segments at random, and what became of them. */
#include "crash.h"

#include <string.h>
#include <sys/mman.h>

#define ALLOC_BELOW (CRASH_AWAY / 8)
#define HELD_MAX (CRASH_AWAY - 8)
#define AWAY_MAX (CRASH_AWAY - 8)

/* Says nothing as long as all is well: Check's record must not be written by a
 * process that may be killed at any moment. */
#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition))                                              \
			ck_abort_msg("%s", #condition);                        \
	} while (0)

crash_shared *crash_shared_make(void)
{
	void *at = mmap(NULL, sizeof(crash_shared), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(at, MAP_FAILED);
	return at;
}

void crash_shared_free(crash_shared *shared)
{
	munmap(shared, sizeof(*shared));
}

static void note(crash_notes *notes, uint64_t what)
{
	unsigned n = atomic_load(&notes->count);

	if (n == CRASH_NOTES)
		return;
	notes->what[n] = what;
	atomic_store(&notes->count, n + 1);
}

static bool noted(const crash_notes *notes, uint64_t what)
{
	for (unsigned i = atomic_load(&notes->count); i > 0; i--)
		if (notes->what[i - 1] == what)
			return true;
	return false;
}

void crash_begin(crash_party *party, shmem_channel *channel,
		 crash_shared *shared, unsigned side, bool noting,
		 uint32_t seed)
{
	memset(party, 0, sizeof(*party));
	party->channel = channel;
	party->shared = shared;
	party->noting = noting;
	party->seed = seed;
	party->last_number = (uint64_t)(side + 1) << 32;
	atomic_store(&shared->taken.count, 0);
	atomic_store(&shared->freed.count, 0);
}

static uint32_t chance(crash_party *party, uint32_t below)
{
	party->seed = party->seed * 1664525u + 1013904223u;
	return (party->seed >> 8) % below;
}

static uint64_t fill(crash_party *party, const shmem_segment *s)
{
	unsigned char *data = shmem_segment_data(s);
	uint64_t number = ++party->last_number;

	MUST(data != NULL);
	memset(data, (int)(number & 255), shmem_segment_size(s));
	memcpy(data, &number, sizeof(number));
	return number;
}

/* The number in it; fails the test where the rest does not fit to that. */
static uint64_t number_in(const shmem_segment *s)
{
	const unsigned char *data = shmem_segment_data(s);
	uint64_t size = shmem_segment_size(s);
	uint64_t number;

	MUST(data != NULL);
	memcpy(&number, data, sizeof(number));
	for (uint64_t i = sizeof(number); i < size; i++)
		if (data[i] != (number & 255))
			ck_abort_msg("byte %llu of segment %llx is damaged",
				     (unsigned long long)i,
				     (unsigned long long)number);
	return number;
}

static void hold(crash_party *party, shmem_segment *s)
{
	uint64_t id = shmem_segment_id(s);

	for (unsigned i = 0; i < CRASH_AWAY; i++)
		if (party->away[i].id == id)
			party->away[i].id = 0;
	for (unsigned i = 0; i < CRASH_HELD; i++)
		if (party->held[i] == NULL) {
			party->held[i] = s;
			return;
		}
	ck_abort_msg("too many segments");
}

static void sent(crash_party *party, uint64_t id, uint64_t number)
{
	for (unsigned i = 0; i < CRASH_AWAY; i++)
		if (party->away[i].id == 0) {
			party->away[i].id = id;
			party->away[i].number = number;
			return;
		}
	ck_abort_msg("too many segments away");
}

static unsigned count_held(const crash_party *party)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CRASH_HELD; i++)
		n += party->held[i] != NULL;
	return n;
}

static unsigned count_away(const crash_party *party)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CRASH_AWAY; i++)
		n += party->away[i].id != 0;
	return n;
}

static shmem_segment **any_held(crash_party *party)
{
	unsigned from = chance(party, CRASH_HELD);

	for (unsigned i = 0; i < CRASH_HELD; i++) {
		unsigned at = (from + i) % CRASH_HELD;

		if (party->held[at] != NULL)
			return &party->held[at];
	}
	return NULL;
}

static void forget_freed(crash_party *party)
{
	for (unsigned i = 0; i < CRASH_AWAY; i++)
		if (party->away[i].id != 0 &&
		    shmem_segment_state(party->channel, party->away[i].id) ==
			    SHMEM_STATE_DEAD) {
			/* Only its owner can have freed it. */
			if (!party->noting)
				MUST(noted(&party->shared->freed,
					   party->away[i].id));
			party->away[i].id = 0;
		}
}

static int free_it(crash_party *party, shmem_segment **take)
{
	if (party->noting)
		note(&party->shared->freed, shmem_segment_id(*take));
	return shmem_segment_free(take);
}

static void take(crash_party *party, shmem_message *m)
{
	shmem_segment *s = NULL;

	while (shmem_message_pop_segment(m, &s) == 0) {
		uint64_t number = number_in(s);

		if (party->noting)
			note(&party->shared->taken, number);
		(void)fill(party, s);
		hold(party, s);
		s = NULL;
		if (count_held(party) > HELD_MAX)
			MUST(free_it(party, any_held(party)) == 0);
	}
	if (shmem_message_is_request(m) && party->request == NULL)
		party->request = m;
	else
		shmem_message_free(&m);
}

static int receive(crash_party *party, int timeout)
{
	shmem_message *m = NULL;
	int err = shmem_channel_recv(party->channel, timeout, &m);

	if (err == 0)
		take(party, m);
	return err;
}

/* A few segments, as a message, a request or a reply. */
static int send_some(crash_party *party)
{
	uint64_t id[4];
	uint64_t number[4];
	shmem_message *m = NULL;
	unsigned n = count_away(party) < AWAY_MAX ? chance(party, 4) : 0;
	shmem_segment *s = NULL;
	unsigned how = chance(party, 3);
	uint64_t call;
	int err;

	MUST(shmem_message_new("bytes", 5, &m) == 0);
	for (unsigned i = 0; i < n; i++) {
		shmem_segment **held = any_held(party);

		if (held == NULL) {
			n = i;
			break;
		}
		id[i] = shmem_segment_id(*held);
		number[i] = fill(party, *held);
		MUST(shmem_message_push_segment(m, held) == 0);
	}
	if (how == 0 && party->request != NULL)
		err = shmem_channel_reply(party->channel, party->request, &m);
	else if (how == 1)
		err = shmem_channel_request(party->channel, &m, &call);
	else
		err = shmem_channel_send(party->channel, &m);
	if (how == 0)
		shmem_message_free(&party->request);
	for (unsigned i = 0; err == 0 && i < n; i++)
		sent(party, id[i], number[i]);
	while (err != 0 && shmem_message_pop_segment(m, &s) == 0) {
		(void)number_in(s);
		hold(party, s);
		s = NULL;
	}
	shmem_message_free(&m);
	return err;
}

static int alloc(crash_party *party)
{
	shmem_segment *s = NULL;
	int err = shmem_segment_alloc(
		party->channel, 8 + chance(party, 12) * (uint64_t)700, &s);

	if (err == 0) {
		(void)fill(party, s);
		hold(party, s);
	}
	return err;
}

static int free_one(crash_party *party)
{
	shmem_segment **held = any_held(party);

	if (held == NULL)
		return 0;
	return free_it(party, held);
}

int crash_step(crash_party *party)
{
	uint32_t what = chance(party, 10);
	int err;

	if (what < 2 && count_held(party) < ALLOC_BELOW)
		err = alloc(party);
	else if (what < 6)
		err = send_some(party);
	else if (what < 7)
		err = free_one(party);
	else
		err = receive(party, what == 9);
	if (!party->noting || what == 8)
		forget_freed(party);
	atomic_fetch_add(&party->shared->steps, 1);
	if (err == SHMEM_E_AGAIN || err == SHMEM_E_TIMEDOUT ||
	    err == SHMEM_E_LIMIT)
		return 0;
	return err;
}

/* What the dead one had. */
static unsigned reclaim(crash_party *party)
{
	shmem_segment *s = NULL;
	unsigned n = 0;
	bool known;

	while (shmem_channel_reclaim(party->channel, &s, &known) == 0) {
		uint64_t id = shmem_segment_id(s);
		uint64_t number = 0;

		for (unsigned i = 0; i < CRASH_AWAY; i++)
			if (party->away[i].id == id)
				number = party->away[i].number;
		MUST(number != 0);
		if (known)
			MUST(number_in(s) == number);
		if (noted(&party->shared->taken, number))
			MUST(!known);
		hold(party, s);
		s = NULL;
		n++;
	}
	return n;
}

unsigned crash_account(crash_party *party)
{
	unsigned n;
	int err;

	do
		err = receive(party, 5000);
	while (err == 0);
	support_is(err, SHMEM_E_CLOSED);
	forget_freed(party);
	n = reclaim(party);
	for (unsigned i = 0; i < CRASH_AWAY; i++)
		ck_assert_msg(party->away[i].id == 0, "segment %llx is lost",
			      (unsigned long long)party->away[i].id);
	for (unsigned i = 0; i < CRASH_HELD; i++)
		if (party->held[i] != NULL)
			(void)fill(party, party->held[i]);
	shmem_message_free(&party->request);
	shmem_channel_close(&party->channel);
	for (unsigned i = 0; i < CRASH_HELD; i++)
		(void)shmem_segment_free(&party->held[i]);
	return n;
}
