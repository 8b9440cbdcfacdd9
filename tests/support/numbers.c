/* SPDX-License-Identifier: MIT */
/* Descriptors by their numbers. */
#include "numbers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

bool support_is_open(intptr_t number)
{
	return fcntl((int)number, F_GETFD) >= 0;
}

bool support_is_inherited(intptr_t number)
{
	int flags = fcntl((int)number, F_GETFD);

	ck_assert_int_ge(flags, 0);
	return (flags & FD_CLOEXEC) == 0;
}

void support_close(intptr_t number)
{
	ck_assert_int_eq(close((int)number), 0);
}

intptr_t support_copy(intptr_t number)
{
	int copy = dup((int)number);

	ck_assert_int_ge(copy, 0);
	return copy;
}

void support_becomes(intptr_t number, intptr_t other)
{
	ck_assert_int_eq(dup2((int)other, (int)number), (int)number);
}

static bool can_map(int fd)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return false;
	munmap(at, 4096);
	return true;
}

static bool can_punch(int fd)
{
#ifdef FALLOC_FL_PUNCH_HOLE
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			 4096) == 0;
#else
	(void)fd;
	return false;
#endif
}

bool support_can_write(intptr_t number)
{
	int fd = (int)number;

	return write(fd, "x", 1) == 1 || pwrite(fd, "x", 1, 0) == 1 ||
	       ftruncate(fd, 0) == 0 || can_punch(fd) || can_map(fd);
}

intptr_t support_opened_again(intptr_t number)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)number);
	return open(path, O_RDWR | O_CLOEXEC);
}

bool support_can_resize(intptr_t number, uint64_t bytes)
{
	if (ftruncate((int)number, (off_t)bytes) == 0)
		return true;
	ck_assert_int_eq(errno, EPERM);
	return false;
}

void support_wrong_ends(unsigned which, intptr_t ret[2])
{
	int pair[2] = {-1, -1};
	int made = 0;

	switch (which) {
	case 0:
		made = socketpair(AF_UNIX, SUPPORT_OTHER_SOCKET | SOCK_CLOEXEC,
				  0, pair);
		break;
	case 1:
		made = socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair);
		break;
	case 2: /* not connected */
		pair[0] = socket(AF_UNIX, SUPPORT_SOCKET | SOCK_CLOEXEC, 0);
		break;
	case 3:
		pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		break;
	case 4:
		made = pipe2(pair, O_CLOEXEC);
		break;
	default:
		break;
	}
	ck_assert_int_eq(made, 0);
	ret[0] = pair[0];
	ret[1] = pair[1];
}

bool support_has_name(intptr_t number)
{
	struct stat st;

	ck_assert_int_eq(fstat((int)number, &st), 0);
	return st.st_nlink != 0;
}
