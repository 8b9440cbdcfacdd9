/* SPDX-License-Identifier: MIT */
/*
 * SIGSEGV and SIGBUS, in front of whoever handled them before. That one must
 * not notice: it gets the same arguments and the mask that it asked for, and
 * where there was nobody the process dies of the same signal.
 */
#include "transport/trap.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "ownership/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#define OWN_FRAMES 8 /* of the handler, on top of the fault's */
#define STACK_MAX 64
#define PATIENCE_NS UINT64_C(2000000000)

static const int signals[] = {SIGSEGV, SIGBUS};
#define SIGNALS (sizeof(signals) / sizeof(*signals))

static struct sigaction earlier[SIGNALS];
static atomic_bool spent[SIGNALS]; /* it was to be called once, and was */
static void (*look_at)(const shmem__trap *trap);
static shmem__lock installing = SHMEM__LOCK_INIT;
static bool installed;

/* One at a time, for what they write and for `stack`. */
static atomic_flag looking = ATOMIC_FLAG_INIT;
static void *stack[STACK_MAX + OWN_FRAMES];

static bool sent_by_somebody(const siginfo_t *info)
{
	return info->si_code <= 0 || info->si_code == SI_USER ||
	       info->si_code == SI_QUEUE;
}

/* False where another thread takes too long: better no report than a process
 * that does not die. */
static bool look_begin(void)
{
	uint64_t end = shmem__now_ns() + PATIENCE_NS;

	while (atomic_flag_test_and_set(&looking)) {
		if (shmem__now_ns() > end)
			return false;
		shmem__yield();
	}
	return true;
}

static void look(const siginfo_t *info, const void *context)
{
	shmem__trap trap = {
		.address = info->si_addr,
		.process = (uint64_t)getpid(),
	};

	if (sent_by_somebody(info) || !look_begin())
		return;
	shmem__trap_context(&trap, context);
	look_at(&trap);
	atomic_flag_clear(&looking);
}

static void die(int sig, const siginfo_t *info)
{
	struct sigaction usual;

	memset(&usual, 0, sizeof(usual));
	usual.sa_handler = SIG_DFL;
	sigaction(sig, &usual, NULL);
	shmem__trap_again(sig, info);
}

/* Blocked while the earlier handler runs is what it asked for. */
static void set_mask(int sig, const struct sigaction *old,
		     const ucontext_t *context)
{
	sigset_t open;

	pthread_sigmask(SIG_BLOCK, &old->sa_mask, NULL);
	sigemptyset(&open);
	for (size_t i = 0; i < SIGNALS; i++) {
		bool own =
			signals[i] == sig && (old->sa_flags & SA_NODEFER) == 0;

		if (!own && !sigismember(&old->sa_mask, signals[i]) &&
		    !sigismember(&context->uc_sigmask, signals[i]))
			sigaddset(&open, signals[i]);
	}
	pthread_sigmask(SIG_UNBLOCK, &open, NULL);
}

static void pass_on(int sig, siginfo_t *info, void *context)
{
	size_t i = sig == signals[0] ? 0 : 1;
	struct sigaction old = earlier[i];
	bool has_info = (old.sa_flags & SA_SIGINFO) != 0;

	if (!has_info && old.sa_handler == SIG_IGN && sent_by_somebody(info))
		return;
	if (!has_info &&
	    (old.sa_handler == SIG_IGN || old.sa_handler == SIG_DFL)) {
		die(sig, info);
		return;
	}
	if ((old.sa_flags & (int)SA_RESETHAND) != 0 &&
	    atomic_exchange(&spent[i], true)) {
		die(sig, info);
		return;
	}
	set_mask(sig, &old, context);
	if (has_info)
		old.sa_sigaction(sig, info, context);
	else
		old.sa_handler(sig);
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	int saved = errno;

	look(info, context);
	errno = saved;
	pass_on(sig, info, context);
	errno = saved;
}

/*
 * The order leaves no moment at which the earlier handler is not known. Ours is
 * there already in a child that was forked in the midst of this: it must not
 * come to hand on to itself.
 */
static int install_one(size_t i, const struct sigaction *ours)
{
	struct sigaction old;

	if (SHMEM__OS(-1, sigaction, (signals[i], NULL, &old)) != 0)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	if ((old.sa_flags & SA_SIGINFO) != 0 && old.sa_sigaction == on_signal)
		return 0;
	earlier[i] = old;
	if (SHMEM__OS(-1, sigaction, (signals[i], ours, &earlier[i])) != 0)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	return 0;
}

static int install(void)
{
	struct sigaction ours;
	int err = 0;

	memset(&ours, 0, sizeof(ours));
	ours.sa_sigaction = on_signal;
	ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
	/* A fault in the handler is then the end, by the kernel. */
	sigemptyset(&ours.sa_mask);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&ours.sa_mask, signals[i]);
	for (size_t i = 0; err == 0 && i < SIGNALS; i++) {
		err = install_one(i, &ours);
		if (err != 0)
			while (i-- > 0)
				sigaction(signals[i], &earlier[i], NULL);
	}
	return err;
}

int shmem__trap_install(void (*look_fn)(const shmem__trap *trap))
{
	int err = 0;

	shmem__lock_take(&installing);
	if (!installed) {
		/* The first walk of a stack loads a library. */
		shmem__stack(stack, STACK_MAX);
		look_at = look_fn;
		err = install();
		installed = err == 0;
	}
	shmem__lock_drop(&installing);
	return err;
}

/* Whoever walks a stack looks at the code: after a jump, that is what faults.
 */
static int jump_stack(const shmem__trap *trap, void **frame, int max)
{
	const void *known[] = {trap->pc, trap->caller};
	int n = 0;

	if (trap->caller_at != NULL)
		memcpy(&known[1], trap->caller_at, sizeof(known[1]));
	for (int i = 0; i < 2; i++)
		if (known[i] != NULL && n < max)
			frame[n++] = (void *)(uintptr_t)known[i];
	return n;
}

int shmem__trap_stack(const shmem__trap *trap, void **frame, int max)
{
	int first = 0;
	int n = 0;
	int count;

	if (trap->touch == SHMEM__TOUCH_JUMP)
		return jump_stack(trap, frame, max);
	count = shmem__stack(stack, STACK_MAX + OWN_FRAMES);
	while (first < count && stack[first] != trap->pc)
		first++;
	if (first == count) { /* not in it: better all than nothing */
		first = 0;
		if (trap->pc != NULL && max > 0)
			frame[n++] = (void *)(uintptr_t)trap->pc;
	}
	while (first < count && n < max)
		frame[n++] = stack[first++];
	return n;
}

void shmem__trap_write(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		bytes += n;
		length -= (size_t)n;
	}
}

bool shmem__trap_can_write(int fd)
{
	return fcntl(fd, F_GETFL) >= 0;
}

int shmem__trap_stream(FILE *stream)
{
	return fileno(stream);
}
