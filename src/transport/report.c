/* SPDX-License-Identifier: MIT */
/* What a channel does, how and why so, for people to read. */
#include "transport/channel.h"

#include "base/error.h"

#include <inttypes.h>
#include <shmem/diagnose.h>
#include <string.h>

/* Memory of one size, on pages of one kind. */
typedef struct row {
	uint64_t capacity;
	shmem__pages pages;
	const char *how;
	unsigned owned;
	unsigned away;
	unsigned free;
} row;

#define ROWS 64

typedef struct table {
	const shmem_channel *channel;
	row rows[ROWS];
	size_t count;
	unsigned others; /* for which there was no row */
} table;

static row *row_of(table *t, const shmem__entry *entry)
{
	row new = {.capacity = entry->capacity,
		   .pages = entry->pages,
		   .how = shmem__revoke_how(&t->channel->pool, entry)};
	row *r = t->rows;

	for (; r < t->rows + t->count; r++)
		if (r->capacity == new.capacity &&
		    r->pages == new.pages &&strcmp(r->how, new.how) == 0)
			return r;
	if (t->count == ROWS)
		return NULL;
	*r = new;
	t->count++;
	return r;
}

static void add(shmem__entry *entry, void *arg)
{
	table *t = arg;
	row *r;

	if (entry->capacity == 0)
		return;
	r = row_of(t, entry);
	if (r == NULL)
		t->others++;
	else if (entry->state == SHMEM__DEAD)
		r->free++;
	else if (shmem__table_public(entry->state) == SHMEM_STATE_AWAY)
		r->away++;
	else
		r->owned++;
}

static const char *pages_name(const row *r)
{
	switch (r->pages) {
	case SHMEM__PAGES_HUGE:
		return "huge";
	case SHMEM__PAGES_REFUSED:
		return "small (huge refused)";
	case SHMEM__PAGES_SMALL:
		return "small (huge not worth it)";
	default:
		return r->capacity % SHMEM__HUGE_PAGE == 0 ? "not warm yet"
							   : "small";
	}
}

static void put_size(FILE *stream, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	unsigned unit = 0;

	while (bytes % 1024 == 0 && bytes > 0 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	fprintf(stream, "  %6" PRIu64 " %-3s", bytes, units[unit]);
}

static void put_memory(const shmem_channel *channel, FILE *stream)
{
	table t = {.channel = channel};

	if (channel->ledger_ready)
		shmem__ledger_each(&channel->ledger, add, &t);
	if (t.count == 0)
		return;
	fprintf(stream, "  memory         owned   away   free  %-26s access\n",
		"pages");
	for (size_t i = 0; i < t.count; i++) {
		const row *r = &t.rows[i];

		put_size(stream, r->capacity);
		fprintf(stream, "    %6u %6u %6u  %-26s %s\n", r->owned,
			r->away, r->free, pages_name(r), r->how);
	}
	if (t.others != 0)
		fprintf(stream, "  and %u more\n", t.others);
}

static void put_waiting(const shmem_channel *channel, const shmem_stats *stats,
			FILE *stream)
{
	if (channel->link.spin_us != 0)
		fprintf(stream,
			"  waits by spinning for %" PRIu32
			" us at most; %" PRIu64 " times it paid, %" PRIu64
			" times it did not\n",
			channel->link.spin_us, stats->spins_paid,
			stats->spins_lost);
	else
		fprintf(stream, "  waits asleep, as its options say\n");
}

static const char *why_no_ring(const shmem_channel *channel)
{
	if (channel->opts.no_ring)
		return "none, as its options say";
	if (!channel->ring_tried)
		return "none yet, for want of traffic";
	return "none: not to be had, or not known to the peer";
}

static void put_packets(const shmem_channel *channel, const shmem_stats *stats,
			FILE *stream)
{
	if (channel->link.ring_out.shared != NULL)
		fprintf(stream, "  ring of %" PRIu64 " KiB: ",
			(uint64_t)channel->link.ring_out.bytes / 1024);
	else
		fprintf(stream, "  ring: %s; ", why_no_ring(channel));
	fprintf(stream,
		"%" PRIu64 " packets sent by ring, %" PRIu64
		" by socket, %" PRIu64 " bells\n",
		stats->packets_by_ring, stats->packets_by_socket,
		stats->doorbells);
}

int shmem_channel_report(const shmem_channel *channel, FILE *stream)
{
	static const char *const enforce[] = {"PROTECT", "UNMAP", "NONE"};
	shmem_stats stats = SHMEM_STATS_INIT;

	if (channel == NULL || stream == NULL)
		return SHMEM_E_INVAL;
	shmem_channel_stats(channel, &stats);
	/* Where the C library refuses by itself, the system says nothing. */
	shmem__os_last_set(0);
	fprintf(stream, "channel: %s with process %d\n",
		channel->closed != 0 ? shmem_errname(channel->closed) : "open",
		channel->peer_pid);
	fprintf(stream, "  enforcement %s%s\n", enforce[channel->pool.enforce],
		channel->agreed ? "" : " so far: the peer has not greeted");
	put_waiting(channel, &stats, stream);
	put_packets(channel, &stats, stream);
	put_memory(channel, stream);
	return fflush(stream) == 0 && !ferror(stream) ? 0 : shmem__fail_last();
}
