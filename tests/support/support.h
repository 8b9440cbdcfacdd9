/* SPDX-License-Identifier: MIT */
/*
 * What every Check program of this project uses.
 *
 *   static Suite *suite(void)
 *   {
 *           Suite *s = suite_create("handle");
 *           TCase *t = support_case(s, "create");
 *
 *           tcase_add_test(t, created_handle_is_zero_filled);
 *           return s;
 *   }
 *   SUPPORT_MAIN(suite)
 *
 * Each test runs in a process of its own. A case made by support_case() fails
 * a test that leaves a descriptor or a mapping behind, or takes one away that
 * it did not make, and says which.
 */
#ifndef SHMEM_TESTS_SUPPORT_H
#define SHMEM_TESTS_SUPPORT_H

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#if defined(__SANITIZE_ADDRESS__)
#define SUPPORT_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define SUPPORT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SUPPORT_ASAN 1
#elif __has_feature(thread_sanitizer)
#define SUPPORT_TSAN 1
#endif
#endif
#ifndef SUPPORT_ASAN
#define SUPPORT_ASAN 0
#endif
#ifndef SUPPORT_TSAN
#define SUPPORT_TSAN 0
#endif

/* A case with the leak check around each of its tests; added to the suite. A
 * fixture of the test's own is set up after it and torn down before it. */
TCase *support_case(Suite *suite, const char *name);

#ifdef _WIN32
#define SIGKILL 9
#define SIGBUS 7
/* Each in a process of its own; without fork the program is started anew for
 * each, and then adds this one alone. */
void support_add(TCase *c, const TTest *test, int start, int end);
#undef tcase_add_test
#undef tcase_add_loop_test
#define tcase_add_test(c, test) support_add(c, test, 0, 1)
#define tcase_add_loop_test(c, test, start, end)                               \
	support_add(c, test, start, end)
#endif

/* Runs the suite; what main() returns. CK_RUN_CASE=name runs one case. */
int support_run(int argc, char **argv, Suite *suite);
#define SUPPORT_MAIN(suite)                                                    \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		return support_run(argc, argv, suite());                       \
	}

/* Whether an instrument (a sanitizer, Valgrind) slows this run down. */
bool support_is_slow(void);

/*
 * What not every system has. A test that can't do without says so first:
 *
 *   support_needs(SUPPORT_SEALS);
 *
 * Where it is missing, the test ends there and says why on its output
 * ("skipped: ..."), which scripts/test shows.
 */
typedef enum support_feature {
	SUPPORT_SEALS, /* memory that can be made final, in size or for good */
	SUPPORT_RECORDS,   /* sockets that keep packets apart */
	SUPPORT_PEER_ID,   /* the system says who is at the other end */
	SUPPORT_PIDFD,     /* the end of any process can be waited for */
	SUPPORT_ABSTRACT,  /* addresses in no folder */
	SUPPORT_NAMELESS,  /* files without a name, names changed at once */
	SUPPORT_MOVES,     /* pages that can be moved to other addresses */
	SUPPORT_HOLES,     /* memory of which a part is given back */
	SUPPORT_SYMBOLS,   /* names of functions, what a fault was about */
	SUPPORT_STACKS,    /* the C library tells who called whom */
	SUPPORT_TOUCH,     /* a fault tells a load from a store */
	SUPPORT_BYTE,      /* and which byte it was about, not its page alone */
	SUPPORT_NATIVE,    /* the kernel itself, not one that is emulated */
	SUPPORT_ADDRESSES, /* 64 bits of them */
	SUPPORT_ERRNO,     /* errno behind the library's errors */
	SUPPORT_PAGES,     /* views that begin at any page */
	SUPPORT_PASSING,   /* sockets that carry descriptors */
	SUPPORT_SIZES,     /* memory of any size, not of whole pages only */
	SUPPORT_FORK,      /* a process can be copied */
	SUPPORT_LIBRARIES, /* a program can load more of them */
	SUPPORT_QUICK,     /* tens of thousands of packets in a few seconds */
	SUPPORT_ADVICE,    /* advice about memory (madvise) is heeded */
	SUPPORT_SURPLUS,   /* descriptors that found no room are closed */
	SUPPORT_PTRACE,    /* a process can be stopped at its calls */
	SUPPORT_START,     /* who starts a program learns that it can't be */
	SUPPORT_LIMITS,    /* limits on addresses are kept */
	SUPPORT_CUTTING,   /* memory that others may make shorter */
	SUPPORT_BUS,       /* SIGBUS tells where */
	SUPPORT_HAND_ON,   /* a signal that is handed on kills as it would */
	SUPPORT_FEW,       /* a limit to how many descriptors there may be */
	SUPPORT_GATE,      /* what memory is, and is for, can be seen */
	SUPPORT_FIXED,     /* memory stays as large as it was made */
	SUPPORT_STDIO,     /* the first numbers are of standard streams */
	SUPPORT_LASTING,   /* a name and its memory outlive their users */
	SUPPORT_REAPED,    /* the end of a process is told once */
	SUPPORT_WRAPPED,   /* memory waits for who stands behind a wrapper */
	SUPPORT_EMPTY,     /* a variable can be empty */
	SUPPORT_WRITER,    /* memory that its maker alone can write, for ever */
	SUPPORT_GROUP,     /* objects that a group of users can open */
	SUPPORT_FEATURES
} support_feature;

/* NULL where it is there, else why it is not. */
const char *support_lacks(support_feature feature);
bool support_skip(const char *test, const char *why);
#define support_needs(feature)                                                 \
	do {                                                                   \
		if (support_skip(__func__, support_lacks(feature)))            \
			return;                                                \
	} while (0)

/* An error of the system's by its name, where the C library knows those. */
const char *support_errno_name(int native);

/* This program, for those who start it again: in an emulator that is a script,
 * which CMake puts beside it. */
const char *support_self(void);

/* This program under another name, in the scratch folder. */
void support_self_as(const char *name);

/* A variable of this process and of the programs that it starts; NULL for none.
 */
void support_variable(const char *name, const char *value);

/* Something that is open, not memory, and inherited by whatever is started; and
 * another number for the same, far from those that are in use. */
intptr_t support_stranger(void);
intptr_t support_far(intptr_t os);

/* Where a fault at that byte is told to be. */
const void *support_fault_at(const void *at);

/* The type of socket that channels are made of, and one that is another. */
#ifdef SUPPORT_POSIX
#define SUPPORT_SOCKET SOCK_STREAM
#define SUPPORT_OTHER_SOCKET SOCK_SEQPACKET
#else
#define SUPPORT_SOCKET SOCK_SEQPACKET
#define SUPPORT_OTHER_SOCKET SOCK_STREAM
#endif

/* Zeros that all tests of the program share, made before any of them runs: they
 * are processes. */
void *support_shared(size_t bytes);

/* From here on this thread uses the processor that it is on, and no other. */
void support_pin(void);

/* How often to repeat: `some`, or `many` in a run that has hours to spend
 * (scripts/test --long sets SHMEM_TEST_LONG). */
unsigned long support_times(unsigned long some, unsigned long many);

/*
 * The open descriptors and the mappings that matter: shared ones, and
 * addresses that are only reserved. compare writes one line for each difference
 * from `before` to `report` and returns how many there are.
 */
typedef struct support_state support_state;
support_state *support_state_take(void);
size_t support_state_compare(const support_state *before, char *report,
			     size_t cap);
void support_state_free(support_state *state);

/* How many descriptors are open. */
size_t support_descriptors(void);

/* From here on this process may have as many as its user may. */
void support_many_descriptors(void);

/* Their numbers are below `limit` from here on; what the limit was. Where there
 * is SUPPORT_FEW. */
unsigned long support_limit_descriptors(unsigned long limit);

/*
 * Children. They run fn(arg), end with exit code 0 after it, and are killed
 * when the thread that started them ends. A ck_assert that fails in one is
 * reported and ends it with code 1; that, and a crash, in one that runs beside
 * the test is the test's failure, at once, so that nothing waits in vain.
 */
typedef void support_fn(void *arg);
pid_t support_fork(support_fn *fn, void *arg);

/* The same for one that may end as it likes, which only support_wait tells. */
pid_t support_launch(support_fn *fn, void *arg);

/* The same for one that makes thousands of them at a time with the parent, or
 * is killed at it, by which the two reports would get mixed: what fails in it
 * is not reported, and is no failure of the test. */
pid_t support_fork_apart(support_fn *fn, void *arg);

/* The same for one that is no copy where the system makes none: all that it has
 * of the test is a copy of the `size` bytes at `arg`, and what the function of
 * the suite has set up. */
pid_t support_start(support_fn *fn, const void *arg, size_t size);

/* A child is killed, stopped, goes on. */
void support_kill(pid_t child);
void support_stop(pid_t child);
void support_continue(pid_t child);

/* Whether it has ended; it is still to be waited for. And, in a child: it is
 * killed. */
bool support_has_ended(pid_t child);
void support_die(void);

/* In a child, where there is SUPPORT_FORK: it has one of its own, which nobody
 * waits for; or becomes a program that sleeps for 20 s. */
void support_orphan(support_fn *fn, void *arg);
void support_become_another(void);

/* Ends a child with another code than 0. */
void support_exit(int code);

/* Its exit code, or its deadly signal as a negative number. One that takes
 * longer than `timeout` ms is killed and fails the test. */
int support_wait(pid_t child, int timeout);

/* Fork, and wait for at most a minute; however it ends. */
int support_child(support_fn *fn, void *arg);

/* Fails the test unless fn(arg), in a child, dies of `signal`. */
void support_dies(int signal, support_fn *fn, void *arg);

/* The same for one that is no copy where the system makes none: see
 * support_start. */
void support_dies_with(int signal, support_fn *fn, const void *arg,
		       size_t size);

/* Fails the test unless reading (writing) the byte at `at` raises SIGSEGV. */
void support_load_faults(const void *at);
void support_store_faults(void *at);

/* Two processes wait for each other: each pass lets one await return. await
 * fails the test after a minute. Made before the child, which may have a copy
 * as its argument; both sides close it. */
typedef struct support_gate {
#ifdef _WIN32
	char name[48];
	void *os; /* this process's, if it is the owner */
	unsigned long owner;
#else
	int fd[2];
#endif
} support_gate;
void support_gate_init(support_gate *gate);
void support_gate_pass(support_gate *gate);
void support_gate_await(support_gate *gate);
bool support_gate_is_passed(support_gate *gate); /* await would not wait */
void support_gate_close(support_gate *gate);

/* Time, in milliseconds. */
uint64_t support_now(void);
void support_sleep(int ms);

/* Whether what is polled becomes readable (or is at its end) within `timeout`
 * ms. */
bool support_readable(intptr_t pollable, int timeout);

/* The same for one of two, of which the second may be none (-1). */
bool support_either_readable(intptr_t one, intptr_t two, int timeout);

/*
 * For what is promised to take at most `ms`: fn, which tells what it took, may
 * try several times, as long as a busy machine holds it up. Where an instrument
 * slows all down, it tries once, and may take as long as it likes.
 */
void support_soon(uint64_t ms, uint64_t (*fn)(void));

/* Fails the test unless the condition comes true within a minute. */
#define support_eventually(condition)                                          \
	do {                                                                   \
		uint64_t support_end = support_now() + 60000;                  \
		while (!(condition) && support_now() < support_end)            \
			support_sleep(1);                                      \
		ck_assert_msg(condition, "never came true: " #condition);      \
	} while (0)

/* The test's own folder, empty at first and removed with all in it; short
 * enough for a socket's address. */
#define SUPPORT_PATH_MAX 96
const char *support_scratch(void);

/* Writes scratch/name to `out`. */
void support_path(char out[SUPPORT_PATH_MAX], const char *name);

/* A new file in the scratch folder with these bytes, open for both. */
int support_file(const char *name, const void *bytes, size_t len);

/* The number of standard output is free for the next descriptor, until it is
 * restored. Where it has no number, nothing happens. */
int support_output_close(void);
void support_output_restore(int kept);

/* From here on this process, and its children, have a /dev/shm of their own,
 * mounted with these options. False where that is not allowed (to root alone).
 */
bool support_private_shm(const char *options);

/* How many bytes the system holds ready for an object. */
uint64_t support_held(intptr_t os);

/* How many files are in /dev/shm, where there is one. */
size_t support_shm_files(void);

/* How many names of objects there are, unfinished ones included; where others
 * can't be kept out, whether this one is there. */
size_t support_names(const char *name);

/* For support_run(): before anything else; it may run the program anew. */
void support_begin(char **argv);
void support_scratch_make(void);
void support_scratch_remove(void);

#endif
