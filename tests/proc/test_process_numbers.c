/* SPDX-License-Identifier: MIT */
/* Starting programs on POSIX: the numbers of descriptors, and signals. */
#include "roles.h"

#include "transport/inherit.h"

#include <fcntl.h>
#include <shmem/shmem.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SURVIVED 42
#define FAR 300 /* a descriptor number that nothing else uses */

static int role_signals(char **arg)
{
	struct sigaction now;
	sigset_t mask;

	(void)arg;
	SUPPORT_NEED(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
	SUPPORT_NEED(sigisemptyset(&mask));
	SUPPORT_NEED(sigaction(SIGPIPE, NULL, &now) == 0 &&
		     now.sa_handler == SIG_DFL);
	SUPPORT_NEED(sigaction(SIGHUP, NULL, &now) == 0 &&
		     now.sa_handler == SIG_IGN);
	return 0;
}

/* 3, 4 and 5 are files of 1, 2 and 3 bytes. */
static int role_swapped(char **arg)
{
	struct stat st;

	(void)arg;
	for (int i = 0; i < 3; i++)
		SUPPORT_NEED(fstat(3 + i, &st) == 0 && st.st_size == i + 1);
	return support_role_count((char *[]){"6", NULL});
}

static const support_role roles[] = {
	{"count", support_role_count},
	{"signals", role_signals},
	{"swapped", role_swapped},
};

START_TEST(child_starts_with_usual_signals)
{
	sigset_t all;
	sigset_t old;

	sigfillset(&all);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	support_run_role("signals", NULL, NULL, 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
}
END_TEST

START_TEST(too_few_descriptors_are_a_limit)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *a = support_memory("a");
	shmem_spawn_handle list[] = {
		{"a", a, SHMEM_RW}, {"b", a, SHMEM_RW}, {"c", a, SHMEM_RW}};
	struct rlimit old;
	struct rlimit low;
	shmem_process *p = NULL;
	int err = SHMEM_E_LIMIT;

	support_needs(SUPPORT_NATIVE); /* an emulator needs some, too */
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	/* One that whoever started this test left open, beyond the limit that
	 * will be, could not be closed everywhere. */
	for (int fd = 64; fd < 1024; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	for (low.rlim_cur = 4; err == SHMEM_E_LIMIT; low.rlim_cur++) {
		ck_assert_uint_lt(low.rlim_cur, 64);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
		err = support_spawn("count", "6", list, 3, &p);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(err, 0);
	support_expect_exit(&p, 0);
}
END_TEST

/* Numbers that lie where others have to go, which takes another thread's help
 * to happen. In a process that may lose what it had open there; Check writes
 * into what it had open, so it is not used. */
static void pass_any_numbers(void *arg)
{
	const char *argv[] = {"self", "swapped", NULL};
	shmem_os_handle pass[3] = {6, 5, 4};
	shmem__start start = {SUPPORT_SELF, argv, shmem__environment(),
			      pass,         3,    false};
	shmem_os_handle watch;
	int status = -1;
	int pid;

	(void)arg;
	for (int i = 0; i < 3; i++) {
		int fd = memfd_create("any", MFD_CLOEXEC);

		if (ftruncate(fd, i + 1) != 0 ||
		    dup3(fd, FAR + i, O_CLOEXEC) != FAR + i)
			_exit(1);
		close(fd);
	}
	for (int i = 0; i < 3; i++)
		if (dup3(FAR + i, (int)pass[i], O_CLOEXEC) != (int)pass[i])
			_exit(2);
	if (shmem__process_start(&start, &pid, &watch) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		_exit(3);
	support_exit(SURVIVED);
}

START_TEST(passed_numbers_may_be_any)
{
	ck_assert_int_eq(support_child(pass_any_numbers, NULL), SURVIVED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("process_numbers");
	TCase *c = support_case(s, "process_numbers");

	tcase_add_checked_fixture(c, NULL, support_no_process);
	tcase_add_test(c, child_starts_with_usual_signals);
	tcase_add_test(c, too_few_descriptors_are_a_limit);
	tcase_add_test(c, passed_numbers_may_be_any);
	return s;
}
SUPPORT_MAIN_WITH_ROLES(roles, suite)
