/* SPDX-License-Identifier: MIT */
/*
 * NSPR's first protocol, as prshma.h writes it down: the server passes a file
 * map to a child of PR_CreateProcess, which finds it by name. NSPR itself
 * answers PR_NOT_IMPLEMENTED_ERROR; with libshmem_nspr linked before it (or
 * preloaded) the pseudo-code works. docs/nspr.md has the table.
 */
#include <stdio.h>
#include <string.h>

#include <nspr.h>
#include <prshma.h>

#define SIZE 100000

static int failed(const char *what)
{
	fprintf(stderr, "%s: NSPR error %d, system error %d\n", what,
		PR_GetError(), PR_GetOSError());
	return 1;
}

static int client(void)
{
	PRFileMap *fm;
	char *addr;

	fm = PR_GetInheritedFileMap("shmname");
	if (fm == NULL)
		return failed("PR_GetInheritedFileMap");
	addr = PR_MemMap(fm, 0, SIZE);
	if (addr == NULL)
		return failed("PR_MemMap");
	printf("client: the server wrote \"%s\"\n", addr);
	strcpy(addr, "yadda from the client");
	PR_MemUnmap(addr, SIZE);
	PR_CloseFileMap(fm);
	return 0;
}

static int server(char *program)
{
	char as_client[] = "client";
	char *argv[] = {program, as_client, NULL};
	PRProcessAttr *attr;
	PRProcess *process;
	PRInt32 code;
	PRFileMap *fm;
	char *addr;

	fm = PR_OpenAnonFileMap(".", SIZE, PR_PROT_READWRITE);
	if (fm == NULL)
		return failed("PR_OpenAnonFileMap");
	addr = PR_MemMap(fm, 0, SIZE);
	if (addr == NULL)
		return failed("PR_MemMap");
	strcpy(addr, "yadda from the server");
	attr = PR_NewProcessAttr();
	if (PR_ProcessAttrSetInheritableFileMap(attr, fm, "shmname") !=
	    PR_SUCCESS)
		return failed("PR_ProcessAttrSetInheritableFileMap");
	process = PR_CreateProcess(program, argv, NULL, attr);
	if (process == NULL)
		return failed("PR_CreateProcess");
	PR_DestroyProcessAttr(attr);
	PR_WaitProcess(process, &code);
	printf("server: the client wrote \"%s\"\n", addr);
	PR_MemUnmap(addr, SIZE);
	PR_CloseFileMap(fm);
	return code;
}

int main(int argc, char **argv)
{
	return argc > 1 ? client() : server(argv[0]);
}
