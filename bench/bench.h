/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the benchmark share. A *cell* is one measurement of one
 * subject at one size in one round: two processes pinned to two cores, a
 * warm-up, then round trips and a stream of messages. A *series* gathers the
 * rounds of a cell. All subjects are interleaved within a round, so that what
 * the machine does meanwhile hits them alike, and ratios are taken by round.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_KIB ((size_t)1 << 10)
#define BENCH_MIB ((size_t)1 << 20)
#define BENCH_GIB ((size_t)1 << 30)

enum bench_side { BENCH_SENDER = 0, BENCH_RECEIVER = 1 };

struct bench_pair;
struct bench_peer;

/* What a peer is asked to do, and where it keeps its own state. */
struct bench_cell {
	const struct bench_peer *peer;
	struct bench_pair *pair;
	size_t bytes;    /* of each message */
	unsigned window; /* messages that one answer stands for, in a stream */
	unsigned per_answer; /* the same, now: 1 in round trips */
	bool streaming;      /* several messages may be under way */
	bool spin;           /* poll instead of sleeping */
	char name[48]; /* unique on this machine, for files and the like */
	void *state;
};

/*
 * A way to bring bytes from one process to another. prepare runs before the two
 * processes are forked and says why it can't be done, or NULL; discard undoes
 * it. All others run in the two processes and end theirs with bench_die() when
 * something fails.
 */
struct bench_peer {
	const char *name;
	const char *what;      /* one line for the reader */
	int variant;           /* for peers that are several in one */
	size_t max_bytes;      /* larger messages are skipped … */
	const char *too_large; /* … for this reason */
	bool extra;            /* no target needs it: only in full runs */
	bool flows;            /* a stream needs no answers but the last */
	bool only_spins;       /* has no blocking mode */
	/* Once a run: NULL, or why this peer can't be measured here. */
	const char *(*start)(size_t max_bytes);
	void (*stop)(void);

	const char *(*prepare)(struct bench_cell *cell);
	void (*discard)(struct bench_cell *cell);
	void (*open)(struct bench_cell *cell, enum bench_side side);
	void (*close)(struct bench_cell *cell, enum bench_side side);

	/* The sender's: a buffer to fill, hand it over, wait for an answer. */
	void *(*acquire)(struct bench_cell *cell);
	void (*send)(struct bench_cell *cell, void *buffer);
	void (*await)(struct bench_cell *cell);

	/* The receiver's: the next message; done with it, and answer or not. */
	const void *(*receive)(struct bench_cell *cell);
	void (*release)(struct bench_cell *cell, const void *buffer,
			bool answer);
};

/* These, in the table of a peer that calls each as it is called here, but for
 * what undoes prepare. */
#define BENCH_PEER_CALLS(undo)                                                 \
	.prepare = prepare, .discard = (undo), .open = open_side,              \
	.close = close_side, .acquire = acquire, .send = send_message,         \
	.await = await, .receive = receive, .release = release

/* Every peer that this build knows, and those that it had to leave out. */
struct bench_missing {
	const char *name;
	const char *why;
};
extern const struct bench_peer *const bench_peers[]; /* NULL-terminated */
extern const struct bench_missing bench_missing[];   /* name NULL: the end */

/* Ends this side of the pair; the reason reaches the report. */
#if defined(__GNUC__)
__attribute__((noreturn, format(printf, 2, 3)))
#endif
void bench_die(struct bench_pair *pair, const char *format, ...);

/* Polling: lets the other hardware thread have the core for a moment. */
static inline void bench_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

#ifdef __cplusplus
}
#endif
#endif
