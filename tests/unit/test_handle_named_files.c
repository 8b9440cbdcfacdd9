/* SPDX-License-Identifier: MIT */
/* Named objects as files of POSIX: their modes, other things of their names,
 * locks, and what is left of them. */
#include "base/fault.h"
#include "names.h"

#include <shmem/handle.h>
#include <shmem/mapping.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BYTES ((size_t)10000)
#define CREATE SHMEM_OPEN_CREATE
#define EXCLUSIVE (SHMEM_OPEN_CREATE | SHMEM_OPEN_EXCLUSIVE)
#ifdef SUPPORT_POSIX
#define LOCK_CALL "flock"
#else
#define LOCK_CALL "fcntl"
#endif
#define ok(call) ck_assert_int_eq(call, 0)
#define fails(error, call) ck_assert_int_eq(call, error)

static char name[64];
static char path[100]; /* of its file */

static void set_up(void)
{
	support_private_shm("mode=1777");
	snprintf(name, sizeof(name), "test-files.%d", (int)getpid());
	snprintf(path, sizeof(path), "/dev/shm/shmem.%s", name);
}

static void tear_down(void)
{
	unlink(path);
	rmdir(path);
}

START_TEST(mode_is_private_unless_asked)
{
	shmem_handle *h;
	struct stat st;
	mode_t old = umask(0);

	h = names_open(name, BYTES, CREATE, SHMEM_RW);
	ok(stat(path, &st));
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	shmem_handle_close(&h);
	unlink(path);
	umask(0777);
	h = names_open(name, BYTES, CREATE | SHMEM_OPEN_GROUP, SHMEM_RW);
	ok(stat(path, &st));
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	shmem_handle_close(&h);
	umask(old);
}
END_TEST

START_TEST(memory_is_reserved_when_it_is_made)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	struct stat st;

	h = names_open(name, BYTES, CREATE, SHMEM_RW);
	ok(fstat((int)shmem_handle_os(h), &st));
	ck_assert_int_ge(st.st_blocks * 512, BYTES);
}
END_TEST

static void link_elsewhere(void)
{
	ok(symlink("/etc/passwd", path));
}

static void link_to_nothing(void)
{
	ok(symlink("/dev/shm/nothing-here", path));
}

static void named_pipe(void)
{
	ok(mkfifo(path, 0600));
}

static void directory(void)
{
	ok(mkdir(path, 0700));
}

static void named_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ok(bind(sock, (struct sockaddr *)&address, sizeof(address)));
	close(sock);
}

static void empty_file(void)
{
	close(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static void (*const squatters[])(void) = {link_elsewhere, link_to_nothing,
					  named_pipe,     directory,
					  named_socket,   empty_file};
#define SQUATTERS (int)(sizeof(squatters) / sizeof(squatters[0]))

START_TEST(something_else_under_the_name_is_untrusted)
{
	shmem_handle *h = NULL;

	squatters[_i]();
	names_refused(name, SHMEM_E_UNTRUSTED, 0, 0);
	names_refused(name, SHMEM_E_UNTRUSTED, BYTES, CREATE);
	names_refused(name, SHMEM_E_EXISTS, BYTES, EXCLUSIVE);
	fails(SHMEM_E_UNTRUSTED,
	      shmem_handle_open_named(name, 0, 0, SHMEM_READ, &h));
}
END_TEST

START_TEST(second_name_of_the_file_is_refused)
{
	shmem_handle *h = names_open(name, BYTES, CREATE, SHMEM_RW);
	char second[160];

	snprintf(second, sizeof(second), "%s-too", path);
	ok(link(path, second));
	/* It waits a moment for the other name to go away. */
	names_refused(name, SHMEM_E_UNTRUSTED, BYTES, 0);
	ok(unlink(second));
	shmem_handle_close(&h);
	h = names_open(name, BYTES, 0, SHMEM_RW);
	shmem_handle_close(&h);
}
END_TEST

START_TEST(writable_for_all_is_refused)
{
	empty_file();
	ok(truncate(path, BYTES));
	ok(chmod(path, 0602));
	names_refused(name, SHMEM_E_ACCESS, BYTES, 0);
	names_refused(name, SHMEM_E_ACCESS, BYTES, SHMEM_OPEN_GROUP);
}
END_TEST

/* As another user, in a child. */
static void another_user(void *arg)
{
	gid_t group = *(gid_t *)arg;
	shmem_handle *h = NULL;

	ok(setgid(group));
	ok(setuid(12345));
	names_refused(name, SHMEM_E_ACCESS, BYTES, 0);
	names_refused(name, SHMEM_E_ACCESS, BYTES, CREATE);
	names_refused(name, SHMEM_E_EXISTS, BYTES, EXCLUSIVE);
	fails(SHMEM_E_ACCESS, shmem_handle_unlink_named(name));
	fails(SHMEM_E_ACCESS, shmem_named_unlink(name));
	if (group == 4321) {
		ok(shmem_handle_open_named(name, BYTES, SHMEM_OPEN_GROUP,
					   SHMEM_RW, &h));
		shmem_handle_close(&h);
	} else {
		names_refused(name, SHMEM_E_ACCESS, BYTES, SHMEM_OPEN_GROUP);
	}
}

START_TEST(another_users_object_is_refused)
{
	shmem_handle *h;
	gid_t same = 4321;
	gid_t other = 4322;

	if (geteuid() != 0)
		return;
	h = names_open(name, BYTES, CREATE, SHMEM_RW);
	ok(support_child(another_user, &other));
	/* Squatted: even root takes nobody else's. */
	ok(chown(path, 12346, other));
	names_refused(name, SHMEM_E_ACCESS, BYTES, 0);
	names_refused(name, SHMEM_E_ACCESS, BYTES, CREATE);
	fails(SHMEM_E_ACCESS, shmem_handle_unlink_named(name));
	fails(SHMEM_E_ACCESS, shmem_named_unlink(name));
	/* Shared with a group, but only by those who ask for it. */
	ok(chmod(path, 0660));
	ok(chown(path, 12346, same));
	names_refused(name, SHMEM_E_ACCESS, BYTES, 0);
	names_refused(name, SHMEM_E_ACCESS, BYTES, SHMEM_OPEN_GROUP);
	ok(chown(path, 0, same));
	ok(support_child(another_user, &same));
	ok(support_child(another_user, &other));
	shmem_handle_close(&h);
}
END_TEST

/* Does what a walk does, slowly. */
static void look_slowly(void *arg)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDWR | O_CLOEXEC);

	ok(fcntl(fd, F_OFD_SETLK, &all));
	ok(flock(fd, LOCK_EX));
	support_gate_pass(arg);
	support_sleep(50);
	close(fd);
}

START_TEST(one_that_looks_is_not_a_user)
{
	shmem_handle *h = names_open(name, BYTES, CREATE, SHMEM_RW);
	support_gate gate;
	pid_t child;

	shmem_handle_close(&h);
	support_gate_init(&gate);
	for (int i = 0; i < 2; i++) {
		child = support_fork(look_slowly, &gate);
		support_gate_await(&gate);
		if (i == 0)
			ck_assert(!names_in_use(name, BYTES));
		else
			ok(shmem_named_unlink(name));
		ok(support_wait(child, 60000));
	}
	support_gate_close(&gate);
}
END_TEST

static pid_t copier;

static void stay(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

static void fork_now(void)
{
	copier = support_fork(stay, NULL);
}

/* Another thread may fork while one looks. The child has a copy of what is open
 * for that, for as long as it lives. */
START_TEST(a_fork_while_one_looks_holds_no_lock)
{
	shmem_handle *h = names_open(name, BYTES, CREATE, SHMEM_RW);
	names_seen s = {.name = name};

	shmem_handle_close(&h);
	shmem__fault_arm(1, 0, LOCK_CALL);
	shmem__fault_instead(fork_now);
	ok(shmem_named_list(names_look, &s));
	shmem__fault_arm(0, 0, NULL);
	ck_assert_int_ne(copier, 0);
	ck_assert(!names_in_use(name, BYTES));
	h = names_open(name, BYTES, 0, SHMEM_RW);
	shmem_handle_close(&h);
	ok(shmem_named_unlink(name));
	kill(copier, SIGKILL);
	ck_assert_int_eq(support_wait(copier, 60000), -SIGKILL);
}
END_TEST

START_TEST(unfinished_leftovers_are_swept)
{
	struct flock all = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	char left[160];
	names_seen s = {.name = name};
	int fd;

	snprintf(left, sizeof(left), "/dev/shm/.shmem.%016d", (int)getpid());
	fd = open(left, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ok(flock(fd, LOCK_SH));
	ok(fcntl(fd, F_OFD_SETLK, &all));
	ok(shmem_named_list(names_look, &s));
	ok(access(left, F_OK)); /* being made */
	close(fd);
	ok(shmem_named_list(names_look, &s));
	fails(-1, access(left, F_OK));
	ck_assert_int_eq(s.times, 0);
}
END_TEST

static size_t files(void)
{
	DIR *dir = opendir("/dev/shm");
	const struct dirent *entry;
	char own[80];
	size_t n = 0;

	snprintf(own, sizeof(own), "shmem.%s", name);
	while ((entry = readdir(dir)) != NULL)
		n += strncmp(entry->d_name, ".shmem.", 7) == 0 ||
		     strcmp(entry->d_name, own) == 0;
	closedir(dir);
	return n;
}

/* Where there are none anyway, all other tests are about that. */
START_TEST(system_without_nameless_files_does_it_too)
{
	static const int natives[] = {EOPNOTSUPP, EISDIR, ENOENT, EINVAL};

	support_needs(SUPPORT_NAMELESS);
	for (size_t i = 0; i < sizeof(natives) / sizeof(natives[0]); i++) {
		for (int read = 0; read < 2; read++) {
			shmem_handle *h;
			struct stat st;

			/* The first openat looks for an object. */
			shmem__fault_arm(2, natives[i], "openat");
			h = names_open(name, BYTES, CREATE,
				       read ? SHMEM_READ : SHMEM_RW);
			ck_assert_ptr_nonnull(shmem__fault_hit());
			shmem__fault_arm(0, 0, NULL);
			ok(stat(path, &st));
			ck_assert_uint_eq(st.st_nlink, 1);
			ck_assert_int_eq(st.st_size, BYTES);
			ck_assert(names_in_use(name, BYTES));
			ck_assert_uint_eq(files(), 1);
			shmem_handle_close(&h);
			ck_assert(!names_in_use(name, BYTES));
			ok(shmem_handle_unlink_named(name));
		}
	}
}
END_TEST

START_TEST(failure_without_nameless_files_leaves_none)
{
	support_needs(SUPPORT_NAMELESS);
	shmem__fault_arm(2, EOPNOTSUPP, "openat");
	names_refused(name, SHMEM_E_NOSPACE, (uint64_t)1 << 50, CREATE);
	ck_assert_ptr_nonnull(shmem__fault_hit());
	shmem__fault_arm(0, 0, NULL);
	ck_assert_uint_eq(files(), 0);
}
END_TEST

START_TEST(system_without_proc_does_it_too)
{
	shmem_handle *h;

	shmem__fault_arm(1, ENOENT, "linkat");
	h = names_open(name, BYTES, CREATE, SHMEM_RW);
	ck_assert_ptr_nonnull(shmem__fault_hit());
	shmem__fault_arm(0, 0, NULL);
	ck_assert_uint_eq(files(), 1);
	ck_assert(names_in_use(name, BYTES));
	shmem_handle_close(&h);
}
END_TEST

static const int errors[] = {EINTR, EMFILE, ENOMEM, ENOSPC,
			     EPERM, ENOSYS, EIO,    ENOENT};
#define ERRORS (int)(sizeof(errors) / sizeof(errors[0]))

static int all_of_it(void)
{
	shmem_handle *h = NULL;
	shmem_handle *copy = NULL;
	names_seen s = {.name = name};
	int err = shmem_handle_open_named(name, BYTES, CREATE, SHMEM_READ, &h);

	if (err == 0)
		err = shmem_handle_open_named(name, BYTES, 0, SHMEM_RW, &copy);
	shmem_handle_close(&h);
	if (err == 0)
		err = shmem_handle_duplicate(copy, SHMEM_READ, &h);
	shmem_handle_close(&copy);
	shmem_handle_close(&h);
	if (err == 0)
		err = shmem_named_list(names_look, &s);
	if (err == 0)
		err = shmem_named_unlink(name);
	return err;
}

START_TEST(every_call_may_fail)
{
	bool more = true;

	for (unsigned long k = 1; more; k++) {
		int err;

		shmem__fault_arm(k, errors[_i], NULL);
		err = all_of_it();
		more = shmem__fault_hit() != NULL;
		ck_assert_msg(err <= 0 && err != SHMEM_E_AGAIN,
			      "call %lu (%s), errno %d: %d", k,
			      shmem__fault_hit(), errors[_i], err);
		if (!more)
			ok(err);
		shmem__fault_arm(0, 0, NULL);
		unlink(path);
		ck_assert_msg(files() == 0, "call %lu left a file", k);
	}
}
END_TEST

START_TEST(hostile_lock_does_not_hang_us)
{
	shmem_handle *h = names_open(name, BYTES, CREATE, SHMEM_RW);
	names_seen s = {.name = name};
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	shmem_handle_close(&h);
	ok(flock(fd, LOCK_EX));
	ok(fcntl(fd, F_OFD_SETLK, &all));
	names_refused(name, SHMEM_E_BUSY, BYTES, 0);
	fails(SHMEM_E_BUSY, shmem_named_unlink(name));
	ok(shmem_named_list(names_look, &s));
	close(fd);
	ok(shmem_named_unlink(name));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("handle_named_files");
	TCase *t = support_case(s, "files");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, mode_is_private_unless_asked);
	tcase_add_test(t, memory_is_reserved_when_it_is_made);
	t = support_case(s, "strangers");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, something_else_under_the_name_is_untrusted, 0,
			    SQUATTERS);
	tcase_add_test(t, second_name_of_the_file_is_refused);
	tcase_add_test(t, writable_for_all_is_refused);
	tcase_add_test(t, another_users_object_is_refused);
	tcase_add_test(t, hostile_lock_does_not_hang_us);
	t = support_case(s, "users");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, one_that_looks_is_not_a_user);
	tcase_add_test(t, a_fork_while_one_looks_holds_no_lock);
	tcase_add_test(t, unfinished_leftovers_are_swept);
	t = support_case(s, "systems");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, system_without_nameless_files_does_it_too);
	tcase_add_test(t, failure_without_nameless_files_leaves_none);
	tcase_add_test(t, system_without_proc_does_it_too);
	tcase_add_loop_test(t, every_call_may_fail, 0, ERRORS);
	return s;
}
SUPPORT_MAIN(suite)
