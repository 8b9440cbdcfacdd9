/* SPDX-License-Identifier: MIT */
/* Handles that travel as bytes and a descriptor. */
#include "base/codec.h"
#include "base/fault.h"
#include "handle/handle.h"
#include "kinds.h"
#include "numbers.h"

#include <shmem/mapping.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BYTES ((size_t)10000)
#define DESC SHMEM_HANDLE_DESC_SIZE
#define ok(call) ck_assert_int_eq(call, 0)
#define fails(error, call) ck_assert_int_eq(call, error)

static bool system_seals(void)
{
	return support_lacks(SUPPORT_SEALS) == NULL;
}

START_TEST(packed_handle_is_the_same_again)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = kind_make(_i);
	SHMEM_AUTO(shmem_handle_close) shmem_handle *copy = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *back = NULL;
	unsigned char desc[DESC];
	shmem_os_handle os = 12345;

	ok(shmem_handle_duplicate(h, shmem_handle_access(h), &copy));
	ok(shmem_handle_pack(&copy, desc, &os));
	ck_assert_ptr_null(copy);
	ck_assert((os == SHMEM_OS_HANDLE_INVALID) == (_i == EMPTY));
	ok(shmem_handle_unpack(desc, sizeof(desc), os, &back));
	kind_same(h, back);
	ck_assert_int_eq(shmem_handle_os(back), os);
}
END_TEST

START_TEST(packed_bytes_are_as_specified)
{
	static const unsigned char golden[DESC] = {
		'S', 'H', 'M', 'H', 1, 0, 3,   0,   0x10, 0x27, 0,  0, 0,
		0,   0,   0,   0,   0, 0, 0,   0,   0,    0,    0,  0, 0,
		0,   0,   0,   0,   0, 0, 'l', 'a', 'b',  'e',  'l'};
	shmem_handle *h = kind_made(BYTES, "label");
	unsigned char desc[DESC];
	shmem_os_handle os;

	memset(desc, 0xaa, sizeof(desc));
	ok(shmem_handle_pack(&h, desc, &os));
	ck_assert_mem_eq(desc, golden, DESC);
	support_close(os);
}
END_TEST

START_TEST(frozen_elsewhere_is_described_as_it_is)
{
	shmem_handle *h = kind_made(BYTES, NULL);
	shmem_handle *other = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *back = NULL;
	unsigned char desc[DESC];
	shmem_os_handle os;

	ok(shmem_handle_duplicate(h, SHMEM_RW, &other));
	if (system_seals()) {
		ok(shmem_handle_freeze(&h, &h));
		ok(shmem_handle_pack(&other, desc, &os));
		ok(shmem_handle_unpack(desc, sizeof(desc), os, &back));
		ck_assert(shmem_handle_is_frozen(back));
		ck_assert_int_eq(shmem_handle_access(back), SHMEM_READ);
	}
	shmem_handle_close(&h);
	shmem_handle_close(&other);
}
END_TEST

/* One change to a good description that must make it a bad one. */
static const struct change {
	const char *name;
	int at;
	int value;
} changes[] = {
	{"magic", 0, 's'},
	{"version 0", 4, 0},
	{"version 2", 4, 2},
	{"version 257", 5, 1},
	{"no access", 6, 0},
	{"write alone", 6, 2},
	{"writable but enforced", 6, 7},
	{"writable but frozen", 6, 15},
	{"frozen but not enforced", 6, 9},
	{"empty but of a size", 6, 19},
	{"unknown flag", 6, 35},
	{"unknown flag", 7, 1},
	{"reserved", 16, 1},
	{"reserved", 31, 1},
	{"label not printable", 32, 7},
	{"label not ASCII", 33, 200},
	{"bytes after the label's end", 40, 'x'},
	{"label without an end", 63, 'x'},
};
#define CHANGES (int)(sizeof(changes) / sizeof(changes[0]))

START_TEST(malformed_description_is_refused)
{
	const struct change *c = &changes[_i];
	shmem_handle *h = kind_made(BYTES, "label");
	shmem_handle *back = NULL;
	unsigned char desc[DESC];
	shmem_os_handle os;
	int err;

	ok(shmem_handle_pack(&h, desc, &os));
	desc[c->at] = (unsigned char)c->value;
	err = shmem_handle_unpack(desc, sizeof(desc), os, &back);
	ck_assert_msg(err == SHMEM_E_INVAL, "%s: %s", c->name,
		      shmem_errname(err));
	/* It stays the caller's. */
	ck_assert(support_is_open(os));
	support_close(os);
}
END_TEST

START_TEST(wrong_arguments_of_unpack_are_refused)
{
	shmem_handle *h = kind_made(BYTES, NULL);
	shmem_handle *empty = kind_made(0, NULL);
	shmem_handle *back = NULL;
	unsigned char desc[DESC + 1] = {0};
	unsigned char nothing[DESC];
	shmem_os_handle none;
	shmem_os_handle os;

	fails(SHMEM_E_INVAL, shmem_handle_pack(NULL, desc, &os));
	fails(SHMEM_E_INVAL, shmem_handle_pack(&back, desc, &os));
	fails(SHMEM_E_INVAL, shmem_handle_pack(&h, NULL, &os));
	fails(SHMEM_E_INVAL, shmem_handle_pack(&h, desc, NULL));
	ok(shmem_handle_pack(&h, desc, &os));
	ok(shmem_handle_pack(&empty, nothing, &none));
	fails(SHMEM_E_INVAL, shmem_handle_unpack(desc, DESC - 1, os, &back));
	fails(SHMEM_E_INVAL, shmem_handle_unpack(desc, DESC + 1, os, &back));
	fails(SHMEM_E_INVAL, shmem_handle_unpack(NULL, DESC, os, &back));
	fails(SHMEM_E_INVAL, shmem_handle_unpack(desc, DESC, os, NULL));
	fails(SHMEM_E_INVAL, shmem_handle_unpack(desc, DESC, none, &back));
	fails(SHMEM_E_INVAL, shmem_handle_unpack(nothing, DESC, os, &back));
	shmem__fault_arm(1, ENOMEM, "calloc");
	fails(SHMEM_E_NOMEM, shmem_handle_unpack(desc, DESC, os, &back));
	shmem__fault_arm(0, 0, NULL);
	ok(shmem_handle_unpack(desc, DESC, os, &back));
	shmem_handle_close(&back);
}
END_TEST

START_TEST(lie_about_the_size_is_refused_and_closed)
{
	static const uint64_t sizes[] = {
		1,         BYTES - 1,  BYTES + 1,
		2 * BYTES, UINT32_MAX, (uint64_t)1 << 32,
		INT64_MAX, UINT64_MAX, BYTES | (uint64_t)1 << 32};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		shmem_handle *h = kind_made(BYTES, NULL);
		shmem_handle *back = NULL;
		unsigned char desc[DESC];
		shmem_os_handle os;

		ok(shmem_handle_pack(&h, desc, &os));
		/* Within a page no size is known everywhere. */
		if (support_lacks(SUPPORT_SIZES) != NULL &&
		    sizes[i] / 4096 == BYTES / 4096) {
			support_close(os);
			continue;
		}
		shmem__put64(desc + 8, sizes[i]);
		fails(SHMEM_E_UNTRUSTED,
		      shmem_handle_unpack(desc, DESC, os, &back));
		ck_assert(!support_is_open(os));
		ck_assert_ptr_null(back);
	}
}
END_TEST

/* Where none of them can be enforced, all are promises. */
static bool system_knows_rights(void)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = kind_make(SINGLE);

	return shmem_handle_is_readonly_enforced(h);
}

START_TEST(lie_about_rights_is_refused)
{
	/* What it is, and flags that it is not. */
	static const struct {
		int kind;
		int flags;
	} lies[] = {{RW, 1},   {RW, 5},    {RW, 13},    {READ, 3},
		    {READ, 5}, {READ, 13}, {SINGLE, 3}, {SINGLE, 13}};

	if (!system_knows_rights())
		return;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		shmem_handle *h = kind_make(lies[i].kind);
		shmem_handle *back = NULL;
		unsigned char desc[DESC];
		shmem_os_handle os;
		bool truth = lies[i].flags == 5 &&
			     shmem_handle_is_readonly_enforced(h);
		int err;

		ok(shmem_handle_pack(&h, desc, &os));
		desc[6] = (unsigned char)lies[i].flags;
		err = shmem_handle_unpack(desc, DESC, os, &back);
		ck_assert_msg(err == (truth ? 0 : SHMEM_E_UNTRUSTED),
			      "lie %zu: %s", i, shmem_errname(err));
		shmem_handle_close(&back);
	}
}
END_TEST

/* Whoever else holds it may do that at any time, and be nobody's peer. */
START_TEST(what_was_frozen_on_its_way_arrives_frozen)
{
	shmem_handle *h = kind_make(RW);
	shmem_handle *back = NULL;
	shmem_mapping *m = NULL;
	unsigned char desc[DESC];
	shmem_os_handle os;

	ok(shmem_handle_pack(&h, desc, &os));
	if (!system_seals()) {
		support_close(os);
		return;
	}
	ok(shmem__object_seal_write(os));
	ok(shmem_handle_unpack(desc, DESC, os, &back));
	ck_assert_int_eq(shmem_handle_access(back), SHMEM_READ);
	ck_assert(shmem_handle_is_frozen(back));
	fails(SHMEM_E_ACCESS, shmem_mapping_open(back, 0, 0, SHMEM_RW, &m));
	ok(shmem_mapping_open(back, 0, 0, SHMEM_READ, &m));
	shmem_mapping_close(&m);
	shmem_handle_close(&back);
}
END_TEST

START_TEST(named_handle_does_not_travel)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	char name[64];
	char text[SHMEM_HANDLE_TEXT_MAX];
	unsigned char desc[DESC];
	shmem_os_handle os;
	int err;

	snprintf(name, sizeof(name), "test-pass.%d", (int)getpid());
	ok(shmem_handle_open_named(name, 1, SHMEM_OPEN_CREATE, SHMEM_RW, &h));
	fails(SHMEM_E_UNSUPPORTED, shmem_handle_pack(&h, desc, &os));
	fails(SHMEM_E_UNSUPPORTED, shmem_handle_export(h, text, sizeof(text)));
	fails(SHMEM_E_UNSUPPORTED, shmem_handle_set_inheritable(h, true));
	fails(SHMEM_E_UNSUPPORTED, shmem_handle_freeze(&h, &h));
	ck_assert_ptr_nonnull(h);
	/* In use, it may go with its last user alone. */
	err = shmem_handle_unlink_named(name);
	ck_assert(err == 0 || err == SHMEM_E_UNSUPPORTED);
}
END_TEST

/* Whoever calls learns it, and keeps what it has. */
START_TEST(where_no_socket_carries_handles_it_is_refused)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = kind_made(BYTES, NULL);
	shmem_handle *none = NULL;

	if (support_lacks(SUPPORT_PASSING) == NULL) /* test_handle_socket.c */
		return;
	fails(SHMEM_E_UNSUPPORTED, shmem_handle_send(4, &h));
	ck_assert_ptr_nonnull(h);
	fails(SHMEM_E_UNSUPPORTED, shmem_handle_recv(4, &none));
	ck_assert_ptr_null(none);
	fails(SHMEM_E_INVAL, shmem_handle_send(4, NULL));
	fails(SHMEM_E_INVAL, shmem_handle_send(4, &none));
	fails(SHMEM_E_INVAL, shmem_handle_recv(4, NULL));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("handle_pass");
	TCase *t = support_case(s, "pack");

	tcase_add_loop_test(t, packed_handle_is_the_same_again, 0, KINDS);
	tcase_add_test(t, packed_bytes_are_as_specified);
	tcase_add_test(t, frozen_elsewhere_is_described_as_it_is);
	tcase_add_loop_test(t, malformed_description_is_refused, 0, CHANGES);
	tcase_add_test(t, wrong_arguments_of_unpack_are_refused);
	tcase_add_test(t, lie_about_the_size_is_refused_and_closed);
	tcase_add_test(t, lie_about_rights_is_refused);
	tcase_add_test(t, what_was_frozen_on_its_way_arrives_frozen);
	tcase_add_test(t, named_handle_does_not_travel);
	tcase_add_test(t, where_no_socket_carries_handles_it_is_refused);
	return s;
}
SUPPORT_MAIN(suite)
