/* SPDX-License-Identifier: MIT */
/* Segments at random, and what became of them. */
#include "crash.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BURST_MAX 64u

static const crash_load small = {
	.live = 40, .batch = 1, .keep = 0, .burst = 3, .wait = 1};

void (*crash_wrong)(const char *what);

/* Says nothing as long as all is well: Check's record must not be written by a
 * process that may be killed at any moment. */
#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition))                                              \
			wrong("line %d: %s", __LINE__, #condition);            \
	} while (0)

static _Noreturn void wrong(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static _Noreturn void wrong(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (crash_wrong != NULL)
		crash_wrong(text);
	else
		ck_abort_msg("%s", text);
	abort();
}

void crash_shared_clear(crash_shared *shared)
{
	memset(shared, 0, sizeof(*shared));
}

static void note(crash_notes *notes, uint64_t what)
{
	unsigned long n = atomic_load(&notes->count);

	notes->what[n % CRASH_NOTES] = what;
	atomic_store(&notes->count, n + 1);
}

static bool noted(const crash_notes *notes, uint64_t what)
{
	unsigned long n = atomic_load(&notes->count);
	unsigned long first = n < CRASH_NOTES ? 0 : n - CRASH_NOTES;

	for (; n > first; n--)
		if (notes->what[(n - 1) % CRASH_NOTES] == what)
			return true;
	return false;
}

void crash_begin(crash_party *party, shmem_channel *channel,
		 crash_shared *shared, unsigned side, bool noting,
		 uint32_t seed, const crash_load *load)
{
	memset(party, 0, sizeof(*party));
	party->channel = channel;
	party->shared = shared;
	party->noting = noting;
	party->seed = seed;
	party->last_number = (uint64_t)(side + 1) << 32;
	party->load = load != NULL ? *load : small;
	/* What the peer has made, and this one does not know of yet, comes on
	 * top. */
	party->room = 4 * party->load.live + 64;
	party->held = calloc(party->room, sizeof(party->held[0]));
	party->away = calloc(party->room, sizeof(party->away[0]));
	MUST(party->held != NULL && party->away != NULL);
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
	memset(data, (int)(number & 255), (size_t)shmem_segment_size(s));
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
			wrong("byte %llu of segment %llx is damaged",
			      (unsigned long long)i,
			      (unsigned long long)number);
	return number;
}

static void not_away(crash_party *party, unsigned i)
{
	party->away[i].id = 0;
	party->away_count--;
}

static void hold(crash_party *party, shmem_segment *s)
{
	uint64_t id = shmem_segment_id(s);

	for (unsigned i = 0; i < party->room; i++)
		if (party->away[i].id == id)
			not_away(party, i);
	for (unsigned i = 0; i < party->room; i++)
		if (party->held[i] == NULL) {
			party->held[i] = s;
			party->held_count++;
			return;
		}
	wrong("too many segments");
}

static void sent(crash_party *party, uint64_t id, uint64_t number)
{
	party->moves++;
	for (unsigned i = 0; i < party->room; i++)
		if (party->away[i].id == 0) {
			party->away[i].id = id;
			party->away[i].number = number;
			party->away_count++;
			return;
		}
	wrong("too many segments away");
}

static shmem_segment **any_held(crash_party *party)
{
	unsigned from = chance(party, party->room);

	for (unsigned i = 0; party->held_count > 0 && i < party->room; i++) {
		unsigned at = (from + i) % party->room;

		if (party->held[at] != NULL)
			return &party->held[at];
	}
	return NULL;
}

static void forget_freed(crash_party *party)
{
	for (unsigned i = 0; i < party->room; i++)
		if (party->away[i].id != 0 &&
		    shmem_segment_state(party->channel, party->away[i].id) ==
			    SHMEM_STATE_DEAD) {
			/* Only its owner can have freed it. */
			if (!party->noting)
				MUST(noted(&party->shared->freed,
					   party->away[i].id));
			not_away(party, i);
		}
}

static int free_any(crash_party *party)
{
	shmem_segment **held = any_held(party);

	if (held == NULL)
		return 0;
	if (party->noting)
		note(&party->shared->freed, shmem_segment_id(*held));
	party->held_count--;
	return shmem_segment_free(held);
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
		party->moves++;
		if (party->held_count > party->load.live)
			MUST(free_any(party) == 0);
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

static int receive_some(crash_party *party, int timeout)
{
	int err = receive(party, timeout);

	for (unsigned i = 1; err == 0 && i < party->load.batch; i++)
		err = receive(party, 0);
	return err;
}

static int post(crash_party *party, shmem_message **m)
{
	unsigned how = chance(party, 3);
	uint64_t call;
	int err;

	if (how == 0 && party->request != NULL)
		err = shmem_channel_reply(party->channel, party->request, m);
	else if (how == 1)
		err = shmem_channel_request(party->channel, m, &call);
	else
		err = shmem_channel_send(party->channel, m);
	if (how == 0)
		shmem_message_free(&party->request);
	return err;
}

/* A few segments, as a message, a request or a reply. */
static int send_some(crash_party *party)
{
	struct crash_away what[BURST_MAX];
	unsigned n = chance(party, party->load.burst + 1);
	unsigned keep = party->load.keep;
	shmem_message *m = NULL;
	shmem_segment *s = NULL;
	int err;

	MUST(shmem_message_new("bytes", 5, &m) == 0);
	if (n + keep > party->held_count)
		n = party->held_count > keep ? party->held_count - keep : 0;
	for (unsigned i = 0; i < n; i++) {
		shmem_segment **held = any_held(party);

		what[i].id = shmem_segment_id(*held);
		what[i].number = fill(party, *held);
		party->held_count--;
		MUST(shmem_message_push_segment(m, held) == 0);
	}
	err = post(party, &m);
	for (unsigned i = 0; err == 0 && i < n; i++)
		sent(party, what[i].id, what[i].number);
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
	shmem_segment *s[BURST_MAX] = {NULL};
	uint64_t bytes = 8 + chance(party, 12) * (uint64_t)700;
	int err;

	if (party->load.batch == 1)
		err = shmem_segment_alloc(party->channel, bytes, &s[0]);
	else
		err = shmem_segment_alloc_many(party->channel, bytes,
					       party->load.batch, s);
	for (unsigned i = 0; err == 0 && i < party->load.batch; i++) {
		(void)fill(party, s[i]);
		hold(party, s[i]);
	}
	return err;
}

int crash_step(crash_party *party)
{
	uint32_t what = chance(party, 10);
	int err;

	if (what < 2 &&
	    party->held_count + party->away_count < party->load.live)
		err = alloc(party);
	else if (what < 6)
		err = send_some(party);
	else if (what < 7)
		err = free_any(party);
	else
		err = receive_some(party, what == 9 ? party->load.wait : 0);
	if (what == 8 || (!party->noting && party->load.batch == 1))
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

		for (unsigned i = 0; i < party->room; i++)
			if (party->away[i].id == id)
				number = party->away[i].number;
		MUST(number != 0);
		party->known += known;
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
		err = receive(party, SUPPORT_WAIT);
	while (err == 0);
	if (err != SHMEM_E_CLOSED)
		wrong("the channel ended with %s", shmem_errname(err));
	forget_freed(party);
	n = reclaim(party);
	for (unsigned i = 0; i < party->room; i++)
		if (party->away[i].id != 0)
			wrong("segment %llx is lost",
			      (unsigned long long)party->away[i].id);
	for (unsigned i = 0; i < party->room; i++)
		if (party->held[i] != NULL)
			(void)fill(party, party->held[i]);
	crash_end(party);
	return n;
}

void crash_end(crash_party *party)
{
	shmem_message_free(&party->request);
	shmem_channel_close(&party->channel);
	for (unsigned i = 0; i < party->room; i++)
		(void)shmem_segment_free(&party->held[i]);
	free((void *)party->held);
	free(party->away);
	party->held = NULL;
	party->away = NULL;
	party->held_count = 0;
	party->away_count = 0;
}
