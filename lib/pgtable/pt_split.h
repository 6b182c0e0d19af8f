/* SPDX-License-Identifier: MIT */
/*
 * Splitting a large leaf without a fault window: a table with the same
 * translations is made privately and takes the leaf's place in one exchange.
 * VT-d and x86-64 need no break before make for it.
 * Source: spec/page-table-formats.md sections 1.7, 9 rule 5.
 *
 * Linearisation: that exchange, which changes no translation.
 */
#ifndef IOLAS_PGTABLE_PT_SPLIT_H
#define IOLAS_PGTABLE_PT_SPLIT_H

#include "pgtable/pt_step.h"

/*
 * Replaces the leaf at @spot, of a level above 0.  IOLAS_OK also when somebody
 * else changed the item first: walk again.  IOLAS_ENOMEM.
 */
PT_INLINE int pt_split(const struct pt_format *fmt, struct iolas_pgtable *pt,
		       const struct pt_spot *spot)
{
	const unsigned level = spot->level - 1;
	pt_item *slot = &spot->items[spot->index];
	struct pt_table *parent = pt_table_of(slot);
	struct pt_table *table = pt_table_take(pt);
	const uint64_t first = fmt->split_leaf(spot->pte, spot->level);
	uint64_t seen = spot->pte;
	uint64_t *word;

	if (!table)
		return IOLAS_ENOMEM;
	word = (uint64_t *)(void *)pt_items_of(table);
	for (unsigned i = 0; i < PT_ITEMS; i++)
		word[i] = first + i * pt_size(level);
	pt_flush(pt, word, PT_TABLE_SIZE);
	table->level = level;
	/* Relaxed: as in pt_hang_child(). */
	iolas__fetch_add_relaxed(&parent->children, 1);
	/*
	 * Release (P1): the smaller leaves are visible before their table; pairs
	 * with the acquire in pt_walk_down().  Strong compare of the whole
	 * word: accessed and dirty bits that hardware sets meanwhile make it
	 * fail instead of getting lost (P9).
	 */
	if (iolas__cas_release_relaxed(
		    slot, &seen, fmt->make_table(table->pa, pt->table_bits))) {
		pt_flush(pt, (const void *)slot, sizeof(*slot));
		return IOLAS_OK;
	}
	iolas__fetch_sub_relaxed(&parent->children, 1);
	pt_table_give(pt, table);
	return IOLAS_OK;
}

/*
 * Splits until no leaf crosses @iova; the sizes split are added to *sizes.
 * Leaves the translations as they are.
 */
PT_INLINE int pt_split_at(const struct pt_format *fmt, struct iolas_pgtable *pt,
			  iolas_iova iova, uint64_t *sizes)
{
	int status = IOLAS_OK;

	while (!status) {
		struct pt_spot spot;

		pt_walk_down(fmt, pt, iova, &spot);
		if (fmt->kind(spot.pte, spot.level) != PT_LEAF ||
		    iolas__is_aligned(iova, pt_shift(spot.level)))
			return IOLAS_OK;
		if (pt_is_dead(fmt, spot.pte))
			continue;
		status = pt_split(fmt, pt, &spot);
		*sizes |= pt_size(spot.level);
	}
	return status;
}

/* No leaf crosses the ends of [@iova, @iova + @len) any more. */
PT_INLINE int pt_split_ends(const struct pt_format *fmt,
			    struct iolas_pgtable *pt, iolas_iova iova,
			    uint64_t len, uint64_t *sizes)
{
	int status = IOLAS_OK;

	if (!iolas__is_aligned(iova, pt_shift(fmt->top_leaf_level)))
		status = pt_split_at(fmt, pt, iova, sizes);
	/* iova + len may be 0: the end of the space, which no leaf crosses. */
	if (!status &&
	    !iolas__is_aligned(iova + len, pt_shift(fmt->top_leaf_level)))
		status = pt_split_at(fmt, pt, iova + len, sizes);
	return status;
}

#endif /* IOLAS_PGTABLE_PT_SPLIT_H */
