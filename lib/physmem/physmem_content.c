/* SPDX-License-Identifier: MIT */
/*
 * What is in the pages: zeroes on the way out, poison on the way in, and the
 * count of pages that somebody wrote in between.
 */
#include "physmem/physmem_priv.h"

#include <string.h>

#define POISON_WORD (UINT64_C(0x0101010101010101) * IOLAS_PHYSMEM_POISON_BYTE)

static void fill_page(const struct iolas_physmem *mem, void *page)
{
	memset(page, IOLAS_PHYSMEM_POISON_BYTE, (size_t)1 << mem->page_lg2);
}

static bool is_untouched(const struct iolas_physmem *mem, const void *page)
{
	const uint64_t *word = page;
	const uint64_t *end = word + ((size_t)1 << (mem->page_lg2 - 3));

	while (word != end)
		if (*word++ != POISON_WORD)
			return false;
	return true;
}

/*
 * The pages are the caller's, but their bits share words with those of others:
 * hence the lock, and hence only around the bits.
 */
static void check_poison(struct iolas_physmem *mem,
			 struct iolas__region *region, uint64_t first,
			 uint64_t count)
{
	uint64_t hits = 0;

	for (uint64_t n, seen; count; first += n, count -= n) {
		iolas__physmem_lock(mem);
		n = iolas__page_bits_take(&region->poisoned, first, count,
					  &seen);
		iolas__physmem_unlock(mem);
		for (; seen; seen &= seen - 1)
			hits += !is_untouched(
				mem,
				iolas__region_ptr(mem, region,
						  first + iolas__ctz64(seen)));
	}
	/* Relaxed: a statistic, it orders nothing. */
	if (hits)
		iolas__fetch_add_relaxed(&mem->poison_hits, hits);
}

static void zero(struct iolas_physmem *mem, struct iolas__region *region,
		 uint64_t first, uint64_t count, bool is_bulk)
{
	const struct iolas_backing *backing = &mem->backing;
	const uint64_t bytes = count << mem->page_lg2;

	if (is_bulk && region->is_backed && backing->zero &&
	    backing->zero(backing->user, region->object, region->base,
			  first << mem->page_lg2, bytes) == IOLAS_OK)
		return;
	memset(iolas__region_ptr(mem, region, first), 0, (size_t)bytes);
}

void iolas__physmem_hand_out(struct iolas_physmem *mem,
			     struct iolas__region *region, uint64_t first,
			     uint64_t count, uint32_t flags, bool is_bulk)
{
	if (mem->flags & IOLAS_PHYSMEM_POISON)
		check_poison(mem, region, first, count);
	if (flags & IOLAS_PHYSMEM_ZERO)
		zero(mem, region, first, count, is_bulk);
}

int iolas__physmem_prepare(struct iolas_physmem *mem,
			   struct iolas__region *region, uint64_t first,
			   uint64_t count)
{
	if (!(mem->flags & IOLAS_PHYSMEM_POISON))
		return IOLAS_OK;
	return iolas__page_bits_reserve(&region->poisoned, first,
					first + count - 1);
}

void iolas__physmem_take_in(struct iolas_physmem *mem,
			    struct iolas__region *region, uint64_t first,
			    uint64_t count)
{
	if (!(mem->flags & IOLAS_PHYSMEM_POISON))
		return;
	for (uint64_t i = 0; i < count; i++)
		fill_page(mem, iolas__region_ptr(mem, region, first + i));
	iolas__page_bits_set(&region->poisoned, first, count);
}
