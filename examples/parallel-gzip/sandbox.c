/* SPDX-License-Identifier: MIT */
/*
 * The worker's sandbox: a list of the system calls that it needs, and an end by
 * SIGSYS for any other. Memory comes to it through the channel's socket, so it
 * needs to map what it receives, but it can open and make nothing.
 */
#include "sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* Private memory (zlib's and malloc's); segments do not count. A sanitizer
 * needs more than any limit of use. */
static int limit_memory(void)
{
	const struct rlimit limit = {32u << 20, 32u << 20};

	return SANITIZED ? 0 : setrlimit(RLIMIT_DATA, &limit);
}

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && err == 0; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return err;
}

/* Calls only with this first argument. */
static int allow_on(scmp_filter_ctx filter, int fd, const int *calls,
		    size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && err == 0; i++)
		err = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, calls[i], 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)fd, 0));
	return err;
}

/* Calls that set a protection, their third argument, other than executable. */
static int allow_without_exec(scmp_filter_ctx filter, const int *calls,
			      size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && err == 0; i++)
		err = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, calls[i], 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return err;
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int fill(scmp_filter_ctx filter, int sock)
{
	/* The C library's, and what the library asks of itself and of the
	 * descriptors that it was sent. */
	static const int anywhere[] = {
		SCMP_SYS(brk),
		SCMP_SYS(munmap),
		SCMP_SYS(madvise),
		SCMP_SYS(close),
		SCMP_SYS(fcntl),
		SCMP_SYS(fstat),
		SCMP_SYS(newfstatat),
		SCMP_SYS(fstatfs),
		SCMP_SYS(poll),
		SCMP_SYS(ppoll),
		SCMP_SYS(futex),
		SCMP_SYS(clock_gettime),
		SCMP_SYS(sched_yield),
		SCMP_SYS(getpid),
		SCMP_SYS(getuid),
		SCMP_SYS(getgid),
		SCMP_SYS(restart_syscall),
		SCMP_SYS(exit_group),
#if SANITIZED
		SCMP_SYS(sigaltstack),
#endif
	};
	static const int on_socket[] = {
		SCMP_SYS(sendmsg),
		SCMP_SYS(recvmsg),
		SCMP_SYS(setsockopt),
		SCMP_SYS(shutdown),
	};
	static const int on_stderr[] = {SCMP_SYS(write)};
	static const int mapping[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
	int err = allow(filter, anywhere, COUNT(anywhere));

	if (err == 0)
		err = allow_on(filter, sock, on_socket, COUNT(on_socket));
	if (err == 0)
		err = allow_on(filter, STDERR_FILENO, on_stderr,
			       COUNT(on_stderr));
	if (err == 0)
		err = allow_without_exec(filter, mapping, COUNT(mapping));
	/* What came and is no memory is closed, and must not make that wait. */
	if (err == 0)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
				       SCMP_SYS(setsockopt), 2,
				       SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET, 0),
				       SCMP_A2(SCMP_CMP_EQ, SO_LINGER, 0));
	/* Older kernels do not send one; a worker can do without. */
	if (err == 0)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
				       SCMP_SYS(pidfd_open), 0);
	return err;
}

int sandbox_enter(int sock)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int err = filter == NULL ? -1 : limit_memory();

	if (err == 0)
		err = fill(filter, sock);
	if (err == 0)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err == 0 ? 0 : -1;
}
