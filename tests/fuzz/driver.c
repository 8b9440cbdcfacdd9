/* SPDX-License-Identifier: MIT */
/*
 * Runs a target on the inputs that were kept: files, or folders of them. With
 * --count as the first argument, also that there are at least so many.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static unsigned long inputs;

/* In a block of just its size, so that an instrument sees a read past it. */
static bool run_file(const char *path)
{
	FILE *file = fopen(path, "rbe");
	struct stat st;
	uint8_t *data;
	size_t size;

	if (file == NULL || fstat(fileno(file), &st) != 0) {
		perror(path);
		if (file != NULL)
			fclose(file);
		return false;
	}
	size = (size_t)st.st_size;
	data = malloc(size > 0 ? size : 1);
	if (data == NULL || fread(data, 1, size, file) != size) {
		perror(path);
		free(data);
		fclose(file);
		return false;
	}
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	inputs++;
	return true;
}

/* In an order of their own, the same everywhere. */
static bool run_folder(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	bool ok = n >= 0;

	if (n < 0)
		perror(path);
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			ok = run_file(file) && ok;
		free(names[i]);
	}
	if (n >= 0)
		free((void *)names);
	return ok;
}

static bool run(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return run_folder(path);
	return run_file(path);
}

int main(int argc, char **argv)
{
	unsigned long least = 1;
	bool ok = true;
	int i = 1;

	if (argc > 2 && strcmp(argv[1], "--count") == 0) {
		least = strtoul(argv[2], NULL, 10);
		i = 3;
	}
	for (; i < argc; i++)
		ok = run(argv[i]) && ok;
	printf("%lu inputs\n", inputs);
	return ok && inputs >= least ? EXIT_SUCCESS : EXIT_FAILURE;
}
