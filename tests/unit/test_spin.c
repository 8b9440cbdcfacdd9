/* SPDX-License-Identifier: MIT */
/* Whether a blocking receive spins: what the ring tells of the writer's
 * processor decides, and not how many this thread may use. */
#include "channels.h"

#include "base/os.h"
#include "transport/channel.h"

static shmem_channel *a;
static shmem_channel *b;

static void open_with(uint32_t spin_us)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.spin_us = spin_us;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	for (int i = 0; i < 10; i++) {
		support_send_text(a, "there");
		support_recv_text(b, "there");
		support_send_text(b, "back");
		support_recv_text(a, "back");
	}
	ck_assert_ptr_nonnull(b->link.ring_in.shared);
}

static void teardown(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

/* How often b spins while it waits for what does not come from there. */
static uint64_t spins(uint32_t writer)
{
	uint64_t before = support_stats(b).spins_lost;
	shmem_message *m = NULL;

	atomic_store(&b->link.ring_in.shared->cpu, writer);
	support_is(shmem_channel_recv(b, 20, &m), SHMEM_E_TIMEDOUT);
	ck_assert_uint_eq(support_stats(b).spins_paid, 0);
	return support_stats(b).spins_lost - before;
}

START_TEST(a_pinned_thread_spins_for_a_writer_elsewhere)
{
	support_pin();
	open_with(0);
	ck_assert_uint_eq(spins(shmem__cpu() + 1), 1);
}
END_TEST

START_TEST(nobody_spins_for_a_writer_on_the_same_processor)
{
	support_pin();
	open_with(0);
	ck_assert_uint_eq(spins(shmem__cpu()), 0);
}
END_TEST

START_TEST(who_asked_never_to_spin_does_not)
{
	open_with(SHMEM_SPIN_NEVER);
	ck_assert_uint_eq(spins(shmem__cpu() + 1), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("spin");
	TCase *t = support_case(s, "spin");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, a_pinned_thread_spins_for_a_writer_elsewhere);
	tcase_add_test(t, nobody_spins_for_a_writer_on_the_same_processor);
	tcase_add_test(t, who_asked_never_to_spin_does_not);
	return s;
}

SUPPORT_MAIN(suite)
