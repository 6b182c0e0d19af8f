/* SPDX-License-Identifier: MIT */
/*
 * Floor 5, pagelist: MDL-style descriptions of memory.  A list names pages in
 * order; its data start byte_offset into the first page, are byte_count long
 * and end in the last page.  Neighbouring frames are kept as runs, so that a
 * terabyte of contiguous memory costs no more than a page.  Lists chain like
 * MDLs.
 *
 * A list describes; it owns no page, and the same page may stand in it twice.
 * Any number of threads may read a list while nobody changes it; calls that
 * change it (a non-const first argument) want it for themselves.
 */
#ifndef IOLAS_PAGELIST_H
#define IOLAS_PAGELIST_H

#include <iolas/base.h>
#include <iolas/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iolas_pagelist;

/**
 * struct iolas_run - contiguous bytes of memory
 * @pa:  first byte
 * @len: bytes, not 0
 */
struct iolas_run {
	iolas_pa pa;
	uint64_t len;
};

/**
 * iolas_pagelist_create() - make an empty list
 * @host:     where its memory comes from; copied
 * @page_lg2: log2 of the page size, 12..30
 * @list:     result
 *
 * Takes one chunk of at most 4 KiB, in which the first 192 runs fit; more come
 * in chunks of 64 KiB as the list grows.
 *
 * Threads: any.
 * Memory:  the caller owns *@list; iolas_pagelist_destroy() ends it.  On
 *          failure *@list is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, a broken host table, @page_lg2), or
 * IOLAS_ENOMEM.
 */
IOLAS_API int iolas_pagelist_create(const struct iolas_host *host,
				    unsigned page_lg2,
				    struct iolas_pagelist **list);

/**
 * iolas_pagelist_destroy() - end a list; its pages and chained lists stay
 * @list: list, or NULL
 *
 * Lists that chain to this one must be unlinked before.
 *
 * Threads: no other call on @list may run or follow.
 * Memory:  all of the list's own goes back to the host.
 * Since:   0.1
 */
IOLAS_API void iolas_pagelist_destroy(struct iolas_pagelist *list);

/**
 * iolas_pagelist_append_run() - add contiguous pages at the end
 * @list: list
 * @pa:   first byte, multiple of the page size
 * @len:  bytes, multiple of the page size, not 0
 *
 * byte_count grows by @len.  A run that continues the last one joins it, so
 * that the stored runs are the longest there are.
 *
 * Threads: the list belongs to the caller during the call.
 * Memory:  may take a chunk from the host and keeps it until destroy.
 * Since:   0.1
 *
 * Return: IOLAS_OK; or, with the list unchanged, IOLAS_EINVAL (NULL, alignment,
 * 0, wrap-around past 2^64), IOLAS_ERANGE (the list would describe 2^64 bytes
 * or more), IOLAS_EBUSY (the data no longer end with the last page: see
 * iolas_pagelist_set_bytes()), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_pagelist_append_run(struct iolas_pagelist *list,
					iolas_pa pa, uint64_t len);

/**
 * iolas_pagelist_append_frames() - add pages by frame number
 * @list:  list
 * @pfns:  frame numbers (address >> page_lg2)
 * @count: how many, not 0
 *
 * All or nothing.  Frames that follow each other make one run.
 *
 * Threads: the list belongs to the caller during the call.
 * Memory:  as iolas_pagelist_append_run(); nothing of @pfns is kept.
 * Since:   0.1
 *
 * Return: as iolas_pagelist_append_run(); IOLAS_EINVAL also for a frame whose
 * address leaves 64 bits.
 */
IOLAS_API int iolas_pagelist_append_frames(struct iolas_pagelist *list,
					   const uint64_t *pfns,
					   uint64_t count);

/**
 * iolas_pagelist_set_bytes() - say where in the pages the data lie
 * @list:        list
 * @byte_offset: into the first page, less than the page size
 * @byte_count:  bytes; not 0, and offset + count ends in the last page or with
 *               it.  An empty list has offset 0 and count 0 only.
 *
 * Threads: the list belongs to the caller during the call.
 * Since:   0.1
 *
 * Return: IOLAS_OK or IOLAS_EINVAL (list unchanged).
 */
IOLAS_API int iolas_pagelist_set_bytes(struct iolas_pagelist *list,
				       uint64_t byte_offset,
				       uint64_t byte_count);

/**
 * iolas_pagelist_clear() - make a list empty again
 * @list: list, or NULL
 *
 * Offset and count become 0; the chain stays as it is.
 *
 * Threads: the list belongs to the caller during the call.
 * Memory:  kept for the next fill; iolas_pagelist_destroy() gives it back.
 * Since:   0.1
 */
IOLAS_API void iolas_pagelist_clear(struct iolas_pagelist *list);

/**
 * iolas_pagelist_byte_offset() - where the data start in the first page
 * @list: list
 *
 * Threads: any, while nobody changes the list.
 * Since:   0.1
 *
 * Return: bytes; 0 for NULL.
 */
IOLAS_API uint64_t
iolas_pagelist_byte_offset(const struct iolas_pagelist *list);

/**
 * iolas_pagelist_byte_count() - data bytes of a list
 * @list: list
 *
 * The chain is not counted: see iolas_pagelist_chain_bytes().
 *
 * Threads: any, while nobody changes the list.
 * Since:   0.1
 *
 * Return: bytes; 0 for NULL.
 */
IOLAS_API uint64_t iolas_pagelist_byte_count(const struct iolas_pagelist *list);

/**
 * iolas_pagelist_page_count() - pages of a list, chain excluded
 * @list: list
 *
 * Threads: any, while nobody changes the list.
 * Since:   0.1
 *
 * Return: pages; 0 for NULL.
 */
IOLAS_API uint64_t iolas_pagelist_page_count(const struct iolas_pagelist *list);

/**
 * iolas_pagelist_run_count() - runs of a list, chain excluded
 * @list: list
 *
 * Threads: any, while nobody changes the list.
 * Since:   0.1
 *
 * Return: runs; 0 for NULL.
 */
IOLAS_API uint64_t iolas_pagelist_run_count(const struct iolas_pagelist *list);

/**
 * iolas_pagelist_page_lg2() - page size of a list
 * @list: list
 *
 * Threads: any.
 * Since:   0.1
 *
 * Return: log2 of the page size; 0 for NULL.
 */
IOLAS_API unsigned iolas_pagelist_page_lg2(const struct iolas_pagelist *list);

/**
 * iolas_pagelist_frames() - copy frame numbers out
 * @list:  list
 * @index: first page wanted
 * @pfns:  result array
 * @count: pages wanted, not 0; @index + @count at most the page count
 *
 * Threads: any, while nobody changes the list.
 * Since:   0.1
 *
 * Return: IOLAS_OK; or, with nothing written, IOLAS_EINVAL (NULL, 0) or
 * IOLAS_ERANGE (the list has fewer pages).
 */
IOLAS_API int iolas_pagelist_frames(const struct iolas_pagelist *list,
				    uint64_t index, uint64_t *pfns,
				    uint64_t count);

/**
 * iolas_pagelist_run_at() - the contiguous bytes from a data offset on
 * @list:   list
 * @offset: into the data, less than byte_count
 * @run:    result: first byte and how many follow contiguously in this list
 *
 * Logarithmic in the number of runs.  A loop that adds run.len to @offset until
 * byte_count is reached visits all data in order.
 *
 * Threads: any, while nobody changes the list.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL), IOLAS_ERANGE (@offset at or past the
 * end of the data).
 */
IOLAS_API int iolas_pagelist_run_at(const struct iolas_pagelist *list,
				    uint64_t offset, struct iolas_run *run);

/**
 * iolas_pagelist_run_by_index() - whole pages of one run
 * @list:  list
 * @index: run, below iolas_pagelist_run_count()
 * @run:   result: its first page and all of its pages, whatever part of them
 *         the data cover
 *
 * Takes the same short time for every run.
 *
 * Threads: any, while nobody changes the list.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL), IOLAS_ERANGE (no such run).
 */
IOLAS_API int iolas_pagelist_run_by_index(const struct iolas_pagelist *list,
					  uint64_t index,
					  struct iolas_run *run);

/**
 * iolas_pagelist_slice() - a list of part of the data
 * @list:   source
 * @offset: into the source's data
 * @len:    bytes, not 0
 * @slice:  result: a new, unchained list with the pages that hold them
 *
 * The slice's byte_offset is where its data start in its first page, its
 * byte_count is @len.
 *
 * Threads: any, while nobody changes @list.
 * Memory:  the caller owns *@slice; it does not depend on @list.  On failure
 *          *@slice is NULL.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL, 0), IOLAS_ERANGE (part of it is past
 * the end of the data), IOLAS_ENOMEM.
 */
IOLAS_API int iolas_pagelist_slice(const struct iolas_pagelist *list,
				   uint64_t offset, uint64_t len,
				   struct iolas_pagelist **slice);

/**
 * iolas_pagelist_chain() - let one list follow another
 * @list: list
 * @next: what follows, NULL ends the chain
 *
 * Replaces an earlier link.  Takes a time that grows with the length of
 * @next's chain.
 *
 * Threads: the list belongs to the caller during the call; nobody changes the
 *          chain of @next.
 * Memory:  @next is borrowed and must outlive the link.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL @list, another page size, or the chain
 * would run in a circle; nothing was changed).
 */
IOLAS_API int iolas_pagelist_chain(struct iolas_pagelist *list,
				   struct iolas_pagelist *next);

/**
 * iolas_pagelist_next() - what follows in the chain
 * @list: list
 *
 * Threads: any, while nobody changes the list.
 * Memory:  borrowed: whoever made the next list owns it.
 * Since:   0.1
 *
 * Return: the next list, or NULL (none, or @list is NULL).
 */
IOLAS_API struct iolas_pagelist *
iolas_pagelist_next(const struct iolas_pagelist *list);

/**
 * iolas_pagelist_chain_bytes() - data bytes of a list and all that follow
 * @list:  list
 * @bytes: result
 *
 * Threads: any, while nobody changes one of them.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL (NULL), IOLAS_ERANGE (2^64 or more; *@bytes
 * is unchanged).
 */
IOLAS_API int iolas_pagelist_chain_bytes(const struct iolas_pagelist *list,
					 uint64_t *bytes);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_PAGELIST_H */
