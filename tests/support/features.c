/* SPDX-License-Identifier: MIT */
/* What the backend that is tested does not have, and why. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#ifdef SUPPORT_POSIX
static const char *const lacks[] = {
	[SUPPORT_SEALS] = "shm_open gives memory without seals",
	[SUPPORT_RECORDS] = "a stream has no records",
	[SUPPORT_PEER_ID] = "the system does not vouch for who a peer is",
	[SUPPORT_PIDFD] = "a process is a number and nothing else",
	[SUPPORT_ABSTRACT] = "every address is a path",
	[SUPPORT_NAMELESS] = "every file has a name from the first moment on",
	[SUPPORT_MOVES] = "pages stay where they are",
	[SUPPORT_HOLES] = "an object is given back as a whole",
	[SUPPORT_SYMBOLS] = "code and faults tell nothing but addresses",
};
#else
static const char *const lacks[SUPPORT_SYMBOLS + 1];
#endif

const char *support_lacks(support_feature feature)
{
	return lacks[feature];
}

bool support_skip(const char *test, const char *why)
{
	if (why == NULL)
		return false;
	/* Check puts the rest behind a test's name. */
	printf("skipped: %.*s: %s\n", (int)(strlen(test) - strlen("_fn")), test,
	       why);
	fflush(stdout);
	return true;
}
