/* SPDX-License-Identifier: MIT */
/*
 * The first protocol: file maps that children of PR_CreateProcess find by name.
 * This program is its own child.
 */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <prenv.h>
#include <prerror.h>
#include <prinit.h>
#include <prio.h>
#include <prproces.h>
#include <prshma.h>

#define BYTES 100000

static char *self;

static PRFileMap *opened(PRFileMapProtect prot)
{
	PRFileMap *map = PR_OpenAnonFileMap(".", BYTES, prot);

	ck_assert_ptr_nonnull(map);
	return map;
}

static void bequeath(PRProcessAttr *attr, PRFileMap *map, const char *name)
{
	ck_assert_int_eq(PR_ProcessAttrSetInheritableFileMap(attr, map, name),
			 PR_SUCCESS);
}

/* Runs this program as a child that does what `what` says. */
static int run_with(const char *what, char *const *env, PRProcessAttr *attr)
{
	char word[] = "child";
	char how[64];
	char *argv[] = {self, word, how, NULL};
	PRProcess *process;
	PRInt32 code = -1;

	snprintf(how, sizeof(how), "%s", what);
	process = PR_CreateProcess(self, argv, env, attr);
	ck_assert_ptr_nonnull(process);
	ck_assert_int_eq(PR_WaitProcess(process, &code), PR_SUCCESS);
	return code;
}

static int run(const char *what, PRProcessAttr *attr)
{
	return run_with(what, NULL, attr);
}

/* The children. */

static int memory_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char to[64] = "";

		if (readlinkat(dirfd(dir), entry->d_name, to, sizeof(to) - 1) >
		    0)
			n += strstr(to, "PR_OpenAnonFileMap") != NULL ||
			     strstr(to, "/shmem.") != NULL ||
			     strstr(to, "/.shmem.") != NULL;
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}

static char *inherited(const char *name, PRFileMap **map)
{
	*map = PR_GetInheritedFileMap(name);
	return *map != NULL ? PR_MemMap(*map, 0, BYTES) : NULL;
}

static int child_answers(void)
{
	PRFileMap *map;
	char *p = inherited("the map", &map);

	if (p == NULL || strcmp(p, "question") != 0)
		return 10;
	if (memory_descriptors() != 1)
		return 11;
	/* Once only. */
	if (PR_GetInheritedFileMap("the map") != NULL ||
	    PR_GetError() != PR_BAD_DESCRIPTOR_ERROR)
		return 12;
	strcpy(p, "answer");
	if (PR_MemUnmap(p, BYTES) != PR_SUCCESS ||
	    PR_CloseFileMap(map) != PR_SUCCESS)
		return 13;
	return 0;
}

static int child_copies(void)
{
	PRFileMap *from;
	PRFileMap *to;
	char *in = inherited("in", &from);
	char *out = inherited("out:=;,$ \xff", &to);

	if (in == NULL || out == NULL)
		return 10;
	if (memory_descriptors() != 2)
		return 11;
	memcpy(out, in, BYTES);
	return 0;
}

static int child_writes_read_only(void)
{
	PRFileMap *map;
	char *p = inherited("the map", &map);

	if (p == NULL)
		return 10;
	*(volatile char *)p = 1;
	return 0;
}

static int child_writes_copy(void)
{
	PRFileMap *map;
	char *p = inherited("the map", &map);

	if (p == NULL || p[0] != 0)
		return 10;
	p[0] = 1;
	return 0;
}

static int child_finds_nothing(void)
{
	if (PR_GetInheritedFileMap("the map") != NULL)
		return 10;
	if (PR_GetError() != PR_FILE_NOT_FOUND_ERROR ||
	    PR_GetOSError() != ENOENT)
		return 11;
	if (memory_descriptors() != 0)
		return 12;
	return PR_GetInheritedFileMap(NULL) == NULL ? 0 : 13;
}

static int child_finds_nothing_else(void)
{
	PRFileMap *map;

	if (PR_GetInheritedFileMap("the ma") != NULL ||
	    PR_GetInheritedFileMap("the map ") != NULL ||
	    PR_GetInheritedFileMap("") != NULL ||
	    PR_GetInheritedFileMap("other") != NULL)
		return 10;
	return inherited("the map", &map) != NULL ? 0 : 11;
}

static int child_has_a_child(void)
{
	char word[] = "child";
	char how[] = "finds nothing";
	char *argv[] = {self, word, how, NULL};
	PRProcess *process = PR_CreateProcess(self, argv, NULL, NULL);
	PRFileMap *map;
	PRInt32 code = 20;

	if (process == NULL || PR_WaitProcess(process, &code) != PR_SUCCESS ||
	    code != 12)
		return 20 + code; /* not taken over yet, it is still there */
	if (inherited("the map", &map) == NULL)
		return 10;
	process = PR_CreateProcess(self, argv, NULL, NULL);
	if (process == NULL || PR_WaitProcess(process, &code) != PR_SUCCESS)
		return 11;
	return code;
}

static int child_sees_its_environment(void)
{
	const char *value = PR_GetEnv("TEST_VALUE");
	PRFileMap *map;

	if (value == NULL || strcmp(value, "as given") != 0)
		return 10;
	if (PR_GetEnv("HOME") != NULL || PR_GetEnv("PATH") != NULL)
		return 11;
	return inherited("the map", &map) != NULL ? 0 : 12;
}

static int child_prints(void)
{
	printf("to standard output\n");
	return child_answers();
}

static const struct role {
	const char *name;
	int (*run)(void);
} roles[] = {
	{"answers", child_answers},
	{"copies", child_copies},
	{"writes read-only", child_writes_read_only},
	{"writes copy", child_writes_copy},
	{"finds nothing", child_finds_nothing},
	{"finds nothing else", child_finds_nothing_else},
	{"has a child", child_has_a_child},
	{"sees its environment", child_sees_its_environment},
	{"prints", child_prints},
};

static int child(const char *what)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(roles[i].name, what) == 0)
			return roles[i].run();
	return 99;
}

/* The parents. */

static PRProcessAttr *attributes;

static support_state *before;

/* NSPR opens descriptors, and starts a thread, with its first process, and
 * keeps them: so that comes before what there is is noted. */
static void set_up(void)
{
	ck_assert_int_eq(run("nothing", NULL), 99);
	before = support_state_take();
	attributes = PR_NewProcessAttr();
	ck_assert_ptr_nonnull(attributes);
}

static void tear_down(void)
{
	char report[4096];
	size_t differences;

	PR_DestroyProcessAttr(attributes);
	support_scratch_remove();
	differences = support_state_compare(before, report, sizeof(report));
	support_state_free(before);
	ck_assert_msg(differences == 0, "the test left behind:\n%s", report);
}

START_TEST(child_finds_the_map_by_its_name)
{
	PRFileMap *map = opened(PR_PROT_READWRITE);
	char *p = PR_MemMap(map, 0, BYTES);

	bequeath(attributes, map, "the map");
	strcpy(p, "question");
	ck_assert_int_eq(run("answers", attributes), 0);
	ck_assert_str_eq(p, "answer");
	ck_assert_int_eq(run("finds nothing", NULL), 0);
	/* The attributes serve again, also when the map is closed. */
	PR_CloseFileMap(map);
	strcpy(p, "question");
	ck_assert_int_eq(run("answers", attributes), 0);
	ck_assert_str_eq(p, "answer");
	PR_MemUnmap(p, BYTES);
}
END_TEST

START_TEST(several_maps_of_any_name)
{
	PRFileMap *in = opened(PR_PROT_READWRITE);
	PRFileMap *out = opened(PR_PROT_READWRITE);
	char *from = PR_MemMap(in, 0, BYTES);
	char *to = PR_MemMap(out, 0, BYTES);

	bequeath(attributes, in, "in");
	bequeath(attributes, out, "out:=;,$ \xff");
	memset(from, 'x', BYTES);
	ck_assert_int_eq(run("copies", attributes), 0);
	ck_assert_mem_eq(from, to, BYTES);
	PR_MemUnmap(from, BYTES);
	PR_MemUnmap(to, BYTES);
	PR_CloseFileMap(in);
	PR_CloseFileMap(out);
}
END_TEST

START_TEST(protection_is_inherited)
{
	PRFileMap *map = opened(PR_PROT_READONLY);
	PRProcessAttr *other = PR_NewProcessAttr();

	bequeath(attributes, map, "the map");
	ck_assert_int_ne(run("writes read-only", attributes), 0);
	PR_CloseFileMap(map);
	map = opened(PR_PROT_WRITECOPY);
	bequeath(other, map, "the map");
	ck_assert_int_eq(run("writes copy", other), 0);
	ck_assert_int_eq(run("writes copy", other), 0);
	PR_CloseFileMap(map);
	PR_DestroyProcessAttr(other);
}
END_TEST

START_TEST(what_was_not_passed_is_not_found)
{
	PRFileMap *map = opened(PR_PROT_READWRITE);
	PRProcessAttr *other = PR_NewProcessAttr();

	bequeath(attributes, map, "the map");
	ck_assert_int_eq(run("finds nothing", NULL), 0);
	ck_assert_int_eq(run("finds nothing", other), 0);
	ck_assert_int_eq(run("finds nothing else", attributes), 0);
	PR_ResetProcessAttr(attributes);
	ck_assert_int_eq(run("finds nothing", attributes), 0);
	PR_DestroyProcessAttr(other);
	PR_CloseFileMap(map);
}
END_TEST

START_TEST(environment_is_the_one_given)
{
	PRFileMap *map = opened(PR_PROT_READWRITE);
	char value[] = "TEST_VALUE=as given";
	char *env[] = {value, NULL};

	bequeath(attributes, map, "the map");
	ck_assert_int_eq(run_with("sees its environment", env, attributes), 0);
	PR_CloseFileMap(map);
}
END_TEST

START_TEST(nsprs_own_attributes_still_work)
{
	PRFileMap *map = opened(PR_PROT_READWRITE);
	char *p = PR_MemMap(map, 0, BYTES);
	char path[SUPPORT_PATH_MAX];
	char line[64] = "";
	PRFileDesc *fd;

	support_path(path, "output");
	fd = PR_Open(path, PR_RDWR | PR_CREATE_FILE, 0600);
	PR_ProcessAttrSetStdioRedirect(attributes, PR_StandardOutput, fd);
	bequeath(attributes, map, "the map");
	strcpy(p, "question");
	ck_assert_int_eq(run("prints", attributes), 0);
	PR_Seek(fd, 0, PR_SEEK_SET);
	ck_assert_int_gt(PR_Read(fd, line, sizeof(line) - 1), 0);
	ck_assert_str_eq(line, "to standard output\n");
	PR_Close(fd);
	PR_MemUnmap(p, BYTES);
	PR_CloseFileMap(map);
}
END_TEST

START_TEST(detached_child_has_it_too)
{
	PRFileMap *map = opened(PR_PROT_READWRITE);
	char *p = PR_MemMap(map, 0, BYTES);
	char word[] = "child";
	char how[] = "answers";
	char *argv[] = {self, word, how, NULL};

	bequeath(attributes, map, "the map");
	strcpy(p, "question");
	ck_assert_int_eq(PR_CreateProcessDetached(self, argv, NULL, attributes),
			 PR_SUCCESS);
	support_eventually(strcmp(p, "answer") == 0);
	PR_MemUnmap(p, BYTES);
	PR_CloseFileMap(map);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
	PRFileMap *map = opened(PR_PROT_READWRITE);
	int foreign[16] = {0};
	PRFileMap *not_ours = (PRFileMap *)foreign;

	ck_assert_int_eq(PR_ProcessAttrSetInheritableFileMap(NULL, map, "a"),
			 PR_FAILURE);
	ck_assert_int_eq(PR_GetError(), PR_INVALID_ARGUMENT_ERROR);
	ck_assert_int_eq(
		PR_ProcessAttrSetInheritableFileMap(attributes, map, NULL),
		PR_FAILURE);
	ck_assert_int_eq(
		PR_ProcessAttrSetInheritableFileMap(attributes, map, ""),
		PR_FAILURE);
	ck_assert_int_eq(
		PR_ProcessAttrSetInheritableFileMap(attributes, not_ours, "a"),
		PR_FAILURE);
	bequeath(attributes, map, "a");
	ck_assert_int_eq(
		PR_ProcessAttrSetInheritableFileMap(attributes, map, "a"),
		PR_FAILURE);
	ck_assert_int_eq(PR_GetError(), PR_FILE_EXISTS_ERROR);
	PR_CloseFileMap(map);
}
END_TEST

START_TEST(grandchild_gets_no_stale_text)
{
	PRFileMap *map = opened(PR_PROT_READWRITE);

	bequeath(attributes, map, "the map");
	ck_assert_int_eq(run("has a child", attributes), 0);
	PR_CloseFileMap(map);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("nspr_process");
	TCase *t = tcase_create("first protocol");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, child_finds_the_map_by_its_name);
	tcase_add_test(t, several_maps_of_any_name);
	tcase_add_test(t, protection_is_inherited);
	tcase_add_test(t, what_was_not_passed_is_not_found);
	tcase_add_test(t, environment_is_the_one_given);
	tcase_add_test(t, nsprs_own_attributes_still_work);
	tcase_add_test(t, detached_child_has_it_too);
	tcase_add_test(t, wrong_arguments_are_refused);
	tcase_add_test(t, grandchild_gets_no_stale_text);
	return s;
}

int main(int argc, char **argv)
{
	static char path[256];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return 1;
	self = path;
	PR_Init(PR_USER_THREAD, PR_PRIORITY_NORMAL, 0);
	if (argc > 2 && strcmp(argv[1], "child") == 0)
		return child(argv[2]);
	return support_run(argc, argv, suite());
}
