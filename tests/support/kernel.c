/* SPDX-License-Identifier: MIT */
/* What the kernel does is tried; nothing is known of it by name. */
#include "kernel.h"

#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAR 1000
#define SENT 3

static bool heeds_advice(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, page, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool heeds;

	ck_assert_ptr_ne(p, MAP_FAILED);
	*p = 1;
	heeds = madvise(p, page, MADV_REMOVE) == 0 && *p == 0;
	munmap(p, page);
	return heeds;
}

typedef union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(SENT * sizeof(int))];
} control;

/* `room` is for how many descriptors; how many came stays unsaid. */
static void pass(int from, int to, size_t room)
{
	char byte = 0;
	struct iovec iov = {&byte, 1};
	control c = {.bytes = {0}};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	int fd[SENT] = {0, 0, 0};

	msg.msg_control = c.bytes;
	msg.msg_controllen = sizeof(c.bytes);
	c.head.cmsg_level = SOL_SOCKET;
	c.head.cmsg_type = SCM_RIGHTS;
	c.head.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&c.head), fd, sizeof(fd));
	ck_assert_int_eq(sendmsg(from, &msg, 0), 1);
	memset(&c, 0, sizeof(c));
	msg.msg_controllen = (socklen_t)CMSG_LEN(room * sizeof(int));
	ck_assert_int_eq(recvmsg(to, &msg, 0), 1);
	memcpy(fd, CMSG_DATA(&c.head), sizeof(fd));
	for (size_t i = 0; i < room; i++)
		close(fd[i]);
}

/* In a child, so that none stays here. */
static void pass_surplus(void *arg)
{
	int ends[2];
	size_t before;

	(void)arg;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	before = support_descriptors();
	pass(ends[0], ends[1], SENT - 1);
	support_exit(support_descriptors() == before ? 0 : 2);
}

static bool closes_surplus(void)
{
	return support_child(pass_surplus, NULL) == 0;
}

static void be_traced(void *arg)
{
	(void)arg;
	support_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 2);
}

static bool stops(void)
{
	return support_child(be_traced, NULL) == 0;
}

static bool tells_start(void)
{
	char none[] = "/no/such/program";
	char *argv[] = {none, NULL};
	pid_t pid;

	if (posix_spawn(&pid, none, NULL, NULL, argv, environ) != 0)
		return true;
	support_wait(pid, FAR);
	return false;
}

static void map_beyond(void *arg)
{
	struct rlimit none = {0, 0};

	(void)arg;
	if (setrlimit(RLIMIT_AS, &none) == 0 &&
	    mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0) != MAP_FAILED)
		_exit(2);
	_exit(0);
}

static bool limits_addresses(void)
{
	return support_child(map_beyond, NULL) == 0;
}

static char *missing;

static void on_bus(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	_exit(info->si_addr == support_fault_at(missing) ? 0 : 2);
}

static void touch_nothing(void *arg)
{
	struct sigaction action = {.sa_sigaction = on_bus,
				   .sa_flags = SA_SIGINFO};
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int empty = support_file("bus", "", 0);

	(void)arg;
	sigaction(SIGBUS, &action, NULL);
	missing = mmap(NULL, page, PROT_READ, MAP_SHARED, empty, 0);
	ck_assert_ptr_ne(missing, MAP_FAILED);
	(void)*(volatile char *)missing;
	_exit(2);
}

static bool tells_bus(void)
{
	return support_child(touch_nothing, NULL) == 0;
}

static void hand_on(void *arg)
{
	siginfo_t info;

	(void)arg;
	memset(&info, 0, sizeof(info));
	info.si_signo = SIGSEGV;
	info.si_code = SEGV_MAPERR;
	signal(SIGSEGV, SIG_DFL);
	syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGSEGV,
		&info);
}

static bool hands_on(void)
{
	return support_child(hand_on, NULL) == -SIGSEGV;
}

static const struct trial {
	bool (*succeeds)(void);
	const char *lack;
} trials[SUPPORT_FEATURES] = {
	[SUPPORT_ADVICE] = {heeds_advice, "advice about memory has no effect"},
	[SUPPORT_SURPLUS] = {closes_surplus,
			     "descriptors without room for them stay open"},
	[SUPPORT_PTRACE] = {stops, "a process can't be stopped at its calls"},
	[SUPPORT_START] = {tells_start,
			   "what can't be started seems to end at once"},
	[SUPPORT_LIMITS] = {limits_addresses,
			    "limits on addresses are not kept"},
	[SUPPORT_BUS] = {tells_bus, "SIGBUS does not tell where"},
	[SUPPORT_HAND_ON] = {hands_on,
			     "a signal that is handed on is another end"},
};

const char *kernel_lacks(support_feature feature)
{
	const struct trial *t = &trials[feature];

	return t->succeeds == NULL || t->succeeds() ? NULL : t->lack;
}
