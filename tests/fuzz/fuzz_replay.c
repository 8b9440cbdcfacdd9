/* SPDX-License-Identifier: MIT */
/*
 * A session of two channels through a man in the middle who changes one
 * packet. Input: which packet, what is done to it, and the session. Where
 * nothing was changed, nothing may fail: no segment has two owners, and each
 * arrives as it was sent.
 */
#include "middle.h"

#include "transport/channel.h"

#include <shmem/shmem.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELD 8u

typedef struct side {
	shmem_channel *channel;
	shmem_segment *segment[HELD];
	shmem_message *request;
} side;

static side sides[2];
static middle between;
static bool over; /* one side is gone */

static void fine(int err)
{
	if (between.changed)
		return;
	FUZZ_CHECK(err == 0 || err == SHMEM_E_AGAIN || err == SHMEM_E_LIMIT ||
		   err == SHMEM_E_STATE || err == SHMEM_E_INVAL ||
		   err == SHMEM_E_UNSUPPORTED ||
		   (over && err == SHMEM_E_CLOSED));
}

/* Its owner writes its number into it, at both ends. */
static void stamp(const shmem_segment *s)
{
	unsigned char *data = shmem_segment_data(s);
	uint64_t size = shmem_segment_size(s);
	uint64_t id = shmem_segment_id(s);

	if (data == NULL || size < 16)
		return;
	memcpy(data, &id, sizeof(id));
	memcpy(data + size - sizeof(id), &id, sizeof(id));
}

static void check_stamp(const shmem_segment *s)
{
	const unsigned char *data = shmem_segment_data(s);
	uint64_t size = shmem_segment_size(s);
	uint64_t first = 0;
	uint64_t last = 0;

	if (data == NULL || size < 16)
		return;
	memcpy(&first, data, sizeof(first));
	memcpy(&last, data + size - sizeof(last), sizeof(last));
	if (between.changed)
		return;
	FUZZ_CHECK(first == shmem_segment_id(s));
	FUZZ_CHECK(last == shmem_segment_id(s));
}

static void hold(side *me, shmem_segment *s)
{
	side *other = me == &sides[0] ? &sides[1] : &sides[0];
	uint64_t id = shmem_segment_id(s);

	FUZZ_CHECK(shmem_segment_state(me->channel, id) == SHMEM_STATE_OWNED);
	if (!between.changed && other->channel != NULL) {
		shmem_state theirs = shmem_segment_state(other->channel, id);

		FUZZ_CHECK(theirs == SHMEM_STATE_AWAY ||
			   theirs == SHMEM_STATE_DEAD);
	}
	stamp(s);
	for (unsigned i = 0; i < HELD; i++)
		if (me->segment[i] == NULL) {
			me->segment[i] = s;
			return;
		}
	fine(shmem_segment_free(&s));
}

static void take_in(side *me)
{
	shmem_message *m = NULL;
	shmem_segment *s = NULL;
	shmem_handle *h = NULL;
	int err;

	while ((err = shmem_channel_recv(me->channel, 0, &m)) == 0) {
		while (shmem_message_pop_segment(m, &s) == 0) {
			check_stamp(s);
			hold(me, s);
		}
		while (shmem_message_pop_handle(m, &h) == 0)
			shmem_handle_close(&h);
		if (shmem_message_is_request(m) && me->request == NULL)
			me->request = m;
		else
			shmem_message_free(&m);
		m = NULL;
	}
	fine(err);
}

static void send_message(side *me, fuzz_input *in)
{
	unsigned which = fuzz_byte(in);
	unsigned how = fuzz_byte(in);
	static const unsigned char body[40000];
	shmem_message *m = NULL;
	shmem_handle *h = NULL;
	uint64_t id;

	if (shmem_message_new(body, how % 16 == 0 ? sizeof(body) : how, &m))
		return;
	for (unsigned i = 0; i < HELD; i++)
		if ((which >> i & 1) != 0 && me->segment[i] != NULL)
			fine(shmem_message_push_segment(m, &me->segment[i]));
	if (how % 4 == 1 && shmem_handle_create(how / 4, NULL, &h) == 0)
		fine(shmem_message_push_handle(m, &h));
	shmem_handle_close(&h);
	if (me->request != NULL && how % 3 == 0) {
		fine(shmem_channel_reply(me->channel, me->request, &m));
		shmem_message_free(&me->request);
	} else if (how % 3 == 1) {
		fine(shmem_channel_request(me->channel, &m, &id));
	} else {
		fine(shmem_channel_send(me->channel, &m));
	}
	shmem_message_free(&m);
}

static void act(fuzz_input *in)
{
	unsigned what = fuzz_byte(in);
	side *me = &sides[what & 1];
	shmem_segment **held = &me->segment[what / 16 % HELD];
	shmem_segment *s = NULL;
	shmem_handle *h = NULL;

	switch (what / 2 % 8) {
	case 0:
		if (shmem_segment_alloc(me->channel,
					fuzz_interesting(in) % 90000, &s) == 0)
			hold(me, s);
		break;
	case 1:
	case 2:
		if (*held != NULL)
			fine(shmem_segment_send(me->channel, held));
		break;
	case 3:
		fine(shmem_segment_free(held));
		break;
	case 4:
		send_message(me, in);
		break;
	case 5:
		if (*held != NULL)
			fine(shmem_segment_set_label(*held, "label"));
		break;
	case 6:
		if (*held != NULL && shmem_segment_freeze(held, &h) == 0)
			shmem_handle_close(&h);
		shmem_message_free(&me->request);
		break;
	default:
		take_in(me);
		break;
	}
	for (unsigned i = 0; i < HELD; i++)
		if (me->segment[i] != NULL)
			stamp(me->segment[i]);
}

static void begin(unsigned how)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	int sock[2][2];

	opts.enforce = (shmem_enforce)(how % 3);
	opts.nonblocking = true;
	opts.max_segments = 64; /* whose table is soon made */
	opts.max_bytes = 4 << 20;
	opts.pool_bytes = 1 << 18;
	opts.scrub = (how & 8) != 0;
	opts.no_ring = (how & 4) != 0;
	for (unsigned i = 0; i < 2; i++) {
		FUZZ_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				      sock[i]) == 0);
		FUZZ_CHECK(shmem__channel_over(sock[i][0], (shmem__role)i,
					       &opts, 0,
					       SHMEM_OS_HANDLE_INVALID,
					       &sides[i].channel) == 0);
	}
	middle_open(&between, sock[0][1], sock[1][1]);
}

/* The other side is gone: what it had comes home. */
static void end(side *me)
{
	shmem_segment *s = NULL;
	unsigned n = 0;

	over = true;
	take_in(me);
	FUZZ_CHECK(shmem_channel_dispatch(me->channel) != 0);
	while (shmem_channel_reclaim(me->channel, &s, NULL) == 0) {
		FUZZ_CHECK(++n < 1000);
		stamp(s);
		hold(me, s);
	}
}

static void let_go(side *me)
{
	shmem_message_free(&me->request);
	shmem_channel_close(&me->channel);
	for (unsigned i = 0; i < HELD; i++)
		(void)shmem_segment_free(&me->segment[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	size_t n;

	fuzz_begin();
	memset(sides, 0, sizeof(sides));
	over = false;
	begin(fuzz_byte(&in));
	between.target = fuzz_byte(&in);
	between.renumber = false;
	between.how.at = fuzz_take(&in, 12, &n);
	between.how.left = n;
	while (in.left > 0) {
		act(&in);
		middle_run(&between);
	}
	/* What one sends by the socket has come before the other looks: the
	 * ring tells of it, past the man in the middle. */
	take_in(&sides[0]);
	middle_run(&between);
	take_in(&sides[1]);
	let_go(&sides[0]);
	middle_run(&between);
	middle_close(&between);
	end(&sides[1]);
	let_go(&sides[1]);
	fuzz_nothing_left();
	return 0;
}
