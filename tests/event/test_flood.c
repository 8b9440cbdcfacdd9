/* SPDX-License-Identifier: MIT */
/*
 * A server in a libevent loop while peers flood it: see
 * tests/proc/test_flood.c, which does the same with poll().
 */
#include "flood.h"
#include "loop.h"

#include <shmem/event.h>
#include <stdio.h>
#include <string.h>

#define ENDS 300u
#define SECONDS 2
#define MOST_MS 60000u /* where a busy machine lets nobody come to it */
#define SERVED 20u

static struct event_base *base;
static shmem_event_watcher *incoming;
static char path[SUPPORT_PATH_MAX];
static shmem_listener *listener;

/* Of the ends, the first is the victim's. */
static struct end {
	shmem_channel *channel;
	shmem_event *event;
} end[ENDS];
static size_t next;
static size_t live;
static uint64_t served;
static uint64_t accepted;
static uint64_t before; /* of the attack */

static void drop(struct end *e)
{
	if (e->channel == NULL)
		return;
	shmem_event_detach(&e->event);
	shmem_channel_close(&e->channel);
	live--;
}

static void on_message(shmem_event *event, shmem_message *take, void *arg)
{
	(void)event;
	(void)arg;
	shmem_message_free(&take);
}

static void on_request(shmem_event *event, shmem_message *take, void *arg)
{
	if (arg == &end[0]) {
		shmem_message *reply = support_text("yes");

		support_ok(shmem_channel_reply(shmem_event_channel(event), take,
					       &reply));
		served++;
	}
	shmem_message_free(&take);
}

static void on_closed(shmem_event *event, int reason, void *arg)
{
	(void)event;
	(void)reason;
	drop(arg);
}

static const shmem_event_ops ops = {sizeof(ops), on_message, on_request, NULL,
				    on_closed};

static void on_incoming(void *arg)
{
	struct end *e = &end[next];

	(void)arg;
	drop(e);
	if (shmem_listener_accept(listener, NULL, 0, &e->channel) != 0)
		return;
	support_ok(shmem_event_attach(base, e->channel, &ops, e, &e->event));
	live++;
	accepted++;
	next = next % (ENDS - 1) + 1;
}

static void setup(void)
{
	support_path(path, "socket");
	support_ok(shmem_listener_open(path, &listener));
	base = loop_base();
	support_ok(shmem_event_watch(base, shmem_listener_pollable(listener),
				     on_incoming, NULL, &incoming));
}

static void teardown(void)
{
	for (size_t i = 0; i < ENDS; i++)
		drop(&end[i]);
	shmem_event_unwatch(&incoming);
	event_base_free(base);
	shmem_listener_close(&listener);
}

static flood_turns turns;

#define IDLE_US 50

/* The loop's own waiting is not to be measured: it does not wait. */
static void turn(void)
{
	uint64_t begin = flood_own_us();

	event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	if (flood_took(&turns, begin) < IDLE_US)
		support_sleep(1);
}

static const struct {
	support_fn *attack;
	const char *name;
	bool legal; /* it is not cut off */
	bool ends;
} attacks[] = {
	{flood_connections, "connections", false, true},
	{flood_nothing, "nothing", true, false},
	{flood_bytes, "bytes", true, false},
	{flood_requests, "requests", false, false},
#ifndef _WIN32 /* in Wine a handle takes longer than a turn may */
	{flood_memory, "memory", true, false},
	{flood_handles, "handles", true, false},
	{flood_sockets, "sockets", false, true},
#endif
};

/* Whether the attack has come so far that there is something to look at. */
static bool is_shown(bool legal)
{
	return served > SERVED && accepted > before && (legal || live == 1);
}

START_TEST(a_flood_holds_nobody_up)
{
	size_t descriptors;
	size_t most = 0;
	size_t resident;
	uint64_t until;
	pid_t victim;
	pid_t attacker;
	int status;

	setup();
	victim = flood_start(flood_victim, path);
	while (served < 10) {
		ck_assert(!support_has_ended(victim));
		turn();
	}
	descriptors = support_descriptors();
	resident = flood_resident();
	served = 0;
	before = accepted;
	memset(&turns, 0, sizeof(turns));
	attacker = flood_start(attacks[_i].attack, path);
	until = support_now() + SECONDS * 1000;
	while (attacks[_i].ends ? !support_has_ended(attacker)
				: support_now() < until ||
					  (!is_shown(attacks[_i].legal) &&
					   support_now() < until + MOST_MS)) {
		turn();
		if (turns.count % 64 == 0 && support_descriptors() > most)
			most = support_descriptors();
	}
	while (served <= SERVED && support_now() < until + MOST_MS)
		turn();
	if (!attacks[_i].ends)
		ck_assert_int_eq(live > 1, attacks[_i].legal);
	status = flood_end(attacker);
	if (attacks[_i].ends)
		ck_assert_int_eq(status, 0);
	printf("%s: longest turn %llu us, %llu turns, %llu calls served, "
	       "%llu accepted, +%ld KiB, +%ld descriptors\n",
	       attacks[_i].name, (unsigned long long)turns.longest_us,
	       (unsigned long long)turns.count, (unsigned long long)served,
	       (unsigned long long)accepted,
	       (long)flood_resident() - (long)resident,
	       (long)most - (long)descriptors);
	flood_check_turns(&turns);
	ck_assert_uint_gt(served, SERVED);
	ck_assert_uint_lt(most, descriptors + 2 * ENDS + 50);
	if (!support_is_slow())
		ck_assert_uint_lt(flood_resident(), resident + (64 << 10));
	(void)flood_end(victim);
	teardown();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("event flood");
	TCase *t = support_case(s, "flood");

	loop_warm_up();
	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, a_flood_holds_nobody_up, 0,
			    sizeof(attacks) / sizeof(attacks[0]));
	return s;
}
SUPPORT_MAIN(suite)
