/* SPDX-License-Identifier: MIT */
/*
 * Page lists: their life, how they grow, and where the data lie in the pages.
 */
#include "pagelist/pagelist_priv.h"

int iolas_pagelist_create(const struct iolas_host *host, unsigned page_lg2,
			  struct iolas_pagelist **list)
{
	struct iolas_pagelist *fresh;
	struct iolas_host copy;

	if (!list)
		return IOLAS_EINVAL;
	*list = NULL;
	if (page_lg2 < 12 || page_lg2 > 30 ||
	    iolas__host_read(&copy, host) != IOLAS_OK)
		return IOLAS_EINVAL;
	fresh = iolas__host_object_alloc(&copy, sizeof(*fresh));
	if (!fresh)
		return IOLAS_ENOMEM;
	fresh->host = copy;
	fresh->page_lg2 = page_lg2;
	fresh->index = fresh->direct;
	fresh->index_count = IOLAS__PAGELIST_DIRECT_BLOCKS;
	*list = fresh;
	return IOLAS_OK;
}

void iolas_pagelist_destroy(struct iolas_pagelist *list)
{
	struct iolas_host host;

	if (!list)
		return;
	iolas__pagelist_drop_room(list);
	host = list->host;
	iolas__host_object_free(&host, list, sizeof(*list));
}

/* Does @pa follow the last page directly? */
static bool continues_last(const struct iolas_pagelist *list, iolas_pa pa)
{
	const uint64_t last = list->run_count - 1;
	uint64_t bytes;

	if (!list->run_count || !pa)
		return false;
	bytes = iolas__pagelist_run_pages(list, last) << list->page_lg2;
	return iolas__pagelist_slot(list, last)->pa + bytes == pa;
}

/* Room for one more run is there when @pa does not continue the last. */
static void append_pages(struct iolas_pagelist *list, iolas_pa pa,
			 uint64_t count)
{
	if (!continues_last(list, pa)) {
		struct iolas__page_run *run =
			iolas__pagelist_slot(list, list->run_count);

		run->pa = pa;
		run->first_page = list->page_count;
		list->run_count++;
	}
	list->page_count += count;
	list->byte_count += count << list->page_lg2;
}

static int append_check(const struct iolas_pagelist *list, uint64_t count)
{
	const uint64_t max = iolas__pagelist_max_pages(list->page_lg2);

	if (count > max - list->page_count)
		return IOLAS_ERANGE;
	return iolas__pagelist_tail(list);
}

int iolas_pagelist_append_run(struct iolas_pagelist *list, iolas_pa pa,
			      uint64_t len)
{
	uint64_t last;
	int status;

	if (!list || !iolas__is_aligned(pa | len, list->page_lg2) ||
	    !iolas__last_byte(pa, len, &last))
		return IOLAS_EINVAL;
	status = append_check(list, len >> list->page_lg2);
	if (status == IOLAS_OK && !continues_last(list, pa))
		status = iolas__pagelist_make_room(list, 1);
	if (status == IOLAS_OK)
		append_pages(list, pa, len >> list->page_lg2);
	return status;
}

/*
 * Pages from pfns[begin] on that follow each other without a gap.  A run may
 * end with the last page of the 64-bit space, never go on past it.
 */
static uint64_t frames_in_a_row(const uint64_t *pfns, uint64_t begin,
				uint64_t count)
{
	uint64_t n = 1;

	while (begin + n < count && pfns[begin + n] == pfns[begin] + n)
		n++;
	return n;
}

int iolas_pagelist_append_frames(struct iolas_pagelist *list,
				 const uint64_t *pfns, uint64_t count)
{
	uint64_t run_count = 0;
	int status;

	if (!list || !pfns || !count)
		return IOLAS_EINVAL;
	status = append_check(list, count);
	if (status != IOLAS_OK)
		return status;
	for (uint64_t i = 0; i < count; i++) {
		if (pfns[i] > UINT64_MAX >> list->page_lg2)
			return IOLAS_EINVAL;
		run_count += i == 0 || pfns[i] != pfns[i - 1] + 1;
	}
	if (iolas__pagelist_make_room(list, run_count) != IOLAS_OK)
		return IOLAS_ENOMEM;
	for (uint64_t i = 0, n; i < count; i += n) {
		n = frames_in_a_row(pfns, i, count);
		append_pages(list, pfns[i] << list->page_lg2, n);
	}
	return IOLAS_OK;
}

int iolas_pagelist_set_bytes(struct iolas_pagelist *list, uint64_t byte_offset,
			     uint64_t byte_count)
{
	uint64_t end, page_count;

	if (!list || byte_offset >> list->page_lg2 ||
	    !iolas__add_ok(byte_offset, byte_count, &end))
		return IOLAS_EINVAL;
	/* An empty list has no data; another one has at least a byte. */
	page_count = end ? ((end - 1) >> list->page_lg2) + 1 : 0;
	if (page_count != list->page_count || !byte_count != !list->page_count)
		return IOLAS_EINVAL;
	list->byte_offset = byte_offset;
	list->byte_count = byte_count;
	return IOLAS_OK;
}

void iolas__pagelist_truncate(struct iolas_pagelist *list, uint64_t page_count)
{
	while (list->run_count &&
	       iolas__pagelist_slot(list, list->run_count - 1)->first_page >=
		       page_count)
		list->run_count--;
	list->page_count = page_count;
	if (!page_count)
		list->byte_offset = 0;
	list->byte_count = (page_count << list->page_lg2) - list->byte_offset;
}

void iolas_pagelist_clear(struct iolas_pagelist *list)
{
	if (list)
		iolas__pagelist_truncate(list, 0);
}

uint64_t iolas_pagelist_byte_offset(const struct iolas_pagelist *list)
{
	return list ? list->byte_offset : 0;
}

uint64_t iolas_pagelist_byte_count(const struct iolas_pagelist *list)
{
	return list ? list->byte_count : 0;
}

uint64_t iolas_pagelist_page_count(const struct iolas_pagelist *list)
{
	return list ? list->page_count : 0;
}

uint64_t iolas_pagelist_run_count(const struct iolas_pagelist *list)
{
	return list ? list->run_count : 0;
}

unsigned iolas_pagelist_page_lg2(const struct iolas_pagelist *list)
{
	return list ? list->page_lg2 : 0;
}
