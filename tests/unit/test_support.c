/* SPDX-License-Identifier: MIT */
/* The tests' own tools: that a leak is seen, and that nothing else is. */
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES 65536

static char report[4096];

static size_t differences(const support_state *before)
{
	return support_state_compare(before, report, sizeof(report));
}

START_TEST(open_descriptor_is_seen)
{
	support_state *before = support_state_take();
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_uint_eq(differences(before), 1);
	ck_assert_ptr_nonnull(strstr(report, "new descriptor"));
	ck_assert_ptr_nonnull(strstr(report, "/dev/null"));
	close(fd);
	ck_assert_uint_eq(differences(before), 0);
	support_state_free(before);
}
END_TEST

START_TEST(closed_descriptor_is_seen)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	support_state *before = support_state_take();

	close(fd);
	ck_assert_uint_eq(differences(before), 1);
	ck_assert_ptr_nonnull(strstr(report, "gone descriptor"));
	support_state_free(before);
}
END_TEST

START_TEST(shared_mapping_is_seen)
{
	support_state *before = support_state_take();
	int fd = memfd_create("leak", MFD_CLOEXEC);
	void *p;

	ck_assert_int_eq(ftruncate(fd, BYTES), 0);
	p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	close(fd);
	ck_assert_uint_eq(differences(before), 1);
	ck_assert_ptr_nonnull(strstr(report, "/memfd:leak"));
	munmap(p, BYTES);
	ck_assert_uint_eq(differences(before), 0);
	support_state_free(before);
}
END_TEST

START_TEST(reserved_range_is_seen)
{
	support_state *before;
	void *p;

	support_needs(SUPPORT_NATIVE);
	before = support_state_take();
	p = mmap(NULL, BYTES, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_int_eq(madvise(p, BYTES, MADV_DONTFORK), 0);
	ck_assert_uint_eq(differences(before), 1);
	munmap(p, BYTES);
	ck_assert_uint_eq(differences(before), 0);
	support_state_free(before);
}
END_TEST

static void *allocate(void *arg)
{
	(void)arg;
	void *volatile p = malloc(1 << 20);

	free(p);
	return NULL;
}

START_TEST(threads_and_heaps_are_not_leaks)
{
	support_state *before = support_state_take();
	pthread_t thread[4];

	for (size_t i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, allocate, NULL);
	for (size_t i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	ck_assert_msg(differences(before) == 0, "%s", report);
	support_state_free(before);
}
END_TEST

static void end_with(void *arg)
{
	int *code = arg;

	if (*code != 0)
		_exit(*code);
}

static void sleep_for_ever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

START_TEST(child_tells_its_exit_code)
{
	int code = 0;

	ck_assert_int_eq(support_child(end_with, &code), 0);
	code = 7;
	ck_assert_int_eq(support_child(end_with, &code), 7);
}
END_TEST

START_TEST(child_tells_its_signal)
{
	pid_t child = support_fork(sleep_for_ever, NULL);

	kill(child, SIGKILL);
	ck_assert_int_eq(support_wait(child, 60000), -SIGKILL);
}
END_TEST

static void write_pid_and_sleep(void *arg)
{
	int *fd = arg;
	pid_t child = support_fork(sleep_for_ever, NULL);

	ck_assert_int_eq(write(fd[1], &child, sizeof(child)), sizeof(child));
	sleep_for_ever(NULL);
}

START_TEST(grandchild_dies_with_the_child)
{
	int fd[2];
	pid_t child;
	pid_t grandchild;

	ck_assert_int_eq(pipe2(fd, O_CLOEXEC), 0);
	child = support_fork(write_pid_and_sleep, fd);
	close(fd[1]);
	ck_assert_int_eq(read(fd[0], &grandchild, sizeof(grandchild)),
			 sizeof(grandchild));
	kill(child, SIGKILL);
	support_wait(child, 60000);
	/* The pipe ends when the last process that has it is gone. */
	ck_assert(support_readable(fd[0], 10000));
	ck_assert_int_eq(read(fd[0], &grandchild, sizeof(grandchild)), 0);
	close(fd[0]);
}
END_TEST

static void fail_at_once(void *arg)
{
	int *how = arg;

	if (*how > 0)
		_exit(*how);
	signal(-*how, SIG_DFL);
	raise(-*how);
}

static void wait_in_vain(void *arg)
{
	(void)support_fork(fail_at_once, arg);
	sleep_for_ever(NULL);
}

static const int failures[] = {1, 66, -SIGSEGV, -SIGBUS, -SIGABRT};

START_TEST(a_child_that_fails_ends_the_test_at_once)
{
	int how = failures[_i];

	ck_assert_int_eq(support_child(wait_in_vain, &how), 1);
}
END_TEST

static void outlive_a_good_one(void *arg)
{
	pid_t child = support_fork(fail_at_once, arg);
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
}

static const int no_failures[] = {7, -SIGKILL, -SIGTERM};

START_TEST(a_child_that_ends_otherwise_does_not)
{
	int how = no_failures[_i];

	ck_assert_int_eq(support_child(outlive_a_good_one, &how), 0);
}
END_TEST

START_TEST(inaccessible_memory_faults)
{
	void *p = mmap(NULL, BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	support_load_faults(p);
	support_store_faults(p);
	mprotect(p, BYTES, PROT_READ);
	support_store_faults(p);
	munmap(p, BYTES);
}
END_TEST

static void pass_and_await(void *arg)
{
	support_gate *gate = arg;

	support_gate_pass(&gate[0]);
	support_gate_await(&gate[1]);
}

START_TEST(gates_order_two_processes)
{
	support_gate gate[2];
	pid_t child;

	support_gate_init(&gate[0]);
	support_gate_init(&gate[1]);
	child = support_fork(pass_and_await, gate);
	support_gate_await(&gate[0]);
	support_gate_pass(&gate[1]);
	ck_assert_int_eq(support_wait(child, 60000), 0);
	support_gate_close(&gate[0]);
	support_gate_close(&gate[1]);
}
END_TEST

START_TEST(scratch_folder_is_the_tests_own)
{
	char path[SUPPORT_PATH_MAX];
	struct stat st;
	char text[4];
	int fd = support_file("file", "text", 4);

	ck_assert_int_eq(read(fd, text, 4), 4);
	ck_assert_mem_eq(text, "text", 4);
	close(fd);
	support_path(path, "file");
	ck_assert_int_eq(stat(path, &st), 0);
	support_scratch_remove();
	ck_assert_int_ne(stat(path, &st), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("support");
	TCase *t = support_case(s, "state");

	tcase_add_test(t, open_descriptor_is_seen);
	tcase_add_test(t, closed_descriptor_is_seen);
	tcase_add_test(t, shared_mapping_is_seen);
	tcase_add_test(t, reserved_range_is_seen);
	tcase_add_test(t, threads_and_heaps_are_not_leaks);

	t = support_case(s, "children");
	tcase_add_test(t, child_tells_its_exit_code);
	tcase_add_test(t, child_tells_its_signal);
	tcase_add_test(t, grandchild_dies_with_the_child);
	tcase_add_loop_test(t, a_child_that_fails_ends_the_test_at_once, 0,
			    sizeof(failures) / sizeof(failures[0]));
	tcase_add_loop_test(t, a_child_that_ends_otherwise_does_not, 0,
			    sizeof(no_failures) / sizeof(no_failures[0]));
	tcase_add_test(t, inaccessible_memory_faults);
	tcase_add_test(t, gates_order_two_processes);

	t = support_case(s, "scratch");
	tcase_add_test(t, scratch_folder_is_the_tests_own);
	return s;
}

SUPPORT_MAIN(suite)
