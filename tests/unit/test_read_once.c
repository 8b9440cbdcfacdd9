/* SPDX-License-Identifier: MIT */
/*
 * What the peer can change while it is looked at is read once: checked, and
 * then used, is what was read. Each access to such memory is made to fault
 * here, and when it has been made the bytes are changed, as by a peer that is
 * always just in time.
 */
#include "channels.h"

#include "transport/ring.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __x86_64__
#define BYTES SHMEM__RING_MIN
#define TRAP_FLAG 0x100
#define READS_MAX 4096

static struct watch {
	unsigned char *at;
	size_t length;
	unsigned char *turned; /* this word changes when it has been read */
	uint64_t after;
	unsigned long read[READS_MAX]; /* offsets, in order */
	size_t reads;
} watch;

/* One instruction may see the memory. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uintptr_t at = (uintptr_t)info->si_addr;
	uintptr_t begin = (uintptr_t)watch.at;

	(void)signal;
	if (at - begin >= watch.length || watch.reads == READS_MAX)
		_exit(99);
	watch.read[watch.reads++] = at - begin;
	mprotect(watch.at, watch.length, PROT_READ | PROT_WRITE);
	uc->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void on_step(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal;
	(void)info;
	uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	if (watch.turned != NULL && watch.reads > 0 &&
	    watch.at + watch.read[watch.reads - 1] / 8 * 8 == watch.turned)
		memcpy(watch.turned, &watch.after, sizeof(watch.after));
	mprotect(watch.at, watch.length, PROT_NONE);
}

static void begin(void *at, size_t length, void *turned, uint64_t after)
{
	struct sigaction fault = {.sa_sigaction = on_fault,
				  .sa_flags = SA_SIGINFO};
	struct sigaction step = {.sa_sigaction = on_step,
				 .sa_flags = SA_SIGINFO};

	watch = (struct watch){
		.at = at, .length = length, .turned = turned, .after = after};
	sigaction(SIGSEGV, &fault, NULL);
	sigaction(SIGTRAP, &step, NULL);
	mprotect(at, length, PROT_NONE);
}

static void end(void)
{
	mprotect(watch.at, watch.length, PROT_READ | PROT_WRITE);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGTRAP, SIG_DFL);
}

static unsigned times(size_t offset)
{
	unsigned n = 0;

	for (size_t i = 0; i < watch.reads; i++)
		n += watch.read[i] / 8 == offset / 8;
	return n;
}

/* Where something is in the ring, and what it becomes. */
static const struct turn {
	size_t offset;
	uint64_t after;
} turns[] = {
	{0, 0},
	{0, UINT64_MAX & ~(uint64_t)63},
	{SHMEM__RING_HEADER, 0},
	{SHMEM__RING_HEADER, 98304},
	{SHMEM__RING_HEADER, UINT32_MAX - 1},
	{SHMEM__RING_HEADER, UINT32_MAX},
};

START_TEST(the_ring_s_words_are_read_once)
{
	const struct turn *turn = &turns[_i];
	size_t length = SHMEM__RING_HEADER + BYTES;
	unsigned char *memory = mmap(NULL, length, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned char packet[200];
	unsigned char out[sizeof(packet) + 1];
	size_t come = 0;
	shmem__ring writer;
	shmem__ring reader;
	uint64_t before;
	int got;

	ck_assert(memory != MAP_FAILED);
	memset(packet, 5, sizeof(packet));
	shmem__ring_create(&writer, (void *)memory, BYTES, 0);
	shmem__ring_attach(&reader, (void *)memory, BYTES, 0);
	before = writer.at;
	support_ok(shmem__ring_put(&writer, packet, sizeof(packet)));
	shmem__ring_publish(&writer, before, 0);
	out[sizeof(packet)] = 99;
	begin(memory, length, memory + turn->offset, turn->after);
	got = shmem__ring_peek(&reader, out, sizeof(packet), &come);
	end();
	ck_assert_int_eq(got, 1);
	ck_assert_uint_eq(come, sizeof(packet));
	ck_assert_mem_eq(out, packet, sizeof(packet));
	ck_assert_uint_eq(out[sizeof(packet)], 99);
	ck_assert_uint_eq(times(0), 1);
	ck_assert_uint_eq(times(SHMEM__RING_HEADER), 1);
	munmap(memory, length);
}
END_TEST

/* The second record of a segment: the first one says where it is. */
START_TEST(a_record_s_length_is_read_once)
{
	static const uint64_t after[] = {0, 1, 5000, UINT64_MAX};
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_stream_opts shape = SHMEM_STREAM_OPTS_INIT;
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_writer *writer = NULL;
	shmem_reader *reader = NULL;
	unsigned char *view;
	size_t length;
	void *at;
	int err;

	opts.enforce = SHMEM_ENFORCE_NONE;
	shape.segment_bytes = 4096;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	support_ok(shmem_writer_open(a, &shape, &writer));
	support_ok(shmem_reader_open(b, &reader));
	for (int i = 0; i < 2; i++)
		support_ok(shmem_writer_write(writer, "sixteen bytes it", 16,
					      SUPPORT_WAIT));
	support_ok(shmem_writer_flush(writer));
	support_ok(shmem_reader_next(reader, SUPPORT_WAIT, &at, &length));
	view = (unsigned char *)((uintptr_t)at & ~(uintptr_t)4095);
	begin(view, 4096, (unsigned char *)at + 16, after[_i]);
	err = shmem_reader_next(reader, 0, &at, &length);
	end();
	support_ok(err);
	ck_assert_uint_eq(length, 16);
	ck_assert_mem_eq(at, "sixteen bytes it", 16);
	ck_assert_uint_eq(times((size_t)((unsigned char *)at - view - 8)), 1);
	shmem_writer_close(&writer);
	shmem_reader_close(&reader);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST
#endif

static Suite *suite(void)
{
	Suite *s = suite_create("read_once");
	TCase *t = support_case(s, "read_once");

#ifdef __x86_64__
	/* Instruments read on their own account, and step by themselves. */
	if (!support_is_slow()) {
		tcase_add_loop_test(t, the_ring_s_words_are_read_once, 0,
				    sizeof(turns) / sizeof(turns[0]));
		tcase_add_loop_test(t, a_record_s_length_is_read_once, 0, 4);
	}
#else
	(void)t;
#endif
	return s;
}
SUPPORT_MAIN(suite)
