/* SPDX-License-Identifier: MIT */
/* The compiler from the inside: names, includes, what a fingerprint covers. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canon.h"
#include "checks.h"
#include "emit.h"
#include "load.h"
#include "names.h"

/* Files that are only here. */
static const char *const (*files)[2];

static bool read_file(void *arg, const char *path, char **ret_text,
		      size_t *ret_size)
{
	(void)arg;
	for (size_t i = 0; files[i][0] != NULL; i++) {
		size_t size = strlen(files[i][1]);

		if (strcmp(files[i][0], path) != 0)
			continue;
		*ret_text = malloc(size + 1);
		memcpy(*ret_text, files[i][1], size + 1);
		*ret_size = size;
		return true;
	}
	return false;
}

static report errors;
static program p;

static void compile(const char *const all[][2], const char *const *folders)
{
	const loader l = {read_file, NULL, folders};

	files = all;
	ck_assert(load_program(&p, &l, all[0][0]));
	if (errors.errors == 0)
		check_program(&p);
	if (errors.errors == 0)
		canon_fingerprints(&p);
}

static void release(void)
{
	arena_free(&p.arena);
	buffer_free(&errors.text);
	errors = (report){0};
	p = (program){.report = &errors};
}

static void setup(void)
{
	p = (program){.report = &errors};
}

static uint64_t fingerprint(const char *text)
{
	const char *const all[][2] = {{"x.shmem", text}, {NULL, NULL}};
	uint64_t value = 0;

	compile(all, NULL);
	ck_assert_msg(errors.errors == 0, "%s", buffer_text(&errors.text));
	for (const decl *d = p.units->decls; d != NULL; d = d->next)
		if (d->kind == DECL_PROTOCOL) {
			value = d->fingerprint;
			break;
		}
	release();
	return value;
}

START_TEST(names_become_those_of_c)
{
	static const char *const names[][2] = {
		{"HereYouGo", "here_you_go"},
		{"hereYouGo", "here_you_go"},
		{"here_you_go", "here_you_go"},
		{"PFoo", "p_foo"},
		{"HTTPServer", "http_server"},
		{"Point2D", "point2_d"},
		{"A", "a"},
		{"AB", "ab"},
		{"x1", "x1"},
		{"X_Y", "x_y"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_assert_str_eq(names_snake(&p.arena, names[i][0]),
				 names[i][1]);
	ck_assert_str_eq(names_safe(&p.arena, "default"), "default_");
	ck_assert_str_eq(names_safe(&p.arena, "class"), "class_");
	ck_assert_str_eq(names_safe(&p.arena, "colour"), "colour");
	ck_assert_str_eq(names_clean(&p.arena, "2-a b"), "_2_a_b");
}
END_TEST

#define BASE                                                                   \
	"struct S { int a; string b; };"                                       \
	"protocol P { parent: A(S s, int x); child: async B(); };"

START_TEST(the_fingerprint_is_blind_to_how_it_is_written)
{
	uint64_t base = fingerprint(BASE);

	ck_assert_uint_eq(base, fingerprint("// a comment\n" BASE));
	ck_assert_uint_eq(
		base, fingerprint("struct S { int32_t a /* x */; string b; };\n"
				  "async protocol P {\nparent:\n\tasync A(S s, "
				  "int32 x);\nchild:\n\tB(); };"));
	/* What P does not use is not part of it; nor where limits stand. */
	ck_assert_uint_eq(base, fingerprint("struct T { S s; };" BASE));
	ck_assert_uint_eq(
		base,
		fingerprint("[MaxLength=65536] struct S { int a; string b; };"
			    "protocol P { parent: A(S s, int x);"
			    " child: B(); };"));
}
END_TEST

START_TEST(the_fingerprint_sees_every_difference)
{
	static const char *const others[] = {
		/* types, names and order of fields and parameters */
		"struct S { uint32 a; string b; };"
		"protocol P { parent: A(S s, int x); child: B(); };",
		"struct S { int c; string b; };"
		"protocol P { parent: A(S s, int x); child: B(); };",
		"struct S { string b; int a; };"
		"protocol P { parent: A(S s, int x); child: B(); };",
		"struct S { int a; [MaxLength=9] string b; };"
		"protocol P { parent: A(S s, int x); child: B(); };",
		"struct S { int a; string? b; };"
		"protocol P { parent: A(S s, int x); child: B(); };",
		"struct S { int a; string[] b; };"
		"protocol P { parent: A(S s, int x); child: B(); };",
		"struct S { int a; [MaxCount=5] string[] b; };"
		"protocol P { parent: A(S s, int x); child: B(); };",
		"union S { int; string; };"
		"protocol P { parent: A(S s, int x); child: B(); };",
		"struct S { int a; string b; };"
		"protocol P { parent: A(S s, int y); child: B(); };",
		/* messages: name, direction, order, kind */
		"struct S { int a; string b; };"
		"protocol P { parent: A(S s, int x); child: C(); };",
		"struct S { int a; string b; };"
		"protocol P { parent: A(S s, int x); both: B(); };",
		"struct S { int a; string b; };"
		"protocol P { child: B(); parent: A(S s, int x); };",
		"struct S { int a; string b; };"
		"protocol P { parent: A(S s, int x); child: B() returns (); };",
		"struct S { int a; string b; };"
		"protocol P { parent: A(S s, int x); child: B(); C(); };",
		"struct S { int a; string b; };"
		"sync protocol P { parent: sync A(S s, int x); child: B(); };",
		/* enums below */
		"enum E { X }; struct S { int a; E b; };"
		"protocol P { parent: A(S s, int x); child: B(); };",
		"enum E { X, Y }; struct S { int a; E b; };"
		"protocol P { parent: A(S s, int x); child: B(); };",
		"enum E { X = 1 }; struct S { int a; E b; };"
		"protocol P { parent: A(S s, int x); child: B(); };",
		/* a protocol that it manages, and that one's messages */
		"struct S { int a; string b; };"
		"protocol P { manages Q; parent: A(S s, int x); child: B();"
		" Q(); };"
		"protocol Q { manager P; child: __delete__(); };",
		"struct S { int a; string b; };"
		"protocol P { manages Q; parent: A(S s, int x); child: B();"
		" Q(); };"
		"protocol Q { manager P; parent: __delete__(); };",
	};
	enum { COUNT = sizeof(others) / sizeof(*others) };
	uint64_t seen[COUNT + 1] = {fingerprint(BASE)};

	for (size_t i = 0; i < COUNT; i++) {
		seen[i + 1] = fingerprint(others[i]);
		for (size_t k = 0; k <= i; k++)
			ck_assert_msg(seen[k] != seen[i + 1], "%zu and %zu", k,
				      i + 1);
	}
}
END_TEST

START_TEST(includes_are_found_beside_the_file_and_in_folders)
{
	static const char *const all[][2] = {
		{"a/b/main.shmem",
		 "include Near; include \"../up.shmem\"; include Far;"
		 "include protocol Other;"
		 "struct S { Near_ n; Up u; Far f; };"},
		{"a/b/near.shmem", "struct Near_ { int x; };"},
		{"a/up.shmem", "struct Up { int x; };"},
		{"lib/Far.shmem",
		 "include \"../a/b/near.shmem\"; struct Far { Near_ n; };"},
		{"lib2/other.shmem",
		 "include \"../a/b/main.shmem\"; protocol Other { };"},
		{NULL, NULL},
	};
	static const char *const folders[] = {"none", "lib", "lib2/", NULL};
	unsigned units = 0;

	compile(all, folders);
	ck_assert_msg(errors.errors == 0, "%s", buffer_text(&errors.text));
	for (const unit *u = p.units; u != NULL; u = u->next)
		units++;
	ck_assert_uint_eq(units, 5);
	release();
}
END_TEST

START_TEST(a_protocol_include_brings_no_types)
{
	static const char *const all[][2] = {
		{"main.shmem", "include protocol Other; struct S { T t; };"},
		{"other.shmem", "struct T { int x; }; protocol Other { };"},
		{NULL, NULL},
	};

	compile(all, NULL);
	ck_assert_uint_eq(errors.errors, 1);
	ck_assert_ptr_nonnull(strstr(errors.text.data, "there is no type 'T'"));
	release();
}
END_TEST

START_TEST(the_same_input_gives_the_same_output)
{
	static const char *const all[][2] = {
		{"main.shmem", "include More;"
			       "sync protocol P { parent: sync A(More m) "
			       "returns (int[] x); };"},
		{"more.shmem", "struct More { More[] m; };"},
		{NULL, NULL},
	};
	buffer out[2] = {{0}, {0}};

	for (int i = 0; i < 2; i++) {
		compile(all, NULL);
		ck_assert_uint_eq(errors.errors, 0);
		emit_header(&p, p.units, &out[i]);
		emit_source(&p, p.units, &out[i]);
		release();
	}
	ck_assert_str_eq(out[0].data, out[1].data);
	buffer_free(&out[0]);
	buffer_free(&out[1]);
}
END_TEST

START_TEST(what_other_editors_write_is_read)
{
	static const char *const all[][2] = {
		{"main.shmem", "\xef\xbb\xbf// \xe2\x82\xac?\?/ \\\r\n"
			       "protocol P {\r\nparent: // one\r\n"
			       "  A(int x); // two\r\n};\r\n"},
		{NULL, NULL},
	};
	buffer out = {0};

	compile(all, NULL);
	ck_assert_msg(errors.errors == 0, "%s", buffer_text(&errors.text));
	emit_header(&p, p.units, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "/* \xe2\x82\xac? ?/ \\ */"));
	ck_assert_ptr_nonnull(strstr(out.data, "* one\n"));
	ck_assert_ptr_null(strchr(out.data, '\r'));
	buffer_free(&out);
	release();
}
END_TEST

START_TEST(names_are_as_long_as_a_greeting_has_room_for)
{
	for (int size = 255; size <= 256; size++) {
		char text[400];
		const char *const all[][2] = {{"main.shmem", text},
					      {NULL, NULL}};
		unsigned expected = size > 255;

		(void)snprintf(text, sizeof(text), "protocol P%0*d { };",
			       size - 1, 0);
		compile(all, NULL);
		ck_assert_uint_eq(errors.errors, expected);
		release();
	}
}
END_TEST

START_TEST(of_a_long_line_the_place_is_shown)
{
	static char text[3000];
	static const char *const all[][2] = {{"main.shmem", text},
					     {NULL, NULL}};

	(void)snprintf(text, sizeof(text),
		       "protocol P { parent: A(%-1000s strange x);%-1000s };",
		       "", "");
	compile(all, NULL);
	ck_assert_uint_eq(errors.errors, 1);
	ck_assert_ptr_nonnull(strstr(errors.text.data, " strange x);"));
	ck_assert_uint_lt(strlen(errors.text.data), 500);
	release();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compiler");
	TCase *t = tcase_create("inside");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, setup, release);
	tcase_add_test(t, names_become_those_of_c);
	tcase_add_test(t, the_fingerprint_is_blind_to_how_it_is_written);
	tcase_add_test(t, the_fingerprint_sees_every_difference);
	tcase_add_test(t, includes_are_found_beside_the_file_and_in_folders);
	tcase_add_test(t, a_protocol_include_brings_no_types);
	tcase_add_test(t, the_same_input_gives_the_same_output);
	tcase_add_test(t, what_other_editors_write_is_read);
	tcase_add_test(t, names_are_as_long_as_a_greeting_has_room_for);
	tcase_add_test(t, of_a_long_line_the_place_is_shown);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
