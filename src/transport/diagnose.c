/* SPDX-License-Identifier: MIT */
/*
 * The report of a violation. All but its switching on runs in a signal handler:
 * it takes no memory, and no locks but the dynamic linker's, which the same
 * thread may hold already. Facts come first, what may fail last.
 */
#include "base/line.h"
#include "ownership/watch.h"
#include "transport/symbol.h"
#include "transport/trap.h"

#include <shmem/diagnose.h>
#include <stdatomic.h>

#define COLUMN 12
#define NS_PER_S UINT64_C(1000000000)

static atomic_int report_to = -1;

/* Too large for the stack of a signal handler; there is one report at a time.
 */
static struct {
	shmem__line line;
	shmem__watch_report found;
	shmem__symbol symbol;
	void *frame[SHMEM__TRACE_FRAMES];
} now;

static shmem__line *begin(const char *fact)
{
	now.line.length = 0;
	if (fact[0] != '\0') {
		shmem__line_text(&now.line, "  ");
		shmem__line_text(&now.line, fact);
		shmem__line_column(&now.line, COLUMN);
	}
	return &now.line;
}

static void end(void)
{
	/* A line that is too long ends all the same. */
	if (now.line.length == SHMEM__LINE_MAX)
		now.line.length--;
	shmem__line_char(&now.line, '\n');
	shmem__trap_write(atomic_load(&report_to), now.line.text,
			  now.line.length);
}

static void put_headline(const shmem__trap *trap)
{
	static const char *const what[] = {
		[SHMEM__TOUCH_UNKNOWN] = "access to",
		[SHMEM__TOUCH_LOAD] = "load from",
		[SHMEM__TOUCH_STORE] = "store to",
		[SHMEM__TOUCH_JUMP] = "jump into",
	};
	shmem__line *l = begin("");

	shmem__line_text(l, "shmem: ");
	shmem__line_text(l, what[trap->touch]);
	switch (now.found.state) {
	case SHMEM__OWNED:
	case SHMEM__STAGED:
		shmem__line_text(l, " a segment failed");
		break;
	case SHMEM__DEAD:
		shmem__line_text(l, " a segment that was freed");
		break;
	case SHMEM__ARRIVED:
		shmem__line_text(l, " a segment that was not yet received");
		break;
	default:
		shmem__line_text(l, " a segment that was given away");
	}
	end();
}

static void put_place(const shmem__trap *trap)
{
	shmem__line *l = begin("segment");

	shmem__line_hex(l, now.found.id);
	if (now.found.label[0] != '\0') {
		shmem__line_text(l, " \"");
		shmem__line_text(l, now.found.label);
		shmem__line_text(l, "\"");
	}
	shmem__line_text(l, ", ");
	shmem__line_decimal(l, now.found.size);
	shmem__line_text(l, " bytes");
	end();
	l = begin("offset");
	shmem__line_decimal(l, now.found.offset);
	if (now.found.offset >= now.found.size)
		shmem__line_text(l, ", beyond its end");
	shmem__line_text(l, " (address ");
	shmem__line_hex(l, (uint64_t)(uintptr_t)trap->address);
	shmem__line_text(l, ")");
	end();
}

static void put_peer(shmem__line *l)
{
	if (now.found.peer_pid == 0)
		return;
	shmem__line_text(l, ", process ");
	shmem__line_decimal(l, (uint64_t)now.found.peer_pid);
}

static void put_owner(void)
{
	shmem__line *l = begin("owner");

	switch (now.found.state) {
	case SHMEM__OWNED:
	case SHMEM__STAGED:
		shmem__line_text(l, "this process: its memory is broken");
		break;
	case SHMEM__REVOKED:
		shmem__line_text(l, "nobody: it is being sent to the peer");
		put_peer(l);
		break;
	case SHMEM__ARRIVED:
		shmem__line_text(l, "this process, once it has received it");
		break;
	case SHMEM__LOST:
		shmem__line_text(l, "nobody: the peer died with it");
		put_peer(l);
		break;
	case SHMEM__DEAD:
		shmem__line_text(l, "nobody");
		break;
	default:
		shmem__line_text(l, "the peer");
		put_peer(l);
	}
	end();
}

/* Year, month and day of a day since 1970, by the Gregorian calendar: counted
 * from a March, so that the odd day of a leap year is a year's last. */
static void put_date(shmem__line *l, uint64_t day)
{
	uint64_t d = day + 719468; /* since 0000-03-01 */
	uint64_t era = d / 146097; /* of 400 years */
	uint64_t in_era = d % 146097;
	uint64_t year =
		(in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) /
		365;
	uint64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * in_year + 2) / 153; /* from March */

	shmem__line_number(l, era * 400 + year + (month >= 10), 10, 4);
	shmem__line_char(l, '-');
	shmem__line_number(l, month < 10 ? month + 3 : month - 9, 10, 2);
	shmem__line_char(l, '-');
	shmem__line_number(l, in_year - (153 * month + 2) / 5 + 1, 10, 2);
}

static void put_time(shmem__line *l, uint64_t ns)
{
	uint64_t s = ns / NS_PER_S;

	put_date(l, s / 86400);
	shmem__line_char(l, ' ');
	shmem__line_number(l, s / 3600 % 24, 10, 2);
	shmem__line_char(l, ':');
	shmem__line_number(l, s / 60 % 60, 10, 2);
	shmem__line_char(l, ':');
	shmem__line_number(l, s % 60, 10, 2);
	shmem__line_char(l, '.');
	shmem__line_number(l, ns % NS_PER_S / 1000, 10, 6);
	shmem__line_text(l, " UTC");
}

static void put_when(uint64_t wall)
{
	uint64_t given = now.found.trace.when_ns;
	bool freed = now.found.traced && now.found.trace.freed;
	shmem__line *l = begin(freed ? "freed" : "given");

	if (!now.found.traced) {
		shmem__line_text(l, "before reports were asked for");
	} else {
		put_time(l, given);
		if (wall >= given) {
			shmem__line_text(l, ", ");
			shmem__line_decimal(l, (wall - given) / NS_PER_S);
			shmem__line_char(l, '.');
			shmem__line_number(l, (wall - given) % NS_PER_S / 1000,
					   10, 6);
			shmem__line_text(l, " s before");
		}
	}
	end();
}

static void put_who(const shmem__trap *trap)
{
	shmem__line *l = begin("in");

	if (trap->thread != 0) {
		shmem__line_text(l, "thread ");
		shmem__line_decimal(l, trap->thread);
		shmem__line_text(l, " of ");
	}
	shmem__line_text(l, "process ");
	shmem__line_decimal(l, trap->process);
	end();
}

/* `call` is 1 where the frame's address is that behind a call. */
static void put_frame(int number, const void *code, unsigned call)
{
	shmem__line *l = begin("");

	shmem__symbol_find((const char *)code - call, &now.symbol);
	shmem__line_text(l, "    #");
	shmem__line_decimal(l, (uint64_t)number);
	shmem__line_column(l, 9);
	shmem__line_text(l, now.symbol.name[0] != '\0' ? now.symbol.name : "?");
	if (now.symbol.name[0] != '\0') {
		shmem__line_char(l, '+');
		shmem__line_hex(l, now.symbol.name_offset + call);
	}
	if (now.symbol.module[0] != '\0') {
		shmem__line_text(l, "  ");
		shmem__line_text(l, now.symbol.module);
		shmem__line_char(l, ' ');
		shmem__line_hex(l, now.symbol.module_offset);
	} else {
		shmem__line_text(l, "  ");
		shmem__line_hex(l, (uint64_t)(uintptr_t)code);
	}
	end();
}

static void put_stack(const char *title, void *const *frame, int count,
		      bool calls_only)
{
	shmem__line *l = begin("");

	if (count <= 0)
		return;
	shmem__line_text(l, "  ");
	shmem__line_text(l, title);
	end();
	for (int i = 0; i < count; i++)
		put_frame(i, frame[i], calls_only || i > 0);
}

static void report(const shmem__trap *trap)
{
	uint64_t wall = shmem__wall_ns();
	int count;

	if (!shmem__watch_find(trap->address, &now.found))
		return;
	put_headline(trap);
	put_place(trap);
	put_owner();
	put_when(wall);
	put_who(trap);
	count = shmem__trap_stack(trap, now.frame, SHMEM__TRACE_FRAMES);
	put_stack("touched by", now.frame, count, trap->pc == NULL);
	if (now.found.traced)
		put_stack(now.found.trace.freed ? "freed by" : "given away by",
			  now.found.trace.frame, now.found.trace.frames, true);
	shmem__line_text(begin(""),
			 "  For lines of code: addr2line -fie FILE ADDRESS");
	end();
}

/* The names without the header's generic macro around them. */
int(shmem_diagnose_violations)(int fd)
{
	int err;

	if (!shmem__trap_can_write(fd))
		return SHMEM_E_INVAL;
	atomic_store(&report_to, fd);
	err = shmem__trap_install(report);
	if (err != 0)
		return err;
	atomic_store(&shmem__watch_enabled, true);
	return 0;
}

int shmem_diagnose_violations_stream(FILE *stream)
{
	if (stream == NULL)
		return SHMEM_E_INVAL;
	return (shmem_diagnose_violations)(shmem__trap_stream(stream));
}
