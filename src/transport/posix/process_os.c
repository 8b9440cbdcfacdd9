/* SPDX-License-Identifier: MIT */
/*
 * Programs are started by posix_spawn: no code of ours or the application's
 * runs between fork and exec, and an exec that fails leaves no process. What
 * is passed gets the numbers from FIRST on; whatever the process has open
 * beyond those, close-on-exec or not, is closed on the way.
 */
#include "transport/process_os.h"

#include "base/error.h"
#include "base/fault.h"
#include "transport/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#define FIRST 3 /* after standard input, output and error */

#ifndef _GNU_SOURCE /* with which <unistd.h> has it */
extern char **environ;
#endif

typedef struct plan {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int temporary[SHMEM__START_MAX + 1]; /* to be closed afterwards */
	size_t temporaries;
} plan;

shmem_os_handle shmem__start_number(shmem_os_handle os, size_t i)
{
	(void)os;
	return (shmem_os_handle)(FIRST + i);
}

const char *const *shmem__environment(void)
{
	return (const char *const *)environ;
}

static int fail(int native)
{
	switch (native) {
	case EAGAIN: /* processes */
	case EBADF:  /* a number beyond the limit of descriptors */
	case E2BIG:  /* arguments and environment */
		return shmem__fail_os(native, SHMEM_E_LIMIT);
	default:
		return shmem__fail_os(native, shmem__error_from_os(native));
	}
}

/* A duplicate out of the way of what is placed below `end`. */
static int move_up(plan *p, int fd, int end, int *ret)
{
	int up = SHMEM__OS(-1, fcntl, (fd, F_DUPFD_CLOEXEC, end));

	if (up < 0)
		return fail(errno == EINVAL ? EMFILE : errno);
	p->temporary[p->temporaries++] = up;
	*ret = up;
	return 0;
}

static int place(plan *p, int from, int to)
{
	int native = SHMEM__OS(ENOMEM, posix_spawn_file_actions_adddup2,
			       (&p->actions, from, to));

	return native != 0 ? fail(native) : 0;
}

/* Passed descriptors land on FIRST and up: those that lie there already are
 * first moved out of the way of the others. */
static int place_passed(plan *p, const shmem__start *start)
{
	int end = FIRST + (int)start->pass_count;
	int err = 0;

	for (size_t i = 0; err == 0 && i < start->pass_count; i++) {
		int from = (int)start->pass[i];

		if (from < end)
			err = move_up(p, from, end, &from);
		if (err == 0)
			err = place(p, from, FIRST + (int)i);
	}
	return err;
}

/*
 * A standard stream that this process has closed, or would not pass on, is
 * /dev/null in the program: otherwise the first thing that it opens becomes
 * what it prints into. Without a /dev/null, closed it is.
 */
static int place_standard(plan *p, int end)
{
	bool missing[FIRST];
	bool any = false;
	int null;
	int up = -1;
	int err;

	for (int fd = 0; fd < FIRST; fd++) {
		int flags = fcntl(fd, F_GETFD);

		missing[fd] = flags < 0 || (flags & FD_CLOEXEC) != 0;
		any = any || missing[fd];
	}
	if (!any)
		return 0;
	null = SHMEM__OS(-1, open, ("/dev/null", O_RDWR | O_CLOEXEC));
	if (null < 0)
		return 0;
	err = move_up(p, null, end, &up);
	close(null);
	for (int fd = 0; err == 0 && fd < FIRST; fd++)
		if (missing[fd])
			err = place(p, up, fd);
	return err;
}

#ifdef SHMEM_HAVE_SPAWN_CLOSEFROM
static int close_rest(plan *p, int end)
{
	int native = SHMEM__OS(ENOMEM, posix_spawn_file_actions_addclosefrom_np,
			       (&p->actions, end));

	return native != 0 ? fail(native) : 0;
}
#else
#include <dirent.h>
#include <stdlib.h>

/* The best that is left: what is open right now. A descriptor that another
 * thread opens before the program starts must be close-on-exec by itself. */
static int close_rest(plan *p, int end)
{
	DIR *dir = SHMEM__OS(NULL, opendir, ("/dev/fd"));
	const struct dirent *entry;
	int native = 0;

	if (dir == NULL)
		return errno == ENOENT ? shmem__fail_os(ENOENT, SHMEM_E_SYS)
				       : fail(errno);
	while (native == 0 && (entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name);
		int flags;

		if (fd < end || fd == dirfd(dir))
			continue;
		flags = fcntl(fd, F_GETFD);
		if (flags >= 0 && (flags & FD_CLOEXEC) == 0)
			native = SHMEM__OS(ENOMEM,
					   posix_spawn_file_actions_addclose,
					   (&p->actions, fd));
	}
	closedir(dir);
	return native != 0 ? fail(native) : 0;
}
#endif

/* A thread's signal mask is its own business, and many ignore SIGPIPE; neither
 * is what a new program expects. Other ignored signals stay so (nohup). */
static int set_signals(plan *p)
{
	sigset_t none;
	sigset_t usual;
	int native;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	native = posix_spawnattr_setsigmask(&p->attr, &none);
	if (native == 0)
		native = posix_spawnattr_setsigdefault(&p->attr, &usual);
	if (native == 0)
		native = posix_spawnattr_setflags(
			&p->attr,
			POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return native != 0 ? fail(native) : 0;
}

static int run(plan *p, const shmem__start *start, int *ret_pid,
	       shmem_os_handle *ret_watch)
{
	int end = FIRST + (int)start->pass_count;
	pid_t pid = 0;
	int native;
	int err;

	err = place_passed(p, start);
	if (err == 0)
		err = place_standard(p, end);
	if (err == 0)
		err = close_rest(p, end);
	if (err == 0)
		err = set_signals(p);
	if (err != 0)
		return err;
	native = SHMEM__OS(errno, posix_spawnp,
			   (&pid, start->path, &p->actions, &p->attr,
			    (char *const *)start->argv,
			    (char *const *)start->env));
	if (native != 0)
		return fail(native);
	*ret_pid = (int)pid;
	*ret_watch = shmem__pidfd_open((int)pid);
	return 0;
}

int shmem__process_start(const shmem__start *start, int *ret_pid,
			 shmem_os_handle *ret_watch)
{
	plan p = {.temporaries = 0};
	int native;
	int err;

	native = SHMEM__OS(ENOMEM, posix_spawn_file_actions_init, (&p.actions));
	if (native != 0)
		return fail(native);
	native = SHMEM__OS(ENOMEM, posix_spawnattr_init, (&p.attr));
	if (native != 0) {
		err = fail(native);
		goto no_attr;
	}
	err = run(&p, start, ret_pid, ret_watch);
	for (size_t i = 0; i < p.temporaries; i++)
		close(p.temporary[i]);
	posix_spawnattr_destroy(&p.attr);
no_attr:
	posix_spawn_file_actions_destroy(&p.actions);
	return err;
}
