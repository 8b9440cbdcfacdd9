/* SPDX-License-Identifier: MIT */
/* Touches that may raise a signal. */
#include "touch.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define STACK ((size_t)2 << 20)

const char touch_fault[] = "SIGSEGV";

static _Thread_local sigjmp_buf back;
static _Thread_local volatile sig_atomic_t expecting;
static _Thread_local const void *volatile fault_address;

static void go_on(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (!expecting) {
		signal(sig, SIG_DFL);
		return;
	}
	fault_address = info->si_addr;
	siglongjmp(back, sig);
}

void touch_begin(void)
{
	struct sigaction action = {.sa_sigaction = go_on,
				   .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

const char *touch(touch_fn *fn, unsigned char *at)
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

		outcome =
			where < TOUCH_BYTES ? touch_fault : "SIGSEGV elsewhere";
	}
	expecting = 0;
	return outcome;
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

const char *touch_in_thread(touch_fn *fn, unsigned char *at)
{
	static _Alignas(64) unsigned char stack[STACK];
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

static void (*on_fault)(void);

static void call_on_fault(int sig)
{
	(void)sig;
	on_fault();
}

void touch_on_fault(void (*fn)(void))
{
	on_fault = fn;
	signal(SIGSEGV, call_on_fault);
}

bool touch_reads(const void *at)
{
	int fd[2];
	bool can;

	ck_assert_int_eq(pipe2(fd, O_CLOEXEC), 0);
	can = write(fd[1], at, 1) == 1;
	close(fd[0]);
	close(fd[1]);
	return can;
}
