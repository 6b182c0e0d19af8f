/* SPDX-License-Identifier: MIT */
/*
 * Claims: who is freeing which range.  Between the look at the space and the
 * range's return lie an unmap, callbacks and an invalidation; the claim keeps a
 * second free of the same range out all the while, deferred time included (D6).
 */
#include "domain/domain_priv.h"

static struct iolas__claim_shard *shard_of(struct iolas_domain *domain,
					   iolas_iova iova,
					   struct iolas__claim ***bucket)
{
	const uint64_t hash =
		(iova >> domain->granule_lg2) * UINT64_C(0x9e3779b97f4a7c15);
	struct iolas__claim_shard *shard = &domain->shard[hash >> 58];

	*bucket =
		&shard->bucket[(unsigned)(hash >> 32) % IOLAS__DOMAIN_BUCKETS];
	return shard;
}
_Static_assert(IOLAS__DOMAIN_SHARDS == 64, "six bits choose a shard");

/* Puts @claim in, or returns the one that is in its way. */
static struct iolas__claim *enter(struct iolas_domain *domain,
				  struct iolas__claim *claim, bool *is_ending)
{
	struct iolas__claim **bucket, *other;
	struct iolas__claim_shard *shard =
		shard_of(domain, claim->iova, &bucket);

	iolas__lock_acquire(&domain->host, &shard->lock);
	for (other = *bucket; other; other = other->next)
		if (other->iova == claim->iova)
			break;
	if (other) {
		*is_ending = other->is_ending;
	} else {
		claim->next = *bucket;
		*bucket = claim;
	}
	iolas__lock_release(&shard->lock);
	return other;
}

/* true: exactly [iova, iova + len) is a live range. */
static bool is_live(struct iolas_domain *domain, iolas_iova iova, uint64_t len)
{
	struct iolas_range_info info = { .struct_size = sizeof(info) };

	return iolas_range_next(domain->space, iova, &info) == IOLAS_OK &&
	       info.kind == IOLAS_RANGE_LIVE && info.first == iova &&
	       info.last - info.first == len - 1;
}

int iolas__claim_take(struct iolas_domain *domain, struct iolas__claim *claim,
		      iolas_iova iova, uint64_t len)
{
	bool is_ending = false;

	if (len == 0 || !iolas__is_aligned(len, domain->granule_lg2))
		return IOLAS_EINVAL;
	*claim = (struct iolas__claim){ .iova = iova };
	/*
	 * A claim that ends is waited for, shortly and without a callback in
	 * between: behind it the range may already be somebody's again, who
	 * must be able to free it.
	 */
	for (unsigned turn = 0; enter(domain, claim, &is_ending); turn++) {
		if (!is_ending)
			return IOLAS_ENOENT;
		iolas__host_relax(&domain->host, turn);
	}
	if (is_live(domain, iova, len))
		return IOLAS_OK;
	iolas__claim_drop(domain, claim);
	return IOLAS_ENOENT;
}

void iolas__claim_drop(struct iolas_domain *domain, struct iolas__claim *claim)
{
	struct iolas__claim **link;
	struct iolas__claim_shard *shard = shard_of(domain, claim->iova, &link);

	iolas__lock_acquire(&domain->host, &shard->lock);
	while (*link != claim)
		link = &(*link)->next;
	*link = claim->next;
	iolas__lock_release(&shard->lock);
}

void iolas__claim_finish(struct iolas_domain *domain,
			 struct iolas__claim *claim, uint64_t len)
{
	struct iolas__claim **bucket;
	struct iolas__claim_shard *shard =
		shard_of(domain, claim->iova, &bucket);

	iolas__lock_acquire(&domain->host, &shard->lock);
	claim->is_ending = true;
	iolas__lock_release(&shard->lock);
	/* Only somebody who frees behind the domain's back makes this fail. */
	(void)iolas_range_free(domain->space, claim->iova, len);
	iolas__claim_drop(domain, claim);
}
