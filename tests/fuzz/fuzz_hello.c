/* SPDX-License-Identifier: MIT */
/*
 * Greetings: a right one with fields changed, then bytes cut off or added, is
 * parsed, and now and then said to a channel, which must agree to it or end,
 * and in either case let the application use what is its own.
 */
#include "fuzz.h"

#include "transport/frame.h"

#include <shmem/shmem.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM 512u

static unsigned char bytes[ROOM];

static size_t make(fuzz_input *in)
{
	shmem__hello hello = {
		.version = SHMEM__WIRE_VERSION,
		.version_min = SHMEM__WIRE_VERSION_MIN,
		.features = SHMEM__FEATURE_RING,
		.nonce = fuzz_byte(in) % 2 == 0 ? 0 : UINT64_MAX,
		.max_message = 1 << 20,
		.max_bytes = 4 << 20,
		.max_segments = 16,
	};
	shmem__packet packet = {.data = bytes};
	size_t begin;
	unsigned more;

	shmem__packet_begin(&packet);
	begin = packet.length;
	shmem__hello_put(&packet, &hello);
	for (unsigned n = fuzz_byte(in) % 6; n > 0; n--) {
		size_t at = begin + fuzz_byte(in) % (packet.length - begin - 7);

		shmem__put64(bytes + at, fuzz_interesting(in));
	}
	more = fuzz_byte(in);
	if (more >= 240)
		packet.length -= more - 239;
	else if (more >= 192)
		memset(shmem__frame_add(&packet, (shmem__frame_type)(more % 16),
					more % 32),
		       (int)more, more % 32);
	shmem__packet_end(&packet, (uint16_t)(more == 100), 0);
	return packet.length;
}

static void parse(size_t length)
{
	shmem__packet_in packet;
	shmem__frame_type type;
	shmem__reader payload;
	shmem__hello hello;

	if (shmem__packet_parse(bytes, length, &packet) != 0)
		return;
	while (shmem__packet_next(&packet, &type, &payload) == 1)
		if (type == SHMEM__FRAME_HELLO &&
		    shmem__hello_parse(payload, &hello) == 0) {
			FUZZ_CHECK(hello.version >= hello.version_min);
			FUZZ_CHECK(hello.enforce <= SHMEM_ENFORCE_NONE);
		}
}

static bool ended(int err)
{
	return err == SHMEM_E_PROTO || err == SHMEM_E_UNTRUSTED ||
	       err == SHMEM_E_UNSUPPORTED || err == SHMEM_E_CLOSED;
}

/* What the peer has said it takes is kept to. */
static void use(shmem_channel *channel, fuzz_input *in)
{
	shmem_segment *s = NULL;
	shmem_message *m = NULL;
	uint64_t size = fuzz_interesting(in) % (8 << 20);
	int err = shmem_channel_recv(channel, 0, &m);

	FUZZ_CHECK(err == SHMEM_E_AGAIN || ended(err));
	FUZZ_CHECK(m == NULL);
	if (shmem_segment_alloc(channel, size, &s) == 0 && size > 0)
		*(volatile unsigned char *)shmem_segment_data(s) = 1;
	if (s != NULL)
		(void)shmem_segment_send(channel, &s);
	(void)shmem_segment_free(&s);
	err = shmem_channel_dispatch(channel);
	FUZZ_CHECK(err == 0 || ended(err));
}

static void say(size_t length, fuzz_input *in)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_channel *channel = NULL;
	shmem_os_handle ours;
	int sock[2];

	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			      sock) == 0);
	opts.enforce = (shmem_enforce)(fuzz_byte(in) % 3);
	opts.nonblocking = true;
	opts.max_segments = 64; /* whose table is soon made */
	ours = sock[0];
	FUZZ_CHECK(shmem_channel_adopt(&ours, &opts, &channel) == 0);
	FUZZ_CHECK(send(sock[1], bytes, length, MSG_NOSIGNAL) ==
		   (ssize_t)length);
	use(channel, in);
	if (fuzz_byte(in) % 4 == 0) { /* again */
		(void)send(sock[1], bytes, length, MSG_NOSIGNAL);
		use(channel, in);
	}
	close(sock[1]);
	shmem_channel_close(&channel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	unsigned how = fuzz_byte(&in);
	size_t length;

	length = make(&in);
	parse(length);
	if (how % 64 == 0) {
		fuzz_begin();
		say(length, &in);
		fuzz_nothing_left();
	}
	return 0;
}
