/* SPDX-License-Identifier: MIT */
/*
 * Contexts: what one PASID of a device translates through.  Attach, replace,
 * detach and bypass publish one pointer and wait for the sections that may
 * still use the old one; an invalidation leaves a note at the attachment and
 * waits the same way.
 */
#include "iommu/iommu_priv.h"

bool iolas__pasid_is_valid(uint32_t pasid)
{
	return pasid == IOLAS_PASID_NONE || pasid <= IOLAS__PASID_MAX;
}

static struct iolas__context **bucket_of(struct iolas_device *device,
					 uint32_t pasid)
{
	return &device->bucket[pasid % IOLAS__DEVICE_BUCKETS];
}

/* The unit's lock is held. */
static struct iolas__context *find_and_use(struct iolas_device *device,
					   uint32_t pasid)
{
	struct iolas__context *c = *bucket_of(device, pasid);

	while (c && c->pasid != pasid)
		c = c->next;
	if (c)
		c->users++;
	return c;
}

static struct iolas__context *make_context(struct iolas_device *device,
					   uint32_t pasid)
{
	struct iolas__context *c =
		iolas__slab_alloc(&device->unit->contexts, NULL);

	if (!c)
		return NULL;
	memset(c, 0, sizeof(*c));
	iolas__epoch_init(&c->epoch, &device->unit->host);
	c->device = device;
	c->pasid = pasid;
	c->users = 1;
	return c;
}

static void free_context(struct iolas__context *context)
{
	iolas__epoch_fini(&context->epoch);
	iolas__slab_free(&context->device->unit->contexts, context);
}

/* The unit's lock is held. */
static void enter_context(struct iolas__context *context)
{
	struct iolas_device *device = context->device;
	struct iolas__context **bucket = bucket_of(device, context->pasid);

	context->next = *bucket;
	*bucket = context;
	device->context_count++;
}

int iolas__context_get(struct iolas_device *device, uint32_t pasid,
		       bool may_make, struct iolas__context **context)
{
	struct iolas_unit *unit = device->unit;
	struct iolas__context *fresh = NULL;

	iolas__lock_acquire(&unit->host, &unit->lock);
	*context = find_and_use(device, pasid);
	iolas__lock_release(&unit->lock);
	if (*context)
		return IOLAS_OK;
	if (!may_make)
		return IOLAS_ENOENT;
	/* Made without the lock; somebody may be faster. */
	fresh = make_context(device, pasid);
	if (!fresh)
		return IOLAS_ENOMEM;
	iolas__lock_acquire(&unit->host, &unit->lock);
	*context = find_and_use(device, pasid);
	if (!*context) {
		*context = fresh;
		enter_context(fresh);
		fresh = NULL;
	}
	iolas__lock_release(&unit->lock);
	if (fresh)
		free_context(fresh);
	return IOLAS_OK;
}

void iolas__context_put(struct iolas__context *context)
{
	struct iolas_device *device = context->device;
	struct iolas_unit *unit = device->unit;
	struct iolas__context **link = bucket_of(device, context->pasid);
	bool is_last;

	iolas__lock_acquire(&unit->host, &unit->lock);
	is_last = --context->users == 0;
	if (is_last) {
		while (*link != context)
			link = &(*link)->next;
		*link = context->next;
	}
	iolas__lock_release(&unit->lock);
	if (!is_last)
		return;
	free_context(context);
	/* Last: with the count at 0 the device may go, and the unit. */
	iolas__lock_acquire(&unit->host, &unit->lock);
	device->context_count--;
	iolas__lock_release(&unit->lock);
}

void iolas__context_lock(struct iolas__context *context)
{
	const struct iolas_host *host = &context->device->unit->host;
	unsigned turn = 0;

	iolas__lock_acquire(host, &context->lock);
	while (context->is_changing) {
		iolas__lock_release(&context->lock);
		iolas__host_relax(host, turn++);
		iolas__lock_acquire(host, &context->lock);
	}
}

/*
 * Waits until no section of the context is open that could have begun before
 * the call.  A queue that is made meanwhile enters the list under the lock, so
 * that what we stored before is visible to its first section (D3).
 */
static void wait_for_sections(struct iolas__context *context)
{
	bool has_queues;

	iolas__lock_acquire(&context->device->unit->host, &context->lock);
	has_queues = context->queues != NULL;
	iolas__lock_release(&context->lock);
	/* Nobody of ours is inside, so it cannot be refused. */
	if (has_queues)
		(void)iolas__epoch_synchronize(&context->epoch, NULL);
}

/*
 * Notes what queues must forget.  Number n takes the place of number n - SPANS,
 * which a queue may be reading: hence both ends are stored with release after
 * the count that said n - 1, and a queue that read them looks at the count
 * again; see obey() in iommu_queue.c (D2).
 */
static void note(struct iolas__attachment *attachment, struct iolas_span span)
{
	const struct iolas_host *host =
		&attachment->context->device->unit->host;
	struct iolas__forget *slot;
	uint64_t n;

	iolas__lock_acquire(host, &attachment->lock);
	/* Relaxed: written under the lock only. */
	n = iolas__load_relaxed(&attachment->count);
	slot = &attachment->forget[n % IOLAS__ATTACHMENT_SPANS];
	iolas__store_release(&slot->first, span.first);
	iolas__store_release(&slot->last, span.last);
	/*
	 * Release: the note, and before it the cleared leaves, to the sections
	 * that read the count first thing; pairs with iolas__queue_begin() (D1).
	 */
	iolas__store_release(&attachment->count, n + 1);
	iolas__lock_release(&attachment->lock);
}

/* The domain's observer.  On return no section uses what was invalidated. */
static void invalidate(void *user, const struct iolas_invalidation *what)
{
	struct iolas__attachment *attachment = user;
	struct iolas_unit *unit = attachment->context->device->unit;
	struct iolas_span span = what->span;

	if (what->flags & IOLAS_GATHER_WHOLE || span.first > span.last)
		span = (struct iolas_span){ 0, UINT64_MAX };
	note(attachment, span);
	wait_for_sections(attachment->context);
	/* Relaxed: a count. */
	iolas__fetch_add_relaxed(&unit->invalidation_count, 1);
}

/* @domain NULL: bypass. */
static int make_attachment(struct iolas__context *context,
			   struct iolas_domain *domain,
			   struct iolas__attachment **attachment)
{
	struct iolas_unit *unit = context->device->unit;
	struct iolas__attachment *a = iolas__slab_alloc(&unit->nodes, NULL);
	struct iolas_observer observer = {
		.struct_size = sizeof(observer),
		.user = a,
		.invalidate = invalidate,
	};
	int status = IOLAS_OK;

	if (!a)
		return IOLAS_ENOMEM;
	memset(a, 0, sizeof(*a));
	a->domain = domain;
	a->context = context;
	a->serial = iolas__unit_serial(unit);
	/*
	 * Before the first access: an unmap that misses this observer has
	 * cleared its leaves visibly; see iolas__domain_invalidate().
	 */
	if (domain)
		status = iolas__domain_attach(domain, &observer,
					      &a->observer_id);
	if (status) {
		iolas__slab_free(&unit->nodes, a);
		return status;
	}
	*attachment = a;
	return IOLAS_OK;
}

/* No section uses it any more. */
static void free_attachment(struct iolas__attachment *attachment)
{
	struct iolas_unit *unit = attachment->context->device->unit;

	/* Waits for invalidations under way; we are in none of them. */
	if (attachment->domain)
		(void)iolas__domain_detach(attachment->domain,
					   attachment->observer_id);
	iolas__slab_free(&unit->nodes, attachment);
}

/*
 * Takes the right to change the attachment.  @wants_blocked: it must be blocked
 * (IOLAS_EBUSY) or must not (IOLAS_ENOENT).
 */
static int begin_change(struct iolas__context *context, bool wants_blocked)
{
	bool is_blocked;
	int status = IOLAS_OK;

	iolas__context_lock(context);
	/* Relaxed: changed only by who has the right to. */
	is_blocked = !iolas__load_relaxed(&context->attachment);
	if (wants_blocked && !is_blocked)
		status = IOLAS_EBUSY;
	else if (!wants_blocked && is_blocked)
		status = IOLAS_ENOENT;
	else if (context->map_count)
		status = IOLAS_EBUSY;
	else
		context->is_changing = true;
	iolas__lock_release(&context->lock);
	return status;
}

static void end_change(struct iolas__context *context)
{
	iolas__lock_acquire(&context->device->unit->host, &context->lock);
	context->is_changing = false;
	iolas__lock_release(&context->lock);
}

/* Publishes @to (NULL: blocked) and ends what was there. */
static void exchange(struct iolas__context *context,
		     struct iolas__attachment *to)
{
	/*
	 * Release: the attachment's fields, to the section that loads the
	 * pointer; pairs with the acquire in iolas__queue_begin().  Acquire:
	 * the old one's fields, for us who end it (D4).
	 */
	struct iolas__attachment *from =
		iolas__exchange_acq_rel(&context->attachment, to);

	if (!from)
		return;
	wait_for_sections(context);
	free_attachment(from);
}

static int attach(struct iolas_device *device, uint32_t pasid,
		  struct iolas_domain *domain, bool wants_blocked)
{
	struct iolas__attachment *attachment;
	struct iolas__context *context;
	int status;

	status = iolas__context_get(device, pasid, wants_blocked, &context);
	if (status)
		return status;
	status = begin_change(context, wants_blocked);
	if (!status) {
		status = make_attachment(context, domain, &attachment);
		if (!status)
			exchange(context, attachment);
		end_change(context);
	}
	/* An attachment counts as a user; a replaced one did before. */
	if (status || !wants_blocked)
		iolas__context_put(context);
	return status;
}

int iolas_device_attach(struct iolas_device *device, uint32_t pasid,
			struct iolas_domain *domain)
{
	if (!device || !domain || !iolas__pasid_is_valid(pasid))
		return IOLAS_EINVAL;
	return attach(device, pasid, domain, true);
}

int iolas_device_replace(struct iolas_device *device, uint32_t pasid,
			 struct iolas_domain *domain)
{
	if (!device || !domain || !iolas__pasid_is_valid(pasid))
		return IOLAS_EINVAL;
	return attach(device, pasid, domain, false);
}

int iolas_device_bypass(struct iolas_device *device, uint32_t pasid)
{
	if (!device || !iolas__pasid_is_valid(pasid))
		return IOLAS_EINVAL;
	return attach(device, pasid, NULL, true);
}

int iolas_device_detach(struct iolas_device *device, uint32_t pasid)
{
	struct iolas__context *context;
	int status;

	if (!device || !iolas__pasid_is_valid(pasid))
		return IOLAS_EINVAL;
	status = iolas__context_get(device, pasid, false, &context);
	if (status)
		return status;
	status = begin_change(context, false);
	if (!status) {
		exchange(context, NULL);
		end_change(context);
		iolas__context_put(context); /* the attachment's */
	}
	iolas__context_put(context);
	return status;
}
