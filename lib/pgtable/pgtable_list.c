/* SPDX-License-Identifier: MIT */
/*
 * Mapping a page list: every run is prepared before the first leaf of any is
 * stored, so that the whole stays all or nothing.
 */
#include "pgtable/pgtable_list.h"

#include "pgtable/pt.h"

/* Where in a list's pages we are, and what contiguous memory is there. */
struct place {
	iolas_pa pa;
	uint64_t len;
};

/*
 * Contiguous memory from byte @offset of the list's pages on, at most @len.
 * The list speaks of data, which begin byte_offset into the first page and may
 * end before the last one does: we ask for the nearest byte of data and go on
 * or back inside its page.
 */
static int find_place(const struct iolas_pagelist *list, uint64_t offset,
		      uint64_t len, struct place *place)
{
	const uint64_t skipped = iolas_pagelist_byte_offset(list);
	const uint64_t count = iolas_pagelist_byte_count(list);
	const unsigned page_lg2 = iolas_pagelist_page_lg2(list);
	uint64_t data = offset > skipped ? offset - skipped : 0;
	struct iolas_run run;
	uint64_t end;
	int status;

	if (data >= count)
		data = count - 1; /* count 0: refused by run_at */
	status = iolas_pagelist_run_at(list, data, &run);
	if (status)
		return status;
	place->pa = run.pa + (offset - (data + skipped)); /* modulo 2^64 */
	/* A run ends with a page, though the data may not. */
	if (!iolas__align_up_ok(run.pa + run.len, page_lg2, &end))
		end = 0; /* the end of memory, modulo 2^64 */
	place->len = iolas__min64(end - place->pa, len);
	return IOLAS_OK;
}

/* Pages of @list, in bytes, hold [@offset, @offset + @len). */
static int check_inside(const struct iolas_pagelist *list, uint64_t offset,
			uint64_t len)
{
	const unsigned page_lg2 = iolas_pagelist_page_lg2(list);
	uint64_t last;

	if (page_lg2 < PT_TABLE_LG2)
		return IOLAS_EINVAL;
	if (!iolas__last_byte(offset, len, &last) ||
	    last >> page_lg2 >= iolas_pagelist_page_count(list))
		return IOLAS_ERANGE;
	return IOLAS_OK;
}

int pt_list_check(const struct pt_list_part *part, unsigned output_bits)
{
	int status = check_inside(part->list, part->offset, part->len);
	struct place place;

	for (uint64_t at = 0; at < part->len && !status; at += place.len) {
		status = find_place(part->list, part->offset + at,
				    part->len - at, &place);
		if (!status && (place.pa + (place.len - 1)) >> output_bits != 0)
			status = IOLAS_ERANGE;
	}
	return status;
}

static void undo(struct iolas_pgtable *pt, const struct pt_list_part *part,
		 iolas_iova iova, uint64_t stored, uint64_t bits)
{
	struct place place;

	for (uint64_t at = 0; at < stored; at += place.len) {
		/* Found before, and nobody changes the list meanwhile. */
		if (find_place(part->list, part->offset + at, stored - at,
			       &place))
			return;
		pt->ops->map_undo(pt, iova + at, place.pa, place.len, bits);
	}
}

int pt_list_map(struct iolas_pgtable *pt, const struct pt_list_part *part,
		iolas_iova iova, uint64_t bits)
{
	struct pt_job job = { NULL };
	struct place place;
	uint64_t stored = 0, more = 0;
	int status = IOLAS_OK;

	for (uint64_t at = 0; at < part->len && !status; at += place.len) {
		status = find_place(part->list, part->offset + at,
				    part->len - at, &place);
		if (!status)
			status = pt->ops->map_prepare(pt, &job, iova + at,
						      place.pa, place.len);
	}
	while (stored < part->len && !status) {
		status = find_place(part->list, part->offset + stored,
				    part->len - stored, &place);
		if (status)
			break;
		status = pt->ops->map_store(pt, &job, iova + stored, place.pa,
					    place.len, bits, &more);
		stored += more;
	}
	if (status)
		undo(pt, part, iova, stored, bits);
	pt_table_give(pt, job.spare);
	return status;
}
