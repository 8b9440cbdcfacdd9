/* SPDX-License-Identifier: MIT */
/* The corpus of bad input, where descriptors are of POSIX. */
#include "bad.h"

const bad_chapter *const bad_chapters[] = {
	&bad_objects,   &bad_unpack,       &bad_recv,   &bad_import,
	&bad_sizes,     &bad_counts,       &bad_runs,   &bad_frames,
	&bad_truncated, &bad_bits,         &bad_states, &bad_ids,
	&bad_replays,   &bad_descriptions, &bad_hello,  &bad_not_packets,
	&bad_texts,     &bad_inherited,    &bad_names,  &bad_named,
};

size_t bad_chapter_count(void)
{
	return sizeof(bad_chapters) / sizeof(bad_chapters[0]);
}
