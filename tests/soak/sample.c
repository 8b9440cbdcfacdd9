/* SPDX-License-Identifier: MIT */
/* Looks at processes through /proc. */
#include "sample.h"

#include <dirent.h>
#include <unistd.h>

static double count_descriptors(pid_t pid)
{
	char path[64];
	const struct dirent *entry;
	double n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	/* One is that of the folder. */
	return pid == getpid() ? n - 1 : n;
}

static double count_mappings(pid_t pid)
{
	static char buffer[65536];
	char path[64];
	double n = 0;
	size_t got;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
		for (size_t i = 0; i < got; i++)
			n += buffer[i] == '\n';
	fclose(file);
	return n;
}

static double resident_mib(pid_t pid)
{
	char path[64];
	unsigned long size = 0;
	unsigned long pages = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

void sample_take(sample *ret, const pid_t *peer, size_t peers)
{
	ret->hub_descriptors = count_descriptors(getpid());
	ret->hub_mappings = count_mappings(getpid());
	ret->hub_resident = resident_mib(getpid());
	ret->peer_descriptors = 0;
	ret->peer_mappings = 0;
	ret->peer_resident = 0;
	for (size_t i = 0; i < peers; i++) {
		ret->peer_descriptors += count_descriptors(peer[i]);
		ret->peer_mappings += count_mappings(peer[i]);
		ret->peer_resident += resident_mib(peer[i]);
	}
}

void sample_head(FILE *out)
{
	fputs("# seconds", out);
#define SAMPLE_NAME(name, what, slack) fprintf(out, " %s", #name);
	SAMPLE_MAP(SAMPLE_NAME)
#undef SAMPLE_NAME
	fputs(" moves live deaths\n", out);
}

void sample_write(FILE *out, const sample *one)
{
	fprintf(out, "%.2f", one->seconds);
#define SAMPLE_VALUE(name, what, slack) fprintf(out, " %.1f", one->name);
	SAMPLE_MAP(SAMPLE_VALUE)
#undef SAMPLE_VALUE
	fprintf(out, " %.0f %.0f %lu\n", one->moves, one->live, one->deaths);
	fflush(out);
}

/* Of a figure, which lies `offset` bytes into each sample. */
static double mean(const sample *all, size_t first, size_t end, size_t offset)
{
	double sum = 0;

	for (size_t i = first; i < end; i++)
		sum += *(const double *)(const void *)((const char *)&all[i] +
						       offset);
	return sum / (double)(end - first);
}

static bool flat(const sample *all, size_t count, size_t offset,
		 const char *what, double slack)
{
	size_t from = count / 5;
	size_t third = (count - from) / 3;
	double before = mean(all, from, from + third, offset);
	double after = mean(all, count - third, count, offset);
	bool ok = after <= before * 1.05 + slack;

	printf("%-26s %10.1f -> %10.1f%s\n", what, before, after,
	       ok ? "" : "  GROWS");
	return ok;
}

bool sample_flat(const sample *all, size_t count)
{
	bool ok = true;

	if (count < 10) {
		printf("%zu samples are too few to judge\n", count);
		return false;
	}
#define SAMPLE_JUDGE(name, what, slack)                                        \
	ok = flat(all, count, offsetof(sample, name), what, slack) && ok;
	SAMPLE_MAP(SAMPLE_JUDGE)
#undef SAMPLE_JUDGE
	return ok;
}
