/* SPDX-License-Identifier: MIT */
/*
 * Ranges of a domain: taken and given back, alone or together with what is
 * mapped there.
 */
#include "domain/domain_priv.h"

/*
 * A range that waits for its invalidation must not make a request fail.  Others
 * may fill the room that was just made with ranges that wait again, so a
 * refusal counts only when nothing waited from before the attempt until after
 * it.  Every turn more means that others have freed meanwhile.
 */
static int alloc_making_room(struct iolas_domain *domain, uint64_t len,
			     const struct iolas_range_constraints *constraints,
			     iolas_iova *iova)
{
	for (;;) {
		uint64_t before, after;
		bool was_idle, is_idle;
		int status;

		iolas__domain_force(domain, IOLAS__FORCED_BY_SPACE);
		iolas__waiting_settle(domain);
		was_idle = iolas__waiting_is_idle(domain, &before);
		status = iolas_range_alloc(domain->space, len, constraints,
					   iova);
		is_idle = iolas__waiting_is_idle(domain, &after);
		if (status != IOLAS_ENOSPC ||
		    (was_idle && is_idle && before == after))
			return status;
	}
}

static int alloc_with_room(struct iolas_domain *domain, uint64_t len,
			   const struct iolas_range_constraints *constraints,
			   iolas_iova *iova)
{
	int status = iolas_range_alloc(domain->space, len, constraints, iova);

	if (status != IOLAS_ENOSPC || domain->policy != IOLAS_POLICY_DEFERRED)
		return status;
	return alloc_making_room(domain, len, constraints, iova);
}

/* Nobody else knows of the range yet. */
static void take_back(struct iolas_domain *domain, iolas_iova iova,
		      uint64_t len)
{
	iolas__domain_tell_freed(domain, iova, len);
	(void)iolas_range_free(domain->space, iova, len);
}

/* Tells of a fresh range; a refusal gives it back. */
static int announce(struct iolas_domain *domain, iolas_iova iova, uint64_t len)
{
	int status;

	if (!iolas__domain_is_watched(domain, IOLAS__WANTS_ALLOCATED))
		return IOLAS_OK;
	status = iolas__domain_tell_allocated(domain, iova, len);
	if (status)
		take_back(domain, iova, len);
	return status;
}

int iolas_domain_alloc(struct iolas_domain *domain, uint64_t len,
		       const struct iolas_range_constraints *constraints,
		       iolas_iova *iova)
{
	iolas_iova taken;
	int status;

	if (!domain || !iova)
		return IOLAS_EINVAL;
	iolas__domain_enforce_time(domain);
	status = alloc_with_room(domain, len, constraints, &taken);
	if (!status)
		status = announce(domain, taken, len);
	if (!status)
		*iova = taken;
	return status;
}

/* Later, if something is waiting that may lie in the range. */
static struct iolas__waiting *wait_if_needed(struct iolas_domain *domain)
{
	/* Relaxed: the caller's own unmaps in the range are visible here. */
	if (domain->policy != IOLAS_POLICY_DEFERRED ||
	    iolas__load_relaxed(&domain->waiting.count) == 0)
		return NULL;
	return iolas__waiting_alloc(domain);
}

int iolas_domain_free(struct iolas_domain *domain, iolas_iova iova,
		      uint64_t len)
{
	struct iolas__waiting *w;
	struct iolas__claim claim;
	int status;

	if (!domain)
		return IOLAS_EINVAL;
	iolas__domain_enforce_time(domain);
	w = wait_if_needed(domain);
	status = iolas__claim_take(domain, w ? &w->claim : &claim, iova, len);
	if (status) {
		if (w)
			iolas__waiting_free(domain, w);
		return status;
	}
	iolas__domain_tell_freed(domain, iova, len);
	if (!w) {
		iolas__claim_finish(domain, &claim, len);
		return IOLAS_OK;
	}
	w->has_range = true;
	w->span = (struct iolas_span){ iova, iova + len - 1 };
	w->bytes = len;
	iolas__waiting_add(domain, w);
	return IOLAS_OK;
}

/*
 * The largest leaf that a run could use from its start on, or 0: then a range
 * with that alignment lets the table use it.
 */
static uint64_t useful_align(const struct iolas_domain *domain, iolas_pa pa,
			     uint64_t len)
{
	uint64_t sizes = domain->page_sizes;

	while (sizes) {
		const unsigned lg2 = iolas__fls64(sizes);

		if (lg2 > domain->granule_lg2 && len >> lg2 &&
		    iolas__is_aligned(pa, lg2))
			return UINT64_C(1) << lg2;
		sizes &= ~(UINT64_C(1) << lg2);
	}
	return 0;
}

/* As iolas_domain_alloc(), with large leaves in mind when nothing is asked. */
static int alloc_for_run(struct iolas_domain *domain, iolas_pa pa,
			 uint64_t run_len, uint64_t len,
			 const struct iolas_range_constraints *constraints,
			 iolas_iova *iova)
{
	const struct iolas_range_constraints aligned = {
		.struct_size = sizeof(aligned),
		.align = useful_align(domain, pa, run_len),
	};

	if (!constraints && aligned.align) {
		int status =
			iolas_range_alloc(domain->space, len, &aligned, iova);

		if (!status)
			return announce(domain, *iova, len);
		if (status != IOLAS_ENOSPC)
			return status;
	}
	return iolas_domain_alloc(domain, len, constraints, iova);
}

int iolas_domain_alloc_map(struct iolas_domain *domain,
			   const struct iolas_pagelist *list, unsigned prot,
			   const struct iolas_range_constraints *constraints,
			   iolas_iova *iova)
{
	struct iolas_run run;
	iolas_iova taken;
	uint64_t len;
	int status;

	if (!domain || !list || !iova)
		return IOLAS_EINVAL;
	if (iolas_pagelist_run_by_index(list, 0, &run))
		return IOLAS_EINVAL;
	iolas__domain_enforce_time(domain);
	len = iolas_pagelist_page_count(list) << iolas_pagelist_page_lg2(list);
	status = alloc_for_run(domain, run.pa, run.len, len, constraints,
			       &taken);
	if (status)
		return status;
	status = iolas_domain_map_list(domain, taken, list, 0, len, prot);
	if (status) {
		take_back(domain, taken, len);
		return status;
	}
	*iova = taken;
	return IOLAS_OK;
}

int iolas_domain_alloc_map_run(
	struct iolas_domain *domain, iolas_pa pa, uint64_t len, unsigned prot,
	const struct iolas_range_constraints *constraints, iolas_iova *iova)
{
	iolas_iova taken;
	int status;

	if (!domain || !iova)
		return IOLAS_EINVAL;
	iolas__domain_enforce_time(domain);
	status = alloc_for_run(domain, pa, len, len, constraints, &taken);
	if (status)
		return status;
	status = iolas_domain_map(domain, taken, pa, len, prot);
	if (status) {
		take_back(domain, taken, len);
		return status;
	}
	*iova = taken;
	return IOLAS_OK;
}

static int unmap_free_now(struct iolas_domain *domain, struct iolas_span span,
			  uint64_t len)
{
	struct iolas__domain_stripe *stripe;
	struct iolas__claim claim;
	struct iolas_gather gather;
	int status = iolas__claim_take(domain, &claim, span.first, len);

	if (status)
		return status;
	iolas_gather_init(&gather);
	status = iolas__domain_clear(domain, span, len, &gather, &stripe);
	if (status) {
		iolas__domain_forget(domain, &gather);
		iolas__claim_drop(domain, &claim);
		return status;
	}
	iolas__domain_tell_freed(domain, span.first, len);
	iolas__domain_complete(domain, &gather, stripe);
	iolas__claim_finish(domain, &claim, len);
	return IOLAS_OK;
}

static int unmap_free_later(struct iolas_domain *domain, struct iolas_span span,
			    uint64_t len)
{
	struct iolas__waiting *w = iolas__waiting_alloc(domain);
	struct iolas__domain_stripe *stripe;
	int status;

	if (!w)
		return unmap_free_now(domain, span, len);
	status = iolas__claim_take(domain, &w->claim, span.first, len);
	if (!status) {
		status = iolas__domain_clear(domain, span, len, &w->gather,
					     &stripe);
		if (status) {
			iolas__domain_forget(domain, &w->gather);
			iolas__claim_drop(domain, &w->claim);
		}
	}
	if (status) {
		iolas__waiting_free(domain, w);
		return status;
	}
	iolas__domain_tell_freed(domain, span.first, len);
	w->has_range = true;
	w->has_unmap = true;
	w->span = span;
	w->bytes = len;
	iolas__domain_open(&domain->stripe[0]);
	iolas__domain_close(stripe);
	iolas__waiting_add(domain, w);
	return IOLAS_OK;
}

int iolas_domain_unmap_free(struct iolas_domain *domain, iolas_iova iova,
			    uint64_t len)
{
	struct iolas_span span = { iova, 0 };

	if (!domain || len == 0)
		return IOLAS_EINVAL;
	if (!iolas__last_byte(iova, len, &span.last))
		return IOLAS_ENOENT;
	iolas__domain_enforce_time(domain);
	if (domain->policy == IOLAS_POLICY_DEFERRED)
		return unmap_free_later(domain, span, len);
	return unmap_free_now(domain, span, len);
}
