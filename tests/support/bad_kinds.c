/* SPDX-License-Identifier: MIT */
/* Bad input: descriptors of every kind. */
#include "bad.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#define SHRINK F_SEAL_SHRINK
#define GROW F_SEAL_GROW
#define WRITE F_SEAL_WRITE
#define FUTURE F_SEAL_FUTURE_WRITE
#define SEAL F_SEAL_SEAL

static int reopened(int fd, int mode)
{
	char path[32];
	int other;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, mode | O_CLOEXEC);
	ck_assert_int_ge(other, 0);
	close(fd);
	return other;
}

static int of_size(int fd, uint64_t size)
{
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static int memory(uint64_t size, int seals)
{
	return support_memfd(size, seals);
}

static int read_only(uint64_t size, int seals)
{
	return reopened(support_memfd(size, seals), O_RDONLY);
}

static int write_only(uint64_t size, int seals)
{
	return reopened(support_memfd(size, seals), O_WRONLY);
}

static int path_only(uint64_t size, int seals)
{
	return reopened(support_memfd(size, seals), O_PATH);
}

static int never_sealed(uint64_t size, int seals)
{
	(void)seals;
	return of_size(memfd_create("raw peer", MFD_CLOEXEC), size);
}

static int of_huge_pages(uint64_t size, int seals)
{
	int fd = memfd_create("raw peer",
			      MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);

	if (fd < 0)
		return -1;
	of_size(fd, size);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static int shm_object(uint64_t size, int seals)
{
	char name[64];
	int fd;

	(void)seals;
	snprintf(name, sizeof(name), "/shmem-test-bad-%d", (int)getpid());
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	shm_unlink(name);
	return of_size(fd, size);
}

static int file(uint64_t size, int seals)
{
	(void)seals;
	return of_size(support_file("file", "", 0), size);
}

static int file_to_be_read(uint64_t size, int seals)
{
	return reopened(file(size, seals), O_RDONLY);
}

static int nameless_file(uint64_t size, int seals)
{
	int fd = open(support_scratch(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	(void)seals;
	return fd < 0 ? -1 : of_size(fd, size);
}

static int program(uint64_t size, int seals)
{
	(void)size;
	(void)seals;
	return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

/* What the first argument of open() says. */
static int opened(const char *path, int mode)
{
	return open(path, mode | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static int pipe_end(uint64_t size, int end)
{
	int fd[2];

	(void)size;
	ck_assert_int_eq(pipe2(fd, O_CLOEXEC), 0);
	close(fd[1 - end]);
	return fd[end];
}

static int fifo(uint64_t size, int seals)
{
	char path[SUPPORT_PATH_MAX];

	(void)size;
	(void)seals;
	support_path(path, "fifo");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	return opened(path, O_RDWR);
}

static int local_socket(uint64_t size, int type)
{
	int fd[2];

	(void)size;
	ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fd), 0);
	close(fd[1]);
	return fd[0];
}

static int inet_socket(uint64_t size, int type)
{
	(void)size;
	return socket(AF_INET, type | SOCK_CLOEXEC, 0);
}

static int netlink_socket(uint64_t size, int type)
{
	(void)size;
	return socket(AF_NETLINK, type | SOCK_CLOEXEC, 0);
}

/* The very socket that it comes by, so that it leads to itself. */
static int own_socket(uint64_t size, int seals)
{
	(void)size;
	(void)seals;
	return fcntl(bad_raw.sock, F_DUPFD_CLOEXEC, 0);
}

static int other_end(uint64_t size, int seals)
{
	(void)size;
	(void)seals;
	return fcntl((int)shmem_channel_pollable(bad_channel), F_DUPFD_CLOEXEC,
		     0);
}

static int event_fd(uint64_t size, int seals)
{
	(void)size;
	(void)seals;
	return eventfd(0, EFD_CLOEXEC);
}

static int epoll_fd(uint64_t size, int seals)
{
	(void)size;
	(void)seals;
	return epoll_create1(EPOLL_CLOEXEC);
}

static int timer_fd(uint64_t size, int seals)
{
	(void)size;
	(void)seals;
	return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
}

static int signal_fd(uint64_t size, int seals)
{
	sigset_t none;

	(void)size;
	(void)seals;
	sigemptyset(&none);
	return signalfd(-1, &none, SFD_CLOEXEC);
}

static int inotify_fd(uint64_t size, int seals)
{
	(void)size;
	(void)seals;
	return inotify_init1(IN_CLOEXEC);
}

static int pid_fd(uint64_t size, int seals)
{
	(void)size;
	(void)seals;
	return (int)syscall(SYS_pidfd_open, getpid(), 0);
}

static int terminal(uint64_t size, int seals)
{
	(void)size;
	(void)seals;
	return opened("/dev/ptmx", O_RDWR);
}

static int zero(uint64_t size, int mode)
{
	(void)size;
	return opened("/dev/zero", mode);
}

static int null(uint64_t size, int mode)
{
	(void)size;
	return opened("/dev/null", mode);
}

static int chance(uint64_t size, int mode)
{
	(void)size;
	return opened("/dev/urandom", mode);
}

static int full(uint64_t size, int mode)
{
	(void)size;
	return opened("/dev/full", mode);
}

static int folder(uint64_t size, int mode)
{
	(void)size;
	return opened("/tmp", mode | O_DIRECTORY);
}

static int folder_of_memory(uint64_t size, int mode)
{
	(void)size;
	return opened("/dev/shm", mode | O_DIRECTORY);
}

static int own_memory(uint64_t size, int mode)
{
	(void)size;
	return opened("/proc/self/mem", mode);
}

static int own_maps(uint64_t size, int mode)
{
	(void)size;
	return opened("/proc/self/maps", mode);
}

static int setting(uint64_t size, int mode)
{
	(void)size;
	return opened("/sys/kernel/mm/transparent_hugepage/enabled", mode);
}

/*
 * The kinds, with what comes of each where it is sent as each of the uses; 0
 * where it is in order, and so no case.
 */
#define U SHMEM_E_UNTRUSTED
#define NEVER                                                                  \
	{                                                                      \
		U, U, U, U, U, U                                               \
	}
static const struct {
	const char *name;
	int (*make)(uint64_t size, int how);
	int how;
	int expected[BAD_USES];
} kinds[] = {
	{"memory in order", memory, SHRINK | GROW, {0, 0, U, U, U, 0}},
	{"memory with all but the last seal",
	 memory,
	 SHRINK | GROW | SEAL,
	 {0, 0, U, U, U, 0}},
	{"frozen memory", memory, SHRINK | GROW | WRITE, {U, 0, 0, 0, 0, U}},
	{"memory that is written by one",
	 memory,
	 SHRINK | GROW | FUTURE,
	 {U, U, 0, 0, U, U}},
	{"memory frozen for good",
	 memory,
	 SHRINK | GROW | WRITE | SEAL,
	 {U, 0, 0, 0, 0, U}},
	{"memory without seals", memory, 0, NEVER},
	{"memory that only can't shrink", memory, SHRINK, NEVER},
	{"memory that only can't grow", memory, GROW, NEVER},
	{"memory that only can't be written", memory, WRITE, NEVER},
	{"memory that only can't be opened for writing", memory, FUTURE, NEVER},
	{"memory that can never be sealed", memory, SEAL, NEVER},
	{"frozen memory that may grow", memory, SHRINK | WRITE, NEVER},
	{"frozen memory that may shrink", memory, GROW | WRITE, NEVER},
	{"written by one, may grow", memory, SHRINK | FUTURE, NEVER},
	{"written by one, may shrink", memory, GROW | FUTURE, NEVER},
	{"frozen twice, may change its size", memory, WRITE | FUTURE, NEVER},
	{"memory that can't shrink for good", memory, SHRINK | SEAL, NEVER},
	{"memory that can't grow for good", memory, GROW | SEAL, NEVER},
	{"frozen for good, of any size", memory, WRITE | SEAL, NEVER},
	{"memory made without seals", never_sealed, 0, NEVER},
	{"memory to be read", read_only, SHRINK | GROW, {U, U, 0, U, U, U}},
	{"memory to be read without seals", read_only, 0, NEVER},
	{"memory to be read that may grow", read_only, SHRINK, NEVER},
	{"memory to be read that may shrink", read_only, GROW, NEVER},
	{"memory to be written only", write_only, SHRINK | GROW, NEVER},
	{"a path to memory", path_only, SHRINK | GROW, NEVER},
	{"a path to frozen memory", path_only, SHRINK | GROW | WRITE, NEVER},
	{"memory of huge pages", of_huge_pages, SHRINK | GROW, NEVER},
	{"a named object", shm_object, 0, NEVER},
	{"a file", file, 0, NEVER},
	{"a file to be read", file_to_be_read, 0, NEVER},
	{"a file without a name", nameless_file, 0, NEVER},
	{"a program", program, 0, NEVER},
	{"a pipe's reading end", pipe_end, 0, NEVER},
	{"a pipe's writing end", pipe_end, 1, NEVER},
	{"a named pipe", fifo, 0, NEVER},
	{"a local stream", local_socket, SOCK_STREAM, NEVER},
	{"a local datagram socket", local_socket, SOCK_DGRAM, NEVER},
	{"a local socket of packets", local_socket, SOCK_SEQPACKET, NEVER},
	{"the peer's own end", own_socket, 0, NEVER},
	{"our own end", other_end, 0, NEVER},
	{"a TCP socket", inet_socket, SOCK_STREAM, NEVER},
	{"a UDP socket", inet_socket, SOCK_DGRAM, NEVER},
	{"a netlink socket", netlink_socket, SOCK_RAW, NEVER},
	{"an eventfd", event_fd, 0, NEVER},
	{"an epoll set", epoll_fd, 0, NEVER},
	{"a timer", timer_fd, 0, NEVER},
	{"a signalfd", signal_fd, 0, NEVER},
	{"an inotify queue", inotify_fd, 0, NEVER},
	{"a pidfd", pid_fd, 0, NEVER},
	{"a terminal", terminal, 0, NEVER},
	{"/dev/zero", zero, O_RDWR, NEVER},
	{"/dev/zero to be read", zero, O_RDONLY, NEVER},
	{"/dev/null", null, O_RDWR, NEVER},
	{"/dev/urandom", chance, O_RDONLY, NEVER},
	{"/dev/full", full, O_RDWR, NEVER},
	{"a folder", folder, O_RDONLY, NEVER},
	{"a path to a folder", folder, O_PATH, NEVER},
	{"the folder of named objects", folder_of_memory, O_RDONLY, NEVER},
	{"a process's memory", own_memory, O_RDWR, NEVER},
	{"a process's maps", own_maps, O_RDONLY, NEVER},
	{"a setting of the system", setting, O_RDONLY, NEVER},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

size_t bad_kinds(void)
{
	return KINDS;
}

const char *bad_kind_name(size_t kind)
{
	return kinds[kind].name;
}

static bool is_one_of(size_t kind, int (*const *makes)(uint64_t, int),
		      size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (kinds[kind].make == makes[i])
			return true;
	return false;
}

/* Without seals, whatever is a file of the right size is in order, for what its
 * descriptor is open for. */
int bad_kind_as(size_t kind, size_t use)
{
	static int (*const both[])(uint64_t, int) = {
		memory,     never_sealed, of_huge_pages,
		shm_object, file,         nameless_file};
	static int (*const readable[])(uint64_t, int) = {
		read_only, file_to_be_read, setting};

	if (support_lacks(SUPPORT_SEALS) != NULL) {
		if (use != BAD_ENFORCED && use != BAD_FROZEN &&
		    is_one_of(kind, both, sizeof(both) / sizeof(both[0])))
			return 0;
		if (use == BAD_READ &&
		    is_one_of(kind, readable,
			      sizeof(readable) / sizeof(readable[0])))
			return 0;
	}
	return kinds[kind].expected[use];
}

uint64_t bad_kind_size(size_t kind)
{
	return kinds[kind].make == of_huge_pages ? 2 << 20 : BAD_PAGE;
}

int bad_kind_make(size_t kind, uint64_t size)
{
	return kinds[kind].make(size, kinds[kind].how);
}
