/* SPDX-License-Identifier: MIT */
/*
 * Blocks: memory that an adapter's device may use, from a callback's success
 * to its free.  A block is pages, their place in the adapter's logical space,
 * and a handle.
 */
#ifndef IOLAS_DXGK_DXGK_BLOCK_H
#define IOLAS_DXGK_DXGK_BLOCK_H

#include "dxgk/dxgk_pages.h"

struct _MDL;

struct iolas__dxgk_block {
	struct iolas__dxgk_block *next; /* of the adapter's */
	struct iolas__dxgk_block *prev;
	struct iolas_dxgk_adapter *adapter;
	uint64_t handle; /* 0: nobody's yet */
	uint32_t kind;	 /* IOLAS_DXGK_MEMORY_... */
	uint32_t cache;
	struct iolas__dxgk_pages pages;
	bool owns_pages;      /* they go with the block */
	bool is_mapped;	      /* for the device */
	uint32_t byte_offset; /* of the data in the first page */
	iolas_pa pa;	      /* first page */
	iolas_iova logical;   /* first page, when mapped as one range */
	bool has_logical;
	uint64_t requested;
	void *va;
	struct _MDL *mdl;
	bool owns_mdl;	    /* it goes with the block */
	bool is_registered; /* mapped MDL: the library made it */
	const char *made_call;
	const void *made_site;
};

/*
 * A block of @pages, which become its own on success only, mapped for the
 * device, with a handle.  IOLAS_OK, IOLAS_ENOSPC (no logical space left),
 * IOLAS_ENOMEM.
 */
int iolas__dxgk_block_make(struct iolas_dxgk_adapter *adapter,
			   const struct iolas__dxgk_call *call,
			   const struct iolas__dxgk_block *like,
			   struct iolas__dxgk_block **block);

/*
 * Takes a handle of @kind for freeing: the block is the caller's then, until
 * iolas__dxgk_block_end() or _keep().  Otherwise an NTSTATUS, reported.
 */
int32_t iolas__dxgk_block_take(struct iolas_dxgk_adapter *adapter,
			       const struct iolas__dxgk_call *call,
			       const void *handle, uint32_t kind,
			       const char *wanted,
			       struct iolas__dxgk_block **block);
void iolas__dxgk_block_keep(struct iolas__dxgk_block *block);

/*
 * Unmaps, remembers, frees.  IOLAS_EBUSY (the device holds a pointer into it;
 * the handle is live again), IOLAS_ENOMEM (a large leaf could not be split;
 * likewise).
 */
int iolas__dxgk_block_end(struct iolas__dxgk_block *block,
			  const struct iolas__dxgk_call *call);

/* The same for a callback: an NTSTATUS, what refused reported. */
int32_t iolas__dxgk_block_free(struct iolas__dxgk_block *block,
			       const struct iolas__dxgk_call *call);

/*
 * The end of a block whose adapter goes: no device is left, nothing can refuse.
 */
void iolas__dxgk_block_forget(struct iolas__dxgk_block *block);

/* The logical address of the page at @offset. */
iolas_iova iolas__dxgk_block_logical(const struct iolas__dxgk_block *block,
				     uint64_t offset, iolas_pa pa);

/* The same of any list in @adapter, its first page at @logical if remapped. */
bool iolas__dxgk_list_holds(const struct iolas_dxgk_adapter *adapter,
			    const struct iolas_pagelist *list,
			    iolas_iova logical, iolas_iova address);

/* dxgk_iommu.c: the pages' place in the adapter's logical space. */
int iolas__dxgk_iommu_map(struct iolas__dxgk_block *block);
int iolas__dxgk_iommu_unmap(struct iolas__dxgk_block *block);

#endif /* IOLAS_DXGK_DXGK_BLOCK_H */
