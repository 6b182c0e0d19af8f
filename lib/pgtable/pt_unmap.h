/* SPDX-License-Identifier: MIT */
/*
 * Unmap.  First the leaves that cross the ends are split, so that nothing can
 * fail once something was removed; then the range is cleared table by table.
 * A covered table is cut off with one exchange in its parent and goes to the
 * gather as it is, never cleared.
 *
 * Linearisation: per leaf, the store or exchange that clears it; for a covered
 * table, the exchange in its parent.
 */
#ifndef IOLAS_PGTABLE_PT_UNMAP_H
#define IOLAS_PGTABLE_PT_UNMAP_H

#include "pgtable/pt_split.h"

/* What one call has found out so far. */
struct pt_found {
	uint64_t bytes; /* exact: that were mapped */
	uint64_t sizes; /* of leaves, bit n = 2^n bytes */
	bool has_cut;	/* a table */
};

PT_INLINE void pt_found_leaf(struct pt_found *found, unsigned level)
{
	found->bytes += pt_size(level);
	found->sizes |= pt_size(level);
}

/*
 * Looks at each item of a subtree that was just cut off; under the SHARED
 * contract it also marks each dead, so that a caller who walked here before the
 * cut fails its exchange and walks again.  Our own section keeps the memory.
 */
PT_INLINE uint64_t pt_visit_item(const struct pt_format *fmt,
				 const struct iolas_pgtable *pt, pt_item *slot)
{
	/*
	 * Acquire: we are about to follow a link; pairs with the release in
	 * pt_hang_child().  After the mark no exchange on *slot succeeds (P6).
	 */
	if (pt_is_shared(pt))
		return iolas__fetch_or_acq_rel(slot, fmt->dead);
	return iolas__load_acquire(slot);
}

/* A whole table of level 0. */
PT_INLINE void pt_sweep_leaves(const struct pt_format *fmt,
			       const struct iolas_pgtable *pt, pt_item *items,
			       struct pt_found *found)
{
	uint64_t count = 0;

	PT_UNROLL
	for (unsigned i = 0; i < PT_ITEMS; i++) {
		const uint64_t pte = pt_visit_item(fmt, pt, &items[i]);

		count += fmt->kind(pte, 0) == PT_LEAF && !pt_is_dead(fmt, pte);
	}
	found->bytes += count << pt_shift(0);
	found->sizes |= count ? pt_size(0) : 0;
}

static inline void pt_sweep(const struct pt_format *fmt,
			    const struct iolas_pgtable *pt,
			    struct pt_table *table, unsigned level,
			    struct pt_found *found)
{
	const unsigned top = level;
	pt_item *items[PT_MAX_LEVELS];
	unsigned at[PT_MAX_LEVELS];

	items[level] = pt_items_of(table);
	at[level] = 0;
	while (level <= top) {
		uint64_t pte;

		if (level == 0)
			pt_sweep_leaves(fmt, pt, items[0], found);
		if (level == 0 || at[level] == PT_ITEMS) {
			level++;
			continue;
		}
		pte = pt_visit_item(fmt, pt, &items[level][at[level]++]);
		switch (fmt->kind(pte, level)) {
		case PT_LEAF:
			if (!pt_is_dead(fmt, pte))
				pt_found_leaf(found, level);
			break;
		case PT_TABLE:
			level--;
			items[level] = pt_items_at(pt, fmt->table_pa(pte));
			at[level] = 0;
			break;
		case PT_NONE:
			break;
		}
	}
}

/* OWNED: nobody else writes these items. */
PT_INLINE void pt_clear_owned(const struct pt_format *fmt, pt_item *slot,
			      unsigned count, bool exact,
			      struct pt_found *found)
{
	uint64_t leaves = 0;

	if (!exact)
		found->sizes |= pt_size(0);
	for (unsigned i = 0; i < count && exact; i++)
		/* Relaxed: only asked whether something is there. */
		leaves +=
			fmt->kind(iolas__load_relaxed(&slot[i]), 0) == PT_LEAF;
	found->bytes += leaves << pt_shift(0);
	found->sizes |= leaves ? pt_size(0) : 0;
	/*
	 * Relaxed: the clearing publishes nothing.  What must not happen before
	 * it (the invalidation, the range's next owner) is ordered by those who
	 * make it happen: a release in the unit's queue or in the allocator.
	 */
	PT_UNROLL
	for (unsigned i = 0; i < count; i++)
		iolas__store_relaxed(&slot[i], 0);
}

/* PT_AGAIN: the table is being cut off by somebody else. */
PT_INLINE int pt_clear_shared(const struct pt_format *fmt, pt_item *slot,
			      unsigned level, struct pt_found *found)
{
	/* Relaxed: the exchange decides. */
	uint64_t seen = iolas__load_relaxed(slot);

	do {
		if (pt_is_dead(fmt, seen))
			return PT_AGAIN;
		if (fmt->kind(seen, level) != PT_LEAF)
			return IOLAS_OK;
		/*
		 * Acquire: orders us after the map we undo; pairs with its
		 * release.  Nothing is published.
		 */
	} while (!iolas__cas_acquire_relaxed(slot, &seen, 0));
	pt_found_leaf(found, level);
	return IOLAS_OK;
}

/* A run of items of level 0. */
PT_INLINE int pt_clear_run(const struct pt_format *fmt,
			   const struct iolas_pgtable *pt, pt_item *slot,
			   unsigned count, bool exact, struct pt_found *found)
{
	int status = IOLAS_OK;

	if (pt_is_shared(pt))
		for (unsigned i = 0; i < count && !status; i++)
			status = pt_clear_shared(fmt, &slot[i], 0, found);
	else
		pt_clear_owned(fmt, slot, count, exact, found);
	pt_flush(pt, (const void *)slot, count * sizeof(*slot));
	return status;
}

/* One item above level 0 that the range covers. */
PT_INLINE int pt_clear_item(const struct pt_format *fmt,
			    struct iolas_pgtable *pt, pt_item *slot,
			    unsigned level, uint64_t pte, bool exact,
			    struct iolas_gather *gather, struct pt_found *found)
{
	struct pt_table *table;

	if (pt_is_dead(fmt, pte))
		return PT_AGAIN;
	if (fmt->kind(pte, level) == PT_NONE)
		return IOLAS_OK;
	/*
	 * An exchange also where the range is owned: exactly one caller takes
	 * the table, whatever callers do (P3).  Acquire: we follow the link; pairs
	 * with the release that hung it.  On failure: hardware set a bit, or
	 * somebody else was here.
	 */
	if (!iolas__cas_acq_rel_acquire(slot, &pte, 0))
		return PT_AGAIN;
	pt_flush(pt, (const void *)slot, sizeof(*slot));
	if (fmt->kind(pte, level) == PT_LEAF) {
		pt_found_leaf(found, level);
		return IOLAS_OK;
	}
	table = pt_table_of(pt_items_at(pt, fmt->table_pa(pte)));
	found->has_cut = true;
	pt_gather_table(pt, gather, pt_table_of(slot), table, level - 1);
	if (exact || pt_is_shared(pt))
		pt_sweep(fmt, pt, table, level - 1, found);
	else
		found->sizes |= pt->config.page_sizes & (pt_size(level) - 1);
	return IOLAS_OK;
}

/* Down to the first item that @len covers, or to one that is no table. */
PT_INLINE void pt_walk_covered(const struct pt_format *fmt,
			       const struct iolas_pgtable *pt, iolas_iova iova,
			       uint64_t len, struct pt_spot *spot)
{
	pt_item *items = pt->root;
	unsigned level = fmt->levels - 1;

	PT_UNROLL
	for (; level < PT_MAX_LEVELS; level--) {
		spot->items = items;
		spot->level = level;
		spot->index = pt_index(iova, level);
		/* Acquire: as in pt_walk_down(). */
		spot->pte = iolas__load_acquire(&items[spot->index]);
		if (level == 0 || fmt->kind(spot->pte, level) != PT_TABLE ||
		    pt_covers(iova, len, level))
			return;
		items = pt_items_at(pt, fmt->table_pa(spot->pte));
	}
}

/*
 * Clears what one table holds of the range, from @spot on; *done: bytes dealt
 * with.
 */
PT_INLINE int pt_clear_table(const struct pt_format *fmt,
			     struct iolas_pgtable *pt,
			     const struct pt_spot *spot, iolas_iova iova,
			     uint64_t len, bool exact,
			     struct iolas_gather *gather,
			     struct pt_found *found, uint64_t *done)
{
	const unsigned level = spot->level;
	unsigned count = pt_run(spot->index, len, level);
	int status = IOLAS_OK;

	*done = 0;
	if (level == 0) {
		status = pt_clear_run(fmt, pt, &spot->items[spot->index], count,
				      exact, found);
		*done = status ? 0 : (uint64_t)count << pt_shift(0);
		return status;
	}
	if (!pt_covers(iova, len, level)) {
		/* A marked leaf, too: nothing is hung off a cut table (P6). */
		if (pt_is_dead(fmt, spot->pte))
			return PT_AGAIN;
		/* Empty, or a leaf that was made since the ends were split. */
		if (fmt->kind(spot->pte, level) == PT_LEAF)
			return pt_split(fmt, pt, spot);
		*done = pt_rest_of_item(iova, len, level);
		return IOLAS_OK;
	}
	for (unsigned i = 0; i < count && !status; i++) {
		pt_item *slot = &spot->items[spot->index + i];

		/* Acquire: as in pt_walk_down(). */
		status = pt_clear_item(fmt, pt, slot, level,
				       iolas__load_acquire(slot), exact, gather,
				       found);
		if (!status)
			*done += pt_size(level);
	}
	return status;
}

PT_INLINE int pt_unmap_range(const struct pt_format *fmt,
			     struct iolas_pgtable *pt, iolas_iova iova,
			     uint64_t len, bool exact,
			     struct iolas_gather *gather,
			     struct pt_found *found)
{
	uint64_t at = 0, done;
	int status;

	status = pt_split_ends(fmt, pt, iova, len, &found->sizes);
	while (at < len && (status == IOLAS_OK || status == PT_AGAIN)) {
		struct pt_spot spot;

		pt_walk_covered(fmt, pt, iova + at, len - at, &spot);
		status = pt_clear_table(fmt, pt, &spot, iova + at, len - at,
					exact, gather, found, &done);
		at += done;
	}
	return status == PT_AGAIN ? IOLAS_OK : status;
}

/*
 * What one table holds, with one walk or none: a run of pages, or one large
 * leaf.  PT_AGAIN: it is not that simple.
 */
PT_INLINE int pt_unmap_near(const struct pt_format *fmt,
			    struct iolas_pgtable *pt,
			    struct iolas_cursor *cursor, iolas_iova iova,
			    uint64_t len, bool exact,
			    struct iolas_gather *gather, struct pt_found *found)
{
	const unsigned count = pt_run(pt_index(iova, 0), len, 0);
	pt_item *items = pt_cursor_items(pt, cursor, iova);
	struct pt_spot spot;
	uint64_t generation;

	if (!items) {
		generation = pt_generation(pt);
		pt_walk_down(fmt, pt, iova, &spot);
		if (spot.level != 0)
			return pt_covers(iova, len, spot.level) &&
					       len == pt_size(spot.level)
				       ? pt_clear_item(fmt, pt,
						       &spot.items[spot.index],
						       spot.level, spot.pte,
						       exact, gather, found)
				       : PT_AGAIN;
		items = spot.items;
		pt_cursor_set(pt, cursor, iova, items, generation);
	}
	/* More than one table; or a whole one, which is cut off instead. */
	if (len != (uint64_t)count << pt_shift(0) || count == PT_ITEMS)
		return PT_AGAIN;
	return pt_clear_run(fmt, pt, &items[pt_index(iova, 0)], count, exact,
			    found);
}

PT_INLINE int pt_unmap(const struct pt_format *fmt, struct iolas_pgtable *pt,
		       struct iolas_cursor *cursor, iolas_iova iova,
		       uint64_t len, bool exact, struct iolas_gather *gather,
		       uint64_t *unmapped)
{
	struct pt_found found = { 0, 0, false };
	int status = PT_AGAIN;

	if (pt_is_near(iova, len))
		status = pt_unmap_near(fmt, pt, cursor, iova, len, exact,
				       gather, &found);
	if (status == PT_AGAIN)
		status = pt_unmap_range(fmt, pt, iova, len, exact, gather,
					&found);
	if (found.sizes || found.has_cut)
		pt_gather_leaves(gather, iova, iova + len - 1, found.sizes);
	*unmapped = exact ? found.bytes : 0;
	return status;
}

#endif /* IOLAS_PGTABLE_PT_UNMAP_H */
