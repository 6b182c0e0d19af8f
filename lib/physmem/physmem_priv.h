/* SPDX-License-Identifier: MIT */
/*
 * Physical memory behind its door.
 *
 * Each region has a space of its own, so that no block spans two regions:
 * their bytes need not be neighbours for the CPU, nor of one node.  Everything
 * handed out is one live range of its region's space:
 *
 *     contiguous block   its range                       no bit
 *     scattered page     a range of one page             bit in `scattered`
 *     fragment stretch   a range of one or more pages    bit in `fragments`
 *                                                        for its first page
 *
 * A free page, or one in a block, may be poisoned: its bit in `poisoned` is
 * set from its free until it is handed out again.
 *
 * Threads: layout (first, last, base, node ...) is constant from create to
 * destroy and read without the lock; spaces, bits and views are touched with
 * the lock held only.  Contents are filled and checked by whoever owns the
 * pages; freed pages are filled with the lock held.
 */
#ifndef IOLAS_PHYSMEM_PHYSMEM_PRIV_H
#define IOLAS_PHYSMEM_PHYSMEM_PRIV_H

#include <iolas/physmem.h>

#include "host/host_priv.h"
#include "physmem/physmem_bits.h"
#include "slab/slab_priv.h"

#define IOLAS__PHYSMEM_MAX_REGIONS 256u
#define IOLAS__PHYSMEM_MAX_NODES   64u

struct iolas__region {
	iolas_pa first;
	iolas_pa last;
	uint64_t page_count;
	unsigned char *base; /* CPU pointer of @first */
	uint64_t object;     /* the backing's name for it, when is_backed */
	bool is_backed;	     /* memory came from the backing */
	uint32_t node;
	struct iolas_space *space;
	struct iolas__page_bits scattered;
	struct iolas__page_bits fragments;
	struct iolas__page_bits poisoned;
	uint64_t fragment_pages;
};

/* An open view.  Sorted by base; the user's pointer is base + byte_offset. */
struct iolas__view {
	unsigned char *base;
	uint64_t bytes;
	uint64_t byte_offset;
	struct iolas_pagelist *pages; /* NULL: points into a region */
};

struct iolas_physmem {
	struct iolas_host host;
	struct iolas_backing backing; /* zero when there is none */
	struct iolas__lock lock;      /* IOLAS__RANK_PHYSMEM */
	uint32_t flags;
	uint32_t page_lg2;
	uint32_t region_count;
	_Atomic(uint64_t) poison_hits;
	struct iolas__slab bit_nodes;
	struct iolas_pagelist *fragments; /* what fragment took; NULL: never */
	struct iolas__view *views;
	uint64_t view_count;
	uint64_t view_room;
	uint16_t by_base[IOLAS__PHYSMEM_MAX_REGIONS]; /* sorted by base */
	struct iolas__region regions[];		      /* sorted by first */
};

static inline void iolas__physmem_lock(struct iolas_physmem *mem)
{
	iolas__lock_acquire(&mem->host, &mem->lock);
}

static inline void iolas__physmem_unlock(struct iolas_physmem *mem)
{
	iolas__lock_release(&mem->lock);
}

/* physmem_layout.c */

/* Fills mem->regions from the caller's; IOLAS_EINVAL says they are broken. */
int iolas__physmem_layout(struct iolas_physmem *mem,
			  const struct iolas_physmem_region *regions);
/* Fills by_base; IOLAS_EINVAL: two regions share memory. */
int iolas__physmem_layout_memory(struct iolas_physmem *mem);
/* The region that holds @pa, or NULL. */
struct iolas__region *iolas__physmem_find(const struct iolas_physmem *mem,
					  iolas_pa pa);

static inline uint64_t iolas__region_page(const struct iolas_physmem *mem,
					  const struct iolas__region *region,
					  iolas_pa pa)
{
	return (pa - region->first) >> mem->page_lg2;
}

static inline unsigned char *
iolas__region_ptr(const struct iolas_physmem *mem,
		  const struct iolas__region *region, uint64_t page)
{
	return region->base + (page << mem->page_lg2);
}

/*
 * Visits pages begin..end-1 of a list in stretches that lie in one region.
 * Start with { .list, .page = begin, .end } and the rest zero.
 */
struct iolas__page_walk {
	const struct iolas_pagelist *list;
	uint64_t page;		      /* next page of the list */
	uint64_t end;		      /* one past the last page wanted */
	struct iolas__region *region; /* of this stretch; NULL: no memory */
	iolas_pa pa;		      /* first byte of this stretch */
	uint64_t first;		      /* page in the region */
	uint64_t count;		      /* pages of this stretch */
};

bool iolas__page_walk_next(const struct iolas_physmem *mem,
			   struct iolas__page_walk *walk);

/* physmem_request.c */

/* A request, checked; where.first..where.last always mean what they say. */
struct iolas__want {
	uint32_t flags;
	uint32_t node;
	struct iolas_range_constraints where;
};

/* IOLAS_EINVAL, or *want is a request that the spaces accept. */
int iolas__want_read(const struct iolas_physmem *mem,
		     const struct iolas_physmem_request *request,
		     struct iolas__want *want);

/* physmem_place.c */

/* Which regions are left to try for one request, and in which order. */
struct iolas__search {
	struct iolas_physmem *mem;
	const struct iolas__want *want;
	uint64_t len;
	uint64_t draw;	 /* state of the random numbers */
	uint64_t weight; /* pages in the windows of all candidates */
	uint32_t count;
	bool has_others; /* the other nodes come after the wished one */
	uint16_t candidate[IOLAS__PHYSMEM_MAX_REGIONS];
};

void iolas__search_start(struct iolas__search *search,
			 struct iolas_physmem *mem,
			 const struct iolas__want *want, uint64_t len);
/*
 * Takes the next range of search->len bytes, lock held.  A region that is full
 * for this length is not asked again.
 */
int iolas__search_next(struct iolas__search *search,
		       struct iolas__region **region, iolas_pa *pa);

/* physmem_content.c */

/*
 * Pages on their way out, no lock held: counts those written since their free
 * and zeroes them if @flags ask for it.  @is_bulk: worth asking the backing.
 */
void iolas__physmem_hand_out(struct iolas_physmem *mem,
			     struct iolas__region *region, uint64_t first,
			     uint64_t count, uint32_t flags, bool is_bulk);
/* Makes iolas__physmem_take_in() possible for these pages; lock held. */
int iolas__physmem_prepare(struct iolas_physmem *mem,
			   struct iolas__region *region, uint64_t first,
			   uint64_t count);
/* Pages on their way in, lock held: poisons them if the memory does that. */
void iolas__physmem_take_in(struct iolas_physmem *mem,
			    struct iolas__region *region, uint64_t first,
			    uint64_t count);

/* Bytes from which on clearing is left to the backing. */
#define IOLAS__PHYSMEM_BULK (UINT64_C(1) << 20)

/* physmem_view.c */

/* Ends every view that is open. */
void iolas__physmem_drop_views(struct iolas_physmem *mem);

#endif /* IOLAS_PHYSMEM_PHYSMEM_PRIV_H */
