/* SPDX-License-Identifier: MIT */
/*
 * Lock order: reading down the enum is reading down the order.  A thread that
 * holds a lock may take only locks that stand below it here.
 */
#ifndef IOLAS_BASE_LOCK_RANK_H
#define IOLAS_BASE_LOCK_RANK_H

enum iolas__lock_rank {
	IOLAS__RANK_UNIT,     /* iommu: device table of a unit */
	IOLAS__RANK_DOMAIN,   /* domain: observers, lived-there ring */
	IOLAS__RANK_PHYSMEM,  /* physmem: regions and views */
	IOLAS__RANK_PAGELIST, /* pagelist: none held across calls */
	IOLAS__RANK_SPACE,    /* range: one space */
	IOLAS__RANK_EPOCH,    /* epoch: retired list, grace period */
	IOLAS__RANK_SLAB,     /* slab: refill; the host's chunk_alloc below */
};

#endif /* IOLAS_BASE_LOCK_RANK_H */
