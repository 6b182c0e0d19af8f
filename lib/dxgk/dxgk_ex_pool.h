/* SPDX-License-Identifier: MIT */
/*
 * Pool inside.  Blocks lie in the machine's own memory, so that they have
 * physical addresses; what is known of a block stands elsewhere, so that
 * nothing a driver writes can harm it.
 */
#ifndef IOLAS_DXGK_DXGK_EX_POOL_H
#define IOLAS_DXGK_DXGK_EX_POOL_H

#include "dxgk/dxgk_kernel.h"

#define DXGK_POOL_BUCKETS    1024 /* power of two */
#define DXGK_POOL_CLASSES    7	  /* 32 .. 2048 bytes */
#define DXGK_POOL_CLASS_LG2  5
#define DXGK_POOL_SLOTS	     128 /* of the smallest class per page */
#define DXGK_POOL_PAST_COUNT 512 /* freed blocks remembered */

/* Behind a small block's last byte; free blocks are IOLAS_PHYSMEM_POISON_BYTE. */
#define DXGK_POOL_FENCE	      0xfb
#define DXGK_POOL_FENCE_BYTES 8

/* A page cut into slots of one class. */
struct iolas__dxgk_pool_slab {
	struct iolas__dxgk_pool_slab *next;
	struct iolas__dxgk_pool_slab *prev;
	unsigned char *at;
	iolas_pa pa;
	uint32_t class_index;
	uint32_t live;
	uint32_t hint; /* where the search for a slot begins */
	uint32_t reserved;
	bool is_used[DXGK_POOL_SLOTS];
	bool was_used[DXGK_POOL_SLOTS]; /* freed at least once */
};

struct iolas__dxgk_pool_block {
	struct iolas__dxgk_pool_block *next; /* in the bucket */
	struct iolas__dxgk_pool_slab *slab;  /* NULL: whole pages */
	struct iolas_pagelist *pages;	     /* NULL: contiguous, at @pa */
	unsigned char *at;
	iolas_pa pa;
	size_t bytes; /* as asked */
	size_t room;
	uint32_t tag;
	bool is_paged;
	const char *made_call;
	const void *made_site;
};

/* What a block was. */
struct iolas__dxgk_pool_past {
	const unsigned char *at;
	size_t bytes;
	uint32_t tag;
	const char *made_call;
	const void *made_site;
	const char *freed_call;
	const void *freed_site;
};

struct iolas__dxgk_pool {
	struct iolas__dxgk_pool_block *blocks[DXGK_POOL_BUCKETS];
	struct iolas__dxgk_pool_slab *slabs[DXGK_POOL_CLASSES];
	uint64_t live_bytes;
	uint64_t peak_bytes;
	struct iolas__dxgk_pool_past past[DXGK_POOL_PAST_COUNT];
	uint64_t past_count;
};

/*
 * Memory for block->bytes, block->at and the rest set.  @reused says that the
 * slot was a block before.  pool_lock is held.  false: none left.
 */
bool iolas__dxgk_pool_take(struct iolas_dxgk_machine *machine,
			   struct iolas__dxgk_pool *pool,
			   struct iolas__dxgk_pool_block *block, bool *reused);
/* Gives it back.  pool_lock is held. */
void iolas__dxgk_pool_give(struct iolas_dxgk_machine *machine,
			   struct iolas__dxgk_pool *pool,
			   struct iolas__dxgk_pool_block *block);

#endif /* IOLAS_DXGK_DXGK_EX_POOL_H */
