/* SPDX-License-Identifier: MIT */
/* What tests of Windows alone need: open handles counted, and the test's own
 * program started in a role. */
#ifndef SHMEM_TESTS_WINDOWS_HERE_H
#define SHMEM_TESTS_WINDOWS_HERE_H

#include <check.h>
#include <shmem/shmem.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <winternl.h>

#define HERE_WAIT 60000  /* ms: Wine on a busy machine is slow */
#define HERE_VALUES 4096 /* handles have lower values than this */

/* Checks a result, and says its name. */
#define here_is(call, expected)                                                \
	do {                                                                   \
		int here_got = (call);                                         \
		ck_assert_msg(here_got == (expected), "%s: %s, not %s (%d)",   \
			      #call, shmem_errname(here_got),                  \
			      shmem_errname(expected), shmem_os_error());      \
	} while (0)
#define here_ok(call) here_is(call, 0)

/* In a role. */
#define HERE_NEED(fact)                                                        \
	do {                                                                   \
		if (!(fact)) {                                                 \
			fprintf(stderr, "child, line %d: %s (%lu)\n",          \
				__LINE__, #fact, GetLastError());              \
			exit(99);                                              \
		}                                                              \
	} while (0)

static inline bool here_is_handle(uintptr_t value)
{
	DWORD flags;

	return GetHandleInformation((HANDLE)value, &flags);
}

/* The system's own code makes a semaphore at some time, for locks. */
static inline bool here_is_semaphore(uintptr_t value)
{
	union {
		UNICODE_STRING name;
		unsigned char bytes[512];
	} type;
	ULONG length;

	return NtQueryObject((HANDLE)value, ObjectTypeInformation, &type,
			     sizeof(type), &length) == 0 &&
	       type.name.Buffer != NULL &&
	       wcsncmp(type.name.Buffer, L"Semaphore", 9) == 0;
}

static inline unsigned here_handles(void)
{
	unsigned n = 0;

	for (uintptr_t value = 4; value < HERE_VALUES; value += 4)
		n += here_is_handle(value) && !here_is_semaphore(value);
	return n;
}

static inline bool here_is_me(PSID sid)
{
	union {
		TOKEN_USER user;
		unsigned char bytes[256];
	} me;
	DWORD length;
	HANDLE token;
	bool is = false;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return false;
	if (GetTokenInformation(token, TokenUser, &me, sizeof(me), &length))
		is = EqualSid(sid, me.user.User.Sid);
	CloseHandle(token);
	return is;
}

/* Whether its access list lets this user in and nobody else. What it says of
 * whoever owns it is about rights that the owner has without a list. */
static inline bool here_is_private(HANDLE object)
{
	union {
		SECURITY_DESCRIPTOR align;
		unsigned char bytes[1024];
	} descriptor;
	unsigned char owner[SECURITY_MAX_SID_SIZE];
	DWORD length = sizeof(owner);
	BOOL present = FALSE;
	BOOL defaulted = FALSE;
	ACL *acl = NULL;
	unsigned mine = 0;

	if (!CreateWellKnownSid(WinCreatorOwnerRightsSid, NULL, owner,
				&length) ||
	    !GetKernelObjectSecurity(object, DACL_SECURITY_INFORMATION,
				     &descriptor, sizeof(descriptor),
				     &length) ||
	    !GetSecurityDescriptorDacl(&descriptor, &present, &acl,
				       &defaulted) ||
	    !present || acl == NULL)
		return false;
	for (DWORD i = 0; i < acl->AceCount; i++) {
		void *ace = NULL;
		PSID who;

		if (!GetAce(acl, i, &ace))
			return false;
		if (((ACE_HEADER *)ace)->AceType == ACCESS_DENIED_ACE_TYPE)
			continue;
		if (((ACE_HEADER *)ace)->AceType != ACCESS_ALLOWED_ACE_TYPE)
			return false;
		who = &((ACCESS_ALLOWED_ACE *)ace)->SidStart;
		if (!here_is_me(who) && !EqualSid(who, owner))
			return false;
		mine += here_is_me(who);
	}
	return mine == 1;
}

typedef struct here_role {
	const char *name;
	int (*run)(char **arg);
} here_role;

static inline const char *here_program(void)
{
	static char path[MAX_PATH];

	if (path[0] == '\0')
		GetModuleFileNameA(NULL, path, sizeof(path));
	return path;
}

/* Starts this program in a role; the channel and its options may be NULL. */
static inline void here_spawn(const char *const *argv,
			      const shmem_channel_opts *channel_opts,
			      shmem_process **ret, shmem_channel **ret_channel)
{
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;

	opts.path = here_program();
	opts.argv = argv;
	opts.channel = channel_opts;
	here_ok(shmem_process_spawn(&opts, ret, ret_channel));
}

static inline void here_ends(shmem_process **take, int status)
{
	int found = -1000;

	here_ok(shmem_process_wait(*take, HERE_WAIT, &found));
	ck_assert_int_eq(found, status);
	shmem_process_close(take);
}

static inline int here_main(int argc, char **argv, const here_role *roles,
			    size_t count, Suite *suite)
{
	SRunner *runner;
	int failed;

	for (size_t i = 0; argc > 1 && i < count; i++)
		if (strcmp(argv[1], roles[i].name) == 0)
			return roles[i].run(argv + 2);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
