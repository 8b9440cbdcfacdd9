/* SPDX-License-Identifier: MIT */
/* The end of a process: waiting for it, bringing it about. */
#include "roles.h"

#include "base/fault.h"

#include <errno.h>
#include <poll.h>
#include <shmem/shmem.h>
#include <signal.h>
#include <sys/wait.h>

static shmem_process *shell(const char *script)
{
	const char *argv[] = {"sh", "-c", script, NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_process *p = NULL;

	opts.path = "sh";
	opts.argv = argv;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	return p;
}

START_TEST(status_is_exit_code_or_signal)
{
	shmem_process *p = NULL;
	int status = -1000;

	p = shell("exit 255");
	ck_assert_int_gt(shmem_process_pid(p), 0);
	support_expect_exit(&p, 255);
	p = shell("exec sleep 1000");
	ck_assert_int_eq(kill(shmem_process_pid(p), SIGTERM), 0);
	ck_assert_int_eq(shmem_process_wait(p, -1, &status), 0);
	ck_assert_int_eq(status, -SIGTERM);
	ck_assert_int_eq(shmem_process_wait(p, 0, NULL), 0);
	status = 0;
	ck_assert_int_eq(shmem_process_wait(p, 0, &status), 0);
	ck_assert_int_eq(status, -SIGTERM);
	shmem_process_close(&p);
}
END_TEST

static void check_waits(void)
{
	shmem_process *p = NULL;
	int status = 5;

	p = shell("exec sleep 1000");
	ck_assert_int_eq(shmem_process_wait(p, 0, &status), SHMEM_E_AGAIN);
	ck_assert_int_eq(shmem_process_wait(p, 20, &status), SHMEM_E_TIMEDOUT);
	ck_assert_int_eq(status, 5);
	ck_assert_int_eq(shmem_process_kill(p), 0);
	ck_assert_int_eq(shmem_process_kill(p), 0);
	ck_assert_int_eq(shmem_process_wait(p, -1, &status), 0);
	ck_assert_int_eq(status, -SIGKILL);
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
	shmem__fault_arm(1, ENOSYS, "syscall");
	check_waits();
	ck_assert_str_eq(shmem__fault_hit(), "syscall");
	shmem__fault_arm(1, ENOSYS, "syscall");
	p = shell("exit 0");
	ck_assert_int_eq(shmem_process_pollable(p), SHMEM_OS_HANDLE_INVALID);
	shmem__fault_arm(0, 0, NULL);
	support_expect_exit(&p, 0);
}
END_TEST

START_TEST(pollable_becomes_readable_at_the_end)
{
	shmem_process *p = NULL;
	struct pollfd fd = {.events = POLLIN};

	support_needs(SUPPORT_PIDFD);
	p = shell("exec sleep 1000");
	fd.fd = (int)shmem_process_pollable(p);
	ck_assert_int_ge(fd.fd, 0);
	ck_assert_int_eq(poll(&fd, 1, 20), 0);
	ck_assert_int_eq(shmem_process_kill(p), 0);
	ck_assert_int_eq(poll(&fd, 1, 60000), 1);
	ck_assert_int_eq(shmem_process_wait(p, 0, NULL), 0);
	ck_assert_int_eq(poll(&fd, 1, 0), 1);
	shmem_process_close(&p);
}
END_TEST

START_TEST(process_that_others_reaped_is_a_state)
{
	shmem_process *p = NULL;

	p = shell("exit 0");
	ck_assert_int_eq(waitpid(shmem_process_pid(p), NULL, 0),
			 shmem_process_pid(p));
	ck_assert_int_eq(shmem_process_wait(p, -1, NULL), SHMEM_E_STATE);
	ck_assert_int_eq(shmem_process_wait(p, 0, NULL), SHMEM_E_STATE);
	ck_assert_int_eq(shmem_process_kill(p), 0);
	shmem_process_close(&p);
}
END_TEST

START_TEST(closing_reaps_the_dead_and_leaves_the_living)
{
	shmem_process *p = NULL;
	struct pollfd fd = {.events = POLLIN};
	pid_t pid;

	support_needs(SUPPORT_PIDFD);
	p = shell("exit 0");
	fd.fd = (int)shmem_process_pollable(p);
	ck_assert_int_eq(poll(&fd, 1, 60000), 1);
	shmem_process_close(&p);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	p = shell("exec sleep 1000");
	pid = shmem_process_pid(p);
	shmem_process_close(&p);
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	shmem_process_close(&p);
	shmem_process_close(NULL);
}
END_TEST

/* Without a file descriptor for it, or with one that waitid does not know. */
START_TEST(failing_calls_are_told_or_repeated)
{
	static const int natives[] = {EINTR, EINVAL, EPERM, EIO};

	for (size_t i = 0; i < sizeof(natives) / sizeof(*natives); i++)
		for (unsigned long k = 1;; k++) {
			shmem_process *p = shell("exec sleep 1000");
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
			ck_assert(natives[i] != EINTR || killed != 0 ||
				  err == 0);
			ck_assert_int_eq(shmem_process_kill(p), 0);
			support_expect_exit(&p, -SIGKILL);
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
SUPPORT_MAIN(suite)
