/* SPDX-License-Identifier: MIT */
/* parallel-gzip: workers die at every moment, and the parent too. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gzip_run.h"

#define BLOCKS 10
#define TRIES 20

START_TEST(a_death_at_any_block_is_survived)
{
	char block[4];
	struct gzip_run run;

	snprintf(block, sizeof(block), "%d", _i);
	gzip_input("text", BLOCKS * BLOCK_BYTES, TEXT);
	GZIP_RUN(&run, NULL, "-w2", "--kill-at", block, "text");
	ck_assert_msg(run.status == 0, "%s", run.err);
	ck_assert_msg(strstr(run.out, "deaths survived   1 (") != NULL, "%s",
		      run.out);
	gzip_is_whole("text");
	ck_assert_ptr_nonnull(strstr(run.err, "a worker ended by signal 9"));
	gzip_files_are(2);
}
END_TEST

START_TEST(the_only_worker_may_die)
{
	struct gzip_run run;

	gzip_input("text", BLOCKS * BLOCK_BYTES, TEXT);
	GZIP_RUN(&run, NULL, "-w1", "--kill-one", "text");
	ck_assert_msg(run.status == 0, "%s", run.err);
	ck_assert_ptr_nonnull(strstr(run.out, "deaths survived   1 ("));
	gzip_is_whole("text");
}
END_TEST

START_TEST(the_worker_of_the_only_block_may_die)
{
	struct gzip_run run;

	gzip_input("text", 1, TEXT);
	GZIP_RUN(&run, NULL, "-w8", "--kill-one", "text");
	ck_assert_msg(run.status == 0, "%s", run.err);
	/* It may have been done already when it was killed. */
	gzip_is_whole("text");
}
END_TEST

START_TEST(many_deaths_are_survived)
{
	struct gzip_run run;

	gzip_input("text", BLOCKS * BLOCK_BYTES, TEXT);
	GZIP_RUN(&run, NULL, "-w3", "--kill-at", "0", "--kill-at", "3",
		 "--kill-at", "6", "--kill-at", "9", "--kill-at", "9", "text");
	ck_assert_msg(run.status == 0, "%s", run.err);
	gzip_is_whole("text");
	gzip_files_are(2);
}
END_TEST

START_TEST(a_block_that_kills_every_worker_is_given_up)
{
	struct gzip_run run;

	gzip_input("text", BLOCKS * BLOCK_BYTES, TEXT);
	GZIP_RUN(&run, NULL, "-qw1", "--kill-at", "0", "--kill-at", "0",
		 "--kill-at", "0", "--kill-at", "0", "text");
	gzip_said(&run, 1,
		  "block 0 of text ended 4 workers, the last by "
		  "signal 9; giving up");
	gzip_files_are(1);
}
END_TEST

START_TEST(a_block_that_kills_three_workers_is_done_by_the_fourth)
{
	struct gzip_run run;

	gzip_input("text", BLOCKS * BLOCK_BYTES, TEXT);
	GZIP_RUN(&run, NULL, "-w1", "--kill-at", "0", "--kill-at", "0",
		 "--kill-at", "0", "text");
	ck_assert_msg(run.status == 0, "%s", run.err);
	gzip_is_whole("text");
}
END_TEST

START_TEST(a_death_at_any_time_is_survived)
{
	const char *const arguments[] = {"-w2", "text", NULL};
	struct gzip_started started;
	struct gzip_run run;

	gzip_input("text", BLOCKS * BLOCK_BYTES, TEXT);
	gzip_start(&started, arguments, NULL);
	for (int kills = 0; kills < 3; kills++) {
		pid_t worker;

		support_sleep(1 + 7 * _i);
		worker = gzip_worker_of(started.pid);
		if (worker > 0)
			kill(worker, SIGKILL);
	}
	gzip_finish(&started, &run);
	ck_assert_msg(run.status == 0, "ended with %d: %s", run.status,
		      run.err);
	gzip_is_whole("text");
	gzip_files_are(2);
}
END_TEST

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

/* Until it has a worker. On a busy machine it may be done by then. */
static void start_at_work(struct gzip_started *started)
{
	const char *const arguments[] = {"-w2", "-l9", "text", NULL};
	char result[SUPPORT_PATH_MAX];

	support_path(result, "text.gz");
	unlink(result);
	gzip_start(started, arguments, NULL);
	support_eventually(gzip_worker_of(started->pid) != 0 ||
			   access(result, F_OK) == 0);
}

/* Whether the signal came before it was done. */
static bool end_by(int signal, struct gzip_run *run)
{
	struct gzip_started started;

	start_at_work(&started);
	kill(started.pid, signal);
	gzip_finish(&started, run);
	return run->status != 0;
}

START_TEST(a_signal_ends_it_with_nothing_left)
{
	struct gzip_run run;

	gzip_input("text", 2 * BLOCKS * BLOCK_BYTES, TEXT);
	for (int i = 0; i < TRIES && !end_by(signals[_i], &run); i++)
		;
	gzip_said(&run, -signals[_i], "interrupted; text.gz is not written");
	gzip_files_are(1);
}
END_TEST

static bool no_child_is_left(void)
{
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD;
}

START_TEST(workers_end_when_the_parent_is_killed)
{
	struct gzip_started started;
	int status = 0;

	gzip_input("text", 2 * BLOCKS * BLOCK_BYTES, TEXT);
	for (int i = 0; i < TRIES && status == 0; i++) {
		start_at_work(&started);
		kill(started.pid, SIGKILL);
		status = support_wait(started.pid, 60000);
		support_eventually(no_child_is_left());
		close(started.out);
		close(started.err);
	}
	ck_assert_int_eq(status, -SIGKILL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("parallel-gzip: death");
	TCase *t = support_case(s, "death");

	tcase_add_loop_test(t, a_death_at_any_block_is_survived, 0, BLOCKS);
	tcase_add_test(t, the_only_worker_may_die);
	tcase_add_test(t, the_worker_of_the_only_block_may_die);
	tcase_add_test(t, many_deaths_are_survived);
	tcase_add_test(t, a_block_that_kills_every_worker_is_given_up);
	tcase_add_test(t,
		       a_block_that_kills_three_workers_is_done_by_the_fourth);
	tcase_add_loop_test(t, a_death_at_any_time_is_survived, 0, 8);
	tcase_add_loop_test(t, a_signal_ends_it_with_nothing_left, 0, 3);
	tcase_add_test(t, workers_end_when_the_parent_is_killed);
	return s;
}
SUPPORT_MAIN(suite)
