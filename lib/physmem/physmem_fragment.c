/* SPDX-License-Identifier: MIT */
/*
 * Pre-fragmentation: memory that looks as if it had been used for long.
 *
 * Sampling in order (Knuth, The Art of Computer Programming, volume 2, 3.4.2,
 * algorithm S): of n free units of which m are still wanted, the next one is
 * taken with probability m/n.  So exactly the wanted share is taken, in one
 * pass, and equal seeds choose equally.  A unit is a page; in memories of more
 * than MAX_UNITS free pages it is the power of two that keeps their number
 * below, so that a large simulated machine does not cost millions of ranges.
 */
#include "pagelist/pagelist_priv.h"
#include "physmem/physmem_priv.h"

#define MAX_UNITS (UINT64_C(1) << 20)

struct sampler {
	struct iolas_physmem *mem;
	uint64_t draw; /* state of the random numbers */
	uint64_t need; /* pages still to take */
	uint64_t left; /* free pages not yet looked at */
	uint64_t unit; /* pages decided about at a time */
};

/* splitmix64 */
static uint64_t draw(struct sampler *s)
{
	uint64_t z = (s->draw += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* How many of the next @pages to take: from the front of them. */
static uint64_t decide(struct sampler *s, uint64_t pages)
{
	__extension__ typedef unsigned __int128 wide;
	const uint64_t at = (uint64_t)((wide)draw(s) * s->left >> 64);
	const uint64_t after = s->left - pages;
	uint64_t taken = 0;

	if (at < s->need || s->need > after)
		taken = iolas__min64(pages, s->need);
	s->need -= taken;
	s->left = after;
	return taken;
}

static int take_stretch(struct sampler *s, struct iolas__region *region,
			uint64_t first, uint64_t count)
{
	struct iolas_physmem *mem = s->mem;
	const uint64_t len = count << mem->page_lg2;
	const struct iolas_range_constraints where = {
		.struct_size = sizeof(where),
		.flags = IOLAS_PLACE_EXPLICIT,
		.at = region->first + (first << mem->page_lg2),
	};
	iolas_pa pa;
	int status = iolas__page_bits_reserve(&region->fragments, first, first);

	if (status == IOLAS_OK)
		status = iolas__physmem_prepare(mem, region, first, count);
	if (status == IOLAS_OK)
		status = iolas_range_alloc(region->space, len, &where, &pa);
	if (status != IOLAS_OK)
		return status;
	status = iolas_pagelist_append_run(mem->fragments, pa, len);
	if (status != IOLAS_OK) {
		iolas_range_free(region->space, pa, len);
		return status;
	}
	iolas__page_bits_set(&region->fragments, first, 1);
	region->fragment_pages += count;
	return IOLAS_OK;
}

/* Decides about the free pages @first..@first + @count - 1. */
static int thin_out(struct sampler *s, struct iolas__region *region,
		    uint64_t first, uint64_t count)
{
	const uint64_t end = first + count;
	uint64_t begin = first; /* of the stretch that is being gathered */

	while (first < end) {
		const uint64_t pages = iolas__min64(s->unit, end - first);
		const uint64_t taken = decide(s, pages);

		first += taken;
		if (taken == pages)
			continue;
		if (first != begin &&
		    take_stretch(s, region, begin, first - begin) != IOLAS_OK)
			return IOLAS_ENOMEM;
		first += pages - taken;
		begin = first;
	}
	if (first != begin)
		return take_stretch(s, region, begin, first - begin);
	return IOLAS_OK;
}

static int sample_region(struct sampler *s, struct iolas__region *region)
{
	struct iolas_range_info info = { .struct_size = sizeof(info) };
	iolas_pa at = region->first;

	for (;;) {
		iolas_range_next(region->space, at, &info);
		if (info.kind == IOLAS_RANGE_FREE &&
		    thin_out(s, region,
			     iolas__region_page(s->mem, region, info.first),
			     ((info.last - info.first) >> s->mem->page_lg2) +
				     1) != IOLAS_OK)
			return IOLAS_ENOMEM;
		if (info.last == region->last)
			return IOLAS_OK;
		at = info.last + 1;
	}
}

/* Gives every fragment stretch among these pages back. */
static void release(struct iolas_physmem *mem, struct iolas__region *region,
		    uint64_t first, uint64_t count)
{
	struct iolas_range_info info = { .struct_size = sizeof(info) };
	const uint64_t end = first + count;

	while (first < end) {
		const iolas_pa pa = region->first + (first << mem->page_lg2);
		uint64_t pages;

		iolas_range_next(region->space, pa, &info);
		pages = ((info.last - info.first) >> mem->page_lg2) + 1;
		iolas_range_free(region->space, pa, pages << mem->page_lg2);
		iolas__page_bits_clear(&region->fragments, first, 1);
		region->fragment_pages -= pages;
		first += pages;
	}
}

/* Gives what the list of fragments holds from page @begin on back. */
static void release_from(struct iolas_physmem *mem, uint64_t begin)
{
	struct iolas__page_walk walk = {
		.list = mem->fragments,
		.page = begin,
		.end = iolas_pagelist_page_count(mem->fragments),
	};

	while (iolas__page_walk_next(mem, &walk))
		release(mem, walk.region, walk.first, walk.count);
	iolas__pagelist_truncate(mem->fragments, begin);
}

static uint64_t count_free(const struct iolas_physmem *mem)
{
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };
	uint64_t pages = 0;

	for (uint32_t i = 0; i < mem->region_count; i++) {
		iolas_range_stats(mem->regions[i].space, &stats);
		if (stats.hole_count)
			pages += (stats.free_bytes_m1 >> mem->page_lg2) + 1;
	}
	return pages;
}

/* Lock held. */
static int fragment(struct iolas_physmem *mem, unsigned permille, uint64_t seed)
{
	struct sampler s = { .mem = mem, .draw = seed, .unit = 1 };
	uint64_t begin;
	int status = IOLAS_OK;

	if (!mem->fragments)
		status = iolas_pagelist_create(&mem->host, mem->page_lg2,
					       &mem->fragments);
	if (status != IOLAS_OK)
		return status;
	begin = iolas_pagelist_page_count(mem->fragments);
	s.left = count_free(mem);
	s.need = s.left * permille / 1000; /* left < 2^52 */
	while (s.left > s.unit * MAX_UNITS)
		s.unit *= 2;
	for (uint32_t i = 0; i < mem->region_count && status == IOLAS_OK; i++)
		status = sample_region(&s, &mem->regions[i]);
	if (status != IOLAS_OK)
		release_from(mem, begin);
	return status;
}

int iolas_physmem_fragment(struct iolas_physmem *mem, unsigned permille,
			   uint64_t seed)
{
	int status;

	if (!mem || permille > 1000)
		return IOLAS_EINVAL;
	iolas__physmem_lock(mem);
	status = fragment(mem, permille, seed);
	iolas__physmem_unlock(mem);
	return status;
}

void iolas_physmem_defragment(struct iolas_physmem *mem)
{
	if (!mem)
		return;
	iolas__physmem_lock(mem);
	if (mem->fragments)
		release_from(mem, 0);
	iolas__physmem_unlock(mem);
}
