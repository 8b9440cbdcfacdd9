/* SPDX-License-Identifier: MIT */
/* Reads /proc and /sys; nothing here changes a setting. */
#include "machine.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void read_cpu_name(char *out, size_t cap)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(out, cap, "unknown");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || colon == NULL)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(out, cap, "%s", colon + 2);
		break;
	}
	if (file != NULL)
		fclose(file);
}

/* The word in brackets, as in "always [never] advise". */
static void read_choice(const char *path, char *out, size_t cap)
{
	FILE *file = fopen(path, "r");
	char line[128] = "";
	char *open, *end;

	snprintf(out, cap, "unknown");
	if (file == NULL)
		return;
	if (fgets(line, sizeof(line), file) != NULL &&
	    (open = strchr(line, '[')) != NULL &&
	    (end = strchr(open, ']')) != NULL) {
		*end = '\0';
		snprintf(out, cap, "%s", open + 1);
	}
	fclose(file);
}

static uint64_t read_meminfo(const char *key)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	unsigned long long kib = 0;
	size_t len = strlen(key);

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, key, len) == 0 && line[len] == ':') {
			kib = strtoull(line + len + 1, NULL, 10);
			break;
		}
	if (file != NULL)
		fclose(file);
	return (uint64_t)kib << 10;
}

/* The first of the hardware threads that share this one's core. */
static int core_of(int cpu)
{
	char path[96];
	FILE *file;
	int first = cpu;

	snprintf(path, sizeof(path),
		 "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
		 cpu);
	file = fopen(path, "r");
	if (file != NULL) {
		if (fscanf(file, "%d", &first) != 1)
			first = cpu;
		fclose(file);
	}
	return first;
}

static void choose_cpus(struct machine *m)
{
	cpu_set_t set;
	int found = 0;

	m->one_core = true;
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET((size_t)cpu, &set))
			continue;
		m->cores++;
		if (found == 0 ||
		    (found == 1 && core_of(cpu) != core_of(m->cpus[0])))
			m->cpus[found++] = cpu;
	}
	m->one_core = found < 2;
	if (m->one_core)
		m->cpus[1] = m->cpus[0];
}

const struct machine *machine_get(void)
{
	static struct machine m;
	struct utsname name;
	time_t now;

	if (m.cores != 0)
		return &m;
	read_cpu_name(m.cpu, sizeof(m.cpu));
	read_choice("/sys/kernel/mm/transparent_hugepage/shmem_enabled",
		    m.huge_shmem, sizeof(m.huge_shmem));
	m.memory = read_meminfo("MemTotal");
	if (uname(&name) == 0)
		snprintf(m.kernel, sizeof(m.kernel), "%.40s %.40s",
			 name.sysname, name.release);
	if (getloadavg(&m.load, 1) != 1)
		m.load = 0;
	now = time(NULL);
	strftime(m.date, sizeof(m.date), "%Y-%m-%d %H:%M UTC", gmtime(&now));
	choose_cpus(&m);
	return &m;
}

void machine_pin(int side)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)machine_get()->cpus[side], &set);
	sched_setaffinity(0, sizeof(set), &set);
}

uint64_t machine_memory_available(void)
{
	return read_meminfo("MemAvailable");
}

/* Ticks that all cores have spent working since the start. */
static unsigned long long busy_ticks(void)
{
	FILE *file = fopen("/proc/stat", "r");
	unsigned long long v[8] = {0};

	if (file != NULL) {
		if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu",
			   &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6],
			   &v[7]) != 8)
			memset(v, 0, sizeof(v));
		fclose(file);
	}
	return v[0] + v[1] + v[2] + v[5] + v[6] + v[7];
}

bool machine_wait_quiet(int limit_ms)
{
	for (int waited = 0; waited <= limit_ms; waited += 60) {
		unsigned long long before = busy_ticks();

		nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL);
		if (busy_ticks() - before <= 1)
			return true;
	}
	return false;
}
