/* SPDX-License-Identifier: MIT */
/*
 * Domain, inside the library: what a domain is made of, and the steps that
 * cross its files or that the floor above (iommu) needs.
 *
 * The life of an unmapped range, under every policy:
 *
 *     claim -> clear leaves -> tell `unmapped` -> wait (deferred only)
 *           -> invalidate -> gather_done -> range free, claim dropped
 *
 * Three locks, all of rank IOLAS__RANK_DOMAIN, never two at once: `lock`, the
 * `waiting.lock` of deferred changes, and one per shard of claims.  None is
 * held while a callback runs or while anybody waits for a read section.
 */
#ifndef IOLAS_DOMAIN_DOMAIN_PRIV_H
#define IOLAS_DOMAIN_DOMAIN_PRIV_H

#include <iolas/domain.h>

#include "epoch/epoch_priv.h"
#include "host/host_priv.h"
#include "slab/slab_priv.h"

#include <string.h>

#define IOLAS__DOMAIN_LINE    64
#define IOLAS__DOMAIN_STRIPES 8
#define IOLAS__DOMAIN_SHARDS  64
#define IOLAS__DOMAIN_BUCKETS 6 /* a shard fills one line */

/* Which callbacks somebody is interested in; iolas_domain.interest. */
#define IOLAS__WANTS_MAPPED	0x1u
#define IOLAS__WANTS_UNMAPPED	0x2u
#define IOLAS__WANTS_ALLOCATED	0x4u
#define IOLAS__WANTS_FREED	0x8u
#define IOLAS__WANTS_INVALIDATE 0x10u

/* Why deferred changes were completed before anybody asked. */
enum iolas__forced {
	IOLAS__FORCED_BY_TIME,
	IOLAS__FORCED_BY_BYTES,
	IOLAS__FORCED_BY_COUNT,
	IOLAS__FORCED_BY_SPACE,
	IOLAS__FORCED_KINDS,
};

/* An observer; linked in order of ids. */
struct iolas__observer_node {
	struct iolas__observer_node *next;
	uint64_t id;
	uint32_t running; /* callbacks under way */
	bool is_dead;	  /* gets no new callback; unlinked by unobserve */
	struct iolas_observer table;
};

/* A callback under way, on the stack of the thread that makes it. */
struct iolas__domain_visit {
	struct iolas__domain_visit *next;
	struct iolas__observer_node *node; /* NULL: before the first */
	uint64_t thread_id;
};

/* A range that is being freed: nobody else may begin to. */
struct iolas__claim {
	struct iolas__claim *next;
	iolas_iova iova;
	bool is_ending; /* the range is going back: wait, then look again */
};

struct iolas__claim_shard {
	_Alignas(IOLAS__DOMAIN_LINE) struct iolas__lock lock;
	struct iolas__claim *bucket[IOLAS__DOMAIN_BUCKETS];
};

/* A change that waits for its invalidation. */
struct iolas__waiting {
	struct iolas__waiting *next;
	uint64_t number; /* in order of arrival, from 1 */
	uint64_t since_ns;
	uint64_t bytes;
	struct iolas_span span;
	bool has_range; /* @claim.iova, @bytes: to be given back */
	bool has_unmap; /* @gather: to be completed */
	struct iolas__claim claim;
	struct iolas_gather gather;
};

struct iolas__waiting_list {
	struct iolas__lock lock;
	struct iolas__waiting *oldest;
	struct iolas__waiting *newest;
	uint64_t last_number;
	uint64_t releasing; /* threads between taking off and giving back */
	uint64_t peak_ns;
	/* Read without the lock as hints: 0 means nothing waits. */
	_Atomic(uint64_t) count;
	_Atomic(uint64_t) bytes;
	_Atomic(uint64_t) oldest_ns;
	/* Unmaps whose addresses their owner may map again: a hull of them. */
	_Atomic(uint64_t) owned_first;
	_Atomic(uint64_t) owned_last;
};

/* Counters of the threads whose stacks lie alike; sums are what counts. */
struct iolas__domain_stripe {
	_Alignas(IOLAS__DOMAIN_LINE) _Atomic(uint64_t) open;
	_Atomic(uint64_t) map_count;
	_Atomic(uint64_t) map_bytes;
	_Atomic(uint64_t) unmap_count;
	_Atomic(uint64_t) unmap_bytes;
};

/* Memory that somebody borrowed through the table: iolas_dma_map(). */
struct iolas__pin {
	struct iolas__pin *next;
	struct iolas__pin **link; /* what points at us; NULL: not pinned */
	struct iolas_span span;
};

struct iolas__history_slot {
	struct iolas_span span;
	iolas_pa pa;
	uint64_t unmapped_ns;
	uint32_t prot;
};

struct iolas_domain {
	struct iolas_host host;
	struct iolas_space *space;
	struct iolas_pgtable *pt;
	struct iolas_span input; /* what the table can map */
	uint64_t page_sizes;
	uint32_t granule_lg2;
	bool is_shared; /* callers may race on one range */
	uint32_t policy;
	uint64_t bound_ns;
	uint64_t bound_bytes;
	uint32_t bound_count;
	uint32_t history_count;

	struct iolas__lock lock; /* guards the rest of this paragraph */
	struct iolas__observer_node *observers;
	struct iolas__domain_visit *visits;
	uint64_t last_id;
	uint32_t observer_count;
	struct iolas__pin *pins;
	uint32_t history_next; /* slot that is overwritten next */
	uint32_t history_kept; /* slots in use */
	struct iolas__history_slot *history;

	_Atomic(uint32_t) interest;  /* IOLAS__WANTS_..., of all observers */
	_Atomic(uint32_t) attached;  /* devices */
	_Atomic(uint32_t) pin_count; /* pins in the list */
	_Atomic(uint64_t) invalidation_count;
	_Atomic(uint64_t) forced[IOLAS__FORCED_KINDS];

	struct iolas__slab nodes; /* observers and waiting changes */
	struct iolas__waiting_list waiting;
	struct iolas__domain_stripe stripe[IOLAS__DOMAIN_STRIPES];
	struct iolas__claim_shard shard[IOLAS__DOMAIN_SHARDS];
	struct iolas__epoch unmaps; /* sections from pin check to last store */
};

union iolas__domain_node {
	struct iolas__observer_node observer;
	struct iolas__waiting waiting;
};

/* A stripe that other threads rarely use; any address of the caller's stack. */
static inline struct iolas__domain_stripe *
iolas__domain_stripe(struct iolas_domain *domain, const void *on_stack)
{
	const uint64_t stack = (uint64_t)(uintptr_t)on_stack >> 14;

	return &domain->stripe[(stack * UINT64_C(0x9e3779b97f4a7c15)) >> 61];
}
_Static_assert(IOLAS__DOMAIN_STRIPES == 8, "three bits choose a stripe");

static inline uint64_t iolas__domain_now(const struct iolas_domain *domain)
{
	return domain->host.clock_ns ? domain->host.clock_ns(domain->host.user)
				     : 0;
}

/* Is anybody interested? */
static inline bool iolas__domain_is_watched(struct iolas_domain *domain,
					    uint32_t wants)
{
	/*
	 * Relaxed: who observes while a change is under way may or may not be
	 * told of it, and the list is read under the lock.
	 */
	return (iolas__load_relaxed(&domain->interest) & wants) != 0;
}

/*
 * Changes whose invalidation is not complete are "open" from before their
 * first store until after it: with none open, every cached translation that
 * differs from the table is one that somebody forgot to invalidate (D8).
 */
static inline void iolas__domain_open(struct iolas__domain_stripe *stripe)
{
	/*
	 * Acquire-release, and a release fence because the stores that clear
	 * leaves may be relaxed: the count is up before the table changes, to
	 * whoever reads the change in the table with acquire and then the
	 * count: iolas__domain_open_count().
	 */
	iolas__fetch_add_acq_rel(&stripe->open, 1);
	iolas__fence_release();
}

static inline void iolas__domain_close(struct iolas__domain_stripe *stripe)
{
	/* Release: the completed invalidation comes before the count falls. */
	iolas__fetch_sub_release(&stripe->open, 1);
}

/*
 * 0: certainly none; a sum over stripes, never too small for changes seen.
 * Downward: a change whose owner goes on without it moves to stripe 0, where it
 * is opened before it is closed at its own; so who finds it closed there finds
 * it open at stripe 0, looked at last.
 */
static inline uint64_t iolas__domain_open_count(struct iolas_domain *domain)
{
	uint64_t sum = 0;

	/* Acquire: pairs with both orders above. */
	for (unsigned i = IOLAS__DOMAIN_STRIPES; i-- > 0;)
		sum += iolas__load_acquire(&domain->stripe[i].open);
	return sum;
}

/* observer */
int iolas__domain_tell_mapped(struct iolas_domain *domain, iolas_iova iova,
			      iolas_pa pa, uint64_t len, unsigned prot);
int iolas__domain_tell_allocated(struct iolas_domain *domain, iolas_iova iova,
				 uint64_t len);
void iolas__domain_tell_unmapped(struct iolas_domain *domain, iolas_iova iova,
				 uint64_t len);
void iolas__domain_tell_freed(struct iolas_domain *domain, iolas_iova iova,
			      uint64_t len);
/* Returns when every observer has forgotten; with nothing to forget at once. */
void iolas__domain_invalidate(struct iolas_domain *domain,
			      const struct iolas_gather *gather);

/*
 * As observe and unobserve, and the domain counts as attached meanwhile: it
 * cannot be destroyed.
 */
int iolas__domain_attach(struct iolas_domain *domain,
			 const struct iolas_observer *observer, uint64_t *id);
int iolas__domain_detach(struct iolas_domain *domain, uint64_t id);

/* claim */
/*
 * The right to free the live range [iova, iova + len).  IOLAS_EINVAL: no such
 * lengths; IOLAS_ENOENT: not exactly a live range, or somebody is freeing it.
 */
int iolas__claim_take(struct iolas_domain *domain, struct iolas__claim *claim,
		      iolas_iova iova, uint64_t len);
/* The range stays. */
void iolas__claim_drop(struct iolas_domain *domain, struct iolas__claim *claim);
/* The range goes back to the space. */
void iolas__claim_finish(struct iolas_domain *domain,
			 struct iolas__claim *claim, uint64_t len);

/* defer */
/* Completes everything that waited at the call. */
void iolas__domain_flush(struct iolas_domain *domain);
/* As above, with the reason counted, if anything waits. */
void iolas__domain_force(struct iolas_domain *domain, enum iolas__forced why);
/* Start of a call: the bound in time. */
void iolas__domain_enforce_time(struct iolas_domain *domain);
/* Before a map of @span: no unmap of the same addresses may wait. */
void iolas__domain_settle(struct iolas_domain *domain, struct iolas_span span);
/* NULL: no memory for waiting, even after completing what waited. */
struct iolas__waiting *iolas__waiting_alloc(struct iolas_domain *domain);
void iolas__waiting_free(struct iolas_domain *domain, struct iolas__waiting *w);
/* Hands @w over; enforces the bounds. */
void iolas__waiting_add(struct iolas_domain *domain, struct iolas__waiting *w);
/* Returns when nobody is between taking off and giving back. */
void iolas__waiting_settle(struct iolas_domain *domain);
/* Nothing waits or is on its way back; *arrivals counts what ever waited. */
bool iolas__waiting_is_idle(struct iolas_domain *domain, uint64_t *arrivals);

/* unmap */
/*
 * Clears the leaves of @span (@len bytes), counts and tells `unmapped`.  On
 * IOLAS_OK the change is open on *@stripe until iolas__domain_complete().
 * IOLAS_EBUSY: pinned.  After a failure @gather may hold what was cleared
 * before it: see iolas__domain_forget().
 */
int iolas__domain_clear(struct iolas_domain *domain, struct iolas_span span,
			uint64_t len, struct iolas_gather *gather,
			struct iolas__domain_stripe **stripe);
/* Invalidates what @gather collected, and closes. */
void iolas__domain_complete(struct iolas_domain *domain,
			    struct iolas_gather *gather,
			    struct iolas__domain_stripe *stripe);
/* Of a change that failed half-way: invalidates and empties @gather. */
void iolas__domain_forget(struct iolas_domain *domain,
			  struct iolas_gather *gather);
void iolas__domain_count_unmap(struct iolas__domain_stripe *stripe,
			       uint64_t len);

/* pin */
/*
 * From here until iolas__pin_leave() the leaves of @span may be changed; and
 * iolas__pin_take() of an overlapping span waits.  IOLAS_EBUSY: pinned.
 */
int iolas__pin_enter(struct iolas_domain *domain, struct iolas_span span,
		     struct iolas__section *section);
void iolas__pin_leave(struct iolas_domain *domain,
		      struct iolas__section *section);
/*
 * From here on no unmap of an address in @span begins to change the table, and
 * those that had begun have made their last store.  Not inside a section.
 */
void iolas__pin_take(struct iolas_domain *domain, struct iolas__pin *pin,
		     struct iolas_span span);
void iolas__pin_drop(struct iolas_domain *domain, struct iolas__pin *pin);
/* Only the addresses up to @last stay pinned. */
void iolas__pin_cut(struct iolas_domain *domain, struct iolas__pin *pin,
		    iolas_iova last);

/* history */
/* What lives in @span; false: nothing, or no history is kept. */
bool iolas__history_look(struct iolas_domain *domain, struct iolas_span span,
			 struct iolas__history_slot *slot);
/* It ended now. */
void iolas__history_add(struct iolas_domain *domain,
			const struct iolas__history_slot *slot);

#endif /* IOLAS_DOMAIN_DOMAIN_PRIV_H */
