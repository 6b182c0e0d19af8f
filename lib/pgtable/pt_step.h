/* SPDX-License-Identifier: MIT */
/*
 * The steps that all algorithms share: walking down to the deepest table on the
 * way to an address, choosing a leaf size, hanging a table, the detach
 * generation and the cursors that rest on it.
 */
#ifndef IOLAS_PGTABLE_PT_STEP_H
#define IOLAS_PGTABLE_PT_STEP_H

#include "pgtable/pt.h"

/* Where a walk ended: the item that decides about an address. */
struct pt_spot {
	pt_item *items; /* of the table that holds it */
	unsigned level;
	unsigned index;
	uint64_t pte;
};

/* Keeps the shifts of a walk constants; and runs of items short of branches. */
#define PT_UNROLL _Pragma("GCC unroll 8")

/*
 * Follows tables from the root.  The spot's item is no table: it is empty, a
 * leaf, or lies in a table of level 0.
 */
PT_INLINE void pt_walk_down(const struct pt_format *fmt,
			    const struct iolas_pgtable *pt, iolas_iova iova,
			    struct pt_spot *spot)
{
	pt_item *items = pt->root;
	unsigned level = fmt->levels - 1;
	uint64_t pte;

	PT_UNROLL
	for (; level > 0; level--) {
		/*
		 * Acquire (P1): the zeroes or leaves of a child come before its
		 * link, so we never meet old bytes of its memory; pairs with
		 * the release in pt_hang_child(), publish_full() and
		 * pt_split().
		 */
		pte = iolas__load_acquire(&items[pt_index(iova, level)]);
		if (fmt->kind(pte, level) != PT_TABLE)
			goto found;
		items = pt_items_at(pt, fmt->table_pa(pte));
	}
	/*
	 * Acquire (P2): who finds a leaf also finds what its mapper wrote before;
	 * pairs with the release of the leaf's store.
	 */
	pte = iolas__load_acquire(&items[pt_index(iova, 0)]);
found:
	spot->items = items;
	spot->level = level;
	spot->index = pt_index(iova, level);
	spot->pte = pte;
}

/* An empty item of a table that was cut off under the SHARED contract. */
PT_INLINE bool pt_is_dead(const struct pt_format *fmt, uint64_t pte)
{
	return pte & fmt->dead;
}

/* The largest level, at most @cap, whose leaf can start at @iova and @pa. */
PT_INLINE unsigned pt_leaf_level(const struct pt_format *fmt,
				 const struct iolas_pgtable *pt,
				 iolas_iova iova, iolas_pa pa, uint64_t len,
				 unsigned cap)
{
	unsigned level = cap < fmt->top_leaf_level ? cap : fmt->top_leaf_level;

	for (; level > 0; level--)
		if (len >= pt_size(level) &&
		    iolas__is_aligned(iova | pa, pt_shift(level)) &&
		    (pt->config.page_sizes & pt_size(level)))
			return level;
	return 0;
}

/* true when [@iova, @iova + @len) holds the whole item of @level at @iova. */
PT_INLINE bool pt_covers(iolas_iova iova, uint64_t len, unsigned level)
{
	return len >= pt_size(level) &&
	       iolas__is_aligned(iova, pt_shift(level));
}

/* Items of @level from @index on that [.., + @len) holds whole. */
PT_INLINE unsigned pt_run(unsigned index, uint64_t len, unsigned level)
{
	const uint64_t count = len >> pt_shift(level);

	return count < PT_ITEMS - index ? (unsigned)count : PT_ITEMS - index;
}

/* Bytes from @iova to the end of its item of @level, at most @len. */
PT_INLINE uint64_t pt_rest_of_item(iolas_iova iova, uint64_t len,
				   unsigned level)
{
	const uint64_t rest = pt_size(level) - (iova & (pt_size(level) - 1));

	return iolas__min64(rest, len);
}

/*
 * Hangs an empty child of @level off *slot, or finds that a racing caller hung
 * or mapped something there first: walk again either way.  IOLAS_OK or
 * IOLAS_ENOMEM.
 */
PT_INLINE int pt_hang_child(const struct pt_format *fmt,
			    struct iolas_pgtable *pt, pt_item *slot,
			    unsigned level)
{
	struct pt_table *parent = pt_table_of(slot);
	struct pt_table *fresh = pt_table_take_empty(pt);
	uint64_t seen = 0;

	if (!fresh)
		return IOLAS_ENOMEM;
	fresh->level = level;
	/* Relaxed: a count; before the link, so that it never falls below 0. */
	iolas__fetch_add_relaxed(&parent->children, 1);
	/*
	 * Release (P1): the zeroes of *fresh are visible before the link is, so
	 * whoever follows it meets an empty table; pairs with the acquire in
	 * pt_walk_down() and with the unit's walker, which cannot read a table
	 * before it has read the link.  Relaxed on failure: the loser walks
	 * again, with an acquire of its own.
	 */
	if (iolas__cas_release_relaxed(
		    slot, &seen, fmt->make_table(fresh->pa, pt->table_bits))) {
		pt_flush(pt, (const void *)slot, sizeof(*slot));
		return IOLAS_OK;
	}
	iolas__fetch_sub_relaxed(&parent->children, 1);
	pt_table_give(pt, fresh);
	return IOLAS_OK;
}

/*
 * A walker without coherent caches may not yet see the links that we followed:
 * whoever hung them flushes them later than we may finish.  So each map flushes
 * its own way down (P11).  Nothing to do on coherent hosts.
 */
PT_INLINE void pt_flush_way(const struct pt_format *fmt,
			    const struct iolas_pgtable *pt, iolas_iova iova,
			    unsigned down_to)
{
	pt_item *items = pt->root;

	if (!pt->host.cache_flush)
		return;
	for (unsigned level = fmt->levels - 1; level > down_to; level--) {
		pt_item *slot = &items[pt_index(iova, level)];
		/* Acquire: as in pt_walk_down(). */
		const uint64_t pte = iolas__load_acquire(slot);

		if (fmt->kind(pte, level) != PT_TABLE)
			return;
		pt_flush(pt, (const void *)slot, sizeof(*slot));
		items = pt_items_at(pt, fmt->table_pa(pte));
	}
}

/*
 * The detach generation.  Acquire (P4): read before a walk whose result it
 * certifies, and before the stores that rest on the certificate; pairs with the
 * release in pt_gather_table().
 */
PT_INLINE uint64_t pt_generation(struct iolas_pgtable *pt)
{
	return iolas__load_acquire(&pt->generation);
}

/*
 * A cursor names the table of level 0 that holds an address:
 *     word[0] its items, word[1] the generation when it was found,
 *     word[2] its first iova, word[3] the serial of its page table.
 * Equal generations mean that no table was cut off in between, so it is still
 * linked, or will stay unused until the section that compared them is over.
 */
PT_INLINE pt_item *pt_cursor_items(struct iolas_pgtable *pt,
				   const struct iolas_cursor *cursor,
				   iolas_iova iova)
{
	if (!cursor || cursor->word[3] != pt->serial ||
	    cursor->word[1] != pt_generation(pt) ||
	    (cursor->word[2] ^ iova) >> pt_shift(1))
		return NULL;
	return (pt_item *)(uintptr_t)cursor->word[0];
}

PT_INLINE void pt_cursor_set(struct iolas_pgtable *pt,
			     struct iolas_cursor *cursor, iolas_iova iova,
			     pt_item *items, uint64_t generation)
{
	if (!cursor)
		return;
	cursor->word[0] = (uintptr_t)items;
	cursor->word[1] = generation;
	cursor->word[2] = iolas__align_down(iova, pt_shift(1));
	cursor->word[3] = pt->serial;
}

#endif /* IOLAS_PGTABLE_PT_STEP_H */
