/* SPDX-License-Identifier: MIT */
/*
 * Texts to import. The first byte chooses: bytes as they are; with a sum that
 * is right; or a real exported text with a few changes, and the sum made right,
 * too.
 */
#include "fuzz.h"

#include <shmem/handle.h>
#include <shmem/mapping.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_ROOM 512u
#define SUM_DIGITS 8

static void put_sum(char *text)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	snprintf(text + i, TEXT_ROOM - i, "%08lx", (unsigned long)h);
}

/* An object of this process, exported; the descriptor is ours. */
static int real(fuzz_input *in, char *text)
{
	static const uint64_t sizes[] = {1, 4096, 10000, 1 << 20};
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	shmem_os_handle os = -1;
	shmem_handle *h = NULL;

	opts.label = "a label";
	FUZZ_CHECK(shmem_handle_create(sizes[fuzz_byte(in) % 4], &opts, &h) ==
		   0);
	FUZZ_CHECK(shmem_handle_set_inheritable(h, true) == 0);
	FUZZ_CHECK(shmem_handle_export(h, text, TEXT_ROOM) == 0);
	FUZZ_CHECK(shmem_handle_pack(&h, desc, &os) == 0);
	return (int)os;
}

static void change(fuzz_input *in, char *text)
{
	size_t length = strlen(text) - SUM_DIGITS;

	text[length] = '\0';
	for (unsigned n = fuzz_byte(in) % 8; n > 0; n--) {
		size_t at = (size_t)fuzz_number(in, 2) % length;
		char to = (char)fuzz_byte(in);

		text[at] = to != '\0' ? to : '0';
	}
}

/* Whatever is imported is memory of the size that it says. */
static void use(shmem_handle *h)
{
	shmem_mapping *m = NULL;

	if (shmem_mapping_open(h, 0, 0, SHMEM_READ, &m) == 0) {
		const volatile unsigned char *data = shmem_mapping_data(m);
		size_t size = shmem_mapping_size(m);

		FUZZ_CHECK(size == shmem_handle_size(h));
		if (size > 0)
			(void)(data[0] + data[size - 1]);
	}
	shmem_mapping_close(&m);
	FUZZ_CHECK(strlen(shmem_handle_label(h)) <= SHMEM_LABEL_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	unsigned mode = fuzz_byte(&in) % 3;
	char text[TEXT_ROOM + SUM_DIGITS + 1] = "";
	shmem_handle *h = NULL;
	int fd = -1;

	fuzz_begin();
	if (mode == 2) {
		fd = real(&in, text);
		change(&in, text);
	} else {
		size_t n;
		const uint8_t *bytes = fuzz_take(&in, TEXT_ROOM - 1, &n);

		memcpy(text, bytes, n);
		text[n] = '\0';
	}
	if (mode != 0)
		put_sum(text);
	if (shmem_handle_import(text, &h) == 0) {
		if (shmem_handle_os(h) == fd)
			fd = -1; /* it took that over */
		use(h);
	}
	shmem_handle_close(&h);
	if (fd >= 0)
		close(fd);
	fuzz_nothing_left();
	return 0;
}
