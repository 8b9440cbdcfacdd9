/* SPDX-License-Identifier: MIT */
/*
 * Children that run beside the test: what fails in one of them is the test's
 * failure, at once. A parent that waits for what never comes would tell of that
 * instead, and late.
 */
#include "watch.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCHED 64
static atomic_int watched[WATCHED];

static bool has_failed(pid_t child, siginfo_t *info)
{
	info->si_pid = 0;
	if (waitid(P_PID, (id_t)child, info, WEXITED | WNOHANG | WNOWAIT) !=
		    0 ||
	    info->si_pid != child)
		return false;
	if (info->si_code == CLD_EXITED) /* of Check, of a sanitizer */
		return info->si_status == 1 || info->si_status == 66;
	return info->si_status == SIGSEGV || info->si_status == SIGBUS ||
	       info->si_status == SIGABRT || info->si_status == SIGILL ||
	       info->si_status == SIGFPE;
}

static void say(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

/* What the child has told Check is there, and is what the report shows. */
static void look_at_children(int sig)
{
	int kept = errno;
	siginfo_t info;

	(void)sig;
	for (int i = 0; i < WATCHED; i++) {
		pid_t child = atomic_load(&watched[i]);

		if (child == 0 || !has_failed(child, &info))
			continue;
		say(info.si_code == CLD_EXITED
			    ? "the test fails, as a child of it has failed\n"
			    : "the test fails, as a child of it has crashed\n");
		_exit(1);
	}
	errno = kept;
}

void support_watch_begin(void)
{
	struct sigaction action = {.sa_handler = look_at_children,
				   .sa_flags = SA_RESTART | SA_NOCLDSTOP};

	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, &action, NULL);
}

void support_watch(pid_t child)
{
	for (int i = 0; i < WATCHED; i++) {
		int none = 0;

		if (atomic_compare_exchange_strong(&watched[i], &none, child))
			break;
	}
	look_at_children(0); /* it may have ended already */
}

void support_watch_no_more(pid_t child)
{
	for (int i = 0; i < WATCHED; i++) {
		int it = child;

		(void)atomic_compare_exchange_strong(&watched[i], &it, 0);
	}
}

void support_watch_nobody(void)
{
	signal(SIGCHLD, SIG_DFL);
	for (int i = 0; i < WATCHED; i++)
		atomic_store(&watched[i], 0);
}
