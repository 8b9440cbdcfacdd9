/* SPDX-License-Identifier: MIT */
/* Starting programs: how they find the world, and what keeps them from it. */
#include "roles.h"

#include "base/fault.h"
#include "transport/inherit.h"

#include <errno.h>
#include <fcntl.h>
#include <shmem/shmem.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAR 300 /* a descriptor number that nothing else uses */

static int role_env(char **arg)
{
	const char *one = getenv("ONE");

	(void)arg;
	SUPPORT_NEED(one != NULL && strcmp(one, "1") == 0);
	SUPPORT_NEED(getenv("HOME") == NULL);
	SUPPORT_NEED(getenv(SHMEM__INHERIT) == NULL);
	SUPPORT_NEED(getenv(SHMEM__INHERIT "ED") != NULL);
	return 0;
}

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

/* Standard input and error are /dev/null, output is open. */
static int role_standard(char **arg)
{
	struct stat null;
	struct stat st;

	(void)arg;
	SUPPORT_NEED(stat("/dev/null", &null) == 0);
	SUPPORT_NEED(fstat(0, &st) == 0 && st.st_rdev == null.st_rdev);
	SUPPORT_NEED(fstat(2, &st) == 0 && st.st_rdev == null.st_rdev);
	SUPPORT_NEED(fstat(1, &st) == 0 && S_ISFIFO(st.st_mode));
	return support_role_count((char *[]){"4", NULL});
}

static int role_exit(char **arg)
{
	return (int)strtol(arg[0], NULL, 10);
}

static const support_role roles[] = {
	{"count", support_role_count}, {"env", role_env},
	{"signals", role_signals},     {"standard", role_standard},
	{"exit", role_exit},
};

START_TEST(environment_is_the_given_one)
{
	const char *argv[] = {"self", "env", NULL};
	const char *env[] = {SHMEM__INHERIT "=1", "ONE=1",
			     SHMEM__INHERIT "ED=x", SHMEM__INHERIT "=2", NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	opts.path = SUPPORT_SELF;
	opts.argv = argv;
	opts.env = env;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	support_expect_exit(&p, 0);
}
END_TEST

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

START_TEST(missing_standard_streams_are_null_in_the_child)
{
	shmem_handle *a = support_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};
	int keep[3];
	int out[2];

	for (int fd = 0; fd < 3; fd++)
		keep[fd] = fcntl(fd, F_DUPFD_CLOEXEC, FAR);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	dup2(out[1], 1);
	close(0);
	ck_assert_int_eq(memfd_create("not input", MFD_CLOEXEC), 0);
	close(2);
	support_run_role("standard", NULL, list, 1);
	for (int fd = 0; fd < 3; fd++) {
		dup2(keep[fd], fd);
		close(keep[fd]);
	}
	close(out[0]);
	close(out[1]);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(program_is_looked_up_in_path)
{
	char link[SUPPORT_PATH_MAX];
	char self[4096] = "";
	const char *path = getenv("PATH");
	char *old = path != NULL ? strdup(path) : NULL;
	const char *argv[] = {"self", "exit", "7", NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	support_needs(SUPPORT_START);
	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
	support_path(link, "looked-up");
	ck_assert_int_eq(symlink(self, link), 0);
	opts.path = "looked-up";
	opts.argv = argv;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), SHMEM_E_NOENT);
	setenv("PATH", support_scratch(), 1);
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	support_expect_exit(&p, 7);
	ck_assert_ptr_nonnull(old);
	setenv("PATH", old, 1);
	free(old);
}
END_TEST

START_TEST(argv_may_be_left_out)
{
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	opts.path = "true";
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	support_expect_exit(&p, 0);
}
END_TEST

START_TEST(bad_options_are_refused)
{
	shmem_handle *a = support_memory("a");
	char too_long[SHMEM__INHERIT_NAME_MAX + 2] = {0};
	const char *bad[] = {NULL,  "",    ".x",  "a b",
			     "a/b", "a:b", "a=b", too_long};
	shmem_spawn_handle twice[] = {{"a", a, SHMEM_RW}, {"a", a, SHMEM_RW}};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	memset(too_long, 'x', sizeof(too_long) - 1);
	ck_assert_int_eq(shmem_process_spawn(NULL, &p, NULL), SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), SHMEM_E_INVAL);
	opts.path = "";
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), SHMEM_E_INVAL);
	opts.path = "true";
	ck_assert_int_eq(shmem_process_spawn(&opts, NULL, NULL), SHMEM_E_INVAL);
	opts.size = 1;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), SHMEM_E_INVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_int_eq(support_spawn("exit", "0",
					       &(shmem_spawn_handle){bad[i], a,
								     SHMEM_RW},
					       1, &p),
				 SHMEM_E_INVAL);
	ck_assert_int_eq(support_spawn("exit", "0", twice, 2, &p),
			 SHMEM_E_INVAL);
	ck_assert_int_eq(support_spawn("exit", "0", twice, 65, &p),
			 SHMEM_E_INVAL);
	ck_assert_int_eq(support_spawn("exit", "0", NULL, 1, &p),
			 SHMEM_E_INVAL);
	twice[0].handle = NULL;
	ck_assert_int_eq(support_spawn("exit", "0", twice, 1, &p),
			 SHMEM_E_INVAL);
	twice[0].handle = a;
	twice[0].access = SHMEM_NONE;
	ck_assert_int_eq(support_spawn("exit", "0", twice, 1, &p),
			 SHMEM_E_INVAL);
	twice[0].access = SHMEM_WRITE;
	ck_assert_int_eq(support_spawn("exit", "0", twice, 1, &p),
			 SHMEM_E_INVAL);
	ck_assert_ptr_null(p);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(program_that_can_not_run_leaves_no_process)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *a = support_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};
	static const struct {
		const char *path;
		int err;
	} cases[] = {
		{"/no/such/program", SHMEM_E_NOENT},
		{"no-such-program", SHMEM_E_NOENT},
		{"/etc/passwd/x", SHMEM_E_NOENT},
		{"/etc/passwd", SHMEM_E_ACCESS},
		{"/etc", SHMEM_E_ACCESS},
	};

	support_needs(SUPPORT_START);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
		shmem_process *p = NULL;
		shmem_channel *c = NULL;

		opts.path = cases[i].path;
		opts.handles = list;
		opts.handle_count = 1;
		ck_assert_int_eq(shmem_process_spawn(&opts, &p, &c),
				 cases[i].err);
		ck_assert_ptr_null(p);
		ck_assert_ptr_null(c);
		ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	}
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

START_TEST(arguments_beyond_the_limit_are_told)
{
	size_t n = (size_t)4 << 20;
	char *long_text;
	shmem_process *p = NULL;

	support_needs(SUPPORT_START);
	long_text = malloc(n);
	memset(long_text, 'x', n);
	long_text[n - 1] = '\0';
	ck_assert_int_eq(support_spawn("exit", long_text, NULL, 0, &p),
			 SHMEM_E_LIMIT);
	ck_assert_int_eq(shmem_os_error(), E2BIG);
	free(long_text);
}
END_TEST

/* Whatever call fails, there is an error and no trace, or no error. */
static void fail_everything(int native)
{
	shmem_handle *a = support_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};
	int low = open("/dev/null", O_RDONLY);
	int count = (int)support_descriptors();

	for (unsigned long k = 1;; k++) {
		shmem_process *p = NULL;
		const char *hit;
		int err;

		shmem__fault_arm(k, native, NULL);
		err = support_spawn("count", "4", list, 1, &p);
		hit = shmem__fault_hit();
		shmem__fault_arm(0, 0, NULL);
		if (err == 0) {
			support_expect_exit(&p, 0);
		} else {
			ck_assert_ptr_nonnull(hit);
			ck_assert_ptr_null(p);
			ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
		}
		ck_assert_int_eq((int)support_descriptors(), count);
		if (hit == NULL)
			break;
	}
	close(low);
	shmem_handle_close(&a);
}

START_TEST(every_failing_call_is_survived)
{
	static const int natives[] = {ENOMEM, EMFILE, EINTR, EPERM,
				      ENOSYS, EAGAIN, EINVAL};

	fail_everything(natives[_i]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("process");
	TCase *c = support_case(s, "process");

	tcase_add_checked_fixture(c, NULL, support_no_process);
	tcase_add_test(c, environment_is_the_given_one);
	tcase_add_test(c, child_starts_with_usual_signals);
	tcase_add_test(c, missing_standard_streams_are_null_in_the_child);
	tcase_add_test(c, program_is_looked_up_in_path);
	tcase_add_test(c, argv_may_be_left_out);
	tcase_add_test(c, bad_options_are_refused);
	tcase_add_test(c, program_that_can_not_run_leaves_no_process);
	tcase_add_test(c, too_few_descriptors_are_a_limit);
	tcase_add_test(c, arguments_beyond_the_limit_are_told);
	tcase_add_loop_test(c, every_failing_call_is_survived, 0, 7);
	return s;
}
SUPPORT_MAIN_WITH_ROLES(roles, suite)
