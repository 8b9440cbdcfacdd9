/* SPDX-License-Identifier: MIT */
/*
 * Memory that is not this process's to touch, touched: in every way, in every
 * mode of enforcement, at every size that is revoked by other means, and
 * however it was lost. What then happens stands in a table here, which
 * docs/security.md shows; and what the report of a violation says of it.
 */
#include "channels.h"

#include "base/fault.h"
#include "transport/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define PAGE ((size_t)4096)
#define SOME 64 /* bytes that a deed is about */
#define PATTERN 0xa5
#define OTHER 0x3c

/* ---- the table ---- */

enum column { PROTECT, UNMAP, NONE, CLOSED, READONLY, COLUMNS };

static const char *const column_text[COLUMNS] = {
	"given away or freed, PROTECT", "given away or freed, UNMAP",
	"given away or freed, NONE", "frozen, or its channel closed",
	"a mapping for READ"};

typedef const char *deed_fn(unsigned char *at);

static deed_fn load, store, atomic, copy_from, copy_to, thread_load,
	thread_store, child_load, child_store, call_reads, call_writes,
	mem_read, mem_write, erase;

/* What is done; then what comes of it, by column. */
static const struct deed {
	const char *text;
	deed_fn *fn;
	const char *reported; /* as, where it raises SIGSEGV */
	const char *outcome[COLUMNS];
} deeds[] = {
	{"load",
	 load,
	 "load from",
	 {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "done"}},
	{"store",
	 store,
	 "store to",
	 {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "SIGSEGV"}},
	{"atomic addition",
	 atomic,
	 "store to",
	 {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "SIGSEGV"}},
	{"`memcpy` out of it",
	 copy_from,
	 "load from",
	 {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "done"}},
	{"`memcpy` into it",
	 copy_to,
	 "store to",
	 {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "SIGSEGV"}},
	{"load in another thread",
	 thread_load,
	 "load from",
	 {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "done"}},
	{"store in another thread",
	 thread_store,
	 "store to",
	 {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "SIGSEGV"}},
	{"load in a forked child",
	 child_load,
	 "load from",
	 {"SIGSEGV", "SIGSEGV", "SIGSEGV", "SIGSEGV", "done"}},
	{"store in a forked child",
	 child_store,
	 "store to",
	 {"SIGSEGV", "SIGSEGV", "SIGSEGV", "SIGSEGV", "SIGSEGV"}},
	{"system call that reads it (`write`, `send`, …)",
	 call_reads,
	 NULL,
	 {"EFAULT", "EFAULT", "done", "EFAULT", "done"}},
	{"system call that writes it (`read`, `recv`, …)",
	 call_writes,
	 NULL,
	 {"EFAULT", "EFAULT", "done", "EFAULT", "EFAULT"}},
	{"`/proc/self/mem` read",
	 mem_read,
	 NULL,
	 {"done or EIO", "zeros or EIO", "done", "EIO", "done"}},
	{"`/proc/self/mem` written",
	 mem_write,
	 NULL,
	 {"EIO", "nowhere or EIO", "done", "EIO", "EIO"}},
	{"`MADV_REMOVE`",
	 erase,
	 NULL,
	 {"done or EACCES", "EINVAL", "done", "ENOMEM", "EACCES"}},
};
#define DEEDS (sizeof(deeds) / sizeof(deeds[0]))

/* ---- the document ---- */

static void add_row(char *row, size_t cap, const char *first,
		    const char *const *cells)
{
	size_t n = (size_t)snprintf(row, cap, "| %s |", first);

	for (int i = 0; i < COLUMNS; i++)
		n += (size_t)snprintf(row + n, cap - n, " %s |", cells[i]);
	snprintf(row + n, cap - n, "\n");
}

START_TEST(the_document_shows_the_same_table)
{
	FILE *file = fopen(SUPPORT_SOURCE "/docs/security.md", "re");
	char line[1000];
	char row[1000];

	ck_assert_ptr_nonnull(file);
	add_row(row, sizeof(row), "deed", column_text);
	do
		ck_assert_msg(fgets(line, sizeof(line), file) != NULL,
			      "docs/security.md has no line %s", row);
	while (strcmp(line, row) != 0);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	for (size_t i = 0; i < DEEDS; i++) {
		add_row(row, sizeof(row), deeds[i].text, deeds[i].outcome);
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
		ck_assert_str_eq(line, row);
	}
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	ck_assert_str_eq(line, "\n");
	fclose(file);
}
END_TEST

/* ---- the scene ---- */

/* How a segment's memory is taken away depends on its size and history. */
static const struct kind {
	const char *text;
	uint64_t bytes;
	bool warm;    /* goes to and fro until it could have huge pages */
	bool no_huge; /* … which the system refuses */
	bool moves;   /* page tables, under PROTECT */
} kinds[] = {
	{"one page", 4 * KIB, false, false, false},
	{"64 KiB", 64 * KIB, false, false, false},
	{"2 MiB in a huge page", 2 * MIB, true, false, false},
	{"1 MiB of small pages", MIB, true, true, true},
	{"128 MiB", 128 * MIB, false, false, true},
};
#define KINDS (int)(sizeof(kinds) / sizeof(kinds[0]))

enum way {
	SENT,
	DROPPED,
	FREED,
	FREED_PEERS,
	WAITING,
	DIED,
	SHUT,
	FROZEN,
	WAYS
};
static const char *const way_text[WAYS] = {"sent",
					   "sent, and freed by the peer",
					   "freed",
					   "freed, of the peer's making",
					   "sent back, not received",
					   "held by a dead peer",
					   "of a closed channel",
					   "frozen"};

static shmem_channel *a;
static shmem_channel *b;
static shmem_segment *segment; /* wherever it is now */
static shmem_handle *frozen;

static unsigned char *place; /* where this process had it */
static uint64_t place_size;
static uint64_t place_id;
static int memory = -1; /* a descriptor of it */
static enum column column;
static uint64_t lost_from; /* between these moments, in µs since 1970 */
static uint64_t lost_to;

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void set_pattern(uint64_t offset)
{
	unsigned char bytes[SOME];

	memset(bytes, PATTERN, sizeof(bytes));
	(void)!pwrite(memory, bytes, sizeof(bytes), (off_t)offset);
}

/* Whether all of it is that byte. */
static bool memory_is(const unsigned char *at, int byte)
{
	unsigned char bytes[SOME];

	ck_assert_int_eq(
		pread(memory, bytes, sizeof(bytes), (off_t)(at - place)),
		sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		if (bytes[i] != byte)
			return false;
	return true;
}

static uint64_t offset_of(int i)
{
	uint64_t offset[] = {0, place_size / 2, place_size - SOME};

	return offset[i];
}

static void note_segment(void)
{
	static const char label[] = "the lost one";

	place = shmem_segment_data(segment);
	place_size = shmem_segment_size(segment);
	place_id = shmem_segment_id(segment);
	if (memory < 0)
		memory = fcntl((int)segment->entry->os, F_DUPFD_CLOEXEC, 3);
	ck_assert_int_ge(memory, 0);
	support_ok(shmem_segment_set_label(segment, label));
	for (int i = 0; i < 3; i++)
		set_pattern(offset_of(i));
}

static void pass_on(shmem_channel *from, shmem_channel *to, bool no_huge)
{
	support_give(from, &segment);
	if (no_huge) {
		shmem__fault_arm(1, EINVAL, "madvise");
		shmem__fault_repeat(ULONG_MAX);
	}
	segment = support_get(to);
	shmem__fault_arm(0, 0, NULL);
}

/* `a` has a segment, made by itself or by `b`. */
static void have(const struct kind *k, shmem_enforce enforce, bool peers)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.enforce = enforce;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	support_send_text(b, "who I am");
	support_recv_text(a, "who I am");
	support_ok(shmem_segment_alloc(peers ? b : a, k->bytes, &segment));
	if (peers) {
		memory = fcntl((int)segment->entry->os, F_DUPFD_CLOEXEC, 3);
		pass_on(b, a, false);
	}
	note_segment();
	for (int i = 0; k->warm && i < 5; i++) {
		bool no_huge =
			k->no_huge && i > 0 && enforce == SHMEM_ENFORCE_PROTECT;

		pass_on(a, b, no_huge);
		pass_on(b, a, no_huge);
	}
	ck_assert_ptr_eq(shmem_segment_data(segment), place);
}

static void lose_by_sending(enum way way)
{
	support_give(a, &segment);
	lost_to = now_us();
	if (way == WAITING) {
		segment = support_get(b);
		support_give(b, &segment);
		support_settle(a);
		return;
	}
	if (way != DIED)
		segment = support_get(b);
	if (way == DROPPED) {
		support_ok(shmem_segment_free(&segment));
		support_settle(a);
	} else if (way == DIED) {
		shmem_channel_close(&b);
		support_is(shmem_segment_recv(a, 0, &segment), SHMEM_E_CLOSED);
	}
}

static void lose(enum way way)
{
	lost_from = now_us();
	switch (way) {
	case SHUT:
		shmem_channel_close(&a);
		break;
	case FREED:
	case FREED_PEERS:
		support_ok(shmem_segment_free(&segment));
		break;
	case FROZEN:
		support_ok(shmem_segment_freeze(&segment, &frozen));
		break;
	default:
		lose_by_sending(way);
		return;
	}
	lost_to = now_us();
}

static void tear_down(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	shmem_segment_free(&segment);
	shmem_handle_close(&frozen);
	close(memory);
	memory = -1;
}

/* ---- the deeds ---- */

static _Thread_local sigjmp_buf back;
static _Thread_local volatile sig_atomic_t expecting;
static _Thread_local const void *volatile fault_address;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (!expecting) {
		signal(sig, SIG_DFL);
		return;
	}
	fault_address = info->si_addr;
	siglongjmp(back, sig);
}

typedef void touch_fn(unsigned char *at);

static const char *touch(touch_fn *fn, unsigned char *at)
{
	const void *volatile from = support_fault_at(at);
	const char *outcome = "done";
	int sig = sigsetjmp(back, 1);

	if (sig == 0) {
		expecting = 1;
		fn(at);
	} else if (sig != SIGSEGV) {
		outcome = "SIGBUS";
	} else {
		size_t where = (size_t)((const char *)fault_address -
					(const char *)from);

		outcome = where < SOME ? "SIGSEGV" : "SIGSEGV elsewhere";
	}
	expecting = 0;
	return outcome;
}

static volatile unsigned char sink;
static unsigned char bytes[SOME];

static void do_load(unsigned char *at)
{
	sink = *(volatile unsigned char *)at;
}

static void do_store(unsigned char *at)
{
	for (int i = 0; i < SOME; i++)
		((volatile unsigned char *)at)[i] = OTHER;
}

/* ThreadSanitizer holds a lock of its own during what it knows is atomic, and
 * would never let go of it. */
__attribute__((no_sanitize("thread"))) static void do_atomic(unsigned char *at)
{
	__atomic_fetch_add((uint32_t *)(void *)at, 1, __ATOMIC_SEQ_CST);
}

/* The library's own, whatever the compiler knows of it. */
static void *(*volatile copy)(void *to, const void *from, size_t n) = memcpy;

static void do_copy_from(unsigned char *at)
{
	copy(bytes, at, SOME);
}

static void do_copy_to(unsigned char *at)
{
	unsigned char from[SOME];

	memset(from, OTHER, sizeof(from));
	copy(at, from, SOME);
}

/* Said to be done: is it? */
static const char *stored(const char *outcome, const unsigned char *at)
{
	bool there = memory_is(at, OTHER);

	if (strcmp(outcome, "done") == 0)
		return there ? "done" : "nowhere";
	return memory_is(at, PATTERN) ? outcome : "an error, yet done";
}

static const char *load(unsigned char *at)
{
	return touch(do_load, at);
}

static const char *store(unsigned char *at)
{
	return stored(touch(do_store, at), at);
}

static const char *atomic(unsigned char *at)
{
	const char *outcome = touch(do_atomic, at);
	bool unchanged = memory_is(at, PATTERN);

	return unchanged == (strcmp(outcome, "done") != 0) ? outcome
							   : "half done";
}

static const char *copy_from(unsigned char *at)
{
	return touch(do_copy_from, at);
}

static const char *copy_to(unsigned char *at)
{
	return stored(touch(do_copy_to, at), at);
}

typedef struct errand {
	touch_fn *fn;
	unsigned char *at;
	const char *outcome;
} errand;

static void *in_thread(void *arg)
{
	errand *e = arg;

	e->outcome = touch(e->fn, e->at);
	return NULL;
}

/* Its stack must not come to lie just where a closed channel's memory was. */
static const char *by_thread(touch_fn *fn, unsigned char *at)
{
	static _Alignas(64) unsigned char stack[2 * MIB];
	errand e = {fn, at, "nothing"};
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, sizeof(stack));
	ck_assert_int_eq(pthread_create(&thread, &attr, in_thread, &e), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
	return e.outcome;
}

static const char *thread_load(unsigned char *at)
{
	return by_thread(do_load, at);
}

static const char *thread_store(unsigned char *at)
{
	return stored(by_thread(do_store, at), at);
}

static void in_child(void *arg)
{
	const errand *e = arg;
	const char *outcome = touch(e->fn, e->at);

	support_exit(strcmp(outcome, "done") == 0      ? 1
		     : strcmp(outcome, "SIGSEGV") == 0 ? 2
						       : 3);
}

static const char *by_child(touch_fn *fn, unsigned char *at)
{
	static const char *const outcome[] = {"nothing", "done", "SIGSEGV",
					      "another signal"};
	errand e = {fn, at, NULL};
	int code = support_child(in_child, &e);

	return code >= 0 && code < 4 ? outcome[code] : "death";
}

static const char *child_load(unsigned char *at)
{
	return by_child(do_load, at);
}

static const char *child_store(unsigned char *at)
{
	return stored(by_child(do_store, at), at);
}

/* "done" where all of it was, else the error. */
static const char *result(ssize_t n)
{
	if (n >= 0)
		return n == SOME ? "done" : "half done";
	return support_errno_name(errno);
}

static const char *both(const char *one, const char *two)
{
	return strcmp(one, two) == 0 ? one : "now this, now that";
}

static const char *call_reads(unsigned char *at)
{
	struct iovec iov = {at, SOME};
	const char *outcome;
	int sock[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sock), 0);
	outcome = result(write(sock[0], at, SOME));
	outcome = both(outcome, result(send(sock[0], at, SOME, 0)));
	outcome = both(outcome, result(writev(sock[0], &iov, 1)));
	close(sock[0]);
	close(sock[1]);
	return outcome;
}

static const char *call_writes(unsigned char *at)
{
	struct iovec iov = {at, SOME};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	unsigned char from[SOME];
	const char *outcome;
	int sock[2];

	memset(from, OTHER, sizeof(from));
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sock), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(send(sock[0], from, SOME, 0), SOME);
	outcome = result(getrandom(at, SOME, 0));
	outcome = both(outcome, result(read(sock[1], at, SOME)));
	outcome = both(outcome, result(readv(sock[1], &iov, 1)));
	outcome = both(outcome, result(recvmsg(sock[1], &msg, MSG_DONTWAIT)));
	outcome = both(outcome, result(recv(sock[1], at, SOME, MSG_DONTWAIT)));
	close(sock[0]);
	close(sock[1]);
	return stored(outcome, at);
}

static int open_mem(void)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static const char *mem_read(unsigned char *at)
{
	unsigned char to[SOME] = {0};
	int fd = open_mem();
	const char *outcome = result(pread(fd, to, SOME, (off_t)(uintptr_t)at));

	close(fd);
	if (strcmp(outcome, "done") != 0)
		return outcome;
	return to[0] == PATTERN ? "done" : to[0] == 0 ? "zeros" : "nonsense";
}

static const char *mem_write(unsigned char *at)
{
	unsigned char from[SOME];
	const char *outcome;
	int fd = open_mem();

	memset(from, OTHER, sizeof(from));
	outcome = result(pwrite(fd, from, SOME, (off_t)(uintptr_t)at));
	close(fd);
	return stored(outcome, at);
}

static const char *erase(unsigned char *at)
{
	unsigned char *page = at - (uintptr_t)at % PAGE;

	if (madvise(page, PAGE, MADV_REMOVE) != 0)
		return memory_is(at, PATTERN) ? support_errno_name(errno)
					      : "an error, yet done";
	return memory_is(at, 0) ? "done" : "nothing";
}

/* ---- the report ---- */

static int report_fd = -1;
static char report[1 << 15];

static void read_report(void)
{
	ssize_t n = pread(report_fd, report, sizeof(report) - 1, 0);

	ck_assert_int_ge(n, 0);
	report[n] = '\0';
	ck_assert_int_eq(ftruncate(report_fd, 0), 0);
}

#define HAS(text)                                                              \
	ck_assert_msg(strstr(report, text) != NULL, "no \"%s\" in:\n%s", text, \
		      report)

static const char *fate_of(enum way way)
{
	switch (way) {
	case DROPPED:
	case FREED:
	case FREED_PEERS:
		return "that was freed";
	case WAITING:
		return "that was not yet received";
	default:
		return "that was given away";
	}
}

static void check_owner(enum way way)
{
	char text[80];

	switch (way) {
	case SENT:
		snprintf(text, sizeof(text),
			 support_lacks(SUPPORT_PEER_ID) == NULL
				 ? "  owner     the peer, process %d\n"
				 : "  owner     the peer\n",
			 (int)getpid());
		HAS(text);
		break;
	case WAITING:
		HAS("  owner     this process, once it has received it\n");
		break;
	case DIED:
		HAS("  owner     nobody: the peer died with it");
		break;
	default:
		HAS("  owner     nobody\n");
	}
}

/* The moment that a line tells, in µs since 1970. */
static uint64_t moment(const char *line)
{
	struct tm t;
	const char *at = strstr(report, line);

	ck_assert_msg(at != NULL, "no \"%s\" in:\n%s", line, report);
	memset(&t, 0, sizeof(t));
	at = strptime(at + strlen(line), "%Y-%m-%d %H:%M:%S", &t);
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(*at, '.');
	return (uint64_t)timegm(&t) * 1000000 + strtoul(at + 1, NULL, 10);
}

static void check_when(enum way way)
{
	bool freed = way == FREED || way == FREED_PEERS;
	uint64_t when = moment(freed ? "\n  freed     " : "\n  given     ");

	ck_assert_uint_ge(when, lost_from);
	ck_assert_uint_le(when, lost_to);
	if (support_lacks(SUPPORT_STACKS) != NULL)
		return;
	HAS(freed ? "\n  freed by\n" : "\n  given away by\n");
	HAS("\n  touched by\n");
}

static void check_report(const struct deed *d, enum way way, uint64_t offset,
			 bool child)
{
	const unsigned char *told = support_fault_at(place + offset);
	char text[160];

	read_report();
	snprintf(text, sizeof(text), "shmem: %s a segment %s\n",
		 support_lacks(SUPPORT_TOUCH) == NULL ? d->reported
						      : "access to",
		 fate_of(way));
	if (support_lacks(SUPPORT_SYMBOLS) == NULL)
		HAS(text);
	snprintf(text, sizeof(text),
		 "  segment   0x%llx \"the lost one\", %llu bytes\n",
		 (unsigned long long)place_id, (unsigned long long)place_size);
	HAS(text);
	snprintf(text, sizeof(text), "  offset    %llu (address 0x%llx)\n",
		 (unsigned long long)(told - place),
		 (unsigned long long)(uintptr_t)told);
	HAS(text);
	/* Not every system has a number for a thread. */
	snprintf(text, sizeof(text),
		 support_lacks(SUPPORT_SYMBOLS) == NULL
			 ? " of process %d\n"
			 : "  in        process %d\n",
		 (int)getpid());
	if (!child)
		HAS(text);
	check_owner(way);
	check_when(way);
}

/* Where there is no such segment, or no signal. */
static void check_no_report(void)
{
	read_report();
	ck_assert_str_eq(report, "");
}

/* ---- all of it ---- */

/* Whether the table allows it: one of "this or that". */
static bool allows(const char *cell, const char *outcome)
{
	size_t n = strlen(outcome);

	for (const char *at = cell; at != NULL;) {
		if (strncmp(at, outcome, n) == 0 &&
		    (at[n] == '\0' || at[n] == ' '))
			return true;
		at = strstr(at, " or ");
		at = at != NULL ? at + strlen(" or ") : NULL;
	}
	return false;
}

static void try_deed(const struct deed *d, const char *what, enum way way,
		     uint64_t offset)
{
	const char *outcome;

	set_pattern(offset);
	outcome = d->fn(place + offset);
	ck_assert_msg(allows(d->outcome[column], outcome),
		      "%s at %llu of what is %s (%s): %s instead of %s",
		      d->text, (unsigned long long)offset, what,
		      column_text[column], outcome, d->outcome[column]);
	if (strcmp(outcome, "SIGSEGV") == 0 && way < SHUT)
		check_report(d, way, offset,
			     d->fn == child_load || d->fn == child_store);
	else
		check_no_report();
}

/* Whether the kernel does what these two ask of it; told once a test. */
static bool advice_counts;

/* Threads and children are dear; one place does for them. */
static int places(const struct deed *d)
{
	if (!advice_counts &&
	    (d->fn == child_load || d->fn == child_store || d->fn == erase))
		return 0;
	return d->fn == child_load || d->fn == child_store ||
			       d->fn == thread_load || d->fn == thread_store
		       ? 1
		       : 3;
}

static void try_all(const char *what, enum way way)
{
	for (size_t i = 0; i < DEEDS; i++)
		for (int j = 0; j < places(&deeds[i]); j++)
			try_deed(&deeds[i], what, way, offset_of(j));
}

static void check_means(const struct kind *k, const shmem__entry *entry)
{
	uint64_t moves = support_stats(a).page_table_moves;

	if (column != PROTECT || !k->moves ||
	    support_lacks(SUPPORT_MOVES) != NULL)
		return;
	ck_assert_msg(a->pool.no_move || moves > 0,
		      "the page tables of %s did not move", k->text);
	ck_assert(a->pool.no_move || entry->hidden);
}

/* It can go on: the segment comes home, and opens. */
static void come_home(void)
{
	if (segment == NULL)
		return;
	support_give(b, &segment);
	segment = support_get(a);
	ck_assert_ptr_eq(shmem_segment_data(segment), place);
	set_pattern(0);
	ck_assert_int_eq(*place, PATTERN);
}

static void watch_faults(void)
{
	struct sigaction action = {.sa_sigaction = on_fault,
				   .sa_flags = SA_SIGINFO};
	char path[SUPPORT_PATH_MAX];

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	support_path(path, "report");
	report_fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ck_assert_int_ge(report_fd, 0);
	support_ok(shmem_diagnose_violations(report_fd));
}

START_TEST(what_is_lost_is_out_of_reach_as_documented)
{
	const struct kind *k = &kinds[_i % KINDS];
	shmem_enforce enforce = (shmem_enforce)(_i / KINDS);
	shmem__entry *entry;
	char what[120];

	advice_counts = !support_skip(__func__, support_lacks(SUPPORT_ADVICE));
	watch_faults();
	for (int i = 0; i < WAYS; i++) {
		enum way way = (enum way)i;

		if (way == FROZEN && (enforce != SHMEM_ENFORCE_UNMAP ||
				      support_lacks(SUPPORT_SEALS) != NULL))
			continue;
		have(k, enforce, way == FREED_PEERS);
		column = way == SHUT || way == FROZEN ? CLOSED
						      : (enum column)enforce;
		entry = segment->entry;
		lose(way);
		if (way == SENT)
			check_means(k, entry);
		snprintf(what, sizeof(what), "%s, %s", way_text[way], k->text);
		try_all(what, way);
		if (way == SENT)
			come_home();
		tear_down();
	}
	close(report_fd);
}
END_TEST

/* ---- read-only ---- */

static void try_mapping(const shmem_handle *handle, const char *what)
{
	shmem_mapping *mapping = NULL;

	support_is(shmem_mapping_open(handle, 0, 0, SHMEM_RW, &mapping),
		   SHMEM_E_ACCESS);
	support_ok(shmem_mapping_open(handle, 0, 0, SHMEM_READ, &mapping));
	place = shmem_mapping_data(mapping);
	place_size = shmem_mapping_size(mapping);
	column = READONLY;
	try_all(what, SHUT);
	shmem_mapping_close(&mapping);
}

START_TEST(what_may_be_read_can_not_be_written)
{
	uint64_t size = kinds[_i].bytes;
	shmem_handle *writable = support_handle(size);
	shmem_handle *h = NULL;
	shmem_message *m = NULL;

	advice_counts = !support_skip(__func__, support_lacks(SUPPORT_ADVICE));
	watch_faults();
	memory = fcntl((int)shmem_handle_os(writable), F_DUPFD_CLOEXEC, 3);
	place_size = size;
	for (int i = 0; i < 3; i++)
		set_pattern(offset_of(i));
	support_ok(shmem_channel_pair(NULL, &a, &b));
	m = support_text("read this");
	support_ok(shmem_handle_duplicate(writable, SHMEM_READ, &h));
	support_ok(shmem_message_push_handle(m, &h));
	support_ok(shmem_channel_send(a, &m));
	m = support_recv(b);
	support_ok(shmem_message_pop_handle(m, &h));
	try_mapping(h, "received for READ");
	for (int i = 0; i < 3; i++)
		set_pattern(offset_of(i));
	if (support_lacks(SUPPORT_SEALS) == NULL) {
		support_ok(shmem_handle_freeze(&writable, &frozen));
		try_mapping(frozen, "frozen");
		try_mapping(h, "received for READ, then frozen");
	}
	shmem_handle_close(&writable);
	shmem_handle_close(&h);
	shmem_message_free(&m);
	tear_down();
	close(report_fd);
}
END_TEST

/* ---- whose it is ---- */

static void hold(void *arg)
{
	shmem_segment *held = NULL;

	shmem_channel_close(&a);
	support_ok(shmem_segment_recv(b, SUPPORT_WAIT, &held));
	support_send_text(b, "mine");
	support_gate_await(arg);
}

START_TEST(the_report_names_the_process_that_has_it)
{
	const struct deed *d = &deeds[1];
	support_gate gate;
	char text[80];
	pid_t peer;

	watch_faults();
	support_gate_init(&gate);
	support_ok(shmem_channel_pair(NULL, &a, &b));
	peer = support_fork(hold, &gate);
	shmem_channel_close(&b);
	segment = support_segment(a, PAGE, PATTERN);
	note_segment();
	support_give(a, &segment);
	support_recv_text(a, "mine");
	ck_assert_str_eq(d->fn(place), "SIGSEGV");
	read_report();
	snprintf(text, sizeof(text), "  owner     the peer, process %d\n",
		 (int)peer);
	if (support_lacks(SUPPORT_PEER_ID) == NULL)
		HAS(text);
	support_gate_pass(&gate);
	ck_assert_int_eq(support_wait(peer, SUPPORT_WAIT), 0);
	support_gate_close(&gate);
	tear_down();
	close(report_fd);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("violation");
	TCase *c = support_case(s, "matrix");

	tcase_add_test(c, the_document_shows_the_same_table);
	tcase_add_loop_test(c, what_is_lost_is_out_of_reach_as_documented, 0,
			    3 * KINDS);
	tcase_add_test(c, the_report_names_the_process_that_has_it);
	tcase_add_loop_test(c, what_may_be_read_can_not_be_written, 0, KINDS);
	return s;
}
SUPPORT_MAIN(suite)
