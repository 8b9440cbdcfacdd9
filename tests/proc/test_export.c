/* SPDX-License-Identifier: MIT */
/*
 * The second protocol: handles that children of every kind take over by a text,
 * from an environment variable or a command line. This program is its own
 * child.
 */
#include "support.h"

#include <shmem/handle.h>
#include <shmem/mapping.h>

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES 10000
#define VARIABLE "SHMEM_TEST_TEXT"
#define ok(call) ck_assert_int_eq(call, 0)

/* What a child reports: an error's number, or one of these. */
#define CHILD_WROTE 100
#define CHILD_READ 101
#define CHILD_EMPTY 102
#define CHILD_WRONG 103
#define CHILD_LEAK 104

/* How many descriptors of memory this process has. */
static int memory_descriptors(void)
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

static int use(shmem_handle *h)
{
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;
	shmem_access access = shmem_handle_access(h);
	char *p;

	if (shmem_handle_size(h) == 0)
		return CHILD_EMPTY;
	if (memory_descriptors() != 1)
		return CHILD_LEAK;
	if (fcntl((int)shmem_handle_os(h), F_GETFD) != FD_CLOEXEC ||
	    shmem_mapping_open(h, 0, 0, access, &m) != 0 ||
	    shmem_mapping_size(m) != BYTES)
		return CHILD_WRONG;
	p = shmem_mapping_data(m);
	if (strcmp(p, "question") != 0)
		return CHILD_WRONG;
	if (access == SHMEM_READ)
		return CHILD_READ;
	strcpy(p, "answer");
	return CHILD_WROTE;
}

static int child(const char *text)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	shmem_handle *again = NULL;
	int err = shmem_handle_import(text, &h);

	if (err != 0)
		return -err;
	if (shmem_handle_size(h) > 0 &&
	    shmem_handle_import(text, &again) != SHMEM_E_UNTRUSTED)
		return CHILD_WRONG;
	return use(h);
}

int main(int argc, char **argv);

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
	setenv(VARIABLE, arg, 1);
	execl(program(), program(), "child", (char *)NULL);
	_exit(CHILD_WRONG);
}

static void exec_with_argument(void *arg)
{
	execl(program(), program(), "child", (char *)arg, (char *)NULL);
	_exit(CHILD_WRONG);
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

	ok(posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ));
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
	setenv(VARIABLE, text, 1);
	status = spawned(argv);
	unsetenv(VARIABLE);
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
		 "T=%s; export " VARIABLE "=$T; '%s' child; exit $?", text,
		 program());
	return spawned(argv);
}

static int by_system(char *text)
{
	char command[1024];
	int status;

	snprintf(command, sizeof(command), "'%s' child %s", program(), text);
	status = system(command);
	return status >= 0 ? (status >> 8) & 255 : CHILD_WRONG;
}

static int (*const ways[])(char *) = {by_exec_with_variable,
				      by_exec_with_argument,
				      by_posix_spawn_with_argument,
				      by_posix_spawn_with_variable,
				      by_shell,
				      by_system};
#define WAYS (int)(sizeof(ways) / sizeof(ways[0]))

static shmem_handle *handle;
static shmem_mapping *mapping;
static char text[SHMEM_HANDLE_TEXT_MAX];

static void set_up(void)
{
	ok(shmem_handle_create_mapped(BYTES, NULL, &handle, &mapping));
	strcpy(shmem_mapping_data(mapping), "question");
	ok(shmem_handle_set_inheritable(handle, true));
	ok(shmem_handle_export(handle, text, sizeof(text)));
}

static void tear_down(void)
{
	shmem_handle_close(&handle);
	shmem_mapping_close(&mapping);
}

START_TEST(child_takes_the_handle_over)
{
	ck_assert_int_eq(ways[_i](text), CHILD_WROTE);
	ck_assert_str_eq(shmem_mapping_data(mapping), "answer");
	/* And the next child, and still the parent. */
	strcpy(shmem_mapping_data(mapping), "question");
	ck_assert_int_eq(ways[_i](text), CHILD_WROTE);
	ck_assert_str_eq(shmem_mapping_data(mapping), "answer");
}
END_TEST

START_TEST(nothing_else_is_inherited)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *other = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *copy = NULL;

	ok(shmem_handle_create(BYTES, NULL, &other));
	ok(shmem_handle_duplicate(handle, SHMEM_RW, &copy));
	ck_assert_int_eq(ways[_i](text), CHILD_WROTE);
}
END_TEST

static void replace(shmem_handle *with)
{
	shmem_handle_move(&handle, &with);
	ok(shmem_handle_set_inheritable(handle, true));
	ok(shmem_handle_export(handle, text, sizeof(text)));
}

START_TEST(read_only_handle_is_read_only_there)
{
	shmem_handle *read = NULL;

	ok(shmem_handle_duplicate(handle, SHMEM_READ, &read));
	replace(read);
	ck_assert_int_eq(ways[_i](text), CHILD_READ);
}
END_TEST

START_TEST(single_writer_reaches_its_readers)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	shmem_handle *single = NULL;
	int err;

	shmem_mapping_close(&mapping);
	opts.policy = SHMEM_POLICY_SINGLE_WRITER;
	err = shmem_handle_create_mapped(BYTES, &opts, &single, &mapping);
	if (err == SHMEM_E_UNSUPPORTED)
		return;
	ok(err);
	strcpy(shmem_mapping_data(mapping), "question");
	replace(single);
	ck_assert_int_eq(ways[_i](text), CHILD_READ);
}
END_TEST

START_TEST(frozen_handle_reaches_the_child)
{
	shmem_mapping_close(&mapping);
	if (shmem_handle_freeze(&handle, &handle) == SHMEM_E_UNSUPPORTED)
		return;
	ok(shmem_handle_export(handle, text, sizeof(text)));
	ck_assert_int_eq(ways[_i](text), CHILD_READ);
}
END_TEST

START_TEST(empty_handle_reaches_the_child)
{
	shmem_handle *empty = NULL;

	ok(shmem_handle_create(0, NULL, &empty));
	replace(empty);
	ck_assert_int_eq(ways[_i](text), CHILD_EMPTY);
}
END_TEST

START_TEST(handle_that_is_not_inheritable_is_refused_there)
{
	ok(shmem_handle_set_inheritable(handle, false));
	ck_assert_int_eq(ways[_i](text), -SHMEM_E_UNTRUSTED);
	ok(shmem_handle_set_inheritable(handle, true));
	ck_assert_int_eq(ways[_i](text), CHILD_WROTE);
}
END_TEST

START_TEST(stale_text_is_refused_there)
{
	shmem_handle *other = NULL;
	int fd = (int)shmem_handle_os(handle);

	/* The number now belongs to another object of the same size, which is
	 * inherited as well. */
	shmem_handle_close(&handle);
	ok(shmem_handle_create(BYTES, NULL, &other));
	ck_assert_int_eq(shmem_handle_os(other), fd);
	ok(shmem_handle_set_inheritable(other, true));
	ck_assert_int_eq(ways[_i](text), -SHMEM_E_UNTRUSTED);
	shmem_handle_close(&other);
	/* Now to a file. */
	ck_assert_int_eq(dup2(STDERR_FILENO, fd), fd);
	ck_assert_int_eq(ways[_i](text), -SHMEM_E_UNTRUSTED);
	close(fd);
}
END_TEST

START_TEST(forged_text_is_refused_there)
{
	char forged[] = "shmem1.0.1.2.3.4";

	ck_assert_int_eq(ways[_i](forged), -SHMEM_E_INVAL);
	text[strlen(text) - 1] = '\0';
	ck_assert_int_eq(ways[_i](text), -SHMEM_E_INVAL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("export");
	TCase *t = support_case(s, "children");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, child_takes_the_handle_over, 0, WAYS);
	tcase_add_loop_test(t, nothing_else_is_inherited, 0, WAYS);
	tcase_add_loop_test(t, read_only_handle_is_read_only_there, 0, WAYS);
	tcase_add_loop_test(t, single_writer_reaches_its_readers, 0, WAYS);
	tcase_add_loop_test(t, frozen_handle_reaches_the_child, 0, WAYS);
	tcase_add_loop_test(t, empty_handle_reaches_the_child, 0, WAYS);
	tcase_add_loop_test(t, handle_that_is_not_inheritable_is_refused_there,
			    0, WAYS);
	tcase_add_loop_test(t, stale_text_is_refused_there, 0, WAYS);
	tcase_add_loop_test(t, forged_text_is_refused_there, 0, WAYS);
	return s;
}

int main(int argc, char **argv)
{
	const char *variable = getenv(VARIABLE);

	if (argc > 1 && strcmp(argv[1], "child") == 0)
		return child(argc > 2           ? argv[2]
			     : variable != NULL ? variable
						: "");
	return support_run(argc, argv, suite());
}
