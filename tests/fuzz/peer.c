/* SPDX-License-Identifier: MIT */
/* What a hostile peer does. */
#include "peer.h"

#include "transport/ring.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

void fuzz_peer_open(fuzz_peer *peer, int sock)
{
	memset(peer, 0, offsetof(fuzz_peer, bytes));
	peer->sock = sock;
	peer->packet.data = peer->bytes;
	peer->fds = 0;
	memset(peer->id, 0, sizeof(peer->id));
	memset(peer->size, 0, sizeof(peer->size));
	peer->call = 0;
	peer->ring = NULL;
	shmem__packet_begin(&peer->packet);
}

void fuzz_peer_close(fuzz_peer *peer)
{
	if (peer->sock >= 0)
		close(peer->sock);
	peer->sock = -1;
	while (peer->fds > 0)
		close(peer->fd[--peer->fds]);
	if (peer->ring != NULL)
		munmap(peer->ring, peer->ring_length);
	peer->ring = NULL;
}

/* Bytes with the descriptors that were added, which are closed then. */
static void post(fuzz_peer *peer, const void *bytes, size_t length)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FUZZ_DESCRIPTORS * sizeof(int))];
	} control;
	struct iovec iov = {(void *)(uintptr_t)bytes, length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (peer->fds > 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen =
			(socklen_t)CMSG_SPACE(peer->fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = (socklen_t)CMSG_LEN(peer->fds * sizeof(int));
		memcpy(CMSG_DATA(c), peer->fd, peer->fds * sizeof(int));
	}
	if (peer->sock >= 0 &&
	    sendmsg(peer->sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		peer->sequence++;
	while (peer->fds > 0)
		close(peer->fd[--peer->fds]);
}

static void post_packet(fuzz_peer *peer)
{
	shmem__packet *packet = &peer->packet;
	size_t fds = peer->fds;

	if (fds > 0) {
		unsigned char bytes[64];
		shmem__packet notice = {.data = bytes};

		shmem__packet_begin(&notice);
		shmem__put64(shmem__frame_add(&notice, SHMEM__FRAME_NOTICE, 8),
			     fds);
		shmem__packet_end(&notice, 0, peer->sequence);
		peer->fds = 0;
		post(peer, bytes, notice.length);
		peer->fds = fds;
	}
	shmem__packet_end(packet, (uint16_t)fds, peer->sequence);
	post(peer, packet->data, packet->length);
	shmem__packet_begin(packet);
}

void fuzz_peer_greet(fuzz_peer *peer, unsigned side, shmem_enforce enforce,
		     bool ring)
{
	shmem__hello hello = {
		.version = SHMEM__WIRE_VERSION,
		.version_min = SHMEM__WIRE_VERSION_MIN,
		.enforce = enforce,
		.features = ring ? SHMEM__FEATURE_RING : 0,
		.nonce = side == 0 ? 0 : UINT64_MAX,
		.max_message = 1 << 20,
		.max_bytes = 4 << 20,
		.max_segments = 16,
	};

	shmem__hello_put(&peer->packet, &hello);
	post_packet(peer);
}

static void learn(fuzz_peer *peer, uint64_t id, uint64_t size)
{
	memmove(peer->id + 1, peer->id, (FUZZ_IDS - 1) * sizeof(uint64_t));
	memmove(peer->size + 1, peer->size, (FUZZ_IDS - 1) * sizeof(uint64_t));
	peer->id[0] = id;
	peer->size[0] = size;
}

static void learn_message(fuzz_peer *peer, shmem__reader frame)
{
	shmem__message_head head;

	if (shmem__message_head_parse(&frame, &head) != 0)
		return;
	for (uint32_t i = 0; i < head.segments; i++) {
		const unsigned char *at =
			shmem__take(&frame, SHMEM__SEGMENT_RECORD);

		learn(peer, shmem__get64(at), shmem__get64(at + 8));
	}
	if ((head.flags & SHMEM__KIND_MASK) == SHMEM__KIND_REQUEST)
		peer->call = head.call;
}

static void close_received(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int),
			       sizeof(int));
			close(fd);
		}
	}
}

static bool listen_once(fuzz_peer *peer)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(256 * sizeof(int))];
	} control;
	struct iovec iov = {peer->in, sizeof(peer->in)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	shmem__packet_in packet;
	shmem__frame_type type;
	shmem__reader frame;
	ssize_t n;

	if (peer->sock < 0)
		return false;
	n = recvmsg(peer->sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return false;
	close_received(&msg);
	if (shmem__packet_parse(peer->in, (size_t)n, &packet) == 0)
		while (shmem__packet_next(&packet, &type, &frame) == 1)
			if (type == SHMEM__FRAME_MESSAGE)
				learn_message(peer, frame);
	return true;
}

void fuzz_peer_listen(fuzz_peer *peer)
{
	while (listen_once(peer))
		;
}

static uint64_t known_id(const fuzz_peer *peer, fuzz_input *in,
			 uint64_t *ret_size)
{
	unsigned which = fuzz_byte(in);
	uint64_t id = peer->id[which % FUZZ_IDS];

	*ret_size = peer->size[which % FUZZ_IDS];
	if (which >= 240)
		id = fuzz_number(in, 8);
	else if (which >= 224)
		id += (uint64_t)1 << 32; /* the next in the same memory */
	else if (which >= 208)
		id ^= (uint64_t)1 << (fuzz_byte(in) % 64);
	if (which % 32 == 31)
		*ret_size = fuzz_interesting(in);
	return id;
}

static void add_fd(fuzz_peer *peer, int fd)
{
	if (fd >= 0 && peer->fds < FUZZ_DESCRIPTORS)
		peer->fd[peer->fds++] = fd;
	else if (fd >= 0)
		close(fd);
}

#define PARTS_MAX 5u

/* Memory of its own, and the first segment in it is then known. */
static void announce(fuzz_peer *peer, fuzz_input *in)
{
	static const uint64_t capacities[] = {4096, 8192, 65536, 81920};
	unsigned how = fuzz_byte(in);
	uint64_t capacity =
		(how & 128) != 0 ? fuzz_interesting(in) : capacities[how % 4];
	uint32_t slot = (uint32_t)fuzz_number(in, 1);
	uint32_t parts = (how & 32) != 0 ? 2 + (how >> 2) % 4 : 1;
	unsigned char *at =
		shmem__frame_add(&peer->packet, SHMEM__FRAME_ANNOUNCE,
				 parts * (size_t)SHMEM__ANNOUNCE_RECORD);
	unsigned kind = (how & 64) != 0 ? fuzz_byte(in) : 0;

	if (slot == 255)
		slot = (uint32_t)fuzz_number(in, 4);
	for (uint32_t i = 0; i < parts; i++, at += SHMEM__ANNOUNCE_RECORD) {
		shmem__put32(at, slot + i);
		shmem__put32(at + 4, i);
		shmem__put64(at + 8, capacity);
	}
	add_fd(peer, fuzz_descriptor(kind, capacity * parts));
	learn(peer, (uint64_t)1 << 32 | (uint64_t)slot << 1 | ((how & 16) != 0),
	      capacity);
}

static void handle(fuzz_input *in, unsigned char *at, fuzz_peer *peer)
{
	unsigned how = fuzz_byte(in);
	uint64_t bytes = (how & 32) != 0 ? 0 : 4096;
	size_t n;
	const uint8_t *flips;

	memset(at, 0, SHMEM_HANDLE_DESC_SIZE);
	shmem__put32(at, 0x484d4853u);
	shmem__put16(at + 4, 1);
	shmem__put16(at + 6, bytes == 0 ? 0x11 : 3);
	shmem__put64(at + 8, bytes);
	flips = fuzz_take(in, how % 4, &n);
	for (size_t i = 0; i < n; i++)
		at[flips[i] % SHMEM_HANDLE_DESC_SIZE] ^= flips[i] | 1;
	if (bytes != 0)
		add_fd(peer, fuzz_descriptor((how & 64) != 0 ? how : 0, bytes));
}

static void message(fuzz_peer *peer, fuzz_input *in)
{
	unsigned how = fuzz_byte(in);
	unsigned counts = fuzz_byte(in);
	shmem__message_head head = {
		.flags = how & 15,
		.segments = counts % 4,
		.handles = counts / 4 % 4,
		.body = counts / 16 % 8,
	};
	size_t length;
	unsigned char *at;

	if ((how & 16) != 0)
		head.flags = (uint32_t)fuzz_number(in, 4);
	if ((head.flags & SHMEM__KIND_MASK) == SHMEM__KIND_REQUEST)
		head.call = fuzz_number(in, 1) + 1;
	else if ((head.flags & SHMEM__KIND_MASK) == SHMEM__KIND_REPLY)
		head.call = (how & 32) != 0 ? fuzz_number(in, 8) : peer->call;
	length = SHMEM__MESSAGE_HEAD + head.segments * SHMEM__SEGMENT_RECORD +
		 head.handles * SHMEM_HANDLE_DESC_SIZE + head.body;
	if (!shmem__packet_fits(&peer->packet, length))
		return;
	at = shmem__frame_add(&peer->packet, SHMEM__FRAME_MESSAGE, length);
	memset(at, 0, length);
	shmem__message_head_put(at, &head);
	at += SHMEM__MESSAGE_HEAD;
	for (uint32_t i = 0; i < head.segments; i++) {
		uint64_t size;
		uint64_t id = known_id(peer, in, &size);

		shmem__put64(at, id);
		shmem__put64(at + 8, size);
		at += SHMEM__SEGMENT_RECORD;
	}
	for (uint32_t i = 0; i < head.handles; i++) {
		handle(in, at, peer);
		at += SHMEM_HANDLE_DESC_SIZE;
	}
}

static void ids(fuzz_peer *peer, fuzz_input *in, shmem__frame_type type)
{
	unsigned count = fuzz_byte(in) % 4 + 1;
	unsigned char *at;

	if (!shmem__packet_fits(&peer->packet, count * 8))
		return;
	at = shmem__frame_add(&peer->packet, type, count * 8);
	for (unsigned i = 0; i < count; i++) {
		uint64_t size;

		shmem__put64(at + (size_t)i * 8,
			     type == SHMEM__FRAME_REFUSE
				     ? peer->call
				     : known_id(peer, in, &size));
	}
}

static void label(fuzz_peer *peer, fuzz_input *in)
{
	uint64_t size;
	size_t n;
	const uint8_t *text;
	unsigned char *at;

	if (!shmem__packet_fits(&peer->packet, 8 + SHMEM_LABEL_MAX + 1))
		return;
	at = shmem__frame_add(&peer->packet, SHMEM__FRAME_LABEL,
			      8 + SHMEM_LABEL_MAX + 1);
	memset(at, 0, 8 + SHMEM_LABEL_MAX + 1);
	shmem__put64(at, known_id(peer, in, &size));
	text = fuzz_take(in, fuzz_byte(in) % (SHMEM_LABEL_MAX + 2), &n);
	memcpy(at + 8, text, n);
}

static void any_frame(fuzz_peer *peer, fuzz_input *in)
{
	unsigned type = fuzz_byte(in);
	size_t want = fuzz_byte(in);
	size_t n;
	const uint8_t *bytes = fuzz_take(in, want, &n);

	if (shmem__packet_fits(&peer->packet, n))
		memcpy(shmem__frame_add(&peer->packet,
					(shmem__frame_type)(type % 12), n),
		       bytes, n);
}

static void any_bytes(fuzz_peer *peer, fuzz_input *in)
{
	size_t want = fuzz_byte(in);
	size_t n;
	const uint8_t *bytes = fuzz_take(in, want, &n);

	post(peer, bytes, n);
}

/* Changes to the packet that is then sent. */
static void damage(fuzz_peer *peer, fuzz_input *in)
{
	shmem__packet *packet = &peer->packet;
	size_t cut = fuzz_byte(in) % 8;

	shmem__packet_end(packet, (uint16_t)peer->fds, peer->sequence);
	for (unsigned n = fuzz_byte(in) % 4; n > 0; n--)
		packet->data[fuzz_number(in, 2) % packet->length] ^=
			(unsigned char)fuzz_byte(in);
	post(peer, packet->data, packet->length - cut);
	shmem__packet_begin(packet);
}

static void ring(fuzz_peer *peer, fuzz_input *in)
{
	unsigned how = fuzz_byte(in);
	uint64_t bytes = (how & 1) != 0 ? fuzz_interesting(in)
					: SHMEM__RING_MIN << (how / 2 % 4);
	int fd = fuzz_descriptor((how & 128) != 0 ? how : 0,
				 SHMEM__RING_HEADER + bytes);

	if (fd >= 0 && peer->ring == NULL && bytes <= SHMEM__RING_MAX) {
		size_t length = SHMEM__RING_HEADER + (size_t)bytes;
		void *at = mmap(NULL, length, PROT_READ | PROT_WRITE,
				MAP_SHARED, fd, 0);

		if (at != MAP_FAILED) {
			peer->ring = at;
			peer->ring_length = length;
			shmem__put64(peer->ring + 8, peer->sequence + 2);
		}
	}
	if (!shmem__packet_fits(&peer->packet, 8)) {
		if (fd >= 0)
			close(fd);
		return;
	}
	shmem__put64(shmem__frame_add(&peer->packet, SHMEM__FRAME_RING, 8),
		     bytes);
	add_fd(peer, fd);
}

/* Into the ring: the packet being made, in a record; or anything anywhere. */
static void scribble(fuzz_peer *peer, fuzz_input *in)
{
	size_t at = (size_t)fuzz_number(in, 2);
	size_t want = fuzz_byte(in) % 32;
	size_t n;
	const uint8_t *bytes = fuzz_take(in, want, &n);

	if (peer->ring == NULL)
		return;
	if (at % 2 == 0) /* one of the words that count */
		at = at / 2 % 48 * 4;
	if (peer->ring_length >= SHMEM__RING_HEADER + SHMEM__RING_MIN &&
	    at + n <= peer->ring_length)
		memcpy(peer->ring + at, bytes, n);
}

static void post_by_ring(fuzz_peer *peer)
{
	shmem__packet *packet = &peer->packet;
	uint64_t head;
	size_t record = (packet->length + 8 + 63) & ~(size_t)63;
	size_t room;

	if (peer->ring == NULL || peer->ring_length < SHMEM__RING_HEADER)
		return;
	head = shmem__get64(peer->ring); /* it may have scribbled there */
	room = peer->ring_length - SHMEM__RING_HEADER;
	if (head % 64 != 0 || head > room || record > room - head)
		return;
	shmem__packet_end(packet, 0, peer->sequence);
	shmem__put32(peer->ring + SHMEM__RING_HEADER + head,
		     (uint32_t)packet->length);
	memcpy(peer->ring + SHMEM__RING_HEADER + head + 8, packet->data,
	       packet->length);
	shmem__put64(peer->ring, head + record);
	peer->sequence++;
	shmem__put64(peer->ring + 8, peer->sequence);
	shmem__packet_begin(packet);
}

void fuzz_peer_step(fuzz_peer *peer, fuzz_input *in)
{
	switch (fuzz_byte(in) % 20) {
	case 0:
	case 1:
		if (shmem__packet_fits(&peer->packet,
				       (size_t)PARTS_MAX *
					       SHMEM__ANNOUNCE_RECORD))
			announce(peer, in);
		break;
	case 2:
	case 3:
		message(peer, in);
		break;
	case 4:
		ids(peer, in, SHMEM__FRAME_FREE);
		break;
	case 5:
		ids(peer, in, SHMEM__FRAME_RETIRE);
		break;
	case 6:
		ids(peer, in, SHMEM__FRAME_REFUSE);
		break;
	case 7:
		label(peer, in);
		break;
	case 8:
		any_frame(peer, in);
		break;
	case 9:
		any_bytes(peer, in);
		break;
	case 10:
		damage(peer, in);
		break;
	case 11:
		ring(peer, in);
		break;
	case 12:
		scribble(peer, in);
		break;
	case 13:
		post_by_ring(peer);
		break;
	case 14:
		add_fd(peer, fuzz_descriptor(fuzz_byte(in), 4096));
		break;
	case 15:
		if (peer->sock >= 0)
			close(peer->sock);
		peer->sock = -1;
		break;
	default:
		post_packet(peer);
		break;
	}
}
