/* SPDX-License-Identifier: MIT */
/* Memory that somebody cuts short while others look at it: seals forbid it, or
 * the system; without them nothing but a copy helps. */
#include "channels.h"
#include "memory_calls.h"

#include <signal.h>
#include <string.h>

#define BYTES 8192u

static shmem_handle *h;
static shmem_mapping *mapping;
static unsigned char *shared;
static unsigned char *own; /* a private mapping, of which all was written */

static void setup(void)
{
	h = support_handle(BYTES);
	support_ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &mapping));
	shared = shmem_mapping_data(mapping);
	own = call_private_view(shmem_handle_os(h), BYTES);
	memset(shared, 7, BYTES);
	memset(own, 8, BYTES);
	call_lock(shared, BYTES);
}

static void teardown(void)
{
	call_private_unmap(own, BYTES);
	shmem_mapping_close(&mapping);
	shmem_handle_close(&h);
}

static void look(void *arg)
{
	const volatile unsigned char *at = arg;

	(void)at[BYTES - 1];
}

START_TEST(memory_can_not_be_cut)
{
	if (support_lacks(SUPPORT_CUTTING) == NULL)
		support_needs(SUPPORT_SEALS);
	ck_assert(!call_resize(shmem_handle_os(h), 0));
	ck_assert(!call_resize(shmem_handle_os(h), BYTES / 2));
	ck_assert(!call_resize(shmem_handle_os(h), 1024 * BYTES));
	ck_assert_int_eq(shared[BYTES - 1], 7);
	ck_assert_int_eq(own[BYTES - 1], 8);
}
END_TEST

/* A hole that is known (docs/security.md). */
START_TEST(where_it_can_only_a_copy_is_safe)
{
	static unsigned char copy[BYTES];

	if (support_lacks(SUPPORT_CUTTING) != NULL)
		return;
	memcpy(copy, shared, BYTES);
	ck_assert(call_resize(shmem_handle_os(h), 0));
	support_dies(SIGBUS, look, shared);
	support_dies(SIGBUS, look, own);
	ck_assert_int_eq(copy[BYTES - 1], 7);
	/* What comes back is empty. */
	ck_assert(call_resize(shmem_handle_os(h), BYTES));
	ck_assert_int_eq(shared[BYTES - 1], 0);
}
END_TEST

/* Before it is received, it shows. */
START_TEST(short_memory_is_not_received)
{
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;
	shmem_handle *other = support_handle(BYTES);

	if (support_lacks(SUPPORT_CUTTING) != NULL) {
		shmem_handle_close(&other);
		return;
	}
	support_ok(shmem_handle_pack(&other, desc, &os));
	ck_assert(call_resize(os, BYTES - 1));
	support_is(shmem_handle_unpack(desc, sizeof(desc), os, &other),
		   SHMEM_E_UNTRUSTED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cut_short");
	TCase *t = support_case(s, "cut short");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, memory_can_not_be_cut);
	tcase_add_test(t, where_it_can_only_a_copy_is_safe);
	tcase_add_test(t, short_memory_is_not_received);
	return s;
}
SUPPORT_MAIN(suite)
