/* SPDX-License-Identifier: MIT */
/*
 * Gathers: the hull of what changed, and the subtrees that were cut off, which
 * hang onto the caller's memory by a chain through their own side data.  A
 * gather of fixed size therefore holds any number of them.
 *
 *     slot[0] first table of the chain, slot[1] the last, slot[2] their tables
 */
#include "pgtable/pt.h"

#include <string.h>

enum { FIRST, LAST, WEIGHT };

static struct pt_table *slot_table(const struct iolas_gather *gather,
				   unsigned slot)
{
	return (struct pt_table *)(uintptr_t)gather->slot[slot];
}

void iolas_gather_init(struct iolas_gather *gather)
{
	if (!gather)
		return;
	memset(gather, 0, sizeof(*gather));
	gather->first = UINT64_MAX;
}

int iolas_gather_is_empty(const struct iolas_gather *gather)
{
	return !gather || (gather->first > gather->last && gather->flags == 0 &&
			   gather->count == 0);
}

void pt_gather_leaves(struct iolas_gather *gather, iolas_iova first,
		      iolas_iova last, uint64_t sizes)
{
	gather->first = iolas__min64(gather->first, first);
	gather->last = iolas__max64(gather->last, last);
	gather->leaf_sizes |= sizes;
}

static void append_chain(struct iolas_gather *gather, struct pt_table *first,
			 struct pt_table *last)
{
	if (gather->count == 0)
		gather->slot[FIRST] = (uintptr_t)first;
	else
		/* Relaxed: a cut table's link belongs to the gather's owner. */
		iolas__store_relaxed(&slot_table(gather, LAST)->next, first);
	gather->slot[LAST] = (uintptr_t)last;
}

void pt_gather_table(struct iolas_pgtable *pt, struct iolas_gather *gather,
		     struct pt_table *parent, struct pt_table *table,
		     unsigned level)
{
	table->weight = pt_table_weigh(pt, table, level);
	/* Relaxed, all: counts, and fields of a table that we alone cut. */
	iolas__fetch_sub_relaxed(&parent->children, 1);
	iolas__fetch_add_relaxed(&pt->cut, table->weight);
	iolas__store_relaxed(&table->state, PT_CUT);
	iolas__store_relaxed(&table->next, NULL);
	append_chain(gather, table, table);
	gather->slot[WEIGHT] += table->weight;
	gather->count++;
	gather->flags |= IOLAS_GATHER_TABLES;
	/*
	 * Release (P4): the cleared link comes first, for whoever reads the new
	 * generation, fills a cursor and must not find the old table again;
	 * pairs with the acquire in pt_generation().
	 */
	iolas__fetch_add_release(&pt->generation, 1);
}

void iolas__gather_move(struct iolas_gather *into, struct iolas_gather *from)
{
	if (from->first <= from->last)
		pt_gather_leaves(into, from->first, from->last,
				 from->leaf_sizes);
	into->flags |= from->flags;
	if (from->count) {
		append_chain(into, slot_table(from, FIRST),
			     slot_table(from, LAST));
		into->slot[WEIGHT] += from->slot[WEIGHT];
		into->count += from->count;
	}
	iolas_gather_init(from);
}

/* Each table of the chain goes from CUT to GRACE, once, and is @pt's. */
static bool hand_over(struct iolas_pgtable *pt, struct pt_table *table)
{
	for (; table; table = iolas__load_relaxed(&table->next)) {
		uint32_t seen = PT_CUT;

		/*
		 * Relaxed: the state is a guard against gathers used twice; the
		 * retire that follows publishes the chain.
		 */
		if (pt_block_of(table)->pt != pt ||
		    !iolas__cas_acquire_relaxed(&table->state, &seen, PT_GRACE))
			return false;
	}
	return true;
}

int iolas_pgtable_gather_done(struct iolas_pgtable *pt,
			      struct iolas_gather *gather)
{
	struct pt_table *first;

	if (!pt || !gather)
		return IOLAS_EINVAL;
	if (gather->count) {
		first = slot_table(gather, FIRST);
		if (!first || !hand_over(pt, first))
			return IOLAS_EINVAL;
		/* Relaxed: counts. */
		iolas__fetch_add_relaxed(&pt->held, gather->slot[WEIGHT]);
		iolas__fetch_sub_relaxed(&pt->cut, gather->slot[WEIGHT]);
		iolas__epoch_retire(&pt->epoch, &first->node, pt_table_passed,
				    pt);
		/* Here, outside of any section of ours that would hold it. */
		if (iolas__load_relaxed(&pt->held) >= PT_POLL_LEAST)
			iolas__epoch_poll(&pt->epoch);
	}
	iolas_gather_init(gather);
	return IOLAS_OK;
}
