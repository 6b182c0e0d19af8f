/* SPDX-License-Identifier: MIT */
/*
 * Floor 6, physmem: physical memory, simulated or the embedder's own.  Regions
 * with holes between them, NUMA nodes, any base address (also above 1 TiB),
 * contiguous blocks and scattered pages, and a CPU pointer for what a device or
 * a driver touches.
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
 *               mapping of all of it; *@object names it, the result is the
 *               pointer.  NULL on failure.
 * @destroy:     ends what create made, mapping included
 * @view_reserve: address space of @bytes for a view; NULL on failure
 * @view_map:    shows @bytes of @object from @offset at @at, inside a reserved
 *               view; 0 or negative
 * @view_release: ends a view with all that is mapped into it
 *
 * The view callbacks may be NULL together: then scattered pages cannot be seen
 * at consecutive CPU addresses (IOLAS_ENOTSUP), contiguous ones still can.
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
};

/**
 * iolas_backing_libc() - memfd-backed memory of a hosted program
 *
 * Shared mappings, so that a fork sees one memory and no page is copied on
 * write behind a device's back.
 *
 * Threads: any.
 * Since:   0.1
 *
 * Return: the table, never NULL.  Absent in freestanding builds.
 */
IOLAS_API const struct iolas_backing *iolas_backing_libc(void);

/**
 * struct iolas_physmem_region - one stretch of memory
 * @first: first byte, multiple of the page size
 * @last:  last byte, inclusive; last + 1 a multiple of the page size or 2^64
 * @node:  NUMA node, 0..63
 * @flags: 0
 * @memory: the embedder's own memory of that size, page-aligned; NULL: taken
 *          from the backing
 */
struct iolas_physmem_region {
	iolas_pa first;
	iolas_pa last;
	uint32_t node;
	uint32_t flags;
	void *memory;
};

/* Fill freed pages with a pattern and count pages written after free. */
#define IOLAS_PHYSMEM_POISON 0x1u

/**
 * struct iolas_physmem_config - what the memory looks like
 * @struct_size:  sizeof(struct iolas_physmem_config)
 * @flags:        IOLAS_PHYSMEM_...
 * @page_lg2:     log2 of the page size, 12..16
 * @region_count: 1..256
 * @regions:      ascending or not, but not overlapping; copied
 * @backing:      needed when a region brings no memory; copied
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
 * Memory:  the caller owns *@mem.  On failure *@mem is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM (host or backing).
 */
IOLAS_API int iolas_physmem_create(const struct iolas_host *host,
				   const struct iolas_physmem_config *config,
				   struct iolas_physmem **mem);

/**
 * iolas_physmem_destroy() - end memory that nobody uses
 * @mem: memory, or NULL (IOLAS_OK)
 *
 * Since:   0.1
 *
 * Return: IOLAS_OK, or IOLAS_EBUSY (pages are allocated or views are open;
 * nothing was changed).
 */
IOLAS_API int iolas_physmem_destroy(struct iolas_physmem *mem);

/** iolas_physmem_destroy_all() - end memory with everything in it */
IOLAS_API void iolas_physmem_destroy_all(struct iolas_physmem *mem);

/* Any node will do. */
#define IOLAS_NODE_ANY UINT32_MAX

/* Bytes are zeroed before they are handed out; else they are old or poison. */
#define IOLAS_PHYSMEM_ZERO 0x1u
/* The node is a wish, not a demand. */
#define IOLAS_PHYSMEM_NODE_HINT 0x2u

/**
 * struct iolas_physmem_request - which pages
 * @struct_size: sizeof(struct iolas_physmem_request)
 * @flags:       IOLAS_PHYSMEM_ZERO | IOLAS_PHYSMEM_NODE_HINT
 * @node:        NUMA node or IOLAS_NODE_ANY
 * @reserved:    0
 * @where:       limits, alignment, boundary, placement as in range.h; guard
 *               and explicit placement are honoured for contiguous blocks
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
 * Threads: any.
 * Memory:  the block is the caller's until iolas_physmem_free().
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOSPC, IOLAS_ENOMEM.
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
 * Return: IOLAS_OK, IOLAS_EINVAL, or IOLAS_ENOENT (not exactly one live
 * block; nothing was changed).
 */
IOLAS_API int iolas_physmem_free(struct iolas_physmem *mem, iolas_pa pa,
				 uint64_t len);

/**
 * iolas_physmem_alloc_pages() - scattered pages, appended to a list
 * @mem:     memory
 * @count:   pages, not 0
 * @request: which pages; alignment above a page is refused
 * @list:    page size as @mem; the pages are appended in order
 *
 * All or nothing.  The pages are freed one by one, by run or together with
 * iolas_physmem_free_pages().
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOSPC, IOLAS_ENOMEM; on failure the
 * list and the memory are as before.
 */
IOLAS_API int
iolas_physmem_alloc_pages(struct iolas_physmem *mem, uint64_t count,
			  const struct iolas_physmem_request *request,
			  struct iolas_pagelist *list);

/**
 * iolas_physmem_free_pages() - give the pages of a list back
 * @mem:  memory
 * @list: pages that iolas_physmem_alloc_pages() gave, each live
 *
 * All or nothing; the list itself is not changed.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (a page is not a live scattered
 * page, or stands twice in the list).
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
 *
 * Return: the pointer, or NULL (no such memory).
 */
IOLAS_API void *iolas_physmem_ptr(const struct iolas_physmem *mem, iolas_pa pa,
				  uint64_t len);

/**
 * iolas_physmem_pa() - physical address of a CPU pointer
 * @mem: memory
 * @ptr: into a region's memory or into an open view
 * @pa:  result
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT.
 */
IOLAS_API int iolas_physmem_pa(const struct iolas_physmem *mem, const void *ptr,
			       iolas_pa *pa);

/**
 * iolas_physmem_view() - see a list's pages at consecutive CPU addresses
 * @mem:  memory
 * @list: pages of @mem; not changed, not kept
 * @view: result: pointer to the first data byte (byte_offset included)
 *
 * Memory:  the view is the caller's until iolas_physmem_view_close().
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (empty list, page outside), IOLAS_ENOTSUP
 * (backing without views, or embedder memory that is not contiguous),
 * IOLAS_ENOMEM.
 */
IOLAS_API int iolas_physmem_view(struct iolas_physmem *mem,
				 const struct iolas_pagelist *list,
				 void **view);

/**
 * iolas_physmem_view_close() - end a view
 * @mem:  memory
 * @view: exactly what iolas_physmem_view() gave
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (no such view).
 */
IOLAS_API int iolas_physmem_view_close(struct iolas_physmem *mem, void *view);

/**
 * iolas_physmem_fragment() - take pages so that memory looks long used
 * @mem:      memory
 * @permille: share of the free pages to take, 0..1000
 * @seed:     equal seeds fragment equally
 *
 * The pages belong to the memory itself and come back with
 * iolas_physmem_defragment() or at destroy.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM (nothing was taken).
 */
IOLAS_API int iolas_physmem_fragment(struct iolas_physmem *mem,
				     unsigned permille, uint64_t seed);
/** iolas_physmem_defragment() - give back what fragment took */
IOLAS_API void iolas_physmem_defragment(struct iolas_physmem *mem);

/**
 * struct iolas_physmem_stats - how full memory is
 * @struct_size:    sizeof(struct iolas_physmem_stats), set by the caller
 * @node:           in: node to count, or IOLAS_NODE_ANY
 * @total_pages:    pages there are
 * @free_pages:     pages nobody has
 * @fragment_pages: pages taken by iolas_physmem_fragment()
 * @view_count:     open views (whole memory)
 * @largest_pages:  longest contiguous free run
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

/** iolas_physmem_stats() - read the counters; IOLAS_OK or IOLAS_EINVAL */
IOLAS_API int iolas_physmem_stats(struct iolas_physmem *mem,
				  struct iolas_physmem_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_PHYSMEM_H */
