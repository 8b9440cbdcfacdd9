/* SPDX-License-Identifier: MIT */
/*
 * What a transfer costs in system calls, in allocations and in instructions:
 * figures that do not change with the machine's mood, so that a regression
 * shows. Both ends are in one process and one thread, which makes them exact.
 *
 * Usage: cost --calls        counts system calls (by ptrace) and allocations,
 *                            and judges them
 *        cost --list         prints each case and its limit of instructions
 *        cost CASE COUNT     runs a case, for callgrind to count
 */
#include <errno.h>
#include <shmem/shmem.h>
#include <shmem/stream.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

#define SKIPPED 77
#define WARM 400   /* by then all is in its place */
#define COUNT 1000 /* of which the mean is judged */
#define PARTS 16
#define RECORDS 100

/* What the cases work on. */
static shmem_channel *a, *b;
static shmem_segment *held[PARTS];
static shmem_writer *writer;
static shmem_reader *reader;

static void there(shmem_channel *from, shmem_channel *to)
{
	CHECK(shmem_segment_send(from, &held[0]));
	CHECK(shmem_segment_recv(to, 0, &held[0]));
	*(volatile char *)shmem_segment_data(held[0]) = 1;
}

static void segment_round_trip(void)
{
	there(a, b);
	there(b, a);
}

static void parts_there(shmem_channel *from, shmem_channel *to)
{
	shmem_message *m = NULL;

	CHECK(shmem_message_new(NULL, 0, &m));
	for (int i = 0; i < PARTS; i++)
		CHECK(shmem_message_push_segment(m, &held[i]));
	CHECK(shmem_channel_send(from, &m));
	CHECK(shmem_channel_recv(to, 0, &m));
	for (int i = 0; i < PARTS; i++)
		CHECK(shmem_message_pop_segment(m, &held[i]));
	shmem_message_free(&m);
}

static void parts_round_trip(void)
{
	parts_there(a, b);
	parts_there(b, a);
}

static void bytes_there(shmem_channel *from, shmem_channel *to)
{
	static const char bytes[64] = "sixty-four";
	shmem_message *m = NULL;

	CHECK(shmem_message_new(bytes, sizeof(bytes), &m));
	CHECK(shmem_channel_send(from, &m));
	CHECK(shmem_channel_recv(to, 0, &m));
	shmem_message_free(&m);
}

static void bytes_round_trip(void)
{
	bytes_there(a, b);
	bytes_there(b, a);
}

static void pool_and_back(void)
{
	shmem_segment *s = NULL;

	CHECK(shmem_segment_alloc(a, 4096, &s));
	CHECK(shmem_segment_free(&s));
}

static void records(void)
{
	static const char bytes[64] = "sixty-four";
	void *record;
	size_t len;

	for (int i = 0; i < RECORDS; i++)
		CHECK(shmem_writer_write(writer, bytes, sizeof(bytes), 0));
	CHECK(shmem_writer_flush(writer));
	for (int i = 0; i < RECORDS; i++)
		CHECK(shmem_reader_next(reader, 0, &record, &len));
}

static const struct scenario {
	const char *name;
	void (*run)(void);
	size_t bytes; /* of each segment */
	int segments;
	shmem_enforce enforce;
	bool no_ring;
	/* At most, for each run: */
	double calls;
	double allocations;
	unsigned long instructions;
} cases[] = {
	/* A revocation and a restoration each way are the four calls. */
	{"4-kib-segment", segment_round_trip, 4096, 1, SHMEM_ENFORCE_PROTECT,
	 false, 4, 0, 5800},
	{"64-kib-segment", segment_round_trip, 65536, 1, SHMEM_ENFORCE_PROTECT,
	 false, 4, 0, 5800},
	/* Where it can't have a huge page, page tables are moved: two each. */
	{"1-mib-segment", segment_round_trip, 1 << 20, 1, SHMEM_ENFORCE_PROTECT,
	 false, 8, 0, 5800},
	{"unenforced-segment", segment_round_trip, 4096, 1, SHMEM_ENFORCE_NONE,
	 false, 0, 0, 5400},
	{"segment-by-socket", segment_round_trip, 4096, 1,
	 SHMEM_ENFORCE_PROTECT, true, 8, 0, 5500},
	{"16-segments-a-message", parts_round_trip, 4096, PARTS,
	 SHMEM_ENFORCE_PROTECT, false, 4, 8, 32500},
	{"64-byte-message", bytes_round_trip, 4096, 0, SHMEM_ENFORCE_PROTECT,
	 false, 0, 2, 4900},
	{"pool-and-back", pool_and_back, 4096, 0, SHMEM_ENFORCE_PROTECT, false,
	 2, 0, 1300},
	{"100-records", records, 4096, 0, SHMEM_ENFORCE_PROTECT, false, 6, 0,
	 27500},
};
#define CASES (sizeof(cases) / sizeof(*cases))

static void set_up(const struct scenario *it)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.enforce = it->enforce;
	opts.no_ring = it->no_ring;
	CHECK(shmem_channel_pair(&opts, &a, &b));
	CHECK(shmem_segment_alloc_many(a, it->bytes, (size_t)it->segments,
				       held));
	for (int i = 0; i < it->segments; i++) {
		char *data = shmem_segment_data(held[i]);

		for (size_t k = 0; k < it->bytes; k += 4096)
			data[k] = 1;
	}
	if (it->run == records) {
		CHECK(shmem_writer_open(a, NULL, &writer));
		CHECK(shmem_reader_open(b, &reader));
	}
	for (int i = 0; i < WARM; i++)
		it->run();
}

static void tear_down(void)
{
	shmem_writer_close(&writer);
	shmem_reader_close(&reader);
	shmem_segment_free_many(held, PARTS);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

/* Callgrind collects what this calls; not to be inlined away. */
__attribute__((noinline)) void cost_measured(const struct scenario *it,
					     long count);
__attribute__((noinline)) void cost_measured(const struct scenario *it,
					     long count)
{
	for (long i = 0; i < count; i++)
		it->run();
}

static const struct scenario *find(const char *name)
{
	for (size_t i = 0; i < CASES; i++)
		if (strcmp(cases[i].name, name) == 0)
			return &cases[i];
	fprintf(stderr, "there is no case %s\n", name);
	exit(2);
}

/* In the traced child: a call that nothing else makes stands at both ends. */
#define MARK SYS_getpgid

static int traced(const struct scenario *it)
{
	unsigned long before;

	set_up(it);
	before = allocations;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		return SKIPPED;
	raise(SIGSTOP);
	syscall(MARK, 0);
	cost_measured(it, COUNT);
	syscall(MARK, 0);
	before = allocations - before;
	printf("%-24s %8.3f allocations, %g are allowed\n", it->name,
	       (double)before / COUNT, it->allocations);
	fflush(stdout);
	tear_down();
	return (double)before <= it->allocations * COUNT ? 0 : 1;
}

/* The system calls between the marks; -1 where they can't be counted. */
static long count_calls(pid_t pid, int *ret_status)
{
	struct __ptrace_syscall_info info;
	long calls = -1;
	bool between = false;

	if (waitpid(pid, ret_status, 0) != pid || !WIFSTOPPED(*ret_status))
		return -1;
	ptrace(PTRACE_SETOPTIONS, pid, NULL,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	while (ptrace(PTRACE_SYSCALL, pid, NULL, 0) == 0 &&
	       waitpid(pid, ret_status, 0) == pid && WIFSTOPPED(*ret_status)) {
		if (WSTOPSIG(*ret_status) != (SIGTRAP | 0x80))
			continue;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <=
			    0 ||
		    info.op != PTRACE_SYSCALL_INFO_ENTRY)
			continue;
		if (info.entry.nr == MARK) {
			between = !between;
			calls = between ? 0 : calls;
		} else if (between) {
			calls++;
		}
	}
	return calls;
}

static int judge_calls(const struct scenario *it)
{
	int status = 0;
	long calls;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return 1;
	if (pid == 0)
		_exit(traced(it));
	calls = count_calls(pid, &status);
	if (calls < 0)
		return WIFEXITED(status) && WEXITSTATUS(status) != 0
			       ? WEXITSTATUS(status)
			       : 1;
	printf("%-24s %8.3f system calls, %g are allowed\n", it->name,
	       (double)calls / COUNT, it->calls);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return 1;
	/* One or two in a thousand are the library tidying up. */
	return (double)calls <= (it->calls + 0.01) * COUNT ? 0 : 1;
}

static int judge_all(void)
{
	int worst = 0;

	for (size_t i = 0; i < CASES; i++) {
		int result = judge_calls(&cases[i]);

		if (result == SKIPPED) {
			puts("system calls can't be traced here");
			return SKIPPED;
		}
		worst |= result;
	}
	return worst;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--calls") == 0)
		return judge_all();
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (size_t i = 0; i < CASES; i++)
			printf("%s %lu\n", cases[i].name,
			       cases[i].instructions);
		return 0;
	}
	if (argc == 3) {
		const struct scenario *it = find(argv[1]);

		set_up(it);
		cost_measured(it, strtol(argv[2], NULL, 10));
		tear_down();
		return 0;
	}
	fputs("usage: cost --calls | --list | CASE COUNT\n", stderr);
	return 2;
}
