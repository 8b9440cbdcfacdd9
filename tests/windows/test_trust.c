/* SPDX-License-Identifier: MIT */
/* Who has power over whom, and what becomes of what a child had. */
#include "here.h"

#include "transport/socket.h"
#include "transport/windows/pipe.h"

#define BYTES 100000u
#define HARMLESS ((ULONG)SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION)

typedef union object_type {
	UNICODE_STRING name;
	unsigned char bytes[512];
} object_type;

/* Whether it is an open handle of this type. */
static bool is_a(uintptr_t value, const WCHAR *type)
{
	object_type found;
	ULONG length;

	return here_is_handle(value) &&
	       NtQueryObject((HANDLE)value, ObjectTypeInformation, &found,
			     sizeof(found), &length) == 0 &&
	       found.name.Length == wcslen(type) * sizeof(WCHAR) &&
	       wcsncmp(found.name.Buffer, type, wcslen(type)) == 0;
}

static unsigned count_of(const WCHAR *type)
{
	unsigned n = 0;

	for (uintptr_t value = 4; value < HERE_VALUES; value += 4)
		n += is_a(value, type);
	return n;
}

static void say(shmem_channel *c, const void *bytes, size_t length)
{
	shmem_message *m = NULL;

	here_ok(shmem_message_new(bytes, length, &m));
	here_ok(shmem_channel_send(c, &m));
}

static void hear(shmem_channel *c, void *bytes, size_t length)
{
	shmem_message *m = NULL;

	here_ok(shmem_channel_recv(c, HERE_WAIT, &m));
	ck_assert_uint_eq(shmem_message_size(m), length);
	memcpy(bytes, shmem_message_data(m), length);
	shmem_message_free(&m);
}

static void send_handle(shmem_channel *c)
{
	shmem_message *m = NULL;
	shmem_handle *h = NULL;

	here_ok(shmem_handle_create(BYTES, NULL, &h));
	here_ok(shmem_message_new(NULL, 0, &m));
	here_ok(shmem_message_push_handle(m, &h));
	here_ok(shmem_channel_send(c, &m));
}

/* Memory of both makers comes and goes; then it looks what it has got. */
static int powerless(char **arg)
{
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;
	shmem_message *m = NULL;
	shmem_handle *h = NULL;

	(void)arg;
	HERE_NEED(shmem_inherited_channel(NULL, &c) == 0);
	HERE_NEED(shmem_segment_recv(c, HERE_WAIT, &s) == 0);
	HERE_NEED(shmem_segment_send(c, &s) == 0);
	HERE_NEED(shmem_segment_alloc(c, BYTES, &s) == 0);
	HERE_NEED(shmem_segment_send(c, &s) == 0);
	HERE_NEED(shmem_channel_recv(c, HERE_WAIT, &m) == 0);
	HERE_NEED(shmem_message_pop_handle(m, &h) == 0);
	for (uintptr_t value = 4; value < HERE_VALUES; value += 4) {
		PUBLIC_OBJECT_BASIC_INFORMATION basic;

		if (!is_a(value, L"Process"))
			continue;
		HERE_NEED(NtQueryObject((HANDLE)value, ObjectBasicInformation,
					&basic, sizeof(basic), NULL) == 0);
		HERE_NEED((basic.GrantedAccess & ~HARMLESS) == 0);
	}
	/* The other end is not closed before it has seen this. */
	HERE_NEED(shmem_message_new("none", 4, &m) == 0);
	HERE_NEED(shmem_channel_send(c, &m) == 0);
	return 0;
}

START_TEST(a_child_gets_no_power_over_its_parent)
{
	static const shmem_enforce ways[] = {SHMEM_ENFORCE_PROTECT,
					     SHMEM_ENFORCE_UNMAP};
	const char *argv[] = {"self", "powerless", NULL};
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;
	char answer[4];

	opts.enforce = ways[_i];
	here_spawn(argv, &opts, &p, &c);
	here_ok(shmem_segment_alloc(c, BYTES, &s));
	here_ok(shmem_segment_send(c, &s));
	for (int i = 0; i < 2; i++) {
		here_ok(shmem_segment_recv(c, HERE_WAIT, &s));
		here_ok(shmem_segment_free(&s));
	}
	send_handle(c);
	hear(c, answer, sizeof(answer));
	ck_assert_mem_eq(answer, "none", 4);
	here_ends(&p, 0);
	shmem_channel_close(&c);
}
END_TEST

START_TEST(a_pipe_is_for_its_user_alone)
{
	shmem_os_handle ends[2];
	shmem_os_handle other[2];

	here_ok(shmem__socket_pair(4096, ends));
	here_ok(shmem__socket_pair(4096, other));
	ck_assert(here_is_private((HANDLE)ends[0]));
	/* And nobody finds it by its name. */
	here_ok(shmem__pipe_same_name((HANDLE)ends[0], (HANDLE)ends[1]));
	here_is(shmem__pipe_same_name((HANDLE)ends[0], (HANDLE)other[0]),
		SHMEM_E_INVAL);
	for (int i = 0; i < 2; i++) {
		CloseHandle((HANDLE)ends[i]);
		CloseHandle((HANDLE)other[i]);
	}
}
END_TEST

#define PUSHED 5u

/* Waits until they are in its table, takes none, and is rid of them. */
static int deaf(char **arg)
{
	shmem_channel *c = NULL;
	shmem_message *m = NULL;
	unsigned before = count_of(L"Section");
	unsigned with;

	(void)arg;
	HERE_NEED(shmem_inherited_channel(NULL, &c) == 0);
	with = count_of(L"Section");
	HERE_NEED(shmem_message_new("x", 1, &m) == 0);
	HERE_NEED(shmem_channel_send(c, &m) == 0);
	for (int ms = 0; count_of(L"Section") < with + PUSHED; ms++) {
		HERE_NEED(ms < HERE_WAIT);
		Sleep(1);
	}
	shmem_channel_close(&c);
	HERE_NEED(count_of(L"Section") == before);
	return 0;
}

START_TEST(what_a_child_did_not_take_does_not_stay_in_it)
{
	const char *argv[] = {"self", "deaf", NULL};
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	shmem_message *m = NULL;
	char x;

	here_spawn(argv, NULL, &p, &c);
	hear(c, &x, 1);
	for (unsigned i = 0; i < PUSHED; i++)
		send_handle(c);
	here_is(shmem_channel_recv(c, HERE_WAIT, &m), SHMEM_E_CLOSED);
	here_ends(&p, 0);
	shmem_channel_close(&c);
}
END_TEST

/* By then both have each other's rings. */
#define ROUNDS 3

/* Of two segments it takes the first one in. */
static int doomed(char **arg)
{
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;
	shmem_message *m = NULL;

	(void)arg;
	HERE_NEED(shmem_inherited_channel(NULL, &c) == 0);
	HERE_NEED(shmem_segment_recv(c, HERE_WAIT, &s) == 0);
	strcpy(shmem_segment_data(s), "unknown");
	for (int i = 0; i < ROUNDS; i++) {
		HERE_NEED(shmem_message_new("x", 1, &m) == 0);
		HERE_NEED(shmem_channel_send(c, &m) == 0);
		if (i < ROUNDS - 1)
			HERE_NEED(shmem_channel_recv(c, HERE_WAIT, &m) == 0);
	}
	Sleep(1000000);
	return 0;
}

START_TEST(what_a_killed_child_had_comes_home)
{
	const char *argv[] = {"self", "doomed", NULL};
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	shmem_segment *s[2] = {NULL};
	shmem_message *m = NULL;
	uint64_t began;
	uint64_t taken;
	unsigned known = 0;
	char x;

	here_spawn(argv, NULL, &p, &c);
	for (int i = 0; i < 2; i++) {
		here_ok(shmem_segment_alloc(c, BYTES, &s[i]));
		strcpy(shmem_segment_data(s[i]), "known");
	}
	taken = shmem_segment_id(s[0]);
	here_ok(shmem_segment_send(c, &s[0]));
	for (int i = 0; i < ROUNDS; i++) {
		hear(c, &x, 1);
		if (i < ROUNDS - 1)
			say(c, "x", 1);
	}
	here_ok(shmem_segment_send(c, &s[1])); /* and it takes nothing more */
	here_ok(shmem_process_kill(p));
	began = GetTickCount64();
	here_is(shmem_channel_recv(c, HERE_WAIT, &m), SHMEM_E_CLOSED);
	ck_assert_uint_lt(GetTickCount64() - began, HERE_WAIT / 2);
	for (int i = 0; i < 2; i++) {
		bool contents_known = false;

		here_ok(shmem_channel_reclaim(c, &s[0], &contents_known));
		ck_assert_int_eq(contents_known,
				 shmem_segment_id(s[0]) != taken);
		ck_assert_str_eq(shmem_segment_data(s[0]),
				 contents_known ? "known" : "unknown");
		known += contents_known;
		here_ok(shmem_segment_free(&s[0]));
	}
	ck_assert_uint_eq(known, 1);
	here_is(shmem_channel_reclaim(c, &s[0], &(bool){false}), SHMEM_E_NOENT);
	here_ends(&p, -9);
	shmem_channel_close(&c);
}
END_TEST

/* Tells where it has the segment, and gives it back when it is told to. */
static int holder(char **arg)
{
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;
	shmem_message *m = NULL;
	void *at;

	(void)arg;
	HERE_NEED(shmem_inherited_channel(NULL, &c) == 0);
	HERE_NEED(shmem_segment_recv(c, HERE_WAIT, &s) == 0);
	at = shmem_segment_data(s);
	HERE_NEED(shmem_message_new(&at, sizeof(at), &m) == 0);
	HERE_NEED(shmem_channel_send(c, &m) == 0);
	HERE_NEED(shmem_channel_recv(c, HERE_WAIT, &m) == 0);
	HERE_NEED(shmem_segment_send(c, &s) == 0);
	HERE_NEED(shmem_channel_recv(c, HERE_WAIT, &m) == SHMEM_E_CLOSED);
	return 0;
}

static DWORD type_in(HANDLE process, const void *at)
{
	MEMORY_BASIC_INFORMATION m;

	ck_assert_uint_ne(VirtualQueryEx(process, at, &m, sizeof(m)), 0);
	return m.State == MEM_COMMIT ? m.Type : 0;
}

START_TEST(what_was_taken_away_is_seen_to_be_gone)
{
	const char *argv[] = {"self", "holder", NULL};
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;
	void *at = NULL;
	HANDLE process;

	opts.enforce = SHMEM_ENFORCE_UNMAP;
	here_spawn(argv, &opts, &p, &c);
	process = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE,
			      (DWORD)shmem_process_pid(p));
	ck_assert_ptr_nonnull(process);
	here_ok(shmem_segment_alloc(c, BYTES, &s));
	here_ok(shmem_segment_send(c, &s));
	hear(c, &at, sizeof(at));
	ck_assert_uint_eq(type_in(process, at), MEM_MAPPED);
	say(c, "give", 4);
	here_ok(shmem_segment_recv(c, HERE_WAIT, &s));
	ck_assert_uint_ne(type_in(process, at), MEM_MAPPED);
	here_ok(shmem_segment_free(&s));
	shmem_channel_close(&c);
	here_ends(&p, 0);
	CloseHandle(process);
}
END_TEST

static const here_role roles[] = {
	{"powerless", powerless},
	{"deaf", deaf},
	{"doomed", doomed},
	{"holder", holder},
};

static Suite *suite(void)
{
	Suite *s = suite_create("trust");
	TCase *t = tcase_create("trust");

	tcase_set_timeout(t, 0);
	suite_add_tcase(s, t);
	tcase_add_loop_test(t, a_child_gets_no_power_over_its_parent, 0, 2);
	tcase_add_test(t, a_pipe_is_for_its_user_alone);
	tcase_add_test(t, what_a_child_did_not_take_does_not_stay_in_it);
	tcase_add_test(t, what_a_killed_child_had_comes_home);
	tcase_add_test(t, what_was_taken_away_is_seen_to_be_gone);
	return s;
}

int main(int argc, char **argv)
{
	return here_main(argc, argv, roles, sizeof(roles) / sizeof(*roles),
			 suite());
}
