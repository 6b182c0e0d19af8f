/* SPDX-License-Identifier: MIT */
/*
 * Lookups: one address, and the first leaf from an address on.  Wait-free for
 * one address.  A lookup that is inside a table while that is cut off answers
 * as if it had come before the cut.
 *
 * Linearisation: the load of the item that decides.
 */
#ifndef IOLAS_PGTABLE_PT_FIND_H
#define IOLAS_PGTABLE_PT_FIND_H

#include "pgtable/pt_step.h"

PT_INLINE void pt_tell(const struct pt_format *fmt, iolas_iova iova,
		       const struct pt_spot *spot,
		       struct iolas_mapping *mapping)
{
	const uint64_t pte = spot->pte & ~fmt->dead;

	mapping->level = spot->level;
	mapping->iova = iolas__align_down(iova, pt_shift(spot->level));
	mapping->pa = fmt->leaf_pa(pte, spot->level);
	mapping->size = pt_size(spot->level);
	mapping->prot = fmt->prot(pte);
	mapping->flags = fmt->mapping_flags(pte);
	mapping->raw = pte;
}

PT_INLINE int pt_lookup(const struct pt_format *fmt,
			const struct iolas_pgtable *pt, iolas_iova iova,
			struct iolas_mapping *mapping)
{
	struct pt_spot spot;

	pt_walk_down(fmt, pt, iova, &spot);
	if (fmt->kind(spot.pte, spot.level) != PT_LEAF)
		return IOLAS_ENOENT;
	pt_tell(fmt, iova, &spot, mapping);
	return IOLAS_OK;
}

/* Empty items from @spot on, in its table. */
PT_INLINE uint64_t pt_skip_empty(const struct pt_format *fmt,
				 const struct pt_spot *spot)
{
	unsigned i = spot->index + 1;

	/* Relaxed: whoever is not empty is looked at again by a walk. */
	while (i < PT_ITEMS && fmt->kind(iolas__load_relaxed(&spot->items[i]),
					 spot->level) == PT_NONE)
		i++;
	return i - spot->index;
}

PT_INLINE int pt_next(const struct pt_format *fmt,
		      const struct iolas_pgtable *pt, iolas_iova iova,
		      iolas_iova last, struct iolas_mapping *mapping)
{
	for (;;) {
		struct pt_spot spot;
		uint64_t step;

		pt_walk_down(fmt, pt, iova, &spot);
		if (fmt->kind(spot.pte, spot.level) == PT_LEAF) {
			pt_tell(fmt, iova, &spot, mapping);
			return IOLAS_OK;
		}
		step = (pt_skip_empty(fmt, &spot) << pt_shift(spot.level)) -
		       (iova & (pt_size(spot.level) - 1));
		/* step - 1 bytes can be passed over without leaving 64 bits */
		if (last - iova < step)
			return IOLAS_ENOENT;
		iova += step;
	}
}

#endif /* IOLAS_PGTABLE_PT_FIND_H */
