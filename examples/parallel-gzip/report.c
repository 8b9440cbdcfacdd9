/* SPDX-License-Identifier: MIT */
/* What the user sees: a line on an error, a progress bar, the table. */
#include "report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static bool bar_is_shown;

static void say(const char *format, va_list args)
{
	progress_clear();
	fputs("parallel-gzip: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return -1;
}

void remark(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

static int terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

/* At most twenty times a second, so that a slow terminal costs little. */
static bool bar_is_due(void)
{
	static struct timespec last;
	struct timespec now;
	long long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (now.tv_sec - last.tv_sec) * 1000LL +
	     (now.tv_nsec - last.tv_nsec) / 1000000;
	if (ms < 50)
		return false;
	last = now;
	return true;
}

void progress_show(uint64_t done, uint64_t total)
{
	enum { AROUND = 9, WIDEST = 100 }; /* "[] 100 %" and the cursor */
	char bar[WIDEST + 1];
	int width = 0, full = 0;

	if (total == 0 || !isatty(STDERR_FILENO) || !bar_is_due())
		return;
	width = terminal_columns() - AROUND;
	if (width < 1)
		return;
	if (width > WIDEST)
		width = WIDEST;
	full = (int)((double)done / (double)total * width);
	memset(bar, ' ', sizeof(bar));
	memset(bar, '#', (size_t)full);
	fprintf(stderr, "\r[%.*s] %3d %%", width, bar,
		(int)((double)done / (double)total * 100));
	fflush(stderr);
	bar_is_shown = true;
}

void progress_clear(void)
{
	if (bar_is_shown)
		fputs("\r\033[K", stderr);
	bar_is_shown = false;
}

static void row(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void row(const char *name, const char *format, ...)
{
	va_list args;

	printf("  %-18s", name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void summary_print(const struct summary *s)
{
	double seconds = s->seconds > 0 ? s->seconds : 1e-9;

	printf("%s -> %s.gz\n", s->path, s->path);
	row("size", "%" PRIu64 " -> %" PRIu64 " bytes", s->input_bytes,
	    s->output_bytes);
	row("speed", "%.1f MB/s (%.2f s, %u %s)",
	    (double)s->input_bytes / 1e6 / seconds, s->seconds, s->workers,
	    s->workers == 1 ? "worker" : "workers");
	row("segments moved", "%" PRIu64, s->segments_moved);
	row("bytes not copied", "%" PRIu64 " (handed over in segments)",
	    s->bytes_handed);
	row("bytes copied", "%" PRIu64 " (in messages)", s->bytes_copied);
	row("deaths survived",
	    s->deaths == 0 ? "%u" : "%u (%u blocks redone, %u segments back)",
	    s->deaths, s->blocks_redone, s->segments_reclaimed);
}
