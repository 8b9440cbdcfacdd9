/* SPDX-License-Identifier: MIT */
/* Bad input: texts that lead to handles and channels. */
#include "bad.h"

#include <fcntl.h>
#include <shmem/process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define U SHMEM_E_UNTRUSTED
#define I SHMEM_E_INVAL
#define TEXT_ROOM 400

static void expect(int got, int expected, const char *what)
{
	ck_assert_msg(got == expected, "%s: %s: %s, not %s", bad_name(), what,
		      shmem_errname(got), shmem_errname(expected));
}

/* ---- exported handles ---- */

/* FNV-1a, by which a text that was damaged is known. */
static unsigned long sum_of(const char *text)
{
	uint32_t h = 2166136261u;

	while (*text != '\0')
		h = (h ^ (unsigned char)*text++) * 16777619u;
	return h;
}

static void add_sum(char *text)
{
	sprintf(text + strlen(text), "%08lx", sum_of(text));
}

static int inherited(int fd)
{
	ck_assert_int_eq(fcntl(fd, F_SETFD, 0), 0);
	return fd;
}

/* The text for what is open under this number. */
static void text_of(char text[TEXT_ROOM], int fd, uint64_t size)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	sprintf(text, "shmem1.%x.%llx.%llx.%llx.3.%s.", (unsigned)fd,
		(unsigned long long)st.st_dev, (unsigned long long)st.st_ino,
		(unsigned long long)size,
		"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZQ");
	add_sum(text);
}

/* Refused, and what the number leads to is left alone. */
static void import_is(const char *text, int expected, int fd)
{
	size_t before = support_descriptors();
	shmem_handle *h = NULL;

	expect(shmem_handle_import(text, &h), expected, "import");
	ck_assert_ptr_null(h);
	ck_assert_uint_eq(support_descriptors(), before);
	ck_assert_uint_eq(support_stats(NULL).handles, 0);
	if (fd >= 0)
		ck_assert_int_eq(close(fd), 0);
}

static void import_run(size_t kind)
{
	char text[TEXT_ROOM];
	uint64_t size = bad_kind_size(kind);
	int fd;

	if (bad_kind_as(kind, BAD_WRITTEN) == 0)
		return;
	bad_case("%s, exported", bad_kind_name(kind));
	bad_setup(NULL, true);
	fd = bad_kind_make(kind, size);
	ck_assert_int_ge(fd, 0);
	text_of(text, inherited(fd), size);
	import_is(text, bad_kind_as(kind, BAD_WRITTEN), fd);
}

const bad_chapter bad_import = {"import", bad_kinds, import_run, false};

/*
 * A text in order has a part changed, and its sum with it. %O, %D and %N stand
 * for the number, the device and the inode of memory of one page.
 */
#define ABC "QUJD"
static const struct {
	const char *text;
	int expected;
} texts[] = {
	{"shmem2.%O.%D.%N.1000.3." ABC ".", I},
	{"shmem0.%O.%D.%N.1000.3." ABC ".", I},
	{"shmem.%O.%D.%N.1000.3." ABC ".", I},
	{"SHMEM1.%O.%D.%N.1000.3." ABC ".", I},
	{" shmem1.%O.%D.%N.1000.3." ABC ".", I},
	{"%O.%D.%N.1000.3." ABC ".", I},
	{"shmem1..%D.%N.1000.3." ABC ".", I},
	{"shmem1.-1.%D.%N.1000.3." ABC ".", I},
	{"shmem1.+%O.%D.%N.1000.3." ABC ".", I},
	{"shmem1. %O.%D.%N.1000.3." ABC ".", I},
	{"shmem1.0x%O.%D.%N.1000.3." ABC ".", I},
	{"shmem1.ffffffffffffffff.%D.%N.1000.3." ABC ".", I},
	{"shmem1.80000000.%D.%N.1000.3." ABC ".", I},
	{"shmem1.7fffffff.%D.%N.1000.3." ABC ".", U},
	{"shmem1.100000000%O.%D.%N.1000.3." ABC ".", I},
	{"shmem1.0000000000000000%O.%D.%N.1000.3." ABC ".", I},
	{"shmem1.3ff.%D.%N.1000.3." ABC ".", U},
	{"shmem1.%O.%D1.%N.1000.3." ABC ".", U},
	{"shmem1.%O..%N.1000.3." ABC ".", I},
	{"shmem1.%O.%D.%N1.1000.3." ABC ".", U},
	{"shmem1.%O.%N.%D.1000.3." ABC ".", U},
	{"shmem1.%O.0.0.1000.3." ABC ".", U},
	{"shmem1.%O.%D.%N..3." ABC ".", I},
	{"shmem1.%O.%D.%N.0.3." ABC ".", I},
	{"shmem1.%O.%D.%N.1.3." ABC ".", U},
	{"shmem1.%O.%D.%N.fff.3." ABC ".", U},
	{"shmem1.%O.%D.%N.1001.3." ABC ".", U},
	{"shmem1.%O.%D.%N.2000.3." ABC ".", U},
	{"shmem1.%O.%D.%N.ffffffff.3." ABC ".", U},
	{"shmem1.%O.%D.%N.100000000.3." ABC ".", U},
	{"shmem1.%O.%D.%N.100001000.3." ABC ".", U},
	{"shmem1.%O.%D.%N.7fffffffffffffff.3." ABC ".", U},
	{"shmem1.%O.%D.%N.8000000000000000.3." ABC ".", U},
	{"shmem1.%O.%D.%N.8000000000001000.3." ABC ".", U},
	{"shmem1.%O.%D.%N.ffffffffffffffff.3." ABC ".", U},
	{"shmem1.%O.%D.%N.10000000000001000.3." ABC ".", I},
	{"shmem1.%O.%D.%N.1G00.3." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.0." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.1." ABC ".", U},
	{"shmem1.%O.%D.%N.1000.2." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.5." ABC ".", U},
	{"shmem1.%O.%D.%N.1000.7." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.8." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.9." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.b." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.d." ABC ".", U},
	{"shmem1.%O.%D.%N.1000.f." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.11." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.13." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.23." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.43." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.103." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.8003." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.10003." ABC ".", I},
	{"shmem1.%O.%D.%N.1000.100000003." ABC ".", I},
	{"shmem1.%O.%D.%N.0.11.!.", I},
	{"shmem1.%O.%D.%N.1000.3.Q.", I},
	{"shmem1.%O.%D.%N.1000.3.QQ=.", I},
	{"shmem1.%O.%D.%N.1000.3.QR.", I},
	{"shmem1.%O.%D.%N.1000.3.AA.", I},
	{"shmem1.%O.%D.%N.1000.3.QUJDAA.", I},
	{"shmem1.%O.%D.%N.1000.3.BwcH.", I},
	{"shmem1.%O.%D.%N.1000.3._w.", I},
	{"shmem1.%O.%D.%N.1000.3.QU/D.", I},
	{"shmem1.%O.%D.%N.1000.3." ABC ABC ABC ABC ABC ABC ABC ABC ABC ABC ABC
	 ".",
	 I},
	{"shmem1.%O.%D.%N.1000.3." ABC, I},
	{"shmem1.%O.%D.%N.1000.3." ABC ".x.", I},
	{"shmem1.%O.%D.%N.1000.3.", I},
	{"shmem1.%O.%D.%N.1000.", I},
	{"", I},
	{".", I},
	{"shmem1.", I},
	{"shmem1.......", I},
};

static void fill_in(char *out, const char *text, int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	*out = '\0';
	for (; *text != '\0'; text++) {
		char *at = out + strlen(out);

		if (*text != '%') {
			*at++ = *text;
			*at = '\0';
			continue;
		}
		text++;
		sprintf(at, "%llx",
			*text == 'O'   ? (unsigned long long)fd
			: *text == 'D' ? (unsigned long long)st.st_dev
				       : (unsigned long long)st.st_ino);
	}
	add_sum(out);
}

/* A text in order is cut after each of its characters, has each changed, and
 * then what stands above; and last what is no matter of the text. */
#define LETTERS 70u
enum { EXPORTED, NOT_INHERITED, TAKEN, GONE, LONGER, NEWLINE, LATER_CASES };

static size_t text_count(void)
{
	return (size_t)2 * LETTERS + COUNT(texts) + LATER_CASES;
}

static void by_circumstance(char *text, size_t which, int fd)
{
	static const char *const name[] = {
		"cut by nothing", "of what is not inherited",
		"taken already",  "of what is closed",
		"of 300 letters", "with a new line"};
	shmem_handle *h = NULL;

	bad_case("a text %s", name[which]);
	switch (which) {
	case EXPORTED: /* NULL is the least that a text can be */
		import_is(NULL, I, fd);
		return;
	case NOT_INHERITED:
		ck_assert_int_eq(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
		import_is(text, U, fd);
		return;
	case TAKEN:
		expect(shmem_handle_import(text, &h), 0, "the first import");
		expect(shmem_handle_import(text, &h), U, "the second");
		shmem_handle_close(&h);
		return;
	case GONE:
		close(fd);
		import_is(text, U, -1);
		return;
	case LONGER:
		memset(text + strlen(text) + 1, 0, 300 - strlen(text) - 1);
		memset(text + strlen(text), 'x', 300 - strlen(text));
		import_is(text, I, fd);
		return;
	default:
		strcat(text, "\n");
		import_is(text, I, fd);
	}
}

static void text_run(size_t i)
{
	char text[TEXT_ROOM] = "";
	int fd = inherited(support_object(BAD_PAGE));

	text_of(text, fd, BAD_PAGE);
	ck_assert_uint_ge(strlen(text), LETTERS);
	if (i < LETTERS) {
		bad_case("a text of %zu letters", i);
		text[i] = '\0';
		import_is(text, I, fd);
		return;
	}
	i -= LETTERS;
	if (i < LETTERS) {
		bad_case("a text with another letter %zu", i);
		text[i] ^= 1;
		import_is(text, I, fd);
		return;
	}
	i -= LETTERS;
	if (i >= COUNT(texts)) {
		by_circumstance(text, i - COUNT(texts), fd);
		return;
	}
	/* Where a read-only handle may be a promise, this one is in order. */
	if (support_lacks(SUPPORT_SEALS) != NULL &&
	    strcmp(texts[i].text, "shmem1.%O.%D.%N.1000.1." ABC ".") == 0) {
		close(fd);
		return;
	}
	bad_case("the text '%s'", texts[i].text);
	fill_in(text, texts[i].text, fd);
	import_is(text, texts[i].expected, fd);
}

const bad_chapter bad_texts = {"texts", text_count, text_run, false};

/* ---- SHMEM_INHERIT ---- */

/* What the variable says, and what comes of asking for the handle "x" and for
 * the channel. %I is the number and the identity of memory of one page, %C that
 * of a pipe, %H its description in order. */
#define ID "00000000000000000000000000000000"
#define N SHMEM_E_NOENT
static const struct {
	const char *text;
	int handle, channel;
} variables[] = {
	{"", U, U},
	{"0", U, U},
	{"2", U, U},
	{"10", U, U},
	{"1 ", U, U},
	{"1", N, N},
	{"1;", U, U},
	{"1;;", U, U},
	{"1;x", U, U},
	{"1;=", U, U},
	{"1;:", U, U},
	{"1;x=", U, U},
	{"1;x=-", U, U},
	{"1;x=-:", U, U},
	{"1;x=-:00", U, U},
	{"1;x=3", U, U},
	{"1;x=3:", U, U},
	{"1;x=3:" ID, U, U},
	{"1;x=3:" ID ":", U, U},
	{"1;x=3:" ID ":00", U, U},
	{"1;x=3:0g", U, U},
	{"1;x=-3:" ID ":%H", U, U},
	{"1;x=+3:" ID ":%H", U, U},
	{"1;x= 3:" ID ":%H", U, U},
	{"1;x=0x3:" ID ":%H", U, U},
	{"1;x=2147483648:" ID ":%H", U, U},
	{"1;x=4294967299:" ID ":%H", U, U},
	{"1;x=18446744073709551619:" ID ":%H", U, U},
	{"1;x=3:" ID ":%H%H", U, U},
	{"1;x=3:" ID ":%H ", U, U},
	{"1;x=3:" ID ":%H;", N, U},
	{"1;x=99999:" ID ":%H", N, N},
	{"1;x=1000000000:" ID ":%H", N, N},
	{"1;x=0:" ID ":%H", N, N},
	{"1;y=%I:%H", N, N},
	{"1;xx=%I:%H", N, N},
	{"1;X=%I:%H", N, N},
	{"1;x y=%I:%H", U, U},
	{"1;x:%I:1", N, U}, /* a channel by whatever name: memory */
	{"1;channel:%C:1", N, U},
	{"1;channel:3", U, U},
	{"1;channel:-", U, U},
	{"1;channel:%C", U, U},
	{"1;channel:%C:", U, U},
	{"1;channel:%C:x", U, U},
	{"1;channel:%C:-1", U, U},
	{"1;channel:%C:99999999999", U, U},
	{"1;channel:99999:" ID ":1", N, N},
	{"1;channel=%I:%H", N, N},
	{"1;x=%C:%H", U, N},
};

static void put_identity(char *at, int fd)
{
	struct stat st;
	uint64_t id[2];

	ck_assert_int_eq(fstat(fd, &st), 0);
	id[0] = (uint64_t)st.st_dev;
	id[1] = (uint64_t)st.st_ino;
	at += sprintf(at, "%d:", fd);
	for (int i = 0; i < 16; i++)
		at += sprintf(at, "%02x",
			      (unsigned)(id[i / 8] >> i % 8 * 8) & 255);
}

static void expand(char *out, const char *text, int memory, int pipe)
{
	*out = '\0';
	for (; *text != '\0'; text++) {
		char *at = out + strlen(out);

		if (*text != '%') {
			*at++ = *text;
			*at = '\0';
			continue;
		}
		switch (*++text) {
		case 'I':
			put_identity(at, memory);
			break;
		case 'C':
			put_identity(at, pipe);
			break;
		default:
			at += sprintf(at, "53484d48"
					  "0100"
					  "0300"
					  "0010000000000000");
			for (int i = 0; i < 48; i++)
				at += sprintf(at, "00");
		}
	}
}

static size_t inherited_count(void)
{
	return 2 * COUNT(variables);
}

static void inherited_run(size_t i)
{
	char text[1024];
	int memory = inherited(support_object(BAD_PAGE));
	shmem_handle *h = NULL;
	shmem_channel *c = NULL;
	bool channel = i % 2 == 1;
	int pipe_ends[2];

	i /= 2;
	ck_assert_int_eq(pipe(pipe_ends), 0);
	expand(text, variables[i].text, memory, pipe_ends[0]);
	setenv("SHMEM_INHERIT", text, 1);
	bad_case("a %s by '%s'", channel ? "channel" : "handle",
		 variables[i].text);
	if (channel)
		expect(shmem_inherited_channel(NULL, &c), variables[i].channel,
		       "the channel");
	else
		expect(shmem_inherited_handle("x", &h), variables[i].handle,
		       "the handle");
	ck_assert_ptr_null(h);
	ck_assert_ptr_null(c);
	ck_assert_uint_eq(support_stats(NULL).handles, 0);
	/* What was passed and is not what it should be is closed. */
	close(memory);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

/* A process remembers what it has taken. */
const bad_chapter bad_inherited = {"inherited", inherited_count, inherited_run,
				   true};
