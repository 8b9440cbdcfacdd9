/* SPDX-License-Identifier: MIT */
/* Every call of an operation fails once, with every plausible errno. */
#include "faults.h"

#include "base/error.h"
#include "base/fault.h"
#include "support.h"

#include <errno.h>
#include <limits.h>
#include <shmem/diagnose.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* What a call may well answer, besides ENOMEM, which everything is tried with
 * first. */
#define ANSWERS_MAX 8
static const struct answers {
	const char *call;
	int native[ANSWERS_MAX]; /* up to a 0 */
} answers[] = {
	{"calloc", {0}},
	{"realloc", {0}},
	{"memfd_create", {EINVAL, EMFILE, ENFILE, EPERM, EACCES, ENOSYS}},
	{"ftruncate", {EINTR, EINVAL, EFBIG, ENOSPC, EPERM}},
	{"fcntl", {EMFILE, EBADF, EPERM, EBUSY, EINVAL}},
	{"fstat", {EIO}},
	{"fstatfs", {EIO, EINTR, ENOSYS}},
	{"open", {EMFILE, ENFILE, EACCES, ENOENT, EINTR}},
	{"mmap", {EAGAIN, EPERM, EACCES, ENFILE, EINVAL}},
	{"mprotect", {EACCES}},
	{"madvise", {EINVAL, EAGAIN}},
	{"socket", {EMFILE, ENFILE, ENOBUFS, EAFNOSUPPORT}},
	{"socketpair", {EMFILE, ENFILE, ENOBUFS, EAFNOSUPPORT}},
	{"bind", {EADDRINUSE, EACCES, ENOENT, EROFS}},
	{"listen", {EADDRINUSE, EOPNOTSUPP}},
	{"accept4", {EINTR, EAGAIN, ECONNABORTED, EMFILE, ENFILE, EPERM}},
	{"connect", {EINTR, EAGAIN, ECONNREFUSED, ENOENT, EACCES}},
	{"sendmsg",
	 {EINTR, EAGAIN, ENOBUFS, ETOOMANYREFS, EPIPE, ECONNRESET, EMSGSIZE}},
	{"recvmsg", {EINTR, ENOBUFS, ECONNRESET, EMFILE}},
	{"poll", {EINTR, EINVAL}},
	{"setsockopt", {EINVAL, ENOPROTOOPT}},
	{"getsockopt", {ENOTSOCK}},
	{"getpeername", {ENOTCONN}},
	{"shutdown", {ENOTCONN}},
	{"getentropy", {EIO, ENOSYS}},
	{"sysinfo", {EFAULT}},
	{"posix_spawnp", {EAGAIN, ENOENT, EACCES, E2BIG, ENOEXEC, EMFILE}},
	{"waitid", {EINTR, ECHILD, EINVAL}},
	{"kill", {ESRCH, EPERM}},
	{"getrlimit", {EPERM, ENOSYS}},
	{"syscall", {EMFILE, ENOSYS, ESRCH, EPERM}},
};
static const struct answers other = {NULL, {EINTR, EAGAIN, EIO, EPERM, ENOSYS}};

static const int *answers_of(const char *call)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strcmp(answers[i].call, call) == 0)
			return answers[i].native;
	return other.native;
}

/* What is not the kernel's answer for ever: a loop may rightly wait for it to
 * change. */
static bool passes(int native)
{
	return native == EINTR || native == ECONNABORTED;
}

static faults_holdings held(void)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	shmem_stats_read(&stats);
	return (faults_holdings){support_descriptors(), shmem__fault_blocks(),
				 stats.handles + stats.mappings +
					 stats.mapped_bytes + stats.channels +
					 stats.segments + stats.pool_segments +
					 stats.pool_bytes};
}

faults_holdings faults_begin(const faults_op *op)
{
	faults_holdings before = held();

	op->set_up();
	return before;
}

void faults_end(const faults_op *op, int err, const char *what,
		faults_holdings before)
{
	faults_holdings after;

	ck_assert_msg(err <= 0 && err >= SHMEM_E_SYS, "%s", what);
	if (err != 0 && op->unharmed(err)) {
		err = op->act();
		ck_assert_msg(err == 0, "%s; then %s", what,
			      shmem_errname(err));
	}
	if (err == 0)
		op->done();
	op->tear_down();
	after = held();
	ck_assert_msg(after.descriptors == before.descriptors,
		      "%s; %zu descriptors became %zu", what,
		      before.descriptors, after.descriptors);
	ck_assert_msg(after.blocks == before.blocks,
		      "%s; %lu blocks of memory became %lu", what,
		      before.blocks, after.blocks);
	ck_assert_msg(after.counted == before.counted,
		      "%s; the library counts %lld more", what,
		      (long long)(after.counted - before.counted));
}

/* One run; the name of the call that failed, or NULL where there was none. */
static const char *run(const faults_op *op, unsigned long k, int native,
		       unsigned long times)
{
	faults_holdings before = faults_begin(op);
	const char *hit;
	char what[160];
	int err;

	shmem__fault_arm(k, native, NULL);
	shmem__fault_repeat(times);
	err = op->act();
	hit = shmem__fault_hit();
	shmem__fault_arm(0, 0, NULL);
	snprintf(what, sizeof(what), "%s: call %lu%s, %s, fails with %s: %s",
		 op->name, k, times > 1 ? " and the rest" : "",
		 hit != NULL ? hit : "none", support_errno_name(native),
		 shmem_errname(err));
	ck_assert_msg(hit != NULL || err == 0, "%s", what);
	faults_end(op, err, what, before);
	return hit;
}

typedef const char *run_fn(const faults_op *op, unsigned long k, int native,
			   unsigned long times);

/* What a process of its own is to do, and what came of it. */
typedef struct apart {
	const faults_op *op;
	unsigned long k;
	int native;
	unsigned long times;
	bool hit;
	char call[32];
} apart;

static void run_there(void *arg)
{
	apart *there = arg;
	const char *hit = run(there->op, there->k, there->native, there->times);

	there->hit = hit != NULL;
	snprintf(there->call, sizeof(there->call), "%s",
		 hit != NULL ? hit : "");
}

static const char *run_apart(const faults_op *op, unsigned long k, int native,
			     unsigned long times)
{
	static char call[32];
	apart *there = mmap(NULL, sizeof(*there), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool hit;

	ck_assert(there != MAP_FAILED);
	*there = (apart){.op = op, .k = k, .native = native, .times = times};
	ck_assert_int_eq(support_child(run_there, there), 0);
	memcpy(call, there->call, sizeof(call));
	hit = there->hit;
	munmap(there, sizeof(*there));
	return hit ? call : NULL;
}

static void run_all(const faults_op *op, unsigned long times, run_fn *once)
{
	const char *hit;

	for (unsigned long k = 1; k < 10000; k++) {
		const int *native;

		hit = once(op, k, ENOMEM, times);
		if (hit == NULL)
			return;
		native = answers_of(hit);
		for (int i = 0; i < ANSWERS_MAX && native[i] != 0; i++)
			if (times == 1 || !passes(native[i]))
				once(op, k, native[i], times);
	}
	ck_abort_msg("%s never ends", op->name);
}

void faults_run(const faults_op *op)
{
	/* What is allocated once is not a leak. */
	(void)run(op, ULONG_MAX, ENOMEM, 1);
	run_all(op, 1, run);
	run_all(op, ULONG_MAX, run);
}

void faults_run_apart(const faults_op *op)
{
	run_all(op, 1, run_apart);
	run_all(op, ULONG_MAX, run_apart);
}
