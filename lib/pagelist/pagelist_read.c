/* SPDX-License-Identifier: MIT */
/*
 * Reading page lists: runs, frames, slices.
 */
#include "pagelist/pagelist_priv.h"

int iolas_pagelist_run_at(const struct iolas_pagelist *list, uint64_t offset,
			  struct iolas_run *run)
{
	uint64_t at, index, into;
	const struct iolas__page_run *stored;

	if (!list || !run)
		return IOLAS_EINVAL;
	if (offset >= list->byte_count)
		return IOLAS_ERANGE;
	at = list->byte_offset + offset; /* below page_count pages */
	index = iolas__pagelist_find(list, at >> list->page_lg2);
	stored = iolas__pagelist_slot(list, index);
	into = at - (stored->first_page << list->page_lg2);
	run->pa = stored->pa + into;
	run->len = (iolas__pagelist_run_pages(list, index) << list->page_lg2) -
		   into;
	run->len = iolas__min64(run->len, list->byte_count - offset);
	return IOLAS_OK;
}

int iolas_pagelist_run_by_index(const struct iolas_pagelist *list,
				uint64_t index, struct iolas_run *run)
{
	if (!list || !run)
		return IOLAS_EINVAL;
	if (index >= list->run_count)
		return IOLAS_ERANGE;
	run->pa = iolas__pagelist_slot(list, index)->pa;
	run->len = iolas__pagelist_run_pages(list, index) << list->page_lg2;
	return IOLAS_OK;
}

int iolas_pagelist_frames(const struct iolas_pagelist *list, uint64_t index,
			  uint64_t *pfns, uint64_t count)
{
	uint64_t run, page;

	if (!list || !pfns || !count)
		return IOLAS_EINVAL;
	if (index >= list->page_count || count > list->page_count - index)
		return IOLAS_ERANGE;
	run = iolas__pagelist_find(list, index);
	page = index - iolas__pagelist_slot(list, run)->first_page;
	for (; count; run++, page = 0) {
		const uint64_t n = iolas__pagelist_run_pages(list, run);
		const uint64_t first =
			iolas__pagelist_slot(list, run)->pa >> list->page_lg2;

		for (; count && page < n; page++, count--)
			*pfns++ = first + page;
	}
	return IOLAS_OK;
}

/* Appends the pages first..last of @list, as they are stored, to @slice. */
static int copy_pages(const struct iolas_pagelist *list, uint64_t first,
		      uint64_t last, struct iolas_pagelist *slice)
{
	uint64_t run = iolas__pagelist_find(list, first);

	for (uint64_t n; first <= last; first += n, run++) {
		const struct iolas__page_run *stored =
			iolas__pagelist_slot(list, run);
		const uint64_t into = first - stored->first_page;
		int status;

		n = iolas__pagelist_run_pages(list, run) - into;
		n = iolas__min64(n, last - first + 1);
		status = iolas_pagelist_append_run(
			slice, stored->pa + (into << list->page_lg2),
			n << list->page_lg2);
		if (status != IOLAS_OK)
			return status;
	}
	return IOLAS_OK;
}

int iolas_pagelist_slice(const struct iolas_pagelist *list, uint64_t offset,
			 uint64_t len, struct iolas_pagelist **slice)
{
	uint64_t at;
	int status;

	if (!slice)
		return IOLAS_EINVAL;
	*slice = NULL;
	if (!list || !len)
		return IOLAS_EINVAL;
	if (offset >= list->byte_count || len > list->byte_count - offset)
		return IOLAS_ERANGE;
	status = iolas_pagelist_create(&list->host, list->page_lg2, slice);
	if (status != IOLAS_OK)
		return status;
	at = list->byte_offset + offset;
	status = copy_pages(list, at >> list->page_lg2,
			    (at + len - 1) >> list->page_lg2, *slice);
	if (status == IOLAS_OK)
		status = iolas_pagelist_set_bytes(
			*slice, at & iolas__mask(list->page_lg2), len);
	if (status != IOLAS_OK) {
		iolas_pagelist_destroy(*slice);
		*slice = NULL;
	}
	return status;
}
