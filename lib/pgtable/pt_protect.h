/* SPDX-License-Identifier: MIT */
/*
 * Protect: looks at the whole range first, splits the leaves that cross its
 * ends, then changes the rights of each leaf by exchange, so that bits that
 * hardware sets meanwhile survive.
 *
 * Linearisation: per leaf, the exchange.
 */
#ifndef IOLAS_PGTABLE_PT_PROTECT_H
#define IOLAS_PGTABLE_PT_PROTECT_H

#include "pgtable/pt_split.h"

PT_INLINE int pt_check_mapped(const struct pt_format *fmt,
			      const struct iolas_pgtable *pt, iolas_iova iova,
			      uint64_t len)
{
	uint64_t at = 0;

	while (at < len) {
		struct pt_spot spot;
		unsigned i = 0, count;

		pt_walk_down(fmt, pt, iova + at, &spot);
		if (fmt->kind(spot.pte, spot.level) != PT_LEAF)
			return IOLAS_ENOENT;
		if (spot.level > 0) {
			at += pt_rest_of_item(iova + at, len - at, spot.level);
			continue;
		}
		count = pt_run(spot.index, len - at, 0);
		/* Relaxed: only asked whether something is there. */
		while (i < count &&
		       fmt->kind(
			       iolas__load_relaxed(&spot.items[spot.index + i]),
			       0) == PT_LEAF)
			i++;
		if (i < count)
			return IOLAS_ENOENT;
		at += (uint64_t)count << pt_shift(0);
	}
	return IOLAS_OK;
}

/* Rights of one leaf.  PT_AGAIN: it is no leaf of this level any more. */
PT_INLINE int pt_change_rights(const struct pt_format *fmt, pt_item *slot,
			       unsigned level, uint64_t bits)
{
	/* Relaxed: the exchange decides. */
	uint64_t seen = iolas__load_relaxed(slot);

	do {
		if (pt_is_dead(fmt, seen) || fmt->kind(seen, level) != PT_LEAF)
			return PT_AGAIN;
		/*
		 * Release (P2): whoever finds the new rights finds what the
		 * caller wrote before.  The whole word is compared, so bits
		 * that hardware sets meanwhile are not lost (P9).
		 */
	} while (!iolas__cas_release_relaxed(slot, &seen,
					     (seen & ~fmt->rights) | bits));
	return IOLAS_OK;
}

PT_INLINE int pt_protect(const struct pt_format *fmt, struct iolas_pgtable *pt,
			 iolas_iova iova, uint64_t len, uint64_t bits,
			 struct iolas_gather *gather)
{
	uint64_t sizes = 0, at = 0;
	int status = pt_check_mapped(fmt, pt, iova, len);

	if (!status)
		status = pt_split_ends(fmt, pt, iova, len, &sizes);
	while (!status && at < len) {
		struct pt_spot spot;

		pt_walk_down(fmt, pt, iova + at, &spot);
		/* In a cut table, where nothing is hung any more: P6. */
		if (pt_is_dead(fmt, spot.pte))
			continue;
		if (fmt->kind(spot.pte, spot.level) == PT_LEAF) {
			if (!pt_covers(iova + at, len - at, spot.level)) {
				status = pt_split(fmt, pt, &spot);
				continue;
			}
			if (pt_change_rights(fmt, &spot.items[spot.index],
					     spot.level, bits))
				continue;
			pt_flush(pt, (const void *)&spot.items[spot.index],
				 sizeof(pt_item));
			sizes |= pt_size(spot.level);
		}
		/* What a racing caller unmapped since is passed over. */
		at += pt_rest_of_item(iova + at, len - at, spot.level);
	}
	if (sizes)
		pt_gather_leaves(gather, iova, iova + len - 1, sizes);
	return status;
}

#endif /* IOLAS_PGTABLE_PT_PROTECT_H */
