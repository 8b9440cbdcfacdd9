/* SPDX-License-Identifier: MIT */
/* Every way to start a program on POSIX. */
#include "ways.h"

#include "support.h"

#include <dirent.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WRONG 103

int support_memory_handles(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int n = 0;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		char to[64] = "";

		if (readlinkat(dirfd(dir), entry->d_name, to, sizeof(to) - 1) >
		    0)
			n += strstr(to, "shmem") != NULL;
	}
	closedir(dir);
	return n;
}

/* By a name that a shell can use, too. */
static const char *program(void)
{
	static char path[256];
	ssize_t n;

	if (support_lacks(SUPPORT_NATIVE) != NULL)
		return support_self();
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	return path;
}

/* Every way to start a program, with the text in both places. */
static void exec_with_variable(void *arg)
{
	setenv(SUPPORT_WAY_VARIABLE, arg, 1);
	execl(program(), program(), "child", (char *)NULL);
	_exit(WRONG);
}

static void exec_with_argument(void *arg)
{
	execl(program(), program(), "child", (char *)arg, (char *)NULL);
	_exit(WRONG);
}

static int by_exec_with_variable(char *text)
{
	return support_child(exec_with_variable, text);
}

static int by_exec_with_argument(char *text)
{
	return support_child(exec_with_argument, text);
}

static int spawned(char **argv)
{
	pid_t pid;

	ck_assert_int_eq(posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ),
			 0);
	return support_wait(pid, 60000);
}

static int by_posix_spawn_with_argument(char *text)
{
	char path[256];
	char word[] = "child";
	char *argv[] = {path, word, text, NULL};

	snprintf(path, sizeof(path), "%s", program());
	return spawned(argv);
}

static int by_posix_spawn_with_variable(char *text)
{
	char path[256];
	char word[] = "child";
	char *argv[] = {path, word, NULL};
	int status;

	snprintf(path, sizeof(path), "%s", program());
	setenv(SUPPORT_WAY_VARIABLE, text, 1);
	status = spawned(argv);
	unsetenv(SUPPORT_WAY_VARIABLE);
	return status;
}

/* The text goes through the shell's own reading, without quotes. */
static int by_shell(char *text)
{
	char command[1024];
	char sh[] = "sh";
	char c[] = "-c";
	char *argv[] = {sh, c, command, NULL};

	snprintf(command, sizeof(command),
		 "T=%s; export " SUPPORT_WAY_VARIABLE
		 "=$T; '%s' child; exit $?",
		 text, program());
	return spawned(argv);
}

static int by_system(char *text)
{
	char command[1024];
	int status;

	snprintf(command, sizeof(command), "'%s' child %s", program(), text);
	status = system(command);
	return status >= 0 ? (status >> 8) & 255 : WRONG;
}

int (*const support_ways[SUPPORT_WAYS])(char *) = {by_exec_with_variable,
						   by_exec_with_argument,
						   by_posix_spawn_with_argument,
						   by_posix_spawn_with_variable,
						   by_shell,
						   by_system};
