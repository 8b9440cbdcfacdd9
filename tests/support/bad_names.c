/* SPDX-License-Identifier: MIT */
/* Bad input: names of objects, and what lies under them. */
#include "bad.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define U SHMEM_E_UNTRUSTED
#define I SHMEM_E_INVAL

static void expect(int got, int expected, const char *what)
{
	ck_assert_msg(got == expected, "%s: %s: %s, not %s", bad_name(), what,
		      shmem_errname(got), shmem_errname(expected));
}

/* ---- names ---- */

#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
static const char *const names[] = {
	"",
	"/",
	"//",
	"//x",
	"/x/",
	".",
	"..",
	"/.",
	"/..",
	".x",
	"/.x",
	"../x",
	"x/y",
	"/x/y",
	"x/../y",
	"x y",
	" x",
	"x ",
	"x\n",
	"\n",
	"x\t",
	"x\\y",
	"x:y",
	"x*",
	"x?",
	"~x",
	"x%00",
	"x\x01y",
	"x\x7f",
	"x\xff",
	"\xc3\xa4",
	"x;y",
	"x|y",
	"$x",
	"x=y",
	"x@y",
	"x,y",
	"x+y",
	"'x'",
	"[x]",
	LONG LONG LONG LONG "a",
	"/" LONG LONG LONG LONG "a",
};
enum { OPEN, CREATE, UNLINK, UNLINK_UNUSED, NAME_USES };
static const char *const name_use[NAME_USES] = {"opened", "made", "removed",
						"removed if unused"};

static size_t name_count(void)
{
	return COUNT(names) * NAME_USES;
}

static void name_run(size_t i)
{
	const char *name = names[i / NAME_USES];
	size_t use = i % NAME_USES;
	shmem_handle *h = NULL;
	int err;

	bad_case("the name %zu, %s", i / NAME_USES, name_use[use]);
	if (use == UNLINK)
		err = shmem_handle_unlink_named(name);
	else if (use == UNLINK_UNUSED)
		err = shmem_named_unlink(name);
	else
		err = shmem_handle_open_named(
			name, BAD_PAGE, use == CREATE ? SHMEM_OPEN_CREATE : 0,
			SHMEM_RW, &h);
	expect(err, SHMEM_E_INVAL, "the name");
	ck_assert_ptr_null(h);
}

const bad_chapter bad_names = {"names", name_count, name_run, false};

/* ---- what lies under a name ---- */

enum {
	NO_FILE,
	FOLDER,
	PIPE,
	SOCKET,
	LINK,
	DANGLING,
	SELF,
	TO_FOLDER,
	DEVICE,
	EMPTY,
	OTHER_SIZE,
	TWICE,
	ANYBODY,
	ANOTHERS,
	THINGS
};
static const char *const thing_name[THINGS] = {"nothing",
					       "a folder",
					       "a pipe",
					       "a socket",
					       "a link to an object",
					       "a link to nothing",
					       "a link to itself",
					       "a link to a folder",
					       "a link to /dev/zero",
					       "an empty file",
					       "one of another size",
					       "a file with two names",
					       "what anybody may write",
					       "another user's"};

/* What comes of opening it, and of opening it or making it. */
static const int thing_expected[THINGS][2] = {
	{SHMEM_E_NOENT, 0},
	{U, U},
	{U, U},
	{U, U},
	{U, U},
	{U, U},
	{U, U},
	{U, U},
	{U, U},
	{U, U},
	{I, I},
	{U, U},
	{SHMEM_E_ACCESS, SHMEM_E_ACCESS},
	{SHMEM_E_ACCESS, SHMEM_E_ACCESS},
};

static void put_file(const char *path, mode_t mode, off_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void put_socket(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	ck_assert_int_eq(bind(sock, (struct sockaddr *)&at, sizeof(at)), 0);
	close(sock);
}

static void put_thing(int thing, const char *path, const char *other)
{
	switch (thing) {
	case NO_FILE:
		break;
	case FOLDER:
		ck_assert_int_eq(mkdir(path, 0700), 0);
		break;
	case PIPE:
		ck_assert_int_eq(mkfifo(path, 0600), 0);
		break;
	case SOCKET:
		put_socket(path);
		break;
	case LINK:
		put_file(other, 0600, BAD_PAGE);
		ck_assert_int_eq(symlink(other, path), 0);
		break;
	case DANGLING:
		ck_assert_int_eq(symlink("/dev/shm/nowhere", path), 0);
		break;
	case SELF:
		ck_assert_int_eq(symlink(path, path), 0);
		break;
	case TO_FOLDER:
		ck_assert_int_eq(symlink("/dev/shm", path), 0);
		break;
	case DEVICE:
		ck_assert_int_eq(symlink("/dev/zero", path), 0);
		break;
	case EMPTY:
		put_file(path, 0600, 0);
		break;
	case OTHER_SIZE:
		put_file(path, 0600, BAD_PAGE + 1);
		break;
	case TWICE:
		put_file(path, 0600, BAD_PAGE);
		ck_assert_int_eq(link(path, other), 0);
		break;
	case ANYBODY:
		put_file(path, 0666, BAD_PAGE);
		break;
	default:
		put_file(path, 0600, BAD_PAGE);
		if (geteuid() == 0)
			ck_assert_int_eq(chown(path, 12345, 12345), 0);
		else /* can't be made here; the same comes of this */
			ck_assert_int_eq(chmod(path, 0602), 0);
	}
}

static size_t named_count(void)
{
	return (size_t)THINGS * 2;
}

static void named_run(size_t i)
{
	char name[64];
	char path[96];
	char other[96];
	int thing = (int)(i / 2);
	bool make = i % 2 == 1;
	int expected = thing_expected[thing][make];
	shmem_handle *h = NULL;
	int err;

	if (expected == 0)
		return;
	bad_case("%s under a name, %s", thing_name[thing],
		 make ? "to be opened or made" : "to be opened");
	snprintf(name, sizeof(name), "test-bad-%d", (int)getpid());
	snprintf(path, sizeof(path), "/dev/shm/shmem.%s", name);
	snprintf(other, sizeof(other), "/dev/shm/shmem-test-other-%d",
		 (int)getpid());
	put_thing(thing, path, other);
	err = shmem_handle_open_named(
		name, BAD_PAGE, make ? SHMEM_OPEN_CREATE : 0, SHMEM_RW, &h);
	remove(path);
	remove(other);
	expect(err, expected, "open");
	ck_assert_ptr_null(h);
}

const bad_chapter bad_named = {"named", named_count, named_run, false};
