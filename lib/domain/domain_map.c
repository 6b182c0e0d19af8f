/* SPDX-License-Identifier: MIT */
/*
 * Maps: the table is changed, then whoever observes is told, and may refuse.
 */
#include "domain/domain_priv.h"

#include "pagelist/pagelist_priv.h"

static void count_map(struct iolas_domain *domain, uint64_t len)
{
	struct iolas__domain_stripe *s = iolas__domain_stripe(domain, &len);

	/* Relaxed: counts. */
	iolas__fetch_add_relaxed(&s->map_count, 1);
	iolas__fetch_add_relaxed(&s->map_bytes, len);
}

/*
 * Takes a mapping away that an observer refused.  Exactly what was mapped goes,
 * so no leaf is split and no memory needed.
 */
static void undo_map(struct iolas_domain *domain, iolas_iova iova, uint64_t len)
{
	struct iolas__domain_stripe *s = iolas__domain_stripe(domain, &len);
	struct iolas_gather gather;

	iolas_gather_init(&gather);
	iolas__domain_open(s);
	(void)iolas_pgtable_unmap(domain->pt, NULL, iova, len, 0, &gather,
				  NULL);
	iolas__domain_count_unmap(s, len);
	iolas__domain_tell_unmapped(domain, iova, len);
	iolas__domain_complete(domain, &gather, s);
}

/*
 * Where callers race, a map that fails may have shown a device leaves that it
 * took back: the change is open from before the first of them until every
 * device has forgotten.  Where ranges are owned, a failure stores nothing.
 */
static void begin_map(struct iolas_domain *domain,
		      struct iolas__domain_stripe *stripe)
{
	if (domain->is_shared)
		iolas__domain_open(stripe);
}

static void end_map(struct iolas_domain *domain,
		    struct iolas__domain_stripe *stripe, struct iolas_span span,
		    int status)
{
	struct iolas_gather gather;

	if (!domain->is_shared)
		return;
	if (status == IOLAS_EEXIST || status == IOLAS_ENOMEM) {
		iolas_gather_init(&gather);
		gather.first = span.first;
		gather.last = span.last;
		gather.leaf_sizes = domain->page_sizes;
		iolas__domain_invalidate(domain, &gather);
	}
	iolas__domain_close(stripe);
}

int iolas_domain_map(struct iolas_domain *domain, iolas_iova iova, iolas_pa pa,
		     uint64_t len, unsigned prot)
{
	struct iolas_span span = { iova, 0 };
	struct iolas__domain_stripe *stripe;
	int status;

	if (!domain || !iolas__last_byte(iova, len, &span.last))
		return IOLAS_EINVAL;
	iolas__domain_enforce_time(domain);
	iolas__domain_settle(domain, span);
	stripe = iolas__domain_stripe(domain, &span);
	begin_map(domain, stripe);
	status = iolas_pgtable_map(domain->pt, NULL, iova, pa, len, prot);
	end_map(domain, stripe, span, status);
	if (status)
		return status;
	count_map(domain, len);
	if (!iolas__domain_is_watched(domain, IOLAS__WANTS_MAPPED))
		return IOLAS_OK;
	status = iolas__domain_tell_mapped(domain, iova, pa, len, prot);
	if (status)
		undo_map(domain, iova, len);
	return status;
}

/* The contiguous pages from @offset on; the list reaches that far. */
static struct iolas_run pages_at(const struct iolas_pagelist *list,
				 uint64_t offset)
{
	const uint64_t index =
		iolas__pagelist_find(list, offset >> list->page_lg2);
	const struct iolas__page_run *stored =
		iolas__pagelist_slot(list, index);
	const uint64_t into = offset - (stored->first_page << list->page_lg2);

	return (struct iolas_run){
		.pa = stored->pa + into,
		.len = (iolas__pagelist_run_pages(list, index)
			<< list->page_lg2) -
		       into,
	};
}

/* Run by run; of pages, not of data: the list's byte offset does not count. */
static int tell_list(struct iolas_domain *domain, iolas_iova iova,
		     const struct iolas_pagelist *list, uint64_t offset,
		     uint64_t len, unsigned prot)
{
	while (len) {
		const struct iolas_run run = pages_at(list, offset);
		const uint64_t bytes = iolas__min64(run.len, len);
		const int status = iolas__domain_tell_mapped(
			domain, iova, run.pa, bytes, prot);

		if (status)
			return status;
		iova += bytes;
		offset += bytes;
		len -= bytes;
	}
	return IOLAS_OK;
}

int iolas_domain_map_list(struct iolas_domain *domain, iolas_iova iova,
			  const struct iolas_pagelist *list, uint64_t offset,
			  uint64_t len, unsigned prot)
{
	struct iolas_span span = { iova, 0 };
	struct iolas__domain_stripe *stripe;
	int status;

	if (!domain || !list || !iolas__last_byte(iova, len, &span.last))
		return IOLAS_EINVAL;
	iolas__domain_enforce_time(domain);
	iolas__domain_settle(domain, span);
	stripe = iolas__domain_stripe(domain, &span);
	begin_map(domain, stripe);
	status = iolas_pgtable_map_list(domain->pt, iova, list, offset, len,
					prot);
	end_map(domain, stripe, span, status);
	if (status)
		return status;
	count_map(domain, len);
	if (!iolas__domain_is_watched(domain, IOLAS__WANTS_MAPPED))
		return IOLAS_OK;
	status = tell_list(domain, iova, list, offset, len, prot);
	if (status)
		undo_map(domain, iova, len);
	return status;
}
