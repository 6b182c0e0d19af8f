/* SPDX-License-Identifier: MIT */
/*
 * Epoch: when may memory that was unlinked be used again?  When every section
 * that could still see it is over.  Readers announce sections in a word of
 * their own; whoever retires memory hands it over with a callback, and a poll
 * calls back what no section can see any more.
 *
 *     writer                               reader
 *     unlink node                          begin: slot = now, ...
 *     retire(node)                         follow links, use nodes
 *     poll: stamp = now++, barrier,        end: slot = 0
 *           scan the slots
 *
 *     a node waits while some slot holds a number that is not 0 and not above
 *     the node's stamp
 *
 * The lettered guarantees (E1..E4) are in docs/memory_model.md.
 */
#ifndef IOLAS_EPOCH_EPOCH_PRIV_H
#define IOLAS_EPOCH_EPOCH_PRIV_H

#include "host/host_priv.h"

#define IOLAS__EPOCH_LINE  64
#define IOLAS__EPOCH_LANES 64 /* callers that the host numbers */
#define IOLAS__EPOCH_SLOTS 32 /* sections of the others; more still work */

struct iolas__epoch;

/*
 * What is retired.  Lives in the retired memory itself; belongs to the epoch
 * from iolas__epoch_retire() until the callback begins.
 */
struct iolas__epoch_node {
	struct iolas__epoch_node *next;
	uint64_t stamp;
	void (*callback)(void *user, struct iolas__epoch_node *node);
	void *user;
};

/*
 * A reader's slot on a cache line of its own: the caller's memory, aligned to
 * 64 bytes.  Used by one thread at a time; threads are not registered.
 */
struct iolas__reader {
	_Alignas(IOLAS__EPOCH_LINE) _Atomic(uint64_t) since; /* 0: outside */
	struct iolas__epoch *epoch; /* NULL: not registered */
	struct iolas__reader *next;
	struct iolas__reader *prev;
};

/* A section of a thread that has no reader; see iolas__epoch_enter(). */
struct iolas__section {
	struct iolas__epoch_slot *slot; /* NULL: in the crowd */
	uint32_t cpu;			/* UINT32_MAX: not numbered */
};

struct iolas__epoch_slot {
	_Alignas(IOLAS__EPOCH_LINE) _Atomic(uint64_t) since; /* 0: free */
};

struct iolas__epoch {
	/* Read by everybody, written once per grace period. */
	_Alignas(IOLAS__EPOCH_LINE) _Atomic(uint64_t) now; /* from 1 upward */
	const struct iolas_host *host; /* borrowed, outlives the epoch */

	/* Written by those who retire and poll. */
	_Alignas(IOLAS__EPOCH_LINE) _Atomic(struct iolas__epoch_node *) retired;
	_Atomic(uint64_t) pending; /* retired, callback not yet begun */
	struct iolas__lock lock;   /* IOLAS__RANK_EPOCH; guards the rest */
	struct iolas__reader *readers;
	struct iolas__epoch_node *oldest; /* stamped, in order of stamps */
	struct iolas__epoch_node *newest;

	/* Sections that found no slot: since << 16 | count. */
	_Alignas(IOLAS__EPOCH_LINE) _Atomic(uint64_t) crowd;
	struct iolas__epoch_slot slot[IOLAS__EPOCH_SLOTS];
	/* By host->cpu_enter's number: the caller's alone until it leaves. */
	struct iolas__epoch_slot lane[IOLAS__EPOCH_LANES];
};

/* Takes nothing from the host.  @epoch is 64-byte aligned. */
void iolas__epoch_init(struct iolas__epoch *epoch,
		       const struct iolas_host *host);
/*
 * Calls back all that is still retired, without waiting: the caller knows that
 * no section is open.  Readers still registered are forgotten.
 */
void iolas__epoch_fini(struct iolas__epoch *epoch);

/*
 * Registers a slot; @reader must not be registered and is 64-byte aligned.
 * Takes the epoch's lock; never from inside a callback's caller's section.
 */
void iolas__epoch_reader_add(struct iolas__epoch *epoch,
			     struct iolas__reader *reader);
/* Undoes it; @reader is outside.  NULL and unregistered are ignored. */
void iolas__epoch_reader_remove(struct iolas__reader *reader);

/*
 * A section of any thread: two plain stores where the host numbers its callers,
 * else one locked instruction to enter and a store to leave.  Sections of one
 * thread may nest (each takes a slot of its own).
 */
void iolas__epoch_enter(struct iolas__epoch *epoch,
			struct iolas__section *section);
void iolas__epoch_leave(struct iolas__epoch *epoch,
			struct iolas__section *section);

/*
 * @node has been unlinked: new sections cannot find it.  @callback(@user,
 * @node) runs in some later poll, synchronize or fini, in that caller's
 * thread, with no lock held, once all sections open now are over.  It may
 * retire, but not poll.  Lock-free; may be called inside a section.
 */
void iolas__epoch_retire(struct iolas__epoch *epoch,
			 struct iolas__epoch_node *node,
			 void (*callback)(void *user,
					  struct iolas__epoch_node *node),
			 void *user);

/*
 * Calls back what has passed; never waits (a second poll at the same time
 * returns at once).  One host->barrier_all when something new was retired,
 * else none.  Returns how many nodes were called back.
 */
uint64_t iolas__epoch_poll(struct iolas__epoch *epoch);

/*
 * Waits through host->relax until every section open at the call is over, then
 * calls back what has passed.  @self is the caller's reader, or NULL.
 * IOLAS_EDEADLK when @self is inside a section: nothing was done.  A section
 * of the caller without a reader cannot be seen, and would wait for ever.
 */
int iolas__epoch_synchronize(struct iolas__epoch *epoch,
			     const struct iolas__reader *self);

/* Nodes retired and not yet called back; a snapshot. */
static inline uint64_t iolas__epoch_pending(struct iolas__epoch *epoch)
{
	/* Relaxed: a number for decisions that may be taken late. */
	return iolas__load_relaxed(&epoch->pending);
}

/*
 * Orders a section's announcement before its loads.  With a process-wide
 * barrier the reclaimer pays for that (E2) and only the compiler must be kept
 * from moving loads up; without one, the reader's own fence does it.
 */
static inline void iolas__epoch_announce(const struct iolas__epoch *epoch)
{
	if (epoch->host->barrier_all)
		iolas__fence_compiler();
	else
		iolas__fence_full();
}

/* Not nested: one section per reader. */
static inline void iolas__reader_begin(struct iolas__reader *reader)
{
	struct iolas__epoch *epoch = reader->epoch;

	/*
	 * Acquire (E1): whoever reads a number above a node's stamp also sees that
	 * the node was unlinked; pairs with the release in stamp_retired().
	 * An old number only makes nodes wait longer.
	 * Release (E3): a scan that finds this number instead of the 0 before it
	 * must have that section's end, too; another thread may have made it,
	 * so that this store does not continue its release.  That it comes
	 * before our loads is iolas__epoch_announce()'s task.
	 */
	iolas__store_release(&reader->since, iolas__load_acquire(&epoch->now));
	iolas__epoch_announce(epoch);
}

static inline void iolas__reader_end(struct iolas__reader *reader)
{
	/*
	 * Release (E3): all loads and stores of the section come before the slot is
	 * seen empty, so before the memory is used again; pairs with the
	 * acquire in oldest_section().
	 */
	iolas__store_release(&reader->since, 0);
}

/* Asked by the reader's own thread. */
static inline bool iolas__reader_is_inside(const struct iolas__reader *reader)
{
	/* Relaxed: the thread reads back what it wrote itself. */
	return iolas__load_relaxed(&reader->since) != 0;
}

#endif /* IOLAS_EPOCH_EPOCH_PRIV_H */
