/* SPDX-License-Identifier: MIT */
/*
 * Map.  Two passes: prepare looks at the whole range, hangs missing tables and
 * sets aside a page for each table that will be filled completely; store writes
 * the leaves.  A range inside one table of level 0 needs only map_near.
 *
 * Linearisation: each leaf's own store (level 0, OWNED) or exchange; a full
 * table's leaves all at once, when it is linked.
 */
#ifndef IOLAS_PGTABLE_PT_MAP_H
#define IOLAS_PGTABLE_PT_MAP_H

#include "pgtable/pt_step.h"

/*
 * All of @count items empty?  Only IOLAS_EEXIST and PT_AGAIN besides.  Eight at
 * a time, one branch: nearly always they are.
 */
PT_INLINE int pt_check_empty(const struct pt_format *fmt, pt_item *slot,
			     unsigned count)
{
	unsigned i = 0;

	for (; i + 8 <= count; i += 8) {
		uint64_t any = 0;

		PT_UNROLL
		for (unsigned j = 0; j < 8; j++)
			/* Relaxed: the value itself is all we want. */
			any |= iolas__load_relaxed(&slot[i + j]);
		if (any)
			break;
	}
	for (; i < count; i++) {
		/* Relaxed: as above. */
		const uint64_t pte = iolas__load_relaxed(&slot[i]);

		if (pte != 0)
			return pt_is_dead(fmt, pte) ? PT_AGAIN : IOLAS_EEXIST;
	}
	return IOLAS_OK;
}

/*
 * Writes @count leaves of @level from *slot on.  *written counts them.  Plain
 * stores where only the owner of the range writes and no table can stand, else
 * exchanges: a table that a racing caller hung is never overwritten.
 * IOLAS_EEXIST: something else stands there.  PT_AGAIN: the table is cut off,
 * or a table stands there.
 */
PT_INLINE int pt_write_leaves(const struct pt_format *fmt,
			      const struct iolas_pgtable *pt, pt_item *slot,
			      unsigned count, unsigned level, iolas_pa pa,
			      uint64_t bits, unsigned *written)
{
	int status = IOLAS_OK;
	unsigned done = 0;

	if (level == 0 && !pt_is_shared(pt)) {
		const uint64_t first = fmt->make_leaf(pa, 0, bits);

		/*
		 * Release (P2): what the caller wrote into the memory before is
		 * visible to whoever finds the leaf; pairs with the acquire in
		 * pt_walk_down() and with the device's own read.
		 */
		PT_UNROLL
		for (; done < count; done++)
			iolas__store_release(&slot[done],
					     first + done * pt_size(0));
	}
	for (; done < count && !status; done++) {
		const uint64_t pte =
			fmt->make_leaf(pa + done * pt_size(level), level, bits);
		uint64_t seen = 0;

		/* Release (P2).  Relaxed: on failure nothing is followed. */
		if (iolas__cas_release_relaxed(&slot[done], &seen, pte))
			continue;
		status = pt_is_dead(fmt, seen) ||
					 fmt->kind(seen, level) == PT_TABLE
				 ? PT_AGAIN
				 : IOLAS_EEXIST;
		break;
	}
	if (done)
		pt_flush(pt, (const void *)slot, done * sizeof(*slot));
	*written = done;
	return status;
}

/* Exactly one large leaf, where nothing stands yet; else PT_AGAIN. */
PT_INLINE int pt_map_one(const struct pt_format *fmt, struct iolas_pgtable *pt,
			 const struct pt_spot *spot, iolas_iova iova,
			 iolas_pa pa, uint64_t len, uint64_t bits)
{
	unsigned written;

	if (spot->pte != 0 || len != pt_size(spot->level) ||
	    pt_leaf_level(fmt, pt, iova, pa, len, spot->level) != spot->level)
		return PT_AGAIN;
	pt_flush_way(fmt, pt, iova, spot->level);
	return pt_write_leaves(fmt, pt, &spot->items[spot->index], 1,
			       spot->level, pa, bits, &written);
}

/*
 * What one table holds, with one walk or none: a run of pages, or one large
 * leaf.  PT_AGAIN: it is not that simple.
 */
PT_INLINE int pt_map_near(const struct pt_format *fmt, struct iolas_pgtable *pt,
			  struct iolas_cursor *cursor, iolas_iova iova,
			  iolas_pa pa, uint64_t len, uint64_t bits)
{
	const unsigned count = pt_run(pt_index(iova, 0), len, 0);
	pt_item *items = pt_cursor_items(pt, cursor, iova);
	struct pt_spot spot;
	uint64_t generation;
	unsigned written;
	int status;

	if (!items) {
		generation = pt_generation(pt);
		pt_walk_down(fmt, pt, iova, &spot);
		if (spot.level != 0)
			return pt_map_one(fmt, pt, &spot, iova, pa, len, bits);
		pt_flush_way(fmt, pt, iova, 0);
		items = spot.items;
		pt_cursor_set(pt, cursor, iova, items, generation);
	}
	/* Racing for more than one item may end in undoing the first ones. */
	if (len != (uint64_t)count << pt_shift(0) ||
	    (count > 1 && pt_is_shared(pt)))
		return PT_AGAIN;
	items += pt_index(iova, 0);
	status = pt_check_empty(fmt, items, count);
	if (status)
		return status;
	return pt_write_leaves(fmt, pt, items, count, 0, pa, bits, &written);
}

/* A page for a table that store will fill completely. */
PT_INLINE int pt_set_aside(struct iolas_pgtable *pt, struct pt_job *job)
{
	struct pt_table *table = pt_table_take(pt);

	if (!table)
		return IOLAS_ENOMEM;
	/* Relaxed: the chain is this call's alone. */
	iolas__store_relaxed(&table->next, job->spare);
	job->spare = table;
	return IOLAS_OK;
}

PT_INLINE struct pt_table *pt_use_spare(struct pt_job *job)
{
	struct pt_table *table = job->spare;

	job->spare = iolas__load_relaxed(&table->next);
	iolas__store_relaxed(&table->next, NULL);
	return table;
}

/* Empty items of a run at @spot; *count of them.  IOLAS_EEXIST: a leaf. */
PT_INLINE int pt_count_empty(const struct pt_format *fmt,
			     const struct pt_spot *spot, unsigned *count)
{
	for (unsigned i = 0; i < *count; i++) {
		/* Relaxed: only compared. */
		const uint64_t pte =
			iolas__load_relaxed(&spot->items[spot->index + i]);

		if (pte == 0)
			continue;
		if (fmt->kind(pte, spot->level) == PT_LEAF &&
		    !pt_is_dead(fmt, pte))
			return IOLAS_EEXIST;
		*count = i;
	}
	return IOLAS_OK;
}

PT_INLINE int pt_map_prepare(const struct pt_format *fmt,
			     struct iolas_pgtable *pt, struct pt_job *job,
			     iolas_iova iova, iolas_pa pa, uint64_t len)
{
	uint64_t at = 0;
	int status = IOLAS_OK;

	while (at < len && !status) {
		struct pt_spot spot;
		unsigned use, count;

		pt_walk_down(fmt, pt, iova + at, &spot);
		if (pt_is_dead(fmt, spot.pte))
			continue;
		if (spot.pte != 0)
			return IOLAS_EEXIST;
		use = pt_leaf_level(fmt, pt, iova + at, pa + at, len - at,
				    spot.level);
		if (use == spot.level) {
			count = pt_run(spot.index, len - at, use);
			status = pt_count_empty(fmt, &spot, &count);
			at += (uint64_t)count << pt_shift(use);
		} else if (use + 1 == spot.level &&
			   pt_covers(iova + at, len - at, spot.level)) {
			status = pt_set_aside(pt, job);
			at += pt_size(spot.level);
		} else {
			status = pt_hang_child(fmt, pt, &spot.items[spot.index],
					       spot.level - 1);
		}
	}
	return status;
}

/*
 * Fills a private page with leaves and links it into the empty item at @spot.
 * Plain stores: nobody else sees the page.  PT_AGAIN: something is there.
 */
PT_INLINE int pt_publish_full(const struct pt_format *fmt,
			      struct iolas_pgtable *pt, struct pt_job *job,
			      const struct pt_spot *spot, iolas_pa pa,
			      uint64_t bits)
{
	const unsigned level = spot->level - 1;
	pt_item *slot = &spot->items[spot->index];
	struct pt_table *parent = pt_table_of(slot);
	struct pt_table *table = pt_use_spare(job);
	uint64_t *word = (uint64_t *)(void *)pt_items_of(table);
	const uint64_t first = fmt->make_leaf(pa, level, bits);
	uint64_t seen = 0;

	for (unsigned i = 0; i < PT_ITEMS; i++)
		word[i] = first + i * pt_size(level);
	pt_flush(pt, word, PT_TABLE_SIZE);
	table->level = level;
	/* Relaxed: as in pt_hang_child(). */
	iolas__fetch_add_relaxed(&parent->children, 1);
	/*
	 * Release (P1): the leaves, and what the caller wrote into their memory, are
	 * visible before the link; pairs with the acquire in pt_walk_down().
	 */
	if (iolas__cas_release_relaxed(
		    slot, &seen, fmt->make_table(table->pa, pt->table_bits))) {
		pt_flush(pt, (const void *)slot, sizeof(*slot));
		return IOLAS_OK;
	}
	iolas__fetch_sub_relaxed(&parent->children, 1);
	iolas__store_relaxed(&table->next, job->spare);
	job->spare = table;
	return PT_AGAIN;
}

/* One table's worth; *done: bytes written. */
PT_INLINE int pt_store_some(const struct pt_format *fmt,
			    struct iolas_pgtable *pt, struct pt_job *job,
			    iolas_iova iova, iolas_pa pa, uint64_t len,
			    uint64_t bits, uint64_t *done)
{
	struct pt_spot spot;
	unsigned use, count, written;
	int status;

	*done = 0;
	pt_walk_down(fmt, pt, iova, &spot);
	if (pt_is_dead(fmt, spot.pte))
		return PT_AGAIN;
	if (spot.pte != 0)
		return IOLAS_EEXIST;
	pt_flush_way(fmt, pt, iova, spot.level);
	use = pt_leaf_level(fmt, pt, iova, pa, len, spot.level);
	if (use == spot.level) {
		count = pt_run(spot.index, len, use);
		status = pt_write_leaves(fmt, pt, &spot.items[spot.index],
					 count, use, pa, bits, &written);
		*done = (uint64_t)written << pt_shift(use);
		return status;
	}
	if (job->spare && use + 1 == spot.level &&
	    pt_covers(iova, len, spot.level)) {
		status = pt_publish_full(fmt, pt, job, &spot, pa, bits);
		*done = status ? 0 : pt_size(spot.level);
		return status;
	}
	/* Prepared, and cut off since: hang it again. */
	status =
		pt_hang_child(fmt, pt, &spot.items[spot.index], spot.level - 1);
	return status ? status : PT_AGAIN;
}

PT_INLINE int pt_map_store(const struct pt_format *fmt,
			   struct iolas_pgtable *pt, struct pt_job *job,
			   iolas_iova iova, iolas_pa pa, uint64_t len,
			   uint64_t bits, uint64_t *stored)
{
	uint64_t at = 0, done;
	int status;

	do {
		status = pt_store_some(fmt, pt, job, iova + at, pa + at,
				       len - at, bits, &done);
		at += done;
	} while (at < len && (status == IOLAS_OK || status == PT_AGAIN));
	*stored = at;
	return status == PT_AGAIN ? IOLAS_OK : status;
}

/*
 * Takes back the leaves of a map that met somebody else's: those that still say
 * what this call wrote.  One walk per leaf: this is rare.
 */
PT_INLINE void pt_map_undo(const struct pt_format *fmt,
			   struct iolas_pgtable *pt, iolas_iova iova,
			   iolas_pa pa, uint64_t len, uint64_t bits)
{
	uint64_t at = 0;

	while (at < len) {
		struct pt_spot spot;
		uint64_t ours;

		pt_walk_down(fmt, pt, iova + at, &spot);
		ours = fmt->make_leaf(pa + at, spot.level, bits);
		if (pt_covers(iova + at, len - at, spot.level) &&
		    fmt->kind(spot.pte, spot.level) == PT_LEAF &&
		    ((spot.pte ^ ours) & ~fmt->hw) == 0) {
			/*
			 * Relaxed: nothing is published; a failure means that
			 * hardware or somebody else was here: look again.
			 */
			if (!iolas__cas_acquire_relaxed(&spot.items[spot.index],
							&spot.pte, 0))
				continue;
			pt_flush(pt, (const void *)&spot.items[spot.index],
				 sizeof(pt_item));
		}
		at += pt_rest_of_item(iova + at, len - at, spot.level);
	}
}

#endif /* IOLAS_PGTABLE_PT_MAP_H */
