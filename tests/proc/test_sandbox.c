/* SPDX-License-Identifier: MIT */
/*
 * The library under seccomp filters that allow just what docs/security.md
 * lists, read from there, row by row: whatever else it called would kill it.
 * What is sandboxed runs in a child and tells its findings by raw calls.
 */
#include "channels.h"
#include "roles.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <shmem/shmem.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define UNEXPECTED 98

/* ---- the document ---- */

#define ROWS_MAX 20
#define CALLS_MAX 40

typedef struct row {
	char use[100];
	int call[CALLS_MAX];
	size_t count;
} row;

static row rows[ROWS_MAX];
static size_t row_count;

/* "memfd_create, ftruncate" */
static void read_calls(row *r, char *cell)
{
	char *rest = NULL;

	for (char *word = strtok_r(cell, ", ", &rest); word != NULL;
	     word = strtok_r(NULL, ", ", &rest)) {
		int number = seccomp_syscall_resolve_name(word);

		ck_assert_msg(number != __NR_SCMP_ERROR,
			      "docs/security.md: %s is no system call", word);
		ck_assert_uint_lt(r->count, CALLS_MAX);
		r->call[r->count++] = number;
	}
}

static void read_row(char *line)
{
	row *r = &rows[row_count];
	char *rest = NULL;
	const char *use = strtok_r(line, "|\n", &rest);
	char *calls = strtok_r(NULL, "|\n", &rest);

	ck_assert(use != NULL && calls != NULL);
	ck_assert_uint_lt(row_count, ROWS_MAX);
	snprintf(r->use, sizeof(r->use), "%s", use + strspn(use, " "));
	read_calls(r, calls);
	row_count++;
}

static void read_document(void)
{
	FILE *file = fopen(SUPPORT_SOURCE "/docs/security.md", "re");
	bool inside = false;
	int line_of_table = 0;
	char line[1000];

	ck_assert_ptr_nonnull(file);
	memset(rows, 0, sizeof(rows));
	row_count = 0;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "## ", 3) == 0)
			inside = strcmp(line, "## Under seccomp\n") == 0;
		if (inside && line[0] == '|' && line_of_table++ >= 2)
			read_row(line);
	}
	fclose(file);
	ck_assert_uint_gt(row_count, 5);
}

static const row *find_row(const char *use)
{
	for (size_t i = 0; i < row_count; i++)
		if (strncmp(rows[i].use, use, strlen(use)) == 0)
			return &rows[i];
	ck_abort_msg("docs/security.md says nothing of \"%s\"", use);
	return NULL;
}

/* ---- in the sandbox ---- */

static void say(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

static void unexpected(const char *what, const char *got)
{
	say("in the sandbox: ");
	say(what);
	say(": ");
	say(got);
	say("\n");
	_exit(UNEXPECTED);
}

#define NEED(fact)                                                             \
	do {                                                                   \
		if (!(fact))                                                   \
			unexpected(#fact, "is not so");                        \
	} while (0)
#define IS(call, expected)                                                     \
	do {                                                                   \
		int sandbox_got = (call);                                      \
		if (sandbox_got != (expected))                                 \
			unexpected(#call, shmem_errname(sandbox_got));         \
	} while (0)
#define OK(call) IS(call, 0)

static shmem_channel *a;
static shmem_channel *b;
static shmem_segment *segment;
static shmem_handle *handle;
static shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

static void say_to(shmem_channel *from, shmem_channel *to, const char *text)
{
	shmem_message *m = NULL;

	OK(shmem_message_new(text, strlen(text), &m));
	OK(shmem_channel_send(from, &m));
	OK(shmem_channel_recv(to, 30000, &m));
	NEED(shmem_message_size(m) == strlen(text));
	shmem_message_free(&m);
}

/* Requests and replies: one side after the other, so that none waits. */
static void ask(shmem_channel *from, shmem_channel *to)
{
	shmem_message *m = NULL;
	shmem_message *request = NULL;
	uint64_t id;

	OK(shmem_message_new("?", 1, &m));
	OK(shmem_channel_request(from, &m, &id));
	OK(shmem_channel_recv(to, 30000, &request));
	OK(shmem_message_new("!", 1, &m));
	OK(shmem_channel_reply(to, request, &m));
	shmem_message_free(&request);
	OK(shmem_channel_recv(from, 30000, &m));
	NEED(shmem_message_reply_to(m) == id);
	shmem_message_free(&m);
	OK(shmem_message_new("?", 1, &m));
	IS(shmem_channel_call(from, &m, 1, &request), SHMEM_E_TIMEDOUT);
	OK(shmem_channel_recv(to, 30000, &m));
	shmem_message_free(&m); /* a refusal */
	OK(shmem_channel_recv(from, 30000, &m));
	NEED(shmem_message_is_refusal(m));
	shmem_message_free(&m);
}

static void talk(void)
{
	shmem_message *m = NULL;

	for (int i = 0; i < 20; i++) {
		say_to(a, b, "hello");
		say_to(b, a, "hello yourself");
		ask(a, b);
	}
	IS(shmem_channel_recv(a, 0, &m), SHMEM_E_AGAIN);
	IS(shmem_channel_recv(a, 2, &m), SHMEM_E_TIMEDOUT);
	IS(shmem_channel_wait(a, SHMEM_POLL_READ, 1), SHMEM_E_TIMEDOUT);
	OK(shmem_channel_dispatch(a));
}

static void end_talk(void)
{
	shmem_message *m = NULL;

	talk();
	shmem_channel_close(&b);
	IS(shmem_channel_recv(a, 30000, &m), SHMEM_E_CLOSED);
	shmem_channel_close(&a);
}

static void touch(shmem_segment *s, int byte)
{
	unsigned char *data = shmem_segment_data(s);

	NEED(data != NULL);
	data[0] = (unsigned char)byte;
	data[shmem_segment_size(s) - 1] = (unsigned char)byte;
}

static bool is_touched(const shmem_segment *s, int byte)
{
	const unsigned char *data = shmem_segment_data(s);

	return data != NULL && data[0] == byte &&
	       data[shmem_segment_size(s) - 1] == byte;
}

/* To and fro, until it is in huge pages where these are to be had. */
static void to_and_fro(int times)
{
	for (int i = 0; i < times; i++) {
		touch(segment, i);
		OK(shmem_segment_send(a, &segment));
		OK(shmem_segment_recv(b, 30000, &segment));
		NEED(is_touched(segment, i));
		touch(segment, i + 1);
		OK(shmem_segment_send(b, &segment));
		OK(shmem_segment_recv(a, 30000, &segment));
		NEED(is_touched(segment, i + 1));
	}
}

static const uint64_t sizes[] = {10, 64 * KIB, 2 * MIB, 3 * MIB, 130 * MIB};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Made in advance, and on their way. */
static void segments_sent(void)
{
	for (size_t i = 0; i < SIZES; i++) {
		OK(shmem_segment_alloc(a, sizes[i], &segment));
		touch(segment, 1);
		OK(shmem_segment_send(a, &segment));
	}
}

static void take_segments(void)
{
	shmem_segment *came[SIZES] = {NULL};

	for (size_t i = 0; i < SIZES; i++)
		OK(shmem_segment_recv(b, 30000, &came[i]));
	for (size_t i = 0; i < SIZES; i++) {
		OK(shmem_segment_send(b, &came[i]));
		OK(shmem_segment_recv(a, 30000, &segment));
		to_and_fro(6);
		OK(shmem_segment_free(&segment));
		OK(shmem_channel_dispatch(b));
	}
}

/* A handle comes, is mapped, and goes. */
static void take_handle(void)
{
	shmem_mapping *m = NULL;
	shmem_message *message = NULL;
	shmem_handle *got = NULL;

	OK(shmem_message_new(NULL, 0, &message));
	OK(shmem_message_push_handle(message, &handle));
	OK(shmem_channel_send(a, &message));
	OK(shmem_channel_recv(b, 30000, &message));
	OK(shmem_message_pop_handle(message, &got));
	shmem_message_free(&message);
	OK(shmem_mapping_open(got, 0, 0, SHMEM_RW, &m));
	memset(shmem_mapping_data(m), 1, shmem_mapping_size(m));
	OK(shmem_mapping_protect(m, SHMEM_READ));
	shmem_mapping_close(&m);
	shmem_handle_close(&got);
}

static void take_all(void)
{
	take_segments();
	take_handle();
	end_talk();
}

static void make_all(void)
{
	shmem_handle_opts huge = SHMEM_HANDLE_OPTS_INIT;

	huge.huge = true;
	for (size_t i = 0; i < SIZES; i++) {
		OK(shmem_segment_alloc(a, sizes[i], &segment));
		to_and_fro(6);
		OK(shmem_segment_send(a, &segment));
		OK(shmem_segment_recv(b, 30000, &segment));
		OK(shmem_segment_free(&segment));
	}
	OK(shmem_handle_create(4096, NULL, &handle));
	take_handle();
	OK(shmem_handle_create(4 * MIB, &huge, &handle));
	take_handle();
	OK(shmem_handle_create(5000 * MIB, NULL, &handle));
	shmem_handle_close(&handle);
	end_talk();
}

/* A body that is larger than a packet travels in a segment of its own. */
static void make_large(void)
{
	static char body[200000];
	shmem_message *m = NULL;

	OK(shmem_message_new(body, sizeof(body), &m));
	OK(shmem_channel_send(a, &m));
	OK(shmem_channel_recv(b, 30000, &m));
	NEED(shmem_message_size(m) == sizeof(body));
	shmem_message_free(&m);
	make_all();
}

static void make_channels(void)
{
	shmem_os_handle sock[2];
	int pair[2];

	OK(shmem_channel_pair(&opts, &a, &b));
	end_talk();
	NEED(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	sock[0] = pair[0];
	sock[1] = pair[1];
	OK(shmem_channel_adopt(&sock[0], &opts, &a));
	OK(shmem_channel_adopt(&sock[1], &opts, &b));
	end_talk();
}

static char address[SUPPORT_PATH_MAX];

static void address_made(void)
{
	support_path(address, "socket");
}

static void listen_and_connect(void)
{
	const char *const where[] = {address, "@shmem test of sandboxes"};
	shmem_listener *listener = NULL;
	shmem_listener *second = NULL;

	for (int i = 0; i < 2; i++) {
		OK(shmem_listener_open(where[i], &listener));
		IS(shmem_listener_open(where[i], &second), SHMEM_E_EXISTS);
		IS(shmem_listener_accept(listener, NULL, 1, &a),
		   SHMEM_E_TIMEDOUT);
		OK(shmem_channel_connect(where[i], &opts, 0, &b));
		OK(shmem_listener_accept(listener, &opts, 30000, &a));
		end_talk();
		shmem_listener_close(&listener);
		IS(shmem_channel_connect(where[i], NULL, 0, &b), SHMEM_E_NOENT);
	}
}

static void narrow(void)
{
	shmem_handle *reader = NULL;
	shmem_handle *frozen = NULL;
	shmem_mapping *m = NULL;
	shmem_handle_opts single = SHMEM_HANDLE_OPTS_INIT;

	single.policy = SHMEM_POLICY_SINGLE_WRITER;
	OK(shmem_handle_create(4096, NULL, &handle));
	OK(shmem_handle_duplicate(handle, SHMEM_READ, &reader));
	OK(shmem_handle_freeze(&handle, &frozen));
	shmem_handle_close(&reader);
	shmem_handle_close(&frozen);
	OK(shmem_handle_create_mapped(4096, &single, &handle, &m));
	shmem_handle_close(&handle);
	shmem_mapping_close(&m);
	OK(shmem_segment_alloc(a, 100, &segment));
	if (opts.enforce == SHMEM_ENFORCE_UNMAP) {
		OK(shmem_segment_freeze(&segment, &frozen));
		shmem_handle_close(&frozen);
	}
	shmem_segment_free(&segment);
}

static int count_named(const shmem_named_info *info, void *arg)
{
	*(int *)arg += info->in_use;
	return 0;
}

static void name(void)
{
	const char *const what = "shmem-test-of-sandboxes";
	shmem_handle *other = NULL;
	int count = 0;

	OK(shmem_handle_open_named(what, 4096, SHMEM_OPEN_CREATE, SHMEM_RW,
				   &handle));
	OK(shmem_handle_open_named(what, 0, 0, SHMEM_READ, &other));
	shmem_handle_close(&other);
	OK(shmem_handle_duplicate(handle, SHMEM_RW, &other));
	OK(shmem_named_list(count_named, &count));
	NEED(count == 1);
	IS(shmem_named_unlink(what), SHMEM_E_BUSY);
	shmem_handle_close(&handle);
	shmem_handle_close(&other);
	OK(shmem_named_unlink(what));
	OK(shmem_handle_open_named(what, 4096,
				   SHMEM_OPEN_CREATE | SHMEM_OPEN_GROUP,
				   SHMEM_READ, &handle));
	shmem_handle_close(&handle);
	OK(shmem_handle_unlink_named(what));
}

/* The program's own needs are its own: one that there is not, then. */
static void start(void)
{
	shmem_spawn_opts o = SHMEM_SPAWN_OPTS_INIT;
	shmem_spawn_handle passed = {"x", NULL, SHMEM_RW};
	shmem_process *p = NULL;

	OK(shmem_handle_create(4096, NULL, &handle));
	passed.handle = handle;
	o.handles = &passed;
	o.handle_count = 1;
	o.path = "/nowhere/there/is/such/a/program";
	IS(shmem_process_spawn(&o, &p, &a), SHMEM_E_NOENT);
	shmem_handle_close(&handle);
}

/* One that exits at once: its loading needs more, which is added. */
static const char *const of_a_program[] = {
	"access",
	"clock_nanosleep",
	"arch_prctl",
	"openat",
	"open",
	"read",
	"pread64",
	"newfstatat",
	"fstat",
	"readlink",
	"write",
	"set_tid_address",
	"rseq",
	"prlimit64",
	"set_robust_list",
	"getrandom",
	"rt_sigaction",
	"getuid",
	"getgid",
	"geteuid",
	"getegid",
	"exit_group",
};

static void start_one(void)
{
	shmem_spawn_opts o = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;
	int status = -1;

	start();
	o.path = "true";
	OK(shmem_process_spawn(&o, &p, &a));
	OK(shmem_process_wait(p, 30000, &status));
	NEED(status == 0);
	OK(shmem_process_kill(p));
	shmem_process_close(&p);
	shmem_channel_close(&a);
	o.path = "sleep";
	o.argv = (const char *const[]){"sleep", "100", NULL};
	OK(shmem_process_spawn(&o, &p, NULL));
	IS(shmem_process_wait(p, 1, &status), SHMEM_E_TIMEDOUT);
	OK(shmem_process_kill(p));
	OK(shmem_process_wait(p, 30000, &status));
	shmem_process_close(&p);
}

static void report(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	volatile unsigned char *at = shmem_segment_data(segment);

	NEED(fd >= 0);
	OK(shmem_diagnose_violations(fd));
	OK(shmem_segment_send(a, &segment));
	*at = 1;
}

/* ---- filters ---- */

static const char *const refused_none[] = {NULL};

typedef struct scene {
	const char *name;
	const char *rows[10]; /* of the document, by how they begin */
	void (*before)(void);
	void (*inside)(void);
	bool no_ring; /* which would have to be made */
	int signal;   /* that ends it */
} scene;

#define ANY "anything"
#define TALK "sending"
#define TAKE "taking"
#define GREET "the greeting"
#define MAKE "making segments"
#define CHANNEL "making a channel"
#define LISTEN "listening"
#define NARROW "read-only"
#define NAME "named"
#define START "starting"
#define REPORT "the report"

static void nothing(void)
{
}

static void pair_made(void)
{
	OK(shmem_channel_pair(&opts, &a, &b));
}

/* They have talked enough to have what they will ever have. */
static void pair_used(void)
{
	pair_made();
	talk();
}

static void pair_with_segments(void)
{
	pair_used();
	segments_sent();
	OK(shmem_handle_create(10000, NULL, &handle));
}

static void segment_made(void)
{
	pair_used();
	OK(shmem_segment_alloc(a, 100, &segment));
}

static void named_made(void)
{
	/* Where there is no /dev/shm of its own, that of everybody. */
	(void)support_private_shm("mode=1777");
}

static const scene scenes[] = {
	{"talk", {ANY, TALK}, pair_used, end_talk, false, 0},
	{"greet", {ANY, TALK, GREET}, pair_made, end_talk, true, 0},
	{"take", {ANY, TALK, TAKE}, pair_with_segments, take_all, false, 0},
	{"make", {ANY, TALK, TAKE, MAKE}, pair_used, make_large, false, 0},
	{"make and greet",
	 {ANY, TALK, TAKE, GREET, MAKE},
	 pair_made,
	 make_large,
	 false,
	 0},
	{"make channels",
	 {ANY, TALK, GREET, CHANNEL},
	 nothing,
	 make_channels,
	 true,
	 0},
	{"listen",
	 {ANY, TALK, GREET, CHANNEL, LISTEN},
	 address_made,
	 listen_and_connect,
	 true,
	 0},
	{"narrow",
	 {ANY, TALK, TAKE, MAKE, NARROW},
	 pair_used,
	 narrow,
	 false,
	 0},
	{"name", {ANY, TALK, TAKE, NARROW, NAME}, named_made, name, false, 0},
	{"start nothing",
	 {ANY, TALK, TAKE, MAKE, GREET, CHANNEL, START},
	 nothing,
	 start,
	 false,
	 0},
	{"start",
	 {ANY, TALK, TAKE, MAKE, GREET, CHANNEL, START},
	 nothing,
	 start_one,
	 true,
	 0},
	{"report",
	 {ANY, TALK, TAKE, REPORT},
	 segment_made,
	 report,
	 false,
	 SIGSEGV},
};
#define SCENES (int)(sizeof(scenes) / sizeof(scenes[0]))

typedef struct box {
	const scene *scene;
	uint32_t others;            /* what becomes of calls not listed */
	const char *const *refused; /* listed ones that fail all the same */
	int refused_with;
	bool small_pages; /* no huge ones, as where the system has none */
} box;

static void name_call(int sig, siginfo_t *info, void *context)
{
	char *called = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE,
							info->si_syscall);

	(void)sig;
	(void)context;
	unexpected("a call that is not listed",
		   called != NULL ? called : "one without a name");
}

static void allow(scmp_filter_ctx filter, int number)
{
	/* Twice the same is no error. */
	ck_assert_int_eq(seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0),
			 0);
}

/* Of madvise, all but the wishes for huge pages. */
static void allow_small_pages(scmp_filter_ctx filter)
{
	static const struct {
		scmp_datum_t advice;
		uint32_t action;
	} rule[] = {
		{MADV_DONTNEED, SCMP_ACT_ALLOW},
		{MADV_DONTFORK, SCMP_ACT_ALLOW},
		{23 /* MADV_POPULATE_WRITE */, SCMP_ACT_ALLOW},
		{MADV_HUGEPAGE, SCMP_ACT_ERRNO(EINVAL)},
		{25 /* MADV_COLLAPSE */, SCMP_ACT_ERRNO(EINVAL)},
	};

	for (size_t i = 0; i < sizeof(rule) / sizeof(rule[0]); i++)
		ck_assert_int_eq(seccomp_rule_add(filter, rule[i].action,
						  SCMP_SYS(madvise), 1,
						  SCMP_A2(SCMP_CMP_EQ,
							  rule[i].advice, 0)),
				 0);
}

static bool is_refused(const box *x, int number)
{
	if (x->small_pages && number == SCMP_SYS(madvise))
		return true;
	for (const char *const *r = x->refused; *r != NULL; r++)
		if (seccomp_syscall_resolve_name(*r) == number)
			return true;
	return false;
}

static void allow_row(scmp_filter_ctx filter, const box *x, const row *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (!is_refused(x, r->call[i]))
			allow(filter, r->call[i]);
}

static void load(const box *x)
{
	scmp_filter_ctx filter = seccomp_init(x->others);

	ck_assert_ptr_nonnull(filter);
	for (const char *const *r = x->refused; *r != NULL; r++)
		ck_assert_int_eq(
			seccomp_rule_add(
				filter,
				SCMP_ACT_ERRNO((uint32_t)x->refused_with),
				seccomp_syscall_resolve_name(*r), 0),
			0);
	for (size_t i = 0; x->scene->rows[i] != NULL; i++)
		allow_row(filter, x, find_row(x->scene->rows[i]));
	if (x->small_pages)
		allow_small_pages(filter);
	/* The test's own: how it says what went wrong. */
	ck_assert_int_eq(
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
				 SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO, 0)),
		0);
	if (x->scene->inside == start_one)
		for (size_t i = 0;
		     i < sizeof(of_a_program) / sizeof(of_a_program[0]); i++) {
			int n = seccomp_syscall_resolve_name(of_a_program[i]);

			if (n >= 0)
				allow(filter, n);
		}
	NEED(seccomp_load(filter) == 0); /* Check would write */
	seccomp_release(filter);
}

static void in_the_box(void *arg)
{
	const box *x = arg;
	struct sigaction action = {.sa_sigaction = name_call,
				   .sa_flags = SA_SIGINFO};

	sigaction(SIGSYS, &action, NULL);
	opts.no_ring = opts.no_ring || x->scene->no_ring;
	x->scene->before();
	load(x);
	x->scene->inside();
	_exit(0);
}

static void run(box *x)
{
	int got = support_child(in_the_box, x);

	if (got == -SIGSYS) { /* what was it? */
		x->others = SCMP_ACT_TRAP;
		(void)support_child(in_the_box, x);
	}
	ck_assert_msg(got == -x->scene->signal,
		      "\"%s\" ended by %d (others: %x, refused: %s)",
		      x->scene->name, got, x->others,
		      x->refused[0] != NULL ? x->refused[0] : "none");
}

/* ---- tests ---- */

static const shmem_enforce modes[] = {SHMEM_ENFORCE_PROTECT,
				      SHMEM_ENFORCE_UNMAP, SHMEM_ENFORCE_NONE};

static void set_up(void)
{
	read_document();
	support_scratch();
}

START_TEST(each_row_is_enough_for_its_use)
{
	const scene *s = &scenes[_i % SCENES];
	box x = {s, SCMP_ACT_KILL_PROCESS, refused_none, 0, false};

	/* Nothing of it faults there. */
	if (s->signal != 0 && modes[_i / SCENES] == SHMEM_ENFORCE_NONE)
		return;
	opts.enforce = modes[_i / SCENES];
	run(&x);
	opts.no_ring = true;
	run(&x);
}
END_TEST

START_TEST(what_is_not_listed_may_fail_as_well)
{
	const scene *s = &scenes[_i];
	box x = {s, SCMP_ACT_ERRNO(EPERM), refused_none, 0, false};

	run(&x);
	x.others = SCMP_ACT_ERRNO(ENOSYS);
	run(&x);
}
END_TEST

/* Listed, and yet it goes without: in other ways. */
static const struct {
	const char *const calls[4];
	int with;
	const char *scene;
} spare[] = {
	{{"mremap"}, EPERM, "take"},
	{{"mremap"}, ENOSYS, "make"},
	{{"mremap", "sysinfo"}, EPERM, "make"},
	{{"pidfd_open"}, EPERM, "greet"},
	{{"pidfd_open"}, ENOSYS, "make channels"},
	{{"pidfd_open", "pidfd_send_signal"}, ENOSYS, "start"},
	{{"pidfd_open", "pidfd_send_signal"}, EPERM, "start"},
	{{"prlimit64", "sysinfo"}, EPERM, "make"},
	{{"sched_getaffinity"}, EPERM, "make channels"},
	{{"memfd_create"}, EPERM, "greet"},
};
#define SPARE (int)(sizeof(spare) / sizeof(spare[0]))

START_TEST(some_that_are_listed_can_be_spared)
{
	box x = {NULL, SCMP_ACT_KILL_PROCESS, spare[_i].calls, spare[_i].with,
		 false};

	for (int i = 0; i < SCENES; i++)
		if (strcmp(scenes[i].name, spare[_i].scene) == 0)
			x.scene = &scenes[i];
	ck_assert_ptr_nonnull(x.scene);
	run(&x);
}
END_TEST

START_TEST(huge_pages_can_be_spared)
{
	static const char *const no_moves[] = {"mremap", NULL};
	box x = {&scenes[2 + _i], SCMP_ACT_KILL_PROCESS, refused_none, EPERM,
		 true};

	run(&x);
	x.refused = no_moves;
	run(&x);
}
END_TEST

/* ---- a worker that makes no memory ---- */

static const scene worker_scene = {
	"worker", {ANY, TALK, TAKE, GREET}, nothing, nothing, true, 0};

static void work(void *arg)
{
	box x = {&worker_scene, SCMP_ACT_KILL_PROCESS, refused_none, 0, false};
	shmem_message *m = NULL;
	shmem_handle *h = NULL;
	shmem_mapping *view = NULL;
	int err;

	(void)arg;
	shmem_channel_close(&a);
	load(&x);
	for (;;) {
		err = shmem_segment_recv(b, 5000, &segment);
		if (err != 0)
			break;
		touch(segment, 2);
		OK(shmem_segment_send(b, &segment));
	}
	IS(err, SHMEM_E_STATE); /* a message */
	OK(shmem_channel_recv(b, 30000, &m));
	OK(shmem_message_pop_handle(m, &h));
	OK(shmem_mapping_open_take(&h, SHMEM_RW, &view));
	memset(shmem_mapping_data(view), 2, shmem_mapping_size(view));
	shmem_mapping_close(&view);
	shmem_message_free(&m);
	OK(shmem_message_new("done", 4, &m));
	OK(shmem_channel_send(b, &m));
	/* And what came from the peer goes with it. */
	OK(shmem_segment_recv(b, 30000, &segment));
	IS(shmem_channel_recv(b, 30000, &m), SHMEM_E_CLOSED);
	IS(shmem_segment_alloc(b, 10, &segment), SHMEM_E_CLOSED);
	shmem_channel_close(&b);
	OK(shmem_segment_free(&segment));
	_exit(0);
}

START_TEST(a_worker_needs_only_the_first_rows)
{
	shmem_message *m = NULL;
	pid_t worker;

	opts.enforce = modes[_i];
	opts.no_ring = true;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	worker = support_fork(work, NULL);
	shmem_channel_close(&b);
	for (size_t i = 0; i < SIZES; i++) {
		support_ok(shmem_segment_alloc(a, sizes[i], &segment));
		for (int j = 0; j < 6; j++) {
			touch(segment, 1);
			support_give(a, &segment);
			segment = support_get(a);
			ck_assert(is_touched(segment, 2));
		}
		support_ok(shmem_segment_free(&segment));
	}
	m = support_text("a handle");
	handle = support_handle(5000);
	support_ok(shmem_message_push_handle(m, &handle));
	support_ok(shmem_channel_send(a, &m));
	support_recv_text(a, "done");
	segment = support_segment(a, 100, 1);
	support_give(a, &segment);
	shmem_channel_close(&a);
	ck_assert_int_eq(support_wait(worker, 60000), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("sandbox");
	TCase *c;

	/* Sanitizers call whatever they like. */
	if (SUPPORT_ASAN || SUPPORT_TSAN)
		return s;
	c = support_case(s, "sandbox");
	tcase_add_checked_fixture(c, set_up, NULL);
	tcase_add_loop_test(c, each_row_is_enough_for_its_use, 0, 3 * SCENES);
	tcase_add_loop_test(c, what_is_not_listed_may_fail_as_well, 0, SCENES);
	tcase_add_loop_test(c, some_that_are_listed_can_be_spared, 0, SPARE);
	tcase_add_loop_test(c, huge_pages_can_be_spared, 0, 2);
	tcase_add_loop_test(c, a_worker_needs_only_the_first_rows, 0, 3);
	return s;
}
SUPPORT_MAIN(suite)
