/* SPDX-License-Identifier: MIT */
/* Segments and handles between processes; what a hostile one can't keep. */
#include "here.h"

#include <shmem/named.h>

#define ROUNDS 30

static int echo(char **arg)
{
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;
	int err;

	(void)arg;
	HERE_NEED(shmem_inherited_channel(NULL, &c) == 0);
	while ((err = shmem_segment_recv(c, HERE_WAIT, &s)) == 0) {
		++*(unsigned char *)shmem_segment_data(s);
		HERE_NEED(shmem_segment_send(c, &s) == 0);
	}
	shmem_channel_close(&c);
	return err == SHMEM_E_CLOSED ? 0 : 4;
}

START_TEST(a_segment_goes_there_and_back)
{
	const char *argv[] = {"self", "echo", NULL};
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;

	here_spawn(argv, NULL, &p, &c);
	here_ok(shmem_segment_alloc(c, 5000, &s));
	for (int i = 0; i < ROUNDS; i++) {
		here_ok(shmem_segment_send(c, &s));
		here_ok(shmem_segment_recv(c, HERE_WAIT, &s));
		ck_assert_int_eq(*(unsigned char *)shmem_segment_data(s),
				 i + 1);
	}
	ck_assert_int_eq(shmem_channel_peer_pid(c), shmem_process_pid(p));
	here_ok(shmem_segment_free(&s));
	shmem_channel_close(&c);
	here_ends(&p, 0);
}
END_TEST

/* What one child has made reaches the other by way of the parent. */
static int maker(char **arg)
{
	shmem_channel *c = NULL;
	shmem_message *m = NULL;
	shmem_handle *h = NULL;
	shmem_mapping *map = NULL;

	(void)arg;
	HERE_NEED(shmem_inherited_channel(NULL, &c) == 0);
	HERE_NEED(shmem_handle_create(70000, NULL, &h) == 0);
	HERE_NEED(shmem_mapping_open(h, 0, 0, SHMEM_RW, &map) == 0);
	strcpy(shmem_mapping_data(map), "made by one child");
	HERE_NEED(shmem_message_new(NULL, 0, &m) == 0);
	HERE_NEED(shmem_message_push_handle(m, &h) == 0);
	HERE_NEED(shmem_channel_send(c, &m) == 0);
	/* Closing waits until the parent has it: then it may end. */
	shmem_channel_close(&c);
	return 0;
}

static int reader(char **arg)
{
	shmem_channel *c = NULL;
	shmem_message *m = NULL;
	shmem_handle *h = NULL;
	shmem_mapping *map = NULL;

	(void)arg;
	HERE_NEED(shmem_inherited_channel(NULL, &c) == 0);
	HERE_NEED(shmem_channel_recv(c, HERE_WAIT, &m) == 0);
	HERE_NEED(shmem_message_pop_handle(m, &h) == 0);
	HERE_NEED(shmem_handle_size(h) == 70000);
	HERE_NEED(shmem_mapping_open(h, 0, 0, SHMEM_READ, &map) == 0);
	HERE_NEED(strcmp(shmem_mapping_data(map), "made by one child") == 0);
	return 0;
}

START_TEST(a_parent_relays_between_its_children)
{
	const char *argv[2][3] = {{"self", "maker", NULL},
				  {"self", "reader", NULL}};
	shmem_process *p[2] = {NULL};
	shmem_channel *c[2] = {NULL};
	shmem_message *m = NULL;

	for (int i = 0; i < 2; i++)
		here_spawn(argv[i], NULL, &p[i], &c[i]);
	here_ok(shmem_channel_recv(c[0], HERE_WAIT, &m));
	here_ends(&p[0], 0);
	here_ok(shmem_channel_send(c[1], &m));
	here_ends(&p[1], 0);
	shmem_channel_close(&c[0]);
	shmem_channel_close(&c[1]);
}
END_TEST

static int giver(char **arg)
{
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;

	(void)arg;
	HERE_NEED(shmem_inherited_channel(NULL, &c) == 0);
	HERE_NEED(shmem_segment_alloc(c, 70000, &s) == 0);
	strcpy(shmem_segment_data(s), "last words");
	HERE_NEED(shmem_segment_send(c, &s) == 0);
	TerminateProcess(GetCurrentProcess(), 5);
	return 0;
}

/* Its handles ended with it, but somebody had pulled them. */
START_TEST(what_a_dying_child_sent_still_comes)
{
	const char *argv[] = {"self", "giver", NULL};
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;

	here_spawn(argv, NULL, &p, &c);
	here_ends(&p, 5);
	here_ok(shmem_segment_recv(c, 0, &s));
	ck_assert_str_eq(shmem_segment_data(s), "last words");
	here_ok(shmem_segment_free(&s));
	here_is(shmem_segment_recv(c, HERE_WAIT, &s), SHMEM_E_CLOSED);
	shmem_channel_close(&c);
}
END_TEST

static volatile unsigned char *target;
static volatile LONG writes;
static volatile LONG enough;

/* Never lets go: makes the page writable, and writes to it, for ever; but not
 * to what else may come to lie there. */
static DWORD WINAPI write_on(void *arg)
{
	static const unsigned char evil = 0xee;
	HANDLE self = GetCurrentProcess();

	(void)arg;
	while (!enough) {
		void *at = (void *)(target + 64);
		MEMORY_BASIC_INFORMATION m;
		SIZE_T n = 0;
		DWORD old;

		if (VirtualQuery(at, &m, sizeof(m)) == 0 ||
		    m.Type != MEM_MAPPED)
			continue;
		VirtualProtect(at, 1, PAGE_READWRITE, &old);
		if (WriteProcessMemory(self, at, &evil, 1, &n))
			InterlockedIncrement(&writes);
	}
	return 0;
}

/* How many of its handles give it memory of a segment's size. */
static unsigned ways_in(size_t bytes)
{
	unsigned n = 0;

	for (uintptr_t value = 4; value < HERE_VALUES; value += 4) {
		MEMORY_BASIC_INFORMATION m;
		HANDLE copy = NULL;
		void *at = MapViewOfFile((HANDLE)value, FILE_MAP_READ, 0, 0, 0);

		/* Nor more rights by duplicating. */
		if (at == NULL &&
		    DuplicateHandle(GetCurrentProcess(), (HANDLE)value,
				    GetCurrentProcess(), &copy, FILE_MAP_WRITE,
				    FALSE, 0)) {
			at = MapViewOfFile(copy, FILE_MAP_WRITE, 0, 0, 0);
			CloseHandle(copy);
		}
		if (at == NULL)
			continue;
		VirtualQuery(at, &m, sizeof(m));
		n += m.RegionSize >= bytes;
		UnmapViewOfFile(at);
	}
	return n;
}

static int hostile(char **arg)
{
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;

	(void)arg;
	HERE_NEED(shmem_inherited_channel(NULL, &c) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		HERE_NEED(shmem_segment_recv(c, HERE_WAIT, &s) == 0);
		target = shmem_segment_data(s);
		if (i == 0)
			HERE_NEED(CreateThread(NULL, 0, write_on, NULL, 0,
					       NULL) != NULL);
		while (target[64] != 0xee)
			SwitchToThread();
		HERE_NEED(shmem_segment_send(c, &s) == 0);
	}
	HERE_NEED(writes > 0);
	enough = 1;
	HERE_NEED(ways_in(65536) == 0);
	return 0;
}

START_TEST(a_child_that_does_not_let_go_loses_it)
{
	const char *argv[] = {"self", "hostile", NULL};
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;

	opts.enforce = SHMEM_ENFORCE_UNMAP;
	here_spawn(argv, &opts, &p, &c);
	here_ok(shmem_segment_alloc(c, 100000, &s));
	for (int i = 0; i < ROUNDS; i++) {
		volatile unsigned char *at = shmem_segment_data(s);

		at[64] = 0;
		here_ok(shmem_segment_send(c, &s));
		here_ok(shmem_segment_recv(c, HERE_WAIT, &s));
		at = shmem_segment_data(s);
		ck_assert_int_eq(at[64], 0xee);
		at[64] = 0;
		for (int k = 0; k < 50; k++) {
			SwitchToThread();
			ck_assert_int_eq(at[64], 0);
		}
	}
	here_ends(&p, 0);
	here_ok(shmem_segment_free(&s));
	shmem_channel_close(&c);
}
END_TEST

static int hoarder(char **arg)
{
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;

	(void)arg;
	HERE_NEED(shmem_inherited_channel(NULL, &c) == 0);
	HERE_NEED(shmem_segment_recv(c, HERE_WAIT, &s) == 0);
	target = shmem_segment_data(s);
	HERE_NEED(CreateThread(NULL, 0, write_on, NULL, 0, NULL) != NULL);
	shmem_channel_close(&c); /* and goes on writing, if it can */
	Sleep(1000000);
	return 0;
}

/* The channel is over and its process lives: it loses what it had. */
START_TEST(what_is_reclaimed_is_taken_from_the_living)
{
	const char *argv[] = {"self", "hoarder", NULL};
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	volatile unsigned char *at;
	shmem_process *p = NULL;
	shmem_channel *c = NULL;
	shmem_segment *s = NULL;
	bool known = true;

	opts.enforce = SHMEM_ENFORCE_UNMAP;
	here_spawn(argv, &opts, &p, &c);
	here_ok(shmem_segment_alloc(c, 100000, &s));
	here_ok(shmem_segment_send(c, &s));
	here_is(shmem_segment_recv(c, HERE_WAIT, &s), SHMEM_E_CLOSED);
	here_ok(shmem_channel_reclaim(c, &s, &known));
	ck_assert(!known);
	at = shmem_segment_data(s);
	at[64] = 0;
	Sleep(50);
	ck_assert_int_eq(at[64], 0);
	here_is(shmem_process_wait(p, 0, NULL), SHMEM_E_AGAIN);
	here_ok(shmem_process_kill(p));
	here_ends(&p, -9);
	here_ok(shmem_segment_free(&s));
	shmem_channel_close(&c);
}
END_TEST

static const here_role roles[] = {
	{"echo", echo},   {"maker", maker},     {"reader", reader},
	{"giver", giver}, {"hostile", hostile}, {"hoarder", hoarder},
};

static Suite *suite(void)
{
	Suite *s = suite_create("exchange");
	TCase *t = tcase_create("exchange");

	tcase_set_timeout(t, 0);
	suite_add_tcase(s, t);
	tcase_add_test(t, a_segment_goes_there_and_back);
	tcase_add_test(t, a_parent_relays_between_its_children);
	tcase_add_test(t, what_a_dying_child_sent_still_comes);
	tcase_add_test(t, a_child_that_does_not_let_go_loses_it);
	tcase_add_test(t, what_is_reclaimed_is_taken_from_the_living);
	return s;
}

int main(int argc, char **argv)
{
	return here_main(argc, argv, roles, sizeof(roles) / sizeof(*roles),
			 suite());
}
