/* SPDX-License-Identifier: MIT */
/*
 * Walking a memory: what lies at an address, and up to where.
 */
#include "base/struct_read.h"
#include "physmem/physmem_priv.h"

/* What a live range that starts at @page is. */
static uint32_t live_kind(const struct iolas__region *region, uint64_t page)
{
	if (iolas__page_bits_test(&region->scattered, page))
		return IOLAS_PAGES_SCATTERED;
	if (iolas__page_bits_test(&region->fragments, page))
		return IOLAS_PAGES_FRAGMENT;
	return IOLAS_PAGES_BLOCK;
}

static void describe(struct iolas_physmem *mem,
		     const struct iolas__region *region, iolas_pa from,
		     struct iolas_physmem_info *info)
{
	struct iolas_range_info range = { .struct_size = sizeof(range) };

	iolas__physmem_lock(mem);
	iolas_range_next(region->space, from, &range);
	info->first = range.first;
	info->last = range.last;
	info->node = region->node;
	if (range.kind == IOLAS_RANGE_FREE)
		info->kind = IOLAS_PAGES_FREE;
	else if (range.kind == IOLAS_RANGE_GUARD)
		info->kind = IOLAS_PAGES_GUARD;
	else
		info->kind = live_kind(
			region, iolas__region_page(mem, region, range.first));
	iolas__physmem_unlock(mem);
}

/* The hole around @from, which lies in no region but below the last one. */
static void describe_hole(const struct iolas_physmem *mem, iolas_pa from,
			  struct iolas_physmem_info *info)
{
	const struct iolas__region *above = mem->regions;

	while (above->first < from)
		above++;
	info->kind = IOLAS_PAGES_ABSENT;
	info->node = IOLAS_NODE_ANY;
	info->first = above == mem->regions ? 0 : above[-1].last + 1;
	info->last = above->first - 1;
}

int iolas_physmem_next(struct iolas_physmem *mem, iolas_pa from,
		       struct iolas_physmem_info *info)
{
	struct iolas_physmem_info found = { 0 };
	const struct iolas__region *region;

	if (!mem || iolas__struct_read(&found, sizeof(found), sizeof(found),
				       info) != IOLAS_OK)
		return IOLAS_EINVAL;
	found = (struct iolas_physmem_info){ 0 };
	region = iolas__physmem_find(mem, from);
	if (region)
		describe(mem, region, from, &found);
	else if (from < mem->regions[mem->region_count - 1].first)
		describe_hole(mem, from, &found);
	else
		return IOLAS_ENOENT;
	return iolas__struct_write(info, &found, sizeof(found), sizeof(found));
}
