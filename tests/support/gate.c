/* SPDX-License-Identifier: MIT */
/* Descriptors of every kind, with every kind of rights. */
#include "gate.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIZE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

static int memory(off_t bytes, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, bytes), 0);
	if (seals != 0)
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static int reopened(int fd, int mode)
{
	char path[64];
	int copy;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	copy = open(path, mode | O_CLOEXEC);
	ck_assert_int_ge(copy, 0);
	close(fd);
	return copy;
}

static int sealed(int more)
{
	return memory(GATE_BYTES, SIZE_SEALS | more);
}

static intptr_t unsealable(void)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd, GATE_BYTES), 0);
	return fd;
}

static intptr_t not_sealed(void)
{
	return memory(GATE_BYTES, 0);
}

static intptr_t can_grow(void)
{
	return memory(GATE_BYTES, F_SEAL_SHRINK);
}

static intptr_t can_shrink(void)
{
	return memory(GATE_BYTES, F_SEAL_GROW);
}

static intptr_t smaller(void)
{
	return memory(GATE_BYTES - 1, SIZE_SEALS);
}

static intptr_t larger(void)
{
	return memory(GATE_BYTES + 1, SIZE_SEALS);
}

static intptr_t of_no_size(void)
{
	return memory(0, SIZE_SEALS);
}

static intptr_t write_only(void)
{
	return reopened(sealed(0), O_WRONLY);
}

static intptr_t path_only(void)
{
	return reopened(sealed(0), O_PATH);
}

static intptr_t file(void)
{
	static const char bytes[GATE_BYTES];

	return support_file("file", bytes, sizeof(bytes));
}

static intptr_t file_in_memory(void)
{
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	ck_assert_int_eq(ftruncate(fd, GATE_BYTES), 0);
	return fd;
}

static intptr_t directory(void)
{
	return open("/", O_RDONLY | O_CLOEXEC);
}

static intptr_t null_device(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static intptr_t zero_device(void)
{
	return open("/dev/zero", O_RDWR | O_CLOEXEC);
}

static intptr_t pipe_end(void)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	close(ends[1]);
	return ends[0];
}

static intptr_t socket_end(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static intptr_t event(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

static intptr_t epoll(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

static intptr_t secret_memory(void)
{
#ifdef SYS_memfd_secret
	int fd = (int)syscall(SYS_memfd_secret, FD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, GATE_BYTES) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
#endif
	return null_device(); /* not in this kernel */
}

static intptr_t huge_pages(void)
{
	int fd = memfd_create("test",
			      MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);

	if (fd < 0)
		return null_device();
	if (ftruncate(fd, 2 << 20) == 0)
		fcntl(fd, F_ADD_SEALS, SIZE_SEALS);
	return fd;
}

static intptr_t closed_number(void)
{
	return 1000;
}

const gate_kind gate_wrong[] = {
	{"memory that can't be sealed", unsealable},
	{"memory without seals", not_sealed},
	{"memory that can grow", can_grow},
	{"memory that can shrink", can_shrink},
	{"smaller", smaller},
	{"larger", larger},
	{"of no size", of_no_size},
	{"write-only", write_only},
	{"a path", path_only},
	{"a file", file},
	{"a file in memory", file_in_memory},
	{"a directory", directory},
	{"/dev/null", null_device},
	{"/dev/zero", zero_device},
	{"a pipe", pipe_end},
	{"a socket", socket_end},
	{"an eventfd", event},
	{"an epoll", epoll},
	{"secret memory", secret_memory},
	{"huge pages", huge_pages},
	{"a closed number", closed_number},
};
const int gate_wrong_count = sizeof(gate_wrong) / sizeof(gate_wrong[0]);

/* By its seals and the mode that it is opened with. */
static intptr_t with(const gate_rights *rights)
{
	int fd = sealed((int)rights->how[0]);

	return rights->how[1] != O_RDWR ? reopened(fd, (int)rights->how[1])
					: fd;
}

const gate_rights gate_known[] = {
	{"writable", with, {0, O_RDWR}, true, false, false, false},
	{"read-only", with, {0, O_RDONLY}, false, true, false, false},
	{"single-writer",
	 with,
	 {F_SEAL_FUTURE_WRITE, O_RDWR},
	 false,
	 true,
	 true,
	 false},
	{"single-writer, read-only",
	 with,
	 {F_SEAL_FUTURE_WRITE, O_RDONLY},
	 false,
	 true,
	 true,
	 false},
	{"frozen", with, {F_SEAL_WRITE, O_RDWR}, false, true, true, true},
	{"frozen, read-only",
	 with,
	 {F_SEAL_WRITE, O_RDONLY},
	 false,
	 true,
	 true,
	 true},
	{"sealed twice",
	 with,
	 {F_SEAL_WRITE | F_SEAL_FUTURE_WRITE, O_RDWR},
	 false,
	 true,
	 true,
	 true},
	{"no more seals",
	 with,
	 {F_SEAL_SEAL, O_RDWR},
	 true,
	 false,
	 false,
	 false},
};
const int gate_known_count = sizeof(gate_known) / sizeof(gate_known[0]);
