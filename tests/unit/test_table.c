/* SPDX-License-Identifier: MIT */
/*
 * Every cell of the table of ownership, against tests/golden/ownership.table,
 * which docs/ownership.md shows; and what must be true of any such table.
 */
#include "support.h"

#include "ownership/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 512
#define WORDS_MAX 20

static const char *const folder = SUPPORT_SOURCE;

static FILE *open_source(const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "%s is not there", path);
	return file;
}

/* The words of the next line, which it is cut into. */
static size_t next_line(FILE *file, char line[LINE_MAX_BYTES],
			char *word[WORDS_MAX])
{
	size_t n = 0;
	char *rest = NULL;

	if (fgets(line, LINE_MAX_BYTES, file) == NULL)
		return 0;
	for (char *w = strtok_r(line, " \n", &rest); w != NULL;
	     w = strtok_r(NULL, " \n", &rest)) {
		ck_assert_uint_lt(n, WORDS_MAX);
		word[n++] = w;
	}
	return n;
}

static shmem__state state_named(const char *name)
{
	for (int s = 0; s < SHMEM__STATE_COUNT; s++)
		if (strcmp(shmem__table_state_name((shmem__state)s), name) == 0)
			return (shmem__state)s;
	ck_abort_msg("no state %s", name);
	return SHMEM__DEAD;
}

static int cell(const char *text)
{
	if (strcmp(text, "-") == 0)
		return SHMEM_E_STATE; /* a mistake of this side */
	if (strcmp(text, "!") == 0)
		return SHMEM_E_PROTO; /* of the peer */
	return (int)state_named(text);
}

static const char *pages_name(shmem_access access)
{
	return access == SHMEM_NONE ? "NONE" : access == SHMEM_RW ? "RW" : "?";
}

static const char *public_name(shmem_state state)
{
	static const char *const names[] = {"DEAD", "OWNED", "STAGED", "AWAY"};

	return names[state];
}

START_TEST(every_cell_is_as_written)
{
	FILE *file = open_source("tests/golden/ownership.table");
	char line[LINE_MAX_BYTES];
	char head_line[LINE_MAX_BYTES];
	char *word[WORDS_MAX];
	char *head[WORDS_MAX];
	size_t events = next_line(file, head_line, head) - 3;
	int seen = 0;

	ck_assert_uint_eq(events, SHMEM__EVENT_COUNT);
	for (size_t e = 0; e < events; e++)
		ck_assert_str_eq(head[3 + e],
				 shmem__table_event_name((shmem__happening)e));
	while (next_line(file, line, word) != 0) {
		shmem__state s = state_named(word[0]);

		ck_assert_str_eq(word[1], pages_name(shmem__table_access(s)));
		ck_assert_str_eq(word[2], public_name(shmem__table_public(s)));
		for (size_t e = 0; e < events; e++)
			ck_assert_msg(
				shmem__table_next(s, (shmem__happening)e) ==
					cell(word[3 + e]),
				"%s at %s gives %d", word[0], head[3 + e],
				shmem__table_next(s, (shmem__happening)e));
		seen++;
	}
	ck_assert_int_eq(seen, SHMEM__STATE_COUNT);
	fclose(file);
}
END_TEST

START_TEST(the_document_shows_the_same_table)
{
	FILE *golden = open_source("tests/golden/ownership.table");
	FILE *doc = open_source("docs/ownership.md");
	char line[LINE_MAX_BYTES];
	char shown[LINE_MAX_BYTES];
	bool found = false;

	ck_assert_ptr_nonnull(fgets(line, sizeof(line), golden));
	while (!found && fgets(shown, sizeof(shown), doc) != NULL)
		found = strcmp(shown, line) == 0;
	ck_assert_msg(found, "docs/ownership.md does not show the table");
	while (fgets(line, sizeof(line), golden) != NULL) {
		ck_assert_ptr_nonnull(fgets(shown, sizeof(shown), doc));
		ck_assert_str_eq(shown, line);
	}
	fclose(golden);
	fclose(doc);
}
END_TEST

#define EACH(state, event)                                                     \
	for (int state = 0; state < SHMEM__STATE_COUNT; state++)               \
		for (int event = 0; event < SHMEM__EVENT_COUNT; event++)

static bool is_peers(int event)
{
	return event == SHMEM__ON_PEER_NEW || event == SHMEM__ON_PEER_GIVE ||
	       event == SHMEM__ON_PEER_FREE;
}

START_TEST(only_the_peer_is_blamed_for_what_the_peer_does)
{
	EACH(s, e)
	{
		int next =
			shmem__table_next((shmem__state)s, (shmem__happening)e);

		if (next < 0)
			ck_assert_int_eq(next, is_peers(e) ? SHMEM_E_PROTO
							   : SHMEM_E_STATE);
	}
}
END_TEST

/* Access never comes but by what this side does with what it owns. */
START_TEST(no_event_of_the_peer_s_opens_pages)
{
	EACH(s, e)
	{
		int next =
			shmem__table_next((shmem__state)s, (shmem__happening)e);

		if (next < 0 ||
		    shmem__table_access((shmem__state)next) == SHMEM_NONE ||
		    shmem__table_access((shmem__state)s) != SHMEM_NONE)
			continue;
		ck_assert_msg(e == SHMEM__ON_ALLOC || e == SHMEM__ON_OPEN ||
				      e == SHMEM__ON_RECLAIM ||
				      e == SHMEM__ON_ROLLBACK,
			      "%s opens pages",
			      shmem__table_event_name((shmem__happening)e));
	}
}
END_TEST

/* What this side holds, whatever the peer says, and through its death. */
START_TEST(nothing_of_the_peer_s_takes_what_is_ours)
{
	static const shmem__state ours[] = {SHMEM__OWNED, SHMEM__STAGED,
					    SHMEM__REVOKED, SHMEM__ARRIVED};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		for (int e = 0; e < SHMEM__EVENT_COUNT; e++)
			if (is_peers(e))
				ck_assert_int_eq(
					shmem__table_next(ours[i],
							  (shmem__happening)e),
					SHMEM_E_PROTO);
		ck_assert_int_eq(
			shmem__table_next(ours[i], SHMEM__ON_PEER_GONE),
			(int)ours[i]);
	}
}
END_TEST

/* It leaves our hands by being sent or freed, or with the channel. */
START_TEST(only_two_ways_lead_out_of_our_hands)
{
	EACH(s, e)
	{
		int next =
			shmem__table_next((shmem__state)s, (shmem__happening)e);
		bool had = s == SHMEM__OWNED || s == SHMEM__STAGED ||
			   s == SHMEM__REVOKED || s == SHMEM__ARRIVED;
		bool has = next == SHMEM__OWNED || next == SHMEM__STAGED ||
			   next == SHMEM__REVOKED || next == SHMEM__ARRIVED;

		if (next < 0 || !had || has)
			continue;
		ck_assert(e == SHMEM__ON_SENT || e == SHMEM__ON_FREE ||
			  e == SHMEM__ON_CLOSE);
		if (e == SHMEM__ON_SENT) /* never with pages open */
			ck_assert_int_eq(shmem__table_access((shmem__state)s),
					 SHMEM_NONE);
	}
}
END_TEST

START_TEST(every_state_is_reached_and_left)
{
	for (int to = 0; to < SHMEM__STATE_COUNT; to++) {
		bool reached = false;

		EACH(s, e)
		reached |=
			s != to && shmem__table_next((shmem__state)s,
						     (shmem__happening)e) == to;
		ck_assert(reached);
		ck_assert_int_eq(
			shmem__table_next((shmem__state)to, SHMEM__ON_CLOSE),
			SHMEM__DEAD);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("table");
	TCase *t = support_case(s, "table");

	tcase_add_test(t, every_cell_is_as_written);
	tcase_add_test(t, the_document_shows_the_same_table);
	tcase_add_test(t, only_the_peer_is_blamed_for_what_the_peer_does);
	tcase_add_test(t, no_event_of_the_peer_s_opens_pages);
	tcase_add_test(t, nothing_of_the_peer_s_takes_what_is_ours);
	tcase_add_test(t, only_two_ways_lead_out_of_our_hands);
	tcase_add_test(t, every_state_is_reached_and_left);
	return s;
}
SUPPORT_MAIN(suite)
