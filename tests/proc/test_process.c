/* SPDX-License-Identifier: MIT */
/*
 * Programs started with handles. The program is this very file, started again
 * with the name of a role; a role tells its findings by its exit code.
 */
#include "support.h"

#include "base/fault.h"
#include "transport/inherit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <shmem/shmem.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SELF "/proc/self/exe"
#define SURVIVED 42
#define FAR 300 /* a descriptor number that nothing else uses */

/* ---- roles ---- */

#define NEED(fact)                                                             \
	do {                                                                   \
		if (!(fact)) {                                                 \
			fprintf(stderr, "child, line %d: %s\n", __LINE__,      \
				#fact);                                        \
			exit(99);                                              \
		}                                                              \
	} while (0)

static int open_count(int *ret_highest)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int count = 0;

	*ret_highest = -1;
	while ((entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || fd == dirfd(dir))
			continue;
		count++;
		if (fd > *ret_highest)
			*ret_highest = fd;
	}
	closedir(dir);
	return count;
}

/* Exactly 0 to argument - 1 are open. */
static int role_count(char **arg)
{
	int highest;

	NEED(open_count(&highest) == atoi(arg[0]));
	NEED(highest == atoi(arg[0]) - 1);
	return 0;
}

/* Each argument is a name, and the memory holds that name. */
static int role_names(char **arg)
{
	for (; *arg != NULL; arg++) {
		shmem_handle *h = NULL;
		shmem_mapping *m = NULL;

		NEED(shmem_inherited_handle(*arg, &h) == 0);
		NEED(shmem_handle_access(h) == SHMEM_RW);
		NEED((fcntl((int)shmem_handle_os(h), F_GETFD) & FD_CLOEXEC) !=
		     0);
		NEED(shmem_mapping_open_take(&h, SHMEM_RW, &m) == 0);
		NEED(strcmp(shmem_mapping_data(m), *arg) == 0);
		strcat(shmem_mapping_data(m), "!");
		shmem_mapping_close(&m);
	}
	return 0;
}

/* 3, 4 and 5 are files of 1, 2 and 3 bytes. */
static int role_swapped(char **arg)
{
	struct stat st;

	(void)arg;
	for (int i = 0; i < 3; i++)
		NEED(fstat(3 + i, &st) == 0 && st.st_size == i + 1);
	return role_count((char *[]){"6", NULL});
}

static int role_once(char **arg)
{
	shmem_handle *h = NULL;
	shmem_handle *other = NULL;

	(void)arg;
	NEED(shmem_inherited_handle("unknown", &h) == SHMEM_E_NOENT);
	NEED(shmem_inherited_handle("channel", &h) == SHMEM_E_NOENT);
	NEED(shmem_inherited_handle("", &h) == SHMEM_E_INVAL);
	NEED(shmem_inherited_handle(NULL, &h) == SHMEM_E_INVAL);
	NEED(shmem_inherited_handle("a", NULL) == SHMEM_E_INVAL);
	NEED(h == NULL);
	NEED(shmem_inherited_handle("a", &h) == 0);
	NEED(shmem_inherited_handle("a", &other) == SHMEM_E_NOENT);
	/* Not even where its number is one for programs again. */
	NEED(shmem_handle_set_inheritable(h, true) == 0);
	NEED(shmem_inherited_handle("a", &other) == SHMEM_E_NOENT);
	shmem_handle_close(&h);
	NEED(shmem_inherited_handle("a", &other) == SHMEM_E_NOENT);
	return 0;
}

static int role_rights(char **arg)
{
	shmem_handle *h = NULL;
	shmem_mapping *m = NULL;

	(void)arg;
	NEED(shmem_inherited_handle("read", &h) == 0);
	NEED(shmem_handle_access(h) == SHMEM_READ);
	NEED(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m) == SHMEM_E_ACCESS);
	NEED(mmap(NULL, 1, PROT_WRITE, MAP_SHARED, (int)shmem_handle_os(h),
		  0) == MAP_FAILED);
	shmem_handle_close(&h);
	NEED(shmem_inherited_handle("frozen", &h) == 0);
	NEED(shmem_handle_is_frozen(h));
	shmem_handle_close(&h);
	NEED(shmem_inherited_handle("empty", &h) == 0);
	NEED(shmem_handle_size(h) == 0);
	shmem_handle_close(&h);
	NEED(shmem_inherited_handle("empty", &h) == SHMEM_E_NOENT);
	return 0;
}

/* Nothing was passed to this one, whatever the variable says. */
static int role_stranger(char **arg)
{
	struct stat before;
	struct stat after;
	shmem_handle *h = NULL;

	NEED(getenv(SHMEM__INHERIT) != NULL);
	NEED(fstat(3, &before) == 0);
	NEED(shmem_inherited_handle(arg[0], &h) == SHMEM_E_NOENT);
	NEED(fstat(3, &after) == 0 && before.st_ino == after.st_ino);
	NEED((fcntl(3, F_GETFD) & FD_CLOEXEC) == 0);
	return 0;
}

/* Takes what it got, then starts a program of its own, carelessly: the
 * variable stays, the number means something else. */
static int role_careless(char **arg)
{
	shmem_handle *h = NULL;
	int status;
	pid_t pid;

	NEED(shmem_inherited_handle(arg[0], &h) == 0);
	shmem_handle_close(&h);
	NEED(open("/dev/null", O_RDONLY) == 3);
	pid = fork();
	if (pid == 0) {
		execl(SELF, SELF, "stranger", arg[0], NULL);
		_exit(98);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	NEED(status == 0);
	return 0;
}

/* Starts a program that takes what this one was given: a wrapper. */
static int role_wrapper(char **arg)
{
	execl(SELF, SELF, "names", arg[0], NULL);
	return 98;
}

static int role_no_variable(char **arg)
{
	shmem_handle *h = NULL;
	shmem_channel *c = NULL;

	(void)arg;
	NEED(getenv(SHMEM__INHERIT) == NULL);
	NEED(shmem_inherited_handle("a", &h) == SHMEM_E_NOENT);
	NEED(shmem_inherited_channel(NULL, &c) == SHMEM_E_NOENT);
	return 0;
}

static int role_env(char **arg)
{
	(void)arg;
	NEED(strcmp(getenv("ONE"), "1") == 0);
	NEED(getenv("HOME") == NULL);
	NEED(getenv(SHMEM__INHERIT) == NULL);
	NEED(getenv(SHMEM__INHERIT "ED") != NULL);
	return 0;
}

static int role_signals(char **arg)
{
	struct sigaction now;
	sigset_t mask;

	(void)arg;
	NEED(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
	NEED(sigisemptyset(&mask));
	NEED(sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
	NEED(sigaction(SIGHUP, NULL, &now) == 0 && now.sa_handler == SIG_IGN);
	return 0;
}

/* Standard input and error are /dev/null, output is open. */
static int role_standard(char **arg)
{
	struct stat null;
	struct stat st;

	(void)arg;
	NEED(stat("/dev/null", &null) == 0);
	NEED(fstat(0, &st) == 0 && st.st_rdev == null.st_rdev);
	NEED(fstat(2, &st) == 0 && st.st_rdev == null.st_rdev);
	NEED(fstat(1, &st) == 0 && S_ISFIFO(st.st_mode));
	return role_count((char *[]){"4", NULL});
}

static int role_exit(char **arg)
{
	return atoi(arg[0]);
}

static const struct role {
	const char *name;
	int (*run)(char **arg);
} roles[] = {
	{"count", role_count},
	{"names", role_names},
	{"once", role_once},
	{"swapped", role_swapped},
	{"rights", role_rights},
	{"stranger", role_stranger},
	{"careless", role_careless},
	{"wrapper", role_wrapper},
	{"no-variable", role_no_variable},
	{"env", role_env},
	{"signals", role_signals},
	{"standard", role_standard},
	{"exit", role_exit},
};

/* ---- the parent ---- */

static void no_child_is_left(void)
{
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

static shmem_handle *named_memory(const char *text)
{
	shmem_handle *h = NULL;
	shmem_mapping *m = NULL;

	ck_assert_int_eq(shmem_handle_create(4096, NULL, &h), 0);
	ck_assert_int_eq(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m), 0);
	strcpy(shmem_mapping_data(m), text);
	shmem_mapping_close(&m);
	return h;
}

static int spawn(const char *role, const char *arg, const shmem_spawn_handle *h,
		 size_t count, shmem_process **ret)
{
	const char *argv[] = {"self", role, arg, NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;

	opts.path = SELF;
	opts.argv = argv;
	opts.handles = h;
	opts.handle_count = count;
	return shmem_process_spawn(&opts, ret, NULL);
}

static void expect_exit(shmem_process **take, int expected)
{
	int status = -1000;

	ck_assert_int_eq(shmem_process_wait(*take, 10000, &status), 0);
	ck_assert_int_eq(status, expected);
	shmem_process_close(take);
	ck_assert_ptr_null(*take);
}

static void run_role(const char *role, const char *arg,
		     const shmem_spawn_handle *h, size_t count)
{
	shmem_process *p = NULL;

	ck_assert_int_eq(spawn(role, arg, h, count, &p), 0);
	expect_exit(&p, 0);
}

START_TEST(child_has_the_listed_descriptors_and_no_other)
{
	shmem_handle *a = named_memory("a");
	shmem_handle *b = named_memory("b");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}, {"b", b, SHMEM_RW}};
	int low = open("/dev/null", O_RDONLY);
	int high = fcntl(low, F_DUPFD, FAR);

	run_role("count", "5", list, 2);
	run_role("count", "3", NULL, 0);
	close(low);
	close(high);
	shmem_handle_close(&a);
	shmem_handle_close(&b);
}
END_TEST

START_TEST(child_gets_64_handles_whatever_their_numbers)
{
	enum { MANY = 64 };
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_spawn_handle list[MANY];
	shmem_handle *h[MANY];
	char name[MANY][SHMEM__INHERIT_NAME_MAX + 1];
	const char *argv[MANY + 3] = {"self", "names"};
	shmem_process *p = NULL;

	for (int i = 0; i < MANY; i++) {
		memset(name[i], 'x', sizeof(name[i]));
		snprintf(name[i] + SHMEM__INHERIT_NAME_MAX - 3, 4, ".%02d", i);
		argv[2 + i] = name[i];
		h[i] = named_memory(name[i]);
	}
	/* Backwards, so that each lies where another one has to go. */
	for (int i = 0; i < MANY; i++)
		list[i] = (shmem_spawn_handle){name[MANY - 1 - i],
					       h[MANY - 1 - i], SHMEM_RW};
	opts.path = SELF;
	opts.argv = argv;
	opts.handles = list;
	opts.handle_count = MANY;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	expect_exit(&p, 0);
	for (int i = 0; i < MANY; i++) {
		shmem_mapping *m = NULL;

		ck_assert_int_eq(shmem_mapping_open_take(&h[i], SHMEM_READ, &m),
				 0);
		ck_assert_mem_eq(shmem_mapping_data(m), name[i],
				 SHMEM__INHERIT_NAME_MAX);
		ck_assert_str_eq((char *)shmem_mapping_data(m) +
					 SHMEM__INHERIT_NAME_MAX,
				 "!");
		shmem_mapping_close(&m);
	}
}
END_TEST

/* Numbers that lie where others have to go, which takes another thread's help
 * to happen. In a process that may lose what it had open there; Check writes
 * into what it had open, so it is not used. */
static void pass_any_numbers(void *arg)
{
	const char *argv[] = {"self", "swapped", NULL};
	shmem_os_handle pass[3] = {6, 5, 4};
	shmem__start start = {SELF, argv, shmem__environment(), pass, 3};
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
	_exit(SURVIVED);
}

START_TEST(passed_numbers_may_be_any)
{
	ck_assert_int_eq(support_child(pass_any_numbers, NULL), SURVIVED);
}
END_TEST

START_TEST(handle_is_taken_once)
{
	shmem_handle *a = named_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};

	run_role("once", NULL, list, 1);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(child_has_the_rights_that_it_was_given)
{
	shmem_handle *a = named_memory("a");
	shmem_handle *frozen = named_memory("b");
	shmem_handle *empty = NULL;

	ck_assert_int_eq(shmem_handle_freeze(&frozen, &frozen), 0);
	ck_assert_int_eq(shmem_handle_create(0, NULL, &empty), 0);

	shmem_spawn_handle list[] = {{"read", a, SHMEM_READ},
				     {"empty", empty, SHMEM_READ},
				     {"frozen", frozen, SHMEM_READ}};

	run_role("rights", NULL, list, 3);
	run_role("count", "5", list, 3);
	shmem_handle_close(&a);
	shmem_handle_close(&empty);
	shmem_handle_close(&frozen);
}
END_TEST

START_TEST(more_access_than_the_handle_has_is_refused)
{
	shmem_handle *a = named_memory("a");
	shmem_handle *r = NULL;
	shmem_process *p = NULL;

	ck_assert_int_eq(shmem_handle_duplicate(a, SHMEM_READ, &r), 0);
	ck_assert_int_eq(spawn("exit", "0",
			       &(shmem_spawn_handle){"r", r, SHMEM_RW}, 1, &p),
			 SHMEM_E_ACCESS);
	ck_assert_ptr_null(p);
	shmem_handle_close(&a);
	shmem_handle_close(&r);
}
END_TEST

START_TEST(program_started_by_the_child_takes_nothing_by_accident)
{
	shmem_handle *a = named_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};

	run_role("careless", "a", list, 1);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(wrapper_passes_on_what_it_did_not_take)
{
	shmem_handle *a = named_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};

	run_role("wrapper", "a", list, 1);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(variable_of_the_parent_does_not_reach_the_child)
{
	setenv(SHMEM__INHERIT, "1;channel:3:0", 1);
	run_role("no-variable", NULL, NULL, 0);
	unsetenv(SHMEM__INHERIT);
}
END_TEST

START_TEST(environment_is_the_given_one)
{
	const char *argv[] = {"self", "env", NULL};
	const char *env[] = {SHMEM__INHERIT "=1", "ONE=1",
			     SHMEM__INHERIT "ED=x", SHMEM__INHERIT "=2", NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	opts.path = SELF;
	opts.argv = argv;
	opts.env = env;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	expect_exit(&p, 0);
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
	run_role("signals", NULL, NULL, 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
}
END_TEST

START_TEST(missing_standard_streams_are_null_in_the_child)
{
	shmem_handle *a = named_memory("a");
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
	run_role("standard", NULL, list, 1);
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
	char *old = strdup(getenv("PATH"));
	const char *argv[] = {"self", "exit", "7", NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	ck_assert_int_gt(readlink(SELF, self, sizeof(self) - 1), 0);
	support_path(link, "looked-up");
	ck_assert_int_eq(symlink(self, link), 0);
	opts.path = "looked-up";
	opts.argv = argv;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), SHMEM_E_NOENT);
	setenv("PATH", support_scratch(), 1);
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	expect_exit(&p, 7);
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
	expect_exit(&p, 0);
}
END_TEST

START_TEST(bad_options_are_refused)
{
	shmem_handle *a = named_memory("a");
	const char *bad[] = {NULL,
			     "",
			     ".x",
			     "a b",
			     "a/b",
			     "a:b",
			     "a=b",
			     "0123456789012345678901234567890123456789"
			     "012345678901234567890123"};
	shmem_spawn_handle twice[] = {{"a", a, SHMEM_RW}, {"a", a, SHMEM_RW}};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	ck_assert_int_eq(shmem_process_spawn(NULL, &p, NULL), SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), SHMEM_E_INVAL);
	opts.path = "";
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), SHMEM_E_INVAL);
	opts.path = "true";
	ck_assert_int_eq(shmem_process_spawn(&opts, NULL, NULL), SHMEM_E_INVAL);
	opts.size = 1;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), SHMEM_E_INVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_int_eq(
			spawn("exit", "0",
			      &(shmem_spawn_handle){bad[i], a, SHMEM_RW}, 1,
			      &p),
			SHMEM_E_INVAL);
	ck_assert_int_eq(spawn("exit", "0", twice, 2, &p), SHMEM_E_INVAL);
	ck_assert_int_eq(spawn("exit", "0", twice, 65, &p), SHMEM_E_INVAL);
	ck_assert_int_eq(spawn("exit", "0", NULL, 1, &p), SHMEM_E_INVAL);
	twice[0].handle = NULL;
	ck_assert_int_eq(spawn("exit", "0", twice, 1, &p), SHMEM_E_INVAL);
	twice[0].handle = a;
	twice[0].access = SHMEM_NONE;
	ck_assert_int_eq(spawn("exit", "0", twice, 1, &p), SHMEM_E_INVAL);
	twice[0].access = SHMEM_WRITE;
	ck_assert_int_eq(spawn("exit", "0", twice, 1, &p), SHMEM_E_INVAL);
	ck_assert_ptr_null(p);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(program_that_can_not_run_leaves_no_process)
{
	shmem_handle *a = named_memory("a");
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
	shmem_handle_close(&a);
}
END_TEST

START_TEST(too_few_descriptors_are_a_limit)
{
	shmem_handle *a = named_memory("a");
	shmem_spawn_handle list[] = {
		{"a", a, SHMEM_RW}, {"b", a, SHMEM_RW}, {"c", a, SHMEM_RW}};
	struct rlimit old;
	struct rlimit low;
	shmem_process *p = NULL;
	int err = SHMEM_E_LIMIT;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	for (low.rlim_cur = 4; err == SHMEM_E_LIMIT; low.rlim_cur++) {
		ck_assert_uint_lt(low.rlim_cur, 64);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
		err = spawn("count", "6", list, 3, &p);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(err, 0);
	expect_exit(&p, 0);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(arguments_beyond_the_limit_are_told)
{
	size_t n = (size_t)4 << 20;
	char *long_text = malloc(n);
	shmem_process *p = NULL;

	memset(long_text, 'x', n);
	long_text[n - 1] = '\0';
	ck_assert_int_eq(spawn("exit", long_text, NULL, 0, &p), SHMEM_E_LIMIT);
	ck_assert_int_eq(shmem_os_error(), E2BIG);
	free(long_text);
}
END_TEST

/* Whatever call fails, there is an error and no trace, or no error. */
static void fail_everything(int native)
{
	shmem_handle *a = named_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};
	int low = open("/dev/null", O_RDONLY);
	int count = (int)support_descriptors();

	for (unsigned long k = 1;; k++) {
		shmem_process *p = NULL;
		const char *hit;
		int err;

		shmem__fault_arm(k, native, NULL);
		err = spawn("count", "4", list, 1, &p);
		hit = shmem__fault_hit();
		shmem__fault_arm(0, 0, NULL);
		if (err == 0) {
			expect_exit(&p, 0);
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

	tcase_add_checked_fixture(c, NULL, no_child_is_left);
	tcase_add_test(c, child_has_the_listed_descriptors_and_no_other);
	tcase_add_test(c, child_gets_64_handles_whatever_their_numbers);
	tcase_add_test(c, passed_numbers_may_be_any);
	tcase_add_test(c, handle_is_taken_once);
	tcase_add_test(c, child_has_the_rights_that_it_was_given);
	tcase_add_test(c, more_access_than_the_handle_has_is_refused);
	tcase_add_test(c,
		       program_started_by_the_child_takes_nothing_by_accident);
	tcase_add_test(c, wrapper_passes_on_what_it_did_not_take);
	tcase_add_test(c, variable_of_the_parent_does_not_reach_the_child);
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

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(roles) / sizeof(*roles); i++)
		if (strcmp(argv[1], roles[i].name) == 0)
			return roles[i].run(argv + 2);
	return support_run(argc, argv, suite());
}
