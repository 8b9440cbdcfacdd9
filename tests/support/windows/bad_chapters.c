/* SPDX-License-Identifier: MIT */
/*
 * The corpus of bad input, as far as it is there on Windows. No socket carries
 * handles there, so that none can be received by one; and the texts, variables
 * and names are of other kinds, which tests/windows/ has.
 */
#include "bad.h"

const bad_chapter *const bad_chapters[] = {
	&bad_objects, &bad_unpack,      &bad_sizes,     &bad_counts,
	&bad_runs,    &bad_frames,      &bad_truncated, &bad_bits,
	&bad_states,  &bad_ids,         &bad_replays,   &bad_descriptions,
	&bad_hello,   &bad_not_packets,
};

size_t bad_chapter_count(void)
{
	return sizeof(bad_chapters) / sizeof(bad_chapters[0]);
}
