/* SPDX-License-Identifier: MIT */
/*
 * The user's SID, by name: the owner's rights SID (OW) would do on Windows, but
 * denies the owner under Wine.
 */
#include "base/windows/user.h"

#include "base/error.h"
#include "base/fault.h"

#include <sddl.h>
#include <stdio.h>

static bool user_of(HANDLE process, shmem__user *ret)
{
	HANDLE token;
	DWORD length = 0;
	BOOL done;

	if (!SHMEM__OS(FALSE, OpenProcessToken, (process, TOKEN_QUERY, &token)))
		return false;
	done = SHMEM__OS(FALSE, GetTokenInformation,
			 (token, TokenUser, ret, sizeof(*ret), &length));
	CloseHandle(token);
	return done;
}

int shmem__user_me(shmem__user *ret)
{
	return user_of(GetCurrentProcess(), ret)
		       ? 0
		       : shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
}

int shmem__user_only(SECURITY_ATTRIBUTES *ret)
{
	char rule[256];
	char *sid = NULL;
	shmem__user me;
	int n;

	ret->nLength = sizeof(*ret);
	ret->bInheritHandle = FALSE;
	if (!user_of(GetCurrentProcess(), &me) ||
	    !SHMEM__OS(FALSE, ConvertSidToStringSidA,
		       (me.token.User.Sid, &sid)))
		return shmem__fail_last();
	n = snprintf(rule, sizeof(rule), "D:P(A;;GA;;;%s)", sid);
	LocalFree(sid);
	if (n < 0 || (size_t)n >= sizeof(rule))
		return SHMEM_E_SYS;
	if (!SHMEM__OS(
		    FALSE, ConvertStringSecurityDescriptorToSecurityDescriptorA,
		    (rule, SDDL_REVISION_1, &ret->lpSecurityDescriptor, NULL)))
		return shmem__fail_last();
	return 0;
}

void shmem__user_only_free(SECURITY_ATTRIBUTES *security)
{
	LocalFree(security->lpSecurityDescriptor);
}

bool shmem__user_runs(DWORD pid)
{
	HANDLE process =
		SHMEM__OS(NULL, OpenProcess,
			  (PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid));
	shmem__user me;
	shmem__user other;
	bool same;

	if (process == NULL)
		return false;
	same = user_of(GetCurrentProcess(), &me) && user_of(process, &other) &&
	       EqualSid(me.token.User.Sid, other.token.User.Sid);
	CloseHandle(process);
	return same;
}
