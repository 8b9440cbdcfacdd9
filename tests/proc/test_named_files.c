/* SPDX-License-Identifier: MIT */
/*
 * Named objects as files: of a creator that is killed at each of its system
 * calls, in a /dev/shm that has little room, without one.
 */
#include "base/fault.h"
#include "support.h"

#include <shmem/handle.h>
#include <shmem/mapping.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES 10000
#define CREATE SHMEM_OPEN_CREATE
#define EXCLUSIVE (SHMEM_OPEN_CREATE | SHMEM_OPEN_EXCLUSIVE)
#define ok(call) ck_assert_int_eq(call, 0)
#define fails(error, call) ck_assert_int_eq(call, error)

static char name[64];

static void set_up(void)
{
	support_private_shm("mode=1777");
	snprintf(name, sizeof(name), "test-files.%d", (int)getpid());
}

static void tear_down(void)
{
	shmem_handle_unlink_named(name);
}

/* A creator that stops at each of its system calls, without nameless files if
 * `old`. */
static void create_stopping(void *arg)
{
	int old = *(int *)arg;
	shmem_handle *h = NULL;

	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	if (old && support_lacks(SUPPORT_NAMELESS) == NULL)
		shmem__fault_arm(2, EOPNOTSUPP, "openat");
	_exit(shmem_handle_open_named(name, BYTES, CREATE, SHMEM_RW, &h) != 0);
}

static size_t leftovers(void)
{
	DIR *dir = opendir("/dev/shm");
	const struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(dir)) != NULL)
		n += strncmp(entry->d_name, ".shmem.", 7) == 0;
	closedir(dir);
	return n;
}

/* What anybody may find while the creator is at any of its steps. */
static bool find_nothing_or_all(void)
{
	shmem_handle *h = NULL;
	int err = shmem_handle_open_named(name, 0, 0, SHMEM_RW, &h);

	ck_assert(err == 0 || err == SHMEM_E_NOENT);
	if (err == 0)
		ck_assert_uint_eq(shmem_handle_size(h), BYTES);
	shmem_handle_close(&h);
	return err == 0;
}

static int each_nothing(const shmem_named_info *info, void *arg)
{
	(void)info;
	(void)arg;
	return 0;
}

/* Kills the creator at its k-th stop; false when it has ended before. */
static bool kill_at(int k, int old)
{
	pid_t child = support_fork(create_stopping, &old);
	shmem_handle *h = NULL;
	int status;
	bool ended = false;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	for (int i = 0; i < k && !ended; i++) {
		ptrace(PTRACE_SYSCALL, child, NULL, NULL);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ended = !WIFSTOPPED(status);
	}
	if (!ended) {
		find_nothing_or_all();
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	} else {
		ok(WEXITSTATUS(status));
	}
	if (find_nothing_or_all())
		ok(shmem_named_unlink(name)); /* it has no users any more */
	ok(shmem_handle_open_named(name, BYTES, EXCLUSIVE, SHMEM_RW, &h));
	ok(shmem_handle_unlink_named(name));
	shmem_handle_close(&h);
	ok(shmem_named_list(each_nothing, NULL));
	ck_assert_uint_eq(leftovers(), 0);
	return !ended;
}

START_TEST(creator_killed_at_any_step_leaves_nothing_or_all)
{
	int k = 1;

	support_needs(SUPPORT_PTRACE);
	while (kill_at(k, _i))
		k++;
	/* It made at least so many calls, each with two stops. */
	ck_assert_int_gt(k, 10);
}
END_TEST

static void in_one_mib(void *arg)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;
	shmem_handle *more = NULL;
	struct statvfs fs;

	(void)arg;
	if (!support_private_shm("size=1m,mode=1777"))
		_exit(0); /* not allowed here */
	fails(SHMEM_E_NOSPACE,
	      shmem_handle_open_named("a", 2 << 20, CREATE, SHMEM_RW, &h));
	fails(SHMEM_E_NOENT, shmem_handle_unlink_named("a"));
	ok(shmem_handle_open_named("a", 768 << 10, CREATE, SHMEM_RW, &h));
	fails(SHMEM_E_NOSPACE,
	      shmem_handle_open_named("b", 512 << 10, CREATE, SHMEM_RW, &more));
	/* Every byte that was promised is there: no SIGBUS. */
	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	memset(shmem_mapping_data(m), 1, shmem_mapping_size(m));
	/* Gone with its last user. */
	ok(shmem_handle_unlink_named("a"));
	shmem_handle_close(&h);
	ok(statvfs("/dev/shm", &fs));
	ck_assert_uint_lt(fs.f_bfree * fs.f_frsize, 512 << 10);
	shmem_mapping_close(&m);
	ok(statvfs("/dev/shm", &fs));
	ck_assert_uint_eq(fs.f_bfree, fs.f_blocks);
	ok(shmem_handle_open_named("b", 512 << 10, CREATE, SHMEM_RW, &h));
}

START_TEST(small_dev_shm_says_no_space_at_once)
{
	ok(support_child(in_one_mib, NULL));
}
END_TEST

static void with_few_files(void *arg)
{
	shmem_handle *h[8] = {NULL};
	int err = 0;
	int n = 0;

	(void)arg;
	if (!support_private_shm("nr_inodes=4,mode=1777"))
		_exit(0);
	while (err == 0 && n < 8) {
		char each[16];

		snprintf(each, sizeof(each), "%d", n);
		err = shmem_handle_open_named(each, 1, CREATE, SHMEM_RW, &h[n]);
		if (err == 0)
			n++;
	}
	fails(SHMEM_E_NOSPACE, err);
	ck_assert_int_gt(n, 0);
}

START_TEST(too_many_names_are_no_space)
{
	ok(support_child(with_few_files, NULL));
}
END_TEST

static void without_dev_shm(void *arg)
{
	shmem_handle *h = NULL;

	(void)arg;
	if (!support_private_shm(NULL) ||
	    mount("test", "/dev", "tmpfs", 0, NULL) != 0)
		_exit(0);
	fails(SHMEM_E_UNSUPPORTED,
	      shmem_handle_open_named("a", 1, CREATE, SHMEM_RW, &h));
	ck_assert_int_eq(shmem_os_error(), ENOENT);
	fails(SHMEM_E_UNSUPPORTED, shmem_named_list(each_nothing, NULL));
}

START_TEST(system_without_dev_shm_says_so)
{
	ok(support_child(without_dev_shm, NULL));
}
END_TEST

static void without_proc(void *arg)
{
	shmem_handle *h = NULL;
	shmem_handle *copy = NULL;
	int err;

	(void)arg;
	if (!support_private_shm(NULL) ||
	    mount("test", "/proc", "tmpfs", 0, NULL) != 0)
		_exit(0);
	ok(shmem_handle_open_named(name, BYTES, CREATE, SHMEM_RW, &h));
	err = shmem_handle_duplicate(h, SHMEM_READ, &copy);
	ck_assert(err == SHMEM_E_SYS || err == 0); /* 0: the posix backend */
	shmem_handle_close(&copy);
	ok(shmem_handle_open_named(name, BYTES, 0, SHMEM_READ, &copy));
	shmem_handle_close(&copy);
	ok(shmem_handle_unlink_named(name));
	ok(shmem_handle_open_named(name, BYTES, CREATE, SHMEM_READ, &copy));
	ck_assert_uint_eq(leftovers(), 0);
}

START_TEST(system_without_proc_has_names_all_the_same)
{
	ok(support_child(without_proc, NULL));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("named_files");
	TCase *t = support_case(s, "deaths");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, creator_killed_at_any_step_leaves_nothing_or_all,
			    0, 2);
	t = support_case(s, "limits");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, small_dev_shm_says_no_space_at_once);
	tcase_add_test(t, too_many_names_are_no_space);
	tcase_add_test(t, system_without_dev_shm_says_so);
	tcase_add_test(t, system_without_proc_has_names_all_the_same);
	return s;
}
SUPPORT_MAIN(suite)
