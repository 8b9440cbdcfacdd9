/* SPDX-License-Identifier: MIT */
/* What a program that is started finds of the handles that it was given. */
#include "roles.h"

#include "handle/os.h"
#include "mapping/os.h"
#include "transport/inherit.h"

#include <shmem/shmem.h>
#include <string.h>

#define PAGE 4096u

static bool is_inheritable(shmem_os_handle os)
{
	bool inheritable = false;

	SUPPORT_NEED(shmem__object_is_inheritable(os, &inheritable) == 0);
	return inheritable;
}

/* Each argument is a name, and the memory holds that name. */
static int role_names(char **arg)
{
	for (; *arg != NULL; arg++) {
		shmem_handle *h = NULL;
		shmem_mapping *m = NULL;

		SUPPORT_NEED(shmem_inherited_handle(*arg, &h) == 0);
		SUPPORT_NEED(shmem_handle_access(h) == SHMEM_RW);
		SUPPORT_NEED(!is_inheritable(shmem_handle_os(h)));
		SUPPORT_NEED(shmem_mapping_open_take(&h, SHMEM_RW, &m) == 0);
		SUPPORT_NEED(strcmp(shmem_mapping_data(m), *arg) == 0);
		strcat(shmem_mapping_data(m), "!");
		shmem_mapping_close(&m);
	}
	return 0;
}

static int role_once(char **arg)
{
	shmem_handle *h = NULL;
	shmem_handle *other = NULL;

	(void)arg;
	SUPPORT_NEED(shmem_inherited_handle("unknown", &h) == SHMEM_E_NOENT);
	SUPPORT_NEED(shmem_inherited_handle("channel", &h) == SHMEM_E_NOENT);
	SUPPORT_NEED(shmem_inherited_handle("", &h) == SHMEM_E_INVAL);
	SUPPORT_NEED(shmem_inherited_handle(NULL, &h) == SHMEM_E_INVAL);
	SUPPORT_NEED(shmem_inherited_handle("a", NULL) == SHMEM_E_INVAL);
	SUPPORT_NEED(h == NULL);
	SUPPORT_NEED(shmem_inherited_handle("a", &h) == 0);
	SUPPORT_NEED(shmem_inherited_handle("a", &other) == SHMEM_E_NOENT);
	/* Not even where its number is one for programs again. */
	SUPPORT_NEED(shmem_handle_set_inheritable(h, true) == 0);
	SUPPORT_NEED(shmem_inherited_handle("a", &other) == SHMEM_E_NOENT);
	shmem_handle_close(&h);
	SUPPORT_NEED(shmem_inherited_handle("a", &other) == SHMEM_E_NOENT);
	return 0;
}

static int role_rights(char **arg)
{
	shmem_handle *h = NULL;
	shmem_mapping *m = NULL;
	void *at = NULL;

	(void)arg;
	SUPPORT_NEED(shmem_inherited_handle("read", &h) == 0);
	SUPPORT_NEED(shmem_handle_access(h) == SHMEM_READ);
	SUPPORT_NEED(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m) ==
		     SHMEM_E_ACCESS);
	/* Nor without this library's own look at it. */
	SUPPORT_NEED(shmem__view_map(shmem_handle_os(h), 0, PAGE, SHMEM_RW,
				     NULL, &at) == SHMEM_E_ACCESS);
	shmem_handle_close(&h);
	SUPPORT_NEED(shmem_inherited_handle("frozen", &h) == 0);
	SUPPORT_NEED(shmem_handle_is_frozen(h) ==
		     (support_lacks(SUPPORT_SEALS) == NULL));
	shmem_handle_close(&h);
	SUPPORT_NEED(shmem_inherited_handle("empty", &h) == 0);
	SUPPORT_NEED(shmem_handle_size(h) == 0);
	shmem_handle_close(&h);
	SUPPORT_NEED(shmem_inherited_handle("empty", &h) == SHMEM_E_NOENT);
	return 0;
}

/* The number of the first thing that was passed. */
static shmem_os_handle first_number(void)
{
	const char *text = getenv(SHMEM__INHERIT);

	SUPPORT_NEED(text != NULL && strchr(text, '=') != NULL);
	return (shmem_os_handle)strtoll(strchr(text, '=') + 1, NULL, 10);
}

/* Something else than memory gets that number, which is free, at once or after
 * other ones. */
static void put_stranger_at(shmem_os_handle os)
{
	int tries = 64;

	while (support_stranger() != os)
		SUPPORT_NEED(tries-- > 0);
}

/* Nothing was passed to this one, whatever the variable says. */
static int role_stranger(char **arg)
{
	shmem_os_handle os = first_number();
	uint64_t before[2];
	uint64_t after[2];
	shmem_handle *h = NULL;

	SUPPORT_NEED(shmem__object_identity(os, before) == 0);
	SUPPORT_NEED(shmem_inherited_handle(arg[0], &h) == SHMEM_E_NOENT);
	SUPPORT_NEED(shmem__object_identity(os, after) == 0);
	SUPPORT_NEED(memcmp(before, after, sizeof(before)) == 0);
	SUPPORT_NEED(is_inheritable(os));
	return 0;
}

/* Takes what it got, then starts a program of its own, carelessly: the
 * variable stays, the number means something else. */
static int role_careless(char **arg)
{
	shmem_handle *h = NULL;

	SUPPORT_NEED(shmem_inherited_handle(arg[0], &h) == 0);
	shmem_handle_close(&h);
	put_stranger_at(first_number());
	SUPPORT_NEED(support_start_role("stranger", arg[0]) == 0);
	return 0;
}

/* Starts a program that takes what this one was given: a wrapper. */
static int role_wrapper(char **arg)
{
	support_become_role("names", arg[0]);
	return 98;
}

static int role_no_variable(char **arg)
{
	shmem_handle *h = NULL;
	shmem_channel *c = NULL;

	(void)arg;
	SUPPORT_NEED(getenv(SHMEM__INHERIT) == NULL);
	SUPPORT_NEED(shmem_inherited_handle("a", &h) == SHMEM_E_NOENT);
	SUPPORT_NEED(shmem_inherited_channel(NULL, &c) == SHMEM_E_NOENT);
	return 0;
}

static const support_role roles[] = {
	{"count", support_role_count}, {"names", role_names},
	{"once", role_once},           {"rights", role_rights},
	{"stranger", role_stranger},   {"careless", role_careless},
	{"wrapper", role_wrapper},     {"no-variable", role_no_variable},
};

START_TEST(child_has_the_listed_descriptors_and_no_other)
{
	shmem_handle *a = support_memory("a");
	shmem_handle *b = support_memory("b");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}, {"b", b, SHMEM_RW}};
	intptr_t low = support_stranger();
	intptr_t high = support_far(low);

	support_run_role("count", "5", list, 2);
	support_run_role("count", "3", NULL, 0);
	shmem__object_close(low);
	shmem__object_close(high);
	shmem_handle_close(&a);
	shmem_handle_close(&b);
}
END_TEST

START_TEST(child_gets_64_handles_whatever_their_numbers)
{
	enum { MANY = 64 };
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;
	shmem_spawn_handle list[MANY];
	shmem_handle *h[MANY];
	char name[MANY][SHMEM__INHERIT_NAME_MAX + 1];
	const char *argv[MANY + 3] = {"self", "names"};
	shmem_process *p = NULL;

	for (int i = 0; i < MANY; i++) {
		memset(name[i], 'x', sizeof(name[i]));
		snprintf(name[i] + SHMEM__INHERIT_NAME_MAX - 3, 4, ".%02d", i);
		argv[2 + i] = name[i];
		h[i] = support_memory(name[i]);
	}
	/* Backwards, so that each lies where another one has to go. */
	for (int i = 0; i < MANY; i++)
		list[i] = (shmem_spawn_handle){name[MANY - 1 - i],
					       h[MANY - 1 - i], SHMEM_RW};
	opts.path = SUPPORT_SELF;
	opts.argv = argv;
	opts.handles = list;
	opts.handle_count = MANY;
	ck_assert_int_eq(shmem_process_spawn(&opts, &p, NULL), 0);
	support_expect_exit(&p, 0);
	for (int i = 0; i < MANY; i++) {
		shmem_mapping *m = NULL;

		ck_assert_int_eq(shmem_mapping_open_take(&h[i], SHMEM_READ, &m),
				 0);
		ck_assert_mem_eq(shmem_mapping_data(m), name[i],
				 SHMEM__INHERIT_NAME_MAX);
		ck_assert_str_eq((char *)shmem_mapping_data(m) +
					 SHMEM__INHERIT_NAME_MAX,
				 "!");
		shmem_mapping_close(&m);
	}
}
END_TEST

START_TEST(handle_is_taken_once)
{
	shmem_handle *a = support_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};

	support_run_role("once", NULL, list, 1);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(child_has_the_rights_that_it_was_given)
{
	shmem_handle *a = support_memory("a");
	shmem_handle *frozen = support_memory("b");
	shmem_handle *empty = NULL;

	if (support_lacks(SUPPORT_SEALS) == NULL)
		ck_assert_int_eq(shmem_handle_freeze(&frozen, &frozen), 0);
	ck_assert_int_eq(shmem_handle_create(0, NULL, &empty), 0);

	shmem_spawn_handle list[] = {{"read", a, SHMEM_READ},
				     {"empty", empty, SHMEM_READ},
				     {"frozen", frozen, SHMEM_READ}};

	support_run_role("rights", NULL, list, 3);
	support_run_role("count", "5", list, 3);
	shmem_handle_close(&a);
	shmem_handle_close(&empty);
	shmem_handle_close(&frozen);
}
END_TEST

START_TEST(more_access_than_the_handle_has_is_refused)
{
	shmem_handle *a = support_memory("a");
	shmem_handle *r = NULL;
	shmem_process *p = NULL;

	ck_assert_int_eq(shmem_handle_duplicate(a, SHMEM_READ, &r), 0);
	ck_assert_int_eq(support_spawn("exit", "0",
				       &(shmem_spawn_handle){"r", r, SHMEM_RW},
				       1, &p),
			 SHMEM_E_ACCESS);
	ck_assert_ptr_null(p);
	shmem_handle_close(&a);
	shmem_handle_close(&r);
}
END_TEST

START_TEST(program_started_by_the_child_takes_nothing_by_accident)
{
	shmem_handle *a = support_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};

	support_run_role("careless", "a", list, 1);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(wrapper_passes_on_what_it_did_not_take)
{
	shmem_handle *a = support_memory("a");
	shmem_spawn_handle list[] = {{"a", a, SHMEM_RW}};

	support_run_role("wrapper", "a", list, 1);
	shmem_handle_close(&a);
}
END_TEST

START_TEST(variable_of_the_parent_does_not_reach_the_child)
{
	support_variable(SHMEM__INHERIT, "1;channel:3:0");
	support_run_role("no-variable", NULL, NULL, 0);
	support_variable(SHMEM__INHERIT, NULL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("process_handles");
	TCase *c = support_case(s, "process_handles");

	tcase_add_checked_fixture(c, NULL, support_no_process);
	tcase_add_test(c, child_has_the_listed_descriptors_and_no_other);
	tcase_add_test(c, child_gets_64_handles_whatever_their_numbers);
	tcase_add_test(c, handle_is_taken_once);
	tcase_add_test(c, child_has_the_rights_that_it_was_given);
	tcase_add_test(c, more_access_than_the_handle_has_is_refused);
	tcase_add_test(c,
		       program_started_by_the_child_takes_nothing_by_accident);
	tcase_add_test(c, wrapper_passes_on_what_it_did_not_take);
	tcase_add_test(c, variable_of_the_parent_does_not_reach_the_child);
	return s;
}
SUPPORT_MAIN_WITH_ROLES(roles, suite)
