/* SPDX-License-Identifier: MIT */
/*
 * IOTLB: a queue's private cache of leaves, two ways per set, any leaf size.
 *
 *      63                              12 11       6 5        0
 *     +----------------------------------+----------+----------+
 *     | iova of the leaf                 | 0        | size lg2 |   tag
 *     +------------+---------------------+----------+----------+
 *     | generation | pa of the leaf      | prot                |   data
 *     +------------+---------------------+---------------------+
 *      63        52 51                 12 11                  0
 *
 * An entry counts when its generation is the cache's, so forgetting everything
 * is one addition; the generation runs from 1 to 4095 and then the entries are
 * cleared for good.  Looking up means one probe per leaf size that is in there.
 *
 * No atomics: only the queue's thread touches it, inside a section.
 */
#ifndef IOLAS_IOMMU_IOMMU_IOTLB_H
#define IOLAS_IOMMU_IOMMU_IOTLB_H

#include "base/bits.h"

#include <iolas/base.h>

#define IOLAS__IOTLB_PAGE_LG2	    12
#define IOLAS__IOTLB_GENERATION_LG2 52
#define IOLAS__IOTLB_LAST	    4095u
#define IOLAS__IOTLB_WAYS	    2u
/* More probes than this: forgetting everything is cheaper. */
#define IOLAS__IOTLB_PROBES 16u

struct iolas__iotlb_entry {
	uint64_t tag;
	uint64_t data;
};

_Static_assert(sizeof(struct iolas__iotlb_entry) == 16, "four to a line");
_Static_assert(IOLAS__IOTLB_LAST ==
		       (UINT64_C(1) << (64 - IOLAS__IOTLB_GENERATION_LG2)) - 1,
	       "the generation fills the top bits");

struct iolas__iotlb {
	uint32_t set_mask;
	uint32_t generation; /* 1..4095 */
	uint64_t sizes;	     /* leaf sizes in here, bit n = 2^n bytes */
	uint32_t victim;     /* way that is overwritten next */
	uint32_t entry_count;
	struct iolas__iotlb_entry *entry; /* the owner's memory */
};

#define IOLAS__IOTLB_PA_MASK                                  \
	(((UINT64_C(1) << IOLAS__IOTLB_GENERATION_LG2) - 1) & \
	 ~((UINT64_C(1) << IOLAS__IOTLB_PAGE_LG2) - 1))
#define IOLAS__IOTLB_PROT_MASK ((UINT64_C(1) << IOLAS__IOTLB_PAGE_LG2) - 1)

static inline uint64_t iolas__iotlb_tag(iolas_iova iova, unsigned size_lg2)
{
	return iolas__align_down(iova, size_lg2) | size_lg2;
}

static inline unsigned iolas__iotlb_size_lg2(const struct iolas__iotlb_entry *e)
{
	return e->tag & 63;
}

static inline iolas_iova iolas__iotlb_iova(const struct iolas__iotlb_entry *e)
{
	return iolas__align_down(e->tag, IOLAS__IOTLB_PAGE_LG2);
}

static inline iolas_pa iolas__iotlb_pa(const struct iolas__iotlb_entry *e)
{
	return e->data & IOLAS__IOTLB_PA_MASK;
}

static inline uint32_t iolas__iotlb_prot(const struct iolas__iotlb_entry *e)
{
	return (uint32_t)(e->data & IOLAS__IOTLB_PROT_MASK);
}

static inline bool iolas__iotlb_counts(const struct iolas__iotlb *tlb,
				       const struct iolas__iotlb_entry *e)
{
	return e->data >> IOLAS__IOTLB_GENERATION_LG2 == tlb->generation;
}

/* First entry of the set for a leaf. */
static inline struct iolas__iotlb_entry *
iolas__iotlb_set(struct iolas__iotlb *tlb, iolas_iova iova, unsigned size_lg2)
{
	const uint64_t page = (iova >> size_lg2) + size_lg2 * 0x35u;

	return &tlb->entry[(page & tlb->set_mask) * IOLAS__IOTLB_WAYS];
}

/* The entry of the leaf of that size that holds @iova, or NULL. */
static inline struct iolas__iotlb_entry *
iolas__iotlb_probe(struct iolas__iotlb *tlb, iolas_iova iova, unsigned size_lg2)
{
	struct iolas__iotlb_entry *e = iolas__iotlb_set(tlb, iova, size_lg2);
	const uint64_t tag = iolas__iotlb_tag(iova, size_lg2);

	for (unsigned way = 0; way < IOLAS__IOTLB_WAYS; way++, e++)
		if (e->tag == tag && iolas__iotlb_counts(tlb, e))
			return e;
	return NULL;
}

/* The entry that holds @iova, or NULL. */
static inline struct iolas__iotlb_entry *
iolas__iotlb_find(struct iolas__iotlb *tlb, iolas_iova iova)
{
	for (uint64_t sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
		struct iolas__iotlb_entry *e =
			iolas__iotlb_probe(tlb, iova, iolas__ctz64(sizes));

		if (e)
			return e;
	}
	return NULL;
}

static inline void iolas__iotlb_drop(struct iolas__iotlb_entry *e)
{
	e->data = 0; /* no generation is 0 */
}

/* @entry_count: a power of two, at least two; the entries are zero. */
void iolas__iotlb_init(struct iolas__iotlb *tlb,
		       struct iolas__iotlb_entry *entry, uint32_t entry_count);
/* Forgets everything, O(1). */
void iolas__iotlb_flush(struct iolas__iotlb *tlb);
/* Writes a leaf over @e, an entry of its set. */
void iolas__iotlb_put(struct iolas__iotlb *tlb, struct iolas__iotlb_entry *e,
		      iolas_iova iova, iolas_pa pa, unsigned size_lg2,
		      uint32_t prot);
/* The entry of the leaf's set to overwrite: one that does not count, if any. */
struct iolas__iotlb_entry *iolas__iotlb_victim(struct iolas__iotlb *tlb,
					       iolas_iova iova,
					       unsigned size_lg2);
/* Forgets what touches first..last; more when that is cheaper. */
void iolas__iotlb_forget(struct iolas__iotlb *tlb, iolas_iova first,
			 iolas_iova last);
/* Forgets exactly what touches first..last, O(entries). */
void iolas__iotlb_forget_exactly(struct iolas__iotlb *tlb, iolas_iova first,
				 iolas_iova last);

#endif /* IOLAS_IOMMU_IOMMU_IOTLB_H */
