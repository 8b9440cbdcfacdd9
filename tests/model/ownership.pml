/* SPDX-License-Identifier: MIT */
/*
 * Two sides, two pieces of memory (piece i is of side i's making), segments in
 * them one after the other, messages that cross, sends that fail, and death at
 * any moment. Each side steps through the library's own table (table.pml is
 * made from it). What is modelled besides is what src/ownership and
 * src/transport do around the table: when pages open and close, what the
 * numbers of segments say, what the peer is told of freed ones, and what
 * becomes of all that when it dies.
 *
 * `where` is what a bystander sees who knows everything. MUTANT_… break the
 * protocol; the test requires each of them to be refuted.
 */
#include "table.pml"

#ifndef GENERATIONS
#define GENERATIONS 2
#endif
#ifndef QUEUE
#define QUEUE 2
#endif
#ifndef PIECES
#define PIECES 2
#endif

#define GIVE 1
#define FREE 2

/* What a side knows of a piece of memory. */
typedef view {
	byte state;
	byte gen;    /* of the segment in it; 0: none yet */
	bool open;   /* its pages are accessible */
	bool known;  /* the peer has heard of this segment */
	byte errand; /* the segment that the peer is to be told is free */
};
view v[4];

/* A side in this model is 0 or 1. */
#define V(side, piece) v[(side) * 2 + (piece)]
#define MINE V(me, piece)
#define OTHER (1 - me)
#define THEIRS V(OTHER, piece)

chan queue0 = [QUEUE] of { byte, byte, byte }; /* to side 0 */
chan queue1 = [QUEUE] of { byte, byte, byte };
bool alive[2];
bool gone[2]; /* this side knows that the other one is dead */

/* For the bystander. */
#define NOWHERE 0
#define AT(side) (1 + (side))
#define FLIES_TO(side) (3 + (side))
byte where[2];
bool taken[2];    /* the last receiver noted that it has the message */
byte written[2];  /* who may have written to it last */

/* Takes a step of the table, which honest sides are always allowed. */
inline step(who, which, event)
{
	table_next(V(who, which).state, event, next);
	assert(next != FAULT);
	V(who, which).state = next;
	next = 0
}

/* Never two at once; and only who owns it opens it. */
inline open_pages(who, which)
{
	assert(!(alive[1 - (who)] && V(1 - (who), which).open));
	V(who, which).open = true;
	written[which] = who
}

inline close_pages(who, which)
{
	V(who, which).open = false
}

/* At every point where the process can be killed. */
#define STEP(...) \
	atomic { if :: !alive[me] -> goto dead :: else -> __VA_ARGS__ fi }

#define ROOM (me == 0 -> len(queue1) < QUEUE : len(queue0) < QUEUE)
#define COMING (me == 0 -> len(queue0) > 0 : len(queue1) > 0)

inline put(what, which, number)
{
	if
	:: me == 0 -> queue1!what, which, number
	:: else -> queue0!what, which, number
	fi
}

inline get(what, which, number)
{
	if
	:: me == 0 -> queue0?what, which, number
	:: else -> queue1?what, which, number
	fi
}

inline begin_segment()
{
#ifdef MUTANT_SAME_NUMBER
	if :: MINE.gen == 0 -> MINE.gen = 1 :: else fi;
#else
	MINE.gen++;
#endif
	step(me, piece, ON_ALLOC);
	open_pages(me, piece);
	MINE.known = false;
	assert(where[piece] == NOWHERE);
	where[piece] = AT(me)
}

inline put_gift()
{
	put(GIVE, piece, MINE.gen);
	assert(where[piece] == AT(me));
	where[piece] = FLIES_TO(OTHER);
	taken[piece] = false
}

/* The peer learns from a newer segment in the same memory that the older one is
 * gone. */
inline commit()
{
#ifdef MUTANT_STILL_OWNED
	step(me, piece, ON_ROLLBACK);
#else
	step(me, piece, ON_SENT);
#endif
#ifndef MUTANT_STALE_ERRAND
	if
	:: !MINE.known -> MINE.errand = 0
	:: else
	fi;
#endif
	MINE.known = true
}

inline roll_back()
{
#ifndef MUTANT_NO_ROLLBACK
	step(me, piece, ON_ROLLBACK);
	open_pages(me, piece);
#endif
	skip
}

inline revoke()
{
	step(me, piece, ON_REVOKE);
#ifndef MUTANT_NO_REVOKE
	close_pages(me, piece);
#endif
	skip
}

/* The application gives it up, received or not. */
inline free_it()
{
	close_pages(me, piece);
#ifdef MUTANT_NON_OWNER_FREES
	MINE.state = DEAD;
#else
	step(me, piece, ON_FREE);
#endif
#ifndef MUTANT_FREE_NOT_TOLD
	if
	:: MINE.known || piece != me -> MINE.errand = MINE.gen
	:: else
	fi;
#endif
	assert(where[piece] == AT(me));
	where[piece] = NOWHERE
}

/* A message from the peer gives a segment. */
inline arrive_gift()
{
	if
	:: gen != MINE.gen ->
		/* A new one, in memory of the peer's making. */
		assert(piece != me && gen > MINE.gen);
		if
		:: MINE.state == AWAY -> step(me, piece, ON_PEER_FREE)
		:: else
		fi;
		step(me, piece, ON_PEER_NEW);
		MINE.gen = gen;
		MINE.known = true
	:: else ->
		step(me, piece, ON_PEER_GIVE)
	fi;
	assert(where[piece] == FLIES_TO(me));
	where[piece] = AT(me)
}

inline arrive_free()
{
	assert(gen == MINE.gen);
	step(me, piece, ON_PEER_FREE)
}

/* What the peer had comes home. */
inline reclaim()
{
	/* Its bytes are said to be known where the peer never took it. */
	if
#ifdef MUTANT_ALWAYS_KNOWN
	:: true -> assert(written[piece] == me)
#else
	:: !taken[piece] -> assert(written[piece] == me)
	:: else
#endif
	fi;
	step(me, piece, ON_RECLAIM);
	assert(where[piece] != AT(me) && where[piece] != FLIES_TO(me));
	open_pages(me, piece);
	where[piece] = AT(me)
}

#if PIECES == 2
#define PICK if :: piece = 0 :: piece = 1 fi
#else
#define PICK piece = 0
#endif

/* What waits in a queue: one of them; where something must come about in the
 * end, each in its turn. */
#if PIECES == 2 && (defined(LTL_LANDS) || defined(LTL_ADOPTED) || \
		    defined(LTL_TOLD))
#define WORK_OFF(what) piece = 0; what; piece = 1; what
#else
#define WORK_OFF(what) PICK; what
#endif

/* What an application may do with a piece, at once. */
inline act()
{
	if
	:: piece == me && MINE.state == DEAD && MINE.gen < GENERATIONS &&
	   !gone[me] ->
		begin_segment()
#ifdef MUTANT_RECYCLE_AWAY
	:: piece == me && MINE.state == AWAY && MINE.gen < GENERATIONS ->
		MINE.state = DEAD;
		begin_segment()
#endif
	:: MINE.state == OWNED ->
		step(me, piece, ON_STAGE)
	:: MINE.state == STAGED ->
		step(me, piece, ON_UNSTAGE)
	:: MINE.state == OWNED || MINE.state == ARRIVED ->
		free_it()
#ifdef MUTANT_NON_OWNER_FREES
	:: MINE.state == AWAY ->
		free_it()
#endif
	:: MINE.state == ARRIVED ->
		step(me, piece, ON_OPEN);
		open_pages(me, piece)
	:: MINE.state == STAGED ->
		sending = true;
#ifndef MUTANT_REVOKE_AFTER_SEND
		revoke()
#endif
#ifdef MUTANT_UNASKED_GIFT
	:: MINE.state == AWAY && ROOM ->
		put(GIVE, piece, MINE.gen)
#endif
	:: true
	fi
}

inline tell()
{
	if
	:: MINE.errand != 0 && ROOM && !gone[me] ->
		put(FREE, piece, MINE.errand);
		MINE.errand = 0
#ifndef LTL_TOLD
	:: true
#endif
	:: else
	fi
}

inline take_back()
{
	if
	:: MINE.state == LOST -> reclaim()
	:: else
	fi
}

proctype Side(byte me)
{
	byte piece;
	byte next;
	byte kind;
	byte gen;
	bool sending;

	do
	:: /* The application does something, or nothing. */
		STEP(PICK; act());
		if
		:: sending && ROOM && !gone[me] ->
			STEP(put_gift());
#ifdef MUTANT_REVOKE_AFTER_SEND
			STEP(revoke());
#endif
			STEP(commit())
#ifndef MUTANT_REVOKE_AFTER_SEND
		:: sending ->
			STEP(roll_back())
#endif
		:: else
		fi;
		STEP(sending = false; piece = 0);
		/* It takes in what has come; killed at first, it has noted
		 * nothing, and touched nothing. */
		if
		:: COMING ->
			STEP(get(kind, piece, gen));
			STEP(taken[piece] = (kind == GIVE || taken[piece]);
				if
				:: kind == GIVE -> arrive_gift()
				:: else -> arrive_free()
				fi;
				kind = 0; gen = 0)
		:: else
		fi;
		/* It tells what is to be told, if not much else is. */
		STEP(WORK_OFF(tell()); piece = 0);
		/* It learns of a death, once it has taken everything in, and
		 * takes what the dead one had. */
		if
#ifdef MUTANT_GONE_TOO_EARLY
		:: !alive[OTHER] && !gone[me] ->
#else
		:: !alive[OTHER] && !COMING && !gone[me] ->
#endif
			STEP(gone[me] = true;
#ifndef MUTANT_NOBODY_ADOPTS
				step(me, 0, ON_PEER_GONE);
				step(me, 1, ON_PEER_GONE);
#endif
				MINE.errand = 0;
				V(me, 1).errand = 0)
		:: else
		fi;
		STEP(WORK_OFF(take_back()); piece = 0)
	od;
dead:
	skip
}

/* Kills the side at some moment, or never. */
proctype Killer(byte me)
{
	if
	:: atomic {
		alive[me] = false;
		V(me, 0).open = false;
		V(me, 1).open = false
	}
	:: true
	fi
}

init {
	atomic {
		alive[0] = true;
		alive[1] = true;
		run Side(0);
		run Side(1);
		run Killer(0);
		run Killer(1)
	}
}

/* What was sent arrives, or comes back when the receiver is dead; unless nobody
 * is left. A send ends. What the dead one had, the other one gets. */
#define flies0 (where[0] == FLIES_TO(1))
#define flies1 (where[1] == FLIES_TO(0))
#define someone (alive[0] || alive[1])
#define landed0 (where[0] != FLIES_TO(1) || !someone)
#define landed1 (where[1] != FLIES_TO(0) || !someone)
#define sending (alive[0] && V(0, 0).state == REVOKED)
#define orphan (alive[0] && !alive[1] && V(0, 0).state == AWAY)
#define adopted (V(0, 0).state != AWAY && V(0, 0).state != LOST)

#ifdef LTL_LANDS
ltl lands { [] ((flies0 -> <> landed0) && (flies1 -> <> landed1)) }
#endif
#ifdef LTL_ENDS
ltl ends { [] (sending -> <> !sending) }
#endif
#ifdef LTL_ADOPTED
ltl adopted_at_last { [] (orphan -> <> (adopted || !alive[0])) }
#endif
/* The peer learns of a freed segment: it does not wait for it for ever. */
#define waits (alive[0] && alive[1] && V(0, 0).state == AWAY && \
	       where[0] == NOWHERE)
#ifdef LTL_TOLD
ltl told { [] (waits -> <> !waits) }
#endif
