/* SPDX-License-Identifier: MIT */
/*
 * Physical memory: create and destroy.
 */
#include "base/struct_read.h"
#include "physmem/physmem_priv.h"

static size_t mem_bytes(uint32_t region_count)
{
	return sizeof(struct iolas_physmem) +
	       region_count * sizeof(struct iolas__region);
}

static int read_config(const struct iolas_physmem_config *given,
		       struct iolas_physmem_config *config)
{
	if (iolas__struct_read(config, sizeof(*config), sizeof(*config),
			       given) != IOLAS_OK ||
	    (config->flags & ~IOLAS_PHYSMEM_POISON) || config->page_lg2 < 12 ||
	    config->page_lg2 > 16 || !config->region_count ||
	    config->region_count > IOLAS__PHYSMEM_MAX_REGIONS ||
	    !config->regions)
		return IOLAS_EINVAL;
	return IOLAS_OK;
}

static int read_backing(const struct iolas_backing *given,
			struct iolas_backing *backing)
{
	if (iolas__struct_read(backing, sizeof(*backing), sizeof(*backing),
			       given) != IOLAS_OK ||
	    backing->flags || !backing->create || !backing->destroy ||
	    !backing->view_reserve != !backing->view_map ||
	    !backing->view_reserve != !backing->view_release)
		return IOLAS_EINVAL;
	return IOLAS_OK;
}

static bool needs_backing(const struct iolas_physmem *mem)
{
	for (uint32_t i = 0; i < mem->region_count; i++)
		if (mem->regions[i].is_backed)
			return true;
	return false;
}

static int make_space(struct iolas_physmem *mem, struct iolas__region *region)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.first = region->first,
		.last = region->last,
		.granule_lg2 = mem->page_lg2,
	};

	iolas__page_bits_init(&region->scattered, &mem->bit_nodes,
			      region->page_count);
	iolas__page_bits_init(&region->fragments, &mem->bit_nodes,
			      region->page_count);
	iolas__page_bits_init(&region->poisoned, &mem->bit_nodes,
			      region->page_count);
	return iolas_range_create(&mem->host, &config, &region->space);
}

static int make_memory(struct iolas_physmem *mem, struct iolas__region *region)
{
	const struct iolas_backing *backing = &mem->backing;

	region->base = backing->create(backing->user,
				       region->page_count << mem->page_lg2,
				       &region->object);
	if (!region->base)
		return IOLAS_ENOMEM;
	if (!iolas__is_aligned((uintptr_t)region->base, mem->page_lg2) ||
	    (uintptr_t)region->base >
		    UINTPTR_MAX - (region->last - region->first))
		return IOLAS_EIO;
	return IOLAS_OK;
}

/* What a failed step leaves behind is undone by end_regions(). */
static int make_regions(struct iolas_physmem *mem)
{
	for (uint32_t i = 0; i < mem->region_count; i++) {
		struct iolas__region *region = &mem->regions[i];
		int status = make_space(mem, region);

		if (status == IOLAS_OK && region->is_backed)
			status = make_memory(mem, region);
		if (status != IOLAS_OK)
			return status;
	}
	return iolas__physmem_layout_memory(mem);
}

static void end_regions(struct iolas_physmem *mem)
{
	const struct iolas_backing *backing = &mem->backing;

	for (uint32_t i = 0; i < mem->region_count; i++) {
		struct iolas__region *region = &mem->regions[i];

		iolas_range_destroy_all(region->space);
		if (region->is_backed && region->base)
			backing->destroy(backing->user, region->object,
					 region->base,
					 region->page_count << mem->page_lg2);
	}
}

static int fill_in(struct iolas_physmem *mem,
		   const struct iolas_physmem_config *config)
{
	mem->flags = config->flags;
	mem->page_lg2 = config->page_lg2;
	mem->region_count = config->region_count;
	if (iolas__physmem_layout(mem, config->regions) != IOLAS_OK)
		return IOLAS_EINVAL;
	if (needs_backing(mem) || config->backing)
		return read_backing(config->backing, &mem->backing);
	return IOLAS_OK;
}

int iolas_physmem_create(const struct iolas_host *host,
			 const struct iolas_physmem_config *config,
			 struct iolas_physmem **mem)
{
	struct iolas_physmem_config copy;
	struct iolas_physmem *fresh;
	struct iolas_host table;
	int status;

	if (!mem)
		return IOLAS_EINVAL;
	*mem = NULL;
	if (iolas__host_read(&table, host) != IOLAS_OK ||
	    read_config(config, &copy) != IOLAS_OK)
		return IOLAS_EINVAL;
	fresh = iolas__host_object_alloc(&table, mem_bytes(copy.region_count));
	if (!fresh)
		return IOLAS_ENOMEM;
	fresh->host = table;
	iolas__slab_init(&fresh->bit_nodes, &fresh->host,
			 IOLAS__BITS_NODE_BYTES, 64);
	status = fill_in(fresh, &copy);
	if (status == IOLAS_OK) {
		status = make_regions(fresh);
		if (status == IOLAS_OK) {
			*mem = fresh;
			return IOLAS_OK;
		}
		end_regions(fresh);
	}
	iolas__host_object_free(&table, fresh, mem_bytes(copy.region_count));
	return status;
}

void iolas_physmem_destroy_all(struct iolas_physmem *mem)
{
	struct iolas_host host;

	if (!mem)
		return;
	iolas__physmem_drop_views(mem);
	iolas_pagelist_destroy(mem->fragments);
	end_regions(mem);
	iolas__slab_fini(&mem->bit_nodes);
	host = mem->host;
	iolas__host_object_free(&host, mem, mem_bytes(mem->region_count));
}

/* Pages that somebody has; a region's count of them fits in 64 bits. */
static uint64_t live_pages(const struct iolas_physmem *mem,
			   const struct iolas__region *region)
{
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };

	iolas_range_stats(region->space, &stats);
	return stats.live_count ? (stats.live_bytes_m1 >> mem->page_lg2) + 1
				: 0;
}

/* Fragments are the memory's own and keep nothing alive. */
static bool is_in_use(struct iolas_physmem *mem)
{
	bool in_use;

	iolas__physmem_lock(mem);
	in_use = mem->view_count != 0;
	for (uint32_t i = 0; i < mem->region_count && !in_use; i++) {
		const struct iolas__region *region = &mem->regions[i];

		in_use = live_pages(mem, region) != region->fragment_pages;
	}
	iolas__physmem_unlock(mem);
	return in_use;
}

int iolas_physmem_destroy(struct iolas_physmem *mem)
{
	if (mem && is_in_use(mem))
		return IOLAS_EBUSY;
	iolas_physmem_destroy_all(mem);
	return IOLAS_OK;
}
