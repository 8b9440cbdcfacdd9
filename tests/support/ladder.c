/* SPDX-License-Identifier: MIT */
/* Operations under limits that are raised step by step. */
#include "faults.h"

#include "support.h"

#include <fcntl.h>
#include <limits.h>
#include <shmem/base.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define RUNGS_MAX 64
#define NO_LIMIT ((rlim_t)RLIM_INFINITY)

/* The rungs of each ladder; the limit itself is what is there already and that
 * much more. 0 ends it: no limit at all. */
static rlim_t more_descriptors(int rung)
{
	return rung <= 8 ? (rlim_t)rung : NO_LIMIT;
}

static rlim_t more_addresses(int rung)
{
	return rung == 0 ? 0 : (rlim_t)4096 << (rung - 1);
}

static rlim_t more_file(int rung)
{
	static const rlim_t step[] = {0,     1,       4096,    8192,
				      65536, 1 << 20, 2 << 20, 4 << 20};

	return rung < 8 ? step[rung] : NO_LIMIT;
}

/* The lowest number that is free; there is none below it. */
static rlim_t descriptors_now(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return (rlim_t)fd;
}

static rlim_t addresses_now(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
	fclose(file);
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static rlim_t no_file(void)
{
	return 0;
}

static const struct ladder {
	const char *name;
	unsigned resource;
	int error;
	rlim_t (*now)(void);
	rlim_t (*more)(int rung);
	bool plain; /* an instrument has needs of its own */
} ladders[] = {
	[LADDER_DESCRIPTORS] = {"RLIMIT_NOFILE", RLIMIT_NOFILE, SHMEM_E_LIMIT,
				descriptors_now, more_descriptors, false},
	[LADDER_ADDRESSES] = {"RLIMIT_AS", RLIMIT_AS, SHMEM_E_NOMEM,
			      addresses_now, more_addresses, true},
	[LADDER_FILE] = {"RLIMIT_FSIZE", RLIMIT_FSIZE, SHMEM_E_NOSPACE, no_file,
			 more_file, false},
};

static int act_within(const faults_op *op, unsigned resource, rlim_t most)
{
	struct rlimit usual;
	struct rlimit tight;
	int err;

	if (getrlimit(resource, &usual) != 0)
		ck_abort_msg("no limit");
	tight = usual;
	if (most < tight.rlim_cur)
		tight.rlim_cur = most;
	if (setrlimit(resource, &tight) != 0)
		ck_abort_msg("no limit");
	err = op->act(); /* does not write: not even by Check */
	if (setrlimit(resource, &usual) != 0)
		ck_abort_msg("no limit");
	return err;
}

/* One rung; the operation's error. */
static int climb(const faults_op *op, const struct ladder *l, int rung)
{
	faults_holdings before = faults_begin(op);
	rlim_t more = l->more(rung);
	rlim_t most = more == NO_LIMIT ? more : l->now() + more;
	char what[160];
	int err = act_within(op, l->resource, most);

	snprintf(what, sizeof(what), "%s: within %s of %lld: %s", op->name,
		 l->name, (long long)most, shmem_errname(err));
	ck_assert_msg(err == 0 || err == l->error, "%s", what);
	faults_end(op, err, what, before);
	return err;
}

int ladder_ops(int ops)
{
	return ops;
}

void ladder_run(const faults_op *op, ladder_limit limit)
{
	const struct ladder *l = &ladders[limit];
	int err = 0;

	bool in_valgrind = support_is_slow() && !SUPPORT_ASAN && !SUPPORT_TSAN;

	/* Valgrind has limits of its own; all need more addresses. */
	if (in_valgrind || (support_is_slow() && l->plain))
		return;
	for (int rung = 0; rung < RUNGS_MAX; rung++) {
		rlim_t more = l->more(rung);

		err = climb(op, l, rung);
		/* What is enough stays so. */
		if (more == NO_LIMIT || (err == 0 && more > (rlim_t)1 << 31))
			return;
	}
	ck_abort_msg("%s has no end: %s", op->name, shmem_errname(err));
}
