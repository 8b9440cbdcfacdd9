/* SPDX-License-Identifier: MIT */
/*
 * NSPR's second protocol, as prshma.h writes it down: the server has its own
 * magic to create a child, and to pass it a string; here fork, exec and an
 * environment variable. The program is written to NSPR alone; libshmem_nspr is
 * linked before it (or preloaded).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nspr.h>
#include <prshma.h>

#define SIZE 100000
#define VARIABLE "EXAMPLE_FILE_MAP"

static int failed(const char *what)
{
	fprintf(stderr, "%s: NSPR error %d, system error %d\n", what,
		PR_GetError(), PR_GetOSError());
	return 1;
}

static int client(const char *fmstring)
{
	PRFileMap *fm;
	char *addr;

	fm = PR_ImportFileMapFromString(fmstring);
	if (fm == NULL)
		return failed("PR_ImportFileMapFromString");
	addr = PR_MemMap(fm, 0, SIZE);
	if (addr == NULL)
		return failed("PR_MemMap");
	printf("client: the server wrote \"%s\"\n", addr);
	strcpy(addr, "yadda from the client");
	PR_MemUnmap(addr, SIZE);
	PR_CloseFileMap(fm);
	return 0;
}

static int server(const char *program)
{
	char fmstring[PR_FILEMAP_STRING_BUFSIZE];
	PRFileMap *fm;
	char *addr;
	int status;

	fm = PR_OpenAnonFileMap(".", SIZE, PR_PROT_READWRITE);
	if (fm == NULL)
		return failed("PR_OpenAnonFileMap");
	if (PR_ExportFileMapAsString(fm, sizeof(fmstring), fmstring) !=
	    PR_SUCCESS)
		return failed("PR_ExportFileMapAsString");
	addr = PR_MemMap(fm, 0, SIZE);
	if (addr == NULL)
		return failed("PR_MemMap");
	strcpy(addr, "yadda from the server");
	setenv(VARIABLE, fmstring, 1);
	if (fork() == 0) {
		execl(program, program, (char *)NULL);
		_exit(1);
	}
	wait(&status);
	printf("server: the client wrote \"%s\"\n", addr);
	PR_MemUnmap(addr, SIZE);
	PR_CloseFileMap(fm);
	return status != 0;
}

int main(int argc, char **argv)
{
	const char *fmstring = getenv(VARIABLE);

	(void)argc;
	return fmstring != NULL ? client(fmstring) : server(argv[0]);
}
