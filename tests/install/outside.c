/* SPDX-License-Identifier: MIT */
/* A program that knows only what is installed; C and C++ alike. */
#include <shmem/shmem.h>
#include <stdio.h>
#include <string.h>

static int failed(const char *what, int err)
{
	fprintf(stderr, "%s: %s (%d)\n", what, shmem_strerror(err),
		shmem_os_error());
	return 1;
}

static int use_options_and_macros(void)
{
	shmem_channel_opts channel = SHMEM_CHANNEL_OPTS_INIT;
	shmem_spawn_opts spawn = SHMEM_SPAWN_OPTS_INIT;
	shmem_stats stats = SHMEM_STATS_INIT;

	(void)channel;
	(void)spawn;
	shmem_stats_read(&stats);
	return stats.handles == 0 ? 0 : failed("statistics", 0);
}

static int write_and_freeze(void)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	shmem_handle *handle = NULL;
	shmem_handle *frozen = NULL;
	shmem_mapping *mapping = NULL;
	int *number;
	int err;

	opts.label = "outside";
	err = shmem_handle_create(4096, &opts, &handle);
	if (err != 0)
		return failed("create", err);
	err = shmem_mapping_open(handle, 0, 0, SHMEM_RW, &mapping);
	if (err != 0)
		return failed("open", err);
	number = SHMEM_MAPPING_AS(int, mapping);
	*number = 7;
	shmem_mapping_close(&mapping);
	err = shmem_handle_freeze(&handle, &frozen);
	if (err == SHMEM_E_UNSUPPORTED) { /* on Windows */
		shmem_handle_close(&handle);
		return 0;
	}
	if (err != 0)
		return failed("freeze", err);
	err = shmem_mapping_open_take(&frozen, SHMEM_READ, &mapping);
	if (err != 0)
		return failed("open_take", err);
	if (*SHMEM_MAPPING_AS(int, mapping) != 7)
		return failed("read", 0);
	shmem_mapping_close(&mapping);
	return 0;
}

static int hand_over(void)
{
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_segment *segment = NULL;
	int *number;
	int err = shmem_channel_pair(NULL, &a, &b);

	if (err != 0)
		return failed("pair", err);
	err = shmem_segment_alloc(a, sizeof(*number), &segment);
	if (err != 0)
		return failed("alloc", err);
	number = SHMEM_SEGMENT_AS(int, segment);
	*number = 7;
	err = shmem_segment_send(a, &segment);
	if (err != 0 || segment != NULL)
		return failed("send", err);
	err = shmem_segment_recv(b, -1, &segment);
	if (err != 0)
		return failed("receive", err);
	number = SHMEM_SEGMENT_AS(int, segment);
	if (number == NULL || *number != 7)
		return failed("read", 0);
	err = shmem_segment_free(&segment);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	return err == 0 ? 0 : failed("free", err);
}

int main(void)
{
	if (strcmp(shmem_version_string(), VERSION) != 0)
		return failed("version", 0);
	return use_options_and_macros() || write_and_freeze() || hand_over();
}
