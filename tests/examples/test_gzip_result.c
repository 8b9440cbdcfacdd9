/* SPDX-License-Identifier: MIT */
/* parallel-gzip: what it writes, for every size and number of workers. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gzip_run.h"

static const size_t sizes[] = {
	0,
	1,
	2,
	BLOCK_BYTES - 1,
	BLOCK_BYTES,
	BLOCK_BYTES + 1,
	2 * BLOCK_BYTES - 1,
	2 * BLOCK_BYTES,
	5 * BLOCK_BYTES + 4097,
};
#define SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

START_TEST(text_of_any_size_comes_back_whole)
{
	struct gzip_run run;

	gzip_input("text", sizes[_i], TEXT);
	GZIP_RUN(&run, NULL, "--workers", "2", "text");
	ck_assert_msg(run.status == 0, "%s", run.err);
	ck_assert_str_eq(run.err, "");
	gzip_is_whole("text");
	gzip_files_are(2);
}
END_TEST

START_TEST(noise_of_any_size_comes_back_whole)
{
	struct gzip_run run;

	gzip_input("noise", sizes[_i], NOISE);
	GZIP_RUN(&run, NULL, "--workers", "2", "noise");
	ck_assert_msg(run.status == 0, "%s", run.err);
	gzip_is_whole("noise");
}
END_TEST

START_TEST(any_number_of_workers_will_do)
{
	char workers[4];
	struct gzip_run run;

	snprintf(workers, sizeof(workers), "%d", _i);
	gzip_input("text", 9 * BLOCK_BYTES + 5, TEXT);
	GZIP_RUN(&run, NULL, "--workers", workers, "--quiet", "text");
	ck_assert_msg(run.status == 0, "%s", run.err);
	ck_assert_str_eq(run.out, "");
	gzip_is_whole("text");
}
END_TEST

START_TEST(every_level_comes_back_whole)
{
	char level[4];
	struct gzip_run run;

	snprintf(level, sizeof(level), "%d", _i);
	gzip_input("text", BLOCK_BYTES + 100, TEXT);
	GZIP_RUN(&run, NULL, "-w1", "-l", level, "text");
	ck_assert_msg(run.status == 0, "%s", run.err);
	gzip_is_whole("text");
}
END_TEST

START_TEST(the_table_counts_what_moved)
{
	struct gzip_run run;

	gzip_input("noise", 3 * BLOCK_BYTES, NOISE);
	GZIP_RUN(&run, NULL, "-w2", "noise");
	ck_assert_int_eq(run.status, 0);
	/* Two segments a block, there and back. */
	ck_assert_ptr_nonnull(strstr(run.out, "segments moved    12\n"));
	ck_assert_ptr_nonnull(strstr(run.out, "deaths survived   0\n"));
	ck_assert_ptr_nonnull(strstr(run.out, " MB/s"));
}
END_TEST

START_TEST(the_result_keeps_the_permissions)
{
	char path[SUPPORT_PATH_MAX];
	struct gzip_run run;
	struct stat st;

	gzip_input("text", 100, TEXT);
	support_path(path, "text");
	ck_assert_int_eq(chmod(path, 0640), 0);
	GZIP_RUN(&run, NULL, "text");
	ck_assert_int_eq(run.status, 0);
	support_path(path, "text.gz");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
}
END_TEST

START_TEST(gzip_itself_reads_it_and_finds_the_name)
{
	char command[4 * SUPPORT_PATH_MAX];
	const char *dir = support_scratch();
	struct gzip_run run;

	gzip_input("text", 2 * BLOCK_BYTES + 3, TEXT);
	GZIP_RUN(&run, NULL, "text");
	ck_assert_int_eq(run.status, 0);
	snprintf(command, sizeof(command),
		 "cd %s && gzip -t text.gz && mv text.gz other.gz && "
		 "mv text original && gzip -dqN other.gz && cmp text original",
		 dir);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

static int terminal;

static void have_terminal(void)
{
	int fd = open(ptsname(terminal), O_RDWR | O_NOCTTY);

	dup2(fd, 2);
}

START_TEST(there_is_a_bar_on_a_terminal_and_it_goes_away)
{
	struct gzip_run run;
	char shown[4096];
	ssize_t n;

	terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert(terminal >= 0);
	ck_assert(grantpt(terminal) == 0 && unlockpt(terminal) == 0);
	gzip_input("text", 3 * BLOCK_BYTES, TEXT);
	GZIP_RUN(&run, have_terminal, "text");
	ck_assert_int_eq(run.status, 0);
	n = read(terminal, shown, sizeof(shown) - 1);
	ck_assert_int_gt(n, 0);
	shown[n] = '\0';
	ck_assert_msg(strncmp(shown, "\r[", 2) == 0, "%s", shown);
	ck_assert_ptr_nonnull(strstr(shown, " %"));
	ck_assert_str_eq(shown + n - 4, "\r\033[K");
	close(terminal);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("parallel-gzip: result");
	TCase *t = support_case(s, "result");

	tcase_add_loop_test(t, text_of_any_size_comes_back_whole, 0, SIZES);
	tcase_add_loop_test(t, noise_of_any_size_comes_back_whole, 0, SIZES);
	tcase_add_loop_test(t, any_number_of_workers_will_do, 1, 9);
	tcase_add_loop_test(t, every_level_comes_back_whole, 1, 10);
	tcase_add_test(t, the_table_counts_what_moved);
	tcase_add_test(t, the_result_keeps_the_permissions);
	tcase_add_test(t, gzip_itself_reads_it_and_finds_the_name);
	tcase_add_test(t, there_is_a_bar_on_a_terminal_and_it_goes_away);
	return s;
}
SUPPORT_MAIN(suite)
