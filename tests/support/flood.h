/* SPDX-License-Identifier: MIT */
/*
 * Peers that flood whoever listens, and what the flooded one measures of
 * itself.
 */
#ifndef SHMEM_TESTS_FLOOD_H
#define SHMEM_TESTS_FLOOD_H

#include "raw.h"

/* Attacks; each is a support_fn whose argument is the path of a listener. */
void flood_connections(void *path); /* FLOOD_CONNECTIONS, and ends */
void flood_nothing(void *path);     /* packets full of empty frames */
void flood_bytes(void *path);       /* each byte by itself */
void flood_requests(void *path);    /* 3,000 in a packet */
void flood_memory(void *path);      /* announced and retired, over and over */
void flood_handles(void *path);     /* 200 in a message */
#ifndef _WIN32
void flood_sockets(void *path); /* sockets within sockets, and ends */
#endif
void flood_silence(void *path); /* greets, and never reads */

/* Wine takes its time for each. And the longest turn, where all is slow. */
#ifdef _WIN32
#define FLOOD_CONNECTIONS 1000u
#define FLOOD_SLOW_US 1500000u
#else
#define FLOOD_CONNECTIONS 10000u
#define FLOOD_SLOW_US 10000000u
#endif
#define FLOOD_WAVE 100u

/* A peer that means well: calls again and again until it is killed. */
void flood_victim(void *path);

/* This thread's own time, in microseconds: when it ran, or slept, but not when
 * others had the processor that it could have used. (Where the system does not
 * tell that, only when it ran.) And this process's resident memory, in KiB. */
uint64_t flood_own_us(void);
size_t flood_resident(void);

/*
 * What turns of a loop took of that time. Even so a busy machine makes some of
 * them longer: caches are cold, interrupts are others'. What a peer can do to a
 * turn it does to many, or without an end; so hardly any may be late, and none
 * very.
 */
typedef struct flood_turns {
	uint64_t count;
	uint64_t late;
	uint64_t longest_us;
} flood_turns;
uint64_t flood_took(flood_turns *turns, uint64_t begin); /* what it took */
void flood_check_turns(const flood_turns *turns);

/* One of those, in a process of its own, whose failure is not the test's; and
 * its end, by force if need be: its status, or that of who was killed. */
pid_t flood_start(support_fn *what, char *path);
int flood_end(pid_t child);

/* The system's part: a raw peer that has reached the listener, and has said
 * nothing; its end; a few bytes, come what may; one byte after another, which
 * mean nothing. And one that has greeted. */
void flood_reach(support_raw *raw, const char *path);
void flood_leave(support_raw *raw);
void flood_try(support_raw *raw, const void *bytes, size_t length);
void flood_byte_by_byte(support_raw *raw);
void flood_greet(support_raw *ret, const char *path);

#endif
