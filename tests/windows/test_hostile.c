/* SPDX-License-Identifier: MIT */
/*
 * What hostile peers say in the messages of a pipe: as a client to a server, as
 * a client to a server that takes in ahead, as a server to a client. What they
 * say in packets the corpus of bad input has, with the same three roles.
 */
#include "here.h"

#include "base/codec.h"
#include "base/fault.h"
#include "handle/os.h"
#include "transport/socket.h"
#include "transport/windows/pipe.h"
#include "transport/windows/state.h"

#define QUEUE (1u << 20)
#define DESK 4096u
#define HEAD 16u
#define INTRODUCES 1u
#define ANOTHER 0xfffffff0u /* no process */

enum { TO_SERVER, TO_AHEAD, TO_CLIENT, ROLES };

static shmem__socket sock; /* the library's end */
static HANDLE pipe;        /* the hostile one */
static shmem_os_handle desk;
static unsigned before;
static unsigned char in[SHMEM__MESSAGE_ROOM];
static unsigned char out[SHMEM__MESSAGE_ROOM];
static shmem_os_handle got[SHMEM__SOCKET_DESCRIPTORS];

static shmem_os_handle memory(uint64_t bytes)
{
	shmem_os_handle os;

	here_ok(shmem__object_create(bytes, NULL, false, &os));
	return os;
}

static void open_ends(int role)
{
	shmem_os_handle ends[2]; /* the server's, the client's */
	bool client = role == TO_CLIENT;

	before = here_handles();
	here_ok(shmem__socket_pair(QUEUE, ends));
	here_ok(shmem__socket_open(ends[client], QUEUE, &sock));
	pipe = (HANDLE)ends[!client];
	desk = memory(DESK);
	if (role != TO_AHEAD)
		return;
	here_ok(shmem__ahead_begin(sock.state));
	sock.state->carrier.prompt = true;
}

static void close_ends(void)
{
	shmem__socket_shutdown(&sock);
	shmem__socket_close(&sock);
	CloseHandle(pipe);
	shmem__object_close(desk);
	ck_assert_uint_eq(here_handles(), before);
}

static int receive(shmem__arrival *a)
{
	unsigned ready;
	bool dead;
	int err = shmem__socket_wait(&sock, SHMEM_POLL_READ,
				     SHMEM_OS_HANDLE_INVALID, HERE_WAIT, &ready,
				     &dead);

	return err != 0 ? err
			: shmem__socket_recv(&sock, in, SHMEM__PACKET_MAX, got,
					     a);
}

/* ---- messages ---- */

static void write_all(size_t length)
{
	OVERLAPPED io = {0};
	DWORD n = 0;

	ck_assert(WriteFile(pipe, out, (DWORD)length, &n, &io));
}

static size_t put_message(uint32_t flags, uint32_t count, uint32_t pid,
			  const uint64_t *values)
{
	size_t length = HEAD + 8 * (size_t)count;

	memset(out, 0, HEAD);
	shmem__put32(out, flags);
	shmem__put32(out + 4, count);
	shmem__put32(out + 8, pid);
	for (uint32_t i = 0; i < count; i++)
		shmem__put64(out + HEAD + 8 * i, values[i]);
	out[length] = 'x';
	return length + 1;
}

static void tell(uint32_t flags, uint32_t count, uint32_t pid,
		 const uint64_t *values)
{
	write_all(put_message(flags, count, pid, values));
}

/* As it should be. */
static void introduce(int role)
{
	uint64_t values[2] = {(uint64_t)(uintptr_t)pipe, (uint64_t)desk};
	shmem__arrival a;

	tell(INTRODUCES, role == TO_CLIENT ? 0 : 2, GetCurrentProcessId(),
	     values);
	here_ok(receive(&a));
	ck_assert_int_eq(a.pid, (int)GetCurrentProcessId());
	shmem__object_close(a.pidfd);
}

/* The next message: its bytes, and its handles, which are this process's. */
static size_t read_one(void)
{
	OVERLAPPED io = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
	uint32_t count;
	DWORD n = 0;

	if (!ReadFile(pipe, in, sizeof(in), NULL, &io))
		ck_assert_uint_eq(GetLastError(), ERROR_IO_PENDING);
	ck_assert(GetOverlappedResult(pipe, &io, &n, TRUE));
	CloseHandle(io.hEvent);
	count = shmem__get32(in + 4);
	for (uint32_t i = 0; i < count; i++)
		got[i] = (shmem_os_handle)shmem__get64(in + HEAD + 8 * i);
	return count;
}

/* ---- what can't be ---- */

/* Values of a message. */
enum {
	MEMORY,
	SAME, /* as the one before */
	NOTHING,
	THIS_PROCESS,
	THIS_THREAD,
	NEGATIVE,
	LARGE,
	ODD,
	CLOSED,
	ITS_PIPE, /* the library's */
	EVENT,
	OF_NO_PAGES
};

#define P SHMEM_E_PROTO
#define U SHMEM_E_UNTRUSTED
#define SELF 0u
/* Before the introduction, or after it; what comes of it as each of the roles,
 * 0 where it is in order there. Of memory nothing is known to a server before
 * it is looked at by who receives it. */
static const struct lie {
	const char *name;
	bool greeted;
	uint32_t flags, count;
	uint32_t more; /* values that are not there */
	uint32_t pid;
	int value[3];
	int expected[ROLES];
} lies[] = {
	{"a flag", false, 2, 0, 0, SELF, {0}, {P, P, P}},
	{"a flag", true, 2, 0, 0, SELF, {0}, {P, P, P}},
	{"all flags", true, ~0u, 0, 0, SELF, {0}, {P, P, P}},
	{"a value that is not there", true, 0, 0, 1, SELF, {0}, {P, P, P}},
	{"257 values that are not there",
	 true,
	 0,
	 0,
	 257,
	 SELF,
	 {0},
	 {P, P, P}},
	{"2^32-1 values", true, 0, 0, ~0u, SELF, {0}, {P, P, P}},
	{"2^29 values, in bytes 0", true, 0, 0, 1u << 29, SELF, {0}, {P, P, P}},
	{"handles of a stranger", false, 0, 1, 0, SELF, {MEMORY}, {P, P, 0}},
	{"an introduction without values",
	 false,
	 1,
	 0,
	 0,
	 SELF,
	 {0},
	 {P, P, 0}},
	{"an introduction with one value",
	 false,
	 1,
	 1,
	 0,
	 SELF,
	 {MEMORY},
	 {P, P, P}},
	{"an introduction with three values",
	 false,
	 1,
	 3,
	 0,
	 SELF,
	 {MEMORY, MEMORY, MEMORY},
	 {P, P, P}},
	{"an introduction with memory",
	 false,
	 1,
	 2,
	 0,
	 SELF,
	 {MEMORY, MEMORY},
	 {P, P, P}},
	{"an introduction without a pipe",
	 false,
	 1,
	 2,
	 0,
	 SELF,
	 {NOTHING, MEMORY},
	 {P, P, P}},
	{"an introduction of the other end",
	 false,
	 1,
	 2,
	 0,
	 SELF,
	 {ITS_PIPE, MEMORY},
	 {P, P, P}},
	{"an introduction of process 2^31",
	 false,
	 1,
	 0,
	 0,
	 1u << 31,
	 {0},
	 {P, P, P}},
	{"an introduction of process 2^32-1",
	 false,
	 1,
	 0,
	 0,
	 ~0u,
	 {0},
	 {P, P, P}},
	{"values for another process",
	 true,
	 0,
	 1,
	 0,
	 ANOTHER,
	 {MEMORY},
	 {0, 0, P}},
	{"no handle", true, 0, 1, 0, SELF, {NOTHING}, {P, P, P}},
	{"this process", true, 0, 1, 0, SELF, {THIS_PROCESS}, {P, P, P}},
	{"this thread", true, 0, 1, 0, SELF, {THIS_THREAD}, {P, P, P}},
	{"a negative handle", true, 0, 1, 0, SELF, {NEGATIVE}, {P, P, P}},
	{"a handle of 33 bits", true, 0, 1, 0, SELF, {LARGE}, {P, P, P}},
	{"an odd handle", true, 0, 1, 0, SELF, {ODD}, {P, P, P}},
	{"a closed handle", true, 0, 1, 0, SELF, {CLOSED}, {P, P, U}},
	{"memory, and then no handle",
	 true,
	 0,
	 2,
	 0,
	 SELF,
	 {MEMORY, NOTHING},
	 {P, P, P}},
	{"the same memory twice",
	 true,
	 0,
	 2,
	 0,
	 SELF,
	 {MEMORY, SAME},
	 {0, 0, P}}, /* out of another process it could be taken once */
	{"the receiver's own pipe", true, 0, 1, 0, SELF, {ITS_PIPE}, {0, 0, U}},
	{"an event", true, 0, 1, 0, SELF, {EVENT}, {0, 0, U}},
	{"memory, and then an event",
	 true,
	 0,
	 2,
	 0,
	 SELF,
	 {MEMORY, EVENT},
	 {0, 0, U}},
	{"memory that is only reserved",
	 true,
	 0,
	 1,
	 0,
	 SELF,
	 {OF_NO_PAGES},
	 {0, 0, U}},
};
#define LIES (int)(sizeof(lies) / sizeof(lies[0]))

static HANDLE made[3];

static uint64_t make_value(int what, size_t i)
{
	switch (what) {
	case MEMORY:
		made[i] = (HANDLE)memory(4096);
		break;
	case EVENT:
		made[i] = CreateEventA(NULL, TRUE, FALSE, NULL);
		break;
	case OF_NO_PAGES:
		made[i] = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL,
					     PAGE_READWRITE | SEC_RESERVE, 0,
					     4096, NULL);
		break;
	case SAME:
		return (uint64_t)(uintptr_t)made[i - 1];
	case THIS_PROCESS:
		return UINT64_MAX;
	case THIS_THREAD:
		return UINT64_MAX - 1;
	case NEGATIVE:
		return UINT64_MAX - 7;
	case LARGE:
		return ((uint64_t)1 << 32) + (uint64_t)(uintptr_t)pipe;
	case ODD:
		return (uint64_t)(uintptr_t)pipe + 1;
	case CLOSED:
		return 0x7ffffff0;
	case ITS_PIPE:
		return (uint64_t)sock.os;
	default:
		return 0;
	}
	return (uint64_t)(uintptr_t)made[i];
}

static void say(const struct lie *lie)
{
	uint64_t value[3] = {0};
	size_t length = HEAD + 8 * (size_t)lie->count;

	for (size_t i = 0; i < lie->count; i++)
		value[i] = make_value(lie->value[i], i);
	memset(out, 0, sizeof(out));
	shmem__put32(out, lie->flags);
	shmem__put32(out + 4, lie->count + lie->more);
	shmem__put32(out + 8,
		     lie->pid != SELF ? lie->pid : GetCurrentProcessId());
	for (size_t i = 0; i < lie->count; i++)
		shmem__put64(out + HEAD + 8 * i, value[i]);
	write_all(length + 1);
}

/* What was refused as a whole is as it was: nothing is closed of what this
 * process has for itself. What a server has pulled is its own to close. */
START_TEST(what_can_not_be_is_refused)
{
	const struct lie *lie = &lies[_i / ROLES];
	int role = _i % ROLES;
	shmem__arrival a;
	DWORD flags;
	int err;

	if (lie->expected[role] == 0)
		return;
	open_ends(role);
	if (lie->greeted)
		introduce(role);
	say(lie);
	for (int i = 0; i < 2; i++) {
		err = receive(&a);
		ck_assert_msg(err == lie->expected[role], "%s, role %d: %s",
			      lie->name, role, shmem_errname(err));
	}
	for (size_t i = 0; i < 3; i++) {
		if (made[i] == NULL)
			continue;
		ck_assert_msg(role != TO_CLIENT ||
				      GetHandleInformation(made[i], &flags),
			      "%s: closed", lie->name);
		CloseHandle(made[i]);
		made[i] = NULL;
	}
	close_ends();
}
END_TEST

/* Each byte that must be zero. */
START_TEST(reserved_bytes_are_refused)
{
	shmem__arrival a;

	open_ends(_i % ROLES);
	memset(out, 0, HEAD);
	shmem__put32(out + 8, GetCurrentProcessId());
	out[12 + _i / ROLES] = 1;
	out[HEAD] = 'x';
	write_all(HEAD + 1);
	here_is(receive(&a), SHMEM_E_PROTO);
	close_ends();
}
END_TEST

START_TEST(messages_that_are_too_short_are_refused)
{
	shmem__arrival a;

	open_ends(_i % ROLES);
	memset(out, 0, HEAD);
	write_all((size_t)(_i / ROLES) + 1);
	here_is(receive(&a), SHMEM_E_PROTO);
	close_ends();
}
END_TEST

START_TEST(messages_that_are_too_long_are_refused)
{
	static unsigned char long_one[SHMEM__MESSAGE_ROOM + 1];
	OVERLAPPED io = {0};
	shmem__arrival a;
	DWORD n = 0;

	open_ends(_i);
	introduce(_i);
	shmem__put32(long_one + 8, GetCurrentProcessId());
	ck_assert(WriteFile(pipe, long_one, sizeof(long_one), &n, &io));
	here_is(receive(&a), SHMEM_E_PROTO);
	close_ends();
}
END_TEST

/* Without the page that both share no handle is taken. */
START_TEST(a_desk_must_be_memory)
{
	uint64_t greeting[2];
	shmem__arrival a;
	shmem_os_handle small;

	open_ends(_i % 2);
	small = memory(_i / 2 == 0 ? DESK : 2 * DESK);
	greeting[0] = (uint64_t)(uintptr_t)pipe;
	greeting[1] = (uint64_t)(_i / 2 == 0 ? (shmem_os_handle)(intptr_t)pipe
					     : small);
	tell(INTRODUCES, 2, GetCurrentProcessId(), greeting);
	here_ok(receive(&a));
	shmem__object_close(a.pidfd);
	ck_assert_ptr_null(sock.state->carrier.desk);
	greeting[0] = (uint64_t)small;
	tell(0, 1, GetCurrentProcessId(), greeting);
	here_is(receive(&a), SHMEM_E_PROTO);
	shmem__object_close(small);
	close_ends();
}
END_TEST

/* ---- who it is ---- */

static int sleeper(char **arg)
{
	(void)arg;
	Sleep(1000000);
	return 0;
}

/* Nobody takes a process's name who does not have its end of the pipe. */
START_TEST(another_process_can_not_be_claimed)
{
	const char *argv[] = {"self", "sleeper", NULL};
	uint64_t greeting[2];
	shmem_process *p = NULL;
	shmem__arrival a;

	here_spawn(argv, NULL, &p, NULL);
	open_ends(_i);
	greeting[0] = (uint64_t)(uintptr_t)pipe;
	greeting[1] = (uint64_t)desk;
	tell(INTRODUCES, 2, (DWORD)shmem_process_pid(p), greeting);
	here_is(receive(&a), SHMEM_E_PROTO);
	close_ends();
	here_ok(shmem_process_kill(p));
	here_ends(&p, -9);
}
END_TEST

#define ADDRESS "@hostile"

/* Comes to the listener, and says that it is its argument. */
static int liar(char **arg)
{
	uint64_t greeting[2] = {8, 12};
	OVERLAPPED io = {0};
	shmem_os_handle os;
	DWORD n = 0;
	size_t length = put_message(INTRODUCES, 2,
				    (DWORD)strtoul(arg[0], NULL, 10), greeting);

	HERE_NEED(shmem__socket_connect(ADDRESS, &os) == 0);
	HERE_NEED(WriteFile((HANDLE)os, out, (DWORD)length, &n, &io));
	Sleep(1000000);
	return 0;
}

/* Nor is anything asked of the process whose name it is. */
START_TEST(the_system_knows_who_came)
{
	char pid[16];
	const char *sleeps[] = {"self", "sleeper", NULL};
	const char *lie[] = {"self", "liar", pid, NULL};
	shmem__socket listening;
	shmem_process *victim = NULL;
	shmem_process *p = NULL;
	shmem__arrival a;
	shmem_os_handle os;
	unsigned ready;
	bool dead;

	here_ok(shmem__socket_listen(ADDRESS, &listening));
	here_spawn(sleeps, NULL, &victim, NULL);
	snprintf(pid, sizeof(pid), "%lu",
		 _i == 0 ? (unsigned long)shmem_process_pid(victim)
			 : GetCurrentProcessId());
	here_spawn(lie, NULL, &p, NULL);
	here_ok(shmem__socket_wait(&listening, SHMEM_POLL_READ,
				   SHMEM_OS_HANDLE_INVALID, HERE_WAIT, &ready,
				   &dead));
	shmem__fault_arm(0, 0, "DuplicateHandle");
	here_ok(shmem__socket_accept(&listening, &os));
	here_ok(shmem__socket_open(os, QUEUE, &sock));
	here_is(receive(&a), SHMEM_E_PROTO);
	ck_assert_uint_eq(shmem__fault_arm(0, 0, NULL), 0);
	ck_assert_int_eq(sock.state->carrier.pid, shmem_process_pid(p));
	shmem__socket_close(&sock);
	shmem__socket_close(&listening);
	here_ok(shmem_process_kill(p));
	here_ends(&p, -9);
	here_ok(shmem_process_kill(victim));
	here_ends(&victim, -9);
}
END_TEST

/* Says who it is, sends a handle, and is gone. */
static int hasty(char **arg)
{
	uint64_t greeting[2] = {8, 12};
	OVERLAPPED io = {0};
	shmem_os_handle os;
	DWORD n = 0;

	(void)arg;
	HERE_NEED(shmem__socket_connect(ADDRESS, &os) == 0);
	for (uint32_t count = 2; count > 0; count--) {
		size_t length = put_message(count == 2 ? INTRODUCES : 0, count,
					    GetCurrentProcessId(), greeting);

		HERE_NEED(WriteFile((HANDLE)os, out, (DWORD)length, &n, &io));
	}
	TerminateProcess(GetCurrentProcess(), 7);
	return 0;
}

static bool is_known(DWORD pid)
{
	HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, pid);

	if (process != NULL)
		CloseHandle(process);
	return process != NULL;
}

/* What it sent has ended with it, whenever that was: that is no fault. */
START_TEST(who_died_before_anybody_looked_is_gone_and_not_wrong)
{
	const char *argv[] = {"self", "hasty", NULL};
	shmem__socket listening;
	shmem_process *p = NULL;
	shmem__arrival a;
	shmem_os_handle os;
	HANDLE kept = NULL;
	DWORD pid;
	int err;

	here_ok(shmem__socket_listen(ADDRESS, &listening));
	here_spawn(argv, NULL, &p, NULL);
	/* Whether the system still knows it, or has nobody of that number. */
	pid = (DWORD)shmem_process_pid(p);
	if (_i == 0)
		kept = OpenProcess(SYNCHRONIZE, FALSE, pid);
	here_ends(&p, 7);
	for (int i = 0; _i == 1 && i < 100 && is_known(pid); i++)
		Sleep(50);
	here_ok(shmem__socket_accept(&listening, &os));
	here_ok(shmem__socket_open(os, QUEUE, &sock));
	err = receive(&a);
	if (err == 0) {
		shmem__object_close(a.pidfd);
		err = receive(&a);
	}
	here_is(err, SHMEM_E_CLOSED);
	shmem__socket_close(&sock);
	shmem__socket_close(&listening);
	if (kept != NULL)
		CloseHandle(kept);
}
END_TEST

/* ---- how much ---- */

#define AT_ONCE 250u
#define MESSAGES_MAX 300u

static void fill(shmem_os_handle list[AT_ONCE])
{
	for (size_t i = 0; i < AT_ONCE; i++)
		list[i] = desk;
}

/* How many handles are open that have ever been. */
static size_t open_below(uintptr_t end)
{
	size_t n = 0;

	for (uintptr_t value = 4; value < end; value += 4)
		n += here_is_handle(value);
	return n;
}

/* It reads all that comes and never says that it has taken anything: what is
 * noted of what it has does not grow for ever. */
START_TEST(who_takes_nothing_is_sent_no_more)
{
	int role = _i == 0 ? TO_SERVER : TO_CLIENT;
	shmem_os_handle list[AT_ONCE];
	uintptr_t end = HERE_VALUES;
	unsigned sent = 0;
	size_t open;
	int err;

	open_ends(role);
	introduce(role);
	fill(list);
	open = open_below(2 * HERE_VALUES);
	while ((err = shmem__socket_send(&sock, "x", 1, list, AT_ONCE,
					 false)) == 0) {
		ck_assert_uint_lt(++sent, MESSAGES_MAX);
		for (size_t n = read_one(); n > 0; n--) {
			if ((uintptr_t)got[n - 1] > end)
				end = (uintptr_t)got[n - 1];
			if (role == TO_SERVER)
				shmem__object_close(got[n - 1]);
		}
	}
	here_is(err, SHMEM_E_PROTO);
	ck_assert_uint_ge(sent * AT_ONCE, SHMEM__PIPE_BYTES / 16);
	here_is(shmem__socket_send(&sock, "x", 1, list, AT_ONCE, false),
		SHMEM_E_PROTO);
	here_ok(shmem__socket_send(&sock, "x", 1, NULL, 0, false));
	shmem__socket_shutdown(&sock);
	/* The pipe's end; and the process, or the desk. */
	ck_assert_uint_eq(open_below(end + 4), open - 2);
	close_ends();
}
END_TEST

/* Of packets of one byte, of packets with many handles. */
START_TEST(what_is_taken_in_ahead_is_limited)
{
	size_t count = _i == 0 ? 0 : AT_ONCE;
	uint64_t values[AT_ONCE];
	unsigned told = 0;
	size_t bytes = 0;
	size_t handles = 0;
	shmem__arrival a;

	open_ends(TO_AHEAD);
	introduce(TO_AHEAD);
	for (; told < (_i == 0 ? 20000 : 20); told++) {
		for (size_t i = 0; i < count; i++)
			values[i] = (uint64_t)memory(4096);
		tell(0, (uint32_t)count, GetCurrentProcessId(), values);
	}
	Sleep(200);
	shmem__lock_take(&sock.state->lock);
	for (const shmem__ahead *at = sock.state->ahead; at != NULL;
	     at = at->next) {
		bytes += sizeof(*at) + at->length;
		handles += at->count;
	}
	shmem__lock_drop(&sock.state->lock);
	ck_assert_uint_lt(bytes, (1 << 20) + SHMEM__PACKET_MAX);
	ck_assert_uint_lt(handles, 1024 + AT_ONCE);
	for (; told > 0; told--) {
		here_ok(receive(&a));
		ck_assert_uint_eq(a.count, count);
		for (size_t i = 0; i < count; i++)
			shmem__object_close(got[i]);
	}
	close_ends();
}
END_TEST

static const here_role roles[] = {
	{"sleeper", sleeper}, {"liar", liar}, {"hasty", hasty}};

static Suite *suite(void)
{
	Suite *s = suite_create("hostile");
	TCase *t = tcase_create("hostile");

	tcase_set_timeout(t, 0);
	suite_add_tcase(s, t);
	tcase_add_loop_test(t, what_can_not_be_is_refused, 0, LIES * ROLES);
	tcase_add_loop_test(t, reserved_bytes_are_refused, 0, 4 * ROLES);
	tcase_add_loop_test(t, messages_that_are_too_short_are_refused, 0,
			    (int)HEAD * ROLES);
	tcase_add_loop_test(t, messages_that_are_too_long_are_refused, 0,
			    ROLES);
	tcase_add_loop_test(t, a_desk_must_be_memory, 0, 4);
	tcase_add_loop_test(t, another_process_can_not_be_claimed, 0, 2);
	tcase_add_loop_test(t, the_system_knows_who_came, 0, 2);
	tcase_add_loop_test(
		t, who_died_before_anybody_looked_is_gone_and_not_wrong, 0, 2);
	tcase_add_loop_test(t, who_takes_nothing_is_sent_no_more, 0, 2);
	tcase_add_loop_test(t, what_is_taken_in_ahead_is_limited, 0, 2);
	return s;
}

static void CALLBACK do_nothing(void *arg, BOOLEAN timed_out)
{
	(void)arg;
	(void)timed_out;
}

/* The thread that waits for others has an event from now on. */
static void wait_for_ever(void)
{
	HANDLE wait;

	(void)RegisterWaitForSingleObject(
		&wait, CreateEventA(NULL, TRUE, FALSE, NULL), do_nothing, NULL,
		INFINITE, WT_EXECUTEINWAITTHREAD);
	Sleep(1);
}

int main(int argc, char **argv)
{
	wait_for_ever();
	return here_main(argc, argv, roles, sizeof(roles) / sizeof(*roles),
			 suite());
}
