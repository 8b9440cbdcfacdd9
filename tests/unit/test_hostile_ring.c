/* SPDX-License-Identifier: MIT */
/* A thread rewrites all the control memory that is shared, all the time. */
#include "channels.h"

#include "transport/channel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE                                                               \
	20000 /* ms; who shares a processor may stand still for long           \
	       */
#define RECORDS_SEEN 8192u /* where the ring's records are, in light use */

static struct scribbler {
	pthread_t thread;
	pthread_mutex_t lock;
	shmem__ring_shared *target[2];
	uint64_t bytes;       /* of records in each */
	atomic_bool give_way; /* to whoever wants the lock */
	atomic_bool stop;
	atomic_ulong writes;
	uint32_t seed;
} scribbler;

static uint32_t chance(void)
{
	scribbler.seed = scribbler.seed * 1664525u + 1013904223u;
	return scribbler.seed >> 8;
}

/* Near what is there: one more, one less, a bit; or anything. */
static uint64_t other_value(uint64_t old)
{
	switch (chance() % 6) {
	case 0:
		return old + 1;
	case 1:
		return old - 1;
	case 2:
		return old ^ (uint64_t)1 << chance() % 64;
	case 3:
		return old + 64;
	case 4:
		return 0;
	default:
		return (uint64_t)chance() << 40 | chance();
	}
}

/* A record of any length just where the reader is. */
static void forge(shmem__ring_shared *ring)
{
	static const uint32_t lengths[] = {0,
					   1,
					   7,
					   8,
					   15,
					   16,
					   55,
					   56,
					   57,
					   98304,
					   98305,
					   120000,
					   131072,
					   1000000,
					   1048568,
					   1048576,
					   UINT32_MAX,
					   UINT32_MAX - 1,
					   UINT32_MAX - 7,
					   UINT32_MAX - 63};
	uint64_t tail = atomic_load(&ring->tail);
	uint64_t offset = tail % scribbler.bytes / 8;
	_Atomic uint64_t *records =
		(_Atomic uint64_t *)(void *)ring + SHMEM__RING_HEADER / 8;

	atomic_store_explicit(
		&records[offset],
		lengths[chance() % (sizeof(lengths) / sizeof(lengths[0]))],
		memory_order_relaxed);
	atomic_store(&ring->head, tail + ((uint64_t)64 << chance() % 16));
	atomic_fetch_add(&ring->sent, 1);
}

static void rewrite(shmem__ring_shared *ring)
{
	_Atomic uint64_t *words = (_Atomic uint64_t *)(void *)ring;
	size_t at;

	if (chance() % 32 == 0)
		forge(ring);
	if (chance() % 2 == 0)
		at = chance() % (sizeof(*ring) / 8);
	else
		at = (SHMEM__RING_HEADER + chance() % RECORDS_SEEN) / 8;
	atomic_store_explicit(&words[at], other_value(atomic_load(&words[at])),
			      memory_order_relaxed);
}

static void *scribble(void *arg)
{
	(void)arg;
	while (!atomic_load(&scribbler.stop)) {
		if (atomic_load(&scribbler.give_way)) {
			sched_yield();
			continue;
		}
		pthread_mutex_lock(&scribbler.lock);
		for (int i = 0; i < 8; i++)
			for (int k = 0; k < 2; k++)
				if (scribbler.target[k] != NULL)
					rewrite(scribbler.target[k]);
		pthread_mutex_unlock(&scribbler.lock);
		atomic_fetch_add(&scribbler.writes, 1);
	}
	return NULL;
}

static void aim(shmem__ring_shared *one, shmem__ring_shared *two)
{
	atomic_store(&scribbler.give_way, true);
	pthread_mutex_lock(&scribbler.lock);
	scribbler.target[0] = one;
	scribbler.target[1] = two;
	pthread_mutex_unlock(&scribbler.lock);
	atomic_store(&scribbler.give_way, one == NULL);
}

static int send_one(shmem_channel *c, shmem_segment **s)
{
	shmem_message *m = support_text("some text");
	int err;

	if (*s != NULL)
		(void)shmem_message_push_segment(m, s);
	err = shmem_channel_send(c, &m);
	if (err != 0) {
		(void)shmem_message_pop_segment(m, s);
		shmem_message_free(&m);
	}
	return err;
}

static int recv_one(shmem_channel *c, int timeout, shmem_segment **s)
{
	shmem_message *m = NULL;
	int err = shmem_channel_recv(c, timeout, &m);

	if (err == 0 && *s == NULL)
		(void)shmem_message_pop_segment(m, s);
	shmem_message_free(&m);
	return err;
}

static bool lives(int err)
{
	return err == 0 || err == SHMEM_E_AGAIN || err == SHMEM_E_TIMEDOUT;
}

/* Until one of them has had enough, or for a few messages. */
static void use(shmem_channel *a, shmem_channel *b, shmem_segment **of_a,
		shmem_segment **of_b)
{
	int err = 0;

	for (int i = 0; i < 12 && lives(err); i++) {
		(void)send_one(a, of_a);
		err = recv_one(b, i == 5 ? 1 : 0, of_b);
		if (!lives(err))
			break;
		(void)shmem_channel_wants(a);
		(void)send_one(b, of_b);
		err = recv_one(a, 0, of_a);
	}
	ck_assert_msg(lives(err) || err == SHMEM_E_CLOSED ||
			      err == SHMEM_E_PROTO || err == SHMEM_E_UNTRUSTED,
		      "%s", shmem_errname(err));
	/* What is ours can be used, whatever became of the channel. */
	if (*of_a != NULL)
		memset(shmem_segment_data(*of_a), 1,
		       (size_t)shmem_segment_size(*of_a));
	if (*of_b != NULL)
		memset(shmem_segment_data(*of_b), 1,
		       (size_t)shmem_segment_size(*of_b));
}

static void one_round(void)
{
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_segment *of_a = NULL;
	shmem_segment *of_b = NULL;

	support_ok(shmem_channel_pair(NULL, &a, &b));
	support_ok(shmem_segment_alloc(a, 4096, &of_a));
	for (int i = 0; i < 10; i++) {
		support_ok(send_one(a, &of_a));
		support_ok(recv_one(b, PATIENCE, &of_b));
		support_ok(send_one(b, &of_b));
		support_ok(recv_one(a, PATIENCE, &of_a));
	}
	ck_assert_ptr_nonnull(a->link.ring_in.shared);
	ck_assert_ptr_nonnull(b->link.ring_in.shared);
	scribbler.bytes = a->link.ring_in.bytes;
	aim(a->link.ring_in.shared, b->link.ring_in.shared);
	use(a, b, &of_a, &of_b);
	aim(NULL, NULL);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	support_ok(shmem_segment_free(&of_a));
	support_ok(shmem_segment_free(&of_b));
}

static void report(unsigned long rounds, uint64_t start)
{
	printf("hostile ring: %lu rounds, %lu writes, %.1f s\n", rounds,
	       16 * atomic_load(&scribbler.writes),
	       (double)(support_now() - start) / 1000);
	fflush(stdout);
}

START_TEST(control_memory_may_change_at_any_time)
{
	/* An emulator's kernel is slow, and not what is tried here. */
	bool native = support_lacks(SUPPORT_NATIVE) == NULL;
	unsigned long rounds = support_times(native ? 2000 : 200, 1000000);
	uint64_t start = support_now();

	pthread_mutex_init(&scribbler.lock, NULL);
	scribbler.seed = 1;
	ck_assert_int_eq(
		pthread_create(&scribbler.thread, NULL, scribble, NULL), 0);
	for (unsigned long i = 1; i <= rounds; i++) {
		one_round();
		/* Whoever ends this before its time knows how far it came. */
		if (i % 1000 == 0)
			report(i, start);
	}
	atomic_store(&scribbler.stop, true);
	pthread_join(scribbler.thread, NULL);
	pthread_mutex_destroy(&scribbler.lock);
	report(rounds, start);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("hostile_ring");
	TCase *t = support_case(s, "ring");

	tcase_set_timeout(t, (double)support_times(600, 7200));
	/* The races here are the point. */
	if (!SUPPORT_TSAN)
		tcase_add_test(t, control_memory_may_change_at_any_time);
	return s;
}
SUPPORT_MAIN(suite)
