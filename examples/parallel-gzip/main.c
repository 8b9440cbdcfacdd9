/* SPDX-License-Identifier: MIT */
/* The command line. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "compress.h"
#include "worker.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
	"Usage: parallel-gzip [options] FILE\n"
	"Compresses FILE into FILE.gz with several sandboxed worker "
	"processes,\n"
	"to which blocks travel as shared memory that changes hands.\n"
	"\n"
	"  -w, --workers N    this many workers (1 to 64; default: one a CPU)\n"
	"  -l, --level N      1 (fast) to 9 (small); default 6\n"
	"  -f, --force        replace FILE.gz\n"
	"  -q, --quiet        no progress bar and no table\n"
	"      --kill-one     kill the worker that gets the middle block\n"
	"      --kill-at N    kill the worker that gets block N (from 0); may "
	"be\n"
	"                     given up to 15 times, the same N too\n"
	"  -h, --help\n"
	"\n"
	"FILE is kept. FILE.gz appears under its name when it is whole and on\n"
	"disk. Exit code: 0, 1 after an error, 2 for a wrong command line.\n";

enum { OPT_KILL_ONE = 256, OPT_KILL_AT };
static const struct option long_options[] = {
	{"workers", required_argument, NULL, 'w'},
	{"level", required_argument, NULL, 'l'},
	{"force", no_argument, NULL, 'f'},
	{"quiet", no_argument, NULL, 'q'},
	{"kill-one", no_argument, NULL, OPT_KILL_ONE},
	{"kill-at", required_argument, NULL, OPT_KILL_AT},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/* A whole number from `low` to `high`, or ends the program. */
static unsigned long number(const char *text, unsigned long low,
			    unsigned long high)
{
	char *end = NULL;
	unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || n < low ||
	    n > high) {
		complain("%s is not a number from %lu to %lu", text, low, high);
		exit(EXIT_USAGE);
	}
	return n;
}

static void add_kill(struct options *o, const char *text)
{
	/* One more place is for --kill-one. */
	if (o->kill_count == KILLS_MAX - 1) {
		complain("too many --kill-at");
		exit(EXIT_USAGE);
	}
	o->kills[o->kill_count++] = number(text, 0, UINT32_MAX);
}

static void parse(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "w:l:fqh", long_options, NULL)) !=
	       -1) {
		if (c == 'w')
			o->workers = (unsigned)number(optarg, 1, WORKERS_MAX);
		else if (c == 'l')
			o->level = (int)number(optarg, 1, 9);
		else if (c == 'f')
			o->force = true;
		else if (c == 'q')
			o->quiet = true;
		else if (c == OPT_KILL_ONE)
			o->kill_one = true;
		else if (c == OPT_KILL_AT)
			add_kill(o, optarg);
		else if (c == 'h')
			exit(fputs(help, stdout) < 0);
		else
			exit(EXIT_USAGE);
	}
	if (optind + 1 != argc) {
		complain("one FILE, please; --help tells more");
		exit(EXIT_USAGE);
	}
	o->path = argv[optind];
}

static unsigned default_workers(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : cpus > WORKERS_MAX ? WORKERS_MAX : (unsigned)cpus;
}

/* The signals that end a program become readable, so that nothing half done
 * is left behind. Those that are ignored (nohup) stay so. */
static int catch_signals(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (sigaction(ends[i], NULL, &action) == 0 &&
		    action.sa_handler != SIG_IGN)
			sigaddset(&set, ends[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* The calls that fail tell of these. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Ends as the signal would have ended it, if one came. */
static void die_of_signal(int fd)
{
	struct signalfd_siginfo info;
	sigset_t set;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return;
	sigemptyset(&set);
	sigaddset(&set, (int)info.ssi_signo);
	raise((int)info.ssi_signo);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
	struct options options = {.program = "/proc/self/exe",
				  .workers = default_workers(),
				  .level = 6};
	struct summary summary;

	if (argc == 3 && strcmp(argv[1], "--worker") == 0)
		/* What is done at an exit is not allowed in the sandbox. */
		_exit(worker_main((int)number(argv[2], 1, 9)));
	parse(&options, argc, argv);
	options.stop_fd = catch_signals();
	if (compress_file(&options, &summary) != 0) {
		die_of_signal(options.stop_fd);
		return EXIT_FAILURE;
	}
	if (!options.quiet)
		summary_print(&summary);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
