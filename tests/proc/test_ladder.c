/* SPDX-License-Identifier: MIT */
/*
 * Too little of what the whole machine, or the user, has: a small /dev/shm, the
 * locked memory of a user, his descriptors in flight, the memory of a cgroup.
 * Each time a clean error, nothing lost, and success once there is enough.
 * (Limits of one process: the fault tests climb these ladders, operation by
 * operation; here those of streams.)
 */
#include "cgroup.h"
#include "channels.h"
#include "faults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <shmem/shmem.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE ((size_t)4096)
#define MIB ((uint64_t)1 << 20)
#define NOBODY 65534
#define NOT_ROOT "only root can make it so"

static shmem_channel *a;
static shmem_channel *b;
static shmem_segment *s;
static shmem_message *m;
static shmem_handle *h;
static shmem_mapping *view;
static shmem_writer *w;
static shmem_reader *r;

static void clear(void)
{
	shmem_writer_close(&w);
	shmem_reader_close(&r);
	shmem_mapping_close(&view);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	shmem_message_free(&m);
	shmem_segment_free(&s);
	shmem_handle_close(&h);
}

static void with_pair(void)
{
	support_ok(shmem_channel_pair(NULL, &a, &b));
}

/* ---- streams ---- */

#define RECORDS 4
#define RECORD 150000

static int records; /* written, or read, so far */
static unsigned char record[RECORD];

static void with_stream(void)
{
	with_pair();
	records = 0;
	support_ok(shmem_writer_open(a, NULL, &w));
	support_ok(shmem_reader_open(b, &r));
}

/* Goes on with what failed the last time. */
static int write_records(void)
{
	for (; records < RECORDS; records++) {
		int err;

		memset(record, records, RECORD);
		err = shmem_writer_write(w, record, RECORD, 0);
		if (err != 0)
			return err;
	}
	return shmem_writer_flush(w);
}

static int read_records(void)
{
	for (; records < RECORDS; records++) {
		unsigned char *at;
		void *p;
		size_t length;
		int err = shmem_reader_next(r, 0, &p, &length);

		if (err != 0)
			return err;
		at = p;
		if (length != RECORD || at[0] != records ||
		    at[RECORD - 1] != records)
			ck_abort_msg("another record than was written");
	}
	return 0;
}

/* Unless the channel was declared dead. */
static bool go_on(int err)
{
	return err != SHMEM_E_CLOSED && err != SHMEM_E_UNTRUSTED;
}

static void records_arrive(void)
{
	ck_assert_int_eq(records, RECORDS);
	records = 0;
	support_ok(read_records());
}

static void with_records(void)
{
	with_stream();
	support_ok(write_records());
	records = 0;
}

static void records_came(void)
{
	ck_assert_int_eq(records, RECORDS);
}

static const faults_op streams[] = {
	{"write a stream", with_stream, write_records, go_on, records_arrive,
	 clear},
	{"read a stream", with_records, read_records, go_on, records_came,
	 clear},
};

START_TEST(streams_go_on_where_a_limit_stopped_them)
{
	for (int i = 0; i < LADDER_LIMITS; i++)
		ladder_run(&streams[_i], (ladder_limit)i);
}
END_TEST

START_TEST(streams_go_on_where_a_call_failed)
{
	faults_run(&streams[_i]);
}
END_TEST

/* ---- a small /dev/shm ---- */

static void resize_shm(size_t pages)
{
	char options[40];

	snprintf(options, sizeof(options), "size=%zuk", pages * 4);
	ck_assert_msg(mount("test", "/dev/shm", "tmpfs", MS_REMOUNT, options) ==
			      0,
		      "%s: %s", options, strerror(errno));
}

static int open_named(void)
{
	return shmem_handle_open_named("ladder", 5 * PAGE, SHMEM_OPEN_CREATE,
				       SHMEM_RW, &h);
}

static void in_a_small_shm(void *arg)
{
	int refused = 0;

	(void)arg;
	for (size_t pages = 1; pages <= 8; pages++) {
		int err;

		resize_shm(pages);
		err = open_named();
		if (err != 0) {
			support_is(err, SHMEM_E_NOSPACE);
			refused++;
			support_is(shmem_handle_unlink_named("ladder"),
				   SHMEM_E_NOENT);
			resize_shm(100);
			support_ok(open_named());
		}
		support_ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &view));
		memset(shmem_mapping_data(view), 1, 5 * PAGE);
		clear();
		support_ok(shmem_named_unlink("ladder"));
	}
	ck_assert_int_ge(refused, 4);
	/* Other memory lies there only where there is nothing better. */
	resize_shm(1);
	with_pair();
	if (support_lacks(SUPPORT_SEALS) != NULL) {
		support_is(shmem_segment_alloc(a, MIB, &s), SHMEM_E_NOSPACE);
		resize_shm(1000);
	}
	s = support_segment(a, MIB, 1);
	support_give(a, &s);
	s = support_get(b);
	support_check_segment(s, 1);
	clear();
}

START_TEST(a_small_shm_is_an_error_not_a_signal)
{
	if (!support_private_shm("size=1m,mode=1777")) {
		support_skip(__func__, NOT_ROOT);
		return;
	}
	ck_assert_int_eq(support_child(in_a_small_shm, NULL), 0);
}
END_TEST

/* ---- operations for the limits of others ---- */

static int create(void)
{
	return shmem_handle_create_mapped(10 * PAGE, NULL, &h, &view);
}

static void created(void)
{
	memset(shmem_mapping_data(view), 1, 10 * PAGE);
}

static int alloc(void)
{
	return shmem_segment_alloc(a, 3 * PAGE, &s);
}

static void allocated(void)
{
	memset(shmem_segment_data(s), 1, 3 * PAGE);
	support_give(a, &s);
	s = support_get(b);
	support_check_segment(s, 1);
}

static void with_segment(void)
{
	with_pair();
	s = support_segment(a, 3 * PAGE, 1);
}

static int send_it(void)
{
	return shmem_segment_send(a, &s);
}

static void sent(void)
{
	s = support_get(b);
	support_check_segment(s, 1);
}

static void with_sent(void)
{
	with_segment();
	support_give(a, &s);
}

static int receive(void)
{
	return shmem_segment_recv(b, 0, &s);
}

static void received(void)
{
	support_check_segment(s, 1);
}

static int pair(void)
{
	return shmem_channel_pair(NULL, &a, &b);
}

static void paired(void)
{
	s = support_segment(a, PAGE, 1);
	support_give(a, &s);
	s = support_get(b);
}

static void nothing(void)
{
}

static const faults_op ops[] = {
	{"create", nothing, create, go_on, created, clear},
	{"pair", nothing, pair, go_on, paired, clear},
	{"alloc", with_pair, alloc, go_on, allocated, clear},
	{"send", with_segment, send_it, go_on, sent, clear},
	{"receive", with_sent, receive, go_on, received, clear},
};
#define OPS (int)(sizeof(ops) / sizeof(ops[0]))

/* ---- locked memory ---- */

static void become_nobody(void)
{
	ck_assert_int_eq(setresgid(NOBODY, NOBODY, NOBODY), 0);
	ck_assert_int_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
}

static unsigned long locked_now(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char line[200];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "VmLck: %lu", &kib) == 1)
			break;
	fclose(file);
	return kib << 10;
}

/* Whatever is mapped from now on is locked, as real-time programs have it. */
static void with_locked_memory(void *arg)
{
	const faults_op *op = arg;
	struct rlimit usual;
	int refused = 0;

	ck_assert_int_eq(getrlimit(RLIMIT_MEMLOCK, &usual), 0);
	usual.rlim_cur = usual.rlim_max;
	become_nobody();
	for (rlim_t more = PAGE; more < (rlim_t)64 << 20; more *= 2) {
		faults_holdings before = faults_begin(op);
		struct rlimit tight = {locked_now() + more, usual.rlim_max};
		char what[100];
		int err;

		if (tight.rlim_cur > usual.rlim_max)
			tight.rlim_cur = usual.rlim_max;
		ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &tight), 0);
		ck_assert_int_eq(mlockall(MCL_FUTURE), 0);
		err = op->act();
		munlockall();
		ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &usual), 0);
		snprintf(what, sizeof(what), "%s, %lu bytes to be locked: %s",
			 op->name, (unsigned long)more, shmem_errname(err));
		ck_assert_msg(err == 0 || err == SHMEM_E_NOMEM, "%s", what);
		refused += err != 0;
		faults_end(op, err, what, before);
	}
	/* Sending maps nothing. */
	ck_assert_int_eq(refused > 0 || op->act == pair, op->act != send_it);
}

START_TEST(memory_that_may_not_be_locked_is_an_error)
{
	faults_op op = ops[_i];

	if (support_is_slow() ||
	    (geteuid() != 0 && support_skip(__func__, NOT_ROOT)))
		return;
	support_needs(SUPPORT_NATIVE); /* an emulator maps memory, too */
	ck_assert_int_eq(support_child(with_locked_memory, &op), 0);
}
END_TEST

/* ---- descriptors in flight ---- */

#define IN_FLIGHT 300

static void many_in_flight(void *arg)
{
	struct rlimit few = {50, 50};
	int sent_so_far = 0;
	int err = 0;

	(void)arg;
	become_nobody();
	with_pair();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	while (sent_so_far < IN_FLIGHT) {
		if (s == NULL)
			s = support_segment(a, PAGE, 1);
		err = shmem_segment_send(a, &s);
		if (err != 0)
			break;
		sent_so_far++;
	}
	support_is(err, SHMEM_E_LIMIT);
	ck_assert_int_gt(sent_so_far, 20);
	support_check_segment(s, 1); /* ours, still */
	for (int i = 0; i < sent_so_far; i++) {
		shmem_segment *got = support_get(b);

		support_check_segment(got, 1);
		support_ok(shmem_segment_free(&got));
	}
	support_ok(shmem_segment_send(a, &s));
	s = support_get(b);
	support_check_segment(s, 1);
	clear();
}

START_TEST(too_many_descriptors_in_flight_are_an_error)
{
	/* The same user's other programs count, too. */
	if (geteuid() != 0 && support_skip(__func__, NOT_ROOT))
		return;
	ck_assert_int_eq(support_child(many_in_flight, NULL), 0);
}
END_TEST

/* ---- a cgroup's memory ---- */

/* What the child and the test tell each other, without asking for memory. */
typedef struct news {
	const faults_op *op;
	atomic_bool acted;
	atomic_bool lifted;
	int err;
} news;

static bool comes_true(atomic_bool *fact, int ms)
{
	for (int i = 0; i < ms && !atomic_load(fact); i++)
		support_sleep(1);
	return atomic_load(fact);
}

static void act_in_cgroup(void *arg)
{
	news *n = arg;

	n->op->set_up();
	ck_assert(cgroup_join(true));
	n->err = n->op->act();
	atomic_store(&n->acted, true);
	if (!comes_true(&n->lifted, 20000))
		support_exit(3);
	/* An error that tells of memory, or of what takes some. */
	ck_assert_msg(n->err == 0 || n->err == SHMEM_E_NOMEM ||
			      n->err == SHMEM_E_NOSPACE ||
			      n->err == SHMEM_E_AGAIN ||
			      n->err == SHMEM_E_LIMIT,
		      "%s: %s", n->op->name, shmem_errname(n->err));
	if (n->err != 0)
		support_ok(n->op->act());
	n->op->done();
	n->op->tear_down();
}

START_TEST(a_cgroup_s_limit_is_an_error_or_makes_wait)
{
	news *n = mmap(NULL, sizeof(*n), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(n, MAP_FAILED);
	/* A sanitizer that gets no memory for itself ends its program. */
	for (long pages = 1; pages <= 1024 && !support_is_slow(); pages *= 4) {
		pid_t child;

		if (support_skip(__func__, cgroup_make()))
			break;
		memset(n, 0, sizeof(*n));
		n->op = &ops[_i];
		ck_assert(cgroup_limit(pages * (long)PAGE));
		child = support_fork(act_in_cgroup, n);
		(void)comes_true(&n->acted, 50);
		ck_assert(cgroup_limit(CGROUP_NO_LIMIT));
		ck_assert(comes_true(&n->acted, 20000));
		atomic_store(&n->lifted, true);
		ck_assert_int_eq(support_wait(child, 60000), 0);
		cgroup_remove();
	}
	munmap(n, sizeof(*n));
}
END_TEST

/* A peer whose cgroup has no memory left is killed, and not by SIGBUS. */
static void touch_too_much(void *arg)
{
	(void)arg;
	shmem_channel_close(&a);
	ck_assert(cgroup_join(false));
	s = support_get(b);
	memset(shmem_segment_data(s), 2, 16 * MIB);
	support_exit(1);
}

START_TEST(a_peer_killed_for_want_of_memory_gives_back_what_it_had)
{
	bool known = true;
	pid_t child;

	/* A sanitizer needs more than that before anything else happens; and
	 * what was reserved when it was made is the maker's. */
	if (support_is_slow() ||
	    support_skip(__func__, support_lacks(SUPPORT_SEALS)) ||
	    support_skip(__func__, cgroup_make()))
		return;
	ck_assert(cgroup_limit(4 * (long)MIB));
	with_pair();
	child = support_fork(touch_too_much, NULL);
	shmem_channel_close(&b);
	support_ok(shmem_segment_alloc(a, 16 * MIB, &s));
	support_give(a, &s);
	ck_assert_int_eq(support_wait(child, 60000), -SIGKILL);
	support_is(shmem_channel_recv(a, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
	support_ok(shmem_channel_reclaim(a, &s, &known));
	ck_assert(!known);
	ck_assert_int_eq(*(unsigned char *)shmem_segment_data(s), 2);
	clear();
	cgroup_remove();
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("ladder");
	TCase *t = support_case(suite, "streams");

	tcase_add_loop_test(t, streams_go_on_where_a_limit_stopped_them, 0, 2);
	tcase_add_loop_test(t, streams_go_on_where_a_call_failed, 0, 2);
	t = support_case(suite, "limits");
	tcase_add_unchecked_fixture(t, NULL, cgroup_sweep);
	tcase_add_test(t, a_small_shm_is_an_error_not_a_signal);
	tcase_add_loop_test(t, memory_that_may_not_be_locked_is_an_error, 0,
			    OPS);
	tcase_add_test(t, too_many_descriptors_in_flight_are_an_error);
	tcase_add_loop_test(t, a_cgroup_s_limit_is_an_error_or_makes_wait, 0,
			    OPS);
	tcase_add_test(t,
		       a_peer_killed_for_want_of_memory_gives_back_what_it_had);
	return suite;
}
SUPPORT_MAIN(suite)
