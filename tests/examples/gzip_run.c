/* SPDX-License-Identifier: MIT */
/* Runs parallel-gzip, and looks at what it leaves. */
#include "gzip_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#define RUN_MS 120000

/* Repeats itself, but farther back than deflate looks. */
static void fill_text(char *at, size_t bytes)
{
	static const char *const words[] = {"segment", "owner", "message",
					    "page"};
	const size_t period = 256 << 10;
	uint32_t seed = 1;
	size_t used = 0;

	while (used < bytes && used < period) {
		char word[32];
		int n;

		seed = seed * 1664525 + 1013904223;
		n = snprintf(word, sizeof(word), "%s %u\n",
			     words[seed >> 16 & 3], seed >> 20);
		for (int i = 0; i < n && used < bytes; i++)
			at[used++] = word[i];
	}
	for (; used < bytes; used++)
		at[used] = at[used - period];
}

static void fill_noise(char *at, size_t bytes)
{
	uint64_t seed = 88172645463325252u;

	for (size_t i = 0; i < bytes; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		at[i] = (char)(seed >> 32);
	}
}

void gzip_input(const char *name, size_t bytes, enum content content)
{
	char *data = malloc(bytes + 1);

	ck_assert_ptr_nonnull(data);
	if (content == TEXT)
		fill_text(data, bytes);
	else
		fill_noise(data, bytes);
	close(support_file(name, data, bytes));
	free(data);
}

struct start {
	const char *const *arguments;
	gzip_prepare *prepare;
	int out, err;
};

static void become_gzip(void *arg)
{
	const struct start *s = arg;
	const char *argv[16] = {"parallel-gzip"};
	union {
		const char **in;
		char **out;
	} cast = {argv};

	for (size_t i = 0; i < 14 && s->arguments[i] != NULL; i++)
		argv[i + 1] = s->arguments[i];
	if (chdir(support_scratch()) != 0 || dup2(s->out, 1) < 0 ||
	    dup2(s->err, 2) < 0)
		_exit(120);
	if (s->prepare != NULL)
		s->prepare();
	execv(PARALLEL_GZIP, cast.out);
	_exit(121);
}

void gzip_start(struct gzip_started *started, const char *const *arguments,
		gzip_prepare *prepare)
{
	struct start s = {arguments, prepare, -1, -1};

	/* Orphans would become this process's children, and be seen. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	support_scratch();
	s.out = memfd_create("out", MFD_CLOEXEC);
	s.err = memfd_create("err", MFD_CLOEXEC);
	ck_assert(s.out >= 0 && s.err >= 0);
	started->pid = support_launch(become_gzip, &s);
	started->out = s.out;
	started->err = s.err;
}

static void read_all(int fd, char *text, size_t cap)
{
	ssize_t n = pread(fd, text, cap - 1, 0);

	ck_assert(n >= 0);
	text[n] = '\0';
	close(fd);
}

void gzip_finish(struct gzip_started *started, struct gzip_run *run)
{
	run->status = support_wait(started->pid, RUN_MS);
	read_all(started->out, run->out, sizeof(run->out));
	read_all(started->err, run->err, sizeof(run->err));
	ck_assert_msg(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
		      "a worker outlived the parent");
}

void gzip_run(struct gzip_run *run, const char *const *arguments,
	      gzip_prepare *prepare)
{
	struct gzip_started started;

	gzip_start(&started, arguments, prepare);
	gzip_finish(&started, run);
}

pid_t gzip_worker_of(pid_t parent)
{
	char path[64];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent,
		 (int)parent);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%d", &pid) != 1)
		pid = 0;
	fclose(f);
	return pid;
}

void gzip_said(const struct gzip_run *run, int status, const char *what)
{
	const char *end = strchr(run->err, '\n');

	ck_assert_msg(run->status == status, "ended with %d, said: %s",
		      run->status, run->err);
	ck_assert_str_eq(run->out, "");
	ck_assert_msg(strncmp(run->err, "parallel-gzip: ", 15) == 0 &&
			      end != NULL && end[1] == '\0',
		      "not one line: %s", run->err);
	ck_assert_msg(strstr(run->err, what) != NULL, "no \"%s\" in: %s", what,
		      run->err);
}

static unsigned char *read_file(const char *name, const char *suffix,
				size_t *ret_bytes)
{
	char path[SUPPORT_PATH_MAX], file[64];
	unsigned char *data;
	struct stat st;
	int fd;

	snprintf(file, sizeof(file), "%s%s", name, suffix);
	support_path(path, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(fstat(fd, &st), 0);
	data = malloc((size_t)st.st_size + 1);
	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(read(fd, data, (size_t)st.st_size), st.st_size);
	close(fd);
	*ret_bytes = (size_t)st.st_size;
	return data;
}

/* zlib checks the CRC and the size that the trailer says. */
static void inflates_to(unsigned char *packed, size_t packed_bytes,
			const unsigned char *text, size_t bytes)
{
	unsigned char *got = malloc(bytes + 1);
	z_stream z = {0};

	ck_assert_ptr_nonnull(got);
	z.next_in = packed;
	z.avail_in = (uInt)packed_bytes;
	z.next_out = got;
	z.avail_out = (uInt)bytes + 1;
	ck_assert_int_eq(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	ck_assert_uint_eq(z.avail_in, 0);
	ck_assert_uint_eq(z.total_out, bytes);
	ck_assert(memcmp(got, text, bytes) == 0);
	inflateEnd(&z);
	free(got);
}

void gzip_is_whole(const char *name)
{
	size_t text_bytes, packed_bytes;
	unsigned char *text = read_file(name, "", &text_bytes);
	unsigned char *packed = read_file(name, ".gz", &packed_bytes);

	inflates_to(packed, packed_bytes, text, text_bytes);
	free(text);
	free(packed);
}

void gzip_files_are(size_t count)
{
	DIR *dir = opendir(support_scratch());
	size_t got = 0;

	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		got += strcmp(e->d_name, ".") != 0 &&
		       strcmp(e->d_name, "..") != 0;
	closedir(dir);
	ck_assert_uint_eq(got, count);
}
