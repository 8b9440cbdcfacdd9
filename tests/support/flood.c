/* SPDX-License-Identifier: MIT */
/* Peers that flood whoever listens, by whatever a channel goes over. */
#include "flood.h"

#include "base/codec.h"

#include <stdio.h>
#include <string.h>

#define PAGE 4096u
#define RING ((uint64_t)131072)
#define PACKET_MAX (96u * 1024)
#define THEIRS(slot, generation)                                               \
	((uint64_t)(generation) << 32 | (uint64_t)(slot) << 1 | 1)

static support_raw raw;

static void say_hello(bool ring)
{
	unsigned char *at = support_raw_frame(&raw, RAW_HELLO, 64);

	support_raw_hello(at, 1);
	at[16] = ring;
	support_raw_send(&raw);
}

/* A raw peer that has greeted. */
static void begin(const char *path, bool ring)
{
	flood_reach(&raw, path);
	say_hello(ring);
}

void flood_greet(support_raw *ret, const char *path)
{
	begin(path, false);
	*ret = raw;
}

/* ---- connections ---- */

/* In turn: gone at once, half a greeting, a greeting and gone, a greeting and
 * half a packet; and whoever says nothing, until its wave is over. */
static bool come(const char *path, unsigned how)
{
	flood_reach(&raw, path);
	switch (how % 5) {
	case 0:
		break;
	case 1:
		support_raw_frame(&raw, RAW_HELLO, 24);
		flood_try(&raw, raw.out, 40);
		break;
	case 2:
		say_hello(false);
		break;
	case 3:
		say_hello(false);
		flood_try(&raw, raw.out, 7);
		break;
	default:
		return true;
	}
	flood_leave(&raw);
	return false;
}

void flood_connections(void *path)
{
	struct {
		int sock;
		struct support_raw_own *own;
	} silent[FLOOD_WAVE];
	unsigned n = 0;

	for (unsigned i = 0; i < FLOOD_CONNECTIONS; i++) {
		if (come(path, i)) {
			silent[n].sock = raw.sock;
			silent[n++].own = raw.own;
		}
		if (i % FLOOD_WAVE != FLOOD_WAVE - 1)
			continue;
		while (n > 0) {
			raw.sock = silent[--n].sock;
			raw.own = silent[n].own;
			flood_leave(&raw);
		}
	}
}

/* ---- packets ---- */

void flood_nothing(void *path)
{
	begin(path, false);
	for (;;) {
		while (raw.length + 8 <= PACKET_MAX)
			support_raw_frame(&raw, RAW_FREE, 0);
		support_raw_send(&raw);
	}
}

void flood_bytes(void *path)
{
	begin(path, true);
	shmem__put64(support_raw_frame(&raw, RAW_RING, 8), RING);
	raw.fd[raw.fds++] = support_object(PAGE + RING);
	support_raw_send(&raw);
	for (;;)
		flood_byte_by_byte(&raw);
}

void flood_requests(void *path)
{
	begin(path, false);
	for (uint64_t call = 1;; call++) {
		support_raw_message(&raw, RAW_REQUEST, call, 0);
		if (raw.length + 32 > PACKET_MAX)
			support_raw_send(&raw);
	}
}

static void announce(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		support_raw_announce(&raw, first + i, PAGE,
				     support_object(PAGE));
	support_raw_send(&raw);
}

void flood_memory(void *path)
{
	begin(path, false);
	for (uint32_t round = 1;; round++) {
		unsigned char *at;

		for (uint32_t i = 0; i < 20; i++)
			announce(i * 250, 250);
		at = support_raw_frame(&raw, RAW_RETIRE, (size_t)5000 * 8);
		for (uint32_t i = 0; i < 5000; i++)
			shmem__put64(at + (size_t)i * 8, THEIRS(i, round));
		support_raw_send(&raw);
	}
}

void flood_handles(void *path)
{
	begin(path, false);
	for (;;) {
		for (int i = 0; i < 200; i++)
			support_raw_handle(&raw, PAGE, 3, support_object(PAGE));
		support_raw_message(&raw, RAW_PLAIN, 0, 0);
		support_raw_send(&raw);
	}
}

/* ---- silence ---- */

void flood_silence(void *path)
{
	begin(path, true);
	for (;;)
		support_sleep(1000);
}

/* ---- who means well ---- */

void flood_victim(void *path)
{
	shmem_channel *c = NULL;

	support_ok(shmem_channel_connect(path, NULL, 60000, &c));
	for (;;) {
		shmem_message *m = support_text("are you there?");
		shmem_message *reply = NULL;

		support_ok(shmem_channel_call(c, &m, 60000, &reply));
		shmem_message_free(&reply);
	}
}

/* ---- measures ---- */

static bool is_slow(void)
{
	return support_is_slow() || support_lacks(SUPPORT_NATIVE) != NULL;
}

uint64_t flood_took(flood_turns *turns, uint64_t begin)
{
	uint64_t end = flood_own_us();
	/* Two clocks need not agree on a microsecond. */
	uint64_t us = end > begin ? end - begin : 0;

	turns->count++;
	turns->late += us > (is_slow() ? 500000 : 10000);
	if (us > turns->longest_us)
		turns->longest_us = us;
	return us;
}

void flood_check_turns(const flood_turns *turns)
{
	ck_assert_msg(turns->late * 50 <= turns->count, "%d of %d turns late",
		      (int)turns->late, (int)turns->count);
	ck_assert_uint_lt(turns->longest_us,
			  is_slow() ? FLOOD_SLOW_US : 500000);
}

int flood_end(pid_t child)
{
	if (!support_has_ended(child))
		support_kill(child);
	return support_wait(child, SUPPORT_WAIT);
}
