/* SPDX-License-Identifier: MIT */
/* Handles and mappings when the system refuses this or that. */
#include "faults.h"
#include "support.h"

#include "handle/os.h"
#include "transport/socket.h"

#include <shmem/shmem.h>
#include <string.h>

#define BYTES 10000

static shmem_handle *h;
static shmem_handle *other;
static shmem_mapping *m;
static shmem_os_handle sock[2] = {SHMEM_OS_HANDLE_INVALID,
				  SHMEM_OS_HANDLE_INVALID};
static char text[SHMEM_HANDLE_TEXT_MAX];
static unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
static shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;

static void nothing(void)
{
}

static void with_handle(void)
{
	ck_assert_int_eq(shmem_handle_create(BYTES, NULL, &h), 0);
}

static void with_sockets(void)
{
	ck_assert_int_eq(shmem__socket_pair(0, sock), 0);
}

static void clear(void)
{
	shmem_handle_close(&h);
	shmem_handle_close(&other);
	shmem_mapping_close(&m);
	for (int i = 0; i < 2; i++) {
		shmem__object_close(sock[i]);
		sock[i] = SHMEM_OS_HANDLE_INVALID;
	}
	shmem__object_close(os);
	os = SHMEM_OS_HANDLE_INVALID;
}

/* The handle is whole: its memory can be used. */
static void usable(shmem_handle *handle, shmem_access access)
{
	shmem_mapping *view = NULL;

	ck_assert_ptr_nonnull(handle);
	ck_assert_uint_eq(shmem_handle_size(handle), BYTES);
	ck_assert_int_eq(shmem_handle_access(handle), access);
	ck_assert_int_eq(shmem_mapping_open(handle, 0, 0, access, &view), 0);
	ck_assert_uint_eq(shmem_mapping_size(view), BYTES);
	shmem_mapping_close(&view);
}

static bool nothing_came(int err)
{
	(void)err;
	ck_assert_ptr_null(other);
	ck_assert_ptr_null(m);
	return true;
}

static bool handle_stays(int err)
{
	usable(h, SHMEM_RW);
	return nothing_came(err);
}

static void handle_is_here(void)
{
	usable(h, SHMEM_RW);
}

static void reader_is_here(void)
{
	usable(other, SHMEM_READ);
}

static void writer_is_here(void)
{
	usable(other, SHMEM_RW);
}

static void view_is_here(void)
{
	memset(shmem_mapping_data(m), 1, BYTES);
}

static int create(void)
{
	return shmem_handle_create(BYTES, NULL, &h);
}

static bool not_created(int err)
{
	ck_assert_ptr_null(h);
	return nothing_came(err);
}

/* So much that the system is asked first; or, where it is reserved at once, not
 * so much that this takes all day. */
static int create_large(void)
{
	uint64_t bytes =
		support_lacks(SUPPORT_SEALS) == NULL ? 1 << 30 : 1 << 22;

	return shmem_handle_create(bytes, NULL, &other);
}

static int create_huge(void)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;

	opts.huge = true;
	return shmem_handle_create((uint64_t)1 << 21, &opts, &other);
}

static int create_mapped(void)
{
	return shmem_handle_create_mapped(BYTES, NULL, &h, &m);
}

static int create_single_writer(void)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;

	opts.policy = SHMEM_POLICY_SINGLE_WRITER;
	return shmem_handle_create_mapped(BYTES, &opts, &other, &m);
}

static void single_writer_is_here(void)
{
	reader_is_here();
	view_is_here();
	ck_assert(shmem_handle_is_readonly_enforced(other));
}

static int duplicate(void)
{
	return shmem_handle_duplicate(h, SHMEM_RW, &other);
}

static int duplicate_read(void)
{
	return shmem_handle_duplicate(h, SHMEM_READ, &other);
}

static int freeze(void)
{
	return shmem_handle_freeze(&h, &other);
}

static void frozen_is_here(void)
{
	ck_assert_ptr_null(h);
	ck_assert(shmem_handle_is_frozen(other));
	usable(other, SHMEM_READ);
}

static int set_inheritable(void)
{
	return shmem_handle_set_inheritable(h, true);
}

static int export(void)
{
	return shmem_handle_export(h, text, sizeof(text));
}

/* Importing takes the descriptor over, so that nobody else may close it. */
static void with_text(void)
{
	with_handle();
	ck_assert_int_eq(shmem_handle_set_inheritable(h, true), 0);
	ck_assert_int_eq(shmem_handle_export(h, text, sizeof(text)), 0);
	ck_assert_int_eq(shmem_handle_pack(&h, desc, &os), 0);
}

static int import(void)
{
	int err = shmem_handle_import(text, &other);

	if (err == 0)
		os = SHMEM_OS_HANDLE_INVALID;
	return err;
}

static bool not_imported(int err)
{
	bool inheritable;

	ck_assert_int_eq(shmem__object_is_inheritable(os, &inheritable), 0);
	return nothing_came(err);
}

static int pack(void)
{
	return shmem_handle_pack(&h, desc, &os);
}

static void with_packed(void)
{
	with_handle();
	ck_assert_int_eq(shmem_handle_pack(&h, desc, &os), 0);
}

static int unpack(void)
{
	int err = shmem_handle_unpack(desc, sizeof(desc), os, &other);

	if (err == 0 || err == SHMEM_E_UNTRUSTED)
		os = SHMEM_OS_HANDLE_INVALID; /* taken, or closed */
	return err;
}

static bool not_unpacked(int err)
{
	nothing_came(err);
	return err != SHMEM_E_UNTRUSTED;
}

static void with_handle_and_sockets(void)
{
	with_handle();
	with_sockets();
}

static int send_it(void)
{
	return shmem_handle_send(sock[0], &h);
}

static void sent(void)
{
	ck_assert_ptr_null(h);
	ck_assert_int_eq(shmem_handle_recv(sock[1], &other), 0);
	writer_is_here();
}

static void with_sent(void)
{
	with_handle_and_sockets();
	ck_assert_int_eq(shmem_handle_send(sock[0], &h), 0);
}

static int recv_it(void)
{
	return shmem_handle_recv(sock[1], &other);
}

/* What had left the socket when it failed is gone. */
static bool not_received(int err)
{
	nothing_came(err);
	return support_readable(sock[1], 0);
}

static int map(void)
{
	return shmem_mapping_open(h, 4096, 4096, SHMEM_RW, &m);
}

static int map_read(void)
{
	return shmem_mapping_open(h, 1, 9999, SHMEM_READ, &m);
}

static int map_take(void)
{
	return shmem_mapping_open_take(&h, SHMEM_RW, &m);
}

static void taken(void)
{
	ck_assert_ptr_null(h);
	view_is_here();
}

static void map_is_here(void)
{
	ck_assert_ptr_nonnull(shmem_mapping_data(m));
	handle_is_here();
}

static void with_view(void)
{
	with_handle();
	ck_assert_int_eq(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m), 0);
}

static int protect(void)
{
	return shmem_mapping_protect(m, SHMEM_READ);
}

static bool still_writable(int err)
{
	(void)err;
	ck_assert_int_eq(shmem_mapping_access(m), SHMEM_RW);
	view_is_here();
	return true;
}

static void now_readable(void)
{
	ck_assert_int_eq(shmem_mapping_access(m), SHMEM_READ);
}

static const faults_op ops[] = {
	{"create", nothing, create, not_created, handle_is_here, clear},
	{"create large", nothing, create_large, nothing_came, nothing, clear},
	{"create huge", nothing, create_huge, nothing_came, nothing, clear},
	{"create mapped", nothing, create_mapped, not_created, view_is_here,
	 clear},
	{"create single writer", nothing, create_single_writer, nothing_came,
	 single_writer_is_here, clear},
	{"duplicate", with_handle, duplicate, handle_stays, writer_is_here,
	 clear},
	{"duplicate to read", with_handle, duplicate_read, handle_stays,
	 reader_is_here, clear},
	{"freeze", with_handle, freeze, handle_stays, frozen_is_here, clear},
	{"set inheritable", with_handle, set_inheritable, handle_stays,
	 handle_is_here, clear},
	{"export", with_handle, export, handle_stays, handle_is_here, clear},
	{"import", with_text, import, not_imported, writer_is_here, clear},
	{"pack", with_handle, pack, handle_stays, nothing, clear},
	{"unpack", with_packed, unpack, not_unpacked, writer_is_here, clear},
	{"send", with_handle_and_sockets, send_it, handle_stays, sent, clear},
	{"receive", with_sent, recv_it, not_received, writer_is_here, clear},
	{"map", with_handle, map, handle_stays, map_is_here, clear},
	{"map to read", with_handle, map_read, handle_stays, map_is_here,
	 clear},
	{"map and close", with_handle, map_take, handle_stays, taken, clear},
	{"protect", with_view, protect, still_writable, now_readable, clear},
};

/* What the system does not have to be done. */
static const char *lacks(const faults_op *op)
{
	if (op->act == freeze)
		return support_lacks(SUPPORT_SEALS);
	if (op->act == create_single_writer)
		return support_lacks(SUPPORT_WRITER);
	if (op->act == send_it || op->act == recv_it)
		return support_lacks(SUPPORT_PASSING);
	return NULL;
}

START_TEST(any_call_may_fail)
{
	if (support_skip(__func__, lacks(&ops[_i])))
		return;
	faults_run(&ops[_i]);
}
END_TEST

START_TEST(any_limit_may_be_reached)
{
	support_needs(SUPPORT_FEW);
	if (support_skip(__func__, lacks(&ops[_i])))
		return;
	for (int i = 0; i < LADDER_LIMITS; i++)
		ladder_run(&ops[_i], (ladder_limit)i);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("faults_handle");
	TCase *t = support_case(s, "faults");

	tcase_add_loop_test(t, any_call_may_fail, 0,
			    sizeof(ops) / sizeof(ops[0]));
	t = support_case(s, "limits");
	tcase_add_loop_test(t, any_limit_may_be_reached, 0,
			    ladder_ops(sizeof(ops) / sizeof(ops[0])));
	return s;
}
SUPPORT_MAIN(suite)
