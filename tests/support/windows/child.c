/* SPDX-License-Identifier: MIT */
/*
 * Children of a test. No process is copied: the program is started anew, and
 * told by its arguments which function it is to run, with which bytes. Both are
 * where they are in the parent, as far as the program's own addresses go.
 */
#include "child.h"

#include "channels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <winternl.h>

#define ROLE "--child"
#define ARG_MAX 2048u
#define CHILDREN 64
#define DIED 0xE0534B4Cu /* as the library kills, see process_os.c */
#define CHILD_MS 60000   /* Wine on a busy machine is slow */

NTSYSAPI NTSTATUS NTAPI NtSuspendProcess(HANDLE process);
NTSYSAPI NTSTATUS NTAPI NtResumeProcess(HANDLE process);

/* What a child is to do. */
typedef struct errand {
	uintptr_t start; /* a function, from the beginning of the program */
	uintptr_t peer;
	shmem_channel_opts opts;
	size_t size;
	unsigned char arg[ARG_MAX];
} errand;

static struct child {
	pid_t pid; /* 0: none */
	shmem_process *process;
} children[CHILDREN];

/* ---- the child ---- */

static errand mine;

static uintptr_t program(void)
{
	return (uintptr_t)GetModuleHandleA(NULL);
}

START_TEST(as_child)
{
	shmem_channel *channel = NULL;

	if (mine.start != 0) {
		((support_fn *)(program() + mine.start))(mine.arg);
		return;
	}
	support_ok(shmem_inherited_channel(&mine.opts, &channel));
	((support_peer_fn *)(program() + mine.peer))(channel, mine.arg);
}
END_TEST

static void from_hex(const char *text, void *to, size_t size)
{
	unsigned char *at = to;

	for (size_t i = 0; i < size && text[2 * i] != '\0'; i++) {
		char byte[3] = {text[2 * i], text[2 * i + 1], '\0'};

		at[i] = (unsigned char)strtoul(byte, NULL, 16);
	}
}

/* What fails is said as of any test. */
void support_child_run(char **argv)
{
	SRunner *runner;
	Suite *s;
	TCase *c;
	int failed;

	if (argv[1] == NULL || strcmp(argv[1], ROLE) != 0 || argv[2] == NULL)
		return;
	from_hex(argv[2], &mine, sizeof(mine));
	_putenv("CK_FORK=no");
	s = suite_create("child");
	c = tcase_create("child");
	suite_add_tcase(s, c);
	_tcase_add_test(c, as_child, 0, 0, 0, 1);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	if (failed != 0)
		srunner_print(runner, CK_NORMAL);
	fflush(stdout);
	exit(failed != 0);
}

void support_exit(int code)
{
	fflush(stdout);
	ExitProcess((UINT)code);
}

/* ---- the parent ---- */

static const char *to_hex(const errand *e)
{
	static char text[2 * sizeof(errand) + 1];
	size_t size = offsetof(errand, arg) + e->size;
	const unsigned char *at = (const unsigned char *)e;

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", at[i]);
	return text;
}

static pid_t start(errand *e, const void *arg, size_t size, shmem_channel **ret)
{
	const char *argv[] = {"self", ROLE, NULL, NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	struct child *c = children;

	ck_assert_uint_le(size, ARG_MAX);
	while (c->pid != 0)
		ck_assert(++c < children + CHILDREN);
	e->size = size;
	if (size != 0)
		memcpy(e->arg, arg, size);
	argv[2] = to_hex(e);
	opts.path = support_self();
	opts.argv = argv;
	opts.channel = &e->opts;
	fflush(stdout);
	support_ok(shmem_process_spawn(&opts, &c->process, ret));
	c->pid = shmem_process_pid(c->process);
	return c->pid;
}

pid_t support_start(support_fn *fn, const void *arg, size_t size)
{
	errand e = {.start = (uintptr_t)fn - program(),
		    .opts = SHMEM_CHANNEL_OPTS_INIT};

	return start(&e, arg, size, NULL);
}

pid_t support_peer(const shmem_channel_opts *opts, support_peer_fn *fn,
		   const void *arg, size_t size, shmem_channel **ret)
{
	errand e = {.peer = (uintptr_t)fn - program(),
		    .opts = SHMEM_CHANNEL_OPTS_INIT};

	if (opts != NULL)
		e.opts = *opts;
	return start(&e, arg, size, ret);
}

/* A function that is told nothing needs no copy. */
pid_t support_fork(support_fn *fn, void *arg)
{
	ck_assert_msg(arg == NULL, "no process is copied here");
	return support_start(fn, NULL, 0);
}

static struct child *find(pid_t pid)
{
	struct child *c = children;

	while (c->pid != pid)
		ck_assert_msg(++c < children + CHILDREN, "no such child");
	return c;
}

int support_wait(pid_t pid, int timeout)
{
	struct child *c = find(pid);
	int status = 0;
	int err = shmem_process_wait(c->process, timeout, &status);

	if (err != 0) {
		(void)shmem_process_kill(c->process);
		(void)shmem_process_wait(c->process, timeout, NULL);
	}
	shmem_process_close(&c->process);
	c->pid = 0;
	ck_assert_msg(err == 0, "child %d did not end in %d ms: %s", (int)pid,
		      timeout, shmem_errname(err));
	return status;
}

int support_child(support_fn *fn, void *arg)
{
	return support_wait(support_fork(fn, arg), CHILD_MS);
}

void support_dies(int signal, support_fn *fn, void *arg)
{
	ck_assert_int_eq(support_child(fn, arg), -signal);
}

void support_dies_with(int signal, support_fn *fn, const void *arg, size_t size)
{
	ck_assert_int_eq(support_wait(support_start(fn, arg, size), CHILD_MS),
			 -signal);
}

void support_kill(pid_t child)
{
	support_ok(shmem_process_kill(find(child)->process));
}

bool support_has_ended(pid_t child)
{
	return shmem_process_wait(find(child)->process, 0, NULL) == 0;
}

void support_die(void)
{
	TerminateProcess(GetCurrentProcess(), DIED);
}

static HANDLE process_of(pid_t child)
{
	return (HANDLE)shmem_process_pollable(find(child)->process);
}

void support_stop(pid_t child)
{
	ck_assert_int_eq(NtSuspendProcess(process_of(child)), 0);
}

void support_continue(pid_t child)
{
	ck_assert_int_eq(NtResumeProcess(process_of(child)), 0);
}

void support_orphan(support_fn *fn, void *arg)
{
	(void)fn;
	(void)arg;
	ck_abort_msg("no process is copied here");
}

void support_become_another(void)
{
	ck_abort_msg("no process becomes another program here");
}

/* ---- gates ---- */

static HANDLE gate_of(support_gate *gate)
{
	if (gate->owner != GetCurrentProcessId()) {
		gate->os = CreateSemaphoreA(NULL, 0, 1 << 20, gate->name);
		gate->owner = GetCurrentProcessId();
	}
	ck_assert_ptr_nonnull(gate->os);
	return gate->os;
}

void support_gate_init(support_gate *gate)
{
	static unsigned made;

	memset(gate, 0, sizeof(*gate));
	snprintf(gate->name, sizeof(gate->name), "Local\\shmem-gate.%lu.%u",
		 GetCurrentProcessId(), made++);
	(void)gate_of(gate);
}

void support_gate_pass(support_gate *gate)
{
	ck_assert(ReleaseSemaphore(gate_of(gate), 1, NULL));
}

void support_gate_await(support_gate *gate)
{
	ck_assert_msg(WaitForSingleObject(gate_of(gate), CHILD_MS) ==
			      WAIT_OBJECT_0,
		      "the other side never passed the gate");
}

bool support_gate_is_passed(support_gate *gate)
{
	return WaitForSingleObject(gate_of(gate), 0) == WAIT_OBJECT_0 &&
	       ReleaseSemaphore(gate_of(gate), 1, NULL);
}

void support_gate_close(support_gate *gate)
{
	if (gate->owner == GetCurrentProcessId())
		CloseHandle(gate->os);
	gate->owner = 0;
}

/* ---- faults and time ---- */

/* These really touch it, and catch the exception. */
void support_load_faults(const void *at)
{
	ck_assert_msg(IsBadReadPtr(at, 1), "%p can be read", at);
}

void support_store_faults(void *at)
{
	ck_assert_msg(IsBadWritePtr(at, 1), "%p can be written", at);
}

bool support_either_readable(intptr_t one, intptr_t two, int timeout)
{
	HANDLE both[] = {(HANDLE)one, (HANDLE)two};

	return WaitForMultipleObjects(two != SHMEM_OS_HANDLE_INVALID ? 2 : 1,
				      both, FALSE,
				      (DWORD)timeout) < WAIT_OBJECT_0 + 2;
}

bool support_readable(intptr_t pollable, int timeout)
{
	return support_either_readable(pollable, SHMEM_OS_HANDLE_INVALID,
				       timeout);
}

uint64_t support_now(void)
{
	return GetTickCount64();
}

void support_sleep(int ms)
{
	Sleep((DWORD)ms);
}
