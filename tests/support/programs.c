/* SPDX-License-Identifier: MIT */
/* Programs that a test starts, and what they find. */
#include "roles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAR 300 /* a descriptor number that nothing else uses */
#define STANDARD 3

/* ---- what was inherited ---- */

int support_role_count(char **arg)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	long expected = strtol(arg[0], NULL, 10);
	long count = 0;

	SUPPORT_NEED(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		long fd = strtol(entry->d_name, NULL, 10);

		if (entry->d_name[0] == '.' || fd == dirfd(dir))
			continue;
		SUPPORT_NEED(fd < expected);
		count++;
	}
	closedir(dir);
	SUPPORT_NEED(count == expected);
	return 0;
}

static int kept[STANDARD];
static int output[2];

/* What lies in the place of standard input is not for the program. */
void support_streams_replace(void)
{
	for (int fd = 0; fd < STANDARD; fd++)
		kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, FAR);
	ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
	dup2(output[1], 1);
	close(0);
	ck_assert_int_eq(memfd_create("not input", MFD_CLOEXEC), 0);
	close(2);
}

void support_streams_restore(void)
{
	for (int fd = 0; fd < STANDARD; fd++) {
		dup2(kept[fd], fd);
		close(kept[fd]);
	}
	close(output[0]);
	close(output[1]);
}

int support_role_streams(char **arg)
{
	struct stat null;
	struct stat st;

	(void)arg;
	SUPPORT_NEED(stat("/dev/null", &null) == 0);
	SUPPORT_NEED(fstat(0, &st) == 0 && st.st_rdev == null.st_rdev);
	SUPPORT_NEED(fstat(2, &st) == 0 && st.st_rdev == null.st_rdev);
	SUPPORT_NEED(fstat(1, &st) == 0 && S_ISFIFO(st.st_mode));
	return 0;
}

intptr_t support_stranger(void)
{
	return open("/dev/null", O_RDONLY);
}

intptr_t support_far(intptr_t os)
{
	int fd = fcntl((int)os, F_DUPFD, FAR);

	ck_assert_int_ge(fd, 0);
	return fd;
}

void support_variable(const char *name, const char *value)
{
	if (value != NULL)
		ck_assert_int_eq(setenv(name, value, 1), 0);
	else
		ck_assert_int_eq(unsetenv(name), 0);
}

/* ---- other programs ---- */

void support_self_as(const char *name)
{
	char link[SUPPORT_PATH_MAX];
	char self[PATH_MAX] = "";

	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
	support_path(link, name);
	ck_assert_int_eq(symlink(self, link), 0);
}

static pid_t begin(const char *role, const char *arg)
{
	pid_t pid = fork();

	SUPPORT_NEED(pid >= 0);
	if (pid == 0)
		support_become_role(role, arg);
	return pid;
}

int support_start_role(const char *role, const char *arg)
{
	pid_t pid = begin(role, arg);
	int status = -1;

	SUPPORT_NEED(waitpid(pid, &status, 0) == pid);
	return status;
}

void support_leave_role(const char *role, const char *arg)
{
	(void)begin(role, arg);
}

void support_become_role(const char *role, const char *arg)
{
	execl(SUPPORT_SELF, SUPPORT_SELF, role, arg, NULL);
	_exit(98);
}

/* ---- the end ---- */

void support_fault(void)
{
	/* Of no use to anybody, but no null pointer, which UBSan would see. */
	void *page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct rlimit no_core = {0, 0};

	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGSEGV, SIG_DFL);
	*(volatile int *)page = 1;
}

void support_no_process(void)
{
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

bool support_runs(int pid)
{
	return waitpid(pid, NULL, WNOHANG) == 0;
}

void support_end(int pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	support_reap(pid);
}

void support_reap(int pid)
{
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
