/* SPDX-License-Identifier: MIT */
/* Packets passed on, and one of them changed. */
#include "middle.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef union control_room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(MIDDLE_FDS * sizeof(int))];
} control_room;

static control_room control;

static void close_fds(middle_packet *p)
{
	while (p->fds > 0)
		close(p->fd[--p->fds]);
}

void middle_open(middle *m, int sock0, int sock1)
{
	m->sock[0] = sock0;
	m->sock[1] = sock1;
	m->out[0] = 0;
	m->out[1] = 0;
	m->counted = 0;
	m->changed = false;
	m->holding = false;
	m->packet.fds = 0;
	m->kept.fds = 0;
	m->kept.length = 0;
}

void middle_close(middle *m)
{
	close_fds(&m->packet);
	close_fds(&m->kept);
	for (int i = 0; i < 2; i++)
		if (m->sock[i] >= 0)
			close(m->sock[i]);
}

static bool get(middle *m, unsigned from)
{
	middle_packet *p = &m->packet;
	struct iovec iov = {p->bytes, SHMEM__PACKET_MAX};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	ssize_t n;

	if (m->sock[from] < 0)
		return false;
	n = recvmsg(m->sock[from], &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return false;
	p->length = (size_t)n;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c != NULL;
	     c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		p->fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(p->fd, CMSG_DATA(c), p->fds * sizeof(int));
	}
	return true;
}

/* Its descriptors stay. */
static void put(middle *m, unsigned to, middle_packet *p)
{
	struct iovec iov = {p->bytes, p->length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (m->renumber && p->length >= SHMEM__PACKET_HEADER)
		shmem__put64(p->bytes + 8, m->out[to]);
	if (p->fds > 0) {
		struct cmsghdr *c;

		memset(&control, 0, CMSG_SPACE(p->fds * sizeof(int)));
		msg.msg_control = &control;
		msg.msg_controllen =
			(socklen_t)CMSG_SPACE(p->fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = (socklen_t)CMSG_LEN(p->fds * sizeof(int));
		memcpy(CMSG_DATA(c), p->fd, p->fds * sizeof(int));
	}
	if (m->sock[to] < 0)
		return;
	if (sendmsg(m->sock[to], &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		m->out[to]++;
	else if (errno == EAGAIN)
		m->changed = true; /* no room: it is lost */
}

static void keep(middle *m)
{
	middle_packet *p = &m->packet;

	close_fds(&m->kept);
	memcpy(m->kept.bytes, p->bytes, p->length);
	m->kept.length = p->length;
	for (size_t i = 0; i < p->fds; i++) {
		int fd = dup(p->fd[i]);

		if (fd >= 0)
			m->kept.fd[m->kept.fds++] = fd;
	}
}

static void change_bytes(middle_packet *p, fuzz_input *how)
{
	unsigned flips = fuzz_byte(how) % 4 + 1;

	for (unsigned i = 0; i < flips; i++) {
		size_t at = (size_t)fuzz_number(how, 2) % p->length;

		p->bytes[at] ^= (unsigned char)(fuzz_byte(how) | 1);
	}
}

/* A field of a frame becomes some number. */
static void change_field(middle_packet *p, fuzz_input *how)
{
	size_t at = (size_t)fuzz_number(how, 2) % p->length & ~(size_t)3;
	uint64_t value = fuzz_interesting(how);

	if (at + 8 <= p->length && (fuzz_byte(how) & 1) != 0)
		shmem__put64(p->bytes + at, value);
	else if (at + 4 <= p->length)
		shmem__put32(p->bytes + at, (uint32_t)value);
}

static void change_length(middle_packet *p, fuzz_input *how)
{
	size_t by = fuzz_byte(how);

	if ((by & 1) != 0 && p->length + by <= sizeof(p->bytes)) {
		memset(p->bytes + p->length, 0, by);
		p->length += by;
	} else {
		p->length -= by < p->length ? by : p->length;
	}
	if ((by & 2) != 0 && p->length >= 4)
		shmem__put32(p->bytes, (uint32_t)p->length);
}

static void change_descriptors(middle_packet *p, fuzz_input *how)
{
	unsigned what = fuzz_byte(how);
	size_t at = p->fds > 0 ? what / 8 % p->fds : 0;
	int fd;

	if (what % 4 == 0 && p->fds > 0) { /* one less */
		close(p->fd[at]);
		p->fd[at] = p->fd[--p->fds];
	} else if (what % 4 == 1 && p->fds > 1) { /* in another order */
		fd = p->fd[at];
		p->fd[at] = p->fd[0];
		p->fd[0] = fd;
	} else if (p->fds < MIDDLE_FDS - 4) { /* another, or one more */
		fd = fuzz_descriptor(fuzz_byte(how), 4096);
		if (fd >= 0 && what % 4 == 2 && p->fds > 0) {
			close(p->fd[at]);
			p->fd[at] = fd;
		} else if (fd >= 0) {
			p->fd[p->fds++] = fd;
		}
	}
	if ((what & 128) != 0 && p->length >= 6)
		shmem__put16(p->bytes + 4, (uint16_t)p->fds);
}

/* Whether the packet is still to be passed on. */
static bool change(middle *m, unsigned to)
{
	middle_packet *p = &m->packet;
	fuzz_input *how = &m->how;
	unsigned what = fuzz_byte(how);

	m->changed = true;
	m->renumber = (what & 128) != 0;
	switch (what % 9) {
	case 0:
	case 1:
		change_bytes(p, how);
		return true;
	case 2:
		change_field(p, how);
		return true;
	case 3:
		change_length(p, how);
		return p->length > 0;
	case 4:
		change_descriptors(p, how);
		return true;
	case 5: /* lost */
		return false;
	case 6: /* twice */
		put(m, to, p);
		return true;
	case 7: /* an earlier one instead, or before it */
		if (m->kept.length > 0)
			put(m, to, &m->kept);
		return fuzz_byte(how) % 2 == 0;
	default: /* after the next one */
		keep(m);
		m->holding = true;
		m->held_for = to;
		return false;
	}
}

static bool pass(middle *m, unsigned from)
{
	unsigned to = 1 - from;
	bool on = true;

	if (!get(m, from))
		return false;
	if (m->counted == m->target)
		on = change(m, to);
	else if (!m->holding && m->counted % 3 == 0)
		keep(m);
	if (on)
		put(m, to, &m->packet);
	if (m->holding && on && m->held_for == to) {
		m->holding = false;
		put(m, to, &m->kept);
	}
	close_fds(&m->packet);
	m->counted++;
	return true;
}

void middle_run(middle *m)
{
	while (pass(m, 0) || pass(m, 1))
		;
}
