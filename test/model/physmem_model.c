/* SPDX-License-Identifier: MIT */
/*
 * Physical memory, slow and obvious.
 */
#include "model/physmem_model.h"

#include <stdlib.h>
#include <string.h>

#define PAGE PHYSMEM_MODEL_PAGE

__extension__ typedef unsigned __int128 wide;

void physmem_model_init(struct physmem_model *model,
			const struct iolas_physmem_region *regions,
			unsigned region_count, bool poisons)
{
	memset(model, 0, sizeof(*model));
	model->poisons = poisons;
	for (unsigned r = 0; r < region_count; r++) {
		const uint64_t first = regions[r].first / PAGE;
		const uint64_t last = regions[r].last / PAGE;

		for (uint64_t number = first;; number++) {
			struct physmem_model_page *page;

			if (model->count == PHYSMEM_MODEL_PAGES)
				abort();
			page = &model->pages[model->count++];
			page->number = number;
			page->node = regions[r].node;
			page->region = r;
			if (number == last)
				break;
		}
	}
}

struct physmem_model_page *physmem_model_at(struct physmem_model *model,
					    uint64_t number)
{
	for (unsigned i = 0; i < model->count; i++)
		if (model->pages[i].number == number)
			return &model->pages[i];
	return NULL;
}

static bool has_limits(const struct iolas_range_constraints *c)
{
	return c->first || c->last;
}

/* @pages from number @base on, all free and all of one region. */
static bool is_free(struct physmem_model *model, uint64_t base, uint64_t pages)
{
	const struct physmem_model_page *first = physmem_model_at(model, base);

	for (uint64_t i = 0; i < pages; i++) {
		const struct physmem_model_page *page =
			physmem_model_at(model, base + i);

		if (!first || !page || page->region != first->region ||
		    page->kind != PHYSMEM_MODEL_FREE)
			return false;
	}
	return true;
}

bool physmem_model_fits_at(struct physmem_model *model, uint64_t pages,
			   const struct iolas_range_constraints *c,
			   uint64_t base)
{
	const wide first = (wide)base * PAGE;
	const wide last = first + (wide)pages * PAGE - 1;

	if (c->flags == IOLAS_PLACE_EXPLICIT && first != c->at)
		return false;
	if (has_limits(c) && (first < c->first || last > c->last))
		return false;
	if (c->align && first % c->align)
		return false;
	if (c->boundary && first / c->boundary != last / c->boundary)
		return false;
	return is_free(model, base, pages + c->guard / PAGE);
}

/* Free pages around @base in its region, itself included. */
static uint64_t hole_pages(struct physmem_model *model, uint64_t base)
{
	const uint32_t region = physmem_model_at(model, base)->region;
	uint64_t pages = 0;

	for (uint64_t at = base;; at--) {
		const struct physmem_model_page *page =
			physmem_model_at(model, at);

		if (!page || page->region != region ||
		    page->kind != PHYSMEM_MODEL_FREE)
			break;
		pages++;
	}
	for (uint64_t at = base + 1;; at++) {
		const struct physmem_model_page *page =
			physmem_model_at(model, at);

		if (!page || page->region != region ||
		    page->kind != PHYSMEM_MODEL_FREE)
			break;
		pages++;
	}
	return pages;
}

/* Among the pages of the node (or the others), where a block has to go. */
static int place_in(struct physmem_model *model, uint64_t pages,
		    const struct iolas_physmem_request *request, bool wished,
		    uint64_t *base)
{
	const struct iolas_range_constraints *c = &request->where;
	uint64_t least = UINT64_MAX;
	bool found = false;

	for (unsigned i = 0; i < model->count; i++) {
		const struct physmem_model_page *page = &model->pages[i];

		if (request->node != IOLAS_NODE_ANY &&
		    (page->node == request->node) != wished)
			continue;
		if (!physmem_model_fits_at(model, pages, c, page->number))
			continue;
		if (c->flags == IOLAS_PLACE_BEST) {
			const uint64_t hole = hole_pages(model, page->number);

			if (hole >= least)
				continue;
			least = hole;
		} else if (found && c->flags != IOLAS_PLACE_HIGH) {
			continue;
		}
		found = true;
		*base = page->number;
	}
	return found ? IOLAS_OK : IOLAS_ENOSPC;
}

int physmem_model_place(struct physmem_model *model, uint64_t pages,
			const struct iolas_physmem_request *request,
			uint64_t *base, bool *wished)
{
	int status = place_in(model, pages, request, true, base);

	*wished = true;
	if (status == IOLAS_ENOSPC && request->node != IOLAS_NODE_ANY &&
	    (request->flags & IOLAS_PHYSMEM_NODE_HINT)) {
		status = place_in(model, pages, request, false, base);
		*wished = false;
	}
	return status;
}

static void hand_out(struct physmem_model *model,
		     struct physmem_model_page *page)
{
	model->poison_hits += page->is_poisoned && page->is_dirty;
	page->is_poisoned = false;
	page->is_dirty = false;
}

static void take_in(struct physmem_model *model,
		    struct physmem_model_page *page)
{
	page->kind = PHYSMEM_MODEL_FREE;
	page->is_poisoned = model->poisons;
	page->is_dirty = false;
}

void physmem_model_take(struct physmem_model *model, uint64_t pages,
			uint64_t guard_pages, uint64_t base)
{
	for (uint64_t i = 0; i < pages + guard_pages; i++) {
		struct physmem_model_page *page =
			physmem_model_at(model, base + i);

		page->kind = PHYSMEM_MODEL_BLOCK;
		page->block_first = base;
		page->block_pages = pages;
		page->is_guard = i >= pages;
		if (i < pages)
			hand_out(model, page);
	}
}

int physmem_model_free(struct physmem_model *model, uint64_t base,
		       uint64_t pages)
{
	struct physmem_model_page *page = physmem_model_at(model, base);

	if (!page || page->kind != PHYSMEM_MODEL_BLOCK || page->is_guard ||
	    page->block_first != base || page->block_pages != pages)
		return IOLAS_ENOENT;
	for (unsigned i = 0; i < model->count; i++) {
		page = &model->pages[i];
		if (page->kind != PHYSMEM_MODEL_BLOCK ||
		    page->block_first != base)
			continue;
		if (page->is_guard)
			page->kind = PHYSMEM_MODEL_FREE;
		else
			take_in(model, page);
	}
	return IOLAS_OK;
}

bool physmem_model_page_fits(const struct physmem_model_page *page,
			     const struct iolas_range_constraints *c)
{
	const uint64_t first = page->number * PAGE;

	if (page->kind != PHYSMEM_MODEL_FREE)
		return false;
	return !has_limits(c) ||
	       (first >= c->first && first + (PAGE - 1) <= c->last);
}

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Appends fitting pages of the node (or the others) until there are @count. */
static uint64_t pick_from(struct physmem_model *model, uint64_t count,
			  const struct iolas_physmem_request *request,
			  bool wished, uint64_t *numbers, uint64_t have)
{
	const bool is_high = request->where.flags == IOLAS_PLACE_HIGH;

	for (unsigned i = 0; i < model->count && have < count; i++) {
		const struct physmem_model_page *page =
			&model->pages[is_high ? model->count - 1 - i : i];

		if (request->node != IOLAS_NODE_ANY &&
		    (page->node == request->node) != wished)
			continue;
		if (physmem_model_page_fits(page, &request->where))
			numbers[have++] = page->number;
	}
	return have;
}

int physmem_model_pick(struct physmem_model *model, uint64_t count,
		       const struct iolas_physmem_request *request,
		       uint64_t *numbers)
{
	uint64_t have;

	if (count > model->count)
		return IOLAS_ENOSPC;
	have = pick_from(model, count, request, true, numbers, 0);
	if (request->node != IOLAS_NODE_ANY &&
	    (request->flags & IOLAS_PHYSMEM_NODE_HINT))
		have = pick_from(model, count, request, false, numbers, have);
	if (have < count)
		return IOLAS_ENOSPC;
	qsort(numbers, (size_t)count, sizeof(*numbers), compare_numbers);
	return IOLAS_OK;
}

void physmem_model_take_page(struct physmem_model *model, uint64_t number)
{
	struct physmem_model_page *page = physmem_model_at(model, number);

	page->kind = PHYSMEM_MODEL_SCATTERED;
	hand_out(model, page);
}

int physmem_model_free_pages(struct physmem_model *model,
			     const uint64_t *numbers, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		const struct physmem_model_page *page =
			physmem_model_at(model, numbers[i]);

		if (!page || page->kind != PHYSMEM_MODEL_SCATTERED)
			return IOLAS_ENOENT;
		for (uint64_t j = 0; j < i; j++)
			if (numbers[j] == numbers[i])
				return IOLAS_ENOENT;
	}
	for (uint64_t i = 0; i < count; i++)
		take_in(model, physmem_model_at(model, numbers[i]));
	return IOLAS_OK;
}

void physmem_model_stats(const struct physmem_model *model, uint32_t node,
			 struct iolas_physmem_stats *stats)
{
	uint64_t run = 0;

	memset(stats, 0, sizeof(*stats));
	for (unsigned i = 0; i < model->count; i++) {
		const struct physmem_model_page *page = &model->pages[i];

		stats->highest = page->number * PAGE + (PAGE - 1);
		if (node != IOLAS_NODE_ANY && page->node != node)
			continue;
		stats->total_pages++;
		if (i && page[-1].region != page->region)
			run = 0;
		run = page->kind == PHYSMEM_MODEL_FREE ? run + 1 : 0;
		stats->free_pages += run != 0;
		if (run > stats->largest_pages)
			stats->largest_pages = run;
	}
	stats->poison_hits = model->poison_hits;
}
