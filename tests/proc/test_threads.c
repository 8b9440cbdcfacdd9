/* SPDX-License-Identifier: MIT */
/*
 * Eight threads at once on everything that the headers let several threads do:
 * what is not an object of their own, objects of their own, objects handed from
 * one to the other, and data that all may touch. For ThreadSanitizer to watch.
 */
#include "channels.h"
#include "roles.h"
#include "touch.h"

#include "handle/os.h"
#include "transport/socket.h"

#include <pthread.h>
#include <sched.h>
#include <shmem/shmem.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define THREADS 8
#define PAGE ((size_t)4096)
#define KIB ((uint64_t)1 << 10)

/* Check's own assertions are for one thread. */
static _Atomic(const char *) failure;
static atomic_int failed_with;
static atomic_int failed_natively;

#define TEXT(x) #x
#define LINE(x) TEXT(x)
#define NEED_IS(call, expected)                                                \
	do {                                                                   \
		int need_got = (call);                                         \
		if (need_got != (expected)) {                                  \
			atomic_store(&failed_natively, shmem_os_error());      \
			atomic_store(&failed_with, need_got);                  \
			atomic_store(&failure,                                 \
				     "line " LINE(__LINE__) ": " #call);       \
			return;                                                \
		}                                                              \
	} while (0)
#define OK(call) NEED_IS(call, 0)
#define NEED(fact) NEED_IS((fact) ? 0 : 1, 0)

static pthread_barrier_t together;

static void meet(void)
{
	pthread_barrier_wait(&together);
}

typedef struct task {
	void (*fn)(int i);
	int i;
} task;

static void *run_task(void *arg)
{
	const task *t = arg;

	meet();
	t->fn(t->i);
	return NULL;
}

/* All of them do it, each with its number. */
static void all(void (*fn)(int i))
{
	pthread_t thread[THREADS];
	task tasks[THREADS];

	pthread_barrier_init(&together, NULL, THREADS);
	for (int i = 0; i < THREADS; i++) {
		tasks[i] = (task){fn, i};
		ck_assert_int_eq(
			pthread_create(&thread[i], NULL, run_task, &tasks[i]),
			0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&together);
	ck_assert_msg(atomic_load(&failure) == NULL, "%s: %s (%d)",
		      atomic_load(&failure),
		      shmem_errname(atomic_load(&failed_with)),
		      atomic_load(&failed_natively));
}

/* ---- errors ---- */

static char address[SUPPORT_PATH_MAX];

/* Two mistakes of which the system says different things. */
static int connect_to_nobody(void)
{
	shmem_channel *c = NULL;

	return shmem_channel_connect("/no/such/socket", NULL, 0, &c);
}

static intptr_t no_socket;

static int adopt_no_socket(void)
{
	shmem_os_handle sock = no_socket;
	shmem_channel *c = NULL;

	return shmem_channel_adopt(&sock, NULL, &c);
}

static int native[2]; /* what it says of either */

static void make_errors(int i)
{
	shmem_handle *h = NULL;

	for (int n = 0; n < 50; n++) {
		if (i % 2 == 0)
			NEED_IS(connect_to_nobody(), SHMEM_E_NOENT);
		else
			NEED_IS(adopt_no_socket(), SHMEM_E_INVAL);
		sched_yield();
		NEED(shmem_os_error() == native[i % 2]);
		NEED_IS(shmem_handle_import("no text of ours", &h),
			SHMEM_E_INVAL);
		NEED(strcmp(shmem_errname(SHMEM_E_BUSY), "SHMEM_E_BUSY") == 0);
		NEED(strlen(shmem_strerror(-1 - n % 20)) > 0);
		NEED(strlen(shmem_version_string()) > 0);
	}
}

START_TEST(errors_are_each_thread_s_own)
{
	no_socket = support_stranger();
	support_is(connect_to_nobody(), SHMEM_E_NOENT);
	native[0] = shmem_os_error();
	support_is(adopt_no_socket(), SHMEM_E_INVAL);
	native[1] = shmem_os_error();
	ck_assert_int_ne(native[0], native[1]);
	all(make_errors);
	shmem__object_close(no_socket);
}
END_TEST

/* ---- handles and mappings ---- */

static void pass_by_socket(shmem_handle **h)
{
	shmem_os_handle sock[2];

	OK(shmem__socket_pair(0, sock));
	OK(shmem_handle_send(sock[0], h));
	OK(shmem_handle_recv(sock[1], h));
	shmem__object_close(sock[0]);
	shmem__object_close(sock[1]);
}

static void pass(shmem_handle **h)
{
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	char text[SHMEM_HANDLE_TEXT_MAX];
	shmem_os_handle os;

	if (support_lacks(SUPPORT_PASSING) == NULL)
		pass_by_socket(h);
	OK(shmem_handle_pack(h, desc, &os));
	OK(shmem_handle_unpack(desc, sizeof(desc), os, h));
	OK(shmem_handle_export(*h, text, sizeof(text)));
}

static void use_handles(int i)
{
	shmem_handle_opts single = SHMEM_HANDLE_OPTS_INIT;
	bool seals = support_lacks(SUPPORT_SEALS) == NULL;

	single.policy = SHMEM_POLICY_SINGLE_WRITER;
	for (int n = 0; n < 20; n++) {
		shmem_handle *h = NULL;
		shmem_handle *other = NULL;
		shmem_handle *frozen = NULL;
		shmem_mapping *view = NULL;

		OK(shmem_handle_create_mapped(
			3 * PAGE, seals && n % 2 ? &single : NULL, &h, &view));
		memset(shmem_mapping_data(view), i, 3 * PAGE);
		OK(shmem_mapping_protect(view, SHMEM_READ));
		OK(shmem_handle_duplicate(h, SHMEM_READ, &other));
		pass(&other);
		shmem_mapping_close(&view);
		if (seals) {
			OK(shmem_handle_freeze(&h, &frozen));
			NEED(shmem_handle_is_frozen(frozen));
			shmem_handle_close(&frozen);
		}
		OK(shmem_mapping_open_take(&other, SHMEM_READ, &view));
		NEED(*(unsigned char *)shmem_mapping_data(view) == i);
		shmem_mapping_close(&view);
		shmem_handle_close(&h);
	}
}

START_TEST(each_thread_has_handles_of_its_own)
{
	all(use_handles);
}
END_TEST

static shmem_handle *common;

static void use_mapping(int i)
{
	shmem_mapping *view = NULL;

	(void)i;
	/* The handle by one at a time: that is the rule. */
	for (int turn = 0; turn < THREADS; turn++) {
		if (turn == i)
			OK(shmem_mapping_open(common, 0, 0, SHMEM_RW, &view));
		meet();
	}
	for (int n = 0; n < 1000; n++)
		atomic_fetch_add((atomic_int *)shmem_mapping_data(view), 1);
	meet();
	NEED(atomic_load((atomic_int *)shmem_mapping_data(view)) ==
	     THREADS * 1000);
	shmem_mapping_close(&view);
}

START_TEST(mappings_of_one_object_are_independent)
{
	common = support_handle(PAGE);
	all(use_mapping);
	shmem_handle_close(&common);
}
END_TEST

/* ---- names ---- */

static int count_them(const shmem_named_info *info, void *arg)
{
	*(int *)arg += info->bytes == PAGE;
	return 0;
}

/* What unlinking says of a name that nobody uses. */
static int unused(void)
{
	return support_lacks(SUPPORT_LASTING) == NULL ? 0 : SHMEM_E_NOENT;
}

static void use_names(int i)
{
	char own[40];

	snprintf(own, sizeof(own), "thread-%d", i);
	for (int n = 0; n < 10; n++) {
		shmem_handle *h = NULL;
		shmem_handle *mine = NULL;
		shmem_mapping *view = NULL;
		int listed = 0;

		OK(shmem_handle_open_named("of-all", PAGE, SHMEM_OPEN_CREATE,
					   SHMEM_RW, &h));
		OK(shmem_handle_open_named(
			own, PAGE, SHMEM_OPEN_CREATE | SHMEM_OPEN_EXCLUSIVE,
			SHMEM_RW, &mine));
		OK(shmem_mapping_open(h, 0, 0, SHMEM_RW, &view));
		atomic_fetch_add((atomic_int *)shmem_mapping_data(view), 1);
		OK(shmem_named_list(count_them, &listed));
		NEED(listed >= 1);
		shmem_mapping_close(&view);
		shmem_handle_close(&mine);
		NEED_IS(shmem_handle_unlink_named(own), unused());
		shmem_handle_close(&h);
	}
}

START_TEST(names_may_be_used_by_all)
{
	shmem_handle *h = NULL;
	shmem_mapping *view = NULL;

	support_private_shm("mode=1777");
	support_ok(shmem_handle_open_named("of-all", PAGE, SHMEM_OPEN_CREATE,
					   SHMEM_RW, &h));
	all(use_names);
	support_ok(shmem_mapping_open_take(&h, SHMEM_READ, &view));
	ck_assert_int_eq(*(int *)shmem_mapping_data(view), THREADS * 10);
	shmem_mapping_close(&view);
	support_is(shmem_named_unlink("of-all"), unused());
}
END_TEST

/* ---- channels ---- */

static void give_and_take(shmem_channel *a, shmem_channel *b, uint64_t bytes,
			  int fill)
{
	shmem_segment *s = NULL;

	OK(shmem_segment_alloc(a, bytes, &s));
	memset(shmem_segment_data(s), fill, (size_t)bytes);
	OK(shmem_segment_send(a, &s));
	OK(shmem_segment_recv(b, 60000, &s));
	NEED(*(unsigned char *)shmem_segment_data(s) == fill);
	OK(shmem_segment_send(b, &s));
	OK(shmem_segment_recv(a, 60000, &s));
	OK(shmem_segment_free(&s));
}

static void stream(shmem_channel *a, shmem_channel *b)
{
	shmem_writer *w = NULL;
	shmem_reader *r = NULL;
	size_t length;
	void *at;

	OK(shmem_writer_open(a, NULL, &w));
	OK(shmem_reader_open(b, &r));
	for (int i = 0; i < 50; i++)
		OK(shmem_writer_write(w, &i, sizeof(i), 1000));
	OK(shmem_writer_flush(w));
	for (int i = 0; i < 50; i++) {
		OK(shmem_reader_next(r, 1000, &at, &length));
		NEED(*(int *)at == i);
	}
	shmem_writer_close(&w);
	shmem_reader_close(&r);
}

static const shmem_enforce modes[] = {SHMEM_ENFORCE_PROTECT,
				      SHMEM_ENFORCE_UNMAP, SHMEM_ENFORCE_NONE};

static void use_channels(int i)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.enforce = modes[i % 3];
	for (int n = 0; n < 3; n++) {
		shmem_channel *a = NULL;
		shmem_channel *b = NULL;
		shmem_message *m = NULL;

		OK(shmem_channel_pair(&opts, &a, &b));
		for (int j = 0; j < 20; j++) {
			OK(shmem_message_new("text", 4, &m));
			OK(shmem_channel_send(a, &m));
			OK(shmem_channel_recv(b, 60000, &m));
			shmem_message_free(&m);
			give_and_take(a, b, 100 * KIB, i);
			give_and_take(b, a, 100, i);
		}
		give_and_take(a, b, 3000 * KIB, i);
		stream(a, b);
		shmem_channel_close(&a);
		shmem_channel_close(&b);
	}
}

START_TEST(channels_are_independent)
{
	all(use_channels);
}
END_TEST

/* Each reserves addresses, and gives them back. */
static void hand_over_and_go(int i)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	int times = support_lacks(SUPPORT_QUICK) == NULL ? 40 : 10;

	opts.enforce = modes[i % 3];
	for (int n = 0; n < times; n++) {
		shmem_channel *a = NULL;
		shmem_channel *b = NULL;

		OK(shmem_channel_pair(&opts, &a, &b));
		give_and_take(a, b, 200 * KIB, i);
		give_and_take(b, a, 100, i);
		shmem_channel_close(&a);
		shmem_channel_close(&b);
	}
}

START_TEST(channels_come_and_go)
{
	all(hand_over_and_go);
}
END_TEST

#define PAIRS (THREADS / 2)
#define CALLS 100

static shmem_channel *ends[PAIRS][2];

static void open_pairs(void)
{
	for (int i = 0; i < PAIRS; i++)
		support_ok(shmem_channel_pair(NULL, &ends[i][0], &ends[i][1]));
}

static void close_pairs(void)
{
	for (int i = 0; i < PAIRS; i++) {
		shmem_channel_close(&ends[i][0]);
		shmem_channel_close(&ends[i][1]);
	}
}

static void ask(shmem_channel *c, int i)
{
	for (int n = 0; n < CALLS; n++) {
		shmem_message *m = NULL;
		shmem_message *reply = NULL;
		shmem_segment *s = NULL;

		OK(shmem_segment_alloc(c, n % 10 == 0 ? 300 * KIB : 64, &s));
		*(int *)shmem_segment_data(s) = n * i;
		OK(shmem_message_new("add", 3, &m));
		OK(shmem_message_push_segment(m, &s));
		OK(shmem_channel_call(c, &m, 60000, &reply));
		OK(shmem_message_pop_segment(reply, &s));
		NEED(*(int *)shmem_segment_data(s) == n * i + 1);
		OK(shmem_segment_free(&s));
		shmem_message_free(&reply);
	}
}

static void answer(shmem_channel *c)
{
	for (int n = 0; n < CALLS; n++) {
		shmem_message *request = NULL;
		shmem_message *m = NULL;
		shmem_segment *s = NULL;

		OK(shmem_channel_recv(c, 60000, &request));
		OK(shmem_message_pop_segment(request, &s));
		++*(int *)shmem_segment_data(s);
		OK(shmem_message_new(NULL, 0, &m));
		OK(shmem_message_push_segment(m, &s));
		OK(shmem_channel_reply(c, request, &m));
		shmem_message_free(&request);
	}
}

static void call_each_other(int i)
{
	if (i < PAIRS)
		ask(ends[i][0], i);
	else
		answer(ends[i - PAIRS][1]);
}

START_TEST(two_threads_may_have_the_two_ends)
{
	open_pairs();
	all(call_each_other);
	close_pairs();
}
END_TEST

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void take_turns(int i)
{
	for (int n = 0; n < 30; n++) {
		pthread_mutex_lock(&turn);
		give_and_take(ends[0][n % 2], ends[0][1 - n % 2],
			      n % 5 == 0 ? 600 * KIB : 100, i);
		pthread_mutex_unlock(&turn);
	}
}

START_TEST(a_channel_may_go_from_thread_to_thread)
{
	open_pairs();
	all(take_turns);
	close_pairs();
}
END_TEST

static shmem_message *prepared[THREADS];

static void prepare_message(int i)
{
	char text[40];

	snprintf(text, sizeof(text), "of thread %d", i);
	OK(shmem_message_new(text, strlen(text), &prepared[i]));
}

START_TEST(messages_may_be_made_by_any)
{
	char text[40];

	open_pairs();
	all(prepare_message);
	for (int i = 0; i < THREADS; i++) {
		support_ok(shmem_channel_send(ends[0][0], &prepared[i]));
		snprintf(text, sizeof(text), "of thread %d", i);
		support_recv_text(ends[0][1], text);
	}
	close_pairs();
}
END_TEST

/* ---- the data ---- */

static shmem_segment *shared;

static void fill_part(int i)
{
	size_t part = (size_t)shmem_segment_size(shared) / THREADS;
	unsigned char *data = shmem_segment_data(shared);

	memset(data + (size_t)i * part, i + 1, part);
}

static void check_part(int i)
{
	size_t part = (size_t)shmem_segment_size(shared) / THREADS;
	const unsigned char *data = shmem_segment_data(shared);

	for (size_t n = 0; n < part; n += 100)
		NEED(data[(size_t)i * part + n] == i + 1);
}

START_TEST(the_data_is_every_thread_s)
{
	open_pairs();
	support_ok(shmem_segment_alloc(ends[0][0], 1600 * KIB, &shared));
	for (int n = 0; n < 5; n++) {
		all(fill_part);
		support_give(ends[0][n % 2], &shared);
		shared = support_get(ends[0][1 - n % 2]);
		all(check_part);
	}
	support_ok(shmem_segment_free(&shared));
	close_pairs();
}
END_TEST

/* ---- listening ---- */

#define VISITS 5

static shmem_listener *listener;

static void visit(int i)
{
	for (int n = 0; n < VISITS; n++) {
		shmem_channel *c = NULL;
		shmem_message *m = NULL;
		shmem_segment *s = NULL;

		OK(shmem_channel_connect(address, NULL, 60000, &c));
		OK(shmem_segment_alloc(c, 5000, &s));
		*(int *)shmem_segment_data(s) = i;
		OK(shmem_segment_send(c, &s));
		OK(shmem_channel_recv(c, 60000, &m));
		shmem_message_free(&m);
		shmem_channel_close(&c);
	}
}

static void receive_visits(void)
{
	for (int n = 0; n < (THREADS - 1) * VISITS; n++) {
		shmem_channel *c = NULL;
		shmem_message *m = NULL;
		shmem_segment *s = NULL;

		OK(shmem_listener_accept(listener, NULL, 60000, &c));
		OK(shmem_segment_recv(c, 60000, &s));
		NEED(*(int *)shmem_segment_data(s) > 0);
		OK(shmem_segment_free(&s));
		OK(shmem_message_new("welcome", 7, &m));
		OK(shmem_channel_send(c, &m));
		shmem_channel_close(&c);
	}
}

static void visit_or_receive(int i)
{
	if (i == 0)
		receive_visits();
	else
		visit(i);
}

START_TEST(all_may_connect_to_one_listener)
{
	support_path(address, "socket");
	support_ok(shmem_listener_open(address, &listener));
	all(visit_or_receive);
	shmem_listener_close(&listener);
}
END_TEST

/* ---- processes ---- */

static int passed(char **arg)
{
	shmem_channel *c = NULL;
	shmem_handle *h = NULL;
	shmem_message *m = NULL;

	SUPPORT_NEED(shmem_inherited_handle("h", &h) == 0);
	SUPPORT_NEED(shmem_inherited_channel(NULL, &c) == 0);
	SUPPORT_NEED(shmem_handle_size(h) == strtoul(arg[0], NULL, 10));
	SUPPORT_NEED(shmem_message_new(arg[0], strlen(arg[0]), &m) == 0);
	SUPPORT_NEED(shmem_channel_send(c, &m) == 0);
	shmem_channel_close(&c);
	shmem_handle_close(&h);
	return 0;
}

static const support_role roles[] = {{"passed", passed}};

static void start_programs(int i)
{
	char size[20];
	const char *argv[] = {"self", "passed", size, NULL};
	shmem_spawn_handle given = {"h", NULL, SHMEM_RW};
	shmem_spawn_opts o = SHMEM_SPAWN_OPTS_INIT;

	snprintf(size, sizeof(size), "%d", 1000 * (i + 1));
	o.path = SUPPORT_SELF;
	o.argv = argv;
	o.handles = &given;
	o.handle_count = 1;
	for (int n = 0; n < 3; n++) {
		shmem_handle *h = NULL;
		shmem_channel *c = NULL;
		shmem_process *p = NULL;
		shmem_message *m = NULL;
		int status = -1;

		OK(shmem_handle_create((uint64_t)(1000 * (i + 1)), NULL, &h));
		given.handle = h;
		OK(shmem_process_spawn(&o, &p, &c));
		shmem_handle_close(&h);
		OK(shmem_channel_recv(c, 60000, &m));
		NEED(shmem_message_size(m) == strlen(size));
		shmem_message_free(&m);
		/* Nobody else has its end of the socket. */
		NEED_IS(shmem_channel_recv(c, 60000, &m), SHMEM_E_CLOSED);
		OK(shmem_process_wait(p, 60000, &status));
		NEED(status == 0);
		OK(shmem_process_kill(p));
		shmem_process_close(&p);
		shmem_channel_close(&c);
	}
}

START_TEST(all_may_start_programs)
{
	all(start_programs);
	support_no_process();
}
END_TEST

/* ---- statistics and reports ---- */

static int report_fd = -1;
static atomic_int working;

static void watch_or_work(int i)
{
	if (i >= PAIRS) {
		use_channels(i);
		for (int n = 0; n < 20; n++)
			give_and_take(ends[i - PAIRS][0], ends[i - PAIRS][1],
				      200 * KIB, i);
		atomic_fetch_sub(&working, 1);
		return;
	}
	while (atomic_load(&working) > 0) {
		shmem_stats stats = SHMEM_STATS_INIT;

		shmem_stats_read(&stats);
		NEED(stats.channels >= 2 * PAIRS);
		shmem_channel_stats(ends[i][1], &stats);
		NEED(stats.channels == 1);
		OK(shmem_diagnose_violations(report_fd));
		sched_yield();
	}
}

START_TEST(statistics_and_reports_disturb_nobody)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	report_fd = support_file("report", "", 0);
	open_pairs();
	atomic_store(&working, PAIRS);
	all(watch_or_work);
	close_pairs();
	shmem_stats_read(&stats);
	ck_assert_uint_eq(stats.channels, 0);
	ck_assert_uint_eq(stats.segments, 0);
	ck_assert_uint_eq(stats.mapped_bytes, 0);
	ck_assert_uint_eq(stats.segments_sent, stats.segments_received);
	close(report_fd);
}
END_TEST

#define VIOLATIONS 5

static void store(unsigned char *at)
{
	*(volatile unsigned char *)at = 1;
}

static void violate(int i)
{
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_segment *s = NULL;
	unsigned char *at;
	int faults = 0;

	(void)i;
	OK(shmem_channel_pair(NULL, &a, &b));
	OK(shmem_segment_alloc(a, PAGE, &s));
	at = shmem_segment_data(s);
	OK(shmem_segment_send(a, &s));
	/* What a report tells is sure where nobody uses a channel meanwhile. */
	meet();
	for (int n = 0; n < VIOLATIONS; n++)
		faults += strcmp(touch(store, at), touch_fault) == 0;
	meet();
	NEED(faults == VIOLATIONS);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

START_TEST(all_violations_are_reported)
{
	static char report[1 << 20];
	const char *at = report;
	int count = 0;
	ssize_t n;

	report_fd = support_file("report", "", 0);
	touch_begin();
	support_ok(shmem_diagnose_violations(report_fd));
	all(violate);
	ck_assert_int_eq(lseek(report_fd, 0, SEEK_SET), 0);
	n = read(report_fd, report, sizeof(report) - 1);
	ck_assert_int_gt(n, 0);
	report[n] = '\0';
	while ((at = strstr(at, "shmem: ")) != NULL) {
		const char *end = strstr(at, "For lines of code");
		const char *next = strstr(at + 1, "shmem: ");

		ck_assert_ptr_nonnull(end);
		ck_assert(next == NULL || end < next);
		count++;
		at = end;
	}
	ck_assert_int_eq(count, THREADS * VIOLATIONS);
	close(report_fd);
}
END_TEST

/* ---- reports beside channels that come and go ---- */

/* No memory is ever there: the report looks for it in all ledgers. */
static unsigned char *volatile nowhere = (unsigned char *)(uintptr_t)64;

static void come_and_go(void)
{
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_segment *s = NULL;

	OK(shmem_channel_pair(NULL, &a, &b));
	for (int n = 0; n < 10; n++) {
		OK(shmem_segment_alloc(n % 2 == 0 ? a : b, 64, &s));
		OK(shmem_segment_send(n % 2 == 0 ? a : b, &s));
	}
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

static unsigned long comings;

static void fault_or_work(int i)
{
	if (i >= PAIRS) {
		for (unsigned long n = 0; n < comings; n++)
			come_and_go();
		atomic_fetch_sub(&working, 1);
		return;
	}
	while (atomic_load(&working) > 0)
		NEED(strcmp(touch(store, nowhere), touch_fault) == 0);
}

START_TEST(a_fault_looks_at_no_channel_that_is_gone)
{
	comings = support_times(3000, 30000);
	if (support_lacks(SUPPORT_QUICK) != NULL)
		comings /= 100;
	else if (support_is_slow() || support_lacks(SUPPORT_NATIVE) != NULL)
		comings /= 10;
	report_fd = support_file("report", "", 0);
	touch_begin();
	support_ok(shmem_diagnose_violations(report_fd));
	atomic_store(&working, THREADS - PAIRS);
	all(fault_or_work);
	close(report_fd);
}
END_TEST

static void set_up(void)
{
	support_scratch();
}

static Suite *suite(void)
{
	Suite *s = suite_create("threads");
	TCase *c = support_case(s, "threads");

	tcase_add_checked_fixture(c, set_up, NULL);
	tcase_add_test(c, errors_are_each_thread_s_own);
	tcase_add_test(c, each_thread_has_handles_of_its_own);
	tcase_add_test(c, mappings_of_one_object_are_independent);
	tcase_add_test(c, names_may_be_used_by_all);
	tcase_add_test(c, channels_are_independent);
	tcase_add_test(c, channels_come_and_go);
	tcase_add_test(c, two_threads_may_have_the_two_ends);
	tcase_add_test(c, a_channel_may_go_from_thread_to_thread);
	tcase_add_test(c, messages_may_be_made_by_any);
	tcase_add_test(c, the_data_is_every_thread_s);
	tcase_add_test(c, all_may_connect_to_one_listener);
	tcase_add_test(c, all_may_start_programs);
	tcase_add_test(c, statistics_and_reports_disturb_nobody);
	tcase_add_test(c, all_violations_are_reported);
	/* What a report finds of a channel in use may be wrong, so that it is a
	 * race; only that it finds nothing of one that is gone is promised. */
	if (!SUPPORT_TSAN)
		tcase_add_test(c, a_fault_looks_at_no_channel_that_is_gone);
	return s;
}
SUPPORT_MAIN_WITH_ROLES(roles, suite)
