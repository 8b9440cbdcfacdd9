/* SPDX-License-Identifier: MIT */
/* The command line of shmemc. */
#include "canon.h"
#include "checks.h"
#include "emit.h"
#include "load.h"

#include <shmem/base.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <windows.h>
#endif

#define FOLDERS_MAX 64u

typedef struct options {
	const char *file;
	const char *out; /* folder */
	const char *depfile;
	const char *folders[FOLDERS_MAX + 1];
	size_t folder_count;
	bool check;
	bool canonical;
	bool fingerprint;
} options;

static const char usage[] =
	"usage: shmemc [options] file.shmem\n"
	"Compiles a protocol to C: file.h and file.c.\n"
	"\n"
	"  -o FOLDER      where they are written; here unless said otherwise\n"
	"  -I FOLDER      search includes there, too\n"
	"  -M FILE        write a makefile rule of what was read\n"
	"  --check        write nothing, only report errors\n"
	"  --canonical    print what the fingerprint of each protocol covers\n"
	"  --fingerprint  print the fingerprint of each protocol\n"
	"  --version, --help\n"
	"\n"
	"Status: 0 done, 1 errors in the file, 2 wrong usage, 3 the system "
	"failed.\n";

/* Where a folder takes a name in capitals for another: a file has one name, or
 * it would be two of them. */
static bool is_so_named(const char *path)
{
#ifdef _WIN32
	const char *slash = strrchr(path, '/');
	WIN32_FIND_DATAA found;
	HANDLE search = FindFirstFileA(path, &found);

	errno = ENOENT;
	if (search == INVALID_HANDLE_VALUE)
		return false;
	FindClose(search);
	return text_equal(found.cFileName, slash != NULL ? slash + 1 : path);
#else
	(void)path;
	return true;
#endif
}

static bool read_file(void *arg, const char *path, char **ret_text,
		      size_t *ret_size)
{
	FILE *file = is_so_named(path) ? fopen(path, "rb") : NULL;
	buffer b = {0};
	char block[16384];
	size_t n;

	(void)arg;
	if (file == NULL)
		return false;
	while (b.size <= LOAD_FILE_MAX &&
	       (n = fread(block, 1, sizeof(block), file)) > 0)
		buffer_add(&b, block, n);
	if (ferror(file)) {
		fclose(file);
		buffer_free(&b);
		return false;
	}
	fclose(file);
	buffer_add(&b, "", 0);
	*ret_text = b.data;
	*ret_size = b.size;
	return true;
}

static bool write_file(const char *path, const buffer *text)
{
	FILE *file;
	bool fine;

	file = fopen(path, "wb");
	if (file == NULL) {
		fprintf(stderr, "shmemc: %s: %s\n", path, strerror(errno));
		return false;
	}
	fine = fwrite(text->data, 1, text->size, file) == text->size;
	if (fclose(file) != 0 || !fine) {
		fprintf(stderr, "shmemc: %s: %s\n", path, strerror(errno));
		remove(path);
		return false;
	}
	return true;
}

/* What was printed has arrived, or the status says that it has not. */
static int flush_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "shmemc: standard output: %s\n", strerror(errno));
	return 3;
}

/* Windows takes either slash; all that comes after takes one. */
static const char *path_of(char *arg)
{
#ifdef _WIN32
	for (char *c = arg; *c != '\0'; c++)
		if (*c == '\\')
			*c = '/';
#endif
	return arg;
}

/* The value of an option that has one: "-oX" or "-o X". */
static const char *value_of(char **argv, int argc, int *i)
{
	if (argv[*i][2] != '\0')
		return path_of(argv[*i] + 2);
	if (*i + 1 < argc)
		return path_of(argv[++*i]);
	fprintf(stderr, "shmemc: %s needs a value\n", argv[*i]);
	exit(2);
}

static void parse_option(options *o, char **argv, int argc, int *i)
{
	const char *arg = argv[*i];

	if (text_equal(arg, "--check")) {
		o->check = true;
	} else if (text_equal(arg, "--canonical")) {
		o->canonical = true;
	} else if (text_equal(arg, "--fingerprint")) {
		o->fingerprint = true;
	} else if (text_equal(arg, "--help") || text_equal(arg, "-h")) {
		fputs(usage, stdout);
		exit(flush_output(0));
	} else if (text_equal(arg, "--version")) {
		printf("shmemc %d.%d.%d\n", SHMEM_VERSION_MAJOR,
		       SHMEM_VERSION_MINOR, SHMEM_VERSION_PATCH);
		exit(flush_output(0));
	} else if (strncmp(arg, "-o", 2) == 0) {
		o->out = value_of(argv, argc, i);
	} else if (strncmp(arg, "-M", 2) == 0) {
		o->depfile = value_of(argv, argc, i);
	} else if (strncmp(arg, "-I", 2) == 0 &&
		   o->folder_count < FOLDERS_MAX) {
		o->folders[o->folder_count++] = value_of(argv, argc, i);
	} else {
		fprintf(stderr, "shmemc: unknown option %s\n%s", arg, usage);
		exit(2);
	}
}

static options parse_options(int argc, char **argv)
{
	options o = {.out = "."};
	bool options_end = false;

	for (int i = 1; i < argc; i++) {
		if (!options_end && text_equal(argv[i], "--")) {
			options_end = true;
		} else if (!options_end && argv[i][0] == '-' &&
			   argv[i][1] != '\0') {
			parse_option(&o, argv, argc, &i);
		} else if (o.file == NULL) {
			o.file = path_of(argv[i]);
		} else {
			fputs("shmemc: one file at a time\n", stderr);
			exit(2);
		}
	}
	if (o.file == NULL) {
		fputs(usage, stderr);
		exit(2);
	}
	return o;
}

/* As make, and ninja, read names. */
static void add_name(buffer *rule, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == ' ' || *name == '#')
			buffer_puts(rule, "\\");
		else if (*name == '$')
			buffer_puts(rule, "$");
		buffer_add(rule, name, 1);
	}
}

static void add_rule(buffer *rule, const char *base, const unit *u)
{
	add_name(rule, base);
	buffer_puts(rule, ".c ");
	add_name(rule, base);
	buffer_puts(rule, ".h:");
	for (; u != NULL; u = u->next) {
		buffer_puts(rule, " \\\n  ");
		add_name(rule, u->source.path);
	}
	buffer_puts(rule, "\n");
}

static bool write_outputs(program *p, const options *o)
{
	unit *u = p->units;
	const char *base = arena_printf(&p->arena, "%s/%s", o->out, u->stem);
	buffer header = {0};
	buffer code = {0};
	buffer rule = {0};
	bool fine;

	emit_header(p, u, &header);
	emit_source(p, u, &code);
	fine = write_file(arena_printf(&p->arena, "%s.h", base), &header) &&
	       write_file(arena_printf(&p->arena, "%s.c", base), &code);
	if (fine && o->depfile != NULL) {
		add_rule(&rule, base, u);
		fine = write_file(o->depfile, &rule);
	}
	buffer_free(&header);
	buffer_free(&code);
	buffer_free(&rule);
	return fine;
}

static void print_protocols(program *p, const options *o)
{
	for (const decl *d = p->units->decls; d != NULL; d = d->next) {
		buffer text = {0};

		if (d->kind != DECL_PROTOCOL)
			continue;
		if (o->fingerprint)
			printf("%s %016" PRIx64 "\n", d->name, d->fingerprint);
		canon_text(p, d, &text);
		if (o->canonical)
			fputs(buffer_text(&text), stdout);
		buffer_free(&text);
	}
}

int main(int argc, char **argv)
{
	options o = parse_options(argc, argv);
	report r = {0};
	program p = {.report = &r};
	loader l = {read_file, NULL, o.folders};
	int status = 0;

	if (!load_program(&p, &l, o.file)) {
		fprintf(stderr, "shmemc: %s: %s\n", o.file, strerror(errno));
		arena_free(&p.arena);
		return 3;
	}
	if (r.errors == 0)
		check_program(&p);
	if (r.errors > 0) {
		report_finish(&r);
		fputs(buffer_text(&r.text), stderr);
		status = 1;
	} else {
		canon_fingerprints(&p);
		print_protocols(&p, &o);
		if (!o.check && !o.canonical && !o.fingerprint &&
		    !write_outputs(&p, &o))
			status = 3;
	}
	buffer_free(&r.text);
	arena_free(&p.arena);
	return flush_output(status);
}
