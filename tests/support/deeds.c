/* SPDX-License-Identifier: MIT */
/* The table of deeds, where there are signals; and the deeds of Linux. */
#include "deeds.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE ((size_t)4096)

static deed_fn child_load, child_store, call_reads, call_writes, mem_read,
	mem_write, erase;

const char *const deed_columns[DEED_COLUMNS] = {
	"given away or freed, PROTECT", "given away or freed, UNMAP",
	"given away or freed, NONE", "frozen, or its channel closed",
	"a mapping for READ"};

const deed deed_table[] = {
	{.text = "load",
	 .fn = deed_load,
	 .reported = "load from",
	 .outcome = {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "done"}},
	{.text = "store",
	 .fn = deed_store,
	 .reported = "store to",
	 .outcome = {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "SIGSEGV"}},
	{.text = "atomic addition",
	 .fn = deed_atomic,
	 .reported = "store to",
	 .outcome = {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "SIGSEGV"}},
	{.text = "`memcpy` out of it",
	 .fn = deed_copy_from,
	 .reported = "load from",
	 .outcome = {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "done"}},
	{.text = "`memcpy` into it",
	 .fn = deed_copy_to,
	 .reported = "store to",
	 .outcome = {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "SIGSEGV"}},
	{.text = "load in another thread",
	 .fn = deed_thread_load,
	 .reported = "load from",
	 .dear = true,
	 .outcome = {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "done"}},
	{.text = "store in another thread",
	 .fn = deed_thread_store,
	 .reported = "store to",
	 .dear = true,
	 .outcome = {"SIGSEGV", "SIGSEGV", "done", "SIGSEGV", "SIGSEGV"}},
	{.text = "load in a forked child",
	 .fn = child_load,
	 .reported = "load from",
	 .dear = true,
	 .by_child = true,
	 .by_advice = true,
	 .outcome = {"SIGSEGV", "SIGSEGV", "SIGSEGV", "SIGSEGV", "done"}},
	{.text = "store in a forked child",
	 .fn = child_store,
	 .reported = "store to",
	 .dear = true,
	 .by_child = true,
	 .by_advice = true,
	 .outcome = {"SIGSEGV", "SIGSEGV", "SIGSEGV", "SIGSEGV", "SIGSEGV"}},
	{.text = "system call that reads it (`write`, `send`, …)",
	 .fn = call_reads,
	 .outcome = {"EFAULT", "EFAULT", "done", "EFAULT", "done"}},
	{.text = "system call that writes it (`read`, `recv`, …)",
	 .fn = call_writes,
	 .outcome = {"EFAULT", "EFAULT", "done", "EFAULT", "EFAULT"}},
	{.text = "`/proc/self/mem` read",
	 .fn = mem_read,
	 .outcome = {"done or EIO", "zeros or EIO", "done", "EIO", "done"}},
	{.text = "`/proc/self/mem` written",
	 .fn = mem_write,
	 .outcome = {"EIO", "nowhere or EIO", "done", "EIO", "EIO"}},
	{.text = "`MADV_REMOVE`",
	 .fn = erase,
	 .by_advice = true,
	 .outcome = {"done or EACCES", "EINVAL", "done", "ENOMEM", "EACCES"}},
};
const size_t deed_count = sizeof(deed_table) / sizeof(deed_table[0]);

bool deed_object_read(shmem_os_handle os, uint64_t offset, void *to, size_t n)
{
	return pread((int)os, to, n, (off_t)offset) == (ssize_t)n;
}

bool deed_object_write(shmem_os_handle os, uint64_t offset, const void *from,
		       size_t n)
{
	return pwrite((int)os, from, n, (off_t)offset) == (ssize_t)n;
}

typedef struct errand {
	touch_fn *fn;
	unsigned char *at;
} errand;

static void in_child(void *arg)
{
	const errand *e = arg;
	const char *outcome = touch(e->fn, e->at);

	support_exit(strcmp(outcome, "done") == 0        ? 1
		     : strcmp(outcome, touch_fault) == 0 ? 2
							 : 3);
}

static const char *by_child(touch_fn *fn, unsigned char *at)
{
	static const char *const outcome[] = {"nothing", "done", "SIGSEGV",
					      "another signal"};
	errand e = {fn, at};
	int code = support_child(in_child, &e);

	return code >= 0 && code < 4 ? outcome[code] : "death";
}

static const char *child_load(unsigned char *at)
{
	return by_child(deed_do_load, at);
}

static const char *child_store(unsigned char *at)
{
	return deed_stored(by_child(deed_do_store, at), at);
}

/* "done" where all of it was, else the error. */
static const char *result(ssize_t n)
{
	if (n >= 0)
		return n == DEED_BYTES ? "done" : "half done";
	return support_errno_name(errno);
}

static const char *call_reads(unsigned char *at)
{
	struct iovec iov = {at, DEED_BYTES};
	const char *outcome;
	int sock[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sock), 0);
	outcome = result(write(sock[0], at, DEED_BYTES));
	outcome = deed_both(outcome, result(send(sock[0], at, DEED_BYTES, 0)));
	outcome = deed_both(outcome, result(writev(sock[0], &iov, 1)));
	close(sock[0]);
	close(sock[1]);
	return outcome;
}

static const char *call_writes(unsigned char *at)
{
	struct iovec iov = {at, DEED_BYTES};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	unsigned char from[DEED_BYTES];
	const char *outcome;
	int sock[2];

	memset(from, DEED_AFTER, sizeof(from));
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sock), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(send(sock[0], from, DEED_BYTES, 0),
				 DEED_BYTES);
	outcome = result(getrandom(at, DEED_BYTES, 0));
	outcome = deed_both(outcome, result(read(sock[1], at, DEED_BYTES)));
	outcome = deed_both(outcome, result(readv(sock[1], &iov, 1)));
	outcome = deed_both(outcome,
			    result(recvmsg(sock[1], &msg, MSG_DONTWAIT)));
	outcome = deed_both(
		outcome, result(recv(sock[1], at, DEED_BYTES, MSG_DONTWAIT)));
	close(sock[0]);
	close(sock[1]);
	return deed_stored(outcome, at);
}

static int open_mem(void)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static const char *mem_read(unsigned char *at)
{
	unsigned char to[DEED_BYTES] = {0};
	int fd = open_mem();
	const char *outcome =
		result(pread(fd, to, DEED_BYTES, (off_t)(uintptr_t)at));

	close(fd);
	if (strcmp(outcome, "done") != 0)
		return outcome;
	return to[0] == DEED_BEFORE ? "done"
	       : to[0] == 0         ? "zeros"
				    : "nonsense";
}

static const char *mem_write(unsigned char *at)
{
	unsigned char from[DEED_BYTES];
	const char *outcome;
	int fd = open_mem();

	memset(from, DEED_AFTER, sizeof(from));
	outcome = result(pwrite(fd, from, DEED_BYTES, (off_t)(uintptr_t)at));
	close(fd);
	return deed_stored(outcome, at);
}

static const char *erase(unsigned char *at)
{
	unsigned char *page = at - (uintptr_t)at % PAGE;

	if (madvise(page, PAGE, MADV_REMOVE) != 0)
		return deed_memory_is(at, DEED_BEFORE)
			       ? support_errno_name(errno)
			       : "an error, yet done";
	return deed_memory_is(at, 0) ? "done" : "nothing";
}
