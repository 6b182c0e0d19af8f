/* SPDX-License-Identifier: MIT */
/*
 * Page lists, inside the library: how runs are stored, and the few steps that
 * a floor above needs to fill a list and to take that back.
 *
 * A run is stored as its first address and the number of pages in front of it;
 * its length is the difference to the next one.  So a list of n runs is an
 * array sorted by first_page, and page k is found by halving.  The first runs
 * live in the list itself; the others in blocks of BLOCK_RUNS, found through an
 * index of blocks:
 *
 *     run i  ->  inline_runs[i]                        i <  INLINE_RUNS
 *                index[j >> LG2][j mod BLOCK_RUNS]     j = i - INLINE_RUNS
 *
 * Invariants, i < run_count, end(i) = first_page of run i + 1, or page_count:
 *     first_page(0) == 0, first_page(i) < end(i)
 *     pa(i) is a multiple of the page, pa(i) + (end(i) - first_page(i)) pages
 *     does not pass 2^64, and is not pa(i + 1) (neighbours are joined)
 *     page_count << page_lg2 < 2^64
 *     page_count == 0: byte_offset == byte_count == 0; else
 *     byte_count != 0, byte_offset < page, and
 *     byte_offset + byte_count lies in the last page or at its end
 */
#ifndef IOLAS_PAGELIST_PAGELIST_PRIV_H
#define IOLAS_PAGELIST_PAGELIST_PRIV_H

#include <iolas/pagelist.h>

#include "host/host_priv.h"

#define IOLAS__PAGELIST_INLINE_RUNS   192u
#define IOLAS__PAGELIST_BLOCK_LG2     12u
#define IOLAS__PAGELIST_BLOCK_RUNS    (1u << IOLAS__PAGELIST_BLOCK_LG2)
#define IOLAS__PAGELIST_DIRECT_BLOCKS 64u

struct iolas__page_run {
	iolas_pa pa;
	uint64_t first_page; /* pages of the list in front of this run */
};

struct iolas_pagelist {
	struct iolas_host host;
	struct iolas_pagelist *next; /* chain; borrowed */
	uint64_t page_count;
	uint64_t run_count;
	uint64_t byte_offset;
	uint64_t byte_count;
	uint32_t page_lg2;
	uint64_t block_count;		/* blocks taken from the host */
	uint64_t index_count;		/* blocks that *index can name */
	struct iolas__page_run **index; /* direct, or a chunk of its own */
	struct iolas__page_run *direct[IOLAS__PAGELIST_DIRECT_BLOCKS];
	struct iolas__page_run inline_runs[IOLAS__PAGELIST_INLINE_RUNS];
};

/* One small page per list: most lists never need a second chunk. */
_Static_assert(sizeof(struct iolas_pagelist) <= 4096, "fits a page");

/* Takes what @extra more runs need; IOLAS_ENOMEM leaves the list as it was. */
int iolas__pagelist_make_room(struct iolas_pagelist *list, uint64_t extra);
/* Gives blocks and index back to the host. */
void iolas__pagelist_drop_room(struct iolas_pagelist *list);

/* Stored run @index, below run_count. */
struct iolas__page_run *iolas__pagelist_slot(const struct iolas_pagelist *list,
					     uint64_t index);
/* Pages of run @index. */
uint64_t iolas__pagelist_run_pages(const struct iolas_pagelist *list,
				   uint64_t index);
/* The run that holds page @page, below page_count. */
uint64_t iolas__pagelist_find(const struct iolas_pagelist *list, uint64_t page);

/*
 * Forgets all pages from @page_count on, and sets the data to all of the rest.
 * For a caller that has appended to a list whose data ended with its last page
 * and now takes that back.
 */
void iolas__pagelist_truncate(struct iolas_pagelist *list, uint64_t page_count);

/* IOLAS_EBUSY when the data end inside the last page: nothing may follow. */
static inline int iolas__pagelist_tail(const struct iolas_pagelist *list)
{
	const uint64_t end = list->byte_offset + list->byte_count;

	return end == list->page_count << list->page_lg2 ? IOLAS_OK
							 : IOLAS_EBUSY;
}

/* Most pages that a list can hold: they make less than 2^64 bytes. */
static inline uint64_t iolas__pagelist_max_pages(unsigned page_lg2)
{
	return UINT64_MAX >> page_lg2;
}

#endif /* IOLAS_PAGELIST_PAGELIST_PRIV_H */
