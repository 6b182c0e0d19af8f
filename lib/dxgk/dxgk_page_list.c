/* SPDX-License-Identifier: MIT */
/*
 * Page lists: windows that slide by SkipBytes until there are enough pages, or
 * chunks that are contiguous and aligned to their own size (spec/dxgk.md,
 * section D.3).
 */
#include "dxgk/dxgk_pages.h"

#include <string.h>

/* Where a slide stands: window k is [low + k * skip, high + k * skip]. */
struct slide {
	uint64_t low;
	uint64_t high;
	uint64_t skip;
	uint64_t top; /* highest byte of memory */
};

static void init_request(const struct iolas__dxgk_list_request *want,
			 struct iolas_physmem_request *request)
{
	memset(request, 0, sizeof(*request));
	request->struct_size = sizeof(*request);
	request->node = want->node;
	if (!(want->flags & DXGK_MM_DONT_ZERO))
		request->flags |= IOLAS_PHYSMEM_ZERO;
	if (!want->is_node_strict && want->node != IOLAS_NODE_ANY)
		request->flags |= IOLAS_PHYSMEM_NODE_HINT;
	request->where.struct_size = sizeof(request->where);
}

/*
 * Appends up to @count pages of the window, as many as there are.  Only a
 * failure other than lack of pages is an error.
 */
static int take_window(struct iolas_dxgk_machine *machine,
		       struct iolas_physmem_request *request, uint64_t count,
		       struct iolas__dxgk_pages *pages)
{
	uint64_t step = count;

	while (count) {
		int status;

		if (step > count)
			step = count;
		status = iolas_physmem_alloc_pages(machine->physmem, step,
						   request, pages->list);
		if (!status) {
			count -= step;
			pages->bytes += step << DXGK_PAGE_LG2;
		} else if (status != IOLAS_ENOSPC) {
			return status;
		} else if (step == 1) {
			return IOLAS_OK;
		} else {
			step /= 2;
		}
	}
	return IOLAS_OK;
}

/* The lowest page that is free at or above @from; ENOSPC: none. */
static int lowest_free(struct iolas_dxgk_machine *machine,
		       const struct iolas_physmem_request *like, uint64_t from,
		       iolas_pa *pa)
{
	struct iolas_physmem_request request = *like;
	int status;

	request.flags &= ~IOLAS_PHYSMEM_ZERO;
	request.where.flags = IOLAS_PLACE_LOW;
	request.where.first = from;
	request.where.last = UINT64_MAX;
	status = iolas_physmem_alloc(machine->physmem, DXGK_PAGE_BYTES,
				     &request, pa);
	if (!status)
		iolas_physmem_free(machine->physmem, *pa, DXGK_PAGE_BYTES);
	return status;
}

/*
 * Moves to the next window that can hold a free page; false: there is none.
 * Windows in between are empty and need no look.
 */
static bool slide_on(struct iolas_dxgk_machine *machine,
		     const struct iolas_physmem_request *request,
		     struct slide *at)
{
	while (at->skip) {
		uint64_t steps = 1;
		uint64_t move;
		iolas_pa page;

		if (at->skip > at->top || at->low > at->top - at->skip)
			return false;
		if (lowest_free(machine, request, at->low + at->skip, &page))
			return false;
		/* The first window that reaches to the page's last byte. */
		page += DXGK_PAGE_BYTES - 1;
		if (page > at->high)
			steps = (page - at->high - 1) / at->skip + 1;
		if (steps > (at->top - at->low) / at->skip)
			return false;
		move = steps * at->skip;
		at->low += move;
		at->high = at->high > UINT64_MAX - move ? UINT64_MAX
							: at->high + move;
		if (at->low <= page - (DXGK_PAGE_BYTES - 1))
			return true;
		/* The page lies in a gap; look on from this window. */
		if (!lowest_free(machine, request, at->low, &page) &&
		    page + DXGK_PAGE_BYTES - 1 <= at->high)
			return true;
	}
	return false;
}

static int take_scattered(struct iolas_dxgk_machine *machine,
			  const struct iolas__dxgk_list_request *want,
			  struct iolas__dxgk_pages *pages)
{
	struct slide at = { want->low, want->high, want->skip,
			    machine->highest };
	struct iolas_physmem_request request;
	int status = IOLAS_OK;

	init_request(want, &request);
	do {
		/* Both limits 0 mean "none" below; here: no whole page. */
		if (at.high < DXGK_PAGE_BYTES - 1)
			continue;
		request.where.first = at.low;
		request.where.last = at.high;
		status = take_window(
			machine, &request,
			(want->bytes - pages->bytes) >> DXGK_PAGE_LG2, pages);
	} while (!status && pages->bytes < want->bytes &&
		 slide_on(machine, &request, &at));
	return status;
}

static int take_chunks(struct iolas_dxgk_machine *machine,
		       const struct iolas__dxgk_list_request *want,
		       struct iolas__dxgk_pages *pages)
{
	struct iolas_physmem_request request;
	uint64_t chunk = want->skip ? want->skip : want->bytes;

	if (want->high < DXGK_PAGE_BYTES - 1)
		return IOLAS_OK;
	init_request(want, &request);
	request.where.first = want->low;
	request.where.last = want->high;
	request.where.align = want->skip; /* a single block: none special */
	pages->chunk_bytes = chunk;
	while (pages->bytes < want->bytes) {
		iolas_pa pa;
		int status = iolas_physmem_alloc(machine->physmem, chunk,
						 &request, &pa);

		if (status)
			return status == IOLAS_ENOSPC ? IOLAS_OK : status;
		status = iolas_pagelist_append_run(pages->list, pa, chunk);
		if (status) {
			iolas_physmem_free(machine->physmem, pa, chunk);
			return status;
		}
		pages->bytes += chunk;
	}
	return IOLAS_OK;
}

int iolas__dxgk_pages_list(struct iolas_dxgk_machine *machine,
			   const struct iolas__dxgk_list_request *want,
			   struct iolas__dxgk_pages *pages)
{
	bool is_whole =
		want->flags & DXGK_MM_FULLY_REQUIRED ||
		(want->flags & DXGK_MM_CONTIGUOUS_CHUNKS && !want->skip);
	int status;

	memset(pages, 0, sizeof(*pages));
	status = iolas_pagelist_create(&machine->host, DXGK_PAGE_LG2,
				       &pages->list);
	if (status)
		return status;
	if (want->flags & DXGK_MM_CONTIGUOUS_CHUNKS)
		status = take_chunks(machine, want, pages);
	else
		status = take_scattered(machine, want, pages);
	if (!status && pages->bytes < (is_whole ? want->bytes : 1))
		status = IOLAS_ENOSPC;
	if (status) {
		iolas__dxgk_pages_free(machine, pages);
		return status;
	}
	if (want->is_poisoned && want->flags & DXGK_MM_DONT_ZERO)
		iolas__dxgk_pages_fill(machine, pages, IOLAS_DXGK_POISON);
	return IOLAS_OK;
}
