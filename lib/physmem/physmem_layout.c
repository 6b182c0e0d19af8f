/* SPDX-License-Identifier: MIT */
/*
 * Regions: checking and sorting them, finding one by address, by pointer, and
 * for the pages of a list.
 */
#include "pagelist/pagelist_priv.h"
#include "physmem/physmem_priv.h"

static int read_region(const struct iolas_physmem *mem,
		       const struct iolas_physmem_region *given,
		       struct iolas__region *region)
{
	const unsigned lg2 = mem->page_lg2;
	const uintptr_t memory = (uintptr_t)given->memory;

	if (given->flags || given->node >= IOLAS__PHYSMEM_MAX_NODES ||
	    given->first > given->last ||
	    !iolas__is_aligned(given->first, lg2) ||
	    (given->last & iolas__mask(lg2)) != iolas__mask(lg2) ||
	    given->last - given->first == UINT64_MAX ||
	    !iolas__is_aligned(memory, lg2) ||
	    memory > UINTPTR_MAX - (given->last - given->first))
		return IOLAS_EINVAL;
	region->first = given->first;
	region->last = given->last;
	region->page_count = ((given->last - given->first) >> lg2) + 1;
	region->node = given->node;
	region->base = given->memory;
	region->is_backed = !given->memory;
	return IOLAS_OK;
}

int iolas__physmem_layout(struct iolas_physmem *mem,
			  const struct iolas_physmem_region *regions)
{
	for (uint32_t i = 0; i < mem->region_count; i++) {
		struct iolas__region region = { 0 };
		uint32_t at = i;

		if (read_region(mem, &regions[i], &region) != IOLAS_OK)
			return IOLAS_EINVAL;
		for (; at && mem->regions[at - 1].first > region.first; at--)
			mem->regions[at] = mem->regions[at - 1];
		mem->regions[at] = region;
	}
	for (uint32_t i = 1; i < mem->region_count; i++)
		if (mem->regions[i - 1].last >= mem->regions[i].first)
			return IOLAS_EINVAL;
	return IOLAS_OK;
}

static uintptr_t region_base(const struct iolas_physmem *mem, uint32_t nth)
{
	return (uintptr_t)mem->regions[mem->by_base[nth]].base;
}

int iolas__physmem_layout_memory(struct iolas_physmem *mem)
{
	for (uint32_t i = 0; i < mem->region_count; i++) {
		const uintptr_t base = (uintptr_t)mem->regions[i].base;
		uint32_t at = i;

		for (; at && region_base(mem, at - 1) > base; at--)
			mem->by_base[at] = mem->by_base[at - 1];
		mem->by_base[at] = (uint16_t)i;
	}
	for (uint32_t i = 1; i < mem->region_count; i++) {
		const struct iolas__region *below =
			&mem->regions[mem->by_base[i - 1]];

		if (region_base(mem, i) - region_base(mem, i - 1) <=
		    below->last - below->first)
			return IOLAS_EINVAL;
	}
	return IOLAS_OK;
}

struct iolas__region *iolas__physmem_find(const struct iolas_physmem *mem,
					  iolas_pa pa)
{
	const struct iolas__region *regions = mem->regions;
	uint32_t begin = 0;
	uint32_t end = mem->region_count;

	/* regions[begin].first <= pa < regions[end].first, if at all */
	while (end - begin > 1) {
		const uint32_t middle = (begin + end) / 2;

		if (regions[middle].first <= pa)
			begin = middle;
		else
			end = middle;
	}
	if (pa < regions[begin].first || pa > regions[begin].last)
		return NULL;
	return (struct iolas__region *)&regions[begin];
}

void *iolas_physmem_ptr(const struct iolas_physmem *mem, iolas_pa pa,
			uint64_t len)
{
	const struct iolas__region *region;

	if (!mem || !len)
		return NULL;
	region = iolas__physmem_find(mem, pa);
	if (!region || len - 1 > region->last - pa)
		return NULL;
	return region->base + (pa - region->first);
}

unsigned iolas_physmem_page_lg2(const struct iolas_physmem *mem)
{
	return mem ? mem->page_lg2 : 0;
}

bool iolas__page_walk_next(const struct iolas_physmem *mem,
			   struct iolas__page_walk *walk)
{
	const struct iolas_pagelist *list = walk->list;
	uint64_t run, into;

	if (walk->page == walk->end)
		return false;
	run = iolas__pagelist_find(list, walk->page);
	into = walk->page - iolas__pagelist_slot(list, run)->first_page;
	walk->pa =
		iolas__pagelist_slot(list, run)->pa + (into << mem->page_lg2);
	walk->count = iolas__pagelist_run_pages(list, run) - into;
	walk->count = iolas__min64(walk->count, walk->end - walk->page);
	walk->region = iolas__physmem_find(mem, walk->pa);
	if (walk->region) {
		walk->first = iolas__region_page(mem, walk->region, walk->pa);
		walk->count = iolas__min64(
			walk->count, walk->region->page_count - walk->first);
	}
	walk->page += walk->count;
	return true;
}
