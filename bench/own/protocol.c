/* SPDX-License-Identifier: MIT */
/*
 * What typed messages cost: a round trip of the same message, once by code that
 * shmemc made, once packed by hand; with values only, and with a segment.
 */
#include "own.h"

#include "../work.h"
#include "by_hand.h"
#include "meter.h"

enum variant { BY_HAND = 0, GENERATED = 1, WITH_SEGMENT = 2 };

#define VALUES 8u
#define WARM 2000u
#define BATCH 64u

/* One side of the conversation, in either way. */
struct talk {
	struct own *own;
	shmem_channel *channel;
	bool with_segment;
	shmem_segment *segment; /* while it is here */
	uint64_t heard;
	uint64_t check; /* of all values that came */

	/* Generated. */
	shmem_protocol *protocol;
	meter_parent *parent; /* the sender's */
	meter_child *child;   /* the receiver's */
};

static const double values[VALUES] = {1, 2, 3, 4, 5, 6, 7, 8};
static const char name[] = "the temperature";

static int hear_sample(struct talk *t, uint64_t id, uint32_t kind, float x,
		       float y, const char *text, const double *list,
		       size_t count)
{
	t->heard++;
	t->check += id + kind + (uint64_t)x + (uint64_t)y +
		    (unsigned char)text[0] + (uint64_t)list[count - 1];
	return 0;
}

static int hear_give(struct talk *t, uint64_t id, shmem_segment **take)
{
	t->heard++;
	t->check += id;
	shmem_segment_move(&t->segment, take);
	return 0;
}

static int hand_sample(void *arg, uint64_t id, uint32_t kind, float x, float y,
		       const char *text, const double *list, size_t count)
{
	return hear_sample(arg, id, kind, x, y, text, list, count);
}

static int hand_give(void *arg, uint64_t id, shmem_segment **take)
{
	return hear_give(arg, id, take);
}

static int parent_sample(meter_parent *actor, uint64_t id, uint32_t kind,
			 float x, float y, const char *text, const double *list,
			 size_t count)
{
	return hear_sample(meter_parent_arg(actor), id, kind, x, y, text, list,
			   count);
}

static int parent_give(meter_parent *actor, uint64_t id, shmem_segment **take)
{
	return hear_give(meter_parent_arg(actor), id, take);
}

static int child_sample(meter_child *actor, uint64_t id, uint32_t kind, float x,
			float y, const char *text, const double *list,
			size_t count)
{
	return hear_sample(meter_child_arg(actor), id, kind, x, y, text, list,
			   count);
}

static int child_give(meter_child *actor, uint64_t id, shmem_segment **take)
{
	return hear_give(meter_child_arg(actor), id, take);
}

static const by_hand_handlers hand_handlers = {hand_sample, hand_give};
static const meter_parent_handlers parent_handlers = {
	.recv_sample = parent_sample,
	.recv_give = parent_give,
};
static const meter_child_handlers child_handlers = {
	.recv_sample = child_sample,
	.recv_give = child_give,
};

static void say(struct talk *t, uint64_t id)
{
	int err;

	if (t->parent != NULL)
		err = t->with_segment
			      ? meter_parent_send_give(t->parent, id,
						       &t->segment)
			      : meter_parent_send_sample(t->parent, id, 7, 1, 2,
							 name, values, VALUES);
	else if (t->child != NULL)
		err = t->with_segment
			      ? meter_child_send_give(t->child, id, &t->segment)
			      : meter_child_send_sample(t->child, id, 7, 1, 2,
							name, values, VALUES);
	else
		err = t->with_segment
			      ? by_hand_send_give(t->channel, id, &t->segment)
			      : by_hand_send_sample(t->channel, id, 7, 1, 2,
						    name, values, VALUES);
	own_check(t->own, "send", err);
}

static void hear(struct talk *t)
{
	uint64_t before = t->heard;

	while (t->heard == before)
		own_check(t->own, "receive",
			  t->protocol != NULL
				  ? shmem_protocol_receive(t->protocol, -1)
				  : by_hand_receive(t->channel, &hand_handlers,
						    t));
}

static void begin(struct talk *t, enum bench_side side)
{
	int err = 0;

	if ((t->own->job->variant & GENERATED) == 0)
		return;
	if (side == BENCH_SENDER)
		err = meter_parent_open(t->channel, &parent_handlers, t,
					&t->protocol, &t->parent);
	else
		err = meter_child_open(t->channel, &child_handlers, t,
				       &t->protocol, &t->child);
	if (err == 0)
		err = shmem_protocol_handshake(t->protocol, -1);
	own_check(t->own, "open", err);
}

/* Batches are timed as a whole: the clock costs as much as what is measured. */
static void lead(struct talk *t)
{
	uint64_t until = t->own->job->budget_ms * UINT64_C(1000000);
	uint64_t id = 0;
	uint64_t rounds;
	uint64_t start = bench_now_ns();

	bench_agree(t->own->pair, BENCH_SENDER, WARM);
	for (; id < WARM; id++) {
		say(t, id);
		hear(t);
	}
	rounds = until / ((bench_now_ns() - start) / WARM + 1) / BATCH;
	rounds = rounds < 5                   ? 5
		 : rounds > BENCH_SAMPLES_MAX ? BENCH_SAMPLES_MAX
					      : rounds;
	bench_agree(t->own->pair, BENCH_SENDER, rounds * BATCH);
	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t before = bench_now_ns();

		for (unsigned k = 0; k < BATCH; k++) {
			say(t, id++);
			hear(t);
		}
		bench_sample(t->own->pair, (bench_now_ns() - before) / BATCH);
	}
}

static void follow(struct talk *t)
{
	for (int phase = 0; phase < 2; phase++) {
		uint64_t count = bench_agree(t->own->pair, BENCH_RECEIVER, 0);

		for (uint64_t i = 0; i < count; i++) {
			hear(t);
			say(t, i);
		}
	}
}

static void converse(struct bench_pair *pair, enum bench_side side, void *arg)
{
	struct own *own = arg;
	struct talk t = {.own = own};
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	(void)pair;
	own_adopt_with(own, side, &opts);
	t.channel = own->channel[0];
	t.with_segment = (own->job->variant & WITH_SEGMENT) != 0;
	begin(&t, side);
	if (side == BENCH_SENDER && t.with_segment)
		own_check(own, "segment_alloc",
			  shmem_segment_alloc(t.channel, 4096, &t.segment));
	if (side == BENCH_SENDER)
		lead(&t);
	else
		follow(&t);
	bench_agree(own->pair, side, 0);
	shmem_segment_free(&t.segment);
	shmem_protocol_close(&t.protocol);
	shmem_channel_close(&own->channel[0]);
}

static bool run_protocol(const struct bench_job *job, struct bench_pair *pair)
{
	return own_run(job, pair, 1, converse);
}

void bench_plan_protocol(const struct bench_options *options)
{
	static const char *const subjects[] = {"packed by hand", "generated"};

	for (int segment = 0; segment < 2; segment++)
		for (int generated = 0; generated < 2; generated++) {
			struct bench_job job = {
				.run = run_protocol,
				.budget_ms = options->budget_ms,
				.spin = true,
				.variant = generated | segment * WITH_SEGMENT,
			};

			job.series = bench_series_get(
				"typed messages", subjects[generated],
				"spinning", segment != 0 ? 4 * BENCH_KIB : 0,
				0);
			bench_plan_add(&job);
		}
}
