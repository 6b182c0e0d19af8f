/* SPDX-License-Identifier: MIT */
/*
 * Where a page list keeps its runs: in itself, then in blocks from the host,
 * found through an index that doubles.  Blocks never move, so appending costs
 * no copy of what is there.
 */
#include "pagelist/pagelist_priv.h"

#include <string.h>

#define INLINE_RUNS IOLAS__PAGELIST_INLINE_RUNS
#define BLOCK_RUNS  IOLAS__PAGELIST_BLOCK_RUNS
#define BLOCK_LG2   IOLAS__PAGELIST_BLOCK_LG2
#define BLOCK_BYTES (BLOCK_RUNS * sizeof(struct iolas__page_run))
#define ALIGN	    64u

static void *chunk_take(const struct iolas_pagelist *list, size_t bytes)
{
	iolas_pa unused;

	return list->host.chunk_alloc(list->host.user, bytes, ALIGN, &unused);
}

static void chunk_give(const struct iolas_pagelist *list, void *chunk,
		       size_t bytes)
{
	list->host.chunk_free(list->host.user, chunk, bytes);
}

static void index_drop(struct iolas_pagelist *list)
{
	if (list->index != list->direct)
		chunk_give(list, list->index,
			   (size_t)list->index_count * sizeof(*list->index));
	list->index = list->direct;
	list->index_count = IOLAS__PAGELIST_DIRECT_BLOCKS;
}

static int index_grow(struct iolas_pagelist *list)
{
	const uint64_t count = list->index_count * 2;
	struct iolas__page_run **index;

	index = chunk_take(list, (size_t)count * sizeof(*index));
	if (!index)
		return IOLAS_ENOMEM;
	memcpy(index, list->index, (size_t)list->block_count * sizeof(*index));
	index_drop(list);
	list->index = index;
	list->index_count = count;
	return IOLAS_OK;
}

static int block_add(struct iolas_pagelist *list)
{
	struct iolas__page_run *block;

	if (list->block_count == list->index_count &&
	    index_grow(list) != IOLAS_OK)
		return IOLAS_ENOMEM;
	block = chunk_take(list, BLOCK_BYTES);
	if (!block)
		return IOLAS_ENOMEM;
	list->index[list->block_count++] = block;
	return IOLAS_OK;
}

int iolas__pagelist_make_room(struct iolas_pagelist *list, uint64_t extra)
{
	while (INLINE_RUNS + (list->block_count << BLOCK_LG2) -
		       list->run_count <
	       extra)
		if (block_add(list) != IOLAS_OK)
			return IOLAS_ENOMEM;
	return IOLAS_OK;
}

void iolas__pagelist_drop_room(struct iolas_pagelist *list)
{
	while (list->block_count)
		chunk_give(list, list->index[--list->block_count], BLOCK_BYTES);
	index_drop(list);
}

struct iolas__page_run *iolas__pagelist_slot(const struct iolas_pagelist *list,
					     uint64_t index)
{
	/* The list is const to readers only; its blocks are not part of it. */
	if (index < INLINE_RUNS)
		return (struct iolas__page_run *)&list->inline_runs[index];
	index -= INLINE_RUNS;
	return &list->index[index >> BLOCK_LG2][index & (BLOCK_RUNS - 1)];
}

uint64_t iolas__pagelist_run_pages(const struct iolas_pagelist *list,
				   uint64_t index)
{
	const uint64_t begin = iolas__pagelist_slot(list, index)->first_page;

	if (index + 1 == list->run_count)
		return list->page_count - begin;
	return iolas__pagelist_slot(list, index + 1)->first_page - begin;
}

uint64_t iolas__pagelist_find(const struct iolas_pagelist *list, uint64_t page)
{
	uint64_t begin = 0;
	uint64_t end = list->run_count;

	/* first_page(begin) <= page < first_page(end) */
	while (end - begin > 1) {
		const uint64_t middle = begin + (end - begin) / 2;

		if (iolas__pagelist_slot(list, middle)->first_page <= page)
			begin = middle;
		else
			end = middle;
	}
	return begin;
}
