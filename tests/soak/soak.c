/* SPDX-License-Identifier: MIT */
/*
 * A hub and its peers pass segments to and fro at random, as long as one likes,
 * while peers are killed and started again. After each death every segment is
 * accounted for; what the processes use is written down, and must not grow.
 */
#include "crash.h"
#include "sample.h"

#include "base/fault.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PEERS_MAX 64u
#define SAMPLES_MAX 240u
#define STEPS_AT_A_TIME 8u
#define WAIT_MS 20000
#define MOVES_TO_JUDGE 20u /* of each segment */

static struct plan {
	double seconds;
	unsigned peers;
	unsigned live;
	bool quick;
	const char *data;
	uint32_t seed;
} plan = {60, PEERS_MAX, 1000, false, NULL, 1};

typedef struct peer {
	shmem_process *process;
	crash_party party;
	shmem_handle *notes;
	shmem_mapping *view;
} peer;

static struct hub {
	peer peer[PEERS_MAX];
	pid_t pid[PEERS_MAX];
	sample all[SAMPLES_MAX + 1];
	size_t samples;
	unsigned long kills;
	unsigned long partings; /* the hub closed the channel */
	uint64_t came_home;
	uint64_t moves; /* of those that are gone */
	uint32_t seed;
} hub;

static uint32_t chance(uint32_t below)
{
	hub.seed = hub.seed * 1664525u + 1013904223u;
	return (hub.seed >> 8) % below;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void stop(const char *what, int err)
{
	fprintf(stderr, "soak, process %d: %s%s%s\n", (int)getpid(), what,
		err != 0 ? ": " : "", err != 0 ? shmem_errname(err) : "");
	exit(EXIT_FAILURE);
}

static void is_wrong(const char *what)
{
	stop(what, 0);
}

static void need(int err, const char *what)
{
	if (err != 0)
		stop(what, err);
}

static crash_load load_of(unsigned live, int wait)
{
	return (crash_load){.live = live,
			    .batch = 16,
			    .keep = live / 4,
			    .burst = 8,
			    .wait = wait};
}

/* Any mode; few of that which costs a descriptor for each segment. */
static shmem_channel_opts options_of(unsigned i)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	if (i % 16 == 5)
		opts.enforce = SHMEM_ENFORCE_UNMAP;
	else if (i % 16 == 9)
		opts.enforce = SHMEM_ENFORCE_NONE;
	opts.no_ring = i % 16 == 13;
	return opts;
}

/* Arguments: which one it is, how many segments, seed. */
static int peer_main(char **arg)
{
	unsigned i = (unsigned)strtoul(arg[0], NULL, 10);
	crash_load load = load_of((unsigned)strtoul(arg[1], NULL, 10), 20);
	uint32_t seed = (uint32_t)strtoul(arg[2], NULL, 10);
	shmem_channel_opts opts = options_of(i);
	shmem_channel *channel = NULL;
	shmem_handle *notes = NULL;
	shmem_mapping *view = NULL;
	crash_party party;
	int err = 0;

	need(shmem_inherited_handle("notes", &notes), "the notes");
	need(shmem_mapping_open_take(&notes, SHMEM_RW, &view), "the notes");
	need(shmem_inherited_channel(&opts, &channel), "the channel");
	crash_begin(&party, channel, SHMEM_MAPPING_AS(crash_shared, view), 1,
		    true, seed, &load);
	while (err == 0)
		err = crash_step(&party);
	/* The hub has closed it, or is dead. */
	if (err != SHMEM_E_CLOSED)
		stop("the channel ended", err);
	(void)crash_account(&party);
	shmem_mapping_close(&view);
	return EXIT_SUCCESS;
}

static void start(unsigned i)
{
	peer *p = &hub.peer[i];
	shmem_channel_opts opts = options_of(i);
	shmem_spawn_opts spawn = SHMEM_SPAWN_OPTS_INIT;
	shmem_spawn_handle passed = {"notes", p->notes, SHMEM_RW};
	crash_shared *shared = SHMEM_MAPPING_AS(crash_shared, p->view);
	crash_load load = load_of(plan.live, 0);
	shmem_channel *channel = NULL;
	char which[12];
	char live[12];
	char seed[12];
	const char *argv[] = {"soak-peer", which, live, seed, NULL};

	snprintf(which, sizeof(which), "%u", i);
	snprintf(live, sizeof(live), "%u", plan.live);
	snprintf(seed, sizeof(seed), "%u", (unsigned)chance(1u << 24));
	spawn.path = "/proc/self/exe";
	spawn.argv = argv;
	spawn.handles = &passed;
	spawn.handle_count = 1;
	spawn.channel = &opts;
	crash_shared_clear(shared);
	need(shmem_process_spawn(&spawn, &p->process, &channel),
	     "starting a peer");
	hub.pid[i] = shmem_process_pid(p->process);
	crash_begin(&p->party, channel, shared, 0, false, chance(1u << 24),
		    &load);
}

static void expect_end(unsigned i, int expected)
{
	int status = 0;

	need(shmem_process_wait(hub.peer[i].process, WAIT_MS, &status),
	     "the end of a peer");
	if (status != expected) {
		fprintf(stderr, "a peer ended with %d, not %d\n", status,
			expected);
		exit(EXIT_FAILURE);
	}
	shmem_process_close(&hub.peer[i].process);
	hub.moves += hub.peer[i].party.moves;
	hub.peer[i].party.moves = 0;
}

static void kill_one(unsigned i)
{
	need(shmem_process_kill(hub.peer[i].process), "killing a peer");
	hub.came_home += crash_account(&hub.peer[i].party);
	expect_end(i, -9);
	hub.kills++;
}

/* The peer notices, gives an account of its own, and ends. */
static void part_from(unsigned i)
{
	crash_end(&hub.peer[i].party);
	expect_end(i, 0);
	hub.partings++;
}

static void end_one(unsigned i)
{
	if (chance(8) == 0)
		part_from(i);
	else
		kill_one(i);
}

static uint64_t all_moves(void)
{
	uint64_t n = hub.moves;

	for (unsigned i = 0; i < plan.peers; i++)
		n += hub.peer[i].party.moves;
	return n;
}

static void look(double at, FILE *data)
{
	static double last_at;
	static uint64_t last_moves;
	uint64_t moves = all_moves();
	sample *s = &hub.all[hub.samples];

	if (hub.samples > SAMPLES_MAX)
		return;
	sample_take(s, hub.pid, plan.peers);
	s->seconds = at;
	s->moves = (double)(moves - last_moves) / (at - last_at);
	s->live = 0;
	for (unsigned i = 0; i < plan.peers; i++)
		s->live += hub.peer[i].party.held_count +
			   hub.peer[i].party.away_count;
	s->deaths = hub.kills + hub.partings;
	if (data != NULL)
		sample_write(data, s);
	last_at = at;
	last_moves = moves;
	hub.samples++;
}

static void step_all(void)
{
	for (unsigned i = 0; i < plan.peers; i++)
		for (unsigned n = 0; n < STEPS_AT_A_TIME; n++)
			need(crash_step(&hub.peer[i].party),
			     "a channel that should live");
}

static void run(FILE *data)
{
	double begin = now();
	double between = plan.seconds / SAMPLES_MAX;
	double next_sample;
	double next_death = 0.2;
	double at;

	if (between < 0.1)
		between = 0.1;
	next_sample = between;
	while ((at = now() - begin) < plan.seconds) {
		step_all();
		if (at >= next_death) {
			unsigned i = chance(plan.peers);

			end_one(i);
			start(i);
			next_death = at + (1 + chance(100)) / 200.0;
		}
		if (at >= next_sample) {
			look(at, data);
			next_sample = at + between;
		}
	}
}

static void prepare(void)
{
	for (unsigned i = 0; i < plan.peers; i++) {
		peer *p = &hub.peer[i];

		need(shmem_handle_create(sizeof(crash_shared), NULL, &p->notes),
		     "notes");
		need(shmem_mapping_open(p->notes, 0, 0, SHMEM_RW, &p->view),
		     "notes");
		start(i);
	}
}

static void clean_up(void)
{
	for (unsigned i = 0; i < plan.peers; i++) {
		end_one(i);
		shmem_handle_close(&hub.peer[i].notes);
		shmem_mapping_close(&hub.peer[i].view);
	}
}

/* Of all that was there nothing is left, not just little. What the C library
 * keeps for itself is a mapping or two, what a sanitizer does, many. */
static bool nothing_left(const sample *before)
{
	shmem_stats stats = SHMEM_STATS_INIT;
	sample after;
	bool ok;

	sample_take(&after, NULL, 0);
	shmem_stats_read(&stats);
	printf("at the end: %.0f descriptors more, %.0f mappings more; %lu "
	       "blocks of memory, %lu segments, %lu bytes mapped\n",
	       after.hub_descriptors - before->hub_descriptors,
	       after.hub_mappings - before->hub_mappings, shmem__fault_blocks(),
	       (unsigned long)stats.segments,
	       (unsigned long)stats.mapped_bytes);
	ok = after.hub_descriptors == before->hub_descriptors &&
	     (support_is_slow() ||
	      after.hub_mappings <= before->hub_mappings + 8);
	return ok && shmem__fault_blocks() == 0 && stats.segments == 0 &&
	       stats.mapped_bytes == 0 && stats.mappings == 0 &&
	       stats.channels == 0 && stats.handles == 0 &&
	       stats.pool_segments == 0;
}

static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void parse(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--quick") == 0) {
			/* Too short for a judgement on growth. */
			plan.seconds = 4;
			plan.peers = 12;
			plan.live = 200;
			plan.quick = true;
		} else if (strcmp(argv[i], "--data") == 0 && i + 1 < argc) {
			plan.data = argv[++i];
		} else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
			plan.seed = (uint32_t)strtoul(argv[++i], NULL, 10);
		} else {
			plan.seconds = strtod(argv[i], NULL);
			if (plan.seconds < 1)
				stop("usage: soak [--quick] [--seed N] "
				     "[--data FILE] [SECONDS]",
				     0);
		}
	}
}

/* Whether there was no time to fill pools and tables, so that they may well
 * still grow. */
static bool few_moves(void)
{
	bool few = hub.moves < MOVES_TO_JUDGE * plan.peers * plan.live;

	if (few)
		printf("too few moves to judge growth by\n");
	return few;
}

int main(int argc, char **argv)
{
	sample before;
	FILE *data = NULL;
	bool ok;

	crash_wrong = is_wrong;
	if (strcmp(argv[0], "soak-peer") == 0)
		return peer_main(argv + 1);
	parse(argc, argv);
	raise_limit();
	hub.seed = plan.seed;
	if (plan.data != NULL && (data = fopen(plan.data, "we")) == NULL)
		stop(plan.data, 0);
	if (data != NULL)
		sample_head(data);
	sample_take(&before, NULL, 0);
	prepare();
	run(data);
	clean_up();
	printf("%.0f s, %u peers, %u segments each: %lu moves, %lu kills, "
	       "%lu partings, %lu segments came home, none lost\n",
	       plan.seconds, plan.peers, plan.live, (unsigned long)hub.moves,
	       hub.kills, hub.partings, (unsigned long)hub.came_home);
	ok = sample_flat(hub.all, hub.samples) || plan.quick || few_moves();
	ok = nothing_left(&before) && ok;
	if (data != NULL)
		fclose(data);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
