/* SPDX-License-Identifier: MIT */
/* The end of a child: by descriptor where it has one, else by its number. */
#include "transport/process_os.h"

#include "base/error.h"
#include "base/fault.h"
#include "transport/pidfd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#define POLL_MS_MAX 16 /* between two looks at a child without a descriptor */

/* Linux 5.4; libcs came to define it later. */
#if defined(__linux__)
#define ID_OF_PIDFD ((idtype_t)3)
#else
#define ID_OF_PIDFD P_PID
#endif

static int look(idtype_t type, id_t id, siginfo_t *ret)
{
	int done;

	ret->si_pid = 0;
	do
		done = SHMEM__OS(-1, waitid,
				 (type, id, ret, WEXITED | WNOHANG));
	while (done != 0 && errno == EINTR);
	return done;
}

int shmem__process_reap(int pid, shmem_os_handle watch, int *ret_status)
{
	siginfo_t info = {0};
	int done = -1;

	if (watch != SHMEM_OS_HANDLE_INVALID) {
		done = look(ID_OF_PIDFD, (id_t)watch, &info);
		if (done != 0 && errno == EINVAL)
			watch = SHMEM_OS_HANDLE_INVALID;
	}
	if (watch == SHMEM_OS_HANDLE_INVALID)
		done = look(P_PID, (id_t)pid, &info);
	if (done != 0)
		return shmem__fail_os(errno, errno == ECHILD ? SHMEM_E_STATE
							     : SHMEM_E_SYS);
	if (info.si_pid == 0)
		return SHMEM_E_AGAIN;
	*ret_status =
		info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
	return 0;
}

int shmem__process_sleep(shmem_os_handle watch, int ms, unsigned round)
{
	struct pollfd p = {.fd = (int)watch, .events = POLLIN};
	nfds_t count = 1;

	if (watch == SHMEM_OS_HANDLE_INVALID) {
		int nap = round < 4 ? 1 << round : POLL_MS_MAX;

		count = 0;
		if (ms < 0 || ms > nap)
			ms = nap;
	}
	if (SHMEM__OS(-1, poll, (&p, count, ms)) < 0 && errno != EINTR)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	return 0;
}

int shmem__process_kill(int pid, shmem_os_handle watch)
{
	/* Not reaped: the number is still its own, where sandboxes know of no
	 * other way. */
	if (watch != SHMEM_OS_HANDLE_INVALID && shmem__pidfd_kill(watch) == 0)
		return 0;
	if (SHMEM__OS(-1, kill, (pid, SIGKILL)) != 0 && errno != ESRCH)
		return shmem__fail_os(errno, SHMEM_E_SYS);
	return 0;
}
