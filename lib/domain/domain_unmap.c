/* SPDX-License-Identifier: MIT */
/*
 * Unmaps and changes of rights: leaves are cleared, whoever observes is told,
 * and what a device may still hold is invalidated when the policy says so.
 */
#include "domain/domain_priv.h"

#define KNOWN_GATHER_FLAGS (IOLAS_GATHER_TABLES | IOLAS_GATHER_WHOLE)

/*
 * The last slot of a gather names the domain whose changes it holds; the page
 * table uses the first ones, and gather_done empties all.  0: nothing was
 * gathered, and nothing is counted as open on stripe 0.
 */
static uint64_t *owner_of(struct iolas_gather *gather)
{
	return &gather->slot[IOLAS_GATHER_SLOTS - 1];
}

void iolas__domain_count_unmap(struct iolas__domain_stripe *stripe,
			       uint64_t len)
{
	/* Relaxed: counts. */
	iolas__fetch_add_relaxed(&stripe->unmap_count, 1);
	iolas__fetch_add_relaxed(&stripe->unmap_bytes, len);
}

int iolas__domain_clear(struct iolas_domain *domain, struct iolas_span span,
			uint64_t len, struct iolas_gather *gather,
			struct iolas__domain_stripe **stripe)
{
	struct iolas__domain_stripe *s = iolas__domain_stripe(domain, &span);
	struct iolas__history_slot lived;
	struct iolas__section section;
	bool has_lived;
	int status = iolas__pin_enter(domain, span, &section);

	if (status)
		return status;
	has_lived = iolas__history_look(domain, span, &lived);
	iolas__domain_open(s);
	status = iolas_pgtable_unmap(domain->pt, NULL, span.first, len, 0,
				     gather, NULL);
	iolas__pin_leave(domain, &section);
	if (status) {
		iolas__domain_close(s);
		return status;
	}
	iolas__domain_count_unmap(s, len);
	if (has_lived)
		iolas__history_add(domain, &lived);
	iolas__domain_tell_unmapped(domain, span.first, len);
	*stripe = s;
	return IOLAS_OK;
}

void iolas__domain_complete(struct iolas_domain *domain,
			    struct iolas_gather *gather,
			    struct iolas__domain_stripe *stripe)
{
	iolas__domain_forget(domain, gather);
	iolas__domain_close(stripe);
}

void iolas__domain_forget(struct iolas_domain *domain,
			  struct iolas_gather *gather)
{
	iolas__domain_invalidate(domain, gather);
	/* The gather is the library's own or was checked: no failure. */
	(void)iolas_pgtable_gather_done(domain->pt, gather);
}

static int unmap_now(struct iolas_domain *domain, struct iolas_span span,
		     uint64_t len)
{
	struct iolas__domain_stripe *stripe;
	struct iolas_gather gather;
	int status;

	iolas_gather_init(&gather);
	status = iolas__domain_clear(domain, span, len, &gather, &stripe);
	if (status)
		iolas__domain_forget(domain, &gather);
	else
		iolas__domain_complete(domain, &gather, stripe);
	return status;
}

static bool is_sound(struct iolas_gather *gather,
		     const struct iolas_domain *domain)
{
	const uint64_t owner = *owner_of(gather);

	return !(gather->flags & ~KNOWN_GATHER_FLAGS) &&
	       (owner == 0 || owner == (uintptr_t)domain);
}

/* The change stays open, on stripe 0, until the gather is synced. */
static int unmap_gathered(struct iolas_domain *domain, struct iolas_span span,
			  uint64_t len, struct iolas_gather *gather)
{
	struct iolas__domain_stripe *stripe;
	int status;

	if (!is_sound(gather, domain))
		return IOLAS_EINVAL;
	status = iolas__domain_clear(domain, span, len, gather, &stripe);
	if (!iolas_gather_is_empty(gather) && *owner_of(gather) == 0) {
		*owner_of(gather) = (uintptr_t)domain;
		iolas__domain_open(&domain->stripe[0]);
	}
	if (!status)
		iolas__domain_close(stripe);
	return status;
}

static int unmap_later(struct iolas_domain *domain, struct iolas_span span,
		       uint64_t len)
{
	struct iolas__waiting *w = iolas__waiting_alloc(domain);
	struct iolas__domain_stripe *stripe;
	int status;

	if (!w)
		return unmap_now(domain, span, len);
	status = iolas__domain_clear(domain, span, len, &w->gather, &stripe);
	if (status) {
		iolas__domain_forget(domain, &w->gather);
		iolas__waiting_free(domain, w);
		return status;
	}
	if (iolas_gather_is_empty(&w->gather)) {
		iolas__domain_close(stripe);
		iolas__waiting_free(domain, w);
		return IOLAS_OK;
	}
	w->has_unmap = true;
	w->span = span;
	w->bytes = len;
	iolas__domain_open(&domain->stripe[0]);
	iolas__domain_close(stripe);
	iolas__waiting_add(domain, w);
	return IOLAS_OK;
}

int iolas_domain_unmap(struct iolas_domain *domain, iolas_iova iova,
		       uint64_t len, struct iolas_gather *gather)
{
	struct iolas_span span = { iova, 0 };

	if (!domain || !iolas__last_byte(iova, len, &span.last))
		return IOLAS_EINVAL;
	iolas__domain_enforce_time(domain);
	if (domain->policy == IOLAS_POLICY_DEFERRED)
		return unmap_later(domain, span, len);
	if (domain->policy == IOLAS_POLICY_BATCHED && gather)
		return unmap_gathered(domain, span, len, gather);
	return unmap_now(domain, span, len);
}

/* A gather that was filled behind the domain's back counts as nothing open. */
static int complete_gathered(struct iolas_domain *domain,
			     struct iolas_gather *gather)
{
	const bool is_open = *owner_of(gather) != 0;
	int status;

	iolas__domain_invalidate(domain, gather);
	status = iolas_pgtable_gather_done(domain->pt, gather);
	if (!status && is_open)
		iolas__domain_close(&domain->stripe[0]);
	return status;
}

int iolas_domain_sync(struct iolas_domain *domain, struct iolas_gather *gather)
{
	if (!domain || (gather && !is_sound(gather, domain)))
		return IOLAS_EINVAL;
	if (gather && !iolas_gather_is_empty(gather)) {
		const int status = complete_gathered(domain, gather);

		if (status)
			return status;
	}
	if (domain->policy == IOLAS_POLICY_DEFERRED)
		iolas__domain_flush(domain);
	return IOLAS_OK;
}

int iolas_domain_protect(struct iolas_domain *domain, iolas_iova iova,
			 uint64_t len, unsigned prot)
{
	struct iolas__domain_stripe *stripe;
	struct iolas_span span = { iova, 0 };
	struct iolas__section section;
	struct iolas_gather gather;
	int status;

	if (!domain || !iolas__last_byte(iova, len, &span.last))
		return IOLAS_EINVAL;
	iolas__domain_enforce_time(domain);
	iolas_gather_init(&gather);
	status = iolas__pin_enter(domain, span, &section);
	if (status)
		return status;
	stripe = iolas__domain_stripe(domain, &gather);
	iolas__domain_open(stripe);
	status = iolas_pgtable_protect(domain->pt, iova, len, prot, &gather);
	iolas__pin_leave(domain, &section);
	iolas__domain_complete(domain, &gather, stripe);
	return status;
}
