/* SPDX-License-Identifier: MIT */
/*
 * Table memory: blocks from the slab, two lock-free stacks (free tables, and
 * subtrees that may be used again but were not yet taken apart), and the way
 * back through the readers' grace period.
 *
 * The stacks are pushed and popped with plain compare-and-swap: a table that
 * was popped while somebody else was about to pop it too is not pushed again
 * before that somebody's section is over, because every way back leads through
 * the epoch.  Hence: pop only inside a section (P10: no ABA).
 */
#include "pgtable/pt.h"

#include <string.h>

static void push_chain(_Atomic(struct pt_table *) *stack,
		       struct pt_table *first, struct pt_table *last)
{
	/* Relaxed: the exchange below decides. */
	struct pt_table *seen = iolas__load_relaxed(stack);

	do {
		iolas__store_relaxed(&last->next, seen);
		/*
		 * Release: the chain's links and what is known about its
		 * tables, to pop(), which acquires.
		 */
	} while (!iolas__cas_release_relaxed(stack, &seen, first));
}

static struct pt_table *pop(_Atomic(struct pt_table *) *stack)
{
	/* Acquire: pairs with the release in push_chain(). */
	struct pt_table *seen = iolas__load_acquire(stack);

	while (seen) {
		/*
		 * Relaxed: read after the acquire that found @seen; a value
		 * that is old already makes the exchange fail.
		 */
		struct pt_table *next = iolas__load_relaxed(&seen->next);

		if (iolas__cas_acq_rel_acquire(stack, &seen, next))
			return seen;
	}
	return NULL;
}

static struct pt_table *mark_busy(struct pt_table *table)
{
	/* Relaxed: the table is this thread's alone; the link publishes it. */
	iolas__store_relaxed(&table->state, PT_BUSY);
	iolas__store_relaxed(&table->next, NULL);
	iolas__store_relaxed(&table->children, 0);
	return table;
}

/*
 * Tables that items of @table link to become a chain; returns how many tables
 * it holds in all.  @table is out of everybody's reach.
 */
static uint64_t chain_children(struct iolas_pgtable *pt, struct pt_table *table,
			       struct pt_table **first, struct pt_table **last)
{
	const struct pt_format *fmt = pt->ops->format;
	pt_item *items = pt_items_of(table);
	uint64_t weight = 0;

	*first = *last = NULL;
	for (unsigned i = 0; i < PT_ITEMS; i++) {
		/* Relaxed: the grace period ordered it after all writers. */
		const uint64_t pte = iolas__load_relaxed(&items[i]);
		struct pt_table *child;

		if (fmt->kind(pte, table->level) != PT_TABLE)
			continue;
		child = pt_table_of(pt_items_at(pt, fmt->table_pa(pte)));
		child->weight = pt_table_weigh(pt, child, table->level - 1);
		weight += child->weight;
		/* Relaxed, both: push_chain() publishes them. */
		iolas__store_relaxed(&child->state, PT_IDLE);
		iolas__store_relaxed(&child->next, *first);
		*first = child;
		if (!*last)
			*last = child;
	}
	return weight;
}

/*
 * Children of an idle table may be used like itself, but for one that was hung
 * after the cut, which only a caller who broke the OWNED contract can do: it
 * may have left a stack after the table's grace period had begun, and somebody
 * may still be about to pop it (P10).  Then they wait for a period of their
 * own.
 */
static void put_children(struct iolas_pgtable *pt, const struct pt_table *table,
			 struct pt_table *first, struct pt_table *last,
			 uint64_t weight)
{
	if (!first)
		return;
	/* Relaxed, both: counts, read by nobody who decides by them alone. */
	if (weight < table->weight) {
		iolas__fetch_add_relaxed(&pt->idle_count, weight);
		push_chain(&pt->idle, first, last);
		return;
	}
	iolas__fetch_add_relaxed(&pt->held, weight);
	iolas__epoch_retire(&pt->epoch, &first->node, pt_table_passed, pt);
}

/* Takes an idle subtree apart: its top for us, its children wait. */
static struct pt_table *take_idle(struct iolas_pgtable *pt)
{
	struct pt_table *table = pop(&pt->idle);
	struct pt_table *first, *last;
	uint64_t weight;

	if (!table)
		return NULL;
	/*
	 * Relaxed: the grace period ordered it after all who hung or cut here.
	 * Counted before each link, so 0 means that there is none.
	 */
	if (iolas__load_relaxed(&table->children)) {
		weight = chain_children(pt, table, &first, &last);
		put_children(pt, table, first, last, weight);
	}
	iolas__fetch_sub_relaxed(&pt->idle_count, table->weight);
	return mark_busy(table);
}

static struct pt_table *take_free(struct iolas_pgtable *pt)
{
	struct pt_table *table = pop(&pt->free);

	if (!table)
		return NULL;
	/* Relaxed: a count. */
	iolas__fetch_add_relaxed(&pt->taken, 1);
	return mark_busy(table);
}

/* A new block: one table for us, the others free. */
static struct pt_table *take_fresh(struct iolas_pgtable *pt)
{
	const uint64_t too_wide = UINT64_C(1) << pt->config.output_bits;
	struct pt_table *about;
	iolas_pa pa = 0;

	about = iolas__slab_alloc(&pt->slab, &pa);
	if (!about)
		return NULL;
	if (pa >= too_wide || too_wide - pa < PT_BLOCK_SIZE) {
		/* The unit could not be told this address. */
		iolas__slab_free(&pt->slab, about);
		return NULL;
	}
	memset(about, 0, (PT_BLOCK_TABLES + 1) * sizeof(*about));
	pt_block_of(about)->pt = pt;
	for (uint32_t i = 1; i <= PT_BLOCK_TABLES; i++) {
		about[i].pa = pa + ((iolas_pa)i << PT_TABLE_LG2);
		/* Relaxed: push_chain() publishes them. */
		if (i < PT_BLOCK_TABLES)
			iolas__store_relaxed(&about[i].next, &about[i + 1]);
	}
	push_chain(&pt->free, &about[2], &about[PT_BLOCK_TABLES]);
	/* Relaxed: counts. */
	iolas__fetch_add_relaxed(&pt->block_count, 1);
	iolas__fetch_add_relaxed(&pt->taken, 1);
	return mark_busy(&about[1]);
}

static uint64_t held(struct iolas_pgtable *pt)
{
	/* Relaxed: a bound that may be noticed a few tables late. */
	return iolas__load_relaxed(&pt->held);
}

struct pt_table *pt_table_take(struct iolas_pgtable *pt)
{
	const uint64_t bound = pt->config.held_bytes_max >> PT_TABLE_LG2;
	struct pt_table *table;

	for (;;) {
		if ((table = take_free(pt)) || (table = take_idle(pt)))
			return table;
		if ((held(pt) >= PT_POLL_LEAST || held(pt) > bound) &&
		    iolas__epoch_poll(&pt->epoch))
			continue;
		/* A stopped reader: what it holds back is bounded. */
		if (held(pt) > bound)
			return NULL;
		if ((table = take_fresh(pt)))
			return table;
		if (!iolas__epoch_poll(&pt->epoch))
			return NULL;
	}
}

struct pt_table *pt_table_take_empty(struct iolas_pgtable *pt)
{
	struct pt_table *table = pt_table_take(pt);

	if (table) {
		memset((void *)pt_items_of(table), 0, PT_TABLE_SIZE);
		pt_flush(pt, pt_items_of(table), PT_TABLE_SIZE);
	}
	return table;
}

/* A chain that may be used again, no children to look for. */
static void give_passed(void *user, struct iolas__epoch_node *node)
{
	struct iolas_pgtable *pt = user;
	struct pt_table *first = (struct pt_table *)(void *)node;
	struct pt_table *last = first;
	uint64_t count = 1;

	/* Relaxed, all: the chain is ours; push_chain() publishes it. */
	for (;;) {
		struct pt_table *next = iolas__load_relaxed(&last->next);

		iolas__store_relaxed(&last->state, PT_FREE);
		if (!next)
			break;
		last = next;
		count++;
	}
	iolas__fetch_sub_relaxed(&pt->taken, count);
	iolas__fetch_sub_relaxed(&pt->held, count);
	push_chain(&pt->free, first, last);
}

void pt_table_give(struct iolas_pgtable *pt, struct pt_table *chain)
{
	uint64_t count = 0;

	if (!chain)
		return;
	for (struct pt_table *t = chain; t; t = iolas__load_relaxed(&t->next))
		count++;
	/* Relaxed: a count. */
	iolas__fetch_add_relaxed(&pt->held, count);
	/* Through the epoch although nobody can see it: see ABA above. */
	iolas__epoch_retire(&pt->epoch, &chain->node, give_passed, pt);
}

void pt_table_passed(void *user, struct iolas__epoch_node *node)
{
	struct iolas_pgtable *pt = user;
	struct pt_table *first = (struct pt_table *)(void *)node;
	struct pt_table *last = first;
	uint64_t weight = 0;

	/* Relaxed, all: the chain is ours; push_chain() publishes it. */
	for (;;) {
		struct pt_table *next = iolas__load_relaxed(&last->next);

		iolas__store_relaxed(&last->state, PT_IDLE);
		weight += last->weight;
		if (!next)
			break;
		last = next;
	}
	iolas__fetch_sub_relaxed(&pt->held, weight);
	iolas__fetch_add_relaxed(&pt->idle_count, weight);
	push_chain(&pt->idle, first, last);
}

/* Direct children are counted as they are linked. */
static uint32_t weigh_near(struct pt_table *table, unsigned level)
{
	/* Relaxed: a snapshot. */
	return level == 0 ? 1 : 1 + iolas__load_relaxed(&table->children);
}

/* Depth first without recursion: one position per level. */
uint32_t pt_table_weigh(struct iolas_pgtable *pt, struct pt_table *table,
			unsigned level)
{
	const struct pt_format *fmt = pt->ops->format;
	pt_item *items[PT_MAX_LEVELS];
	unsigned at[PT_MAX_LEVELS];
	const unsigned top = level;
	uint32_t weight = 1;

	if (level < 2)
		return weigh_near(table, level);
	items[level] = pt_items_of(table);
	at[level] = 0;
	while (level <= top) {
		struct pt_table *child;
		uint64_t pte;

		if (at[level] == PT_ITEMS) {
			level++;
			continue;
		}
		/* Acquire: pairs with the release that linked the child. */
		pte = iolas__load_acquire(&items[level][at[level]++]);
		if (fmt->kind(pte, level) != PT_TABLE)
			continue;
		child = pt_table_of(pt_items_at(pt, fmt->table_pa(pte)));
		if (level == 2) {
			weight += weigh_near(child, 1);
			continue;
		}
		weight++;
		level--;
		items[level] = pt_items_of(child);
		at[level] = 0;
	}
	return weight;
}
