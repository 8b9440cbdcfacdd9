/* SPDX-License-Identifier: MIT */
/*
 * A channel with a hostile peer: whatever that does, what the application owns
 * stays readable and writable, no call hangs, and at the end nothing is left.
 * The first byte says how the two begin; then they take turns.
 */
#include "peer.h"

#include <shmem/shmem.h>
#include <string.h>
#include <sys/socket.h>

#define HELD 8u

static struct application {
	shmem_channel *channel;
	shmem_segment *segment[HELD];
	shmem_message *request;
} app;

static void hold(shmem_segment *segment)
{
	for (unsigned i = 0; i < HELD; i++)
		if (app.segment[i] == NULL) {
			app.segment[i] = segment;
			return;
		}
	shmem_segment_free(&segment);
}

/* A store to the first and the last byte. */
static void touch_all(void)
{
	for (unsigned i = 0; i < HELD; i++) {
		volatile unsigned char *data =
			shmem_segment_data(app.segment[i]);
		uint64_t size = shmem_segment_size(app.segment[i]);

		if (data == NULL || size == 0)
			continue;
		data[0] = 1;
		data[size - 1] = 1;
	}
}

static void take_in(void)
{
	shmem_message *m = NULL;
	shmem_segment *s = NULL;
	shmem_handle *h = NULL;

	while (shmem_channel_recv(app.channel, 0, &m) == 0) {
		const volatile unsigned char *bytes = shmem_message_data(m);
		size_t size = shmem_message_size(m);

		for (size_t i = 0; i < size; i += 512)
			(void)bytes[i];
		while (shmem_message_pop_segment(m, &s) == 0)
			hold(s);
		while (shmem_message_pop_handle(m, &h) == 0)
			shmem_handle_close(&h);
		if (shmem_message_is_request(m) && app.request == NULL)
			app.request = m;
		else
			shmem_message_free(&m);
		m = NULL;
	}
}

static void send_one(fuzz_input *in)
{
	unsigned how = fuzz_byte(in);
	shmem_message *m = NULL;
	uint64_t id;

	if (shmem_message_new("bytes", 5, &m) != 0)
		return;
	for (unsigned i = 0; i < HELD; i++)
		if ((how >> i & 1) != 0 && app.segment[i] != NULL)
			(void)shmem_message_push_segment(m, &app.segment[i]);
	if (app.request != NULL && how % 3 == 0) {
		(void)shmem_channel_reply(app.channel, app.request, &m);
		shmem_message_free(&app.request);
	} else if (how % 5 == 0) {
		(void)shmem_channel_request(app.channel, &m, &id);
	} else {
		(void)shmem_channel_send(app.channel, &m);
	}
	shmem_message_free(&m);
}

static void app_step(fuzz_input *in)
{
	unsigned what = fuzz_byte(in);
	shmem_segment **held = &app.segment[what / 8 % HELD];
	shmem_segment *s = NULL;
	shmem_handle *h = NULL;

	switch (what % 8) {
	case 0:
		if (shmem_segment_alloc(app.channel,
					fuzz_interesting(in) % 90000, &s) == 0)
			hold(s);
		break;
	case 1:
		(void)shmem_segment_send(app.channel, held);
		break;
	case 2:
		(void)shmem_segment_free(held);
		break;
	case 3:
		send_one(in);
		break;
	case 4:
		if (*held != NULL && shmem_segment_freeze(held, &h) == 0)
			shmem_handle_close(&h);
		break;
	case 5:
		shmem_message_free(&app.request);
		break;
	default:
		take_in();
		break;
	}
	touch_all();
}

static void reclaim_all(void)
{
	shmem_segment *s = NULL;
	unsigned n = 0;

	while (shmem_channel_reclaim(app.channel, &s, NULL) == 0) {
		FUZZ_CHECK(++n < 1000);
		hold(s);
		touch_all();
	}
}

static void begin(fuzz_peer *peer, unsigned how)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_os_handle ours;
	int sock[2];

	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			      sock) == 0);
	opts.enforce = (shmem_enforce)(how % 3);
	opts.nonblocking = true;
	opts.max_bytes = 4 << 20;
	opts.max_segments = 32;
	opts.pool_bytes = 1 << 18;
	ours = sock[0];
	fuzz_peer_open(peer, sock[1]);
	FUZZ_CHECK(shmem_channel_adopt(&ours, &opts, &app.channel) == 0);
	if ((how & 128) == 0)
		fuzz_peer_greet(peer, how >> 3 & 1,
				(shmem_enforce)(how / 16 % 3), (how & 4) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static fuzz_peer peer;
	fuzz_input in = {data, size};

	fuzz_begin();
	memset(&app, 0, sizeof(app));
	begin(&peer, fuzz_byte(&in));
	while (in.left > 0) {
		fuzz_peer_step(&peer, &in);
		app_step(&in);
		fuzz_peer_listen(&peer);
	}
	take_in();
	fuzz_peer_close(&peer);
	take_in();
	FUZZ_CHECK(shmem_channel_dispatch(app.channel) != 0);
	reclaim_all();
	shmem_message_free(&app.request);
	shmem_channel_close(&app.channel);
	for (unsigned i = 0; i < HELD; i++)
		(void)shmem_segment_free(&app.segment[i]);
	fuzz_nothing_left();
	return 0;
}
