/* SPDX-License-Identifier: MIT */
/*
 * A handle as bytes and a descriptor, both of them hostile. Input: the kind of
 * the descriptor, its size, then a description, or changes to a right one.
 */
#include "fuzz.h"

#include "handle/handle.h"

#include <shmem/mapping.h>
#include <string.h>
#include <unistd.h>

static void right(fuzz_input *in, uint64_t bytes, unsigned char *desc)
{
	unsigned how = fuzz_byte(in);
	shmem_handle handle = {
		.os = SHMEM_OS_HANDLE_INVALID,
		.facts = {bytes, (how & 1) != 0 ? SHMEM_RW : SHMEM_READ,
			  (how & 6) != 0, (how & 4) != 0},
		.label = "label",
	};

	if (handle.facts.readonly_enforced)
		handle.facts.access = SHMEM_READ;
	/* As if frozen, so that the system is not asked. */
	handle.facts.frozen |= bytes == 0;
	shmem__handle_describe(&handle, desc);
	for (unsigned n = fuzz_byte(in) % 4; n > 0; n--) {
		unsigned at = fuzz_byte(in) % SHMEM_HANDLE_DESC_SIZE;

		desc[at] ^= (unsigned char)fuzz_byte(in);
	}
}

/* It can be mapped as it says, and its last byte is there. */
static void use(const shmem_handle *h)
{
	shmem_access access = shmem_handle_access(h);
	shmem_mapping *m = NULL;

	FUZZ_CHECK(access == SHMEM_READ || access == SHMEM_RW);
	if (shmem_handle_size(h) > 16 << 20)
		return;
	FUZZ_CHECK(shmem_mapping_open(h, 0, 0, access, &m) == 0);
	FUZZ_CHECK(shmem_mapping_size(m) == shmem_handle_size(h));
	if (shmem_mapping_size(m) > 0) {
		volatile unsigned char *data = shmem_mapping_data(m);
		size_t last = shmem_mapping_size(m) - 1;

		if (access == SHMEM_RW)
			data[last] = 1;
		else
			(void)data[last];
	}
	shmem_mapping_close(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	unsigned kind = fuzz_byte(&in);
	uint64_t bytes = fuzz_interesting(&in);
	unsigned char desc[SHMEM_HANDLE_DESC_SIZE];
	shmem_handle *h = NULL;
	int fd;
	int err;

	fuzz_begin();
	fd = fuzz_descriptor(kind, bytes);
	if ((kind & 128) != 0) {
		size_t n;
		const uint8_t *from = fuzz_take(&in, sizeof(desc), &n);

		memcpy(desc, from, n);
		err = shmem_handle_unpack(desc, n, fd, &h);
	} else {
		right(&in, bytes, desc);
		err = shmem_handle_unpack(desc, sizeof(desc), fd, &h);
	}
	FUZZ_CHECK((err == 0) == (h != NULL));
	if (err == 0)
		use(h);
	if (err == 0 || err == SHMEM_E_UNTRUSTED)
		fd = -1;
	shmem_handle_close(&h);
	if (fd >= 0)
		close(fd);
	fuzz_nothing_left();
	return 0;
}
