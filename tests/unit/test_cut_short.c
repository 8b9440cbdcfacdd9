/* SPDX-License-Identifier: MIT */
/* Memory that somebody cuts short while others look at it: seals forbid it, and
 * without them nothing but a copy helps. */
#include "channels.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES 8192u

static shmem_handle *h;
static unsigned char *shared;
static unsigned char *own; /* a private mapping, of which all was written */

static void setup(void)
{
	int fd;

	h = support_handle(BYTES);
	fd = (int)shmem_handle_os(h);
	shared = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	own = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	ck_assert_ptr_ne(own, MAP_FAILED);
	memset(shared, 7, BYTES);
	memset(own, 8, BYTES);
	(void)mlock(shared, BYTES);
}

static void teardown(void)
{
	munmap(shared, BYTES);
	munmap(own, BYTES);
	shmem_handle_close(&h);
}

static void look(void *arg)
{
	const volatile unsigned char *at = arg;

	(void)at[BYTES - 1];
}

START_TEST(memory_with_seals_can_not_be_cut)
{
	support_needs(SUPPORT_SEALS);
	ck_assert_int_eq(ftruncate((int)shmem_handle_os(h), 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(shared[BYTES - 1], 7);
}
END_TEST

/* A hole that is known (docs/security.md). */
START_TEST(without_seals_only_a_copy_is_safe)
{
	static unsigned char copy[BYTES];

	if (support_lacks(SUPPORT_SEALS) == NULL)
		return;
	memcpy(copy, shared, BYTES);
	ck_assert_int_eq(ftruncate((int)shmem_handle_os(h), 0), 0);
	support_dies(SIGBUS, look, shared);
	support_dies(SIGBUS, look, own);
	ck_assert_int_eq(copy[BYTES - 1], 7);
	/* What comes back is empty. */
	ck_assert_int_eq(ftruncate((int)shmem_handle_os(h), BYTES), 0);
	ck_assert_int_eq(shared[BYTES - 1], 0);
}
END_TEST

/* Before it is received, it shows. */
START_TEST(short_memory_is_not_received)
{
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;
	shmem_handle *other = support_handle(BYTES);

	if (support_lacks(SUPPORT_SEALS) == NULL) {
		shmem_handle_close(&other);
		return;
	}
	support_ok(shmem_handle_pack(&other, desc, &os));
	ck_assert_int_eq(ftruncate((int)os, BYTES - 1), 0);
	support_is(shmem_handle_unpack(desc, sizeof(desc), os, &other),
		   SHMEM_E_UNTRUSTED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cut_short");
	TCase *t = support_case(s, "cut short");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, memory_with_seals_can_not_be_cut);
	tcase_add_test(t, without_seals_only_a_copy_is_safe);
	tcase_add_test(t, short_memory_is_not_received);
	return s;
}
SUPPORT_MAIN(suite)
