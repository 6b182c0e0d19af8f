/* SPDX-License-Identifier: MIT */
/*
 * What lived there last: a ring of ended mappings, newest over oldest, asked by
 * faults.  Linear, because it is short and asked when something went wrong.
 */
#include "domain/domain_priv.h"

#include "base/struct_read.h"

bool iolas__history_look(struct iolas_domain *domain, struct iolas_span span,
			 struct iolas__history_slot *slot)
{
	struct iolas_mapping leaf = { .struct_size = sizeof(leaf) };

	if (!domain->history)
		return false;
	if (iolas_pgtable_next(domain->pt, span.first, span.last, &leaf))
		return false;
	slot->span.first = iolas__max64(span.first, leaf.iova);
	slot->span.last = span.last;
	slot->pa = leaf.pa + (slot->span.first - leaf.iova);
	slot->prot = leaf.prot;
	return true;
}

void iolas__history_add(struct iolas_domain *domain,
			const struct iolas__history_slot *slot)
{
	const uint64_t now = iolas__domain_now(domain);
	struct iolas__history_slot *to;

	iolas__lock_acquire(&domain->host, &domain->lock);
	to = &domain->history[domain->history_next];
	*to = *slot;
	to->unmapped_ns = now;
	if (++domain->history_next == domain->history_count)
		domain->history_next = 0;
	domain->history_kept += domain->history_kept < domain->history_count;
	iolas__lock_release(&domain->lock);
}

/* The newest slot that holds @iova, and its age.  The lock is held. */
static const struct iolas__history_slot *
find_slot(const struct iolas_domain *domain, iolas_iova iova, uint64_t *age)
{
	uint32_t at = domain->history_next;

	for (*age = 0; *age < domain->history_kept; (*age)++) {
		const struct iolas__history_slot *slot;

		at = (at ? at : domain->history_count) - 1;
		slot = &domain->history[at];
		if (iova >= slot->span.first && iova <= slot->span.last)
			return slot;
	}
	return NULL;
}

int iolas_domain_history(struct iolas_domain *domain, iolas_iova iova,
			 struct iolas_history *history)
{
	struct iolas_history found = { .struct_size = sizeof(found) };
	const struct iolas__history_slot *slot;

	if (!domain || !history)
		return IOLAS_EINVAL;
	if (!domain->history)
		return IOLAS_ENOTSUP;
	iolas__lock_acquire(&domain->host, &domain->lock);
	slot = find_slot(domain, iova, &found.age);
	if (slot) {
		found.prot = slot->prot;
		found.iova = slot->span.first;
		found.last = slot->span.last;
		found.pa = slot->pa;
		found.unmapped_ns = slot->unmapped_ns;
	}
	iolas__lock_release(&domain->lock);
	if (!slot)
		return IOLAS_ENOENT;
	return iolas__struct_write(history, &found, sizeof(found),
				   sizeof(found));
}
