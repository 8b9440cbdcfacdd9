/* SPDX-License-Identifier: MIT */
/* The half of a link that is in shared memory; for link.c alone. */
#ifndef SHMEM_SRC_TRANSPORT_LINK_RING_H
#define SHMEM_SRC_TRANSPORT_LINK_RING_H

#include "transport/link.h"

/* The packet in link->out. E_AGAIN (no room), E_PROTO, E_CLOSED. */
int shmem__link_send_by_ring(shmem__link *link);

/* The next packet, if it is in the ring. E_AGAIN, E_PROTO. */
int shmem__link_recv_by_ring(shmem__link *link, shmem__arrival *ret);

/* Looks for a packet for a while, if that is likely to be worth it. */
bool shmem__link_spin(shmem__link *link, uint64_t deadline);

void shmem__link_drop_rings(shmem__link *link);

#endif
