/* SPDX-License-Identifier: MIT */
/*
 * The doorbell of src/transport/link*.c: a writer puts packets into a ring or
 * onto the socket, and wakes a reader that sleeps by a byte on the socket; it
 * may ring ahead of a packet. The reader says that it sleeps, looks again, and
 * waits for the socket alone. Stores reach the other processor late and in
 * order (buffers), but for fences and exchanges, and a bell may fail.
 *
 * Every packet must be received: a reader that waits for ever while something
 * has been sent is an end that spin finds. No honest writer may be taken for a
 * liar. MUTANT_… leave out what is there for a reason.
 */
#ifndef PACKETS
#define PACKETS 3
#endif

#define AWAKE 0
#define ASLEEP 1
#define ASLEEP_LOOP 2

/* Memory, and what each processor has yet to write to it. */
byte sent;
byte head;
byte asleep = ASLEEP_LOOP;
byte ring[PACKETS];
#define TO_HEAD 0
#define TO_SENT 1
chan writes = [4] of { byte, byte };      /* the writer's: place, value */
chan sleeping = [2] of { byte };          /* the reader's, to asleep */
#define WRITER_FENCE len(writes) == 0
#define READER_FENCE len(sleeping) == 0

/* The socket: a packet's number, or a bell. */
#define BELL 100
chan sock = [3] of { byte };

byte received;
bool finished; /* the writer has sent all, and owes nothing */

active proctype Processors()
{
	byte place;
	byte value;

end:
	do
	:: atomic {
		writes?place, value ->
		if
		:: place == TO_HEAD -> head = value
		:: else -> sent = value
		fi;
		place = 0;
		value = 0
	}
	:: atomic { sleeping?value -> asleep = value; value = 0 }
	od
}

/* It fails where the socket is full, and sometimes for no good reason. */
inline ring_bell()
{
	if
	:: len(sock) < 3 -> sock!BELL; owed = false
#ifdef MUTANT_BELL_FORGOTTEN
	:: true -> owed = false
#endif
#ifndef LTL_RECEIVED /* else it may fail for ever */
	:: true -> owed = true
#else
	:: len(sock) == 3 -> owed = true
#endif
	fi
}

/* The exchange comes after all that was written before. */
inline wake_if(condition)
{
	was = asleep;
	if
	:: condition ->
		atomic { WRITER_FENCE; was = asleep; asleep = AWAKE };
		if
		:: was != AWAKE -> ring_bell()
		:: else
		fi
	:: else
	fi;
	was = 0
}

inline publish()
{
#ifdef MUTANT_SENT_BEFORE_HEAD
	writes!TO_SENT, number + 1;
	writes!TO_HEAD, at
#else
	writes!TO_HEAD, at;
	writes!TO_SENT, number + 1
#endif
}

active proctype Writer()
{
	byte number;
	byte at; /* its place in the ring */
	byte was;
	bool owed;

	do
	:: number < PACKETS ->
		/* Perhaps the reader may as well wake up by then. */
		if
		:: true -> wake_if(was == ASLEEP)
		:: true
		fi;
		if
		:: true -> /* by the ring */
			ring[at] = number;
			at++;
			publish();
#ifndef MUTANT_NO_WRITER_FENCE
			WRITER_FENCE;
#endif
#ifndef MUTANT_EARLY_IS_ENOUGH
			wake_if(was != AWAKE || owed);
			if
			:: owed -> ring_bell()
			:: else
			fi
#endif
		:: len(sock) < 3 -> /* by the socket, which needs no bell */
#ifdef MUTANT_TOLD_BEFORE_SENT
			publish();
			sock!number
#else
			sock!number;
			publish()
#endif
		fi;
		number++
	:: owed -> ring_bell()
	:: number == PACKETS && !owed -> break
	od;
	finished = true
}

/* The packet at the front of the ring, if it is the next one. */
inline take_by_ring()
{
	found = false;
	if
	:: sent > received && head > place ->
		if
		:: ring[place] == received ->
			place++;
			received++;
			found = true
		:: else
		fi
	:: else
	fi
}

/* A packet whose turn has not come is put aside: the one before it has got into
 * the ring meanwhile. */
inline take_by_socket()
{
	do
	:: atomic {
		len(sock) > 0 -> sock?front;
		if
		:: front == BELL -> front = 0
		:: front == received ->
			received++;
			found = true;
			front = 0;
			break
		:: else ->
#ifdef MUTANT_NONE_IS_EARLY
			assert(false);
#endif
			aside = front;
			front = 0;
			break
		fi
	}
	:: len(sock) == 0 -> break
	od
}

inline take_aside()
{
	assert(aside == received);
	aside = 0;
	received++;
	found = true
}

inline receive()
{
	found = false;
	claimed = sent;
	if
	:: claimed <= received && !look && aside == 0
	:: else ->
		take_by_ring();
		if
		:: !found && aside != 0 -> take_aside()
		:: !found && aside == 0 -> take_by_socket()
		:: else
		fi;
		if
		:: !found && aside != 0 ->
			take_by_ring();
			assert(found)
		:: !found && aside == 0 ->
			look = false;
			/* Something may have been put before that bell. */
			take_by_ring()
		:: else
		fi;
		if
		:: !found ->
#ifdef MUTANT_UNEQUAL_IS_A_LIE
			assert(claimed == received)
#else
			assert(claimed <= received)
#endif
		:: else
		fi
	fi;
	claimed = 0
}

/* Whether it may wait. */
inline fall_asleep(how)
{
#ifndef MUTANT_SAYS_NOTHING
	sleeping!how;
#endif
#ifndef MUTANT_NO_READER_FENCE
	READER_FENCE;
#endif
#ifdef MUTANT_NO_SECOND_LOOK
	may_wait = true;
#else
	may_wait = (sent <= received);
#endif
#ifndef MUTANT_ASIDE_FORGOTTEN
	may_wait = may_wait && aside == 0
#else
	skip
#endif
}

active proctype Reader()
{
	byte place;
	byte claimed;
	byte front;
	byte aside; /* 0: nothing; the first packet never is */
	bool look;
	bool found;
	bool may_wait;

	do
	:: received < PACKETS ->
		receive();
		if
		:: found
		:: received < PACKETS -> /* it waits, even if it got something */
			if
			:: true -> /* in a blocking call */
				fall_asleep(ASLEEP);
				if
				:: may_wait -> len(sock) > 0
				:: else
				fi;
				sleeping!AWAKE
			:: true -> /* in an event loop */
				look = true;
				fall_asleep(ASLEEP_LOOP);
				if
				:: may_wait -> len(sock) > 0
				:: else
				fi
			fi;
#ifndef MUTANT_NO_LOOK_AT_SOCKET
			look = true;
#endif
			may_wait = false
		fi
	:: received == PACKETS -> break
	od
}

#ifdef LTL_RECEIVED
ltl all_received { <> (received == PACKETS) }
#endif
