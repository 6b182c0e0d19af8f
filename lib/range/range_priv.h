/* SPDX-License-Identifier: MIT */
/*
 * A space behind its door.
 *
 * Everything here counts in granules, absolute (address >> granule_lg2), in
 * closed spans first..last; sizes that may be all of 2^64 are kept minus one
 * and end in _m1.  docs/range.md draws the structure.
 *
 * Threads: all hidden functions that take a space expect its lock held.
 */
#ifndef IOLAS_RANGE_RANGE_PRIV_H
#define IOLAS_RANGE_RANGE_PRIV_H

#include <iolas/range.h>

#include "host/host_priv.h"
#include "range/range_avl.h"
#include "slab/slab_priv.h"

#include <stdbool.h>

/*
 * One stretch of the space.  Stretches tile it: for neighbours a, b in address
 * order, b.first == a.last + 1; two FREE ones never touch.  A live range and
 * its guard are one stretch, so that giving it back only merges.
 *
 *   max_m1, has_hole: over this stretch and both subtrees of by_address, the
 *   size minus one of the largest FREE stretch, and whether there is one.
 *
 *   kind is IOLAS_RANGE_FREE, _LIVE or _RESERVED, and chooses the union:
 *   FREE      by_size: link in the tree of holes, ordered (size, first)
 *   LIVE      body_last: last granule without the guard
 *   RESERVED  cover: windows over this stretch (> 0); starts: windows whose
 *             clipped first is ours; ends: whose clipped last is ours
 */
struct range_node {
	struct range_link by_address;
	uint64_t first;
	uint64_t last;
	uint64_t max_m1;
	union {
		struct range_link by_size;
		uint64_t body_last;
		struct {
			uint64_t cover;
			uint64_t starts;
			uint64_t ends;
		} windows;
		struct range_node *next_spare;
	};
	uint32_t kind;
	bool has_hole;
};

/* One remembered window as the caller gave it, in bytes. */
struct range_window {
	struct range_link link; /* ordered (first, last) */
	iolas_iova first;
	iolas_iova last;
	uint64_t count;
};

struct iolas_space {
	struct iolas_host host;
	struct iolas__lock lock; /* IOLAS__RANK_SPACE */
	uint32_t granule_lg2;
	uint64_t first;
	uint64_t last;
	struct range_root by_address;
	struct range_root by_size;
	struct range_root windows;
	struct iolas__slab nodes;
	struct iolas__slab window_nodes;
	/* Nodes in hand: free pushes, alloc and reserve pop. */
	struct range_node *spare;
	uint64_t spare_count;
	/* Sums modulo 2^64: a count beside each tells 0 from 2^64. */
	uint64_t live_granules;
	uint64_t guard_granules;
	uint64_t reserved_granules;
	uint64_t reserved_count;
	uint64_t live_count;
	uint64_t hole_count;
	uint64_t alloc_count;
	uint64_t free_count;
	uint64_t fail_count;
};

/*
 * A request in granules.  has_window_end is false when no whole granule lies
 * at or below the upper limit.  boundary_mask is the boundary minus one, all
 * ones for none.
 */
struct range_request {
	uint64_t n_m1; /* length minus one */
	uint64_t guard;
	uint64_t align; /* 1 for none */
	uint64_t boundary_mask;
	uint64_t lo;
	uint64_t hi;
	uint64_t at;
	uint64_t seed;
	uint32_t place;
	bool has_window_end;
};

static inline struct range_node *range_node_of(struct range_link *link)
{
	return (struct range_node *)link; /* by_address is the first member */
}

static inline struct range_node *range_node_by_size(struct range_link *link)
{
	return (struct range_node *)((unsigned char *)link -
				     offsetof(struct range_node, by_size));
}

static inline struct range_window *range_window_of(struct range_link *link)
{
	return (struct range_window *)link; /* link is the first member */
}

static inline uint64_t range_size_m1(const struct range_node *node)
{
	return node->last - node->first;
}

/* Neighbouring stretch; NULL at the space's end. */
static inline struct range_node *range_neighbour(struct range_node *node,
						 int dir)
{
	return range_node_of(range_step(&node->by_address, dir));
}

static inline void range_lock(struct iolas_space *space)
{
	iolas__lock_acquire(&space->host, &space->lock);
}

static inline void range_unlock(struct iolas_space *space)
{
	iolas__lock_release(&space->lock);
}

/* First byte of granule @g; last byte of granule @g. */
static inline uint64_t range_first_byte(const struct iolas_space *space,
					uint64_t g)
{
	return g << space->granule_lg2;
}

static inline uint64_t range_last_byte(const struct iolas_space *space,
				       uint64_t g)
{
	return g << space->granule_lg2 | iolas__mask(space->granule_lg2);
}

/* range_tree.c: the stretches and both orders of them. */
int iolas__range_tree_init(struct iolas_space *space);
void iolas__range_tree_trim(struct iolas_space *space);
/* Makes the next @count nodes succeed without the host. */
int iolas__range_nodes_ready(struct iolas_space *space, uint64_t count);
/* Stretch that holds granule @g, which lies in the space. */
struct range_node *iolas__range_find(const struct iolas_space *space,
				     uint64_t g);
/* Cuts @node before granule @g, inside it; one ready node; the upper part. */
struct range_node *iolas__range_cut(struct iolas_space *space,
				    struct range_node *node, uint64_t g);
/* Changes what @node is; the caller fills the union for the new kind. */
void iolas__range_turn(struct iolas_space *space, struct range_node *node,
		       uint32_t kind);
/* Makes first..last, inside @hole, one LIVE stretch; two ready nodes. */
struct range_node *iolas__range_carve(struct iolas_space *space,
				      struct range_node *hole, uint64_t first,
				      uint64_t last);
/* The LIVE stretch @node becomes part of a hole; @node may be gone. */
void iolas__range_release(struct iolas_space *space, struct range_node *node);
/* Joins @node and its neighbours as far as the invariants ask for it. */
struct range_node *iolas__range_join(struct iolas_space *space,
				     struct range_node *node);
/* Hole of at least need_m1 + 1 at or beyond granule @from in direction @dir. */
struct range_node *iolas__range_hole_from(const struct iolas_space *space,
					  uint64_t from, int dir,
					  uint64_t need_m1);
struct range_node *iolas__range_hole_next(struct range_node *node, int dir,
					  uint64_t need_m1);
/* Smallest hole of at least need_m1 + 1, lowest first; then the next one. */
struct range_node *iolas__range_size_from(const struct iolas_space *space,
					  uint64_t need_m1);
struct range_node *iolas__range_size_next(struct range_node *node);

/* range.c: what next() says of the stretch @node that holds granule @g. */
void iolas__range_describe(const struct iolas_space *space,
			   struct range_node *node, uint64_t g,
			   struct iolas_range_info *info);

/* range_request.c: arguments checked and turned into granules. */
int iolas__range_request_read(const struct iolas_space *space, uint64_t len,
			      const struct iolas_range_constraints *constraints,
			      struct iolas_range_constraints *copy,
			      struct range_request *request);

/* range_fit.c: where a request fits in the hole first..last. */
bool iolas__range_fit_low(const struct range_request *request, uint64_t first,
			  uint64_t last, uint64_t *base);
bool iolas__range_fit_high(const struct range_request *request, uint64_t first,
			   uint64_t last, uint64_t *base);

/*
 * range_reserve.c: the granules of the window first..last (bytes), clipped to
 * the space; false when it lies outside.
 */
bool iolas__range_window_clip(const struct iolas_space *space, iolas_iova first,
			      iolas_iova last, struct iolas_span *granules);

/* range_place.c: which hole, and where in it. */
struct range_node *iolas__range_place(const struct iolas_space *space,
				      const struct range_request *request,
				      uint64_t *base);

#endif /* IOLAS_RANGE_RANGE_PRIV_H */
