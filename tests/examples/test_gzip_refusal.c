/* SPDX-License-Identifier: MIT */
/* parallel-gzip: one clear line, and nothing left behind, for what can't be. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gzip_run.h"

START_TEST(a_missing_file_is_refused)
{
	struct gzip_run run;

	GZIP_RUN(&run, NULL, "missing");
	gzip_said(&run, 1, "cannot read missing: No such file");
	gzip_files_are(0);
}
END_TEST

START_TEST(a_directory_is_refused)
{
	struct gzip_run run;

	GZIP_RUN(&run, NULL, ".");
	gzip_said(&run, 1, "it is a directory");
	gzip_files_are(0);
}
END_TEST

START_TEST(a_pipe_is_refused_without_waiting)
{
	char path[SUPPORT_PATH_MAX];
	struct gzip_run run;

	support_path(path, "pipe");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	GZIP_RUN(&run, NULL, "pipe");
	gzip_said(&run, 1, "not a regular file");
	gzip_files_are(1);
}
END_TEST

/* Root, too, is then bound by permissions. */
static void obey_permissions(void)
{
	prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
	prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
}

static void set_mode(const char *name, mode_t mode)
{
	char path[SUPPORT_PATH_MAX];

	support_path(path, name);
	ck_assert_int_eq(chmod(path, mode), 0);
}

START_TEST(a_file_without_permission_is_refused)
{
	struct gzip_run run;

	gzip_input("text", 10, TEXT);
	set_mode("text", 0);
	GZIP_RUN(&run, obey_permissions, "text");
	gzip_said(&run, 1, "cannot read text: Permission denied");
	gzip_files_are(1);
}
END_TEST

START_TEST(a_folder_without_permission_is_refused)
{
	struct gzip_run run;

	gzip_input("text", 10, TEXT);
	set_mode("", 0500);
	GZIP_RUN(&run, obey_permissions, "text");
	set_mode("", 0700);
	gzip_said(&run, 1, "cannot write text.gz: Permission denied");
	gzip_files_are(1);
}
END_TEST

START_TEST(an_existing_result_is_refused_and_kept)
{
	struct gzip_run run;
	char kept[4] = "";
	int fd;

	gzip_input("text", 10, TEXT);
	fd = support_file("text.gz", "old", 3);
	GZIP_RUN(&run, NULL, "text");
	gzip_said(&run, 1, "text.gz already exists; --force replaces it");
	ck_assert_int_eq(pread(fd, kept, sizeof(kept), 0), 3);
	ck_assert_str_eq(kept, "old");
	close(fd);
	gzip_files_are(2);
}
END_TEST

START_TEST(force_replaces_an_existing_result)
{
	struct gzip_run run;

	gzip_input("text", 10, TEXT);
	close(support_file("text.gz", "old", 3));
	GZIP_RUN(&run, NULL, "--force", "text");
	ck_assert_msg(run.status == 0, "%s", run.err);
	gzip_is_whole("text");
	gzip_files_are(2);
}
END_TEST

/* Room for each segment, but not for the result. */
static void limit_file_size(void)
{
	const struct rlimit limit = {3 * BLOCK_BYTES, 3 * BLOCK_BYTES};

	setrlimit(RLIMIT_FSIZE, &limit);
}

START_TEST(a_file_size_limit_is_told_and_nothing_is_left)
{
	struct gzip_run run;

	gzip_input("noise", 4 * BLOCK_BYTES, NOISE);
	GZIP_RUN(&run, limit_file_size, "-w2", "noise");
	gzip_said(&run, 1, "cannot write noise.gz: File too large");
	gzip_files_are(1);
}
END_TEST

/* A disk of 3 MiB, seen by this process and its children only. */
static bool mount_small_disk(const char *path)
{
	if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS))
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("small", path, "tmpfs", 0, "size=3m") == 0;
}

START_TEST(a_full_disk_is_told_and_nothing_is_left)
{
	const char *path = support_scratch();
	struct gzip_run run;

	if (!mount_small_disk(path)) {
		fprintf(stderr, "not tested, may not mount a disk: %s\n",
			strerror(errno));
		return;
	}
	gzip_input("noise", 2 * BLOCK_BYTES, NOISE);
	GZIP_RUN(&run, NULL, "-w2", "noise");
	gzip_said(&run, 1, "cannot write noise.gz: No space left on device");
	gzip_files_are(1);
	ck_assert_int_eq(umount2(path, MNT_DETACH), 0);
}
END_TEST

static void limit_descriptors(void)
{
	const struct rlimit limit = {9, 9};

	setrlimit(RLIMIT_NOFILE, &limit);
}

START_TEST(too_few_descriptors_are_told_and_nothing_is_left)
{
	struct gzip_run run;

	gzip_input("text", 4 * BLOCK_BYTES, TEXT);
	GZIP_RUN(&run, limit_descriptors, "-w4", "text");
	gzip_said(&run, 1, "worker: ");
	gzip_files_are(1);
}
END_TEST

static void append(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	ck_assert_int_eq(write(fd, "more", 4), 4);
	close(fd);
}

static void shorten(const char *path)
{
	ck_assert_int_eq(truncate(path, 1), 0);
}

static void (*const changes[])(const char *path) = {append, shorten};

START_TEST(a_file_that_changes_is_refused)
{
	const char *const arguments[] = {"-w1", "-l9", "text", NULL};
	struct gzip_started started;
	struct gzip_run run;
	char path[SUPPORT_PATH_MAX];

	gzip_input("text", 12 * BLOCK_BYTES, TEXT);
	support_path(path, "text");
	gzip_start(&started, arguments, NULL);
	support_eventually(gzip_worker_of(started.pid) != 0);
	changes[_i](path);
	gzip_finish(&started, &run);
	gzip_said(&run, 1, "text changed while it was compressed");
	gzip_files_are(1);
}
END_TEST

static const char *const wrong_lines[][4] = {
	{NULL},
	{"a", "b", NULL},
	{"--workers", "0", "a", NULL},
	{"--workers", "65", "a", NULL},
	{"--workers", "2x", "a", NULL},
	{"--level", "10", "a", NULL},
	{"--level", "-1", "a", NULL},
	{"--kill-at", "", "a", NULL},
	{"--bogus", "a", NULL},
};
#define WRONG_LINES ((int)(sizeof(wrong_lines) / sizeof(wrong_lines[0])))

START_TEST(a_wrong_command_line_is_refused)
{
	struct gzip_run run;

	gzip_run(&run, wrong_lines[_i], NULL);
	gzip_said(&run, 2, "");
	gzip_files_are(0);
}
END_TEST

START_TEST(help_is_given)
{
	struct gzip_run run;

	GZIP_RUN(&run, NULL, "--help");
	ck_assert_int_eq(run.status, 0);
	ck_assert_ptr_nonnull(strstr(run.out, "Usage: parallel-gzip"));
	ck_assert_str_eq(run.err, "");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("parallel-gzip: refusal");
	TCase *t = support_case(s, "refusal");

	tcase_add_test(t, a_missing_file_is_refused);
	tcase_add_test(t, a_directory_is_refused);
	tcase_add_test(t, a_pipe_is_refused_without_waiting);
	tcase_add_test(t, a_file_without_permission_is_refused);
	tcase_add_test(t, a_folder_without_permission_is_refused);
	tcase_add_test(t, an_existing_result_is_refused_and_kept);
	tcase_add_test(t, force_replaces_an_existing_result);
	tcase_add_test(t, a_file_size_limit_is_told_and_nothing_is_left);
	tcase_add_test(t, a_full_disk_is_told_and_nothing_is_left);
	tcase_add_test(t, too_few_descriptors_are_told_and_nothing_is_left);
	tcase_add_loop_test(t, a_file_that_changes_is_refused, 0, 2);
	tcase_add_loop_test(t, a_wrong_command_line_is_refused, 0, WRONG_LINES);
	tcase_add_test(t, help_is_given);
	return s;
}
SUPPORT_MAIN(suite)
