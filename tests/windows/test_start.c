/* SPDX-License-Identifier: MIT */
/* Programs: how they end, and with whom. */
#include "here.h"

static int end(char **arg)
{
	if (strcmp(arg[0], "sleep") == 0)
		Sleep(1000000);
	ExitProcess((UINT)strtoul(arg[0], NULL, 10));
}

START_TEST(a_large_exit_code_is_255)
{
	const char *argv[] = {"self", "end", "300", NULL};
	shmem_process *p = NULL;

	here_spawn(argv, NULL, &p, NULL);
	here_ends(&p, 255);
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
	{"end", end},
	{"crash", crash},
};

static Suite *suite(void)
{
	Suite *s = suite_create("start");
	TCase *t = tcase_create("start");

	tcase_set_timeout(t, 0);
	suite_add_tcase(s, t);
	tcase_add_test(t, a_large_exit_code_is_255);
	tcase_add_test(t, a_program_ends_with_who_started_it);
	tcase_add_test(t, a_program_may_outlive_who_started_it);
	return s;
}

int main(int argc, char **argv)
{
	return here_main(argc, argv, roles, sizeof(roles) / sizeof(*roles),
			 suite());
}
