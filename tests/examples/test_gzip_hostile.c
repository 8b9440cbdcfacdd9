/* SPDX-License-Identifier: MIT */
/*
 * parallel-gzip's parent, with workers that lie, and with good ones: whatever
 * they do, it ends, and it leaves no descriptor, mapping or process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <shmem/shmem.h>

#include "compress.h"
#include "gzip_run.h"

#define LIE "SHMEM_TEST_LIE"
#define ENDED "SHMEM_TEST_ENDED"

/* The worker: what it sends back for a job. */
struct answer {
	struct result result;
	size_t bytes;
	shmem_segment *first, *second;
};

static void leave_at_once(struct answer *a)
{
	(void)a;
	_exit(3);
}

static void say_nonsense(struct answer *a)
{
	a->bytes = 3;
}

static void say_too_much(struct answer *a)
{
	a->result.bytes = UINT32_MAX;
}

static void answer_for_another_block(struct answer *a)
{
	a->result.block += 1000;
}

static void keep_a_segment(struct answer *a)
{
	shmem_segment_move(&a->second, &(shmem_segment *){NULL});
}

static void swap_segments(struct answer *a)
{
	shmem_segment *first = a->first;

	a->first = a->second;
	a->second = first;
}

/* No lie, but an end: the worker with block 0 is slow, and the other one ends
 * at its third block, when two results of it wait for that. A file tells of the
 * end. */
static void end_early(struct answer *a)
{
	const char *ended = getenv(ENDED);
	static bool slow;
	static int jobs;
	z_stream z = {0};

	if (a->result.block == 0) {
		slow = true;
		for (int ms = 0; ms < 30000 && access(ended, F_OK) != 0; ms++)
			support_sleep(1);
	}
	if (!slow && ++jobs == 3) {
		close(open(ended, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		_exit(4);
	}
	z.next_in = shmem_segment_data(a->first);
	z.avail_in = BLOCK_BYTES;
	z.next_out = shmem_segment_data(a->second);
	z.avail_out = (uInt)shmem_segment_size(a->second);
	a->result.crc = (uint32_t)crc32_z(0, z.next_in, BLOCK_BYTES);
	deflateInit2(&z, 1, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
	deflate(&z, Z_SYNC_FLUSH);
	a->result.bytes = (uint32_t)z.total_out;
	deflateEnd(&z);
}

static const struct lie {
	const char *name;
	void (*tell)(struct answer *a);
} lies[] = {
	{"leave_at_once", leave_at_once},
	{"say_nonsense", say_nonsense},
	{"say_too_much", say_too_much},
	{"answer_for_another_block", answer_for_another_block},
	{"keep_a_segment", keep_a_segment},
	{"swap_segments", swap_segments},
	{"end_early", end_early},
};
#define ALL ((int)(sizeof(lies) / sizeof(lies[0])))
#define LIES (ALL - 1)

static void must(int err)
{
	if (err != 0)
		_exit(err == SHMEM_E_CLOSED ? 0 : 99);
}

static void answer(shmem_channel *parent, shmem_message *job,
		   const struct lie *lie)
{
	struct answer a = {.bytes = sizeof(a.result)};
	shmem_message *message = NULL;

	memcpy(&a.result.block, shmem_message_data(job),
	       sizeof(a.result.block));
	must(shmem_message_pop_segment(job, &a.first));
	must(shmem_message_pop_segment(job, &a.second));
	lie->tell(&a);
	must(shmem_message_new(&a.result, a.bytes, &message));
	must(shmem_message_push_segment(message, &a.first));
	if (a.second != NULL)
		must(shmem_message_push_segment(message, &a.second));
	must(shmem_channel_send(parent, &message));
}

static _Noreturn void lying_worker(const struct lie *lie)
{
	shmem_channel *parent = NULL;
	shmem_message *message = NULL;

	must(shmem_inherited_channel(NULL, &parent));
	must(shmem_message_new(NULL, 0, &message));
	must(shmem_channel_send(parent, &message));
	for (;;) {
		must(shmem_channel_recv(parent, -1, &message));
		answer(parent, message, lie);
		shmem_message_free(&message);
	}
}

static char said[4096];

/* The parent, here; what it says goes to `said`. */
static int compress_here(const char *program, const char *name,
			 const uint64_t *kills, size_t kill_count)
{
	struct options options = {.program = program,
				  .workers = 2,
				  .level = 1,
				  .stop_fd = -1,
				  .kill_count = kill_count};
	char path[SUPPORT_PATH_MAX];
	struct summary summary;
	int quiet = memfd_create("err", MFD_CLOEXEC);
	int loud = fcntl(2, F_DUPFD_CLOEXEC, 3);
	ssize_t n;
	int err;

	ck_assert(quiet >= 0 && loud >= 0);
	support_path(path, name);
	options.path = path;
	for (size_t i = 0; i < kill_count; i++)
		options.kills[i] = kills[i];
	dup2(quiet, 2);
	err = compress_file(&options, &summary);
	dup2(loud, 2);
	n = pread(quiet, said, sizeof(said) - 1, 0);
	ck_assert_int_ge(n, 0);
	said[n] = '\0';
	close(quiet);
	close(loud);
	return err;
}

static void no_child_is_left(void)
{
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

START_TEST(a_lying_worker_is_given_up_and_nothing_is_left)
{
	setenv(LIE, lies[_i].name, 1);
	gzip_input("text", 9 * BLOCK_BYTES, TEXT);
	ck_assert_int_eq(compress_here("/proc/self/exe", "text", NULL, 0), -1);
	ck_assert_msg(strstr(said, "giving up\n") != NULL, "%s", said);
	gzip_files_are(1);
	no_child_is_left();
}
END_TEST

START_TEST(results_of_the_dead_are_kept)
{
	char ended[SUPPORT_PATH_MAX];

	support_path(ended, "ended");
	setenv(ENDED, ended, 1);
	setenv(LIE, "end_early", 1);
	gzip_input("text", 8 * BLOCK_BYTES, TEXT);
	ck_assert_int_eq(compress_here("/proc/self/exe", "text", NULL, 0), 0);
	ck_assert_msg(strstr(said, "ended by exit code 4") != NULL, "%s", said);
	gzip_is_whole("text");
	no_child_is_left();
}
END_TEST

START_TEST(a_program_that_is_no_worker_is_given_up)
{
	gzip_input("text", 9 * BLOCK_BYTES, TEXT);
	ck_assert_int_eq(compress_here("/bin/true", "text", NULL, 0), -1);
	ck_assert_int_eq(compress_here("/nowhere/worker", "text", NULL, 0), -1);
	gzip_files_are(1);
	no_child_is_left();
}
END_TEST

START_TEST(a_good_run_leaves_nothing)
{
	gzip_input("text", 9 * BLOCK_BYTES, TEXT);
	ck_assert_int_eq(compress_here(PARALLEL_GZIP, "text", NULL, 0), 0);
	gzip_is_whole("text");
	no_child_is_left();
}
END_TEST

START_TEST(a_run_with_deaths_leaves_nothing)
{
	const uint64_t kills[] = {0, 2, 2, 5, 8};

	gzip_input("text", 9 * BLOCK_BYTES, TEXT);
	ck_assert_int_eq(compress_here(PARALLEL_GZIP, "text", kills, 5), 0);
	gzip_is_whole("text");
	no_child_is_left();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("parallel-gzip: hostile workers");
	TCase *t = support_case(s, "hostile");

	tcase_add_loop_test(t, a_lying_worker_is_given_up_and_nothing_is_left,
			    0, LIES);
	tcase_add_test(t, results_of_the_dead_are_kept);
	tcase_add_test(t, a_program_that_is_no_worker_is_given_up);
	tcase_add_test(t, a_good_run_leaves_nothing);
	tcase_add_test(t, a_run_with_deaths_leaves_nothing);
	return s;
}

int main(int argc, char **argv)
{
	const char *lie = getenv(LIE);

	for (int i = 0; lie != NULL && i < ALL; i++)
		if (strcmp(lie, lies[i].name) == 0)
			lying_worker(&lies[i]);
	return support_run(argc, argv, suite());
}
