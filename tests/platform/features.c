/* SPDX-License-Identifier: MIT */
/*
 * What this platform has: tries each feature for real and compares the answers
 * with the record, docs/platforms.tsv. By public functions and standard C only,
 * so that it is built wherever the library is.
 *
 *   features SELF print PLATFORM       the record's lines for this platform
 *   features SELF compare PLATFORM TSV fails where one of them is another; 77
 *                                      where there is no such platform
 *
 * SELF starts this program, or one that was built for another processor. Roles
 * that it plays then come as first argument.
 */
#include <inttypes.h>
#include <shmem/shmem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES 65536
#define PATIENCE 20000
#define SURVIVED 3
#define WORD "a word that was written"

static const char *self;

/* An answer: NULL is yes, anything else is no, and why. */
#define NEED(call)                                                             \
	do {                                                                   \
		int need_err = (call);                                         \
		if (need_err != 0)                                             \
			return shmem_errname(need_err);                        \
	} while (0)
#define NEED_THAT(fact)                                                        \
	do {                                                                   \
		if (!(fact))                                                   \
			return "not so: " #fact;                               \
	} while (0)

/* ---- pieces ---- */

static shmem_handle *written_handle(void)
{
	shmem_mapping *m = NULL;
	shmem_handle *h = NULL;

	if (shmem_handle_create(BYTES, NULL, &h) == 0 &&
	    shmem_mapping_open(h, 0, 0, SHMEM_RW, &m) == 0)
		strcpy(shmem_mapping_data(m), WORD);
	shmem_mapping_close(&m);
	return h;
}

static bool holds_word(const shmem_handle *h)
{
	shmem_mapping *m = NULL;
	bool same = shmem_mapping_open(h, 0, 0, SHMEM_READ, &m) == 0 &&
		    strcmp(shmem_mapping_data(m), WORD) == 0;

	shmem_mapping_close(&m);
	return same;
}

#define ROUNDS 50

/* Starts this program in a role. */
static int begin(const char *role, const char *arg, const shmem_handle *handle,
		 shmem_process **ret, shmem_channel **ret_channel)
{
	const char *argv[] = {"features", role, arg, NULL};
	shmem_spawn_handle pass = {"memory", handle, SHMEM_RW};
	shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;

	opts.path = self;
	opts.argv = argv;
	opts.handles = &pass;
	opts.handle_count = handle != NULL;
	return shmem_process_spawn(&opts, ret, ret_channel);
}

/* And tells how it ended: -1000 is not known. */
static int play(const char *role, const char *arg, const shmem_handle *handle,
		shmem_channel **ret_channel)
{
	shmem_process *p = NULL;
	int status = -1000;

	if (begin(role, arg, handle, &p, ret_channel) == 0)
		(void)shmem_process_wait(p, PATIENCE, &status);
	shmem_process_close(&p);
	return status;
}

/* A segment that went from one end to the other; where it lay at the first. */
typedef struct gift {
	shmem_channel *from;
	shmem_channel *to;
	shmem_segment *segment; /* at `to` */
	volatile char *stale;
} gift;

static int give(gift *g, shmem_enforce enforce, uint64_t bytes)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	int err;

	memset(g, 0, sizeof(*g));
	opts.enforce = enforce;
	err = shmem_channel_pair(&opts, &g->from, &g->to);
	if (err == 0)
		err = shmem_segment_alloc(g->from, bytes, &g->segment);
	if (err != 0)
		return err;
	g->stale = shmem_segment_data(g->segment);
	memset(shmem_segment_data(g->segment), 'x', (size_t)bytes);
	err = shmem_segment_send(g->from, &g->segment);
	if (err == 0)
		err = shmem_segment_recv(g->to, PATIENCE, &g->segment);
	return err;
}

static void end(gift *g)
{
	(void)shmem_segment_free(&g->segment);
	shmem_channel_close(&g->from);
	shmem_channel_close(&g->to);
}

/* ---- roles ---- */

static int role_inherit(const char *arg)
{
	shmem_handle *h = NULL;

	(void)arg;
	if (shmem_inherited_handle("memory", &h) != 0)
		return 1;
	return holds_word(h) ? 0 : 2;
}

static int role_import(const char *arg)
{
	shmem_handle *h = NULL;

	if (shmem_handle_import(arg, &h) != 0)
		return 1;
	return holds_word(h) ? 0 : 2;
}

static int role_named(const char *arg)
{
	shmem_handle *h = NULL;

	if (shmem_handle_open_named(arg, BYTES, 0, SHMEM_RW, &h) != 0)
		return 1;
	return holds_word(h) ? 0 : 2;
}

/* Ends while it has what it was given. */
static int role_heir(const char *arg)
{
	shmem_channel *channel = NULL;
	shmem_segment *s = NULL;

	(void)arg;
	if (shmem_inherited_channel(NULL, &channel) != 0 ||
	    shmem_segment_alloc(channel, BYTES, &s) != 0)
		return 1;
	strcpy(shmem_segment_data(s), WORD);
	return shmem_segment_send(channel, &s) != 0;
}

/* Sends back what comes, with its first byte one higher. */
static int role_echo(const char *arg)
{
	shmem_channel *channel = NULL;
	shmem_segment *s = NULL;

	(void)arg;
	if (shmem_inherited_channel(NULL, &channel) != 0)
		return 1;
	for (int i = 0; i < ROUNDS; i++) {
		if (shmem_segment_recv(channel, PATIENCE, &s) != 0)
			return 2;
		++*(unsigned char *)shmem_segment_data(s);
		if (shmem_segment_send(channel, &s) != 0)
			return 3;
	}
	return 0;
}

static int touch(shmem_enforce enforce)
{
	gift g;

	if (give(&g, enforce, BYTES) != 0)
		return 1;
	*g.stale = 'y';
	return SURVIVED;
}

static int role_touch_protected(const char *arg)
{
	(void)arg;
	return touch(SHMEM_ENFORCE_PROTECT);
}

static int role_touch_unmapped(const char *arg)
{
	(void)arg;
	return touch(SHMEM_ENFORCE_UNMAP);
}

static int role_report(const char *arg)
{
	FILE *file = fopen(arg, "w");

	if (file == NULL || shmem_diagnose_violations_stream(file) != 0)
		return 1;
	return touch(SHMEM_ENFORCE_PROTECT);
}

static const struct role {
	const char *name;
	int (*run)(const char *arg);
} roles[] = {
	{"inherit", role_inherit},
	{"import", role_import},
	{"named", role_named},
	{"heir", role_heir},
	{"echo", role_echo},
	{"touch-protected", role_touch_protected},
	{"touch-unmapped", role_touch_unmapped},
	{"report", role_report},
};

/* It died of it, by a signal or what is one there. */
static bool died(int status)
{
	return status < 0 && status != -1000;
}

/* ---- features ---- */

static const char *anonymous(void)
{
	shmem_handle *h = written_handle();
	bool same = h != NULL && holds_word(h);

	shmem_handle_close(&h);
	NEED_THAT(same);
	return NULL;
}

static const char *named(void)
{
	const char *name = "features";
	shmem_mapping *m = NULL;
	shmem_handle *h = NULL;
	int status;

	(void)shmem_handle_unlink_named(name);
	NEED(shmem_handle_open_named(name, BYTES, SHMEM_OPEN_CREATE, SHMEM_RW,
				     &h));
	NEED(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m));
	strcpy(shmem_mapping_data(m), WORD);
	status = play("named", name, NULL, NULL);
	shmem_mapping_close(&m);
	shmem_handle_close(&h);
	(void)shmem_handle_unlink_named(name);
	NEED_THAT(status == 0);
	return NULL;
}

static const char *inherit(void)
{
	shmem_handle *h = written_handle();
	int status = play("inherit", NULL, h, NULL);

	shmem_handle_close(&h);
	NEED_THAT(status == 0);
	return NULL;
}

/* A shell or another program's spawn would do; the library's own passes no
 * handle but those that it is told, by a text that it makes itself. */
static const char *string(void)
{
	char text[SHMEM_HANDLE_TEXT_MAX];
	shmem_handle *h = written_handle();
	char command[1024];
	int status;

	NEED(shmem_handle_set_inheritable(h, true));
	NEED(shmem_handle_export(h, text, sizeof(text)));
	snprintf(command, sizeof(command), "%s import %s", self, text);
	status = system(command); /* NOLINT: to be inherited, no more */
	shmem_handle_close(&h);
	NEED_THAT(status == 0);
	return NULL;
}

static const char *read_only(void)
{
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	shmem_mapping *writer = NULL;
	shmem_mapping *m = NULL;
	shmem_handle *h = NULL;
	bool enforced;
	int err;

	opts.policy = SHMEM_POLICY_SINGLE_WRITER;
	NEED(shmem_handle_create_mapped(BYTES, &opts, &h, &writer));
	enforced = shmem_handle_is_readonly_enforced(h);
	err = shmem_mapping_open(h, 0, 0, SHMEM_RW, &m);
	shmem_mapping_close(&m);
	shmem_mapping_close(&writer);
	shmem_handle_close(&h);
	NEED_THAT(err == SHMEM_E_ACCESS);
	NEED_THAT(enforced);
	return NULL;
}

static const char *freeze_proof(void)
{
	shmem_handle *h = written_handle();
	shmem_handle *frozen = NULL;
	bool is_frozen;

	NEED(shmem_handle_freeze(&h, &frozen));
	is_frozen = shmem_handle_is_frozen(frozen) && holds_word(frozen);
	shmem_handle_close(&frozen);
	NEED_THAT(is_frozen);
	return NULL;
}

static const char *enforce_protect(void)
{
	NEED_THAT(died(play("touch-protected", NULL, NULL, NULL)));
	return NULL;
}

static const char *enforce_unmap(void)
{
	gift g;
	int err = give(&g, SHMEM_ENFORCE_UNMAP, BYTES);

	end(&g);
	NEED(err);
	NEED_THAT(died(play("touch-unmapped", NULL, NULL, NULL)));
	return NULL;
}

/* Back and forth, and the statistics of one end after it. */
static int go_round(shmem_enforce enforce, uint64_t bytes, int times,
		    shmem_stats *stats)
{
	gift g;
	int err = give(&g, enforce, bytes);

	for (int i = 0; i < times && err == 0; i++) {
		shmem_channel *from = i % 2 == 0 ? g.to : g.from;
		shmem_channel *to = i % 2 == 0 ? g.from : g.to;

		err = shmem_segment_send(from, &g.segment);
		if (err == 0)
			err = shmem_segment_recv(to, PATIENCE, &g.segment);
		if (err == 0)
			memset(shmem_segment_data(g.segment), i, (size_t)bytes);
	}
	if (g.from != NULL)
		shmem_channel_stats(g.from, stats);
	end(&g);
	return err;
}

/* Between two processes, back and forth. */
static int converse(shmem_channel *channel, shmem_segment **s)
{
	int err = shmem_segment_alloc(channel, BYTES, s);

	if (err == 0)
		memset(shmem_segment_data(*s), 0, BYTES);
	for (int i = 1; i <= ROUNDS && err == 0; i++) {
		err = shmem_segment_send(channel, s);
		if (err == 0)
			err = shmem_segment_recv(channel, PATIENCE, s);
		if (err == 0 && *(char *)shmem_segment_data(*s) != i)
			err = SHMEM_E_PROTO;
	}
	return err;
}

static const char *ring(void)
{
	shmem_stats stats = SHMEM_STATS_INIT;
	shmem_channel *channel = NULL;
	shmem_segment *s = NULL;
	shmem_process *p = NULL;
	int status = -1000;
	int err;

	NEED(begin("echo", NULL, NULL, &p, &channel));
	err = converse(channel, &s);
	shmem_channel_stats(channel, &stats);
	(void)shmem_segment_free(&s);
	shmem_channel_close(&channel);
	(void)shmem_process_wait(p, PATIENCE, &status);
	shmem_process_close(&p);
	NEED(err);
	NEED_THAT(status == 0);
	NEED_THAT(stats.packets_by_ring > 0);
	return NULL;
}

static const char *huge_pages(void)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	/* They come to what is used often. */
	NEED(go_round(SHMEM_ENFORCE_PROTECT, (uint64_t)2 << 20, 100, &stats));
	NEED_THAT(stats.huge_segments > 0);
	return NULL;
}

static const char *peer_death(void)
{
	shmem_channel *channel = NULL;
	shmem_segment *s = NULL;
	shmem_segment *none = NULL;
	bool got;
	int err;

	NEED_THAT(play("heir", NULL, NULL, &channel) == 0);
	err = shmem_segment_recv(channel, PATIENCE, &s);
	got = err == 0 && strcmp(shmem_segment_data(s), WORD) == 0;
	if (err == 0)
		err = shmem_segment_recv(channel, PATIENCE, &none);
	(void)shmem_segment_free(&s);
	shmem_channel_close(&channel);
	NEED_THAT(got);
	NEED_THAT(err == SHMEM_E_CLOSED);
	return NULL;
}

static const char *violation_report(void)
{
	const char *path = "features.report";
	char text[8192];
	size_t n = 0;
	FILE *file;
	int status = play("report", path, NULL, NULL);

	file = fopen(path, "r");
	if (file != NULL) {
		n = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[n] = '\0';
	(void)remove(path);
	/* Died, however: an emulator may fail at that and end in its own way.
	 */
	NEED_THAT(died(status) || status > SURVIVED);
	NEED_THAT(strstr(text, "a segment that was given away") != NULL);
	return NULL;
}

static const struct feature {
	const char *name;
	const char *(*try)(void);
	/* Whether there is any depends on the machine, too. */
	bool by_machine;
} features[] = {
	{"anonymous", anonymous, false},
	{"named", named, false},
	{"inherit", inherit, false},
	{"string", string, false},
	{"read-only", read_only, false},
	{"freeze proof", freeze_proof, false},
	{"enforcement: protect", enforce_protect, false},
	{"enforcement: unmap", enforce_unmap, false},
	{"ring", ring, false},
	{"huge pages", huge_pages, true},
	{"peer death", peer_death, false},
	{"violation report", violation_report, false},
};
#define FEATURES (sizeof(features) / sizeof(*features))

/* Whether the record says yes; -1 where it says nothing. */
static int recorded(const char *path, const char *platform, const char *feature)
{
	FILE *file = fopen(path, "r");
	char want[128];
	char line[512];
	int found = -1;

	if (file == NULL)
		return -1;
	snprintf(want, sizeof(want), "%s\t%s\t", platform, feature);
	while (found < 0 && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, want, strlen(want)) == 0)
			found = strncmp(line + strlen(want), "yes", 3) == 0;
	fclose(file);
	return found;
}

int main(int argc, char **argv)
{
	bool compare;
	bool known = false;
	int wrong = 0;

	for (size_t i = 0; argc > 1 && i < sizeof(roles) / sizeof(*roles); i++)
		if (strcmp(argv[1], roles[i].name) == 0)
			return roles[i].run(argv[2]);
	if (argc < 4)
		return 2;
	self = argv[1];
	compare = argc > 4 && strcmp(argv[2], "compare") == 0;
	for (size_t i = 0; i < FEATURES; i++) {
		const struct feature *f = &features[i];
		const char *why = f->try();
		int record = compare ? recorded(argv[4], argv[3], f->name) : 0;

		printf("%s\t%s\t%s\t%s\n", argv[3], f->name,
		       why == NULL ? "yes" : "no", why == NULL ? "" : why);
		fflush(stdout);
		known = known || record >= 0;
		if (!compare || record == (why == NULL) ||
		    (record == 1 && f->by_machine))
			continue;
		printf("but %s says %s\n", argv[4],
		       record < 0 ? "nothing"
		       : record   ? "yes"
				  : "no");
		wrong++;
	}
	if (compare && !known)
		return 77;
	return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
