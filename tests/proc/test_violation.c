/* SPDX-License-Identifier: MIT */
/*
 * Memory that is not this process's to touch, touched: in every way, in every
 * mode of enforcement, at every size that is revoked by other means, and
 * however it was lost. What then happens stands in a table here, which
 * docs/security.md shows; and what the report of a violation says of it.
 */
#include "channels.h"
#include "deeds.h"

#include "base/fault.h"
#include "handle/os.h"
#include "ownership/watch.h"
#include "transport/channel.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define PAGE ((size_t)4096)

/* ---- the document ---- */

static void add_row(char *row, size_t cap, const char *first,
		    const char *const *cells)
{
	size_t n = (size_t)snprintf(row, cap, "| %s |", first);

	for (int i = 0; i < DEED_COLUMNS; i++)
		n += (size_t)snprintf(row + n, cap - n, " %s |", cells[i]);
	snprintf(row + n, cap - n, "\n");
}

START_TEST(the_document_shows_the_same_table)
{
	FILE *file = fopen(SUPPORT_SOURCE "/docs/security.md", "r");
	char line[1000];
	char row[1000];

	ck_assert_ptr_nonnull(file);
	add_row(row, sizeof(row), "deed", deed_columns);
	do
		ck_assert_msg(fgets(line, sizeof(line), file) != NULL,
			      "docs/security.md has no line %s", row);
	while (strcmp(line, row) != 0);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	for (size_t i = 0; i < deed_count; i++) {
		add_row(row, sizeof(row), deed_table[i].text,
			deed_table[i].outcome);
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
		ck_assert_str_eq(line, row);
	}
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	ck_assert_str_eq(line, "\n");
	fclose(file);
}
END_TEST

/* ---- the scene ---- */

/* How a segment's memory is taken away depends on its size and history. */
static const struct kind {
	const char *text;
	uint64_t bytes;
	bool warm;    /* goes to and fro until it could have huge pages */
	bool no_huge; /* … which the system refuses */
	bool moves;   /* page tables, under PROTECT */
} kinds[] = {
	{"one page", 4 * KIB, false, false, false},
	{"64 KiB", 64 * KIB, false, false, false},
	{"2 MiB in a huge page", 2 * MIB, true, false, false},
	{"1 MiB of small pages", MIB, true, true, true},
	{"128 MiB", 128 * MIB, false, false, true},
};
#define KINDS (int)(sizeof(kinds) / sizeof(kinds[0]))

enum way {
	SENT,
	DROPPED,
	FREED,
	FREED_PEERS,
	WAITING,
	DIED,
	SHUT,
	FROZEN,
	WAYS
};
static const char *const way_text[WAYS] = {"sent",
					   "sent, and freed by the peer",
					   "freed",
					   "freed, of the peer's making",
					   "sent back, not received",
					   "held by a dead peer",
					   "of a closed channel",
					   "frozen"};

static shmem_channel *a;
static shmem_channel *b;
static shmem_segment *segment; /* wherever it is now */
static shmem_handle *frozen;

static unsigned char *place; /* where this process had it */
static uint64_t place_size;
static uint64_t place_id;
static shmem_os_handle memory = SHMEM_OS_HANDLE_INVALID; /* of it */
static enum deed_column column;
static char lost_from[40]; /* between these moments */
static char lost_to[40];

/* As reports have it. */
static void now(char text[40])
{
	uint64_t us = shmem__wall_ns() / 1000;
	time_t s = (time_t)(us / 1000000);
	size_t n = strftime(text, 40, "%Y-%m-%d %H:%M:%S", gmtime(&s));

	snprintf(text + n, 40 - n, ".%06u UTC", (unsigned)(us % 1000000));
}

static uint64_t offset_of(int i)
{
	uint64_t offset[] = {0, place_size / 2, place_size - DEED_BYTES};

	return offset[i];
}

static void note_memory(shmem_os_handle os)
{
	support_ok(shmem__object_duplicate(os, SHMEM_RW, &memory));
}

static void note_segment(void)
{
	static const char label[] = "the lost one";

	place = shmem_segment_data(segment);
	place_size = shmem_segment_size(segment);
	place_id = shmem_segment_id(segment);
	if (memory == SHMEM_OS_HANDLE_INVALID)
		note_memory(segment->entry->os);
	deed_memory(memory, place);
	support_ok(shmem_segment_set_label(segment, label));
	for (int i = 0; i < 3; i++)
		deed_prepare(offset_of(i));
}

static void pass_on(shmem_channel *from, shmem_channel *to, bool no_huge)
{
	support_give(from, &segment);
	if (no_huge) {
		shmem__fault_arm(1, EINVAL, "madvise");
		shmem__fault_repeat(ULONG_MAX);
	}
	segment = support_get(to);
	shmem__fault_arm(0, 0, NULL);
}

/* `a` has a segment, made by itself or by `b`. */
static void have(const struct kind *k, shmem_enforce enforce, bool peers)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.enforce = enforce;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	support_send_text(b, "who I am");
	support_recv_text(a, "who I am");
	support_ok(shmem_segment_alloc(peers ? b : a, k->bytes, &segment));
	if (peers) {
		note_memory(segment->entry->os);
		pass_on(b, a, false);
	}
	note_segment();
	for (int i = 0; k->warm && i < 5; i++) {
		bool no_huge =
			k->no_huge && i > 0 && enforce == SHMEM_ENFORCE_PROTECT;

		pass_on(a, b, no_huge);
		pass_on(b, a, no_huge);
	}
	ck_assert_ptr_eq(shmem_segment_data(segment), place);
}

static void lose_by_sending(enum way way)
{
	support_give(a, &segment);
	now(lost_to);
	if (way == WAITING) {
		segment = support_get(b);
		support_give(b, &segment);
		support_settle(a);
		return;
	}
	if (way != DIED)
		segment = support_get(b);
	if (way == DROPPED) {
		support_ok(shmem_segment_free(&segment));
		support_settle(a);
	} else if (way == DIED) {
		shmem_channel_close(&b);
		support_is(shmem_segment_recv(a, 0, &segment), SHMEM_E_CLOSED);
	}
}

static void lose(enum way way)
{
	now(lost_from);
	switch (way) {
	case SHUT:
		shmem_channel_close(&a);
		break;
	case FREED:
	case FREED_PEERS:
		support_ok(shmem_segment_free(&segment));
		break;
	case FROZEN:
		support_ok(shmem_segment_freeze(&segment, &frozen));
		break;
	default:
		lose_by_sending(way);
		return;
	}
	now(lost_to);
}

static void tear_down(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	shmem_segment_free(&segment);
	shmem_handle_close(&frozen);
	shmem__object_close(memory);
	memory = SHMEM_OS_HANDLE_INVALID;
}

/* ---- the report ---- */

static int report_fd = -1;
static char report[1 << 15];

static void read_report(void)
{
	ssize_t n;

	lseek(report_fd, 0, SEEK_SET);
	n = read(report_fd, report, sizeof(report) - 1);
	ck_assert_int_ge(n, 0);
	report[n] = '\0';
	ck_assert_int_eq(ftruncate(report_fd, 0), 0);
	lseek(report_fd, 0, SEEK_SET);
}

#define HAS(text)                                                              \
	ck_assert_msg(strstr(report, text) != NULL, "no \"%s\" in:\n%s", text, \
		      report)

static const char *fate_of(enum way way)
{
	switch (way) {
	case DROPPED:
	case FREED:
	case FREED_PEERS:
		return "that was freed";
	case WAITING:
		return "that was not yet received";
	default:
		return "that was given away";
	}
}

static void check_owner(enum way way)
{
	char text[80];

	switch (way) {
	case SENT:
		snprintf(text, sizeof(text),
			 support_lacks(SUPPORT_PEER_ID) == NULL
				 ? "  owner     the peer, process %d\n"
				 : "  owner     the peer\n",
			 (int)getpid());
		HAS(text);
		break;
	case WAITING:
		HAS("  owner     this process, once it has received it\n");
		break;
	case DIED:
		HAS("  owner     nobody: the peer died with it");
		break;
	default:
		HAS("  owner     nobody\n");
	}
}

/* Such texts are in the order of time. */
static void check_when(enum way way)
{
	bool freed = way == FREED || way == FREED_PEERS;
	const char *line = freed ? "\n  freed     " : "\n  given     ";
	const char *when = strstr(report, line);

	HAS(line);
	when += strlen(line);
	ck_assert_int_ge(strncmp(when, lost_from, strlen(lost_from)), 0);
	ck_assert_int_le(strncmp(when, lost_to, strlen(lost_to)), 0);
	if (support_lacks(SUPPORT_STACKS) != NULL)
		return;
	HAS(freed ? "\n  freed by\n" : "\n  given away by\n");
	HAS("\n  touched by\n");
}

static void check_report(const deed *d, enum way way, uint64_t offset)
{
	const unsigned char *told = support_fault_at(place + offset);
	char text[160];

	read_report();
	snprintf(text, sizeof(text), "shmem: %s a segment %s\n",
		 support_lacks(SUPPORT_TOUCH) == NULL ? d->reported
						      : "access to",
		 fate_of(way));
	if (support_lacks(SUPPORT_SYMBOLS) == NULL)
		HAS(text);
	snprintf(text, sizeof(text),
		 "  segment   0x%llx \"the lost one\", %llu bytes\n",
		 (unsigned long long)place_id, (unsigned long long)place_size);
	HAS(text);
	snprintf(text, sizeof(text), "  offset    %llu (address 0x%llx)\n",
		 (unsigned long long)(told - place),
		 (unsigned long long)(uintptr_t)told);
	HAS(text);
	/* Not every system has a number for a thread. */
	snprintf(text, sizeof(text),
		 support_lacks(SUPPORT_SYMBOLS) == NULL
			 ? " of process %d\n"
			 : "  in        process %d\n",
		 (int)getpid());
	if (!d->by_child)
		HAS(text);
	check_owner(way);
	check_when(way);
}

/* Where there is no such segment, or no signal. */
static void check_no_report(void)
{
	read_report();
	ck_assert_str_eq(report, "");
}

/* ---- all of it ---- */

/* Whether the table allows it: one of "this or that". */
static bool allows(const char *cell, const char *outcome)
{
	size_t n = strlen(outcome);

	for (const char *at = cell; at != NULL;) {
		if (strncmp(at, outcome, n) == 0 &&
		    (at[n] == '\0' || at[n] == ' '))
			return true;
		at = strstr(at, " or ");
		at = at != NULL ? at + strlen(" or ") : NULL;
	}
	return false;
}

static void try_deed(const deed *d, const char *what, enum way way,
		     uint64_t offset)
{
	const char *outcome;

	deed_prepare(offset);
	outcome = d->fn(place + offset);
	ck_assert_msg(allows(d->outcome[column], outcome),
		      "%s at %llu of what is %s (%s): %s instead of %s",
		      d->text, (unsigned long long)offset, what,
		      deed_columns[column], outcome, d->outcome[column]);
	if (strcmp(outcome, touch_fault) == 0 && way < SHUT)
		check_report(d, way, offset);
	else
		check_no_report();
}

/* Whether advice is heeded, where deeds are about that; told once a test. */
static bool advice_counts;

static void look_for_advice(const char *test)
{
	advice_counts = true;
	for (size_t i = 0; i < deed_count && advice_counts; i++)
		if (deed_table[i].by_advice)
			advice_counts = !support_skip(
				test, support_lacks(SUPPORT_ADVICE));
}

static int places(const deed *d)
{
	if (d->by_advice && !advice_counts)
		return 0;
	return d->dear ? 1 : 3;
}

static void try_all(const char *what, enum way way)
{
	for (size_t i = 0; i < deed_count; i++)
		for (int j = 0; j < places(&deed_table[i]); j++)
			try_deed(&deed_table[i], what, way, offset_of(j));
}

static void check_means(const struct kind *k, const shmem__entry *entry)
{
	uint64_t moves = support_stats(a).page_table_moves;

	if (column != DEED_PROTECT || !k->moves ||
	    support_lacks(SUPPORT_MOVES) != NULL)
		return;
	ck_assert_msg(a->pool.no_move || moves > 0,
		      "the page tables of %s did not move", k->text);
	ck_assert(a->pool.no_move || entry->hidden);
}

/* It can go on: the segment comes home, and opens. */
static void come_home(void)
{
	if (segment == NULL)
		return;
	support_give(b, &segment);
	segment = support_get(a);
	ck_assert_ptr_eq(shmem_segment_data(segment), place);
	deed_prepare(0);
	ck_assert_int_eq(*place, DEED_BEFORE);
}

static void watch_faults(void)
{
	touch_begin();
	report_fd = support_file("report", "", 0);
	support_ok(shmem_diagnose_violations(report_fd));
}

START_TEST(what_is_lost_is_out_of_reach_as_documented)
{
	const struct kind *k = &kinds[_i % KINDS];
	shmem_enforce enforce = (shmem_enforce)(_i / KINDS);
	shmem__entry *entry;
	char what[120];

	look_for_advice(__func__);
	watch_faults();
	for (int i = 0; i < WAYS; i++) {
		enum way way = (enum way)i;

		if (way == FROZEN && (enforce != SHMEM_ENFORCE_UNMAP ||
				      support_lacks(SUPPORT_SEALS) != NULL))
			continue;
		have(k, enforce, way == FREED_PEERS);
		column = way == SHUT || way == FROZEN
				 ? DEED_CLOSED
				 : (enum deed_column)enforce;
		entry = segment->entry;
		lose(way);
		if (way == SENT)
			check_means(k, entry);
		snprintf(what, sizeof(what), "%s, %s", way_text[way], k->text);
		try_all(what, way);
		if (way == SENT)
			come_home();
		tear_down();
	}
	close(report_fd);
}
END_TEST

/* ---- read-only ---- */

static void try_mapping(const shmem_handle *handle, const char *what)
{
	shmem_mapping *mapping = NULL;

	support_is(shmem_mapping_open(handle, 0, 0, SHMEM_RW, &mapping),
		   SHMEM_E_ACCESS);
	support_ok(shmem_mapping_open(handle, 0, 0, SHMEM_READ, &mapping));
	place = shmem_mapping_data(mapping);
	place_size = shmem_mapping_size(mapping);
	column = DEED_READONLY;
	deed_memory(memory, place);
	try_all(what, SHUT);
	shmem_mapping_close(&mapping);
}

START_TEST(what_may_be_read_can_not_be_written)
{
	uint64_t size = kinds[_i].bytes;
	shmem_handle *writable = support_handle(size);
	shmem_handle *h = NULL;
	shmem_message *m = NULL;

	look_for_advice(__func__);
	watch_faults();
	note_memory(shmem_handle_os(writable));
	deed_memory(memory, NULL);
	place_size = size;
	for (int i = 0; i < 3; i++)
		deed_prepare(offset_of(i));
	support_ok(shmem_channel_pair(NULL, &a, &b));
	m = support_text("read this");
	support_ok(shmem_handle_duplicate(writable, SHMEM_READ, &h));
	support_ok(shmem_message_push_handle(m, &h));
	support_ok(shmem_channel_send(a, &m));
	m = support_recv(b);
	support_ok(shmem_message_pop_handle(m, &h));
	try_mapping(h, "received for READ");
	for (int i = 0; i < 3; i++)
		deed_prepare(offset_of(i));
	if (support_lacks(SUPPORT_SEALS) == NULL) {
		support_ok(shmem_handle_freeze(&writable, &frozen));
		try_mapping(frozen, "frozen");
		try_mapping(h, "received for READ, then frozen");
	}
	shmem_handle_close(&writable);
	shmem_handle_close(&h);
	shmem_message_free(&m);
	tear_down();
	close(report_fd);
}
END_TEST

/* ---- whose it is ---- */

static void hold(shmem_channel *channel, void *arg)
{
	shmem_segment *held = NULL;

	support_ok(shmem_segment_recv(channel, SUPPORT_WAIT, &held));
	support_send_text(channel, "mine");
	support_gate_await(arg);
	support_ok(shmem_segment_free(&held));
	shmem_channel_close(&channel);
}

START_TEST(the_report_names_the_process_that_has_it)
{
	support_gate gate;
	char text[80];
	pid_t peer;

	watch_faults();
	support_gate_init(&gate);
	peer = support_peer(NULL, hold, &gate, sizeof(gate), &a);
	segment = support_segment(a, PAGE, DEED_BEFORE);
	note_segment();
	support_give(a, &segment);
	support_recv_text(a, "mine");
	ck_assert_str_eq(deed_store(place), touch_fault);
	read_report();
	snprintf(text, sizeof(text), "  owner     the peer, process %d\n",
		 (int)peer);
	if (support_lacks(SUPPORT_PEER_ID) == NULL)
		HAS(text);
	support_gate_pass(&gate);
	ck_assert_int_eq(support_wait(peer, SUPPORT_WAIT), 0);
	support_gate_close(&gate);
	tear_down();
	close(report_fd);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("violation");
	TCase *c = support_case(s, "matrix");

	tcase_add_test(c, the_document_shows_the_same_table);
	tcase_add_loop_test(c, what_is_lost_is_out_of_reach_as_documented, 0,
			    3 * KINDS);
	tcase_add_test(c, the_report_names_the_process_that_has_it);
	tcase_add_loop_test(c, what_may_be_read_can_not_be_written, 0, KINDS);
	return s;
}
SUPPORT_MAIN(suite)
