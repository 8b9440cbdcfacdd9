/* SPDX-License-Identifier: MIT */
/* The table of ownership. */
#include "ownership/table.h"

/* What is not listed is not allowed. Targets are stored plus one, so that the
 * zero of an unlisted cell is told from the state DEAD. */
#define TO(state) ((unsigned char)(SHMEM__##state + 1))

const unsigned char shmem__table[SHMEM__STATE_COUNT][SHMEM__EVENT_COUNT] = {
	[SHMEM__DEAD] =
		{
			[SHMEM__ON_ALLOC] = TO(OWNED),
			[SHMEM__ON_PEER_NEW] = TO(ARRIVED),
			[SHMEM__ON_PEER_GONE] = TO(DEAD),
			[SHMEM__ON_CLOSE] = TO(DEAD),
		},
	[SHMEM__OWNED] =
		{
			[SHMEM__ON_STAGE] = TO(STAGED),
			[SHMEM__ON_FREE] = TO(DEAD),
			[SHMEM__ON_PEER_GONE] = TO(OWNED),
			[SHMEM__ON_CLOSE] = TO(DEAD),
		},
	[SHMEM__STAGED] =
		{
			[SHMEM__ON_UNSTAGE] = TO(OWNED),
			[SHMEM__ON_REVOKE] = TO(REVOKED),
			[SHMEM__ON_PEER_GONE] = TO(STAGED),
			[SHMEM__ON_CLOSE] = TO(DEAD),
		},
	[SHMEM__REVOKED] =
		{
			[SHMEM__ON_ROLLBACK] = TO(STAGED),
			[SHMEM__ON_SENT] = TO(AWAY),
			[SHMEM__ON_PEER_GONE] = TO(REVOKED),
			[SHMEM__ON_CLOSE] = TO(DEAD),
		},
	[SHMEM__AWAY] =
		{
			[SHMEM__ON_PEER_GIVE] = TO(ARRIVED),
			[SHMEM__ON_PEER_FREE] = TO(DEAD),
			[SHMEM__ON_PEER_GONE] = TO(LOST),
			[SHMEM__ON_CLOSE] = TO(DEAD),
		},
	[SHMEM__ARRIVED] =
		{
			[SHMEM__ON_OPEN] = TO(OWNED),
			[SHMEM__ON_FREE] = TO(DEAD),
			[SHMEM__ON_PEER_GONE] = TO(ARRIVED),
			[SHMEM__ON_CLOSE] = TO(DEAD),
		},
	[SHMEM__LOST] =
		{
			[SHMEM__ON_RECLAIM] = TO(OWNED),
			[SHMEM__ON_PEER_GONE] = TO(LOST),
			[SHMEM__ON_CLOSE] = TO(DEAD),
		},
};

const short shmem__table_fault[SHMEM__EVENT_COUNT] = {
#define X(name, fault) [SHMEM__ON_##name] = (fault),
	SHMEM__EVENT_MAP(X)
#undef X
};

shmem_access shmem__table_access(shmem__state state)
{
	static const unsigned char access[SHMEM__STATE_COUNT] = {
#define X(name, access, public) [SHMEM__##name] = (access),
		SHMEM__STATE_MAP(X)
#undef X
	};

	return (shmem_access)access[state];
}

shmem_state shmem__table_public(shmem__state state)
{
	static const unsigned char names[SHMEM__STATE_COUNT] = {
#define X(name, access, public) [SHMEM__##name] = (public),
		SHMEM__STATE_MAP(X)
#undef X
	};

	return (shmem_state)names[state];
}

const char *shmem__table_state_name(shmem__state state)
{
	static const char *const names[SHMEM__STATE_COUNT] = {
#define X(name, access, public) [SHMEM__##name] = #name,
		SHMEM__STATE_MAP(X)
#undef X
	};

	return names[state];
}

const char *shmem__table_event_name(shmem__happening event)
{
	static const char *const names[SHMEM__EVENT_COUNT] = {
#define X(name, fault) [SHMEM__ON_##name] = #name,
		SHMEM__EVENT_MAP(X)
#undef X
	};

	return names[event];
}
