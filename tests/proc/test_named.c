/* SPDX-License-Identifier: MIT */
/* Named objects among processes: that race for a name, that die while they make
 * one or have it. */
#include "base/fault.h"
#include "support.h"

#include <shmem/handle.h>
#include <shmem/mapping.h>

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BYTES 10000
#define CREATE SHMEM_OPEN_CREATE
#define EXCLUSIVE (SHMEM_OPEN_CREATE | SHMEM_OPEN_EXCLUSIVE)
#define RACES 1000
#define SLOW_RACES 100
#define ok(call) ck_assert_int_eq(call, 0)
#define fails(error, call) ck_assert_int_eq(call, error)

static char name[64];

static void set_up(void)
{
	support_private_shm("mode=1777");
	snprintf(name, sizeof(name), "test-proc.%d", (int)getpid());
}

static void tear_down(void)
{
	shmem_handle_unlink_named(name);
}

/* Names that have no users go by themselves, or are there to be removed. */
static void remove_name(void)
{
	if (support_lacks(SUPPORT_LASTING) == NULL)
		ok(shmem_handle_unlink_named(name));
}

/* Both parties of a race meet here, in memory, as closely as can be. */
typedef struct field {
	_Atomic int ready[2];
	_Atomic int result[2];
} field;

static field *common;

static void meet(int who, int round)
{
	uint64_t end = support_now() + 60000;

	common->ready[who] = round;
	while (common->ready[!who] < round && support_now() < end)
		sched_yield();
	ck_assert_msg(common->ready[!who] >= round, "the other has given up");
}

/* What a child has is a copy of this. */
typedef struct racer {
	char name[sizeof(name)];
	int which;
	int who;
} racer;

static void run_race(int which, int who, int round);

static void race_alone(void *arg)
{
	racer *r = arg;
	int rounds = support_lacks(SUPPORT_QUICK) == NULL ? RACES : SLOW_RACES;

	memcpy(name, r->name, sizeof(name));
	for (int round = 1; round <= rounds; round++) {
		meet(r->who, 2 * round - 1);
		run_race(r->which, r->who, round);
		meet(r->who, 2 * round);
	}
}

static void race(int which)
{
	racer a = {.which = which, .who = 0};
	racer b = {.which = which, .who = 1};
	pid_t child;

	memset(common, 0, sizeof(*common));
	memcpy(a.name, name, sizeof(name));
	memcpy(b.name, name, sizeof(name));
	child = support_start(race_alone, &b, sizeof(b));
	race_alone(&a);
	ok(support_wait(child, 60000));
}

/* Each writes its own word and finds the other's. */
static void create_both(int who, int round)
{
	shmem_handle *h = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *m = NULL;
	_Atomic int *words;

	ok(shmem_handle_open_named(name, BYTES, CREATE, SHMEM_RW, &h));
	ok(shmem_mapping_open_take(&h, SHMEM_RW, &m));
	words = shmem_mapping_data(m);
	words[who] = round;
	support_eventually(words[!who] == round);
	/* Away with it while the other may still look. */
	if (who == 0)
		remove_name();
}

static void create_exclusively(int who, int round)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	int err = shmem_handle_open_named(name, BYTES, EXCLUSIVE, SHMEM_RW, &h);

	ck_assert(err == 0 || err == SHMEM_E_EXISTS);
	common->result[who] = err == 0 ? round : -round;
	support_eventually(common->result[!who] == round ||
			   common->result[!who] == -round);
	ck_assert_int_eq(common->result[0] + common->result[1], 0);
	if (err == 0)
		remove_name();
}

/* One makes and removes, the other finds nothing or all of it. */
static void make_and_find(int who, int round)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	int err;

	(void)round;
	if (who == 0) {
		ok(shmem_handle_open_named(name, BYTES, CREATE, SHMEM_RW, &h));
		remove_name();
		return;
	}
	for (int i = 0; i < 5; i++) {
		err = shmem_handle_open_named(name, 0, 0, SHMEM_RW, &h);
		ck_assert(err == 0 || err == SHMEM_E_NOENT);
		if (err == 0) {
			ck_assert_uint_eq(shmem_handle_size(h), BYTES);
			ck_assert_uint_ge(support_held(shmem_handle_os(h)),
					  BYTES);
		}
		shmem_handle_close(&h);
	}
}

/* One cleans up what has no users, the other is a user now and then: what it
 * has open can't lose its name that way. */
static void use_and_clean(int who, int round)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *again = NULL;
	int err;

	(void)round;
	if (who == 0) {
		ok(shmem_handle_open_named(name, BYTES, CREATE, SHMEM_RW, &h));
		ok(shmem_handle_open_named(name, BYTES, 0, SHMEM_RW, &again));
		return;
	}
	err = shmem_named_unlink(name);
	ck_assert(err == 0 || err == SHMEM_E_BUSY || err == SHMEM_E_NOENT);
}

static int is_in_use(const shmem_named_info *info, void *arg)
{
	(void)arg;
	if (strcmp(info->name, name) != 0)
		return 0;
	return info->in_use ? 1 : 2;
}

/* Two that look at the same time do not take each other for users. */
static void look_both(int who, int round)
{
	(void)who;
	(void)round;
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(shmem_named_list(is_in_use, NULL), 2);
}

/* What one has is in every list that the other asks for meanwhile, whatever
 * else comes and goes. */
static void come_and_look(int who, int round)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	char mine[80];

	(void)round;
	if (who == 0) {
		ck_assert_int_eq(shmem_named_list(is_in_use, NULL), 1);
		return;
	}
	snprintf(mine, sizeof(mine), "%s.mine", name);
	ok(shmem_handle_open_named(mine, BYTES, CREATE, SHMEM_RW, &h));
	if (support_lacks(SUPPORT_LASTING) == NULL)
		ok(shmem_handle_unlink_named(mine));
}

/* Nobody has it when it is to be new, but the other looks. */
static void create_and_look(int who, int round)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;

	(void)round;
	for (int i = 0; i < 5; i++) {
		if (who == 1) {
			int found = shmem_named_list(is_in_use, NULL);

			ck_assert_int_ge(found, 0);
			continue;
		}
		ok(shmem_handle_open_named(name, BYTES, EXCLUSIVE, SHMEM_RW,
					   &h));
		remove_name();
		shmem_handle_close(&h);
	}
}

enum {
	CREATE_BOTH,
	CREATE_EXCLUSIVELY,
	MAKE_AND_FIND,
	USE_AND_CLEAN,
	LOOK_BOTH,
	COME_AND_LOOK,
	CREATE_AND_LOOK
};

static void (*const races[])(int who, int round) = {
	[CREATE_BOTH] = create_both,
	[CREATE_EXCLUSIVELY] = create_exclusively,
	[MAKE_AND_FIND] = make_and_find,
	[USE_AND_CLEAN] = use_and_clean,
	[LOOK_BOTH] = look_both,
	[COME_AND_LOOK] = come_and_look,
	[CREATE_AND_LOOK] = create_and_look,
};

static void run_race(int which, int who, int round)
{
	races[which](who, round);
}

START_TEST(two_that_create_meet_in_one_object)
{
	race(CREATE_BOTH);
}
END_TEST

START_TEST(one_alone_creates_exclusively)
{
	race(CREATE_EXCLUSIVELY);
}
END_TEST

START_TEST(nobody_finds_half_an_object)
{
	race(MAKE_AND_FIND);
}
END_TEST

START_TEST(cleaner_spares_what_is_used)
{
	race(USE_AND_CLEAN);
}
END_TEST

START_TEST(two_that_look_are_not_users)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;

	support_needs(SUPPORT_LASTING);
	ok(shmem_handle_open_named(name, BYTES, CREATE, SHMEM_RW, &h));
	shmem_handle_close(&h);
	race(LOOK_BOTH);
}
END_TEST

START_TEST(what_is_there_is_listed_whatever_comes_and_goes)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;

	ok(shmem_handle_open_named(name, BYTES, CREATE, SHMEM_RW, &h));
	race(COME_AND_LOOK);
}
END_TEST

START_TEST(one_that_looks_is_not_in_a_creator_s_way)
{
	race(CREATE_AND_LOOK);
}
END_TEST

/* ---- deaths ---- */

#define MADE 3 /* exit code of one that was not killed */

typedef struct creator {
	char name[sizeof(name)];
	unsigned long step;
} creator;

static void create_dying(void *arg)
{
	creator *c = arg;
	shmem_handle *h = NULL;

	shmem__fault_arm(c->step, 0, NULL);
	shmem__fault_instead(support_die);
	ok(shmem_handle_open_named(c->name, BYTES, CREATE, SHMEM_RW, &h));
	support_exit(MADE);
}

static int each_nothing(const shmem_named_info *info, void *arg)
{
	(void)info;
	(void)arg;
	return 0;
}

/* Killed before its k-th call of the system; false where it made fewer. */
static bool kill_before(unsigned long k)
{
	creator c = {.step = k};
	shmem_handle *h = NULL;
	int status;
	int err;

	memcpy(c.name, name, sizeof(name));
	status =
		support_wait(support_start(create_dying, &c, sizeof(c)), 60000);
	ck_assert(status == -SIGKILL || status == MADE);
	err = shmem_handle_open_named(name, 0, 0, SHMEM_RW, &h);
	if (err == 0) {
		ck_assert_uint_eq(shmem_handle_size(h), BYTES);
		shmem_handle_close(&h);
		ok(shmem_named_unlink(name)); /* it has no users any more */
	}
	ck_assert(err == 0 || err == SHMEM_E_NOENT);
	ok(shmem_named_list(each_nothing, NULL));
	ok(shmem_handle_open_named(name, BYTES, EXCLUSIVE, SHMEM_RW, &h));
	remove_name();
	shmem_handle_close(&h);
	return status != MADE;
}

START_TEST(creator_killed_at_any_step_leaves_nothing_or_all)
{
	unsigned long k = 1;

	while (kill_before(k))
		k++;
	ck_assert_uint_gt(k, 5);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("named");
	TCase *t = support_case(s, "races");

	common = support_shared(sizeof(*common));
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, two_that_create_meet_in_one_object);
	tcase_add_test(t, one_alone_creates_exclusively);
	tcase_add_test(t, nobody_finds_half_an_object);
	tcase_add_test(t, cleaner_spares_what_is_used);
	tcase_add_test(t, two_that_look_are_not_users);
	tcase_add_test(t, what_is_there_is_listed_whatever_comes_and_goes);
	tcase_add_test(t, one_that_looks_is_not_in_a_creator_s_way);
	t = support_case(s, "deaths");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, creator_killed_at_any_step_leaves_nothing_or_all);
	return s;
}
SUPPORT_MAIN(suite)
