/* SPDX-License-Identifier: MIT */
/*
 * One bit per page of a region, however large the region: a tree of tables
 * whose leaves hold 2^15 bits.  Only leaves that were asked for exist; a bit
 * without a leaf is clear.
 *
 *     page:   | 9 bits | ... | 9 bits | 9 bits: word | 6 bits: bit |
 *               table          table    `-------- one leaf -------'
 *
 * Threads: the owner's lock.
 */
#ifndef IOLAS_PHYSMEM_PHYSMEM_BITS_H
#define IOLAS_PHYSMEM_PHYSMEM_BITS_H

#include "slab/slab_priv.h"

#include <stdbool.h>

#define IOLAS__BITS_NODE_BYTES 4096u
#define IOLAS__BITS_LEAF_LG2   15u /* pages of a leaf: 4096 * 8 */
#define IOLAS__BITS_TABLE_LG2  9u  /* pointers of a table: 4096 / 8 */

struct iolas__page_bits {
	struct iolas__slab *nodes; /* of IOLAS__BITS_NODE_BYTES; borrowed */
	void *root;
	unsigned depth; /* tables above a leaf */
};

/* Takes nothing yet. */
void iolas__page_bits_init(struct iolas__page_bits *bits,
			   struct iolas__slab *nodes, uint64_t page_count);

/*
 * Makes bits @first..@last settable.  IOLAS_ENOMEM changes no bit; leaves
 * taken so far stay.
 */
int iolas__page_bits_reserve(struct iolas__page_bits *bits, uint64_t first,
			     uint64_t last);

bool iolas__page_bits_test(const struct iolas__page_bits *bits, uint64_t page);

/* Sets @count reserved bits from @first on. */
void iolas__page_bits_set(struct iolas__page_bits *bits, uint64_t first,
			  uint64_t count);

/*
 * Clears bits from @first on, at most @count, and stops before one that is
 * clear already.  How many it cleared.
 */
uint64_t iolas__page_bits_clear(struct iolas__page_bits *bits, uint64_t first,
				uint64_t count);

/*
 * Clears up to @count bits from @first on that share a word.  *seen says which
 * of them were set, bit 0 for @first.  How many it looked at, at least 1.
 */
uint64_t iolas__page_bits_take(struct iolas__page_bits *bits, uint64_t first,
			       uint64_t count, uint64_t *seen);

#endif /* IOLAS_PHYSMEM_PHYSMEM_BITS_H */
