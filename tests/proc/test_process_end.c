/* SPDX-License-Identifier: MIT */
/* The end of a process: waiting for it, bringing it about. */
#include "roles.h"

#include "base/fault.h"

#include <errno.h>
#include <shmem/shmem.h>
#ifdef _WIN32
#include <windows.h>
#endif

#define KILLED (-9)

static int role_exit(char **arg)
{
	return (int)strtol(arg[0], NULL, 10);
}

static int role_sleep(char **arg)
{
	(void)arg;
	support_sleep(1000000);
	return 0;
}

static int role_fault(char **arg)
{
	(void)arg;
	support_fault();
	return 0;
}

static const support_role roles[] = {
	{"exit", role_exit},
	{"sleep", role_sleep},
	{"fault", role_fault},
};

static shmem_process *started(const char *role, const char *arg)
{
	shmem_process *p = NULL;

	ck_assert_int_eq(support_spawn(role, arg, NULL, 0, &p), 0);
	return p;
}

START_TEST(status_is_exit_code_or_signal)
{
	static const struct {
		const char *code;
		int status;
	} exits[] = {{"0", 0}, {"7", 7}, {"255", 255}};
	shmem_process *p = NULL;
	int status = -1000;

	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		p = started("exit", exits[i].code);
		ck_assert_int_gt(shmem_process_pid(p), 0);
		support_expect_exit(&p, exits[i].status);
	}
	p = started("fault", NULL);
	ck_assert_int_eq(shmem_process_wait(p, -1, &status), 0);
	ck_assert_int_eq(status, SUPPORT_FAULT);
	ck_assert_int_eq(shmem_process_wait(p, 0, NULL), 0);
	status = 0;
	ck_assert_int_eq(shmem_process_wait(p, 0, &status), 0);
	ck_assert_int_eq(status, SUPPORT_FAULT);
	shmem_process_close(&p);
}
END_TEST

static void check_waits(void)
{
	shmem_process *p = NULL;
	int status = 5;

	p = started("sleep", NULL);
	ck_assert_int_eq(shmem_process_wait(p, 0, &status), SHMEM_E_AGAIN);
	ck_assert_int_eq(shmem_process_wait(p, 20, &status), SHMEM_E_TIMEDOUT);
	ck_assert_int_eq(status, 5);
	ck_assert_int_eq(shmem_process_kill(p), 0);
	ck_assert_int_eq(shmem_process_kill(p), 0);
	ck_assert_int_eq(shmem_process_wait(p, -1, &status), 0);
	ck_assert_int_eq(status, KILLED);
	ck_assert_int_eq(shmem_process_kill(p), 0);
	shmem_process_close(&p);
}

START_TEST(waiting_obeys_its_timeout)
{
	check_waits();
}
END_TEST

START_TEST(without_pidfd_waiting_works_too)
{
	shmem_process *p = NULL;

	support_needs(SUPPORT_PIDFD);
	support_needs(SUPPORT_ERRNO);
	shmem__fault_arm(1, ENOSYS, "syscall");
	check_waits();
	ck_assert_str_eq(shmem__fault_hit(), "syscall");
	shmem__fault_arm(1, ENOSYS, "syscall");
	p = started("exit", "0");
	ck_assert_int_eq(shmem_process_pollable(p), SHMEM_OS_HANDLE_INVALID);
	shmem__fault_arm(0, 0, NULL);
	support_expect_exit(&p, 0);
}
END_TEST

START_TEST(pollable_becomes_readable_at_the_end)
{
	shmem_process *p = NULL;
	shmem_os_handle pollable;

	support_needs(SUPPORT_PIDFD);
	p = started("sleep", NULL);
	pollable = shmem_process_pollable(p);
	ck_assert_int_ne(pollable, SHMEM_OS_HANDLE_INVALID);
	ck_assert(!support_readable(pollable, 20));
	ck_assert_int_eq(shmem_process_kill(p), 0);
	ck_assert(support_readable(pollable, 60000));
	ck_assert_int_eq(shmem_process_wait(p, 0, NULL), 0);
	ck_assert(support_readable(pollable, 0));
	shmem_process_close(&p);
}
END_TEST

START_TEST(process_that_others_reaped_is_a_state)
{
	shmem_process *p = NULL;

	support_needs(SUPPORT_REAPED);
	p = started("exit", "0");
	support_reap(shmem_process_pid(p));
	ck_assert_int_eq(shmem_process_wait(p, -1, NULL), SHMEM_E_STATE);
	ck_assert_int_eq(shmem_process_wait(p, 0, NULL), SHMEM_E_STATE);
	ck_assert_int_eq(shmem_process_kill(p), 0);
	shmem_process_close(&p);
}
END_TEST

START_TEST(closing_reaps_the_dead_and_leaves_the_living)
{
	shmem_process *p = NULL;
	int pid;

	support_needs(SUPPORT_PIDFD);
	p = started("exit", "0");
	ck_assert(support_readable(shmem_process_pollable(p), 60000));
	shmem_process_close(&p);
	support_no_process();
	p = started("sleep", NULL);
	pid = shmem_process_pid(p);
	shmem_process_close(&p);
	ck_assert(support_runs(pid));
	support_end(pid);
	shmem_process_close(&p);
	shmem_process_close(NULL);
}
END_TEST

/* Without a file descriptor for it, or with one that waitid does not know. */
#ifdef _WIN32
#define INTERRUPTED 0 /* no call is */
static const int natives[] = {ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED};
#else
#define INTERRUPTED EINTR
static const int natives[] = {EINTR, EINVAL, EPERM, EIO};
#endif

START_TEST(failing_calls_are_told_or_repeated)
{
	for (size_t i = 0; i < sizeof(natives) / sizeof(*natives); i++)
		for (unsigned long k = 1;; k++) {
			shmem_process *p = started("sleep", NULL);
			const char *hit;
			int killed;
			int err;

			shmem__fault_arm(k, natives[i], NULL);
			killed = shmem_process_kill(p);
			err = shmem_process_wait(p, killed == 0 ? 60000 : 0,
						 NULL);
			hit = shmem__fault_hit();
			shmem__fault_arm(0, 0, NULL);
			ck_assert(killed == 0 || killed == SHMEM_E_SYS ||
				  killed == SHMEM_E_ACCESS);
			ck_assert(err == 0 || err == SHMEM_E_SYS ||
				  (err == SHMEM_E_AGAIN && killed != 0));
			ck_assert(natives[i] != INTERRUPTED || killed != 0 ||
				  err == 0);
			ck_assert_int_eq(shmem_process_kill(p), 0);
			support_expect_exit(&p, KILLED);
			if (hit == NULL)
				break;
		}
}
END_TEST

START_TEST(null_processes_are_refused)
{
	ck_assert_int_eq(shmem_process_wait(NULL, 0, NULL), SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_process_kill(NULL), SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_process_pid(NULL), 0);
	ck_assert_int_eq(shmem_process_pollable(NULL), SHMEM_OS_HANDLE_INVALID);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("process_end");
	TCase *c = support_case(s, "process_end");

	tcase_add_checked_fixture(c, NULL, support_no_process);
	tcase_add_test(c, status_is_exit_code_or_signal);
	tcase_add_test(c, waiting_obeys_its_timeout);
	tcase_add_test(c, without_pidfd_waiting_works_too);
	tcase_add_test(c, pollable_becomes_readable_at_the_end);
	tcase_add_test(c, process_that_others_reaped_is_a_state);
	tcase_add_test(c, closing_reaps_the_dead_and_leaves_the_living);
	tcase_add_test(c, failing_calls_are_told_or_repeated);
	tcase_add_test(c, null_processes_are_refused);
	return s;
}
SUPPORT_MAIN_WITH_ROLES(roles, suite)
