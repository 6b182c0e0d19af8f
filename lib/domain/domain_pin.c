/* SPDX-License-Identifier: MIT */
/*
 * Pins: memory that somebody uses through a translation of this domain, for
 * longer than a read section (iolas_dma_map()).  While a pin is in the list no
 * unmap of its addresses begins.
 *
 * Unmaps do not take the lock for that as long as there is no pin at all:
 *
 *     unmap                            pin
 *     enter section                    put the pin in the list, count it
 *     look at the count  (U1)          synchronize: barrier, wait  (P1)
 *     0: clear leaves                  walk the table
 *     leave section
 *
 * Either the unmap's section is open when P1 looks, and P1 waits for its last
 * store; or it opens after P1's barrier, and U1 sees the count (D5).
 */
#include "domain/domain_priv.h"

static bool overlaps(struct iolas_span a, struct iolas_span b)
{
	return a.first <= b.last && b.first <= a.last;
}

static bool is_pinned(struct iolas_domain *domain, struct iolas_span span)
{
	const struct iolas__pin *pin;

	/*
	 * U1.  After the section's announcement.  Acquire: what was done
	 * through a pin that is gone comes before what follows our unmap; pairs
	 * with the release in iolas__pin_drop().
	 */
	if (iolas__load_acquire(&domain->pin_count) == 0)
		return false;
	iolas__lock_acquire(&domain->host, &domain->lock);
	for (pin = domain->pins; pin; pin = pin->next)
		if (overlaps(pin->span, span))
			break;
	iolas__lock_release(&domain->lock);
	return pin != NULL;
}

int iolas__pin_enter(struct iolas_domain *domain, struct iolas_span span,
		     struct iolas__section *section)
{
	iolas__epoch_enter(&domain->unmaps, section);
	if (!is_pinned(domain, span))
		return IOLAS_OK;
	iolas__epoch_leave(&domain->unmaps, section);
	return IOLAS_EBUSY;
}

void iolas__pin_leave(struct iolas_domain *domain,
		      struct iolas__section *section)
{
	iolas__epoch_leave(&domain->unmaps, section);
}

void iolas__pin_take(struct iolas_domain *domain, struct iolas__pin *pin,
		     struct iolas_span span)
{
	pin->span = span;
	iolas__lock_acquire(&domain->host, &domain->lock);
	pin->next = domain->pins;
	pin->link = &domain->pins;
	if (pin->next)
		pin->next->link = &pin->next;
	domain->pins = pin;
	/* Relaxed: P1 orders it against the unmaps. */
	iolas__fetch_add_relaxed(&domain->pin_count, 1);
	iolas__lock_release(&domain->lock);
	/* P1; nobody of ours is inside, so it cannot be refused. */
	(void)iolas__epoch_synchronize(&domain->unmaps, NULL);
}

void iolas__pin_drop(struct iolas_domain *domain, struct iolas__pin *pin)
{
	iolas__lock_acquire(&domain->host, &domain->lock);
	*pin->link = pin->next;
	if (pin->next)
		pin->next->link = pin->link;
	pin->link = NULL;
	/*
	 * Release: our use of the memory, to the unmap that sees the count
	 * without the lock (U1).
	 */
	iolas__fetch_sub_release(&domain->pin_count, 1);
	iolas__lock_release(&domain->lock);
}

void iolas__pin_cut(struct iolas_domain *domain, struct iolas__pin *pin,
		    iolas_iova last)
{
	iolas__lock_acquire(&domain->host, &domain->lock);
	pin->span.last = last;
	iolas__lock_release(&domain->lock);
}
