/* SPDX-License-Identifier: MIT */
/* What Windows, or Wine, does not have, and why. */
#include "support.h"

#include <windows.h>

static const char *const lacks[SUPPORT_FEATURES] = {
	[SUPPORT_SEALS] = "who else could write to a section can't be known",
	[SUPPORT_CUTTING] = "a section keeps its size",
	[SUPPORT_NAMELESS] = "there are no files",
	[SUPPORT_MOVES] = "pages stay where they are",
	[SUPPORT_HOLES] = "an object is given back as a whole",
	[SUPPORT_PAGES] = "views begin at steps of 64 KiB",
	[SUPPORT_FORK] = "no process is copied",
	[SUPPORT_SIZES] = "sections are of whole pages",
	[SUPPORT_FEW] = "a process has as many handles as it likes",
	[SUPPORT_LASTING] = "a name goes with its last user",
	[SUPPORT_GROUP] = "what is named is for its user alone",
	[SUPPORT_PASSING] = "no socket carries handles",
	[SUPPORT_REAPED] = "the end of a process is told to all who ask",
	[SUPPORT_WRAPPED] =
		"what is sent before a program behind a wrapper has "
		"greeted goes to the wrapper",
	[SUPPORT_EMPTY] = "an empty variable is none",
	[SUPPORT_QUICK] = "Wine takes its time for each call",
	[SUPPORT_STDIO] = "no number is a standard stream's",
	[SUPPORT_ERRNO] = "errors of the system are not errno's",
};

static bool is_emulated(void)
{
	return GetProcAddress(GetModuleHandleA("ntdll"), "wine_get_version") !=
	       NULL;
}

const char *support_lacks(support_feature feature)
{
	if (feature == SUPPORT_NATIVE && is_emulated())
		return "Wine is not Windows";
	if (feature == SUPPORT_FIXED && is_emulated())
		return "Wine has no call that would extend a section";
	return lacks[feature];
}

const void *support_fault_at(const void *at)
{
	return at;
}
