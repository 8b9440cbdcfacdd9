/* SPDX-License-Identifier: MIT */
/* A folder for a test's files, which goes when the test goes. */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The program's folder, made before the tests are forked and removed after all
 * of them, whatever became of them; and in it one for each test. */
static char program[SUPPORT_PATH_MAX / 2];
static char test[SUPPORT_PATH_MAX / 2 + 16];
static pid_t program_pid;
static pid_t test_pid;

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

/* What programs that were killed have left, some time ago: another container's
 * may look dead from here. */
static void remove_stale(void)
{
	DIR *dir = opendir("/tmp");
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char path[sizeof(entry->d_name) + 8];
		struct stat st;
		int pid;

		snprintf(path, sizeof(path), "/tmp/%s", entry->d_name);
		if (sscanf(entry->d_name, "shmem-test.%d.", &pid) == 1 &&
		    kill(pid, 0) != 0 && errno == ESRCH &&
		    lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
		    st.st_uid == geteuid() && st.st_ctime < time(NULL) - 1800)
			nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	if (dir != NULL)
		closedir(dir);
}

void support_scratch_make(void)
{
	remove_stale();
	snprintf(program, sizeof(program), "/tmp/shmem-test.%d.XXXXXX",
		 (int)getpid());
	if (mkdtemp(program) == NULL) {
		fprintf(stderr, "%s: %s\n", program, strerror(errno));
		exit(EXIT_FAILURE);
	}
	program_pid = getpid();
}

void support_scratch_remove(void)
{
	if (getpid() == program_pid)
		nftw(program, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	else if (getpid() == test_pid)
		nftw(test, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	test_pid = 0;
}

const char *support_scratch(void)
{
	if (test_pid == 0) {
		snprintf(test, sizeof(test), "%s/%d", program, (int)getpid());
		ck_assert_msg(mkdir(test, 0700) == 0, "%s: %s", test,
			      strerror(errno));
		test_pid = getpid();
	}
	return test;
}

void support_path(char out[SUPPORT_PATH_MAX], const char *name)
{
	int n = snprintf(out, SUPPORT_PATH_MAX, "%s/%s", support_scratch(),
			 name);

	ck_assert_int_lt(n, SUPPORT_PATH_MAX);
}

int support_file(const char *name, const void *bytes, size_t len)
{
	char path[SUPPORT_PATH_MAX];
	int fd;

	support_path(path, name);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

int support_output_close(void)
{
	int kept;

	fflush(stdout);
	kept = dup(1);
	ck_assert_int_ge(kept, 0);
	close(1);
	return kept;
}

void support_output_restore(int kept)
{
	ck_assert_int_eq(dup2(kept, 1), 1);
	close(kept);
}
