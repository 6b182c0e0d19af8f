/* SPDX-License-Identifier: MIT */
/*
 * A model of how tables come and go: install, cut, reuse, with cursors, read
 * sections and the readers' grace period.  Two mappers and one unmapper share
 * one item of a parent; three tables travel between it, a pool, and "another
 * use" that must never be written by a late mapper.
 *
 * Memory: stores to the parent, the items and the generation are locked
 * instructions or need none of the ordering asked here; the announcement of a
 * section is a plain store and goes through a store buffer of its own, which
 * drains when it likes, or when somebody puts a barrier on every processor.
 *
 * Built with one of these it must fail; without, it must not:
 *   BUG_NO_BARRIER    the reclaimer trusts the slots without a barrier
 *   BUG_NO_GENERATION cutting does not move the generation
 *   BUG_EARLY_GENERATION the generation moves before the link is cleared
 *   BUG_LATE_SECTION  a mapper looks at the generation before its section
 *   BUG_NO_SCAN       memory is used again without asking the slots
 *   BUG_PLAIN_LINK    a table is hung by a store instead of an exchange
 *   BUG_NO_SWEEP      a cut table is not marked (SHARED)
 *   BUG_STAMP_AFTER   the slots are compared with the number after it moved
 */
#define MAPPERS	 2
#define TABLES	 3
#define OUTSIDE	 0
/* Maps of the first and second mapper, and cuts.  -DLONG=1: 29 million states. */
#ifdef LONG
#define ROUNDS(me) 2
#define CUTS	   2
#else
#define ROUNDS(me) (2 - me)
#define CUTS	   1
#endif

#define NONE	 0 /* no table: they count from 1 */

/* What stands in the one item that the mappers write. */
#define EMPTY	 0
#define LEAF	 1
#define DEAD	 2

/* What a table is used for. */
#define POOL	 0
#define OWN	 1 /* private, linked, or cut and not yet passed */
#define OTHER	 2

byte link = NONE;
byte generation = 1;
byte item[TABLES + 1];
byte use[TABLES + 1];
bool swept[TABLES + 1];
byte now = 1;
byte slot[MAPPERS];

/* The store buffer of each mapper: one announcement. */
bool pending[MAPPERS];
byte announced[MAPPERS];
byte mappers_done = 0;

inline drain(who)
{
	if
	:: pending[who] -> slot[who] = announced[who]; pending[who] = false
	:: else
	fi
}

inline enter(who)
{
	seen_now = now;
	atomic { announced[who] = seen_now; pending[who] = true }
}

/* Leaving is a store behind the announcement: both drain in order. */
inline leave(who)
{
	atomic { drain(who); slot[who] = OUTSIDE }
}

inline take_table(table)
{
	atomic {
		table = NONE;
		if
		:: use[1] == POOL -> table = 1
		:: use[2] == POOL -> table = 2
		:: use[3] == POOL -> table = 3
		:: else
		fi;
		if
		:: table != NONE ->
			use[table] = OWN;
			item[table] = EMPTY;
			swept[table] = false
		:: else
		fi
	}
}

/* Whoever lost gives the table back through the grace period; here: at once,
 * since nobody has seen it. */
inline give_back(table)
{
	use[table] = POOL
}

proctype mapper(byte me)
{
	byte round = 0, seen_now, g, at, fresh;
	byte cursor = NONE, cursor_generation = 0;

	do
	:: round == ROUNDS(me) -> break
	:: else ->
#ifdef BUG_LATE_SECTION
		g = generation;
		enter(me);
#else
		enter(me);
		g = generation;
#endif
		if
		:: cursor != NONE && cursor_generation == g -> at = cursor
		:: else ->
			at = link;
			if
			:: at != NONE
			:: else ->
				take_table(fresh);
				if
				:: fresh == NONE -> goto out /* ENOMEM */
				:: else
				fi;
#ifdef BUG_PLAIN_LINK
				link = fresh;
				at = fresh;
#else
				atomic {
					if
					:: link == NONE -> link = fresh; at = fresh
					:: else -> at = NONE
					fi
				}
				if
				:: at == NONE -> give_back(fresh); at = link
				:: else
				fi;
				if
				:: at == NONE -> goto out /* cut again */
				:: else
				fi
#endif
			fi;
			cursor = at;
			cursor_generation = g
		fi;
		/* The store, or the exchange that a mark refuses. */
		atomic {
			assert(use[at] != OTHER && use[at] != POOL);
			if
			:: item[at] == EMPTY ->
				assert(!swept[at]);
				item[at] = LEAF
			:: item[at] == DEAD -> cursor = NONE
			:: else
			fi
		}
out:
		skip;
		leave(me);
		round++
	od;
	mappers_done++
}

proctype drainer(byte who)
{
	do
	:: atomic { pending[who] -> drain(who) }
	:: mappers_done == MAPPERS -> break
	od
}

/* Cuts, invalidates, waits for the readers, uses the memory for something else,
 * and gives it back to the pool. */
proctype unmapper()
{
	byte round = 0, table, stamp, i;

	do
	:: round == CUTS -> break
	:: else ->
#ifdef BUG_EARLY_GENERATION
		generation++;
#endif
		atomic { table = link; link = NONE }
		if
		:: table == NONE -> goto next
		:: else
		fi;
#ifndef BUG_EARLY_GENERATION
#ifndef BUG_NO_GENERATION
		generation++;
#endif
#endif
#ifndef BUG_NO_SWEEP
		item[table] = DEAD;
#endif
		/* unmap returns here: from now on no exchange may succeed */
		swept[table] = true;
		stamp = now;
		now = now + 1;
#ifdef BUG_STAMP_AFTER
		stamp = stamp - 1;
#endif
#ifndef BUG_NO_BARRIER
		d_step {
			i = 0;
			do
			:: i < MAPPERS ->
				if
				:: pending[i] ->
					slot[i] = announced[i];
					pending[i] = false
				:: else
				fi;
				i++
			:: else -> break
			od;
			i = 0
		}
#endif
#ifndef BUG_NO_SCAN
		i = 0;
		do
		:: i == MAPPERS -> break
		:: i < MAPPERS && (slot[i] == OUTSIDE || slot[i] > stamp) -> i++
		od;
#endif
		use[table] = OTHER;
		use[table] = POOL;
next:
		skip;
		round++
	od
}

/* At the end every table is in the pool or linked: none is lost. */
proctype auditor()
{
	byte i = 1, linked = 0, lost = 0;

	do
	:: i > TABLES -> break
	:: else ->
		if
		:: use[i] == OWN && link == i -> linked++
		:: use[i] == OWN && link != i -> lost++
		:: else
		fi;
		i++
	od;
	assert(lost == 0);
	assert(linked <= 1)
}

init
{
	atomic {
		run mapper(0);
		run mapper(1);
		run drainer(0);
		run drainer(1);
		run unmapper()
	}
	(_nr_pr == 1);
	run auditor()
}
