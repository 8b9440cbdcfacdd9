/* SPDX-License-Identifier: MIT */
/* Channels when the system refuses this or that. */
#include "faults.h"
#include "support.h"

#include "handle/os.h"
#include "transport/channel.h"

#include <shmem/shmem.h>
#include <string.h>

#define BYTES 5000
#define LARGE 100000

static shmem_enforce enforce;
static bool moved; /* segments so large that their page tables move */
static shmem_channel *a;
static shmem_channel *b;
static shmem_listener *listener;
static shmem_message *m;
static shmem_message *answer;
static shmem_segment *s;
static shmem_segment *more[20];
static shmem_handle *h;
static shmem_os_handle sock[2] = {SHMEM_OS_HANDLE_INVALID,
				  SHMEM_OS_HANDLE_INVALID};
static char address[SUPPORT_PATH_MAX];
static uint64_t id;

static const shmem_channel_opts *opts(void)
{
	static shmem_channel_opts o;

	memset(&o, 0, sizeof(o));
	o.size = sizeof(o);
	o.enforce = enforce;
	o.max_bytes = moved ? 1 << 30 : 4 << 20;
	return &o;
}

static void nothing(void)
{
}

static void with_pair(void)
{
	ck_assert_int_eq(shmem_channel_pair(opts(), &a, &b), 0);
}

static shmem_message *text(const char *bytes)
{
	shmem_message *message = NULL;

	ck_assert_int_eq(shmem_message_new(bytes, strlen(bytes), &message), 0);
	return message;
}

static void chat(shmem_channel *from, shmem_channel *to)
{
	shmem_message *message = text("hello");

	ck_assert_int_eq(shmem_channel_send(from, &message), 0);
	ck_assert_int_eq(shmem_channel_recv(to, 1000, &message), 0);
	shmem_message_free(&message);
}

/* Both have heard of each other, and each has a ring to the other. */
static void with_acquainted(void)
{
	with_pair();
	for (int i = 0; i < 40 && (a->link.ring_in.shared == NULL ||
				   b->link.ring_in.shared == NULL);
	     i++) {
		chat(a, b);
		chat(b, a);
	}
	ck_assert_ptr_nonnull(a->link.ring_in.shared);
	ck_assert_ptr_nonnull(b->link.ring_in.shared);
}

static void clear(void)
{
	moved = false;
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	shmem_listener_close(&listener);
	shmem_message_free(&m);
	shmem_message_free(&answer);
	shmem_segment_free(&s);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		shmem_segment_free(&more[i]);
	shmem_handle_close(&h);
	for (int i = 0; i < 2; i++) {
		shmem__object_close(sock[i]);
		sock[i] = SHMEM_OS_HANDLE_INVALID;
	}
}

static void write_to(shmem_segment *segment, int byte)
{
	memset(shmem_segment_data(segment), byte,
	       (size_t)shmem_segment_size(segment));
}

static bool all_are(const unsigned char *data, size_t count, int byte)
{
	for (size_t i = 0; i < count; i++)
		if (data[i] != byte)
			return false;
	return true;
}

/* It is ours, and holds what was written. */
static void holds(const shmem_segment *segment, int byte)
{
	const unsigned char *data = shmem_segment_data(segment);

	ck_assert_ptr_nonnull(data);
	ck_assert(all_are(data, (size_t)shmem_segment_size(segment), byte));
}

static shmem_segment *segment_of(shmem_channel *channel, int byte)
{
	shmem_segment *segment = NULL;

	ck_assert_int_eq(shmem_segment_alloc(channel, BYTES, &segment), 0);
	write_to(segment, byte);
	return segment;
}

/* The channel works, both ways and with segments. */
static void works(void)
{
	shmem_segment *segment;

	chat(a, b);
	segment = segment_of(b, 9);
	ck_assert_int_eq(shmem_segment_send(b, &segment), 0);
	ck_assert_int_eq(shmem_segment_recv(a, 1000, &segment), 0);
	holds(segment, 9);
	ck_assert_int_eq(shmem_segment_free(&segment), 0);
}

static bool nothing_made(int err)
{
	(void)err;
	ck_assert_ptr_null(a);
	ck_assert_ptr_null(b);
	return true;
}

static int pair(void)
{
	return shmem_channel_pair(opts(), &a, &b);
}

static void with_sockets(void)
{
	ck_assert_int_eq(shmem__socket_pair(1 << 16, sock), 0);
}

static int adopt(void)
{
	return shmem_channel_adopt(&sock[0], opts(), &a);
}

static bool socket_stays(int err)
{
	ck_assert_int_eq(shmem__socket_check(sock[0]), 0);
	return nothing_made(err);
}

static void adopted_works(void)
{
	ck_assert_int_eq(sock[0], SHMEM_OS_HANDLE_INVALID);
	ck_assert_int_eq(shmem_channel_adopt(&sock[1], opts(), &b), 0);
	works();
}

static void with_address(void)
{
	support_path(address, "socket");
}

static int listen_there(void)
{
	return shmem_listener_open(address, &listener);
}

static bool nobody_listens(int err)
{
	(void)err;
	ck_assert_ptr_null(listener);
	ck_assert_int_eq(shmem_channel_connect(address, opts(), 0, &b),
			 SHMEM_E_NOENT);
	return true;
}

static void with_listener(void)
{
	with_address();
	ck_assert_int_eq(listen_there(), 0);
}

static int connect_there(void)
{
	return shmem_channel_connect(address, opts(), 0, &b);
}

/* Connections that failed are in the listener's queue. */
static void connected_works(void)
{
	for (;;) {
		ck_assert_int_eq(
			shmem_listener_accept(listener, opts(), 1000, &a), 0);
		if (shmem_channel_dispatch(a) != SHMEM_E_CLOSED)
			break;
		shmem_channel_close(&a);
	}
	works();
}

static void with_connection(void)
{
	with_listener();
	ck_assert_int_eq(connect_there(), 0);
}

static int accept_there(void)
{
	return shmem_listener_accept(listener, opts(), 0, &a);
}

/* A connection that was taken from the queue and could not be used is gone. */
static bool not_accepted(int err)
{
	(void)err;
	ck_assert_ptr_null(a);
	return support_readable(shmem_listener_pollable(listener), 0);
}

static int alloc(void)
{
	return shmem_segment_alloc(a, BYTES, &s);
}

static bool no_segment(int err)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	ck_assert_ptr_null(s);
	shmem_channel_stats(a, &stats);
	ck_assert_uint_eq(stats.segments, 0);
	/* It looks for what the peer has freed, and may find the end. */
	return err != SHMEM_E_CLOSED;
}

static void segment_works(void)
{
	write_to(s, 1);
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(b, 1000, &s), 0);
	holds(s, 1);
	works();
}

#define MANY 6

static int alloc_many(void)
{
	return shmem_segment_alloc_many(a, BYTES, MANY, more);
}

static bool no_segments(int err)
{
	ck_assert_ptr_null(more[0]);
	return no_segment(err);
}

static void segments_work(void)
{
	shmem_message *all = text("");

	for (int i = 0; i < MANY; i++) {
		write_to(more[i], i);
		ck_assert_int_eq(shmem_message_push_segment(all, &more[i]), 0);
	}
	ck_assert_int_eq(shmem_channel_send(a, &all), 0);
	ck_assert_int_eq(shmem_channel_recv(b, 1000, &all), 0);
	for (int i = 0; i < MANY; i++) {
		ck_assert_int_eq(shmem_message_pop_segment(all, &more[i]), 0);
		holds(more[i], i);
	}
	shmem_message_free(&all);
	works();
}

/* Two are in the pool, the others must be made. */
static void with_some_recycled(void)
{
	with_acquainted();
	ck_assert_int_eq(shmem_segment_alloc_many(a, BYTES, 2, more), 0);
	ck_assert_int_eq(shmem_segment_free_many(more, 2), 0);
}

static void with_many(void)
{
	with_acquainted();
	ck_assert_int_eq(alloc_many(), 0);
}

static int free_many(void)
{
	return shmem_segment_free_many(more, MANY);
}

static void are_gone(void)
{
	no_segments(0);
	ck_assert_int_eq(alloc_many(), 0);
	segments_work();
}

static void with_recycled(void)
{
	with_acquainted();
	s = segment_of(a, 1);
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(b, 1000, &s), 0);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
	ck_assert_int_eq(shmem_channel_dispatch(a), 0);
}

/* All that the peer accepts lies free in the pool, in another size. */
static void with_full_pool(void)
{
	with_acquainted();
	ck_assert_int_eq(shmem_segment_alloc(a, 4 << 20, &s), 0);
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(b, 1000, &s), 0);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
	ck_assert_int_eq(shmem_channel_dispatch(a), 0);
}

/* A message of everything: a segment of each side's making, one with a label,
 * a handle. */
static void with_message(void)
{
	shmem_segment *of_b;

	with_pair();
	of_b = segment_of(b, 1);
	ck_assert_int_eq(shmem_segment_send(b, &of_b), 0);
	ck_assert_int_eq(shmem_segment_recv(a, 1000, &of_b), 0);
	ck_assert_int_eq(shmem_handle_create(BYTES, NULL, &h), 0);
	m = text("everything");
	s = segment_of(a, 2);
	ck_assert_int_eq(shmem_segment_set_label(s, "label"), 0);
	ck_assert_int_eq(shmem_message_push_segment(m, &of_b), 0);
	ck_assert_int_eq(shmem_message_push_segment(m, &s), 0);
	ck_assert_int_eq(shmem_message_push_handle(m, &h), 0);
}

static int send_message(void)
{
	return shmem_channel_send(a, &m);
}

static bool message_stays(int err)
{
	shmem_message *none = NULL;

	(void)err;
	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(shmem_message_segments(m), 2);
	ck_assert_uint_eq(shmem_message_handles(m), 1);
	for (int i = 0; i < 2; i++) {
		const shmem_segment *in = m->segments.item[i];

		holds(in, i + 1);
		ck_assert_int_eq(shmem_segment_state(a, shmem_segment_id(in)),
				 SHMEM_STATE_STAGED);
	}
	ck_assert_int_eq(shmem_channel_recv(b, 0, &none), SHMEM_E_AGAIN);
	return true;
}

static void check_message(shmem_message *message)
{
	ck_assert_uint_eq(shmem_message_size(message), 10);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(shmem_message_pop_segment(message, &s), 0);
		holds(s, i + 1);
		if (i == 1)
			ck_assert_str_eq(shmem_segment_label(s), "label");
		ck_assert_int_eq(shmem_segment_free(&s), 0);
	}
	ck_assert_int_eq(shmem_message_pop_handle(message, &h), 0);
	ck_assert_uint_eq(shmem_handle_size(h), BYTES);
}

static void message_arrives(void)
{
	ck_assert_ptr_null(m);
	ck_assert_int_eq(shmem_channel_recv(b, 1000, &m), 0);
	check_message(m);
	works();
}

static void with_large(void)
{
	unsigned char bytes[LARGE];

	memset(bytes, 7, sizeof(bytes));
	with_acquainted();
	ck_assert_int_eq(shmem_message_new(bytes, sizeof(bytes), &m), 0);
}

/* What there was no memory for is in no list of memory to be used again. */
static void pool_is_whole(const shmem__pool *pool)
{
	const shmem__entry *entry;

	for (unsigned i = 0; i < SHMEM__CLASS_COUNT; i++)
		for (entry = pool->free[i]; entry != NULL; entry = entry->next)
			ck_assert_uint_ne(entry->capacity, 0);
}

static bool large_stays(int err)
{
	shmem_message *none = NULL;

	pool_is_whole(&a->pool);
	ck_assert_uint_eq(shmem_message_size(m), LARGE);
	ck_assert_int_eq(shmem_channel_recv(b, 0, &none), SHMEM_E_AGAIN);
	return err != SHMEM_E_CLOSED;
}

static void check_large(void)
{
	const unsigned char *data = shmem_message_data(m);

	ck_assert_uint_eq(shmem_message_size(m), LARGE);
	ck_assert(all_are(data, LARGE, 7));
}

static void large_arrives(void)
{
	ck_assert_int_eq(shmem_channel_recv(b, 1000, &m), 0);
	check_large();
	works();
}

static void with_segment(void)
{
	with_acquainted();
	s = segment_of(a, 1);
	id = shmem_segment_id(s);
}

static int send_segment(void)
{
	return shmem_segment_send(a, &s);
}

static bool segment_stays(int err)
{
	shmem_message *none = NULL;

	(void)err;
	holds(s, 1);
	ck_assert_int_eq(shmem_segment_state(a, id), SHMEM_STATE_OWNED);
	ck_assert_int_eq(shmem_channel_recv(b, 0, &none), SHMEM_E_AGAIN);
	return true;
}

static void segment_arrives(void)
{
	ck_assert_ptr_null(s);
	ck_assert_int_eq(shmem_segment_recv(b, 1000, &s), 0);
	holds(s, 1);
	works();
}

static void with_message_sent(void)
{
	shmem_channel *was_a;

	with_message();
	ck_assert_int_eq(send_message(), 0);
	was_a = a;
	a = b;
	b = was_a;
}

static int recv_message(void)
{
	return shmem_channel_recv(a, 0, &m);
}

static bool is_alive(int err)
{
	return err != SHMEM_E_CLOSED && err != SHMEM_E_UNTRUSTED &&
	       err != SHMEM_E_PROTO;
}

/* Unless the channel was declared dead, a message is still to come. */
static bool message_waits(int err)
{
	ck_assert_ptr_null(m);
	return is_alive(err);
}

static void message_came(void)
{
	check_message(m);
	works();
}

static void with_large_sent(void)
{
	with_large();
	ck_assert_int_eq(shmem_channel_send(a, &m), 0);
}

static int recv_large(void)
{
	return shmem_channel_recv(b, 0, &m);
}

static void large_came(void)
{
	check_large();
	works();
}

static void with_segment_sent(void)
{
	with_segment();
	ck_assert_int_eq(send_segment(), 0);
}

static int recv_segment(void)
{
	return shmem_segment_recv(b, 0, &s);
}

static bool segment_waits(int err)
{
	ck_assert_ptr_null(s);
	return is_alive(err);
}

static void segment_came(void)
{
	holds(s, 1);
	works();
}

static void with_request(void)
{
	with_acquainted();
	m = text("request");
}

static int request(void)
{
	return shmem_channel_request(a, &m, &id);
}

static bool request_stays(int err)
{
	(void)err;
	ck_assert_ptr_nonnull(m);
	return true;
}

static void request_is_answered(void)
{
	ck_assert_int_eq(shmem_channel_recv(b, 1000, &m), 0);
	answer = text("answer");
	ck_assert_int_eq(shmem_channel_reply(b, m, &answer), 0);
	ck_assert_int_eq(shmem_channel_recv(a, 1000, &answer), 0);
	ck_assert_uint_eq(shmem_message_reply_to(answer), id);
	works();
}

static void with_request_sent(void)
{
	with_request();
	ck_assert_int_eq(request(), 0);
	ck_assert_int_eq(shmem_channel_recv(b, 1000, &m), 0);
	answer = text("answer");
}

static int reply(void)
{
	return shmem_channel_reply(b, m, &answer);
}

static bool reply_stays(int err)
{
	(void)err;
	ck_assert_ptr_nonnull(answer);
	return true;
}

static void reply_arrives(void)
{
	ck_assert_int_eq(shmem_channel_recv(a, 1000, &answer), 0);
	ck_assert_uint_eq(shmem_message_reply_to(answer), id);
	works();
}

/* A request freed: refused, now or when there is room. */
static int refuse(void)
{
	shmem_message_free(&m);
	return 0;
}

static void refusal_arrives(void)
{
	shmem_message_free(&answer);
	ck_assert_int_eq(shmem_channel_dispatch(b), 0);
	ck_assert_int_eq(shmem_channel_recv(a, 1000, &answer), 0);
	ck_assert(shmem_message_is_refusal(answer));
	works();
}

/* The reply is on its way even before the call is made. */
static void with_answer_sent(void)
{
	with_request();
	answer = text("answer");
	ck_assert_int_eq(shmem__send_message(b, &answer, SHMEM__KIND_REPLY, 1),
			 0);
}

static int call(void)
{
	return shmem_channel_call(a, &m, 0, &answer);
}

static bool call_can_go_on(int err)
{
	ck_assert_ptr_null(answer);
	if (m != NULL || err == SHMEM_E_CLOSED)
		return m != NULL && err != SHMEM_E_CLOSED;
	ck_assert_int_eq(shmem_channel_recv(a, 0, &answer), 0);
	ck_assert_uint_eq(shmem_message_reply_to(answer), 1);
	return false;
}

static void call_is_answered(void)
{
	ck_assert_int_eq(shmem_channel_recv(b, 0, &m), 0);
	shmem__owed_done(b, m);
	ck_assert_uint_eq(shmem_message_size(answer), 6);
	works();
}

static int free_segment(void)
{
	return shmem_segment_free(&s);
}

static bool never(int err)
{
	ck_abort_msg("freeing failed with %s", shmem_errname(err));
	return false;
}

static void is_gone(void)
{
	ck_assert_int_eq(shmem_segment_state(a, id), SHMEM_STATE_DEAD);
	ck_assert_int_eq(shmem_channel_dispatch(a), 0);
	ck_assert_int_eq(shmem_channel_dispatch(b), 0);
	ck_assert_int_eq(shmem_segment_state(b, id), SHMEM_STATE_DEAD);
	works();
}

static void with_foreign(void)
{
	shmem_channel *was_a;

	with_segment();
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(b, 1000, &s), 0);
	was_a = a;
	a = b;
	b = was_a;
}

static int free_message(void)
{
	shmem_message_free(&m);
	return 0;
}

static void works_still(void)
{
	works();
}

static int dispatch(void)
{
	return shmem_channel_dispatch(a);
}

static void dispatched(void)
{
	ck_assert_int_eq(shmem_channel_recv(a, 0, &m), 0);
	check_message(m);
	if (a->closed == 0) /* else that is told after what has come */
		works();
}

static bool nothing_happened(int err)
{
	return is_alive(err);
}

/* The peer has taken two of three in when it dies; one has come back. */
static void with_dead_peer(void)
{
	with_acquainted();
	for (int i = 0; i < 4; i++) {
		more[i] = segment_of(i == 1 ? b : a, i);
		ck_assert_int_eq(shmem_segment_send(i == 1 ? b : a, &more[i]),
				 0);
	}
	ck_assert_int_eq(shmem_segment_recv(a, 0, &more[1]), 0);
	ck_assert_int_eq(shmem_segment_recv(b, 0, &more[0]), 0);
	ck_assert_int_eq(shmem_segment_recv(b, 0, &more[2]), 0);
	ck_assert_int_eq(shmem_segment_send(b, &more[0]), 0);
	shmem_channel_close(&b);
	ck_assert_int_eq(shmem_segment_recv(a, 0, &more[0]), 0);
	ck_assert_int_eq(shmem_channel_recv(a, 0, &m), SHMEM_E_CLOSED);
}

static int reclaim(void)
{
	bool known = true;
	int err = shmem_channel_reclaim(a, &s, &known);

	if (err == 0 && known)
		ck_abort_msg("it can't be known");
	return err;
}

static bool not_reclaimed(int err)
{
	ck_assert_int_ne(err, SHMEM_E_NOENT);
	ck_assert_ptr_null(s);
	return true;
}

static void all_come_home(void)
{
	shmem_segment *next = NULL;
	bool known = false;

	holds(s, 2);
	ck_assert_int_eq(shmem_channel_reclaim(a, &next, &known), 0);
	ck_assert(known);
	holds(next, 3);
	ck_assert_int_eq(shmem_segment_free(&next), 0);
	ck_assert_int_eq(shmem_channel_reclaim(a, &next, NULL), SHMEM_E_NOENT);
	holds(more[0], 0);
	holds(more[1], 1);
}

/* Its memory is known at both ends: it needs no descriptor, only the ring. */
static void with_travelled(void)
{
	with_segment();
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(b, 0, &s), 0);
	ck_assert_int_eq(shmem_segment_send(b, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(a, 0, &s), 0);
}

/* The receiver waits in an event loop. */
static void with_loop(void)
{
	with_travelled();
	ck_assert_uint_eq(shmem_channel_wants(b), SHMEM_POLL_READ);
}

/* The receiver waits in recv: it may be woken ahead of the message. */
static void with_sleeper(void)
{
	with_travelled();
	ck_assert_uint_eq(shmem__ring_sleep(&b->link.ring_in, SHMEM__ASLEEP),
			  b->link.received);
}

/* Whoever sleeps is woken, at the latest when the sender does again what an
 * event loop does. */
static void sleeper_wakes(void)
{
	shmem_os_handle news = shmem_channel_pollable(b);

	for (int i = 0; i < 3 && !support_readable(news, 0); i++)
		if ((shmem_channel_wants(a) & SHMEM_POLL_WRITE) != 0)
			ck_assert_int_eq(shmem_channel_dispatch(a), 0);
	ck_assert(support_readable(news, 0));
	segment_arrives();
}

/* As large as needs be for page tables to move; only its ends are used. */
#define MOVED ((uint64_t)128 << 20)

static void write_ends(shmem_segment *segment, int byte)
{
	unsigned char *data = shmem_segment_data(segment);

	memset(data, byte, 64);
	memset(data + MOVED - 64, byte, 64);
}

static void ends_are(const shmem_segment *segment, int byte)
{
	const unsigned char *data = shmem_segment_data(segment);

	ck_assert_ptr_nonnull(data);
	ck_assert(all_are(data, 64, byte));
	ck_assert(all_are(data + MOVED - 64, 64, byte));
}

static void with_moved(void)
{
	moved = true;
	with_acquainted();
	ck_assert_int_eq(shmem_segment_alloc(a, MOVED, &s), 0);
	write_ends(s, 1);
	id = shmem_segment_id(s);
}

static void with_moved_travelled(void)
{
	with_moved();
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(b, 0, &s), 0);
	ck_assert_int_eq(shmem_segment_send(b, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(a, 0, &s), 0);
}

static void with_moved_sent(void)
{
	with_moved_travelled();
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	if (enforce == SHMEM_ENFORCE_PROTECT)
		ck_assert(a->pool.no_move ||
			  a->stats.value[SHMEM__STAT(page_table_moves)] > 2);
}

static bool moved_stays(int err)
{
	shmem_message *none = NULL;

	(void)err;
	ends_are(s, 1);
	ck_assert_int_eq(shmem_segment_state(a, id), SHMEM_STATE_OWNED);
	ck_assert_int_eq(shmem_channel_recv(b, 0, &none), SHMEM_E_AGAIN);
	return true;
}

static void moved_arrives(void)
{
	ck_assert_ptr_null(s);
	ck_assert_int_eq(shmem_segment_recv(b, 1000, &s), 0);
	ends_are(s, 1);
	works();
}

static void moved_came(void)
{
	ends_are(s, 1);
	works();
}

static void with_moved_lost(void)
{
	with_moved_sent();
	shmem_channel_close(&b);
	ck_assert_int_eq(shmem_channel_recv(a, 0, &m), SHMEM_E_CLOSED);
}

static int reclaim_moved(void)
{
	return shmem_channel_reclaim(a, &s, NULL);
}

static void moved_came_home(void)
{
	ends_are(s, 1);
}

static int freeze(void)
{
	int err = shmem_segment_freeze(&s, &h);

	if (enforce == SHMEM_ENFORCE_UNMAP)
		return err;
	if (err != SHMEM_E_UNSUPPORTED)
		ck_abort_msg("%s", shmem_errname(err));
	return 0;
}

static void is_frozen(void)
{
	if (enforce != SHMEM_ENFORCE_UNMAP)
		return;
	ck_assert_ptr_null(s);
	ck_assert(shmem_handle_is_frozen(h));
	is_gone();
}

static int wait_for_it(void)
{
	return shmem_channel_wait(b, SHMEM_POLL_READ, 0);
}

static void wait_ended(void)
{
	ck_assert_int_eq(recv_segment(), 0);
	segment_came();
}

static void with_all(void)
{
	with_message();
	for (size_t i = 0; i < 5; i++)
		more[i] = segment_of(i % 2 == 0 ? a : b, 3);
	ck_assert_int_eq(shmem_segment_send(a, &more[0]), 0);
	ck_assert_int_eq(shmem_segment_send(b, &more[1]), 0);
}

static int close_it(void)
{
	shmem_channel_close(&a);
	return 0;
}

static void is_closed(void)
{
	shmem_message_free(&m);
	ck_assert_int_eq(shmem_segment_recv(b, 0, &s), 0);
	holds(s, 3);
	ck_assert_int_eq(shmem_channel_recv(b, 0, &m), SHMEM_E_CLOSED);
}

static const faults_op ops[] = {
	{"pair", nothing, pair, nothing_made, works, clear},
	{"adopt", with_sockets, adopt, socket_stays, adopted_works, clear},
	{"listen", with_address, listen_there, nobody_listens, nothing, clear},
	{"connect", with_listener, connect_there, nothing_made, connected_works,
	 clear},
	{"accept", with_connection, accept_there, not_accepted, works, clear},
	{"alloc", with_pair, alloc, no_segment, segment_works, clear},
	{"alloc recycled", with_recycled, alloc, no_segment, segment_works,
	 clear},
	{"alloc in place of another", with_full_pool, alloc, no_segment,
	 segment_works, clear},
	{"alloc many", with_acquainted, alloc_many, no_segments, segments_work,
	 clear},
	{"alloc many, some recycled", with_some_recycled, alloc_many,
	 no_segments, segments_work, clear},
	{"free many", with_many, free_many, never, are_gone, clear},
	{"send", with_message, send_message, message_stays, message_arrives,
	 clear},
	{"send a large body", with_large, send_message, large_stays,
	 large_arrives, clear},
	{"send a segment", with_segment, send_segment, segment_stays,
	 segment_arrives, clear},
	{"send a segment again", with_travelled, send_segment, segment_stays,
	 segment_arrives, clear},
	{"send to a loop", with_loop, send_segment, segment_stays,
	 sleeper_wakes, clear},
	{"send to a sleeper", with_sleeper, send_segment, segment_stays,
	 sleeper_wakes, clear},
	{"receive", with_message_sent, recv_message, message_waits,
	 message_came, clear},
	{"receive a large body", with_large_sent, recv_large, message_waits,
	 large_came, clear},
	{"receive a segment", with_segment_sent, recv_segment, segment_waits,
	 segment_came, clear},
	{"request", with_request, request, request_stays, request_is_answered,
	 clear},
	{"reply", with_request_sent, reply, reply_stays, reply_arrives, clear},
	{"refuse", with_request_sent, refuse, never, refusal_arrives, clear},
	{"call", with_answer_sent, call, call_can_go_on, call_is_answered,
	 clear},
	{"free", with_segment, free_segment, never, is_gone, clear},
	{"free the peer's", with_foreign, free_segment, never, is_gone, clear},
	{"free a message", with_message, free_message, never, works_still,
	 clear},
	{"dispatch", with_message_sent, dispatch, nothing_happened, dispatched,
	 clear},
	{"wait", with_segment_sent, wait_for_it, nothing_happened, wait_ended,
	 clear},
	{"reclaim", with_dead_peer, reclaim, not_reclaimed, all_come_home,
	 clear},
	{"send page tables", with_moved, send_segment, moved_stays,
	 moved_arrives, clear},
	{"send page tables again", with_moved_travelled, send_segment,
	 moved_stays, moved_arrives, clear},
	{"receive page tables", with_moved_sent, recv_segment, segment_waits,
	 moved_came, clear},
	{"free page tables", with_moved_travelled, free_segment, never, is_gone,
	 clear},
	{"reclaim page tables", with_moved_lost, reclaim_moved, not_reclaimed,
	 moved_came_home, clear},
	{"freeze", with_foreign, freeze, segment_stays, is_frozen, clear},
	{"close", with_all, close_it, never, is_closed, clear},
};
#define OPS (int)(sizeof(ops) / sizeof(ops[0]))

START_TEST(any_call_may_fail)
{
	if (ops[_i % OPS].act == freeze && _i / OPS == SHMEM_ENFORCE_UNMAP)
		support_needs(SUPPORT_SEALS);
	/* What is made is made as with PROTECT, and making it takes long where
	 * memory is reserved when it is made. */
	if (_i / OPS == SHMEM_ENFORCE_NONE)
		support_needs(SUPPORT_SEALS);
	enforce = (shmem_enforce)(_i / OPS);
	faults_run(&ops[_i % OPS]);
}
END_TEST

START_TEST(any_limit_may_be_reached)
{
	support_needs(SUPPORT_FEW);
	/* Where memory is reserved when it is made, that takes long, and the
	 * ways to enforce do not differ in what they make. */
	if (support_lacks(SUPPORT_SEALS) != NULL &&
	    (ops[_i % OPS].act == freeze || _i / OPS != 0))
		support_needs(SUPPORT_SEALS);
	for (int i = 0; i < LADDER_LIMITS; i++) {
		enforce = (shmem_enforce)(_i / OPS);
		ladder_run(&ops[_i % OPS], (ladder_limit)i);
	}
}
END_TEST

/* Of those that would be skipped, one: it says why. */
static int all(void)
{
	return support_lacks(SUPPORT_SEALS) != NULL
		       ? OPS * SHMEM_ENFORCE_NONE + 1
		       : OPS * (SHMEM_ENFORCE_NONE + 1);
}

static Suite *suite(void)
{
	Suite *suite = suite_create("faults_channel");
	TCase *t = support_case(suite, "faults");

	tcase_add_loop_test(t, any_call_may_fail, 0, all());
	t = support_case(suite, "limits");
	tcase_add_loop_test(t, any_limit_may_be_reached, 0,
			    ladder_ops(OPS * (SHMEM_ENFORCE_NONE + 1)));
	return suite;
}
SUPPORT_MAIN(suite)
