/* SPDX-License-Identifier: MIT */
/* What the backend that is tested does not have, and why. */
#include "kernel.h"
#include "support.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
#define TOUCH NULL
#else
#define TOUCH "the processor does not tell a load from a store"
#endif

#if defined(__s390x__)
#define BYTE "the processor tells the page of a fault alone"
#define FAULT_UNIT 4096u
#else
#define BYTE NULL
#define FAULT_UNIT 1u
#endif

#if UINTPTR_MAX > UINT32_MAX
#define ADDRESSES NULL
#else
#define ADDRESSES "32 bits of addresses"
#endif

#if __has_include(<execinfo.h>)
#define STACKS NULL
#else
#define STACKS "no backtrace()"
#endif

static const char *const lacks[SUPPORT_FEATURES] = {
#ifdef SUPPORT_POSIX
	[SUPPORT_SEALS] = "shm_open gives memory without seals",
	[SUPPORT_GATE] =
		"a file says neither what it is for nor what others may do",
	[SUPPORT_FIXED] = "who has memory of shm_open may cut it short",
	[SUPPORT_RECORDS] = "a stream has no records",
	[SUPPORT_PEER_ID] = "the system does not vouch for who a peer is",
	[SUPPORT_PIDFD] = "a process is a number and nothing else",
	[SUPPORT_ABSTRACT] = "every address is a path",
	[SUPPORT_NAMELESS] = "every file has a name from the first moment on",
	[SUPPORT_MOVES] = "pages stay where they are",
	[SUPPORT_HOLES] = "an object is given back as a whole",
	[SUPPORT_WRITER] = "who else could write can't be known",
	[SUPPORT_SYMBOLS] = "code and faults tell nothing but addresses",
#else
	[SUPPORT_CUTTING] = "memory is sealed against that",
#endif
	[SUPPORT_STACKS] = STACKS,
	[SUPPORT_TOUCH] = TOUCH,
	[SUPPORT_BYTE] = BYTE,
	[SUPPORT_ADDRESSES] = ADDRESSES,
};

/* A program in an emulator has a script beside it that starts it there. */
static bool is_emulated(void)
{
	return strcmp(support_self(), "/proc/self/exe") != 0;
}

const char *support_lacks(support_feature feature)
{
	if (feature == SUPPORT_NATIVE && is_emulated())
		return "the kernel is an emulator's";
	if (feature == SUPPORT_TOUCH && is_emulated())
		return "the emulator does not tell a load from a store";
	if (feature == SUPPORT_LIBRARIES && getauxval(AT_BASE) == 0)
		return "a static program has no libraries";
	return lacks[feature] != NULL ? lacks[feature] : kernel_lacks(feature);
}

const void *support_fault_at(const void *at)
{
	return (const char *)at - (uintptr_t)at % FAULT_UNIT;
}

const char *support_self(void)
{
	static char script[PATH_MAX];
	ssize_t n;

	if (script[0] != '\0')
		return script;
	n = readlink("/proc/self/exe", script, sizeof(script) - 5);
	if (n > 0)
		memcpy(script + n, ".run", 5);
	if (n <= 0 || access(script, X_OK) != 0)
		memcpy(script, "/proc/self/exe", 15);
	return script;
}

const char *support_errno_name(int native)
{
#ifdef SUPPORT_HAVE_ERRNO_NAME
	return strerrorname_np(native);
#else
	switch (native) {
	case EACCES:
		return "EACCES";
	case EFAULT:
		return "EFAULT";
	case EINVAL:
		return "EINVAL";
	case EIO:
		return "EIO";
	case ENOMEM:
		return "ENOMEM";
	case EPERM:
		return "EPERM";
	default:
		return strerror(native);
	}
#endif
}
