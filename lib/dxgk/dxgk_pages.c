/* SPDX-License-Identifier: MIT */
/*
 * Contiguous blocks, and giving pages back.  Physical memory itself knows
 * limits and boundaries; here they are brought into its words, and natural
 * alignment is avoided where a test wants that.
 */
#include "dxgk/dxgk_pages.h"

#include <string.h>

void iolas__dxgk_pages_fill(struct iolas_dxgk_machine *machine,
			    const struct iolas__dxgk_pages *pages,
			    unsigned char byte)
{
	uint64_t offset = 0;

	while (offset < pages->bytes) {
		struct iolas_run run;
		void *ptr;

		if (iolas_pagelist_run_at(pages->list, offset, &run))
			return;
		ptr = iolas_physmem_ptr(machine->physmem, run.pa, run.len);
		if (!ptr) { /* across regions: page by page */
			run.len = DXGK_PAGE_BYTES;
			ptr = iolas_physmem_ptr(machine->physmem, run.pa,
						run.len);
		}
		if (ptr)
			memset(ptr, byte, run.len);
		offset += run.len;
	}
}

void iolas__dxgk_pages_release(struct iolas_dxgk_machine *machine,
			       const struct iolas__dxgk_pages *pages)
{
	if (!pages->bytes)
		return;
	if (!pages->chunk_bytes) {
		iolas_physmem_free_pages(machine->physmem, pages->list);
		return;
	}
	for (uint64_t offset = 0; offset < pages->bytes;
	     offset += pages->chunk_bytes) {
		struct iolas_run run;

		if (iolas_pagelist_run_at(pages->list, offset, &run))
			return;
		iolas_physmem_free(machine->physmem, run.pa,
				   pages->chunk_bytes);
	}
}

void iolas__dxgk_pages_free(struct iolas_dxgk_machine *machine,
			    struct iolas__dxgk_pages *pages)
{
	if (!pages->list)
		return;
	iolas__dxgk_pages_release(machine, pages);
	iolas_pagelist_destroy(pages->list);
	memset(pages, 0, sizeof(*pages));
}

static uint64_t power_of_two_from(uint64_t bytes)
{
	uint64_t power = DXGK_PAGE_BYTES;

	while (power < bytes && power < UINT64_C(1) << 63)
		power <<= 1;
	return power;
}

/* May a block of @bytes lie at @pa? */
static bool fits(const struct iolas__dxgk_block_request *want, uint64_t pa,
		 uint64_t bytes)
{
	uint64_t last = pa + bytes - 1;

	return last >= pa && pa >= want->lowest && last <= want->highest &&
	       (!want->boundary || ((pa ^ last) & ~(want->boundary - 1)) == 0);
}

/*
 * A naturally aligned block is moved by one page where that is possible: no
 * driver may rely on more than page alignment.
 */
static void misalign(struct iolas_dxgk_machine *machine,
		     const struct iolas__dxgk_block_request *want,
		     struct iolas_physmem_request *request, uint64_t bytes,
		     iolas_pa *pa)
{
	const uint64_t natural = power_of_two_from(bytes);
	const uint64_t shifts[] = { DXGK_PAGE_BYTES,
				    UINT64_C(0) - DXGK_PAGE_BYTES };

	if (bytes <= DXGK_PAGE_BYTES || *pa & (natural - 1))
		return;
	if (iolas_physmem_free(machine->physmem, *pa, bytes))
		return;
	request->where.flags = IOLAS_PLACE_EXPLICIT;
	for (size_t i = 0; i < 2; i++) {
		request->where.at = *pa + shifts[i];
		if (fits(want, request->where.at, bytes) &&
		    !iolas_physmem_alloc(machine->physmem, bytes, request, pa))
			return;
	}
	request->where.at = *pa;
	if (iolas_physmem_alloc(machine->physmem, bytes, request, pa))
		*pa = UINT64_MAX; /* somebody else was faster */
}

static int take_block(struct iolas_dxgk_machine *machine,
		      const struct iolas__dxgk_block_request *want,
		      uint64_t bytes, iolas_pa *pa)
{
	struct iolas_physmem_request request = {
		.struct_size = sizeof(request),
		.node = want->node,
		.where = { .struct_size = sizeof(request.where),
			   .first = want->lowest,
			   .last = want->highest,
			   .boundary = want->boundary >= DXGK_PAGE_BYTES
					       ? want->boundary
					       : 0 },
	};
	int status;

	/* Both limits 0 mean "none" below; here they mean no whole page. */
	if (want->highest < DXGK_PAGE_BYTES - 1)
		return IOLAS_ENOSPC;
	for (int turn = 0; turn < 4; turn++) {
		status = iolas_physmem_alloc(machine->physmem, bytes, &request,
					     pa);
		if (status || !want->is_misaligned)
			return status;
		misalign(machine, want, &request, bytes, pa);
		if (*pa != UINT64_MAX)
			return IOLAS_OK;
		request.where.flags = IOLAS_PLACE_DEFAULT;
		request.where.at = 0;
	}
	return IOLAS_ENOSPC;
}

int iolas__dxgk_pages_contiguous(struct iolas_dxgk_machine *machine,
				 const struct iolas__dxgk_block_request *want,
				 struct iolas__dxgk_pages *pages)
{
	uint64_t bytes =
		(want->bytes + DXGK_PAGE_BYTES - 1) & ~(DXGK_PAGE_BYTES - 1);
	iolas_pa pa;
	int status;

	memset(pages, 0, sizeof(*pages));
	if (bytes < want->bytes)
		return IOLAS_EINVAL;
	status = iolas_pagelist_create(&machine->host, DXGK_PAGE_LG2,
				       &pages->list);
	if (status)
		return status;
	status = take_block(machine, want, bytes, &pa);
	if (!status) {
		status = iolas_pagelist_append_run(pages->list, pa, bytes);
		if (status)
			iolas_physmem_free(machine->physmem, pa, bytes);
	}
	if (status) {
		iolas_pagelist_destroy(pages->list);
		pages->list = NULL;
		return status;
	}
	pages->bytes = pages->chunk_bytes = bytes;
	if (want->is_poisoned)
		iolas__dxgk_pages_fill(machine, pages, IOLAS_DXGK_POISON);
	return IOLAS_OK;
}
