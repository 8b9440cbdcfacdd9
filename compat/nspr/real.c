/* SPDX-License-Identifier: MIT */
/* The NSPR behind this layer. */
#include "nspr.h"

#include <dlfcn.h>
#include <prerror.h>
#include <string.h>

nspr__fn nspr__real(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);
	nspr__fn fn;

	if (symbol == NULL) {
		PR_SetError(PR_FIND_SYMBOL_ERROR, 0);
		return NULL;
	}
	memcpy(&fn, &symbol, sizeof(fn));
	return fn;
}
