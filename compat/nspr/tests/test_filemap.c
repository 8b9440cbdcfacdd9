/* SPDX-License-Identifier: MIT */
/*
 * NSPR's anonymous file maps with the layer linked before NSPR: within a
 * process and, by the second protocol, in children. This program is its own
 * child.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <prenv.h>
#include <prerror.h>
#include <prinit.h>
#include <prio.h>
#include <prshma.h>

#define BYTES 100000
#define VARIABLE "TEST_FILE_MAP"

static void failed(PRErrorCode code, PRInt32 native)
{
	ck_assert_int_eq(PR_GetError(), code);
	ck_assert_int_eq(PR_GetOSError(), native);
}

static void *mapped(PRFileMap *map)
{
	void *p = PR_MemMap(map, 0, BYTES);

	ck_assert_ptr_nonnull(p);
	return p;
}

static void closed(PRFileMap *map)
{
	ck_assert_int_eq(PR_CloseFileMap(map), PR_SUCCESS);
}

static void unmapped(void *p)
{
	ck_assert_int_eq(PR_MemUnmap(p, BYTES), PR_SUCCESS);
}

static PRFileMap *opened(PRFileMapProtect prot)
{
	/* A folder that is not there: none is needed. */
	PRFileMap *map = PR_OpenAnonFileMap("/nowhere", BYTES, prot);

	ck_assert_ptr_nonnull(map);
	return map;
}

START_TEST(map_is_shared_by_its_views)
{
	PRFileMap *map = opened(PR_PROT_READWRITE);
	char *a = mapped(map);
	char *b = mapped(map);
	PRInt32 page = PR_GetMemMapAlignment();
	char *end;

	ck_assert_int_eq(a[BYTES - 1], 0);
	strcpy(a, "shared");
	ck_assert_str_eq(b, "shared");
	a[page] = 'x';
	end = PR_MemMap(map, page, 10);
	ck_assert_int_eq(end[0], 'x');
	ck_assert_int_eq(PR_MemUnmap(end, 10), PR_SUCCESS);
	/* The map may be closed before its views. */
	closed(map);
	strcpy(b, "still");
	ck_assert_str_eq(a, "still");
	unmapped(a);
	unmapped(b);
}
END_TEST

START_TEST(read_only_map_can_not_be_written)
{
	PRFileMap *map = opened(PR_PROT_READONLY);
	char *p = mapped(map);

	ck_assert_int_eq(p[0], 0);
	support_store_faults(p);
	unmapped(p);
	closed(map);
}
END_TEST

START_TEST(written_copy_is_private)
{
	PRFileMap *map = opened(PR_PROT_WRITECOPY);
	char *a = mapped(map);
	char *b = mapped(map);

	a[0] = 'x';
	ck_assert_int_eq(b[0], 0);
	unmapped(a);
	unmapped(b);
	closed(map);
}
END_TEST

START_TEST(rest_of_the_last_page_is_there)
{
	PRFileMap *map = PR_OpenAnonFileMap(".", 1, PR_PROT_READWRITE);
	PRUint32 page = (PRUint32)PR_GetMemMapAlignment();
	char *p = PR_MemMap(map, 0, page);

	ck_assert_ptr_nonnull(p);
	p[page - 1] = 1;
	/* Any length in the same page ends it. */
	ck_assert_int_eq(PR_MemUnmap(p, 1), PR_SUCCESS);
	closed(map);
}
END_TEST

START_TEST(wrong_arguments_give_nsprs_errors)
{
	PRFileMap *map = opened(PR_PROT_READWRITE);
	PRFileMap *copy = opened(PR_PROT_WRITECOPY);
	char text[PR_FILEMAP_STRING_BUFSIZE];
	void *p;

	ck_assert_ptr_null(PR_OpenAnonFileMap(".", 1, (PRFileMapProtect)7));
	failed(PR_INVALID_ARGUMENT_ERROR, EINVAL);
	ck_assert_ptr_null(
		PR_OpenAnonFileMap(".", (PRSize)1 << 60, PR_PROT_READWRITE));
	failed(PR_NO_DEVICE_SPACE_ERROR, ENOSPC);
	ck_assert_ptr_null(PR_MemMap(map, 0, 0));
	failed(PR_INVALID_ARGUMENT_ERROR, EINVAL);
	ck_assert_ptr_null(PR_MemMap(map, -4096, 1));
	failed(PR_INVALID_ARGUMENT_ERROR, EINVAL);
	ck_assert_ptr_null(PR_MemMap(map, 0, 2 * BYTES));
	failed(PR_INVALID_ARGUMENT_ERROR, EINVAL);
	ck_assert_ptr_null(PR_MemMap(copy, 0, 2 * BYTES));
	failed(PR_INVALID_ARGUMENT_ERROR, EINVAL);
	ck_assert_ptr_null(PR_MemMap(copy, (PROffset64)1 << 40, 1));
	failed(PR_INVALID_ARGUMENT_ERROR, EINVAL);
	ck_assert_int_eq(PR_ExportFileMapAsString(map, 20, text), PR_FAILURE);
	failed(PR_BUFFER_OVERFLOW_ERROR, ERANGE);
	ck_assert_int_eq(PR_ExportFileMapAsString(map, 1, text), PR_FAILURE);
	failed(PR_BUFFER_OVERFLOW_ERROR, ERANGE);
	p = mapped(map);
	ck_assert_int_eq(PR_MemUnmap(p, BYTES / 2), PR_FAILURE);
	failed(PR_INVALID_ARGUMENT_ERROR, EINVAL);
	unmapped(p);
	closed(map);
	closed(copy);
}
END_TEST

static void import_fails(const char *text, PRErrorCode code, PRInt32 native)
{
	ck_assert_ptr_null(PR_ImportFileMapFromString(text));
	failed(code, native);
}

START_TEST(only_its_own_true_texts_are_imported)
{
	PRFileMap *map = opened(PR_PROT_READONLY);
	char text[PR_FILEMAP_STRING_BUFSIZE];
	char bad[2 * PR_FILEMAP_STRING_BUFSIZE];

	import_fails(NULL, PR_INVALID_ARGUMENT_ERROR, EINVAL);
	import_fails("", PR_INVALID_ARGUMENT_ERROR, EINVAL);
	/* What NSPR would have taken for descriptor 2, whatever it is. */
	import_fails("2:1", PR_INVALID_ARGUMENT_ERROR, EINVAL);
	ck_assert_int_eq(PR_ExportFileMapAsString(map, sizeof(text), text),
			 PR_SUCCESS);
	for (size_t n = 0; n < strlen(text); n++) {
		memcpy(bad, text, n);
		bad[n] = '\0';
		import_fails(bad, PR_INVALID_ARGUMENT_ERROR, EINVAL);
	}
	/* A read-only one that is called writable. */
	strcpy(bad, text);
	bad[0] = '0' + PR_PROT_READWRITE;
	import_fails(bad, PR_INVALID_ARGUMENT_ERROR, EINVAL);
	closed(map);
	import_fails(text, PR_BAD_DESCRIPTOR_ERROR, EBADF);
}
END_TEST

START_TEST(nsprs_own_file_maps_pass_through)
{
	char path[SUPPORT_PATH_MAX];
	PRFileDesc *fd;
	PRFileMap *map;
	char *p;

	support_path(path, "file");
	fd = PR_Open(path, PR_RDWR | PR_CREATE_FILE, 0600);
	ck_assert_ptr_nonnull(fd);
	map = PR_CreateFileMap(fd, BYTES, PR_PROT_READWRITE);
	ck_assert_ptr_nonnull(map);
	p = mapped(map);
	strcpy(p, "in a file");
	unmapped(p);
	closed(map);
	PR_Close(fd);
	fd = PR_Open(path, PR_RDONLY, 0);
	map = PR_CreateFileMap(fd, 0, PR_PROT_READONLY);
	p = mapped(map);
	ck_assert_str_eq(p, "in a file");
	unmapped(p);
	closed(map);
	PR_Close(fd);
}
END_TEST

/* In the child: writes if it may, and says what it found. */
static int child(const char *text)
{
	PRFileMap *map = PR_ImportFileMapFromString(text);
	char *p;

	if (map == NULL)
		return 10;
	p = PR_MemMap(map, 0, BYTES);
	if (p == NULL)
		return 11;
	if (strcmp(p, "from the parent") != 0)
		return 12;
	if (text[0] != '0' + PR_PROT_READONLY)
		strcpy(p, "from the child");
	if (PR_MemUnmap(p, BYTES) != PR_SUCCESS ||
	    PR_CloseFileMap(map) != PR_SUCCESS)
		return 13;
	return 0;
}

static char *self;

static void exec_self(void *arg)
{
	execl(self, self, "child", (char *)arg, (char *)NULL);
	_exit(99);
}

static int by_fork(char *text)
{
	return support_child(exec_self, text);
}

static int by_spawn(char *text)
{
	char word[] = "child";
	char *argv[] = {self, word, text, NULL};
	pid_t pid;

	ck_assert_int_eq(posix_spawn(&pid, self, NULL, NULL, argv, environ), 0);
	return support_wait(pid, 20000);
}

static int by_shell(char *text)
{
	char command[1024];
	char sh[] = "/bin/sh";
	char c[] = "-c";
	char *argv[] = {sh, c, command, NULL};
	pid_t pid;

	snprintf(command, sizeof(command), "%s=%s; '%s' child $%s; exit $?",
		 VARIABLE, text, self, VARIABLE);
	ck_assert_int_eq(posix_spawn(&pid, sh, NULL, NULL, argv, environ), 0);
	return support_wait(pid, 20000);
}

static int (*const ways[])(char *) = {by_fork, by_spawn, by_shell};
#define WAYS 3

START_TEST(child_has_the_map_by_its_text)
{
	PRFileMap *map = opened(PR_PROT_READWRITE);
	char *p = mapped(map);
	char text[PR_FILEMAP_STRING_BUFSIZE];

	ck_assert_int_eq(PR_ExportFileMapAsString(map, sizeof(text), text),
			 PR_SUCCESS);
	strcpy(p, "from the parent");
	ck_assert_int_eq(ways[_i](text), 0);
	ck_assert_str_eq(p, "from the child");
	unmapped(p);
	closed(map);
}
END_TEST

START_TEST(map_that_was_not_exported_is_not_there)
{
	PRFileMap *map = opened(PR_PROT_READWRITE);
	PRFileMap *other = opened(PR_PROT_READWRITE);
	char text[PR_FILEMAP_STRING_BUFSIZE];

	ck_assert_int_eq(PR_ExportFileMapAsString(map, sizeof(text), text),
			 PR_SUCCESS);
	closed(map);
	ck_assert_int_eq(ways[_i](text), 10);
	closed(other);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("nspr_filemap");
	TCase *t = support_case(s, "file maps");

	tcase_add_test(t, map_is_shared_by_its_views);
	tcase_add_test(t, read_only_map_can_not_be_written);
	tcase_add_test(t, written_copy_is_private);
	tcase_add_test(t, rest_of_the_last_page_is_there);
	tcase_add_test(t, wrong_arguments_give_nsprs_errors);
	tcase_add_test(t, only_its_own_true_texts_are_imported);
	tcase_add_test(t, nsprs_own_file_maps_pass_through);
	t = support_case(s, "second protocol");
	tcase_add_loop_test(t, child_has_the_map_by_its_text, 0, WAYS);
	tcase_add_loop_test(t, map_that_was_not_exported_is_not_there, 0, WAYS);
	return s;
}

int main(int argc, char **argv)
{
	static char path[256];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return 1;
	self = path;
	if (argc > 2 && strcmp(argv[1], "child") == 0)
		return child(argv[2]);
	/* Before the tests count descriptors. */
	PR_Init(PR_USER_THREAD, PR_PRIORITY_NORMAL, 0);
	return support_run(argc, argv, suite());
}
