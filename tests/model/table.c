/* SPDX-License-Identifier: MIT */
/* Writes the library's own table of ownership in Promela, for the model. */
#include "ownership/table.h"

#include <stdio.h>

static void names(void)
{
	for (int s = 0; s < SHMEM__STATE_COUNT; s++)
		printf("#define %s %d\n",
		       shmem__table_state_name((shmem__state)s), s);
	for (int e = 0; e < SHMEM__EVENT_COUNT; e++)
		printf("#define ON_%s %d\n",
		       shmem__table_event_name((shmem__happening)e), e);
	printf("#define FAULT %d\n", SHMEM__STATE_COUNT);
}

static void cells(void)
{
	printf("inline table_next(at, on, to)\n{\n\tif\n");
	for (int s = 0; s < SHMEM__STATE_COUNT; s++)
		for (int e = 0; e < SHMEM__EVENT_COUNT; e++) {
			int next = shmem__table_next((shmem__state)s,
						     (shmem__happening)e);

			if (next >= 0)
				printf("\t:: at == %d && on == %d -> "
				       "to = %d\n",
				       s, e, next);
		}
	printf("\t:: else -> to = FAULT\n\tfi\n}\n");
}

static void accesses(void)
{
	printf("#define ACCESSIBLE(state) (false");
	for (int s = 0; s < SHMEM__STATE_COUNT; s++)
		if (shmem__table_access((shmem__state)s) != SHMEM_NONE)
			printf(" || (state) == %d", s);
	printf(")\n");
}

int main(void)
{
	printf("/* Made by tests/model/table.c from the library's table. */\n");
	names();
	cells();
	accesses();
	return fflush(stdout) == 0 ? 0 : 1;
}
