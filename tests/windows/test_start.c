/* SPDX-License-Identifier: MIT */
/* Programs: their arguments, what they inherit, how they end, and with whom. */
#include "here.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>

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

static int compare(char **arg)
{
	size_t n = 0;

	for (; awkward[n] != NULL; n++)
		HERE_NEED(arg[n] != NULL && strcmp(arg[n], awkward[n]) == 0);
	HERE_NEED(arg[n] == NULL);
	return 0;
}

START_TEST(arguments_arrive_as_they_were)
{
	const char *argv[32] = {"self", "compare"};
	shmem_process *p = NULL;

	for (size_t i = 0; awkward[i] != NULL; i++)
		argv[2 + i] = awkward[i];
	here_spawn(argv, NULL, &p, NULL);
	here_ends(&p, 0);
}
END_TEST

static int has_variable(char **arg)
{
	const char *value = getenv(arg[0]);

	HERE_NEED(value != NULL && strcmp(value, arg[1]) == 0);
	HERE_NEED(getenv("HERE_OTHER") == NULL);
	return 0;
}

START_TEST(the_environment_is_the_given_one)
{
	const char *argv[] = {"self", "has-variable", "HERE_ONE", "a b=c",
			      NULL};
	const char *env[] = {"HERE_ONE=a b=c", "SystemRoot=C:\\windows", NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	ck_assert_int_eq(_putenv("HERE_OTHER=1"), 0);
	opts.path = here_program();
	opts.argv = argv;
	opts.env = env;
	here_ok(shmem_process_spawn(&opts, &p, NULL));
	here_ends(&p, 0);
}
END_TEST

START_TEST(no_such_program)
{
	static const char *const paths[] = {"no-such-program",
					    "C:\\no\\such\\program.exe",
					    "./no-such-program"};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	opts.path = paths[_i];
	here_is(shmem_process_spawn(&opts, &p, NULL), SHMEM_E_NOENT);
}
END_TEST

static volatile int *volatile nowhere = NULL;

static int end(char **arg)
{
	if (strcmp(arg[0], "fault") == 0)
		*nowhere = 1;
	if (strcmp(arg[0], "sleep") == 0)
		Sleep(1000000);
	ExitProcess((UINT)strtoul(arg[0], NULL, 10));
}

START_TEST(an_end_tells_how)
{
	static const struct {
		const char *how;
		int status;
	} ends[] = {{"0", 0},     {"7", 7},       {"255", 255},
		    {"300", 255}, {"fault", -11}, {"sleep", -9}};
	const char *argv[] = {"self", "end", ends[_i].how, NULL};
	shmem_process *p = NULL;

	here_spawn(argv, NULL, &p, NULL);
	if (ends[_i].status == -9) {
		here_is(shmem_process_wait(p, 0, NULL), SHMEM_E_AGAIN);
		here_is(shmem_process_wait(p, 50, NULL), SHMEM_E_TIMEDOUT);
		here_ok(shmem_process_kill(p));
	}
	here_ends(&p, ends[_i].status);
}
END_TEST

/* Inheritable or not, it is not on the list. */
static int has_not(char **arg)
{
	uintptr_t value = (uintptr_t)strtoul(arg[0], NULL, 10);
	DWORD n;

	HERE_NEED(!SetEvent((HANDLE)value));
	HERE_NEED(WriteFile(GetStdHandle(STD_ERROR_HANDLE), "", 0, &n, NULL));
	return 0;
}

START_TEST(what_is_not_listed_is_not_passed)
{
	SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
	HANDLE event = CreateEventA(&inherit, TRUE, FALSE, NULL);
	const char *argv[] = {"self", "has-not", NULL, NULL};
	shmem_process *p = NULL;
	unsigned before = here_handles();
	char text[24];

	snprintf(text, sizeof(text), "%lu", (unsigned long)(uintptr_t)event);
	argv[2] = text;
	here_spawn(argv, NULL, &p, NULL);
	here_ends(&p, 0);
	/* But for the job, from the first start on. */
	ck_assert_uint_le(here_handles(), before + 1);
	CloseHandle(event);
}
END_TEST

static int take_handles(char **arg)
{
	shmem_handle *h = NULL;
	shmem_mapping *m = NULL;

	(void)arg;
	HERE_NEED(shmem_inherited_handle("rw", &h) == 0);
	HERE_NEED(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m) == 0);
	HERE_NEED(strcmp(shmem_mapping_data(m), "passed on") == 0);
	strcpy(shmem_mapping_data(m), "and back");
	shmem_mapping_close(&m);
	HERE_NEED(shmem_inherited_handle("rw", &h) == SHMEM_E_NOENT);
	shmem_handle_close(&h);
	HERE_NEED(shmem_inherited_handle("ro", &h) == 0);
	HERE_NEED(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m) == SHMEM_E_ACCESS);
	HERE_NEED(shmem_mapping_open(h, 0, 0, SHMEM_READ, &m) == 0);
	HERE_NEED(strcmp(shmem_mapping_data(m), "and back") == 0);
	return 0;
}

START_TEST(handles_are_inherited_by_name)
{
	const char *argv[] = {"self", "take-handles", NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_spawn_handle list[2] = {{"rw", NULL, SHMEM_RW},
				      {"ro", NULL, SHMEM_READ}};
	shmem_process *p = NULL;
	shmem_handle *h = NULL;
	shmem_mapping *m = NULL;

	here_ok(shmem_handle_create(5000, NULL, &h));
	here_ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	strcpy(shmem_mapping_data(m), "passed on");
	list[0].handle = h;
	list[1].handle = h;
	opts.path = here_program();
	opts.argv = argv;
	opts.handles = list;
	opts.handle_count = 2;
	here_ok(shmem_process_spawn(&opts, &p, NULL));
	here_ends(&p, 0);
	ck_assert_str_eq(shmem_mapping_data(m), "and back");
	shmem_mapping_close(&m);
	shmem_handle_close(&h);
}
END_TEST

/* Starts a sleeper, tells who that is, and dies without a word. */
static int crash(char **arg)
{
	const char *argv[] = {"self", "end", "sleep", NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_channel *c = NULL;
	shmem_message *m = NULL;
	shmem_process *p = NULL;
	int pid;

	opts.path = here_program();
	opts.argv = argv;
	opts.outlives = strcmp(arg[0], "outlives") == 0;
	HERE_NEED(shmem_inherited_channel(NULL, &c) == 0);
	HERE_NEED(shmem_process_spawn(&opts, &p, NULL) == 0);
	pid = shmem_process_pid(p);
	HERE_NEED(shmem_message_new(&pid, sizeof(pid), &m) == 0);
	HERE_NEED(shmem_channel_send(c, &m) == 0);
	HERE_NEED(shmem_channel_recv(c, HERE_WAIT, &m) == 0);
	TerminateProcess(GetCurrentProcess(), 1);
	return 0;
}

static HANDLE grandchild(const char *how, shmem_process **p, shmem_channel **c)
{
	const char *argv[] = {"self", "crash", how, NULL};
	shmem_message *m = NULL;
	HANDLE process;
	int pid;

	here_spawn(argv, NULL, p, c);
	here_ok(shmem_channel_recv(*c, HERE_WAIT, &m));
	memcpy(&pid, shmem_message_data(m), sizeof(pid));
	process =
		OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, (DWORD)pid);
	ck_assert_ptr_nonnull(process);
	here_ok(shmem_channel_send(*c, &m));
	return process;
}

START_TEST(a_program_ends_with_who_started_it)
{
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	HANDLE other = grandchild("ends", &p, &c);

	ck_assert_uint_eq(WaitForSingleObject(other, HERE_WAIT), WAIT_OBJECT_0);
	CloseHandle(other);
	shmem_channel_close(&c);
	here_ends(&p, 1);
}
END_TEST

/* Itself in the job of its parent's, which is this process, it can't leave
 * that one; but it does not end with its parent. */
START_TEST(a_program_may_outlive_who_started_it)
{
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	HANDLE other = grandchild("outlives", &p, &c);

	here_ends(&p, 1);
	ck_assert_uint_eq(WaitForSingleObject(other, 300), WAIT_TIMEOUT);
	ck_assert(TerminateProcess(other, 0));
	CloseHandle(other);
	shmem_channel_close(&c);
}
END_TEST

static const here_role roles[] = {
	{"compare", compare}, {"has-variable", has_variable}, {"end", end},
	{"has-not", has_not}, {"take-handles", take_handles}, {"crash", crash},
};

static Suite *suite(void)
{
	Suite *s = suite_create("start");
	TCase *t = tcase_create("start");

	tcase_set_timeout(t, 0);
	suite_add_tcase(s, t);
	tcase_add_test(t, arguments_arrive_as_they_were);
	tcase_add_test(t, the_environment_is_the_given_one);
	tcase_add_loop_test(t, no_such_program, 0, 3);
	tcase_add_loop_test(t, an_end_tells_how, 0, 6);
	tcase_add_test(t, what_is_not_listed_is_not_passed);
	tcase_add_test(t, handles_are_inherited_by_name);
	tcase_add_test(t, a_program_ends_with_who_started_it);
	tcase_add_test(t, a_program_may_outlive_who_started_it);
	return s;
}

int main(int argc, char **argv)
{
	return here_main(argc, argv, roles, sizeof(roles) / sizeof(*roles),
			 suite());
}
