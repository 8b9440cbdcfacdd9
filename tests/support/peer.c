/* SPDX-License-Identifier: MIT */
/* Children that have a channel to the test, or nothing of it at all. */
#include "channels.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct peer {
	shmem_channel *own;
	shmem_channel *other;
	support_peer_fn *fn;
	void *arg;
} peer;

static void run_peer(void *arg)
{
	peer *p = arg;

	shmem_channel_close(&p->other);
	p->fn(p->own, p->arg);
}

/* They have copies of everything as it is. */
static void *copied(const void *arg)
{
	union {
		const void *in;
		void *out;
	} same = {arg};

	return same.out;
}

pid_t support_start(support_fn *fn, const void *arg, size_t size)
{
	(void)size;
	return support_fork(fn, copied(arg));
}

void support_dies_with(int signal, support_fn *fn, const void *arg, size_t size)
{
	(void)size;
	support_dies(signal, fn, copied(arg));
}

pid_t support_peer(const shmem_channel_opts *opts, support_peer_fn *fn,
		   const void *arg, size_t size, shmem_channel **ret)
{
	peer p = {NULL, NULL, fn, copied(arg)};
	pid_t child;

	(void)size;
	support_ok(shmem_channel_pair(opts, ret, &p.own));
	p.other = *ret;
	child = support_fork(run_peer, &p);
	shmem_channel_close(&p.own);
	return child;
}

void support_kill(pid_t child)
{
	ck_assert_int_eq(kill(child, SIGKILL), 0);
}

void support_stop(pid_t child)
{
	int status;

	ck_assert_int_eq(kill(child, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(child, &status, WUNTRACED), child);
	ck_assert(WIFSTOPPED(status));
}

void support_continue(pid_t child)
{
	ck_assert_int_eq(kill(child, SIGCONT), 0);
}

void support_orphan(support_fn *fn, void *arg)
{
	if (fork() != 0)
		return;
	fn(arg);
	_exit(0);
}

void support_become_another(void)
{
	execl("/bin/sleep", "sleep", "20", (char *)NULL);
	_exit(1);
}

bool support_has_ended(pid_t child)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) ==
		       0 &&
	       info.si_pid != 0;
}

void support_die(void)
{
	kill(getpid(), SIGKILL);
}
