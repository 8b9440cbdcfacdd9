/* SPDX-License-Identifier: MIT */
/* Setting up the scenarios' processes, and the one loop that most of them
 * measure: a segment that goes there and back. */
#include "own.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../work.h"

#define TIMEOUT_MS 120000

void own_check(struct own *own, const char *what, int err)
{
	if (err < 0) {
		errno = 0;
		bench_die(own->pair, "%s: %s", what, shmem_errname(err));
	}
}

static void close_ends(struct own *own)
{
	for (size_t i = 0; i < own->channels; i++)
		for (int side = 0; side < 2; side++)
			if (own->ends[i][side] >= 0)
				close((int)own->ends[i][side]);
}

bool own_run(const struct bench_job *job, struct bench_pair *pair,
	     size_t channels, bench_side_fn *fn)
{
	struct own own = {.job = job, .pair = pair};
	bool done = false;

	own.ends = calloc(channels, sizeof(*own.ends));
	own.channel = calloc(channels, sizeof(*own.channel));
	if (own.ends == NULL || own.channel == NULL)
		goto out;
	for (; own.channels < channels; own.channels++) {
		int ends[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			       ends) != 0) {
			snprintf(pair->reason, sizeof(pair->reason),
				 "%zu socket pairs are too many here",
				 channels);
			goto out;
		}
		own.ends[own.channels][0] = ends[0];
		own.ends[own.channels][1] = ends[1];
	}
	done = bench_pair_run(pair, fn, &own, TIMEOUT_MS);
out:
	close_ends(&own);
	free(own.ends);
	free(own.channel);
	return done;
}

void own_adopt_with(struct own *own, enum bench_side side,
		    const shmem_channel_opts *opts)
{
	bench_pin(side);
	for (size_t i = 0; i < own->channels; i++) {
		close((int)own->ends[i][1 - side]);
		own->ends[i][1 - side] = SHMEM_OS_HANDLE_INVALID;
		own_check(own, "adopt",
			  shmem_channel_adopt(&own->ends[i][side], opts,
					      &own->channel[i]));
	}
	bench_agree(own->pair, side, 0);
}

void own_adopt(struct own *own, enum bench_side side)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.spin_us = own->job->spin ? 0 : SHMEM_SPIN_NEVER;
	if (own->job->variant == OWN_UNMAP)
		opts.enforce = SHMEM_ENFORCE_UNMAP;
	else if (own->job->variant == OWN_NONE)
		opts.enforce = SHMEM_ENFORCE_NONE;
	own_adopt_with(own, side, &opts);
}

void own_send(struct own *own, shmem_channel *channel, shmem_segment **take)
{
	int err;

	while ((err = shmem_segment_send(channel, take)) == SHMEM_E_AGAIN)
		shmem_channel_wait(channel, SHMEM_POLL_WRITE, -1);
	own_check(own, "segment_send", err);
}

shmem_segment *own_recv(struct own *own, shmem_channel *channel)
{
	shmem_segment *segment = NULL;

	own_check(own, "segment_recv",
		  shmem_segment_recv(channel, -1, &segment));
	return segment;
}

void own_recv_empty(struct own *own, shmem_channel *channel)
{
	shmem_message *message = NULL;

	own_check(own, "recv", shmem_channel_recv(channel, -1, &message));
	shmem_message_free(&message);
}

void own_send_empty(struct own *own, shmem_channel *channel)
{
	shmem_message *message = NULL;

	own_check(own, "message_new", shmem_message_new(NULL, 0, &message));
	own_check(own, "send", shmem_channel_send(channel, &message));
}

void own_touch(shmem_segment *segment)
{
	volatile unsigned char *data = shmem_segment_data(segment);
	uint64_t size = shmem_segment_size(segment);

	for (uint64_t i = 0; i < size; i += 4096)
		data[i] = data[i];
}

static unsigned char bump(shmem_segment *segment)
{
	volatile unsigned char *data = shmem_segment_data(segment);
	unsigned char value = (unsigned char)(data[0] + 1);

	data[0] = value;
	return value;
}

static void pass_once(struct own *own, shmem_channel *channel,
		      shmem_segment **segment)
{
	unsigned char left = bump(*segment);

	own_send(own, channel, segment);
	*segment = own_recv(own, channel);
	if (bump(*segment) != (unsigned char)(left + 2))
		bench_die(own->pair, "the peer's write did not arrive");
}

static void bounce(struct own *own, shmem_channel *channel, bool touch)
{
	shmem_segment *segment = own_recv(own, channel);

	if (touch)
		own_touch(segment);
	bump(segment);
	own_send(own, channel, &segment);
}

static void pass_receiver(struct own *own, shmem_channel **channels,
			  size_t count)
{
	uint64_t rounds = bench_agree(own->pair, BENCH_RECEIVER, 0);

	for (uint64_t i = 0; i < rounds; i++)
		bounce(own, channels[i % count], i < count);
	rounds = bench_agree(own->pair, BENCH_RECEIVER, 0);
	for (uint64_t i = 0; i < rounds; i++)
		bounce(own, channels[i % count], false);
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
	return value < low ? low : value > high ? high : value;
}

static void pass_sender(struct own *own, shmem_channel **channels, size_t count,
			shmem_segment **segments)
{
	uint64_t budget = own->job->budget_ms * UINT64_C(1000000);
	bool huge = shmem_segment_size(segments[0]) >= 64 * BENCH_MIB;
	/* Enough that what the library does to a segment that has proven warm
	 * has been done. */
	uint64_t warm = count + (huge ? 8 : 200);
	uint64_t start = 0, rounds;

	bench_agree(own->pair, BENCH_SENDER, warm);
	for (uint64_t i = 0; i < warm; i++) {
		if (i < count)
			own_touch(segments[i]);
		if (i == warm / 2)
			start = bench_now_ns();
		pass_once(own, channels[i % count], &segments[i % count]);
	}
	rounds = budget / ((bench_now_ns() - start) / (warm - warm / 2) + 1);
	rounds = clamp(rounds, 5, BENCH_SAMPLES_MAX);
	bench_agree(own->pair, BENCH_SENDER, rounds);
	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t before = bench_now_ns();

		pass_once(own, channels[i % count], &segments[i % count]);
		bench_sample(own->pair, bench_now_ns() - before);
	}
}

void own_pass(struct own *own, enum bench_side side, shmem_channel **channels,
	      size_t count, shmem_segment **segments)
{
	if (side == BENCH_SENDER)
		pass_sender(own, channels, count, segments);
	else
		pass_receiver(own, channels, count);
}

void own_note(struct own *own)
{
	shmem_stats stats = SHMEM_STATS_INIT;
	const char *how = "small pages";

	shmem_channel_stats(own->channel[0], &stats);
	if (stats.revokes == 0)
		how = "";
	else if (stats.page_table_moves > 0)
		how = stats.huge_segments > 0 ? "huge pages, tables moved"
					      : "page tables moved";
	else if (stats.huge_segments > 0)
		how = "huge pages";
	snprintf(own->pair->note, sizeof(own->pair->note), "%s", how);
}

unsigned own_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	while (dir != NULL && readdir(dir) != NULL)
		count++;
	if (dir != NULL)
		closedir(dir);
	return count;
}
