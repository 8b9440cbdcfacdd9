/* SPDX-License-Identifier: MIT */
/* The benchmark's command line; scripts/bench builds it and runs it. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "machine.h"
#include "report.h"
#include "target.h"

static const char usage[] =
	"usage: shmem_bench [options]\n"
	"  --quick            within a minute: fewer rounds, up to 16 MiB\n"
	"  --check            judge the targets G1 to G13; fails if one is "
	"missed\n"
	"  --judge            the same, besides all else, and never fails for "
	"it\n"
	"  --rounds N         interleaved rounds (7; quick: 3)\n"
	"  --budget MS        time for each phase of each cell (100; quick: "
	"10)\n"
	"  --max-bytes N      largest message\n"
	"  --only TEXT        cells whose scenario/subject/mode/size has TEXT\n"
	"  --wait MS          wait this long for a quiet machine, each time\n"
	"  --json[=FILE]      JSON lines instead of (or, in FILE, besides) "
	"tables\n"
	"  --data DIR         what the plots are made of\n"
	"  --markdown FILE    the tables of docs/performance.md\n";

enum option_code {
	OPT_QUICK = 256,
	OPT_CHECK,
	OPT_JUDGE,
	OPT_ROUNDS,
	OPT_BUDGET,
	OPT_MAX_BYTES,
	OPT_ONLY,
	OPT_WAIT,
	OPT_JSON,
	OPT_DATA,
	OPT_MARKDOWN,
	OPT_HELP
};

static const struct option long_options[] = {
	{"quick", no_argument, NULL, OPT_QUICK},
	{"check", no_argument, NULL, OPT_CHECK},
	{"judge", no_argument, NULL, OPT_JUDGE},
	{"rounds", required_argument, NULL, OPT_ROUNDS},
	{"budget", required_argument, NULL, OPT_BUDGET},
	{"max-bytes", required_argument, NULL, OPT_MAX_BYTES},
	{"only", required_argument, NULL, OPT_ONLY},
	{"wait", required_argument, NULL, OPT_WAIT},
	{"json", optional_argument, NULL, OPT_JSON},
	{"data", required_argument, NULL, OPT_DATA},
	{"markdown", required_argument, NULL, OPT_MARKDOWN},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static void parse(int argc, char **argv, struct bench_options *o)
{
	int code;

	while ((code = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (code) {
		case OPT_QUICK:
			o->quick = true;
			break;
		case OPT_CHECK:
			o->check = true;
			o->judge = true;
			break;
		case OPT_JUDGE:
			o->judge = true;
			break;
		case OPT_ROUNDS:
			o->rounds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case OPT_BUDGET:
			o->budget_ms = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case OPT_MAX_BYTES:
			o->max_bytes = strtoull(optarg, NULL, 10);
			break;
		case OPT_ONLY:
			o->only = optarg;
			break;
		case OPT_WAIT:
			o->wait_ms = (int)strtol(optarg, NULL, 10);
			break;
		case OPT_JSON:
			o->json = optarg != NULL ? optarg : "-";
			break;
		case OPT_DATA:
			o->data = optarg;
			break;
		case OPT_MARKDOWN:
			o->markdown = optarg;
			break;
		case OPT_HELP:
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (o->rounds == 0)
		o->rounds = o->quick && !o->check ? 3 : 7;
	if (o->rounds > BENCH_ROUNDS_MAX)
		o->rounds = BENCH_ROUNDS_MAX;
	if (o->budget_ms == 0)
		o->budget_ms = o->quick ? 10 : 100;
	if (o->max_bytes == 0)
		o->max_bytes =
			o->quick || o->check ? 16 * BENCH_MIB : BENCH_GIB;
}

static bool write_to(const char *path, void (*report)(FILE *out))
{
	FILE *out;

	if (path == NULL)
		return true;
	if (strcmp(path, "-") == 0) {
		report(stdout);
		return fflush(stdout) == 0;
	}
	out = fopen(path, "w");
	if (out == NULL) {
		perror(path);
		return false;
	}
	report(out);
	if (fclose(out) == 0)
		return true;
	perror(path);
	return false;
}

int main(int argc, char **argv)
{
	struct bench_options options = {0};
	struct rlimit files;
	bool fine;

	parse(argc, argv, &options);
	machine_get();
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	bench_plan_make(&options);
	fine = bench_plan_run(&options);
	bench_peers_stop();

	if (options.judge)
		target_judge();
	if (options.json == NULL || strcmp(options.json, "-") != 0) {
		report_table(stdout);
		if (options.judge)
			target_table(stdout);
	}
	fine &= write_to(options.json, report_json);
	fine &= write_to(options.markdown, report_markdown);
	if (options.data != NULL && !report_data(options.data)) {
		perror(options.data);
		fine = false;
	}
	return fine && (!options.check || target_all_met()) ? 0 : 1;
}
