/* SPDX-License-Identifier: MIT */
/* Packets over a socket, and where there is one over a ring. */
#include "transport/link.h"

#include "base/fault.h"
#include "base/os.h"
#include "handle/os.h"
#include "transport/link_ring.h"

#include <string.h>

/* At most so many are taken for one look: a peer may ring for ever. */
#define BELLS_MAX 1024

int shmem__link_init(shmem__link *link, shmem_os_handle sock,
		     shmem_os_handle pidfd, uint32_t queue, shmem__stats *stats)
{
	int err = shmem__socket_open(sock, queue, &link->sock);

	if (err != 0)
		return err;
	link->pidfd = pidfd;
	link->stats = stats;
	link->in.pidfd = SHMEM_OS_HANDLE_INVALID;
	return 0;
}

static void drop_incoming(shmem__link *link)
{
	shmem__incoming *in = &link->in;

	while (in->descriptor_next < in->descriptor_count)
		shmem__object_discard(in->descriptor[in->descriptor_next++]);
	shmem__object_close(in->pidfd);
	in->pidfd = SHMEM_OS_HANDLE_INVALID;
	in->active = false;
}

static void drop_early(shmem__link *link)
{
	shmem__early *early = &link->early;

	if (!early->full)
		return;
	for (size_t i = 0; i < early->arrival.count; i++)
		shmem__object_discard(early->descriptor[i]);
	shmem__object_close(early->arrival.pidfd);
	early->full = false;
}

void shmem__link_fini(shmem__link *link)
{
	drop_incoming(link);
	/* So that whoever writes there rings, and learns that nobody is here.
	 */
	if (link->ring_in.shared != NULL)
		(void)shmem__ring_sleep(&link->ring_in, SHMEM__ASLEEP_LOOP);
	shmem__link_drop_rings(link);
	shmem__free(link->out.data);
	shmem__free(link->in_bytes);
	drop_early(link);
	shmem__free(link->early.bytes);
	shmem__object_close(link->pidfd);
	shmem__socket_close(&link->sock);
}

int shmem__link_packet(shmem__link *link, shmem__packet **ret)
{
	if (link->out.data == NULL) {
		link->out.data = shmem__calloc(1, SHMEM__PACKET_MAX);
		if (link->out.data == NULL)
			return SHMEM_E_NOMEM;
	}
	shmem__packet_begin(&link->out);
	*ret = &link->out;
	return 0;
}

/* The peer may be looking at the ring only. */
static void tell_ring(shmem__link *link)
{
	if (link->ring_out.shared != NULL)
		shmem__ring_publish(&link->ring_out, link->sent, shmem__cpu());
}

/*
 * A receiver that has no descriptor free would lose those of a packet for good.
 * So a small packet tells how many will come, and it can wait until they fit.
 */
static int give_notice(shmem__link *link, size_t count)
{
	unsigned char bytes[64];
	shmem__packet packet = {.data = bytes};
	unsigned char *payload;
	int err;

	shmem__packet_begin(&packet);
	payload = shmem__frame_add(&packet, SHMEM__FRAME_NOTICE, 8);
	shmem__put32(payload, (uint32_t)count);
	shmem__put32(payload + 4, 0);
	shmem__packet_end(&packet, 0, link->sent);
	err = shmem__socket_send(&link->sock, bytes, packet.length, NULL, 0,
				 false);
	if (err == 0) {
		link->sent++;
		tell_ring(link);
	}
	return err;
}

static int send_by_socket(shmem__link *link, const shmem_os_handle *descriptors,
			  size_t count, bool introduce)
{
	int err;

	if (count > 0) {
		err = give_notice(link, count);
		if (err != 0)
			return err;
	}
	shmem__packet_end(&link->out, (uint16_t)count, link->sent);
	err = shmem__socket_send(&link->sock, link->out.data, link->out.length,
				 descriptors, count, introduce);
	if (err != 0)
		return err;
	link->sent++;
	tell_ring(link);
	SHMEM__ADD(link->stats, descriptors_sent, count);
	SHMEM__ADD(link->stats, packets_by_socket, 1);
	return 0;
}

int shmem__link_send(shmem__link *link, const shmem_os_handle *descriptors,
		     size_t count, bool introduce)
{
	int err = SHMEM_E_AGAIN;

	if (count == 0 && link->ring_out.shared != NULL)
		err = shmem__link_send_by_ring(link);
	if (err != SHMEM_E_AGAIN)
		return err;
	return send_by_socket(link, descriptors, count, introduce);
}

static int accept_packet(shmem__link *link, size_t length)
{
	shmem__incoming *in = &link->in;
	int err;

	err = shmem__packet_parse(link->in_bytes, length, &in->packet);
	if (err != 0)
		return err;
	if (in->packet.sequence != link->received ||
	    in->packet.descriptors != in->descriptor_count)
		return SHMEM_E_PROTO;
	if (in->descriptor_count != 0 && in->descriptor_count != link->coming)
		return SHMEM_E_PROTO;
	/* It spoke of this packet; if sending that failed, of none. */
	link->coming = 0;
	link->received++;
	if (link->ring_in.shared != NULL)
		atomic_store_explicit(&link->ring_in.shared->received,
				      link->received, memory_order_release);
	SHMEM__ADD(link->stats, descriptors_received, in->descriptor_count);
	return 0;
}

/* The next packet off the socket; bells are for waking up only. */
static int recv_by_socket(shmem__link *link, shmem__arrival *arrival)
{
	int err;

	if (link->coming != 0) {
		err = shmem__socket_reserve(&link->sock, link->coming);
		if (err != 0)
			return err;
	}
	link->bell_early = false;
	for (int bells = 0; bells < BELLS_MAX; bells++) {
		err = shmem__socket_recv(&link->sock, link->in_bytes,
					 SHMEM__PACKET_MAX, link->in.descriptor,
					 arrival);
		if (err != 0 || arrival->length != SHMEM__BELL_SIZE ||
		    arrival->count != 0 || link->ring_in.shared == NULL)
			return err;
		link->bell_early = link->in_bytes[0] == SHMEM__BELL_EARLY;
		shmem__object_close(arrival->pidfd);
	}
	return SHMEM_E_AGAIN;
}

/*
 * Between the look at the ring and the one at the socket, the peer may have put
 * packet n into the ring and sent n + 1 by the socket: that one is put aside.
 */
static bool comes_early(const shmem__link *link, const shmem__arrival *arrival)
{
	return arrival->length >= SHMEM__PACKET_HEADER &&
	       shmem__get64(link->in_bytes + 8) > link->received;
}

static void put_aside(shmem__link *link, const shmem__arrival *arrival)
{
	shmem__early *early = &link->early;
	unsigned char *bytes = early->bytes;

	early->bytes = link->in_bytes;
	link->in_bytes = bytes;
	early->arrival = *arrival;
	memcpy(early->descriptor, link->in.descriptor,
	       arrival->count * sizeof(early->descriptor[0]));
	early->full = true;
}

static int take_early(shmem__link *link, shmem__arrival *arrival)
{
	shmem__early *early = &link->early;
	unsigned char *bytes = early->bytes;

	/* Not its turn, and what comes before it is not there: there never
	 * was such a packet. */
	if (shmem__get64(bytes + 8) != link->received)
		return SHMEM_E_PROTO;
	early->bytes = link->in_bytes;
	link->in_bytes = bytes;
	*arrival = early->arrival;
	memcpy(link->in.descriptor, early->descriptor,
	       arrival->count * sizeof(early->descriptor[0]));
	early->full = false;
	return 0;
}

static void nothing_yet(shmem__arrival *arrival)
{
	memset(arrival, 0, sizeof(*arrival));
	arrival->pidfd = SHMEM_OS_HANDLE_INVALID;
}

static int recv_from_both(shmem__link *link, shmem__arrival *arrival)
{
	uint64_t claimed = shmem__ring_sent(&link->ring_in);
	int err;

	if (claimed <= link->received && !link->look && !link->early.full)
		return SHMEM_E_AGAIN;
	err = shmem__link_recv_by_ring(link, arrival);
	if (err != SHMEM_E_AGAIN)
		return err;
	if (link->early.full)
		return take_early(link, arrival);
	if (claimed > link->received)
		shmem__socket_catch_up(&link->sock);
	err = recv_by_socket(link, arrival);
	if (err == 0 && comes_early(link, arrival)) {
		put_aside(link, arrival);
		nothing_yet(arrival);
		err = shmem__link_recv_by_ring(link, arrival);
		return err == SHMEM_E_AGAIN ? SHMEM_E_PROTO : err;
	}
	if (err != SHMEM_E_AGAIN && err != SHMEM_E_CLOSED)
		return err;
	/* Something may have been put before that bell, or that end. */
	link->look = false;
	if (shmem__link_recv_by_ring(link, arrival) == 0)
		return 0;
	/* It said that there was something: of that, some at least has come. */
	if (err == SHMEM_E_AGAIN && claimed > link->received &&
	    !link->sock.half)
		return SHMEM_E_PROTO;
	return err;
}

static int recv_packet(shmem__link *link, shmem__arrival *arrival)
{
	nothing_yet(arrival);
	if (link->peer_dead)
		shmem__socket_catch_up(&link->sock);
	if (link->ring_in.shared == NULL)
		return recv_by_socket(link, arrival);
	if (link->early.bytes == NULL) {
		link->early.bytes = shmem__calloc(1, SHMEM__PACKET_MAX);
		if (link->early.bytes == NULL)
			return SHMEM_E_NOMEM;
	}
	if (link->peer_dead)
		link->look = true;
	return recv_from_both(link, arrival);
}

/* There is no waiting for that, but it is soon done. */
static void finish_held(shmem__link *link, uint64_t deadline)
{
	while (shmem__socket_holds(&link->sock) && !shmem__link_died(link) &&
	       shmem__time_left(deadline) != 0)
		shmem__sleep_ms(1);
}

void shmem__link_finish(shmem__link *link, uint64_t deadline)
{
	unsigned ready;
	bool dead = false;
	int left;

	while (link->sock.unsent && !dead &&
	       shmem__socket_flush(&link->sock) == SHMEM_E_AGAIN) {
		left = shmem__time_left(deadline);
		if (left == 0 ||
		    shmem__socket_wait(&link->sock, SHMEM_POLL_WRITE,
				       link->pidfd, left, &ready, &dead) != 0)
			return;
	}
	if (!dead)
		finish_held(link, deadline);
}

int shmem__link_recv(shmem__link *link)
{
	shmem__incoming *in = &link->in;
	shmem__arrival arrival;
	int err;

	if (link->in_bytes == NULL) {
		link->in_bytes = shmem__calloc(1, SHMEM__PACKET_MAX);
		if (link->in_bytes == NULL)
			return SHMEM_E_NOMEM;
	}
	err = recv_packet(link, &arrival);
	if (err == SHMEM_E_AGAIN && link->peer_dead)
		return SHMEM_E_CLOSED;
	if (err != 0)
		return err;
	in->active = true;
	in->in_frame = false;
	in->descriptor_count = arrival.count;
	in->descriptor_next = 0;
	in->pid = arrival.pid;
	in->pidfd = arrival.pidfd;
	err = accept_packet(link, arrival.length);
	if (err != 0)
		drop_incoming(link);
	return err;
}

shmem_os_handle shmem__link_descriptor(shmem__link *link)
{
	shmem__incoming *in = &link->in;

	if (in->descriptor_next == in->descriptor_count)
		return SHMEM_OS_HANDLE_INVALID;
	return in->descriptor[in->descriptor_next++];
}

int shmem__link_notice(shmem__link *link, shmem__reader frame)
{
	const unsigned char *at = shmem__take(&frame, 8);
	uint32_t count;

	if (at == NULL || frame.left != 0 || !shmem__all_zero(at + 4, 4))
		return SHMEM_E_PROTO;
	count = shmem__get32(at);
	if (count == 0 || count > SHMEM__PACKET_DESCRIPTORS)
		return SHMEM_E_PROTO;
	link->coming = count;
	return 0;
}

int shmem__link_recv_done(shmem__link *link)
{
	bool all = link->in.descriptor_next == link->in.descriptor_count;

	drop_incoming(link);
	return all ? 0 : SHMEM_E_PROTO;
}

static int wait_by_socket(shmem__link *link, unsigned what, uint64_t deadline)
{
	unsigned ready = 0;
	bool dead = false;
	int left = shmem__time_left(deadline);
	int err;

	do {
		err = shmem__socket_wait(&link->sock, what, link->pidfd, left,
					 &ready, &dead);
		if (err != 0)
			return err;
		if (dead)
			link->peer_dead = true;
		if (ready != 0 || dead)
			return 0;
		left = shmem__time_left(deadline);
	} while (left != 0);
	return SHMEM_E_TIMEDOUT;
}

int shmem__link_wait(shmem__link *link, unsigned what, uint64_t deadline)
{
	/* Whoever does not spin has no use for a bell ahead of its packet. */
	uint32_t how = link->spin_us != 0 ? SHMEM__ASLEEP : SHMEM__ASLEEP_LOOP;
	int err;

	if (link->peer_dead)
		return 0;
	/* What was put aside has come, whatever the ring tells of it yet. */
	if ((what & SHMEM_POLL_READ) != 0 && link->early.full)
		return 0;
	/* The rest of a packet comes by the socket, and nothing before it. */
	if (link->sock.half)
		link->look = true;
	if (link->ring_in.shared == NULL || (what & SHMEM_POLL_READ) == 0 ||
	    link->sock.half)
		return wait_by_socket(link, what, deadline);
	if (shmem__link_spin(link, deadline))
		return 0;
	if (shmem__ring_sleep(&link->ring_in, how) > link->received) {
		(void)shmem__ring_sleep(&link->ring_in, SHMEM__AWAKE);
		return 0;
	}
	err = wait_by_socket(link, what, deadline);
	(void)shmem__ring_sleep(&link->ring_in, SHMEM__AWAKE);
	link->look = true;
	return err;
}

bool shmem__link_died(shmem__link *link)
{
	unsigned ready = 0;
	bool dead = false;

	if (link->peer_dead || link->pidfd == SHMEM_OS_HANDLE_INVALID ||
	    shmem__socket_wait(&link->sock, 0, link->pidfd, 0, &ready, &dead) !=
		    0)
		return false;
	link->peer_dead = dead;
	return dead;
}
