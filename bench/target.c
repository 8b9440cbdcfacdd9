/* SPDX-License-Identifier: MIT */
/*
 * Judges the run. Each ratio is the median of the ratios of each round; where a
 * target is about the best peer, that is the peer and mode with the best median
 * of this run. What has no figure has not been met.
 */
#include "target.h"

#include <math.h>
#include <string.h>

#include "results.h"

#define TARGETS_MAX 96

static struct target targets[TARGETS_MAX];
static unsigned target_count;

static void judge(const char *goal, const char *what,
		  const struct bench_series *series, enum bench_metric metric,
		  double ratio, bool at_most, double limit, const char *to)
{
	struct target *t = &targets[target_count];

	if (target_count == TARGETS_MAX)
		return;
	target_count++;
	t->goal = goal;
	t->what = what;
	t->figure = bench_median(series, metric);
	t->unit = metric == BENCH_VALUE ? "" : "ns";
	t->ratio = ratio;
	t->at_most = at_most;
	t->limit = limit;
	t->to = to;
}

static struct bench_series *passing(const char *subject, const char *mode,
				    size_t bytes)
{
	return bench_series_find("pass", subject, mode, bytes, 0);
}

static struct bench_series *transfer(const char *subject, const char *mode,
				     size_t bytes)
{
	return bench_series_find("transfer", subject, mode, bytes, 0);
}

/* Segments, or bytes in a message, which are copied and so need no protection:
 * whatever is quicker. */
static struct bench_series *our_transfer(size_t bytes)
{
	struct bench_series *segment = transfer("shmem", "spinning", bytes);
	struct bench_series *copied =
		transfer("shmem bytes", "spinning", bytes);

	return bench_median(copied, BENCH_TRIP) <
			       bench_median(segment, BENCH_TRIP)
		       ? copied
		       : segment;
}

static struct bench_series *floor_of(const char *subject, size_t bytes)
{
	return bench_series_find("floor", subject, "", bytes, 0);
}

/* The best of those that are not this library and could be used instead. */
static struct bench_series *best_peer(size_t bytes, enum bench_metric metric,
				      const char *mode)
{
	struct bench_series *best = NULL;

	for (struct bench_series *s = bench_series_first(); s != NULL;
	     s = s->next) {
		if (strcmp(s->scenario, "transfer") != 0 || s->bytes != bytes ||
		    strncmp(s->subject, "shmem", 5) == 0 ||
		    strcmp(s->subject, "bare memory") == 0 ||
		    (mode != NULL && strcmp(s->mode, mode) != 0) ||
		    isnan(bench_median(s, metric)))
			continue;
		if (best == NULL ||
		    bench_median(s, metric) < bench_median(best, metric))
			best = s;
	}
	return best;
}

static void hand_over(void)
{
	struct bench_series *packet = floor_of("seqpacket round trip", 32);
	struct bench_series *pair = floor_of("mprotect pair", 4 * BENCH_KIB);
	struct bench_series *small =
		passing("shmem", "spinning", 4 * BENCH_KIB);
	struct bench_series *large = passing("shmem", "spinning", BENCH_GIB);
	static const struct {
		size_t bytes;
		const char *spinning, *blocking;
	} sizes[] = {
		{4 * BENCH_KIB, NULL, "4 KiB, there and back, blocking"},
		{64 * BENCH_KIB, NULL, "64 KiB, there and back, blocking"},
		{BENCH_MIB, "1 MiB, there and back",
		 "1 MiB, there and back, blocking"},
		{2 * BENCH_MIB, "2 MiB, there and back",
		 "2 MiB, there and back, blocking"},
	};

	for (unsigned i = 2; i < 4; i++) {
		struct bench_series *s =
			passing("shmem", "spinning", sizes[i].bytes);

		judge("G1", sizes[i].spinning, s, BENCH_TRIP,
		      bench_ratio(s, BENCH_TRIP, packet, BENCH_TRIP), true,
		      0.12, "a bare SEQPACKET round trip");
	}
	for (unsigned i = 2; i < 4; i++) {
		struct bench_series *s =
			passing("shmem", "spinning", sizes[i].bytes);

		judge("G2", sizes[i].spinning, s, BENCH_TRIP,
		      bench_ratio(s, BENCH_TRIP, pair, BENCH_TRIP), true, 3.0,
		      "an mprotect pair of 4 KiB");
	}
	for (unsigned i = 0; i < 4; i++) {
		struct bench_series *s =
			passing("shmem", "blocking", sizes[i].bytes);

		judge("G3", sizes[i].blocking, s, BENCH_TRIP,
		      bench_ratio(s, BENCH_TRIP, packet, BENCH_TRIP), true, 1.2,
		      "a bare SEQPACKET round trip");
	}
	judge("G4", "1 GiB, there and back", large, BENCH_TRIP,
	      bench_ratio(large, BENCH_TRIP, small, BENCH_TRIP), true, 5.0,
	      "4 KiB (stretch: 2)");
	/* A round trip revokes and restores at both sides. */
	judge("G5", "1 GiB, there and back", large, BENCH_TRIP,
	      2 * bench_ratio(floor_of("mprotect pair", BENCH_GIB), BENCH_TRIP,
			      large, BENCH_TRIP),
	      false, 1000.0,
	      "two mprotect pairs of 1 GiB cost this many times");
}

static void throughput(void)
{
	static const struct {
		const char *goal, *what;
		size_t bytes;
		double limit;
	} goals[] = {
		{"G6", "stream of 1 MiB", BENCH_MIB, 1.25},
		{"G7", "stream of 16 MiB", 16 * BENCH_MIB, 1.4},
	};
	struct bench_series *none =
		transfer("shmem none", "spinning", BENCH_MIB);

	for (unsigned i = 0; i < 2; i++) {
		struct bench_series *ours =
			transfer("shmem", "spinning", goals[i].bytes);
		struct bench_series *best =
			best_peer(goals[i].bytes, BENCH_MESSAGE, NULL);

		judge(goals[i].goal, goals[i].what, ours, BENCH_MESSAGE,
		      bench_ratio(best, BENCH_MESSAGE, ours, BENCH_MESSAGE),
		      false, goals[i].limit,
		      best != NULL ? best->subject : "the best peer");
		if (i == 0)
			judge("G6", "stream of 1 MiB", ours, BENCH_MESSAGE,
			      bench_ratio(none, BENCH_MESSAGE, ours,
					  BENCH_MESSAGE),
			      false, 0.85, "itself with enforcement off");
	}
}

static void streamed(void)
{
	static const struct {
		size_t bytes;
		const char *what;
		double limit;
	} sizes[] = {
		{64, "streamed records of 64 B", 5.0},
		{4 * BENCH_KIB, "streamed records of 4 KiB", 2.0},
		{64 * BENCH_KIB, "streamed records of 64 KiB", 2.0},
	};

	for (unsigned i = 0; i < 3; i++) {
		struct bench_series *ours =
			transfer("shmem stream", "spinning", sizes[i].bytes);
		struct bench_series *best =
			best_peer(sizes[i].bytes, BENCH_MESSAGE, NULL);

		judge("G8", sizes[i].what, ours, BENCH_MESSAGE,
		      bench_ratio(best, BENCH_MESSAGE, ours, BENCH_MESSAGE),
		      false, sizes[i].limit,
		      best != NULL ? best->subject : "the best peer");
	}
}

static void small_messages(void)
{
	static const struct {
		size_t bytes;
		const char *what, *copied, *none;
		double blocking; /* 0: not judged */
	} sizes[] = {
		{64, "64 B, round trip", "64 B as bytes, round trip",
		 "64 B, enforcement off", 5.0},
		{4 * BENCH_KIB, "4 KiB, round trip",
		 "4 KiB as bytes, round trip", "4 KiB, enforcement off", 5.0},
		{64 * BENCH_KIB, "64 KiB, round trip",
		 "64 KiB as bytes, round trip", "64 KiB, enforcement off", 4.0},
		{BENCH_MIB, NULL, NULL, "1 MiB, enforcement off", 0},
		{16 * BENCH_MIB, NULL, NULL, "16 MiB, enforcement off", 0},
	};

	for (unsigned i = 0; i < 5; i++) {
		size_t bytes = sizes[i].bytes;
		struct bench_series *ours = our_transfer(bytes);
		struct bench_series *none =
			transfer("shmem none", "spinning", bytes);
		struct bench_series *iox =
			transfer("iceoryx", "spinning", bytes);
		struct bench_series *best =
			best_peer(bytes, BENCH_TRIP, "blocking");

		if (sizes[i].what != NULL) {
			const char *what = strcmp(ours->subject, "shmem") == 0
						   ? sizes[i].what
						   : sizes[i].copied;

			judge("G9", what, ours, BENCH_TRIP,
			      bench_ratio(ours, BENCH_TRIP, iox, BENCH_TRIP),
			      true, 2.5, "iceoryx polling");
			judge("G9", what, ours, BENCH_TRIP,
			      bench_ratio(best, BENCH_TRIP, ours, BENCH_TRIP),
			      false, sizes[i].blocking,
			      best != NULL ? best->subject
					   : "the best blocking peer");
		}
		judge("G9", sizes[i].none, none, BENCH_TRIP,
		      bench_ratio(none, BENCH_TRIP, iox, BENCH_TRIP), true, 1.0,
		      "iceoryx polling");
	}
}

static void allocation(void)
{
	struct bench_series *fresh = floor_of("fresh memory", BENCH_MIB);
	struct bench_series *pool =
		bench_series_find("alloc", "pool", "", BENCH_MIB, 0);
	struct bench_series *scrubbed =
		bench_series_find("alloc", "pool, scrubbed", "", BENCH_MIB, 0);
	struct bench_series *ours = transfer("shmem", "spinning", BENCH_MIB);
	struct bench_series *plain =
		transfer("memfd a message", "spinning", BENCH_MIB);
	struct bench_series *first = bench_series_find(
		"first message", "shmem", "blocking", BENCH_MIB, 0);
	struct bench_series *plain_first = bench_series_find(
		"first message", "memfd a message", "blocking", BENCH_MIB, 0);

	judge("G10", "1 MiB from the pool and back", pool, BENCH_TRIP,
	      bench_ratio(fresh, BENCH_TRIP, pool, BENCH_TRIP), false, 500.0,
	      "fresh memory costs this many times");
	judge("G10", "the same, scrubbed", scrubbed, BENCH_TRIP,
	      bench_ratio(fresh, BENCH_TRIP, scrubbed, BENCH_TRIP), false, 10.0,
	      "fresh memory costs this many times");
	judge("G11", "1 MiB, round trip", ours, BENCH_TRIP,
	      bench_ratio(plain, BENCH_TRIP, ours, BENCH_TRIP), false, 10.0,
	      "a memfd a message costs this many times");
	judge("G11", "1 MiB, the very first message", first, BENCH_TRIP,
	      bench_ratio(first, BENCH_TRIP, plain_first, BENCH_TRIP), true,
	      1.2, "a memfd");
}

static void parts(size_t bytes, const char *what)
{
	struct bench_series *one = bench_series_find(
		"parts a message", "16 segments", "spinning", bytes, 16);
	struct bench_series *many = bench_series_find(
		"parts a message", "16 segments", "spinning", bytes, 1);

	judge("G12", what, one, BENCH_TRIP,
	      bench_ratio(one, BENCH_TRIP, many, BENCH_TRIP), true, 0.5,
	      "sixteen messages");
}

static void growth(void)
{
	size_t bytes = 4 * BENCH_KIB;
	struct bench_series *many_segments = bench_series_find(
		"live segments", "shmem", "spinning", bytes, 10000);
	struct bench_series *one_segment = bench_series_find(
		"live segments", "shmem", "spinning", bytes, 1);
	struct bench_series *many_channels = bench_series_find(
		"channels", "one of them", "spinning", bytes, 1000);
	struct bench_series *one_channel = bench_series_find(
		"channels", "one of them", "spinning", bytes, 1);
	struct bench_series *idle =
		bench_series_find("idle", "part of a core", "spinning", 0, 0);

	judge("G13", "among 10,000 live segments", many_segments, BENCH_TRIP,
	      bench_ratio(many_segments, BENCH_TRIP, one_segment, BENCH_TRIP),
	      true, 1.3, "alone");
	judge("G13", "among 1,000 channels", many_channels, BENCH_TRIP,
	      bench_ratio(many_channels, BENCH_TRIP, one_channel, BENCH_TRIP),
	      true, 1.3, "alone");
	judge("G13", "descriptors of a channel, 10,000 segments", many_segments,
	      BENCH_VALUE, bench_median(many_segments, BENCH_VALUE), true, 2.0,
	      "");
	judge("G13", "descriptors of each of 1,000 channels", many_channels,
	      BENCH_VALUE, bench_median(many_channels, BENCH_VALUE), true, 2.0,
	      "");
	judge("G13", "part of a core that an idle channel burns", idle,
	      BENCH_VALUE, bench_median(idle, BENCH_VALUE), true, 0.001, "");
}

#ifdef BENCH_PROTOCOL
static void typed(size_t bytes, const char *what)
{
	struct bench_series *generated = bench_series_find(
		"typed messages", "generated", "spinning", bytes, 0);
	struct bench_series *by_hand = bench_series_find(
		"typed messages", "packed by hand", "spinning", bytes, 0);

	judge("P1", what, generated, BENCH_TRIP,
	      bench_ratio(generated, BENCH_TRIP, by_hand, BENCH_TRIP), true,
	      1.1, "the same messages packed by hand");
}
#endif

void target_judge(void)
{
	target_count = 0;
	hand_over();
	throughput();
	streamed();
	small_messages();
	allocation();
	parts(4 * BENCH_KIB, "16 segments of 4 KiB in one message");
	parts(64 * BENCH_KIB, "16 segments of 64 KiB in one message");
	growth();
#ifdef BENCH_PROTOCOL
	typed(0, "a typed message, there and back");
	typed(4 * BENCH_KIB, "the same with a segment");
#endif
}

const struct target *target_list(unsigned *ret_count)
{
	*ret_count = target_count;
	return targets;
}

bool target_met(const struct target *target)
{
	if (isnan(target->ratio))
		return false;
	return target->at_most ? target->ratio <= target->limit
			       : target->ratio >= target->limit;
}

bool target_all_met(void)
{
	for (unsigned i = 0; i < target_count; i++)
		if (!target_met(&targets[i]))
			return false;
	return target_count > 0;
}
