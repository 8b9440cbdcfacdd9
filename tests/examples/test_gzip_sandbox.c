/* SPDX-License-Identifier: MIT */
/* parallel-gzip's sandbox: what a worker can do in it, and what ends it. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"
#include "support.h"

/* Each is tried in the sandbox, by a child whose channel is this socket. */
static int sock[2];

static void open_a_file(void)
{
	open("/dev/null", O_RDONLY);
}

static void make_a_file(void)
{
	creat("/tmp/escaped", 0600);
}

static void make_memory(void)
{
	memfd_create("escaped", 0);
}

static void resize_memory(void)
{
	if (ftruncate(sock[0], 1) != 0)
		return;
}

static void make_a_socket(void)
{
	socket(AF_UNIX, SOCK_STREAM, 0);
}

static void write_elsewhere(void)
{
	if (write(1, "", 1) != 1)
		return;
}

static void speak_elsewhere(void)
{
	struct msghdr message = {0};

	sendmsg(sock[1], &message, 0);
}

static void make_a_process(void)
{
	fork();
}

static void run_a_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void kill_the_parent(void)
{
	kill(getppid(), 0);
}

static void map_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	     0);
}

static void make_code(void)
{
	static char page[8192];
	char *aligned = page + (4096 - (uintptr_t)page % 4096);

	mprotect(aligned, 4096, PROT_READ | PROT_EXEC);
}

static void leave_the_sandbox(void)
{
	syscall(SYS_seccomp, 0, 0, NULL);
}

typedef void escape(void);
static escape *const escapes[] = {
	open_a_file,       make_a_file,     make_memory,     resize_memory,
	make_a_socket,     write_elsewhere, speak_elsewhere, make_a_process,
	run_a_program,     kill_the_parent, map_code,        make_code,
	leave_the_sandbox,
};
#define ESCAPES ((int)(sizeof(escapes) / sizeof(escapes[0])))

static void in_sandbox(void *arg)
{
	escape *const *try = arg;

	if (sandbox_enter(sock[0]) != 0)
		_exit(1);
	(*try)();
	_exit(0);
}

START_TEST(an_escape_ends_it)
{
	union {
		escape *const *in;
		void *out;
	} cast = {&escapes[_i]};

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sock), 0);
	support_dies(SIGSYS, in_sandbox, cast.out);
	close(sock[0]);
	close(sock[1]);
}
END_TEST

static void work(void)
{
	struct msghdr message = {0};
	struct iovec byte = {(char[1]){1}, 1};
	char *memory = malloc(1 << 20);

	message.msg_iov = &byte;
	message.msg_iovlen = 1;
	if (memory == NULL || sendmsg(sock[0], &message, 0) != 1 ||
	    write(2, "", 0) != 0)
		_exit(2);
	memset(memory, 1, 1 << 20);
	free(memory);
}

START_TEST(work_is_allowed)
{
	escape *try = work;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sock), 0);
	ck_assert_int_eq(support_child(in_sandbox, &try), 0);
	close(sock[0]);
	close(sock[1]);
}
END_TEST

static void eat_memory(void)
{
	if (malloc((size_t)256 << 20) == NULL)
		_exit(7);
}

START_TEST(its_memory_is_limited)
{
	escape *try = eat_memory;

	if (SUPPORT_ASAN || SUPPORT_TSAN)
		return; /* the sandbox leaves that out for them */
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sock), 0);
	ck_assert_int_eq(support_child(in_sandbox, &try), 7);
	close(sock[0]);
	close(sock[1]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("parallel-gzip: sandbox");
	TCase *t = support_case(s, "sandbox");

	tcase_add_loop_test(t, an_escape_ends_it, 0, ESCAPES);
	tcase_add_test(t, work_is_allowed);
	tcase_add_test(t, its_memory_is_limited);
	return s;
}
SUPPORT_MAIN(suite)
