/* SPDX-License-Identifier: MIT */
/*
 * Deferred changes: a queue in order of arrival.  Whoever completes it first
 * invalidates for everything that waits at that moment, and only then takes
 * those entries off: so nobody waits for another thread's invalidation, two may
 * do the same one at once, and each entry is given back by one of them (D9).
 */
#include "domain/domain_priv.h"

struct iolas__waiting *iolas__waiting_alloc(struct iolas_domain *domain)
{
	struct iolas__waiting *w = iolas__slab_alloc(&domain->nodes, NULL);

	if (!w) {
		iolas__domain_force(domain, IOLAS__FORCED_BY_COUNT);
		w = iolas__slab_alloc(&domain->nodes, NULL);
	}
	if (!w)
		return NULL;
	*w = (struct iolas__waiting){ .has_range = false };
	iolas_gather_init(&w->gather);
	return w;
}

void iolas__waiting_free(struct iolas_domain *domain, struct iolas__waiting *w)
{
	iolas__slab_free(&domain->nodes, w);
}

static bool is_owned(const struct iolas__waiting *w)
{
	return w->has_unmap && !w->has_range;
}

static void widen_owned(struct iolas_span *hull, const struct iolas__waiting *w)
{
	if (!is_owned(w))
		return;
	hull->first = iolas__min64(hull->first, w->span.first);
	hull->last = iolas__max64(hull->last, w->span.last);
}

/*
 * The lock is held.  Relaxed: see iolas__domain_settle().  Each end goes from
 * one value to the next without a detour, so that whoever reads them without
 * the lock never misses what waited before and goes on waiting.
 */
static void set_owned(struct iolas__waiting_list *list, struct iolas_span hull)
{
	iolas__store_relaxed(&list->owned_first, hull.first);
	iolas__store_relaxed(&list->owned_last, hull.last);
}

/* The lock is held. */
static void append(struct iolas__waiting_list *list, struct iolas__waiting *w)
{
	struct iolas_span hull = { iolas__load_relaxed(&list->owned_first),
				   iolas__load_relaxed(&list->owned_last) };

	if (list->oldest)
		list->newest->next = w;
	else
		list->oldest = w;
	list->newest = w;
	w->next = NULL;
	w->number = ++list->last_number;
	/*
	 * Relaxed, all of these: hints for threads without the lock.  What a
	 * thread must not overlook are its own changes and those it knows of,
	 * and these it sees.
	 */
	if (list->oldest == w)
		iolas__store_relaxed(&list->oldest_ns, w->since_ns);
	iolas__fetch_add_relaxed(&list->count, 1);
	iolas__fetch_add_relaxed(&list->bytes, w->bytes);
	widen_owned(&hull, w);
	set_owned(list, hull);
}

void iolas__waiting_add(struct iolas_domain *domain, struct iolas__waiting *w)
{
	struct iolas__waiting_list *list = &domain->waiting;
	uint64_t count, bytes;

	/* 0 says that nothing waits. */
	w->since_ns = iolas__max64(iolas__domain_now(domain), 1);
	iolas__lock_acquire(&domain->host, &list->lock);
	append(list, w);
	count = iolas__load_relaxed(&list->count);
	bytes = iolas__load_relaxed(&list->bytes);
	iolas__lock_release(&list->lock);
	if (count > domain->bound_count)
		iolas__domain_force(domain, IOLAS__FORCED_BY_COUNT);
	else if (domain->bound_bytes && bytes > domain->bound_bytes)
		iolas__domain_force(domain, IOLAS__FORCED_BY_BYTES);
}

static void add_to_hull(struct iolas_gather *hull,
			const struct iolas_gather *gather)
{
	if (iolas_gather_is_empty(gather))
		return;
	hull->first = iolas__min64(hull->first, gather->first);
	hull->last = iolas__max64(hull->last, gather->last);
	hull->leaf_sizes |= gather->leaf_sizes;
	hull->flags |= gather->flags;
}

/* What waits now, as one; false: nothing does. */
static bool look_at_all(struct iolas_domain *domain, struct iolas_gather *hull,
			uint64_t *last_number)
{
	struct iolas__waiting_list *list = &domain->waiting;
	bool is_any;

	iolas_gather_init(hull);
	iolas__lock_acquire(&domain->host, &list->lock);
	is_any = list->oldest != NULL;
	for (const struct iolas__waiting *w = list->oldest; w; w = w->next)
		if (w->has_unmap)
			add_to_hull(hull, &w->gather);
	*last_number = list->last_number;
	iolas__lock_release(&list->lock);
	return is_any;
}

/* Takes off what arrived up to @last_number.  The lock is held. */
static struct iolas__waiting *cut_front(struct iolas__waiting_list *list,
					uint64_t last_number)
{
	struct iolas__waiting *first = list->oldest, *tail = NULL;

	for (struct iolas__waiting *w = first; w && w->number <= last_number;
	     w = w->next) {
		tail = w;
		iolas__fetch_sub_relaxed(&list->count, 1);
		iolas__fetch_sub_relaxed(&list->bytes, w->bytes);
	}
	if (!tail)
		return NULL;
	list->oldest = tail->next;
	tail->next = NULL;
	if (!list->oldest)
		list->newest = NULL;
	return first;
}

/* The hints, from what is left.  The lock is held. */
static void renew_hints(struct iolas__waiting_list *list)
{
	struct iolas_span hull = { UINT64_MAX, 0 };

	iolas__store_relaxed(&list->oldest_ns,
			     list->oldest ? list->oldest->since_ns : 0);
	for (const struct iolas__waiting *w = list->oldest; w; w = w->next)
		widen_owned(&hull, w);
	set_owned(list, hull);
}

static struct iolas__waiting *take_off(struct iolas_domain *domain,
				       uint64_t last_number)
{
	struct iolas__waiting_list *list = &domain->waiting;
	const uint64_t now = iolas__domain_now(domain);
	struct iolas__waiting *chain;

	iolas__lock_acquire(&domain->host, &list->lock);
	chain = cut_front(list, last_number);
	if (chain) {
		list->releasing++;
		if (now > chain->since_ns)
			list->peak_ns = iolas__max64(list->peak_ns,
						     now - chain->since_ns);
		renew_hints(list);
	}
	iolas__lock_release(&list->lock);
	return chain;
}

/* No callback in here: iolas__waiting_settle() waits for it. */
static void give_back(struct iolas_domain *domain, struct iolas__waiting *w)
{
	if (w->has_unmap) {
		(void)iolas_pgtable_gather_done(domain->pt, &w->gather);
		iolas__domain_close(&domain->stripe[0]);
	}
	if (w->has_range)
		iolas__claim_finish(domain, &w->claim, w->bytes);
	iolas__waiting_free(domain, w);
}

void iolas__domain_flush(struct iolas_domain *domain)
{
	struct iolas__waiting_list *list = &domain->waiting;
	struct iolas__waiting *chain;
	struct iolas_gather hull;
	uint64_t last_number;

	if (!look_at_all(domain, &hull, &last_number))
		return;
	iolas__domain_invalidate(domain, &hull);
	chain = take_off(domain, last_number);
	if (!chain)
		return;
	while (chain) {
		struct iolas__waiting *w = chain;

		chain = w->next;
		give_back(domain, w);
	}
	iolas__lock_acquire(&domain->host, &list->lock);
	list->releasing--;
	iolas__lock_release(&list->lock);
}

void iolas__domain_force(struct iolas_domain *domain, enum iolas__forced why)
{
	/* Relaxed: a hint, see append(); and a count. */
	if (iolas__load_relaxed(&domain->waiting.count) == 0)
		return;
	iolas__fetch_add_relaxed(&domain->forced[why], 1);
	iolas__domain_flush(domain);
}

void iolas__domain_enforce_time(struct iolas_domain *domain)
{
	uint64_t oldest, now;

	if (domain->policy != IOLAS_POLICY_DEFERRED || domain->bound_ns == 0)
		return;
	/* Relaxed: a hint, see append(). */
	oldest = iolas__load_relaxed(&domain->waiting.oldest_ns);
	if (oldest == 0)
		return;
	now = iolas__domain_now(domain);
	if (now > oldest && now - oldest >= domain->bound_ns)
		iolas__domain_force(domain, IOLAS__FORCED_BY_TIME);
}

static bool any_owned_overlaps(struct iolas_domain *domain,
			       struct iolas_span span)
{
	struct iolas__waiting_list *list = &domain->waiting;
	const struct iolas__waiting *w;

	iolas__lock_acquire(&domain->host, &list->lock);
	for (w = list->oldest; w; w = w->next)
		if (is_owned(w) && w->span.first <= span.last &&
		    span.first <= w->span.last)
			break;
	iolas__lock_release(&list->lock);
	return w != NULL;
}

/*
 * A range that was freed belongs to nobody while it waits; only one that was
 * unmapped and kept can be mapped again by its owner, before the devices have
 * forgotten the old memory.  Relaxed hints: the owner's unmap is known to the
 * owner's map, whichever thread makes it.
 */
void iolas__domain_settle(struct iolas_domain *domain, struct iolas_span span)
{
	struct iolas__waiting_list *list = &domain->waiting;

	if (iolas__load_relaxed(&list->owned_first) > span.last ||
	    iolas__load_relaxed(&list->owned_last) < span.first)
		return;
	if (any_owned_overlaps(domain, span))
		iolas__domain_flush(domain);
}

bool iolas__waiting_is_idle(struct iolas_domain *domain, uint64_t *arrivals)
{
	struct iolas__waiting_list *list = &domain->waiting;
	bool is_idle;

	iolas__lock_acquire(&domain->host, &list->lock);
	is_idle = !list->oldest && list->releasing == 0;
	*arrivals = list->last_number;
	iolas__lock_release(&list->lock);
	return is_idle;
}

void iolas__waiting_settle(struct iolas_domain *domain)
{
	struct iolas__waiting_list *list = &domain->waiting;
	unsigned turn = 0;

	iolas__lock_acquire(&domain->host, &list->lock);
	while (list->releasing) {
		iolas__lock_release(&list->lock);
		iolas__host_relax(&domain->host, turn++);
		iolas__lock_acquire(&domain->host, &list->lock);
	}
	iolas__lock_release(&list->lock);
}
