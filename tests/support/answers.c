/* SPDX-License-Identifier: MIT */
/* What the calls of POSIX and Linux may well answer. */
#include "answers.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct answers {
	const char *call;
	int native[ANSWERS_MAX];
} answers[] = {
	{"calloc", {0}},
	{"realloc", {0}},
	{"memfd_create", {EINVAL, EMFILE, ENFILE, EPERM, EACCES, ENOSYS}},
	{"ftruncate", {EINTR, EINVAL, EFBIG, ENOSPC, EPERM}},
	{"fcntl", {EMFILE, EBADF, EPERM, EBUSY, EINVAL}},
	{"fstat", {EIO}},
	{"fstatfs", {EIO, EINTR, ENOSYS}},
	{"open", {EMFILE, ENFILE, EACCES, ENOENT, EINTR}},
	{"mmap", {EAGAIN, EPERM, EACCES, ENFILE, EINVAL}},
	{"mprotect", {EACCES}},
	{"madvise", {EINVAL, EAGAIN}},
	{"socket", {EMFILE, ENFILE, ENOBUFS, EAFNOSUPPORT}},
	{"socketpair", {EMFILE, ENFILE, ENOBUFS, EAFNOSUPPORT}},
	{"bind", {EADDRINUSE, EACCES, ENOENT, EROFS}},
	{"listen", {EADDRINUSE, EOPNOTSUPP}},
	{"accept4", {EINTR, EAGAIN, ECONNABORTED, EMFILE, ENFILE, EPERM}},
	{"connect", {EINTR, EAGAIN, ECONNREFUSED, ENOENT, EACCES}},
	{"sendmsg",
	 {EINTR, EAGAIN, ENOBUFS, ETOOMANYREFS, EPIPE, ECONNRESET, EMSGSIZE}},
	{"recvmsg", {EINTR, ENOBUFS, ECONNRESET, EMFILE}},
	{"poll", {EINTR, EINVAL}},
	{"setsockopt", {EINVAL, ENOPROTOOPT}},
	{"getsockopt", {ENOTSOCK}},
	{"getpeername", {ENOTCONN}},
	{"shutdown", {ENOTCONN}},
	{"getentropy", {EIO, ENOSYS}},
	{"sysinfo", {EFAULT}},
	{"posix_spawnp", {EAGAIN, ENOENT, EACCES, E2BIG, ENOEXEC, EMFILE}},
	{"waitid", {EINTR, ECHILD, EINVAL}},
	{"kill", {ESRCH, EPERM}},
	{"getrlimit", {EPERM, ENOSYS}},
	{"syscall", {EMFILE, ENOSYS, ESRCH, EPERM}},
};
static const struct answers other = {NULL, {EINTR, EAGAIN, EIO, EPERM, ENOSYS}};

const int *answers_of(const char *call)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strcmp(answers[i].call, call) == 0)
			return answers[i].native;
	return other.native;
}

bool answers_pass(int native)
{
	return native == EINTR || native == ECONNABORTED;
}

const char *const answers_send = "sendmsg";
const int answers_too_many = ETOOMANYREFS;
