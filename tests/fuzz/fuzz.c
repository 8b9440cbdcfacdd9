/* SPDX-License-Identifier: MIT */
/* Decisions out of bytes, odd descriptors, and the look back. */
#include "fuzz.h"

#include "base/fault.h"

#include <fcntl.h>
#include <shmem/diagnose.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

_Noreturn void fuzz_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

uint64_t fuzz_number(fuzz_input *in, size_t bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < bytes; i++) {
		uint64_t byte = in->left > 0 ? *in->at : 0;

		n |= byte << (8 * i);
		if (in->left > 0) {
			in->at++;
			in->left--;
		}
	}
	return n;
}

const uint8_t *fuzz_take(fuzz_input *in, size_t want, size_t *ret)
{
	const uint8_t *at = in->at;

	*ret = want < in->left ? want : in->left;
	in->at += *ret;
	in->left -= *ret;
	return at;
}

uint64_t fuzz_interesting(fuzz_input *in)
{
	static const uint64_t edges[] = {
		0,
		1,
		4095,
		4096,
		4097,
		8192,
		65535,
		65536,
		65537,
		1 << 20,
		(4 << 20) - 1,
		4 << 20,
		UINT32_MAX,
		(uint64_t)UINT32_MAX + 1,
		INT64_MAX,
		(uint64_t)INT64_MAX + 1,
		UINT64_MAX,
	};
	unsigned which = fuzz_byte(in);

	if (which < sizeof(edges) / sizeof(edges[0]))
		return edges[which];
	return fuzz_number(in, which % 8 + 1);
}

static int memory(uint64_t bytes, int seals)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)(bytes & INT64_MAX)) != 0 ||
	    (seals != 0 && fcntl(fd, F_ADD_SEALS, seals) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int readonly(int fd)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return again;
}

static int half_a_pipe(void)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) != 0)
		return -1;
	close(fd[1]);
	return fd[0];
}

int fuzz_descriptor(unsigned kind, uint64_t bytes)
{
	const int size = F_SEAL_SHRINK | F_SEAL_GROW;

	switch (kind % FUZZ_KINDS) {
	case 0:
	case 1:
	case 2:
		return memory(bytes, size);
	case 3:
		return memory(bytes, size | F_SEAL_WRITE);
	case 4:
		return memory(bytes, size | F_SEAL_FUTURE_WRITE);
	case 5:
		return readonly(memory(bytes, size));
	case 6:
		return memory(bytes, 0);
	case 7:
		return memory(bytes, F_SEAL_GROW);
	case 8:
		return half_a_pipe();
	case 9:
		return open("/dev/zero", O_RDWR | O_CLOEXEC);
	case 10:
		return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	case 11:
		return open("/", O_PATH | O_CLOEXEC);
	case 12:
		return memory(bytes + 1, size);
	default:
		return -1;
	}
}

/* The lowest number that is free tells whether one below is still taken. */
static int lowest_free(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

	if (fd >= 0)
		close(fd);
	return fd;
}

static int first_free;

void fuzz_begin(void)
{
	first_free = lowest_free();
}

void fuzz_nothing_left(void)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	shmem_stats_read(&stats);
	FUZZ_CHECK(stats.handles == 0);
	FUZZ_CHECK(stats.mappings == 0);
	FUZZ_CHECK(stats.mapped_bytes == 0);
	FUZZ_CHECK(stats.channels == 0);
	FUZZ_CHECK(stats.segments == 0);
	FUZZ_CHECK(stats.segments_owned == 0);
	FUZZ_CHECK(stats.pool_segments == 0);
	FUZZ_CHECK(stats.pool_bytes == 0);
	FUZZ_CHECK(shmem__fault_blocks() == 0);
	FUZZ_CHECK(lowest_free() == first_free);
}

fuzz_holding fuzz_holds(void)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	shmem_stats_read(&stats);
	return (fuzz_holding){stats.handles,        stats.mappings,
			      stats.channels,       stats.segments,
			      stats.segments_owned, (uint64_t)lowest_free()};
}

bool fuzz_holds_the_same(fuzz_holding before)
{
	fuzz_holding now = fuzz_holds();

	return memcmp(&now, &before, sizeof(now)) == 0;
}
