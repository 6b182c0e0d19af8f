/* SPDX-License-Identifier: MIT */
/*
 * The page-table object and the memory of its tables, as all files of this
 * floor see them.
 *
 * Table memory comes in blocks of 64 KiB, aligned to their size: the first
 * page holds what the library knows about the other fifteen, one cache line
 * each, so that an item's address leads there by masking:
 *
 *     | block, about 1 | about 2 | ... | about 15 | --- | table 1 | ... | 15 |
 *
 * A table's life: FREE -> BUSY (private, then linked) -> CUT (its link is gone;
 * in a caller's gather) -> GRACE (invalidated; waits for the readers) -> IDLE
 * (reusable, its children not yet looked at) -> BUSY or FREE.
 */
#ifndef IOLAS_PGTABLE_PT_H
#define IOLAS_PGTABLE_PT_H

#include "pgtable/pgtable_priv.h"
#include "pgtable/pt_format.h"
#include "slab/slab_priv.h"

#define PT_BLOCK_LG2	16
#define PT_BLOCK_SIZE	(1u << PT_BLOCK_LG2)
#define PT_BLOCK_TABLES 15u

/* So many tables must wait before somebody pays a barrier for them. */
#define PT_POLL_LEAST 64u

/* Internal status: the table was cut off meanwhile; walk again. */
#define PT_AGAIN 1

typedef _Atomic(uint64_t) pt_item;

enum pt_state { PT_FREE, PT_BUSY, PT_CUT, PT_GRACE, PT_IDLE };

/* What is known about one table; 64 bytes, in its block's first page. */
struct pt_table {
	struct iolas__epoch_node node; /* first of a chain in its grace time */
	iolas_pa pa;
	_Atomic(struct pt_table *) next; /* in a stack, a chain or a gather */
	_Atomic(uint32_t) children;	 /* tables that its items link to */
	_Atomic(uint32_t) state;	 /* enum pt_state */
	uint32_t level;			 /* set before it is linked */
	uint32_t weight; /* tables in the subtree when it was cut */
};

struct pt_block {
	struct iolas_pgtable *pt;
};

_Static_assert(sizeof(struct pt_table) == 64, "one line per table");
_Static_assert(sizeof(struct pt_block) <= sizeof(struct pt_table),
	       "the block's word lies where table 0 would");

/* Table pages that one map call has set aside; see pt_map.h. */
struct pt_job {
	struct pt_table *spare;
};

/*
 * One row per format and number of levels: the only function pointers on the
 * way from a public call to the items.  All are called inside a section.
 */
struct pt_ops {
	const struct pt_format *format;
	/* For pt_is_near() ranges.  PT_AGAIN: take the others. */
	int (*map_near)(struct iolas_pgtable *pt, struct iolas_cursor *cursor,
			iolas_iova iova, iolas_pa pa, uint64_t len,
			uint64_t bits);
	int (*map_prepare)(struct iolas_pgtable *pt, struct pt_job *job,
			   iolas_iova iova, iolas_pa pa, uint64_t len);
	/* *stored: bytes from @iova on that are in the tables, also on error */
	int (*map_store)(struct iolas_pgtable *pt, struct pt_job *job,
			 iolas_iova iova, iolas_pa pa, uint64_t len,
			 uint64_t bits, uint64_t *stored);
	void (*map_undo)(struct iolas_pgtable *pt, iolas_iova iova, iolas_pa pa,
			 uint64_t len, uint64_t bits);
	int (*unmap)(struct iolas_pgtable *pt, struct iolas_cursor *cursor,
		     iolas_iova iova, uint64_t len, bool exact,
		     struct iolas_gather *gather, uint64_t *unmapped);
	int (*protect)(struct iolas_pgtable *pt, iolas_iova iova, uint64_t len,
		       uint64_t bits, struct iolas_gather *gather);
	int (*lookup)(struct iolas_pgtable *pt, iolas_iova iova,
		      struct iolas_mapping *mapping);
	int (*next)(struct iolas_pgtable *pt, iolas_iova iova, iolas_iova last,
		    struct iolas_mapping *mapping);
};

struct iolas_pgtable {
	/* Never written after create. */
	_Alignas(64) struct iolas_host host;
	const struct pt_ops *ops;
	struct iolas_pgtable_config config; /* completed */
	pt_item *root;
	struct pt_table *root_table;
	uint64_t table_bits;
	uint64_t iova_bias; /* see pt_iova_ok() */
	uint32_t iova_bits;
	uint64_t serial; /* tells cursors of different tables apart */

	/*
	 * Detach generation: moves whenever a table loses its link.  On a line
	 * that is otherwise only read.
	 */
	_Alignas(64) _Atomic(uint64_t) generation;

	/* Written when tables come and go. */
	_Alignas(64) _Atomic(struct pt_table *) free;
	_Atomic(struct pt_table *) idle;
	/*
	 * Tables by where they are; linked and private ones are the rest:
	 *     linked = taken - cut - held - idle_count
	 */
	_Atomic(uint64_t) taken;      /* not FREE */
	_Atomic(uint64_t) cut;	      /* in gathers */
	_Atomic(uint64_t) held;	      /* waiting for readers */
	_Atomic(uint64_t) idle_count; /* reusable, not yet taken apart */
	_Atomic(uint64_t) block_count;

	struct iolas__epoch epoch;
	struct iolas__slab slab; /* blocks */
};

PT_INLINE bool pt_is_shared(const struct iolas_pgtable *pt)
{
	return pt->config.flags & IOLAS_PGTABLE_SHARED;
}

/*
 * Does this table cover @iova?  Unsigned spaces: no bit above the width.
 * Canonical ones: the same after adding half the space, which turns the two
 * halves into one stretch from 0 on.
 */
PT_INLINE bool pt_iova_ok(const struct iolas_pgtable *pt, iolas_iova iova)
{
	return (iova + pt->iova_bias) >> pt->iova_bits == 0;
}

/*
 * Worth a look for the short ways: pages of one table of level 0, or one large
 * leaf.
 */
PT_INLINE bool pt_is_near(iolas_iova iova, uint64_t len)
{
	return (iova ^ (iova + len - 1)) >> pt_shift(1) == 0 ||
	       iolas__is_pow2(len);
}

/* The items of a table, from any pointer to one of them: mask and look. */
PT_INLINE struct pt_table *pt_table_of(const pt_item *item)
{
	const uintptr_t at = (uintptr_t)item;
	const uintptr_t block = at & ~(uintptr_t)(PT_BLOCK_SIZE - 1);
	const uintptr_t number = (at & (PT_BLOCK_SIZE - 1)) >> PT_TABLE_LG2;

	return (struct pt_table *)block + number;
}

PT_INLINE pt_item *pt_items_of(const struct pt_table *table)
{
	const uintptr_t at = (uintptr_t)table;
	const uintptr_t block = at & ~(uintptr_t)(PT_BLOCK_SIZE - 1);
	const uintptr_t number =
		(at & (PT_BLOCK_SIZE - 1)) / sizeof(struct pt_table);

	return (pt_item *)(block + (number << PT_TABLE_LG2));
}

PT_INLINE struct pt_block *pt_block_of(const struct pt_table *table)
{
	return (struct pt_block *)((uintptr_t)table &
				   ~(uintptr_t)(PT_BLOCK_SIZE - 1));
}

/* The items of the table at @pa, which one of our own items links to. */
PT_INLINE pt_item *pt_items_at(const struct iolas_pgtable *pt, iolas_pa pa)
{
	return iolas__host_ptr(&pt->host, pa, PT_TABLE_SIZE);
}

PT_INLINE void pt_flush(const struct iolas_pgtable *pt, const void *addr,
			size_t bytes)
{
	iolas__host_flush(&pt->host, addr, bytes);
}

/* pt_table.c: table memory.  Called inside a section unless it says else. */

/*
 * A table of undefined contents, BUSY and linked nowhere.  NULL: neither the
 * host nor the readers give one up.  Lock-free while one is at hand.
 */
struct pt_table *pt_table_take(struct iolas_pgtable *pt);
/* The same, all items zero (and flushed). */
struct pt_table *pt_table_take_empty(struct iolas_pgtable *pt);
/* Takes back tables that were never linked, chained by next; may be NULL. */
void pt_table_give(struct iolas_pgtable *pt, struct pt_table *chain);
/* Tables in the subtree of @table, itself included; a snapshot. */
uint32_t pt_table_weigh(struct iolas_pgtable *pt, struct pt_table *table,
			unsigned level);
/* Callback of the epoch: a chain of cut tables may be used again. */
void pt_table_passed(void *user, struct iolas__epoch_node *node);

/* pt_gather.c */

/* Leaves of size @sizes changed in first..last. */
void pt_gather_leaves(struct iolas_gather *gather, iolas_iova first,
		      iolas_iova last, uint64_t sizes);
/*
 * @table of @level lost its link in a table of @parent; moves the generation
 * and hangs the subtree onto the gather.
 */
void pt_gather_table(struct iolas_pgtable *pt, struct iolas_gather *gather,
		     struct pt_table *parent, struct pt_table *table,
		     unsigned level);

extern const struct pt_ops pt_ops_vtd_ss[3]; /* 3, 4, 5 levels */
extern const struct pt_ops pt_ops_x86_64[2]; /* 4, 5 levels */

/*
 * Checks and completes a caller's config; *ops is the row for it.  Used for
 * own and for foreign tables.
 */
int pt_config_read(struct iolas_pgtable_config *config,
		   const struct iolas_pgtable_config *given,
		   const struct pt_ops **ops);

#endif /* IOLAS_PGTABLE_PT_H */
