/* SPDX-License-Identifier: MIT */
/*
 * I start my children in my own way, through a shell even. How do they get at
 * memory of mine?
 *
 * By a text, which fits a command line or an environment variable, and by
 * inheriting the descriptor that it speaks of. That takes one call before the
 * child is started and one after: descriptors are not inherited unless asked.
 */
#include <string.h>

#include <shmem/shmem.h>

#include "must.h"

static int child(const char *text)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *handle = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *mapping = NULL;

	must(shmem_handle_import(text, &handle), "import");
	printf("child: %d bytes, \"%s\"\n", (int)shmem_handle_size(handle),
	       shmem_handle_label(handle));
	must(shmem_mapping_open_take(&handle, SHMEM_RW, &mapping), "map");
	strcpy(shmem_mapping_data(mapping), "hello from below the shell");
	printf("child: once more: %s\n",
	       shmem_strerror(shmem_handle_import(text, &handle)));
	return 0;
}

int main(int argc, char **argv)
{
	SHMEM_AUTO(shmem_handle_close) shmem_handle *handle = NULL;
	SHMEM_AUTO(shmem_mapping_close) shmem_mapping *mapping = NULL;
	shmem_handle_opts opts = SHMEM_HANDLE_OPTS_INIT;
	char text[SHMEM_HANDLE_TEXT_MAX];
	char command[1024];
	int status;

	if (argc > 1)
		return child(argv[1]);
	opts.label = "shared";
	must(shmem_handle_create_mapped(4096, &opts, &handle, &mapping),
	     "create");
	must(shmem_handle_export(handle, text, sizeof(text)), "export");
	snprintf(command, sizeof(command), "\"%s\" %s", argv[0], text);
	must(shmem_handle_set_inheritable(handle, true), "inheritable");
	status = system(command);
	must(shmem_handle_set_inheritable(handle, false), "not inheritable");
	printf("parent: \"%s\"\n", (char *)shmem_mapping_data(mapping));
	return status;
}
