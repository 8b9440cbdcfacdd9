/* SPDX-License-Identifier: MIT */
/*
 * Who may do what with a segment: one side's view of it, as a table of states
 * and events. It is the only place where ownership is decided;
 * docs/ownership.md shows it and tests/model checks it.
 */
#ifndef SHMEM_SRC_OWNERSHIP_TABLE_H
#define SHMEM_SRC_OWNERSHIP_TABLE_H

#include <shmem/base.h>
#include <shmem/segment.h>

/* State, the protection of its pages at this side, and its public name. */
#define SHMEM__STATE_MAP(X)                                                    \
	X(DEAD, SHMEM_NONE, SHMEM_STATE_DEAD)   /* unknown, or free memory */  \
	X(OWNED, SHMEM_RW, SHMEM_STATE_OWNED)   /* the application's */        \
	X(STAGED, SHMEM_RW, SHMEM_STATE_STAGED) /* in an unsent message */     \
	X(REVOKED, SHMEM_NONE, SHMEM_STATE_STAGED) /* a send is under way */   \
	X(AWAY, SHMEM_NONE, SHMEM_STATE_AWAY)      /* the peer's */            \
	X(ARRIVED, SHMEM_NONE, SHMEM_STATE_AWAY) /* ours, not yet received */  \
	X(LOST, SHMEM_NONE, SHMEM_STATE_AWAY)    /* the dead peer's */

/* Event, and whose fault it is where the table does not allow it. */
#define SHMEM__EVENT_MAP(X)                                                    \
	X(ALLOC, SHMEM_E_STATE)     /* memory becomes a segment of ours */     \
	X(STAGE, SHMEM_E_STATE)     /* put into a message */                   \
	X(UNSTAGE, SHMEM_E_STATE)   /* taken out of it */                      \
	X(REVOKE, SHMEM_E_STATE)    /* a send takes the pages away */          \
	X(ROLLBACK, SHMEM_E_STATE)  /* the send failed */                      \
	X(SENT, SHMEM_E_STATE)      /* the send succeeded */                   \
	X(FREE, SHMEM_E_STATE)      /* the application gives it up */          \
	X(OPEN, SHMEM_E_STATE)      /* the application receives it */          \
	X(RECLAIM, SHMEM_E_STATE)   /* it comes home from a dead peer */       \
	X(PEER_NEW, SHMEM_E_PROTO)  /* the peer gives one it has just made */  \
	X(PEER_GIVE, SHMEM_E_PROTO) /* the peer gives one that is known */     \
	X(PEER_FREE, SHMEM_E_PROTO) /* the peer frees it */                    \
	X(PEER_GONE, SHMEM_E_STATE) /* the peer is dead */                     \
	X(CLOSE, SHMEM_E_STATE)     /* the channel is closed */

typedef enum shmem__state {
#define X(name, access, public) SHMEM__##name,
	SHMEM__STATE_MAP(X)
#undef X
		SHMEM__STATE_COUNT
} shmem__state;

typedef enum shmem__happening {
#define X(name, fault) SHMEM__ON_##name,
	SHMEM__EVENT_MAP(X)
#undef X
		SHMEM__EVENT_COUNT
} shmem__happening;

/* Of each state and event the next state plus one, 0 where there is none. */
extern const unsigned char shmem__table[SHMEM__STATE_COUNT][SHMEM__EVENT_COUNT];
extern const short shmem__table_fault[SHMEM__EVENT_COUNT];

/* The next state, or (negative) whose fault: E_STATE ours, E_PROTO the peer's.
 */
static inline int shmem__table_next(shmem__state state, shmem__happening event)
{
	unsigned char cell = shmem__table[state][event];

	return cell != 0 ? cell - 1 : shmem__table_fault[event];
}

/* What this side may do with the pages in that state. */
shmem_access shmem__table_access(shmem__state state);

shmem_state shmem__table_public(shmem__state state);
const char *shmem__table_state_name(shmem__state state);
const char *shmem__table_event_name(shmem__happening event);

#endif
