/* SPDX-License-Identifier: MIT */
/*
 * Generated code that decodes what a hostile child sends: every type there is.
 * What it accepts and echoes must be what came, byte for byte. Input, for each
 * message: its word and number, the actor, what it carries, its bytes.
 *
 * The conversation is a new one for each input; its channel, which takes ten
 * times as long to make, serves the next input, too, if nothing is left in it
 * or of it: no message, segment, handle, mapping or descriptor.
 */
#include "fuzz.h"

#include "base/codec.h"
#include "echoes.h"

#include <shmem/shmem.h>
#include <string.h>

#define HEAD 16u
#define WORD_MESSAGE 2u
#define BODY_MAX 512u

/* Numbers of the messages that are echoed, as they stand in every.shmem. */
enum { ECHO = 1, VALUES = 3, OPTIONS = 5 };

/* The latest request whose reply is an echo. */
static struct request {
	uint64_t id;
	unsigned char body[BODY_MAX];
	size_t size;
} asked;

static int own(every_parent *actor, shmem_segment **take_s,
	       shmem_handle **take_h, shmem_handle **take_r,
	       every_frame *take_f, every_frame *take_more, size_t more_count,
	       shmem_segment **take_none, shmem_segment **ret_s,
	       shmem_handle **ret_h, shmem_handle **ret_r, every_frame *ret_f,
	       every_frame **ret_more, size_t *ret_more_count,
	       shmem_segment **ret_none)
{
	(void)actor;
	(void)take_f;
	(void)take_more;
	(void)more_count;
	shmem_segment_move(ret_s, take_s);
	shmem_handle_move(ret_h, take_h);
	shmem_handle_move(ret_r, take_r);
	shmem_segment_move(ret_none, take_none);
	memset(ret_f, 0, sizeof(*ret_f));
	*ret_more = NULL;
	*ret_more_count = 0;
	return 0;
}

static int later(every_parent *actor, int32_t n, const char *const *names,
		 size_t names_count, shmem_protocol_resolver **take_resolver)
{
	shmem_segment *s = NULL;
	int err = every_parent_alloc(actor, 64, &s);

	if (err == 0)
		err = every_parent_resolve_later(take_resolver, n, names,
						 names_count, &s);
	shmem_segment_free(&s);
	return err;
}

static int part(every_parent *actor, part_parent *made, const char *name,
		shmem_segment **take_s)
{
	(void)actor;
	(void)made;
	(void)take_s;
	return name[0] == 'x' ? SHMEM_E_ACCESS : 0;
}

static int nothing(every_parent *actor)
{
	(void)actor;
	return 0;
}

static int note(every_parent *actor, const char *text)
{
	return every_parent_send_note(actor, text);
}

static const every_parent_handlers handlers = {
	.recv_echo = echoes_echo,
	.recv_own = own,
	.recv_values = echoes_values,
	.recv_later = later,
	.recv_options = echoes_options,
	.recv_plain = nothing,
	.recv_part_constructor = part,
	.recv_delete = nothing,
	.recv_note = note,
};

/* Seldom anything: to make it takes longer than all the rest. */
static void carry(shmem_channel *child, shmem_message *m, unsigned what)
{
	if (what >= 64)
		return;
	for (unsigned i = 0; i < what % 4; i++) {
		shmem_segment *s = NULL;

		if (shmem_segment_alloc(child, 100, &s) == 0)
			(void)shmem_message_push_segment(m, &s);
		(void)shmem_segment_free(&s);
	}
	for (unsigned i = 0; i < what / 4 % 4; i++) {
		shmem_handle *h = NULL;

		/* The second one is for reading only. */
		if (shmem_handle_create(i == 1 ? 0 : 100, NULL, &h) != 0)
			continue;
		if ((what & 16) != 0 || i == 1) {
			shmem_handle *narrow = NULL;

			(void)shmem_handle_duplicate(h, SHMEM_READ, &narrow);
			shmem_handle_move(&h, &narrow);
		}
		(void)shmem_message_push_handle(m, &h);
		shmem_handle_close(&h);
	}
}

static void send_one(shmem_channel *child, fuzz_input *in)
{
	unsigned char bytes[HEAD + BODY_MAX] = {0};
	unsigned how = fuzz_byte(in);
	unsigned what = fuzz_byte(in);
	shmem_message *m = NULL;
	const uint8_t *body;
	size_t n;

	bytes[0] = (unsigned char)(how % 8 != 0 ? WORD_MESSAGE
						: fuzz_byte(in) % 8);
	shmem__put16(bytes + 2, (uint16_t)(fuzz_byte(in) % 20));
	shmem__put64(bytes + 8, (how & 64) == 0 ? 1 : fuzz_byte(in));
	body = fuzz_take(in, (size_t)fuzz_number(in, 2) % (BODY_MAX + 1), &n);
	memcpy(bytes + HEAD, body, n);
	if (shmem_message_new(bytes, HEAD + n, &m) != 0)
		return;
	carry(child, m, what);
	if ((how & 128) == 0) {
		uint64_t id = 0;

		if (shmem_channel_request(child, &m, &id) == 0) {
			asked.id = id;
			asked.size = bytes[0] == WORD_MESSAGE ? n : 0;
			memcpy(asked.body, body, n);
		}
	} else {
		(void)shmem_channel_send(child, &m);
	}
	shmem_message_free(&m);
}

/* An echo says the same as the request: head, no error, the same bytes. */
static void check_echo(const shmem_message *m)
{
	const unsigned char *bytes = shmem_message_data(m);
	size_t size = shmem_message_size(m);
	unsigned number;

	if (shmem_message_reply_to(m) != asked.id || asked.size == 0 ||
	    size < HEAD + 4 || shmem__get32(bytes + HEAD) != 0)
		return;
	number = shmem__get16(bytes + 2);
	if (number != ECHO && number != VALUES && number != OPTIONS)
		return;
	if (shmem_message_segments(m) != 0)
		return;
	FUZZ_CHECK(size - HEAD - 4 == asked.size);
	FUZZ_CHECK(memcmp(bytes + HEAD + 4, asked.body, asked.size) == 0);
}

/* All that has come; false if the channel has ended. */
static bool listen(shmem_channel *channel)
{
	shmem_message *m = NULL;
	int err;

	while ((err = shmem_channel_recv(channel, 0, &m)) == 0) {
		check_echo(m);
		shmem_message_free(&m);
	}
	return err == SHMEM_E_AGAIN;
}

/* Greets as a child does, and then does as it likes. */
static void greet(shmem_channel *child)
{
	static const every_child_handlers none;
	shmem_protocol *p = NULL;
	every_child *actor = NULL;

	FUZZ_CHECK(every_child_open(child, &none, NULL, &p, &actor) == 0);
	shmem_protocol_close(&p);
}

#define INPUTS_PER_SESSION 256u

static struct session {
	shmem_channel *parent;
	shmem_channel *child;
	fuzz_holding fresh;
	unsigned inputs;
} session;

static void begin(void)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	if (session.parent != NULL)
		return;
	fuzz_begin();
	opts.nonblocking = true;
	opts.enforce = SHMEM_ENFORCE_NONE;
	opts.max_segments = 64; /* whose table is soon made */
	FUZZ_CHECK(shmem_channel_pair(&opts, &session.parent, &session.child) ==
		   0);
	/* They greet each other. */
	FUZZ_CHECK(listen(session.parent) && listen(session.child) &&
		   listen(session.parent) && listen(session.child));
	session.fresh = fuzz_holds();
	session.inputs = 0;
}

static void end(void)
{
	bool live = listen(session.parent) && listen(session.child) &&
		    listen(session.parent) && listen(session.child);

	if (live && ++session.inputs < INPUTS_PER_SESSION &&
	    fuzz_holds_the_same(session.fresh))
		return;
	shmem_channel_close(&session.parent);
	shmem_channel_close(&session.child);
	fuzz_nothing_left();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	shmem_protocol *p = NULL;
	every_parent *actor = NULL;

	begin();
	asked.size = 0;
	FUZZ_CHECK(every_parent_open(session.parent, &handlers, NULL, &p,
				     &actor) == 0);
	if (size % 16 != 15)
		greet(session.child);
	while (in.left > 0) {
		send_one(session.child, &in);
		while (shmem_protocol_status(p) == 0 &&
		       shmem_protocol_receive(p, 0) != SHMEM_E_AGAIN)
			;
		(void)listen(session.child);
	}
	shmem_protocol_close(&p);
	end();
	return 0;
}
