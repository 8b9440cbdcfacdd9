/* SPDX-License-Identifier: MIT */
/*
 * The gate: descriptors of every kind and with every kind of rights, and which
 * of them pass for memory that can be trusted.
 */
#include "handle/os.h"
#include "support.h"

#include <shmem/handle.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BYTES 10000
#define SIZE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

static const shmem__object_facts claim_rw = {.size = BYTES, .access = SHMEM_RW};
static const shmem__object_facts claim_read = {.size = BYTES,
					       .access = SHMEM_READ};
static const shmem__object_facts claim_single = {
	.size = BYTES, .access = SHMEM_READ, .readonly_enforced = true};
static const shmem__object_facts claim_frozen = {.size = BYTES,
						 .access = SHMEM_READ,
						 .readonly_enforced = true,
						 .frozen = true};

/* Only where memory can be sealed does the gate promise all of this. */
static bool system_seals(void)
{
	shmem_os_handle os;
	int err;

	ck_assert_int_eq(shmem__object_create(1, NULL, false, &os), 0);
	err = shmem__object_seal_write(os);
	shmem__object_close(os);
	return err == 0;
}

static int memory(off_t bytes, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, bytes), 0);
	if (seals != 0)
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static int reopened(int fd, int mode)
{
	char path[64];
	int copy;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	copy = open(path, mode | O_CLOEXEC);
	ck_assert_int_ge(copy, 0);
	close(fd);
	return copy;
}

static int sealed(int more)
{
	return memory(BYTES, SIZE_SEALS | more);
}

static int unsealable(void)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd, BYTES), 0);
	return fd;
}

static int not_sealed(void)
{
	return memory(BYTES, 0);
}

static int can_grow(void)
{
	return memory(BYTES, F_SEAL_SHRINK);
}

static int can_shrink(void)
{
	return memory(BYTES, F_SEAL_GROW);
}

static int smaller(void)
{
	return memory(BYTES - 1, SIZE_SEALS);
}

static int larger(void)
{
	return memory(BYTES + 1, SIZE_SEALS);
}

static int of_no_size(void)
{
	return memory(0, SIZE_SEALS);
}

static int write_only(void)
{
	return reopened(sealed(0), O_WRONLY);
}

static int path_only(void)
{
	return reopened(sealed(0), O_PATH);
}

static int file(void)
{
	static const char bytes[BYTES];

	return support_file("file", bytes, sizeof(bytes));
}

static int file_in_memory(void)
{
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	ck_assert_int_eq(ftruncate(fd, BYTES), 0);
	return fd;
}

static int directory(void)
{
	return open("/", O_RDONLY | O_CLOEXEC);
}

static int null_device(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int zero_device(void)
{
	return open("/dev/zero", O_RDWR | O_CLOEXEC);
}

static int pipe_end(void)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	close(ends[1]);
	return ends[0];
}

static int socket_end(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int event(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

static int epoll(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

static int secret_memory(void)
{
#ifdef SYS_memfd_secret
	int fd = (int)syscall(SYS_memfd_secret, FD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, BYTES) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
#endif
	return null_device(); /* not in this kernel */
}

static int huge_pages(void)
{
	int fd = memfd_create("test",
			      MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);

	if (fd < 0)
		return null_device();
	if (ftruncate(fd, 2 << 20) == 0)
		fcntl(fd, F_ADD_SEALS, SIZE_SEALS);
	return fd;
}

static int closed_number(void)
{
	return 1000;
}

static const struct kind {
	const char *name;
	int (*make)(void);
} wrong_kinds[] = {
	{"memory that can't be sealed", unsealable},
	{"memory without seals", not_sealed},
	{"memory that can grow", can_grow},
	{"memory that can shrink", can_shrink},
	{"smaller", smaller},
	{"larger", larger},
	{"of no size", of_no_size},
	{"write-only", write_only},
	{"a path", path_only},
	{"a file", file},
	{"a file in memory", file_in_memory},
	{"a directory", directory},
	{"/dev/null", null_device},
	{"/dev/zero", zero_device},
	{"a pipe", pipe_end},
	{"a socket", socket_end},
	{"an eventfd", event},
	{"an epoll", epoll},
	{"secret memory", secret_memory},
	{"huge pages", huge_pages},
	{"a closed number", closed_number},
};
#define WRONG_KINDS (int)(sizeof(wrong_kinds) / sizeof(wrong_kinds[0]))

static void refused(const char *name, int fd, const shmem__object_facts *claim)
{
	int err = shmem__object_check(fd, claim);

	ck_assert_msg(err == SHMEM_E_UNTRUSTED, "%s: %s", name,
		      shmem_errname(err));
}

START_TEST(wrong_kind_is_refused)
{
	const struct kind *kind = &wrong_kinds[_i];
	shmem__object_facts huge = claim_rw;
	int fd;

	if (!system_seals())
		return;
	fd = kind->make();
	huge.size = 2 << 20;
	refused(kind->name, fd, &claim_rw);
	refused(kind->name, fd, &claim_read);
	refused(kind->name, fd, &claim_single);
	refused(kind->name, fd, &claim_frozen);
	refused(kind->name, fd, &huge);
	if (kind->make != closed_number)
		ck_assert_int_eq(close(fd), 0);
}
END_TEST

/* Rights of the descriptor, and which claims of it are the truth. */
static const struct rights {
	const char *name;
	int seals;
	int mode;
	bool rw, read, single, frozen;
} rights[] = {
	{"writable", 0, O_RDWR, true, false, false, false},
	{"read-only", 0, O_RDONLY, false, true, false, false},
	{"single-writer", F_SEAL_FUTURE_WRITE, O_RDWR, false, true, true,
	 false},
	{"single-writer, read-only", F_SEAL_FUTURE_WRITE, O_RDONLY, false, true,
	 true, false},
	{"frozen", F_SEAL_WRITE, O_RDWR, false, true, true, true},
	{"frozen, read-only", F_SEAL_WRITE, O_RDONLY, false, true, true, true},
	{"sealed twice", F_SEAL_WRITE | F_SEAL_FUTURE_WRITE, O_RDWR, false,
	 true, true, true},
	{"no more seals", F_SEAL_SEAL, O_RDWR, true, false, false, false},
};
#define RIGHTS (int)(sizeof(rights) / sizeof(rights[0]))

static void judged(const struct rights *r, const char *claimed, int fd,
		   const shmem__object_facts *claim, bool truth)
{
	int err = shmem__object_check(fd, claim);

	ck_assert_msg(err == (truth ? 0 : SHMEM_E_UNTRUSTED),
		      "%s, claimed %s: %s", r->name, claimed,
		      shmem_errname(err));
}

START_TEST(only_true_rights_pass)
{
	const struct rights *r = &rights[_i];
	int fd;

	if (!system_seals())
		return;
	fd = sealed(r->seals);
	if (r->mode != O_RDWR)
		fd = reopened(fd, r->mode);
	judged(r, "rw", fd, &claim_rw, r->rw);
	judged(r, "read", fd, &claim_read, r->read);
	judged(r, "single", fd, &claim_single, r->single);
	judged(r, "frozen", fd, &claim_frozen, r->frozen);
	close(fd);
}
END_TEST

START_TEST(absurd_access_is_refused)
{
	shmem__object_facts claim = claim_rw;
	int fd = sealed(0);

	claim.access = SHMEM_NONE;
	refused("none", fd, &claim);
	claim.access = SHMEM_WRITE;
	refused("write alone", fd, &claim);
	close(fd);
}
END_TEST

START_TEST(adopted_number_is_not_inherited)
{
	shmem_os_handle os = memfd_create("test", 0);
	int number = (int)os;
	bool inheritable;

	ck_assert_int_eq(shmem__object_is_inheritable(os, &inheritable), 0);
	ck_assert(inheritable);
	ck_assert_int_eq(shmem__object_adopt(&os), 0);
	ck_assert_int_eq(os, number);
	ck_assert_int_eq(shmem__object_is_inheritable(os, &inheritable), 0);
	ck_assert(!inheritable);
	shmem__object_close(os);
}
END_TEST

static void with_no_stdio(void *arg)
{
	shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;
	shmem_os_handle copy = SHMEM_OS_HANDLE_INVALID;
	shmem_handle *named = NULL;
	char name[64];

	(void)arg;
	close(0);
	close(1);
	ck_assert_int_eq(shmem__object_create(BYTES, "x", false, &os), 0);
	ck_assert_int_gt(os, 2);
	ck_assert_int_eq(shmem__object_duplicate(os, SHMEM_RW, &copy), 0);
	ck_assert_int_gt(copy, 2);
	shmem__object_close(copy);
	ck_assert_int_eq(shmem__object_duplicate(os, SHMEM_READ, &copy), 0);
	ck_assert_int_gt(copy, 2);
	shmem__object_close(copy);
	copy = dup((int)os);
	ck_assert_int_eq(copy, 0);
	ck_assert_int_eq(shmem__object_adopt(&copy), 0);
	ck_assert_int_gt(copy, 2);
	ck_assert_int_eq(fcntl(0, F_GETFD), -1);
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
	ck_assert_int_eq(support_child(with_no_stdio, NULL), 0);
}
END_TEST

static size_t files_in_memory(void)
{
	DIR *dir = opendir("/dev/shm");
	size_t n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

START_TEST(no_name_leads_to_it)
{
	bool alone = support_private_shm("mode=1777");
	size_t before = files_in_memory();
	shmem_os_handle os;
	struct stat st;

	ck_assert_int_eq(shmem__object_create(BYTES, "x", false, &os), 0);
	ck_assert_int_eq(fstat((int)os, &st), 0);
	ck_assert_uint_eq(st.st_nlink, 0);
	if (alone)
		ck_assert_uint_eq(files_in_memory(), before);
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
	ck_assert_int_eq(shmem_os_error(), EBADF);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("object");
	TCase *gate = support_case(s, "gate");
	TCase *descriptors = support_case(s, "descriptors");

	tcase_add_loop_test(gate, wrong_kind_is_refused, 0, WRONG_KINDS);
	tcase_add_loop_test(gate, only_true_rights_pass, 0, RIGHTS);
	tcase_add_test(gate, absurd_access_is_refused);
	tcase_add_test(descriptors, adopted_number_is_not_inherited);
	tcase_add_test(descriptors, no_object_takes_the_place_of_stdio);
	tcase_add_test(descriptors, no_name_leads_to_it);
	tcase_add_test(descriptors, identities_differ);
	return s;
}
SUPPORT_MAIN(suite)
