/* SPDX-License-Identifier: MIT */
/*
 * IOTLB: filling and forgetting.
 */
#include "iommu/iommu_iotlb.h"

#include <string.h>

void iolas__iotlb_init(struct iolas__iotlb *tlb,
		       struct iolas__iotlb_entry *entry, uint32_t entry_count)
{
	tlb->entry = entry;
	tlb->set_mask = entry_count / IOLAS__IOTLB_WAYS - 1;
	tlb->entry_count = entry_count;
	tlb->generation = 1;
	tlb->sizes = 0;
	tlb->victim = 0;
}

void iolas__iotlb_flush(struct iolas__iotlb *tlb)
{
	tlb->sizes = 0;
	if (tlb->generation < IOLAS__IOTLB_LAST) {
		tlb->generation++;
		return;
	}
	/* Generations begin again: old entries must not count again. */
	memset(tlb->entry, 0, tlb->entry_count * sizeof(tlb->entry[0]));
	tlb->generation = 1;
}

void iolas__iotlb_put(struct iolas__iotlb *tlb, struct iolas__iotlb_entry *e,
		      iolas_iova iova, iolas_pa pa, unsigned size_lg2,
		      uint32_t prot)
{
	e->tag = iolas__iotlb_tag(iova, size_lg2);
	e->data = (uint64_t)tlb->generation << IOLAS__IOTLB_GENERATION_LG2 |
		  (iolas__align_down(pa, size_lg2) & IOLAS__IOTLB_PA_MASK) |
		  (prot & IOLAS__IOTLB_PROT_MASK);
	tlb->sizes |= UINT64_C(1) << size_lg2;
}

struct iolas__iotlb_entry *iolas__iotlb_victim(struct iolas__iotlb *tlb,
					       iolas_iova iova,
					       unsigned size_lg2)
{
	struct iolas__iotlb_entry *set = iolas__iotlb_set(tlb, iova, size_lg2);

	for (unsigned way = 0; way < IOLAS__IOTLB_WAYS; way++)
		if (!iolas__iotlb_counts(tlb, &set[way]))
			return &set[way];
	tlb->victim = (tlb->victim + 1) % IOLAS__IOTLB_WAYS;
	return &set[tlb->victim];
}

static void drop_size(struct iolas__iotlb *tlb, iolas_iova first,
		      iolas_iova last, unsigned size_lg2)
{
	const uint64_t end = last >> size_lg2;

	for (uint64_t page = first >> size_lg2; page <= end; page++) {
		struct iolas__iotlb_entry *e =
			iolas__iotlb_probe(tlb, page << size_lg2, size_lg2);

		if (e)
			iolas__iotlb_drop(e);
	}
}

void iolas__iotlb_forget(struct iolas__iotlb *tlb, iolas_iova first,
			 iolas_iova last)
{
	uint64_t probes = 0;

	/* Each size by itself first: the sum then cannot overflow. */
	for (uint64_t sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
		const unsigned lg2 = iolas__ctz64(sizes);

		probes += (last >> lg2) - (first >> lg2) + 1;
		if (probes > IOLAS__IOTLB_PROBES) {
			iolas__iotlb_flush(tlb);
			return;
		}
	}
	for (uint64_t sizes = tlb->sizes; sizes; sizes &= sizes - 1)
		drop_size(tlb, first, last, iolas__ctz64(sizes));
}

void iolas__iotlb_forget_exactly(struct iolas__iotlb *tlb, iolas_iova first,
				 iolas_iova last)
{
	for (uint32_t i = 0; i < tlb->entry_count; i++) {
		struct iolas__iotlb_entry *e = &tlb->entry[i];
		const uint64_t begin = iolas__iotlb_iova(e);
		const uint64_t end =
			begin + iolas__mask(iolas__iotlb_size_lg2(e));

		if (iolas__iotlb_counts(tlb, e) && begin <= last &&
		    first <= end)
			iolas__iotlb_drop(e);
	}
}
