/* SPDX-License-Identifier: MIT */
/*
 * Where an adapter's memory lies for its device.  Passthrough: where it is.
 * Identity: a domain maps each page to itself; a page in two blocks is mapped
 * once and counted, so that the first unmap opens no hole.  Remapped: a range
 * of the domain's own space, at addresses that no page of it has.
 */
#include "dxgk/dxgk_block.h"

#include <string.h>

#define PROT	(IOLAS_READ | IOLAS_WRITE)
#define BUCKETS 1024u

/* An identity page that more than one block maps: @count beyond the first. */
struct iolas__dxgk_extra {
	struct iolas__dxgk_extra *next;
	uint64_t pfn;
	uint64_t count;
};

/* The link to a page's extra in its bucket; under adapter->lock. */
static struct iolas__dxgk_extra **extra_of(struct iolas_dxgk_adapter *adapter,
					   uint64_t pfn)
{
	struct iolas__dxgk_extra **link =
		&adapter->extras[(pfn ^ pfn >> 10) % BUCKETS];

	while (*link && (*link)->pfn != pfn)
		link = &(*link)->next;
	return link;
}

static int extra_add(struct iolas_dxgk_adapter *adapter, uint64_t pfn)
{
	struct iolas__dxgk_extra **link = extra_of(adapter, pfn);

	if (!*link) {
		*link = iolas__dxgk_alloc(&adapter->machine->heap,
					  sizeof(**link));
		if (!*link)
			return IOLAS_ENOMEM;
		(*link)->pfn = pfn;
	}
	(*link)->count++;
	return IOLAS_OK;
}

/* true: one of several uses ended, the page stays mapped. */
static bool extra_drop(struct iolas_dxgk_adapter *adapter, uint64_t pfn)
{
	struct iolas__dxgk_extra **link = extra_of(adapter, pfn);
	struct iolas__dxgk_extra *extra = *link;

	if (!extra)
		return false;
	if (--extra->count == 0) {
		*link = extra->next;
		iolas__dxgk_free(&adapter->machine->heap, extra);
	}
	return true;
}

/*
 * [first, last] is mapped already: count each page once more.  A leaf that
 * reaches out is split now, so that no later unmap needs memory for it.
 */
static int share(struct iolas_dxgk_adapter *adapter, uint64_t first,
		 uint64_t last, const struct iolas_mapping *leaf)
{
	uint64_t pa = first;
	int status = IOLAS_OK;

	if (leaf->iova < first || leaf->iova + (leaf->size - 1) > last)
		status = iolas_domain_protect(adapter->domain, first,
					      last - first + 1, PROT);
	for (; !status && pa <= last; pa += DXGK_PAGE_BYTES)
		status = extra_add(adapter, pa >> DXGK_PAGE_LG2);
	if (status) {
		/* The page at pa - PAGE_BYTES failed, those below it count. */
		while (pa > first + DXGK_PAGE_BYTES) {
			pa -= DXGK_PAGE_BYTES;
			extra_drop(adapter,
				   (pa - DXGK_PAGE_BYTES) >> DXGK_PAGE_LG2);
		}
	}
	return status;
}

/* Unmaps [first, last], none of it shared. */
static int drop_pages(struct iolas_dxgk_adapter *adapter, uint64_t first,
		      uint64_t last, struct iolas_gather *gather)
{
	return iolas_domain_unmap(adapter->domain, first, last - first + 1,
				  gather);
}

static int identity_unmap_run(struct iolas_dxgk_adapter *adapter,
			      const struct iolas_run *run,
			      struct iolas_gather *gather, uint64_t *done);

/* All or nothing for one run; under adapter->lock. */
static int identity_map_run(struct iolas_dxgk_adapter *adapter,
			    const struct iolas_run *run)
{
	struct iolas_pgtable *table = iolas_domain_pgtable(adapter->domain);
	const uint64_t last = run->pa + (run->len - 1);
	struct iolas_mapping leaf = { .struct_size = sizeof(leaf) };
	uint64_t at = run->pa;
	uint64_t end;
	int status = IOLAS_OK;

	while (!status && at <= last) {
		status = iolas_pgtable_next(table, at, last, &leaf);
		if (status == IOLAS_ENOENT || (!status && leaf.iova > at)) {
			end = status ? last : leaf.iova - 1;
			status = iolas_domain_map(adapter->domain, at, at,
						  end - at + 1, PROT);
		} else if (!status) {
			end = leaf.iova + (leaf.size - 1);
			end = end < last ? end : last;
			status = share(adapter, at, end, &leaf);
		}
		if (!status)
			at = end + 1;
		if (!at)
			break; /* wrapped: the run ends with the space */
	}
	if (status && at > run->pa) {
		struct iolas_run undo = { run->pa, at - run->pa };
		uint64_t done;

		identity_unmap_run(adapter, &undo, NULL, &done);
	}
	return status;
}

/* *done: bytes that are undone when it fails; under adapter->lock. */
static int identity_unmap_run(struct iolas_dxgk_adapter *adapter,
			      const struct iolas_run *run,
			      struct iolas_gather *gather, uint64_t *done)
{
	const uint64_t last = run->pa + (run->len - 1);
	uint64_t at = run->pa;

	*done = 0;
	while (at <= last) {
		uint64_t end = at;
		int status;

		if (extra_drop(adapter, at >> DXGK_PAGE_LG2)) {
			*done += DXGK_PAGE_BYTES;
			at += DXGK_PAGE_BYTES;
			continue;
		}
		while (end + DXGK_PAGE_BYTES <= last &&
		       !*extra_of(adapter,
				  (end + DXGK_PAGE_BYTES) >> DXGK_PAGE_LG2))
			end += DXGK_PAGE_BYTES;
		end += DXGK_PAGE_BYTES - 1;
		status = drop_pages(adapter, at, end, gather);
		if (status)
			return status;
		*done += end - at + 1;
		at = end + 1;
	}
	return IOLAS_OK;
}

/* Undoes the first @bytes of a block's identity mapping. */
static int identity_unmap(struct iolas__dxgk_block *block, uint64_t bytes)
{
	struct iolas_dxgk_adapter *adapter = block->adapter;
	struct iolas_gather gather;
	uint64_t offset = 0;
	int status = IOLAS_OK;

	iolas_gather_init(&gather);
	pthread_mutex_lock(&adapter->lock);
	while (!status && offset < bytes) {
		struct iolas_run run;
		uint64_t done;

		status = iolas_pagelist_run_at(block->pages.list, offset, &run);
		if (status)
			break;
		if (run.len > bytes - offset)
			run.len = bytes - offset;
		status = identity_unmap_run(adapter, &run, &gather, &done);
		offset += done;
	}
	if (status && offset) { /* put back what went */
		uint64_t again = 0;
		struct iolas_run run;

		while (again < offset &&
		       !iolas_pagelist_run_at(block->pages.list, again, &run)) {
			if (run.len > offset - again)
				run.len = offset - again;
			identity_map_run(adapter, &run);
			again += run.len;
		}
	}
	pthread_mutex_unlock(&adapter->lock);
	iolas_domain_sync(adapter->domain, &gather);
	return status;
}

static int identity_map(struct iolas__dxgk_block *block)
{
	struct iolas_dxgk_adapter *adapter = block->adapter;
	uint64_t offset = 0;
	int status = IOLAS_OK;

	while (!status && offset < block->pages.bytes) {
		struct iolas_run run;

		status = iolas_pagelist_run_at(block->pages.list, offset, &run);
		if (status)
			break;
		pthread_mutex_lock(&adapter->lock);
		status = identity_map_run(adapter, &run);
		pthread_mutex_unlock(&adapter->lock);
		if (!status)
			offset += run.len;
	}
	if (status && offset)
		identity_unmap(block, offset);
	return status;
}

/* Would any page of @list have itself as logical address? */
static bool coincides(const struct iolas_pagelist *list, uint64_t bytes,
		      iolas_iova logical)
{
	struct iolas_run run;

	for (uint64_t offset = 0; offset < bytes; offset += run.len) {
		if (iolas_pagelist_run_at(list, offset, &run))
			return false;
		if (run.pa == logical + offset)
			return true;
	}
	return false;
}

/* A range of logical space where nothing is its own address. */
static int take_logical(struct iolas__dxgk_block *block, uint64_t bytes)
{
	enum { TRIES = 4 };
	struct iolas_domain *domain = block->adapter->domain;
	iolas_iova refused[TRIES];
	int status = IOLAS_OK;
	int turn = 0;

	while (turn < TRIES) {
		status = iolas_domain_alloc(domain, bytes, NULL,
					    &block->logical);
		if (status ||
		    !coincides(block->pages.list, bytes, block->logical))
			break;
		refused[turn++] = block->logical;
	}
	/* Better the same address than none. */
	if (turn && (status || turn == TRIES)) {
		block->logical = refused[--turn];
		status = IOLAS_OK;
	}
	while (turn--)
		iolas_domain_free(domain, refused[turn], bytes);
	return status;
}

static int remapped_map(struct iolas__dxgk_block *block)
{
	struct iolas_domain *domain = block->adapter->domain;
	uint64_t bytes = block->pages.bytes;
	int status = take_logical(block, bytes);

	if (status)
		return status;
	status = iolas_domain_map_list(domain, block->logical,
				       block->pages.list, 0, bytes, PROT);
	if (status)
		iolas_domain_free(domain, block->logical, bytes);
	return status;
}

int iolas__dxgk_iommu_map(struct iolas__dxgk_block *block)
{
	bool is_one_run = iolas_pagelist_run_count(block->pages.list) == 1;
	int status = IOLAS_OK;

	switch (block->adapter->config.mode) {
	case IOLAS_DXGK_REMAPPED:
		status = remapped_map(block);
		block->has_logical = !status;
		break;
	case IOLAS_DXGK_IDENTITY:
		status = identity_map(block);
		/* fall through */
	default:
		block->logical = block->pa;
		block->has_logical = is_one_run && !status;
		break;
	}
	block->is_mapped = !status;
	return status;
}

int iolas__dxgk_iommu_unmap(struct iolas__dxgk_block *block)
{
	int status = IOLAS_OK;

	if (!block->is_mapped)
		return IOLAS_OK;
	switch (block->adapter->config.mode) {
	case IOLAS_DXGK_REMAPPED:
		status = iolas_domain_unmap_free(block->adapter->domain,
						 block->logical,
						 block->pages.bytes);
		break;
	case IOLAS_DXGK_IDENTITY:
		status = identity_unmap(block, block->pages.bytes);
		break;
	default:
		break;
	}
	if (!status)
		block->is_mapped = false;
	return status;
}

iolas_iova iolas__dxgk_block_logical(const struct iolas__dxgk_block *block,
				     uint64_t offset, iolas_pa pa)
{
	if (block->adapter->config.mode == IOLAS_DXGK_REMAPPED)
		return block->logical + offset;
	return pa;
}

bool iolas__dxgk_list_holds(const struct iolas_dxgk_adapter *adapter,
			    const struct iolas_pagelist *list,
			    iolas_iova logical, iolas_iova address)
{
	uint64_t bytes = iolas_pagelist_byte_count(list);
	struct iolas_run run;

	if (adapter->config.mode == IOLAS_DXGK_REMAPPED)
		return address - logical < bytes;
	for (uint64_t offset = 0; offset < bytes; offset += run.len) {
		if (iolas_pagelist_run_at(list, offset, &run))
			return false;
		if (address - run.pa < run.len)
			return true;
	}
	return false;
}
