/* SPDX-License-Identifier: MIT */
/*
 * Views: the pages of a list at consecutive CPU addresses, and the way back
 * from a CPU pointer to a physical address.
 *
 * A view is a window of address space into which the backing shows each
 * stretch of pages.  Where that cannot be had, a list that is one stretch of
 * one region is seen through the region's own memory.
 */
#include "pagelist/pagelist_priv.h"
#include "physmem/physmem_priv.h"

#include <string.h>

#define FIRST_ROOM 64u
#define ALIGN	   64u

static size_t table_bytes(uint64_t room)
{
	return (size_t)room * sizeof(struct iolas__view);
}

/* Lock held. */
static int table_make_room(struct iolas_physmem *mem)
{
	const uint64_t room = mem->view_room ? 2 * mem->view_room : FIRST_ROOM;
	struct iolas__view *views;
	iolas_pa unused;

	if (mem->view_count < mem->view_room)
		return IOLAS_OK;
	views = mem->host.chunk_alloc(mem->host.user, table_bytes(room), ALIGN,
				      &unused);
	if (!views)
		return IOLAS_ENOMEM;
	if (mem->views) {
		memcpy(views, mem->views, table_bytes(mem->view_count));
		mem->host.chunk_free(mem->host.user, mem->views,
				     table_bytes(mem->view_room));
	}
	mem->views = views;
	mem->view_room = room;
	return IOLAS_OK;
}

/* How many views start at or below @ptr. */
static uint64_t views_up_to(const struct iolas_physmem *mem,
			    const unsigned char *ptr)
{
	uint64_t begin = 0;
	uint64_t end = mem->view_count;

	while (begin < end) {
		const uint64_t middle = begin + (end - begin) / 2;

		if ((uintptr_t)mem->views[middle].base <= (uintptr_t)ptr)
			begin = middle + 1;
		else
			end = middle;
	}
	return begin;
}

static int table_add(struct iolas_physmem *mem, const struct iolas__view *view)
{
	int status;
	uint64_t at;

	iolas__physmem_lock(mem);
	status = table_make_room(mem);
	if (status == IOLAS_OK) {
		at = views_up_to(mem, view->base);
		memmove(&mem->views[at + 1], &mem->views[at],
			table_bytes(mem->view_count - at));
		mem->views[at] = *view;
		mem->view_count++;
	}
	iolas__physmem_unlock(mem);
	return status;
}

/* Takes the view whose user's pointer is @ptr out of the table. */
static int table_remove(struct iolas_physmem *mem, const unsigned char *ptr,
			struct iolas__view *view)
{
	uint64_t at;

	/* Views that start in one page stand together: look back over them. */
	for (at = views_up_to(mem, ptr); at-- > 0;) {
		*view = mem->views[at];
		if (view->base + view->byte_offset == ptr)
			break;
		if (((uintptr_t)ptr - (uintptr_t)view->base) >> mem->page_lg2)
			return IOLAS_ENOENT;
	}
	if (at == UINT64_MAX)
		return IOLAS_ENOENT;
	mem->view_count--;
	memmove(&mem->views[at], &mem->views[at + 1],
		table_bytes(mem->view_count - at));
	return IOLAS_OK;
}

static void view_end(struct iolas_physmem *mem, const struct iolas__view *view)
{
	if (view->pages)
		mem->backing.view_release(mem->backing.user, view->base,
					  view->bytes);
	iolas_pagelist_destroy(view->pages);
}

/* What the pages of a list are. */
struct kinds {
	bool is_outside; /* a page is no memory of ours */
	bool is_backed;	 /* all of it came from the backing */
	bool is_one;	 /* one stretch of one region */
	struct iolas__page_walk first;
};

static struct kinds look_at(const struct iolas_physmem *mem,
			    const struct iolas_pagelist *list)
{
	struct iolas__page_walk walk = {
		.list = list,
		.end = list->page_count,
	};
	struct kinds kinds = { .is_backed = true, .is_one = true };

	while (iolas__page_walk_next(mem, &walk)) {
		if (!walk.region) {
			kinds.is_outside = true;
			return kinds;
		}
		kinds.is_backed &= walk.region->is_backed;
		if (kinds.first.list)
			kinds.is_one = false;
		else
			kinds.first = walk;
	}
	return kinds;
}

static int show_pages(const struct iolas_physmem *mem,
		      const struct iolas_pagelist *list,
		      const struct iolas__view *view)
{
	const struct iolas_backing *backing = &mem->backing;
	struct iolas__page_walk walk = {
		.list = list,
		.end = list->page_count,
	};
	unsigned char *at = view->base;

	while (iolas__page_walk_next(mem, &walk)) {
		const uint64_t bytes = walk.count << mem->page_lg2;

		if (backing->view_map(backing->user, at, walk.region->object,
				      walk.first << mem->page_lg2,
				      bytes) != IOLAS_OK)
			return IOLAS_ENOMEM;
		at += bytes;
	}
	return IOLAS_OK;
}

/* A view through the backing, not yet in the table. */
static int make_mapped(const struct iolas_physmem *mem,
		       const struct iolas_pagelist *list,
		       struct iolas__view *view)
{
	const struct iolas_backing *backing = &mem->backing;
	int status =
		iolas_pagelist_slice(list, 0, list->byte_count, &view->pages);

	if (status != IOLAS_OK)
		return status;
	view->base = backing->view_reserve(backing->user, view->bytes);
	if (!view->base) {
		iolas_pagelist_destroy(view->pages);
		return IOLAS_ENOMEM;
	}
	if (iolas__is_aligned((uintptr_t)view->base, mem->page_lg2))
		status = show_pages(mem, list, view);
	else
		status = IOLAS_EIO;
	if (status != IOLAS_OK)
		view_end((struct iolas_physmem *)mem, view);
	return status;
}

static int make_view(const struct iolas_physmem *mem,
		     const struct iolas_pagelist *list,
		     struct iolas__view *view)
{
	const struct kinds kinds = look_at(mem, list);

	if (kinds.is_outside)
		return IOLAS_EINVAL;
	view->bytes = list->page_count << mem->page_lg2;
	view->byte_offset = list->byte_offset;
	if (kinds.is_backed && mem->backing.view_map)
		return make_mapped(mem, list, view);
	if (!kinds.is_one)
		return IOLAS_ENOTSUP;
	view->base =
		iolas__region_ptr(mem, kinds.first.region, kinds.first.first);
	return IOLAS_OK;
}

int iolas_physmem_view(struct iolas_physmem *mem,
		       const struct iolas_pagelist *list, void **view)
{
	struct iolas__view fresh = { 0 };
	int status;

	if (!view)
		return IOLAS_EINVAL;
	*view = NULL;
	if (!mem || !list || !list->page_count ||
	    list->page_lg2 != mem->page_lg2)
		return IOLAS_EINVAL;
	status = make_view(mem, list, &fresh);
	if (status != IOLAS_OK)
		return status;
	status = table_add(mem, &fresh);
	if (status != IOLAS_OK) {
		view_end(mem, &fresh);
		return status;
	}
	*view = fresh.base + fresh.byte_offset;
	return IOLAS_OK;
}

int iolas_physmem_view_close(struct iolas_physmem *mem, void *view)
{
	struct iolas__view gone;
	int status;

	if (!mem || !view)
		return IOLAS_EINVAL;
	iolas__physmem_lock(mem);
	status = table_remove(mem, view, &gone);
	iolas__physmem_unlock(mem);
	if (status == IOLAS_OK)
		view_end(mem, &gone);
	return status;
}

void iolas__physmem_drop_views(struct iolas_physmem *mem)
{
	for (uint64_t i = 0; i < mem->view_count; i++)
		view_end(mem, &mem->views[i]);
	if (mem->views)
		mem->host.chunk_free(mem->host.user, mem->views,
				     table_bytes(mem->view_room));
}

/* Constant after create: no lock. */
static int pa_in_region(const struct iolas_physmem *mem, uintptr_t ptr,
			iolas_pa *pa)
{
	uint32_t begin = 0;
	uint32_t end = mem->region_count;
	const struct iolas__region *region;

	while (end - begin > 1) {
		const uint32_t middle = (begin + end) / 2;

		region = &mem->regions[mem->by_base[middle]];
		if ((uintptr_t)region->base <= ptr)
			begin = middle;
		else
			end = middle;
	}
	region = &mem->regions[mem->by_base[begin]];
	if (ptr < (uintptr_t)region->base ||
	    ptr - (uintptr_t)region->base > region->last - region->first)
		return IOLAS_ENOENT;
	*pa = region->first + (ptr - (uintptr_t)region->base);
	return IOLAS_OK;
}

static int pa_in_view(const struct iolas_physmem *mem, const unsigned char *ptr,
		      iolas_pa *pa)
{
	const uint64_t count = views_up_to(mem, ptr);
	const struct iolas__view *view;
	uint64_t into, index;
	uint64_t pfn;

	if (!count)
		return IOLAS_ENOENT;
	view = &mem->views[count - 1];
	into = (uintptr_t)ptr - (uintptr_t)view->base;
	if (into >= view->bytes)
		return IOLAS_ENOENT;
	index = into >> mem->page_lg2;
	iolas_pagelist_frames(view->pages, index, &pfn, 1);
	*pa = (pfn << mem->page_lg2) + (into & iolas__mask(mem->page_lg2));
	return IOLAS_OK;
}

int iolas_physmem_pa(const struct iolas_physmem *mem, const void *ptr,
		     iolas_pa *pa)
{
	/* The lock is not part of what const promises. */
	struct iolas_physmem *locked = (struct iolas_physmem *)mem;
	int status;

	if (!mem || !ptr || !pa)
		return IOLAS_EINVAL;
	if (pa_in_region(mem, (uintptr_t)ptr, pa) == IOLAS_OK)
		return IOLAS_OK;
	iolas__physmem_lock(locked);
	status = pa_in_view(mem, ptr, pa);
	iolas__physmem_unlock(locked);
	return status;
}
