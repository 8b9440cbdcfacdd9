/* SPDX-License-Identifier: MIT */
/*
 * Reports of violations, and the signals that they are made at: which ones are
 * reported, and what becomes of who handled them before.
 */
#include "reported.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* Its memory is taken away by something else. */
static void broken(void *arg)
{
	int empty = support_file("empty", "", 0);

	(void)arg;
	reported_ask();
	reported_make();
	ck_assert_ptr_eq(mmap(reported_data, REPORTED_BYTES,
			      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			      empty, 0),
			 reported_data);
	reported_storer(0);
}

START_TEST(bus_error_is_reported)
{
	support_needs(SUPPORT_BUS);
	support_dies(SIGBUS, broken, NULL);
	reported_read("report");
	HAS("a segment failed\n");
	HAS("owner     this process: its memory is broken\n");
}
END_TEST

#ifdef __x86_64__
static void on_nothing(int sig)
{
	(void)sig;
	_exit(SURVIVED);
}

/* Nothing of the stack is left, where the caller would be found. */
static void jump_away_astray(void *arg)
{
	static char other[1 << 16];
	stack_t stack = {.ss_sp = other, .ss_size = sizeof(other)};
	struct sigaction action = {.sa_handler = on_nothing,
				   .sa_flags = SA_ONSTACK};

	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	reported_ask();
	reported_make();
	reported_giver();
	__asm__ volatile("mov %0, %%rax\n\t"
			 "mov $64, %%rsp\n\t"
			 "jmp *%%rax"
			 :
			 : "r"(*(int *)arg ? reported_data : (char *)64)
			 : "rax", "memory");
}

/* Of a jump into a segment all is told that is known, and of one to anywhere
 * else nothing is asked. */
START_TEST(jump_without_a_stack_is_no_end_before_its_time)
{
	int into = _i;

	support_needs(SUPPORT_SYMBOLS);
	if (!into) {
		ck_assert_int_eq(support_child(jump_away_astray, &into),
				 SURVIVED);
		return;
	}
	support_dies(SIGSEGV, jump_away_astray, &into);
	reported_read("report");
	HAS("shmem: jump into a segment");
	HAS("  owner     the peer");
	HAS("  in        thread ");
}
END_TEST
#endif

/* Even one that looks like a fault. */
static void sent(void *arg)
{
	siginfo_t info = {.si_signo = SIGSEGV, .si_code = SI_QUEUE};

	(void)arg;
	reported_ask();
	reported_make();
	reported_giver();
	info.si_addr = reported_data;
	syscall(SYS_rt_sigqueueinfo, getpid(), SIGSEGV, &info);
	pause();
}

START_TEST(signal_that_was_sent_kills_without_a_report)
{
	support_dies(SIGSEGV, sent, NULL);
	reported_read("report");
	ck_assert_str_eq(reported, "");
}
END_TEST

/* ---- those who were there before ---- */

static sigset_t in_handler;
static const void *handler_address;

static void with_info(int sig, siginfo_t *info, void *context)
{
	ucontext_t *c = context;

	handler_address = info->si_addr;
	if (sig != SIGSEGV ||
	    info->si_addr != support_fault_at(reported_data + 16) ||
	    sigismember(&c->uc_sigmask, SIGSEGV))
		_exit(1);
	/* ThreadSanitizer calls handlers with a mask of its own. */
	if (SUPPORT_TSAN)
		_exit(SURVIVED);
	pthread_sigmask(SIG_SETMASK, NULL, &in_handler);
	support_exit(!sigismember(&in_handler, SIGSEGV) ||
				     sigismember(&in_handler, SIGBUS) ||
				     !sigismember(&in_handler, SIGUSR1) ||
				     sigismember(&in_handler, SIGUSR2)
			     ? 2
			     : SURVIVED);
}

static void with_info_before(void *arg)
{
	struct sigaction action = {.sa_sigaction = with_info,
				   .sa_flags = SA_SIGINFO};

	(void)arg;
	sigaddset(&action.sa_mask, SIGUSR1);
	sigaction(SIGSEGV, &action, NULL);
	reported_store_away(NULL);
}

START_TEST(earlier_handler_gets_what_it_asked_for)
{
	ck_assert_int_eq(support_child(with_info_before, NULL), SURVIVED);
	reported_read("report");
	HAS_NAME(" reported_storer");
}
END_TEST

static void plain(int sig)
{
	pthread_sigmask(SIG_SETMASK, NULL, &in_handler);
	support_exit(sig != SIGSEGV || sigismember(&in_handler, SIGSEGV)
			     ? 1
			     : SURVIVED);
}

static void plain_before(void *arg)
{
	struct sigaction action = {.sa_handler = plain, .sa_flags = SA_NODEFER};

	(void)arg;
	sigaction(SIGSEGV, &action, NULL);
	reported_store_away(NULL);
}

START_TEST(earlier_plain_handler_is_called)
{
	ck_assert_int_eq(support_child(plain_before, NULL), SURVIVED);
	reported_read("report");
	HAS_NAME(" reported_storer");
}
END_TEST

static int repairs;

static void repair(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	repairs++;
	errno = EPERM;
	mprotect(info->si_addr, REPORTED_BYTES, PROT_READ | PROT_WRITE);
}

static void repaired(void *arg)
{
	int flags = SA_SIGINFO | *(int *)arg;
	struct sigaction action = {.sa_sigaction = repair, .sa_flags = flags};

	sigaction(SIGSEGV, &action, NULL);
	reported_ask();
	reported_make();
	reported_giver();
	for (int i = 0; i < 2; i++) {
		reported_data = mmap(NULL, REPORTED_BYTES, PROT_NONE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		errno = 0;
		reported_storer(0);
		if (repairs != i + 1 || errno != 0)
			_exit(1);
	}
	support_exit(SURVIVED);
}

START_TEST(earlier_handler_may_repair_and_go_on)
{
	int flags = 0;

	ck_assert_int_eq(support_child(repaired, &flags), SURVIVED);
	reported_read("report");
	ck_assert_str_eq(reported, "");
}
END_TEST

START_TEST(earlier_handler_for_once_is_called_once)
{
	int flags = (int)SA_RESETHAND;

	support_dies(SIGSEGV, repaired, &flags);
}
END_TEST

/* Many threads fault at once; the handler is called in one of them, and does
 * not return. */
static pthread_barrier_t together;
static atomic_uint *handled;

static void once(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	atomic_fetch_add(handled, info->si_addr == reported_data ? 1 : 100);
	for (;;)
		pause();
}

static void *store_together(void *arg)
{
	pthread_barrier_wait(&together);
	reported_storer(0);
	return arg;
}

#define AT_ONCE 8

static void for_once(void *arg)
{
	struct sigaction action = {.sa_sigaction = once,
				   .sa_flags = SA_SIGINFO | (int)SA_RESETHAND};
	pthread_t thread;

	(void)arg;
	sigaction(SIGSEGV, &action, NULL);
	ck_assert_int_eq(shmem_diagnose_violations(STDERR_FILENO), 0);
	reported_data = mmap(NULL, REPORTED_BYTES, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_barrier_init(&together, NULL, AT_ONCE);
	for (int i = 0; i < AT_ONCE; i++)
		pthread_create(&thread, NULL, store_together, NULL);
	for (;;)
		pause();
}

/* Death by another thread's fault may come before it is reached at all. */
START_TEST(it_is_called_once_though_many_threads_fault)
{
	unsigned long calls = 0;

	handled = mmap(NULL, REPORTED_BYTES, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (unsigned long i = 0; i < support_times(20, 20000); i++) {
		atomic_store(handled, 0);
		support_dies(SIGSEGV, for_once, NULL);
		ck_assert_uint_le(atomic_load(handled), 1);
		calls += atomic_load(handled);
	}
	ck_assert_uint_gt(calls, 0);
	munmap(handled, REPORTED_BYTES);
}
END_TEST

static void ignored(void *arg)
{
	(void)arg;
	signal(SIGSEGV, SIG_IGN);
	reported_ask();
	kill(getpid(), SIGSEGV);
	reported_make();
	reported_giver();
	reported_storer(16);
}

START_TEST(ignored_signals_stay_so_and_faults_kill)
{
	support_dies(SIGSEGV, ignored, NULL);
	reported_read("report");
	HAS_NAME(" reported_storer");
}
END_TEST

static void on_other_stack(int sig)
{
	(void)sig;
	support_exit(SURVIVED);
}

static void stack_overflow(void *arg)
{
	static char other[1 << 16];
	stack_t stack = {.ss_sp = other, .ss_size = sizeof(other)};
	struct sigaction action = {.sa_handler = on_other_stack,
				   .sa_flags = SA_ONSTACK};

	(void)arg;
	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	reported_ask();
	/* Down the stack until there is none: where the guard page is, nobody
	 * has to know. */
	for (volatile char *at = (volatile char *)&stack;; at -= 4096)
		*at = 1;
}

START_TEST(handler_with_a_stack_of_its_own_keeps_it)
{
	ck_assert_int_eq(support_child(stack_overflow, NULL), SURVIVED);
}
END_TEST

START_TEST(refused_handlers_change_nothing)
{
	struct sigaction now;

	for (unsigned long k = 1; k <= 4; k++) {
		shmem__fault_arm(k, EPERM, "sigaction");
		ck_assert_int_eq(shmem_diagnose_violations(stderr),
				 SHMEM_E_SYS);
		shmem__fault_arm(0, 0, NULL);
		sigaction(SIGSEGV, NULL, &now);
		ck_assert(now.sa_handler == SIG_DFL);
		sigaction(SIGBUS, NULL, &now);
		ck_assert(now.sa_handler == SIG_DFL);
	}
	ck_assert_int_eq(shmem_diagnose_violations(stderr), 0);
	sigaction(SIGBUS, NULL, &now);
	ck_assert(now.sa_handler != SIG_DFL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("diagnose_signals");
	TCase *c = reported_case(s, "signals");

	tcase_add_test(c, bus_error_is_reported);
	tcase_add_test(c, signal_that_was_sent_kills_without_a_report);
#ifdef __x86_64__
	tcase_add_loop_test(c, jump_without_a_stack_is_no_end_before_its_time,
			    0, 2);
#endif

	c = reported_case(s, "earlier");
	tcase_add_test(c, earlier_handler_gets_what_it_asked_for);
	tcase_add_test(c, earlier_plain_handler_is_called);
	tcase_add_test(c, earlier_handler_may_repair_and_go_on);
	tcase_add_test(c, earlier_handler_for_once_is_called_once);
	tcase_add_test(c, it_is_called_once_though_many_threads_fault);
	tcase_add_test(c, ignored_signals_stay_so_and_faults_kill);
	tcase_add_test(c, handler_with_a_stack_of_its_own_keeps_it);
	tcase_add_test(c, refused_handlers_change_nothing);
	return s;
}
SUPPORT_MAIN(suite)
