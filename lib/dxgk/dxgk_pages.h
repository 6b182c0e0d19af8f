/* SPDX-License-Identifier: MIT */
/*
 * Taking physical pages the way the memory manager is asked for them: one
 * contiguous block, windows that slide by SkipBytes, or aligned chunks
 * (spec/dxgk.md, sections A.1, D.1 and D.3).  Callbacks and Mm functions share
 * this.
 */
#ifndef IOLAS_DXGK_DXGK_PAGES_H
#define IOLAS_DXGK_DXGK_PAGES_H

#include "dxgk/dxgk_priv.h"

/* MM_ALLOCATE_ flags as the natives spell them. */
#define DXGK_MM_DONT_ZERO	  0x01u
#define DXGK_MM_LOCAL_NODE_ONLY	  0x02u
#define DXGK_MM_FULLY_REQUIRED	  0x04u
#define DXGK_MM_NO_WAIT		  0x08u
#define DXGK_MM_PREFER_CONTIGUOUS 0x10u
#define DXGK_MM_CONTIGUOUS_CHUNKS 0x20u
#define DXGK_MM_FAST_LARGE_PAGES  0x40u
#define DXGK_MM_AND_HOT_REMOVE	  0x100u
#define DXGK_MM_KNOWN		  0x17fu

#define DXGK_LARGE_PAGE_BYTES	  (UINT64_C(2) << 20)

/* 4 GB - PAGE_SIZE: the most that one MDL describes. */
#define DXGK_MDL_BYTES_MAX UINT64_C(0xFFFFF000)

/* What contiguous memory is asked for; limits inclusive and unsigned. */
struct iolas__dxgk_block_request {
	uint64_t bytes; /* as asked, not rounded, not 0 */
	uint64_t lowest;
	uint64_t highest;
	uint64_t boundary; /* 0 or a power of two */
	uint32_t node;	   /* IOLAS_NODE_ANY: any */
	bool is_poisoned;  /* fill with IOLAS_DXGK_POISON */
	bool is_misaligned;
};

/*
 * IOLAS_OK, IOLAS_EINVAL (the rounded size wraps), IOLAS_ENOSPC, IOLAS_ENOMEM;
 * on failure *pages is empty.
 */
int iolas__dxgk_pages_contiguous(struct iolas_dxgk_machine *machine,
				 const struct iolas__dxgk_block_request *want,
				 struct iolas__dxgk_pages *pages);

/* What a page list is asked for. */
struct iolas__dxgk_list_request {
	uint64_t low;
	uint64_t high;
	uint64_t skip;
	uint64_t bytes; /* whole pages */
	uint32_t flags; /* DXGK_MM_... */
	uint32_t node;
	bool is_node_strict;
	bool is_poisoned; /* what is not zeroed */
};

/*
 * As above; without DXGK_MM_FULLY_REQUIRED fewer pages may come, but not none.
 * With DXGK_MM_CONTIGUOUS_CHUNKS @skip is the chunk, 0: one block of all.
 */
int iolas__dxgk_pages_list(struct iolas_dxgk_machine *machine,
			   const struct iolas__dxgk_list_request *want,
			   struct iolas__dxgk_pages *pages);

/* Gives all back and empties *pages. */
void iolas__dxgk_pages_free(struct iolas_dxgk_machine *machine,
			    struct iolas__dxgk_pages *pages);

/* Gives the pages back, keeps the list that says where they were. */
void iolas__dxgk_pages_release(struct iolas_dxgk_machine *machine,
			       const struct iolas__dxgk_pages *pages);

/* Fills every page. */
void iolas__dxgk_pages_fill(struct iolas_dxgk_machine *machine,
			    const struct iolas__dxgk_pages *pages,
			    unsigned char byte);

#endif /* IOLAS_DXGK_DXGK_PAGES_H */
