/* SPDX-License-Identifier: MIT */
/*
 * Observers: a list in order of arrival, walked one callback at a time.  The
 * walker holds the node it is at by a count, never the lock, so observers may
 * come and go, also from inside callbacks, while changes are being told.
 */
#include "domain/domain_priv.h"

#include "base/struct_read.h"

static uint32_t wants_of(const struct iolas_observer *table)
{
	return (table->mapped ? IOLAS__WANTS_MAPPED : 0) |
	       (table->unmapped ? IOLAS__WANTS_UNMAPPED : 0) |
	       (table->allocated ? IOLAS__WANTS_ALLOCATED : 0) |
	       (table->freed ? IOLAS__WANTS_FREED : 0) |
	       (table->invalidate ? IOLAS__WANTS_INVALIDATE : 0);
}

/* The lock is held. */
static void renew_interest(struct iolas_domain *domain)
{
	uint32_t interest = 0;

	for (const struct iolas__observer_node *n = domain->observers; n;
	     n = n->next)
		if (!n->is_dead)
			interest |= wants_of(&n->table);
	/* Relaxed: see iolas__domain_is_watched(). */
	iolas__store_relaxed(&domain->interest, interest);
}

static uint64_t this_thread(const struct iolas_domain *domain)
{
	return domain->host.thread_id
		       ? domain->host.thread_id(domain->host.user)
		       : 0;
}

/* The lock is held; @visit is at a node. */
static void leave_node(struct iolas_domain *domain,
		       struct iolas__domain_visit *visit)
{
	struct iolas__domain_visit **link = &domain->visits;

	while (*link != visit)
		link = &(*link)->next;
	*link = visit->next;
	visit->node->running--;
}

/*
 * Moves to the next live observer that wants it; NULL at the end.  A node
 * cannot be unlinked while its count is up, so its successor is found under the
 * same hold of the lock that lets the count fall.
 */
static const struct iolas_observer *next_node(struct iolas_domain *domain,
					      struct iolas__domain_visit *visit,
					      uint32_t wants)
{
	struct iolas__observer_node *node;

	iolas__lock_acquire(&domain->host, &domain->lock);
	node = visit->node ? visit->node->next : domain->observers;
	if (visit->node)
		leave_node(domain, visit);
	while (node && (node->is_dead || !(wants_of(&node->table) & wants)))
		node = node->next;
	visit->node = node;
	if (node) {
		node->running++;
		visit->next = domain->visits;
		domain->visits = visit;
	}
	iolas__lock_release(&domain->lock);
	return node ? &node->table : NULL;
}

/* Ends a walk before its end. */
static void stop_visit(struct iolas_domain *domain,
		       struct iolas__domain_visit *visit)
{
	iolas__lock_acquire(&domain->host, &domain->lock);
	leave_node(domain, visit);
	iolas__lock_release(&domain->lock);
}

int iolas__domain_tell_mapped(struct iolas_domain *domain, iolas_iova iova,
			      iolas_pa pa, uint64_t len, unsigned prot)
{
	struct iolas__domain_visit visit = { .thread_id = this_thread(domain) };
	const struct iolas_observer *o;

	while ((o = next_node(domain, &visit, IOLAS__WANTS_MAPPED))) {
		const int status = o->mapped(o->user, iova, pa, len, prot);

		if (status < 0) {
			stop_visit(domain, &visit);
			return status;
		}
	}
	return IOLAS_OK;
}

int iolas__domain_tell_allocated(struct iolas_domain *domain, iolas_iova iova,
				 uint64_t len)
{
	struct iolas__domain_visit visit = { .thread_id = this_thread(domain) };
	const struct iolas_observer *o;

	while ((o = next_node(domain, &visit, IOLAS__WANTS_ALLOCATED))) {
		const int status = o->allocated(o->user, iova, len);

		if (status < 0) {
			stop_visit(domain, &visit);
			return status;
		}
	}
	return IOLAS_OK;
}

void iolas__domain_tell_unmapped(struct iolas_domain *domain, iolas_iova iova,
				 uint64_t len)
{
	struct iolas__domain_visit visit = { .thread_id = 0 };
	const struct iolas_observer *o;

	if (!iolas__domain_is_watched(domain, IOLAS__WANTS_UNMAPPED))
		return;
	visit.thread_id = this_thread(domain);
	while ((o = next_node(domain, &visit, IOLAS__WANTS_UNMAPPED)))
		o->unmapped(o->user, iova, len);
}

void iolas__domain_tell_freed(struct iolas_domain *domain, iolas_iova iova,
			      uint64_t len)
{
	struct iolas__domain_visit visit = { .thread_id = 0 };
	const struct iolas_observer *o;

	if (!iolas__domain_is_watched(domain, IOLAS__WANTS_FREED))
		return;
	visit.thread_id = this_thread(domain);
	while ((o = next_node(domain, &visit, IOLAS__WANTS_FREED)))
		o->freed(o->user, iova, len);
}

/*
 * The lock is taken even when nobody seems to observe.  An attaching device
 * takes it too, before its first access: if it comes after us, our cleared
 * leaves are visible to its walks (our release of the lock, its acquire); if
 * it comes before, we find its observer.  A look at the interest without the
 * lock would need a full fence on both sides for the same (D3).
 */
void iolas__domain_invalidate(struct iolas_domain *domain,
			      const struct iolas_gather *gather)
{
	struct iolas__domain_visit visit = { .thread_id = this_thread(domain) };
	const struct iolas_invalidation what = {
		.struct_size = sizeof(what),
		.flags = gather->flags &
			 (IOLAS_GATHER_TABLES | IOLAS_GATHER_WHOLE),
		.span = { gather->first, gather->last },
		.leaf_sizes = gather->leaf_sizes,
	};
	const struct iolas_observer *o;

	if (iolas_gather_is_empty(gather))
		return;
	/* Relaxed: a count. */
	iolas__fetch_add_relaxed(&domain->invalidation_count, 1);
	while ((o = next_node(domain, &visit, IOLAS__WANTS_INVALIDATE)))
		o->invalidate(o->user, &what);
}

/* The lock is held. */
static void append(struct iolas_domain *domain,
		   struct iolas__observer_node *node)
{
	struct iolas__observer_node **link = &domain->observers;

	while (*link)
		link = &(*link)->next;
	*link = node;
	node->id = ++domain->last_id;
	domain->observer_count++;
	renew_interest(domain);
}

int iolas_domain_observe(struct iolas_domain *domain,
			 const struct iolas_observer *observer, uint64_t *id)
{
	struct iolas__observer_node *node;
	struct iolas_observer table;

	if (!domain || !id)
		return IOLAS_EINVAL;
	if (iolas__struct_read(&table, sizeof(table), sizeof(table),
			       observer) ||
	    table.flags)
		return IOLAS_EINVAL;
	node = iolas__slab_alloc(&domain->nodes, NULL);
	if (!node)
		return IOLAS_ENOMEM;
	*node = (struct iolas__observer_node){ .table = table };
	iolas__lock_acquire(&domain->host, &domain->lock);
	append(domain, node);
	*id = node->id;
	iolas__lock_release(&domain->lock);
	return IOLAS_OK;
}

/* The lock is held. */
static struct iolas__observer_node *find(struct iolas_domain *domain,
					 uint64_t id)
{
	struct iolas__observer_node *node = domain->observers;

	while (node && (node->id != id || node->is_dead))
		node = node->next;
	return node;
}

/* The lock is held. */
static bool is_visiting(const struct iolas_domain *domain,
			const struct iolas__observer_node *node,
			uint64_t thread_id)
{
	for (const struct iolas__domain_visit *v = domain->visits; v;
	     v = v->next)
		if (v->node == node && v->thread_id == thread_id &&
		    thread_id != 0)
			return true;
	return false;
}

/* No new callback from here on.  The lock is held. */
static int bury(struct iolas_domain *domain, uint64_t id, uint64_t thread_id,
		struct iolas__observer_node **node)
{
	*node = find(domain, id);
	if (!*node)
		return IOLAS_ENOENT;
	if (is_visiting(domain, *node, thread_id))
		return IOLAS_EDEADLK;
	(*node)->is_dead = true;
	domain->observer_count--;
	renew_interest(domain);
	return IOLAS_OK;
}

/* Unlinks @node once none of its callbacks runs (D7). */
static void wait_and_unlink(struct iolas_domain *domain,
			    struct iolas__observer_node *node)
{
	struct iolas__observer_node **link = &domain->observers;
	unsigned turn = 0;

	iolas__lock_acquire(&domain->host, &domain->lock);
	while (node->running) {
		iolas__lock_release(&domain->lock);
		iolas__host_relax(&domain->host, turn++);
		iolas__lock_acquire(&domain->host, &domain->lock);
	}
	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	iolas__lock_release(&domain->lock);
}

int iolas_domain_unobserve(struct iolas_domain *domain, uint64_t id)
{
	struct iolas__observer_node *node;
	uint64_t thread_id;
	int status;

	if (!domain)
		return IOLAS_EINVAL;
	thread_id = this_thread(domain);
	iolas__lock_acquire(&domain->host, &domain->lock);
	status = bury(domain, id, thread_id, &node);
	iolas__lock_release(&domain->lock);
	if (status)
		return status;
	wait_and_unlink(domain, node);
	iolas__slab_free(&domain->nodes, node);
	return IOLAS_OK;
}

int iolas__domain_attach(struct iolas_domain *domain,
			 const struct iolas_observer *observer, uint64_t *id)
{
	const int status = iolas_domain_observe(domain, observer, id);

	/* Relaxed: read by a destroy that no attach may race with. */
	if (!status)
		iolas__fetch_add_relaxed(&domain->attached, 1);
	return status;
}

int iolas__domain_detach(struct iolas_domain *domain, uint64_t id)
{
	const int status = iolas_domain_unobserve(domain, id);

	if (!status)
		iolas__fetch_sub_relaxed(&domain->attached, 1);
	return status;
}
