/* SPDX-License-Identifier: MIT */
/* Packets by a ring, the bell for a peer that sleeps, and spinning. */
#include "transport/link_ring.h"

#include "base/os.h"
#include "handle/os.h"
#include "mapping/os.h"

/* A bell that was rung ahead of its packet is worth this much spinning. */
#define EARLY_US 200u

/* Spinning that does not pay is tried again only once in so many waits. */
#define CREDIT_MAX 16u
#define CREDIT_RETRY 64u
#define LOOKS 32

static int map_ring(shmem_os_handle os, uint64_t bytes, void **ret)
{
	return shmem__view_map(os, 0, (size_t)(SHMEM__RING_HEADER + bytes),
			       SHMEM_RW, NULL, ret);
}

static uint64_t ring_bytes(uint64_t wish)
{
	uint64_t bytes = SHMEM__RING_MIN;

	while (bytes < wish && bytes < SHMEM__RING_MAX)
		bytes *= 2;
	return bytes;
}

int shmem__link_offer_ring(shmem__link *link, uint64_t wish)
{
	uint64_t bytes = ring_bytes(wish);
	shmem__packet *packet;
	shmem_os_handle os;
	void *memory = NULL;
	int err;

	err = shmem__object_create(SHMEM__RING_HEADER + bytes, "shmem ring",
				   false, &os);
	if (err != 0)
		return err;
	err = map_ring(os, bytes, &memory);
	if (err == 0)
		err = shmem__link_packet(link, &packet);
	if (err == 0) {
		shmem__ring ring;

		shmem__put64(shmem__frame_add(packet, SHMEM__FRAME_RING, 8),
			     bytes);
		/* The notice and the packet itself go before it. */
		shmem__ring_create(&ring, memory, bytes, link->sent + 2);
		err = shmem__link_send(link, &os, 1, false);
		if (err == 0)
			link->ring_out = ring;
	}
	if (err != 0 && memory != NULL)
		shmem__view_unmap(memory, (size_t)(SHMEM__RING_HEADER + bytes));
	shmem__object_close(os);
	return err;
}

int shmem__link_take_ring(shmem__link *link, shmem__reader frame)
{
	const unsigned char *at = shmem__take(&frame, 8);
	shmem__object_facts claim = {.access = SHMEM_RW};
	shmem__incoming *in = &link->in;
	uint64_t bytes;
	void *memory;
	int err;

	if (at == NULL || frame.left != 0 || link->ring_in.shared != NULL ||
	    in->descriptor_next == in->descriptor_count)
		return SHMEM_E_PROTO;
	bytes = shmem__get64(at);
	if (!shmem__ring_size_ok(bytes))
		return SHMEM_E_PROTO;
	claim.size = SHMEM__RING_HEADER + bytes;
	err = shmem__object_check(in->descriptor[in->descriptor_next], &claim);
	if (err == 0)
		err = map_ring(in->descriptor[in->descriptor_next], bytes,
			       &memory);
	if (err != 0)
		return err;
	shmem__object_close(shmem__link_descriptor(link));
	shmem__ring_attach(&link->ring_in, memory, bytes, link->received);
	return 0;
}

static void drop(shmem__ring *ring)
{
	if (ring->shared == NULL)
		return;
	shmem__view_unmap(ring->shared,
			  (size_t)(SHMEM__RING_HEADER + ring->bytes));
	ring->shared = NULL;
}

void shmem__link_drop_rings(shmem__link *link)
{
	drop(&link->ring_out);
	drop(&link->ring_in);
}

/* The word that says that the peer sleeps is gone by now: a bell that could
 * not be rung is owed. */
static int ring_bell(shmem__link *link, unsigned char how)
{
	int err = shmem__socket_send(&link->sock, &how, SHMEM__BELL_SIZE, NULL,
				     0, false);

	SHMEM__ADD(link->stats, doorbells, 1);
	link->bell_owed = err != 0;
	return err;
}

int shmem__link_pay(shmem__link *link)
{
	int err = 0;

	if (link->sock.unsent)
		err = shmem__socket_flush(&link->sock);
	if (err == 0 && link->bell_owed)
		err = ring_bell(link, SHMEM__BELL_NOW);
	return err;
}

void shmem__link_ahead(shmem__link *link)
{
	if (link->ring_out.shared != NULL &&
	    shmem__ring_wakes(&link->ring_out, true))
		(void)ring_bell(link, SHMEM__BELL_EARLY);
}

int shmem__link_send_by_ring(shmem__link *link)
{
	shmem__ring *ring = &link->ring_out;
	uint64_t before = ring->at;
	int err;

	shmem__packet_end(&link->out, 0, link->sent);
	err = shmem__ring_put(ring, link->out.data, link->out.length);
	if (err != 0)
		return err;
	shmem__ring_publish(ring, link->sent + 1, shmem__cpu());
	if ((shmem__ring_wakes(ring, false) || link->bell_owed) &&
	    ring_bell(link, SHMEM__BELL_NOW) == SHMEM_E_CLOSED) {
		/* Nobody is there who could have seen it. */
		ring->at = before;
		shmem__ring_publish(ring, link->sent, shmem__cpu());
		return SHMEM_E_CLOSED;
	}
	link->sent++;
	SHMEM__ADD(link->stats, packets_by_ring, 1);
	return 0;
}

int shmem__link_recv_by_ring(shmem__link *link, shmem__arrival *ret)
{
	shmem__ring *ring = &link->ring_in;
	size_t length;
	int found;

	/* It may be behind: what takes the socket is told of afterwards. */
	if (shmem__ring_sent(ring) <= link->received)
		return SHMEM_E_AGAIN;
	found = shmem__ring_peek(ring, link->in_bytes, SHMEM__PACKET_MAX,
				 &length);
	if (found < 0)
		return found;
	/* What comes before it is on the socket. */
	if (found == 0 || length < SHMEM__PACKET_HEADER ||
	    shmem__get64(link->in_bytes + 8) != link->received)
		return SHMEM_E_AGAIN;
	shmem__ring_take(ring, length);
	ret->length = length;
	return 0;
}

uint64_t shmem__link_taken(const shmem__link *link)
{
	if (link->ring_out.shared == NULL)
		return UINT64_MAX;
	return atomic_load_explicit(&link->ring_out.shared->received,
				    memory_order_acquire);
}

bool shmem__link_arm(shmem__link *link)
{
	/* The pollable tells of the rest of a packet that has begun to come. */
	if (link->ring_in.shared == NULL || link->sock.half)
		return true;
	/* What was put aside shows nowhere any more. */
	return shmem__ring_sleep(&link->ring_in, SHMEM__ASLEEP_LOOP) <=
		       link->received &&
	       !link->early.full;
}

/* A writer on this very processor can't write while we look. (How many there
 * are says nothing: a pinned thread has one, and its peer may have another.) */
static bool may_spin(const shmem__link *link)
{
	return link->spin_us != 0 &&
	       atomic_load_explicit(&link->ring_in.shared->cpu,
				    memory_order_relaxed) != shmem__cpu();
}

static bool worth_it(shmem__link *link)
{
	if (!may_spin(link))
		return false;
	link->waits++;
	return link->credit > 0 || link->waits % CREDIT_RETRY == 0;
}

static bool spin(shmem__link *link, uint32_t us, uint64_t deadline)
{
	uint64_t end = shmem__now_ns() + (uint64_t)us * 1000;

	if (end > deadline && deadline != 0)
		end = deadline;
	do {
		for (int i = 0; i < LOOKS; i++) {
			if (shmem__ring_sent(&link->ring_in) > link->received)
				return true;
			shmem__relax();
		}
	} while (shmem__now_ns() < end);
	return false;
}

bool shmem__link_spin(shmem__link *link, uint64_t deadline)
{
	bool early = link->bell_early;

	link->bell_early = false;
	if (shmem__ring_sent(&link->ring_in) > link->received)
		return true;
	if (early && may_spin(link))
		return spin(link, EARLY_US, deadline);
	if (!worth_it(link))
		return false;
	if (spin(link, link->spin_us, deadline)) {
		if (link->credit < CREDIT_MAX)
			link->credit++;
		SHMEM__ADD(link->stats, spins_paid, 1);
		return true;
	}
	if (link->credit > 0)
		link->credit--;
	SHMEM__ADD(link->stats, spins_lost, 1);
	return false;
}
