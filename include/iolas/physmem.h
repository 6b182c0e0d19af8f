/* SPDX-License-Identifier: MIT */
/*
 * Floor 6, physmem: physical memory, simulated or the embedder's own.  Regions
 * with holes between them, NUMA nodes, any base address (also above 1 TiB),
 * contiguous blocks and scattered pages, and a CPU pointer for what a device or
 * a driver touches.
 *
 * Two ways to have pages, which do not mix: a contiguous block is given back
 * whole, as it was taken; scattered pages are given back one by one or in any
 * company.  A block lies in one region, also where regions touch: their bytes
 * need not be neighbours for the CPU.
 *
 * One lock per memory guards the bookkeeping; it is held for a time that grows
 * with the pages of a call, never while the backing is called or pages are
 * zeroed.  Contents are read and written without any lock.
 */
#ifndef IOLAS_PHYSMEM_H
#define IOLAS_PHYSMEM_H

#include <iolas/base.h>
#include <iolas/host.h>
#include <iolas/pagelist.h>
#include <iolas/range.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iolas_physmem;

/**
 * struct iolas_backing - where simulated memory really lives
 * @struct_size: sizeof(struct iolas_backing)
 * @flags:       0
 * @user:        first argument of every callback
 * @create:      makes an object of @bytes zeroed, shareable bytes and a
 *               mapping of all of it, aligned to the page size; *@object names
 *               it, the result is the pointer.  NULL on failure.  Required.
 * @destroy:     ends what create made, mapping included.  Required.
 * @view_reserve: page-aligned address space of @bytes for a view; NULL on
 *               failure
 * @view_map:    shows @bytes of @object from @offset at @at, inside a reserved
 *               view; 0 or negative
 * @view_release: ends a view with all that is mapped into it
 * @zero:        makes @bytes of @object from @offset read as zero, through
 *               @base (what create returned) and every view, in a way that is
 *               cheap for much memory; 0, or negative: the library then writes
 *               the zeroes itself.  NULL: it always does.
 *
 * The view callbacks may be NULL together: then scattered pages cannot be seen
 * at consecutive CPU addresses (IOLAS_ENOTSUP), contiguous ones still can.
 *
 * Threads: every callback may be called from any thread that is inside the
 *          library, several at a time, and never with a lock held.
 */
struct iolas_backing {
	uint32_t struct_size;
	uint32_t flags;
	void *user;
	void *(*create)(void *user, uint64_t bytes, uint64_t *object);
	void (*destroy)(void *user, uint64_t object, void *base,
			uint64_t bytes);
	void *(*view_reserve)(void *user, uint64_t bytes);
	int (*view_map)(void *user, void *at, uint64_t object, uint64_t offset,
			uint64_t bytes);
	void (*view_release)(void *user, void *view, uint64_t bytes);
	int (*zero)(void *user, uint64_t object, void *base, uint64_t offset,
		    uint64_t bytes);
};

/**
 * iolas_backing_libc() - memfd-backed memory of a hosted program
 *
 * Shared mappings, so that a fork sees one memory and no page is copied on
 * write behind a device's back.  Sparse: memory that nobody touched costs
 * address space only, and zeroing much of it gives it back.
 *
 * Threads: any.
 * Memory:  static; never freed.
 * Since:   0.1
 *
 * Return: the table, never NULL.  Absent in freestanding builds.
 */
IOLAS_API const struct iolas_backing *iolas_backing_libc(void);

/**
 * struct iolas_physmem_region - one stretch of memory
 * @first:  first byte, multiple of the page size
 * @last:   last byte, inclusive; last + 1 a multiple of the page size or 2^64.
 *          A region of all 2^64 bytes is refused.
 * @node:   NUMA node, 0..63
 * @flags:  0
 * @memory: the embedder's own memory of that size, page-aligned and shared with
 *          no other region; NULL: taken from the backing
 */
struct iolas_physmem_region {
	iolas_pa first;
	iolas_pa last;
	uint32_t node;
	uint32_t flags;
	void *memory;
};

/*
 * Fill freed pages with a pattern, and count pages that were written between
 * their free and the next time they are handed out.  Costs a bit per page, and
 * the lock is held while a free fills its pages.
 */
#define IOLAS_PHYSMEM_POISON 0x1u
/* What a freed page is full of. */
#define IOLAS_PHYSMEM_POISON_BYTE 0xdbu

/**
 * struct iolas_physmem_config - what the memory looks like
 * @struct_size:  sizeof(struct iolas_physmem_config)
 * @flags:        IOLAS_PHYSMEM_...
 * @page_lg2:     log2 of the page size, 12..16
 * @region_count: 1..256
 * @regions:      in any order, touching or not, not overlapping; copied
 * @backing:      needed when a region brings no memory; copied.  Its @user must
 *                outlive the memory.
 */
struct iolas_physmem_config {
	uint32_t struct_size;
	uint32_t flags;
	uint32_t page_lg2;
	uint32_t region_count;
	const struct iolas_physmem_region *regions;
	const struct iolas_backing *backing;
};

/**
 * iolas_physmem_create() - make physical memory
 * @host:   where bookkeeping comes from; copied
 * @config: layout; copied
 * @mem:    result
 *
 * Threads: any.
 * Memory:  the caller owns *@mem and ends it with iolas_physmem_destroy() or
 *          iolas_physmem_destroy_all(); the embedder's memory stays the
 *          embedder's.  On failure *@mem is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, sizes, flags, a misaligned, overlapping
 * or missing region, no backing where one is needed), IOLAS_ENOMEM (host or
 * backing), IOLAS_EIO (the backing's pointer is not page-aligned).
 */
IOLAS_API int iolas_physmem_create(const struct iolas_host *host,
				   const struct iolas_physmem_config *config,
				   struct iolas_physmem **mem);

/**
 * iolas_physmem_destroy() - end memory that nobody uses
 * @mem: memory, or NULL (IOLAS_OK)
 *
 * What iolas_physmem_fragment() took keeps nothing alive.
 *
 * Threads: no other call on @mem may run or follow.
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (pages are allocated or views are open;
 * iolas_physmem_next() lists the pages; nothing was changed).
 */
IOLAS_API int iolas_physmem_destroy(struct iolas_physmem *mem);

/**
 * iolas_physmem_destroy_all() - end memory with everything in it
 * @mem: memory, or NULL
 *
 * Open views are ended, their addresses with them.
 *
 * Threads: no other call on @mem may run or follow.
 * Since:   0.1
 */
IOLAS_API void iolas_physmem_destroy_all(struct iolas_physmem *mem);

/**
 * iolas_physmem_page_lg2() - page size of a memory
 * @mem: memory
 *
 * Threads: any, lock-free.
 * Since:   0.1
 *
 * Return: log2 of the page size; 0 for NULL.
 */
IOLAS_API unsigned iolas_physmem_page_lg2(const struct iolas_physmem *mem);

/* Any node will do. */
#define IOLAS_NODE_ANY UINT32_MAX

/* Bytes are zeroed before they are handed out; else they are old or poison. */
#define IOLAS_PHYSMEM_ZERO 0x1u
/* The node is a wish, not a demand: others serve when it is full. */
#define IOLAS_PHYSMEM_NODE_HINT 0x2u

/**
 * struct iolas_physmem_request - which pages
 * @struct_size: sizeof(struct iolas_physmem_request)
 * @flags:       IOLAS_PHYSMEM_ZERO | IOLAS_PHYSMEM_NODE_HINT
 * @node:        NUMA node 0..63 or IOLAS_NODE_ANY; note that 0 is a node
 * @reserved:    0
 * @where:       limits, alignment, boundary and placement as in range.h, over
 *               all regions together; all zero, struct_size included: anywhere,
 *               low first
 *
 * Limits are inclusive and count whole pages: a page at p fits if p >= first
 * and p + page - 1 <= last.  first 0 with last 0 means no limit, as in range.h;
 * a caller for whom it means page 0 only must look before asking.  A guard ends
 * with the block's region.
 */
struct iolas_physmem_request {
	uint32_t struct_size;
	uint32_t flags;
	uint32_t node;
	uint32_t reserved;
	struct iolas_range_constraints where;
};

/**
 * iolas_physmem_alloc() - a contiguous block
 * @mem:     memory
 * @len:     bytes, multiple of the page size, not 0
 * @request: which pages; NULL: any, not zeroed
 * @pa:      result
 *
 * A request that some free stretch of an allowed region satisfies never fails
 * with IOLAS_ENOSPC.  Explicit placement wants the whole block in one region.
 *
 * Threads: any.
 * Memory:  the block is the caller's until iolas_physmem_free().
 * Since:   0.1
 *
 * Return: IOLAS_OK; or, with *@pa unchanged, IOLAS_EINVAL (NULL, 0, alignment,
 * a malformed request), IOLAS_ENOSPC (no place satisfies it), IOLAS_ENOMEM (the
 * host has no memory for bookkeeping).
 */
IOLAS_API int iolas_physmem_alloc(struct iolas_physmem *mem, uint64_t len,
				  const struct iolas_physmem_request *request,
				  iolas_pa *pa);

/**
 * iolas_physmem_free() - give a contiguous block back
 * @mem: memory
 * @pa:  as returned
 * @len: as asked
 *
 * Threads: any.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, 0, alignment), or IOLAS_ENOENT (not
 * exactly one live block: wrong base or length, freed before, a scattered page;
 * nothing was changed).
 */
IOLAS_API int iolas_physmem_free(struct iolas_physmem *mem, iolas_pa pa,
				 uint64_t len);

/**
 * iolas_physmem_alloc_pages() - scattered pages, appended to a list
 * @mem:     memory
 * @count:   pages, not 0
 * @request: which pages; NULL: any, not zeroed.  Alignment above a page, a
 *           guard and explicit placement are refused.
 * @list:    page size as @mem; the pages are appended
 *
 * All or nothing.  Low and high placement take the lowest or highest pages
 * there are, and neighbours make few runs; random placement draws each page of its own, equal
 * seeds on equal memories alike.  The pages are freed one by one, by run or
 * together with iolas_physmem_free_pages().
 *
 * Threads: any; @list belongs to the caller during the call.
 * Memory:  the pages are the caller's until freed; @list keeps what it took
 *          from its host to grow.
 * Since:   0.1
 *
 * Return: IOLAS_OK; or, with list and memory as before, IOLAS_EINVAL (NULL, 0,
 * another page size, a malformed request), IOLAS_ENOSPC (too few pages satisfy
 * it), IOLAS_ENOMEM, IOLAS_ERANGE or IOLAS_EBUSY (the list cannot take them:
 * see iolas_pagelist_append_run()).
 */
IOLAS_API int
iolas_physmem_alloc_pages(struct iolas_physmem *mem, uint64_t count,
			  const struct iolas_physmem_request *request,
			  struct iolas_pagelist *list);

/**
 * iolas_physmem_free_pages() - give the pages of a list back
 * @mem:  memory
 * @list: pages that iolas_physmem_alloc_pages() gave, each live; empty is fine
 *
 * All or nothing.  Whole pages go back, wherever the data in them start and
 * end.  The list itself is not changed, its chain not followed.
 *
 * Threads: any.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, another page size), IOLAS_ENOENT (a
 * page is not a live scattered page, or stands twice in the list; nothing was
 * changed).
 */
IOLAS_API int iolas_physmem_free_pages(struct iolas_physmem *mem,
				       const struct iolas_pagelist *list);

/**
 * iolas_physmem_ptr() - CPU pointer of a physical range
 * @mem: memory
 * @pa:  first byte
 * @len: bytes, not 0; inside one region
 *
 * Allocated or not: this is what the bus sees.
 *
 * Threads: any, lock-free.
 * Memory:  valid until destroy.
 * Since:   0.1
 *
 * Return: the pointer, or NULL (no such memory, or not in one region).
 */
IOLAS_API void *iolas_physmem_ptr(const struct iolas_physmem *mem, iolas_pa pa,
				  uint64_t len);

/**
 * iolas_physmem_pa() - physical address of a CPU pointer
 * @mem: memory
 * @ptr: into a region's memory or into the pages of an open view
 * @pa:  result
 *
 * Threads: any; lock-free for a region's own memory.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL), IOLAS_ENOENT (neither).
 */
IOLAS_API int iolas_physmem_pa(const struct iolas_physmem *mem, const void *ptr,
			       iolas_pa *pa);

/**
 * iolas_physmem_view() - see a list's pages at consecutive CPU addresses
 * @mem:  memory
 * @list: pages of @mem, live or not; not changed, not kept, chain not followed
 * @view: result: pointer to the first data byte (byte_offset included)
 *
 * A view of backed memory has addresses of its own that are gone once it is
 * closed; each call makes another view.  Embedder memory, and backed memory
 * whose backing makes no views, is seen where it is, if the list is one stretch
 * of one region.
 *
 * Threads: any, while nobody changes @list.
 * Memory:  the view is the caller's until iolas_physmem_view_close().  It does
 *          not keep the pages allocated.  On failure *@view is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, an empty list, another page size, a
 * page outside), IOLAS_ENOTSUP (backing without views, or embedder memory that
 * is not contiguous), IOLAS_ENOMEM (host or backing; also more runs than the
 * system can map), IOLAS_EIO (the backing's pointer is not page-aligned).
 */
IOLAS_API int iolas_physmem_view(struct iolas_physmem *mem,
				 const struct iolas_pagelist *list,
				 void **view);

/**
 * iolas_physmem_view_close() - end a view
 * @mem:  memory
 * @view: exactly what iolas_physmem_view() gave
 *
 * Threads: any, also another than the one that opened it.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL), IOLAS_ENOENT (no such view is open;
 * nothing was changed).
 */
IOLAS_API int iolas_physmem_view_close(struct iolas_physmem *mem, void *view);

/**
 * iolas_physmem_fragment() - take pages so that memory looks long used
 * @mem:      memory
 * @permille: share of the free pages to take, 0..1000
 * @seed:     equal seeds fragment equal memories equally
 *
 * Takes exactly that share, rounded down, chosen page by page; where more than
 * 2^20 pages are free, in stretches of a power of two, so that at most 2^20
 * choices are made.  The pages belong to the memory itself: no free takes them,
 * they come back with iolas_physmem_defragment() or at destroy.  May be called
 * again for more.
 *
 * Threads: any; others wait meanwhile.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, @permille), IOLAS_ENOMEM (nothing was
 * taken).
 */
IOLAS_API int iolas_physmem_fragment(struct iolas_physmem *mem,
				     unsigned permille, uint64_t seed);

/**
 * iolas_physmem_defragment() - give back what fragment took
 * @mem: memory, or NULL
 *
 * Threads: any; others wait meanwhile.
 * Since:   0.1
 */
IOLAS_API void iolas_physmem_defragment(struct iolas_physmem *mem);

/**
 * struct iolas_physmem_stats - how full memory is
 * @struct_size:    sizeof(struct iolas_physmem_stats), set by the caller
 * @node:           in: node to count, 0..63, or IOLAS_NODE_ANY
 * @total_pages:    pages there are
 * @free_pages:     pages nobody has; guards are not free
 * @fragment_pages: pages taken by iolas_physmem_fragment()
 * @view_count:     open views (whole memory)
 * @largest_pages:  longest contiguous free run; never across two regions
 * @poison_hits:    pages found written after free (whole memory)
 * @highest:        highest byte address of the memory (whole memory)
 */
struct iolas_physmem_stats {
	uint32_t struct_size;
	uint32_t node;
	uint64_t total_pages;
	uint64_t free_pages;
	uint64_t fragment_pages;
	uint64_t view_count;
	uint64_t largest_pages;
	uint64_t poison_hits;
	iolas_pa highest;
};

/**
 * iolas_physmem_stats() - read the counters
 * @mem:   memory
 * @stats: struct_size and node in, the rest out
 *
 * Threads: any.
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EINVAL (NULL, sizes, a number that is no node).
 */
IOLAS_API int iolas_physmem_stats(struct iolas_physmem *mem,
				  struct iolas_physmem_stats *stats);

/* What pages are; see iolas_physmem_info.kind. */
#define IOLAS_PAGES_FREE      0u /* nobody's */
#define IOLAS_PAGES_BLOCK     1u /* a contiguous block */
#define IOLAS_PAGES_GUARD     2u /* the guard of a block */
#define IOLAS_PAGES_SCATTERED 3u /* a page of iolas_physmem_alloc_pages() */
#define IOLAS_PAGES_FRAGMENT  4u /* taken by iolas_physmem_fragment() */
#define IOLAS_PAGES_ABSENT    5u /* no memory: a hole between regions */

/**
 * struct iolas_physmem_info - one stretch of a memory
 * @struct_size: sizeof(struct iolas_physmem_info), set by the caller
 * @kind:        IOLAS_PAGES_...
 * @first:       first byte
 * @last:        last byte, inclusive
 * @node:        NUMA node; IOLAS_NODE_ANY for a hole
 * @reserved:    0
 */
struct iolas_physmem_info {
	uint32_t struct_size;
	uint32_t kind;
	iolas_pa first;
	iolas_pa last;
	uint32_t node;
	uint32_t reserved;
};

/**
 * iolas_physmem_next() - the stretch at or after an address
 * @mem:  memory
 * @from: address to start at
 * @info: result; struct_size set by the caller
 *
 * Walks memory in address order: start with 0, go on with info.last + 1, stop
 * when info.last is the highest byte (struct iolas_physmem_stats).  Names what
 * keeps a memory from ending.  If @from lies inside a stretch the whole stretch
 * is reported.  A block is one stretch, so is each scattered page; none goes
 * across two regions.
 *
 * Threads: any; a concurrent change may or may not be seen.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, sizes), or IOLAS_ENOENT (@from is above
 * the memory).
 */
IOLAS_API int iolas_physmem_next(struct iolas_physmem *mem, iolas_pa from,
				 struct iolas_physmem_info *info);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_PHYSMEM_H */
