/* SPDX-License-Identifier: MIT */
/* Reports of violations, brought about. */
#include "reported.h"

#include <stdio.h>
#include <stdlib.h>

char reported[1 << 16];

shmem_channel *reported_a;
shmem_channel *reported_b;
shmem_segment *reported_segment;
char *reported_data;

void reported_read(const char *name)
{
	char path[SUPPORT_PATH_MAX];
	FILE *file;
	size_t n;

	support_path(path, name);
	file = fopen(path, "rb");
	ck_assert_ptr_nonnull(file);
	n = fread(reported, 1, sizeof(reported) - 1, file);
	reported[n] = '\0';
	fclose(file);
}

void reported_ask(void)
{
	ck_assert_int_eq(
		shmem_diagnose_violations(support_file("report", "", 0)), 0);
}

void reported_make(void)
{
	ck_assert_int_eq(shmem_channel_pair(NULL, &reported_a, &reported_b), 0);
	ck_assert_int_eq(shmem_segment_alloc(reported_a, REPORTED_BYTES,
					     &reported_segment),
			 0);
	ck_assert_int_eq(shmem_segment_set_label(reported_segment, "frame 7"),
			 0);
	reported_data = shmem_segment_data(reported_segment);
}

/* None of these ends with a call, so that it stays on the stack. */
void reported_giver(void)
{
	ck_assert_int_eq(shmem_segment_send(reported_a, &reported_segment), 0);
	__asm__ volatile("" ::: "memory");
}

void reported_storer(size_t offset)
{
	*(volatile char *)(reported_data + offset) = 1;
	__asm__ volatile("" ::: "memory");
}

char reported_loader(size_t offset)
{
	char c = *(volatile char *)(reported_data + offset);

	__asm__ volatile("" ::: "memory");
	return c;
}

void reported_store_away(void *arg)
{
	(void)arg;
	reported_ask();
	reported_make();
	reported_giver();
	reported_storer(16);
}

static void set_up(void)
{
	support_scratch();
}

TCase *reported_case(Suite *s, const char *name)
{
	TCase *c = support_case(s, name);

	tcase_add_checked_fixture(c, set_up, NULL);
	return c;
}
