/* SPDX-License-Identifier: MIT */
/* Children of a test: started, waited for, expected to die. */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_MS 60000 /* on a machine that has much else to do */

#ifdef SHMEM_COVERAGE
void __gcov_dump(void);
#define WRITE_COVERAGE() __gcov_dump()

/* What a child did before it dies counts, too. */
static void write_and_die(int sig)
{
	WRITE_COVERAGE();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void cover_deaths(void)
{
	signal(SIGSEGV, write_and_die);
	signal(SIGBUS, write_and_die);
}
#else
#define WRITE_COVERAGE() ((void)0)
#define cover_deaths() ((void)0)
#endif

void support_exit(int code)
{
	WRITE_COVERAGE();
	_exit(code);
}

static void run_child(pid_t parent, support_fn *fn, void *arg)
{
	struct rlimit no_core = {0, 0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setrlimit(RLIMIT_CORE, &no_core);
	support_watch_nobody();
	cover_deaths();
	fn(arg);
	fflush(NULL);
	support_exit(0);
}

/* Check has what asserts say in a nameless temporary file, which parent and
 * child share. Here the child's goes nowhere. */
static void leave_check(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (int fd = 3; fd < 64; fd++) {
		char link[64];
		char name[64] = "";

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if (readlink(link, name, sizeof(name) - 1) > 0 &&
		    (strstr(name, "/#") != NULL ||
		     strstr(name, "/check_") != NULL))
			dup2(null, fd);
	}
	close(null);
}

static pid_t start(support_fn *fn, void *arg, bool apart)
{
	pid_t parent = getpid();
	pid_t child;

	fflush(NULL);
	child = fork();
	ck_assert_msg(child >= 0, "fork: %s", strerror(errno));
	if (child == 0) {
		if (apart)
			leave_check();
		run_child(parent, fn, arg);
	}
	return child;
}

pid_t support_fork(support_fn *fn, void *arg)
{
	pid_t child;

	support_watch_begin();
	child = start(fn, arg, false);
	support_watch(child);
	return child;
}

pid_t support_launch(support_fn *fn, void *arg)
{
	return start(fn, arg, false);
}

pid_t support_fork_apart(support_fn *fn, void *arg)
{
	return start(fn, arg, true);
}

static int result(int status)
{
	if (WIFSIGNALED(status))
		return -WTERMSIG(status);
	return WEXITSTATUS(status);
}

int support_wait(pid_t child, int timeout)
{
	uint64_t end = support_now() + (uint64_t)timeout;
	int status = 0;
	pid_t got;

	support_watch_no_more(child);
	while ((got = waitpid(child, &status, WNOHANG)) == 0 &&
	       support_now() < end)
		support_sleep(1);
	if (got == 0) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		ck_abort_msg("child %d did not end in %d ms", (int)child,
			     timeout);
	}
	ck_assert_msg(got == child, "waitpid: %s", strerror(errno));
	return result(status);
}

int support_child(support_fn *fn, void *arg)
{
	return support_wait(support_launch(fn, arg), CHILD_MS);
}

/* Some abort, where the child's own handler handed the signal on. */
static bool is_emulator_s(int got)
{
	return got == 127 && support_lacks(SUPPORT_HAND_ON) != NULL;
}

void support_dies(int signal, support_fn *fn, void *arg)
{
	int got = support_child(fn, arg);

	ck_assert_msg(got == -signal || is_emulator_s(got),
		      "expected death by signal %d (%s), got %s %d", signal,
		      strsignal(signal), got < 0 ? "signal" : "exit code",
		      got < 0 ? -got : got);
}

static void load(void *at)
{
	signal(SIGSEGV, SIG_DFL);
	(void)*(const volatile char *)at;
}

static void store(void *at)
{
	signal(SIGSEGV, SIG_DFL);
	*(volatile char *)at = 1;
}

void support_load_faults(const void *at)
{
	union {
		const void *in;
		void *out;
	} address = {at};

	support_dies(SIGSEGV, load, address.out);
}

void support_store_faults(void *at)
{
	support_dies(SIGSEGV, store, at);
}

void support_gate_init(support_gate *gate)
{
	ck_assert_int_eq(pipe2(gate->fd, O_CLOEXEC), 0);
}

void support_gate_pass(support_gate *gate)
{
	ck_assert_int_eq(write(gate->fd[1], "", 1), 1);
}

void support_gate_await(support_gate *gate)
{
	char byte;

	ck_assert_msg(support_readable(gate->fd[0], CHILD_MS),
		      "the other side never passed the gate");
	ck_assert_int_eq(read(gate->fd[0], &byte, 1), 1);
}

bool support_gate_is_passed(support_gate *gate)
{
	return support_readable(gate->fd[0], 0);
}

void support_gate_close(support_gate *gate)
{
	close(gate->fd[0]);
	close(gate->fd[1]);
}

uint64_t support_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void support_sleep(int ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

bool support_either_readable(intptr_t one, intptr_t two, int timeout)
{
	struct pollfd p[2] = {{.fd = (int)one, .events = POLLIN},
			      {.fd = (int)two, .events = POLLIN}};
	uint64_t end = support_now() + (uint64_t)timeout;
	uint64_t now;

	for (;;) {
		now = support_now();
		int n = poll(p, 2, end > now ? (int)(end - now) : 0);

		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

bool support_readable(intptr_t pollable, int timeout)
{
	return support_either_readable(pollable, -1, timeout);
}
