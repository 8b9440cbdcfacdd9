/* SPDX-License-Identifier: MIT */
/*
 * Reports of violations. Each is made by a child that writes it to a file and
 * dies, or does not.
 */
#include "support.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <shmem/shmem.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
#define SURVIVED 42 /* exit code of a child that has handled its signal */
#define BYTES 4096

static char report[1 << 16];

static void read_report(const char *name)
{
	char path[SUPPORT_PATH_MAX];
	ssize_t n;
	int fd;

	support_path(path, name);
	fd = open(path, O_RDONLY);
	ck_assert_int_ge(fd, 0);
	n = read(fd, report, sizeof(report) - 1);
	ck_assert_int_ge(n, 0);
	report[n] = '\0';
	close(fd);
}

#define HAS(text)                                                              \
	ck_assert_msg(strstr(report, text) != NULL, "no \"%s\" in:\n%s", text, \
		      report)
#define HAS_WHERE(feature, text)                                               \
	do {                                                                   \
		if (support_lacks(feature) == NULL)                            \
			HAS(text);                                             \
	} while (0)
/* The name of a function, what was done, and to which byte of the page. */
#define HAS_NAME(text) HAS_WHERE(SUPPORT_SYMBOLS, text)
#define HAS_TOUCH(text)                                                        \
	do {                                                                   \
		if (support_lacks(SUPPORT_SYMBOLS) == NULL)                    \
			HAS_WHERE(SUPPORT_TOUCH, text);                        \
	} while (0)
#define HAS_BYTE(text) HAS_WHERE(SUPPORT_BYTE, text)
#define HAS_NOT(text)                                                          \
	ck_assert_msg(strstr(report, text) == NULL, "\"%s\" in:\n%s", text,    \
		      report)

static int report_file(const char *name)
{
	char path[SUPPORT_PATH_MAX];
	int fd;

	support_path(path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
		  0600);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void ask(void)
{
	ck_assert_int_eq(shmem_diagnose_violations(report_file("report")), 0);
}

/* In the child: two ends, and a segment in the hands of `a`. */
static shmem_channel *a;
static shmem_channel *b;
static shmem_segment *segment;
static char *data;

static void make(void)
{
	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	ck_assert_int_eq(shmem_segment_alloc(a, BYTES, &segment), 0);
	ck_assert_int_eq(shmem_segment_set_label(segment, "frame 7"), 0);
	data = shmem_segment_data(segment);
}

/* Neither of these ends with a call, so that it stays on the stack. */
static NOINLINE void giver(void)
{
	ck_assert_int_eq(shmem_segment_send(a, &segment), 0);
	__asm__ volatile("" ::: "memory");
}

static NOINLINE void storer(size_t offset)
{
	*(volatile char *)(data + offset) = 1;
	__asm__ volatile("" ::: "memory");
}

static NOINLINE char loader(size_t offset)
{
	char c = *(volatile char *)(data + offset);

	__asm__ volatile("" ::: "memory");
	return c;
}

static void store_away(void *arg)
{
	(void)arg;
	ask();
	make();
	giver();
	storer(16);
}

START_TEST(store_is_reported_with_both_stacks)
{
	char text[64];
	time_t t;

	support_needs(SUPPORT_STACKS);
	support_dies(SIGSEGV, store_away, NULL);
	t = time(NULL);
	read_report("report");
	HAS_TOUCH("shmem: store to a segment that was given away\n");
	HAS(" \"frame 7\", 4096 bytes\n");
	HAS_BYTE("  offset    16 (address 0x");
	HAS("  owner     the peer");
	strftime(text, sizeof(text), "  given     %Y-%m-%d ", gmtime(&t));
	HAS(text);
	HAS(" UTC, 0.");
	HAS("touched by\n");
	HAS_NAME(" storer");
	HAS("given away by\n");
	HAS_NAME(" giver");
	HAS_NAME(" store_away");
	if (support_lacks(SUPPORT_SYMBOLS) == NULL)
		ck_assert(strstr(report, " storer") <
			  strstr(report, " giver+"));
	HAS_NOT("on_signal");
}
END_TEST

static void load_away(void *arg)
{
	(void)arg;
	ask();
	make();
	giver();
	loader(BYTES - 1);
}

START_TEST(load_is_reported)
{
	support_dies(SIGSEGV, load_away, NULL);
	read_report("report");
	HAS_TOUCH("shmem: load from a segment");
	HAS_BYTE("offset    4095 (");
	HAS_NAME(" loader");
}
END_TEST

static void jump_away(void *arg)
{
	void (*code)(void);

	(void)arg;
	ask();
	make();
	giver();
	memcpy(&code, &data, sizeof(code));
	code();
	__asm__ volatile("" ::: "memory");
}

START_TEST(jump_is_reported)
{
	support_needs(SUPPORT_SYMBOLS);
	support_dies(SIGSEGV, jump_away, NULL);
	read_report("report");
	HAS("shmem: jump into a segment");
	HAS("offset    0 (");
	HAS("    #0   ?  0x");
	HAS("    #1   jump_away");
}
END_TEST

static void beyond_the_end(void *arg)
{
	(void)arg;
	ask();
	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	ck_assert_int_eq(shmem_segment_alloc(a, 100, &segment), 0);
	data = shmem_segment_data(segment);
	giver();
	loader(200);
}

START_TEST(touch_behind_the_end_is_reported_as_such)
{
	support_needs(SUPPORT_BYTE);
	support_dies(SIGSEGV, beyond_the_end, NULL);
	read_report("report");
	HAS(", 100 bytes\n");
	HAS_NOT("\"");
	HAS("offset    200, beyond its end (");
}
END_TEST

static void given_before(void *arg)
{
	(void)arg;
	make();
	giver();
	ask();
	storer(0);
}

START_TEST(without_a_trace_there_is_a_report_still)
{
	support_dies(SIGSEGV, given_before, NULL);
	read_report("report");
	HAS("given     before reports were asked for\n");
	HAS_NAME(" storer");
	HAS_NOT("given away by");
}
END_TEST

static void freed(void *arg)
{
	(void)arg;
	ask();
	make();
	ck_assert_int_eq(shmem_segment_free(&segment), 0);
	storer(0);
}

START_TEST(freed_segment_is_reported_as_such)
{
	support_dies(SIGSEGV, freed, NULL);
	read_report("report");
	HAS("a segment that was freed\n");
	HAS("owner     nobody\n");
}
END_TEST

static void not_received(void *arg)
{
	shmem_segment *other = NULL;

	(void)arg;
	ask();
	make();
	giver();
	ck_assert_int_eq(shmem_segment_recv(b, 30000, &other), 0);
	ck_assert_int_eq(shmem_segment_send(b, &other), 0);
	ck_assert_int_eq(shmem_channel_dispatch(a), 0);
	storer(0);
}

START_TEST(segment_that_waits_to_be_received_is_reported_as_such)
{
	support_dies(SIGSEGV, not_received, NULL);
	read_report("report");
	HAS("a segment that was not yet received\n");
	HAS("owner     this process, once it has received it\n");
}
END_TEST

static void lost(void *arg)
{
	shmem_message *m = NULL;

	(void)arg;
	ask();
	make();
	giver();
	shmem_channel_close(&b);
	ck_assert_int_eq(shmem_channel_recv(a, 30000, &m), SHMEM_E_CLOSED);
	storer(0);
}

START_TEST(segment_of_a_dead_peer_is_reported_as_such)
{
	support_dies(SIGSEGV, lost, NULL);
	read_report("report");
	HAS("owner     nobody: the peer died with it");
}
END_TEST

static void *store_thread(void *arg)
{
	storer(3);
	return arg;
}

static void in_a_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
	ask();
	make();
	giver();
	pthread_create(&thread, NULL, store_thread, NULL);
	pthread_join(thread, NULL);
}

START_TEST(other_threads_are_reported_too)
{
	unsigned long thread;
	unsigned long process;
	char *at;

	support_needs(SUPPORT_STACKS);
	support_needs(SUPPORT_SYMBOLS);
	support_dies(SIGSEGV, in_a_thread, NULL);
	read_report("report");
	HAS(" storer");
	HAS(" store_thread");
	HAS("  in        thread ");
	at = strstr(report, " thread ") + strlen(" thread ");
	thread = strtoul(at, &at, 10);
	ck_assert_int_eq(strncmp(at, " of process ", 12), 0);
	process = strtoul(at + 12, &at, 10);
	ck_assert_int_eq(*at, '\n');
	ck_assert_uint_ne(thread, process);
}
END_TEST

static atomic_uint in_handlers;

static void stay(int sig)
{
	(void)sig;
	if (atomic_fetch_add(&in_handlers, 1) == 1)
		_exit(SURVIVED);
	for (;;)
		pause();
}

static void in_two_threads(void *arg)
{
	pthread_t thread;

	(void)arg;
	signal(SIGSEGV, stay);
	ask();
	make();
	giver();
	pthread_create(&thread, NULL, store_thread, NULL);
	storer(4);
}

START_TEST(reports_of_two_threads_do_not_mix)
{
	const char *last = "For lines of code";
	const char *headline = "shmem: ";
	const char *at;

	ck_assert_int_eq(support_child(in_two_threads, NULL), SURVIVED);
	read_report("report");
	ck_assert_int_eq(strncmp(report, headline, strlen(headline)), 0);
	at = strstr(report + 1, headline);
	ck_assert_ptr_nonnull(at);
	ck_assert(strstr(report, last) < at);
	ck_assert_ptr_nonnull(strstr(at, last));
	ck_assert_ptr_null(strstr(at + 1, headline));
}
END_TEST

static void into_nothing(void *arg)
{
	int fd = report_file("report");

	(void)arg;
	ck_assert_int_eq(shmem_diagnose_violations(fd), 0);
	make();
	giver();
	close(fd);
	storer(4);
}

START_TEST(closed_descriptor_keeps_nobody_from_dying)
{
	support_dies(SIGSEGV, into_nothing, NULL);
}
END_TEST

/* Its memory is taken away by something else. */
static void broken(void *arg)
{
	int empty = support_file("empty", "", 0);

	(void)arg;
	ask();
	make();
	ck_assert_ptr_eq(mmap(data, BYTES, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_FIXED, empty, 0),
			 data);
	storer(0);
}

START_TEST(bus_error_is_reported)
{
	support_needs(SUPPORT_BUS);
	support_dies(SIGBUS, broken, NULL);
	read_report("report");
	HAS("a segment failed\n");
	HAS("owner     this process: its memory is broken\n");
}
END_TEST

static void elsewhere(void *arg)
{
	(void)arg;
	ask();
	make();
	giver();
	data = mmap(NULL, BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	storer(0);
}

START_TEST(faults_elsewhere_are_not_reported)
{
	support_dies(SIGSEGV, elsewhere, NULL);
	read_report("report");
	ck_assert_str_eq(report, "");
}
END_TEST

/* Even one that looks like a fault. */
static void sent(void *arg)
{
	siginfo_t info = {.si_signo = SIGSEGV, .si_code = SI_QUEUE};

	(void)arg;
	ask();
	make();
	giver();
	info.si_addr = data;
	syscall(SYS_rt_sigqueueinfo, getpid(), SIGSEGV, &info);
	pause();
}

START_TEST(signal_that_was_sent_kills_without_a_report)
{
	support_dies(SIGSEGV, sent, NULL);
	read_report("report");
	ck_assert_str_eq(report, "");
}
END_TEST

/* ---- those who were there before ---- */

static sigset_t in_handler;
static const void *handler_address;

static void with_info(int sig, siginfo_t *info, void *context)
{
	ucontext_t *c = context;

	handler_address = info->si_addr;
	if (sig != SIGSEGV || info->si_addr != support_fault_at(data + 16) ||
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
	store_away(NULL);
}

START_TEST(earlier_handler_gets_what_it_asked_for)
{
	ck_assert_int_eq(support_child(with_info_before, NULL), SURVIVED);
	read_report("report");
	HAS_NAME(" storer");
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
	store_away(NULL);
}

START_TEST(earlier_plain_handler_is_called)
{
	ck_assert_int_eq(support_child(plain_before, NULL), SURVIVED);
	read_report("report");
	HAS_NAME(" storer");
}
END_TEST

static int repairs;

static void repair(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	repairs++;
	errno = EPERM;
	mprotect(info->si_addr, BYTES, PROT_READ | PROT_WRITE);
}

static void repaired(void *arg)
{
	int flags = SA_SIGINFO | *(int *)arg;
	struct sigaction action = {.sa_sigaction = repair, .sa_flags = flags};

	sigaction(SIGSEGV, &action, NULL);
	ask();
	make();
	giver();
	for (int i = 0; i < 2; i++) {
		data = mmap(NULL, BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
		errno = 0;
		storer(0);
		if (repairs != i + 1 || errno != 0)
			_exit(1);
	}
	support_exit(SURVIVED);
}

START_TEST(earlier_handler_may_repair_and_go_on)
{
	int flags = 0;

	ck_assert_int_eq(support_child(repaired, &flags), SURVIVED);
	read_report("report");
	ck_assert_str_eq(report, "");
}
END_TEST

START_TEST(earlier_handler_for_once_is_called_once)
{
	int flags = (int)SA_RESETHAND;

	support_dies(SIGSEGV, repaired, &flags);
}
END_TEST

static void ignored(void *arg)
{
	(void)arg;
	signal(SIGSEGV, SIG_IGN);
	ask();
	kill(getpid(), SIGSEGV);
	make();
	giver();
	storer(16);
}

START_TEST(ignored_signals_stay_so_and_faults_kill)
{
	support_dies(SIGSEGV, ignored, NULL);
	read_report("report");
	HAS_NAME(" storer");
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
	ask();
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

/* ---- asking ---- */

static void ask_twice(void *arg)
{
	FILE *second = fdopen(report_file("second"), "a");

	(void)arg;
	ask();
	make();
	giver();
	ck_assert_int_eq(shmem_diagnose_violations(second), 0);
	storer(16);
}

START_TEST(asking_again_changes_the_descriptor)
{
	support_dies(SIGSEGV, ask_twice, NULL);
	read_report("report");
	ck_assert_str_eq(report, "");
	read_report("second");
	HAS_NAME(" storer");
}
END_TEST

START_TEST(descriptor_must_be_open)
{
	ck_assert_int_eq(shmem_diagnose_violations(-1), SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_diagnose_violations(987654), SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_diagnose_violations((FILE *)NULL),
			 SHMEM_E_INVAL);
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

/* The folder is the test's, and its children's. */
static void set_up(void)
{
	support_scratch();
}

static TCase *a_case(Suite *s, const char *name)
{
	TCase *c = support_case(s, name);

	tcase_add_checked_fixture(c, set_up, NULL);
	return c;
}

static Suite *suite(void)
{
	Suite *s = suite_create("diagnose");
	TCase *c = a_case(s, "report");

	tcase_add_test(c, store_is_reported_with_both_stacks);
	tcase_add_test(c, load_is_reported);
	tcase_add_test(c, jump_is_reported);
	tcase_add_test(c, touch_behind_the_end_is_reported_as_such);
	tcase_add_test(c, without_a_trace_there_is_a_report_still);
	tcase_add_test(c, freed_segment_is_reported_as_such);
	tcase_add_test(c,
		       segment_that_waits_to_be_received_is_reported_as_such);
	tcase_add_test(c, segment_of_a_dead_peer_is_reported_as_such);
	tcase_add_test(c, other_threads_are_reported_too);
	tcase_add_test(c, reports_of_two_threads_do_not_mix);
	tcase_add_test(c, closed_descriptor_keeps_nobody_from_dying);
	tcase_add_test(c, bus_error_is_reported);
	tcase_add_test(c, faults_elsewhere_are_not_reported);
	tcase_add_test(c, signal_that_was_sent_kills_without_a_report);

	c = a_case(s, "earlier");
	tcase_add_test(c, earlier_handler_gets_what_it_asked_for);
	tcase_add_test(c, earlier_plain_handler_is_called);
	tcase_add_test(c, earlier_handler_may_repair_and_go_on);
	tcase_add_test(c, earlier_handler_for_once_is_called_once);
	tcase_add_test(c, ignored_signals_stay_so_and_faults_kill);
	tcase_add_test(c, handler_with_a_stack_of_its_own_keeps_it);

	c = a_case(s, "asking");
	tcase_add_test(c, asking_again_changes_the_descriptor);
	tcase_add_test(c, descriptor_must_be_open);
	tcase_add_test(c, refused_handlers_change_nothing);
	return s;
}
SUPPORT_MAIN(suite)
