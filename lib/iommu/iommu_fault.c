/* SPDX-License-Identifier: MIT */
/*
 * Faults: what surrounds a refused address, and the ring that keeps them.
 */
#include "iommu/iommu_priv.h"

#include "base/struct_read.h"

static bool next_leaf(struct iolas_pgtable *pt, iolas_iova first,
		      iolas_iova last, struct iolas_mapping *leaf)
{
	struct iolas_mapping found = { .struct_size = sizeof(found) };

	if (iolas_pgtable_next(pt, first, last, &found))
		return false;
	*leaf = found;
	return true;
}

static iolas_iova last_of(const struct iolas_mapping *leaf)
{
	return leaf->iova + (leaf->size - 1);
}

/* Some leaf of first..last, in the smallest window below @last that has one. */
static bool some_leaf_below(struct iolas_pgtable *pt, iolas_iova first,
			    iolas_iova last, unsigned granule_lg2,
			    struct iolas_mapping *leaf)
{
	for (unsigned lg2 = granule_lg2; lg2 < 64; lg2++) {
		const bool is_all = last - first <= iolas__mask(lg2);
		const iolas_iova from =
			is_all ? first : last - iolas__mask(lg2);

		if (next_leaf(pt, from, last, leaf))
			return true;
		if (is_all)
			return false;
	}
	return next_leaf(pt, first, last, leaf);
}

/*
 * The highest leaf of first..last.  The table can only be asked upward, so the
 * window is first doubled until it holds a leaf and then halved towards the
 * last: at most 128 questions.
 */
static bool last_leaf(struct iolas_pgtable *pt, iolas_iova first,
		      iolas_iova last, unsigned granule_lg2,
		      struct iolas_mapping *leaf)
{
	struct iolas_mapping higher;

	if (!some_leaf_below(pt, first, last, granule_lg2, leaf))
		return false;
	while (last_of(leaf) < last) {
		const iolas_iova from = last_of(leaf) + 1;
		const iolas_iova middle = from + (last - from) / 2;

		if (next_leaf(pt, middle, last, &higher))
			*leaf = higher;
		else
			last = middle - 1; /* from - 1 ends the search */
	}
	return true;
}

static bool find_nearest(struct iolas_domain *domain, iolas_iova iova,
			 struct iolas_mapping *nearest)
{
	const struct iolas_span in = domain->input;
	const bool is_inside = iova <= in.last && iova >= in.first;
	const iolas_iova top = iova > in.last ? in.last : iova - 1;
	struct iolas_mapping above, below;
	bool has_above, has_below = false;

	has_above = is_inside && next_leaf(domain->pt, iova, in.last, &above);
	if (has_above && above.iova <= iova) {
		*nearest = above; /* it holds the address */
		return true;
	}
	if (iova > in.first)
		has_below = last_leaf(domain->pt, in.first, top,
				      domain->granule_lg2, &below);
	if (has_above &&
	    (!has_below || above.iova - iova < iova - last_of(&below)))
		*nearest = above;
	else if (has_below)
		*nearest = below;
	return has_above || has_below;
}

/* Level of the item that ended the walk. */
static uint32_t last_level(struct iolas_domain *domain, iolas_iova iova,
			   unsigned bits)
{
	struct iolas_walk walk = { .struct_size = sizeof(walk) };
	const unsigned one_bit = bits & IOLAS_WRITE  ? IOLAS_WRITE
				 : bits & IOLAS_READ ? IOLAS_READ
						     : IOLAS_EXEC;
	const int status = iolas_pgtable_walk(domain->pt, iova, one_bit, &walk);

	if ((status && status != IOLAS_EFAULT) || walk.step_count == 0 ||
	    walk.step_count > IOLAS_WALK_LEVELS)
		return 0;
	return walk.step[walk.step_count - 1].level;
}

void iolas__refusal_explain(struct iolas__refusal *refusal,
			    struct iolas_domain *domain, unsigned bits)
{
	if (!domain)
		return;
	refusal->level = last_level(domain, refusal->iova, bits);
	refusal->has_nearest =
		find_nearest(domain, refusal->iova, &refusal->nearest);
	refusal->history.struct_size = sizeof(refusal->history);
	refusal->has_history =
		iolas_domain_history(domain, refusal->iova,
				     &refusal->history) == IOLAS_OK;
}

/* A full ring keeps what it has.  The lock is held. */
static void keep(struct iolas_unit *unit, const struct iolas_fault *fault)
{
	uint32_t at;

	if (unit->fault_kept == unit->fault_size) {
		unit->fault_drop_count++;
		return;
	}
	at = unit->fault_first + unit->fault_kept;
	if (at >= unit->fault_size)
		at -= unit->fault_size;
	unit->faults[at] = *fault;
	unit->fault_kept++;
}

int iolas__unit_fault(struct iolas_queue *queue,
		      const struct iolas__refusal *refusal,
		      const struct iolas__access *access)
{
	struct iolas_unit *unit = queue->unit;
	struct iolas_fault fault = {
		.struct_size = sizeof(fault),
		.reason = refusal->reason,
		.requester_id = queue->context->device->requester_id,
		.pasid = queue->context->pasid,
		.iova = refusal->iova,
		.access = access->bits,
		.level = refusal->level,
		.access_iova = access->first,
		.access_len = access->len,
		.has_nearest = refusal->has_nearest,
		.has_history = refusal->has_history,
	};

	if (refusal->has_nearest)
		fault.nearest = refusal->nearest;
	if (refusal->has_history)
		fault.history = refusal->history;
	iolas__lock_acquire(&unit->host, &unit->lock);
	fault.sequence = ++unit->fault_count;
	keep(unit, &fault);
	iolas__lock_release(&unit->lock);
	if (unit->fault) {
		queue->busy++;
		unit->fault(unit->fault_user, &fault);
		queue->busy--;
	}
	return IOLAS_EFAULT;
}

int iolas_unit_next_fault(struct iolas_unit *unit, struct iolas_fault *fault)
{
	struct iolas_fault oldest;
	bool has_one;

	if (!unit || !fault || fault->struct_size < sizeof(*fault) ||
	    fault->struct_size > IOLAS__STRUCT_LIMIT)
		return IOLAS_EINVAL;
	iolas__lock_acquire(&unit->host, &unit->lock);
	has_one = unit->fault_kept != 0;
	if (has_one) {
		oldest = unit->faults[unit->fault_first];
		unit->fault_kept--;
		if (++unit->fault_first == unit->fault_size)
			unit->fault_first = 0;
	}
	iolas__lock_release(&unit->lock);
	if (!has_one)
		return IOLAS_ENOENT;
	return iolas__struct_write(fault, &oldest, sizeof(oldest),
				   sizeof(oldest));
}
