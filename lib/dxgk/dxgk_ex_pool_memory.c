/* SPDX-License-Identifier: MIT */
/*
 * Memory under the pool: slots of a page for small blocks, which hence never
 * cross a page; whole pages for the others, consecutive for the CPU and
 * scattered in memory, as pool is.
 */
#include "dxgk/dxgk_ex_pool.h"

#include <string.h>

/* So many stretches show the last pages first. */
#define STRETCHES 8

static const struct iolas_physmem_request anywhere_high = {
	.struct_size = sizeof(anywhere_high),
	.node = IOLAS_NODE_ANY,
	.where = { .struct_size = sizeof(anywhere_high.where),
		   .flags = IOLAS_PLACE_HIGH },
};

static uint32_t slots_of(uint32_t class_index)
{
	return (uint32_t)(DXGK_PAGE_BYTES >>
			  (class_index + DXGK_POOL_CLASS_LG2));
}

static struct iolas__dxgk_pool_slab *
make_slab(struct iolas_dxgk_machine *machine, struct iolas__dxgk_pool *pool,
	  uint32_t class_index)
{
	struct iolas__dxgk_pool_slab *slab =
		iolas__dxgk_alloc(&machine->heap, sizeof(*slab));

	if (!slab)
		return NULL;
	if (iolas_physmem_alloc(machine->physmem, DXGK_PAGE_BYTES,
				&anywhere_high, &slab->pa)) {
		iolas__dxgk_free(&machine->heap, slab);
		return NULL;
	}
	slab->at =
		iolas_physmem_ptr(machine->physmem, slab->pa, DXGK_PAGE_BYTES);
	slab->class_index = class_index;
	slab->next = pool->slabs[class_index];
	if (slab->next)
		slab->next->prev = slab;
	pool->slabs[class_index] = slab;
	return slab;
}

static void end_slab(struct iolas_dxgk_machine *machine,
		     struct iolas__dxgk_pool *pool,
		     struct iolas__dxgk_pool_slab *slab)
{
	if (slab->prev)
		slab->prev->next = slab->next;
	else
		pool->slabs[slab->class_index] = slab->next;
	if (slab->next)
		slab->next->prev = slab->prev;
	iolas_physmem_free(machine->physmem, slab->pa, DXGK_PAGE_BYTES);
	iolas__dxgk_free(&machine->heap, slab);
}

static bool take_slot(struct iolas_dxgk_machine *machine,
		      struct iolas__dxgk_pool *pool,
		      struct iolas__dxgk_pool_block *block,
		      uint32_t class_index, bool *reused)
{
	const uint32_t slots = slots_of(class_index);
	struct iolas__dxgk_pool_slab *slab = pool->slabs[class_index];
	uint32_t slot;

	while (slab && slab->live == slots)
		slab = slab->next;
	if (!slab)
		slab = make_slab(machine, pool, class_index);
	if (!slab)
		return false;
	/* Round robin: a freed slot stays freed for as long as possible. */
	slot = slab->hint;
	while (slab->is_used[slot])
		slot = (slot + 1) & (slots - 1);
	slab->hint = (slot + 1) & (slots - 1);
	slab->is_used[slot] = true;
	slab->live++;
	*reused = slab->was_used[slot];
	block->slab = slab;
	block->room = (size_t)1 << (class_index + DXGK_POOL_CLASS_LG2);
	block->at = slab->at + slot * block->room;
	return true;
}

static void give_slot(struct iolas_dxgk_machine *machine,
		      struct iolas__dxgk_pool *pool,
		      struct iolas__dxgk_pool_block *block)
{
	struct iolas__dxgk_pool_slab *slab = block->slab;
	size_t slot = (size_t)(block->at - slab->at) / block->room;

	slab->is_used[slot] = false;
	slab->was_used[slot] = true;
	if (--slab->live == 0)
		end_slab(machine, pool, slab);
}

/* @list's pages in an order that memory does not have them in. */
static struct iolas_pagelist *shuffle(struct iolas_dxgk_machine *machine,
				      const struct iolas_pagelist *list,
				      uint64_t pages)
{
	const uint64_t step =
		pages < STRETCHES ? 1 : (pages + STRETCHES - 1) / STRETCHES;
	struct iolas_pagelist *shown;
	int status;

	status = iolas_pagelist_create(&machine->host, DXGK_PAGE_LG2, &shown);
	for (uint64_t end = pages; !status && end;) {
		uint64_t begin = end > step ? end - step : 0;

		for (uint64_t i = begin; !status && i < end; i++) {
			uint64_t pfn;

			status = iolas_pagelist_frames(list, i, &pfn, 1);
			if (!status)
				status = iolas_pagelist_append_frames(shown,
								      &pfn, 1);
		}
		end = begin;
	}
	if (!status)
		return shown;
	iolas_pagelist_destroy(shown);
	return NULL;
}

/* Scattered pages in a view of their own. */
static int take_view(struct iolas_dxgk_machine *machine,
		     struct iolas__dxgk_pool_block *block, uint64_t pages)
{
	struct iolas_pagelist *list = NULL, *shown = NULL;
	void *view = NULL;
	int status;

	status = iolas_pagelist_create(&machine->host, DXGK_PAGE_LG2, &list);
	if (status)
		return status;
	status = iolas_physmem_alloc_pages(machine->physmem, pages,
					   &anywhere_high, list);
	if (!status) {
		shown = shuffle(machine, list, pages);
		status = shown ? iolas_physmem_view(machine->physmem, shown,
						    &view)
			       : IOLAS_ENOMEM;
		iolas_pagelist_destroy(shown);
		if (status)
			iolas_physmem_free_pages(machine->physmem, list);
	}
	if (status) {
		iolas_pagelist_destroy(list);
		return status;
	}
	block->pages = list;
	block->at = view;
	return IOLAS_OK;
}

static bool take_pages(struct iolas_dxgk_machine *machine,
		       struct iolas__dxgk_pool_block *block)
{
	uint64_t pages = block->bytes ? BYTES_TO_PAGES(block->bytes) : 1;

	if (pages > SIZE_MAX >> DXGK_PAGE_LG2)
		return false;
	block->room = (size_t)pages << DXGK_PAGE_LG2;
	if (pages > 1 && take_view(machine, block, pages) == IOLAS_OK)
		return true;
	/* One page, or memory that has no views. */
	if (iolas_physmem_alloc(machine->physmem, block->room, &anywhere_high,
				&block->pa))
		return false;
	block->at = iolas_physmem_ptr(machine->physmem, block->pa, block->room);
	return true;
}

static void give_pages(struct iolas_dxgk_machine *machine,
		       struct iolas__dxgk_pool_block *block)
{
	if (!block->pages) {
		iolas_physmem_free(machine->physmem, block->pa, block->room);
		return;
	}
	iolas_physmem_view_close(machine->physmem, block->at);
	iolas_physmem_free_pages(machine->physmem, block->pages);
	iolas_pagelist_destroy(block->pages);
}

bool iolas__dxgk_pool_take(struct iolas_dxgk_machine *machine,
			   struct iolas__dxgk_pool *pool,
			   struct iolas__dxgk_pool_block *block, bool *reused)
{
	uint32_t class_index = 0;

	*reused = false;
	while (class_index < DXGK_POOL_CLASSES &&
	       block->bytes + DXGK_POOL_FENCE_BYTES >
		       (size_t)1 << (class_index + DXGK_POOL_CLASS_LG2))
		class_index++;
	if (block->bytes < DXGK_PAGE_BYTES && class_index < DXGK_POOL_CLASSES)
		return take_slot(machine, pool, block, class_index, reused);
	return take_pages(machine, block);
}

void iolas__dxgk_pool_give(struct iolas_dxgk_machine *machine,
			   struct iolas__dxgk_pool *pool,
			   struct iolas__dxgk_pool_block *block)
{
	if (block->slab)
		give_slot(machine, pool, block);
	else
		give_pages(machine, block);
}
