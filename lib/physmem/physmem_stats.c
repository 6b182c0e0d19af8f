/* SPDX-License-Identifier: MIT */
/*
 * How full the memory is.
 */
#include "base/struct_read.h"
#include "physmem/physmem_priv.h"

static void add_region(const struct iolas_physmem *mem,
		       const struct iolas__region *region,
		       struct iolas_physmem_stats *sum)
{
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };
	uint64_t largest;

	iolas_range_stats(region->space, &stats);
	sum->total_pages += region->page_count;
	sum->fragment_pages += region->fragment_pages;
	if (!stats.hole_count)
		return;
	largest = stats.largest_last - stats.largest_first;
	sum->free_pages += (stats.free_bytes_m1 >> mem->page_lg2) + 1;
	sum->largest_pages = iolas__max64(sum->largest_pages,
					  (largest >> mem->page_lg2) + 1);
}

int iolas_physmem_stats(struct iolas_physmem *mem,
			struct iolas_physmem_stats *stats)
{
	struct iolas_physmem_stats sum = { 0 };

	if (!mem || iolas__struct_read(&sum, sizeof(sum), sizeof(sum), stats) !=
			    IOLAS_OK)
		return IOLAS_EINVAL;
	if (sum.node >= IOLAS__PHYSMEM_MAX_NODES && sum.node != IOLAS_NODE_ANY)
		return IOLAS_EINVAL;
	sum = (struct iolas_physmem_stats){ .node = sum.node };
	iolas__physmem_lock(mem);
	for (uint32_t i = 0; i < mem->region_count; i++)
		if (sum.node == IOLAS_NODE_ANY ||
		    sum.node == mem->regions[i].node)
			add_region(mem, &mem->regions[i], &sum);
	sum.view_count = mem->view_count;
	iolas__physmem_unlock(mem);
	/* Relaxed: a statistic. */
	sum.poison_hits = iolas__load_relaxed(&mem->poison_hits);
	sum.highest = mem->regions[mem->region_count - 1].last;
	return iolas__struct_write(stats, &sum, sizeof(sum), sizeof(sum));
}
