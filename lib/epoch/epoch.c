/* SPDX-License-Identifier: MIT */
/*
 * Epoch: retiring is a push onto a shared stack; a poll takes the stack,
 * stamps it with the present number, moves the number on, puts a barrier on
 * every processor, and then asks the slots who is older.
 */
#include "epoch/epoch_priv.h"

#include <string.h>

#define CROWD_LG2  16
#define CROWD_MASK ((UINT64_C(1) << CROWD_LG2) - 1)
#define NOBODY	   UINT64_MAX

void iolas__epoch_init(struct iolas__epoch *epoch,
		       const struct iolas_host *host)
{
	memset(epoch, 0, sizeof(*epoch));
	epoch->host = host;
	/* Relaxed: nobody else has the epoch yet. */
	iolas__store_relaxed(&epoch->now, 1);
}

static uint64_t call_back(struct iolas__epoch *epoch,
			  struct iolas__epoch_node *chain)
{
	uint64_t count = 0;

	while (chain) {
		struct iolas__epoch_node *node = chain;

		/* The callback may use the node's memory for anything. */
		chain = node->next;
		node->callback(node->user, node);
		count++;
	}
	/* Relaxed: a count; nothing is published with it. */
	if (count)
		iolas__fetch_sub_relaxed(&epoch->pending, count);
	return count;
}

void iolas__epoch_fini(struct iolas__epoch *epoch)
{
	struct iolas__reader *reader = epoch->readers;
	struct iolas__epoch_node *chain;

	call_back(epoch, epoch->oldest);
	epoch->oldest = NULL;
	/*
	 * Acquire: what the retiring threads wrote into their nodes; pairs with
	 * the release in iolas__epoch_retire().  Again, because callbacks may
	 * retire.
	 */
	while ((chain = iolas__exchange_acquire(&epoch->retired, NULL)))
		call_back(epoch, chain);
	while (reader) {
		struct iolas__reader *next = reader->next;

		reader->epoch = NULL;
		reader = next;
	}
	epoch->readers = NULL;
}

void iolas__epoch_reader_add(struct iolas__epoch *epoch,
			     struct iolas__reader *reader)
{
	/* Relaxed: the lock publishes the reader. */
	iolas__store_relaxed(&reader->since, 0);
	reader->epoch = epoch;
	reader->prev = NULL;
	iolas__lock_acquire(epoch->host, &epoch->lock);
	reader->next = epoch->readers;
	if (reader->next)
		reader->next->prev = reader;
	epoch->readers = reader;
	iolas__lock_release(&epoch->lock);
}

void iolas__epoch_reader_remove(struct iolas__reader *reader)
{
	struct iolas__epoch *epoch = reader ? reader->epoch : NULL;

	if (!epoch)
		return;
	iolas__lock_acquire(epoch->host, &epoch->lock);
	if (reader->prev)
		reader->prev->next = reader->next;
	else
		epoch->readers = reader->next;
	if (reader->next)
		reader->next->prev = reader->prev;
	iolas__lock_release(&epoch->lock);
	reader->epoch = NULL;
}

/*
 * Where a thread begins to look for a slot.  Stacks of threads lie far apart,
 * so the address of a local, without its low bits, tells threads apart well
 * enough; equal answers only cost a second look.
 */
static unsigned first_slot(const struct iolas__section *section)
{
	const uint64_t stack = (uint64_t)(uintptr_t)section >> 14;

	return (unsigned)((stack * UINT64_C(0x9e3779b97f4a7c15)) >> 59) %
	       IOLAS__EPOCH_SLOTS;
}

/* All slots are taken: share one word, which keeps the oldest number. */
static void join_crowd(struct iolas__epoch *epoch, uint64_t now)
{
	uint64_t seen = iolas__load_relaxed(&epoch->crowd);
	uint64_t joined;
	unsigned turn = 0;

	do {
		while ((seen & CROWD_MASK) == CROWD_MASK) {
			iolas__host_relax(epoch->host, turn++);
			seen = iolas__load_relaxed(&epoch->crowd);
		}
		joined = seen ? seen + 1 : (now << CROWD_LG2 | 1);
		/*
		 * Relaxed loads: only the exchange counts.  Its order is that
		 * of a slot's announcement, made by iolas__epoch_announce();
		 * being a read-modify-write it continues the release sequence
		 * of those who left.
		 */
	} while (!iolas__cas_acq_rel_acquire(&epoch->crowd, &seen, joined));
}

static void leave_crowd(struct iolas__epoch *epoch)
{
	/* Relaxed: the exchange below decides. */
	uint64_t seen = iolas__load_relaxed(&epoch->crowd);
	uint64_t left;

	do {
		left = (seen & CROWD_MASK) == 1 ? 0 : seen - 1;
		/* Release: as in iolas__reader_end(). */
	} while (!iolas__cas_release_relaxed(&epoch->crowd, &seen, left));
}

/* Takes a slot that anybody may take, or joins the crowd. */
static void enter_shared(struct iolas__epoch *epoch,
			 struct iolas__section *section, uint64_t now)
{
	const unsigned first = first_slot(section);

	for (unsigned i = 0; i < IOLAS__EPOCH_SLOTS; i++) {
		struct iolas__epoch_slot *slot =
			&epoch->slot[(first + i) % IOLAS__EPOCH_SLOTS];
		uint64_t seen = 0;

		/*
		 * Relaxed look, then acquire: the last owner's release comes
		 * first.  What makes the slot visible before our loads is
		 * iolas__epoch_announce().
		 */
		if (iolas__load_relaxed(&slot->since) == 0 &&
		    iolas__cas_acquire_relaxed(&slot->since, &seen, now)) {
			section->slot = slot;
			return;
		}
	}
	section->slot = NULL;
	join_crowd(epoch, now);
}

/*
 * Takes the lane that the host's number names: nobody else writes it until we
 * leave.  false: no number, or the caller is inside this epoch already.
 */
static bool enter_lane(struct iolas__epoch *epoch,
		       struct iolas__section *section, uint64_t now)
{
	const struct iolas_host *host = epoch->host;
	struct iolas__epoch_slot *lane;

	section->cpu = UINT32_MAX;
	if (!host->cpu_enter)
		return false;
	section->cpu = host->cpu_enter(host->user);
	if (section->cpu >= IOLAS__EPOCH_LANES)
		return false;
	lane = &epoch->lane[section->cpu];
	/* Relaxed: written by the number's holder only, which we are. */
	if (iolas__load_relaxed(&lane->since) != 0)
		return false;
	/* Release: as in iolas__reader_begin(); the last holder comes first. */
	iolas__store_release(&lane->since, now);
	section->slot = lane;
	return true;
}

void iolas__epoch_enter(struct iolas__epoch *epoch,
			struct iolas__section *section)
{
	/* Acquire: as in iolas__reader_begin(). */
	const uint64_t now = iolas__load_acquire(&epoch->now);

	if (!enter_lane(epoch, section, now))
		enter_shared(epoch, section, now);
	iolas__epoch_announce(epoch);
}

void iolas__epoch_leave(struct iolas__epoch *epoch,
			struct iolas__section *section)
{
	/* Release: as in iolas__reader_end(). */
	if (section->slot)
		iolas__store_release(&section->slot->since, 0);
	else
		leave_crowd(epoch);
	if (section->cpu != UINT32_MAX && epoch->host->cpu_leave)
		epoch->host->cpu_leave(epoch->host->user, section->cpu);
}

void iolas__epoch_retire(struct iolas__epoch *epoch,
			 struct iolas__epoch_node *node,
			 void (*callback)(void *user,
					  struct iolas__epoch_node *node),
			 void *user)
{
	/* Relaxed: the exchange below decides. */
	struct iolas__epoch_node *seen = iolas__load_relaxed(&epoch->retired);

	node->callback = callback;
	node->user = user;
	/* Relaxed: a count; before the push, so that it never falls below 0. */
	iolas__fetch_add_relaxed(&epoch->pending, 1);
	do {
		node->next = seen;
		/*
		 * Release: the node's fields and the store that unlinked it,
		 * to the poll that takes the stack; pairs with the acquire in
		 * stamp_retired().
		 */
	} while (!iolas__cas_release_relaxed(&epoch->retired, &seen, node));
}

/* Full barrier here and on every processor that runs a reader. */
static void barrier(const struct iolas__epoch *epoch)
{
	iolas__fence_full();
	if (epoch->host->barrier_all)
		epoch->host->barrier_all(epoch->host->user);
}

/*
 * Moves the number on and returns the old one: sections that begin from now on
 * announce a higher number, or hold an older one and are waited for in vain.
 * The lock is held.
 */
static uint64_t next_number(struct iolas__epoch *epoch)
{
	/* Relaxed: written under the lock only. */
	const uint64_t stamp = iolas__load_relaxed(&epoch->now);

	/*
	 * Release: every unlink that we know of is visible to a reader that
	 * sees the new number; pairs with the acquire in iolas__reader_begin().
	 */
	iolas__store_release(&epoch->now, stamp + 1);
	/*
	 * Barrier: a section whose announcement the scan misses makes its loads
	 * after this point and so meets the unlinked state; pairs with
	 * iolas__epoch_announce().
	 */
	barrier(epoch);
	return stamp;
}

/* Takes what was retired and puts it behind what waits.  The lock is held. */
static void stamp_retired(struct iolas__epoch *epoch)
{
	/* Acquire: pairs with the release in iolas__epoch_retire(). */
	struct iolas__epoch_node *chain =
		iolas__exchange_acquire(&epoch->retired, NULL);
	struct iolas__epoch_node *tail;
	uint64_t stamp;

	if (!chain)
		return;
	stamp = next_number(epoch);
	for (tail = chain; tail->next; tail = tail->next)
		tail->stamp = stamp;
	tail->stamp = stamp;
	if (epoch->oldest)
		epoch->newest->next = chain;
	else
		epoch->oldest = chain;
	epoch->newest = tail;
}

static uint64_t older(uint64_t oldest, uint64_t since)
{
	return since != 0 && since < oldest ? since : oldest;
}

/*
 * The number of the oldest open section.  Acquire on each slot: what its
 * section did comes before what we let happen to the memory; pairs with the
 * release in iolas__reader_end() and iolas__epoch_leave().  The lock is held.
 */
static uint64_t oldest_section(struct iolas__epoch *epoch)
{
	uint64_t oldest = NOBODY;

	for (struct iolas__reader *r = epoch->readers; r; r = r->next)
		oldest = older(oldest, iolas__load_acquire(&r->since));
	for (unsigned i = 0; i < IOLAS__EPOCH_SLOTS; i++)
		oldest = older(oldest,
			       iolas__load_acquire(&epoch->slot[i].since));
	for (unsigned i = 0; i < IOLAS__EPOCH_LANES; i++)
		oldest = older(oldest,
			       iolas__load_acquire(&epoch->lane[i].since));
	return older(oldest, iolas__load_acquire(&epoch->crowd) >> CROWD_LG2);
}

/* Cuts off the nodes that no section can see.  The lock is held. */
static struct iolas__epoch_node *take_passed(struct iolas__epoch *epoch)
{
	struct iolas__epoch_node *chain = epoch->oldest;
	struct iolas__epoch_node *last = NULL;
	uint64_t oldest;

	if (!chain)
		return NULL;
	oldest = oldest_section(epoch);
	while (epoch->oldest && epoch->oldest->stamp < oldest) {
		last = epoch->oldest;
		epoch->oldest = last->next;
	}
	if (!last)
		return NULL;
	last->next = NULL;
	return chain;
}

uint64_t iolas__epoch_poll(struct iolas__epoch *epoch)
{
	struct iolas__epoch_node *passed;

	if (iolas__epoch_pending(epoch) == 0)
		return 0;
	/* Acquire: as iolas__lock_acquire(), but whoever holds it polls too. */
	if (iolas__exchange_acquire(&epoch->lock.is_held, 1))
		return 0;
	stamp_retired(epoch);
	passed = take_passed(epoch);
	iolas__lock_release(&epoch->lock);
	return call_back(epoch, passed);
}

int iolas__epoch_synchronize(struct iolas__epoch *epoch,
			     const struct iolas__reader *self)
{
	uint64_t stamp, oldest;
	unsigned turn = 0;

	if (self && self->epoch == epoch && iolas__reader_is_inside(self))
		return IOLAS_EDEADLK;
	iolas__lock_acquire(epoch->host, &epoch->lock);
	stamp = next_number(epoch);
	oldest = oldest_section(epoch);
	iolas__lock_release(&epoch->lock);
	while (oldest <= stamp) {
		iolas__host_relax(epoch->host, turn++);
		iolas__lock_acquire(epoch->host, &epoch->lock);
		oldest = oldest_section(epoch);
		iolas__lock_release(&epoch->lock);
	}
	iolas__epoch_poll(epoch);
	return IOLAS_OK;
}
