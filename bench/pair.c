/* SPDX-License-Identifier: MIT */
/* Starts, pins, synchronises and reaps the two processes of a cell. */
#include "pair.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"
#include "work.h"

struct bench_pair *bench_pair_new(void)
{
	void *page =
		mmap(NULL, sizeof(struct bench_pair), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

void bench_pair_free(struct bench_pair *pair)
{
	if (pair != NULL)
		munmap(pair, sizeof(*pair));
}

void bench_pair_reset(struct bench_pair *pair)
{
	memset(pair, 0, offsetof(struct bench_pair, samples));
	pair->value = NAN;
}

void bench_die(struct bench_pair *pair, const char *format, ...)
{
	int error = errno;
	uint32_t unset = 0;
	va_list args;

	if (atomic_compare_exchange_strong(&pair->failed, &unset, 1)) {
		int len;

		va_start(args, format);
		len = vsnprintf(pair->reason, sizeof(pair->reason), format,
				args);
		va_end(args);
		if (error != 0 && len >= 0 &&
		    (size_t)len < sizeof(pair->reason))
			snprintf(pair->reason + len,
				 sizeof(pair->reason) - (size_t)len, " (%s)",
				 strerror(error));
	}
	_exit(1);
}

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

uint64_t bench_agree(struct bench_pair *pair, enum bench_side side,
		     uint64_t value)
{
	uint32_t mine = atomic_load(&pair->stage[side]) + 1;

	if (side == BENCH_SENDER)
		atomic_store(&pair->agreed, value);
	atomic_store(&pair->stage[side], mine);
	while (atomic_load(&pair->stage[1 - side]) < mine)
		nap();
	return atomic_load(&pair->agreed);
}

void bench_signal(struct bench_pair *pair)
{
	atomic_store(&pair->signalled, 1);
}

void bench_await_signal(struct bench_pair *pair)
{
	while (atomic_load(&pair->signalled) == 0)
		nap();
}

void bench_sample(struct bench_pair *pair, uint64_t ns)
{
	if (pair->sample_count < BENCH_SAMPLES_MAX)
		pair->samples[pair->sample_count++] = ns;
}

void bench_pin(enum bench_side side)
{
	machine_pin(side);
}

static pid_t start_side(struct bench_pair *pair, bench_side_fn *fn, void *arg,
			enum bench_side side)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	errno = 0;
	fn(pair, side, arg);
	_exit(0);
}

/* Waits for one of the two to end; what is left of the time, or -1. */
static int wait_ended(const int fds[2], int timeout_ms)
{
	struct pollfd polled[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}};
	uint64_t until = bench_now_ns() + (uint64_t)timeout_ms * 1000000u;
	int n = poll(polled, 2, timeout_ms);
	int64_t left = (int64_t)(until - bench_now_ns()) / 1000000;

	if (n < 0 && errno == EINTR)
		return left > 0 ? (int)left : 0;
	if (n <= 0)
		return -1;
	return left > 0 ? (int)left : 0;
}

static void reap(struct bench_pair *pair, pid_t pids[2], int timeout_ms)
{
	int fds[2] = {-1, -1};
	int alive = 0;

	for (int i = 0; i < 2; i++) {
		fds[i] = (int)syscall(SYS_pidfd_open, pids[i], 0);
		alive += fds[i] >= 0;
	}
	while (alive > 0) {
		timeout_ms = wait_ended(fds, timeout_ms);
		if (timeout_ms < 0 && !atomic_exchange(&pair->failed, 1))
			snprintf(pair->reason, sizeof(pair->reason),
				 "took too long");
		for (int i = 0; i < 2; i++) {
			int status = 0;

			if (fds[i] < 0)
				continue;
			if (atomic_load(&pair->failed))
				kill(pids[i], SIGKILL);
			if (waitpid(pids[i], &status,
				    atomic_load(&pair->failed) ? 0 : WNOHANG) ==
			    0)
				continue;
			if (status != 0 && !atomic_exchange(&pair->failed, 1))
				snprintf(pair->reason, sizeof(pair->reason),
					 "%s ended with status %#x",
					 i == 0 ? "sender" : "receiver",
					 (unsigned)status);
			close(fds[i]);
			fds[i] = -1;
			alive--;
		}
	}
}

bool bench_pair_run(struct bench_pair *pair, bench_side_fn *fn, void *arg,
		    int timeout_ms)
{
	pid_t pids[2];

	atomic_store(&pair->signalled, 0);
	atomic_store(&pair->failed, 0);
	atomic_store(&pair->stage[0], 0);
	atomic_store(&pair->stage[1], 0);
	/* What the parent has in its buffers must not come out twice. */
	fflush(NULL);
	for (int i = 0; i < 2; i++) {
		pids[i] = start_side(pair, fn, arg, (enum bench_side)i);
		if (pids[i] < 0) {
			snprintf(pair->reason, sizeof(pair->reason), "fork: %s",
				 strerror(errno));
			if (i == 1) {
				kill(pids[0], SIGKILL);
				waitpid(pids[0], NULL, 0);
			}
			return false;
		}
	}
	reap(pair, pids, timeout_ms);
	return atomic_load(&pair->failed) == 0;
}
