/* SPDX-License-Identifier: MIT */
/*
 * Which region a request is served from.
 *
 * Candidates are the regions that the limits touch: those of the wanted node
 * first; with a hint the others when those are full.  Low placement tries them
 * upwards, high placement downwards, random placement draws one by the pages
 * in its window, and best fit asks all and keeps the tightest place.
 */
#include "physmem/physmem_priv.h"

/* The wanted window inside @region; false when they do not meet. */
static bool window(const struct iolas__want *want,
		   const struct iolas__region *region, struct iolas_span *span)
{
	span->first = iolas__max64(want->where.first, region->first);
	span->last = iolas__min64(want->where.last, region->last);
	return span->first <= span->last;
}

static uint64_t window_pages(const struct iolas__search *search, uint32_t nth)
{
	struct iolas_span span;

	window(search->want, &search->mem->regions[search->candidate[nth]],
	       &span);
	return ((span.last - span.first) >> search->mem->page_lg2) + 1;
}

/* Candidates of the wanted node, or with @others of all the other ones. */
static void collect(struct iolas__search *search, bool others)
{
	const struct iolas_physmem *mem = search->mem;
	const struct iolas__want *want = search->want;
	const bool is_high = want->where.flags == IOLAS_PLACE_HIGH;
	struct iolas_span span;

	search->count = 0;
	search->weight = 0;
	for (uint32_t i = 0; i < mem->region_count; i++) {
		const uint32_t at = is_high ? i : mem->region_count - 1 - i;
		const struct iolas__region *region = &mem->regions[at];

		if (want->node != IOLAS_NODE_ANY &&
		    (want->node == region->node) == others)
			continue;
		if (!window(want, region, &span))
			continue;
		/* A stack: the one to try first comes last. */
		search->candidate[search->count++] = (uint16_t)at;
		search->weight += window_pages(search, search->count - 1);
	}
}

void iolas__search_start(struct iolas__search *search,
			 struct iolas_physmem *mem,
			 const struct iolas__want *want, uint64_t len)
{
	search->mem = mem;
	search->want = want;
	search->len = len;
	search->draw = want->where.seed;
	search->has_others = want->node != IOLAS_NODE_ANY &&
			     (want->flags & IOLAS_PHYSMEM_NODE_HINT);
	collect(search, false);
}

/* splitmix64 */
static uint64_t draw(struct iolas__search *search)
{
	uint64_t z = (search->draw += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Top half of the product: a number below @bound, without a division. */
static uint64_t scale(uint64_t random, uint64_t bound)
{
	__extension__ typedef unsigned __int128 wide;

	return (uint64_t)((wide)random * bound >> 64);
}

/* The candidate to try next; at least one is left. */
static uint32_t choose(struct iolas__search *search)
{
	uint64_t left;
	uint32_t nth = search->count - 1;

	if (search->want->where.flags != IOLAS_PLACE_RANDOM || !nth)
		return nth;
	left = scale(draw(search), search->weight);
	for (nth = 0; nth + 1 < search->count; nth++) {
		const uint64_t pages = window_pages(search, nth);

		if (left < pages)
			break;
		left -= pages;
	}
	return nth;
}

static void strike(struct iolas__search *search, uint32_t nth)
{
	search->weight -= window_pages(search, nth);
	search->count--;
	for (; nth < search->count; nth++)
		search->candidate[nth] = search->candidate[nth + 1];
}

static int take_in_region(struct iolas__search *search,
			  const struct iolas__region *region, iolas_pa *pa)
{
	struct iolas_range_constraints where = search->want->where;
	struct iolas_span span;

	window(search->want, region, &span);
	where.first = span.first;
	where.last = span.last;
	if (where.flags == IOLAS_PLACE_EXPLICIT &&
	    (where.at < region->first || where.at > region->last ||
	     search->len - 1 > region->last - where.at))
		return IOLAS_ENOSPC;
	if (where.flags == IOLAS_PLACE_RANDOM)
		where.seed = draw(search);
	if (!where.last) /* no whole page; to a space it would mean no limit */
		return IOLAS_ENOSPC;
	return iolas_range_alloc(region->space, search->len, &where, pa);
}

/* Free bytes directly in front of and behind what was placed at @pa. */
static uint64_t bytes_left_around(const struct iolas__search *search,
				  const struct iolas__region *region,
				  iolas_pa pa)
{
	const uint64_t last =
		pa + (search->len - 1) + search->want->where.guard;
	struct iolas_range_info info = { .struct_size = sizeof(info) };
	uint64_t left = 0;

	if (pa > region->first &&
	    iolas_range_next(region->space, pa - 1, &info) == IOLAS_OK &&
	    info.kind == IOLAS_RANGE_FREE)
		left += pa - info.first;
	if (last < region->last &&
	    iolas_range_next(region->space, last + 1, &info) == IOLAS_OK &&
	    info.kind == IOLAS_RANGE_FREE)
		left += info.last - last;
	return left;
}

/*
 * Takes the tightest place of each candidate and gives all but the tightest of
 * them back; the lowest of equals stays.  Candidates come upwards from the end.
 */
static int take_best(struct iolas__search *search,
		     struct iolas__region **region, iolas_pa *pa)
{
	uint64_t least = 0;

	*region = NULL;
	for (uint32_t nth = search->count; nth-- > 0;) {
		struct iolas__region *other =
			&search->mem->regions[search->candidate[nth]];
		uint64_t left;
		iolas_pa at;
		int status = take_in_region(search, other, &at);

		if (status == IOLAS_ENOSPC)
			continue;
		if (status != IOLAS_OK) {
			if (*region)
				iolas_range_free((*region)->space, *pa,
						 search->len);
			return status;
		}
		left = bytes_left_around(search, other, at);
		if (*region && left >= least) {
			iolas_range_free(other->space, at, search->len);
			continue;
		}
		if (*region)
			iolas_range_free((*region)->space, *pa, search->len);
		*region = other;
		*pa = at;
		least = left;
	}
	return *region ? IOLAS_OK : IOLAS_ENOSPC;
}

static int take_any(struct iolas__search *search, struct iolas__region **region,
		    iolas_pa *pa)
{
	while (search->count) {
		const uint32_t nth = choose(search);
		int status;

		*region = &search->mem->regions[search->candidate[nth]];
		status = take_in_region(search, *region, pa);
		if (status != IOLAS_ENOSPC)
			return status;
		strike(search, nth);
	}
	return IOLAS_ENOSPC;
}

int iolas__search_next(struct iolas__search *search,
		       struct iolas__region **region, iolas_pa *pa)
{
	for (;;) {
		int status;

		if (search->want->where.flags == IOLAS_PLACE_BEST &&
		    search->count > 1)
			status = take_best(search, region, pa);
		else
			status = take_any(search, region, pa);
		if (status != IOLAS_ENOSPC || !search->has_others)
			return status;
		search->has_others = false;
		collect(search, true);
	}
}
