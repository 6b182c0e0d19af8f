/* SPDX-License-Identifier: MIT */
/*
 * Floor 4, range: contiguous ranges in a 64-bit space, with constraints.
 * Useful alone: it knows nothing of page tables, only of addresses.
 *
 * A space hands out ranges of whole granules.  Spaces, windows, holes and
 * largest runs are closed spans first..last, so that a space may be all of
 * 2^64 and a range may end at 2^64-1.  Lengths are bytes.
 */
#ifndef IOLAS_RANGE_H
#define IOLAS_RANGE_H

#include <iolas/base.h>
#include <iolas/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iolas_space;

/**
 * struct iolas_range_config - what a space is made of
 * @struct_size: sizeof(struct iolas_range_config)
 * @flags:       0
 * @first:       lowest address, multiple of the granule
 * @last:        highest address, inclusive; last + 1 is a multiple of the
 *               granule (or 2^64)
 * @granule_lg2: log2 of the smallest allocation, 0..63
 * @reserved:    0
 */
struct iolas_range_config {
	uint32_t struct_size;
	uint32_t flags;
	iolas_iova first;
	iolas_iova last;
	uint32_t granule_lg2;
	uint32_t reserved;
};

/* Placement: at most one of these in iolas_range_constraints.flags. */
#define IOLAS_PLACE_DEFAULT  0x0u /* low first */
#define IOLAS_PLACE_LOW	     0x1u /* lowest address that fits */
#define IOLAS_PLACE_HIGH     0x2u /* highest address that fits */
#define IOLAS_PLACE_BEST     0x3u /* smallest hole that fits, lowest first */
#define IOLAS_PLACE_RANDOM   0x4u /* any place that fits, drawn with @seed */
#define IOLAS_PLACE_EXPLICIT 0x5u /* exactly at @at */
#define IOLAS_PLACE_MASK     0x7u

/**
 * struct iolas_range_constraints - where a range may lie
 * @struct_size: sizeof(struct iolas_range_constraints)
 * @flags:       one IOLAS_PLACE_...
 * @align:       base is a multiple of this; a multiple of the granule, not
 *               necessarily a power of two; 0 means the granule
 * @first:       lowest acceptable byte, inclusive
 * @last:        highest acceptable byte of the range, inclusive, not below
 *               @first; 0 with @first 0 means no limit (a window of the single
 *               byte 0 is said with @at)
 * @boundary:    power of two, at least the granule: the range crosses no
 *               multiple of it; 0 means none.  The guard may cross it
 * @guard:       bytes after the range that nobody gets; multiple of the
 *               granule; the guard may pass @last but not the space's end
 * @at:          base for IOLAS_PLACE_EXPLICIT, multiple of the granule; the
 *               other constraints hold there too.  Otherwise ignored
 * @seed:        for IOLAS_PLACE_RANDOM; equal seeds on equal spaces choose
 *               equally.  Otherwise ignored
 *
 * @first and @last need not be granule multiples: only whole granules inside
 * them count.  A combination that nothing can satisfy (a range longer than
 * @boundary, limits outside the space) is IOLAS_ENOSPC and explained, not
 * IOLAS_EINVAL.
 */
struct iolas_range_constraints {
	uint32_t struct_size;
	uint32_t flags;
	uint64_t align;
	iolas_iova first;
	iolas_iova last;
	uint64_t boundary;
	uint64_t guard;
	iolas_iova at;
	uint64_t seed;
};

/**
 * iolas_range_create() - make a space to allocate from
 * @host:   where its memory comes from; copied
 * @config: what it covers; copied
 * @space:  result
 *
 * Threads: any.
 * Memory:  the caller owns *@space and ends it with iolas_range_destroy() or
 *          iolas_range_destroy_all().  On failure *@space is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, sizes, flags, misaligned bounds,
 * first above last), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_range_create(const struct iolas_host *host,
				 const struct iolas_range_config *config,
				 struct iolas_space **space);

/**
 * iolas_range_destroy() - end an empty space
 * @space: space, or NULL (IOLAS_OK)
 *
 * Reservations do not keep a space alive; live ranges do.
 *
 * Threads: no other call on @space may run or follow.
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (ranges are live; iolas_range_next() lists
 * them; nothing was changed).
 */
IOLAS_API int iolas_range_destroy(struct iolas_space *space);

/**
 * iolas_range_destroy_all() - end a space with everything in it
 * @space: space, or NULL
 *
 * Threads: no other call on @space may run or follow.
 * Since:   0.1
 */
IOLAS_API void iolas_range_destroy_all(struct iolas_space *space);

/**
 * iolas_range_alloc() - take a contiguous range
 * @space:       space to take it from
 * @len:         bytes, multiple of the granule, not 0
 * @constraints: where it may lie; NULL means anywhere, low first
 * @iova:        result: first address of the range
 *
 * A request that some free hole satisfies never fails with IOLAS_ENOSPC.
 *
 * Threads: any number of callers.
 * Memory:  the range is the caller's until iolas_range_free().
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (a broken precondition above), IOLAS_ENOSPC
 * (no hole fits: iolas_range_explain() says why), IOLAS_ENOMEM (the host has
 * no memory for bookkeeping).  On failure *@iova is unchanged.
 */
IOLAS_API int
iolas_range_alloc(struct iolas_space *space, uint64_t len,
		  const struct iolas_range_constraints *constraints,
		  iolas_iova *iova);

/**
 * iolas_range_free() - give a range back
 * @space: space it came from
 * @iova:  its first address
 * @len:   its length in bytes, exactly as allocated, without the guard
 *
 * The guard goes with the range.
 *
 * Threads: any; also another than the allocating thread.
 * Memory:  takes none, so it cannot fail for want of it.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, len 0 or no granule multiple), or
 * IOLAS_ENOENT (not exactly one live range: wrong base, wrong length, a part,
 * two neighbours at once, freed before, reserved; nothing was changed).
 */
IOLAS_API int iolas_range_free(struct iolas_space *space, iolas_iova iova,
			       uint64_t len);

/**
 * iolas_range_reserve() - take a window out of allocation
 * @space: space
 * @first: first byte of the window
 * @last:  last byte, inclusive
 *
 * Partly covered granules are reserved whole; the window is clipped to the
 * space (a window wholly outside is remembered and has no effect).  It may
 * overlap earlier reservations; windows are counted.
 *
 * Threads: any.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, first above last), IOLAS_EBUSY (a live
 * range or its guard is inside; nothing was changed), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_range_reserve(struct iolas_space *space, iolas_iova first,
				  iolas_iova last);

/**
 * iolas_range_unreserve() - undo exactly one earlier iolas_range_reserve()
 * @space: space
 * @first: as given to reserve
 * @last:  as given to reserve
 *
 * Threads: any.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, or IOLAS_ENOENT (no such window is left;
 * nothing was changed).
 */
IOLAS_API int iolas_range_unreserve(struct iolas_space *space, iolas_iova first,
				    iolas_iova last);

/* What a granule is; see iolas_range_info.kind. */
#define IOLAS_RANGE_FREE     0u
#define IOLAS_RANGE_LIVE     1u
#define IOLAS_RANGE_GUARD    2u
#define IOLAS_RANGE_RESERVED 3u

/**
 * struct iolas_range_info - one stretch of a space
 * @struct_size: sizeof(struct iolas_range_info), set by the caller
 * @kind:        IOLAS_RANGE_FREE, _LIVE, _GUARD or _RESERVED
 * @first:       first byte
 * @last:        last byte, inclusive
 */
struct iolas_range_info {
	uint32_t struct_size;
	uint32_t kind;
	iolas_iova first;
	iolas_iova last;
};

/**
 * iolas_range_next() - the stretch at or after an address
 * @space: space
 * @from:  address to start at
 * @info:  result; struct_size set by the caller
 *
 * Walks a space in address order: start with its first address, go on with
 * info.last + 1, stop when info.last is the space's last byte.  A live range
 * is one stretch, also beside another; so is a hole and the union of touching
 * reservations.  If @from lies inside a stretch the whole stretch is reported.
 *
 * Threads: any; a concurrent change may or may not be seen.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, or IOLAS_ENOENT (@from is above the space).
 */
IOLAS_API int iolas_range_next(struct iolas_space *space, iolas_iova from,
			       struct iolas_range_info *info);

/**
 * struct iolas_range_stats - how full a space is
 * @struct_size:     sizeof(struct iolas_range_stats), set by the caller
 * @reserved:        0
 * @live_count:      live ranges
 * @live_bytes_m1:   their bytes minus one, without guards; 0 and meaningless
 *                   when @live_count is 0
 * @guard_bytes:     bytes in guards
 * @reserved_count:  pieces of reserved space, cut at the ends of windows; 0
 *                   when nothing inside the space is reserved
 * @reserved_bytes_m1: bytes in reservations minus one, overlaps counted once;
 *                   0 and meaningless when @reserved_count is 0
 * @hole_count:      free holes
 * @free_bytes_m1:   free bytes minus one; 0 and meaningless when @hole_count
 *                   is 0
 * @largest_first:   first byte of the largest hole, the lowest of equals
 * @largest_last:    its last byte; first above last when nothing is free
 * @metadata_bytes:  memory taken from the host, everything counted
 * @alloc_count:     allocations that succeeded since create
 * @free_count:      ranges given back since create
 * @fail_count:      allocations refused with IOLAS_ENOSPC since create
 *
 * Sums that can be all of 2^64 are given minus one.
 */
struct iolas_range_stats {
	uint32_t struct_size;
	uint32_t reserved;
	uint64_t live_count;
	uint64_t live_bytes_m1;
	uint64_t guard_bytes;
	uint64_t reserved_count;
	uint64_t reserved_bytes_m1;
	uint64_t hole_count;
	uint64_t free_bytes_m1;
	iolas_iova largest_first;
	iolas_iova largest_last;
	uint64_t metadata_bytes;
	uint64_t alloc_count;
	uint64_t free_count;
	uint64_t fail_count;
};

/**
 * iolas_range_stats() - read the counters of a space
 * @space: space
 * @stats: result; struct_size set by the caller
 *
 * Threads: any; one consistent snapshot when nobody else changes the space.
 * Since:   0.1
 *
 * Return: IOLAS_OK or IOLAS_EINVAL.
 */
IOLAS_API int iolas_range_stats(struct iolas_space *space,
				struct iolas_range_stats *stats);

/*
 * Why a request is refused: iolas_range_explanation.binding names the first
 * constraint, in this order, without which it would succeed alone.
 */
#define IOLAS_BIND_NONE	    0u /* nothing: the request succeeds */
#define IOLAS_BIND_LENGTH   1u /* no hole is long enough, even unconstrained */
#define IOLAS_BIND_FIRST    2u /* the lower limit */
#define IOLAS_BIND_LAST	    3u /* the upper limit */
#define IOLAS_BIND_WINDOW   4u /* both limits together */
#define IOLAS_BIND_ALIGN    5u /* the alignment */
#define IOLAS_BIND_BOUNDARY 6u /* the boundary */
#define IOLAS_BIND_GUARD    7u /* the guard */
#define IOLAS_BIND_AT	    8u /* the explicit address is taken */
#define IOLAS_BIND_COMBINED 9u /* only dropping several of them helps */

/**
 * struct iolas_range_explanation - why, and what would help
 * @struct_size:    sizeof(struct iolas_range_explanation), set by the caller
 * @binding:        IOLAS_BIND_...
 * @run_first:      first byte of the largest run that keeps all constraints
 * @run_last:       its last byte; first above last when there is none
 * @holder:         what stands in the way: for IOLAS_BIND_AT the first thing
 *                  at or after @at, else the stretch right above the largest
 *                  hole inside the window, or right below it where the window
 *                  or the space ends above; what fills the window's start when
 *                  it has no hole.  Kind IOLAS_RANGE_FREE with first above
 *                  last: nothing does
 * @relaxed:        the request's constraints with the smallest change that
 *                  makes it succeed; meaningful when @has_relaxed is not 0.  A
 *                  limit is moved as little as possible; an alignment becomes
 *                  the largest of its halvings and its power-of-two divisors; a
 *                  boundary is doubled, a guard shortened; an address moves to
 *                  the nearest, the lower of two.  With IOLAS_BIND_COMBINED no
 *                  constraint is loosened that could have stayed
 * @relaxed_iova:   where the relaxed request would be put
 * @has_relaxed:    0 when no relaxation helps (IOLAS_BIND_LENGTH)
 * @reserved:       0
 */
struct iolas_range_explanation {
	uint32_t struct_size;
	uint32_t binding;
	iolas_iova run_first;
	iolas_iova run_last;
	struct iolas_range_info holder;
	struct iolas_range_constraints relaxed;
	iolas_iova relaxed_iova;
	uint32_t has_relaxed;
	uint32_t reserved;
};

/**
 * iolas_range_explain() - why would this request be refused now?
 * @space:       space
 * @len:         as for iolas_range_alloc()
 * @constraints: as for iolas_range_alloc()
 * @explanation: result; struct_size set by the caller
 *
 * Changes nothing.
 *
 * Threads: any; true of one moment during the call.
 * Since:   0.1
 *
 * Return: IOLAS_OK (also when the request would succeed: IOLAS_BIND_NONE), or
 * IOLAS_EINVAL as iolas_range_alloc() would.
 */
IOLAS_API int
iolas_range_explain(struct iolas_space *space, uint64_t len,
		    const struct iolas_range_constraints *constraints,
		    struct iolas_range_explanation *explanation);

/**
 * iolas_range_trim() - give cached ranges and idle memory back
 * @space: space
 *
 * Threads: any.
 * Since:   0.1
 *
 * Return: IOLAS_OK or IOLAS_EINVAL.
 */
IOLAS_API int iolas_range_trim(struct iolas_space *space);

/**
 * iolas_range_check() - recompute every invariant from the ground
 * @space: space
 *
 * For tests and for suspicious minds; linear in the number of ranges.
 *
 * Threads: any; blocks others meanwhile.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL), or IOLAS_EIO (an invariant is broken:
 * memory was overwritten or this library has a bug).
 */
IOLAS_API int iolas_range_check(struct iolas_space *space);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_RANGE_H */
