/* SPDX-License-Identifier: MIT */
/* NSPR's named shared memory with the layer linked before NSPR. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <prerror.h>
#include <prinit.h>
#include <prshm.h>

#define BYTES ((PRSize)10000)
#define CREATE PR_SHM_CREATE
#define EXCLUSIVE (PR_SHM_CREATE | PR_SHM_EXCL)

static char name[64];
static char path[160]; /* of the memory, not of NSPR's */

static void set_up(void)
{
	snprintf(name, sizeof(name), "/tmp/nspr named,%d", (int)getpid());
	snprintf(path, sizeof(path), "/dev/shm/shmem.nspr._2Ftmp_2Fnspr_20%s%d",
		 "named_2C", (int)getpid());
}

static void tear_down(void)
{
	PR_DeleteSharedMemory(name);
}

static void failed(PRErrorCode code, PRInt32 native)
{
	ck_assert_int_eq(PR_GetError(), code);
	ck_assert_int_eq(PR_GetOSError(), native);
}

static PRSharedMemory *opened(PRIntn flags)
{
	PRSharedMemory *shm = PR_OpenSharedMemory(name, BYTES, flags, 0600);

	ck_assert_ptr_nonnull(shm);
	return shm;
}

static void *attached(PRSharedMemory *shm, PRIntn flags)
{
	void *p = PR_AttachSharedMemory(shm, flags);

	ck_assert_ptr_nonnull(p);
	return p;
}

static void detached(PRSharedMemory *shm, void *p)
{
	ck_assert_int_eq(PR_DetachSharedMemory(shm, p), PR_SUCCESS);
}

static void closed(PRSharedMemory *shm)
{
	ck_assert_int_eq(PR_CloseSharedMemory(shm), PR_SUCCESS);
}

static void another(void *arg)
{
	PRSharedMemory *shm = opened(0);
	char *p = attached(shm, 0);

	(void)arg;
	ck_assert_str_eq(p, "question");
	strcpy(p, "answer");
	detached(shm, p);
	closed(shm);
}

START_TEST(processes_meet_under_a_name)
{
	PRSharedMemory *shm = opened(EXCLUSIVE);
	char *p = attached(shm, 0);

	strcpy(p, "question");
	ck_assert_int_eq(support_child(another, NULL), 0);
	ck_assert_str_eq(p, "answer");
	detached(shm, p);
	p = attached(shm, PR_SHM_READONLY);
	ck_assert_str_eq(p, "answer");
	support_store_faults(p);
	detached(shm, p);
	closed(shm);
	shm = opened(CREATE);
	p = attached(shm, 0);
	ck_assert_str_eq(p, "answer");
	detached(shm, p);
	closed(shm);
}
END_TEST

START_TEST(no_file_appears_where_the_name_says)
{
	PRSharedMemory *shm = opened(CREATE);
	struct stat st;

	ck_assert_int_eq(stat(name, &st), -1);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	closed(shm);
}
END_TEST

START_TEST(mode_for_the_group_is_for_the_group)
{
	PRSharedMemory *shm = PR_OpenSharedMemory(name, BYTES, CREATE, 0666);
	struct stat st;

	ck_assert_ptr_nonnull(shm);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0660);
	closed(shm);
}
END_TEST

static void refused(const char *what, PRSize size, PRIntn flags,
		    PRErrorCode code, PRInt32 native)
{
	ck_assert_ptr_null(PR_OpenSharedMemory(what, size, flags, 0600));
	failed(code, native);
}

START_TEST(errors_are_nsprs)
{
	char longest[300];
	PRSharedMemory *shm;
	char *p;

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	refused(longest, 1, CREATE, PR_NAME_TOO_LONG_ERROR, ENAMETOOLONG);
	refused("", 1, CREATE, PR_INVALID_ARGUMENT_ERROR, EINVAL);
	refused(NULL, 1, CREATE, PR_INVALID_ARGUMENT_ERROR, EINVAL);
	refused(name, BYTES, 0, PR_FILE_NOT_FOUND_ERROR, ENOENT);
	refused(name, 0, CREATE, PR_INVALID_ARGUMENT_ERROR, EINVAL);
	refused(name, (PRSize)1 << 60, CREATE, PR_NO_DEVICE_SPACE_ERROR,
		ENOSPC);
	ck_assert_int_eq(PR_DeleteSharedMemory(name), PR_FAILURE);
	failed(PR_FILE_NOT_FOUND_ERROR, ENOENT);
	shm = opened(EXCLUSIVE);
	refused(name, BYTES, EXCLUSIVE, PR_FILE_EXISTS_ERROR, EEXIST);
	p = attached(shm, 0);
	ck_assert_int_eq(PR_DetachSharedMemory(shm, p + 1), PR_FAILURE);
	failed(PR_INVALID_ARGUMENT_ERROR, EINVAL);
	detached(shm, p);
	ck_assert_int_eq(PR_DetachSharedMemory(shm, p), PR_FAILURE);
	closed(shm);
}
END_TEST

START_TEST(opening_never_resizes)
{
	PRSharedMemory *shm = opened(CREATE);
	PRSharedMemory *same;
	char *p = attached(shm, 0);
	struct stat st;

	refused(name, BYTES / 2, 0, PR_INVALID_ARGUMENT_ERROR, EINVAL);
	refused(name, BYTES / 2, CREATE, PR_INVALID_ARGUMENT_ERROR, EINVAL);
	refused(name, BYTES * 2, CREATE, PR_INVALID_ARGUMENT_ERROR, EINVAL);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_size, BYTES);
	p[BYTES - 1] = 1;
	/* Whatever size it has. */
	same = PR_OpenSharedMemory(name, 0, 0, 0);
	ck_assert_ptr_nonnull(same);
	closed(same);
	detached(shm, p);
	closed(shm);
}
END_TEST

START_TEST(something_else_under_the_name_is_refused)
{
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	refused(name, BYTES, 0, PR_NO_ACCESS_RIGHTS_ERROR, EACCES);
	ck_assert_int_eq(PR_DeleteSharedMemory(name), PR_SUCCESS);
}
END_TEST

START_TEST(deleted_memory_serves_who_has_it)
{
	PRSharedMemory *shm = opened(CREATE);
	PRSharedMemory *other;
	char *p = attached(shm, 0);
	char *q;

	strcpy(p, "old");
	ck_assert_int_eq(PR_DeleteSharedMemory(name), PR_SUCCESS);
	other = opened(EXCLUSIVE);
	q = attached(other, 0);
	ck_assert_str_eq(q, "");
	ck_assert_str_eq(p, "old");
	detached(other, q);
	detached(shm, p);
	closed(other);
	closed(shm);
}
END_TEST

START_TEST(attached_memory_outlives_its_object)
{
	PRSharedMemory *shm = opened(CREATE);
	char *p = attached(shm, 0);

	closed(shm);
	strcpy(p, "still there");
	ck_assert_str_eq(p, "still there");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("nspr_named");
	TCase *t = support_case(s, "named");
	TCase *plain = tcase_create("for ever");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, processes_meet_under_a_name);
	tcase_add_test(t, no_file_appears_where_the_name_says);
	tcase_add_test(t, mode_for_the_group_is_for_the_group);
	tcase_add_test(t, errors_are_nsprs);
	tcase_add_test(t, opening_never_resizes);
	tcase_add_test(t, something_else_under_the_name_is_refused);
	tcase_add_test(t, deleted_memory_serves_who_has_it);
	/* Leaves a mapping behind, as it must. */
	tcase_add_checked_fixture(plain, set_up, tear_down);
	tcase_add_test(plain, attached_memory_outlives_its_object);
	suite_add_tcase(s, plain);
	return s;
}

int main(int argc, char **argv)
{
	PR_Init(PR_USER_THREAD, PR_PRIORITY_NORMAL, 0);
	return support_run(argc, argv, suite());
}
