/* SPDX-License-Identifier: MIT */
/*
 * What a table holds, told without changing it: lookups, shape, counters.
 */
#include "pgtable/pt.h"

#include "base/struct_read.h"

#include <string.h>

/*
 * Reads a result struct's header as any growing struct's and leaves *copy zero
 * but for its size.
 */
static int begin_result(void *copy, size_t copy_bytes, const void *given)
{
	int status = iolas__struct_read(copy, copy_bytes, copy_bytes, given);
	uint32_t size;

	if (status)
		return status;
	memcpy(&size, copy, sizeof(size));
	memset(copy, 0, copy_bytes);
	memcpy(copy, &size, sizeof(size));
	return IOLAS_OK;
}

/* Any other size than ours is looked at closely. */
static int check_mapping(const struct iolas_mapping *mapping)
{
	struct iolas_mapping copy;

	if (mapping && mapping->struct_size == sizeof(*mapping))
		return IOLAS_OK;
	return iolas__struct_read(&copy, sizeof(copy), sizeof(copy), mapping);
}

int iolas_pgtable_lookup(struct iolas_pgtable *pt, iolas_iova iova,
			 struct iolas_mapping *mapping)
{
	struct iolas__section section;
	int status;

	if (!pt || check_mapping(mapping))
		return IOLAS_EINVAL;
	iolas__epoch_enter(&pt->epoch, &section);
	status = iolas__pgtable_lookup_inside(pt, iova, mapping);
	iolas__epoch_leave(&pt->epoch, &section);
	return status;
}

/*
 * Cuts first..last to the iovas that exist; a canonical space has a hole in the
 * middle.  false: nothing is left.
 */
static bool clip(const struct iolas_pgtable *pt, iolas_iova *first,
		 iolas_iova *last)
{
	const struct pt_format *fmt = pt->ops->format;
	const unsigned bits = pt_input_bits(fmt->levels);
	const uint64_t low_end =
		iolas__mask(fmt->is_canonical ? bits - 1 : bits);
	const uint64_t high_start = ~low_end;

	if (!fmt->is_canonical) {
		*last = iolas__min64(*last, low_end);
		return *first <= *last;
	}
	if (*first > low_end)
		*first = iolas__max64(*first, high_start);
	if (*last < high_start)
		*last = iolas__min64(*last, low_end);
	return *first <= *last;
}

/* One half at a time: a walk never steps across the hole. */
static int next_inside(struct iolas_pgtable *pt, iolas_iova first,
		       iolas_iova last, struct iolas_mapping *mapping)
{
	const unsigned bits = pt_input_bits(pt->ops->format->levels);
	const uint64_t low_end = iolas__mask(bits - 1);
	int status;

	if (!pt->ops->format->is_canonical || first > low_end ||
	    last <= low_end)
		return pt->ops->next(pt, first, last, mapping);
	status = pt->ops->next(pt, first, low_end, mapping);
	if (status == IOLAS_ENOENT)
		status = pt->ops->next(pt, ~low_end, last, mapping);
	return status;
}

int iolas_pgtable_next(struct iolas_pgtable *pt, iolas_iova iova,
		       iolas_iova last, struct iolas_mapping *mapping)
{
	struct iolas__section section;
	int status;

	if (!pt || check_mapping(mapping) || iova > last)
		return IOLAS_EINVAL;
	if (!clip(pt, &iova, &last))
		return IOLAS_ENOENT;
	iolas__epoch_enter(&pt->epoch, &section);
	status = next_inside(pt, iova, last, mapping);
	iolas__epoch_leave(&pt->epoch, &section);
	return status;
}

int iolas_pgtable_info(const struct iolas_pgtable *pt,
		       struct iolas_pgtable_info *result)
{
	struct iolas_pgtable_info info;
	const struct pt_format *fmt;
	unsigned bits;

	if (begin_result(&info, sizeof(info), result) || !pt)
		return IOLAS_EINVAL;
	fmt = pt->ops->format;
	bits = pt_input_bits(fmt->levels);
	info.format = pt->config.format;
	info.flags = pt->config.flags;
	info.levels = fmt->levels;
	info.granule_lg2 = PT_TABLE_LG2;
	info.input_bits = bits;
	info.output_bits = pt->config.output_bits;
	info.page_sizes = pt->config.page_sizes;
	info.input.last = iolas__mask(fmt->is_canonical ? bits - 1 : bits);
	info.root_pa = pt->root_table->pa;
	memcpy(result, &info, sizeof(info));
	return IOLAS_OK;
}

/* Counters that move while we read may seem to contradict each other. */
static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

int iolas_pgtable_stats(struct iolas_pgtable *pt,
			struct iolas_pgtable_stats *result)
{
	struct iolas_pgtable_stats stats;
	uint64_t all, taken, idle;

	if (begin_result(&stats, sizeof(stats), result) || !pt)
		return IOLAS_EINVAL;
	/* Relaxed, all: a snapshot; exact when nobody changes the table. */
	all = iolas__load_relaxed(&pt->block_count) * PT_BLOCK_TABLES;
	taken = iolas__load_relaxed(&pt->taken);
	idle = iolas__load_relaxed(&pt->idle_count);
	stats.detached_count =
		iolas__load_relaxed(&pt->cut) + iolas__load_relaxed(&pt->held);
	stats.table_count = minus(minus(taken, stats.detached_count), idle);
	stats.free_count = minus(all, taken) + idle;
	stats.table_bytes = all << PT_TABLE_LG2;
	iolas__lock_acquire(&pt->host, &pt->slab.lock);
	stats.host_bytes = pt->slab.chunk_bytes + sizeof(*pt);
	iolas__lock_release(&pt->slab.lock);
	memcpy(result, &stats, sizeof(stats));
	return IOLAS_OK;
}
