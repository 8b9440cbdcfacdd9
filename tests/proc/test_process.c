/* SPDX-License-Identifier: MIT */
/* Starting programs: how they find the world, and what keeps them from it. */
#include "roles.h"

#include "base/fault.h"
#include "handle/os.h"
#include "transport/inherit.h"

#include <errno.h>
#include <shmem/shmem.h>
#include <string.h>
#include <unistd.h>
#ifdef _WIN32
#include <windows.h>
#endif

#define ALONE "SHMEM_TEST_ALONE"

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

static int role_standard(char **arg)
{
	int err = support_role_streams(arg);

	return err != 0 ? err : support_role_count((char *[]){"4", NULL});
}

static int role_exit(char **arg)
{
	return (int)strtol(arg[0], NULL, 10);
}

/* Whatever stands between two programs must leave these alone. */
static const char *const awkward[] = {
	"plain",
	"",
	" ",
	"two words",
	"quo\"te",
	"\"",
	"back\\slash",
	"ends in \\",
	"\\\\two\\\\",
	"\\\"",
	"a\\\\\"b c\\",
	"\ttab",
	"*.c",
	"%PATH%",
	"^&|<>",
	"'single'",
	NULL,
};

static int role_compare(char **arg)
{
	size_t n = 0;

	for (; awkward[n] != NULL; n++)
		SUPPORT_NEED(arg[n] != NULL && strcmp(arg[n], awkward[n]) == 0);
	SUPPORT_NEED(arg[n] == NULL);
	return 0;
}

static const support_role roles[] = {
	{"count", support_role_count}, {"env", role_env},
	{"standard", role_standard},   {"exit", role_exit},
	{"compare", role_compare},
};

START_TEST(arguments_arrive_as_they_were)
{
	const char *argv[32] = {"self", "compare"};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	for (size_t i = 0; awkward[i] != NULL; i++)
		argv[2 + i] = awkward[i];
	opts.path = SUPPORT_SELF;
	opts.argv = argv;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	support_expect_exit(&p, 0);
}
END_TEST

START_TEST(environment_is_the_given_one)
{
	const char *argv[] = {"self", "env", NULL};
	const char *env[] = {SHMEM__INHERIT "=1",      "ONE=1",
			     SHMEM__INHERIT "ED=x",    SHMEM__INHERIT "=2",
			     "SystemRoot=C:\\windows", NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	opts.path = SUPPORT_SELF;
	opts.argv = argv;
	opts.env = env;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	support_expect_exit(&p, 0);
}
END_TEST

START_TEST(missing_standard_streams_are_null_in_the_child)
{
	shmem_handle *a = support_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};

	support_streams_replace();
	support_run_role("standard", NULL, list, 1);
	support_streams_restore();
	shmem_handle_close(&a);
}
END_TEST

START_TEST(program_is_looked_up_in_path)
{
	const char *path = getenv("PATH");
	char *old = path != NULL ? strdup(path) : NULL;
	const char *argv[] = {"self", "exit", "7", NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	support_needs(SUPPORT_START);
	support_self_as("looked-up");
	opts.path = "looked-up";
	opts.argv = argv;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), SHMEM_E_NOENT);
	support_variable("PATH", support_scratch());
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	support_expect_exit(&p, 7);
	ck_assert_ptr_nonnull(old);
	support_variable("PATH", old);
	free(old);
}
END_TEST

/* Told by its environment; in an emulator it is started by a file whose name is
 * longer than its own. */
static int alone(int argc, char **argv)
{
	size_t n = strlen(argv[0]);

	return argc == 1 && strncmp(argv[0], getenv(ALONE), n) == 0 ? 7 : 8;
}

START_TEST(argv_may_be_left_out)
{
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	opts.path = SUPPORT_SELF;
	support_variable(ALONE, SUPPORT_SELF);
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	support_variable(ALONE, NULL);
	support_expect_exit(&p, 7);
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
		bool in_scratch;
		int err;
	} cases[] = {
		{"no-such-program", false, SHMEM_E_NOENT},
		{"./no-such-program", false, SHMEM_E_NOENT},
		{"/no/such/program", false, SHMEM_E_NOENT},
		{"no-such-program", true, SHMEM_E_NOENT},
		{"text.exe/x", true, SHMEM_E_NOENT},
		{"text.exe", true, SHMEM_E_ACCESS},
		{".", true, SHMEM_E_ACCESS},
	};

	support_needs(SUPPORT_START);
	close(support_file("text.exe", "no program", 10));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
		char path[SUPPORT_PATH_MAX];
		shmem_process *p = NULL;
		shmem_channel *c = NULL;
		int err;

		support_path(path, cases[i].path);
		opts.path = cases[i].in_scratch ? path : cases[i].path;
		opts.handles = list;
		opts.handle_count = 1;
		err = shmem_process_spawn(&opts, &p, &c);
		ck_assert_msg(err == cases[i].err, "%s: %s (%d)", opts.path,
			      shmem_errname(err), shmem_os_error());
		ck_assert_ptr_null(p);
		ck_assert_ptr_null(c);
		support_no_process();
	}
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
	if (support_lacks(SUPPORT_ERRNO) == NULL)
		ck_assert_int_eq(shmem_os_error(), E2BIG);
	free(long_text);
}
END_TEST

/* Whatever call fails, there is an error and no trace, or no error. */
static void fail_everything(int native)
{
	shmem_handle *a = support_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};
	intptr_t low = support_stranger();
	int count;

	/* What is made once, and kept. */
	support_run_role("count", "4", list, 1);
	count = (int)support_descriptors();

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
			support_no_process();
		}
		ck_assert_int_eq((int)support_descriptors(), count);
		if (hit == NULL)
			break;
	}
	shmem__object_close(low);
	shmem_handle_close(&a);
}

#ifdef _WIN32
static const int natives[] = {ERROR_NOT_ENOUGH_MEMORY};
#else
static const int natives[] = {ENOMEM, EMFILE, EINTR, EPERM,
			      ENOSYS, EAGAIN, EINVAL};
#endif
#define NATIVES (int)(sizeof(natives) / sizeof(natives[0]))

START_TEST(every_failing_call_is_survived)
{
	fail_everything(natives[_i]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("process");
	TCase *c = support_case(s, "process");

	tcase_add_checked_fixture(c, NULL, support_no_process);
	tcase_add_test(c, arguments_arrive_as_they_were);
	tcase_add_test(c, environment_is_the_given_one);
	tcase_add_test(c, missing_standard_streams_are_null_in_the_child);
	tcase_add_test(c, program_is_looked_up_in_path);
	tcase_add_test(c, argv_may_be_left_out);
	tcase_add_test(c, bad_options_are_refused);
	tcase_add_test(c, program_that_can_not_run_leaves_no_process);
	tcase_add_test(c, arguments_beyond_the_limit_are_told);
	tcase_add_loop_test(c, every_failing_call_is_survived, 0, NATIVES);
	return s;
}

int main(int argc, char **argv)
{
	if (getenv(ALONE) != NULL)
		return alone(argc, argv);
	return support_play(argc, argv, roles, sizeof(roles) / sizeof(*roles),
			    suite);
}
