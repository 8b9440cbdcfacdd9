/* SPDX-License-Identifier: MIT */
/* Bad input: descriptors of every kind, in place of memory. */
#include "bad.h"

#include "base/codec.h"

static const char *const use_name[BAD_USES] = {"memory",
					       "a writable handle",
					       "a readable handle",
					       "an enforced handle",
					       "a frozen handle",
					       "a ring"};
static const unsigned use_flags[BAD_USES] = {0, 3, 1, 5, 13, 0};

static size_t count(void)
{
	return bad_kinds() * BAD_USES;
}

static void run(size_t i)
{
	size_t kind = i / BAD_USES;
	size_t use = i % BAD_USES;
	uint64_t size = bad_kind_size(kind);
	int fd;

	if (bad_kind_as(kind, use) == 0)
		return;
	bad_case("%s as %s", bad_kind_name(kind), use_name[use]);
	bad_setup(NULL, true);
	fd = bad_kind_make(kind, use == BAD_RINGED && size == BAD_PAGE
					 ? BAD_PAGE + BAD_RING
					 : size);
	ck_assert_msg(fd >= 0, "%s", bad_kind_name(kind));
	if (use == BAD_ANNOUNCED) {
		support_raw_announce(&bad_raw, 1, size, fd);
	} else if (use == BAD_RINGED) {
		shmem__put64(support_raw_frame(&bad_raw, RAW_RING, 8),
			     BAD_RING);
		bad_raw.fd[bad_raw.fds++] = fd;
	} else {
		support_raw_handle(&bad_raw, size, use_flags[use], fd);
		support_raw_message(&bad_raw, RAW_PLAIN, 0, 0);
	}
	bad_refused(bad_kind_as(kind, use));
}

const bad_chapter bad_objects = {"objects", count, run, false};
