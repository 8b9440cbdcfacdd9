/* SPDX-License-Identifier: MIT */
/*
 * The gate: descriptors of every kind and with every kind of rights, and which
 * of them pass for memory that can be trusted.
 */
#include "gate.h"

#include "handle/os.h"

#include <shmem/handle.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BYTES GATE_BYTES

static const shmem__object_facts claim_rw = {.size = BYTES, .access = SHMEM_RW};
static const shmem__object_facts claim_read = {.size = BYTES,
					       .access = SHMEM_READ};
static const shmem__object_facts claim_single = {
	.size = BYTES, .access = SHMEM_READ, .readonly_enforced = true};
static const shmem__object_facts claim_frozen = {.size = BYTES,
						 .access = SHMEM_READ,
						 .readonly_enforced = true,
						 .frozen = true};

static void refused(const char *name, intptr_t fd,
		    const shmem__object_facts *claim)
{
	int err = shmem__object_check(fd, claim);

	ck_assert_msg(err == SHMEM_E_UNTRUSTED, "%s: %s", name,
		      shmem_errname(err));
}

START_TEST(wrong_kind_is_refused)
{
	const gate_kind *kind = &gate_wrong[_i];
	shmem__object_facts huge = claim_rw;
	intptr_t number;

	support_needs(SUPPORT_GATE);
	number = kind->make();
	huge.size = 2 << 20;
	refused(kind->name, number, &claim_rw);
	refused(kind->name, number, &claim_read);
	refused(kind->name, number, &claim_single);
	refused(kind->name, number, &claim_frozen);
	refused(kind->name, number, &huge);
	if (support_is_open(number))
		support_close(number);
}
END_TEST

static void judged(const gate_rights *r, const char *claimed, intptr_t fd,
		   const shmem__object_facts *claim, bool truth)
{
	int err = shmem__object_check(fd, claim);

	ck_assert_msg(err == (truth ? 0 : SHMEM_E_UNTRUSTED),
		      "%s, claimed %s: %s", r->name, claimed,
		      shmem_errname(err));
}

START_TEST(only_true_rights_pass)
{
	const gate_rights *r = &gate_known[_i];
	intptr_t fd;

	support_needs(SUPPORT_GATE);
	fd = r->make(r);
	judged(r, "rw", fd, &claim_rw, r->rw);
	judged(r, "read", fd, &claim_read, r->read);
	judged(r, "single", fd, &claim_single, r->single);
	judged(r, "frozen", fd, &claim_frozen, r->frozen);
	support_close(fd);
}
END_TEST

START_TEST(absurd_access_is_refused)
{
	shmem__object_facts claim = claim_rw;
	shmem_os_handle fd;

	ck_assert_int_eq(shmem__object_create(BYTES, NULL, false, &fd), 0);
	claim.access = SHMEM_NONE;
	refused("none", fd, &claim);
	claim.access = SHMEM_WRITE;
	refused("write alone", fd, &claim);
	shmem__object_close(fd);
}
END_TEST

START_TEST(adopted_number_is_not_inherited)
{
	intptr_t stranger = support_stranger();
	shmem_os_handle os = support_copy(stranger);
	intptr_t number = os;
	bool inheritable;

	ck_assert_int_eq(shmem__object_is_inheritable(os, &inheritable), 0);
	ck_assert(inheritable);
	ck_assert_int_eq(shmem__object_adopt(&os), 0);
	ck_assert_int_eq(os, number);
	ck_assert_int_eq(shmem__object_is_inheritable(os, &inheritable), 0);
	ck_assert(!inheritable);
	ck_assert(!support_is_inherited(os));
	shmem__object_close(os);
	support_close(stranger);
}
END_TEST

static void with_no_stdio(void *arg)
{
	shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;
	shmem_os_handle copy = SHMEM_OS_HANDLE_INVALID;
	shmem_handle *named = NULL;
	char name[64];

	(void)arg;
	support_close(0);
	support_close(1);
	ck_assert_int_eq(shmem__object_create(BYTES, "x", false, &os), 0);
	ck_assert_int_gt(os, 2);
	ck_assert_int_eq(shmem__object_duplicate(os, SHMEM_RW, &copy), 0);
	ck_assert_int_gt(copy, 2);
	shmem__object_close(copy);
	ck_assert_int_eq(shmem__object_duplicate(os, SHMEM_READ, &copy), 0);
	ck_assert_int_gt(copy, 2);
	shmem__object_close(copy);
	copy = support_copy(os);
	ck_assert_int_eq(copy, 0);
	ck_assert_int_eq(shmem__object_adopt(&copy), 0);
	ck_assert_int_gt(copy, 2);
	ck_assert(!support_is_open(0));
	snprintf(name, sizeof(name), "test-object.%d", (int)getpid());
	ck_assert_int_eq(shmem_handle_open_named(name, 1, SHMEM_OPEN_CREATE,
						 SHMEM_RW, &named),
			 0);
	ck_assert_int_gt(shmem_handle_os(named), 2);
	shmem_handle_close(&named);
	ck_assert_int_eq(shmem_handle_open_named(name, 1, 0, SHMEM_RW, &named),
			 0);
	ck_assert_int_gt(shmem_handle_os(named), 2);
	shmem_handle_close(&named);
	ck_assert_int_eq(shmem_handle_unlink_named(name), 0);
}

START_TEST(no_object_takes_the_place_of_stdio)
{
	support_needs(SUPPORT_STDIO);
	ck_assert_int_eq(support_child(with_no_stdio, NULL), 0);
}
END_TEST

START_TEST(no_name_leads_to_it)
{
	bool alone = support_private_shm("mode=1777");
	size_t before = support_shm_files();
	shmem_os_handle os;

	ck_assert_int_eq(shmem__object_create(BYTES, "x", false, &os), 0);
	ck_assert(!support_has_name(os));
	if (alone)
		ck_assert_uint_eq(support_shm_files(), before);
	shmem__object_close(os);
}
END_TEST

START_TEST(identities_differ)
{
	shmem_os_handle a;
	shmem_os_handle b;
	uint64_t id_a[2];
	uint64_t id_b[2];

	ck_assert_int_eq(shmem__object_create(1, NULL, false, &a), 0);
	ck_assert_int_eq(shmem__object_create(1, NULL, false, &b), 0);
	ck_assert_int_eq(shmem__object_identity(a, id_a), 0);
	ck_assert_int_eq(shmem__object_identity(b, id_b), 0);
	ck_assert_int_ne(memcmp(id_a, id_b, sizeof(id_a)), 0);
	shmem__object_close(a);
	shmem__object_close(b);
	ck_assert_int_eq(shmem__object_identity(a, id_a), SHMEM_E_SYS);
	if (support_lacks(SUPPORT_ERRNO) == NULL)
		ck_assert_int_eq(shmem_os_error(), EBADF);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("object");
	TCase *gate = support_case(s, "gate");
	TCase *descriptors = support_case(s, "descriptors");

	tcase_add_loop_test(gate, wrong_kind_is_refused, 0, gate_wrong_count);
	tcase_add_loop_test(gate, only_true_rights_pass, 0, gate_known_count);
	tcase_add_test(gate, absurd_access_is_refused);
	tcase_add_test(descriptors, adopted_number_is_not_inherited);
	tcase_add_test(descriptors, no_object_takes_the_place_of_stdio);
	tcase_add_test(descriptors, no_name_leads_to_it);
	tcase_add_test(descriptors, identities_differ);
	return s;
}
SUPPORT_MAIN(suite)
