/* SPDX-License-Identifier: MIT */
/*
 * A server in a loop of poll() while peers flood it: memory and descriptors
 * stay within bounds, and whoever means well is served in each turn of the
 * loop. What is measured of a turn is what this thread itself does to it: work,
 * or sleep.
 */
#include "flood.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define CHANNELS 300u
#define MESSAGES 4 /* of a channel in a turn */
#define ACCEPTS 8
#define SECONDS 2
#define MOST_MS 60000u /* where a busy machine lets nobody come to it */
#define SERVED 20u
#define REFUSED 100u

static char path[SUPPORT_PATH_MAX];
static shmem_listener *listener;
static shmem_channel *channel[CHANNELS];
static size_t channels;

static struct {
	flood_turns turns;
	uint64_t served; /* the victim's calls */
	uint64_t accepted;
	size_t resident, descriptors; /* the most */
} seen;

static void setup(void)
{
	support_path(path, "socket");
	support_ok(shmem_listener_open(path, &listener));
}

static void drop(size_t i)
{
	shmem_channel_close(&channel[i]);
	channel[i] = channel[--channels];
	channel[channels] = NULL;
}

static void teardown(void)
{
	while (channels > 0)
		drop(0);
	shmem_listener_close(&listener);
}

/* The first is the victim's; of the others the oldest make room for new ones.
 */
static void accept_some(void)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.nonblocking = true;
	for (int i = 0; i < ACCEPTS; i++) {
		if (channels == CHANNELS) {
			shmem_channel_close(&channel[1]);
			memmove(&channel[1], &channel[2],
				(CHANNELS - 2) * sizeof(channel[0]));
			channels--;
		}
		if (shmem_listener_accept(listener, &opts, 0,
					  &channel[channels]) != 0)
			break;
		channels++;
		seen.accepted++;
	}
}

/* 0, or the end of the channel. */
static int serve(size_t i)
{
	for (int k = 0; k < MESSAGES; k++) {
		shmem_message *m = NULL;
		shmem_message *reply = NULL;
		int err = shmem_channel_recv(channel[i], 0, &m);

		if (err == SHMEM_E_AGAIN || err == SHMEM_E_LIMIT)
			break;
		if (err != 0)
			return err;
		if (i == 0 && shmem_message_is_request(m)) {
			reply = support_text("yes");
			support_ok(shmem_channel_reply(channel[i], m, &reply));
			seen.served++;
		}
		shmem_message_free(&m);
	}
	return 0;
}

static void note(uint64_t begin)
{
	size_t resident;
	size_t descriptors;

	(void)flood_took(&seen.turns, begin);
	if (seen.turns.count % 64 != 0)
		return;
	resident = flood_resident();
	descriptors = support_descriptors();
	if (resident > seen.resident)
		seen.resident = resident;
	if (descriptors > seen.descriptors)
		seen.descriptors = descriptors;
}

static void turn(void (*also)(void))
{
	struct pollfd fds[CHANNELS + 1];
	uint64_t begin;
	size_t n = channels;

	fds[0].fd = (int)shmem_listener_pollable(listener);
	fds[0].events = POLLIN;
	for (size_t i = 0; i < n; i++) {
		unsigned wants = shmem_channel_wants(channel[i]);

		fds[i + 1].fd = (int)shmem_channel_pollable(channel[i]);
		fds[i + 1].events =
			(short)((wants & SHMEM_POLL_READ ? POLLIN : 0) |
				(wants & SHMEM_POLL_WRITE ? POLLOUT : 0));
	}
	(void)poll(fds, n + 1, 10);
	begin = flood_own_us();
	for (size_t i = n; i-- > 0;)
		if (fds[i + 1].revents != 0 && serve(i) != 0)
			drop(i);
	if (fds[0].revents != 0)
		accept_some();
	if (also != NULL)
		also();
	note(begin);
}

/* The attack under way beside a victim; what it did is looked at by the test.
 */
static pid_t victim;
static pid_t attacker;
static bool still_there;

static uint64_t refused; /* to who never reads */

/* Whether the attack has come so far that there is something to look at. */
static bool is_shown(support_fn *attack, bool legal)
{
	return seen.served > SERVED && seen.accepted > 0 &&
	       (legal || channels == 1) &&
	       (attack != flood_silence || refused > REFUSED);
}

static void run_until_done(support_fn *attack, bool legal, void (*also)(void))
{
	uint64_t end;

	victim = flood_start(flood_victim, path);
	while (seen.served < 10) {
		ck_assert(!support_has_ended(victim));
		turn(NULL);
	}
	memset(&seen, 0, sizeof(seen));
	attacker = flood_start(attack, path);
	end = support_now() + SECONDS * 1000;
	if (attack == flood_connections || attack == flood_sockets) {
		while (!support_has_ended(attacker))
			turn(also);
		ck_assert_int_eq(flood_end(attacker), 0);
		while (seen.served <= SERVED && support_now() < end + MOST_MS)
			turn(also);
	} else {
		while (support_now() < end || (!is_shown(attack, legal) &&
					       support_now() < end + MOST_MS))
			turn(also);
		still_there = channels > 1;
		(void)flood_end(attacker);
	}
	for (int i = 0; i < 100; i++)
		turn(NULL);
	(void)flood_end(victim);
}

static void within(size_t resident, size_t descriptors, size_t before_resident,
		   size_t before_descriptors)
{
	printf("longest turn %llu us, %llu turns, %llu calls served, "
	       "%llu accepted, +%ld KiB, +%ld descriptors\n",
	       (unsigned long long)seen.turns.longest_us,
	       (unsigned long long)seen.turns.count,
	       (unsigned long long)seen.served,
	       (unsigned long long)seen.accepted,
	       (long)seen.resident - (long)before_resident,
	       (long)seen.descriptors - (long)before_descriptors);
	flood_check_turns(&seen.turns);
	ck_assert_uint_gt(seen.served, SERVED);
	if (!support_is_slow())
		ck_assert_uint_lt(seen.resident, before_resident + resident);
	ck_assert_uint_lt(seen.descriptors, before_descriptors + descriptors);
}

static const struct {
	support_fn *attack;
	const char *name;
	size_t resident, descriptors; /* more than before, at most */
	bool legal;                   /* it is not cut off */
} attacks[] = {
	{flood_connections, "connections", 64 << 10, 2 * CHANNELS + 50, false},
	{flood_nothing, "nothing", 4 << 10, 50, true},
	{flood_bytes, "bytes", 4 << 10, 50, true},
	{flood_requests, "requests", 8 << 10, 50, false},
	{flood_memory, "memory", 16 << 10, 300, true},
	{flood_handles, "handles", 8 << 10, 600, true},
	{flood_sockets, "sockets", 16 << 10, 600, false},
};

START_TEST(a_flood_holds_nobody_up)
{
	size_t resident;
	size_t descriptors;

	setup();
	resident = flood_resident();
	descriptors = support_descriptors();
	printf("%s: ", attacks[_i].name);
	run_until_done(attacks[_i].attack, attacks[_i].legal, NULL);
	within(attacks[_i].resident, attacks[_i].descriptors, resident,
	       descriptors);
	ck_assert_int_eq(still_there, attacks[_i].legal);
	if (attacks[_i].attack == flood_connections)
		ck_assert_uint_ge(seen.accepted, FLOOD_CONNECTIONS);
	teardown();
}
END_TEST

/* ---- who never reads ---- */

static void send_to_the_second(void)
{
	if (channels < 2)
		return;
	for (int i = 0; i < 16; i++) {
		shmem_message *m = NULL;
		static const char bytes[20000];

		support_ok(shmem_message_new(bytes, sizeof(bytes), &m));
		if (shmem_channel_send(channel[1], &m) == SHMEM_E_AGAIN) {
			refused++;
			shmem_message_free(&m);
			return;
		}
		shmem_message_free(&m);
	}
}

START_TEST(a_peer_that_never_reads_costs_its_queue)
{
	size_t resident;
	size_t descriptors;

	setup();
	resident = flood_resident();
	descriptors = support_descriptors();
	printf("silence: ");
	run_until_done(flood_silence, true, send_to_the_second);
	within(8 << 10, 50, resident, descriptors);
	ck_assert_uint_gt(refused, REFUSED);
	teardown();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("flood");
	TCase *t = support_case(s, "flood");

	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, a_flood_holds_nobody_up, 0,
			    sizeof(attacks) / sizeof(attacks[0]));
	tcase_add_test(t, a_peer_that_never_reads_costs_its_queue);
	return s;
}
SUPPORT_MAIN(suite)
