/* SPDX-License-Identifier: MIT */
/*
 * iceoryx through its C interface, with its daemon. It hands over chunks of
 * memory that every process keeps mapped: nothing is copied and nothing is
 * enforced. Polling asks the subscriber for a chunk in a loop; blocking waits
 * on a WaitSet.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <iceoryx_binding_c/enums.h>
#include <iceoryx_binding_c/log.h>
#include <iceoryx_binding_c/notification_info.h>
#include <iceoryx_binding_c/publisher.h>
#include <iceoryx_binding_c/runtime.h>
#include <iceoryx_binding_c/subscriber.h>
#include <iceoryx_binding_c/wait_set.h>

#include "../pair.h"

struct state {
	iox_pub_storage_t pub_room;
	iox_sub_storage_t sub_room;
	iox_ws_storage_t set_room;
	iox_pub_t pub;
	iox_sub_t sub;
	iox_ws_t set;
};

static pid_t daemon_pid;

static bool write_config(const char *path, size_t max_bytes)
{
	/* Room for the message windows, and for a chunk's own header. */
	static const struct {
		size_t size;
		unsigned count;
	} pools[] = {
		{128, 4000},
		{4 * BENCH_KIB + 512, 1000},
		{64 * BENCH_KIB + 512, 200},
		{BENCH_MIB + 512, 24},
		{16 * BENCH_MIB + 512, 8},
		{256 * BENCH_MIB + 512, 5},
	};
	FILE *file = fopen(path, "w");

	if (file == NULL)
		return false;
	fputs("[general]\nversion = 1\n\n[[segment]]\n", file);
	for (size_t i = 0; i < sizeof(pools) / sizeof(*pools); i++)
		if (pools[i].size <= max_bytes + 512)
			fprintf(file,
				"\n[[segment.mempool]]\nsize = %zu\ncount = "
				"%u\n",
				pools[i].size / 32 * 32, pools[i].count);
	return fclose(file) == 0;
}

static void stop(void)
{
	if (daemon_pid <= 0)
		return;
	kill(daemon_pid, SIGTERM);
	waitpid(daemon_pid, NULL, 0);
	daemon_pid = 0;
}

/* Reads what the daemon says until it says that it is ready. */
static bool daemon_ready(int fd)
{
	char said[4096];
	size_t len = 0;
	struct pollfd polled = {fd, POLLIN, 0};

	while (len < sizeof(said) - 1 && poll(&polled, 1, 20000) > 0) {
		ssize_t n = read(fd, said + len, sizeof(said) - 1 - len);

		if (n <= 0)
			return false;
		len += (size_t)n;
		said[len] = '\0';
		if (strstr(said, "ready for clients") != NULL)
			return true;
	}
	return false;
}

static const char *start(size_t max_bytes)
{
	char path[] = "/tmp/shmem-bench-roudi-XXXXXX";
	int out[2];
	int fd = mkstemp(path);
	bool ready;

	if (fd < 0)
		return "no temporary file for the daemon's settings";
	close(fd);
	if (!write_config(path, max_bytes) || pipe(out) != 0) {
		unlink(path);
		return "can't prepare its daemon";
	}
	fflush(NULL);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		close(out[0]);
		close(out[1]);
		execlp("iox-roudi", "iox-roudi", "-c", path, "-m", "off",
		       (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	ready = daemon_pid > 0 && daemon_ready(out[0]);
	unlink(path);
	if (!ready) {
		close(out[0]);
		stop();
		return "iox-roudi did not start (is it installed, or does "
		       "another one run?)";
	}
	/* The pipe stays open, so that it can go on saying things: it says
	 * little enough to fit. */
	return NULL;
}

static const char *prepare(struct bench_cell *cell)
{
	static struct state state;

	cell->state = &state;
	return NULL;
}

/* Its runtimes leave a socket and a lock behind, each. */
static void discard(struct bench_cell *cell)
{
	static const char *const what[] = {"-0", "-0.lock", "-1", "-1.lock"};

	for (size_t i = 0; i < sizeof(what) / sizeof(*what); i++) {
		char path[96];

		snprintf(path, sizeof(path), "/tmp/%s%s", cell->name, what[i]);
		unlink(path);
	}
}

static void open_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;
	bool sender = side == BENCH_SENDER;
	char name[64];
	iox_pub_options_t pub_opts;
	iox_sub_options_t sub_opts;

	snprintf(name, sizeof(name), "%s-%d", cell->name, (int)side);
	iox_set_loglevel(Iceoryx_LogLevel_Off);
	iox_runtime_init(name);
	iox_pub_options_init(&pub_opts);
	pub_opts.historyCapacity = 0;
	iox_sub_options_init(&sub_opts);
	sub_opts.queueCapacity = 256;
	sub_opts.historyRequest = 0;
	state->pub = iox_pub_init(&state->pub_room, "bench", cell->name,
				  sender ? "there" : "back", &pub_opts);
	state->sub = iox_sub_init(&state->sub_room, "bench", cell->name,
				  sender ? "back" : "there", &sub_opts);
	if (!cell->spin) {
		state->set = iox_ws_init(&state->set_room);
		iox_ws_attach_subscriber_state(state->set, state->sub,
					       SubscriberState_HAS_DATA, 1,
					       NULL);
	}
	while (iox_sub_get_subscription_state(state->sub) !=
		       SubscribeState_SUBSCRIBED ||
	       !iox_pub_has_subscribers(state->pub))
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	(void)side;
	if (!cell->spin) {
		iox_ws_detach_subscriber_state(state->set, state->sub,
					       SubscriberState_HAS_DATA);
		iox_ws_deinit(state->set);
	}
	iox_sub_deinit(state->sub);
	iox_pub_deinit(state->pub);
	iox_runtime_shutdown();
}

static void *loan(struct bench_cell *cell, size_t bytes)
{
	struct state *state = cell->state;
	void *chunk = NULL;

	if (iox_pub_loan_chunk(state->pub, &chunk, (uint32_t)bytes) !=
	    AllocationResult_SUCCESS)
		bench_die(cell->pair, "no chunk of %zu bytes", bytes);
	return chunk;
}

static const void *take(struct bench_cell *cell)
{
	struct state *state = cell->state;
	const void *chunk = NULL;

	while (iox_sub_take_chunk(state->sub, &chunk) !=
	       ChunkReceiveResult_SUCCESS) {
		iox_notification_info_t info[4];
		uint64_t missed;

		if (cell->spin)
			bench_relax();
		else
			iox_ws_wait(state->set, info, 4, &missed);
	}
	return chunk;
}

static void *acquire(struct bench_cell *cell)
{
	return loan(cell, cell->bytes);
}

static void send_message(struct bench_cell *cell, void *buffer)
{
	iox_pub_publish_chunk(((struct state *)cell->state)->pub, buffer);
}

static void await(struct bench_cell *cell)
{
	iox_sub_release_chunk(((struct state *)cell->state)->sub, take(cell));
}

static const void *receive(struct bench_cell *cell)
{
	return take(cell);
}

static void release(struct bench_cell *cell, const void *buffer, bool answer)
{
	struct state *state = cell->state;

	iox_sub_release_chunk(state->sub, buffer);
	if (answer)
		iox_pub_publish_chunk(state->pub, loan(cell, 8));
}

const struct bench_peer peer_iceoryx = {
	.name = "iceoryx",
	.what = "iceoryx 2, chunks in its daemon's shared memory",
	.max_bytes = 256 * BENCH_MIB,
	.too_large = "its daemon would need several GiB of chunks",
	.start = start,
	.stop = stop,
	BENCH_PEER_CALLS(discard),
};
