/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's own means cost, bare: the yardsticks that the targets are
 * measured by.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plan.h"
#include "work.h"

enum floor { FLOOR_SEQPACKET, FLOOR_PROTECT, FLOOR_FRESH };

struct floor_run {
	const struct bench_job *job;
	int ends[2];
};

/* A blocking round trip of 32 bytes. */
static void bounce(struct bench_pair *pair, enum bench_side side, void *arg)
{
	struct floor_run *run = arg;
	unsigned char packet[32] = {0};
	uint64_t until = bench_now_ns() + run->job->budget_ms * 1000000ull;
	int fd = run->ends[side];

	bench_pin(side);
	close(run->ends[1 - side]);
	bench_agree(pair, side, 0);
	if (side == BENCH_RECEIVER) {
		/* A packet of one byte is the last. */
		while (recv(fd, packet, sizeof(packet), 0) > 1)
			if (send(fd, packet, sizeof(packet), MSG_NOSIGNAL) < 0)
				bench_die(pair, "send");
		return;
	}
	for (unsigned i = 0; i < 100 || bench_now_ns() < until; i++) {
		uint64_t start = bench_now_ns();

		if (send(fd, packet, sizeof(packet), MSG_NOSIGNAL) < 0 ||
		    recv(fd, packet, sizeof(packet), 0) <= 0)
			bench_die(pair, "socket");
		if (i >= 50)
			bench_sample(pair, bench_now_ns() - start);
	}
	send(fd, packet, 1, MSG_NOSIGNAL);
}

static unsigned char *map_object(struct bench_pair *pair, size_t bytes,
				 int *ret_fd)
{
	int fd = memfd_create("bench", MFD_CLOEXEC);
	void *data;

	if (fd < 0 || ftruncate(fd, (off_t)bytes) != 0)
		bench_die(pair, "memfd");
	data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		bench_die(pair, "mmap");
	*ret_fd = fd;
	return data;
}

static void touch(unsigned char *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 4096)
		*(volatile unsigned char *)&data[i] = 1;
}

/* Taking away and giving back a whole mapping of small pages. */
static void protect(struct bench_pair *pair, enum bench_side side, void *arg)
{
	const struct bench_job *job = ((struct floor_run *)arg)->job;
	size_t bytes = job->series->bytes;
	uint64_t until;
	unsigned char *data;
	int fd;

	if (side == BENCH_RECEIVER)
		return;
	bench_pin(side);
	data = map_object(pair, bytes, &fd);
	madvise(data, bytes, MADV_NOHUGEPAGE);
	touch(data, bytes);
	until = bench_now_ns() + job->budget_ms * 1000000ull;
	for (unsigned i = 0; i < 5 || bench_now_ns() < until; i++) {
		uint64_t start = bench_now_ns();

		if (mprotect(data, bytes, PROT_NONE) != 0 ||
		    mprotect(data, bytes, PROT_READ | PROT_WRITE) != 0)
			bench_die(pair, "mprotect");
		bench_sample(pair, bench_now_ns() - start);
		touch(data, bytes);
	}
}

/* Memory by the plain means: made, mapped, touched, thrown away. */
static void fresh(struct bench_pair *pair, enum bench_side side, void *arg)
{
	const struct bench_job *job = ((struct floor_run *)arg)->job;
	uint64_t until = bench_now_ns() + job->budget_ms * 1000000ull;

	if (side == BENCH_RECEIVER)
		return;
	bench_pin(side);
	for (unsigned i = 0; i < 10 || bench_now_ns() < until; i++) {
		uint64_t start = bench_now_ns();
		unsigned char *data;
		int fd;

		data = map_object(pair, job->series->bytes, &fd);
		touch(data, job->series->bytes);
		munmap(data, job->series->bytes);
		close(fd);
		bench_sample(pair, bench_now_ns() - start);
	}
}

static bool run_floor(const struct bench_job *job, struct bench_pair *pair)
{
	struct floor_run run = {.job = job};
	static bench_side_fn *const sides[] = {bounce, protect, fresh};
	bool done;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, run.ends) !=
	    0)
		return false;
	/* The receiver has no part in the last two, but ends with the pair. */
	done = bench_pair_run(pair, sides[job->variant], &run, 60000);
	close(run.ends[0]);
	close(run.ends[1]);
	return done;
}

static void add(const struct bench_options *options, const char *subject,
		size_t bytes, enum floor variant, unsigned skip_rounds)
{
	struct bench_job job = {
		.series = bench_series_get("floor", subject, "", bytes, 0),
		.run = run_floor,
		.budget_ms = options->budget_ms,
		.variant = (int)variant,
		.memory = bytes,
		.skip_rounds = skip_rounds,
	};

	bench_plan_add(&job);
}

void bench_plan_floors(const struct bench_options *options)
{
	add(options, "seqpacket round trip", 32, FLOOR_SEQPACKET, 0);
	add(options, "mprotect pair", 4 * BENCH_KIB, FLOOR_PROTECT, 0);
	add(options, "mprotect pair", BENCH_GIB, FLOOR_PROTECT,
	    options->quick ? BENCH_ROUNDS_MAX : 0);
	add(options, "fresh memory", BENCH_MIB, FLOOR_FRESH, 0);
}
