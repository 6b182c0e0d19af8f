/* SPDX-License-Identifier: MIT */
/*
 * Contiguous blocks: one range of one region each.
 */
#include "physmem/physmem_priv.h"

/* Takes the range and what its free will need; all or nothing. */
static int take_block(struct iolas_physmem *mem, const struct iolas__want *want,
		      uint64_t len, struct iolas__region **region, iolas_pa *pa)
{
	struct iolas__search search;
	int status;

	iolas__search_start(&search, mem, want, len);
	iolas__physmem_lock(mem);
	status = iolas__search_next(&search, region, pa);
	if (status == IOLAS_OK) {
		status = iolas__physmem_prepare(
			mem, *region, iolas__region_page(mem, *region, *pa),
			len >> mem->page_lg2);
		if (status != IOLAS_OK)
			iolas_range_free((*region)->space, *pa, len);
	}
	iolas__physmem_unlock(mem);
	return status;
}

int iolas_physmem_alloc(struct iolas_physmem *mem, uint64_t len,
			const struct iolas_physmem_request *request,
			iolas_pa *pa)
{
	struct iolas__region *region;
	struct iolas__want want;
	iolas_pa at;
	int status;

	if (!mem || !pa || !len || !iolas__is_aligned(len, mem->page_lg2) ||
	    iolas__want_read(mem, request, &want) != IOLAS_OK)
		return IOLAS_EINVAL;
	status = take_block(mem, &want, len, &region, &at);
	if (status != IOLAS_OK)
		return status;
	iolas__physmem_hand_out(
		mem, region, iolas__region_page(mem, region, at),
		len >> mem->page_lg2, want.flags, len >= IOLAS__PHYSMEM_BULK);
	*pa = at;
	return IOLAS_OK;
}

/* A range that starts here is a block, not a page or a fragment. */
static bool is_block(const struct iolas__region *region, uint64_t page)
{
	return !iolas__page_bits_test(&region->scattered, page) &&
	       !iolas__page_bits_test(&region->fragments, page);
}

int iolas_physmem_free(struct iolas_physmem *mem, iolas_pa pa, uint64_t len)
{
	struct iolas__region *region;
	uint64_t page;
	int status = IOLAS_ENOENT;

	if (!mem || !len || !iolas__is_aligned(pa | len, mem->page_lg2))
		return IOLAS_EINVAL;
	region = iolas__physmem_find(mem, pa);
	if (!region || len - 1 > region->last - pa)
		return IOLAS_ENOENT;
	page = iolas__region_page(mem, region, pa);
	iolas__physmem_lock(mem);
	if (is_block(region, page))
		status = iolas_range_free(region->space, pa, len);
	if (status == IOLAS_OK)
		iolas__physmem_take_in(mem, region, page, len >> mem->page_lg2);
	iolas__physmem_unlock(mem);
	return status;
}
