/* SPDX-License-Identifier: MIT */
/* Named objects within one process; tests/proc has those that race and die. */
#include "base/fault.h"
#include "support.h"

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
	snprintf(name, sizeof(name), "test-named.%d", (int)getpid());
	snprintf(path, sizeof(path), "/dev/shm/shmem.%s", name);
}

static void tear_down(void)
{
	unlink(path);
	rmdir(path);
}

static shmem_handle *opened(unsigned flags, shmem_access access)
{
	shmem_handle *h = NULL;

	ok(shmem_handle_open_named(name, BYTES, flags, access, &h));
	return h;
}

static void refused(int error, uint64_t bytes, unsigned flags)
{
	shmem_handle *h = NULL;
	int err = shmem_handle_open_named(name, bytes, flags, SHMEM_RW, &h);

	ck_assert_msg(err == error, "%s instead of %s", shmem_errname(err),
		      shmem_errname(error));
	ck_assert_ptr_null(h);
}

START_TEST(two_openers_meet_in_the_same_bytes)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *a = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *b = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *ma = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *mb = NULL;
	static const char zero[BYTES];

	a = opened(CREATE, SHMEM_RW);
	b = opened(0, SHMEM_READ);
	ck_assert_uint_eq(shmem_handle_size(b), BYTES);
	ok(shmem_mapping_open(a, 0, 0, SHMEM_RW, &ma));
	ok(shmem_mapping_open(b, 0, 0, SHMEM_READ, &mb));
	ck_assert_mem_eq(shmem_mapping_data(mb), zero, BYTES);
	strcpy(shmem_mapping_data(ma), "hello");
	ck_assert_str_eq(shmem_mapping_data(mb), "hello");
}
END_TEST

START_TEST(object_lives_without_users_until_its_name_goes)
{
	shmem_handle *h = opened(CREATE, SHMEM_RW);
	shmem_mapping *m = NULL;

	/* Attach, detach, attach again, close, open again. */
	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	*(char *)shmem_mapping_data(m) = 5;
	shmem_mapping_close(&m);
	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	ck_assert_int_eq(*(char *)shmem_mapping_data(m), 5);
	shmem_mapping_close(&m);
	shmem_handle_close(&h);
	h = opened(CREATE, SHMEM_RW);
	ok(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	ck_assert_int_eq(*(char *)shmem_mapping_data(m), 5);
	/* Who has it keeps it. */
	ok(shmem_handle_unlink_named(name));
	*(char *)shmem_mapping_data(m) = 6;
	shmem_handle_close(&h);
	shmem_mapping_close(&m);
	refused(SHMEM_E_NOENT, 0, 0);
	fails(SHMEM_E_NOENT, shmem_handle_unlink_named(name));
	/* A new one begins with zeros. */
	h = opened(CREATE, SHMEM_RW);
	ok(shmem_mapping_open_take(&h, SHMEM_READ, &m));
	ck_assert_int_eq(*(char *)shmem_mapping_data(m), 0);
	shmem_mapping_close(&m);
}
END_TEST

START_TEST(leading_slash_means_nothing)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *h = NULL;
	char slash[80];

	snprintf(slash, sizeof(slash), "/%s", name);
	ok(shmem_handle_open_named(slash, 1, CREATE, SHMEM_RW, &h));
	ck_assert_str_eq(shmem_handle_label(h), name);
	shmem_handle_close(&h);
	ok(shmem_handle_open_named(name, 1, 0, SHMEM_RW, &h));
	ok(shmem_handle_unlink_named(slash));
}
END_TEST

START_TEST(bad_names_are_refused)
{
	static const char *const bad[] = {
		NULL,  "",    "/",        ".",      "..",     "/.",  ".hidden",
		"//a", "a/b", "../a",     "a/../b", "/tmp/x", "a b", "a\nb",
		"a*",  "a:b", "\xc3\xa9", "a\\b",   "/.a"};
	char longest[SHMEM_NAME_MAX + 2];
	shmem_handle *h = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int err = shmem_handle_open_named(bad[i], 1, CREATE, SHMEM_RW,
						  &h);

		ck_assert_msg(err == SHMEM_E_INVAL, "%s: %s",
			      bad[i] != NULL ? bad[i] : "NULL",
			      shmem_errname(err));
		fails(SHMEM_E_INVAL, shmem_handle_unlink_named(bad[i]));
		fails(SHMEM_E_INVAL, shmem_named_unlink(bad[i]));
	}
	memset(longest, 'x', sizeof(longest));
	longest[SHMEM_NAME_MAX + 1] = '\0';
	fails(SHMEM_E_INVAL,
	      shmem_handle_open_named(longest, 1, CREATE, SHMEM_RW, &h));
	longest[SHMEM_NAME_MAX] = '\0';
	ok(shmem_handle_open_named(longest, 1, CREATE, SHMEM_RW, &h));
	shmem_handle_close(&h);
	ok(shmem_handle_unlink_named(longest));
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	shmem_handle *h = NULL;

	refused(SHMEM_E_INVAL, 0, CREATE);
	refused(SHMEM_E_INVAL, 1, SHMEM_OPEN_EXCLUSIVE);
	refused(SHMEM_E_INVAL, 1, CREATE | 8);
	refused(SHMEM_E_NOENT, 1, 0);
	fails(SHMEM_E_INVAL,
	      shmem_handle_open_named(name, 1, CREATE, SHMEM_NONE, &h));
	fails(SHMEM_E_INVAL,
	      shmem_handle_open_named(name, 1, CREATE, SHMEM_WRITE, &h));
	fails(SHMEM_E_INVAL,
	      shmem_handle_open_named(name, 1, CREATE, SHMEM_RW, NULL));
	fails(SHMEM_E_INVAL, shmem_named_list(NULL, NULL));
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(another_size_is_refused_and_nothing_resized)
{
	shmem_handle *h;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *any = NULL;
	struct stat st;

	h = opened(CREATE, SHMEM_RW);
	refused(SHMEM_E_INVAL, BYTES - 1, 0);
	refused(SHMEM_E_INVAL, BYTES + 1, 0);
	refused(SHMEM_E_INVAL, 1, CREATE);
	refused(SHMEM_E_INVAL, 2 * BYTES, CREATE);
	refused(SHMEM_E_EXISTS, BYTES, EXCLUSIVE);
	refused(SHMEM_E_EXISTS, 1, EXCLUSIVE);
	ok(stat(path, &st));
	ck_assert_int_eq(st.st_size, BYTES);
	ok(shmem_handle_open_named(name, 0, 0, SHMEM_READ, &any));
	ck_assert_uint_eq(shmem_handle_size(any), BYTES);
	shmem_handle_close(&h);
}
END_TEST

START_TEST(read_access_can_not_write)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *made = NULL;
	SHMEM_AUTO(shmem_handle_close) shmem_handle *found = NULL;
	shmem_mapping *m = NULL;
	shmem_handle *more = NULL;

	made = opened(CREATE, SHMEM_READ);
	found = opened(CREATE, SHMEM_READ);
	fails(-1, write((int)shmem_handle_os(made), "x", 1));
	fails(-1, write((int)shmem_handle_os(found), "x", 1));
	fails(SHMEM_E_ACCESS, shmem_mapping_open(made, 0, 0, SHMEM_RW, &m));
	fails(SHMEM_E_ACCESS, shmem_handle_duplicate(found, SHMEM_RW, &more));
}
END_TEST

START_TEST(mode_is_private_unless_asked)
{
	shmem_handle *h;
	struct stat st;
	mode_t old = umask(0);

	h = opened(CREATE, SHMEM_RW);
	ok(stat(path, &st));
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	shmem_handle_close(&h);
	unlink(path);
	umask(0777);
	h = opened(CREATE | SHMEM_OPEN_GROUP, SHMEM_RW);
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

	h = opened(CREATE, SHMEM_RW);
	ok(fstat((int)shmem_handle_os(h), &st));
	ck_assert_int_ge(st.st_blocks * 512, BYTES);
}
END_TEST

START_TEST(too_large_is_no_space_and_leaves_no_name)
{
	refused(SHMEM_E_NOSPACE, UINT64_MAX, CREATE);
	refused(SHMEM_E_NOSPACE, INT64_MAX, CREATE);
	refused(SHMEM_E_NOSPACE, (uint64_t)1 << 50, CREATE);
	ck_assert_int_eq(access(path, F_OK), -1);
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
	refused(SHMEM_E_UNTRUSTED, 0, 0);
	refused(SHMEM_E_UNTRUSTED, BYTES, CREATE);
	refused(SHMEM_E_EXISTS, BYTES, EXCLUSIVE);
	fails(SHMEM_E_UNTRUSTED,
	      shmem_handle_open_named(name, 0, 0, SHMEM_READ, &h));
}
END_TEST

START_TEST(second_name_of_the_file_is_refused)
{
	shmem_handle *h = opened(CREATE, SHMEM_RW);
	char second[160];

	snprintf(second, sizeof(second), "%s-too", path);
	ok(link(path, second));
	/* It waits a moment for the other name to go away. */
	refused(SHMEM_E_UNTRUSTED, BYTES, 0);
	ok(unlink(second));
	shmem_handle_close(&h);
	h = opened(0, SHMEM_RW);
	shmem_handle_close(&h);
}
END_TEST

START_TEST(writable_for_all_is_refused)
{
	empty_file();
	ok(truncate(path, BYTES));
	ok(chmod(path, 0602));
	refused(SHMEM_E_ACCESS, BYTES, 0);
	refused(SHMEM_E_ACCESS, BYTES, SHMEM_OPEN_GROUP);
}
END_TEST

/* As another user, in a child. */
static void another_user(void *arg)
{
	gid_t group = *(gid_t *)arg;
	shmem_handle *h = NULL;

	ok(setgid(group));
	ok(setuid(12345));
	refused(SHMEM_E_ACCESS, BYTES, 0);
	refused(SHMEM_E_ACCESS, BYTES, CREATE);
	refused(SHMEM_E_EXISTS, BYTES, EXCLUSIVE);
	fails(SHMEM_E_ACCESS, shmem_handle_unlink_named(name));
	fails(SHMEM_E_ACCESS, shmem_named_unlink(name));
	if (group == 4321) {
		ok(shmem_handle_open_named(name, BYTES, SHMEM_OPEN_GROUP,
					   SHMEM_RW, &h));
		shmem_handle_close(&h);
	} else {
		refused(SHMEM_E_ACCESS, BYTES, SHMEM_OPEN_GROUP);
	}
}

START_TEST(another_users_object_is_refused)
{
	shmem_handle *h;
	gid_t same = 4321;
	gid_t other = 4322;

	if (geteuid() != 0)
		return;
	h = opened(CREATE, SHMEM_RW);
	ok(support_child(another_user, &other));
	/* Squatted: even root takes nobody else's. */
	ok(chown(path, 12346, other));
	refused(SHMEM_E_ACCESS, BYTES, 0);
	refused(SHMEM_E_ACCESS, BYTES, CREATE);
	fails(SHMEM_E_ACCESS, shmem_handle_unlink_named(name));
	fails(SHMEM_E_ACCESS, shmem_named_unlink(name));
	/* Shared with a group, but only by those who ask for it. */
	ok(chmod(path, 0660));
	ok(chown(path, 12346, same));
	refused(SHMEM_E_ACCESS, BYTES, 0);
	refused(SHMEM_E_ACCESS, BYTES, SHMEM_OPEN_GROUP);
	ok(chown(path, 0, same));
	ok(support_child(another_user, &same));
	ok(support_child(another_user, &other));
	shmem_handle_close(&h);
}
END_TEST

typedef struct seen {
	int times;
	bool in_use;
	uint64_t bytes;
	int stop;
} seen;

static int look(const shmem_named_info *info, void *arg)
{
	seen *s = arg;

	ck_assert_uint_eq(info->size, sizeof(*info));
	if (strcmp(info->name, name) != 0)
		return 0;
	s->times++;
	s->in_use = info->in_use;
	s->bytes = info->bytes;
	return s->stop;
}

static bool listed_in_use(void)
{
	seen s = {0};

	ok(shmem_named_list(look, &s));
	ck_assert_int_eq(s.times, 1);
	ck_assert_uint_eq(s.bytes, BYTES);
	return s.in_use;
}

START_TEST(users_are_known_down_to_the_last_mapping)
{
	shmem_handle *h = opened(CREATE, SHMEM_RW);
	shmem_handle *copy = NULL;
	shmem_mapping *m = NULL;

	ck_assert(listed_in_use());
	ok(shmem_handle_duplicate(h, SHMEM_RW, &copy));
	shmem_handle_close(&h);
	ck_assert(listed_in_use());
	ok(shmem_handle_duplicate(copy, SHMEM_READ, &h));
	shmem_handle_close(&copy);
	ck_assert(listed_in_use());
	ok(shmem_mapping_open(h, 0, 0, SHMEM_READ, &m));
	shmem_handle_close(&h);
	ck_assert(listed_in_use());
	fails(SHMEM_E_BUSY, shmem_named_unlink(name));
	shmem_mapping_close(&m);
	ck_assert(!listed_in_use());
	/* Also a read-only view of a writable handle. */
	h = opened(0, SHMEM_RW);
	ok(shmem_mapping_open_take(&h, SHMEM_READ, &m));
	fails(SHMEM_E_BUSY, shmem_named_unlink(name));
	shmem_mapping_close(&m);
	ok(shmem_named_unlink(name));
	fails(SHMEM_E_NOENT, shmem_named_unlink(name));
}
END_TEST

static void hold(void *arg)
{
	support_gate *gates = arg;
	shmem_handle *h = opened(0, SHMEM_RW);
	shmem_mapping *m = NULL;

	ok(shmem_mapping_open_take(&h, SHMEM_RW, &m));
	support_gate_pass(&gates[0]);
	support_gate_await(&gates[1]);
}

START_TEST(what_a_killed_process_left_is_free)
{
	shmem_handle *h = opened(CREATE, SHMEM_RW);
	support_gate gates[2];
	pid_t child;

	support_gate_init(&gates[0]);
	support_gate_init(&gates[1]);
	child = support_fork(hold, gates);
	support_gate_await(&gates[0]);
	shmem_handle_close(&h);
	ck_assert(listed_in_use());
	fails(SHMEM_E_BUSY, shmem_named_unlink(name));
	kill(child, SIGKILL);
	ck_assert_int_eq(support_wait(child, 60000), -SIGKILL);
	ck_assert(!listed_in_use());
	ok(shmem_named_unlink(name));
	support_gate_close(&gates[0]);
	support_gate_close(&gates[1]);
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
	shmem_handle *h = opened(CREATE, SHMEM_RW);
	support_gate gate;
	pid_t child;

	shmem_handle_close(&h);
	support_gate_init(&gate);
	for (int i = 0; i < 2; i++) {
		child = support_fork(look_slowly, &gate);
		support_gate_await(&gate);
		if (i == 0)
			ck_assert(!listed_in_use());
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
	shmem_handle *h = opened(CREATE, SHMEM_RW);
	seen s = {0};

	shmem_handle_close(&h);
	shmem__fault_arm(1, 0, LOCK_CALL);
	shmem__fault_instead(fork_now);
	ok(shmem_named_list(look, &s));
	shmem__fault_arm(0, 0, NULL);
	ck_assert_int_ne(copier, 0);
	ck_assert(!listed_in_use());
	h = opened(0, SHMEM_RW);
	shmem_handle_close(&h);
	ok(shmem_named_unlink(name));
	kill(copier, SIGKILL);
	ck_assert_int_eq(support_wait(copier, 60000), -SIGKILL);
}
END_TEST

START_TEST(walk_ends_when_told)
{
	shmem_handle *h;
	seen s = {.stop = 42};

	h = opened(CREATE, SHMEM_RW);
	fails(42, shmem_named_list(look, &s));
	ck_assert_int_eq(s.times, 1);
	shmem_handle_close(&h);
}
END_TEST

START_TEST(unfinished_leftovers_are_swept)
{
	struct flock all = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	char left[160];
	seen s = {0};
	int fd;

	snprintf(left, sizeof(left), "/dev/shm/.shmem.%016d", (int)getpid());
	fd = open(left, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ok(flock(fd, LOCK_SH));
	ok(fcntl(fd, F_OFD_SETLK, &all));
	ok(shmem_named_list(look, &s));
	ok(access(left, F_OK)); /* being made */
	close(fd);
	ok(shmem_named_list(look, &s));
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
			h = opened(CREATE, read ? SHMEM_READ : SHMEM_RW);
			ck_assert_ptr_nonnull(shmem__fault_hit());
			shmem__fault_arm(0, 0, NULL);
			ok(stat(path, &st));
			ck_assert_uint_eq(st.st_nlink, 1);
			ck_assert_int_eq(st.st_size, BYTES);
			ck_assert(listed_in_use());
			ck_assert_uint_eq(files(), 1);
			shmem_handle_close(&h);
			ck_assert(!listed_in_use());
			ok(shmem_handle_unlink_named(name));
		}
	}
}
END_TEST

START_TEST(failure_without_nameless_files_leaves_none)
{
	support_needs(SUPPORT_NAMELESS);
	shmem__fault_arm(2, EOPNOTSUPP, "openat");
	refused(SHMEM_E_NOSPACE, (uint64_t)1 << 50, CREATE);
	ck_assert_ptr_nonnull(shmem__fault_hit());
	shmem__fault_arm(0, 0, NULL);
	ck_assert_uint_eq(files(), 0);
}
END_TEST

START_TEST(system_without_proc_does_it_too)
{
	shmem_handle *h;

	shmem__fault_arm(1, ENOENT, "linkat");
	h = opened(CREATE, SHMEM_RW);
	ck_assert_ptr_nonnull(shmem__fault_hit());
	shmem__fault_arm(0, 0, NULL);
	ck_assert_uint_eq(files(), 1);
	ck_assert(listed_in_use());
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
	seen s = {0};
	int err = shmem_handle_open_named(name, BYTES, CREATE, SHMEM_READ, &h);

	if (err == 0)
		err = shmem_handle_open_named(name, BYTES, 0, SHMEM_RW, &copy);
	shmem_handle_close(&h);
	if (err == 0)
		err = shmem_handle_duplicate(copy, SHMEM_READ, &h);
	shmem_handle_close(&copy);
	shmem_handle_close(&h);
	if (err == 0)
		err = shmem_named_list(look, &s);
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
	shmem_handle *h = opened(CREATE, SHMEM_RW);
	seen s = {0};
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	shmem_handle_close(&h);
	ok(flock(fd, LOCK_EX));
	ok(fcntl(fd, F_OFD_SETLK, &all));
	refused(SHMEM_E_BUSY, BYTES, 0);
	fails(SHMEM_E_BUSY, shmem_named_unlink(name));
	ok(shmem_named_list(look, &s));
	close(fd);
	ok(shmem_named_unlink(name));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("handle_named");
	TCase *t = support_case(s, "open");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, two_openers_meet_in_the_same_bytes);
	tcase_add_test(t, object_lives_without_users_until_its_name_goes);
	tcase_add_test(t, leading_slash_means_nothing);
	tcase_add_test(t, bad_names_are_refused);
	tcase_add_test(t, bad_arguments_are_refused);
	tcase_add_test(t, another_size_is_refused_and_nothing_resized);
	tcase_add_test(t, read_access_can_not_write);
	tcase_add_test(t, mode_is_private_unless_asked);
	tcase_add_test(t, memory_is_reserved_when_it_is_made);
	tcase_add_test(t, too_large_is_no_space_and_leaves_no_name);
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
	tcase_add_test(t, users_are_known_down_to_the_last_mapping);
	tcase_add_test(t, what_a_killed_process_left_is_free);
	tcase_add_test(t, one_that_looks_is_not_a_user);
	tcase_add_test(t, a_fork_while_one_looks_holds_no_lock);
	tcase_add_test(t, walk_ends_when_told);
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
