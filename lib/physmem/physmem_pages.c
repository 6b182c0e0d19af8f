/* SPDX-License-Identifier: MIT */
/*
 * Scattered pages: each is a range of its own, so that any of them can go back
 * alone.  A bit tells them from blocks of one page.  The list that they are
 * appended to is also the record by which a failed call takes them back.
 */
#include "pagelist/pagelist_priv.h"
#include "physmem/physmem_priv.h"

/* Pages taken with one hold of the lock. */
#define BATCH 256u

static int take_page(struct iolas__search *search, uint64_t *pfn)
{
	struct iolas_physmem *mem = search->mem;
	struct iolas__region *region;
	uint64_t page;
	iolas_pa pa;
	int status = iolas__search_next(search, &region, &pa);

	if (status != IOLAS_OK)
		return status;
	page = iolas__region_page(mem, region, pa);
	status = iolas__page_bits_reserve(&region->scattered, page, page);
	if (status == IOLAS_OK)
		status = iolas__physmem_prepare(mem, region, page, 1);
	if (status != IOLAS_OK) {
		iolas_range_free(region->space, pa, search->len);
		return status;
	}
	iolas__page_bits_set(&region->scattered, page, 1);
	*pfn = pa >> mem->page_lg2;
	return IOLAS_OK;
}

/* The page at @pa is a live scattered one; lock held.  Its bit goes too. */
static void release_page(struct iolas_physmem *mem,
			 struct iolas__region *region, iolas_pa pa)
{
	const uint64_t page = iolas__region_page(mem, region, pa);

	iolas__page_bits_clear(&region->scattered, page, 1);
	iolas_range_free(region->space, pa, UINT64_C(1) << mem->page_lg2);
}

/*
 * Pages that were taken and never handed out: what is in them stays, and with
 * it the marks of those who wrote them after their free.
 */
static void take_back(struct iolas_physmem *mem, const uint64_t *pfns,
		      uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		const iolas_pa pa = pfns[i] << mem->page_lg2;

		release_page(mem, iolas__physmem_find(mem, pa), pa);
	}
}

/* The same for the pages of @list from page @begin on, the list included. */
static void take_back_list(struct iolas_physmem *mem,
			   struct iolas_pagelist *list, uint64_t begin)
{
	struct iolas__page_walk walk = {
		.list = list,
		.page = begin,
		.end = list->page_count,
	};

	iolas__physmem_lock(mem);
	while (iolas__page_walk_next(mem, &walk))
		for (uint64_t i = 0; i < walk.count; i++)
			release_page(mem, walk.region,
				     walk.pa + (i << mem->page_lg2));
	iolas__physmem_unlock(mem);
	iolas__pagelist_truncate(list, begin);
}

static void reverse(uint64_t *pfns, uint64_t count)
{
	for (uint64_t i = 0, j = count; i + 1 < j; i++) {
		const uint64_t pfn = pfns[i];

		pfns[i] = pfns[--j];
		pfns[j] = pfn;
	}
}

/*
 * Up to BATCH of @count pages into @list.  IOLAS_OK: *taken of them, at least
 * one.  Anything else: none.
 */
static int append_batch(struct iolas__search *search, uint64_t count,
			struct iolas_pagelist *list, uint64_t *taken)
{
	struct iolas_physmem *mem = search->mem;
	uint64_t pfns[BATCH];
	uint64_t n = 0;
	int status = IOLAS_OK;

	iolas__physmem_lock(mem);
	while (n < BATCH && n < count && status == IOLAS_OK) {
		status = take_page(search, &pfns[n]);
		n += status == IOLAS_OK;
	}
	/* Taken downwards, kept upwards: neighbours then make one run. */
	if (search->want->where.flags == IOLAS_PLACE_HIGH)
		reverse(pfns, n);
	if (status == IOLAS_OK)
		status = iolas_pagelist_append_frames(list, pfns, n);
	if (status != IOLAS_OK)
		take_back(mem, pfns, n);
	iolas__physmem_unlock(mem);
	*taken = n;
	return status;
}

static void hand_out_pages(struct iolas_physmem *mem, uint32_t flags,
			   const struct iolas_pagelist *list, uint64_t begin)
{
	struct iolas__page_walk walk = {
		.list = list,
		.page = begin,
		.end = iolas_pagelist_page_count(list),
	};
	const uint64_t bytes = (walk.end - begin) << mem->page_lg2;

	while (iolas__page_walk_next(mem, &walk))
		iolas__physmem_hand_out(mem, walk.region, walk.first,
					walk.count, flags,
					bytes >= IOLAS__PHYSMEM_BULK);
}

/* More than a page of alignment, a guard or a place make no sense for pages. */
static int check_scattered(const struct iolas_physmem *mem,
			   const struct iolas__want *want)
{
	const struct iolas_range_constraints *where = &want->where;

	if (where->flags == IOLAS_PLACE_EXPLICIT || where->guard ||
	    where->align > UINT64_C(1) << mem->page_lg2)
		return IOLAS_EINVAL;
	return IOLAS_OK;
}

int iolas_physmem_alloc_pages(struct iolas_physmem *mem, uint64_t count,
			      const struct iolas_physmem_request *request,
			      struct iolas_pagelist *list)
{
	struct iolas__search search;
	struct iolas__want want;
	uint64_t begin, taken;
	int status;

	if (!mem || !count || !list || list->page_lg2 != mem->page_lg2 ||
	    iolas__want_read(mem, request, &want) != IOLAS_OK ||
	    check_scattered(mem, &want) != IOLAS_OK)
		return IOLAS_EINVAL;
	begin = list->page_count;
	if (count > iolas__pagelist_max_pages(list->page_lg2) - begin)
		return IOLAS_ERANGE;
	status = iolas__pagelist_tail(list);
	if (status != IOLAS_OK)
		return status;
	iolas__search_start(&search, mem, &want, UINT64_C(1) << mem->page_lg2);
	for (; count && status == IOLAS_OK; count -= taken)
		status = append_batch(&search, count, list, &taken);
	if (status != IOLAS_OK) {
		take_back_list(mem, list, begin);
		return status;
	}
	hand_out_pages(mem, want.flags, list, begin);
	return IOLAS_OK;
}

/* Claims pages by clearing their bits; stops at one without; how many. */
static uint64_t claim(const struct iolas_physmem *mem,
		      const struct iolas_pagelist *list)
{
	struct iolas__page_walk walk = {
		.list = list,
		.end = list->page_count,
	};
	uint64_t claimed = 0;

	while (iolas__page_walk_next(mem, &walk)) {
		uint64_t n;

		if (!walk.region)
			break;
		n = iolas__page_bits_clear(&walk.region->scattered, walk.first,
					   walk.count);
		claimed += n;
		if (n < walk.count)
			break;
	}
	return claimed;
}

/* Gives the bits of the first @count pages back. */
static void unclaim(const struct iolas_physmem *mem,
		    const struct iolas_pagelist *list, uint64_t count)
{
	struct iolas__page_walk walk = { .list = list, .end = count };

	while (iolas__page_walk_next(mem, &walk))
		iolas__page_bits_set(&walk.region->scattered, walk.first,
				     walk.count);
}

/* Lock held; the pages are claimed: theirs are ranges, but no longer bits. */
static void give_in(struct iolas_physmem *mem,
		    const struct iolas_pagelist *list)
{
	struct iolas__page_walk walk = {
		.list = list,
		.end = list->page_count,
	};

	while (iolas__page_walk_next(mem, &walk)) {
		for (uint64_t i = 0; i < walk.count; i++)
			release_page(mem, walk.region,
				     walk.pa + (i << mem->page_lg2));
		iolas__physmem_take_in(mem, walk.region, walk.first,
				       walk.count);
	}
}

int iolas_physmem_free_pages(struct iolas_physmem *mem,
			     const struct iolas_pagelist *list)
{
	uint64_t claimed;

	if (!mem || !list || list->page_lg2 != mem->page_lg2)
		return IOLAS_EINVAL;
	/*
	 * A page that stands twice has lost its bit when it comes again.  One
	 * hold of the lock from the first claim to the last free: nobody sees
	 * a live page without its bit and takes it for a block.
	 */
	iolas__physmem_lock(mem);
	claimed = claim(mem, list);
	if (claimed == list->page_count)
		give_in(mem, list);
	else
		unclaim(mem, list, claimed);
	iolas__physmem_unlock(mem);
	return claimed == list->page_count ? IOLAS_OK : IOLAS_ENOENT;
}
