/* SPDX-License-Identifier: MIT */
/*
 * The parent: one loop that hires workers, hands out blocks, takes
 * results in, writes what is next in the file, and waits.
 */
#include "compress.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gzip.h"
#include "job.h"
#include "run.h"

static int wait_for_news(struct run *r)
{
	struct pollfd polls[2 * WORKERS_MAX + 1];
	nfds_t n = 1;

	polls[0] = (struct pollfd){r->options.stop_fd, POLLIN, 0};
	for (struct worker *w = r->workers; w != NULL; w = w->next) {
		unsigned wants = shmem_channel_wants(w->channel);

		if (w->dead)
			continue;
		polls[n].fd = (int)shmem_channel_pollable(w->channel);
		polls[n++].events =
			(short)((wants & SHMEM_POLL_READ ? POLLIN : 0) |
				(wants & SHMEM_POLL_WRITE ? POLLOUT : 0));
		polls[n].fd = (int)shmem_channel_peer_pollable(w->channel);
		polls[n++].events = POLLIN;
	}
	if (poll(polls, n, -1) < 0 && errno != EINTR)
		return complain("poll: %s", strerror(errno));
	if (polls[0].revents != 0)
		return complain("interrupted; %s is not written", r->out.path);
	return 0;
}

static struct slot *find_result(struct run *r, uint64_t block)
{
	for (struct worker *w = r->workers; w != NULL; w = w->next)
		for (struct slot *s = w->slots; s < w->slots + SLOTS; s++)
			if (s->state == SLOT_DONE && s->block == block)
				return s;
	return NULL;
}

static int write_in_order(struct run *r)
{
	struct slot *s;

	while ((s = find_result(r, r->next_written)) != NULL) {
		if (output_write(&r->out, shmem_segment_data(s->room),
				 s->result_bytes) != 0)
			return -1;
		r->crc = gzip_join_crc(r->crc, s->crc, s->text_bytes);
		r->summary.bytes_handed += s->result_bytes;
		r->next_written++;
		s->state = SLOT_FREE;
	}
	if (!r->options.quiet)
		progress_show(r->next_written, r->blocks);
	return 0;
}

static int compress_blocks(struct run *r)
{
	while (r->next_written < r->blocks) {
		r->news = 0;
		if (foreman_hire(r) != 0 || foreman_assign(r) != 0 ||
		    foreman_take_in(r) != 0 || write_in_order(r) != 0)
			return -1;
		foreman_let_go(r);
		if (r->news == 0 && wait_for_news(r) != 0)
			return -1;
	}
	return input_check_unchanged(&r->in);
}

static int write_header(struct run *r)
{
	unsigned char header[GZIP_HEADER_MAX];
	const char *slash = strrchr(r->in.path, '/');
	const char *name = slash == NULL ? r->in.path : slash + 1;
	size_t bytes = gzip_header(header, name, r->in.stat.st_mtime,
				   r->options.level);

	return output_write(&r->out, header, bytes);
}

static int write_trailer(struct run *r)
{
	unsigned char trailer[GZIP_TRAILER_BYTES];

	gzip_trailer(trailer, r->crc, (uint64_t)r->in.stat.st_size);
	if (output_write(&r->out, trailer, sizeof(trailer)) != 0)
		return -1;
	return output_commit(&r->out, r->in.stat.st_mode);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_files(struct run *r)
{
	char path[PATH_MAX];
	int n;

	if (input_open(r->options.path, &r->in) != 0)
		return -1;
	n = snprintf(path, sizeof(path), "%s.gz", r->options.path);
	if (n < 0 || (size_t)n >= sizeof(path))
		return complain("cannot write %s.gz: %s", r->options.path,
				strerror(ENAMETOOLONG));
	if (output_open(path, r->options.force, &r->out) != 0)
		return -1;
	r->blocks =
		((uint64_t)r->in.stat.st_size + BLOCK_BYTES - 1) / BLOCK_BYTES;
	if (r->options.kill_one && r->blocks > 0)
		r->options.kills[r->options.kill_count++] = r->blocks / 2;
	return 0;
}

/* What this process counted since `before`. */
static void fill_summary(struct run *r, const shmem_stats *before, double start)
{
	shmem_stats after = SHMEM_STATS_INIT;
	struct summary *s = &r->summary;

	shmem_stats_read(&after);
	s->segments_moved = after.segments_sent + after.segments_received -
			    before->segments_sent - before->segments_received;
	s->bytes_copied = after.bytes_sent + after.bytes_received -
			  before->bytes_sent - before->bytes_received;
	s->path = r->options.path;
	s->input_bytes = (uint64_t)r->in.stat.st_size;
	s->output_bytes = r->out.bytes;
	s->workers = r->options.workers;
	s->seconds = now() - start;
}

int compress_file(const struct options *options, struct summary *ret)
{
	shmem_stats before = SHMEM_STATS_INIT;
	double start = now();
	struct run *r = calloc(1, sizeof(*r));
	int err;

	if (r == NULL)
		return complain("out of memory");
	r->options = *options;
	r->in.fd = r->out.fd = -1;
	shmem_stats_read(&before);
	err = open_files(r);
	if (err == 0)
		err = write_header(r);
	if (err == 0)
		err = compress_blocks(r);
	progress_clear();
	foreman_dismiss(r);
	if (err == 0)
		err = write_trailer(r);
	fill_summary(r, &before, start);
	output_discard(&r->out);
	input_close(&r->in);
	if (err == 0)
		*ret = r->summary;
	free(r);
	return err;
}
