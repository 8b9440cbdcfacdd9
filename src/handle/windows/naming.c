/* SPDX-License-Identifier: MIT */
/* A turn, as a named mutex. It is opened for each, so that nothing stays. */
#include "handle/windows/naming.h"

#include "base/fault.h"
#include "base/windows/user.h"

#define TURN "Local\\shmem-naming"
#define PATIENCE 1000 /* ms: who has it may be stopped */

static HANDLE open_turn(void)
{
	SECURITY_ATTRIBUTES security;
	HANDLE turn;

	if (shmem__user_only(&security) != 0)
		return NULL;
	turn = SHMEM__OS(NULL, CreateMutexA, (&security, FALSE, TURN));
	shmem__user_only_free(&security);
	return turn;
}

HANDLE shmem__naming_begin(void)
{
	HANDLE turn = open_turn();
	DWORD waited;

	if (turn == NULL)
		return NULL;
	waited = SHMEM__OS(WAIT_FAILED, WaitForSingleObject, (turn, PATIENCE));
	/* Who has died meanwhile has left nothing half done. */
	if (waited == WAIT_OBJECT_0 || waited == WAIT_ABANDONED)
		return turn;
	CloseHandle(turn);
	return NULL;
}

void shmem__naming_end(HANDLE turn)
{
	if (turn == NULL)
		return;
	ReleaseMutex(turn);
	CloseHandle(turn);
}
