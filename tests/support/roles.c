/* SPDX-License-Identifier: MIT */
/* A test program as the program that it starts. */
#include "roles.h"

#include <shmem/shmem.h>
#include <string.h>

#define PATIENCE 60000

int support_play(int argc, char **argv, const support_role *roles, size_t count,
		 Suite *(*suite)(void))
{
	for (size_t i = 0; argc > 1 && i < count; i++)
		if (strcmp(argv[1], roles[i].name) == 0)
			return roles[i].run(argv + 2);
	return support_run(argc, argv, suite());
}

int support_spawn(const char *role, const char *arg,
		  const shmem_spawn_handle *handles, size_t count,
		  shmem_process **ret)
{
	const char *argv[] = {"self", role, arg, NULL};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;

	opts.path = SUPPORT_SELF;
	opts.argv = argv;
	opts.handles = handles;
	opts.handle_count = count;
	return shmem_process_spawn(&opts, ret, NULL);
}

void support_expect_exit(shmem_process **take, int status)
{
	int found = -1000;

	ck_assert_int_eq(shmem_process_wait(*take, PATIENCE, &found), 0);
	ck_assert_int_eq(found, status);
	shmem_process_close(take);
	ck_assert_ptr_null(*take);
}

void support_run_role(const char *role, const char *arg,
		      const shmem_spawn_handle *handles, size_t count)
{
	shmem_process *p = NULL;

	ck_assert_int_eq(support_spawn(role, arg, handles, count, &p), 0);
	support_expect_exit(&p, 0);
}

shmem_handle *support_memory(const char *text)
{
	shmem_handle *h = NULL;
	shmem_mapping *m = NULL;

	ck_assert_int_eq(shmem_handle_create(4096, NULL, &h), 0);
	ck_assert_int_eq(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m), 0);
	ck_assert_uint_lt(strlen(text), shmem_mapping_size(m));
	memcpy(shmem_mapping_data(m), text, strlen(text) + 1);
	shmem_mapping_close(&m);
	return h;
}
